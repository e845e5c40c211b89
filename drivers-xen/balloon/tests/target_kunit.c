// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what sets the target: xenstore, with whatever may be in it, and sysfs;
 * and of the first count.
 */
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fake_memory.h"

/* Bits from pages to KiB */
#define KIB	(PAGE_SHIFT - 10)

static const char *store_target;
static const char *store_static_max;
static const char *store_old_static_max;

static char *fake_read_node(const char *node)
{
	struct kunit *test = kunit_get_current_test();
	const char *value = NULL;
	char *copy;

	if (!strcmp(node, "target"))
		value = store_target;
	else if (!strcmp(node, "static-max"))
		value = store_static_max;
	else if (!strcmp(node, "memory_static_max"))
		value = store_old_static_max;
	else
		KUNIT_FAIL(test, "read of memory/%s", node);
	if (!value)
		return ERR_PTR(-ENOENT);
	copy = kstrdup(value, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	return copy;
}

static int target_init(struct kunit *test)
{
	store_target = NULL;
	store_static_max = NULL;
	store_old_static_max = NULL;
	balloon_forget_offset();
	kunit_activate_static_stub(test, balloon_read_node, fake_read_node);
	return fake_memory_init(test);
}

static void target_exit(struct kunit *test)
{
	balloon_forget_offset();
	fake_memory_exit(test);
}

/* One page is 4 KiB; FAKE_PAGES are 400000 KiB. */
static void follows_the_store(struct kunit *test)
{
	store_static_max = "400400";
	store_target = "400400";
	balloon_read_target();
	KUNIT_EXPECT_EQ(test, balloon_credit(), 0);
	store_target = "400000";
	balloon_read_target();
	KUNIT_EXPECT_EQ(test, balloon_credit(), -100);
	/* The offset is that of the start. */
	balloon_stats.current_pages = FAKE_PAGES - 100;
	store_static_max = "1";
	balloon_read_target();
	KUNIT_EXPECT_EQ(test, balloon_credit(), 0);
	balloon_stats.current_pages = FAKE_PAGES;
}

static void without_static_max(struct kunit *test)
{
	store_target = "399996";
	balloon_read_target();
	KUNIT_EXPECT_EQ(test, balloon_credit(), -1);
}

static void with_old_name(struct kunit *test)
{
	store_old_static_max = "400040";
	store_target = "400040\n";
	balloon_read_target();
	KUNIT_EXPECT_EQ(test, balloon_credit(), 0);
}

static void garbage_changes_nothing(struct kunit *test)
{
	static const char *const garbage[] = {
		"", "x", "-4", "12x", "0x1000", "4 4", "400000.5",
		"99999999999999999999999",
	};
	unsigned int i;

	balloon_read_target();
	KUNIT_EXPECT_EQ(test, balloon_stats.target_pages, FAKE_PAGES);
	for (i = 0; i < ARRAY_SIZE(garbage); i++) {
		store_target = garbage[i];
		balloon_read_target();
		KUNIT_EXPECT_EQ_MSG(test, balloon_stats.target_pages,
				    FAKE_PAGES, "\"%s\"", garbage[i]);
	}
	/* Nor is static-max taken from a start like that. */
	store_static_max = "x";
	store_target = "400000";
	balloon_read_target();
	KUNIT_EXPECT_EQ(test, balloon_credit(), 0);
}

static void targets_far_away(struct kunit *test)
{
	store_static_max = "400400";
	store_target = "0";
	balloon_read_target();
	KUNIT_EXPECT_EQ(test, balloon_stats.target_pages, 0);
	store_target = "399";
	balloon_read_target();
	KUNIT_EXPECT_EQ(test, balloon_stats.target_pages, 0);
	store_target = "404";
	balloon_read_target();
	KUNIT_EXPECT_EQ(test, balloon_stats.target_pages, 1);
	store_target = "18446744073709551615";
	balloon_read_target();
	KUNIT_EXPECT_GT(test, balloon_credit(), 0);
	KUNIT_EXPECT_LE(test, balloon_stats.target_pages, BALLOON_PAGES_MAX);
}

static void arithmetic(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, balloon_target_offset(0, 50), 0);
	KUNIT_EXPECT_EQ(test, balloon_target_offset(60 << KIB, 50), 10);
	KUNIT_EXPECT_EQ(test, balloon_target_offset(40 << KIB, 50), -10);
	KUNIT_EXPECT_EQ(test, balloon_target_offset(U64_MAX, 50),
			(long)BALLOON_PAGES_MAX - 50);

	KUNIT_EXPECT_EQ(test, balloon_target_from_kib(60 << KIB, 10), 50);
	KUNIT_EXPECT_EQ(test, balloon_target_from_kib(60 << KIB, -10), 70);
	KUNIT_EXPECT_EQ(test, balloon_target_from_kib((60 << KIB) + 3, 0), 60);
	KUNIT_EXPECT_EQ(test, balloon_target_from_kib(5 << KIB, 10), 0);
	KUNIT_EXPECT_EQ(test, balloon_target_from_kib(U64_MAX, 0),
			BALLOON_PAGES_MAX);
	KUNIT_EXPECT_EQ(test,
			balloon_target_from_kib(U64_MAX,
						-(long)BALLOON_PAGES_MAX),
			BALLOON_PAGES_MAX);
	KUNIT_EXPECT_EQ(test,
			balloon_target_from_kib(0, (long)BALLOON_PAGES_MAX), 0);
}

static void parses_kib(struct kunit *test)
{
	unsigned long pages = 1;

	KUNIT_EXPECT_EQ(test, balloon_parse_kib("400\n", &pages), 0);
	KUNIT_EXPECT_EQ(test, pages, 100);
	KUNIT_EXPECT_EQ(test, balloon_parse_kib("0x10", &pages), 0);
	KUNIT_EXPECT_EQ(test, pages, 4);
	KUNIT_EXPECT_EQ(test, balloon_parse_kib("0", &pages), 0);
	KUNIT_EXPECT_EQ(test, pages, 0);
	KUNIT_EXPECT_EQ(test, balloon_parse_kib("18446744073709551615", &pages),
			0);
	KUNIT_EXPECT_EQ(test, pages, BALLOON_PAGES_MAX);

	pages = 1;
	KUNIT_EXPECT_EQ(test, balloon_parse_kib("18446744073709551616", &pages),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, balloon_parse_kib("", &pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, balloon_parse_kib("\n", &pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, balloon_parse_kib("-1", &pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, balloon_parse_kib("4M", &pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, balloon_parse_kib("all", &pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, pages, 1);
}

static void parses_bytes(struct kunit *test)
{
	unsigned long pages = 1;

	KUNIT_EXPECT_EQ(test, balloon_parse_bytes("8191\n", &pages), 0);
	KUNIT_EXPECT_EQ(test, pages, 1);
	KUNIT_EXPECT_EQ(test, balloon_parse_bytes("8K", &pages), 0);
	KUNIT_EXPECT_EQ(test, pages, 2);
	KUNIT_EXPECT_EQ(test, balloon_parse_bytes("16m\n", &pages), 0);
	KUNIT_EXPECT_EQ(test, pages, 4096);
	KUNIT_EXPECT_EQ(test, balloon_parse_bytes("0x1G", &pages), 0);
	KUNIT_EXPECT_EQ(test, pages, 1UL << (30 - PAGE_SHIFT));
	KUNIT_EXPECT_EQ(test, balloon_parse_bytes("4000000P", &pages), 0);
	KUNIT_EXPECT_EQ(test, pages, BALLOON_PAGES_MAX);

	pages = 1;
	KUNIT_EXPECT_EQ(test, balloon_parse_bytes("M", &pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, balloon_parse_bytes("", &pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, balloon_parse_bytes("16MB", &pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, balloon_parse_bytes("16 M", &pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, balloon_parse_bytes("-16M", &pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, balloon_parse_bytes("99999999999999999999G",
						  &pages), -ERANGE);
	KUNIT_EXPECT_EQ(test,
			balloon_parse_bytes("000000000000000000000000000000001",
					    &pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, pages, 1);
}

static void counts_xen_and_us(struct kunit *test)
{
	struct fake_memory *fake = test->priv;
	long extra = balloon_current_reservation() -
		     (long)balloon_stats.current_pages;

	KUNIT_EXPECT_EQ(test, extra, fake->extra);
	KUNIT_ASSERT_EQ(test, fake_inflate(300), 300);
	KUNIT_EXPECT_EQ(test, balloon_current_reservation() -
			(long)balloon_stats.current_pages, extra);
	fake->give = 100;
	KUNIT_ASSERT_EQ(test, fake_deflate(200), 100);
	KUNIT_EXPECT_EQ(test, balloon_current_reservation() -
			(long)balloon_stats.current_pages, extra);
	/* Not dom0: what Xen says does not matter. */
	KUNIT_EXPECT_EQ(test, balloon_initial_pages(), get_num_physpages());
}

static struct kunit_case target_cases[] = {
	KUNIT_CASE(follows_the_store),
	KUNIT_CASE(without_static_max),
	KUNIT_CASE(with_old_name),
	KUNIT_CASE(garbage_changes_nothing),
	KUNIT_CASE(targets_far_away),
	KUNIT_CASE(arithmetic),
	KUNIT_CASE(parses_kib),
	KUNIT_CASE(parses_bytes),
	KUNIT_CASE(counts_xen_and_us),
	{}
};

static struct kunit_suite target_suite = {
	.name = "xen_balloon_target",
	.init = target_init,
	.exit = target_exit,
	.test_cases = target_cases,
};

kunit_test_suite(target_suite);
