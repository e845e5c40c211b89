// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of granting and revoking, against a peer that sets and clears the
 * in-use bits of an entry as Xen does when it maps and unmaps.
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/smp.h>

#include "fake_gnttab.h"

static void grant_fills_entry(struct kunit *test)
{
	struct grant_entry_v1 *entry;
	int ref;

	ref = gnttab_grant_foreign_access(FAKE_PEER, 0x12345, 0);
	entry = fake_entry(test, ref);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_permit_access);
	KUNIT_EXPECT_EQ(test, entry->domid, FAKE_PEER);
	KUNIT_EXPECT_EQ(test, entry->frame, 0x12345);

	gnttab_grant_foreign_access_ref(ref, FAKE_PEER + 1, 0xfffffffe, 1);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_permit_access | GTF_readonly);
	KUNIT_EXPECT_EQ(test, entry->domid, FAKE_PEER + 1);
	KUNIT_EXPECT_EQ(test, entry->frame, 0xfffffffe);
}

/* Granting its low bits would give away some other page */
static void grant_frame_too_high(struct kunit *test)
{
	struct grant_entry_v1 *entry;
	int ref;

	ref = gnttab_grant_foreign_access(FAKE_PEER, 1UL << 32, 0);
	KUNIT_EXPECT_EQ(test, ref, -ERANGE);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);

	entry = fake_entry(test, GNTTAB_NR_RESERVED_ENTRIES);
	gnttab_grant_foreign_access_ref(GNTTAB_NR_RESERVED_ENTRIES, FAKE_PEER,
					1UL << 32, 0);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_invalid);
}

static void end_ref(struct kunit *test)
{
	int ref = gnttab_grant_foreign_access(FAKE_PEER, 1, 0);
	struct grant_entry_v1 *entry = fake_entry(test, ref);
	unsigned int free = fake_free_refs();

	fake_peer_maps(test, ref, GTF_reading);
	KUNIT_EXPECT_EQ(test, gnttab_end_foreign_access_ref(ref), 0);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_permit_access | GTF_reading);

	fake_peer_maps(test, ref, GTF_writing);
	KUNIT_EXPECT_EQ(test, gnttab_end_foreign_access_ref(ref), 0);
	entry->flags &= ~GTF_reading;
	KUNIT_EXPECT_EQ(test, gnttab_end_foreign_access_ref(ref), 0);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_permit_access | GTF_writing);

	fake_peer_unmaps(test, ref);
	KUNIT_EXPECT_EQ(test, gnttab_end_foreign_access_ref(ref), 1);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_invalid);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), free);
}

static void try_end(struct kunit *test)
{
	int ref = gnttab_grant_foreign_access(FAKE_PEER, 1, 0);

	fake_peer_maps(test, ref, GTF_writing);
	KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(ref), 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 1);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);

	fake_peer_unmaps(test, ref);
	KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(ref), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

static void end_at_once(struct kunit *test)
{
	struct page *page = fake_page(test);
	int ref = fake_grant(test, page);

	get_page(page);
	gnttab_end_foreign_access(ref, page);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);

	ref = fake_grant(test, page);
	gnttab_end_foreign_access(ref, NULL);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
	__free_page(page);
}

/*
 * Xen changes an entry just after it was looked at. These are the changes that
 * it may make: @after is what the entry has then.
 */
static u16 look_after;

static u16 change_after_look(const struct grant_entry_v1 *entry)
{
	u16 flags = READ_ONCE(entry->flags);

	WRITE_ONCE(((struct grant_entry_v1 *)entry)->flags, look_after);
	return flags;
}

static void map_after_look(struct kunit *test)
{
	static const u16 how[] = {
		GTF_reading, GTF_writing, GTF_reading | GTF_writing,
	};
	unsigned int i;
	int ref;

	kunit_activate_static_stub(test, gnttab_look, change_after_look);
	for (i = 0; i < ARRAY_SIZE(how); i++) {
		ref = gnttab_grant_foreign_access(FAKE_PEER, 1, 0);
		look_after = GTF_permit_access | how[i];
		KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(ref), 0);
		KUNIT_EXPECT_EQ(test, fake_entry(test, ref)->flags, look_after);
		KUNIT_EXPECT_EQ(test, gnttab_end_foreign_access_ref(ref), 0);
		KUNIT_EXPECT_EQ(test, fake_entry(test, ref)->flags, look_after);
	}
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - ARRAY_SIZE(how));
}

/* It changed, and nobody uses it: one more try is enough */
static void change_unused_after_look(struct kunit *test)
{
	int ref = gnttab_grant_foreign_access(FAKE_PEER, 1, 0);

	kunit_activate_static_stub(test, gnttab_look, change_after_look);
	look_after = GTF_permit_access | GTF_readonly;
	KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(ref), 1);
	KUNIT_EXPECT_EQ(test, fake_entry(test, ref)->flags, GTF_invalid);
}

#define RACES		20
#define RACE_PATIENCE	(120 * HZ)

struct busy_peer {
	struct grant_entry_v1 *entry;
	unsigned long mapped;
	unsigned long broken;
};

/* Maps when it may, and unmaps after a while, as Xen would for a fast peer */
static int busy_peer_thread(void *arg)
{
	const u16 in_use = GTF_permit_access | GTF_reading;
	struct busy_peer *peer = arg;
	u16 *entry = &peer->entry->flags;
	unsigned int i;
	u16 flags;

	while (!kthread_should_stop()) {
		flags = GTF_permit_access;
		if (!sync_try_cmpxchg(entry, &flags, in_use)) {
			cond_resched();
			continue;
		}
		WRITE_ONCE(peer->mapped, peer->mapped + 1);
		/* Now and then long enough for the other side to look twice */
		for (i = peer->mapped % 64; i; i--)
			cpu_relax();
		flags = in_use;
		if (!sync_try_cmpxchg(entry, &flags, GTF_permit_access))
			peer->broken++;
		/* An emulator may change CPUs at this instruction only */
		for (i = peer->mapped % 48; i; i--)
			cpu_relax();
	}
	return 0;
}

/* Whatever the timing, an entry in use is not cleared */
static void revoke_races_with_peer(struct kunit *test)
{
	unsigned long end = jiffies + RACE_PATIENCE;
	unsigned int revoked = 0, refused = 0;
	struct task_struct *thread;
	struct busy_peer peer = {};
	int ref;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");

	ref = gnttab_grant_foreign_access(FAKE_PEER, 1, 0);
	peer.entry = fake_entry(test, ref);
	thread = kthread_create(busy_peer_thread, &peer, "grant-peer");
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	/* Not on the same CPU, where neither would see the other at work */
	migrate_disable();
	kthread_bind(thread, cpumask_any_but(cpu_online_mask,
					     smp_processor_id()));
	wake_up_process(thread);

	/* Until both sides have won often enough, at each other's expense */
	while ((revoked < RACES || refused < RACES ||
		READ_ONCE(peer.mapped) < RACES) && time_before(jiffies, end)) {
		if (gnttab_try_end_foreign_access(ref)) {
			KUNIT_EXPECT_EQ(test, READ_ONCE(peer.entry->flags),
					GTF_invalid);
			revoked++;
			ref = gnttab_grant_foreign_access(FAKE_PEER, 1, 0);
		} else {
			refused++;
		}
		cond_resched();
	}
	migrate_enable();
	kthread_stop(thread);
	KUNIT_EXPECT_EQ(test, peer.broken, 0);
	KUNIT_EXPECT_GE(test, revoked, RACES);
	KUNIT_EXPECT_GE(test, refused, RACES);
	KUNIT_EXPECT_GE(test, peer.mapped, RACES);
	/* It unmaps before it ends */
	KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(ref), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

/* Grants that nobody uses end, whoever holds the references. */
static void leave_ends_all(struct kunit *test)
{
	int free_one, used, reserved = GNTTAB_NR_RESERVED_ENTRIES - 1;

	free_one = gnttab_grant_foreign_access(1, 2, 0);
	used = gnttab_grant_foreign_access(1, 3, 0);
	KUNIT_ASSERT_GE(test, free_one, GNTTAB_NR_RESERVED_ENTRIES);
	KUNIT_ASSERT_GE(test, used, GNTTAB_NR_RESERVED_ENTRIES);
	fake_peer_maps(test, used, GTF_writing);
	gnttab_entry(reserved)->flags = GTF_permit_access;

	KUNIT_EXPECT_EQ(test, gnttab_leave(), 1);
	KUNIT_EXPECT_EQ(test, gnttab_entry(free_one)->flags, GTF_invalid);
	KUNIT_EXPECT_EQ(test, gnttab_entry(used)->flags,
			GTF_permit_access | GTF_writing);
	/* Those of the console and the store are the next kernel's as well. */
	KUNIT_EXPECT_EQ(test, gnttab_entry(reserved)->flags, GTF_permit_access);
	gnttab_entry(reserved)->flags = GTF_invalid;
	fake_peer_unmaps(test, used);
	KUNIT_EXPECT_EQ(test, gnttab_leave(), 0);
	KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(used), 1);
	KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(free_one), 1);
}

static struct kunit_case access_cases[] = {
	KUNIT_CASE(leave_ends_all),
	KUNIT_CASE(grant_fills_entry),
	KUNIT_CASE(grant_frame_too_high),
	KUNIT_CASE(end_ref),
	KUNIT_CASE(try_end),
	KUNIT_CASE(end_at_once),
	KUNIT_CASE(map_after_look),
	KUNIT_CASE(change_unused_after_look),
	KUNIT_CASE(revoke_races_with_peer),
	{}
};

static struct kunit_suite access_suite = {
	.name = "xen_grant_access",
	.init = fake_gnttab_start,
	.exit = fake_gnttab_exit,
	.test_cases = access_cases,
};

kunit_test_suite(access_suite);
