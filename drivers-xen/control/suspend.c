// SPDX-License-Identifier: GPL-2.0
/*
 * Suspend: bring this system to rest, have Xen stop the domain, and go on, maybe
 * on another machine.
 *
 * "xl save" and "xl migrate" suspend a domain, copy it, and make a new one of the
 * copy. There the hypercall returns 0: ports, grants and shared pages are gone. If
 * the domain is to go on as it was ("xl save -c", a migration that failed), it
 * returns 1: the suspend was cancelled, and everything is still there.
 *
 * The steps are in two tables. Those of the second run in stop_machine(): one CPU
 * with interrupts off while the others spin. What a step stops, its leave() starts
 * again. A step that fails ends the suspend: what came before is taken back, as
 * for a cancelled one, and the toolstack finds that the domain goes on running.
 */
#define pr_fmt(fmt) "xen/control: " fmt

#include <kunit/static_stub.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/pm.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/stop_machine.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>

#include <asm/xen/hypercall.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/hvc-console.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include "control.h"

/* How long another transition may keep us waiting. */
#define ALONE_TIMEOUT	(10 * HZ)

/* Steps that run in stop_machine() */

static int syscore_enter(struct xen_suspend *s)
{
	lockdep_assert_irqs_disabled();
	return syscore_suspend();
}

static void syscore_leave(struct xen_suspend *s)
{
	syscore_resume();
}

static void events_leave(struct xen_suspend *s)
{
	if (s->cancelled)
		return;
	xen_irq_resume();
	xen_timer_resume();
}

static int grants_enter(struct xen_suspend *s)
{
	return gnttab_suspend();
}

/* Where nothing was lost, having Xen restore it could only fail. */
static void grants_leave(struct xen_suspend *s)
{
	if (!s->cancelled)
		gnttab_resume();
}

static int runstate_enter(struct xen_suspend *s)
{
	xen_manage_runstate_time(-1);
	return 0;
}

static void runstate_leave(struct xen_suspend *s)
{
	xen_manage_runstate_time(s->cancelled ? 1 : 0);
}

static int arch_enter(struct xen_suspend *s)
{
	xen_arch_pre_suspend();
	return 0;
}

static void arch_leave(struct xen_suspend *s)
{
	xen_arch_post_suspend(s->cancelled);
}

static int hypercall_enter(struct xen_suspend *s)
{
	int rc = HYPERVISOR_suspend(0);

	if (rc < 0)
		return rc;
	s->cancelled = rc;
	return 0;
}

const struct xen_suspend_step
xen_suspend_machine_steps[XEN_SUSPEND_MACHINE_STEPS] = {
	{ "system core",	syscore_enter,	syscore_leave },
	{ "events",		NULL,		events_leave },
	{ "grant table",	grants_enter,	grants_leave },
	{ "run state",		runstate_enter,	runstate_leave },
	{ "architecture",	arch_enter,	arch_leave },
	{ "hypercall",		hypercall_enter, NULL },
};

/* Steps that run in process context */

/*
 * Not beside a hibernation or a reboot. The reboot keeps the lock and may wait
 * for devices to close, which takes this thread: so no waiting without an end.
 */
static int alone_enter(struct xen_suspend *s)
{
	unsigned long end = jiffies + ALONE_TIMEOUT;

	while (!mutex_trylock(&system_transition_mutex)) {
		if (xen_control_stage() == XEN_STAGE_DOWN ||
		    time_after(jiffies, end))
			return -EBUSY;
		msleep(20);
	}
	return 0;
}

static void alone_leave(struct xen_suspend *s)
{
	mutex_unlock(&system_transition_mutex);
}

static int processes_enter(struct xen_suspend *s)
{
	return freeze_processes();
}

static void processes_leave(struct xen_suspend *s)
{
	thaw_processes();
}

/* Thawed with the processes. */
static int threads_enter(struct xen_suspend *s)
{
	return freeze_kernel_threads();
}

/*
 * While disks rest this thread must not wait for them, as it might when it needs
 * memory and something has to be written out first: nobody else brings them back.
 */
static int devices_enter(struct xen_suspend *s)
{
	s->memory = memalloc_noio_save();
	return dpm_suspend_start(PMSG_FREEZE);
}

static pm_message_t way_out(const struct xen_suspend *s)
{
	return s->cancelled ? PMSG_THAW : PMSG_RESTORE;
}

static void devices_leave(struct xen_suspend *s)
{
	dpm_resume_end(way_out(s));
	memalloc_noio_restore(s->memory);
}

static int store_enter(struct xen_suspend *s)
{
	xs_suspend();
	return 0;
}

static void store_leave(struct xen_suspend *s)
{
	if (s->cancelled)
		xs_suspend_cancel();
	else
		xs_resume();
}

static int late_devices_enter(struct xen_suspend *s)
{
	return dpm_suspend_end(PMSG_FREEZE);
}

static void late_devices_leave(struct xen_suspend *s)
{
	dpm_resume_start(way_out(s));
}

/* A CPU that came now would have a tick that nobody has stopped. */
static int cpus_enter(struct xen_suspend *s)
{
	cpu_hotplug_disable();
	xen_arch_suspend();
	return 0;
}

static void cpus_leave(struct xen_suspend *s)
{
	xen_arch_resume();
	cpu_hotplug_enable();
}

static void listeners_leave(struct xen_suspend *s)
{
	xen_resume_notify();
}

static int in_stop_machine(void *data)
{
	return xen_suspend_walk(xen_suspend_machine_steps,
				ARRAY_SIZE(xen_suspend_machine_steps), data);
}

static int machine_enter(struct xen_suspend *s)
{
	int err = -EBUSY;

	/* As when a CPU comes, which binds its ports. */
	cpus_read_lock();
	if (xen_bindings_hold()) {
		err = stop_machine_cpuslocked(in_stop_machine, s, NULL);
		xen_bindings_release();
	}
	cpus_read_unlock();
	return err;
}

/* The console comes first, so that what goes wrong can be seen. */
static void machine_leave(struct xen_suspend *s)
{
	if (!s->cancelled)
		xen_console_resume();
}

/* The store goes after the devices, which may talk to it until they rest. */
const struct xen_suspend_step xen_suspend_steps[XEN_SUSPEND_STEPS] = {
	{ "other transitions",	alone_enter,	alone_leave },
	{ "processes",		processes_enter, processes_leave },
	{ "kernel threads",	threads_enter,	NULL },
	{ "devices",		devices_enter,	devices_leave, true },
	{ "xenstore",		store_enter,	store_leave },
	{ "late devices",	late_devices_enter, late_devices_leave },
	{ "CPUs",		cpus_enter,	cpus_leave },
	{ "listeners",		NULL,		listeners_leave },
	{ "machine",		machine_enter,	machine_leave },
};

/**
 * xen_control_suspend - suspend this domain, and come back
 *
 * Context: the thread "xenwatch", so that no watch callback finds a device in
 * the middle of it.
 * Return: 0 in a new life, 1 if the suspend was cancelled, or the error of the
 * step that failed.
 */
int xen_control_suspend(void)
{
	struct xen_suspend s = { .cancelled = true };
	int err;

	KUNIT_STATIC_STUB_REDIRECT(xen_control_suspend);

	might_sleep();
	err = xen_suspend_walk(xen_suspend_steps, ARRAY_SIZE(xen_suspend_steps),
			       &s);
	if (err) {
		pr_err("not suspended, %s: error %d\n", s.failed, err);
		return err;
	}
	pr_info("%s\n", s.cancelled ? "the suspend was cancelled" : "resumed");
	return s.cancelled;
}
