// SPDX-License-Identifier: GPL-2.0
/*
 * Rings of two honest ends: counters, copies, events.
 */
#include "ring_views.h"

/* A second type of request in the same ring, smaller than a slot */
XEN_RING_ACCESSORS(small, t, u8, u8);

static void sizes(struct kunit *test)
{
	static const struct {
		size_t bytes;
		u32 slots;
	} cases[] = {
		{ 64 + 16, 1 }, { 64 + 31, 1 }, { 64 + 32, 2 }, { 64 + 48, 2 },
		{ 64 + 64, 4 }, { 4096, 128 }, { 8192, 256 }, { 16 * 4096, 2048 },
	};
	unsigned int i;
	void *mem;

	mem = alloc_pages_exact(16 * XEN_PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, mem);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ(test, t_front_init(&v.f, mem, cases[i].bytes), 0);
		KUNIT_EXPECT_EQ(test, xen_ring_front_room(&v.f.ring),
				cases[i].slots);
		KUNIT_EXPECT_EQ(test, t_back_attach(&v.b, mem, cases[i].bytes), 0);
		KUNIT_EXPECT_EQ(test, v.b.ring.size, cases[i].slots);
	}
	KUNIT_EXPECT_EQ(test, t_front_init(&v.f, mem, 64 + 15), -EINVAL);
	KUNIT_EXPECT_EQ(test, t_back_attach(&v.b, mem, 64 + 15), -EINVAL);
	KUNIT_EXPECT_EQ(test, t_front_init(&v.f, mem, 0), -EINVAL);
	free_pages_exact(mem, 16 * XEN_PAGE_SIZE);
}

/* All slots of sixteen pages, and none twice. */
static void many_pages(struct kunit *test)
{
	size_t bytes = 16 * XEN_PAGE_SIZE;
	void *mem = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_ZERO);
	struct req req = { };
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, mem);
	KUNIT_EXPECT_EQ(test, t_front_init(&v.f, mem, bytes), 0);
	KUNIT_EXPECT_EQ(test, t_back_attach(&v.b, mem, bytes), 0);
	put_requests(test, 2048);
	KUNIT_EXPECT_EQ(test, t_front_put(&v.f, &req), -ENOSPC);
	KUNIT_EXPECT_TRUE(test, xen_ring_front_push(&v.f.ring));
	take_requests(test, 2048);
	put_responses(test, 2048);
	KUNIT_EXPECT_TRUE(test, xen_ring_back_push(&v.b.ring));
	take_responses(test, 2048);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, xen_ring_front_room(&v.f.ring), 2048);
	free_pages_exact(mem, bytes);
}

/* Three times around the ring, in steps of all sizes, across the wrap. */
static void there_and_back(struct kunit *test)
{
	unsigned int s;
	u32 step, i;

	for (s = 0; s < ARRAY_SIZE(starts); s++) {
		for (step = 1; step <= SIZE; step *= 2) {
			begin(test, starts[s] - SIZE);
			for (i = 0; i < 3 * SIZE; i += step) {
				put_requests(test, step);
				xen_ring_front_push(&v.f.ring);
				KUNIT_EXPECT_EQ(test, xen_ring_back_pending(&v.b.ring),
						step);
				take_requests(test, step);
				put_responses(test, step);
				xen_ring_back_push(&v.b.ring);
				KUNIT_EXPECT_EQ(test, xen_ring_front_pending(&v.f.ring),
						step);
				take_responses(test, step);
			}
			KUNIT_EXPECT_EQ(test, v.shared->req_prod,
					starts[s] + 2 * SIZE);
			KUNIT_EXPECT_EQ(test, v.shared->rsp_prod,
					starts[s] + 2 * SIZE);
		}
	}
}

/* What was put is not seen before it was pushed. */
static void put_is_not_push(struct kunit *test)
{
	struct req req = { };
	struct rsp rsp = { };

	begin(test, U32_MAX);
	KUNIT_EXPECT_FALSE(test, xen_ring_front_push(&v.f.ring));
	put_requests(test, 2);
	KUNIT_EXPECT_EQ(test, t_back_take(&v.b, &req), 0);
	KUNIT_EXPECT_TRUE(test, xen_ring_front_push(&v.f.ring));
	KUNIT_EXPECT_FALSE(test, xen_ring_front_push(&v.f.ring));
	take_requests(test, 2);
	KUNIT_EXPECT_EQ(test, t_back_take(&v.b, &req), 0);
	put_responses(test, 1);
	KUNIT_EXPECT_EQ(test, t_front_take(&v.f, &rsp), 0);
	KUNIT_EXPECT_TRUE(test, xen_ring_back_push(&v.b.ring));
	take_responses(test, 1);
	KUNIT_EXPECT_EQ(test, t_front_take(&v.f, &rsp), 0);
}

static void room(struct kunit *test)
{
	struct req req = { };
	struct rsp rsp = { };
	unsigned int s;

	for (s = 0; s < ARRAY_SIZE(starts); s++) {
		begin(test, starts[s]);
		KUNIT_EXPECT_EQ(test, t_back_put(&v.b, &rsp), -ENOSPC);
		put_requests(test, SIZE);
		KUNIT_EXPECT_EQ(test, xen_ring_front_room(&v.f.ring), 0);
		KUNIT_EXPECT_EQ(test, t_front_put(&v.f, &req), -ENOSPC);
		xen_ring_front_push(&v.f.ring);
		take_requests(test, 3);
		KUNIT_EXPECT_EQ(test, xen_ring_back_room(&v.b.ring), 3);
		put_responses(test, 3);
		KUNIT_EXPECT_EQ(test, t_back_put(&v.b, &rsp), -ENOSPC);
		xen_ring_back_push(&v.b.ring);
		KUNIT_EXPECT_EQ(test, xen_ring_front_room(&v.f.ring), 0);
		take_responses(test, 2);
		KUNIT_EXPECT_EQ(test, xen_ring_front_room(&v.f.ring), 2);
		put_requests(test, 2);
		KUNIT_EXPECT_EQ(test, t_front_put(&v.f, &req), -ENOSPC);
	}
}

/* An event is wanted after so many; so many are pushed, after so many before. */
static const struct {
	u32 wish;
	u32 before;
	u32 num;
	bool notify;
} wishes[] = {
	{ 1, 0, 1, true }, { 1, 0, 5, true }, { 1, 1, 1, false },
	{ 2, 0, 1, false }, { 2, 0, 2, true }, { 2, 1, 1, true },
	{ 2, 2, 1, false }, { 9, 0, 8, false }, { 9, 8, 1, true },
	{ 5, 0, 128, true }, { 0, 0, 1, false }, { -1, 0, 3, false },
	{ 128, 0, 127, false }, { 128, 127, 1, true },
	{ 0x80000000, 0, 1, false },
};

static void notify_backend(struct kunit *test)
{
	unsigned int s, i;

	for (s = 0; s < ARRAY_SIZE(starts); s++) {
		for (i = 0; i < ARRAY_SIZE(wishes); i++) {
			begin(test, starts[s]);
			put_requests(test, wishes[i].before);
			xen_ring_front_push(&v.f.ring);
			v.shared->req_event = starts[s] + wishes[i].wish;
			put_requests(test, wishes[i].num);
			KUNIT_EXPECT_EQ_MSG(test, xen_ring_front_push(&v.f.ring),
					    wishes[i].notify, "case %u, from %#x",
					    i, starts[s]);
		}
	}
}

static void notify_frontend(struct kunit *test)
{
	unsigned int s, i;

	for (s = 0; s < ARRAY_SIZE(starts); s++) {
		for (i = 0; i < ARRAY_SIZE(wishes); i++) {
			begin(test, starts[s]);
			put_requests(test, SIZE);
			xen_ring_front_push(&v.f.ring);
			take_requests(test, SIZE);
			put_responses(test, wishes[i].before);
			xen_ring_back_push(&v.b.ring);
			v.shared->rsp_event = starts[s] + wishes[i].wish;
			put_responses(test, wishes[i].num);
			KUNIT_EXPECT_EQ_MSG(test, xen_ring_back_push(&v.b.ring),
					    wishes[i].notify, "case %u, from %#x",
					    i, starts[s]);
		}
	}
}

static void arming(struct kunit *test)
{
	unsigned int s;

	for (s = 0; s < ARRAY_SIZE(starts); s++) {
		begin(test, starts[s]);
		v.shared->req_event = starts[s];
		v.shared->rsp_event = starts[s];
		KUNIT_EXPECT_EQ(test, xen_ring_back_arm(&v.b.ring, 3), 0);
		KUNIT_EXPECT_EQ(test, v.shared->req_event, starts[s] + 3);
		put_requests(test, 2);
		KUNIT_EXPECT_FALSE(test, xen_ring_front_push(&v.f.ring));
		/* Some are there, but not enough: the wish is a new one. */
		KUNIT_EXPECT_EQ(test, xen_ring_back_arm(&v.b.ring, 5), 2);
		KUNIT_EXPECT_EQ(test, v.shared->req_event, starts[s] + 5);
		KUNIT_EXPECT_EQ(test, xen_ring_back_arm(&v.b.ring, 3), 2);
		put_requests(test, 1);
		KUNIT_EXPECT_TRUE(test, xen_ring_front_push(&v.f.ring));
		/* Enough are there: the wish stays what it was. */
		KUNIT_EXPECT_EQ(test, xen_ring_back_arm(&v.b.ring, 1), 3);
		KUNIT_EXPECT_EQ(test, v.shared->req_event, starts[s] + 3);
		take_requests(test, 3);
		put_responses(test, 3);
		KUNIT_EXPECT_EQ(test, xen_ring_front_arm(&v.f.ring, 2), 0);
		KUNIT_EXPECT_EQ(test, v.shared->rsp_event, starts[s] + 2);
		KUNIT_EXPECT_TRUE(test, xen_ring_back_push(&v.b.ring));
		KUNIT_EXPECT_EQ(test, xen_ring_front_arm(&v.f.ring, 1), 3);
	}
}

/* A backend that restarts takes what has no response once more. */
static void join_midway(struct kunit *test)
{
	unsigned int s;

	for (s = 0; s < ARRAY_SIZE(starts); s++) {
		begin(test, starts[s]);
		put_requests(test, 6);
		xen_ring_front_push(&v.f.ring);
		take_requests(test, 4);
		put_responses(test, 2);
		xen_ring_back_push(&v.b.ring);
		KUNIT_EXPECT_EQ(test, t_back_attach(&v.b, v.shared,
						    XEN_PAGE_SIZE), 0);
		KUNIT_EXPECT_EQ(test, v.b.ring.taken, starts[s] + 2);
		KUNIT_EXPECT_EQ(test, xen_ring_back_pending(&v.b.ring), 4);
		v.shared->req_prod = starts[s] + 2 + SIZE;
		KUNIT_EXPECT_EQ(test, t_back_attach(&v.b, v.shared,
						    XEN_PAGE_SIZE), 0);
		v.shared->req_prod++;
		KUNIT_EXPECT_EQ(test, t_back_attach(&v.b, v.shared,
						    XEN_PAGE_SIZE), -EPROTO);
		v.shared->req_prod = starts[s] + 1;
		KUNIT_EXPECT_EQ(test, t_back_attach(&v.b, v.shared,
						    XEN_PAGE_SIZE), -EPROTO);
	}
}

/* A type smaller than a slot is a step of a whole slot all the same. */
static void small_type(struct kunit *test)
{
	struct small_front *f = (void *)&v.f;
	struct small_back *b = (void *)&v.b;
	u8 byte;

	begin(test, 0);
	for (byte = 0; byte < 4; byte++)
		KUNIT_EXPECT_EQ(test, small_front_put(f, &byte), 0);
	xen_ring_front_push(&f->ring);
	KUNIT_EXPECT_EQ(test, v.shared->slots[3 * 16], 3);
	KUNIT_EXPECT_EQ(test, v.shared->slots[1], 0);
	KUNIT_EXPECT_EQ(test, small_back_take(b, &byte), 1);
	KUNIT_EXPECT_EQ(test, small_back_take(b, &byte), 1);
	KUNIT_EXPECT_EQ(test, byte, 1);
	byte = 9;
	KUNIT_EXPECT_EQ(test, small_back_put(b, &byte), 0);
	xen_ring_back_push(&b->ring);
	KUNIT_EXPECT_EQ(test, small_front_take(f, &byte), 1);
	KUNIT_EXPECT_EQ(test, byte, 9);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(sizes),
	KUNIT_CASE(many_pages),
	KUNIT_CASE(there_and_back),
	KUNIT_CASE(put_is_not_push),
	KUNIT_CASE(room),
	KUNIT_CASE(notify_backend),
	KUNIT_CASE(notify_frontend),
	KUNIT_CASE(arming),
	KUNIT_CASE(join_midway),
	KUNIT_CASE(small_type),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "xen_drvlib_ring",
	.init = ring_init,
	.exit = ring_exit,
	.test_cases = ring_cases,
};

kunit_test_suite(ring_suite);
