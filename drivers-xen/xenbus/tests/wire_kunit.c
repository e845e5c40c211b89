// SPDX-License-Identifier: GPL-2.0
/*
 * The byte rings: wrapping, room, and a peer that lies.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "../xenbus.h"

struct wire_test {
	struct xs_wire wire;
	struct xenstore_domain_interface *page;
	unsigned int notified;
	bool reconnects;
};

static void count_notify(struct xs_wire *wire)
{
	struct wire_test *t = container_of(wire, struct wire_test, wire);

	t->notified++;
	if (!t->reconnects || t->page->connection != XENSTORE_RECONNECT)
		return;
	t->page->req_cons = 0;
	t->page->req_prod = 0;
	t->page->rsp_cons = 0;
	t->page->rsp_prod = 0;
	t->page->connection = XENSTORE_CONNECTED;
}

static int wire_init(struct kunit *test)
{
	struct wire_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->page);
	t->wire.page = t->page;
	t->wire.notify = count_notify;
	t->wire.reset_ms = 40;
	test->priv = t;
	return 0;
}

/* So many notifications in all, after this flush. */
static void expect_notified(struct kunit *test, unsigned int times)
{
	struct wire_test *t = test->priv;

	xs_wire_flush(&t->wire);
	KUNIT_EXPECT_EQ(test, t->notified, times);
}

static void put_wraps(struct kunit *test)
{
	struct wire_test *t = test->priv;

	/* Near the end of the ring and of the 32 bits of the index. */
	t->wire.req_prod = -3;
	t->page->req_cons = -3;
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "abcdef", 6), 6);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 3);
	KUNIT_EXPECT_MEMEQ(test, t->page->req + 1021, "abc", 3);
	KUNIT_EXPECT_MEMEQ(test, t->page->req, "def", 3);
	expect_notified(test, 1);
}

static void put_takes_what_fits(struct kunit *test)
{
	struct wire_test *t = test->priv;

	t->wire.req_prod = 1020;
	t->page->req_cons = 2;
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "a", 1), 1);
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "bcdefgh", 7), 5);
	expect_notified(test, 1);
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "gh", 2), 0);
	expect_notified(test, 1);
}

static void get_wraps(struct kunit *test)
{
	struct wire_test *t = test->priv;
	char buf[8] = "";

	t->wire.rsp_cons = -3;
	t->page->rsp_prod = 2;
	memcpy(t->page->rsp + 1021, "abc", 3);
	memcpy(t->page->rsp, "de", 2);
	KUNIT_EXPECT_EQ(test, xs_wire_get(&t->wire, buf, sizeof(buf)), 5);
	KUNIT_EXPECT_STREQ(test, buf, "abcde");
	KUNIT_EXPECT_EQ(test, t->page->rsp_cons, 2);
	KUNIT_EXPECT_EQ(test, xs_wire_get(&t->wire, buf, sizeof(buf)), 0);
	expect_notified(test, 0);
}

static void get_tells_when_full(struct kunit *test)
{
	struct wire_test *t = test->priv;
	char byte;

	t->page->rsp_prod = 1024;
	KUNIT_EXPECT_EQ(test, xs_wire_get(&t->wire, &byte, 1), 1);
	expect_notified(test, 1);
	KUNIT_EXPECT_EQ(test, xs_wire_get(&t->wire, &byte, 1), 1);
	expect_notified(test, 1);
}

static void bad_indices(struct kunit *test)
{
	struct wire_test *t = test->priv;
	char buf[4];

	t->page->req_cons = 1;
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "x", 1), -EIO);
	t->page->rsp_prod = 1025;
	KUNIT_EXPECT_EQ(test, xs_wire_get(&t->wire, buf, 4), -EIO);
	t->page->rsp_prod = -1;
	KUNIT_EXPECT_EQ(test, xs_wire_get(&t->wire, buf, 4), -EIO);
}

/* What the peer does to our own indices does not matter. */
static void own_indices(struct kunit *test)
{
	struct wire_test *t = test->priv;
	char buf[4] = "";

	t->page->req_prod = 77;
	t->page->rsp_cons = 99;
	t->page->rsp_prod = 2;
	memcpy(t->page->rsp, "ok", 2);
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "x", 1), 1);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 1);
	KUNIT_EXPECT_EQ(test, xs_wire_get(&t->wire, buf, 4), 2);
	KUNIT_EXPECT_STREQ(test, buf, "ok");
}

static void error_field(struct kunit *test)
{
	struct wire_test *t = test->priv;

	t->page->error = XENSTORE_ERROR_PROTO;
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "x", 1), 1);
	t->page->server_features = XENSTORE_SERVER_FEATURE_ERROR;
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "x", 1), -EIO);
}

static void hands_off_while_reconnecting(struct kunit *test)
{
	struct wire_test *t = test->priv;

	t->page->server_features = XENSTORE_SERVER_FEATURE_RECONNECTION;
	t->page->connection = XENSTORE_RECONNECT;
	t->page->rsp_prod = 5000;
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "x", 1), 0);
	KUNIT_EXPECT_EQ(test, xs_wire_get(&t->wire, &(char){ 0 }, 1), 0);
	KUNIT_EXPECT_EQ(test, xs_wire_reset(&t->wire), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "x", 1), 0);
}

/* What the page said before the peer was done says nothing. */
static void late_reconnection(struct kunit *test)
{
	struct wire_test *t = test->priv;
	char buf[4] = "";

	t->page->server_features = XENSTORE_SERVER_FEATURE_RECONNECTION;
	t->page->connection = XENSTORE_RECONNECT;
	t->wire.req_prod = 77;
	t->wire.rsp_cons = 99;
	KUNIT_EXPECT_EQ(test, xs_wire_reset(&t->wire), -ETIMEDOUT);

	t->page->req_prod = 5;
	t->page->req_cons = 5;
	t->page->rsp_cons = 6;
	t->page->rsp_prod = 8;
	memcpy(t->page->rsp + 6, "ok", 2);
	t->page->connection = XENSTORE_CONNECTED;
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "x", 1), 1);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 6);
	KUNIT_EXPECT_EQ(test, t->page->req[5], 'x');
	KUNIT_EXPECT_EQ(test, xs_wire_get(&t->wire, buf, 4), 2);
	KUNIT_EXPECT_STREQ(test, buf, "ok");

	/* Only once. */
	t->page->req_prod = 500;
	t->page->rsp_cons = 500;
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "y", 1), 1);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 7);
}

static void reset_drops_old_answers(struct kunit *test)
{
	struct wire_test *t = test->priv;
	char buf[4];

	t->page->rsp_cons = 10;
	t->page->rsp_prod = 20;
	t->page->req_cons = 7;
	t->page->req_prod = 7;
	KUNIT_EXPECT_EQ(test, xs_wire_reset(&t->wire), 0);
	KUNIT_EXPECT_EQ(test, t->page->rsp_cons, 20);
	KUNIT_EXPECT_EQ(test, t->wire.req_prod, 7);
	KUNIT_EXPECT_EQ(test, xs_wire_get(&t->wire, buf, 4), 0);
}

static void reset_reconnects(struct kunit *test)
{
	struct wire_test *t = test->priv;

	t->page->server_features = XENSTORE_SERVER_FEATURE_RECONNECTION;
	t->page->req_prod = 30;
	t->page->req_cons = 10;
	t->reconnects = true;
	KUNIT_EXPECT_EQ(test, xs_wire_reset(&t->wire), 0);
	KUNIT_EXPECT_EQ(test, t->wire.req_prod, 0);
	t->page->req_prod = 30;
	t->reconnects = false;
	KUNIT_EXPECT_EQ(test, xs_wire_reset(&t->wire), -ETIMEDOUT);
	t->reconnects = true;
	count_notify(&t->wire);
	KUNIT_EXPECT_EQ(test, xs_wire_put(&t->wire, "x", 1), 1);
	KUNIT_EXPECT_EQ(test, t->page->req_prod, 1);
}

static struct kunit_case wire_cases[] = {
	KUNIT_CASE(put_wraps),
	KUNIT_CASE(put_takes_what_fits),
	KUNIT_CASE(get_wraps),
	KUNIT_CASE(get_tells_when_full),
	KUNIT_CASE(bad_indices),
	KUNIT_CASE(own_indices),
	KUNIT_CASE(error_field),
	KUNIT_CASE(hands_off_while_reconnecting),
	KUNIT_CASE(late_reconnection),
	KUNIT_CASE(reset_drops_old_answers),
	KUNIT_CASE(reset_reconnects),
	{}
};

static struct kunit_suite wire_suite = {
	.name = "xen_xenbus_wire",
	.init = wire_init,
	.test_cases = wire_cases,
};

kunit_test_suite(wire_suite);
