// SPDX-License-Identifier: GPL-2.0
/*
 * Consoles 1 and up: ring consoles that come and go through xenstore.
 *
 * Node device/console/N; the toolstack writes "type" (who serves it) and reads
 * nothing. We write "ring-ref" (grant of the page) and "port" (event channel)
 * and go to Initialised; the backend goes to Connected, and we follow.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <xen/xen.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/xenbus.h>

#include "console.h"

/* Far more than anybody has; keeps the terminal numbers apart from others'. */
#define MAX_CONSOLE	4096

/**
 * struct xencons_front - a console on the xenbus
 * @cons: the console
 * @dev: its device
 * @page: granted page, NULL before it is set up
 * @gref: grant of @page
 */
struct xencons_front {
	struct xencons cons;
	struct xenbus_device *dev;
	void *page;
	grant_ref_t gref;
};

static int check_type(struct xenbus_device *dev)
{
	static const char *const types[] = { "xenconsoled", "ioemu" };
	char *type;
	int found;

	type = xenbus_read(XBT_NIL, dev->nodename, "type", NULL);
	if (IS_ERR(type))
		return PTR_ERR(type) == -ENOENT ? 0 : PTR_ERR(type);

	found = match_string(types, ARRAY_SIZE(types), type);
	kfree(type);
	return found < 0 ? -EINVAL : 0;
}

/* The number is the last part of device/console/N. */
static int console_number(struct xenbus_device *dev, unsigned int *nr)
{
	const char *last = kbasename(dev->nodename);

	if (kstrtouint(last, 10, nr) || *nr > MAX_CONSOLE)
		return -EINVAL;

	/* Console 0 is known from elsewhere. */
	return *nr ? 0 : -ENODEV;
}

static int setup_page(struct xencons_front *front)
{
	int err;

	might_sleep();

	err = xenbus_setup_ring(front->dev, GFP_KERNEL, &front->page, 1,
				&front->gref);
	if (err)
		return err;

	err = xenbus_alloc_evtchn(front->dev, &front->cons.evtchn);
	if (err) {
		xenbus_teardown_ring(&front->page, 1, &front->gref);
		return err;
	}

	xencons_attach(&front->cons, front->page);
	return 0;
}

static int write_keys_once(struct xencons_front *front)
{
	const char *node = front->dev->nodename;
	struct xenbus_transaction xbt;
	int err;

	err = xenbus_transaction_start(&xbt);
	if (err)
		return err;

	err = xenbus_printf(xbt, node, "ring-ref", "%u", front->gref);
	if (!err)
		err = xenbus_printf(xbt, node, "port", "%u",
				    front->cons.evtchn);
	if (err) {
		xenbus_transaction_end(xbt, 1);
		return err;
	}

	return xenbus_transaction_end(xbt, 0);
}

static int announce(struct xencons_front *front)
{
	int err;

	do
		err = write_keys_once(front);
	while (err == -EAGAIN);

	if (err)
		return err;

	return xenbus_switch_state(front->dev, XenbusStateInitialised);
}

/* After the terminal is gone: nobody uses page and port but the backend. */
static void release(struct xencons_front *front)
{
	bool port_open = front->cons.evtchn && front->cons.irq <= 0;

	might_sleep();

	xencons_detach(&front->cons);
	xencons_remove(&front->cons);
	if (port_open)
		xenbus_free_evtchn(front->dev, front->cons.evtchn);
	if (front->page)
		xenbus_teardown_ring(&front->page, 1, &front->gref);
	kfree(front);
}

static int start(struct xencons_front *front)
{
	int err;

	err = setup_page(front);
	if (err)
		return err;

	err = xencons_publish(&front->cons);
	if (err)
		return err;

	err = xencons_add(&front->cons, &xencons_ring_ops);
	if (err)
		return err;

	err = xencons_bind(&front->cons);
	if (err)
		return err;

	return announce(front);
}

static int frontend_probe(struct xenbus_device *dev,
			  const struct xenbus_device_id *id)
{
	struct xencons_front *front;
	unsigned int nr;
	int err;

	err = console_number(dev, &nr);
	if (err)
		return err;

	err = check_type(dev);
	if (err) {
		xenbus_dev_fatal(dev, err, "reading the console's type");
		return err;
	}

	front = kzalloc(sizeof(*front), GFP_KERNEL);
	if (!front)
		return -ENOMEM;

	front->dev = dev;
	xencons_init(&front->cons, nr);
	dev_set_drvdata(&dev->dev, front);

	err = start(front);
	if (err) {
		xenbus_dev_fatal(dev, err, "setting up the console");
		dev_set_drvdata(&dev->dev, NULL);
		release(front);
	}

	return err;
}

static void frontend_remove(struct xenbus_device *dev)
{
	release(dev_get_drvdata(&dev->dev));
}

/*
 * The backend that knew our grant and port stayed behind on the other host. The
 * terminal stays open: only what is under it is made anew.
 */
static int frontend_resume(struct xenbus_device *dev)
{
	struct xencons_front *front = dev_get_drvdata(&dev->dev);
	int err;

	xencons_detach(&front->cons);
	xenbus_teardown_ring(&front->page, 1, &front->gref);

	front->cons.evtchn = 0;
	err = setup_page(front);
	if (err) {
		xenbus_dev_fatal(dev, err, "resuming the console");
		return err;
	}

	rebind_evtchn_irq(front->cons.evtchn, front->cons.irq);
	return announce(front);
}

/* Also called when nothing has changed, and with states left out. */
static void backend_changed(struct xenbus_device *dev,
			    enum xenbus_state state)
{
	struct xencons_front *front = dev_get_drvdata(&dev->dev);

	if (state == XenbusStateConnected) {
		if (dev->state == XenbusStateInitialised)
			xenbus_switch_state(dev, XenbusStateConnected);
		/* Of what was written before, it was not told. */
		xencons_notify(&front->cons);
		return;
	}

	if (state < XenbusStateClosing || state > XenbusStateClosed)
		return;

	/* Gone, for good: whatever comes next is a new device. */
	xencons_detach(&front->cons);
	if (dev->state != XenbusStateClosed)
		xenbus_frontend_closed(dev);
}

static const struct xenbus_device_id frontend_ids[] = {
	{ "console" },
	{ "" }
};

static struct xenbus_driver frontend_driver = {
	.name = "xenconsole",
	.ids = frontend_ids,
	.probe = frontend_probe,
	.remove = frontend_remove,
	.resume = frontend_resume,
	.otherend_changed = backend_changed,
	.not_essential = true,
};

/**
 * xencons_frontend_register() - serve the consoles in xenstore
 *
 * Return: 0 or the bus's error.
 */
int xencons_frontend_register(void)
{
	return xenbus_register_frontend(&frontend_driver);
}
