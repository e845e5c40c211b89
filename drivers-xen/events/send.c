// SPDX-License-Identifier: GPL-2.0
/*
 * What others do with an event by its interrupt: send, forget, poll, set its priority.
 * Without a port there is nothing to do. From any context.
 */
#define pr_fmt(fmt) "xen/events: " fmt

#include <linux/export.h>
#include <linux/rcupdate.h>

#include <asm/xen/events.h>
#include <xen/interface/sched.h>
#include <xen/xen-ops.h>

#include "events.h"

static evtchn_port_t port_of(unsigned int irq)
{
	struct xen_event *e = xen_event_by_irq(irq);

	return e ? READ_ONCE(e->port) : 0;
}

void notify_remote_via_irq(int irq)
{
	evtchn_port_t port;

	rcu_read_lock();
	port = port_of(irq);
	rcu_read_unlock();

	if (port)
		notify_remote_via_evtchn(port);
}
EXPORT_SYMBOL_GPL(notify_remote_via_irq);

static void forget_event(struct xen_event *e)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	if (e->port)
		xen_event_abi->clear_pending(e->port);
	raw_spin_unlock_irqrestore(&e->lock, flags);
}

void xen_clear_irq_pending(int irq)
{
	struct xen_event *e;

	rcu_read_lock();
	e = xen_event_by_irq(irq);
	if (e)
		forget_event(e);
	rcu_read_unlock();
}
EXPORT_SYMBOL(xen_clear_irq_pending);

bool xen_test_irq_pending(int irq)
{
	evtchn_port_t port;
	bool ret;

	rcu_read_lock();
	port = port_of(irq);
	ret = port && xen_event_abi->is_pending(port);
	rcu_read_unlock();

	return ret;
}

void xen_poll_irq_timeout(int irq, u64 timeout)
{
	struct sched_poll poll = { .nr_ports = 1, .timeout = timeout };
	evtchn_port_t port;

	rcu_read_lock();
	port = port_of(irq);
	rcu_read_unlock();
	if (!port)
		return;

	set_xen_guest_handle(poll.ports, &port);
	if (HYPERVISOR_sched_op(SCHEDOP_poll, &poll))
		pr_err_once("Xen does not let us poll a port\n");
}
EXPORT_SYMBOL(xen_poll_irq_timeout);

void xen_poll_irq(int irq)
{
	xen_poll_irq_timeout(irq, 0);
}

int xen_set_irq_priority(unsigned int irq, unsigned int priority)
{
	struct evtchn_set_priority op = { .priority = priority };

	rcu_read_lock();
	op.port = port_of(irq);
	rcu_read_unlock();

	if (!op.port)
		return -ENOENT;
	return xen_event_op(EVTCHNOP_set_priority, &op);
}
EXPORT_SYMBOL_GPL(xen_set_irq_priority);
