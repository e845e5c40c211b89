// SPDX-License-Identifier: GPL-2.0
/*
 * The bus "xen": devices of this domain that have their backend elsewhere,
 * device/<type>/<id>.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/module.h>
#include <xen/platform_pci.h>
#include <xen/xen.h>
#include "xenbus.h"

/* How long the backend of a device that was in use may take for each step. */
#define TAKE_OVER_MS	5000
/* How long booting, or loading a module, waits for devices to connect. */
#define WAIT_ALL	30
#define WAIT_ESSENTIAL	300

static int frontend_uevent(const struct device *dev,
			   struct kobj_uevent_env *env)
{
	const struct xenbus_device *xdev = to_xenbus_device(dev);

	return add_uevent_var(env, "MODALIAS=xen:%s", xdev->devicetype);
}

static int frontend_freeze(struct device *dev)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);
	struct xenbus_driver *drv;
	int err = 0;

	if (!dev->driver)
		return 0;
	drv = to_xenbus_driver(dev->driver);
	if (drv->suspend)
		err = drv->suspend(xdev);
	/* The toolstack has asked, and the domain is saved with or without it. */
	if (err)
		dev_warn(dev, "suspend failed: %d\n", err);
	return 0;
}

/* Everything is still there; nothing to do. */
static int frontend_thaw(struct device *dev)
{
	return 0;
}

static int driver_resume(struct xenbus_device *xdev)
{
	struct xenbus_driver *drv = to_xenbus_driver(xdev->dev.driver);

	return drv->resume ? drv->resume(xdev) : 0;
}

static int frontend_restore(struct device *dev)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);
	int err;

	might_sleep();
	if (!dev->driver)
		return 0;
	/* Another backend, which knows nothing of our former state. */
	xenbus_set_initialising(xdev);
	/* The driver has what was under way, until it is connected. */
	xdev->reattached = to_xenbus_driver(dev->driver)->resume;
	err = xenbus_dev_connect(xdev, to_xenbus_driver(dev->driver),
				 driver_resume);
	if (!err)
		err = xenbus_dev_watch(xdev);
	if (err)
		dev_warn(dev, "resume failed: %d\n", err);
	return err;
}

static const struct dev_pm_ops frontend_pm_ops = {
	.freeze = frontend_freeze,
	.thaw = frontend_thaw,
	.restore = frontend_restore,
};

static struct xenbus_bus xenbus_frontend = {
	.root = "device",
	.depth = 2,
	.is_frontend = true,
	.watch = {
		.node = "device",
		.callback = xenbus_root_changed,
	},
	.bus = {
		.name = "xen",
		.match = xenbus_match,
		.uevent = frontend_uevent,
		.probe = xenbus_dev_probe,
		.remove = xenbus_dev_remove,
		.shutdown = xenbus_dev_shutdown,
		.dev_groups = xenbus_dev_groups,
		.drv_groups = xenbus_drv_groups,
		.pm = &frontend_pm_ops,
	},
};

static int read_backend(struct xenbus_device *xdev)
{
	return xenbus_read_otherend(xdev, "backend-id", "backend");
}

/**
 * struct wait_for - which devices are waited for
 * @drv: only those of this driver, NULL for all
 * @essential: only those without which the system cannot go on
 */
struct wait_for {
	struct xenbus_driver *drv;
	bool essential;
};

static bool is_connecting(struct xenbus_device *xdev,
			  const struct wait_for *wait)
{
	struct device_driver *driver = xdev->dev.driver;
	struct xenbus_driver *drv;

	if (!driver || (wait->drv && driver != &wait->drv->driver))
		return false;
	drv = to_xenbus_driver(driver);
	if (wait->essential && drv->not_essential)
		return false;
	if (xdev->state < XenbusStateConnected)
		return true;
	return xdev->state == XenbusStateConnected && drv->is_ready &&
	       !drv->is_ready(xdev);
}

static int find_connecting(struct device *dev, void *wait)
{
	const struct wait_for *wait_for = wait;
	struct device_driver *driver = READ_ONCE(dev->driver);
	int connecting;

	/* Being probed or removed: looked at again later, if it may concern us. */
	if (!device_trylock(dev))
		return !wait_for->drv || !driver ||
			driver == &wait_for->drv->driver;
	connecting = is_connecting(to_xenbus_device(dev), wait);
	device_unlock(dev);
	return connecting;
}

static bool any_connecting(struct wait_for *wait)
{
	return bus_for_each_dev(&xenbus_frontend.bus, NULL, wait,
				find_connecting);
}

static int report_device(struct device *dev, void *data)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);
	struct xenbus_driver *drv = data;
	struct device_driver *bound = READ_ONCE(dev->driver);

	if (drv && bound != &drv->driver)
		return 0;
	if (!bound)
		dev_info(dev, "device with no driver: %s\n", xdev->nodename);
	else if (xdev->state < XenbusStateConnected)
		dev_warn(dev, "timeout connecting to device: %s (state %s)\n",
			 xdev->nodename, xenbus_strstate(xdev->state));
	return 0;
}

static void wait_until(struct wait_for *wait, unsigned long start,
		       unsigned int seconds)
{
	bool told = false;

	while (any_connecting(wait) &&
	       time_before(jiffies, start + seconds * HZ)) {
		if (!told && time_after(jiffies, start + 5 * HZ)) {
			pr_info("waiting for %sdevices to initialise\n",
				wait->essential ? "essential " : "");
			told = true;
		}
		if (msleep_interruptible(50) || signal_pending(current))
			return;
	}
}

/* Set once the first scan is done and built-in drivers are registered. */
static bool ready_to_wait = IS_MODULE(CONFIG_XEN_XENBUS_FRONTEND);

/* Without this a root file system on a vbd might be looked for too early. */
static void wait_for_devices(struct xenbus_driver *drv)
{
	struct wait_for wait = { .drv = drv };
	unsigned long start = jiffies;

	might_sleep();
	if (!READ_ONCE(ready_to_wait))
		return;
	wait_until(&wait, start, WAIT_ALL);
	wait.essential = true;
	wait_until(&wait, start, WAIT_ESSENTIAL);
	bus_for_each_dev(&xenbus_frontend.bus, NULL, drv, report_device);
}

/**
 * __xenbus_register_frontend - register a driver for the bus "xen"
 * @drv: the driver
 * @owner: its module
 * @mod_name: name of that
 *
 * Once booting is over this waits for the driver's devices to connect, at most
 * 30 seconds for all and 270 more for those that are essential.
 *
 * Context: sleeps.
 * Return: 0 or -errno.
 */
int __xenbus_register_frontend(struct xenbus_driver *drv, struct module *owner,
			       const char *mod_name)
{
	int err;

	drv->read_otherend_details = read_backend;
	err = xenbus_register_driver_common(drv, &xenbus_frontend, owner,
					    mod_name);
	if (err)
		return err;
	wait_for_devices(drv);
	return 0;
}
EXPORT_SYMBOL_GPL(__xenbus_register_frontend);

static int store_is_up(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	int err;

	/* Devices are there when the boot goes on, not some time later. */
	xenbus_frontend.take_over_ms = TAKE_OVER_MS;
	xenbus_scan(&xenbus_frontend, xenbus_frontend.root, xenbus_frontend.depth);
	xenbus_frontend.take_over_ms = 0;
	err = register_xenbus_watch(&xenbus_frontend.watch);
	if (err)
		pr_err("no watch on %s, new devices will not be seen: %d\n",
		       xenbus_frontend.root, err);
	return NOTIFY_DONE;
}

static struct notifier_block store_notifier = { .notifier_call = store_is_up };

static int __init frontend_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = bus_register(&xenbus_frontend.bus);
	if (err)
		return err;
	register_xenstore_notifier(&store_notifier);
	return 0;
}
subsys_initcall(frontend_init);

#ifndef MODULE
static int __init frontend_wait(void)
{
	if (!xen_has_pv_devices())
		return -ENODEV;
	/* The root file system may be on a device that is not known yet. */
	if (!xenbus_wait_for_store(WAIT_ESSENTIAL - WAIT_ALL))
		pr_warn("booting goes on without xenstore and its devices\n");
	WRITE_ONCE(ready_to_wait, true);
	wait_for_devices(NULL);
	return 0;
}
late_initcall(frontend_wait);
#endif

MODULE_DESCRIPTION("Xen frontend bus");
MODULE_LICENSE("GPL");
