// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of memory that is added. One block of addresses is really added to the
 * kernel that runs the tests, and stays: there is no memory behind it, and nobody
 * touches it.
 */
#include <kunit/test-bug.h>
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/string.h>

#include "fake_memory.h"

static unsigned long block_pages(void)
{
	return memory_block_size_bytes() >> PAGE_SHIFT;
}

static int hotplug_test_init(struct kunit *test)
{
	int err = fake_memory_init(test);

	return err ?: balloon_hotplug_start();
}

static void hotplug_test_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	balloon_hotplug_stop();
	fake_memory_exit(test);
}

/* There is one: what this test adds. */
static struct resource *added_resource(void)
{
	struct resource *res;

	for (res = iomem_resource.child; res; res = res->sibling)
		if (!strcmp(res->name, "System RAM (xen_balloon)"))
			return res;
	return NULL;
}

static int set_online(struct memory_block *block, void *unused)
{
	return device_online(&block->dev);
}

static int set_offline(struct memory_block *block, void *unused)
{
	return device_offline(&block->dev);
}

static int for_blocks(const struct resource *res, walk_memory_blocks_func_t fn)
{
	int err;

	lock_device_hotplug();
	err = walk_memory_blocks(res->start, resource_size(res), NULL, fn);
	unlock_device_hotplug();
	return err;
}

/* The balloon must not give these pages back as if there were memory. */
static void keep_away(unsigned long nr)
{
	while (nr--)
		balloon_take();
}

static void adds_a_block(struct kunit *test)
{
	unsigned long block = block_pages(), before = totalram_pages();
	struct fake_memory *fake = test->priv;
	struct resource *res;
	struct page *page;

	/* Who wants addresses does not wait where there is nothing to be set online. */
	balloon_stats.target_pages = FAKE_PAGES - 10;
	KUNIT_EXPECT_EQ(test, balloon_hotplug(true), BALLOON_NONE);
	KUNIT_EXPECT_NULL(test, added_resource());

	balloon_stats.target_pages = FAKE_PAGES + block;
	KUNIT_ASSERT_EQ(test, balloon_step(), BALLOON_OFFLINE);
	KUNIT_EXPECT_EQ(test, balloon_stats.total_pages, FAKE_PAGES + block);
	res = added_resource();
	KUNIT_ASSERT_NOT_NULL(test, res);
	KUNIT_EXPECT_EQ(test, PHYS_PFN(resource_size(res)), block);
	KUNIT_EXPECT_TRUE(test, res->flags & IORESOURCE_SYSRAM_DRIVER_MANAGED);
	/* It is not online: wait, and do not add another one. */
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_OFFLINE);
	KUNIT_EXPECT_EQ(test, balloon_stats.total_pages, FAKE_PAGES + block);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 0);
	balloon_stats.target_pages = FAKE_PAGES - 10;
	KUNIT_EXPECT_EQ(test, balloon_hotplug(true), BALLOON_OFFLINE);
	balloon_stats.target_pages = FAKE_PAGES + block;

	fake->kicks = 0;
	KUNIT_ASSERT_EQ(test, for_blocks(res, set_online), 0);
	KUNIT_EXPECT_EQ(test, balloon_pages(), block);
	KUNIT_EXPECT_EQ(test, fake->kicks, 1);
	KUNIT_EXPECT_EQ(test, balloon_credit(), block);
	KUNIT_EXPECT_EQ(test, fake->nr_calls, 0);
	/* Nobody has got any of it. */
	KUNIT_EXPECT_EQ(test, totalram_pages(), before);
	page = pfn_to_page(PHYS_PFN(res->start));
	KUNIT_EXPECT_TRUE(test, PageOffline(page));
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	/* As long as memory is missing it cannot be set offline. */
	KUNIT_EXPECT_EQ(test, for_blocks(res, set_offline), -EBUSY);

	keep_away(block);
	balloon_stats.total_pages -= block;
	balloon_stats.target_pages = FAKE_PAGES;
}

/* A page, as memory hotplug sets it online: the page allocator does not count it. */
static struct page *new_page(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	adjust_managed_page_count(page, -1);
	return page;
}

static void notify_offline(unsigned long pfn)
{
	struct memory_notify what = {
		.start_pfn = round_down(pfn, block_pages()),
		.nr_pages = block_pages(),
	};

	KUNIT_EXPECT_EQ(kunit_get_current_test(),
			balloon_memory_changed(NULL, MEM_OFFLINE, &what),
			NOTIFY_OK);
}

/* A page of a block that was added has no memory: Xen knows none of it. */
static void first_time_online(struct kunit *test)
{
	unsigned long before = totalram_pages();
	struct fake_memory *fake = test->priv;
	struct page *page = new_page(test);
	unsigned long pfn = page_to_pfn(page);

	KUNIT_ASSERT_EQ(test, balloon_note_blocks(pfn, 1), 0);
	xa_store(&fake->holes, pfn, xa_mk_value(1), GFP_KERNEL);
	fake->nr_holes++;
	balloon_stats.current_pages--;
	balloon_online_page(page, 0);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 1);
	KUNIT_EXPECT_EQ(test, totalram_pages(), before - 1);
	fake_memory_check(test, 0);
	/* Then it gets some, and is as any other. */
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_ALL);
	KUNIT_EXPECT_EQ(test, totalram_pages(), before);
	notify_offline(pfn);
}

/* What comes online again has its memory still, whoever had added it. */
static void online_again(struct kunit *test)
{
	unsigned long before = totalram_pages();
	struct page *page = new_page(test);
	unsigned long pfn = page_to_pfn(page);

	KUNIT_ASSERT_EQ(test, balloon_note_blocks(pfn, 1), 0);
	notify_offline(pfn);
	balloon_online_page(page, 0);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 0);
	KUNIT_EXPECT_EQ(test, totalram_pages(), before);
	fake_memory_check(test, 0);
	keep_away(balloon_pages());
}

/* The same, with a block before the one that it is in */
static struct page *new_page_behind_block(void)
{
	struct page *page, *old, *next;
	unsigned long i;
	LIST_HEAD(low);

	while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, MAX_PAGE_ORDER))) {
		if (page_to_pfn(page) >= block_pages())
			break;
		list_add(&page->lru, &low);
	}
	if (page) {
		split_page(page, MAX_PAGE_ORDER);
		for (i = 1; i < 1UL << MAX_PAGE_ORDER; i++)
			__free_page(page + i);
		adjust_managed_page_count(page, -1);
	}
	list_for_each_entry_safe(old, next, &low, lru)
		__free_pages(old, MAX_PAGE_ORDER);
	return page;
}

/* Only the block that was set offline has memory, not those beside it. */
static void neighbour(struct kunit *test)
{
	struct page *page = new_page_behind_block();
	unsigned long block = block_pages();
	unsigned long pfn;

	KUNIT_ASSERT_NOT_NULL(test, page);
	pfn = round_down(page_to_pfn(page), block);
	KUNIT_ASSERT_EQ(test, balloon_note_blocks(pfn, 2 * block), 0);
	notify_offline(pfn + block);
	notify_offline(pfn - block);
	balloon_online_page(page, 0);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 1);
	notify_offline(pfn);
	/* That was no page without memory, in truth. */
	KUNIT_EXPECT_PTR_EQ(test, balloon_take(), page);
	free_reserved_page(page);
}

/* Memory that somebody else has added */
static void of_others(struct kunit *test)
{
	unsigned long before = totalram_pages();
	struct page *page = new_page(test);

	balloon_online_page(page, 0);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 0);
	KUNIT_EXPECT_EQ(test, totalram_pages(), before);
}

static struct kunit_case hotplug_cases[] = {
	KUNIT_CASE(adds_a_block),
	KUNIT_CASE(first_time_online),
	KUNIT_CASE(online_again),
	KUNIT_CASE(neighbour),
	KUNIT_CASE(of_others),
	{}
};

static struct kunit_suite hotplug_suite = {
	.name = "xen_balloon_hotplug",
	.init = hotplug_test_init,
	.exit = hotplug_test_exit,
	.test_cases = hotplug_cases,
};

kunit_test_suite(hotplug_suite);
