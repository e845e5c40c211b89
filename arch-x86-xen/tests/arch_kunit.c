// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of what boot decides from data that Xen and the toolstack supply.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/sizes.h>

#include <asm/xen/hypercall.h>

#include <xen/features.h>
#include <xen/interface/features.h>
#include <xen/interface/hvm/start_info.h>
#include <xen/interface/version.h>

#include "xen-arch.h"

/* What the stubbed Xen answers to XENVER_get_features. */
static u32 fake_submap;
static int fake_error;

static int fake_xen_version(int cmd, void *arg)
{
	struct xen_feature_info *info = arg;

	if (cmd != XENVER_get_features)
		return -EPERM;
	if (fake_error)
		return fake_error;
	info->submap = info->submap_idx ? 0 : fake_submap;
	return 0;
}

static u8 saved_features[XENFEAT_NR_SUBMAPS * 32];

static int features_init(struct kunit *test)
{
	memcpy(saved_features, xen_features, sizeof(saved_features));
	fake_error = 0;
	fake_submap = 0;
	kunit_activate_static_stub(test, HYPERVISOR_xen_version,
				   fake_xen_version);
	return 0;
}

static void features_exit(struct kunit *test)
{
	memcpy(xen_features, saved_features, sizeof(saved_features));
}

#define NEEDED (BIT(XENFEAT_auto_translated_physmap) |	\
		BIT(XENFEAT_hvm_callback_vector) |	\
		BIT(XENFEAT_hvm_safe_pvclock))

static void features_all_there(struct kunit *test)
{
	fake_submap = NEEDED;
	xen_setup_features();
	KUNIT_EXPECT_NULL(test, xen_missing_feature());
	KUNIT_EXPECT_TRUE(test, xen_feature(XENFEAT_hvm_callback_vector));
	KUNIT_EXPECT_FALSE(test, xen_feature(XENFEAT_hvm_pirqs));
}

static void features_one_missing(struct kunit *test)
{
	fake_submap = NEEDED & ~BIT(XENFEAT_hvm_callback_vector);
	xen_setup_features();
	KUNIT_EXPECT_STREQ(test, xen_missing_feature(), "hvm_callback_vector");

	fake_submap = NEEDED & ~BIT(XENFEAT_hvm_safe_pvclock);
	xen_setup_features();
	KUNIT_EXPECT_STREQ(test, xen_missing_feature(), "hvm_safe_pvclock");

	fake_submap = NEEDED & ~BIT(XENFEAT_auto_translated_physmap);
	xen_setup_features();
	KUNIT_EXPECT_STREQ(test, xen_missing_feature(),
			   "auto_translated_physmap");
}

/* A Xen that refuses to answer must not leave stale bits behind. */
static void features_hypercall_fails(struct kunit *test)
{
	fake_submap = NEEDED;
	xen_setup_features();
	fake_error = -EPERM;
	xen_setup_features();
	KUNIT_EXPECT_NOT_NULL(test, xen_missing_feature());
	KUNIT_EXPECT_FALSE(test, xen_feature(XENFEAT_hvm_callback_vector));
}

static struct kunit_case features_cases[] = {
	KUNIT_CASE(features_all_there),
	KUNIT_CASE(features_one_missing),
	KUNIT_CASE(features_hypercall_fails),
	{}
};

static struct kunit_suite features_suite = {
	.name = "xen_arch_features",
	.init = features_init,
	.exit = features_exit,
	.test_cases = features_cases,
};

#ifdef CONFIG_XEN_PVH
static const struct hvm_start_info good_start_info = {
	.magic = XEN_HVM_START_MAGIC_VALUE,
	.version = 1,
	.nr_modules = 1,
	.modlist_paddr = 0x10000,
	.cmdline_paddr = 0x11000,
	.rsdp_paddr = 0xfc000000,
	.memmap_paddr = 0x12000,
	.memmap_entries = 5,
};

#define AT(f)	offsetof(struct hvm_start_info, f)
#define SIZE(f)	sizeof_field(struct hvm_start_info, f)

struct start_info_case {
	const char *name;
	size_t offset;
	size_t size;
	u64 value;
	/* NULL: to be accepted */
	const char *message;
};

#define MAP_FAR "memory map is out of reach"
#define MODS_FAR "module list is out of reach"
#define CMD_FAR "command line is out of reach"

static const struct start_info_case start_info_cases[] = {
	{ "version = 1", AT(version), SIZE(version),
	  1, NULL },
	{ "version = 0", AT(version), SIZE(version),
	  0, NULL },
	{ "version = 77", AT(version), SIZE(version),
	  77, NULL },
	{ "memmap_entries = 0", AT(memmap_entries), SIZE(memmap_entries),
	  0, NULL },
	{ "memmap_entries = 126", AT(memmap_entries), SIZE(memmap_entries),
	  126, NULL },
	{ "memmap_entries = 1024", AT(memmap_entries), SIZE(memmap_entries),
	  1024, NULL },
	{ "memmap_entries = 1025", AT(memmap_entries), SIZE(memmap_entries),
	  1025, "memory map has too many entries" },
	{ "memmap_entries = U32_MAX", AT(memmap_entries), SIZE(memmap_entries),
	  U32_MAX, "memory map has too many entries" },
	{ "memmap_paddr = 0", AT(memmap_paddr), SIZE(memmap_paddr),
	  0, MAP_FAR },
	{ "memmap_paddr = SZ_1G", AT(memmap_paddr), SIZE(memmap_paddr),
	  SZ_1G, MAP_FAR },
	{ "memmap_paddr = SZ_1G - 5 * 24", AT(memmap_paddr), SIZE(memmap_paddr),
	  SZ_1G - 5 * 24, NULL },
	{ "memmap_paddr = SZ_1G - 5 * 24 + 1", AT(memmap_paddr), SIZE(memmap_paddr),
	  SZ_1G - 5 * 24 + 1, MAP_FAR },
	{ "memmap_paddr = U64_MAX", AT(memmap_paddr), SIZE(memmap_paddr),
	  U64_MAX, MAP_FAR },
	{ "nr_modules = 0", AT(nr_modules), SIZE(nr_modules),
	  0, NULL },
	{ "nr_modules = 64", AT(nr_modules), SIZE(nr_modules),
	  64, NULL },
	{ "nr_modules = 65", AT(nr_modules), SIZE(nr_modules),
	  65, "too many modules" },
	{ "nr_modules = U32_MAX", AT(nr_modules), SIZE(nr_modules),
	  U32_MAX, "too many modules" },
	{ "modlist_paddr = 0", AT(modlist_paddr), SIZE(modlist_paddr),
	  0, MODS_FAR },
	{ "modlist_paddr = U64_MAX - 8", AT(modlist_paddr), SIZE(modlist_paddr),
	  U64_MAX - 8, MODS_FAR },
	{ "cmdline_paddr = 0", AT(cmdline_paddr), SIZE(cmdline_paddr),
	  0, NULL },
	{ "cmdline_paddr = SZ_4G - 1", AT(cmdline_paddr), SIZE(cmdline_paddr),
	  SZ_4G - 1, NULL },
	{ "cmdline_paddr = SZ_4G", AT(cmdline_paddr), SIZE(cmdline_paddr),
	  SZ_4G, CMD_FAR },
	{ "cmdline_paddr = U64_MAX", AT(cmdline_paddr), SIZE(cmdline_paddr),
	  U64_MAX, CMD_FAR },
};

static void start_info_case_desc(const struct start_info_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(start_info, start_info_cases, start_info_case_desc);

static void start_info_check(struct kunit *test)
{
	const struct start_info_case *c = test->param_value;
	struct hvm_start_info si = good_start_info;
	const char *message;

	memcpy((u8 *)&si + c->offset, &c->value, c->size);
	message = xen_pvh_check_start_info(&si);
	if (c->message)
		KUNIT_EXPECT_STREQ(test, message, c->message);
	else
		KUNIT_EXPECT_NULL(test, message);
}

static struct kunit_case start_info_kunit_cases[] = {
	KUNIT_CASE_PARAM(start_info_check, start_info_gen_params),
	{}
};

static struct kunit_suite start_info_suite = {
	.name = "xen_arch_start_info",
	.test_cases = start_info_kunit_cases,
};

kunit_test_suites(&features_suite, &start_info_suite);
#else
kunit_test_suites(&features_suite);
#endif
