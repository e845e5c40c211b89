// SPDX-License-Identifier: GPL-2.0
/*
 * TLB shoot-down: a CPU has changed page tables that others may have cached.
 *
 * The kernel interrupts them and waits until each has flushed. A vCPU that has no
 * processor at the moment answers when it is given one, much later; and it would
 * have been enough that Xen flushes for it before it runs again. That is what
 * HVMOP_flush_tlbs does, for all vCPUs of the domain in one hypercall: those that run
 * are made to leave the guest for a moment, the others are only marked.
 *
 * It flushes everything, even for one page, so it is not always the better way. By
 * default it is taken when one of the CPUs concerned is preempted.
 *
 * Without interrupts nothing holds off a CPU that walks page tables with interrupts
 * disabled (fast GUP): tables are then freed by RCU.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/lockdep.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/paravirt.h>
#include <asm/tlb.h>
#include <asm/tlbflush.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/hvm_op.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

static enum xen_tlb_flush mode __ro_after_init = XEN_TLB_AUTO;

/* Xen has refused once, and would again. */
VISIBLE_IF_KUNIT bool xen_tlb_refused __read_mostly;

/**
 * xen_tlb_by_hypercall() - which way to flush the TLBs of some CPUs
 * @how: what was asked for
 * @cpus: the CPUs
 * @self: this CPU
 *
 * Context: preemption off.
 * Return: true for the hypercall, false for interrupts.
 */
bool xen_tlb_by_hypercall(enum xen_tlb_flush how, const struct cpumask *cpus,
			  unsigned int self)
{
	unsigned int cpu;

	for_each_cpu(cpu, cpus) {
		if (cpu == self)
			continue;
		if (how == XEN_TLB_HYPERCALL || xen_vcpu_stolen(cpu))
			return how != XEN_TLB_IPI;
	}
	return false;
}

static bool flush_all(void)
{
	int rc = HYPERVISOR_hvm_op(HVMOP_flush_tlbs, NULL);

	if (rc) {
		WRITE_ONCE(xen_tlb_refused, true);
		pr_info_once("TLBs are flushed by interrupts: error %d\n", rc);
	}
	return !rc;
}

VISIBLE_IF_KUNIT void xen_tlb_by_ipi(const struct cpumask *cpus,
				     const struct flush_tlb_info *info)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_tlb_by_ipi, cpus, info);
	native_flush_tlb_multi(cpus, info);
}

VISIBLE_IF_KUNIT void xen_flush_tlb_multi(const struct cpumask *cpus,
					  const struct flush_tlb_info *info)
{
	unsigned int self = smp_processor_id();

	lockdep_assert_preemption_disabled();

	if (READ_ONCE(xen_tlb_refused) ||
	    !xen_tlb_by_hypercall(mode, cpus, self) || !flush_all()) {
		xen_tlb_by_ipi(cpus, info);
		return;
	}
	/* This CPU's own, and its notes of what has been flushed */
	if (cpumask_test_cpu(self, cpus))
		xen_tlb_by_ipi(cpumask_of(self), info);
}

static int __init parse_tlb_flush(char *arg)
{
	static const char *const names[] = {
		[XEN_TLB_AUTO] = "auto",
		[XEN_TLB_IPI] = "ipi",
		[XEN_TLB_HYPERCALL] = "hypercall",
	};
	int i = arg ? match_string(names, ARRAY_SIZE(names), arg) : -EINVAL;

	if (i < 0)
		pr_warn("xen_tlb_flush= takes \"auto\", \"ipi\" or \"hypercall\"\n");
	else
		mode = i;
	return 0;
}
early_param("xen_tlb_flush", parse_tlb_flush);

/**
 * xen_tlb_init() - hook into TLB shoot-down
 *
 * Context: boot, before alternatives are patched.
 */
void __init xen_tlb_init(void)
{
	if (mode == XEN_TLB_IPI || num_possible_cpus() == 1)
		return;
	pv_ops.mmu.flush_tlb_multi = xen_flush_tlb_multi;
	pv_ops.mmu.tlb_remove_table = tlb_remove_table;
}
