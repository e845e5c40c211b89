// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of granting and revoking, against a peer that sets and clears the
 * in-use bits of an entry as Xen does when it maps and unmaps.
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>

#include "fake_table.h"

#define FIRST_REFS	(GRANTS_PER_FRAME - GNTTAB_NR_RESERVED_ENTRIES)
#define PEER		7

static struct grant_entry_v1 *entry_of(struct kunit *test, int ref)
{
	KUNIT_ASSERT_GE(test, ref, GNTTAB_NR_RESERVED_ENTRIES);
	KUNIT_ASSERT_NOT_NULL(test, gnttab_entry(ref));
	return gnttab_entry(ref);
}

static void peer_maps(struct kunit *test, int ref, u16 how)
{
	entry_of(test, ref)->flags |= how;
}

static void peer_unmaps(struct kunit *test, int ref)
{
	entry_of(test, ref)->flags &= ~(GTF_reading | GTF_writing);
}

static struct page *new_page(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, page_count(page), 1);
	return page;
}

static int grant_page(struct kunit *test, struct page *page)
{
	int ref = gnttab_grant_foreign_access(PEER, xen_page_to_gfn(page), 0);

	KUNIT_ASSERT_GE(test, ref, GNTTAB_NR_RESERVED_ENTRIES);
	return ref;
}

static void grant_fills_entry(struct kunit *test)
{
	struct grant_entry_v1 *entry;
	int ref;

	ref = gnttab_grant_foreign_access(PEER, 0x12345, 0);
	entry = entry_of(test, ref);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_permit_access);
	KUNIT_EXPECT_EQ(test, entry->domid, PEER);
	KUNIT_EXPECT_EQ(test, entry->frame, 0x12345);

	gnttab_grant_foreign_access_ref(ref, PEER + 1, 0xfffffffe, 1);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_permit_access | GTF_readonly);
	KUNIT_EXPECT_EQ(test, entry->domid, PEER + 1);
	KUNIT_EXPECT_EQ(test, entry->frame, 0xfffffffe);
}

/* Granting its low bits would give away some other page */
static void grant_frame_too_high(struct kunit *test)
{
	struct grant_entry_v1 *entry;
	int ref;

	ref = gnttab_grant_foreign_access(PEER, 1UL << 32, 0);
	KUNIT_EXPECT_EQ(test, ref, -ERANGE);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);

	entry = entry_of(test, GNTTAB_NR_RESERVED_ENTRIES);
	gnttab_grant_foreign_access_ref(GNTTAB_NR_RESERVED_ENTRIES, PEER,
					1UL << 32, 0);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_invalid);
}

static void end_ref(struct kunit *test)
{
	int ref = gnttab_grant_foreign_access(PEER, 1, 0);
	struct grant_entry_v1 *entry = entry_of(test, ref);
	unsigned int free = fake_free_refs();

	peer_maps(test, ref, GTF_reading);
	KUNIT_EXPECT_EQ(test, gnttab_end_foreign_access_ref(ref), 0);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_permit_access | GTF_reading);

	peer_maps(test, ref, GTF_writing);
	KUNIT_EXPECT_EQ(test, gnttab_end_foreign_access_ref(ref), 0);
	entry->flags &= ~GTF_reading;
	KUNIT_EXPECT_EQ(test, gnttab_end_foreign_access_ref(ref), 0);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_permit_access | GTF_writing);

	peer_unmaps(test, ref);
	KUNIT_EXPECT_EQ(test, gnttab_end_foreign_access_ref(ref), 1);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_invalid);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), free);
}

static void try_end(struct kunit *test)
{
	int ref = gnttab_grant_foreign_access(PEER, 1, 0);

	peer_maps(test, ref, GTF_writing);
	KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(ref), 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 1);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);

	peer_unmaps(test, ref);
	KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(ref), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

static void end_at_once(struct kunit *test)
{
	struct page *page = new_page(test);
	int ref = grant_page(test, page);

	get_page(page);
	gnttab_end_foreign_access(ref, page);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);

	ref = grant_page(test, page);
	gnttab_end_foreign_access(ref, NULL);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
	__free_page(page);
}

static void end_deferred(struct kunit *test)
{
	struct page *page = new_page(test);
	int ref = grant_page(test, page);

	get_page(page);
	peer_maps(test, ref, GTF_reading);
	gnttab_end_foreign_access(ref, page);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 1);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);

	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 1);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 1);

	peer_unmaps(test, ref);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
	__free_page(page);
}

/* The owner frees the page whatever happens; it stays until the peer is done */
static void end_deferred_no_page(struct kunit *test)
{
	struct page *page = new_page(test);
	int ref = grant_page(test, page);

	peer_maps(test, ref, GTF_writing);
	gnttab_end_foreign_access(ref, NULL);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);

	peer_unmaps(test, ref);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	__free_page(page);
}

/* One page of several, as xenbus grants rings */
static void end_deferred_exact_pages(struct kunit *test)
{
	char *ring = alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL);
	struct page *page;
	int ref;

	KUNIT_ASSERT_NOT_NULL(test, ring);
	page = virt_to_page(ring + PAGE_SIZE);
	get_page(page);
	ref = grant_page(test, page);
	peer_maps(test, ref, GTF_writing);
	gnttab_end_foreign_access(ref, NULL);
	KUNIT_EXPECT_EQ(test, page_count(page), 3);
	free_pages_exact(ring, 3 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);

	peer_unmaps(test, ref);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	put_page(page);
}

/* A frame that is no page of ours: nothing to hold */
static void end_deferred_no_such_page(struct kunit *test)
{
	int ref = gnttab_grant_foreign_access(PEER, 0xffffffff, 0);

	peer_maps(test, ref, GTF_writing);
	gnttab_end_foreign_access(ref, NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 1);
	peer_unmaps(test, ref);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
}

static void defer_many(struct kunit *test, int *ref, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		ref[i] = gnttab_grant_foreign_access(PEER, 0xffffffff, 0);
		peer_maps(test, ref[i], GTF_reading);
		gnttab_end_foreign_access(ref[i], NULL);
	}
	KUNIT_ASSERT_EQ(test, fake_deferred(), nr);
}

static void unmap_many(struct kunit *test, const int *ref, unsigned int nr)
{
	while (nr--)
		peer_unmaps(test, ref[nr]);
}

static void deferred_run_bounded(struct kunit *test)
{
	int ref[25];

	gnttab_free_per_iteration = 10;
	defer_many(test, ref, ARRAY_SIZE(ref));
	unmap_many(test, ref, ARRAY_SIZE(ref));
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 15);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 5);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

/* 0 is "all", but each of them once, even if none can be freed */
static void deferred_run_unlimited(struct kunit *test)
{
	int ref[25];

	gnttab_free_per_iteration = 0;
	defer_many(test, ref, ARRAY_SIZE(ref));
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 25);
	unmap_many(test, ref, ARRAY_SIZE(ref));
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
}

static void deferred_run_fair(struct kunit *test)
{
	int ref[3];

	gnttab_free_per_iteration = 1;
	defer_many(test, ref, ARRAY_SIZE(ref));
	peer_unmaps(test, ref[1]);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 3);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 2);
	KUNIT_EXPECT_EQ(test, entry_of(test, ref[1])->flags, GTF_invalid);

	unmap_many(test, ref, ARRAY_SIZE(ref));
	gnttab_deferred_run(NULL);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
}

/* Wait until the timer has left no more than @nr */
static void wait_deferred(unsigned int nr)
{
	int i;

	for (i = 0; i < 100 && fake_deferred() > nr; i++)
		msleep(50);
}

static void deferred_timer_runs(struct kunit *test)
{
	int ref[3];

	gnttab_free_per_iteration = 10;
	defer_many(test, ref, ARRAY_SIZE(ref));
	peer_unmaps(test, ref[0]);
	wait_deferred(2);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 2);

	/* It runs on while there is something left */
	unmap_many(test, ref + 1, 2);
	wait_deferred(0);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

static struct deferred_grant *no_memory(void)
{
	return NULL;
}

static void deferred_no_memory(struct kunit *test)
{
	struct page *page = new_page(test);
	int ref = grant_page(test, page);
	struct gnttab_usage before, after;

	gnttab_access_usage(&before);
	kunit_activate_static_stub(test, gnttab_new_deferred, no_memory);
	peer_maps(test, ref, GTF_writing);
	gnttab_end_foreign_access(ref, NULL);
	gnttab_access_usage(&after);
	KUNIT_EXPECT_EQ(test, after.leaked, before.leaked + 1);
	KUNIT_EXPECT_EQ(test, after.deferred, 0);

	/* Lost for good, but not handed to anybody else */
	peer_unmaps(test, ref);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 1);
	put_page(page);
	__free_page(page);
}

/* In its new life the domain has an empty table */
static void deferred_over_resume(struct kunit *test)
{
	struct page *page = new_page(test);
	int ref = grant_page(test, page);

	peer_maps(test, ref, GTF_writing);
	gnttab_end_foreign_access(ref, NULL);
	memset(gnttab_table.entries, 0, XEN_PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
	__free_page(page);
}

struct busy_peer {
	struct grant_entry_v1 *entry;
	unsigned long mapped;
	bool broken;
};

/* Maps when it may and unmaps at once, as Xen would for a fast peer */
static int busy_peer_thread(void *arg)
{
	const u16 in_use = GTF_permit_access | GTF_reading;
	struct busy_peer *peer = arg;
	u16 *entry = &peer->entry->flags;
	u16 flags;

	while (!kthread_should_stop()) {
		flags = GTF_permit_access;
		if (!sync_try_cmpxchg(entry, &flags, in_use)) {
			cond_resched();
			continue;
		}
		WRITE_ONCE(peer->mapped, peer->mapped + 1);
		cpu_relax();
		flags = in_use;
		if (!sync_try_cmpxchg(entry, &flags, GTF_permit_access))
			peer->broken = true;
	}
	return 0;
}

/* Whatever the timing, an entry in use is not cleared */
static void revoke_races_with_peer(struct kunit *test)
{
	unsigned long end = jiffies + 5 * HZ;
	struct task_struct *thread;
	struct busy_peer peer = {};
	unsigned int revoked = 0;
	int ref;

	ref = gnttab_grant_foreign_access(PEER, 1, 0);
	peer.entry = entry_of(test, ref);
	thread = kthread_run(busy_peer_thread, &peer, "grant-peer");
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));

	/* The peer may be kept from running, so count what happens, not tries */
	while ((revoked < 1000 || READ_ONCE(peer.mapped) < 1000) &&
	       time_before(jiffies, end)) {
		if (gnttab_try_end_foreign_access(ref)) {
			KUNIT_EXPECT_EQ(test, READ_ONCE(peer.entry->flags),
					GTF_invalid);
			revoked++;
			ref = gnttab_grant_foreign_access(PEER, 1, 0);
		}
		cond_resched();
	}
	kthread_stop(thread);
	KUNIT_EXPECT_FALSE(test, peer.broken);
	/* It unmaps before it ends */
	KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(ref), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
	kunit_info(test, "revoked %u times, mapped %lu times\n", revoked,
		   peer.mapped);
}

static struct kunit_case access_cases[] = {
	KUNIT_CASE(grant_fills_entry),
	KUNIT_CASE(grant_frame_too_high),
	KUNIT_CASE(end_ref),
	KUNIT_CASE(try_end),
	KUNIT_CASE(end_at_once),
	KUNIT_CASE(end_deferred),
	KUNIT_CASE(end_deferred_no_page),
	KUNIT_CASE(end_deferred_exact_pages),
	KUNIT_CASE(end_deferred_no_such_page),
	KUNIT_CASE(deferred_run_bounded),
	KUNIT_CASE(deferred_run_unlimited),
	KUNIT_CASE(deferred_run_fair),
	KUNIT_CASE_SLOW(deferred_timer_runs),
	KUNIT_CASE(deferred_no_memory),
	KUNIT_CASE(deferred_over_resume),
	KUNIT_CASE(revoke_races_with_peer),
	{}
};

static unsigned int saved_free_per_iteration;

static int access_init(struct kunit *test)
{
	saved_free_per_iteration = gnttab_free_per_iteration;
	return fake_table_start(test);
}

static void access_exit(struct kunit *test)
{
	gnttab_free_per_iteration = saved_free_per_iteration;
	fake_table_exit(test);
}

static struct kunit_suite access_suite = {
	.name = "xen_grant_access",
	.init = access_init,
	.exit = access_exit,
	.test_cases = access_cases,
};

kunit_test_suite(access_suite);
