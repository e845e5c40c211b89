// SPDX-License-Identifier: GPL-2.0
/*
 * The bus "xen-backend": devices that this domain provides for others,
 * backend/<type>/<domain>/<id>.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/err.h>
#include <linux/module.h>
#include <linux/semaphore.h>
#include <linux/shrinker.h>
#include <xen/xen.h>
#include "xenbus.h"

/* The hotplug scripts of the tools are called with these. */
static int backend_uevent(const struct device *dev,
			  struct kobj_uevent_env *env)
{
	const struct xenbus_device *xdev = to_xenbus_device(dev);
	const struct xenbus_bus *bus = to_xenbus_bus(dev->bus);
	const struct xenbus_driver *drv;

	if (add_uevent_var(env, "MODALIAS=xen-backend:%s", xdev->devicetype) ||
	    add_uevent_var(env, "XENBUS_TYPE=%s", xdev->devicetype) ||
	    add_uevent_var(env, "XENBUS_PATH=%s", xdev->nodename) ||
	    add_uevent_var(env, "XENBUS_BASE_PATH=%s", bus->root))
		return -ENOMEM;
	if (!dev->driver)
		return 0;
	drv = to_xenbus_driver(dev->driver);
	return drv->uevent ? drv->uevent(xdev, env) : 0;
}

static struct xenbus_bus xenbus_backend = {
	.root = "backend",
	.depth = 3,
	.watch = {
		.node = "backend",
		.callback = xenbus_root_changed,
	},
	.bus = {
		.name = "xen-backend",
		.match = xenbus_match,
		.uevent = backend_uevent,
		.probe = xenbus_dev_probe,
		.remove = xenbus_dev_remove,
		.dev_groups = xenbus_dev_groups,
		.drv_groups = xenbus_drv_groups,
	},
};

static int read_frontend(struct xenbus_device *xdev)
{
	return xenbus_read_otherend(xdev, "frontend-id", "frontend");
}

/**
 * __xenbus_register_backend - register a driver for the bus "xen-backend"
 * @drv: the driver
 * @owner: its module
 * @mod_name: name of that
 *
 * Context: sleeps.
 * Return: 0 or -errno.
 */
int __xenbus_register_backend(struct xenbus_driver *drv, struct module *owner,
			      const char *mod_name)
{
	drv->read_otherend_details = read_frontend;
	return xenbus_register_driver_common(drv, &xenbus_backend, owner,
					     mod_name);
}
EXPORT_SYMBOL_GPL(__xenbus_register_backend);

/*
 * Called in the middle of memory allocation: a device that is being probed or
 * removed is left out, not waited for.
 */
static int reclaim_one(struct device *dev, void *data)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);
	struct xenbus_driver *drv;

	if (down_trylock(&xdev->reclaim_sem))
		return 0;
	/* While it has another end, and the semaphore is held, the driver stays. */
	if (xdev->otherend) {
		drv = to_xenbus_driver(dev->driver);
		if (drv->reclaim_memory)
			drv->reclaim_memory(xdev);
	}
	up(&xdev->reclaim_sem);
	return 0;
}

/* How much there is to gain is not known before, so counting does the work. */
static unsigned long reclaim_count(struct shrinker *shrinker,
				   struct shrink_control *sc)
{
	bus_for_each_dev(&xenbus_backend.bus, NULL, NULL, reclaim_one);
	return 0;
}

static void start_reclaim(void)
{
	struct shrinker *shrinker = shrinker_alloc(0, "xen-backend");

	if (!shrinker) {
		pr_warn("backends will not give back memory under pressure\n");
		return;
	}
	shrinker->count_objects = reclaim_count;
	shrinker_register(shrinker);
}

static int store_is_up(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	int err;

	xenbus_scan(&xenbus_backend, xenbus_backend.root, xenbus_backend.depth);
	err = register_xenbus_watch(&xenbus_backend.watch);
	if (err)
		pr_err("no watch on %s, new devices will not be seen: %d\n",
		       xenbus_backend.root, err);
	start_reclaim();
	return NOTIFY_DONE;
}

static struct notifier_block store_notifier = { .notifier_call = store_is_up };

static int __init backend_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = bus_register(&xenbus_backend.bus);
	if (err)
		return err;
	register_xenstore_notifier(&store_notifier);
	return 0;
}
subsys_initcall(backend_init);
