// SPDX-License-Identifier: GPL-2.0
/*
 * A frontend gets another backend.
 *
 * The domain of a backend may end without a word to its frontends. They keep what they
 * have, and wait. When that domain is back the toolstack attaches the device once more:
 * it makes the frontend's node anew, in state Initialising, with the path of the
 * new backend. To a driver this is what a restore of the domain is, so resume() takes it
 * to the new backend, and with it all requests that are under way. Nobody is frozen
 * meanwhile, though. A driver with a suspend() counts on that, so nothing is done for its
 * devices, nor for those of a driver without resume(): to remove one could take for ever,
 * as its requests do not come back. One that has not been connected, or is no longer, has
 * none, and becomes a new device.
 *
 * Nothing but the state tells a node that was made anew from one that is
 * as it was. A driver may go to Initialising by itself. So xenbus_device.writing says,
 * before the node does, where the driver goes, and xenbus_device.state says it
 * afterwards: if both are the same, before and after the node was read, it was
 * somebody else who wrote what the node has.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "xenbus.h"

/* How long the new backend may take until it can be talked to */
#define READY_TIMEOUT	(5 * HZ)
#define POLL_MS		10

/*
 * Whether the backend that a device has is gone, or not at work. Only a clear answer
 * counts, since two backends that write to one disk are no good.
 */
static bool is_left_alone(struct xenbus_device *xdev)
{
	unsigned int state;
	int err;

	if (!xdev->otherend)
		return true;
	err = xenbus_scanf(XBT_NIL, xdev->otherend, "state", "%u", &state);
	if (err == 1)
		return !xenbus_is_active(state);
	return err == -ENOENT || err == -EACCES;
}

/*
 * With less it cannot say yet what it is able to do. Each key of the new node brings us
 * here again: once is enough to wait.
 */
static bool is_ready(struct xenbus_device *xdev)
{
	unsigned long end = jiffies + (xdev->awaited ? 0 : READY_TIMEOUT);
	bool ready = false;
	char *path;

	path = xenbus_read(XBT_NIL, xdev->nodename, "backend", NULL);
	if (IS_ERR(path))
		return false;
	while (*path) {
		ready = xenbus_read_driver_state(path) == XenbusStateInitWait;
		if (ready || time_after(jiffies, end))
			break;
		msleep(POLL_MS);
	}
	kfree(path);
	xdev->awaited = true;
	return ready;
}

static void free_path(struct device *dev, void *res)
{
	kfree(*(const char **)res);
}

/* Who runs beside this may be reading the old path: it stays until the driver goes. */
static int change_backend(struct xenbus_device *xdev,
			  const struct xenbus_driver *drv)
{
	const char **old;
	int err;

	old = devres_alloc(free_path, sizeof(*old), GFP_KERNEL);
	if (!old)
		return -ENOMEM;
	*old = xdev->otherend;
	err = drv->read_otherend_details(xdev);
	if (err)
		devres_free(old);
	else
		devres_add(&xdev->dev, old);
	return err;
}

static int reattach(struct xenbus_device *xdev, const struct xenbus_driver *drv)
{
	int err;

	xdev->reattached = true;
	xenbus_dev_unwatch(xdev);
	xenbus_set_initialising(xdev);
	err = change_backend(xdev, drv);
	if (!err)
		err = drv->resume(xdev);
	return err ?: xenbus_dev_watch(xdev);
}

static void try_to_reattach(struct xenbus_device *xdev,
			    const struct xenbus_driver *drv)
{
	int err = reattach(xdev, drv);

	if (err)
		xenbus_dev_fatal(xdev, err, "attaching it once more");
	else
		dev_info(&xdev->dev, "attached once more, to backend %s\n",
			 xdev->otherend);
}

static bool can_resume(const struct xenbus_driver *drv)
{
	return drv->resume && !drv->suspend;
}

/* Why not now; NULL if there is no reason. The device is left as it is then. */
static const char *obstacle(struct xenbus_device *xdev,
			    const struct xenbus_driver *drv,
			    enum xenbus_state state)
{
	if (xenbus_system_ends())
		return "the system ends";
	/* What was under way is with the driver, which loses it if it begins again. */
	if (xdev->reattached)
		return "it was before, and has not been connected since";
	if (state == XenbusStateConnected && !can_resume(drv))
		return "its driver cannot";
	if (xenbus_is_active(state) && !is_left_alone(xdev))
		return "its backend is still at work";
	if (state == XenbusStateConnected && !is_ready(xdev))
		return "the new backend is not ready";
	return NULL;
}

/* Whether the driver is in a state, and has not begun to go to another one. */
static bool stays(const struct xenbus_device *xdev, enum xenbus_state state)
{
	return READ_ONCE(xdev->state) == state &&
	       READ_ONCE(xdev->writing) == state;
}

/**
 * xenbus_reattach - a frontend's node may have been made anew
 * @xdev: the device, whose node is in state Initialising
 * @state: &xenbus_device.state as it was before the node's state was read
 *
 * Context: sleeps; in "xenwatch", without the device's lock.
 * Return: false if the caller has to make the device anew.
 */
bool xenbus_reattach(struct xenbus_device *xdev, enum xenbus_state state)
{
	const struct xenbus_driver *drv;
	struct device *dev = &xdev->dev;
	const char *why;

	might_sleep();
	if (state == XenbusStateInitialising || !stays(xdev, state))
		return true;
	/* Who takes its driver away may hold the lock for long. */
	if (READ_ONCE(xdev->leaving))
		return true;
	guard(device)(dev);
	if (!dev->driver)
		return false;
	if (!stays(xdev, state) || xdev->leaving)
		return true;
	drv = to_xenbus_driver(dev->driver);
	why = obstacle(xdev, drv, state);
	if (why)
		dev_warn_ratelimited(dev, "attached once more, but %s: nothing done\n",
				     why);
	else if (state == XenbusStateConnected)
		try_to_reattach(xdev, drv);
	else
		return false;
	return true;
}
