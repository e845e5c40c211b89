// SPDX-License-Identifier: GPL-2.0
/*
 * Event channels of the fake Xen: the ports of the kernel under test and of the
 * other domain, and the hypercalls. The bits that say which ports are pending are
 * in fake_bits.c.
 */
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <xen/xen-ops.h>

#include "fake_evtchn.h"

struct fake_xen *fake;

static bool in_use(evtchn_port_t port)
{
	return port && port < FAKE_PORTS &&
	       fake->port[port].status != EVTCHNSTAT_closed;
}

bool fake_raise(evtchn_port_t port)
{
	unsigned long flags;
	bool ok;

	raw_spin_lock_irqsave(&fake->lock, flags);
	ok = in_use(port);
	if (ok)
		fake_bits_raise(port);
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return ok;
}

void fake_raise_virq(unsigned int virq, unsigned int cpu)
{
	evtchn_port_t port;

	for (port = 1; port < FAKE_PORTS; port++)
		if (fake->port[port].status == EVTCHNSTAT_virq &&
		    fake->port[port].virq == virq &&
		    fake->port[port].vcpu == xen_vcpu_nr(cpu))
			fake_raise(port);
}

/* Always the lowest free number, as Xen does: ports are reused at once. */
static int open_port(unsigned int status, unsigned int vcpu, unsigned int virq)
{
	evtchn_port_t port;

	for (port = 1; port < FAKE_PORTS; port++) {
		if (in_use(port))
			continue;
		fake->port[port] = (struct fake_port) {
			.status = status,
			.vcpu = vcpu,
			.virq = virq,
			.priority = EVTCHN_FIFO_PRIORITY_DEFAULT,
			.last = fake->port[port].last,
		};
		return port;
	}
	return -ENOSPC;
}

/* The other end of a closed port can be bound again, by the same domain. */
static void let_go(domid_t dom, evtchn_port_t port)
{
	if (dom == FAKE_SELF) {
		fake->port[port].status = EVTCHNSTAT_unbound;
		fake->port[port].remote_dom = FAKE_SELF;
		fake->port[port].remote_port = 0;
	} else {
		fake->peer[port].status = EVTCHNSTAT_unbound;
		fake->peer[port].remote_port = 0;
	}
}

static int close_port(evtchn_port_t port)
{
	struct fake_port *p = &fake->port[port];

	if (!in_use(port))
		return -EINVAL;
	if (p->status == EVTCHNSTAT_interdomain && p->remote_port)
		let_go(p->remote_dom, p->remote_port);
	p->status = EVTCHNSTAT_closed;
	fake_bits_forget(port);
	return 0;
}

evtchn_port_t fake_open(void)
{
	unsigned long flags;
	int port;

	raw_spin_lock_irqsave(&fake->lock, flags);
	port = open_port(EVTCHNSTAT_interdomain, 0, 0);
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return port > 0 ? port : 0;
}

static int do_bind_virq(struct evtchn_bind_virq *op)
{
	evtchn_port_t port;
	int rc;

	for (port = 1; port < FAKE_PORTS; port++)
		if (fake->port[port].status == EVTCHNSTAT_virq &&
		    fake->port[port].virq == op->virq &&
		    fake->port[port].vcpu == op->vcpu)
			return -EEXIST;
	rc = open_port(EVTCHNSTAT_virq, op->vcpu, op->virq);
	op->port = rc;
	return min(rc, 0);
}

static int do_bind_ipi(struct evtchn_bind_ipi *op)
{
	int rc = open_port(EVTCHNSTAT_ipi, op->vcpu, 0);

	op->port = rc;
	return min(rc, 0);
}

static domid_t who(domid_t dom)
{
	return dom == DOMID_SELF ? FAKE_SELF : dom;
}

static int do_alloc_unbound(struct evtchn_alloc_unbound *op)
{
	int rc;

	if (who(op->dom) != FAKE_SELF)
		return -EPERM;
	rc = open_port(EVTCHNSTAT_unbound, 0, 0);
	op->port = rc;
	if (rc < 0)
		return rc;
	fake->port[rc].remote_dom = who(op->remote_dom);
	return 0;
}

static void join(evtchn_port_t port, domid_t dom, evtchn_port_t remote)
{
	fake->port[port].status = EVTCHNSTAT_interdomain;
	fake->port[port].remote_dom = dom;
	fake->port[port].remote_port = remote;
}

static bool offered(domid_t dom, evtchn_port_t port)
{
	if (dom == FAKE_SELF)
		return in_use(port) &&
			fake->port[port].status == EVTCHNSTAT_unbound &&
			fake->port[port].remote_dom == FAKE_SELF;
	return port < FAKE_PEER_PORTS &&
		fake->peer[port].status == EVTCHNSTAT_unbound;
}

/* Events may have been lost before there was somebody to get them: so one now. */
static int do_bind_interdomain(struct evtchn_bind_interdomain *op)
{
	domid_t dom = who(op->remote_dom);
	bool ok = offered(dom, op->remote_port);
	int rc;

	if (dom != FAKE_SELF && dom != FAKE_PEER)
		return -ESRCH;
	if (!ok && !(fake->peer_offers_all && dom == FAKE_PEER))
		return -EINVAL;
	rc = open_port(EVTCHNSTAT_interdomain, 0, 0);
	op->local_port = rc;
	if (rc < 0 || !ok)
		return min(rc, 0);

	join(rc, dom, op->remote_port);
	if (dom == FAKE_SELF) {
		join(op->remote_port, FAKE_SELF, rc);
	} else {
		fake->peer[op->remote_port].status = EVTCHNSTAT_interdomain;
		fake->peer[op->remote_port].remote_port = rc;
	}
	fake_bits_raise(rc);
	return 0;
}

static int do_status(struct evtchn_status *op)
{
	struct fake_port *p = &fake->port[op->port];

	if (op->port >= FAKE_PORTS)
		return -EINVAL;
	op->status = p->status;
	op->vcpu = p->vcpu;
	if (p->status == EVTCHNSTAT_unbound) {
		op->u.unbound.dom = p->remote_dom;
	} else if (p->status == EVTCHNSTAT_interdomain) {
		op->u.interdomain.dom = p->remote_dom;
		op->u.interdomain.port = p->remote_port;
	} else {
		op->u.virq = p->virq;
	}
	return 0;
}

static int do_bind_vcpu(struct evtchn_bind_vcpu *op)
{
	if (!in_use(op->port) || op->vcpu >= FAKE_VCPUS)
		return -ENOENT;
	if (fake->port[op->port].status == EVTCHNSTAT_ipi)
		return -EINVAL;
	fake->port[op->port].vcpu = op->vcpu;
	return 0;
}

static int do_init_control(struct evtchn_init_control *op)
{
	if (op->vcpu >= FAKE_VCPUS || fake->control[op->vcpu] || op->offset)
		return -EINVAL;
	if (!fake->fifo)
		fake_bits_to_fifo();
	fake->control[op->vcpu] = pfn_to_kaddr(op->control_gfn);
	op->link_bits = EVTCHN_FIFO_LINK_BITS;
	return 0;
}

static int do_expand_array(struct evtchn_expand_array *op)
{
	if (!fake->fifo)
		return -EOPNOTSUPP;
	if (fake->nr_pages == FAKE_PAGES)
		return -ENOSPC;
	fake_bits_add_page(pfn_to_kaddr(op->array_gfn));
	return 0;
}

static int do_set_priority(struct evtchn_set_priority *op)
{
	if (!fake->fifo)
		return -EOPNOTSUPP;
	if (!in_use(op->port) || op->priority > EVTCHN_FIFO_PRIORITY_MIN)
		return -EINVAL;
	fake->port[op->port].priority = op->priority;
	return 0;
}

static int do_send(struct evtchn_send *op)
{
	struct fake_port *p = &fake->port[op->port];

	if (!in_use(op->port))
		return -EINVAL;
	if (p->status == EVTCHNSTAT_ipi)
		fake_bits_raise(op->port);
	else if (p->status != EVTCHNSTAT_interdomain || !p->remote_port)
		return 0;
	else if (p->remote_dom == FAKE_SELF)
		fake_bits_raise(p->remote_port);
	else
		fake->peer[p->remote_port].events++;
	return 0;
}

static int do_unmask(struct evtchn_unmask *op)
{
	if (!in_use(op->port))
		return -EINVAL;
	fake_bits_unmask(op->port);
	return 0;
}

static int dispatch(int cmd, void *arg)
{
	switch (cmd) {
	case EVTCHNOP_alloc_unbound:
		return do_alloc_unbound(arg);
	case EVTCHNOP_bind_interdomain:
		return do_bind_interdomain(arg);
	case EVTCHNOP_bind_virq:
		return do_bind_virq(arg);
	case EVTCHNOP_bind_ipi:
		return do_bind_ipi(arg);
	case EVTCHNOP_close:
		return close_port(((struct evtchn_close *)arg)->port);
	case EVTCHNOP_send:
		return do_send(arg);
	case EVTCHNOP_status:
		return do_status(arg);
	case EVTCHNOP_bind_vcpu:
		return do_bind_vcpu(arg);
	case EVTCHNOP_unmask:
		return do_unmask(arg);
	case EVTCHNOP_init_control:
		return do_init_control(arg);
	case EVTCHNOP_expand_array:
		return do_expand_array(arg);
	case EVTCHNOP_set_priority:
		return do_set_priority(arg);
	default:
		return -EOPNOTSUPP;
	}
}

int fake_event_op(int cmd, void *arg)
{
	unsigned long flags;
	int rc;

	raw_spin_lock_irqsave(&fake->lock, flags);
	fake->calls[cmd]++;
	rc = fake->calls[cmd] > fake->spare[cmd] ? fake->fail[cmd] : 0;
	rc = rc ?: dispatch(cmd, arg);
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return rc;
}

static evtchn_port_t open_peer_port(void)
{
	evtchn_port_t port;

	lockdep_assert_held(&fake->lock);
	for (port = 1; port < FAKE_PEER_PORTS; port++) {
		if (fake->peer[port].status != EVTCHNSTAT_closed)
			continue;
		fake->peer[port] = (struct fake_peer_port) {
			.status = EVTCHNSTAT_unbound,
		};
		return port;
	}
	return 0;
}

evtchn_port_t fake_peer_alloc(void)
{
	evtchn_port_t port;
	unsigned long flags;

	raw_spin_lock_irqsave(&fake->lock, flags);
	port = open_peer_port();
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return port;
}

evtchn_port_t fake_peer_bind(evtchn_port_t remote)
{
	struct fake_port *p = &fake->port[remote];
	evtchn_port_t port = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&fake->lock, flags);
	if (in_use(remote) && p->status == EVTCHNSTAT_unbound &&
	    p->remote_dom == FAKE_PEER)
		port = open_peer_port();
	if (port) {
		join(remote, FAKE_PEER, port);
		fake->peer[port].status = EVTCHNSTAT_interdomain;
		fake->peer[port].remote_port = remote;
	}
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return port;
}

bool fake_peer_send(evtchn_port_t port)
{
	evtchn_port_t remote = READ_ONCE(fake->peer[port].remote_port);

	return remote && fake_raise(remote);
}

void fake_peer_close(evtchn_port_t port)
{
	struct fake_peer_port *p = &fake->peer[port];
	unsigned long flags;

	raw_spin_lock_irqsave(&fake->lock, flags);
	if (p->status == EVTCHNSTAT_interdomain && p->remote_port) {
		fake->port[p->remote_port].status = EVTCHNSTAT_unbound;
		fake->port[p->remote_port].remote_dom = FAKE_PEER;
		fake->port[p->remote_port].remote_port = 0;
	}
	*p = (struct fake_peer_port) { .status = EVTCHNSTAT_closed };
	raw_spin_unlock_irqrestore(&fake->lock, flags);
}

unsigned int fake_peer_events(evtchn_port_t port)
{
	unsigned long flags;
	unsigned int num;

	raw_spin_lock_irqsave(&fake->lock, flags);
	num = fake->peer[port].events;
	fake->peer[port].events = 0;
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return num;
}

/* As after a migration: a new domain, nothing of the old one. */
void fake_reset(void)
{
	unsigned int cpu;

	memset(fake->port, 0, sizeof(fake->port));
	memset(fake->peer, 0, sizeof(fake->peer));
	memset(fake->control, 0, sizeof(fake->control));
	memset(fake->queue, 0, sizeof(fake->queue));
	memset(fake->vcpu, 0, FAKE_VCPUS * sizeof(*fake->vcpu));
	memset(fake->shared, 0, PAGE_SIZE);
	for (cpu = 0; cpu < fake->nr_pages; cpu++)
		fake->array[cpu] = NULL;
	fake->nr_pages = 0;
	fake->fifo = false;
}
