// SPDX-License-Identifier: GPL-2.0
/*
 * Taking a driver from a device that stays.
 *
 * A driver may unregister a device when it hears that the other end is gone, in
 * "xenwatch". That waits for the device's lock. Whoever takes the driver away holds
 * this lock, and would have to wait for what the driver is doing in "xenwatch". So the
 * driver first ceases to hear of the other end, in "xenwatch", where it can be doing nothing
 * else. To take it away may last for long, as it may wait for the other end, which
 * may need "xenwatch": that is left to whoever asked for it. The driver core
 * does not know of all this; hence the files "bind" and "unbind" of drivers are ours.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include "xenbus.h"

/* How often to look whether somebody else is done */
#define POLL_MS		10

/**
 * struct unbind - what is to be done
 * @drv: the driver
 * @dev: the device
 * @begun: it is for us to take the driver away
 */
struct unbind {
	const struct device_driver *drv;
	struct device *dev;
	bool begun;
};

static int has_driver(struct device *dev, const void *drv)
{
	return READ_ONCE(dev->driver) == drv;
}

/* Who takes it away already may hold the device's lock for long. */
static bool may_begin(const struct unbind *unbind)
{
	return has_driver(unbind->dev, unbind->drv) &&
	       !READ_ONCE(to_xenbus_device(unbind->dev)->leaving);
}

static void begin(void *arg)
{
	struct unbind *unbind = arg;
	struct xenbus_device *xdev = to_xenbus_device(unbind->dev);

	if (!may_begin(unbind))
		return;
	guard(device)(unbind->dev);
	if (!may_begin(unbind))
		return;
	WRITE_ONCE(xdev->leaving, true);
	xenbus_dev_unwatch(xdev);
	unbind->begun = true;
}

/**
 * xenbus_unbind - take a driver from a device
 * @dev: the device
 * @drv: the driver; nothing is done if it is another one's
 *
 * Context: sleeps, for as long as the driver does; without the device's lock.
 * Return: false if nothing was done, because somebody else is doing it, for example.
 */
bool xenbus_unbind(struct device *dev, const struct device_driver *drv)
{
	struct unbind unbind = { .dev = dev, .drv = drv };

	might_sleep();
	xs_run_in_xenwatch(begin, &unbind);
	if (unbind.begun)
		device_release_driver(dev);
	return unbind.begun;
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
		if (!xenbus_unbind(dev, driver))
			msleep(POLL_MS);
		put_device(dev);
	}
}

static ssize_t unbind_store(struct device_driver *drv, const char *buf,
			    size_t count)
{
	struct device *dev = bus_find_device_by_name(drv->bus, NULL, buf);
	ssize_t ret = -ENODEV;

	if (dev && has_driver(dev, drv))
		ret = xenbus_unbind(dev, drv) ? count : -EBUSY;
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
