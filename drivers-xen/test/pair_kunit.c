// SPDX-License-Identifier: GPL-2.0
/*
 * A frontend and a backend against each other, in this one kernel, without a
 * hypervisor: connecting, work, going apart in all ways, coming back.
 */

#include <linux/errno.h>
#include <linux/irq.h>

#include "pair_world.h"

static bool all_answered(void *unused)
{
	return !sum_unanswered();
}

/* More questions than the ring or the budget can hold at once */
static void work(struct kunit *test)
{
	unsigned int answers = sum_front.answers, i;

	for (i = 0; i < 3 * SUM_RING_SIZE; i++) {
		int err = sum_ask(i, i % (SUM_MAX + 1));

		if (err == -EBUSY) {
			KUNIT_ASSERT_TRUE(test, pair_settles(test,
							     all_answered));
			err = sum_ask(i, i % (SUM_MAX + 1));
		}
		KUNIT_ASSERT_EQ(test, err, 0);
	}
	KUNIT_EXPECT_TRUE(test, pair_settles(test, all_answered));
	KUNIT_EXPECT_EQ(test, sum_front.answers - answers, 3 * SUM_RING_SIZE);
	KUNIT_EXPECT_EQ(test, sum_front.errors, 0);
	KUNIT_EXPECT_EQ(test, sum_front.wrong, 0);
	KUNIT_EXPECT_EQ(test, sum_front.budget.used, 0);
}

static void connect_and_work(struct kunit *test)
{
	pair_connect(test);
	work(test);
	KUNIT_EXPECT_EQ(test, sum_back.asked, 3 * SUM_RING_SIZE);
	/* It is limited to half a ring, and heard when there was room again */
	KUNIT_EXPECT_GT(test, sum_front.wakeups, 0);
}

/* The kernel hears of the frontend before it hears of the backend */
static void front_comes_first(struct kunit *test)
{
	pair_describe_back(BACK, FRONT_PATH, FAKE_SELF);
	pair_describe_front(BACK_PATH, FAKE_SELF);
	pair_announce(FRONT);
	pair_announce(BACK);
	KUNIT_ASSERT_TRUE(test, pair_reaches(test, BACK, XenbusStateConnected));
	KUNIT_ASSERT_TRUE(test, pair_reaches(test, FRONT,
					     XenbusStateConnected));
	work(test);
}

/* The interrupts may be on any CPU, and move while there is work */
static void work_on_both_cpus(struct kunit *test)
{
	unsigned int i;

	if (!cpu_online(1))
		kunit_skip(test, "needs two CPUs");

	pair_connect(test);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, irq_set_affinity(sum_front.irq,
						       cpumask_of(i & 1)), 0);
		KUNIT_EXPECT_EQ(test, irq_set_affinity(sum_back.irq,
						       cpumask_of(i >> 1)), 0);
		work(test);
	}
}

/* The backend closes in the middle of the work; both begin anew */
static void close_and_reopen(struct kunit *test)
{
	unsigned int i;

	pair_connect(test);
	for (i = 0; i < 3; i++) {
		work(test);
		KUNIT_EXPECT_EQ(test, sum_ask(1, 1), 0);
		pair_write(test, BACK, "state", "5");
		KUNIT_ASSERT_TRUE(test, pair_reaches(test, FRONT,
						     XenbusStateClosed));
		KUNIT_ASSERT_TRUE(test, pair_reaches(test, BACK,
						     XenbusStateClosed));
		KUNIT_EXPECT_EQ(test, sum_ask(1, 1), -ENOTCONN);
		KUNIT_EXPECT_EQ(test, sum_unanswered(), 0);
		KUNIT_EXPECT_EQ(test, sum_front.irq, 0);
		KUNIT_EXPECT_EQ(test, sum_back.irq, 0);

		pair_clear(test);
		pair_connect(test);
	}
	work(test);
}

static bool back_is_gone(void *unused)
{
	return !READ_ONCE(sum_back.xdev);
}

/* One of them vanishes, as when its domain is destroyed */
static void back_vanishes(struct kunit *test)
{
	pair_connect(test);
	KUNIT_EXPECT_EQ(test, sum_ask(1, 1), 0);
	pair_remove(BACK);
	KUNIT_EXPECT_TRUE(test, pair_reaches(test, FRONT, XenbusStateClosed));
	KUNIT_EXPECT_EQ(test, sum_unanswered(), 0);
	KUNIT_EXPECT_TRUE(test, pair_settles(test, back_is_gone));

	pair_clear(test);
	pair_connect(test);
	work(test);
}

static bool front_is_gone(void *unused)
{
	return !READ_ONCE(sum_front.xdev);
}

static void front_vanishes(struct kunit *test)
{
	pair_connect(test);
	KUNIT_EXPECT_EQ(test, sum_ask(1, 1), 0);
	pair_remove(FRONT);
	KUNIT_EXPECT_TRUE(test, pair_settles(test, front_is_gone));
	KUNIT_EXPECT_TRUE(test, pair_reaches(test, BACK, XenbusStateClosed));
	KUNIT_EXPECT_EQ(test, sum_back.irq, 0);

	pair_clear(test);
	pair_connect(test);
	work(test);
}

/* It comes to nothing, in good order */
static void fail_to_connect(struct kunit *test)
{
	pair_describe_back(BACK, FRONT_PATH, FAKE_SELF);
	pair_describe_front(BACK_PATH, FAKE_SELF);
	pair_announce(BACK);
	pair_announce(FRONT);
	KUNIT_EXPECT_TRUE(test, pair_reaches(test, FRONT, XenbusStateClosed));
	KUNIT_EXPECT_TRUE(test, pair_reaches(test, BACK, XenbusStateClosed));
	pair_clear(test);
}

/* Xen has no room for something, once for each thing */
static void connecting_fails(struct kunit *test)
{
	static const int ops[] = {
		EVTCHNOP_alloc_unbound, EVTCHNOP_bind_interdomain,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		fake->fail[ops[i]] = -ENOSPC;
		fail_to_connect(test);
		fake->fail[ops[i]] = 0;
	}
	fake_gnt->max_handles = 0;
	fail_to_connect(test);
	fake_gnt->max_handles = FAKE_HANDLES;

	pair_connect(test);
	work(test);
}

static struct kunit_case pair_cases[] = {
	KUNIT_CASE_PARAM(connect_and_work, fake_abi_gen),
	KUNIT_CASE_PARAM(front_comes_first, fake_abi_gen),
	KUNIT_CASE_PARAM(work_on_both_cpus, fake_abi_gen),
	KUNIT_CASE_PARAM(close_and_reopen, fake_abi_gen),
	KUNIT_CASE_PARAM(back_vanishes, fake_abi_gen),
	KUNIT_CASE_PARAM(front_vanishes, fake_abi_gen),
	KUNIT_CASE_PARAM(connecting_fails, fake_abi_gen),
	{}
};

static struct kunit_suite pair_suite = {
	.name = "xen_pair",
	.init = pair_init,
	.exit = pair_exit,
	.test_cases = pair_cases,
};

kunit_test_suite(pair_suite);
