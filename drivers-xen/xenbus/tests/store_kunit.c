// SPDX-License-Identifier: GPL-2.0
/*
 * The typed calls against a fake store that behaves.
 */
#include <kunit/test.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "fake_store.h"

static void expect_read(struct kunit *test, const char *dir, const char *node,
			const char *value)
{
	unsigned int len;
	char *got = xenbus_read(XBT_NIL, dir, node, &len);

	KUNIT_ASSERT_FALSE(test, IS_ERR(got));
	KUNIT_EXPECT_STREQ(test, got, value);
	KUNIT_EXPECT_EQ(test, len, strlen(value));
	kfree(got);
}

static void round_trips(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "a", "b", "one"), 0);
	expect_read(test, "a", "b", "one");
	expect_read(test, "a/b", "", "one");
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "a/b", "", ""), 0);
	expect_read(test, "a", "b", "");
	KUNIT_EXPECT_EQ(test, xenbus_mkdir(XBT_NIL, "a", "dir"), 0);
	KUNIT_EXPECT_EQ(test, xenbus_exists(XBT_NIL, "a", "dir"), 1);
	KUNIT_EXPECT_EQ(test, xenbus_rm(XBT_NIL, "a", "dir"), 0);
	KUNIT_EXPECT_EQ(test, xenbus_exists(XBT_NIL, "a", "dir"), 0);
	KUNIT_EXPECT_EQ(test, xenbus_rm(XBT_NIL, "a", "dir"), -ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(xenbus_read(XBT_NIL, "no", "", NULL)),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, fake->types[XS_MKDIR], 1);
}

static void directory(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int num;
	char **names;

	fake_set(fake, "d/one/deep", "");
	fake_set(fake, "d/two", "");
	names = xenbus_directory(XBT_NIL, "d", "", &num);
	KUNIT_ASSERT_FALSE(test, IS_ERR(names));
	KUNIT_ASSERT_EQ(test, num, 2);
	KUNIT_EXPECT_STREQ(test, names[0], "one");
	KUNIT_EXPECT_STREQ(test, names[1], "two");
	kfree(names);
	names = xenbus_directory(XBT_NIL, "d", "two", &num);
	KUNIT_ASSERT_FALSE(test, IS_ERR(names));
	KUNIT_EXPECT_EQ(test, num, 0);
	kfree(names);
	names = xenbus_directory(XBT_NIL, "none", "", &num);
	KUNIT_EXPECT_EQ(test, PTR_ERR(names), -ENOENT);
}

/* A list of 3 names in parts; @arg requests from now the list changes. */
static bool in_parts(struct fake_store *fake)
{
	static const char list[] = "aa\0bbb\0c\0";
	unsigned int offset, len;
	char part[32];

	if (fake->hdr.type == XS_DIRECTORY) {
		fake_error(fake, "E2BIG");
		return true;
	}
	if (fake->hdr.type != XS_DIRECTORY_PART)
		return false;
	if (kstrtouint(fake->body + strlen(fake->body) + 1, 10, &offset) ||
	    offset >= sizeof(list) - 1) {
		fake_error(fake, "EINVAL");
		return true;
	}
	len = snprintf(part, sizeof(part), "%u", fake->arg ? 1 : 2) + 1;
	if (fake->arg)
		fake->arg--;
	memcpy(part + len, list + offset, strlen(list + offset) + 1);
	len += strlen(list + offset) + 1;
	if (list[offset] == 'c')
		part[len++] = '\0';
	fake_send(fake, XS_DIRECTORY_PART, fake->hdr.req_id, part, len);
	return true;
}

static void directory_in_parts(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int num, changes;
	char **names;

	fake->hook = in_parts;
	for (changes = 0; changes < 3; changes++) {
		fake->arg = changes;
		names = xenbus_directory(XBT_NIL, "d", "", &num);
		KUNIT_ASSERT_FALSE(test, IS_ERR(names));
		KUNIT_ASSERT_EQ(test, num, 3);
		KUNIT_EXPECT_STREQ(test, names[0], "aa");
		KUNIT_EXPECT_STREQ(test, names[2], "c");
		kfree(names);
	}
}

/* The largest message, through a ring a quarter of its size. */
static void big_payload(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	size_t size = XENSTORE_PAYLOAD_MAX - sizeof("big");
	char *value = kunit_kzalloc(test, size + 2, GFP_KERNEL);
	unsigned int chunks[] = { XENSTORE_RING_SIZE, 1000, 129, 16 };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, value);
	for (i = 0; i < size; i++)
		value[i] = 'a' + i % 23;
	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		fake->chunk = chunks[i];
		value[0] = 'A' + i;
		KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "big", "", value),
				0);
		expect_read(test, "big", "", value);
	}
	value[size] = 'x';
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "big", "", value), -E2BIG);
}

static int add_one(void)
{
	struct xenbus_transaction t;
	int err, end, old;

	err = xenbus_transaction_start(&t);
	if (err)
		return err;
	err = xenbus_scanf(t, "counter", "", "%d", &old);
	if (err == 1)
		err = xenbus_printf(t, "counter", "", "%d", old + 1);
	end = xenbus_transaction_end(t, err != 0);
	return err ? err : end;
}

static void transactions(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;

	fake_set(fake, "counter", "1");
	fake->conflicts = 2;
	KUNIT_EXPECT_EQ(test, add_one(), -EAGAIN);
	KUNIT_EXPECT_EQ(test, add_one(), -EAGAIN);
	KUNIT_EXPECT_EQ(test, add_one(), 0);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_start(&t), 0);
	KUNIT_EXPECT_EQ(test, t.id, fake->next_tx);
	KUNIT_EXPECT_EQ(test, fake->store.users, 1);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 1), 0);
	KUNIT_EXPECT_EQ(test, fake->aborted, 1);
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
}

/* Nobody sees it before its end; two that meet have to begin again. */
static void isolation(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_transaction t;
	int val = 0;

	fake_set(fake, "counter", "1");
	KUNIT_EXPECT_EQ(test, xenbus_transaction_start(&t), 0);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "counter", "", "2"), 0);
	KUNIT_EXPECT_EQ(test, xenbus_scanf(t, "counter", "", "%d", &val), 1);
	KUNIT_EXPECT_EQ(test, val, 2);
	KUNIT_EXPECT_EQ(test, xenbus_scanf(XBT_NIL, "counter", "", "%d", &val),
			1);
	KUNIT_EXPECT_EQ(test, val, 1);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), 0);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "counter"), "2");

	KUNIT_EXPECT_EQ(test, xenbus_transaction_start(&t), 0);
	KUNIT_EXPECT_EQ(test, xenbus_rm(t, "counter", ""), 0);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 1), 0);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "counter"), "2");
	/* It has ended. */
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "counter", "", "3"), -ENOENT);

	KUNIT_EXPECT_EQ(test, xenbus_transaction_start(&t), 0);
	KUNIT_EXPECT_EQ(test, xenbus_write(t, "counter", "", "4"), 0);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "counter", "", "5"), 0);
	KUNIT_EXPECT_EQ(test, xenbus_transaction_end(t, 0), -EAGAIN);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "counter"), "5");
}

static bool fail_by_name(struct fake_store *fake)
{
	if (fake->hdr.type != XS_READ)
		return false;
	fake_error(fake, fake->body);
	return true;
}

static void errors(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	const char *name;
	unsigned int i;

	fake->hook = fail_by_name;
	for (i = 0; i < ARRAY_SIZE(xsd_errors); i++) {
		name = xsd_errors[i].errstring;
		KUNIT_EXPECT_EQ(test, PTR_ERR(xenbus_read(XBT_NIL, name, "",
							  NULL)),
				-xsd_errors[i].errnum);
	}
	KUNIT_EXPECT_EQ(test, PTR_ERR(xenbus_read(XBT_NIL, "EPERM", "", NULL)),
			-EPERM);
	KUNIT_EXPECT_EQ(test, PTR_ERR(xenbus_read(XBT_NIL, "EWHAT", "", NULL)),
			-EINVAL);
	KUNIT_EXPECT_STREQ(test, xs_errno_to_error(-EAGAIN), "EAGAIN");
	KUNIT_EXPECT_STREQ(test, xs_errno_to_error(-ENODEV), "EINVAL");
}

static void scanf_and_printf(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int a = 0, b = 0;

	KUNIT_EXPECT_EQ(test, xenbus_printf(XBT_NIL, "n", "v", "%u:%x", 5, 255),
			0);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "n/v"), "5:ff");
	KUNIT_EXPECT_EQ(test, xenbus_scanf(XBT_NIL, "n", "v", "%u:%x", &a, &b),
			2);
	KUNIT_EXPECT_EQ(test, a, 5);
	KUNIT_EXPECT_EQ(test, b, 255);
	fake_set(fake, "n/v", "word");
	KUNIT_EXPECT_EQ(test, xenbus_scanf(XBT_NIL, "n", "v", "%u", &a),
			-ERANGE);
	fake_set(fake, "n/v", "");
	KUNIT_EXPECT_EQ(test, xenbus_scanf(XBT_NIL, "n", "v", "%u", &a),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, xenbus_scanf(XBT_NIL, "n", "none", "%u", &a),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, xenbus_read_unsigned("n", "v", 7), 7);
	KUNIT_EXPECT_EQ(test, xenbus_read_unsigned("n", "none", 8), 8);
	fake_set(fake, "n/v", "9");
	KUNIT_EXPECT_EQ(test, xenbus_read_unsigned("n", "v", 7), 9);
}

static void gather(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int num = 0;
	char *string = NULL;

	fake_set(fake, "g/num", "12");
	fake_set(fake, "g/string", "text");
	KUNIT_EXPECT_EQ(test, xenbus_gather(XBT_NIL, "g", "num", "%u", &num,
					    "string", NULL, &string, NULL), 0);
	KUNIT_EXPECT_EQ(test, num, 12);
	KUNIT_EXPECT_STREQ(test, string, "text");
	kfree(string);
	KUNIT_EXPECT_EQ(test, xenbus_gather(XBT_NIL, "g", "string", "%u", &num,
					    NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, xenbus_gather(XBT_NIL, "g", "none", "%u", &num,
					    NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, xenbus_gather(XBT_NIL, "g", NULL), 0);
}

static unsigned int num_inflight(struct xs_store *store)
{
	struct xs_request *req;
	unsigned int num = 0;
	unsigned long id;

	xa_for_each(&store->inflight, id, req)
		num++;
	return num;
}

/* Keeps the first answer back until all have been asked for. */
static bool wait_for_three(struct fake_store *fake)
{
	if (!fake->arg++)
		fake->aborted = FAKE_WAIT(num_inflight(&fake->store) == 3);
	return false;
}

static void gather_asks_at_once(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int a = 0, b = 0, c = 0;

	fake_set(fake, "g/a", "1");
	fake_set(fake, "g/b", "2");
	fake_set(fake, "g/c", "3");
	fake->hook = wait_for_three;
	KUNIT_EXPECT_EQ(test, xenbus_gather(XBT_NIL, "g", "a", "%u", &a,
					    "b", "%u", &b, "c", "%u", &c, NULL),
			0);
	KUNIT_EXPECT_EQ(test, fake->aborted, 1);
	KUNIT_EXPECT_EQ(test, a, 1);
	KUNIT_EXPECT_EQ(test, b, 2);
	KUNIT_EXPECT_EQ(test, c, 3);
	KUNIT_EXPECT_EQ(test, fake->received, 3);
}

/* What stands before it is stored, what comes behind is not, and nothing leaks. */
static void gather_stops_at_error(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	char *first = NULL, *last = NULL;
	unsigned int num = 7;

	fake_set(fake, "g/first", "one");
	fake_set(fake, "g/num", "");
	fake_set(fake, "g/last", "two");
	KUNIT_EXPECT_EQ(test, xenbus_gather(XBT_NIL, "g", "first", NULL, &first,
					    "none", "%u", &num,
					    "last", NULL, &last, NULL), -ENOENT);
	KUNIT_EXPECT_STREQ(test, first, "one");
	KUNIT_EXPECT_NULL(test, last);
	kfree(first);
	KUNIT_EXPECT_EQ(test, xenbus_gather(XBT_NIL, "g", "num", "%u", &num,
					    "last", NULL, &last, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, num, 7);
	KUNIT_EXPECT_NULL(test, last);
	KUNIT_EXPECT_TRUE(test, xa_empty(&fake->store.inflight));
}

/* More than are asked for at once */
static void gather_many(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int v[10] = { };
	unsigned int i;
	char path[8];

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		snprintf(path, sizeof(path), "g/%u", i);
		fake_set(fake, path, path + 2);
	}
	KUNIT_EXPECT_EQ(test, xenbus_gather(XBT_NIL, "g", "0", "%u", &v[0],
					    "1", "%u", &v[1], "2", "%u", &v[2],
					    "3", "%u", &v[3], "4", "%u", &v[4],
					    "5", "%u", &v[5], "6", "%u", &v[6],
					    "7", "%u", &v[7], "8", "%u", &v[8],
					    "9", "%u", &v[9], NULL), 0);
	for (i = 0; i < ARRAY_SIZE(v); i++)
		KUNIT_EXPECT_EQ(test, v[i], i);
}

static struct kunit_case store_cases[] = {
	KUNIT_CASE(round_trips),
	KUNIT_CASE(directory),
	KUNIT_CASE(directory_in_parts),
	KUNIT_CASE(big_payload),
	KUNIT_CASE(transactions),
	KUNIT_CASE(isolation),
	KUNIT_CASE(errors),
	KUNIT_CASE(scanf_and_printf),
	KUNIT_CASE(gather),
	KUNIT_CASE(gather_asks_at_once),
	KUNIT_CASE(gather_stops_at_error),
	KUNIT_CASE(gather_many),
	{}
};

static struct kunit_suite store_suite = {
	.name = "xen_xenbus_store",
	.init = fake_store_init,
	.exit = fake_store_exit,
	.test_cases = store_cases,
};

kunit_test_suite(store_suite);
