// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of keys against a store in a thread.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/limits.h>
#include <linux/string.h>
#include "../../xenbus/tests/fake_store.h"
#include "../keys.h"

#define OWN	"device/thing/0"
#define OTHER	"/local/domain/0/backend/thing/1/0"

struct thing {
	u8 tiny;
	u16 small;
	u32 number;
	u64 big;
	bool flag;
	char text[8];
	unsigned int mode;
};

static const char * const modes[] = { "r", "w", "rw" };

static const struct xen_key keys[] = {
	XEN_KEY_UINT(struct thing, tiny, "tiny", 1, 4, .fallback = 2),
	XEN_KEY_UINT(struct thing, small, "small", 0, U16_MAX),
	XEN_KEY_UINT(struct thing, number, "number", 16, 1000,
		     .flags = XEN_KEY_CLAMP, .fallback = 64),
	XEN_KEY_UINT(struct thing, big, "big", 1, U64_MAX,
		     .flags = XEN_KEY_REQUIRED),
	XEN_KEY_BOOL(struct thing, flag, "flag"),
	XEN_KEY_TEXT(struct thing, text, "text"),
	XEN_KEY_CHOICE(struct thing, mode, "mode", modes, .fallback = 1),
};

static struct xenbus_device xdev;

static void no_release(struct device *dev)
{
}

static int keys_init(struct kunit *test)
{
	int err = fake_store_init(test);

	if (err)
		return err;
	memset(&xdev, 0, sizeof(xdev));
	xdev.nodename = OWN;
	xdev.otherend = OTHER;
	xdev.state = XenbusStateInitialising;
	xdev.dev.release = no_release;
	xdev.dev.init_name = "thing-0";
	device_initialize(&xdev.dev);
	fake_set(test->priv, OWN "/state", "1");
	fake_set(test->priv, OTHER "/big", "1");
	return 0;
}

static void keys_exit(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	if (!fake)
		return;
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
	put_device(&xdev.dev);
	fake_store_exit(test);
}

static void put(struct kunit *test, const char *name, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), OTHER "/%s", name);
	fake_set(test->priv, path, value);
}

static int read_keys(struct thing *thing)
{
	memset(thing, 0xee, sizeof(*thing));
	xdev.state = XenbusStateInitialising;
	return xen_keys_read(&xdev, OTHER, keys, ARRAY_SIZE(keys), thing);
}

static void fallbacks(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int before = fake->received;
	struct thing thing;

	KUNIT_EXPECT_EQ(test, read_keys(&thing), 0);
	KUNIT_EXPECT_EQ(test, thing.tiny, 2);
	KUNIT_EXPECT_EQ(test, thing.small, 0);
	KUNIT_EXPECT_EQ(test, thing.number, 64);
	KUNIT_EXPECT_EQ(test, thing.big, 1);
	KUNIT_EXPECT_FALSE(test, thing.flag);
	KUNIT_EXPECT_STREQ(test, thing.text, "");
	KUNIT_EXPECT_EQ(test, thing.mode, 1);
	/* A list, and the only key that is there */
	KUNIT_EXPECT_EQ(test, fake->received - before, 2);
}

static void all_there(struct kunit *test)
{
	struct thing thing;

	put(test, "tiny", "4");
	put(test, "small", "65535");
	put(test, "number", "0017");
	put(test, "big", "18446744073709551615");
	put(test, "flag", "1");
	put(test, "text", "seven c");
	put(test, "mode", "rw");
	KUNIT_EXPECT_EQ(test, read_keys(&thing), 0);
	KUNIT_EXPECT_EQ(test, thing.tiny, 4);
	KUNIT_EXPECT_EQ(test, thing.small, U16_MAX);
	KUNIT_EXPECT_EQ(test, thing.number, 17);
	KUNIT_EXPECT_EQ(test, thing.big, U64_MAX);
	KUNIT_EXPECT_TRUE(test, thing.flag);
	KUNIT_EXPECT_STREQ(test, thing.text, "seven c");
	KUNIT_EXPECT_EQ(test, thing.mode, 2);
	KUNIT_EXPECT_EQ(test, xdev.state, XenbusStateInitialising);
}

/* NULL is good; otherwise the end of what the tool stack is told. */
static const struct {
	const char *name;
	const char *value;
	const char *wrong;
} values[] = {
	{ "tiny", "1", NULL },
	{ "tiny", "0", "tiny is out of range" },
	{ "tiny", "5", "tiny is out of range" },
	{ "tiny", "257", "tiny is out of range" },
	{ "tiny", "", "tiny is not a number" },
	{ "tiny", " 2", "tiny is not a number" },
	{ "tiny", "2 ", "tiny is not a number" },
	{ "tiny", "2\n", "tiny is not a number" },
	{ "tiny", "+2", "tiny is not a number" },
	{ "tiny", "-1", "tiny is not a number" },
	{ "tiny", "0x2", "tiny is not a number" },
	{ "tiny", "two", "tiny is not a number" },
	{ "small", "65536", "small is out of range" },
	{ "number", "0", NULL },
	{ "number", "4294967296", NULL },
	{ "number", "99999999999999999999999999", NULL },
	{ "number", "-1", "number is not a number" },
	{ "big", "0", "big is out of range" },
	{ "big", "18446744073709551616", "big is out of range" },
	{ "flag", "0", NULL },
	{ "flag", "2", NULL },
	{ "flag", "18446744073709551616", NULL },
	{ "flag", "yes", "flag is not a number" },
	{ "text", "eight ch", "text is too long" },
	{ "text", "", NULL },
	{ "mode", "r", NULL },
	{ "mode", "rwx", "mode is none of the words known" },
	{ "mode", "", "mode is none of the words known" },
	{ "mode", "R", "mode is none of the words known" },
};

static void good_and_bad(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct thing thing;
	unsigned int i;
	char want[128];
	int err;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		fake_remove(fake, "error");
		fake_remove(fake, OTHER);
		fake_set(fake, OTHER "/big", "1");
		put(test, values[i].name, values[i].value);
		err = read_keys(&thing);
		KUNIT_EXPECT_EQ_MSG(test, err, values[i].wrong ? -EINVAL : 0,
				    "%s = \"%s\"", values[i].name,
				    values[i].value);
		if (!values[i].wrong) {
			KUNIT_EXPECT_EQ(test, xdev.state,
					XenbusStateInitialising);
			continue;
		}
		snprintf(want, sizeof(want), "22 " OTHER "/%s",
			 values[i].wrong);
		KUNIT_EXPECT_STREQ(test, fake_get(fake, "error/" OWN "/error"),
				   want);
		KUNIT_EXPECT_EQ(test, xdev.state, XenbusStateClosing);
	}
}

static void limits(struct kunit *test)
{
	struct thing thing;

	put(test, "number", "3");
	KUNIT_EXPECT_EQ(test, read_keys(&thing), 0);
	KUNIT_EXPECT_EQ(test, thing.number, 16);
	put(test, "number", "99999999999999999999999999");
	KUNIT_EXPECT_EQ(test, read_keys(&thing), 0);
	KUNIT_EXPECT_EQ(test, thing.number, 1000);
	put(test, "flag", "7");
	KUNIT_EXPECT_EQ(test, read_keys(&thing), 0);
	KUNIT_EXPECT_EQ(test, thing.flag, true);
	/* Neighbours stay as they are. */
	KUNIT_EXPECT_EQ(test, thing.tiny, 2);
	KUNIT_EXPECT_EQ(test, thing.small, 0);
}

static void missing(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct thing thing;

	fake_remove(fake, OTHER "/big");
	KUNIT_EXPECT_EQ(test, read_keys(&thing), -ENOENT);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "error/" OWN "/error"),
			   "2 " OTHER "/big is missing");
	fake_remove(fake, OTHER);
	KUNIT_EXPECT_EQ(test, read_keys(&thing), -ENOENT);
	KUNIT_EXPECT_EQ(test, xdev.state, XenbusStateClosing);
}

static bool with_nul(struct fake_store *fake)
{
	static const char body[] = { '2', 0, '3' };

	if (fake->hdr.type != XS_READ || strcmp(fake->body, OTHER "/tiny"))
		return false;
	/* One with something behind the NUL, or one with nothing */
	fake_send(fake, XS_READ, fake->hdr.req_id, body, fake->arg);
	return true;
}

static void nul_inside(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct thing thing;

	put(test, "tiny", "1");
	fake->arg = 2;
	fake->hook = with_nul;
	KUNIT_EXPECT_EQ(test, read_keys(&thing), 0);
	KUNIT_EXPECT_EQ(test, thing.tiny, 2);
	fake->arg = 3;
	KUNIT_EXPECT_EQ(test, read_keys(&thing), -EINVAL);
	fake->hook = NULL;
}

static bool no_list(struct fake_store *fake)
{
	if (fake->hdr.type != XS_DIRECTORY)
		return false;
	fake_error(fake, "E2BIG");
	return true;
}

/* A directory with more names than fit into an answer */
static void no_directory(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct thing thing;

	put(test, "tiny", "3");
	fake->hook = no_list;
	KUNIT_EXPECT_EQ(test, read_keys(&thing), 0);
	KUNIT_EXPECT_EQ(test, thing.tiny, 3);
	KUNIT_EXPECT_EQ(test, thing.number, 64);
	fake->hook = NULL;
}

static bool no_read(struct fake_store *fake)
{
	if (fake->hdr.type != XS_READ)
		return false;
	fake_error(fake, "EIO");
	return true;
}

static void store_fails(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct thing thing;

	fake->hook = no_read;
	KUNIT_EXPECT_EQ(test, read_keys(&thing), -EIO);
	fake->hook = NULL;
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "error/" OWN "/error"),
			   "5 reading " OTHER "/big");
}

static const struct xen_key written[] = {
	XEN_KEY_UINT(struct thing, tiny, "tiny", 0, U8_MAX),
	XEN_KEY_UINT(struct thing, small, "small", 0, U16_MAX),
	XEN_KEY_UINT(struct thing, big, "big", 0, U64_MAX,
		     .flags = XEN_KEY_OMIT),
	XEN_KEY_BOOL(struct thing, flag, "flag"),
	XEN_KEY_CHOICE(struct thing, mode, "mode", modes),
};

static const struct xen_key written_below[] = {
	XEN_KEY_UINT(struct thing, number, "number", 0, 100),
	XEN_KEY_TEXT(struct thing, text, "text", .flags = XEN_KEY_OMIT),
};

static int write_keys(const struct thing *thing)
{
	const struct xen_key_set sets[] = {
		{ NULL, written, ARRAY_SIZE(written), thing },
		{ "queue-1", written_below, ARRAY_SIZE(written_below), thing },
	};

	xdev.state = XenbusStateInitialising;
	return xen_keys_write(&xdev, sets, ARRAY_SIZE(sets));
}

static void writing(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct thing thing = {
		.tiny = U8_MAX, .small = U16_MAX, .big = U64_MAX, .flag = true,
		.number = 99, .text = "hello", .mode = 2,
	};

	fake->conflicts = 3;
	KUNIT_EXPECT_EQ(test, write_keys(&thing), 0);
	KUNIT_EXPECT_EQ(test, fake->conflicts, 0);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, OWN "/tiny"), "255");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, OWN "/small"), "65535");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, OWN "/big"),
			   "18446744073709551615");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, OWN "/flag"), "1");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, OWN "/mode"), "rw");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, OWN "/queue-1/number"), "99");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, OWN "/queue-1/text"), "hello");
	KUNIT_EXPECT_EQ(test, xdev.state, XenbusStateInitialising);
	/* What is left out goes, whether it was there or not. */
	thing = (struct thing) { };
	KUNIT_EXPECT_EQ(test, write_keys(&thing), 0);
	KUNIT_EXPECT_EQ(test, write_keys(&thing), 0);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, OWN "/tiny"), "0");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, OWN "/mode"), "r");
	KUNIT_EXPECT_NULL(test, fake_get(fake, OWN "/big"));
	KUNIT_EXPECT_NULL(test, fake_get(fake, OWN "/queue-1/text"));
}

static void write_out_of_range(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct thing thing = { .number = 101 };

	KUNIT_EXPECT_EQ(test, write_keys(&thing), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake->aborted, 1);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "error/" OWN "/error"),
			   "22 writing number below " OWN);
	thing = (struct thing) { .mode = ARRAY_SIZE(modes) };
	KUNIT_EXPECT_EQ(test, write_keys(&thing), -EINVAL);
	KUNIT_EXPECT_EQ(test, xdev.state, XenbusStateClosing);
}

/* Somebody may collide with us for ever, but we do not try for ever. */
static void endless_conflicts(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct thing thing = { };

	fake->conflicts = 100;
	KUNIT_EXPECT_EQ(test, write_keys(&thing), -EAGAIN);
	KUNIT_EXPECT_EQ(test, fake->conflicts, 0);
	KUNIT_EXPECT_EQ(test, xdev.state, XenbusStateClosing);
}

/* The request with this number fails, out of those of the one transaction. */
static bool fail_nth(struct fake_store *fake)
{
	if (fake->hdr.type == XS_TRANSACTION_END || !fake->arg || --fake->arg)
		return false;
	fake_error(fake, "ENOSPC");
	return true;
}

static void write_fails(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct thing thing = { .text = "x" };
	unsigned int n;
	int err;

	fake->hook = fail_nth;
	for (n = 1; n < 50; n++) {
		fake->arg = n;
		err = write_keys(&thing);
		if (!err)
			break;
		KUNIT_EXPECT_EQ(test, err, -ENOSPC);
		KUNIT_EXPECT_EQ(test, xdev.state, XenbusStateClosing);
		KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
	}
	fake->hook = NULL;
	/* Start of the transaction and seven keys */
	KUNIT_EXPECT_EQ(test, n, 9);
}

static struct kunit_case keys_cases[] = {
	KUNIT_CASE(fallbacks),
	KUNIT_CASE(all_there),
	KUNIT_CASE(good_and_bad),
	KUNIT_CASE(limits),
	KUNIT_CASE(missing),
	KUNIT_CASE(nul_inside),
	KUNIT_CASE(no_directory),
	KUNIT_CASE(store_fails),
	KUNIT_CASE(writing),
	KUNIT_CASE(write_out_of_range),
	KUNIT_CASE(endless_conflicts),
	KUNIT_CASE(write_fails),
	{}
};

static struct kunit_suite keys_suite = {
	.name = "xen_drvlib_keys",
	.init = keys_init,
	.exit = keys_exit,
	.test_cases = keys_cases,
};

kunit_test_suite(keys_suite);
