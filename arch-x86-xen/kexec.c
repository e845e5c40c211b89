// SPDX-License-Identifier: GPL-2.0
/*
 * Giving the domain to another kernel: kexec, and kdump after a crash.
 *
 * The next kernel may be any that runs on Xen. It starts with memory as it is, and
 * with Xen as if the domain were new: no vcpu_info registered, no ports open, events
 * 2-level, store and console at their first ports. Nobody but the toolstack can have
 * Xen do that: SHUTDOWN_soft_reset asks it to. It also puts the devices in xenstore
 * back to where they began. The hypercall returns when all that is done.
 */
#include <linux/init.h>
#include <linux/kexec.h>

#include <asm/reboot.h>

#include <xen/interface/sched.h>

#include "xen-arch.h"

/* Restart and halt come here, too. */
static void kexec_shutdown(void)
{
	native_machine_shutdown();
	if (kexec_in_progress)
		xen_reboot(SHUTDOWN_soft_reset);
}

#ifdef CONFIG_CRASH_DUMP
/* Called only when there is a crash kernel to go to. */
static void kexec_crash_shutdown(struct pt_regs *regs)
{
	native_machine_crash_shutdown(regs);
	xen_reboot(SHUTDOWN_soft_reset);
}
#endif

/**
 * xen_kexec_ops_init() - hook into kexec
 *
 * Dom0 is left out: for Xen its soft reset is an error, upon which the whole machine
 * starts anew.
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
