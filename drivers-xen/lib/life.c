// SPDX-License-Identifier: GPL-2.0
/*
 * Going through the tables, see life.h.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/workqueue.h>
#include <kunit/static_stub.h>
#include <xen/xenbus.h>
#include "life_table.h"

static struct workqueue_struct *life_wq;

/* Where tests stand in for xenbus and the work queue */

VISIBLE_IF_KUNIT void xen_life_queue(struct xen_life *life)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_life_queue, life);
	queue_work(life_wq, &life->work);
}
EXPORT_SYMBOL_IF_KUNIT(xen_life_queue);

VISIBLE_IF_KUNIT void xen_life_announce(struct xen_life *life,
					enum xenbus_state state)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_life_announce, life, state);
	/* The bus may be waiting for a frontend to close. */
	if (life->ops->kind != XEN_LIFE_BACK && state == XenbusStateClosed)
		xenbus_frontend_closed(life->dev);
	else
		xenbus_switch_state(life->dev, state);
}
EXPORT_SYMBOL_IF_KUNIT(xen_life_announce);

/* Our state is Closing afterwards. */
VISIBLE_IF_KUNIT void xen_life_report(struct xen_life *life, int err,
				      const char *what)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_life_report, life, err, what);
	xenbus_dev_fatal(life->dev, err, "%s", what);
}
EXPORT_SYMBOL_IF_KUNIT(xen_life_report);

VISIBLE_IF_KUNIT bool xen_life_online(struct xen_life *life)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_life_online, life);
	return xenbus_read_unsigned(life->dev->nodename, "online", 1);
}
EXPORT_SYMBOL_IF_KUNIT(xen_life_online);

/* What the actions do */

static void disconnect(struct xen_life *life, enum xen_life_end why)
{
	lockdep_assert_held(&life->lock);

	if (life->stage == XEN_LIFE_IDLE)
		return;
	life->ops->disconnect(life, why);
	life->stage = XEN_LIFE_IDLE;
	life->met = false;
	/* A failure of what is gone is not one of what comes next. */
	spin_lock_irq(&life->event_lock);
	life->error = 0;
	spin_unlock_irq(&life->event_lock);
}

static void give_up(struct xen_life *life, int err, const char *what)
{
	lockdep_assert_held(&life->lock);

	disconnect(life, XEN_LIFE_FAIL);
	life->reopen = false;
	/* It is Closing if the operation has reported the error itself. */
	if (life->dev->state != XenbusStateClosing)
		xen_life_report(life, err, what);
}

static void enter(struct xen_life *life, enum xenbus_state next)
{
	lockdep_assert_held(&life->lock);

	if (next == XenbusStateInitialising)
		life->reopen = false;
	xen_life_announce(life, next);
	/* Could not be written, which has been reported. */
	if (life->dev->state != next)
		disconnect(life, XEN_LIFE_FAIL);
}

static void leave(struct xen_life *life, enum xenbus_state next)
{
	bool again = next == XenbusStateInitialising;

	lockdep_assert_held(&life->lock);

	disconnect(life, again ? XEN_LIFE_AGAIN : XEN_LIFE_CLOSE);
	enter(life, next);
}

/* The tool stack may take a backend away before its frontend has connected. */
static bool is_wanted(struct xen_life *life)
{
	return life->ops->kind != XEN_LIFE_BACK || xen_life_online(life);
}

/* True if it has been done, so that we can go on. */
static bool negotiate(struct xen_life *life)
{
	int err;

	lockdep_assert_held(&life->lock);

	if (!is_wanted(life)) {
		leave(life, XenbusStateClosed);
		return false;
	}
	disconnect(life, XEN_LIFE_AGAIN);
	err = life->ops->negotiate(life);
	if (err < 0)
		give_up(life, err, "negotiating with the other end");
	if (err)
		return false;
	life->stage = XEN_LIFE_PREPARED;
	return true;
}

static bool connect(struct xen_life *life)
{
	int err;

	lockdep_assert_held(&life->lock);

	if (!is_wanted(life)) {
		leave(life, XenbusStateClosed);
		return false;
	}
	if (life->stage != XEN_LIFE_PREPARED)
		return false;
	err = life->ops->connect(life);
	if (err < 0)
		give_up(life, err, "connecting to the other end");
	if (err)
		return false;
	life->stage = XEN_LIFE_RUNNING;
	return true;
}

/*
 * What connect() waits for may come of what negotiate() has done, so that stays if
 * only connect() is to be tried again.
 */
static bool negotiate_and_connect(struct xen_life *life)
{
	if (life->stage == XEN_LIFE_PREPARED && !life->news)
		return connect(life);
	return negotiate(life) && connect(life);
}

static void refresh(struct xen_life *life)
{
	int err;

	lockdep_assert_held(&life->lock);

	if (life->stage != XEN_LIFE_RUNNING)
		return;
	life->met = true;
	if (!life->ops->refresh)
		return;
	err = life->ops->refresh(life);
	if (err < 0)
		give_up(life, err, "changing settings");
}

static void act(struct xen_life *life, const struct xen_life_row *row,
		unsigned int peer)
{
	lockdep_assert_held(&life->lock);

	switch (row->action) {
	case XEN_LIFE_NONSENSE:
		dev_warn_ratelimited(&life->dev->dev,
				     "other end is %s while we are %s, ignored\n",
				     xenbus_strstate(peer),
				     xenbus_strstate(life->dev->state));
		break;
	case XEN_LIFE_NEGOTIATE:
		if (negotiate(life))
			enter(life, row->next);
		break;
	case XEN_LIFE_CONNECT:
		if (connect(life))
			enter(life, row->next);
		break;
	case XEN_LIFE_BOTH:
		if (negotiate_and_connect(life))
			enter(life, row->next);
		break;
	case XEN_LIFE_REFRESH:
		refresh(life);
		break;
	case XEN_LIFE_LEAVE:
		leave(life, row->next);
		break;
	case XEN_LIFE_LEAVE_IF_MET:
		if (life->met)
			leave(life, row->next);
		break;
	case XEN_LIFE_LEAVE_IF_OFFLINE:
		if (!is_wanted(life))
			leave(life, row->next);
		break;
	case XEN_LIFE_LEAVE_STALE:
		leave(life, row->next);
		life->reopen = true;
		break;
	case XEN_LIFE_REOPEN:
		if (life->ops->kind == XEN_LIFE_BACK ? is_wanted(life) :
						       life->reopen)
			leave(life, row->next);
		break;
	}
}

/* The state of the other end, -1 if it is not known. Sets @life->news. */
static int take_peer(struct xen_life *life)
{
	int peer;

	spin_lock_irq(&life->event_lock);
	peer = life->peer;
	life->news = life->seen;
	life->seen = false;
	spin_unlock_irq(&life->event_lock);
	return peer;
}

/* What xen_life_fail() has left, once. */
static int take_error(struct xen_life *life, const char **what)
{
	int err;

	spin_lock_irq(&life->event_lock);
	err = life->error;
	*what = life->what;
	life->error = 0;
	spin_unlock_irq(&life->event_lock);
	return err;
}

/**
 * xen_life_run - do what is to be done
 * @life: the device
 *
 * Context: the work item, and tests; sleeps.
 */
VISIBLE_IF_KUNIT void xen_life_run(struct xen_life *life)
{
	const char *what;
	unsigned int i;
	int err, peer;

	might_sleep();
	mutex_lock(&life->lock);
	if (life->stopped)
		goto out;
	err = take_error(life, &what);
	if (err && life->stage != XEN_LIFE_IDLE)
		give_up(life, err, what);
	peer = take_peer(life);
	if (peer < 0)
		goto out;
	for (i = 0; i < XEN_LIFE_STATES; i++) {
		enum xenbus_state own = life->dev->state;

		act(life, xen_life_lookup(life->ops->kind, own, peer), peer);
		if (life->dev->state == own)
			break;
		dev_dbg(&life->dev->dev, "%s: %s to %s\n", xenbus_strstate(peer),
			xenbus_strstate(own), xenbus_strstate(life->dev->state));
	}
out:
	mutex_unlock(&life->lock);
}
EXPORT_SYMBOL_IF_KUNIT(xen_life_run);

static void work(struct work_struct *work)
{
	xen_life_run(container_of(work, struct xen_life, work));
}

/**
 * xen_life_start - begin the life of a device
 * @life: part of what the driver has for the device, zeroed
 * @dev: the device; its driver data is @life from now on
 * @ops: the driver's part
 *
 * The operations may be called from now on. If a driver had the device before,
 * we begin anew as soon as the other end is ready for it.
 *
 * Context: probe(); sleeps.
 * Return: 0, or -ENOMEM.
 */
int xen_life_start(struct xen_life *life, struct xenbus_device *dev,
		   const struct xen_life_ops *ops)
{
	might_sleep();
	if (!life_wq)
		return -ENOMEM;
	life->dev = dev;
	life->ops = ops;
	life->peer = -1;
	mutex_init(&life->lock);
	spin_lock_init(&life->event_lock);
	INIT_WORK(&life->work, work);
	dev_set_drvdata(&dev->dev, life);
	if (dev->state == XenbusStateInitialising)
		return 0;
	life->reopen = ops->kind != XEN_LIFE_BACK;
	xen_life_announce(life, life->reopen ? XenbusStateClosed :
					       XenbusStateInitialising);
	return 0;
}
EXPORT_SYMBOL_GPL(xen_life_start);

/**
 * xen_life_stop - end the life of a device
 * @life: the device
 *
 * Ends a connection. No operation runs, and none is called, afterwards. The
 * other end is told by the bus.
 *
 * Context: remove(), or probe() after a failure; sleeps.
 */
void xen_life_stop(struct xen_life *life)
{
	might_sleep();
	mutex_lock(&life->lock);
	life->stopped = true;
	disconnect(life, XEN_LIFE_REMOVE);
	mutex_unlock(&life->lock);
	/* After the irq handlers are gone, which can queue it. */
	cancel_work_sync(&life->work);
	dev_set_drvdata(&life->dev->dev, NULL);
	mutex_destroy(&life->lock);
}
EXPORT_SYMBOL_GPL(xen_life_stop);

/**
 * xen_life_otherend_changed - the state of the other end was seen
 * @dev: the device
 * @state: the state; any number
 *
 * Context: &xenbus_driver.otherend_changed.
 */
void xen_life_otherend_changed(struct xenbus_device *dev,
			       enum xenbus_state state)
{
	struct xen_life *life = xen_life_of(dev);
	/* What is no state stays none. */
	int peer = (unsigned int)state < XEN_LIFE_STATES ? state :
							   XEN_LIFE_STATES;

	spin_lock_irq(&life->event_lock);
	life->peer = peer;
	life->seen = true;
	spin_unlock_irq(&life->event_lock);
	xen_life_queue(life);
}
EXPORT_SYMBOL_GPL(xen_life_otherend_changed);

/**
 * xen_life_suspend - the domain is about to be suspended
 * @dev: the device
 *
 * Context: &xenbus_driver.suspend; the work queue is frozen.
 * Return: 0.
 */
int xen_life_suspend(struct xenbus_device *dev)
{
	struct xen_life *life = xen_life_of(dev);

	mutex_lock(&life->lock);
	if (life->stage == XEN_LIFE_RUNNING && life->ops->suspend)
		life->ops->suspend(life);
	mutex_unlock(&life->lock);
	return 0;
}
EXPORT_SYMBOL_GPL(xen_life_suspend);

/**
 * xen_life_resume - the domain was suspended
 * @dev: the device, with another backend and our state Initialising
 *
 * Context: &xenbus_driver.resume; the work queue is frozen.
 * Return: 0.
 */
int xen_life_resume(struct xenbus_device *dev)
{
	struct xen_life *life = xen_life_of(dev);

	mutex_lock(&life->lock);
	disconnect(life, XEN_LIFE_RESUME);
	life->reopen = false;
	/* The bus will watch the new backend, and tell its state. */
	spin_lock_irq(&life->event_lock);
	life->peer = -1;
	spin_unlock_irq(&life->event_lock);
	mutex_unlock(&life->lock);
	return 0;
}
EXPORT_SYMBOL_GPL(xen_life_resume);

/**
 * xen_life_kick - look again
 * @life: the device
 *
 * For an operation that has returned XEN_LIFE_NOT_YET, when it is worth another
 * attempt.
 *
 * Context: any.
 */
void xen_life_kick(struct xen_life *life)
{
	xen_life_queue(life);
}
EXPORT_SYMBOL_GPL(xen_life_kick);

/**
 * xen_life_fail - something does not work any more
 * @life: the device
 * @err: negative error
 * @what: what was done, for the log and the tool stack; a constant
 *
 * Ends the connection, soon. Only the first call counts for each connection.
 *
 * Context: any, also an irq handler.
 */
void xen_life_fail(struct xen_life *life, int err, const char *what)
{
	unsigned long flags;

	spin_lock_irqsave(&life->event_lock, flags);
	if (!life->error) {
		life->error = err ?: -EIO;
		life->what = what;
	}
	spin_unlock_irqrestore(&life->event_lock, flags);
	xen_life_queue(life);
}
EXPORT_SYMBOL_GPL(xen_life_fail);

static int __init life_init(void)
{
	/*
	 * Swap may be on a device that has to be connected again after a
	 * suspend.
	 */
	life_wq = alloc_workqueue("xen-life", WQ_UNBOUND | WQ_FREEZABLE |
				  WQ_MEM_RECLAIM, 0);
	return life_wq ? 0 : -ENOMEM;
}
subsys_initcall(life_init);

static void __exit life_exit(void)
{
	destroy_workqueue(life_wq);
}
module_exit(life_exit);

MODULE_DESCRIPTION("What Xen front and back drivers have in common");
MODULE_LICENSE("GPL");
