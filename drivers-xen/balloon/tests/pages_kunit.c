// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of inflating and deflating: what Xen does only in part, what the page
 * allocator does not give, and that no page is lost or counted wrong on the way.
 */
#include <kunit/static_stub.h>
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <xen/mem-reservation.h>

#include "fake_memory.h"

static void inflate_and_deflate(struct kunit *test)
{
	struct fake_memory *fake = test->priv;
	unsigned long before = totalram_pages();

	KUNIT_EXPECT_EQ(test, fake_inflate(100), 100);
	KUNIT_EXPECT_EQ(test, fake->nr_holes, 100);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 100);
	KUNIT_EXPECT_EQ(test, totalram_pages(), before - 100);
	fake_memory_check(test, 0);

	KUNIT_EXPECT_EQ(test, fake_deflate(60), 60);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 40);
	fake_memory_check(test, 0);
	KUNIT_EXPECT_EQ(test, fake_deflate(60), 40);
	KUNIT_EXPECT_EQ(test, fake_deflate(60), 0);
	KUNIT_EXPECT_EQ(test, totalram_pages(), before);
	KUNIT_EXPECT_EQ(test, fake->nr_calls, 3);
}

static void one_hypercall_at_a_time(struct kunit *test)
{
	struct fake_memory *fake = test->priv;

	KUNIT_EXPECT_EQ(test, fake_inflate(BALLOON_BATCH + 1), BALLOON_BATCH);
	KUNIT_EXPECT_EQ(test, fake->nr_calls, 1);
	KUNIT_EXPECT_EQ(test, fake_inflate(1), 1);
	KUNIT_EXPECT_EQ(test, fake_deflate(ULONG_MAX), BALLOON_BATCH);
	KUNIT_EXPECT_EQ(test, fake->nr_calls, 3);
	fake_memory_check(test, 0);
}

static void xen_takes_a_part(struct kunit *test)
{
	struct fake_memory *fake = test->priv;
	unsigned long before = totalram_pages();

	fake->take = 3;
	KUNIT_EXPECT_EQ(test, fake_inflate(10), 3);
	KUNIT_EXPECT_EQ(test, totalram_pages(), before - 3);
	fake_memory_check(test, 0);
	fake->take = 0;
	KUNIT_EXPECT_EQ(test, fake_inflate(10), 0);
	fake_memory_check(test, 0);
}

static void xen_gives_a_part(struct kunit *test)
{
	struct fake_memory *fake = test->priv;

	KUNIT_ASSERT_EQ(test, fake_inflate(10), 10);
	fake->give = 4;
	KUNIT_EXPECT_EQ(test, fake_deflate(10), 4);
	fake_memory_check(test, 0);
	fake->give = 0;
	KUNIT_EXPECT_EQ(test, fake_deflate(10), 0);
	fake_memory_check(test, 0);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 6);
}

static void xen_refuses(struct kunit *test)
{
	struct fake_memory *fake = test->priv;
	unsigned long before = totalram_pages();

	fake->error = -EPERM;
	KUNIT_EXPECT_EQ(test, fake_inflate(10), 0);
	KUNIT_EXPECT_EQ(test, totalram_pages(), before);
	fake->error = 0;
	KUNIT_ASSERT_EQ(test, fake_inflate(10), 10);
	fake->error = -EPERM;
	KUNIT_EXPECT_EQ(test, fake_deflate(10), 0);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 10);
	fake->error = 0;
	fake_memory_check(test, 0);
}

static void no_memory_to_give(struct kunit *test)
{
	struct fake_memory *fake = test->priv;

	fake->allocations = 5;
	KUNIT_EXPECT_EQ(test, fake_inflate(10), 5);
	fake_memory_check(test, 0);
	/* Nothing to ask Xen for */
	KUNIT_EXPECT_EQ(test, fake_inflate(10), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_calls, 1);
}

static void scrubs_as_asked(struct kunit *test)
{
	bool saved = xen_scrub_pages;
	struct page *page;
	u8 *bytes;

	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	bytes = page_address(page);

	memset(bytes, 0x5a, PAGE_SIZE);
	xen_scrub_pages = false;
	xenmem_reservation_scrub_page(page);
	KUNIT_EXPECT_EQ(test, bytes[17], 0x5a);
	xen_scrub_pages = true;
	xenmem_reservation_scrub_page(page);
	KUNIT_EXPECT_NULL(test, memchr_inv(bytes, 0, PAGE_SIZE));
	xen_scrub_pages = saved;
	__free_page(page);
}

static struct page *scrub_page;

static struct page *alloc_dirty_page(gfp_t gfp)
{
	scrub_page = alloc_page(gfp);
	if (scrub_page)
		memset(page_address(scrub_page), 0x5a, PAGE_SIZE);
	return scrub_page;
}

/* The fake leaves pages their memory, so what Xen got can be looked at. */
static void gives_no_content_away(struct kunit *test)
{
	bool saved = xen_scrub_pages;

	kunit_activate_static_stub(test, balloon_alloc_page, alloc_dirty_page);
	xen_scrub_pages = true;
	KUNIT_EXPECT_EQ(test, fake_inflate(1), 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(scrub_page), 0,
					   PAGE_SIZE));
	xen_scrub_pages = false;
	KUNIT_EXPECT_EQ(test, fake_inflate(1), 1);
	KUNIT_EXPECT_EQ(test, *(u8 *)page_address(scrub_page), 0x5a);
	xen_scrub_pages = saved;
}

static void put_and_take(struct kunit *test)
{
	struct page *page;

	KUNIT_EXPECT_NULL(test, balloon_take());
	KUNIT_EXPECT_FALSE(test, balloon_wait_for_pages(1));
	KUNIT_ASSERT_EQ(test, fake_inflate(2), 2);
	KUNIT_EXPECT_TRUE(test, balloon_wait_for_pages(1));
	page = balloon_take();
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_FALSE(test, PageOffline(page));
	KUNIT_EXPECT_EQ(test, balloon_pages(), 1);
	balloon_put(page);
	KUNIT_EXPECT_TRUE(test, PageOffline(page));
	fake_memory_check(test, 0);
}

static struct kunit_case pages_cases[] = {
	KUNIT_CASE(inflate_and_deflate),
	KUNIT_CASE(one_hypercall_at_a_time),
	KUNIT_CASE(xen_takes_a_part),
	KUNIT_CASE(xen_gives_a_part),
	KUNIT_CASE(xen_refuses),
	KUNIT_CASE(no_memory_to_give),
	KUNIT_CASE(scrubs_as_asked),
	KUNIT_CASE(gives_no_content_away),
	KUNIT_CASE(put_and_take),
	{}
};

static struct kunit_suite pages_suite = {
	.name = "xen_balloon_pages",
	.init = fake_memory_init,
	.exit = fake_memory_exit,
	.test_cases = pages_cases,
};

kunit_test_suite(pages_suite);
