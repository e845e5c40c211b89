// SPDX-License-Identifier: GPL-2.0
/*
 * How Xen interrupts a CPU when event channels are pending.
 *
 * Each vCPU has an upcall vector of its own, which its local APIC delivers as any
 * other interrupt (HVMOP_set_evtchn_upcall_vector). A Xen that does not offer it
 * gets one vector for the whole domain, which it injects past the APIC
 * (HVM_PARAM_CALLBACK_IRQ). The first kind has to be acknowledged at the APIC,
 * the second must not be. Xen before 4.17 has the first kind, too, and does not say so:
 * there the reset of a vCPU may lose an interrupt for good.
 *
 * Which events are pending, and what they mean, is drivers/xen/events' business.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/export.h>
#include <linux/init.h>
#include <linux/lockdep.h>
#include <linux/string.h>

#include <asm/apic.h>
#include <asm/desc.h>
#include <asm/hardirq.h>
#include <asm/idtentry.h>
#include <asm/irq_regs.h>
#include <asm/irq_vectors.h>
#include <asm/x86_init.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/events.h>
#include <asm/xen/hypercall.h>

#include <xen/events.h>
#include <xen/hvm.h>
#include <xen/interface/hvm/hvm_op.h>
#include <xen/interface/hvm/params.h>

#include "trace.h"
#include "xen-arch.h"

/* Events reach any CPU through a vector, so they may be bound to any CPU. */
bool xen_have_vector_callback = true;
EXPORT_SYMBOL_GPL(xen_have_vector_callback);

/* Upcalls come through the local APIC. */
bool xen_percpu_upcall __ro_after_init = true;
EXPORT_SYMBOL_GPL(xen_percpu_upcall);

/* HVM_PARAM_CALLBACK_IRQ: kind in the top byte, vector in the lowest. */
#define CALLBACK_KIND_VECTOR	(2ULL << 56)
#define CALLBACK_VIA_VECTOR	(CALLBACK_KIND_VECTOR | HYPERVISOR_CALLBACK_VECTOR)

DEFINE_IDTENTRY_SYSVEC(sysvec_xen_hvm_callback)
{
	struct pt_regs *interrupted = set_irq_regs(regs);
	int ret;

	trace_xen_upcall_entry(xen_percpu_upcall);
	inc_irq_stat(irq_hv_callback_count);
	/* First, so that an event that comes during the scan interrupts again. */
	if (xen_percpu_upcall)
		apic_eoi();
	ret = xen_evtchn_do_upcall();
	trace_xen_upcall_exit(ret == IRQ_HANDLED);
	set_irq_regs(interrupted);
}

static int set_percpu_vector(unsigned int cpu)
{
	struct xen_hvm_evtchn_upcall_vector op = {
		.vcpu = xen_vcpu_nr(cpu),
		.vector = HYPERVISOR_CALLBACK_VECTOR,
	};

	return HYPERVISOR_hvm_op(HVMOP_set_evtchn_upcall_vector, &op);
}

static int set_callback_param(u64 value)
{
	struct xen_hvm_param param = {
		.domid = DOMID_SELF,
		.index = HVM_PARAM_CALLBACK_IRQ,
		.value = value,
	};

	return HYPERVISOR_hvm_op(HVMOP_set_param, &param);
}

/*
 * The toolstack takes a parameter other than zero for a sign of paravirtual
 * drivers; 1 would be GSI 1, which per-CPU vectors take precedence over.
 */
static int __init upcall_init(void)
{
	int rc;

	if (xen_percpu_upcall &&
	    !xen_hvm_cpuid_has(XEN_HVM_CPUID_UPCALL_VECTOR)) {
		pr_info("no upcall vector for each CPU: Xen does not offer it\n");
		xen_percpu_upcall = false;
	}
	if (xen_percpu_upcall) {
		rc = set_percpu_vector(0);
		if (!rc)
			return set_callback_param(1);
		pr_info("no upcall vector for each CPU: error %d\n", rc);
		xen_percpu_upcall = false;
	}
	return set_callback_param(CALLBACK_VIA_VECTOR);
}

/**
 * xen_upcall_setup_cpu() - tell Xen which vector a CPU wants
 * @cpu: the CPU, not running yet
 *
 * Return: 0, or Xen's error; without the vector a CPU would never see an event.
 */
int xen_upcall_setup_cpu(unsigned int cpu)
{
	int rc = 0;

	if (xen_have_vector_callback && xen_percpu_upcall)
		rc = set_percpu_vector(cpu);
	if (rc)
		pr_err("CPU%u: cannot set its upcall vector: error %d\n", cpu,
		       rc);
	return rc;
}

/**
 * xen_upcall_restore() - tell Xen all vectors again
 *
 * Context: after a restore, on one CPU with interrupts off.
 */
void xen_upcall_restore(void)
{
	unsigned int cpu;
	int rc;

	lockdep_assert_irqs_disabled();

	if (!xen_have_vector_callback)
		return;
	rc = set_callback_param(xen_percpu_upcall ? 1 : CALLBACK_VIA_VECTOR);
	if (rc) {
		pr_err("cannot set the event callback: error %d\n", rc);
		xen_restore_failed(0, "no upcall");
	}
	for_each_online_cpu(cpu)
		if (xen_upcall_setup_cpu(cpu))
			xen_restore_failed(cpu, "no upcall");
}

/* "percpu" is the default; "vector" saves the APIC's acknowledge. */
static int __init parse_upcall(char *arg)
{
	if (arg && !strcmp(arg, "vector"))
		xen_percpu_upcall = false;
	else if (!arg || strcmp(arg, "percpu"))
		pr_warn("xen_upcall= takes \"percpu\" or \"vector\"\n");
	return 0;
}
early_param("xen_upcall", parse_upcall);

static int __init parse_no_vector_callback(char *arg)
{
	xen_have_vector_callback = false;
	return 0;
}
early_param("xen_no_vector_callback", parse_no_vector_callback);

static void __init no_events(int error)
{
	pr_emerg("no events, so no Xen devices: error %d\n", error);
	if (xen_pvh)
		xen_crash();
	/* Whatever asks for events asks first whether this is Xen. */
	xen_domain_type = XEN_NATIVE;
	xen_have_vector_callback = false;
}

/* Without vector an HVM domain goes on as with xen_no_vector_callback. */
static void __init vector_init(void)
{
	int rc;

	sysvec_install(HYPERVISOR_CALLBACK_VECTOR, sysvec_xen_hvm_callback);
	rc = upcall_init();
	if (!rc) {
		xen_timer_ops_init();
		return;
	}
	pr_err("events cannot be delivered by vector: error %d\n", rc);
	if (xen_pvh)
		xen_crash();
	xen_have_vector_callback = false;
}

static void __init xen_intr_init(void)
{
	int rc = xen_vcpu_init_boot_cpu();

	if (rc) {
		no_events(rc);
	} else {
		/* Late only where shared_info had no place for this vCPU. */
		xen_time_ops_init();
		xen_init_IRQ();
		if (xen_have_vector_callback)
			vector_init();
	}
	native_init_IRQ();
}

/**
 * xen_irq_ops_init() - hook into interrupt initialisation
 */
void __init xen_irq_ops_init(void)
{
	/* There is no INTx to fall back to. */
	if (xen_pvh)
		xen_have_vector_callback = true;
	x86_init.irqs.intr_init = xen_intr_init;
}
