// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU of dom0 that has to be on a certain processor for a moment: some firmware
 * answers only on the first one (smp_call_on_cpu() with phys, as dcdbas and
 * dell-smm-hwmon need it).
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/errno.h>
#include <linux/printk.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/sched.h>

#include "xen-arch.h"

/**
 * xen_pin_vcpu() - have the vCPU that calls run on one processor
 * @pcpu: number of the processor as Xen counts, or -1 to end it
 *
 * What the toolstack has pinned elsewhere goes back there in the end. It fails for a processor
 * that is not in dom0's cpupool.
 *
 * Context: a task that is bound to its CPU.
 */
void xen_pin_vcpu(int pcpu)
{
	struct sched_pin_override pin = { .pcpu = pcpu };
	int rc;

	if (!xen_initial_domain())
		return;
	rc = HYPERVISOR_sched_op(SCHEDOP_pin_override, &pin);
	/* What was not pinned need not be let go. */
	if (rc && pcpu >= 0)
		pr_warn_ratelimited("cannot run on processor %d: error %d\n",
				    pcpu, rc);
}
