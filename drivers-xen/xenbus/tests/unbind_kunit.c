// SPDX-License-Identifier: GPL-2.0
/*
 * A driver is taken from a device while it hears of the other end, and may unregister
 * the device because of that.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "fake_bus.h"

#define NODE	"device/thing/0"

/**
 * struct way - how the driver is taken away, and what it does meanwhile
 * @name: for the report
 * @all: from all devices, as it is unregistered
 * @unregisters: it unregisters the device
 */
struct way {
	const char *name;
	bool all;
	bool unregisters;
};

static const struct way ways[] = {
	{ "one, only runs", false, false },
	{ "one, unregisters", false, true },
	{ "all, only runs", true, false },
	{ "all, unregisters", true, true },
};

static void way_name(const struct way *way, char *name)
{
	strscpy(name, way->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(way, ways, way_name);

static struct {
	const struct way *way;
	struct xenbus_device *xdev;
	struct work_struct work;
	bool entered;
	bool leaving;
	bool left;
	bool removed_inside;
	int removes;
	int heard;
	bool done;
	/* remove() waits for something that is done in "xenwatch", and then was */
	bool waits;
	/* As well: for the other end to be gone */
	bool polls;
	bool removing;
	bool helped;
	bool second;
} seen;

static int thing_probe(struct xenbus_device *xdev,
		       const struct xenbus_device_id *id)
{
	seen.xdev = xdev;
	return 0;
}

static void thing_remove(struct xenbus_device *xdev)
{
	seen.removes++;
	if (READ_ONCE(seen.entered) && !READ_ONCE(seen.left))
		seen.removed_inside = true;
	if (seen.polls) {
		WRITE_ONCE(seen.removing, true);
		seen.helped = FAKE_WAIT(xenbus_read_driver_state(xdev->otherend) ==
					XenbusStateUnknown);
	}
	if (!seen.waits)
		return;
	WRITE_ONCE(seen.removing, true);
	queue_work(system_unbound_wq, &seen.work);
	FAKE_WAIT(READ_ONCE(seen.done));
	xenbus_write(XBT_NIL, FAKE_BACK, "state", "5");
	FAKE_WAIT(READ_ONCE(seen.helped));
}

/* Stays until the other one is on its way, and some more. */
static void thing_changed(struct xenbus_device *xdev, enum xenbus_state state)
{
	WRITE_ONCE(seen.heard, seen.heard + 1);
	if (state != XenbusStateClosing || seen.removes)
		return;
	WRITE_ONCE(seen.entered, true);
	FAKE_WAIT(READ_ONCE(seen.leaving));
	msleep(50);
	if (seen.way->unregisters)
		device_unregister(&xdev->dev);
	WRITE_ONCE(seen.left, true);
}

static struct xenbus_driver thing_driver;

static int unbind_init(struct kunit *test)
{
	int err = fake_bus_init(test, &fake_front_bus);

	if (err)
		return err;
	fake_add_thing(test->priv, NODE, "2");
	memset(&seen, 0, sizeof(seen));
	seen.way = test->param_value;
	thing_driver = (struct xenbus_driver) {
		.ids = fake_things,
		.probe = thing_probe,
		.remove = thing_remove,
		.otherend_changed = thing_changed,
		.read_otherend_details = fake_read_backend,
	};
	return fake_bus_register(&fake_front_bus, &thing_driver);
}

static void unbind_exit(struct kunit *test)
{
	if (test->priv && !seen.way->all)
		xenbus_unregister_driver(&thing_driver);
	fake_bus_exit(test, &fake_front_bus);
}

static void leave(struct work_struct *work)
{
	struct device *dev = get_device(&seen.xdev->dev);

	WRITE_ONCE(seen.leaving, true);
	if (seen.way->all)
		xenbus_unregister_driver(&thing_driver);
	else
		xenbus_unbind(dev, &thing_driver.driver);
	put_device(dev);
	WRITE_ONCE(seen.done, true);
}

static void while_it_hears(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_bus_scan(&fake_front_bus);
	KUNIT_ASSERT_NOT_NULL(test, seen.xdev);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, FAKE_BACK, "state", "5"), 0);
	KUNIT_ASSERT_TRUE(test, FAKE_WAIT(READ_ONCE(seen.entered)));
	INIT_WORK(&seen.work, leave);
	queue_work(system_unbound_wq, &seen.work);
	KUNIT_ASSERT_TRUE(test, FAKE_WAIT(READ_ONCE(seen.done)));
	flush_work(&seen.work);

	KUNIT_EXPECT_TRUE(test, seen.left);
	KUNIT_EXPECT_EQ(test, seen.removes, 1);
	/* What it is doing has what it needs, unless it has given it away. */
	KUNIT_EXPECT_EQ(test, seen.removed_inside, seen.way->unregisters);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 0);
}

static void helped(struct xenbus_watch *watch, const char *path,
		   const char *token)
{
	if (READ_ONCE(seen.removing))
		WRITE_ONCE(seen.helped, true);
}

static void leave_twice(struct work_struct *work)
{
	seen.second = xenbus_unbind(&seen.xdev->dev, &thing_driver.driver);
	WRITE_ONCE(seen.done, true);
}

/* Its backend is in the same domain, and needs "xenwatch". Nor has who comes second. */
static void while_it_waits(struct kunit *test)
{
	struct xenbus_watch watch = { .node = FAKE_BACK, .callback = helped };
	struct fake_store *fake = test->priv;

	seen.way = &ways[0];
	fake_bus_scan(&fake_front_bus);
	KUNIT_ASSERT_NOT_NULL(test, seen.xdev);
	KUNIT_ASSERT_EQ(test, register_xenbus_watch(&watch), 0);
	seen.waits = true;
	INIT_WORK(&seen.work, leave_twice);
	KUNIT_EXPECT_TRUE(test, xenbus_unbind(&seen.xdev->dev,
					      &thing_driver.driver));
	KUNIT_EXPECT_TRUE(test, seen.helped);
	flush_work(&seen.work);
	KUNIT_EXPECT_TRUE(test, seen.done);
	KUNIT_EXPECT_FALSE(test, seen.second);
	KUNIT_EXPECT_EQ(test, seen.removes, 1);
	unregister_xenbus_watch(&watch);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 0);

	/* One that has come back hears of the other end. */
	seen.waits = false;
	seen.heard = 0;
	KUNIT_ASSERT_EQ(test, device_driver_attach(&thing_driver.driver,
						   &seen.xdev->dev), 0);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 1);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(seen.heard)));
	KUNIT_EXPECT_TRUE(test, xenbus_unbind(&seen.xdev->dev,
					      &thing_driver.driver));
	KUNIT_EXPECT_EQ(test, seen.removes, 2);
}

/* It waits for its backend to close, which is another one's path soon. */
static void gone_while_it_waits(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	seen.way = &ways[0];
	fake_bus_scan(&fake_front_bus);
	KUNIT_ASSERT_NOT_NULL(test, seen.xdev);
	xenbus_switch_state(seen.xdev, XenbusStateClosed);
	seen.polls = true;
	INIT_WORK(&seen.work, leave);
	queue_work(system_unbound_wq, &seen.work);
	KUNIT_ASSERT_TRUE(test, FAKE_WAIT(READ_ONCE(seen.removing)));
	/* Nobody waits for it to look whether its node is another one's. */
	fake_remove(fake, NODE);
	fake_add_thing(fake, NODE, "2");
	xenbus_root_changed(&fake_front_bus.watch, NODE, "");
	KUNIT_EXPECT_EQ(test, seen.removes, 1);
	fake_remove(fake, NODE);
	xenbus_root_changed(&fake_front_bus.watch, NODE, "");
	flush_work(&seen.work);
	KUNIT_EXPECT_TRUE(test, seen.helped);
	KUNIT_EXPECT_EQ(test, seen.removes, 1);
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 0);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, FAKE_BACK "/state"), "2");
}

static struct kunit_case unbind_cases[] = {
	KUNIT_CASE_PARAM(while_it_hears, way_gen_params),
	KUNIT_CASE(while_it_waits),
	KUNIT_CASE(gone_while_it_waits),
	{}
};

static struct kunit_suite unbind_suite = {
	.name = "xen_xenbus_unbind",
	.init = unbind_init,
	.exit = unbind_exit,
	.test_cases = unbind_cases,
};

kunit_test_suite(unbind_suite);
