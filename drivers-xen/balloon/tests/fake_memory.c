// SPDX-License-Identifier: GPL-2.0
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>

#include <linux/mm.h>

#include <asm/xen/hypercall.h>
#include <xen/interface/memory.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "fake_memory.h"

static struct fake_memory *current_fake(void)
{
	return kunit_get_current_test()->priv;
}

static void take_frame(struct fake_memory *fake, xen_pfn_t frame)
{
	struct kunit *test = kunit_get_current_test();

	KUNIT_EXPECT_NULL(test, xa_load(&fake->holes, frame));
	KUNIT_EXPECT_TRUE(test, PageOffline(xen_pfn_to_page(frame)));
	xa_store(&fake->holes, frame, xa_mk_value(1), GFP_KERNEL);
	fake->nr_holes++;
}

static void give_frame(struct fake_memory *fake, xen_pfn_t frame)
{
	struct kunit *test = kunit_get_current_test();

	KUNIT_EXPECT_NOT_NULL(test, xa_erase(&fake->holes, frame));
	fake->nr_holes--;
	if (fake->left != FAKE_NONE)
		fake->left--;
}

static long change(struct fake_memory *fake, unsigned int cmd,
		   const struct xen_memory_reservation *what)
{
	struct kunit *test = kunit_get_current_test();
	bool take = cmd == XENMEM_decrease_reservation;
	xen_pfn_t *frames = *(xen_pfn_t **)&what->extent_start;
	long i, nr = what->nr_extents;

	KUNIT_EXPECT_EQ(test, what->domid, DOMID_SELF);
	KUNIT_EXPECT_EQ(test, what->extent_order, 0);
	KUNIT_EXPECT_GT(test, nr, 0);
	KUNIT_EXPECT_LE(test, nr, (long)BALLOON_BATCH);
	fake->nr_calls++;
	if (fake->error)
		return fake->error;
	nr = take ? min(nr, fake->take) : min3(nr, fake->give, fake->left);
	for (i = 0; i < nr; i++) {
		if (take)
			take_frame(fake, frames[i]);
		else
			give_frame(fake, frames[i]);
	}
	return nr;
}

static long fake_memory_op(unsigned int cmd, void *arg)
{
	struct kunit *test = kunit_get_current_test();
	struct fake_memory *fake = test->priv;

	switch (cmd) {
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		return change(fake, cmd, arg);
	case XENMEM_current_reservation:
		KUNIT_EXPECT_EQ(test, *(domid_t *)arg, DOMID_SELF);
		return fake->error ?:
			FAKE_PAGES + fake->extra - (long)fake->nr_holes;
	case XENMEM_maximum_reservation:
		KUNIT_EXPECT_EQ(test, *(domid_t *)arg, DOMID_SELF);
		return fake->error ?: fake->maximum;
	default:
		KUNIT_FAIL(test, "memory op %u", cmd);
		return -EOPNOTSUPP;
	}
}

static struct page *fake_alloc_page(gfp_t gfp)
{
	struct fake_memory *fake = current_fake();

	/* Nobody may be killed for it, and reserves are for others. */
	KUNIT_EXPECT_TRUE(kunit_get_current_test(),
			  gfp & (__GFP_NORETRY | __GFP_RETRY_MAYFAIL));
	KUNIT_EXPECT_TRUE(kunit_get_current_test(), gfp & __GFP_NOMEMALLOC);
	if (!fake->allocations)
		return NULL;
	if (fake->allocations != FAKE_NONE)
		fake->allocations--;
	return alloc_page(gfp);
}

static void fake_kick(void)
{
	current_fake()->kicks++;
}

static long fake_spare(void)
{
	return current_fake()->spare;
}

int fake_memory_init(struct kunit *test)
{
	struct fake_memory *fake;

	if (xen_domain())
		kunit_skip(test, "would change the memory of this domain");

	fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake);
	*fake = (struct fake_memory) {
		.take = FAKE_NONE,
		.give = FAKE_NONE,
		.left = FAKE_NONE,
		.maximum = FAKE_NONE,
		.extra = 7,
		.allocations = FAKE_NONE,
		.spare = FAKE_NONE,
		.saved = balloon_stats,
	};
	xa_init(&fake->holes);
	balloon_stats = (struct balloon_stats) {
		.current_pages = FAKE_PAGES,
		.target_pages = FAKE_PAGES,
		.total_pages = FAKE_PAGES,
		.schedule_delay = 1,
		.max_schedule_delay = 32,
		.retry_count = 1,
		.max_retry_count = 4,
	};
	test->priv = fake;
	kunit_activate_static_stub(test, HYPERVISOR_memory_op, fake_memory_op);
	kunit_activate_static_stub(test, balloon_alloc_page, fake_alloc_page);
	kunit_activate_static_stub(test, balloon_spare, fake_spare);
	kunit_activate_static_stub(test, balloon_kick, fake_kick);
	return 0;
}

void fake_memory_exit(struct kunit *test)
{
	struct fake_memory *fake = test->priv;

	if (!fake)
		return;
	/* The kernel gets its pages back, whatever the test has done. */
	fake->give = FAKE_NONE;
	fake->left = FAKE_NONE;
	fake->error = 0;
	while (balloon_pages() && fake_deflate(BALLOON_BATCH))
		;
	fake_memory_check(test, 0);
	KUNIT_EXPECT_EQ(test, fake->nr_holes, 0);
	xa_destroy(&fake->holes);
	balloon_stats = fake->saved;
}

void fake_memory_check(struct kunit *test, unsigned long lent)
{
	struct fake_memory *fake = test->priv;
	struct balloon_stats *stats = &balloon_stats;

	KUNIT_EXPECT_EQ(test, stats->balloon_low + lent, fake->nr_holes);
	KUNIT_EXPECT_EQ(test, stats->balloon_high, 0);
	KUNIT_EXPECT_EQ(test, stats->target_unpopulated, lent);
	KUNIT_EXPECT_EQ(test, stats->current_pages,
			FAKE_PAGES - fake->nr_holes);
	KUNIT_EXPECT_EQ(test, stats->total_pages,
			stats->current_pages + stats->balloon_low + lent);
}

unsigned long fake_inflate(unsigned long nr)
{
	guard(mutex)(&balloon_mutex);
	return balloon_inflate(nr, GFP_HIGHUSER | __GFP_NORETRY |
			       __GFP_NOMEMALLOC);
}

unsigned long fake_deflate(unsigned long nr)
{
	guard(mutex)(&balloon_mutex);
	return balloon_deflate(nr);
}
