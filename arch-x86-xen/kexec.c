// SPDX-License-Identifier: GPL-2.0
/*
 * Giving the domain to another kernel: kexec, and kdump after a crash.
 *
 * The next kernel may be any that runs on Xen. To it the domain has to be as a new
 * one: Xen writes into none of its memory, no port is open but those of store and
 * console, events are 2-level. All of that is done here, by the old kernel. The
 * toolstack can do it as well (SHUTDOWN_soft_reset), but libxl does so for HVM guests
 * only, and destroys a PVH guest that asks for it.
 */
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kexec.h>

#include <asm/reboot.h>

#include "xen-arch.h"

/**
 * xen_kexec_leave() - undo what Xen would go on to do for this kernel
 *
 * Context: the last CPU that runs, interrupts off.
 */
void xen_kexec_leave(void)
{
	xen_runstate_leave();
	xen_clock_page_leave();
	xen_ports_leave();
	xen_vcpu_leave();
}

/* Restart and halt come here, too. */
static void kexec_shutdown(void)
{
	native_machine_shutdown();
	if (!kexec_in_progress)
		return;
	local_irq_disable();
	xen_kexec_leave();
	/* The next kernel may be copied to where that page is. */
	xen_shared_info_unmap();
}

#ifdef CONFIG_CRASH_DUMP
/* Called only when there is a crash kernel to go to, which has memory of its own. */
static void kexec_crash_shutdown(struct pt_regs *regs)
{
	native_machine_crash_shutdown(regs);
	xen_kexec_leave();
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
