// SPDX-License-Identifier: GPL-2.0
/*
 * Rings with an end that lies.
 */
#include <linux/prandom.h>
#include "ring_views.h"

static void expect_front_broken(struct kunit *test)
{
	struct req req = { };
	struct rsp rsp = { };

	KUNIT_EXPECT_EQ(test, xen_ring_front_pending(&v.f.ring), -EPROTO);
	KUNIT_EXPECT_EQ(test, xen_ring_front_arm(&v.f.ring, 1), -EPROTO);
	KUNIT_EXPECT_EQ(test, t_front_take(&v.f, &rsp), -EPROTO);
	KUNIT_EXPECT_EQ(test, t_front_put(&v.f, &req), -EPROTO);
	KUNIT_EXPECT_FALSE(test, xen_ring_front_push(&v.f.ring));
}

static void expect_back_broken(struct kunit *test)
{
	struct rsp rsp = { };
	struct req req = { };

	KUNIT_EXPECT_EQ(test, xen_ring_back_pending(&v.b.ring), -EPROTO);
	KUNIT_EXPECT_EQ(test, xen_ring_back_arm(&v.b.ring, 1), -EPROTO);
	KUNIT_EXPECT_EQ(test, t_back_take(&v.b, &req), -EPROTO);
	KUNIT_EXPECT_EQ(test, t_back_put(&v.b, &rsp), -EPROTO);
	KUNIT_EXPECT_FALSE(test, xen_ring_back_push(&v.b.ring));
}

/*
 * A backend that says it has put @delta responses more than were taken, while
 * five requests have none. It breaks the ring, for good, unless it can be.
 */
static void backend_lies(struct kunit *test)
{
	unsigned int s;
	int delta;

	for (s = 0; s < ARRAY_SIZE(starts); s++) {
		for (delta = -2 * SIZE; delta <= 2 * SIZE; delta++) {
			begin(test, starts[s]);
			put_requests(test, 7);
			xen_ring_front_push(&v.f.ring);
			take_requests(test, 2);
			put_responses(test, 2);
			xen_ring_back_push(&v.b.ring);
			take_responses(test, 2);
			/* Put, but the backend cannot know of them. */
			put_requests(test, 9);
			v.shared->rsp_prod = starts[s] + 2 + delta;
			if (delta >= 0 && delta <= 5) {
				KUNIT_EXPECT_EQ(test, xen_ring_front_pending(&v.f.ring),
						delta);
				continue;
			}
			KUNIT_EXPECT_EQ(test, xen_ring_front_pending(&v.f.ring),
					-EPROTO);
			v.shared->rsp_prod = starts[s] + 2;
			expect_front_broken(test);
		}
	}
}

/* Likewise a frontend: five requests are taken, two of them have responses. */
static void frontend_lies(struct kunit *test)
{
	unsigned int s;
	int delta;

	for (s = 0; s < ARRAY_SIZE(starts); s++) {
		for (delta = -2 * SIZE; delta <= 2 * SIZE; delta++) {
			begin(test, starts[s]);
			put_requests(test, 5);
			xen_ring_front_push(&v.f.ring);
			take_requests(test, 5);
			put_responses(test, 2);
			xen_ring_back_push(&v.b.ring);
			v.shared->req_prod = starts[s] + 5 + delta;
			if (delta >= 0 && delta <= SIZE - 3) {
				KUNIT_EXPECT_EQ(test, xen_ring_back_pending(&v.b.ring),
						delta);
				continue;
			}
			KUNIT_EXPECT_EQ(test, xen_ring_back_pending(&v.b.ring),
					-EPROTO);
			v.shared->req_prod = starts[s] + 5;
			expect_back_broken(test);
		}
	}
}

/* A counter that goes on, and then back below what was seen of it. */
static void counter_goes_back(struct kunit *test)
{
	struct req req = { };

	begin(test, U32_MAX - 1);
	put_requests(test, 4);
	xen_ring_front_push(&v.f.ring);
	take_requests(test, 1);
	v.shared->req_prod = U32_MAX - 1;
	/* Three are known to be there already, and are taken. */
	take_requests(test, 3);
	KUNIT_EXPECT_EQ(test, t_back_take(&v.b, &req), -EPROTO);
	expect_back_broken(test);
}

/* Our own counters, and the copy, are ours. */
static void memory_changes(struct kunit *test)
{
	struct req req = { };
	struct rsp rsp = { };

	begin(test, 9);
	put_requests(test, 2);
	xen_ring_front_push(&v.f.ring);
	KUNIT_EXPECT_EQ(test, t_back_take(&v.b, &req), 1);
	memset(v.shared->slots, 0xff, XEN_PAGE_SIZE - sizeof(*v.shared));
	KUNIT_EXPECT_EQ(test, req.id, 9);
	v.shared->req_prod = 5;
	put_requests(test, 1);
	KUNIT_EXPECT_FALSE(test, xen_ring_front_push(&v.f.ring));
	KUNIT_EXPECT_EQ(test, v.shared->req_prod, 12);
	v.shared->rsp_prod = 5;
	put_responses(test, 1);
	KUNIT_EXPECT_TRUE(test, xen_ring_back_push(&v.b.ring));
	KUNIT_EXPECT_EQ(test, v.shared->rsp_prod, 10);
	KUNIT_EXPECT_EQ(test, t_front_take(&v.f, &rsp), 1);
	memset(v.shared->slots, 0xff, XEN_PAGE_SIZE - sizeof(*v.shared));
	KUNIT_EXPECT_EQ(test, rsp.id, 9);
}

static void broken_by_driver(struct kunit *test)
{
	begin(test, 0);
	put_requests(test, 3);
	xen_ring_front_push(&v.f.ring);
	take_requests(test, 1);
	xen_ring_back_break(&v.b.ring);
	expect_back_broken(test);
	xen_ring_front_break(&v.f.ring);
	expect_front_broken(test);
	begin(test, 0);
	KUNIT_EXPECT_EQ(test, xen_ring_back_pending(&v.b.ring), 0);
}

/*
 * Counters changed at random between steps that are chosen at random. Whatever
 * happens, neither end takes what cannot be there.
 */
static void random_lies(struct kunit *test)
{
	u32 *counters = (u32 *)v.shared;
	struct rnd_state rnd;
	unsigned int i, broken = 0;
	struct req req = { };
	struct rsp rsp = { };
	int front, back;
	u32 dice;

	prandom_seed_state(&rnd, 3);
	begin(test, U32_MAX - 40);
	for (i = 0; i < 20000; i++) {
		dice = prandom_u32_state(&rnd);
		if (dice % 16 == 0)
			counters[dice >> 30] += (int)(dice >> 8 & 0xff) - 128;
		t_front_put(&v.f, &req);
		xen_ring_front_push(&v.f.ring);
		t_back_take(&v.b, &req);
		if (dice & 0x100)
			t_back_put(&v.b, &rsp);
		xen_ring_back_push(&v.b.ring);
		t_front_take(&v.f, &rsp);
		front = xen_ring_front_arm(&v.f.ring, 1 + (dice >> 20) % SIZE);
		back = xen_ring_back_arm(&v.b.ring, 1 + (dice >> 24) % SIZE);
		KUNIT_EXPECT_LE(test, front, (int)SIZE);
		KUNIT_EXPECT_LE(test, back, (int)SIZE);
		KUNIT_EXPECT_LE(test, xen_ring_front_room(&v.f.ring), SIZE);
		KUNIT_EXPECT_LE(test, xen_ring_back_room(&v.b.ring), SIZE);
		if (front >= 0 && back >= 0)
			continue;
		broken++;
		begin(test, dice);
	}
	KUNIT_EXPECT_GT(test, broken, 100);
}

static struct kunit_case hostile_cases[] = {
	KUNIT_CASE(backend_lies),
	KUNIT_CASE(frontend_lies),
	KUNIT_CASE(counter_goes_back),
	KUNIT_CASE(memory_changes),
	KUNIT_CASE(broken_by_driver),
	KUNIT_CASE(random_lies),
	{}
};

static struct kunit_suite hostile_suite = {
	.name = "xen_drvlib_ring_hostile",
	.init = ring_init,
	.exit = ring_exit,
	.test_cases = hostile_cases,
};

kunit_test_suite(hostile_suite);
