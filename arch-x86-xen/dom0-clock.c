// SPDX-License-Identifier: GPL-2.0
/*
 * Dom0 tells Xen the time of day, which all other domains have from there: whenever
 * it is set, and now and then because NTP or the administrator's clock drifts away
 * from Xen's.
 *
 * The kernel reports a set clock while nobody may read the clock, so the news takes
 * an irq_work and a work to where a clock can be read and Xen be called.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/pvclock_gtod.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/platform.h>

#include "xen-arch.h"

/* As often as a kernel on hardware writes its RTC */
#define AGAIN	(11 * 60 * HZ)

/**
 * xen_dom0_tell_time() - tell Xen the time of day
 *
 * Return: 0 or Xen's error.
 */
int xen_dom0_tell_time(void)
{
	struct xen_platform_op op = { .cmd = XENPF_settime64 };
	struct timespec64 now;

	/* Both clocks at one moment, as nearly as can be */
	preempt_disable();
	ktime_get_real_ts64(&now);
	op.u.settime64.system_time = xen_system_time();
	preempt_enable();

	op.u.settime64.secs = now.tv_sec;
	op.u.settime64.nsecs = now.tv_nsec;
	return HYPERVISOR_platform_op(&op);
}

static void tell_time(struct work_struct *work)
{
	int rc = xen_dom0_tell_time();

	if (rc)
		pr_warn_once("cannot set Xen's wall clock: error %d\n", rc);
	else
		schedule_delayed_work(to_delayed_work(work), AGAIN);
}

static DECLARE_DELAYED_WORK(tell_work, tell_time);

static void queue_tell(struct irq_work *unused)
{
	mod_delayed_work(system_wq, &tell_work, 0);
}

static DEFINE_IRQ_WORK(tell_irq_work, queue_tell);

static int clock_changed(struct notifier_block *nb, unsigned long was_set,
			 void *unused)
{
	if (was_set)
		irq_work_queue(&tell_irq_work);
	return NOTIFY_OK;
}

static struct notifier_block clock_notifier = {
	.notifier_call = clock_changed,
};

static int __init dom0_clock_init(void)
{
	if (!xen_initial_domain())
		return 0;
	/* Calls at once. */
	return pvclock_gtod_register_notifier(&clock_notifier);
}
device_initcall(dom0_clock_init);
