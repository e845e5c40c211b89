// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the allocator of references.
 */

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/errno.h>

#include "fake_gnttab.h"

/* Own everything; returns the first of one long sequence */
static grant_ref_t take_all(struct kunit *test)
{
	grant_ref_t first;

	KUNIT_ASSERT_EQ(test,
			gnttab_alloc_grant_reference_seq(ALL_REFS, &first), 0);
	KUNIT_ASSERT_EQ(test, fake_free_refs(), 0);
	return first;
}

static void exhaustion(struct kunit *test)
{
	unsigned long *seen = kunit_kcalloc(test, BITS_TO_LONGS(MAX_REFS),
					    sizeof(long), GFP_KERNEL);
	unsigned int nr = 0;
	grant_ref_t head;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	while (!gnttab_alloc_grant_references(1, &head)) {
		KUNIT_ASSERT_GE(test, head, GNTTAB_NR_RESERVED_ENTRIES);
		KUNIT_ASSERT_LT(test, head, MAX_REFS);
		KUNIT_ASSERT_FALSE(test, __test_and_set_bit(head, seen));
		nr++;
	}
	KUNIT_EXPECT_EQ(test, nr, ALL_REFS);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), 0);

	gnttab_free_grant_reference(1000);
	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(1, &head), 0);
	KUNIT_EXPECT_EQ(test, head, 1000);
}

static void batch_all_or_nothing(struct kunit *test)
{
	grant_ref_t head, other = 12345;

	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(2000, &head), 0);
	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_references(1000, &other),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, other, 12345);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), ALL_REFS - 2000);

	gnttab_free_grant_references(head);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), ALL_REFS);
	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_references(ALL_REFS, &other),
			0);
}

static void private_list(struct kunit *test)
{
	grant_ref_t head;
	int ref[3], i;

	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(3, &head), 0);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_FALSE(test, gnttab_empty_grant_references(&head));
		ref[i] = gnttab_claim_grant_reference(&head);
		KUNIT_EXPECT_GE(test, ref[i], GNTTAB_NR_RESERVED_ENTRIES);
	}
	KUNIT_EXPECT_NE(test, ref[0], ref[1]);
	KUNIT_EXPECT_NE(test, ref[1], ref[2]);
	KUNIT_EXPECT_NE(test, ref[0], ref[2]);
	KUNIT_EXPECT_TRUE(test, gnttab_empty_grant_references(&head));
	KUNIT_EXPECT_EQ(test, gnttab_claim_grant_reference(&head), -ENOSPC);

	gnttab_release_grant_reference(&head, ref[1]);
	gnttab_release_grant_reference(&head, ref[2]);
	KUNIT_EXPECT_EQ(test, gnttab_claim_grant_reference(&head), ref[2]);
	gnttab_release_grant_reference(&head, ref[0]);
	gnttab_free_grant_references(head);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 1);
	gnttab_free_grant_reference(ref[2]);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

static void empty_batch(struct kunit *test)
{
	grant_ref_t head = 0;

	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_references(0, &head), 0);
	KUNIT_EXPECT_TRUE(test, gnttab_empty_grant_references(&head));
	gnttab_free_grant_references(head);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

static void sequence_in_gap(struct kunit *test)
{
	grant_ref_t first = take_all(test), ref;

	gnttab_free_grant_reference_seq(first + 10, 3);
	gnttab_free_grant_reference_seq(first + 20, 3);
	gnttab_free_grant_reference_seq(first + GRANTS_PER_FRAME - 10, 4);

	/* 10 are free, but only one run of four */
	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_reference_seq(5, &ref),
			-ENOSPC);
	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_reference_seq(4, &ref), 0);
	KUNIT_EXPECT_EQ(test, ref, first + GRANTS_PER_FRAME - 10);
	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_reference_seq(3, &ref), 0);
	KUNIT_EXPECT_EQ(test, ref, first + 10);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), 3);
}

static void sequence_at_end_grows(struct kunit *test)
{
	grant_ref_t first, gap, run;

	/* Free: a gap of 50 and the last 50 of the first frame */
	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_reference_seq(FIRST_REFS - 50,
							       &first), 0);
	gap = first + 100;
	gnttab_free_grant_reference_seq(gap, 50);

	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_reference_seq(60, &run), 0);
	KUNIT_EXPECT_EQ(test, run, GRANTS_PER_FRAME - 50);
	KUNIT_EXPECT_EQ(test, gnttab_nr_refs(), 2 * GRANTS_PER_FRAME);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), 50 + GRANTS_PER_FRAME - 10);
}

static void sequence_bad_counts(struct kunit *test)
{
	grant_ref_t ref = 0;

	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_reference_seq(0, &ref),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test,
			gnttab_alloc_grant_reference_seq(ALL_REFS + 1, &ref),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_reference_seq(UINT_MAX, &ref),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, ref, 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

static void double_free(struct kunit *test)
{
	grant_ref_t ref, other;

	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(1, &ref), 0);
	gnttab_free_grant_reference(ref);
	gnttab_free_grant_reference(ref);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);

	/* It is not handed out twice */
	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(1, &ref), 0);
	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(1, &other), 0);
	KUNIT_EXPECT_NE(test, ref, other);
}

static void free_what_cannot_be(struct kunit *test)
{
	grant_ref_t ref;

	for (ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++)
		gnttab_free_grant_reference(ref);
	gnttab_free_grant_reference(GRANTS_PER_FRAME);
	gnttab_free_grant_reference(GRANT_LIST_END);
	gnttab_free_grant_references(MAX_REFS);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);

	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(1, &ref), 0);
	KUNIT_EXPECT_GE(test, ref, GNTTAB_NR_RESERVED_ENTRIES);
}

static void broken_lists(struct kunit *test)
{
	grant_ref_t head;
	int ref;

	/* Released twice: the list is a ring */
	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(3, &head), 0);
	ref = gnttab_claim_grant_reference(&head);
	gnttab_release_grant_reference(&head, ref);
	gnttab_release_grant_reference(&head, ref);
	gnttab_free_grant_references(head);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 2);

	/* A head or a reference from nowhere */
	head = MAX_REFS;
	KUNIT_EXPECT_EQ(test, gnttab_claim_grant_reference(&head), -ENOSPC);
	head = GRANT_LIST_END;
	gnttab_release_grant_reference(&head, MAX_REFS);
	KUNIT_EXPECT_TRUE(test, gnttab_empty_grant_references(&head));
}

static void count_call(void *arg)
{
	unsigned int *calls = arg;

	(*calls)++;
}

static void callback_when_enough_free(struct kunit *test)
{
	struct gnttab_free_callback callback = {};
	grant_ref_t first = take_all(test);
	unsigned int calls = 0;

	gnttab_request_free_callback(&callback, count_call, &calls, 3);
	gnttab_free_grant_reference(first);
	gnttab_free_grant_reference(first + 7);
	KUNIT_EXPECT_EQ(test, calls, 0);
	gnttab_free_grant_reference(first + 9);
	KUNIT_EXPECT_EQ(test, calls, 1);
	gnttab_free_grant_reference_seq(first + 20, 10);
	KUNIT_EXPECT_EQ(test, calls, 1);
}

static void callback_at_once(struct kunit *test)
{
	struct gnttab_free_callback callback = {};
	unsigned int calls = 0;

	gnttab_request_free_callback(&callback, count_call, &calls, 3);
	KUNIT_EXPECT_EQ(test, calls, 1);
	KUNIT_EXPECT_NULL(test, callback.next);
}

static void callback_registered_twice(struct kunit *test)
{
	struct gnttab_free_callback callback = {}, last = {};
	grant_ref_t first = take_all(test);
	unsigned int calls = 0, last_calls = 0;

	gnttab_request_free_callback(&callback, count_call, &calls, 1);
	gnttab_request_free_callback(&last, count_call, &last_calls, 1);
	gnttab_request_free_callback(&callback, count_call, &calls, 1);
	gnttab_request_free_callback(&last, count_call, &last_calls, 1);
	gnttab_free_grant_reference(first);
	KUNIT_EXPECT_EQ(test, calls, 1);
	KUNIT_EXPECT_EQ(test, last_calls, 1);
}

static void callback_cancelled(struct kunit *test)
{
	struct gnttab_free_callback callback[3] = {};
	grant_ref_t first = take_all(test);
	unsigned int i, calls[3] = {};

	for (i = 0; i < 3; i++)
		gnttab_request_free_callback(&callback[i], count_call,
					     &calls[i], 1);
	gnttab_cancel_free_callback(&callback[1]);
	gnttab_cancel_free_callback(&callback[1]);
	gnttab_free_grant_reference(first);
	KUNIT_EXPECT_EQ(test, calls[0], 1);
	KUNIT_EXPECT_EQ(test, calls[1], 0);
	KUNIT_EXPECT_EQ(test, calls[2], 1);
	gnttab_cancel_free_callback(&callback[0]);
}

/* One that waits for much does not hold up one that needs little */
static void callback_small_behind_large(struct kunit *test)
{
	struct gnttab_free_callback large = {}, small = {};
	unsigned int large_calls = 0, small_calls = 0;
	grant_ref_t first = take_all(test);

	gnttab_request_free_callback(&large, count_call, &large_calls, 100);
	gnttab_request_free_callback(&small, count_call, &small_calls, 1);
	gnttab_free_grant_reference(first);
	KUNIT_EXPECT_EQ(test, large_calls, 0);
	KUNIT_EXPECT_EQ(test, small_calls, 1);
	gnttab_free_grant_reference_seq(first + 1, 99);
	KUNIT_EXPECT_EQ(test, large_calls, 1);
	KUNIT_EXPECT_EQ(test, small_calls, 1);
}

static struct kunit_case refs_cases[] = {
	KUNIT_CASE(exhaustion),
	KUNIT_CASE(batch_all_or_nothing),
	KUNIT_CASE(private_list),
	KUNIT_CASE(empty_batch),
	KUNIT_CASE(sequence_in_gap),
	KUNIT_CASE(sequence_at_end_grows),
	KUNIT_CASE(sequence_bad_counts),
	KUNIT_CASE(double_free),
	KUNIT_CASE(free_what_cannot_be),
	KUNIT_CASE(broken_lists),
	KUNIT_CASE(callback_when_enough_free),
	KUNIT_CASE(callback_at_once),
	KUNIT_CASE(callback_registered_twice),
	KUNIT_CASE(callback_cancelled),
	KUNIT_CASE(callback_small_behind_large),
	{}
};

static struct kunit_suite refs_suite = {
	.name = "xen_grant_refs",
	.init = fake_gnttab_start,
	.exit = fake_gnttab_exit,
	.test_cases = refs_cases,
};

kunit_test_suite(refs_suite);
