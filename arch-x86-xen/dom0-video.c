// SPDX-License-Identifier: GPL-2.0
/*
 * The screen as Xen leaves it to dom0. A boot loader would say the same to a kernel that
 * it starts itself.
 */
#include <linux/init.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/screen_info.h>
#include <linux/sizes.h>
#include <linux/stddef.h>

#include <asm/setup.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/platform.h>
#include <xen/interface/xen.h>

#include "xen-arch.h"

#define HAS(_size, _member)						\
	((_size) >= offsetofend(struct dom0_vga_console_info, _member))

static bool set_text(const struct dom0_vga_console_info *info, size_t size,
		     struct screen_info *screen)
{
	if (!HAS(size, u.text_mode_3))
		return false;
	screen->orig_video_isVGA = VIDEO_TYPE_VGAC;
	/* 80 columns, 16 colours, and an adapter that is more than an EGA */
	screen->orig_video_mode = 3;
	screen->orig_video_ega_bx = 3;
	screen->orig_video_lines = info->u.text_mode_3.rows;
	screen->orig_video_cols = info->u.text_mode_3.columns;
	screen->orig_video_points = info->u.text_mode_3.font_height;
	screen->orig_x = info->u.text_mode_3.cursor_x;
	screen->orig_y = info->u.text_mode_3.cursor_y;
	return true;
}

static void set_colours(const struct dom0_vga_console_info *info,
			struct screen_info *screen)
{
	screen->red_size = info->u.vesa_lfb.red_size;
	screen->red_pos = info->u.vesa_lfb.red_pos;
	screen->green_size = info->u.vesa_lfb.green_size;
	screen->green_pos = info->u.vesa_lfb.green_pos;
	screen->blue_size = info->u.vesa_lfb.blue_size;
	screen->blue_pos = info->u.vesa_lfb.blue_pos;
	screen->rsvd_size = info->u.vesa_lfb.rsvd_size;
	screen->rsvd_pos = info->u.vesa_lfb.rsvd_pos;
}

/*
 * Xen counts a frame buffer's size in pieces of 64 KiB. Linux does for VESA, where that is
 * how a boot loader learns of it, and counts bytes for EFI.
 */
static u32 size_in_bytes(u32 pieces)
{
	return min(pieces, U32_MAX / SZ_64K) * SZ_64K;
}

/* What stands behind the colours was added to the structure over time. */
static bool set_frame_buffer(const struct dom0_vga_console_info *info,
			     size_t size, struct screen_info *screen)
{
	bool efi = info->video_type == XEN_VGATYPE_EFI_LFB;

	if (!HAS(size, u.vesa_lfb.rsvd_size))
		return false;
	screen->orig_video_isVGA = efi ? VIDEO_TYPE_EFI : VIDEO_TYPE_VLFB;
	screen->lfb_width = info->u.vesa_lfb.width;
	screen->lfb_height = info->u.vesa_lfb.height;
	screen->lfb_depth = info->u.vesa_lfb.bits_per_pixel;
	screen->lfb_linelength = info->u.vesa_lfb.bytes_per_line;
	screen->lfb_base = info->u.vesa_lfb.lfb_base;
	screen->lfb_size = info->u.vesa_lfb.lfb_size;
	if (efi)
		screen->lfb_size = size_in_bytes(info->u.vesa_lfb.lfb_size);
	set_colours(info, screen);

	if (HAS(size, u.vesa_lfb.mode_attrs) && !efi)
		screen->vesa_attributes = info->u.vesa_lfb.mode_attrs;
	if (HAS(size, u.vesa_lfb.ext_lfb_base) &&
	    info->u.vesa_lfb.ext_lfb_base) {
		screen->ext_lfb_base = info->u.vesa_lfb.ext_lfb_base;
		screen->capabilities |= VIDEO_CAPABILITY_64BIT_BASE;
	}
	return true;
}

/**
 * xen_set_screen_info() - translate what Xen says of the screen
 * @info: what it says
 * @size: bytes of it that Xen has filled in
 * @screen: gets it; left alone if it says nothing that Linux knows
 *
 * Context: any.
 * Return: true if there is a screen.
 */
bool xen_set_screen_info(const struct dom0_vga_console_info *info, size_t size,
			 struct screen_info *screen)
{
	switch (size ? info->video_type : 0) {
	case XEN_VGATYPE_TEXT_MODE_3:
		return set_text(info, size, screen);
	case XEN_VGATYPE_VESA_LFB:
	case XEN_VGATYPE_EFI_LFB:
		return set_frame_buffer(info, size, screen);
	}
	return false;
}

/**
 * xen_dom0_video_init() - ask Xen for the screen
 *
 * Context: setup_arch(), after the boot parameters have been read.
 */
void __init xen_dom0_video_init(void)
{
	struct xen_platform_op op = { .cmd = XENPF_get_dom0_console };
	int size = HYPERVISOR_platform_op(&op);

	if (size <= 0)
		return;
	xen_set_screen_info(&op.u.dom0_console,
			    min_t(size_t, size, sizeof(op.u.dom0_console)),
			    &screen_info);
	/* For whoever reads the boot parameters, the next kernel among them */
	boot_params.screen_info = screen_info;
}
