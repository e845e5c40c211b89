/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of one end of a device, from probe to remove.
 *
 * Each end writes its own state and watches that of the other end. What an end
 * does when it sees a state depends only on that and on its own state: it is
 * looked up in a table (life_table.c), of which there is one for each way of
 * connecting. A driver supplies what is particular to it:
 *
 *	negotiate	prepare a connection: read what the other end offers,
 *			say what we offer
 *	connect		the other end is ready: go to work
 *	disconnect	undo both
 *
 * disconnect() follows on each successful negotiate(), once, and on nothing
 * else; connect() comes at most once in between. So it is however often a state
 * is seen, and whatever the other end does: it may restart, vanish, or write
 * states at random.
 *
 * The other end is told of an error through our state Closing, and the tool
 * stack through the key "error". There is no new attempt until the other end has
 * started anew.
 *
 * Locking: the operations, and whatever changes our state, run in a work item
 * of the device's own, one at a time, under &xen_life.lock. So one device that
 * takes its time holds up no other. The work queue is frozen for a suspend.
 *
 * An operation must not unregister a watch: removal waits in the thread
 * xenwatch for operations to end. Watches belong into probe and remove.
 */
#ifndef _XEN_DRVLIB_LIFE_H
#define _XEN_DRVLIB_LIFE_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

struct xen_life;

/*
 * negotiate() and connect(): not yet; xen_life_kick() says when to try again. That is
 * the same operation again, unless the other end has written its state meanwhile: then
 * it may have started anew, and so do we.
 */
#define XEN_LIFE_NOT_YET	1

/**
 * enum xen_life_end - why a connection ends
 * @XEN_LIFE_CLOSE: one of the ends closes; what was not done fails
 * @XEN_LIFE_FAIL: something does not work; what was not done fails
 * @XEN_LIFE_AGAIN: the other end has started anew, and there will be another
 *	connection; what was not done can be kept for it
 * @XEN_LIFE_RESUME: the domain was suspended: grants and ports are gone already;
 *	otherwise as XEN_LIFE_AGAIN
 * @XEN_LIFE_REMOVE: the driver is about to let go of the device
 */
enum xen_life_end {
	XEN_LIFE_CLOSE,
	XEN_LIFE_FAIL,
	XEN_LIFE_AGAIN,
	XEN_LIFE_RESUME,
	XEN_LIFE_REMOVE,
};

/**
 * enum xen_life_kind - ways of connecting
 * @XEN_LIFE_FRONT: a frontend that publishes its rings, waits until the backend
 *	is connected, and then goes to work; as a disk, whose size it has to know
 * @XEN_LIFE_FRONT_AT_ONCE: a frontend that goes to work together with
 *	publishing its rings; as a network interface, whose backend waits for it
 * @XEN_LIFE_BACK: a backend
 * @XEN_LIFE_KINDS: how many there are
 */
enum xen_life_kind {
	XEN_LIFE_FRONT,
	XEN_LIFE_FRONT_AT_ONCE,
	XEN_LIFE_BACK,
	XEN_LIFE_KINDS,
};

/**
 * struct xen_life_ops - what a driver supplies
 * @kind: way of connecting
 * @negotiate: frontend: read the backend's keys, share rings, write our keys.
 *	Backend: write what we offer
 * @connect: frontend: read what else there is, go to work. Backend: read the
 *	frontend's keys, map its rings, go to work
 * @disconnect: stop, and undo both; the irq handlers do not run afterwards
 * @refresh: settings of the other end may have changed while both were
 *	connected; may be called without reason. NULL if there is nothing to do
 * @suspend: the domain may be suspended soon; nothing says if it is not. NULL if
 *	there is nothing to do
 *
 * All may sleep, and run under &xen_life.lock, one at a time.
 *
 * @negotiate, @connect and @refresh return 0 or a negative error, the first two
 * also XEN_LIFE_NOT_YET. If they do not return 0 they have undone their own part.
 * On an error @disconnect is called if @negotiate had succeeded before. The error
 * is reported, unless xenbus_dev_fatal() was called by the operation itself.
 */
struct xen_life_ops {
	enum xen_life_kind kind;
	int (*negotiate)(struct xen_life *life);
	int (*connect)(struct xen_life *life);
	void (*disconnect)(struct xen_life *life, enum xen_life_end why);
	int (*refresh)(struct xen_life *life);
	void (*suspend)(struct xen_life *life);
};

/**
 * enum xen_life_stage - what the driver has got of a connection
 * @XEN_LIFE_IDLE: nothing
 * @XEN_LIFE_PREPARED: negotiate() has succeeded
 * @XEN_LIFE_RUNNING: connect() has succeeded, too
 */
enum xen_life_stage {
	XEN_LIFE_IDLE,
	XEN_LIFE_PREPARED,
	XEN_LIFE_RUNNING,
};

/**
 * struct xen_life - a device, for its driver to embed
 * @dev: the device; set by xen_life_start() and then constant
 * @ops: the driver's part; likewise
 * @lock: serialises the operations; guards the members up to @work
 * @stage: what the driver has got
 * @reopen: when the other end has closed, start from the beginning
 * @met: the other end has been seen connected since we are
 * @news: what is acted upon was not just seen before; set while operations run
 * @stopped: xen_life_stop() has been called
 * @work: does what is to be done
 * @event_lock: guards the rest; taken with interrupts off, innermost
 * @peer: state of the other end as it was seen last, -1 for never
 * @seen: it was seen, be it the same as before, and has not been acted upon
 * @error: what xen_life_fail() was called with and has not been dealt with
 * @what: likewise
 */
struct xen_life {
	struct xenbus_device *dev;
	const struct xen_life_ops *ops;
	/* Serialises the operations. */
	struct mutex lock;
	enum xen_life_stage stage;
	bool reopen;
	bool met;
	bool news;
	bool stopped;
	struct work_struct work;
	/* Guards what comes from irq handlers and watches. */
	spinlock_t event_lock;
	int peer;
	bool seen;
	int error;
	const char *what;
};

/* For a driver's probe() and remove() */
int xen_life_start(struct xen_life *life, struct xenbus_device *dev,
		   const struct xen_life_ops *ops);
void xen_life_stop(struct xen_life *life);

/* To be used as callbacks in struct xenbus_driver */
void xen_life_otherend_changed(struct xenbus_device *dev,
			       enum xenbus_state state);
int xen_life_suspend(struct xenbus_device *dev);
int xen_life_resume(struct xenbus_device *dev);

/* From anywhere in a driver */
void xen_life_kick(struct xen_life *life);
void xen_life_fail(struct xen_life *life, int err, const char *what);

/**
 * xen_life_of() - find the life of a device
 * @dev: a device between xen_life_start() and xen_life_stop()
 */
static inline struct xen_life *xen_life_of(struct xenbus_device *dev)
{
	return dev_get_drvdata(&dev->dev);
}

#endif
