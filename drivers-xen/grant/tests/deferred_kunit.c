// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of grants that end while their peer uses them.
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fake_gnttab.h"

static void end_deferred(struct kunit *test)
{
	struct page *page = fake_page(test);
	int ref = fake_grant(test, page);

	get_page(page);
	fake_peer_maps(test, ref, GTF_reading);
	gnttab_end_foreign_access(ref, page);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 1);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);

	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 1);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 1);

	fake_peer_unmaps(test, ref);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
	__free_page(page);
}

/* The owner frees the page whatever happens; it stays until the peer is done */
static void end_deferred_no_page(struct kunit *test)
{
	struct page *page = fake_page(test);
	int ref = fake_grant(test, page);

	fake_peer_maps(test, ref, GTF_writing);
	gnttab_end_foreign_access(ref, NULL);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);

	fake_peer_unmaps(test, ref);
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
	ref = fake_grant(test, page);
	fake_peer_maps(test, ref, GTF_writing);
	gnttab_end_foreign_access(ref, NULL);
	KUNIT_EXPECT_EQ(test, page_count(page), 3);
	free_pages_exact(ring, 3 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);

	fake_peer_unmaps(test, ref);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	put_page(page);
}

/* A frame that is no page of ours: nothing to hold */
static void end_deferred_no_such_page(struct kunit *test)
{
	int ref = gnttab_grant_foreign_access(FAKE_PEER, 0xffffffff, 0);

	fake_peer_maps(test, ref, GTF_writing);
	gnttab_end_foreign_access(ref, NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 1);
	fake_peer_unmaps(test, ref);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
}

static void defer_for(struct kunit *test, domid_t domid, int *ref,
		      unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		ref[i] = gnttab_grant_foreign_access(domid, 0xffffffff, 0);
		fake_peer_maps(test, ref[i], GTF_reading);
		gnttab_end_foreign_access(ref[i], NULL);
	}
}

static void defer_many(struct kunit *test, int *ref, unsigned int nr)
{
	defer_for(test, FAKE_PEER, ref, nr);
	KUNIT_ASSERT_EQ(test, fake_deferred(), nr);
}

static void unmap_many(struct kunit *test, const int *ref, unsigned int nr)
{
	while (nr--)
		fake_peer_unmaps(test, ref[nr]);
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
	fake_peer_unmaps(test, ref[1]);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 3);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 2);
	KUNIT_EXPECT_EQ(test, fake_entry(test, ref[1])->flags, GTF_invalid);

	unmap_many(test, ref, ARRAY_SIZE(ref));
	gnttab_deferred_run(NULL);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
}

/* Wait until the work has left no more than @nr */
static void wait_deferred(unsigned int nr)
{
	int i;

	for (i = 0; i < 100 && fake_deferred() > nr; i++)
		msleep(50);
}

static void deferred_work_runs(struct kunit *test)
{
	int ref[3];

	gnttab_free_per_iteration = 10;
	defer_many(test, ref, ARRAY_SIZE(ref));
	fake_peer_unmaps(test, ref[0]);
	wait_deferred(2);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 2);

	/* It runs on while there is something left */
	unmap_many(test, ref + 1, 2);
	wait_deferred(0);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

static unsigned int memory_left;

static void *little_memory(size_t size)
{
	if (!memory_left)
		return NULL;
	memory_left--;
	return kzalloc(size, GFP_ATOMIC);
}

/* None for the grant, or none for the domain that keeps it */
static void deferred_no_memory(struct kunit *test)
{
	struct gnttab_usage before, after;
	struct page *page;
	unsigned int i;
	int ref;

	kunit_activate_static_stub(test, gnttab_deferred_alloc, little_memory);
	for (i = 0; i < 2; i++) {
		page = fake_page(test);
		ref = fake_grant(test, page);
		gnttab_deferred_usage(&before);
		memory_left = i;
		fake_peer_maps(test, ref, GTF_writing);
		gnttab_end_foreign_access(ref, NULL);
		gnttab_deferred_usage(&after);
		KUNIT_EXPECT_EQ(test, after.leaked, before.leaked + 1);
		KUNIT_EXPECT_EQ(test, after.deferred, 0);

		/* Lost for good, but not handed to anybody else */
		fake_peer_unmaps(test, ref);
		gnttab_deferred_run(NULL);
		KUNIT_EXPECT_EQ(test, page_count(page), 2);
		KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 1 - i);
		put_page(page);
		__free_page(page);
	}
}

/* What is lost is a domain's fault, too */
static void lost_counts_for_limit(struct kunit *test)
{
	int ref[2];

	gnttab_deferred_limit = ARRAY_SIZE(ref);
	defer_for(test, FAKE_PEER, ref, 1);
	kunit_activate_static_stub(test, gnttab_deferred_alloc, little_memory);
	memory_left = 0;
	KUNIT_EXPECT_FALSE(test, gnttab_domain_refused(FAKE_PEER));
	defer_for(test, FAKE_PEER, ref + 1, 1);
	KUNIT_EXPECT_TRUE(test, gnttab_domain_refused(FAKE_PEER));
	unmap_many(test, ref, ARRAY_SIZE(ref));
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	gnttab_deferred_limit = 1;
	KUNIT_EXPECT_TRUE(test, gnttab_domain_refused(FAKE_PEER));
}

/* In a new life no domain keeps what was lost, though it is lost all the same. */
static void lost_is_forgiven(struct kunit *test)
{
	struct gnttab_usage before, after;
	int lost, noted;

	gnttab_deferred_limit = 2;
	defer_for(test, FAKE_PEER, &noted, 1);
	kunit_activate_static_stub(test, gnttab_deferred_alloc, little_memory);
	memory_left = 0;
	defer_for(test, FAKE_PEER, &lost, 1);
	/* None of this one is noted */
	memory_left = 1;
	defer_for(test, FAKE_PEER + 1, &lost, 1);
	gnttab_deferred_usage(&before);
	KUNIT_EXPECT_TRUE(test, gnttab_domain_refused(FAKE_PEER));
	memset(gnttab_table.entries, 0, XEN_PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	KUNIT_EXPECT_FALSE(test, gnttab_domain_refused(FAKE_PEER));
	gnttab_deferred_usage(&after);
	KUNIT_EXPECT_EQ(test, after.leaked, before.leaked);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 1);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 2);
	gnttab_deferred_limit = 1;
	KUNIT_EXPECT_FALSE(test, gnttab_domain_refused(FAKE_PEER));
	KUNIT_EXPECT_FALSE(test, gnttab_domain_refused(FAKE_PEER + 1));
}

/* In its new life the domain has an empty table */
static void deferred_over_resume(struct kunit *test)
{
	struct page *page = fake_page(test);
	int ref = fake_grant(test, page);

	fake_peer_maps(test, ref, GTF_writing);
	gnttab_end_foreign_access(ref, NULL);
	memset(gnttab_table.entries, 0, XEN_PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
	__free_page(page);
}

/* A domain that keeps much does not delay one that keeps little */
static void deferred_turns(struct kunit *test)
{
	int greedy[50], modest[2], late[1];

	gnttab_free_per_iteration = 4;
	defer_for(test, FAKE_PEER, greedy, ARRAY_SIZE(greedy));
	defer_for(test, FAKE_PEER + 1, modest, ARRAY_SIZE(modest));
	defer_for(test, FAKE_PEER + 2, late, ARRAY_SIZE(late));
	unmap_many(test, modest, ARRAY_SIZE(modest));
	unmap_many(test, late, ARRAY_SIZE(late));

	/* greedy, modest, late, greedy; greedy, modest ... */
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 51);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 50);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 50);

	unmap_many(test, greedy, ARRAY_SIZE(greedy));
	gnttab_free_per_iteration = 0;
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
}

static char *shown(struct kunit *test, void (*show)(struct seq_file *))
{
	struct seq_file file = { .size = PAGE_SIZE };

	file.buf = kunit_kzalloc(test, file.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, file.buf);
	show(&file);
	KUNIT_ASSERT_LT(test, file.count, file.size);
	return file.buf;
}

/* Beyond the limit a domain gets nothing; others do, and it does again later */
static void deferred_limit(struct kunit *test)
{
	struct gnttab_budget budget;
	int ref[8];

	gnttab_deferred_limit = ARRAY_SIZE(ref);
	defer_for(test, FAKE_PEER, ref, ARRAY_SIZE(ref) - 1);
	KUNIT_EXPECT_FALSE(test, gnttab_domain_refused(FAKE_PEER));
	KUNIT_EXPECT_NULL(test, strstr(shown(test, gnttab_holders_show),
				       "refused"));
	defer_for(test, FAKE_PEER, &ref[ARRAY_SIZE(ref) - 1], 1);
	KUNIT_EXPECT_TRUE(test, gnttab_domain_refused(FAKE_PEER));
	KUNIT_EXPECT_NOT_NULL(test, strstr(shown(test, gnttab_holders_show),
					   "     7      8       0      8      0 "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(shown(test, gnttab_holders_show),
					   "refused"));
	KUNIT_EXPECT_EQ(test, gnttab_grant_foreign_access(FAKE_PEER, 1, 0),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, gnttab_budget_init(&budget, "b", FAKE_PEER, 1, 1),
			-EBUSY);
	KUNIT_EXPECT_FALSE(test, gnttab_domain_refused(FAKE_PEER + 1));

	fake_peer_unmaps(test, ref[3]);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_FALSE(test, gnttab_domain_refused(FAKE_PEER));
	unmap_many(test, ref, ARRAY_SIZE(ref));
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	/* Nothing is left to say about it */
	KUNIT_EXPECT_NULL(test, strstr(shown(test, gnttab_holders_show),
				       "     7 "));
}

/* A quarter of what the table can ever hold */
static void deferred_limit_default(struct kunit *test)
{
	const unsigned int limit = MAX_REFS / 4;
	int *ref = kunit_kcalloc(test, limit, sizeof(*ref), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ref);
	gnttab_free_per_iteration = 0;
	defer_for(test, FAKE_PEER, ref, limit - 1);
	KUNIT_EXPECT_FALSE(test, gnttab_domain_refused(FAKE_PEER));
	defer_for(test, FAKE_PEER, &ref[limit - 1], 1);
	KUNIT_EXPECT_TRUE(test, gnttab_domain_refused(FAKE_PEER));
	unmap_many(test, ref, limit);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
}

static struct kunit_case deferred_cases[] = {
	KUNIT_CASE(end_deferred),
	KUNIT_CASE(end_deferred_no_page),
	KUNIT_CASE(end_deferred_exact_pages),
	KUNIT_CASE(end_deferred_no_such_page),
	KUNIT_CASE(deferred_run_bounded),
	KUNIT_CASE(deferred_run_unlimited),
	KUNIT_CASE(deferred_run_fair),
	KUNIT_CASE_SLOW(deferred_work_runs),
	KUNIT_CASE(deferred_no_memory),
	KUNIT_CASE(lost_counts_for_limit),
	KUNIT_CASE(lost_is_forgiven),
	KUNIT_CASE(deferred_over_resume),
	KUNIT_CASE(deferred_turns),
	KUNIT_CASE(deferred_limit),
	KUNIT_CASE(deferred_limit_default),
	{}
};

static unsigned int saved_free_per_iteration;

static int deferred_init(struct kunit *test)
{
	saved_free_per_iteration = gnttab_free_per_iteration;
	return fake_gnttab_start(test);
}

static void deferred_exit(struct kunit *test)
{
	gnttab_free_per_iteration = saved_free_per_iteration;
	gnttab_deferred_limit = 0;
	fake_gnttab_exit(test);
}

static struct kunit_suite deferred_suite = {
	.name = "xen_grant_deferred",
	.init = deferred_init,
	.exit = deferred_exit,
	.test_cases = deferred_cases,
};

kunit_test_suite(deferred_suite);
