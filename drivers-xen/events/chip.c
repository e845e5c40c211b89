// SPDX-License-Identifier: GPL-2.0
/*
 * What the irq core wants done to an interrupt, in terms of ports.
 *
 * All of it goes through struct xen_event and happens under its lock, so that
 * whoever still holds an event without a port does nothing to the port, which
 * may be somebody else's by now.
 */
#define pr_fmt(fmt) "xen/events: " fmt

#include <linux/cpumask.h>
#include <linux/irq.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>

#include <asm/xen/events.h>
#include <xen/xen-ops.h>

#include "events.h"

/* Movable events of each CPU, to spread them. */
static DEFINE_PER_CPU(atomic_t, nr_events);

static void hold_locked(struct xen_event *e, u8 why)
{
	lockdep_assert_held(&e->lock);

	if (!e->held && e->port)
		xen_event_abi->mask(e->port);
	e->held |= why;
}

/**
 * xen_event_release_locked() - drop a reason to be masked
 * @e: event, locked
 * @why: XEN_HELD_*, or 0 only to put the mask right
 */
void xen_event_release_locked(struct xen_event *e, u8 why)
{
	lockdep_assert_held(&e->lock);

	e->held &= ~why;
	if (!e->held && e->port)
		xen_event_abi->unmask(e->port);
}

/**
 * xen_event_hold() - mask an event
 * @e: event
 * @why: XEN_HELD_*
 */
void xen_event_hold(struct xen_event *e, u8 why)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	hold_locked(e, why);
	raw_spin_unlock_irqrestore(&e->lock, flags);
}

/**
 * xen_event_release() - xen_event_release_locked() for an unlocked event
 * @e: event
 * @why: XEN_HELD_* or 0
 */
void xen_event_release(struct xen_event *e, u8 why)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	xen_event_release_locked(e, why);
	raw_spin_unlock_irqrestore(&e->lock, flags);
}

/**
 * xen_event_claim() - take the pending event of a port, to handle it now
 * @e: event that was found for @port
 * @port: port that this CPU saw pending
 *
 * Between that look and now the port may have been masked, closed, or moved to
 * another CPU that took the event already: then it is not ours to handle. What is
 * left pending behind a mask comes again with the unmask. The port may even have
 * been closed and be another CPU's IPI by now: that CPU has been told.
 *
 * With a claim the port is as the handler expects it: not pending, and masked
 * until the EOI where there is one.
 *
 * Context: interrupts off.
 * Return: whether the handler is to run.
 */
bool xen_event_claim(struct xen_event *e, evtchn_port_t port)
{
	bool ours;

	lockdep_assert_irqs_disabled();

	raw_spin_lock(&e->lock);
	ours = e->port == port && !e->held &&
		(!e->percpu || e->cpu == smp_processor_id()) &&
		xen_event_abi->is_pending(port);
	if (ours) {
		if (e->lateeoi)
			hold_locked(e, XEN_HELD_EOI);
		xen_event_abi->clear_pending(port);
	}
	raw_spin_unlock(&e->lock);
	return ours;
}

static int tell_vcpu(evtchn_port_t port, unsigned int cpu)
{
	struct evtchn_bind_vcpu op = {
		.port = port,
		.vcpu = xen_vcpu_nr(cpu),
	};

	return xen_event_op(EVTCHNOP_bind_vcpu, &op);
}

/**
 * xen_event_tell_vcpu() - have Xen notify the CPU that we take it to notify
 * @e: event
 *
 * Return: 0 or Xen's error.
 */
int xen_event_tell_vcpu(struct xen_event *e)
{
	unsigned long flags;
	int rc = 0;

	raw_spin_lock_irqsave(&e->lock, flags);
	if (e->port)
		rc = tell_vcpu(e->port, e->cpu);
	raw_spin_unlock_irqrestore(&e->lock, flags);
	return rc;
}

static void count_event(struct xen_event *e, unsigned int cpu, int add)
{
	if (!e->percpu && cpu < nr_cpu_ids)
		atomic_add(add, &per_cpu(nr_events, cpu));
}

/*
 * What follows on the CPU must not come in between: it may go, and whoever moves its
 * events away then has to find this one with a port, or the CPU already chosen anew.
 */
static int place(struct xen_event *e, evtchn_port_t port, unsigned int cpu)
{
	int rc = 0;

	lockdep_assert_held(&e->lock);

	if (cpu == XEN_EVENT_SAME_CPU)
		cpu = cpu_online(e->cpu) ? e->cpu : 0;
	if (e->kind == XEN_EVENT_PORT && xen_vcpu_nr(cpu))
		rc = tell_vcpu(port, cpu);
	if (rc)
		return rc;

	xen_event_abi->route(port, cpu, nr_cpu_ids);
	count_event(e, cpu, 1);
	WRITE_ONCE(e->port, port);
	WRITE_ONCE(e->cpu, cpu);
	e->lost = false;
	return 0;
}

/**
 * xen_event_attach() - give an event its port
 * @e: event without a port
 * @port: the port, which is or becomes masked
 * @cpu: CPU to notify; for anything but XEN_EVENT_PORT Xen does so already.
 *	XEN_EVENT_SAME_CPU: the one that was to be notified last
 * @gfp: GFP_KERNEL, or GFP_ATOMIC where nothing else runs
 *
 * Context: with the bind lock, or where nothing else runs, interrupts off.
 * Return: 0 or a negative error; then nothing has changed. -EBUSY: it is the port
 * of another event.
 */
int xen_event_attach(struct xen_event *e, evtchn_port_t port, unsigned int cpu,
		     gfp_t gfp)
{
	unsigned long flags;
	int rc;

	lockdep_assert(lockdep_is_held(&xen_bind_lock) || irqs_disabled());

	if (xen_event_by_port(port))
		return -EBUSY;

	rc = xen_event_abi->prepare(port, gfp);
	if (rc)
		return rc;

	xen_event_abi->mask(port);
	rc = xa_reserve(&xen_event_ports, port, gfp);
	if (rc)
		return rc;

	raw_spin_lock_irqsave(&e->lock, flags);
	rc = place(e, port, cpu);
	raw_spin_unlock_irqrestore(&e->lock, flags);
	if (rc) {
		xa_release(&xen_event_ports, port);
		return rc;
	}

	/* Reserved above, so it cannot fail. */
	xa_store(&xen_event_ports, port, e, gfp);
	/* Only now: see quiet_stray(). */
	xen_event_release(e, 0);
	return 0;
}

/**
 * xen_event_detach() - part an event from its port, which stays open and masked
 * @e: event
 *
 * Context: with the bind lock.
 * Return: the port, 0 if it had none.
 */
evtchn_port_t xen_event_detach(struct xen_event *e)
{
	unsigned long flags;
	evtchn_port_t port;
	unsigned int cpu;

	lockdep_assert_held(&xen_bind_lock);

	raw_spin_lock_irqsave(&e->lock, flags);
	port = e->port;
	cpu = e->cpu;
	if (port)
		xen_event_abi->mask(port);
	WRITE_ONCE(e->port, 0);
	raw_spin_unlock_irqrestore(&e->lock, flags);

	/* Without a port it cannot begin to wait again. */
	xen_throttle_cancel(e);

	if (port) {
		xa_erase(&xen_event_ports, port);
		xen_event_abi->route(port, nr_cpu_ids, cpu);
		count_event(e, cpu, -1);
	}
	return port;
}

/**
 * xen_event_lose() - the port of an event went away in a suspend
 * @e: event
 *
 * No bit of it is touched: Xen does not know the port, or it means another one.
 */
void xen_event_lose(struct xen_event *e)
{
	unsigned long flags;

	lockdep_assert_irqs_disabled();

	raw_spin_lock_irqsave(&e->lock, flags);
	e->lost = true;
	WRITE_ONCE(e->port, 0);
	e->held &= ~XEN_HELD_EOI;
	raw_spin_unlock_irqrestore(&e->lock, flags);

	count_event(e, e->cpu, -1);
	xen_throttle_cancel(e);
}

/**
 * xen_event_move() - have another CPU notified
 * @e: event
 * @cpu: which
 *
 * The old CPU may be about to deliver an event, or have the port in a queue: the
 * two are one event, which the first to claim it handles. Nothing is lost as the
 * unmask at the end asks Xen for whatever is pending, on the new CPU. Without a
 * port, this is where the next one goes.
 *
 * Return: 0 or a negative error; then the old CPU is still notified.
 */
int xen_event_move(struct xen_event *e, unsigned int cpu)
{
	unsigned long flags;
	int rc = 0;

	raw_spin_lock_irqsave(&e->lock, flags);
	if (e->port && e->cpu != cpu) {
		hold_locked(e, XEN_HELD_MOVE);
		rc = tell_vcpu(e->port, cpu);
		if (!rc) {
			xen_event_abi->route(e->port, cpu, e->cpu);
			count_event(e, e->cpu, -1);
			count_event(e, cpu, 1);
			WRITE_ONCE(e->cpu, cpu);
		}
		xen_event_release_locked(e, XEN_HELD_MOVE);
	} else if (!e->port) {
		WRITE_ONCE(e->cpu, cpu);
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);
	return rc;
}

/* The online CPU of @mask with the fewest events, @now where it is as good. */
static unsigned int choose_cpu(const struct cpumask *mask, unsigned int now)
{
	unsigned int cpu, best = nr_cpu_ids;
	int load, least = INT_MAX;

	for_each_cpu_and(cpu, mask, cpu_online_mask) {
		load = 2 * atomic_read(&per_cpu(nr_events, cpu));
		/* It counts itself; and to stay wins a draw. */
		if (cpu == now)
			load -= 3;
		if (load < least) {
			least = load;
			best = cpu;
		}
	}
	return best;
}

static int set_affinity(struct irq_data *data, const struct cpumask *mask,
			bool force)
{
	struct xen_event *e = irq_data_get_irq_chip_data(data);
	unsigned int cpu;
	int rc;

	/* Without an upcall vector Xen calls the first CPU, whatever we say. */
	if (!xen_support_evtchn_rebind())
		return -EINVAL;

	cpu = choose_cpu(mask, READ_ONCE(e->cpu));
	if (cpu >= nr_cpu_ids)
		return -EINVAL;

	rc = xen_event_move(e, cpu);
	if (rc)
		return rc;
	irq_data_update_effective_affinity(data, cpumask_of(cpu));
	return IRQ_SET_MASK_OK;
}

static void chip_mask(struct irq_data *data)
{
	xen_event_hold(irq_data_get_irq_chip_data(data), XEN_HELD_IRQ);
}

static void chip_unmask(struct irq_data *data)
{
	xen_event_release(irq_data_get_irq_chip_data(data), XEN_HELD_IRQ);
}

/* A handler that went may still owe an EOI, which will never come. */
static unsigned int chip_startup(struct irq_data *data)
{
	struct xen_event *e = irq_data_get_irq_chip_data(data);

	xen_throttle_cancel(e);
	xen_event_release(e, XEN_HELD_IRQ | XEN_HELD_EOI);
	return 0;
}

/*
 * The upcall did it, see xen_event_claim(); the flow handler wants the callback.
 * When it finds that the handler cannot run now, because the interrupt is disabled
 * or still being handled for the event before on the CPU from which the port moved
 * away, it masks and remembers: a lateeoi event is then owed one EOI, as always.
 */
static void chip_ack(struct irq_data *data)
{
}

/* The event comes again as if anew: nobody owes an EOI for the first time. */
static int chip_retrigger(struct irq_data *data)
{
	struct xen_event *e = irq_data_get_irq_chip_data(data);
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	if (e->port) {
		xen_event_abi->mask(e->port);
		xen_event_abi->set_pending(e->port);
		xen_event_release_locked(e, XEN_HELD_EOI);
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);
	return 1;
}

/*
 * The affinity is set before the port is opened, so that the first event already
 * comes where it belongs. irq_disable is there so that a disabled interrupt is
 * masked at once: who polls it must not find the event gone, taken by the flow
 * handler.
 */
#define XEN_DYN_OPS						\
	.irq_startup		= chip_startup,			\
	.irq_shutdown		= chip_mask,			\
	.irq_enable		= chip_unmask,			\
	.irq_disable		= chip_mask,			\
	.irq_mask		= chip_mask,			\
	.irq_unmask		= chip_unmask,			\
	.irq_retrigger		= chip_retrigger,		\
	.flags			= IRQCHIP_SKIP_SET_WAKE |	\
				  IRQCHIP_MASK_ON_SUSPEND |	\
				  IRQCHIP_AFFINITY_PRE_STARTUP

const struct irq_chip xen_dyn_chip = {
	.name			= "xen-dyn",
	.irq_ack		= chip_ack,
	.irq_set_affinity	= set_affinity,
	XEN_DYN_OPS,
};

const struct irq_chip xen_lateeoi_chip = {
	.name			= "xen-dyn-lateeoi",
	.irq_ack		= chip_ack,
	.irq_set_affinity	= set_affinity,
	XEN_DYN_OPS,
};

/* A VIRQ of one CPU, where it stays. */
const struct irq_chip xen_virq_chip = {
	.name			= "xen-percpu",
	XEN_DYN_OPS,
};
