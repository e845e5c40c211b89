// SPDX-License-Identifier: GPL-2.0
/*
 * Taking a driver from a device that stays.
 *
 * A driver may unregister a device when it hears that the other end is gone, in
 * "xenwatch". That waits for the device's lock. Whoever takes the driver away holds
 * this lock, and has to wait for what the driver is doing in "xenwatch". So it is
 * done in "xenwatch", too, where nothing else is done meanwhile. The driver core does
 * not do that; hence the files "bind" and "unbind" of drivers are ours.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include "xenbus.h"

/**
 * struct unbind - what is to be done
 * @drv: the driver
 * @dev: the device; NULL for all that @drv has
 */
struct unbind {
	const struct device_driver *drv;
	struct device *dev;
};

static int has_driver(struct device *dev, const void *drv)
{
	return READ_ONCE(dev->driver) == drv;
}

static void do_unbind(void *arg)
{
	struct unbind *unbind = arg;

	if (has_driver(unbind->dev, unbind->drv))
		device_release_driver(unbind->dev);
}

/**
 * xenbus_unbind - take a driver from a device
 * @dev: the device
 * @drv: the driver; nothing is done if it is another one's
 *
 * Context: sleeps; without the device's lock.
 */
void xenbus_unbind(struct device *dev, const struct device_driver *drv)
{
	struct unbind unbind = { .dev = dev, .drv = drv };

	might_sleep();
	xs_run_in_xenwatch(do_unbind, &unbind);
}

/**
 * xenbus_unbind_all - take a driver from all its devices
 * @drv: the driver, which gets no new ones
 *
 * Context: sleeps.
 */
void xenbus_unbind_all(struct xenbus_driver *drv)
{
	const struct device_driver *driver = &drv->driver;
	struct device *dev;

	might_sleep();
	while ((dev = bus_find_device(driver->bus, NULL, driver, has_driver))) {
		xenbus_unbind(dev, driver);
		put_device(dev);
	}
}

static ssize_t unbind_store(struct device_driver *drv, const char *buf,
			    size_t count)
{
	struct device *dev = bus_find_device_by_name(drv->bus, NULL, buf);
	ssize_t ret = -ENODEV;

	if (dev && has_driver(dev, drv)) {
		xenbus_unbind(dev, drv);
		ret = count;
	}
	put_device(dev);
	return ret;
}

/* Removing the device removes other files, not this one. */
static struct driver_attribute driver_attr_unbind =
	__ATTR_IGNORE_LOCKDEP(unbind, 0200, NULL, unbind_store);

static ssize_t bind_store(struct device_driver *drv, const char *buf,
			  size_t count)
{
	struct device *dev = bus_find_device_by_name(drv->bus, NULL, buf);
	ssize_t ret = -ENODEV;

	if (dev && xenbus_match(dev, drv))
		ret = device_driver_attach(drv, dev);
	put_device(dev);
	return ret ?: count;
}

static struct driver_attribute driver_attr_bind =
	__ATTR_IGNORE_LOCKDEP(bind, 0200, NULL, bind_store);

static struct attribute *bind_attrs[] = {
	&driver_attr_bind.attr,
	&driver_attr_unbind.attr,
	NULL
};

static const struct attribute_group bind_group = { .attrs = bind_attrs };

const struct attribute_group *xenbus_drv_groups[] = { &bind_group, NULL };
EXPORT_SYMBOL_GPL(xenbus_drv_groups);
