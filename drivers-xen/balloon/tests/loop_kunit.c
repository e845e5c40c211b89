// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the loop that follows the target: steps, back-off, what it leaves to the
 * domain, and how much memory it would add.
 */
#include <kunit/static_stub.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sizes.h>

#include "fake_memory.h"

/* All steps that the thread makes without a pause */
static enum balloon_outcome run(unsigned int *steps)
{
	enum balloon_outcome outcome = BALLOON_ALL;

	for (*steps = 0; balloon_credit() && outcome == BALLOON_ALL; ++*steps)
		outcome = balloon_step();
	return outcome;
}

static void reaches_target(struct kunit *test)
{
	unsigned int steps;

	balloon_set_new_target(FAKE_PAGES - 1100);
	KUNIT_EXPECT_EQ(test, balloon_credit(), -1100);
	KUNIT_EXPECT_EQ(test, run(&steps), BALLOON_ALL);
	KUNIT_EXPECT_EQ(test, steps, 3);
	KUNIT_EXPECT_EQ(test, balloon_credit(), 0);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 1100);
	fake_memory_check(test, 0);

	balloon_set_new_target(FAKE_PAGES - 400);
	KUNIT_EXPECT_EQ(test, run(&steps), BALLOON_ALL);
	KUNIT_EXPECT_EQ(test, steps, 2);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 400);
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_ALL);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 400);
	fake_memory_check(test, 0);
}

static void keeps_what_it_needs(struct kunit *test)
{
	struct fake_memory *fake = test->priv;

	balloon_set_new_target(0);
	fake->spare = 20;
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_ALL);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 20);
	fake->spare = 0;
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_NONE);
	fake->spare = -5;
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_NONE);
	KUNIT_EXPECT_EQ(test, balloon_pages(), 20);
	KUNIT_EXPECT_EQ(test, fake->nr_calls, 1);
	fake_memory_check(test, 0);
}

static void spare_is_less_than_available(struct kunit *test)
{
	long available;

	kunit_deactivate_static_stub(test, balloon_spare);
	available = si_mem_available();
	KUNIT_EXPECT_GT(test, balloon_spare(), 0);
	/* What is available changes a little from one look to the next. */
	KUNIT_EXPECT_LT(test, balloon_spare(),
			available - (SZ_4M >> PAGE_SHIFT) / 2);
}

static void short_of_memory(struct kunit *test)
{
	struct fake_memory *fake = test->priv;

	balloon_set_new_target(FAKE_PAGES - 100);
	fake->allocations = 30;
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_SOME);
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_NONE);
	KUNIT_EXPECT_EQ(test, balloon_credit(), -70);
	fake->allocations = FAKE_NONE;
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_ALL);
	KUNIT_EXPECT_EQ(test, balloon_credit(), 0);
	fake_memory_check(test, 0);
}

static void xen_has_no_more(struct kunit *test)
{
	struct fake_memory *fake = test->priv;

	KUNIT_ASSERT_EQ(test, fake_inflate(100), 100);
	fake->left = 70;
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_SOME);
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_NONE);
	KUNIT_EXPECT_EQ(test, balloon_credit(), 30);
	fake_memory_check(test, 0);
	fake->left = FAKE_NONE;
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_ALL);
	KUNIT_EXPECT_EQ(test, balloon_credit(), 0);
}

/* Memory hotplug is set up on Xen only, so this is the case without it. */
static void more_than_there_is_room_for(struct kunit *test)
{
	struct fake_memory *fake = test->priv;

	KUNIT_ASSERT_EQ(test, fake_inflate(10), 10);
	balloon_set_new_target(ULONG_MAX);
	KUNIT_EXPECT_EQ(test, balloon_stats.target_pages, BALLOON_PAGES_MAX);
	KUNIT_EXPECT_GT(test, balloon_credit(), 0);
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_ALL);
	KUNIT_EXPECT_EQ(test, balloon_step(), BALLOON_NONE);
	KUNIT_EXPECT_EQ(test, fake->nr_holes, 0);
	KUNIT_EXPECT_EQ(test, balloon_stats.current_pages, FAKE_PAGES);
}

static void backs_off_and_gives_up(struct kunit *test)
{
	struct balloon_stats stats = {
		.schedule_delay = 1,
		.max_schedule_delay = 32,
		.retry_count = 1,
		.max_retry_count = 4,
	};

	KUNIT_EXPECT_EQ(test, balloon_schedule(&stats, BALLOON_NONE),
			BALLOON_BACK_OFF);
	KUNIT_EXPECT_EQ(test, stats.schedule_delay, 2);
	KUNIT_EXPECT_EQ(test, stats.retry_count, 2);
	balloon_schedule(&stats, BALLOON_NONE);
	KUNIT_EXPECT_EQ(test, balloon_schedule(&stats, BALLOON_NONE),
			BALLOON_BACK_OFF);
	KUNIT_EXPECT_EQ(test, stats.schedule_delay, 8);
	KUNIT_EXPECT_EQ(test, balloon_schedule(&stats, BALLOON_NONE),
			BALLOON_GIVEN_UP);
	KUNIT_EXPECT_EQ(test, stats.schedule_delay, 1);
	KUNIT_EXPECT_EQ(test, stats.retry_count, 1);
}

static void progress_starts_afresh(struct kunit *test)
{
	struct balloon_stats stats = {
		.schedule_delay = 8,
		.max_schedule_delay = 32,
		.retry_count = 4,
		.max_retry_count = 4,
	};

	KUNIT_EXPECT_EQ(test, balloon_schedule(&stats, BALLOON_SOME),
			BALLOON_BACK_OFF);
	KUNIT_EXPECT_EQ(test, stats.schedule_delay, 1);
	KUNIT_EXPECT_EQ(test, stats.retry_count, 1);

	stats.schedule_delay = 8;
	stats.retry_count = 4;
	KUNIT_EXPECT_EQ(test, balloon_schedule(&stats, BALLOON_OFFLINE),
			BALLOON_WAIT_ONLINE);
	KUNIT_EXPECT_EQ(test, stats.retry_count, 4);
	KUNIT_EXPECT_EQ(test, balloon_schedule(&stats, BALLOON_ALL),
			BALLOON_RUN);
	KUNIT_EXPECT_EQ(test, stats.schedule_delay, 1);
	KUNIT_EXPECT_EQ(test, stats.retry_count, 1);
}

static void delay_is_bounded(struct kunit *test)
{
	struct balloon_stats stats = {
		.schedule_delay = 1,
		.max_schedule_delay = 5,
		.max_retry_count = RETRY_UNLIMITED,
	};
	unsigned int i;

	for (i = 0; i < 200; i++)
		KUNIT_EXPECT_EQ(test, balloon_schedule(&stats, BALLOON_NONE),
				BALLOON_BACK_OFF);
	KUNIT_EXPECT_EQ(test, stats.schedule_delay, 5);
	KUNIT_EXPECT_EQ(test, stats.retry_count, 200);

	stats.max_schedule_delay = 0;
	balloon_schedule(&stats, BALLOON_NONE);
	KUNIT_EXPECT_EQ(test, stats.schedule_delay, 1);
	stats.max_schedule_delay = ULONG_MAX;
	for (i = 0; i < 200; i++)
		balloon_schedule(&stats, BALLOON_NONE);
	KUNIT_EXPECT_EQ(test, stats.schedule_delay, 24 * 60 * 60);
}

#ifdef CONFIG_XEN_BALLOON_MEMORY_HOTPLUG
#define BLOCK	((unsigned long)(SZ_128M >> PAGE_SHIFT))
/* Pages that the page structures of a block take */
#define COST	(BLOCK * sizeof(struct page) / PAGE_SIZE)

static void adds_what_is_missing(struct kunit *test)
{
	struct balloon_stats *stats = &balloon_stats;

	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, BLOCK), 0);
	stats->target_pages = FAKE_PAGES + COST;
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, BLOCK), 0);
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(true, BLOCK), BLOCK);
	stats->target_pages = FAKE_PAGES + COST + 1;
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, BLOCK), BLOCK);
	stats->target_pages = FAKE_PAGES + BLOCK;
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, BLOCK), BLOCK);
	stats->target_unpopulated = 1;
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, BLOCK), 2 * BLOCK);
	/* Added before, and not online yet */
	stats->total_pages = FAKE_PAGES + 2 * BLOCK;
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, BLOCK), 0);
	stats->target_unpopulated = 0;
	stats->total_pages = FAKE_PAGES;
}

static void adds_no_more_than_xen_gives(struct kunit *test)
{
	struct fake_memory *fake = test->priv;
	struct balloon_stats *stats = &balloon_stats;

	stats->target_pages = FAKE_PAGES + 3 * BLOCK;
	fake->maximum = FAKE_PAGES + fake->extra;
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, BLOCK), 0);
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(true, BLOCK), 3 * BLOCK);
	fake->maximum += BLOCK + 1;
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, BLOCK), 2 * BLOCK);
	fake->maximum = 0;
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, BLOCK), 0);
	fake->error = -EPERM;
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, BLOCK), 3 * BLOCK);
	fake->error = 0;
}

static void adds_in_steps(struct kunit *test)
{
	balloon_set_new_target(ULONG_MAX);
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, BLOCK),
			(unsigned long)(SZ_1G >> PAGE_SHIFT));
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, 16 * BLOCK),
			16 * BLOCK);
	/* Of a block as large as that, even a step may not be worth it. */
	KUNIT_EXPECT_EQ(test, balloon_hotplug_need(false, 1024 * BLOCK), 0);
}

static void adds_nothing_unless_set_up(struct kunit *test)
{
	balloon_stats.target_pages = FAKE_PAGES + BLOCK;
	KUNIT_EXPECT_EQ(test, balloon_hotplug(false), BALLOON_NONE);
	KUNIT_EXPECT_EQ(test, balloon_stats.total_pages, FAKE_PAGES);
}
#endif /* CONFIG_XEN_BALLOON_MEMORY_HOTPLUG */

static struct kunit_case loop_cases[] = {
	KUNIT_CASE(reaches_target),
	KUNIT_CASE(keeps_what_it_needs),
	KUNIT_CASE(spare_is_less_than_available),
	KUNIT_CASE(short_of_memory),
	KUNIT_CASE(xen_has_no_more),
	KUNIT_CASE(more_than_there_is_room_for),
	KUNIT_CASE(backs_off_and_gives_up),
	KUNIT_CASE(progress_starts_afresh),
	KUNIT_CASE(delay_is_bounded),
#ifdef CONFIG_XEN_BALLOON_MEMORY_HOTPLUG
	KUNIT_CASE(adds_what_is_missing),
	KUNIT_CASE(adds_no_more_than_xen_gives),
	KUNIT_CASE(adds_in_steps),
	KUNIT_CASE(adds_nothing_unless_set_up),
#endif
	{}
};

static struct kunit_suite loop_suite = {
	.name = "xen_balloon_loop",
	.init = fake_memory_init,
	.exit = fake_memory_exit,
	.test_cases = loop_cases,
};

kunit_test_suite(loop_suite);
