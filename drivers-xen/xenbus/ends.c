// SPDX-License-Identifier: GPL-2.0
/*
 * The system ends, and the store may have ended before: a xenstored of dom0 is a process as
 * any other, and init ends them all.
 *
 * Devices are shut down after that. Who asks the store for something then, or has asked
 * already, would wait for ever, and the machine would not restart. Whether xenstored is there
 * Xen can tell: with the process, its end of the event channel goes.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <xen/events.h>
#include <xen/xen.h>
#include "xenbus.h"

/* Whether the store was to be a process of this domain, and is not there. */
VISIBLE_IF_KUNIT bool xenbus_store_is_gone(void)
{
	KUNIT_STATIC_STUB_REDIRECT(xenbus_store_is_gone);
	return xenbus_store_is_local() &&
		evtchn_other_domain(xen_store_evtchn) == -ENOTCONN;
}

/* So long a xenstored that is there may take for an answer. It may wait for a disk. */
#define PATIENCE	(10 * HZ)

static void do_without(struct xs_store *store, const char *why)
{
	guard(mutex)(&store->pump_lock);
	if (!store->broken && xenstored_ready)
		pr_info("xenstored %s, the system ends without it\n", why);
	xs_fail_requests(store, -EIO, true);
}

/**
 * xs_ends_without_store - give up dom0's own store, when the system ends
 * @store: the connection
 * @waited: how many jiffies somebody has waited for an answer
 *
 * For who waits when the notifier below has been called and xenstored was still there.
 *
 * Context: sleeps.
 * Return: true if no request is going to be answered.
 */
bool xs_ends_without_store(struct xs_store *store, unsigned long waited)
{
	if (!xenbus_system_ends())
		return false;
	if (xenbus_store_is_gone())
		do_without(store, "has ended");
	else if (xenbus_store_is_local() && waited >= PATIENCE)
		do_without(store, "does not answer");
	else
		return false;
	return true;
}

/* Before devices are shut down, for restart, halt, power-off and kexec. */
VISIBLE_IF_KUNIT int xenbus_system_goes(struct notifier_block *nb,
					unsigned long action, void *data)
{
	struct xs_store *store = xs_store;

	if (store && xenbus_store_is_gone())
		do_without(store, "has ended");
	return NOTIFY_DONE;
}

static struct notifier_block ends = {
	.notifier_call = xenbus_system_goes,
};

static int __init ends_init(void)
{
	if (!xen_initial_domain())
		return 0;
	return register_reboot_notifier(&ends);
}
device_initcall(ends_init);
