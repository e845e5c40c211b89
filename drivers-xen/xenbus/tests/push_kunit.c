// SPDX-License-Identifier: GPL-2.0
/*
 * Who puts a request into the ring: its maker if the rings are free, else the thread,
 * which is not there in these tests.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/string.h>
#include "../xenbus.h"

#define BODY	"device/vbd"
#define SIZE	(sizeof(struct xsd_sockmsg) + sizeof(BODY))

struct push_test {
	struct xs_store store;
	struct xenstore_domain_interface *page;
	unsigned int notified;
};

static void count_notify(struct xs_wire *wire)
{
	struct push_test *t = container_of(wire, struct push_test, store.wire);

	t->notified++;
}

static int push_init(struct kunit *test)
{
	struct push_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->page);
	t->store.wire.page = t->page;
	t->store.wire.notify = count_notify;
	xs_store_init(&t->store);
	test->priv = t;
	return 0;
}

/* All that were made fail now, and are given back. */
static void push_exit(struct kunit *test)
{
	struct push_test *t = test->priv;

	xs_store_stop(&t->store);
}

static void drop(struct xs_store *store, struct xs_request *req)
{
	xs_request_free(req);
}

static struct xs_request *make(struct kunit *test)
{
	struct kvec iov = { .iov_base = BODY, .iov_len = sizeof(BODY) };
	struct xs_request *req = xs_request_alloc(XS_READ, 0, &iov, 1);

	KUNIT_ASSERT_FALSE(test, IS_ERR(req));
	req->done = drop;
	return req;
}

static struct xs_request *submit(struct kunit *test)
{
	struct push_test *t = test->priv;
	struct xs_request *req = make(test);

	KUNIT_ASSERT_EQ(test, xs_submit(&t->store, req), 0);
	return req;
}

static void at_once(struct kunit *test)
{
	struct push_test *t = test->priv;
	struct xs_request *req = submit(test);
	struct xsd_sockmsg hdr;

	memcpy(&hdr, t->page->req, sizeof(hdr));
	KUNIT_EXPECT_EQ(test, t->page->req_prod, SIZE);
	KUNIT_EXPECT_EQ(test, hdr.type, XS_READ);
	KUNIT_EXPECT_EQ(test, hdr.req_id, req->hdr.req_id);
	KUNIT_EXPECT_EQ(test, hdr.len, sizeof(BODY));
	KUNIT_EXPECT_STREQ(test, t->page->req + sizeof(hdr), BODY);
	KUNIT_EXPECT_EQ(test, t->notified, 1);
	KUNIT_EXPECT_EQ(test, req->state, XS_REQ_SENT);
	KUNIT_EXPECT_TRUE(test, list_empty(&t->store.outq));
	KUNIT_EXPECT_FALSE(test, t->store.kick);
}

static void together(struct kunit *test)
{
	struct push_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, xs_queue(&t->store, make(test)), 0);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 0);
	xs_push(&t->store);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 3 * SIZE);
	KUNIT_EXPECT_EQ(test, t->notified, 1);
	/* Nothing is left to say. */
	xs_push(&t->store);
	KUNIT_EXPECT_EQ(test, t->notified, 1);
	KUNIT_EXPECT_FALSE(test, t->store.kick);
}

static void rings_in_use(struct kunit *test)
{
	struct push_test *t = test->priv;

	scoped_guard(mutex, &t->store.pump_lock)
		submit(test);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 0);
	KUNIT_EXPECT_EQ(test, t->notified, 0);
	KUNIT_EXPECT_TRUE(test, t->store.kick);

	/* Whoever comes next takes it along. */
	t->store.kick = false;
	submit(test);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 2 * SIZE);
	KUNIT_EXPECT_EQ(test, t->notified, 1);
	KUNIT_EXPECT_FALSE(test, t->store.kick);
}

static void no_room(struct kunit *test)
{
	struct push_test *t = test->priv;
	u32 used = XENSTORE_RING_SIZE - SIZE - 5;

	t->store.wire.req_prod = used;
	t->page->req_prod = used;
	submit(test);
	submit(test);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, XENSTORE_RING_SIZE);
	KUNIT_EXPECT_EQ(test, t->notified, 2);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&t->store.outq));
	KUNIT_EXPECT_TRUE(test, t->store.kick);
}

/* However much there is for others, nobody is kept here for all of it. */
static void not_too_many(struct kunit *test)
{
	struct push_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < 36; i++)
		KUNIT_ASSERT_EQ(test, xs_queue(&t->store, make(test)), 0);
	xs_push(&t->store);
	/* 64 pieces, a header and a body for each; there is room for 37. */
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 32 * SIZE);
	KUNIT_EXPECT_TRUE(test, t->store.kick);
	t->store.kick = false;
	xs_push(&t->store);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 36 * SIZE);
	KUNIT_EXPECT_FALSE(test, t->store.kick);
}

static void parked(struct kunit *test)
{
	struct push_test *t = test->priv;

	t->store.parked = true;
	submit(test);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 0);
	KUNIT_EXPECT_EQ(test, t->notified, 0);
	KUNIT_EXPECT_TRUE(test, t->store.kick);
}

/* It is the thread that gives a connection up. */
static void bad_ring(struct kunit *test)
{
	struct push_test *t = test->priv;

	t->page->req_cons = 1;
	submit(test);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 0);
	KUNIT_EXPECT_FALSE(test, t->store.broken);
	KUNIT_EXPECT_TRUE(test, t->store.kick);
}

static struct kunit_case push_cases[] = {
	KUNIT_CASE(at_once),
	KUNIT_CASE(together),
	KUNIT_CASE(rings_in_use),
	KUNIT_CASE(no_room),
	KUNIT_CASE(not_too_many),
	KUNIT_CASE(parked),
	KUNIT_CASE(bad_ring),
	{}
};

static struct kunit_suite push_suite = {
	.name = "xen_xenbus_push",
	.init = push_init,
	.exit = push_exit,
	.test_cases = push_cases,
};

kunit_test_suite(push_suite);
