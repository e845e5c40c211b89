// SPDX-License-Identifier: GPL-2.0
/*
 * Giving the domain to another kernel: kexec, and kdump after a crash.
 *
 * The next kernel may be any that runs on Xen. To it the domain has to be as a new
 * one: Xen writes into none of its memory, nobody else may, no port is open but those of
 * store and console, events are 2-level. In a PVH guest all of that is done here, by the
 * old kernel, but for what Xen does not let a guest take back: upcall vectors, and the
 * vcpu_info of vCPUs from 32 on.
 *
 * For an HVM guest the toolstack does it (SHUTDOWN_soft_reset), and gives the domain a new
 * device model as well. libxl destroys a PVH guest that asks for it. What Xen leaves as
 * it is, some versions more than others, is still done here before.
 *
 * Dom0 has no next kernel, see below.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/console.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kexec.h>
#include <linux/lockdep.h>
#include <linux/panic.h>
#include <linux/printk.h>

#include <asm/reboot.h>

#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/interface/sched.h>

#include "xen-arch.h"

/*
 * Upcalls that are pending for a vCPU stay so, and a next kernel would get no other. So
 * the ports are closed before, and nothing can become pending any more. The toolstack
 * leaves the callback as it is, too: its interrupt would never end in a kernel without
 * drivers for Xen, and tells the toolstack that there are some.
 */
static void soft_reset(void)
{
	xen_ports_close();
	xen_vcpu_leave();
	xen_set_callback_via(0);
	xen_vcpu_keep_clock();
	/* This returns when the toolstack is done. */
	xen_reboot(SHUTDOWN_soft_reset);
	xen_ports_take();
}

/**
 * xen_leave_domain() - undo what Xen would go on to do for this kernel
 *
 * Context: the last CPU that runs, interrupts off.
 * Return: how many grants are still in use.
 */
unsigned int xen_leave_domain(void)
{
	lockdep_assert_irqs_disabled();

	xen_runstate_leave();
	xen_clock_page_leave();
	if (xen_pvh_domain()) {
		xen_ports_leave();
		xen_vcpu_leave();
	} else {
		soft_reset();
	}
	/* After a soft reset there are no backends. */
	return gnttab_leave();
}

/* Restart and halt come here, too. */
static void kexec_shutdown(void)
{
	unsigned int used;

	native_machine_shutdown();
	if (!kexec_in_progress || !xen_domain())
		return;
	local_irq_disable();
	xen_trace_stop();
	used = xen_leave_domain();
	if (used)
		pr_warn("%u grants are in use: backends may write to the next kernel's memory\n",
			used);
	/* The next kernel may be copied to where that page is. */
	if (xen_pvh_domain())
		xen_shared_info_unmap();
}

#ifdef CONFIG_CRASH_DUMP
/* Called only when there is a crash kernel to go to, which has memory of its own. */
static void kexec_crash_shutdown(struct pt_regs *regs)
{
	native_machine_crash_shutdown(regs);
	if (!xen_domain())
		return;
	xen_trace_stop();
	xen_leave_domain();
}
#endif

/*
 * Dom0 cannot leave Xen behind, nor be a domain of which Xen knows nothing: a kernel that
 * came after it would neither have the machine nor get an event. Xen's own kexec is not for
 * a PVH dom0. Restarting the machine is what comes closest.
 */
static void dom0_shutdown(void)
{
	native_machine_shutdown();
	if (!kexec_in_progress)
		return;
	pr_emerg("dom0 cannot go to another kernel: the machine is restarted\n");
	for (;;)
		xen_reboot(SHUTDOWN_reboot);
}

#ifdef CONFIG_CRASH_DUMP
/* See crash_kexec_post_notifiers below: all but the last of the messages has been done. */
static void dom0_crash_shutdown(struct pt_regs *regs)
{
	pr_emerg("dom0 cannot go to a crash kernel: the crash is reported to Xen\n");
	native_machine_crash_shutdown(regs);
	console_flush_on_panic(CONSOLE_FLUSH_PENDING);
	for (;;)
		xen_reboot(SHUTDOWN_crash);
}
#endif

/**
 * xen_kexec_ops_init() - hook into kexec
 */
void __init xen_kexec_ops_init(void)
{
	bool dom0 = xen_initial_domain();

	machine_ops.shutdown = dom0 ? dom0_shutdown : kexec_shutdown;
#ifdef CONFIG_CRASH_DUMP
	machine_ops.crash_shutdown = dom0 ? dom0_crash_shutdown :
					    kexec_crash_shutdown;
	/* Nobody is going to read a dump: the log is to be saved, and to be seen. */
	if (dom0)
		crash_kexec_post_notifiers = true;
#endif
}
