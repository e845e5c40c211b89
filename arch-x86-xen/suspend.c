// SPDX-License-Identifier: GPL-2.0
/*
 * What the architecture does around a suspend. After a restore the domain has a
 * new shared_info, no vcpu_info registered and no upcall vector set; after a
 * cancelled suspend all is as it was.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <kunit/static_stub.h>

#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/lockdep.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/tick.h>

#include <xen/events.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

/**
 * xen_restore_failed() - a restored domain lacks what it cannot go on without
 * @cpu: a CPU
 * @what: what happened to it
 *
 * A CPU that takes no interrupts, or does not run, holds up all others, and nobody
 * outside sees why. As crashed the domain is seen, and can be started again. Nothing
 * happens for a CPU that is offline.
 *
 * Context: after a restore, on one CPU with interrupts off.
 */
void xen_restore_failed(unsigned int cpu, const char *what)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_restore_failed, cpu, what);

	lockdep_assert_irqs_disabled();

	if (!cpu_online(cpu)) {
		pr_err("CPU%u after a restore: %s\n", cpu, what);
		return;
	}
	pr_emerg("CPU%u cannot go on after a restore: %s\n", cpu, what);
	xen_crash();
}

/**
 * xen_arch_pre_suspend() - last step before the suspend hypercall
 *
 * Context: stop_machine(): one CPU, interrupts off.
 */
void xen_arch_pre_suspend(void)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_arch_pre_suspend);

	lockdep_assert_irqs_disabled();

	xen_time_freeze();
}

/**
 * xen_arch_post_suspend() - first step after the suspend hypercall
 * @cancelled: the domain goes on as it was
 *
 * Context: as xen_arch_pre_suspend().
 */
void xen_arch_post_suspend(int cancelled)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_arch_post_suspend, cancelled);

	lockdep_assert_irqs_disabled();

	if (!cancelled) {
		xen_setup_features();
		if (xen_shared_info_map())
			xen_crash();
		xen_vcpu_restore();
		xen_upcall_restore();
		xen_unplug_again();
	}
	xen_time_thaw();
}

static void suspend_cpu(void *unused)
{
	tick_suspend_local();
}

static void resume_cpu(void *unused)
{
	xen_runstate_go_on(smp_processor_id());
	tick_resume_local();
}

/**
 * xen_arch_suspend() - stop the ticks of all CPUs
 *
 * Context: process context, all CPUs running.
 */
void xen_arch_suspend(void)
{
	lockdep_assert_irqs_enabled();
	on_each_cpu(suspend_cpu, NULL, 1);
}

/**
 * xen_arch_resume() - start the ticks of all CPUs, and their steal clocks
 *
 * Context: as xen_arch_suspend().
 */
void xen_arch_resume(void)
{
	lockdep_assert_irqs_enabled();
	on_each_cpu(resume_cpu, NULL, 1);
}
