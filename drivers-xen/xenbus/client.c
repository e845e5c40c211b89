// SPDX-License-Identifier: GPL-2.0
/*
 * What drivers ask of their xenbus device: states, error reports, watches,
 * event channels.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/events.h>
#include <xen/xen.h>
#include "xenbus.h"

/* In the order of enum xenbus_state. */
static const char * const state_names[] = {
	"Unknown", "Initialising", "InitWait", "Initialised", "Connected",
	"Closing", "Closed", "Reconfiguring", "Reconfigured",
};

static_assert(ARRAY_SIZE(state_names) == XenbusStateReconfigured + 1);

typedef bool (*watch_filter_t)(struct xenbus_watch *, const char *,
			       const char *);
typedef void (*watch_callback_t)(struct xenbus_watch *, const char *,
				 const char *);

/**
 * xenbus_strstate - name of a state
 * @state: the state
 *
 * Context: any.
 * Return: the name, "INVALID" for what is no state.
 */
const char *xenbus_strstate(enum xenbus_state state)
{
	if ((unsigned int)state >= ARRAY_SIZE(state_names))
		return "INVALID";
	return state_names[state];
}
EXPORT_SYMBOL_GPL(xenbus_strstate);

/**
 * xenbus_read_driver_state - read the state of either end
 * @path: node of the end
 *
 * Context: sleeps.
 * Return: the state; XenbusStateUnknown if it cannot be read or is none.
 */
enum xenbus_state xenbus_read_driver_state(const char *path)
{
	unsigned int state = xenbus_read_unsigned(path, "state",
						  XenbusStateUnknown);

	if (state >= ARRAY_SIZE(state_names))
		return XenbusStateUnknown;
	return state;
}
EXPORT_SYMBOL_GPL(xenbus_read_driver_state);

/* The log line, and error/<node>/error for the toolstack. */
static void report(struct xenbus_device *dev, int err, struct va_format *what)
{
	char *path;

	/* The other end may bring this about as often as it likes. */
	dev_err_ratelimited(&dev->dev, "%d %pV\n", err, what);
	path = kasprintf(GFP_NOIO | __GFP_HIGH, "error/%s", dev->nodename);
	if (!path)
		return;
	if (xenbus_printf(XBT_NIL, path, "error", "%d %pV", -err, what))
		dev_warn(&dev->dev, "cannot write the error to %s\n", path);
	kfree(path);
}

/**
 * xenbus_dev_error - report an error of a device
 * @dev: the device
 * @err: negative errno
 * @fmt: what went wrong
 *
 * Context: sleeps.
 */
void xenbus_dev_error(struct xenbus_device *dev, int err, const char *fmt, ...)
{
	struct va_format what = { .fmt = fmt };
	va_list ap;

	might_sleep();
	va_start(ap, fmt);
	what.va = &ap;
	report(dev, err, &what);
	va_end(ap);
}
EXPORT_SYMBOL_GPL(xenbus_dev_error);

/*
 * One attempt to write our state. A node that is gone stays gone: writing would
 * make it anew and leave an empty device behind.
 */
static int write_state(struct xenbus_device *dev, enum xenbus_state state)
{
	struct xenbus_transaction t;
	unsigned int old;
	int err, end;

	err = xenbus_transaction_start(&t);
	if (err)
		return err;
	err = xenbus_scanf(t, dev->nodename, "state", "%u", &old);
	if (err == 1)
		err = xenbus_printf(t, dev->nodename, "state", "%u", state);
	end = xenbus_transaction_end(t, err != 0);
	return err ? err : end;
}

static int set_state(struct xenbus_device *dev, enum xenbus_state state)
{
	int err;

	if (dev->state == state) {
		/* It may have failed to leave. */
		WRITE_ONCE(dev->writing, state);
		return 0;
	}
	/* In this order, and the node in between: see reattach.c. */
	WRITE_ONCE(dev->writing, state);
	if (READ_ONCE(dev->gone)) {
		dev->state = state;
		return 0;
	}
	do {
		err = write_state(dev, state);
	} while (err == -EAGAIN);
	/*
	 * Without a state node there is nobody left to tell, and the new state
	 * holds: drivers go through their states to the end all the same.
	 */
	if (XENBUS_EXIST_ERR(err) || err == -EACCES)
		err = 0;
	if (err)
		return err;
	if (state == XenbusStateConnected) {
		dev->reattached = false;
		dev->awaited = false;
	}
	WRITE_ONCE(dev->state, state);
	return 0;
}

/**
 * xenbus_dev_fatal - report an error that the device cannot survive
 * @dev: the device
 * @err: negative errno
 * @fmt: what went wrong
 *
 * Tells the other end to close, too: the state becomes Closing.
 *
 * Context: sleeps.
 */
void xenbus_dev_fatal(struct xenbus_device *dev, int err, const char *fmt, ...)
{
	struct va_format what = { .fmt = fmt };
	va_list ap;

	might_sleep();
	va_start(ap, fmt);
	what.va = &ap;
	report(dev, err, &what);
	va_end(ap);
	if (set_state(dev, XenbusStateClosing))
		dev_err(&dev->dev, "cannot tell the other end to close\n");
}
EXPORT_SYMBOL_GPL(xenbus_dev_fatal);

/**
 * xenbus_switch_state - announce a new state of ours
 * @dev: the device
 * @new_state: the state
 *
 * Does nothing if that is the state already or the device has vanished from
 * xenstore. Must not be called inside a transaction.
 *
 * Context: sleeps.
 * Return: 0; a failure has been reported with xenbus_dev_fatal().
 */
int xenbus_switch_state(struct xenbus_device *dev, enum xenbus_state new_state)
{
	int err;

	might_sleep();
	err = set_state(dev, new_state);
	if (err && new_state == XenbusStateClosing)
		xenbus_dev_error(dev, err, "writing new state");
	else if (err)
		xenbus_dev_fatal(dev, err, "writing new state");
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_switch_state);

/**
 * xenbus_dev_is_online - whether the toolstack wants to keep a backend
 * @dev: the device
 *
 * Context: sleeps.
 * Return: 1 if the key "online" is 1, else 0.
 */
int xenbus_dev_is_online(struct xenbus_device *dev)
{
	return xenbus_read_unsigned(dev->nodename, "online", 0) == 1;
}
EXPORT_SYMBOL_GPL(xenbus_dev_is_online);

/**
 * xenbus_frontend_closed - the frontend has let go of everything
 * @dev: the device
 *
 * Context: sleeps.
 * Return: 0.
 */
int xenbus_frontend_closed(struct xenbus_device *dev)
{
	xenbus_switch_state(dev, XenbusStateClosed);
	complete(&dev->down);
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_frontend_closed);

/* will_handle for a watch whose callback reads the state anew each time. */
bool xenbus_watch_idle(struct xenbus_watch *watch, const char *path,
		       const char *token)
{
	return !watch->nr_pending;
}

/**
 * xenbus_watch_path - watch a node on behalf of a device
 * @dev: the device, for error reports
 * @path: what to watch; must live as long as the watch
 * @watch: the watch, filled in here
 * @will_handle: see struct xenbus_watch, may be NULL
 * @callback: see register_xenbus_watch()
 *
 * Context: sleeps.
 * Return: 0 or -errno: then @watch->node is NULL and the device has failed.
 */
int xenbus_watch_path(struct xenbus_device *dev, const char *path,
		      struct xenbus_watch *watch, watch_filter_t will_handle,
		      watch_callback_t callback)
{
	int err;

	watch->node = path;
	watch->callback = callback;
	watch->will_handle = will_handle;
	watch->nr_max = 0;
	err = register_xenbus_watch(watch);
	if (err) {
		watch->callback = NULL;
		watch->will_handle = NULL;
		watch->node = NULL;
		xenbus_dev_fatal(dev, err, "watching %s", path);
	}
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_watch_path);

/**
 * xenbus_watch_pathfmt - as xenbus_watch_path(), with a formatted path
 * @dev: the device, for error reports
 * @watch: the watch, filled in here
 * @will_handle: see struct xenbus_watch, may be NULL
 * @callback: see register_xenbus_watch()
 * @pathfmt: format of the path
 *
 * @watch->node is kmalloc()ed; free it after unregister_xenbus_watch().
 *
 * Context: sleeps.
 * Return: 0 or -errno.
 */
int xenbus_watch_pathfmt(struct xenbus_device *dev, struct xenbus_watch *watch,
			 watch_filter_t will_handle, watch_callback_t callback,
			 const char *pathfmt, ...)
{
	int err = -ENOMEM;
	char *node;
	va_list ap;

	va_start(ap, pathfmt);
	node = kvasprintf(GFP_NOIO | __GFP_HIGH, pathfmt, ap);
	va_end(ap);
	if (node)
		err = xenbus_watch_path(dev, node, watch, will_handle, callback);
	else
		xenbus_dev_fatal(dev, err, "naming a watch");
	if (err)
		kfree(node);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_watch_pathfmt);

/**
 * xenbus_alloc_evtchn - make an event channel for the other end to bind
 * @dev: the device
 * @port: where to store our port
 *
 * Context: sleeps on failure.
 * Return: 0 or -errno: then the device has failed.
 */
int xenbus_alloc_evtchn(struct xenbus_device *dev, evtchn_port_t *port)
{
	struct evtchn_alloc_unbound op = {
		.dom = DOMID_SELF,
		.remote_dom = dev->otherend_id,
	};
	int err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);

	if (err)
		xenbus_dev_fatal(dev, err, "allocating event channel");
	else
		*port = op.port;
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_alloc_evtchn);

/**
 * xenbus_free_evtchn - close an event channel
 * @dev: the device
 * @port: our port
 *
 * Context: sleeps on failure.
 * Return: 0 or -errno.
 */
int xenbus_free_evtchn(struct xenbus_device *dev, evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };
	int err = HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);

	if (err)
		xenbus_dev_error(dev, err, "freeing event channel %u", port);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_free_evtchn);
