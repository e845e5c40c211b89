// SPDX-License-Identifier: GPL-2.0
/*
 * From Xen's notification to the interrupt handlers.
 *
 * How long the loop may run: what a pass finds is bounded by the number of
 * ports. Passes repeat for as long as Xen notifies us meanwhile; once they took
 * event_loop_timeout, each further event also holds its port for a while, so
 * that the loop ends after at most one more event for each port. IPIs and
 * per-CPU VIRQs are exempt: they come from this domain and from Xen.
 */
#define pr_fmt(fmt) "xen/events: " fmt

#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>

#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include "events.h"

/*
 * Nobody has this port. Mask it so that it does not call again. It may be on
 * its way to being bound: then this mask could come after the unmask of a
 * handler's set-up, and would be for ever. The mask is a full barrier, and the
 * binding publishes the event before it unmasks: if we still do not see the
 * event now, the unmask is yet to come.
 */
static void quiet_stray(evtchn_port_t port)
{
	struct xen_event *e;

	xen_event_abi->mask(port);
	e = xen_event_by_port(port);
	if (e)
		xen_event_release(e, 0);
	else
		pr_debug_ratelimited("event on unbound port %u\n", port);
}

/**
 * xen_event_deliver() - run the handler of a port
 * @up: the upcall this belongs to
 * @port: port with a pending event
 */
void xen_event_deliver(struct xen_upcall *up, evtchn_port_t port)
{
	struct xen_event *e = xen_event_by_port(port);
	bool pause;

	lockdep_assert_irqs_disabled();

	if (unlikely(!e)) {
		quiet_stray(port);
		return;
	}

	if (!xen_event_claim(e, port))
		return;

	if (e->dev)
		atomic_inc(&e->dev->events);
	xen_throttle_check(up);
	pause = unlikely(up->storm) && !e->percpu;
	if (pause)
		xen_throttle_event(e);

	generic_handle_irq_desc(e->desc);

	if (pause && !e->lateeoi)
		xen_throttle_pause(e);
}

int xen_evtchn_do_upcall(void)
{
	struct vcpu_info *vcpu = __this_cpu_read(xen_vcpu);
	struct xen_upcall up = {
		.cpu = smp_processor_id(),
	};
	int ret = IRQ_NONE;

	lockdep_assert_irqs_disabled();

	rcu_read_lock();
	while (READ_ONCE(vcpu->evtchn_upcall_pending)) {
		ret = IRQ_HANDLED;
		/*
		 * Xen sets the bits of an event first and this byte last. The
		 * exchange orders our clearing before the look at the bits.
		 */
		xchg(&vcpu->evtchn_upcall_pending, 0);
		xen_event_abi->scan(&up);
	}
	rcu_read_unlock();

	return ret;
}
EXPORT_SYMBOL_GPL(xen_evtchn_do_upcall);
