// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of map and copy: each operation's own fate, and pages that come late.
 */

#include <kunit/test.h>
#include <linux/bottom_half.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/mm.h>

#include "fake_batch.h"

static void map_and_unmap(struct kunit *test)
{
	struct fake_batch *fake = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, gnttab_map_refs(fake->map, NULL, fake->pages, NR),
			0);
	KUNIT_EXPECT_EQ(test, fake_gnt->calls, 1);
	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_EQ(test, fake->map[i].status, GNTST_okay);
		fake->unmap[i].handle = fake->map[i].handle;
		expect_foreign(test, i);
	}

	KUNIT_EXPECT_EQ(test, gnttab_unmap_refs(fake->unmap, NULL, fake->pages,
						NR), 0);
	KUNIT_EXPECT_EQ(test, fake_gnt->calls, 2);
	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_EQ(test, fake->unmap[i].status, GNTST_okay);
		KUNIT_EXPECT_EQ(test, fake_peer_uses(fake->map[i].ref), 0);
		expect_not_foreign(test, i);
	}
}

static void map_some_refused(struct kunit *test)
{
	struct fake_batch *fake = test->priv;

	fake->map[1].ref = REF_BAD;
	/* For those with numbers 0, 2 and 3 */
	fake_gnt->max_handles = 3;
	/* As left over from an earlier use */
	fake->map[1].status = GNTST_okay;
	KUNIT_EXPECT_EQ(test, gnttab_map_refs(fake->map, NULL, fake->pages, NR),
			0);
	KUNIT_EXPECT_EQ(test, fake->map[1].status, GNTST_bad_gntref);
	KUNIT_EXPECT_EQ(test, fake->map[4].status, GNTST_no_space);
	KUNIT_EXPECT_EQ(test, fake->map[5].status, GNTST_no_space);
	expect_foreign(test, 0);
	expect_not_foreign(test, 1);
	expect_foreign(test, 2);
	expect_foreign(test, 3);
	expect_not_foreign(test, 4);
	expect_not_foreign(test, 5);
}

static void map_hypercall_fails(struct kunit *test)
{
	struct fake_batch *fake = test->priv;
	unsigned int i;

	fake_gnt->error = -EFAULT;
	fake_gnt->stop_after = 2;
	for (i = 0; i < NR; i++)
		fake->map[i].status = GNTST_okay;

	KUNIT_EXPECT_EQ(test, gnttab_map_refs(fake->map, NULL, fake->pages, NR),
			-EFAULT);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, fake->map[i].status, GNTST_okay);
		expect_foreign(test, i);
	}
	for (; i < NR; i++) {
		KUNIT_EXPECT_EQ(test, fake->map[i].status, GNTST_general_error);
		expect_not_foreign(test, i);
	}
}

static void map_swapped_page(struct kunit *test)
{
	struct fake_batch *fake = test->priv;

	fake_batch_swap(fake, 2, 3);
	fake->map[3].ref = fake->map[2].ref;
	fake->map[4].ref = REF_BAD;
	KUNIT_EXPECT_EQ(test, gnttab_map_refs(fake->map, NULL, fake->pages, NR),
			0);
	KUNIT_EXPECT_EQ(test, fake->map[2].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, fake->map[3].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, fake->map[4].status, GNTST_bad_gntref);
	expect_foreign(test, 2);
	expect_foreign(test, 3);

	/* Both fail, then one of them, then none: only those are repeated */
	KUNIT_EXPECT_EQ(test, fake_gnt->calls, 3);
	KUNIT_EXPECT_EQ(test, fake_gnt->ops, NR + 2 + 1);
}

static void map_page_never_comes(struct kunit *test)
{
	unsigned long start = jiffies;
	struct fake_batch *fake = test->priv;

	gnttab_eagain_limit_ms = 20;
	fake_batch_swap(fake, 5, UINT_MAX);
	KUNIT_EXPECT_EQ(test, gnttab_map_refs(fake->map, NULL, fake->pages, NR),
			0);
	KUNIT_EXPECT_EQ(test, fake->map[5].status, GNTST_bad_page);
	expect_foreign(test, 4);
	expect_not_foreign(test, 5);

	/* Pauses of 1, 2, 4, 8 and 16 ms are more than 20 */
	KUNIT_EXPECT_EQ(test, fake_gnt->calls, 1 + 5);
	KUNIT_EXPECT_GE(test, jiffies - start, msecs_to_jiffies(20));
}

/* As in NAPI: a warning about sleeping here fails the test run */
static void map_in_atomic_context(struct kunit *test)
{
	struct fake_batch *fake = test->priv;
	int err;

	fake_batch_swap(fake, 0, UINT_MAX);
	local_bh_disable();
	err = gnttab_map_refs(fake->map, NULL, fake->pages, NR);
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, fake->map[0].status, GNTST_bad_page);
	KUNIT_EXPECT_EQ(test, fake->map[1].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, fake_gnt->calls, 1 + 8);

	fake_batch_unmap(test);
	fake_batch_swap(fake, 0, 2);
	local_bh_disable();
	gnttab_map_refs(fake->map, NULL, fake->pages, 1);
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, fake->map[0].status, GNTST_okay);
}

static u32 copied(struct fake_batch *fake, unsigned int i)
{
	return *(u32 *)page_address(fake->ours[i]);
}

static void copy_batch(struct kunit *test)
{
	struct fake_batch *fake = test->priv;

	fake_batch_swap(fake, 0, 2);
	fake->copy[1].source.u.ref = REF_BAD;
	fake->copy[5].source.u.ref = fake->swapped;
	gnttab_batch_copy(fake->copy, NR);
	KUNIT_EXPECT_EQ(test, fake->copy[0].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, fake->copy[1].status, GNTST_bad_gntref);
	KUNIT_EXPECT_EQ(test, fake->copy[2].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, fake->copy[5].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, fake_gnt->ops, NR + 2);
	KUNIT_EXPECT_EQ(test, copied(fake, 0), 0);
	KUNIT_EXPECT_EQ(test, copied(fake, 1), ~0);
	KUNIT_EXPECT_EQ(test, copied(fake, 2), 2);
	KUNIT_EXPECT_EQ(test, copied(fake, 5), 0);

	gnttab_eagain_limit_ms = 5;
	fake_batch_swap(fake, 0, UINT_MAX);
	gnttab_batch_copy(fake->copy, NR);
	KUNIT_EXPECT_EQ(test, fake->copy[0].status, GNTST_bad_page);
	KUNIT_EXPECT_EQ(test, fake->copy[1].status, GNTST_bad_gntref);
	KUNIT_EXPECT_EQ(test, fake->copy[4].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, fake->copy[5].status, GNTST_bad_page);
}

static void copy_hypercall_fails(struct kunit *test)
{
	struct fake_batch *fake = test->priv;
	unsigned int i;

	fake_gnt->error = -EFAULT;
	fake_gnt->stop_after = 0;
	gnttab_batch_copy(fake->copy, NR);
	for (i = 0; i < NR; i++)
		KUNIT_EXPECT_EQ(test, fake->copy[i].status,
				GNTST_general_error);
	KUNIT_EXPECT_EQ(test, fake_gnt->calls, 1);
}

static void map_batch(struct kunit *test)
{
	struct fake_batch *fake = test->priv;

	fake_batch_swap(fake, 0, 1);
	fake->map[3].ref = REF_BAD;
	gnttab_batch_map(fake->map, NR);
	KUNIT_EXPECT_EQ(test, fake->map[0].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, fake->map[3].status, GNTST_bad_gntref);
	/* It is mapped, but no page is known as the peer's */
	KUNIT_EXPECT_PTR_EQ(test, fake_page_behind(fake->pages[0]),
			    fake->theirs[0]);
	KUNIT_EXPECT_NULL(test, xen_page_foreign(fake->pages[0]));
	fake_batch_unmap(test);
	expect_not_foreign(test, 0);

	fake_gnt->error = -EOPNOTSUPP;
	fake_gnt->stop_after = 1;
	gnttab_batch_map(fake->map, NR);
	KUNIT_EXPECT_EQ(test, fake->map[0].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, fake->map[1].status, GNTST_general_error);
}

static struct kunit_case map_cases[] = {
	KUNIT_CASE(map_and_unmap),
	KUNIT_CASE(map_some_refused),
	KUNIT_CASE(map_hypercall_fails),
	KUNIT_CASE(map_swapped_page),
	KUNIT_CASE(map_page_never_comes),
	KUNIT_CASE(map_in_atomic_context),
	KUNIT_CASE(copy_batch),
	KUNIT_CASE(copy_hypercall_fails),
	KUNIT_CASE(map_batch),
	{}
};

static struct kunit_suite map_suite = {
	.name = "xen_grant_map",
	.init = fake_batch_init,
	.exit = fake_batch_exit,
	.test_cases = map_cases,
};

kunit_test_suite(map_suite);
