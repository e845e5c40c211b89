// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of what dom0 learns of the machine's screen.
 */
#include <kunit/test.h>

#include <linux/screen_info.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include <xen/interface/xen.h>

#include "xen-arch.h"

#define UP_TO(_member)	offsetofend(struct dom0_vga_console_info, _member)

static struct dom0_vga_console_info info;
static struct screen_info screen, untouched;

static int dom0_test_init(struct kunit *test)
{
	memset(&info, 0, sizeof(info));
	memset(&untouched, 0x55, sizeof(untouched));
	screen = untouched;
	return 0;
}

static void text_mode(struct kunit *test)
{
	info.video_type = XEN_VGATYPE_TEXT_MODE_3;
	info.u.text_mode_3.rows = 50;
	info.u.text_mode_3.columns = 132;
	info.u.text_mode_3.font_height = 8;
	info.u.text_mode_3.cursor_x = 7;
	info.u.text_mode_3.cursor_y = 49;
	KUNIT_EXPECT_TRUE(test, xen_set_screen_info(&info, UP_TO(u.text_mode_3),
						    &screen));
	KUNIT_EXPECT_EQ(test, screen.orig_video_isVGA, VIDEO_TYPE_VGAC);
	KUNIT_EXPECT_EQ(test, screen.orig_video_lines, 50);
	KUNIT_EXPECT_EQ(test, screen.orig_video_cols, 132);
	KUNIT_EXPECT_EQ(test, screen.orig_video_points, 8);
	KUNIT_EXPECT_EQ(test, screen.orig_x, 7);
	KUNIT_EXPECT_EQ(test, screen.orig_y, 49);
}

static void set_frame_buffer(u8 type)
{
	info.video_type = type;
	info.u.vesa_lfb.width = 1920;
	info.u.vesa_lfb.height = 1080;
	info.u.vesa_lfb.bytes_per_line = 7680;
	info.u.vesa_lfb.bits_per_pixel = 32;
	info.u.vesa_lfb.lfb_base = 0x80000000;
	/* 64 KiB each, for 1080 lines */
	info.u.vesa_lfb.lfb_size = 0x7f;
	info.u.vesa_lfb.red_pos = 16;
	info.u.vesa_lfb.red_size = 8;
	info.u.vesa_lfb.green_pos = 8;
	info.u.vesa_lfb.rsvd_pos = 24;
	info.u.vesa_lfb.mode_attrs = 0xbb;
	info.u.vesa_lfb.ext_lfb_base = 0x40;
}

static void vesa(struct kunit *test)
{
	set_frame_buffer(XEN_VGATYPE_VESA_LFB);
	memset(&screen, 0, sizeof(screen));
	KUNIT_EXPECT_TRUE(test, xen_set_screen_info(&info, sizeof(info), &screen));
	KUNIT_EXPECT_EQ(test, screen.orig_video_isVGA, VIDEO_TYPE_VLFB);
	KUNIT_EXPECT_EQ(test, screen.lfb_width, 1920);
	KUNIT_EXPECT_EQ(test, screen.lfb_height, 1080);
	KUNIT_EXPECT_EQ(test, screen.lfb_depth, 32);
	KUNIT_EXPECT_EQ(test, screen.lfb_linelength, 7680);
	KUNIT_EXPECT_EQ(test, screen.lfb_base, 0x80000000);
	KUNIT_EXPECT_EQ(test, screen.lfb_size, 0x7f);
	KUNIT_EXPECT_EQ(test, screen.red_pos, 16);
	KUNIT_EXPECT_EQ(test, screen.red_size, 8);
	KUNIT_EXPECT_EQ(test, screen.green_pos, 8);
	KUNIT_EXPECT_EQ(test, screen.rsvd_pos, 24);
	KUNIT_EXPECT_EQ(test, screen.vesa_attributes, 0xbb);
	KUNIT_EXPECT_EQ(test, screen.ext_lfb_base, 0x40);
	KUNIT_EXPECT_EQ(test, screen.capabilities, VIDEO_CAPABILITY_64BIT_BASE);
}

static void efi_frame_buffer(struct kunit *test)
{
	set_frame_buffer(XEN_VGATYPE_EFI_LFB);
	memset(&screen, 0, sizeof(screen));
	KUNIT_EXPECT_TRUE(test, xen_set_screen_info(&info, sizeof(info), &screen));
	KUNIT_EXPECT_EQ(test, screen.orig_video_isVGA, VIDEO_TYPE_EFI);
	KUNIT_EXPECT_EQ(test, screen.lfb_width, 1920);
	KUNIT_EXPECT_EQ(test, screen.lfb_size, 0x7f0000);
	KUNIT_EXPECT_EQ(test, screen.vesa_attributes, 0);

	/* More than can be said */
	info.u.vesa_lfb.lfb_size = 0x10001;
	KUNIT_EXPECT_TRUE(test, xen_set_screen_info(&info, sizeof(info), &screen));
	KUNIT_EXPECT_EQ(test, screen.lfb_size, 0xffff0000);
}

/* An older Xen's structure ends earlier: what is behind is not looked at. */
static void older_xen(struct kunit *test)
{
	set_frame_buffer(XEN_VGATYPE_VESA_LFB);
	memset(&screen, 0, sizeof(screen));
	KUNIT_EXPECT_TRUE(test,
			  xen_set_screen_info(&info, UP_TO(u.vesa_lfb.gbl_caps),
					      &screen));
	KUNIT_EXPECT_EQ(test, screen.lfb_width, 1920);
	KUNIT_EXPECT_EQ(test, screen.vesa_attributes, 0);
	KUNIT_EXPECT_EQ(test, screen.ext_lfb_base, 0);
	KUNIT_EXPECT_EQ(test, screen.capabilities, 0);
}

/* Nothing is said, too little, or what nobody knows. */
static void no_screen(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, xen_set_screen_info(&info, 0, &screen));
	info.video_type = XEN_VGATYPE_TEXT_MODE_3;
	KUNIT_EXPECT_FALSE(test, xen_set_screen_info(&info, 0, &screen));
	KUNIT_EXPECT_FALSE(test, xen_set_screen_info(&info, 4, &screen));
	set_frame_buffer(XEN_VGATYPE_VESA_LFB);
	KUNIT_EXPECT_FALSE(test,
			   xen_set_screen_info(&info, UP_TO(u.vesa_lfb.lfb_size),
					       &screen));
	info.video_type = 0x42;
	KUNIT_EXPECT_FALSE(test, xen_set_screen_info(&info, sizeof(info),
						     &screen));
	KUNIT_EXPECT_MEMEQ(test, &screen, &untouched, sizeof(screen));
}

static struct kunit_case dom0_cases[] = {
	KUNIT_CASE(text_mode),
	KUNIT_CASE(vesa),
	KUNIT_CASE(efi_frame_buffer),
	KUNIT_CASE(older_xen),
	KUNIT_CASE(no_screen),
	{}
};

static struct kunit_suite dom0_suite = {
	.name = "xen_arch_dom0",
	.init = dom0_test_init,
	.test_cases = dom0_cases,
};

kunit_test_suite(dom0_suite);

MODULE_DESCRIPTION("Unit tests of dom0's own start-up");
MODULE_LICENSE("GPL");
