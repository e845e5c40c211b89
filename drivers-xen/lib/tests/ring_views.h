/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The views of both ends on one page, and small steps with them.
 */
#ifndef _XEN_DRVLIB_RING_VIEWS_H
#define _XEN_DRVLIB_RING_VIEWS_H

#include <kunit/test.h>
#include <linux/gfp.h>
#include <xen/interface/io/ring.h>
#include <xen/page.h>
#include "../ring.h"

struct req {
	u64 id;
	u32 number;
};

struct rsp {
	u64 id;
};

DEFINE_RING_TYPES(t, struct req, struct rsp);
XEN_RING_ACCESSORS(t, t, struct req, struct rsp);

#define SIZE	128

static_assert(sizeof(union t_sring_entry) == 16);
static_assert(__CONST_RING_SIZE(t, XEN_PAGE_SIZE) == SIZE);

static struct {
	struct xen_ring_shared *shared;
	struct t_front f;
	struct t_back b;
} v;

/* Where counters start: also so that they wrap after a few steps. */
static const __maybe_unused u32 starts[] = { 0, 1, 77, U32_MAX, U32_MAX - 5, 0x7ffffffe };

/* Both ends have done so many requests and responses before. */
static inline void begin(struct kunit *test, u32 at)
{
	KUNIT_ASSERT_EQ(test, t_front_init(&v.f, v.shared, XEN_PAGE_SIZE), 0);
	v.shared->req_prod = at;
	v.shared->rsp_prod = at;
	v.shared->req_event = at + 1;
	v.shared->rsp_event = at + 1;
	v.f.ring.put = at;
	v.f.ring.pushed = at;
	v.f.ring.taken = at;
	v.f.ring.seen = at;
	KUNIT_ASSERT_EQ(test, t_back_attach(&v.b, v.shared, XEN_PAGE_SIZE), 0);
}

static inline void put_requests(struct kunit *test, u32 num)
{
	struct req req = { };
	u32 i;

	for (i = 0; i < num; i++) {
		req.id = v.f.ring.put;
		KUNIT_EXPECT_EQ(test, t_front_put(&v.f, &req), 0);
	}
}

static inline void take_requests(struct kunit *test, u32 num)
{
	struct req req = { };
	u32 i, at;

	for (i = 0; i < num; i++) {
		at = v.b.ring.taken;
		KUNIT_EXPECT_EQ(test, t_back_take(&v.b, &req), 1);
		KUNIT_EXPECT_EQ(test, req.id, at);
	}
}

static inline void put_responses(struct kunit *test, u32 num)
{
	struct rsp rsp = { };
	u32 i;

	for (i = 0; i < num; i++) {
		rsp.id = v.b.ring.put;
		KUNIT_EXPECT_EQ(test, t_back_put(&v.b, &rsp), 0);
	}
}

static inline void take_responses(struct kunit *test, u32 num)
{
	struct rsp rsp = { };
	u32 i, at;

	for (i = 0; i < num; i++) {
		at = v.f.ring.taken;
		KUNIT_EXPECT_EQ(test, t_front_take(&v.f, &rsp), 1);
		KUNIT_EXPECT_EQ(test, rsp.id, at);
	}
}

static inline int ring_init(struct kunit *test)
{
	v.shared = (void *)get_zeroed_page(GFP_KERNEL);
	return v.shared ? 0 : -ENOMEM;
}

static inline void ring_exit(struct kunit *test)
{
	free_page((unsigned long)v.shared);
}

#endif
