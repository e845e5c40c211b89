// SPDX-License-Identifier: GPL-2.0
/*
 * Several CPUs: interrupts from one to another through event channels.
 *
 * What a CPU needs of Xen is prepared before it starts. All its event channels are
 * opened by the CPU that starts it and enabled by the CPU itself.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <kunit/visibility.h>

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/x86_init.h>
#include <asm/xen/hypercall.h>

#include <xen/events.h>
#include <xen/interface/sched.h>

#include "xen-arch.h"

/* "xen_ipi=apic" */
static bool ipis_by_apic __initdata;

static irqreturn_t reschedule_interrupt(int irq, void *unused)
{
	inc_irq_stat(irq_resched_count);
	scheduler_ipi();
	return IRQ_HANDLED;
}

static irqreturn_t call_function_interrupt(int irq, void *unused)
{
	generic_smp_call_function_interrupt();
	inc_irq_stat(irq_call_count);
	return IRQ_HANDLED;
}

static irqreturn_t call_function_single_interrupt(int irq, void *unused)
{
	generic_smp_call_function_single_interrupt();
	inc_irq_stat(irq_call_count);
	return IRQ_HANDLED;
}

static struct {
	enum ipi_vector vector;
	irq_handler_t handler;
	const char *name;
	int irq;
} ipis[] __ro_after_init = {
	{ XEN_RESCHEDULE_VECTOR, reschedule_interrupt, "resched" },
	{ XEN_CALL_FUNCTION_VECTOR, call_function_interrupt, "callfunc" },
	{ XEN_CALL_FUNCTION_SINGLE_VECTOR, call_function_single_interrupt,
	  "callfuncsingle" },
};

/* Those of them that are in use: all, or none where the APIC has that task. */
static unsigned int nr_ipis __ro_after_init;

static void unbind_ipis(unsigned int cpu, unsigned int count)
{
	while (count--)
		xen_percpu_unbind(ipis[count].irq, cpu);
}

static int bind_ipis(unsigned int cpu)
{
	unsigned int i;
	int rc;

	for (i = 0; i < nr_ipis; i++) {
		rc = xen_percpu_bind(ipis[i].irq, cpu);
		if (rc) {
			unbind_ipis(cpu, i);
			return rc;
		}
	}
	return 0;
}

static void enable_ipis(void)
{
	unsigned int i;

	for (i = 0; i < nr_ipis; i++)
		enable_percpu_irq(ipis[i].irq, IRQ_TYPE_NONE);
}

static void disable_ipis(void)
{
	unsigned int i;

	for (i = 0; i < nr_ipis; i++)
		disable_percpu_irq(ipis[i].irq);
}

/* On the CPU that starts @cpu. */
static int cpu_bind_channels(unsigned int cpu)
{
	int rc = bind_ipis(cpu);

	if (rc)
		goto fail;
	rc = xen_timer_bind(cpu);
	if (rc)
		goto fail_timer;
	xen_pvlock_bind(cpu);
	return 0;

fail_timer:
	unbind_ipis(cpu, nr_ipis);
fail:
	pr_err("CPU%u: cannot open its event channels: error %d\n", cpu, rc);
	return rc;
}

static int cpu_unbind_channels(unsigned int cpu)
{
	xen_pvlock_unbind(cpu);
	xen_timer_unbind(cpu);
	unbind_ipis(cpu, nr_ipis);
	return 0;
}

/* On the starting CPU, before anyone can take it for online. */
static void xen_early_percpu_clock_init(void)
{
	xen_setup_runstate_info(smp_processor_id());
	enable_ipis();
}

static int xen_cpu_disable(void)
{
	int rc = native_cpu_disable();

	if (rc)
		return rc;
	xen_timer_cpu_disable();
	disable_ipis();
	return 0;
}

static void xen_smp_send_reschedule(int cpu)
{
	xen_send_IPI_one(cpu, XEN_RESCHEDULE_VECTOR);
}

/*
 * The caller is going to wait for all of them. As long as one has no processor, Xen may
 * as well give it ours.
 */
VISIBLE_IF_KUNIT void xen_yield_to_any(const struct cpumask *mask)
{
	unsigned int cpu;

	for_each_cpu_and(cpu, mask, cpu_online_mask) {
		if (xen_vcpu_stolen(cpu)) {
			HYPERVISOR_sched_op(SCHEDOP_yield, NULL);
			break;
		}
	}
}

static void xen_send_call_func_ipi(const struct cpumask *mask)
{
	unsigned int cpu;

	for_each_cpu_and(cpu, mask, cpu_online_mask)
		xen_send_IPI_one(cpu, XEN_CALL_FUNCTION_VECTOR);
	xen_yield_to_any(mask);
}

static void xen_send_call_func_single_ipi(int cpu)
{
	xen_send_IPI_one(cpu, XEN_CALL_FUNCTION_SINGLE_VECTOR);
}

static int __init request_ipis(void)
{
	unsigned int i;
	int irq;

	for (i = 0; i < ARRAY_SIZE(ipis); i++) {
		irq = xen_percpu_request_ipi(ipis[i].vector, ipis[i].handler,
					     ipis[i].name);
		if (irq < 0)
			return irq;
		ipis[i].irq = irq;
	}
	nr_ipis = i;
	return 0;
}

static int __init prepare_channels(void)
{
	unsigned int cpu = smp_processor_id();
	int rc = ipis_by_apic ? 0 : request_ipis();

	if (!rc)
		rc = bind_ipis(cpu);
	if (!rc)
		rc = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN,
					       "x86/xen/channels:prepare",
					       cpu_bind_channels,
					       cpu_unbind_channels);
	if (rc < 0)
		return rc;
	xen_pvlock_request();
	xen_pvlock_bind(cpu);
	return 0;
}

static void __init hook_ipis(void)
{
	enable_ipis();
	smp_ops.smp_send_reschedule = xen_smp_send_reschedule;
	smp_ops.send_call_func_ipi = xen_send_call_func_ipi;
	smp_ops.send_call_func_single_ipi = xen_send_call_func_single_ipi;
}

/* Without events there is no second CPU. */
static void __init xen_smp_prepare_cpus(unsigned int max_cpus)
{
	int rc;

	native_smp_prepare_cpus(max_cpus);
	xen_timer_ensure();
	xen_offline_init();
	xen_cpu_start_init();
	x86_cpuinit.early_percpu_clock_init = xen_early_percpu_clock_init;
	if (!xen_have_vector_callback)
		return;

	rc = prepare_channels();
	if (rc) {
		pr_err("only one CPU is started: error %d\n", rc);
		/* Nobody would open the timers of others. */
		init_cpu_present(cpumask_of(0));
		nr_ipis = 0;
		return;
	}
	smp_ops.cpu_disable = xen_cpu_disable;
	if (nr_ipis)
		hook_ipis();
}

static void __init xen_smp_prepare_boot_cpu(void)
{
	native_smp_prepare_boot_cpu();
	xen_pvlock_init();
	xen_tlb_init();
}

static int __init parse_ipi(char *arg)
{
	if (arg && !strcmp(arg, "apic"))
		ipis_by_apic = true;
	else if (!arg || strcmp(arg, "event"))
		pr_warn("xen_ipi= takes \"event\" or \"apic\"\n");
	return 0;
}
early_param("xen_ipi", parse_ipi);

/**
 * xen_smp_ops_init() - hook into the start of CPUs
 */
void __init xen_smp_ops_init(void)
{
	smp_ops.smp_prepare_boot_cpu = xen_smp_prepare_boot_cpu;
	smp_ops.smp_prepare_cpus = xen_smp_prepare_cpus;
}
