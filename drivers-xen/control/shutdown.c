// SPDX-License-Identifier: GPL-2.0
/*
 * control/shutdown: the toolstack asks this domain to end or to be suspended, see
 * docs/misc/xenstore-paths.pandoc of Xen.
 *
 * What is asked for is acknowledged first, whatever it is: a toolstack that sees
 * its request gone knows that somebody listens, and control/feature-NAME has told
 * it before which requests are carried out.
 */
#define pr_fmt(fmt) "xen/control: " fmt

#include <kunit/static_stub.h>
#include <linux/atomic.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include "control.h"

/* As much of an unknown request is shown. */
#define SHOWN_CHARS	24

/**
 * xen_control_stage - how far this system is
 *
 * Context: any.
 * Return: the stage.
 */
enum xen_control_stage xen_control_stage(void)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_control_stage);

	switch (READ_ONCE(system_state)) {
	case SYSTEM_RUNNING:
	case SYSTEM_SUSPEND:
		return XEN_STAGE_UP;
	case SYSTEM_HALT:
	case SYSTEM_POWER_OFF:
	case SYSTEM_RESTART:
		return XEN_STAGE_DOWN;
	default:
		return XEN_STAGE_BOOT;
	}
}

/* Not in "xenwatch", which devices need to close. */
static void power_off_work(struct work_struct *work)
{
	kernel_power_off();
}

static void restart_work(struct work_struct *work)
{
	kernel_restart(NULL);
}

static DECLARE_WORK(power_off_at_once, power_off_work);
static DECLARE_WORK(restart_at_once, restart_work);

/**
 * xen_control_end - end this domain's life
 * @restart: reboot it, rather than power it off
 * @at_once: there is no user space that could do it in an orderly way
 *
 * Context: any; it ends some time later.
 */
void xen_control_end(bool restart, bool at_once)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_control_end, restart, at_once);

	if (at_once)
		schedule_work(restart ? &restart_at_once : &power_off_at_once);
	else if (restart)
		orderly_reboot();
	else
		orderly_poweroff(false);
}

static void end(bool restart)
{
	xen_control_end(restart, xen_control_stage() == XEN_STAGE_BOOT);
}

static void power_off(void)
{
	end(false);
}

static void reboot(void)
{
	end(true);
}

/*
 * The process that boots cannot be frozen, and waits for devices, which need this
 * thread. A new life has a new directory in the store, maybe of another toolstack.
 */
static void suspend(void)
{
	if (xen_control_stage() == XEN_STAGE_BOOT)
		pr_notice("too early to do what was asked for\n");
	else if (!xen_control_suspend())
		xen_control_announce();
}

/*
 * "halt" differs from "poweroff" only in what a toolstack makes of the end. Of a
 * crash a domain can tell, but none can be told to crash by this node.
 */
static const struct request {
	const char *name;
	void (*carry_out)(void);
	const char *feature;
} requests[] = {
	{ "poweroff", power_off, "feature-poweroff" },
	{ "halt", power_off },
	{ "reboot", reboot, "feature-reboot" },
	{ "suspend",
	  IS_ENABLED(CONFIG_HIBERNATE_CALLBACKS) ? suspend : NULL,
	  "feature-suspend" },
	{ "crash" },
};

static void carry_out(const char *what)
{
	void (*how)(void) = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(requests); i++)
		if (!strcmp(what, requests[i].name))
			how = requests[i].carry_out;

	if (!how)
		pr_notice_ratelimited("request \"%*pE\" is not carried out\n",
				      (int)strnlen(what, SHOWN_CHARS), what);
	else if (xen_control_stage() == XEN_STAGE_DOWN)
		pr_notice("too late for a request to %s\n", what);
	else
		how();
}

/**
 * xen_control_shutdown_changed - callback of the watch
 * @watch: unused
 * @path: unused
 * @token: unused
 *
 * Context: sleeps, through a whole suspend.
 */
void xen_control_shutdown_changed(struct xenbus_watch *watch, const char *path,
				  const char *token)
{
	char *what = xen_control_take("shutdown");

	if (what)
		carry_out(what);
	kfree(what);
}

/**
 * xen_control_announce - tell the toolstack what is carried out
 *
 * The nodes are the toolstack's to make; where it has not, they stay away.
 *
 * Context: sleeps.
 */
void xen_control_announce(void)
{
	const struct request *r;
	int err;

	for (r = requests; r < requests + ARRAY_SIZE(requests); r++) {
		if (!r->feature)
			continue;
		err = xenbus_write(XBT_NIL, "control", r->feature,
				   r->carry_out ? "1" : "0");
		if (err && err != -EACCES && err != -ENOENT)
			pr_warn("cannot write control/%s: %d\n", r->feature,
				err);
	}
}

static struct xenbus_watch shutdown_watch = {
	.node = "control/shutdown",
	.callback = xen_control_shutdown_changed,
};

static int store_ready(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	int err = register_xenbus_watch(&shutdown_watch);

	if (err)
		pr_err("deaf to the toolstack's requests: %d\n", err);
	else
		xen_control_announce();

	err = xen_control_watch_sysrq();
	if (err)
		pr_err("deaf to the toolstack's sysrqs: %d\n", err);
	return NOTIFY_DONE;
}

/**
 * xen_setup_shutdown_event - listen to the toolstack from now on
 *
 * Done at boot; further calls do nothing.
 *
 * Context: sleeps.
 * Return: 0, or -ENODEV without Xen.
 */
int xen_setup_shutdown_event(void)
{
	static struct notifier_block store_nb = { .notifier_call = store_ready };
	static atomic_t done;

	if (!xen_domain())
		return -ENODEV;
	if (!atomic_xchg(&done, 1))
		register_xenstore_notifier(&store_nb);
	return 0;
}
EXPORT_SYMBOL_GPL(xen_setup_shutdown_event);

static int __init shutdown_init(void)
{
	xen_setup_shutdown_event();
	return 0;
}
subsys_initcall(shutdown_init);
