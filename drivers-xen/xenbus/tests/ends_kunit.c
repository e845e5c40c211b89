// SPDX-License-Identifier: GPL-2.0
/*
 * The system ends, with and without its xenstored; and transactions whose connection has
 * ended before them.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include "fake_store.h"

static bool yes(void)
{
	return true;
}

static bool no(void)
{
	return false;
}

/* Answers nothing until told otherwise. */
static bool hold(struct fake_store *fake)
{
	while (!READ_ONCE(fake->arg) && !kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	return false;
}

static int write_one(void *data)
{
	int err = xenbus_write(XBT_NIL, "a", "", "x");

	while (!kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	return err;
}

static void system_goes(void)
{
	xenbus_system_goes(NULL, SYS_RESTART, NULL);
}

/* Who waits, and who asks later, is told so. */
static void without_xenstored(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;
	struct task_struct *task;

	KUNIT_ASSERT_EQ(test, xenbus_transaction_start(&t), 0);
	fake->hook = hold;
	task = kthread_run(write_one, NULL, "xs-client");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	KUNIT_EXPECT_TRUE(test,
			  FAKE_WAIT(!xa_empty(&fake->store.inflight)));
	kunit_activate_static_stub(test, xenbus_store_is_gone, yes);
	system_goes();
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(fake->store.users) == 1));
	KUNIT_EXPECT_EQ(test, kthread_stop(task), -EIO);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "b", "", "x"), -EIO);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 1), -EIO);
	WRITE_ONCE(fake->arg, 1);
}

/* It is still there when the system begins to end, and then it is not. */
static void goes_later(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	kunit_activate_static_stub(test, xenbus_store_is_gone, no);
	system_goes();
	fake->hook = hold;
	kunit_activate_static_stub(test, xenbus_system_ends, yes);
	kunit_activate_static_stub(test, xenbus_store_is_gone, yes);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "a", "", "x"), -EIO);
	WRITE_ONCE(fake->arg, 1);
}

/* It is there, in this domain, and says nothing. */
static void stays_silent(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned long begin = jiffies;

	fake->hook = hold;
	kunit_activate_static_stub(test, xenbus_system_ends, yes);
	kunit_activate_static_stub(test, xenbus_store_is_gone, no);
	kunit_activate_static_stub(test, xenbus_store_is_local, yes);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "a", "", "x"), -EIO);
	KUNIT_EXPECT_GE(test, jiffies - begin, 10 * HZ);
	WRITE_ONCE(fake->arg, 1);
}

static void with_xenstored(struct kunit *test)
{
	kunit_activate_static_stub(test, xenbus_store_is_gone, no);
	system_goes();
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "a", "", "x"), 0);
}

/* Another one has the same number now. */
static void transaction_outlives_connection(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_transaction old, new;
	unsigned int before;
	int value;

	KUNIT_ASSERT_EQ(test, xenbus_transaction_start(&old), 0);
	xs_resume();
	/* With the connection its transactions have ended. */
	scoped_guard(mutex, &fake->lock) {
		fake_tx_end(&fake->tree, old.id, false, NULL, NULL);
		fake->open_tx--;
		fake->next_tx = old.id - 1;
	}
	KUNIT_ASSERT_EQ(test, xenbus_transaction_start(&new), 0);
	KUNIT_ASSERT_EQ(test, new.id, old.id);
	before = fake->received;
	KUNIT_EXPECT_EQ(test, xenbus_write(old, "a", "", "x"), -EAGAIN);
	KUNIT_EXPECT_EQ(test, xenbus_gather(old, "a", "b", "%d", &value, NULL),
			-EAGAIN);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(old, 1), -EAGAIN);
	KUNIT_EXPECT_EQ(test, fake->received, before);
	KUNIT_EXPECT_EQ(test, fake->store.users, 1);

	KUNIT_EXPECT_EQ(test, xenbus_write(new, "a", "", "y"), 0);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(new, 0), 0);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "a"), "y");
}

static int write_in(void *data)
{
	struct xenbus_transaction *t = data;
	int err = xenbus_write(*t, "a", "", "x");

	while (!kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	return err;
}

/* What is under way in it is told the same as what comes later. */
static void cut_off_in_a_request(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;
	struct task_struct *task;

	KUNIT_ASSERT_EQ(test, xenbus_transaction_start(&t), 0);
	fake->hook = hold;
	task = kthread_run(write_in, &t, "xs-client");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	KUNIT_EXPECT_TRUE(test,
			  FAKE_WAIT(!xa_empty(&fake->store.inflight)));
	xs_resume();
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(fake->store.users) == 1));
	KUNIT_EXPECT_EQ(test, kthread_stop(task), -EAGAIN);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 1), -EAGAIN);
	WRITE_ONCE(fake->arg, 1);
}

static struct kunit_case ends_cases[] = {
	KUNIT_CASE(without_xenstored),
	KUNIT_CASE(goes_later),
	KUNIT_CASE(stays_silent),
	KUNIT_CASE(with_xenstored),
	KUNIT_CASE(transaction_outlives_connection),
	KUNIT_CASE(cut_off_in_a_request),
	{}
};

static struct kunit_suite ends_suite = {
	.name = "xen_xenbus_ends",
	.init = fake_store_init,
	.exit = fake_store_exit,
	.test_cases = ends_cases,
};

kunit_test_suite(ends_suite);
