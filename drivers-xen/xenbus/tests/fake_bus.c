// SPDX-License-Identifier: GPL-2.0
/* See fake_bus.h. */
#include <linux/slab.h>
#include <linux/string.h>
#include "fake_bus.h"

struct xenbus_bus fake_front_bus = {
	.root = "device",
	.depth = 2,
	.is_frontend = true,
	.watch = {
		.node = "device",
		.callback = xenbus_root_changed,
	},
	.bus = {
		.name = "xen-kunit",
		.match = xenbus_match,
		.probe = xenbus_dev_probe,
		.remove = xenbus_dev_remove,
		.shutdown = xenbus_dev_shutdown,
		.dev_groups = xenbus_dev_groups,
		.drv_groups = xenbus_drv_groups,
	},
};

struct xenbus_bus fake_back_bus = {
	.root = "backend",
	.depth = 3,
	.watch = {
		.node = "backend",
		.callback = xenbus_root_changed,
	},
	.bus = {
		.name = "xen-backend-kunit",
		.match = xenbus_match,
		.probe = xenbus_dev_probe,
		.remove = xenbus_dev_remove,
		.dev_groups = xenbus_dev_groups,
		.drv_groups = xenbus_drv_groups,
	},
};

void fake_bus_scan(struct xenbus_bus *bus)
{
	xenbus_scan(bus, bus->root, bus->depth);
}

void fake_bus_clear(struct fake_store *fake, struct xenbus_bus *bus)
{
	fake_remove(fake, bus->root);
	fake_bus_scan(bus);
}

int fake_bus_init(struct kunit *test, struct xenbus_bus *bus)
{
	int err = fake_store_init(test);

	return err ?: bus_register(&bus->bus);
}

void fake_bus_exit(struct kunit *test, struct xenbus_bus *bus)
{
	if (!test->priv)
		return;
	fake_bus_clear(test->priv, bus);
	bus_unregister(&bus->bus);
	fake_store_exit(test);
}

static int count_one(struct device *dev, void *num)
{
	(*(unsigned int *)num)++;
	return 0;
}

unsigned int fake_bus_count(struct xenbus_bus *bus)
{
	unsigned int num = 0;

	bus_for_each_dev(&bus->bus, NULL, &num, count_one);
	return num;
}

bool fake_bus_has(struct xenbus_bus *bus, const char *name)
{
	struct device *dev = bus_find_device_by_name(&bus->bus, NULL, name);

	put_device(dev);
	return dev;
}

int fake_bus_register(struct xenbus_bus *bus, struct xenbus_driver *drv)
{
	drv->driver = (struct device_driver) { };
	return xenbus_register_driver_common(drv, bus, NULL, "xen-kunit");
}

int fake_read_backend(struct xenbus_device *xdev)
{
	return xenbus_read_otherend(xdev, "backend-id", "backend");
}

const struct xenbus_device_id fake_things[] = { { "thing" }, { "" } };

void fake_set_key(struct fake_store *fake, const char *node, const char *key,
		  const char *value)
{
	char *path = kasprintf(GFP_KERNEL | __GFP_NOFAIL, "%s/%s", node, key);

	fake_set(fake, path, value);
	kfree(path);
}

static void add(struct fake_store *fake, const char *node, const char *kind,
		const char *path, domid_t domid)
{
	char key[16], id[8];

	snprintf(key, sizeof(key), "%s-id", kind);
	snprintf(id, sizeof(id), "%u", domid);
	fake_set_key(fake, node, kind, path);
	fake_set_key(fake, node, key, id);
	fake_set_key(fake, node, "state", "1");
}

void fake_add_front(struct fake_store *fake, const char *node, const char *path,
		    domid_t domid)
{
	add(fake, node, "backend", path, domid);
}

void fake_add_back(struct fake_store *fake, const char *node, const char *path,
		   domid_t domid)
{
	add(fake, node, "frontend", path, domid);
}

void fake_add_thing(struct fake_store *fake, const char *node, const char *state)
{
	fake_add_front(fake, node, FAKE_BACK, 0);
	fake_set(fake, FAKE_BACK "/state", state);
}
