// SPDX-License-Identifier: GPL-2.0
/*
 * Devices: which of them there are, from nodes and from what a watch reports. No
 * driver takes them here.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include "fake_bus.h"

static int scan_init(struct kunit *test)
{
	return fake_bus_init(test, &fake_front_bus);
}

static void scan_exit(struct kunit *test)
{
	fake_bus_exit(test, &fake_front_bus);
}

static bool has_device(const char *name)
{
	return fake_bus_has(&fake_front_bus, name);
}

static int bus_id(const char *node, char *id, size_t size)
{
	return xenbus_bus_id(&fake_front_bus, node, id, size);
}

static void bus_ids(struct kunit *test)
{
	static const char * const bad[] = {
		"device", "device/", "device/vbd", "device/vbd/", "device//1",
		"device/vbd/1/2", "devices/vbd/1", "other/vbd/1", "",
	};
	unsigned int i;
	char id[16];

	KUNIT_EXPECT_EQ(test, bus_id("device/vbd/51712", id, sizeof(id)), 0);
	KUNIT_EXPECT_STREQ(test, id, "vbd-51712");
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, bus_id(bad[i], id, sizeof(id)),
				    -EINVAL, "%s", bad[i]);
	KUNIT_EXPECT_EQ(test, bus_id("device/vbd/0123456789abcdef", id,
				     sizeof(id)), -EINVAL);
}

static void scanning(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_add_thing(fake, "device/thing/0", "2");
	fake_add_thing(fake, "device/other/7", "2");
	fake_set(fake, "device/thing/1/state", "4");
	fake_set(fake, "device/thing/2", "");
	fake_bus_scan(&fake_front_bus);
	fake_bus_scan(&fake_front_bus);
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 2);
	KUNIT_EXPECT_TRUE(test, has_device("thing-0"));
	KUNIT_EXPECT_TRUE(test, has_device("other-7"));
	fake_remove(fake, "device/thing/0");
	/* Not below this directory. */
	xenbus_scan(&fake_front_bus, "device/other", 1);
	KUNIT_EXPECT_TRUE(test, has_device("thing-0"));
	xenbus_scan(&fake_front_bus, "device/thing", 1);
	KUNIT_EXPECT_FALSE(test, has_device("thing-0"));
}

static void number_thing(char *node, size_t size, unsigned int i)
{
	snprintf(node, size, "device/thing/%u", i);
}

/* Some go and some come, in one scan; those that stay are not asked about. */
static void come_and_go(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int i, before;
	char node[32];

	for (i = 0; i < 90; i++) {
		number_thing(node, sizeof(node), i);
		fake_add_thing(fake, node, "2");
	}
	/* Its name begins as that of another, which goes. */
	fake_add_thing(fake, "device/thing/300", "2");
	fake_bus_scan(&fake_front_bus);
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 91);
	for (i = 0; i < 120; i++) {
		number_thing(node, sizeof(node), i);
		if (i >= 90)
			fake_add_thing(fake, node, "2");
		else if (i % 3 == 0)
			fake_remove(fake, node);
	}
	before = fake->types[XS_READ];
	fake_bus_scan(&fake_front_bus);
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 91);
	for (i = 0; i < 120; i++) {
		number_thing(node, sizeof(node), i);
		strreplace(node, '/', '-');
		KUNIT_EXPECT_EQ_MSG(test, has_device(node + strlen("device-")),
				    i >= 90 || i % 3, "%s", node);
	}
	KUNIT_EXPECT_TRUE(test, has_device("thing-300"));
	/* Whether it is gone, for 30; the states of 30 others */
	KUNIT_EXPECT_EQ(test, fake->types[XS_READ] - before, 60);
}

/* The same events several times over, at all levels. */
static void root_events(struct kunit *test)
{
	static const char * const paths[] = {
		"device/thing/0/state", "device/thing/0", "device/thing",
		"device", "device/thing/0/state", "device/thing/0/a/b/c",
		"device/thing/", "device//", "", "/", "device/thing/9/x",
	};
	struct fake_store *fake = test->priv;
	unsigned int i, round;

	for (round = 0; round < 2; round++) {
		fake_add_thing(fake, "device/thing/0", "2");
		for (i = 0; i < ARRAY_SIZE(paths); i++) {
			xenbus_root_changed(&fake_front_bus.watch, paths[i],
					    "");
			KUNIT_EXPECT_EQ_MSG(test, fake_bus_count(&fake_front_bus), 1, "%s",
					    paths[i]);
		}
		fake_remove(fake, "device/thing/0");
		for (i = 0; i < ARRAY_SIZE(paths); i++) {
			xenbus_root_changed(&fake_front_bus.watch, paths[i],
					    "");
			KUNIT_EXPECT_EQ_MSG(test, fake_bus_count(&fake_front_bus), 0, "%s",
					    paths[i]);
		}
	}
}

/* Does not answer what the value of a node is, and with @arg what is below it. */
static bool refuse_reads(struct fake_store *fake)
{
	if (fake->hdr.type != XS_READ &&
	    (fake->hdr.type != XS_DIRECTORY || !fake->arg))
		return false;
	fake_error(fake, "ENOMEM");
	return true;
}

/* A store with a problem is no reason to unplug everything. */
static void error_is_not_gone(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_add_thing(fake, "device/thing/0", "2");
	fake_bus_scan(&fake_front_bus);
	fake->hook = refuse_reads;
	xenbus_root_changed(&fake_front_bus.watch, "device/thing/0", "");
	fake_bus_scan(&fake_front_bus);
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 1);
	/* Nor lists */
	fake->arg = 1;
	fake_bus_scan(&fake_front_bus);
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 1);
	fake->hook = NULL;
}

static struct kunit_case scan_cases[] = {
	KUNIT_CASE(bus_ids),
	KUNIT_CASE(scanning),
	KUNIT_CASE(come_and_go),
	KUNIT_CASE(root_events),
	KUNIT_CASE(error_is_not_gone),
	{}
};

static struct kunit_suite scan_suite = {
	.name = "xen_xenbus_scan",
	.init = scan_init,
	.exit = scan_exit,
	.test_cases = scan_cases,
};

kunit_test_suite(scan_suite);
