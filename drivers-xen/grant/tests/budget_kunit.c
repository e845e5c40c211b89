// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of budgets: what a device is sure of, and what it never gets.
 */

#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "budget_test.h"

static unsigned int length(grant_ref_t head)
{
	unsigned int nr = 0;

	while (gnttab_claim_grant_reference(&head) >= 0)
		nr++;
	return nr;
}

static void get_and_put(struct kunit *test)
{
	struct gnttab_budget *b;
	grant_ref_t head;
	int err;

	b = make_budget(test, 10, 30);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 10);

	local_irq_disable();
	err = gnttab_budget_get(b, 25, &head);
	local_irq_enable();
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, length(head), 25);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 25);

	/* The minimum stays, the rest goes back */
	gnttab_budget_put(b, head);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 10);
	gnttab_budget_exit(b);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

static void wrong_numbers(struct kunit *test)
{
	struct gnttab_budget *b = make_budget(test, 1, 5);
	grant_ref_t head = 0, left;

	KUNIT_EXPECT_EQ(test, gnttab_budget_get(b, 6, &head), -EINVAL);
	KUNIT_EXPECT_TRUE(test, gnttab_empty_grant_references(&head));
	KUNIT_EXPECT_EQ(test, gnttab_budget_wait(b, 6, count_call, &head),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, gnttab_budget_get(b, UINT_MAX, &head), -EINVAL);
	KUNIT_EXPECT_EQ(test, gnttab_budget_get(b, 0, &head), 0);
	KUNIT_EXPECT_TRUE(test, gnttab_empty_grant_references(&head));
	gnttab_budget_put(b, head);
	gnttab_budget_exit(b);

	KUNIT_EXPECT_EQ(test, gnttab_budget_init(b, "b", FAKE_PEER, 0, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, gnttab_budget_init(b, "b", FAKE_PEER, 2, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, gnttab_budget_init(b, "b", FAKE_PEER,
						 ALL_REFS + 1, UINT_MAX),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);

	/* A table that cannot grow: no device that needs more than there is */
	drain(&left);
	KUNIT_EXPECT_EQ(test, gnttab_budget_init(b, "b", FAKE_PEER, 1, 1),
			-ENOSPC);
	gnttab_free_grant_references(left);
}

/* One device takes all it can. Another works on, and so do those after it. */
static void no_starvation(struct kunit *test)
{
	grant_ref_t head, none, taken = GRANT_LIST_END;
	struct gnttab_budget *greedy, *modest;
	unsigned int nr = 0, i;

	modest = make_budget(test, 20, 100);
	greedy = make_budget(test, 1, UINT_MAX);
	while (!gnttab_budget_get(greedy, 1, &head)) {
		gnttab_release_grant_reference(&taken, head);
		nr++;
	}
	KUNIT_EXPECT_EQ(test, nr, ALL_REFS - 20);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), 0);

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, gnttab_budget_get(modest, 20, &head), 0);
		KUNIT_EXPECT_EQ(test, length(head), 20);
		KUNIT_EXPECT_EQ(test, gnttab_budget_get(modest, 1, &none),
				-ENOSPC);
		/* Nobody else gets what is sure */
		gnttab_budget_put(modest, head);
		KUNIT_EXPECT_EQ(test, gnttab_budget_get(greedy, 1, &head),
				-ENOSPC);
	}
	gnttab_budget_exit(modest);
	KUNIT_EXPECT_EQ(test, gnttab_budget_get(greedy, 20, &head), 0);
	gnttab_budget_put(greedy, head);
	gnttab_budget_put(greedy, taken);
	gnttab_budget_exit(greedy);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), ALL_REFS);
}

/* Lists that are not what was got */
static void wrong_lists(struct kunit *test)
{
	struct gnttab_budget *b;
	grant_ref_t head, extra;
	int ref;

	b = make_budget(test, 4, 20);
	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(1, &extra), 0);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 3, &head), 0);
	gnttab_release_grant_reference(&head, extra);
	gnttab_budget_put(b, head);
	gnttab_budget_put(b, extra);
	KUNIT_EXPECT_EQ(test, b->used, 0);
	KUNIT_EXPECT_EQ(test, b->in_stock, 4);

	/* One reference twice: the list is a ring */
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 3, &head), 0);
	ref = gnttab_claim_grant_reference(&head);
	gnttab_release_grant_reference(&head, ref);
	gnttab_release_grant_reference(&head, ref);
	gnttab_budget_put(b, head);
	KUNIT_EXPECT_EQ(test, b->used, 0);
	gnttab_budget_exit(b);
}

static void end_now(struct kunit *test)
{
	struct page *page = fake_page(test);
	struct gnttab_budget *b;
	grant_ref_t head;
	int ref;

	b = make_budget(test, 2, 2);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 1, &head), 0);
	ref = gnttab_claim_grant_reference(&head);
	gnttab_grant_foreign_access_ref(ref, FAKE_PEER, xen_page_to_gfn(page),
					0);
	get_page(page);
	gnttab_budget_end(b, ref, page);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, fake_entry(test, ref)->flags, GTF_invalid);
	KUNIT_EXPECT_EQ(test, b->used, 0);
	gnttab_budget_exit(b);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
	__free_page(page);
}

static int grant_one(struct kunit *test, struct gnttab_budget *b,
		     struct page *page)
{
	grant_ref_t head;
	int ref;

	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 1, &head), 0);
	ref = gnttab_claim_grant_reference(&head);
	gnttab_grant_foreign_access_ref(ref, FAKE_PEER, xen_page_to_gfn(page),
					0);
	return ref;
}

/* What a peer keeps is missing in the budget of its own device */
static void end_deferred(struct kunit *test)
{
	struct page *page = fake_page(test);
	unsigned int calls = 0, i;
	struct gnttab_budget *b;
	grant_ref_t head;
	int ref[4];

	b = make_budget(test, 2, 4);
	for (i = 0; i < 4; i++) {
		ref[i] = grant_one(test, b, page);
		fake_peer_maps(test, ref[i], GTF_writing);
		gnttab_budget_end(b, ref[i], NULL);
		KUNIT_EXPECT_EQ(test, page_count(page), 2 + i);
	}
	KUNIT_EXPECT_EQ(test, b->used, 4);
	KUNIT_EXPECT_EQ(test, b->deferred, 4);
	KUNIT_EXPECT_EQ(test, gnttab_budget_get(b, 1, &head), -EBUSY);
	KUNIT_EXPECT_EQ(test, gnttab_budget_wait(b, 2, count_call, &calls), 0);

	fake_peer_unmaps(test, ref[1]);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, calls, 0);
	KUNIT_EXPECT_EQ(test, b->deferred, 3);
	fake_peer_unmaps(test, ref[2]);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, calls, 1);
	KUNIT_EXPECT_EQ(test, gnttab_budget_get(b, 2, &head), 0);
	gnttab_budget_put(b, head);

	/* The device ends, the grants do not: they go to the pool */
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 4);
	gnttab_budget_exit(b);
	memset(b, 0xff, sizeof(*b));
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 2);
	fake_peer_unmaps(test, ref[0]);
	fake_peer_unmaps(test, ref[3]);
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	__free_page(page);
}

static void shown(struct kunit *test)
{
	static const char line[] =
		"     7      2      4      3      0        0       0     1* device\n";
	struct seq_file file = { .size = PAGE_SIZE };
	unsigned int calls = 0;
	struct gnttab_budget *b;
	grant_ref_t head;

	file.buf = kunit_kzalloc(test, file.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, file.buf);
	b = make_budget(test, 2, 4);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 3, &head), 0);
	gnttab_budget_wait(b, 2, count_call, &calls);
	gnttab_budgets_show(&file);
	KUNIT_EXPECT_NOT_NULL(test, strstr(file.buf, line));
	gnttab_budget_put(b, head);
	gnttab_budget_exit(b);
}

#define ROUNDS	3000

struct consumer {
	struct gnttab_budget *budget;
	struct completion *done;
	unsigned int got;
	unsigned int refused;
	unsigned int calls;
};

/* As a queue does: get, work, put; and wait when there is nothing */
static int use_budget(void *arg)
{
	struct consumer *user = arg;
	unsigned int i, want;
	grant_ref_t head;

	for (i = 0; i < ROUNDS; i++) {
		want = 1 + i % 300;
		if (!gnttab_budget_get(user->budget, want, &head)) {
			user->got++;
			cond_resched();
			gnttab_budget_put(user->budget, head);
			continue;
		}
		user->refused++;
		gnttab_budget_wait(user->budget, want, count_call,
				   &user->calls);
		cond_resched();
	}
	complete(user->done);
	return 0;
}

/* Three devices, two of which want more than there is; none is left behind */
static void race_for_references(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *task;
	struct consumer *user;
	grant_ref_t left;
	unsigned int i;

	user = kunit_kcalloc(test, 3, sizeof(*user), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, user);
	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(ALL_REFS - 350,
							    &left), 0);
	for (i = 0; i < 3; i++) {
		user[i].done = &done;
		user[i].budget = make_budget(test, i ? 10 : 300, 300);
	}
	for (i = 0; i < 3; i++) {
		task = kthread_run(use_budget, &user[i], "grant-user");
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	}
	for (i = 0; i < 3; i++)
		wait_for_completion(&done);

	/* The first is sure of all that it ever wants */
	KUNIT_EXPECT_EQ(test, user[0].got, ROUNDS);
	for (i = 1; i < 3; i++) {
		KUNIT_EXPECT_GE(test, user[i].got, ROUNDS / 300 * 10);
		KUNIT_EXPECT_GT(test, user[i].refused, 0);
	}
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, user[i].budget->used, 0);
		gnttab_budget_exit(user[i].budget);
	}
	KUNIT_EXPECT_EQ(test, fake_free_refs(), 350);
	gnttab_free_grant_references(left);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), ALL_REFS);
}

static struct kunit_case budget_cases[] = {
	KUNIT_CASE(get_and_put),
	KUNIT_CASE(wrong_numbers),
	KUNIT_CASE(no_starvation),
	KUNIT_CASE(wrong_lists),
	KUNIT_CASE(end_now),
	KUNIT_CASE(end_deferred),
	KUNIT_CASE(shown),
	KUNIT_CASE(race_for_references),
	{}
};

static struct kunit_suite budget_suite = {
	.name = "xen_grant_budget",
	.init = fake_gnttab_start,
	.exit = fake_gnttab_exit,
	.test_cases = budget_cases,
};

kunit_test_suite(budget_suite);
