// SPDX-License-Identifier: GPL-2.0
/*
 * What the buses "xen" and "xen-backend" have in common: which driver fits
 * which device, probe and remove, the watch on the other end's state.
 *
 * A driver hears of the other end between a successful probe and the begin of
 * remove, never outside.
 */
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "xenbus.h"

/* What has no state, for the store knows of no such path */
static const char nowhere[] = "//";

/* How long the shutdown of a frontend waits for its backend. */
#define CLOSE_TIMEOUT	(5 * HZ)

static const struct xenbus_device_id *find_id(const struct xenbus_driver *drv,
					      const struct xenbus_device *xdev)
{
	const struct xenbus_device_id *id;

	for (id = drv->ids; *id->devicetype; id++) {
		if (!strcmp(id->devicetype, xdev->devicetype))
			return id;
	}
	return NULL;
}

/* Whether a driver serves a type of devices. */
bool xenbus_fits(const struct xenbus_driver *drv,
		 const struct xenbus_device *xdev)
{
	return drv->ids && find_id(drv, xdev);
}

/* Also says no for now: see attach.c. */
int xenbus_match(struct device *dev, const struct device_driver *drv)
{
	const struct xenbus_driver *xdrv = to_xenbus_driver(drv);
	struct xenbus_device *xdev = to_xenbus_device(dev);
	unsigned int stage = READ_ONCE(xdrv->stage);

	if (stage == XENBUS_DRIVER_AWAY || !xenbus_fits(xdrv, xdev))
		return 0;
	if (stage == XENBUS_DRIVER_HERE && !READ_ONCE(xdev->held))
		return 1;
	WRITE_ONCE(xdev->asked, true);
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_match);

/* Whether devices are being shut down, so that none connects any more. */
bool xenbus_system_ends(void)
{
	KUNIT_STATIC_STUB_REDIRECT(xenbus_system_ends);
	return system_state > SYSTEM_RUNNING;
}
EXPORT_SYMBOL_IF_KUNIT(xenbus_system_ends);

/*
 * No driver is to reconnect any more; but the shutdown method waits until the backend
 * uses nothing of ours. Before that memory must not be another kernel's.
 */
static void closes_for_shutdown(struct xenbus_device *xdev,
				enum xenbus_state backend)
{
	if (backend == XenbusStateClosing)
		xenbus_switch_state(xdev, XenbusStateClosed);
	else if (!xenbus_is_active(backend))
		complete(&xdev->down);
}

/**
 * xenbus_dev_shutdown - close a frontend, for the system ends
 * @dev: the device
 *
 * Waits until the backend has closed, too, or for five seconds.
 *
 * Context: &bus_type.shutdown, with the device's lock; sleeps.
 */
void xenbus_dev_shutdown(struct device *dev)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);

	device_lock_assert(dev);
	might_sleep();
	if (!xenbus_is_active(xdev->state))
		return;
	reinit_completion(&xdev->down);
	xenbus_switch_state(xdev, XenbusStateClosing);
	if (!xdev->otherend)
		return;
	/* What it has written before is no news to "xenwatch". */
	closes_for_shutdown(xdev, xenbus_read_driver_state(xdev->otherend));
	if (!wait_for_completion_timeout(&xdev->down, CLOSE_TIMEOUT))
		dev_warn(dev, "the backend does not close, shutting down without it\n");
}
EXPORT_SYMBOL_GPL(xenbus_dev_shutdown);

/* Runs in "xenwatch", between probe and remove. */
static void otherend_changed(struct xenbus_watch *watch, const char *path,
			     const char *token)
{
	struct xenbus_device *xdev =
		container_of(watch, struct xenbus_device, otherend_watch);
	struct xenbus_driver *drv = to_xenbus_driver(xdev->dev.driver);
	const struct xenbus_bus *bus = to_xenbus_bus(xdev->dev.bus);
	enum xenbus_state state;

	state = xenbus_read_driver_state(xdev->otherend);
	dev_dbg(&xdev->dev, "other end is %s (%s)\n", xenbus_strstate(state),
		path);
	if (xenbus_system_ends()) {
		if (bus->is_frontend)
			closes_for_shutdown(xdev, state);
		return;
	}
	if (drv->otherend_changed)
		drv->otherend_changed(xdev, state);
}

/**
 * xenbus_dev_unwatch - the counterpart of xenbus_dev_watch()
 * @xdev: the device
 */
void xenbus_dev_unwatch(struct xenbus_device *xdev)
{
	might_sleep();
	if (!xdev->otherend_watch.node)
		return;
	unregister_xenbus_watch(&xdev->otherend_watch);
	kfree(xdev->otherend_watch.node);
	xdev->otherend_watch.node = NULL;
}

/* Also beside xenbus_hide_otherend(): what that has hidden too late goes with the device. */
static void forget_otherend(struct xenbus_device *xdev)
{
	const char *otherend = xchg(&xdev->otherend, NULL);

	if (otherend != nowhere)
		kfree(otherend);
	kfree(xchg(&xdev->hidden, NULL));
}

/**
 * xenbus_hide_otherend - a frontend whose node is gone has no backend any more
 * @xdev: the device, whose driver is leaving or has left
 *
 * What has the backend's path now belongs to the next one, and a driver that waits for it to
 * close would wait for ever.
 *
 * Context: any, without the device's lock.
 */
void xenbus_hide_otherend(struct xenbus_device *xdev)
{
	const struct xenbus_bus *bus = to_xenbus_bus(xdev->dev.bus);
	const char *otherend = READ_ONCE(xdev->otherend);

	if (!bus->is_frontend || !otherend || otherend == nowhere)
		return;
	if (cmpxchg(&xdev->otherend, otherend, nowhere) == otherend)
		WRITE_ONCE(xdev->hidden, otherend);
}
EXPORT_SYMBOL_GPL(xenbus_hide_otherend);

/**
 * xenbus_read_otherend - find the other end of a device
 * @xdev: the device
 * @id_key: key with the domain id
 * @path_key: key with the path
 *
 * Return: 0 or -errno: then the device has failed.
 */
int xenbus_read_otherend(struct xenbus_device *xdev, const char *id_key,
			 const char *path_key)
{
	char *path = NULL;
	unsigned int id;
	int err;

	might_sleep();
	err = xenbus_gather(XBT_NIL, xdev->nodename, id_key, "%u", &id,
			    path_key, NULL, &path, NULL);
	if (err) {
		xenbus_dev_fatal(xdev, err, "reading %s and %s", id_key,
				 path_key);
		return err;
	}
	if (!*path || id >= DOMID_FIRST_RESERVED ||
	    !xenbus_exists(XBT_NIL, path, "")) {
		xenbus_dev_fatal(xdev, -ENOENT, "no other end %s in domain %u",
				 path, id);
		kfree(path);
		return -ENOENT;
	}
	xdev->otherend = path;
	xdev->otherend_id = id;
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_read_otherend);

/**
 * xenbus_dev_disconnect - end what xenbus_dev_connect() began
 * @xdev: the device
 */
void xenbus_dev_disconnect(struct xenbus_device *xdev)
{
	might_sleep();
	xenbus_dev_unwatch(xdev);
	forget_otherend(xdev);
}
EXPORT_SYMBOL_GPL(xenbus_dev_disconnect);

/**
 * xenbus_dev_connect - begin with the other end, at probe or after a resume
 * @xdev: the device
 * @drv: its driver
 * @start: the driver's part
 *
 * Return: 0 or -errno: then the other end is forgotten.
 */
int xenbus_dev_connect(struct xenbus_device *xdev, struct xenbus_driver *drv,
		       int (*start)(struct xenbus_device *xdev))
{
	int err;

	might_sleep();
	xenbus_dev_disconnect(xdev);
	err = drv->read_otherend_details(xdev);
	if (err)
		return err;
	err = start(xdev);
	if (err)
		forget_otherend(xdev);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_dev_connect);

/**
 * xenbus_dev_watch - watch the state of the other end
 * @xdev: the device, connected; one whose driver is to leave hears no more
 *
 * Return: 0 or -errno: then the device has failed.
 */
int xenbus_dev_watch(struct xenbus_device *xdev)
{
	might_sleep();
	if (xdev->leaving)
		return 0;
	return xenbus_watch_pathfmt(xdev, &xdev->otherend_watch,
				    xenbus_watch_idle, otherend_changed,
				    "%s/state", xdev->otherend);
}
EXPORT_SYMBOL_GPL(xenbus_dev_watch);

/*
 * The memory of a device is reclaimed only while it has an other end: see
 * backend.c, which tests this under the same semaphore.
 */
static int driver_probe(struct xenbus_device *xdev)
{
	struct xenbus_driver *drv = to_xenbus_driver(xdev->dev.driver);
	int err;

	down(&xdev->reclaim_sem);
	err = drv->probe(xdev, find_id(drv, xdev));
	if (err)
		forget_otherend(xdev);
	up(&xdev->reclaim_sem);
	return err;
}

static void driver_remove(struct xenbus_device *xdev)
{
	struct xenbus_driver *drv = to_xenbus_driver(xdev->dev.driver);

	down(&xdev->reclaim_sem);
	if (READ_ONCE(xdev->gone))
		xenbus_hide_otherend(xdev);
	if (drv->remove)
		drv->remove(xdev);
	forget_otherend(xdev);
	up(&xdev->reclaim_sem);
}

static int connect_and_watch(struct xenbus_device *xdev,
			     struct xenbus_driver *drv)
{
	int err;

	err = xenbus_dev_connect(xdev, drv, driver_probe);
	if (err)
		return err;
	err = xenbus_dev_watch(xdev);
	if (err)
		driver_remove(xdev);
	return err;
}

int xenbus_dev_probe(struct device *dev)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);
	struct xenbus_driver *drv = to_xenbus_driver(dev->driver);
	int err = -ENODEV;

	device_lock_assert(dev);
	might_sleep();
	if (!drv->probe)
		return -ENODEV;
	/* A driver in use cannot be unloaded. */
	if (!try_module_get(drv->driver.owner)) {
		dev_warn(dev, "driver %s is going away\n", drv->name);
		return -ESRCH;
	}
	err = connect_and_watch(xdev, drv);
	if (err) {
		module_put(drv->driver.owner);
		xenbus_dev_error(xdev, err, "probing %s", xdev->nodename);
	}
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_dev_probe);

void xenbus_dev_remove(struct device *dev)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);
	struct xenbus_driver *drv = to_xenbus_driver(dev->driver);

	device_lock_assert(dev);
	might_sleep();
	xenbus_dev_unwatch(xdev);
	driver_remove(xdev);
	xdev->leaving = false;
	module_put(drv->driver.owner);
	if (READ_ONCE(xdev->gone))
		return;
	/*
	 * A driver that can be bound again leaves the state alone, except when
	 * the toolstack is waiting for the device to close.
	 */
	if (!drv->allow_rebind ||
	    xenbus_read_driver_state(xdev->nodename) == XenbusStateClosing)
		xenbus_switch_state(xdev, XenbusStateClosed);
}
EXPORT_SYMBOL_GPL(xenbus_dev_remove);

int xenbus_register_driver_common(struct xenbus_driver *drv,
				  struct xenbus_bus *bus,
				  struct module *owner, const char *mod_name)
{
	struct device_driver *driver = &drv->driver;
	int err;

	might_sleep();
	driver->bus = &bus->bus;
	driver->name = drv->name ?: drv->ids[0].devicetype;
	driver->mod_name = mod_name;
	driver->owner = owner;
	/* The bus has its own, see unbind.c. */
	driver->suppress_bind_attrs = true;
	WRITE_ONCE(drv->stage, XENBUS_DRIVER_COMES);
	err = driver_register(driver);
	if (err) {
		WRITE_ONCE(drv->stage, XENBUS_DRIVER_AWAY);
		return err;
	}
	WRITE_ONCE(drv->stage, XENBUS_DRIVER_HERE);
	xenbus_attach_driver(bus, drv);
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_register_driver_common);

/**
 * xenbus_unregister_driver - the counterpart of both register functions
 * @drv: the driver
 *
 * Context: sleeps; not with a lock held that a watch callback takes.
 */
void xenbus_unregister_driver(struct xenbus_driver *drv)
{
	might_sleep();
	WRITE_ONCE(drv->stage, XENBUS_DRIVER_AWAY);
	xenbus_unbind_all(drv);
	driver_unregister(&drv->driver);
}
EXPORT_SYMBOL_GPL(xenbus_unregister_driver);
