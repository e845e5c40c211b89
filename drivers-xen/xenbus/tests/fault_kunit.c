// SPDX-License-Identifier: GPL-2.0
/*
 * A store that misbehaves: out of order, silent, or talking nonsense.
 */
#include <kunit/test.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "fake_store.h"

static struct xs_request *ask(struct kunit *test, u32 type, const char *what)
{
	struct fake_store *fake = test->priv;
	struct kvec iov = { .iov_base = (void *)what,
			    .iov_len = strlen(what) + 1 };
	struct xs_request *req = xs_request_alloc(type, 0, &iov, 1);

	KUNIT_ASSERT_FALSE(test, IS_ERR(req));
	KUNIT_ASSERT_EQ(test, xs_submit(&fake->store, req), 0);
	return req;
}

static void expect_answer(struct kunit *test, struct xs_request *req,
			  const char *answer)
{
	struct fake_store *fake = test->priv;

	KUNIT_EXPECT_EQ(test, xs_request_wait(&fake->store, req), 0);
	KUNIT_EXPECT_STREQ(test, req->reply, answer);
	xs_request_free(req);
}

/* Collects three requests and answers the last one first, events between. */
static bool backwards(struct fake_store *fake)
{
	static u32 ids[3];
	static char names[3][8];
	unsigned int i = fake->arg++;

	ids[i] = fake->hdr.req_id;
	strscpy(names[i], fake->body, sizeof(names[i]));
	if (i < 2)
		return true;
	do {
		fake_event(fake, "some/path", "123ABC");
		fake_send(fake, XS_READ, ids[i], names[i], strlen(names[i]));
	} while (i--);
	return true;
}

static void out_of_order(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xs_request *a, *b, *c;

	fake->hook = backwards;
	a = ask(test, XS_READ, "a");
	b = ask(test, XS_READ, "bb");
	c = ask(test, XS_READ, "ccc");
	expect_answer(test, a, "a");
	expect_answer(test, b, "bb");
	expect_answer(test, c, "ccc");
	KUNIT_EXPECT_TRUE(test, xa_empty(&fake->store.inflight));
}

/* Answers only when the client has noticed the silence. */
static bool slow(struct fake_store *fake)
{
	FAKE_WAIT(READ_ONCE(fake->store.silent));
	fake->arg = READ_ONCE(fake->store.silent);
	return false;
}

static void silence(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_set(fake, "x", "late");
	fake->store.timeout = HZ / 10;
	fake->hook = slow;
	expect_answer(test, ask(test, XS_READ, "x"), "late");
	KUNIT_EXPECT_EQ(test, fake->arg, 1);
	KUNIT_EXPECT_FALSE(test, fake->store.silent);
}

static int start_transaction(void *data)
{
	struct xenbus_transaction t;
	int err;

	allow_signal(SIGKILL);
	err = xenbus_transaction_start(&t);
	while (!kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	return err;
}

static bool no_transaction_yet(struct fake_store *fake)
{
	if (fake->hdr.type != XS_TRANSACTION_START)
		return false;
	/* The request waits here until the client is gone. */
	FAKE_WAIT(READ_ONCE(fake->arg));
	return false;
}

/* The answer comes when nobody waits any more: the transaction is ended. */
static void killed_waiter(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct task_struct *task;

	fake->hook = no_transaction_yet;
	task = kthread_run(start_transaction, NULL, "xs-client");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	KUNIT_EXPECT_TRUE(test,
			  FAKE_WAIT(READ_ONCE(fake->types[XS_TRANSACTION_START])));
	send_sig(SIGKILL, task, 1);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(!READ_ONCE(fake->store.users)));
	KUNIT_EXPECT_EQ(test, kthread_stop(task), -EINTR);
	WRITE_ONCE(fake->arg, 1);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(fake->aborted) == 1));
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(xa_empty(&fake->store.inflight)));
}

enum nonsense {
	BAD_LENGTH,
	BAD_ID,
	BAD_TYPE,
	BAD_PROD,
	BAD_CONS,
};

static void make_nonsense(struct fake_store *fake)
{
	struct xsd_sockmsg hdr = fake->hdr;

	hdr.len = 0;
	switch ((enum nonsense)fake->arg) {
	case BAD_LENGTH:
		hdr.len = XENSTORE_PAYLOAD_MAX + 1;
		break;
	case BAD_ID:
		hdr.req_id += 1000;
		break;
	case BAD_TYPE:
		hdr.type = XS_WRITE;
		break;
	case BAD_PROD:
		WRITE_ONCE(fake->page->rsp_prod, fake->page->rsp_cons + 1025);
		xs_kick(&fake->store);
		return;
	case BAD_CONS:
		WRITE_ONCE(fake->page->req_cons, fake->page->req_prod + 1);
		return;
	}
	fake_send_raw(fake, &hdr, "", 0);
}

/* Swallows one request, answers the second one with nonsense. */
static bool talk_nonsense(struct fake_store *fake)
{
	if (fake->types[XS_READ] == 2) {
		make_nonsense(fake);
		WRITE_ONCE(fake->aborted, 1);
	}
	return true;
}

/* A third request, so that there is one to put into the ring. */
static void expect_broken(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xs_request *req[3];
	unsigned int i, num = 0;

	for (i = 0; i < ARRAY_SIZE(req); i++) {
		struct kvec iov = { .iov_base = "x", .iov_len = 2 };

		req[i] = xs_request_alloc(XS_READ, 0, &iov, 1);
		KUNIT_ASSERT_FALSE(test, IS_ERR(req[i]));
		if (i == 2)
			FAKE_WAIT(READ_ONCE(fake->aborted));
		if (xs_submit(&fake->store, req[i])) {
			xs_request_free(req[i]);
			break;
		}
		num++;
	}
	KUNIT_EXPECT_GE(test, num, 2);
	while (num--) {
		KUNIT_EXPECT_EQ(test, xs_request_wait(&fake->store, req[num]),
				-EIO);
		xs_request_free(req[num]);
	}
	KUNIT_EXPECT_TRUE(test, fake->store.broken);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "y", "", "z"), -EIO);
	KUNIT_EXPECT_TRUE(test, xa_empty(&fake->store.inflight));
	KUNIT_EXPECT_TRUE(test, list_empty(&fake->store.outq));
}

static void nonsense_param(const enum nonsense *what, char *name)
{
	static const char * const names[] = {
		"length", "request id", "type", "producer", "consumer",
	};

	strscpy(name, names[*what], KUNIT_PARAM_DESC_SIZE);
}

static const enum nonsense all_nonsense[] = {
	BAD_LENGTH, BAD_ID, BAD_TYPE, BAD_PROD, BAD_CONS,
};

KUNIT_ARRAY_PARAM(nonsense, all_nonsense, nonsense_param);

static void nonsense(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake->arg = *(const enum nonsense *)test->param_value;
	fake->hook = talk_nonsense;
	expect_broken(test);
}

static bool hold(struct fake_store *fake)
{
	FAKE_WAIT(READ_ONCE(fake->arg));
	return true;
}

/* An answer to a request that is not yet in the ring cannot be one. */
static void answer_too_early(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xs_request *first, *early;

	fake->hook = hold;
	first = ask(test, XS_READ, "x");
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(fake->types[XS_READ])));
	/* No room, so that the next request stays where it is. */
	WRITE_ONCE(fake->page->req_cons,
		   fake->page->req_prod - XENSTORE_RING_SIZE);
	early = ask(test, XS_READ, "y");
	fake_send(fake, XS_READ, early->hdr.req_id, "", 0);
	KUNIT_EXPECT_EQ(test, xs_request_wait(&fake->store, early), -EIO);
	KUNIT_EXPECT_EQ(test, xs_request_wait(&fake->store, first), -EIO);
	xs_request_free(early);
	xs_request_free(first);
	KUNIT_EXPECT_TRUE(test, fake->store.broken);
	WRITE_ONCE(fake->arg, 1);
}

static bool bad_body(struct fake_store *fake)
{
	switch (fake->hdr.type) {
	case XS_DIRECTORY:
		if (fake->arg)
			fake_send(fake, XS_DIRECTORY, fake->hdr.req_id,
				  "a\0\0b", 5);
		else
			fake_send(fake, XS_DIRECTORY, fake->hdr.req_id,
				  "a\0b", 3);
		return true;
	case XS_TRANSACTION_START:
		fake_send(fake, XS_TRANSACTION_START, fake->hdr.req_id,
			  "12x", 3);
		return true;
	default:
		return false;
	}
}

static void malformed_replies(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;
	unsigned int num;

	fake->hook = bad_body;
	KUNIT_EXPECT_EQ(test, PTR_ERR(xenbus_directory(XBT_NIL, "d", "", &num)),
			-EIO);
	fake->arg = 1;
	KUNIT_EXPECT_EQ(test, PTR_ERR(xenbus_directory(XBT_NIL, "d", "", &num)),
			-EIO);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_start(&t), -EIO);
	KUNIT_EXPECT_EQ(test, fake->store.users, 0);
	/* The connection has survived all that. */
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "x", "", "y"), 0);
}

static bool bad_parts(struct fake_store *fake)
{
	static const char * const parts[] = { "", "x", "1", "z\0a", "1\0a" };
	static const unsigned int len[] = { 0, 2, 2, 4, 3 };

	if (fake->hdr.type == XS_DIRECTORY)
		fake_error(fake, "E2BIG");
	else
		fake_send(fake, XS_DIRECTORY_PART, fake->hdr.req_id,
			  parts[fake->arg], len[fake->arg]);
	return true;
}

static void malformed_parts(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int num, i;

	fake->hook = bad_parts;
	for (i = 0; i < 5; i++) {
		fake->arg = i;
		KUNIT_EXPECT_EQ(test, PTR_ERR(xenbus_directory(XBT_NIL, "d", "",
							       &num)), -EIO);
	}
}

static void no_store(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_watch watch = { .node = "x" };
	struct xenbus_transaction t;

	xs_store = NULL;
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "x", "", "y"), -ENODEV);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_start(&t), -ENODEV);
	KUNIT_EXPECT_EQ(test, register_xenbus_watch(&watch), -ENODEV);
	unregister_xenbus_watch(&watch);
	xs_suspend();
	xs_resume();
	xs_store = &fake->store;
}

static struct kunit_case fault_cases[] = {
	KUNIT_CASE(out_of_order),
	KUNIT_CASE(silence),
	KUNIT_CASE_SLOW(killed_waiter),
	KUNIT_CASE_PARAM(nonsense, nonsense_gen_params),
	KUNIT_CASE(answer_too_early),
	KUNIT_CASE(malformed_replies),
	KUNIT_CASE(malformed_parts),
	KUNIT_CASE(no_store),
	{}
};

static struct kunit_suite fault_suite = {
	.name = "xen_xenbus_fault",
	.init = fake_store_init,
	.exit = fake_store_exit,
	.test_cases = fault_cases,
};

kunit_test_suite(fault_suite);
