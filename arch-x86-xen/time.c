// SPDX-License-Identifier: GPL-2.0
/*
 * Time from Xen: clocksource, scheduler clock and wall clock from the pvclock
 * record in each vcpu_info, and each vCPU's one-shot timer as clock event device.
 *
 * All of them count nanoseconds of Xen's system time, so an absolute time-out for
 * Xen is the clocksource's value plus the delta that the kernel asks for.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/cpu.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/sched/clock.h>
#include <linux/smp.h>

#include <asm/apic.h>
#include <asm/cpuid.h>
#include <asm/paravirt.h>
#include <asm/pvclock.h>
#include <asm/tsc.h>
#include <asm/vdso/clocksource.h>
#include <asm/x86_init.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include <xen/events.h>
#include <xen/interface/vcpu.h>

#include "xen-arch.h"

/* Shortest time-out that is worth a hypercall; "xen_timer_slop=", nanoseconds. */
static unsigned long timer_slop __read_mostly = 1;

/* Changes in a suspend only, when nothing else runs. */
static u64 sched_clock_offset __read_mostly;
static u64 frozen_sched_clock;
static int timer_irq __ro_after_init;

struct xen_timer {
	struct clock_event_device evt;
	char name[16];
};

static DEFINE_PER_CPU(struct xen_timer, xen_timers);

/**
 * xen_system_time() - read Xen's clock
 *
 * Context: any.
 * Return: ns since Xen started.
 */
noinstr u64 xen_system_time(void)
{
	struct pvclock_vcpu_time_info *src;
	u64 now;

	/* The record belongs to this CPU's TSC. */
	preempt_disable_notrace();
	src = &__this_cpu_read(xen_vcpu)->time;
	now = pvclock_clocksource_read_nowd(src);
	preempt_enable_notrace();
	return now;
}

static u64 clocksource_read(struct clocksource *cs)
{
	return xen_system_time();
}

static noinstr u64 xen_sched_clock(void)
{
	return xen_system_time() - sched_clock_offset;
}

static int clocksource_enable(struct clocksource *cs)
{
	if (cs->vdso_clock_mode != VDSO_CLOCKMODE_NONE)
		vclocks_set_used(cs->vdso_clock_mode);
	return 0;
}

static struct clocksource xen_clocksource __read_mostly = {
	.name	= "xen",
	.rating	= XEN_CLOCK_ABOVE_TSC,
	.read	= clocksource_read,
	.enable	= clocksource_enable,
	.mask	= CLOCKSOURCE_MASK(64),
	.flags	= CLOCK_SOURCE_IS_CONTINUOUS,
};

/**
 * xen_clocksource_rating() - is Xen's clock better than the TSC itself?
 * @tsc: what is known of the TSC
 *
 * The TSC costs least to read, and always in the vDSO. A guest may rely on it if it
 * goes at one speed on every host that the guest may come to, which Xen promises by
 * a TSC that is invariant and never emulated. Dom0 stays where it is.
 */
int xen_clocksource_rating(const struct xen_tsc_facts *tsc)
{
	if (tsc->initial_domain)
		return XEN_CLOCK_BELOW_EARLY_TSC;
	if (tsc->invariant && tsc->mode == XEN_CPUID_TSC_MODE_NEVER_EMULATE)
		return XEN_CLOCK_BELOW_TSC;
	return XEN_CLOCK_ABOVE_TSC;
}

static void __init register_clocksource(void)
{
	struct xen_tsc_facts tsc = {
		.initial_domain = xen_initial_domain(),
		.invariant = boot_cpu_has(X86_FEATURE_CONSTANT_TSC) &&
			boot_cpu_has(X86_FEATURE_NONSTOP_TSC) &&
			!check_tsc_unstable(),
		.mode = cpuid_ebx(xen_cpuid_base() + 3),
	};

	xen_clocksource.rating = xen_clocksource_rating(&tsc);
	if (xen_clock_page_init())
		xen_clocksource.vdso_clock_mode = VDSO_CLOCKMODE_PVCLOCK;
	clocksource_register_hz(&xen_clocksource, NSEC_PER_SEC);
}

static unsigned long xen_tsc_khz(void)
{
	setup_force_cpu_cap(X86_FEATURE_TSC_KNOWN_FREQ);
	return pvclock_tsc_khz(&per_cpu(xen_vcpu, 0)->time);
}

static void xen_get_wallclock(struct timespec64 *now)
{
	struct shared_info *s = HYPERVISOR_shared_info;
	struct pvclock_vcpu_time_info *src;

	preempt_disable();
	src = &__this_cpu_read(xen_vcpu)->time;
	pvclock_read_wallclock(&s->wc, src, now);
	preempt_enable();
}

/* Xen keeps the wall clock; a guest cannot set it. */
static int xen_set_wallclock(const struct timespec64 *now)
{
	return -ENODEV;
}

static int oneshot_start(unsigned long delta, struct clock_event_device *evt)
{
	struct vcpu_set_singleshot_timer single = {
		.timeout_abs_ns = xen_system_time() + delta,
	};

	return HYPERVISOR_vcpu_op(VCPUOP_set_singleshot_timer,
				  xen_vcpu_nr(smp_processor_id()), &single);
}

static int oneshot_stop(struct clock_event_device *evt)
{
	return HYPERVISOR_vcpu_op(VCPUOP_stop_singleshot_timer,
				  xen_vcpu_nr(smp_processor_id()), NULL);
}

static irqreturn_t timer_interrupt(int irq, void *unused)
{
	struct clock_event_device *evt = this_cpu_ptr(&xen_timers.evt);

	/* Not registered yet, or left over from before a shutdown. */
	if (!evt->event_handler)
		return IRQ_NONE;
	evt->event_handler(evt);
	return IRQ_HANDLED;
}

static void register_clockevent(void)
{
	unsigned int cpu = smp_processor_id();
	struct xen_timer *timer = this_cpu_ptr(&xen_timers);
	struct clock_event_device *evt = &timer->evt;

	snprintf(timer->name, sizeof(timer->name), "xen");
	memset(evt, 0, sizeof(*evt));
	evt->name = timer->name;
	evt->features = CLOCK_EVT_FEAT_ONESHOT;
	evt->rating = 500;
	evt->cpumask = cpumask_of(cpu);
	evt->irq = timer_irq;
	evt->set_next_event = oneshot_start;
	evt->set_state_shutdown = oneshot_stop;
	evt->set_state_oneshot_stopped = oneshot_stop;
	clockevents_config_and_register(evt, NSEC_PER_SEC, timer_slop,
					LONG_MAX);
}

/**
 * xen_timer_bind() - open the timer's event channel of a CPU
 * @cpu: any CPU
 *
 * Context: may sleep.
 * Return: 0 or -errno; 0 as well where the APIC has the timers.
 */
int xen_timer_bind(unsigned int cpu)
{
	might_sleep();
	return timer_irq > 0 ? xen_percpu_bind(timer_irq, cpu) : 0;
}

/**
 * xen_timer_unbind() - close what xen_timer_bind() opened
 * @cpu: a CPU that is down
 *
 * Context: may sleep.
 */
void xen_timer_unbind(unsigned int cpu)
{
	might_sleep();
	if (timer_irq > 0)
		xen_percpu_unbind(timer_irq, cpu);
}

/**
 * xen_timer_cpu_disable() - stop timer interrupts of the CPU that is going down
 *
 * Context: that CPU, interrupts off.
 */
void xen_timer_cpu_disable(void)
{
	lockdep_assert_irqs_disabled();
	if (timer_irq > 0)
		disable_percpu_irq(timer_irq);
}

/* Runs on each CPU for itself, the boot CPU included. */
static void xen_setup_percpu_clockev(void)
{
	enable_percpu_irq(timer_irq, IRQ_TYPE_NONE);
	register_clockevent();
}

static int __init request_timer(void)
{
	int irq = xen_percpu_request_virq(VIRQ_TIMER, timer_interrupt, "timer");
	int rc;

	if (irq <= 0)
		return irq;
	timer_irq = irq;
	rc = xen_timer_bind(smp_processor_id());
	if (rc)
		timer_irq = 0;
	return rc;
}

static bool timer_started __initdata;

static void __init xen_time_init(void)
{
	int rc = request_timer();

	timer_started = true;
	preempt_disable();
	xen_setup_runstate_info(smp_processor_id());
	preempt_enable();
	xen_time_setup_guest();
	register_clocksource();
	if (rc) {
		pr_err("no event channel for the timer: error %d\n", rc);
		x86_cpuinit.setup_percpu_clockev = setup_secondary_APIC_clock;
		setup_boot_APIC_clock();
		return;
	}
	x86_cpuinit.setup_percpu_clockev = xen_setup_percpu_clockev;
	xen_setup_percpu_clockev();
}

/**
 * xen_time_ops_init() - hook into time keeping
 *
 * Needs the boot CPU's vcpu_info, so the first call may come too early: then it
 * does nothing, and the next one does it.
 */
void __init xen_time_ops_init(void)
{
	static bool done;

	if (done || !per_cpu(xen_vcpu, 0))
		return;
	done = true;

	pvclock_set_flags(PVCLOCK_TSC_STABLE_BIT);
	sched_clock_offset = xen_system_time();
	paravirt_set_sched_clock(xen_sched_clock);

	x86_platform.calibrate_tsc = xen_tsc_khz;
	x86_platform.calibrate_cpu = xen_tsc_khz;
	x86_platform.get_wallclock = xen_get_wallclock;
	x86_platform.set_wallclock = xen_set_wallclock;
}

/**
 * xen_timer_ops_init() - use Xen's timers
 *
 * Only where events have a vector: otherwise all of them go to the first CPU.
 */
void __init xen_timer_ops_init(void)
{
	x86_init.timers.timer_init = x86_init_noop;
	x86_init.timers.setup_percpu_clockev = xen_time_init;
}

/**
 * xen_timer_ensure() - start the timer if nobody has
 *
 * Where the firmware has no tables for interrupts (a guest with apic=0), the kernel uses one
 * CPU, and an IRQ0 that it takes for set up: with Xen's timers there is none.
 *
 * Context: smp_prepare_cpus(), in its end.
 */
void __init xen_timer_ensure(void)
{
	if (!timer_started && x86_init.timers.setup_percpu_clockev == xen_time_init)
		xen_time_init();
}

/**
 * xen_time_freeze() - last look at the clock before a suspend
 *
 * Context: one CPU, interrupts off.
 */
void xen_time_freeze(void)
{
	lockdep_assert_irqs_disabled();
	frozen_sched_clock = xen_sched_clock();
}

/**
 * xen_time_thaw() - let the scheduler's clock go on where it was
 *
 * Xen's system time counts from the start of the machine, and after a restore that
 * is another machine or another start.
 *
 * Context: one CPU, interrupts off, vcpu_info registered.
 */
void xen_time_thaw(void)
{
	lockdep_assert_irqs_disabled();
	pvclock_resume();
	sched_clock_offset = xen_system_time() - frozen_sched_clock;
}

/**
 * xen_timer_resume() - start the timers again after a restore
 *
 * Context: one CPU, interrupts off. Nothing is to be done: the kernel sets every
 * CPU's next event when it resumes its ticks.
 */
void xen_timer_resume(void)
{
}

static int __init parse_timer_slop(char *arg)
{
	char *end = arg;

	if (arg)
		timer_slop = memparse(arg, &end);
	if (end == arg || *end || !timer_slop) {
		pr_warn("xen_timer_slop= takes nanoseconds\n");
		timer_slop = 1;
	}
	return 0;
}
early_param("xen_timer_slop", parse_timer_slop);
