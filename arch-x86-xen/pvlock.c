// SPDX-License-Identifier: GPL-2.0
/*
 * Spin locks for CPUs that may not be running: who waits long gives its processor
 * up, and who unlocks wakes the next in line (kernel/locking/qspinlock_paravirt.h).
 *
 * A CPU waits by polling the port of an IPI of its own that is never unmasked, so
 * nobody handles it: the pending bit is the wake-up. It is cleared before the last
 * look at the lock; a wake-up from then on sets it, and the poll returns at once.
 *
 * An interrupt may come between that look and the poll, and its handler may wait for
 * a lock too. It must not clear the bit, which may be the outer wait's wake-up. So
 * it may find the bit set for no good reason of its own; then it spins.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <kunit/visibility.h>

#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/hardirq.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include <asm/paravirt.h>
#include <asm/qspinlock.h>
#include <asm/xen/hypercall.h>

#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/sched.h>

#include "xen-arch.h"

/* How many waits of this CPU are interrupted by another one, plus one. */
static DEFINE_PER_CPU(unsigned int, waits);

/* For debugfs; an interrupt in between makes no difference worth a lock. */
static DEFINE_PER_CPU(unsigned long, nr_polls);
static DEFINE_PER_CPU(unsigned long, nr_kicks);

static bool enabled __ro_after_init;
static int wake_irq __ro_after_init;

static void poll_port(evtchn_port_t port)
{
	struct sched_poll poll = { .nr_ports = 1 };

	set_xen_guest_handle(poll.ports, &port);
	xen_hypercall_untraced(__HYPERVISOR_sched_op, SCHEDOP_poll,
			       (unsigned long)&poll);
}

/* Returns when woken up, or for no reason: callers look again. */
VISIBLE_IF_KUNIT void xen_lock_wait(u8 *byte, u8 val)
{
	evtchn_port_t port;

	if (in_nmi())
		return;
	port = xen_percpu_port(XEN_SPIN_UNLOCK_VECTOR, smp_processor_id());
	if (!port)
		return;

	if (__this_cpu_inc_return(waits) == 1) {
		xen_percpu_clear_pending(port);
		/* Clear, then look; whoever wakes changes, then sets. */
		smp_mb__after_atomic();
	}
	if (READ_ONCE(*byte) == val) {
		__this_cpu_inc(nr_polls);
		poll_port(port);
	}
	__this_cpu_dec(waits);
}

/* A CPU without a port does not wait. */
VISIBLE_IF_KUNIT void xen_lock_kick(int cpu)
{
	struct evtchn_send send = {
		.port = xen_percpu_port(XEN_SPIN_UNLOCK_VECTOR, cpu),
	};

	if (!send.port)
		return;
	__this_cpu_inc(nr_kicks);
	xen_hypercall_untraced(__HYPERVISOR_event_channel_op, EVTCHNOP_send,
			       (unsigned long)&send);
}

__visible bool xen_vcpu_is_preempted(long cpu)
{
	return xen_vcpu_stolen(cpu);
}

PV_CALLEE_SAVE_REGS_THUNK(xen_vcpu_is_preempted);

/* The port stays masked. */
static irqreturn_t never(int irq, void *unused)
{
	return IRQ_NONE;
}

/**
 * xen_pvlock_bind() - open the port on which a CPU waits
 * @cpu: any CPU
 *
 * Without a port a CPU spins, which costs time and no more.
 *
 * Context: may sleep.
 */
void xen_pvlock_bind(unsigned int cpu)
{
	int rc;

	might_sleep();
	rc = wake_irq > 0 ? xen_percpu_bind(wake_irq, cpu) : 0;
	if (rc)
		pr_warn("CPU%u: its spin locks only spin: error %d\n", cpu, rc);
}

/**
 * xen_pvlock_unbind() - close what xen_pvlock_bind() opened
 * @cpu: a CPU that is down
 *
 * Context: may sleep.
 */
void xen_pvlock_unbind(unsigned int cpu)
{
	might_sleep();
	if (wake_irq > 0)
		xen_percpu_unbind(wake_irq, cpu);
}

/**
 * xen_pvlock_request() - allow CPUs to have such ports
 *
 * Context: boot; may sleep.
 */
void __init xen_pvlock_request(void)
{
	int irq;

	if (!enabled)
		return;
	irq = xen_percpu_request_ipi(XEN_SPIN_UNLOCK_VECTOR, never, "spinlock");
	if (irq < 0)
		pr_err("spin locks only spin: error %d\n", irq);
	else
		wake_irq = irq;
}

/**
 * xen_pvlock_init() - choose what spin locks do
 *
 * Context: boot, before alternatives are patched, when it is known how many CPUs
 * there can be.
 */
void __init xen_pvlock_init(void)
{
	pv_ops.lock.vcpu_is_preempted = PV_CALLEE_SAVE(xen_vcpu_is_preempted);

	/* Nobody to wait for, or wanted so: the lock as on hardware. */
	if (nopvspin || num_possible_cpus() == 1) {
		pr_info("spin locks as on hardware\n");
		static_branch_disable(&virt_spin_lock_key);
		return;
	}
	/* Without events for each CPU: the unfair lock for hypervisors. */
	if (!xen_have_vector_callback)
		return;

	__pv_init_lock_hash();
	pv_ops.lock.queued_spin_lock_slowpath = __pv_queued_spin_lock_slowpath;
	pv_ops.lock.queued_spin_unlock =
		PV_CALLEE_SAVE(__pv_queued_spin_unlock);
	pv_ops.lock.wait = xen_lock_wait;
	pv_ops.lock.kick = xen_lock_kick;
	static_branch_disable(&virt_spin_lock_key);
	enabled = true;
	pr_info("spin locks give the processor up\n");
}

static int spinlocks_show(struct seq_file *m, void *unused)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		seq_printf(m, "CPU %u: %lu waits, %lu wake-ups\n", cpu,
			   READ_ONCE(per_cpu(nr_polls, cpu)),
			   READ_ONCE(per_cpu(nr_kicks, cpu)));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(spinlocks);

static int __init spinlocks_debugfs_init(void)
{
	if (enabled)
		debugfs_create_file("spinlocks", 0444, xen_debugfs_dir(), NULL,
				    &spinlocks_fops);
	return 0;
}
fs_initcall(spinlocks_debugfs_init);
