// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the fake xenstored itself, as a client sees it: what others could rely
 * on by mistake if it were too simple.
 */

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>

#include "../xenbus/tests/fake_store.h"

static void begin(struct kunit *test, struct xenbus_transaction *t)
{
	KUNIT_ASSERT_EQ(test, xenbus_transaction_start(t), 0);
}

static int read_number(struct xenbus_transaction t, const char *path)
{
	int value = -1, num = xenbus_scanf(t, path, "", "%d", &value);

	return num == 1 ? value : num;
}

/* Nobody sees it before its end, and it sees nothing of others */
static void transaction_is_alone(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;

	fake_set(fake, "a", "1");
	fake_set(fake, "b", "1");
	begin(test, &t);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "a", "", "2"), 0);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "new", "", "3"), 0);
	KUNIT_EXPECT_EQ(test, read_number(t, "a"), 2);
	KUNIT_EXPECT_EQ(test, read_number(XBT_NIL, "a"), 1);
	KUNIT_EXPECT_EQ(test, read_number(XBT_NIL, "new"), -ENOENT);
	fake_set(fake, "b", "9");
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), 0);
	KUNIT_EXPECT_EQ(test, read_number(XBT_NIL, "a"), 2);
	KUNIT_EXPECT_EQ(test, read_number(XBT_NIL, "new"), 3);
	KUNIT_EXPECT_EQ(test, read_number(XBT_NIL, "b"), 9);

	begin(test, &t);
	KUNIT_EXPECT_EQ(test, xenbus_rm(t, "a", ""), 0);
	KUNIT_EXPECT_EQ(test, read_number(t, "a"), -ENOENT);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 1), 0);
	KUNIT_EXPECT_EQ(test, read_number(XBT_NIL, "a"), 2);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "a", "", "3"), -ENOENT);
}

/* What was read or written has been changed by somebody else */
static void conflicts(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;

	fake_set(fake, "a", "1");
	begin(test, &t);
	KUNIT_EXPECT_EQ(test, read_number(t, "a"), 1);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "b", "", "2"), 0);
	fake_set(fake, "a", "2");
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), -EAGAIN);
	KUNIT_EXPECT_NULL(test, fake_get(fake, "b"));

	begin(test, &t);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "a", "", "5"), 0);
	fake_set(fake, "a", "6");
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), -EAGAIN);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "a"), "6");

	/* That it was not there counts, too */
	begin(test, &t);
	KUNIT_EXPECT_EQ(test, read_number(t, "c"), -ENOENT);
	fake_set(fake, "c", "1");
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), -EAGAIN);
	begin(test, &t);
	KUNIT_EXPECT_EQ(test, read_number(t, "c"), 1);
	fake_remove(fake, "c");
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), -EAGAIN);

	/* What others do elsewhere does not */
	begin(test, &t);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "a", "", "7"), 0);
	fake_set(fake, "d/e", "1");
	fake_set(fake, "a/below", "1");
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), -EAGAIN);
	begin(test, &t);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "a", "", "7"), 0);
	fake_set(fake, "d/f", "1");
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), 0);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "a/below"), "1");
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
}

/* A directory is changed by who makes or removes nodes in it */
static void directories(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;
	unsigned int num;
	char **names;

	fake_set(fake, "d/a", "1");
	begin(test, &t);
	names = xenbus_directory(t, "d", "", &num);
	KUNIT_ASSERT_FALSE(test, IS_ERR(names));
	KUNIT_EXPECT_EQ(test, num, 1);
	kfree(names);
	fake_set(fake, "d/b", "1");
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), -EAGAIN);

	begin(test, &t);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "d/x/y", "z", "1"), 0);
	KUNIT_EXPECT_EQ(test, xenbus_rm(t, "d", "a"), 0);
	names = xenbus_directory(t, "d", "", &num);
	KUNIT_ASSERT_FALSE(test, IS_ERR(names));
	KUNIT_EXPECT_EQ(test, num, 2);
	kfree(names);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), 0);
	KUNIT_EXPECT_NULL(test, fake_get(fake, "d/a"));
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "d/x/y/z"), "1");

	/* Two that make different nodes in it cannot both be right */
	begin(test, &t);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "d", "m", "1"), 0);
	fake_set(fake, "d/n", "1");
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), -EAGAIN);
}

static void permissions(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;

	fake_set(fake, "/vm/secret/key", "1");
	fake_set(fake, "/vm/public", "2");
	fake_set(fake, "own", "3");
	fake_perms(fake, "/vm", "n0");
	fake_perms(fake, "/vm/public", "r0");
	fake_perms(fake, "own", "n5");
	KUNIT_EXPECT_EQ(test, read_number(XBT_NIL, "/vm/secret/key"), -EACCES);
	KUNIT_EXPECT_EQ(test, read_number(XBT_NIL, "/vm/none"), -EACCES);
	KUNIT_EXPECT_EQ(test, read_number(XBT_NIL, "/vm/public"), 2);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "/vm/public", "", "9"),
			-EACCES);
	KUNIT_EXPECT_EQ(test, xenbus_rm(XBT_NIL, "/vm/public", ""), -EACCES);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "own", "", "4"), 0);
	begin(test, &t);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "/vm/public", "", "9"), -EACCES);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), 0);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "/vm/public"), "2");
}

static unsigned int fired;
static char last_path[64];

static void note_event(struct xenbus_watch *watch, const char *path,
		       const char *token)
{
	strscpy(last_path, path);
	WRITE_ONCE(fired, fired + 1);
}

/* One node by two names; and a transaction is seen at its end */
static void watches(struct kunit *test)
{
	struct xenbus_watch relative = { .node = "w", .callback = note_event };
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;

	fired = 0;
	KUNIT_ASSERT_EQ(test, register_xenbus_watch(&relative), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(fired) == 1));
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, FAKE_HOME "w", "a", "1"), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(fired) == 2));
	KUNIT_EXPECT_STREQ(test, last_path, "w/a");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "w/a"), "1");

	begin(test, &t);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "w", "a", "2"), 0);
	KUNIT_EXPECT_EQ(test, read_number(XBT_NIL, "w/a"), 1);
	KUNIT_EXPECT_EQ(test, fired, 2);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(fired) == 3));
	unregister_xenbus_watch(&relative);
}

/* Who watches a node hears of it when something above is removed; its end only. */
static void removed_above(struct kunit *test)
{
	struct xenbus_watch inner = { .node = FAKE_HOME "w/a",
				      .callback = note_event };
	struct xenbus_watch other = { .node = "w/none",
				      .callback = note_event };
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;
	unsigned int i;

	fired = 0;
	KUNIT_ASSERT_EQ(test, register_xenbus_watch(&inner), 0);
	KUNIT_ASSERT_EQ(test, register_xenbus_watch(&other), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(fired) == 2));
	for (i = 0; i < 2; i++) {
		fake_set(fake, "w/a/b", "1");
		fired = 0;
		begin(test, &t);
		KUNIT_EXPECT_EQ(test, xenbus_rm(i ? t : XBT_NIL, "w", ""), 0);
		if (i)
			KUNIT_EXPECT_EQ(test, READ_ONCE(fired), 0);
		KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), 0);
		KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(fired)));
		KUNIT_EXPECT_NULL(test, fake_get(fake, "w/a"));
	}
	KUNIT_EXPECT_TRUE(test, strstarts(last_path, FAKE_HOME "w/a"));
	unregister_xenbus_watch(&inner);
	unregister_xenbus_watch(&other);
}

static struct kunit_case tree_cases[] = {
	KUNIT_CASE(transaction_is_alone),
	KUNIT_CASE(conflicts),
	KUNIT_CASE(directories),
	KUNIT_CASE(permissions),
	KUNIT_CASE(watches),
	KUNIT_CASE(removed_above),
	{}
};

static struct kunit_suite tree_suite = {
	.name = "xen_fake_tree",
	.init = fake_store_init,
	.exit = fake_store_exit,
	.test_cases = tree_cases,
};

kunit_test_suite(tree_suite);
