// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of ballooned pages that are lent out as addresses for mappings.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include "fake_memory.h"

#define NR	20

static void lends_memory_it_takes(struct kunit *test)
{
	struct fake_memory *fake = test->priv;
	struct page *pages[NR];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, xen_alloc_ballooned_pages(NR, pages), 0);
	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_NOT_NULL(test, xa_load(&fake->holes,
						    page_to_pfn(pages[i])));
		KUNIT_EXPECT_FALSE(test, PageOffline(pages[i]));
	}
	KUNIT_EXPECT_EQ(test, balloon_pages(), 0);
	KUNIT_EXPECT_EQ(test, balloon_credit(), NR);
	KUNIT_EXPECT_EQ(test, fake->kicks, 0);
	fake_memory_check(test, NR);

	xen_free_ballooned_pages(NR, pages);
	KUNIT_EXPECT_EQ(test, balloon_pages(), NR);
	fake_memory_check(test, 0);
	/* The memory is due again, and comes. */
	KUNIT_EXPECT_EQ(test, fake->kicks, 1);
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_ALL);
	KUNIT_EXPECT_EQ(test, balloon_credit(), 0);
}

static void lends_from_the_balloon_first(struct kunit *test)
{
	struct fake_memory *fake = test->priv;
	struct page *pages[NR];

	KUNIT_ASSERT_EQ(test, fake_inflate(NR + 5), NR + 5);
	balloon_set_new_target(FAKE_PAGES - NR - 5);
	KUNIT_ASSERT_EQ(test, xen_alloc_ballooned_pages(NR, pages), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_calls, 1);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 5);
	KUNIT_EXPECT_EQ(test, balloon_credit(), 0);
	fake_memory_check(test, NR);
	xen_free_ballooned_pages(NR, pages);
	KUNIT_EXPECT_EQ(test, balloon_credit(), 0);
	fake_memory_check(test, 0);
}

static void all_or_nothing(struct kunit *test)
{
	struct fake_memory *fake = test->priv;
	struct page *pages[NR];

	KUNIT_ASSERT_EQ(test, fake_inflate(5), 5);
	fake->spare = NR - 6;
	balloon_set_new_target(FAKE_PAGES - 5);
	fake->kicks = 0;
	KUNIT_EXPECT_EQ(test, xen_alloc_ballooned_pages(NR, pages), -ENOMEM);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 5);
	KUNIT_EXPECT_EQ(test, fake->kicks, 0);
	fake_memory_check(test, 0);

	fake->spare = FAKE_NONE;
	fake->allocations = 7;
	KUNIT_EXPECT_EQ(test, xen_alloc_ballooned_pages(NR, pages), -ENOMEM);
	/* What it has taken for this does not stay away. */
	KUNIT_EXPECT_EQ(test, balloon_pages(), 12);
	KUNIT_EXPECT_EQ(test, fake->kicks, 1);
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_ALL);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 5);
	fake_memory_check(test, 0);

	fake->allocations = FAKE_NONE;
	fake->error = -EPERM;
	KUNIT_EXPECT_EQ(test, xen_alloc_ballooned_pages(NR, pages), -ENOMEM);
	fake->error = 0;
	fake_memory_check(test, 0);
}

static void xen_takes_them_one_by_one(struct kunit *test)
{
	struct fake_memory *fake = test->priv;
	struct page *pages[NR];

	fake->take = 1;
	KUNIT_ASSERT_EQ(test, xen_alloc_ballooned_pages(NR, pages), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_calls, NR);
	fake_memory_check(test, NR);
	xen_free_ballooned_pages(NR, pages);
}

static void lends_nothing_when_asked_for_nothing(struct kunit *test)
{
	struct fake_memory *fake = test->priv;
	struct page *page = NULL;

	KUNIT_EXPECT_EQ(test, xen_alloc_ballooned_pages(0, &page), 0);
	xen_free_ballooned_pages(0, &page);
	/* Callers that have not got all leave holes in their array. */
	balloon_count_unpopulated(1);
	xen_free_ballooned_pages(1, &page);
	KUNIT_EXPECT_EQ(test, fake->nr_calls, 0);
	fake_memory_check(test, 0);
}

static struct kunit_case foreign_cases[] = {
	KUNIT_CASE(lends_memory_it_takes),
	KUNIT_CASE(lends_from_the_balloon_first),
	KUNIT_CASE(all_or_nothing),
	KUNIT_CASE(xen_takes_them_one_by_one),
	KUNIT_CASE(lends_nothing_when_asked_for_nothing),
	{}
};

static struct kunit_suite foreign_suite = {
	.name = "xen_balloon_foreign",
	.init = fake_memory_init,
	.exit = fake_memory_exit,
	.test_cases = foreign_cases,
};

kunit_test_suite(foreign_suite);
