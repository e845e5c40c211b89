// SPDX-License-Identifier: GPL-2.0
/*
 * Devices: probe and remove, states, errors.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/string.h>
#include <xen/grant_table.h>
#include "fake_bus.h"

static struct {
	struct xenbus_device *xdev;
	int probes;
	int removes;
	int changes;
	enum xenbus_state last;
	int fail;
	struct fake_store *comes_back;
} seen;

static int thing_probe(struct xenbus_device *xdev,
		       const struct xenbus_device_id *id)
{
	seen.probes++;
	seen.xdev = xdev;
	return seen.fail;
}

static void thing_remove(struct xenbus_device *xdev)
{
	seen.removes++;
	if (seen.comes_back)
		fake_add_thing(seen.comes_back, "device/thing/0", "2");
}

static void thing_changed(struct xenbus_device *xdev, enum xenbus_state state)
{
	seen.last = state;
	WRITE_ONCE(seen.changes, seen.changes + 1);
}

static struct xenbus_driver thing_driver;

static int device_init(struct kunit *test)
{
	memset(&seen, 0, sizeof(seen));
	thing_driver = (struct xenbus_driver) {
		.ids = fake_things,
		.probe = thing_probe,
		.remove = thing_remove,
		.otherend_changed = thing_changed,
		.read_otherend_details = fake_read_backend,
	};
	return fake_bus_init(test, &fake_front_bus);
}

static void device_exit(struct kunit *test)
{
	fake_bus_exit(test, &fake_front_bus);
}

static int register_thing(void)
{
	return fake_bus_register(&fake_front_bus, &thing_driver);
}

static void life(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	KUNIT_ASSERT_EQ(test, register_thing(), 0);
	KUNIT_ASSERT_EQ(test, register_xenbus_watch(&fake_front_bus.watch), 0);
	fake_add_thing(fake, "device/thing/0", "2");
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "device/thing/0", "state",
					   "1"), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(seen.changes) == 1));
	KUNIT_EXPECT_EQ(test, seen.last, XenbusStateInitWait);
	KUNIT_EXPECT_STREQ(test, seen.xdev->otherend, FAKE_BACK);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, FAKE_BACK, "state", "5"), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(seen.changes) == 2));
	KUNIT_EXPECT_EQ(test, seen.last, XenbusStateClosing);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 2);
	KUNIT_EXPECT_EQ(test, xenbus_rm(XBT_NIL, "device/thing/0", ""), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(fake_bus_count(&fake_front_bus) == 0));
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(fake_num_watches(fake) == 1));
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(seen.removes) == 1));
	unregister_xenbus_watch(&fake_front_bus.watch);
	xenbus_unregister_driver(&thing_driver);
	KUNIT_EXPECT_EQ(test, seen.probes, 1);
}

/* Drivers come and go while devices do. */
static void unbind(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, register_xenbus_watch(&fake_front_bus.watch), 0);
	for (i = 1; i <= 20; i++) {
		fake_add_thing(fake, "device/thing/0", "2");
		KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "device/thing/0",
						   "state", "1"), 0);
		thing_driver.allow_rebind = i & 1;
		KUNIT_ASSERT_EQ(test, register_thing(), 0);
		KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, FAKE_BACK, "state", "4"),
				0);
		if (i & 2)
			KUNIT_EXPECT_EQ(test, xenbus_rm(XBT_NIL,
							"device/thing/0", ""),
					0);
		xenbus_unregister_driver(&thing_driver);
		KUNIT_EXPECT_EQ(test, seen.probes, seen.removes);
		xenbus_rm(XBT_NIL, "device/thing/0", "");
		KUNIT_EXPECT_TRUE(test, FAKE_WAIT(fake_bus_count(&fake_front_bus) == 0));
	}
	KUNIT_EXPECT_GT(test, seen.probes, 0);
	unregister_xenbus_watch(&fake_front_bus.watch);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 0);
}

static void closed_after_remove(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_add_thing(fake, "device/thing/0", "2");
	fake_bus_scan(&fake_front_bus);
	KUNIT_ASSERT_EQ(test, register_thing(), 0);
	KUNIT_EXPECT_EQ(test, seen.probes, 1);
	xenbus_unregister_driver(&thing_driver);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "device/thing/0/state"), "6");
}

/* The toolstack makes it anew before the old one's end: that is another one's state. */
static void comes_back(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_add_thing(fake, "device/thing/0", "2");
	KUNIT_ASSERT_EQ(test, register_thing(), 0);
	fake_bus_scan(&fake_front_bus);
	fake_remove(fake, "device/thing/0");
	seen.comes_back = fake;
	xenbus_root_changed(&fake_front_bus.watch, "device/thing/0", "");
	seen.comes_back = NULL;
	KUNIT_EXPECT_EQ(test, seen.removes, 1);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "device/thing/0/state"), "1");
	xenbus_root_changed(&fake_front_bus.watch, "device/thing/0/state", "");
	KUNIT_EXPECT_EQ(test, seen.probes, 2);
	xenbus_unregister_driver(&thing_driver);
}

static void failed_probe(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_add_thing(fake, "device/thing/0", "2");
	fake_bus_scan(&fake_front_bus);
	seen.fail = -ENOSPC;
	KUNIT_ASSERT_EQ(test, register_thing(), 0);
	KUNIT_EXPECT_EQ(test, seen.probes, 1);
	KUNIT_EXPECT_NULL(test, seen.xdev->otherend);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 0);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "error/device/thing/0/error"),
			   "28 probing device/thing/0");
	xenbus_unregister_driver(&thing_driver);
	KUNIT_EXPECT_EQ(test, seen.removes, 0);
}

static void bad_otherend(struct kunit *test)
{
	static const char * const ids[] = { "", "x", "-1", "32752", "70000" };
	struct fake_store *fake = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, register_thing(), 0);
	for (i = 0; i < ARRAY_SIZE(ids) + 2; i++) {
		fake_add_thing(fake, "device/thing/0", "2");
		if (i < ARRAY_SIZE(ids))
			fake_set(fake, "device/thing/0/backend-id", ids[i]);
		else
			fake_set(fake, "device/thing/0/backend",
				 i & 1 ? "" : "/local/domain/0/backend/none");
		fake_bus_scan(&fake_front_bus);
		KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 1);
		KUNIT_EXPECT_STREQ(test, fake_get(fake, "device/thing/0/state"),
				   "5");
		fake_remove(fake, "device/thing/0");
		fake_bus_scan(&fake_front_bus);
	}
	xenbus_unregister_driver(&thing_driver);
	KUNIT_EXPECT_EQ(test, seen.probes, 0);
}

static void states(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xenbus_device *xdev;
	unsigned int before;

	fake_add_thing(fake, "device/thing/0", "2");
	fake_bus_scan(&fake_front_bus);
	KUNIT_ASSERT_EQ(test, register_thing(), 0);
	xdev = seen.xdev;
	KUNIT_EXPECT_EQ(test, xdev->state, XenbusStateInitialising);
	fake->conflicts = 1;
	xenbus_switch_state(xdev, XenbusStateConnected);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "device/thing/0/state"), "4");
	KUNIT_EXPECT_EQ(test, xdev->state, XenbusStateConnected);
	before = fake->received;
	xenbus_switch_state(xdev, XenbusStateConnected);
	KUNIT_EXPECT_EQ(test, fake->received, before);
	xenbus_dev_error(xdev, -EINVAL, "bad %s", "thing");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "error/device/thing/0/error"),
			   "22 bad thing");
	KUNIT_EXPECT_EQ(test, xdev->state, XenbusStateConnected);
	xenbus_dev_fatal(xdev, -EIO, "worse");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "device/thing/0/state"), "5");
	xenbus_frontend_closed(xdev);
	KUNIT_EXPECT_TRUE(test, completion_done(&xdev->down));
	/* A node that is gone is not made anew. */
	fake_remove(fake, "device/thing/0");
	xenbus_switch_state(xdev, XenbusStateInitialising);
	KUNIT_EXPECT_NULL(test, fake_get(fake, "device/thing/0/state"));
	/* Drivers count on being in the state, or they try for ever. */
	KUNIT_EXPECT_EQ(test, xdev->state, XenbusStateInitialising);
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
	xenbus_unregister_driver(&thing_driver);
}

static void state_values(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	KUNIT_EXPECT_STREQ(test, xenbus_strstate(XenbusStateUnknown),
			   "Unknown");
	KUNIT_EXPECT_STREQ(test, xenbus_strstate(XenbusStateReconfigured),
			   "Reconfigured");
	KUNIT_EXPECT_STREQ(test, xenbus_strstate(9), "INVALID");
	KUNIT_EXPECT_STREQ(test, xenbus_strstate(-1), "INVALID");
	fake_set(fake, "s/state", "3");
	KUNIT_EXPECT_EQ(test, xenbus_read_driver_state("s"),
			XenbusStateInitialised);
	fake_set(fake, "s/state", "9");
	KUNIT_EXPECT_EQ(test, xenbus_read_driver_state("s"),
			XenbusStateUnknown);
	fake_set(fake, "s/state", "4294967295");
	KUNIT_EXPECT_EQ(test, xenbus_read_driver_state("s"),
			XenbusStateUnknown);
	KUNIT_EXPECT_EQ(test, xenbus_read_driver_state("none"),
			XenbusStateUnknown);
}

/*
 * What it takes until a device is probed: one list for the bus and one for the type;
 * for each device its state, three nodes about its other end, a watch, and the other
 * end's state when the watch begins.
 */
static void few_requests(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int i, num = 4;
	char node[32];

	KUNIT_ASSERT_EQ(test, register_thing(), 0);
	for (i = 0; i < num; i++) {
		snprintf(node, sizeof(node), "device/thing/%u", i);
		fake_add_thing(fake, node, "2");
	}
	fake_bus_scan(&fake_front_bus);
	KUNIT_EXPECT_EQ(test, seen.probes, num);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(seen.changes) == num));
	KUNIT_EXPECT_EQ(test, fake->received, 2 + num * 6);
	KUNIT_EXPECT_EQ(test, fake->types[XS_DIRECTORY], 2);
	KUNIT_EXPECT_EQ(test, fake->types[XS_READ], num * 5);
	KUNIT_EXPECT_EQ(test, fake->types[XS_WATCH], num);
	xenbus_unregister_driver(&thing_driver);
}

static unsigned int looked_at;

/* Between the two: the former backends have let go, and nobody needs grants yet. */
static void look_at_deferred(void)
{
	struct kunit *test = kunit_get_current_test();
	struct fake_store *fake = test->priv;

	if (looked_at++)
		return;
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 0);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "device/thing/0/state"), "1");
}

/* Left behind by whoever was here before: only the first scan takes it. */
static void takes_over_once(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	KUNIT_ASSERT_EQ(test, register_thing(), 0);
	fake_add_thing(fake, "device/thing/0", "2");
	fake_set(fake, "device/thing/0/state", "4");
	fake_bus_scan(&fake_front_bus);
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 0);
	looked_at = 0;
	kunit_activate_static_stub(test, gnttab_look_at_deferred,
				   look_at_deferred);
	fake_front_bus.take_over_ms = 2000;
	fake_bus_scan(&fake_front_bus);
	fake_front_bus.take_over_ms = 0;
	KUNIT_EXPECT_EQ(test, looked_at, 1);
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 1);
	KUNIT_EXPECT_EQ(test, seen.probes, 1);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "device/thing/0/state"), "1");
	/* The toolstack has not made this one yet. */
	fake_set(fake, "device/thing/1/backend", FAKE_BACK);
	fake_front_bus.take_over_ms = 2000;
	fake_bus_scan(&fake_front_bus);
	fake_front_bus.take_over_ms = 0;
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 1);
	xenbus_unregister_driver(&thing_driver);
}

/* Backends that do not let go take their time together. */
static void takes_over_at_once(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned long begin;
	unsigned int i;
	char path[32];

	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "device/thing/%u", i);
		fake_add_thing(fake, path, "2");
		snprintf(path, sizeof(path), "device/thing/%u/state", i);
		fake_set(fake, path, "4");
	}
	fake_set(fake, FAKE_BACK "/state", "4");
	begin = jiffies;
	fake_front_bus.take_over_ms = 1000;
	fake_bus_scan(&fake_front_bus);
	fake_front_bus.take_over_ms = 0;
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 0);
	KUNIT_EXPECT_GE(test, jiffies_to_msecs(jiffies - begin), 1000);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - begin), 2000);
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "device/thing/%u/state", i);
		KUNIT_EXPECT_STREQ(test, fake_get(fake, path), "5");
	}
}

static struct kunit_case device_cases[] = {
	KUNIT_CASE(life),
	KUNIT_CASE(unbind),
	KUNIT_CASE(closed_after_remove),
	KUNIT_CASE(comes_back),
	KUNIT_CASE(failed_probe),
	KUNIT_CASE(bad_otherend),
	KUNIT_CASE(few_requests),
	KUNIT_CASE(takes_over_once),
	KUNIT_CASE(takes_over_at_once),
	KUNIT_CASE(states),
	KUNIT_CASE(state_values),
	{}
};

static struct kunit_suite device_suite = {
	.name = "xen_xenbus_device",
	.init = device_init,
	.exit = device_exit,
	.test_cases = device_cases,
};

kunit_test_suite(device_suite);
