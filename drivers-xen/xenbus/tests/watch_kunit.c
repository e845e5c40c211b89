// SPDX-License-Identifier: GPL-2.0
/*
 * Watches: delivery, limits, and their end at any moment; suspend and resume.
 */
#include <kunit/test.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "fake_store.h"

/**
 * struct test_watch - a watch that remembers what it saw
 * @watch: the watch
 * @calls: number of callbacks
 * @returned: number of callbacks that have ended
 * @last: path of the last event
 * @hold: callbacks wait as long as this is set
 * @inside: a callback is waiting for @hold
 * @once: unregister in the first callback
 * @deaf: will_handle refuses everything
 */
struct test_watch {
	struct xenbus_watch watch;
	unsigned int calls;
	unsigned int returned;
	char last[64];
	bool hold;
	bool inside;
	bool once;
	bool deaf;
};

static void called(struct xenbus_watch *watch, const char *path,
		   const char *token)
{
	struct test_watch *t = container_of(watch, struct test_watch, watch);

	strscpy(t->last, path, sizeof(t->last));
	WRITE_ONCE(t->calls, t->calls + 1);
	WRITE_ONCE(t->inside, true);
	FAKE_WAIT(!READ_ONCE(t->hold));
	WRITE_ONCE(t->inside, false);
	if (t->once)
		unregister_xenbus_watch(watch);
	WRITE_ONCE(t->returned, t->returned + 1);
}

static bool not_deaf(struct xenbus_watch *watch, const char *path,
		     const char *token)
{
	return !container_of(watch, struct test_watch, watch)->deaf;
}

static struct test_watch *add_watch_of(struct kunit *test, const char *node,
				       unsigned int nr_max)
{
	struct test_watch *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->watch.node = node;
	t->watch.callback = called;
	t->watch.will_handle = not_deaf;
	t->watch.nr_max = nr_max;
	KUNIT_ASSERT_EQ(test, register_xenbus_watch(&t->watch), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(t->returned) == 1));
	KUNIT_EXPECT_STREQ(test, t->last, node);
	return t;
}

static struct test_watch *add_watch(struct kunit *test, const char *node)
{
	return add_watch_of(test, node, 0);
}

static void write_times(struct kunit *test, const char *path, unsigned int num)
{
	while (num--)
		KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, path, "", "x"), 0);
}

static void delivery(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct test_watch *a = add_watch(test, "a"), *b = add_watch(test, "b");

	write_times(test, "a/x", 1);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(a->returned) == 2));
	KUNIT_EXPECT_STREQ(test, a->last, "a/x");
	KUNIT_EXPECT_EQ(test, b->calls, 1);
	KUNIT_EXPECT_EQ(test, register_xenbus_watch(&a->watch), -EEXIST);
	unregister_xenbus_watch(&a->watch);
	unregister_xenbus_watch(&a->watch);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 1);
	write_times(test, "a/x", 1);
	unregister_xenbus_watch(&b->watch);
	KUNIT_EXPECT_EQ(test, a->calls, 2);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 0);
}

/* A thousand events for a callback that is stuck in the first one. */
static void flood(struct kunit *test)
{
	struct test_watch *a = add_watch(test, "a"), *b = add_watch(test, "b");

	WRITE_ONCE(a->hold, true);
	write_times(test, "a/first", 1);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(a->inside)));
	write_times(test, "a/more", 1000);
	KUNIT_EXPECT_EQ(test, a->watch.nr_pending, XS_WATCH_QUEUE_MAX);
	/* Others are not affected. */
	write_times(test, "b/x", 1);
	KUNIT_EXPECT_EQ(test, b->watch.nr_pending, 1);
	WRITE_ONCE(a->hold, false);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(b->returned) == 2));
	KUNIT_EXPECT_EQ(test, a->returned, 2 + XS_WATCH_QUEUE_MAX);
	/* What was dropped is covered by an event for the node itself. */
	KUNIT_EXPECT_STREQ(test, a->last, "a");
	KUNIT_EXPECT_EQ(test, a->watch.nr_pending, 0);
	unregister_xenbus_watch(&a->watch);
	unregister_xenbus_watch(&b->watch);
}

/* Who cannot be told to look again at all gets more, each with its path. */
static void flood_of_program(struct kunit *test)
{
	struct test_watch *a = add_watch_of(test, "a", 300);

	WRITE_ONCE(a->hold, true);
	write_times(test, "a/first", 1);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(a->inside)));
	write_times(test, "a/more", 400);
	KUNIT_EXPECT_EQ(test, a->watch.nr_pending, 300);
	WRITE_ONCE(a->hold, false);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(a->returned) == 2 + 300));
	KUNIT_EXPECT_STREQ(test, a->last, "a/more");
	unregister_xenbus_watch(&a->watch);
}

static void refused(struct kunit *test)
{
	struct test_watch *a = add_watch(test, "a");

	a->deaf = true;
	write_times(test, "a/x", 5);
	a->deaf = false;
	write_times(test, "a/y", 1);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(a->returned) == 2));
	KUNIT_EXPECT_STREQ(test, a->last, "a/y");
	unregister_xenbus_watch(&a->watch);
}

/* Its events are queued behind a callback of another watch that is stuck. */
static void unregister_while_queued(struct kunit *test)
{
	struct test_watch *a = add_watch(test, "a"), *b = add_watch(test, "b");

	WRITE_ONCE(a->hold, true);
	write_times(test, "a/x", 1);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(a->inside)));
	write_times(test, "b/x", 3);
	KUNIT_EXPECT_EQ(test, b->watch.nr_pending, 3);
	unregister_xenbus_watch(&b->watch);
	KUNIT_EXPECT_EQ(test, b->watch.nr_pending, 0);
	WRITE_ONCE(a->hold, false);
	unregister_xenbus_watch(&a->watch);
	KUNIT_EXPECT_EQ(test, a->returned, 2);
	KUNIT_EXPECT_EQ(test, b->calls, 1);
}

static int release_later(void *data)
{
	struct test_watch *t = data;

	schedule_timeout_uninterruptible(HZ / 5);
	WRITE_ONCE(t->hold, false);
	while (!kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	return 0;
}

static void unregister_waits(struct kunit *test)
{
	struct test_watch *a = add_watch(test, "a");
	struct task_struct *task;

	WRITE_ONCE(a->hold, true);
	write_times(test, "a/x", 1);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(a->inside)));
	task = kthread_run(release_later, a, "xs-release");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	unregister_xenbus_watch(&a->watch);
	KUNIT_EXPECT_EQ(test, a->returned, 2);
	kthread_stop(task);
}

static void unregister_in_callback(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct test_watch *a = add_watch(test, "a");

	a->once = true;
	write_times(test, "a/x", 3);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(a->returned) == 2));
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(!fake_num_watches(fake)));
	write_times(test, "a/x", 1);
	KUNIT_EXPECT_EQ(test, a->calls, 2);
}

static const struct {
	const char *body;
	unsigned int len;
} bad_events[] = {
	{ "", 0 }, { "", 1 }, { "a", 1 }, { "a", 2 }, { "a\0", 3 },
	{ "a\0AB", 4 }, { "\0A", 3 }, { "a\0zz", 5 }, { "a\0dead", 7 },
};

static bool send_bad_events(struct fake_store *fake)
{
	unsigned int i;

	if (fake->hdr.type != XS_MKDIR)
		return false;
	for (i = 0; i < ARRAY_SIZE(bad_events); i++)
		fake_send(fake, XS_WATCH_EVENT, 0, bad_events[i].body,
			  bad_events[i].len);
	return false;
}

static void malformed_events(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct test_watch *a = add_watch(test, "a");

	fake->hook = send_bad_events;
	KUNIT_EXPECT_EQ(test, xenbus_mkdir(XBT_NIL, "m", ""), 0);
	KUNIT_EXPECT_EQ(test, a->watch.nr_pending, 0);
	KUNIT_EXPECT_EQ(test, a->calls, 1);
	write_times(test, "a/x", 1);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(a->returned) == 2));
	unregister_xenbus_watch(&a->watch);
}

static bool fail_watch(struct fake_store *fake)
{
	if (fake->hdr.type != XS_WATCH)
		return false;
	fake_error(fake, "ENOSPC");
	return true;
}

static void refused_by_store(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct test_watch t = { .watch = { .node = "a", .callback = called } };

	fake->hook = fail_watch;
	KUNIT_EXPECT_EQ(test, register_xenbus_watch(&t.watch), -ENOSPC);
	KUNIT_EXPECT_TRUE(test, list_empty(&fake->store.watches));
}

/* Nobody has it any more when the call that registers it gets its answer. */
static void end_and_free(struct xenbus_watch *watch, const char *path,
			 const char *token)
{
	unregister_xenbus_watch(watch);
	kfree(watch);
	xenbus_exists(XBT_NIL, "freed", "");
}

static u32 late_id;

/* The event first, and the answer, a bad one, when all of it is over */
static bool answer_late(struct fake_store *fake)
{
	switch (fake->hdr.type) {
	case XS_WATCH:
		late_id = fake->hdr.req_id;
		fake_event(fake, fake->body, fake->body + strlen(fake->body) + 1);
		return true;
	case XS_UNWATCH:
		fake_reply_string(fake, "OK");
		return true;
	case XS_READ:
		fake_error(fake, "ENOENT");
		fake_send(fake, XS_ERROR, late_id, "ENOSPC", sizeof("ENOSPC"));
		return true;
	}
	return false;
}

static void freed_by_its_callback(struct kunit *test)
{
	struct xenbus_watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL);
	struct fake_store *fake = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, watch);
	watch->node = "a";
	watch->callback = end_and_free;
	fake->hook = answer_late;
	KUNIT_EXPECT_EQ(test, register_xenbus_watch(watch), -ENOSPC);
	KUNIT_EXPECT_TRUE(test, list_empty(&fake->store.watches));
}

static void forget_watches(struct fake_store *fake)
{
	struct fake_watch *watch;

	guard(mutex)(&fake->lock);
	list_for_each_entry(watch, &fake->watches, list)
		watch->token[0] = '?';
}

static int write_one(void *data)
{
	int err = xenbus_write(XBT_NIL, "late", "", "x");

	while (!kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	return err;
}

static void resume(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct test_watch *a = add_watch(test, "a");
	struct task_struct *task;

	xs_suspend();
	forget_watches(fake);
	task = kthread_run(write_one, NULL, "xs-client");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	schedule_timeout_uninterruptible(HZ / 10);
	KUNIT_EXPECT_NULL(test, fake_get(fake, "late"));
	xs_resume();
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(fake_get(fake, "late")));
	KUNIT_EXPECT_EQ(test, kthread_stop(task), 0);
	KUNIT_EXPECT_EQ(test, fake->store.generation, 1);
	/* Registered again, which fires it. */
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(a->returned) == 2));
	unregister_xenbus_watch(&a->watch);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 1);
}

static void resume_mends(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	scoped_guard(mutex, &fake->store.pump_lock)
		xs_fail_requests(&fake->store, -EIO, true);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "x", "", "y"), -EIO);
	xs_suspend();
	xs_resume();
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "x", "", "y"), 0);
}

static int suspend_and_cancel(void *data)
{
	bool *suspended = data;

	xs_suspend();
	WRITE_ONCE(*suspended, true);
	while (!kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	xs_suspend_cancel();
	return 0;
}

static void transaction_holds_suspend(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;
	struct task_struct *task;
	bool suspended = false;

	KUNIT_ASSERT_EQ(test, xenbus_transaction_start(&t), 0);
	task = kthread_run(suspend_and_cancel, &suspended, "xs-suspend");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(fake->store.suspending)));
	/* Inside the transaction things go on. */
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "x", "", "y"), 0);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(suspended));
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(suspended)));
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "x", "", "z"), 0);
	KUNIT_EXPECT_EQ(test, fake->store.generation, 0);
}

static struct kunit_case watch_cases[] = {
	KUNIT_CASE(delivery),
	KUNIT_CASE_SLOW(flood),
	KUNIT_CASE_SLOW(flood_of_program),
	KUNIT_CASE(refused),
	KUNIT_CASE(unregister_while_queued),
	KUNIT_CASE(unregister_waits),
	KUNIT_CASE(unregister_in_callback),
	KUNIT_CASE(malformed_events),
	KUNIT_CASE(refused_by_store),
	KUNIT_CASE(freed_by_its_callback),
	KUNIT_CASE(resume),
	KUNIT_CASE(resume_mends),
	KUNIT_CASE(transaction_holds_suspend),
	{}
};

static struct kunit_suite watch_suite = {
	.name = "xen_xenbus_watch",
	.init = fake_store_init,
	.exit = fake_store_exit,
	.test_cases = watch_cases,
};

kunit_test_suite(watch_suite);
