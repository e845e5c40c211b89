// SPDX-License-Identifier: GPL-2.0
/* Tests of budgets: those who wait, for themselves and for others. */

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "budget_test.h"

/* At its maximum a device waits for itself */
static void wait_for_own(struct kunit *test)
{
	unsigned int calls = 0, other = 0;
	grant_ref_t first, second, third;
	struct gnttab_budget *b;

	b = make_budget(test, 4, 8);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 4, &first), 0);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 2, &second), 0);
	KUNIT_EXPECT_EQ(test, gnttab_budget_get(b, 3, &third), -EBUSY);
	KUNIT_EXPECT_EQ(test, gnttab_budget_wait(b, 5, count_call, &calls), 0);
	/* There is one who waits */
	KUNIT_EXPECT_EQ(test, gnttab_budget_wait(b, 1, count_call, &other), 0);
	gnttab_budget_put(b, second);
	KUNIT_EXPECT_EQ(test, calls, 0);
	gnttab_budget_put(b, first);
	KUNIT_EXPECT_EQ(test, calls, 1);
	KUNIT_EXPECT_EQ(test, other, 0);

	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 5, &first), 0);
	gnttab_budget_put(b, first);
	/* Nothing to wait for */
	KUNIT_EXPECT_EQ(test, gnttab_budget_wait(b, 8, count_call, &calls), 0);
	KUNIT_EXPECT_EQ(test, calls, 2);
	gnttab_budget_exit(b);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

/* The pool is empty; what is missing comes from all sides */
static void wait_for_pool(struct kunit *test)
{
	struct gnttab_budget *b;
	grant_ref_t left, mine, got;
	unsigned int calls = 0;
	int ref[3], i;

	b = make_budget(test, 4, 20);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 4, &mine), 0);
	drain(&left);
	for (i = 0; i < 3; i++)
		ref[i] = gnttab_claim_grant_reference(&left);

	KUNIT_EXPECT_EQ(test, gnttab_budget_get(b, 7, &got), -ENOSPC);
	KUNIT_EXPECT_EQ(test, gnttab_budget_wait(b, 7, count_call, &calls), 0);
	gnttab_free_grant_reference(ref[0]);
	flush_work(&b->look_again);
	KUNIT_EXPECT_EQ(test, calls, 0);
	/* With these four, one of the pool and two more are enough */
	gnttab_budget_put(b, mine);
	KUNIT_EXPECT_EQ(test, calls, 0);
	gnttab_free_grant_reference(ref[1]);
	flush_work(&b->look_again);
	KUNIT_EXPECT_EQ(test, calls, 0);
	gnttab_free_grant_reference(ref[2]);
	flush_work(&b->look_again);
	KUNIT_EXPECT_EQ(test, calls, 1);
	/* They are kept for who waited */
	KUNIT_EXPECT_EQ(test, fake_free_refs(), 0);
	KUNIT_EXPECT_EQ(test, gnttab_budget_get(b, 7, &got), 0);

	gnttab_budget_put(b, got);
	gnttab_free_grant_references(left);
	gnttab_budget_exit(b);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), ALL_REFS);
}

/* What was waited for stays until it is got, also beyond the minimum. */
static void wait_then_put_then_get(struct kunit *test)
{
	grant_ref_t mine, others, rest, got;
	unsigned int calls = 0;
	struct gnttab_budget *b;

	b = make_budget(test, 4, 20);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 4, &mine), 0);
	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(7, &others), 0);
	drain(&rest);
	KUNIT_EXPECT_EQ(test, gnttab_budget_wait(b, 7, count_call, &calls), 0);
	gnttab_free_grant_references(others);
	flush_work(&b->look_again);
	KUNIT_ASSERT_EQ(test, calls, 1);

	/* Something else of the device's ends first, and others take what they can. */
	gnttab_budget_put(b, mine);
	KUNIT_EXPECT_EQ(test, drain(&others), 4);
	KUNIT_EXPECT_EQ(test, gnttab_budget_get(b, 7, &got), 0);
	gnttab_budget_put(b, got);
	KUNIT_EXPECT_EQ(test, b->in_stock, 4);
	gnttab_free_grant_references(others);
	gnttab_free_grant_references(rest);

	/* Who gets a part leaves the rest for whom it is; who waits no more, all. */
	KUNIT_EXPECT_EQ(test, gnttab_budget_wait(b, 15, count_call, &calls), 0);
	KUNIT_EXPECT_EQ(test, calls, 2);
	KUNIT_EXPECT_EQ(test, gnttab_budget_get(b, 5, &got), 0);
	gnttab_budget_put(b, got);
	KUNIT_EXPECT_EQ(test, b->in_stock, 10);
	gnttab_budget_cancel(b);
	KUNIT_EXPECT_EQ(test, b->in_stock, 4);
	gnttab_budget_exit(b);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), ALL_REFS);
}

static void wait_cancelled(struct kunit *test)
{
	grant_ref_t left, mine, got;
	unsigned int calls = 0;
	struct gnttab_budget *b;

	b = make_budget(test, 4, 20);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 4, &mine), 0);
	drain(&left);
	gnttab_budget_cancel(b);
	KUNIT_EXPECT_EQ(test, gnttab_budget_wait(b, 5, count_call, &calls), 0);
	gnttab_budget_cancel(b);
	gnttab_budget_cancel(b);
	gnttab_free_grant_references(left);
	gnttab_budget_put(b, mine);
	flush_work(&b->look_again);
	KUNIT_EXPECT_EQ(test, calls, 0);

	/* One can wait again, and end while somebody waits */
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 20, &got), 0);
	KUNIT_EXPECT_EQ(test, gnttab_budget_wait(b, 1, count_call, &calls), 0);
	gnttab_budget_cancel(b);
	gnttab_budget_put(b, got);
	drain(&left);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 4, &mine), 0);
	KUNIT_EXPECT_EQ(test, gnttab_budget_wait(b, 5, count_call, &calls), 0);
	gnttab_budget_exit(b);
	gnttab_free_grant_references(left);
	KUNIT_EXPECT_EQ(test, calls, 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), ALL_REFS - 4);
}

/* A busy device keeps some at hand, unless others wait for them */
static void stock_while_others_wait(struct kunit *test)
{
	struct gnttab_free_callback callback = {};
	grant_ref_t left, busy, done;
	unsigned int calls = 0;
	struct gnttab_budget *b;

	b = make_budget(test, 10, 100);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 30, &busy), 0);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 30, &done), 0);
	gnttab_budget_put(b, done);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 40);

	drain(&left);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 2, &done), 0);
	gnttab_request_free_callback(&callback, count_call, &calls, 10);
	KUNIT_EXPECT_EQ(test, calls, 0);
	gnttab_budget_put(b, done);
	KUNIT_EXPECT_EQ(test, calls, 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), 10);

	/* With little in use, what is sure stays */
	gnttab_budget_put(b, busy);
	gnttab_request_free_callback(&callback, count_call, &calls, ALL_REFS);
	KUNIT_ASSERT_EQ(test, gnttab_budget_get(b, 3, &done), 0);
	gnttab_budget_put(b, done);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), 30);
	gnttab_cancel_free_callback(&callback);
	gnttab_free_grant_references(left);
	gnttab_budget_exit(b);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), ALL_REFS);
}

static struct kunit_case budget_wait_cases[] = {
	KUNIT_CASE(wait_for_own),
	KUNIT_CASE(wait_for_pool),
	KUNIT_CASE(wait_then_put_then_get),
	KUNIT_CASE(wait_cancelled),
	KUNIT_CASE(stock_while_others_wait),
	{}
};

static struct kunit_suite budget_wait_suite = {
	.name = "xen_grant_budget_wait",
	.init = fake_gnttab_start,
	.exit = fake_gnttab_exit,
	.test_cases = budget_wait_cases,
};

kunit_test_suite(budget_wait_suite);
