// SPDX-License-Identifier: GPL-2.0
/*
 * A driver is taken from a device while it hears of the other end, and may unregister
 * the device because of that.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "fake_store.h"

#define NODE	"device/thing/0"
#define BACK	"/local/domain/0/backend/thing/1/0"

static struct xenbus_bus test_bus = {
	.root = "device",
	.depth = 2,
	.is_frontend = true,
	.bus = {
		.name = "xenbus-kunit",
		.match = xenbus_match,
		.probe = xenbus_dev_probe,
		.remove = xenbus_dev_remove,
	},
};

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
	bool done;
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
}

/* Stays until the other one is on its way, and some more. */
static void thing_changed(struct xenbus_device *xdev, enum xenbus_state state)
{
	if (state != XenbusStateClosing)
		return;
	WRITE_ONCE(seen.entered, true);
	FAKE_WAIT(READ_ONCE(seen.leaving));
	msleep(50);
	if (seen.way->unregisters)
		device_unregister(&xdev->dev);
	WRITE_ONCE(seen.left, true);
}

static int thing_otherend(struct xenbus_device *xdev)
{
	return xenbus_read_otherend(xdev, "backend-id", "backend");
}

static const struct xenbus_device_id thing_ids[] = { { "thing" }, { "" } };

static struct xenbus_driver thing_driver;

static int unbind_init(struct kunit *test)
{
	struct fake_store *fake;
	int err = fake_store_init(test);

	if (err)
		return err;
	fake = test->priv;
	fake_set(fake, NODE "/backend", BACK);
	fake_set(fake, NODE "/backend-id", "0");
	fake_set(fake, NODE "/state", "1");
	fake_set(fake, BACK "/state", "2");
	memset(&seen, 0, sizeof(seen));
	seen.way = test->param_value;
	thing_driver = (struct xenbus_driver) {
		.ids = thing_ids,
		.probe = thing_probe,
		.remove = thing_remove,
		.otherend_changed = thing_changed,
		.read_otherend_details = thing_otherend,
	};
	err = bus_register(&test_bus.bus);
	return err ?: xenbus_register_driver_common(&thing_driver, &test_bus,
						    NULL, "xenbus-kunit");
}

static void unbind_exit(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	if (!fake)
		return;
	fake_remove(fake, "device");
	xenbus_scan(&test_bus, "device", 2);
	if (!seen.way->all)
		xenbus_unregister_driver(&thing_driver);
	bus_unregister(&test_bus.bus);
	fake_store_exit(test);
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

	xenbus_scan(&test_bus, "device", 2);
	KUNIT_ASSERT_NOT_NULL(test, seen.xdev);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, BACK, "state", "5"), 0);
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

static struct kunit_case unbind_cases[] = {
	KUNIT_CASE_PARAM(while_it_hears, way_gen_params),
	{}
};

static struct kunit_suite unbind_suite = {
	.name = "xen_xenbus_unbind",
	.init = unbind_init,
	.exit = unbind_exit,
	.test_cases = unbind_cases,
};

kunit_test_suite(unbind_suite);
