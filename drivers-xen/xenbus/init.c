// SPDX-License-Identifier: GPL-2.0
/*
 * Finding the store and announcing it.
 *
 * Xen tells a guest page and port of its store in two HVM parameters. A domain 0
 * without them has the store as a process of its own and offers it a page;
 * whether and when that process comes up is seen from its first event.
 *
 * Only when the store has answered a first request is xenstored_ready set and
 * everybody told. So a store that is silent from the beginning costs a message,
 * not the boot.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <kunit/static_stub.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/proc_fs.h>
#include <linux/random.h>
#include <asm/xen/events.h>
#include <asm/xen/hypervisor.h>
#include <xen/events.h>
#include <xen/hvm.h>
#include <xen/interface/hvm/params.h>
#include <xen/page.h>
#include <xen/xen.h>
#include "xenbus.h"

int xen_store_evtchn;
EXPORT_SYMBOL_GPL(xen_store_evtchn);

struct xenstore_domain_interface *xen_store_interface;
EXPORT_SYMBOL_GPL(xen_store_interface);

int xenstored_ready;

static enum {
	STORE_NONE,
	STORE_GIVEN,
	STORE_LOCAL,
} store_kind __ro_after_init;

static struct xs_store the_store;
static DECLARE_WAIT_QUEUE_HEAD(store_appears);
static DECLARE_COMPLETION(store_settled);

static DEFINE_MUTEX(announce_lock);
static BLOCKING_NOTIFIER_HEAD(store_chain);

/**
 * register_xenstore_notifier - be told when the store can be used
 * @nb: its function is called once, now if the store is there already
 *
 * Context: sleeps.
 * Return: 0.
 */
int register_xenstore_notifier(struct notifier_block *nb)
{
	bool ready;

	might_sleep();
	scoped_guard(mutex, &announce_lock) {
		ready = xenstored_ready;
		if (!ready)
			blocking_notifier_chain_register(&store_chain, nb);
	}
	if (ready)
		nb->notifier_call(nb, 0, NULL);
	return 0;
}
EXPORT_SYMBOL_GPL(register_xenstore_notifier);

/**
 * unregister_xenstore_notifier - the counterpart of the above
 * @nb: the notifier
 *
 * Context: sleeps.
 */
void unregister_xenstore_notifier(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&store_chain, nb);
}
EXPORT_SYMBOL_GPL(unregister_xenstore_notifier);

static void announce(void)
{
	scoped_guard(mutex, &announce_lock)
		xenstored_ready = 1;
	/* Nobody joins the chain any more, so the lock is not needed. */
	blocking_notifier_call_chain(&store_chain, 0, NULL);
}

static irqreturn_t store_irq(int irq, void *data)
{
	struct xs_store *store = data;

	WRITE_ONCE(store->events_seen, true);
	wake_up(&store_appears);
	xs_kick(store);
	return IRQ_HANDLED;
}

static void store_notify(struct xs_wire *wire)
{
	notify_remote_via_evtchn(wire->port);
}

static int bind_port(struct xs_store *store, evtchn_port_t port)
{
	int irq = bind_evtchn_to_irqhandler(port, store_irq, 0, "xenbus",
					    store);

	if (irq < 0) {
		pr_err("no interrupt for event channel %u: %d\n", port, irq);
		return irq;
	}
	store->irq = irq;
	return 0;
}

/* Where the store is reached after a resume. */
evtchn_port_t xenbus_store_port(void)
{
	u64 port;

	if (store_kind == STORE_GIVEN &&
	    !hvm_get_parameter(HVM_PARAM_STORE_EVTCHN, &port))
		xen_store_evtchn = port;
	return xen_store_evtchn;
}

bool xenbus_store_is_local(void)
{
	KUNIT_STATIC_STUB_REDIRECT(xenbus_store_is_local);
	return store_kind == STORE_LOCAL;
}

/**
 * xenbus_store_appears - another domain is going to be our store
 * @port: event channel that it will bind
 *
 * Return: 0, or -errno if the port cannot be used.
 */
int xenbus_store_appears(evtchn_port_t port)
{
	struct xs_store *store = &the_store;

	scoped_guard(mutex, &store->pump_lock) {
		if (store->irq > 0)
			unbind_from_irqhandler(store->irq, store);
		store->irq = 0;
		store->wire.port = port;
		xen_store_evtchn = port;
		if (bind_port(store, port))
			return -EIO;
	}
	WRITE_ONCE(store->events_seen, true);
	wake_up(&store_appears);
	xs_kick(store);
	return 0;
}

/* Watches of a kernel that ran before us in this domain, before a kexec. */
static void drop_old_watches(void)
{
	struct kvec empty = { .iov_base = "", .iov_len = 1 };
	void *reply;

	/* Stores that do not say they know the request may not survive it. */
	if (xen_initial_domain() ||
	    !xenbus_read_unsigned("control", "platform-feature-xs_reset_watches",
				  0))
		return;
	reply = xs_talk(XBT_NIL, XS_RESET_WATCHES, &empty, 1, NULL);
	if (IS_ERR(reply))
		pr_warn("old watches could not be dropped: %ld\n",
			PTR_ERR(reply));
	else
		kfree(reply);
}

static int first_contact(void)
{
	void *reply = xenbus_read(XBT_NIL, "domid", "", NULL);

	/* Any answer will do. */
	if (!IS_ERR(reply))
		kfree(reply);
	else if (PTR_ERR(reply) == -EIO || PTR_ERR(reply) == -EINTR)
		return PTR_ERR(reply);
	return 0;
}

static int map_given_page(u64 pfn)
{
	xen_store_interface = memremap(pfn << XEN_PAGE_SHIFT, XEN_PAGE_SIZE,
				       MEMREMAP_WB);
	if (xen_store_interface)
		return 0;
	pr_err("cannot map the page of the store, frame %#llx\n", pfn);
	return -ENOMEM;
}

/* A toolstack may give us a store only after we were started. */
static int wait_for_page(void)
{
	u64 pfn;
	int err;

	might_sleep();
	while (!xen_store_interface) {
		err = hvm_get_parameter(HVM_PARAM_STORE_PFN, &pfn);
		if (err)
			return err;
		if (pfn && pfn != ~0ULL)
			return map_given_page(pfn);
		msleep_interruptible(500);
	}
	return 0;
}

static int connect_store(struct xs_store *store)
{
	int err;

	might_sleep();
	store->wire.page = xen_store_interface;
	store->wire.notify = store_notify;
	store->wire.reset_ms = 10 * MSEC_PER_SEC;
	scoped_guard(mutex, &store->pump_lock) {
		store->wire.port = xen_store_evtchn;
		err = bind_port(store, store->wire.port);
		/* One that reconnects too late is not lost: an event tells. */
		if (!err)
			xs_wire_reset(&store->wire);
		/* Whoever was here before has used ids, too. */
		store->parser.hunting = store_kind == STORE_GIVEN;
		store->next_id = get_random_u32();
	}
	if (!err)
		err = xs_store_start(store);
	if (err)
		return err;
	/* Set up before it is seen; users depend on the address they read. */
	smp_store_release(&xs_store, store);
	return 0;
}

static int find_and_announce(void *unused)
{
	int err;

	err = wait_for_page();
	if (!err)
		err = connect_store(&the_store);
	if (!err && store_kind == STORE_LOCAL)
		wait_event_idle(store_appears,
				READ_ONCE(the_store.events_seen));
	if (!err)
		err = first_contact();
	if (err) {
		pr_err("no connection to xenstore: %d\n", err);
	} else {
		drop_old_watches();
		announce();
	}
	complete_all(&store_settled);
	return err;
}

static int __init offer_page(void)
{
	struct evtchn_alloc_unbound op = {
		.dom = DOMID_SELF,
		.remote_dom = DOMID_SELF,
	};
	int err;

	xen_store_interface = (void *)get_zeroed_page(GFP_KERNEL);
	if (!xen_store_interface)
		return -ENOMEM;
	err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);
	if (err) {
		pr_err("no event channel for the store: %d\n", err);
		free_page((unsigned long)xen_store_interface);
		xen_store_interface = NULL;
		return err;
	}
	store_kind = STORE_LOCAL;
	xen_store_evtchn = op.port;
	return 0;
}

static int __init use_given(u64 port)
{
	u64 pfn;
	int err;

	err = hvm_get_parameter(HVM_PARAM_STORE_PFN, &pfn);
	if (err)
		return err;
	if (!pfn) {
		pr_err("event channel %llu but no page for the store\n", port);
		return -ENOENT;
	}
	if (pfn != ~0ULL) {
		err = map_given_page(pfn);
		if (err)
			return err;
	}
	store_kind = STORE_GIVEN;
	xen_store_evtchn = port;
	return 0;
}

static int __init xenbus_init(void)
{
	u64 port;
	int err;

	if (!xen_domain())
		return -ENODEV;
	if (IS_ENABLED(CONFIG_XEN_COMPAT_XENFS))
		proc_create_mount_point("xen");
	xs_store_init(&the_store);
	err = hvm_get_parameter(HVM_PARAM_STORE_EVTCHN, &port);
	if (err)
		return err;
	if (port)
		return use_given(port);
	if (xen_initial_domain())
		return offer_page();
	pr_info("this domain has no xenstore\n");
	return -ENOENT;
}
postcore_initcall(xenbus_init);

/**
 * xenbus_wait_for_store - wait until the store is announced or given up
 * @seconds: how long at most
 *
 * A store that runs as a process of this domain is not waited for: it comes
 * after the boot. Nor is one that the toolstack has not given yet: maybe it never will.
 *
 * Context: sleeps.
 * Return: false if the time is over, or waiting is of no use.
 */
bool xenbus_wait_for_store(unsigned int seconds)
{
	unsigned long end = jiffies + seconds * HZ;

	might_sleep();
	if (store_kind != STORE_GIVEN)
		return true;
	if (!READ_ONCE(xen_store_interface))
		return completion_done(&store_settled);
	/* In steps, as this is no hung task. */
	while (!wait_for_completion_timeout(&store_settled, HZ)) {
		if (time_after_eq(jiffies, end))
			return false;
	}
	return true;
}

/*
 * The boot goes on when devices have been seen, so that they are there for what
 * comes next. It does not wait where the answer cannot come yet, before
 * platform-pci has set up interrupts. A frontend bus that
 * is built in waits once more, and longer, before the root file system is
 * looked for.
 */
static int __init xenbus_start(void)
{
	struct task_struct *task;

	if (store_kind == STORE_NONE)
		return -ENODEV;
	task = kthread_run(find_and_announce, NULL, "xenbus_probe");
	if (IS_ERR(task)) {
		complete_all(&store_settled);
		return PTR_ERR(task);
	}
	if (xen_have_vector_callback &&
	    !xenbus_wait_for_store(XS_REPLY_TIMEOUT / HZ))
		pr_info("xenstore is not ready, the boot goes on for now\n");
	return 0;
}
device_initcall(xenbus_start);
