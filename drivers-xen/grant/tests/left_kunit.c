// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the grants that a kernel before us has left and others still use.
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fake_gnttab.h"

/* Where they are in the table */
#define FIRST	100
#define NR	20

/* Entries that the peer has mapped */
static void leave_behind(struct kunit *test, grant_ref_t first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		*fake_entry(test, i) = (struct grant_entry_v1) {
			.flags = GTF_permit_access | GTF_writing,
			.domid = FAKE_PEER, .frame = 0x1234,
		};
	gnttab_refs_take_over();
}

static void let_go(struct kunit *test, grant_ref_t first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		fake_entry(test, i)->flags &= ~GTF_writing;
}

/* One of ours that the peer does not let go of */
static grant_ref_t keep_own(struct kunit *test)
{
	int ref = gnttab_grant_foreign_access(FAKE_PEER, 0xffffffff, 0);

	fake_peer_maps(test, ref, GTF_reading);
	gnttab_end_foreign_access(ref, NULL);
	return ref;
}

static void expect_shown(struct kunit *test, const char *text, bool is_there)
{
	struct seq_file file = { .size = PAGE_SIZE };

	file.buf = kunit_kzalloc(test, file.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, file.buf);
	gnttab_holders_show(&file);
	KUNIT_ASSERT_LT(test, file.count, file.size);
	KUNIT_EXPECT_EQ(test, !!strstr(file.buf, text), is_there);
}

/* More than the peer may keep of ours, and it gets new ones all the same */
static void left_is_no_fault(struct kunit *test)
{
	struct gnttab_budget *budget;
	grant_ref_t own[2];

	budget = kunit_kzalloc(test, sizeof(*budget), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, budget);
	gnttab_deferred_limit = ARRAY_SIZE(own);
	leave_behind(test, FIRST, NR);
	KUNIT_EXPECT_EQ(test, fake_deferred(), NR);
	KUNIT_EXPECT_FALSE(test, gnttab_domain_refused(FAKE_PEER));
	expect_shown(test, "     7     20      20     20      0 ", true);
	expect_shown(test, "refused", false);
	KUNIT_ASSERT_EQ(test,
			gnttab_budget_init(budget, "b", FAKE_PEER, 1, 1), 0);
	gnttab_budget_exit(budget);

	/* What it keeps of ours is counted besides. */
	own[0] = keep_own(test);
	KUNIT_EXPECT_FALSE(test, gnttab_domain_refused(FAKE_PEER));
	own[1] = keep_own(test);
	KUNIT_EXPECT_TRUE(test, gnttab_domain_refused(FAKE_PEER));

	let_go(test, FIRST, NR);
	gnttab_look_at_deferred();
	KUNIT_EXPECT_EQ(test, fake_deferred(), 2);
	KUNIT_EXPECT_TRUE(test, gnttab_domain_refused(FAKE_PEER));
	fake_peer_unmaps(test, own[0]);
	fake_peer_unmaps(test, own[1]);
	gnttab_look_at_deferred();
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

/* At each of them, whatever a run of the work is allowed */
static void looks_at_all(struct kunit *test)
{
	leave_behind(test, FIRST, NR);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - NR);
	let_go(test, FIRST + 5, NR - 5);
	gnttab_look_at_deferred();
	KUNIT_EXPECT_EQ(test, fake_deferred(), 5);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 5);

	let_go(test, FIRST, 5);
	gnttab_look_at_deferred();
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
	/* Nothing is left to look at. */
	gnttab_look_at_deferred();
}

static unsigned int memory_left;

static void *little_memory(size_t size)
{
	if (!memory_left)
		return NULL;
	memory_left--;
	return kzalloc(size, GFP_ATOMIC);
}

/* Nor is it anybody's fault that there is no memory to note one. */
static void left_and_lost(struct kunit *test)
{
	/* Neither; the grant, not its domain; both; neither, and the domain is known */
	static const unsigned int memory[] = { 0, 1, 2, 0 };
	struct gnttab_usage before, after;
	unsigned int i;

	gnttab_deferred_limit = 1;
	kunit_activate_static_stub(test, gnttab_deferred_alloc, little_memory);
	gnttab_deferred_usage(&before);
	for (i = 0; i < ARRAY_SIZE(memory); i++) {
		memory_left = memory[i];
		leave_behind(test, FIRST + i, 1);
		expect_shown(test, "     7 ", i >= 2);
		KUNIT_EXPECT_FALSE(test, gnttab_domain_refused(FAKE_PEER));
		/* Else it would be met again. */
		fake_entry(test, FIRST + i)->flags = 0;
	}
	gnttab_deferred_usage(&after);
	KUNIT_EXPECT_EQ(test, after.leaked, before.leaked + 3);
	KUNIT_EXPECT_EQ(test, after.deferred, 1);
	gnttab_look_at_deferred();
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 3);
	expect_shown(test, "     7 ", false);
}

static struct kunit_case left_cases[] = {
	KUNIT_CASE(left_is_no_fault),
	KUNIT_CASE(looks_at_all),
	KUNIT_CASE(left_and_lost),
	{}
};

static unsigned int saved_free_per_iteration;

static int left_init(struct kunit *test)
{
	saved_free_per_iteration = gnttab_free_per_iteration;
	gnttab_free_per_iteration = 1;
	return fake_gnttab_start(test);
}

static void left_exit(struct kunit *test)
{
	gnttab_free_per_iteration = saved_free_per_iteration;
	gnttab_deferred_limit = 0;
	fake_gnttab_exit(test);
}

static struct kunit_suite left_suite = {
	.name = "xen_grant_left",
	.init = left_init,
	.exit = left_exit,
	.test_cases = left_cases,
};

kunit_test_suite(left_suite);
