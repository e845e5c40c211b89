// SPDX-License-Identifier: GPL-2.0
/*
 * What both ends of a queue need, see queue.h.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include "peer.h"

static unsigned int irq_of(const struct xen_queue *q, unsigned int ring)
{
	return q->port[q->split ? ring : 0].irq;
}

/**
 * xen_queue_notify - send the other end an event
 * @q: the queue
 * @ring: number of the ring it is about
 *
 * Context: any, while the queue is shared or mapped.
 */
void xen_queue_notify(const struct xen_queue *q, unsigned int ring)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_queue_notify, q, ring);
	notify_remote_via_irq(irq_of(q, ring));
}
EXPORT_SYMBOL_GPL(xen_queue_notify);

/**
 * xen_queue_eoi - an event has been dealt with
 * @q: the queue
 * @ring: number of the ring it was about
 * @spurious: there was nothing to do
 *
 * To be called once for each call of a handler, not necessarily by it.
 *
 * Context: any, while the queue is shared or mapped.
 */
void xen_queue_eoi(const struct xen_queue *q, unsigned int ring, bool spurious)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_queue_eoi, q, ring, spurious);
	xen_irq_lateeoi(irq_of(q, ring), spurious ? XEN_EOI_FLAG_SPURIOUS : 0);
}
EXPORT_SYMBOL_GPL(xen_queue_eoi);

VISIBLE_IF_KUNIT void xen_queue_enable_irq(struct xen_queue *q,
					   unsigned int port)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_queue_enable_irq, q, port);
	enable_irq(q->port[port].irq);
}
EXPORT_SYMBOL_IF_KUNIT(xen_queue_enable_irq);

/*
 * Let the handlers run. Last of all: a port has an event from the moment on at
 * which it is bound, so they run at once, and there must be an interrupt to
 * acknowledge, and nothing to undo any more under what they have started.
 */
void xen_queue_start(struct xen_queue *q)
{
	unsigned int i;

	for (i = 0; i < XEN_QUEUE_RINGS; i++) {
		if (q->port[i].irq)
			xen_queue_enable_irq(q, i);
	}
}

VISIBLE_IF_KUNIT void xen_queue_disable_irq(struct xen_queue *q,
					    unsigned int port)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_queue_disable_irq, q, port);
	disable_irq(q->port[port].irq);
}
EXPORT_SYMBOL_IF_KUNIT(xen_queue_disable_irq);

/**
 * xen_queue_quiesce - let the handlers not run any more
 * @q: the queue, shared or mapped or neither
 *
 * For a driver whose handlers only start something: it can then stop that, and
 * after it unshare or unmap the queue. xen_queue_notify() and xen_queue_eoi() may
 * still be used.
 *
 * Context: sleeps. May be repeated.
 */
void xen_queue_quiesce(struct xen_queue *q)
{
	unsigned int i;

	might_sleep();
	if (q->quiet)
		return;
	q->quiet = true;
	for (i = 0; i < XEN_QUEUE_RINGS; i++) {
		if (q->port[i].irq)
			xen_queue_disable_irq(q, i);
	}
}
EXPORT_SYMBOL_GPL(xen_queue_quiesce);

/* An empty queue: nothing to undo yet. */
void xen_queue_init(struct xen_queue *q, struct xenbus_device *dev,
		    const struct xen_queue_type *type, unsigned int index,
		    const struct xen_queue_config *config)
{
	unsigned int ring, page;

	*q = (struct xen_queue) {
		.dev = dev,
		.type = type,
		.index = index,
		.pages = 1U << config->order,
	};
	for (ring = 0; ring < XEN_QUEUE_RINGS; ring++) {
		for (page = 0; page < XENBUS_MAX_RING_GRANTS; page++)
			q->ring[ring].refs[page] = INVALID_GRANT_REF;
	}
}

/* The other end can send events from the first moment on. */
int xen_queue_attach(struct xen_queue *q)
{
	int err = q->type->attach(q);

	if (err)
		xenbus_dev_fatal(q->dev, err, "beginning with the rings of queue %u",
				 q->index);
	return err;
}

static void add_key(struct xen_queue_keys *keys, const char *name,
		    size_t offset, u64 min, u64 max, u8 flags)
{
	keys->key[keys->num++] = (struct xen_key) {
		.name = name,
		.type = XEN_KEY_TYPE_UINT,
		.flags = flags,
		.size = sizeof(u32),
		.offset = offset,
		.min = min,
		.max = max,
	};
}

/*
 * Adds the keys with the references. With @numbered also a ring of one page has
 * a number behind its name. Fails if a name is too long.
 */
int xen_queue_ref_keys(struct xen_queue_keys *keys, const struct xen_queue *q,
		       bool numbered, u8 flags)
{
	unsigned int ring, page;
	const char *base;
	size_t offset;
	char *name;
	int len;

	for (ring = 0; ring < q->type->rings; ring++) {
		base = q->type->ring_key[ring];
		for (page = 0; page < q->pages; page++) {
			name = keys->name[keys->num];
			if (numbered)
				len = snprintf(name, XEN_QUEUE_KEY_NAME, "%s%u",
					       base, page);
			else
				len = snprintf(name, XEN_QUEUE_KEY_NAME, "%s",
					       base);
			if (len >= XEN_QUEUE_KEY_NAME)
				return -ENAMETOOLONG;
			offset = offsetof(struct xen_queue, ring) +
				 ring * sizeof(q->ring[0]) +
				 offsetof(struct xen_queue_ring, refs) +
				 page * sizeof(grant_ref_t);
			add_key(keys, name, offset, 0, INVALID_GRANT_REF - 1,
				flags);
		}
	}
	return 0;
}

/* Adds the key of an event channel. Port 0 is none. */
void xen_queue_port_key(struct xen_queue_keys *keys, const char *name,
			unsigned int port, u8 flags)
{
	size_t offset = offsetof(struct xen_queue, port) +
			port * sizeof(struct xen_queue_port) +
			offsetof(struct xen_queue_port, port);

	add_key(keys, name, offset, 1, EVTCHN_FIFO_NR_CHANNELS - 1, flags);
}

/* Names as tools know them: eth0-q1-tx. */
void xen_queue_name_port(struct xen_queue *q, unsigned int port,
			 const struct xen_queue_config *config)
{
	static const char * const suffix[XEN_QUEUE_RINGS] = { "-tx", "-rx" };
	char *name = q->port[port].name;
	const char *end = q->split ? suffix[port] : "";

	if (config->num > 1)
		snprintf(name, XEN_QUEUE_IRQ_NAME, "%s-q%u%s", config->irq_name,
			 q->index, end);
	else
		snprintf(name, XEN_QUEUE_IRQ_NAME, "%s%s", config->irq_name,
			 end);
}
