// SPDX-License-Identifier: GPL-2.0
/*
 * Giving the domain to another kernel: kexec, and kdump after a crash.
 *
 * The next kernel may be any that runs on Xen. To it the domain has to be as a new
 * one: Xen writes into none of its memory, nobody else may, no port is open but those of
 * store and console, events are 2-level. All of that is done here, by the old kernel, but
 * for what Xen does not let a guest take back: upcall vectors, and the vcpu_info of
 * vCPUs from 32 on. The toolstack could do it (SHUTDOWN_soft_reset), but libxl does so
 * for HVM guests only, and destroys a PVH guest that asks for it.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kexec.h>
#include <linux/printk.h>

#include <asm/reboot.h>

#include <xen/grant_table.h>

#include "xen-arch.h"

/* Undoes what Xen would go on to do for this kernel. On the last CPU that runs */
static void leave(void)
{
	xen_trace_stop();
	xen_runstate_leave();
	xen_clock_page_leave();
	xen_ports_leave();
	xen_vcpu_leave();
}

/* Restart and halt come here, too. */
static void kexec_shutdown(void)
{
	unsigned int used;

	native_machine_shutdown();
	if (!kexec_in_progress || !xen_domain())
		return;
	local_irq_disable();
	leave();
	used = gnttab_leave();
	if (used)
		pr_warn("%u grants are in use: backends may write to the next kernel's memory\n",
			used);
	/* The next kernel may be copied to where that page is. */
	xen_shared_info_unmap();
}

#ifdef CONFIG_CRASH_DUMP
/* Called only when there is a crash kernel to go to, which has memory of its own. */
static void kexec_crash_shutdown(struct pt_regs *regs)
{
	native_machine_crash_shutdown(regs);
	if (!xen_domain())
		return;
	leave();
	gnttab_leave();
}
#endif

/**
 * xen_kexec_ops_init() - hook into kexec
 *
 * Dom0 is left out: for it, and for its crash, there is Xen's own kexec.
 */
void __init xen_kexec_ops_init(void)
{
	if (xen_initial_domain())
		return;
	machine_ops.shutdown = kexec_shutdown;
#ifdef CONFIG_CRASH_DUMP
	machine_ops.crash_shutdown = kexec_crash_shutdown;
#endif
}
