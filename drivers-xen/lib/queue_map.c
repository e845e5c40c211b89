// SPDX-License-Identifier: GPL-2.0
/*
 * The backend's part: finding a queue of the frontend and mapping it.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include "peer.h"

VISIBLE_IF_KUNIT int xen_queue_map_ring(struct xen_queue *q,
					unsigned int ring)
{
	struct xen_queue_ring *r = &q->ring[ring];

	KUNIT_STATIC_STUB_REDIRECT(xen_queue_map_ring, q, ring);
	return xenbus_map_ring_valloc(q->dev, r->refs, q->pages, &r->mem);
}
EXPORT_SYMBOL_IF_KUNIT(xen_queue_map_ring);

VISIBLE_IF_KUNIT void xen_queue_unmap_ring(struct xen_queue *q,
					   unsigned int ring)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_queue_unmap_ring, q, ring);
	xenbus_unmap_ring_vfree(q->dev, q->ring[ring].mem);
}
EXPORT_SYMBOL_IF_KUNIT(xen_queue_unmap_ring);

/* Disabled, until xen_queue_start() */
VISIBLE_IF_KUNIT int xen_queue_bind_port(struct xen_queue *q,
					 unsigned int port,
					 irq_handler_t handler)
{
	struct xen_queue_port *p = &q->port[port];
	int irq;

	KUNIT_STATIC_STUB_REDIRECT(xen_queue_bind_port, q, port, handler);
	irq = bind_interdomain_evtchn_to_irqhandler_lateeoi(q->dev, p->port,
							    handler,
							    IRQF_NO_AUTOEN,
							    p->name, q);
	if (irq < 0)
		return irq;
	p->irq = irq;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(xen_queue_bind_port);

VISIBLE_IF_KUNIT void xen_queue_unbind_port(struct xen_queue *q,
					    unsigned int port)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_queue_unbind_port, q, port);
	unbind_from_irqhandler(q->port[port].irq, q);
}
EXPORT_SYMBOL_IF_KUNIT(xen_queue_unbind_port);

/*
 * Either a port for each ring or one for all; which of them the frontend has
 * written cannot be known before.
 */
static int read_ports(struct xen_queue *q, const char *dir,
		      struct xen_queue_keys *keys, bool may_split)
{
	unsigned int i, found = 0;
	int err;

	keys->num = 0;
	if (may_split) {
		for (i = 0; i < q->type->rings; i++)
			xen_queue_port_key(keys, q->type->split_port_key[i], i,
					   0);
		err = xen_keys_read(q->dev, dir, keys->key, keys->num, q);
		if (err)
			return err;
		for (i = 0; i < q->type->rings; i++)
			found += q->port[i].port != 0;
	}
	q->split = found && found == q->type->rings;
	if (q->split)
		return 0;
	/* One of two is no better than none. */
	for (i = 0; i < XEN_QUEUE_RINGS; i++)
		q->port[i].port = 0;
	keys->num = 0;
	xen_queue_port_key(keys, q->type->port_key, 0, XEN_KEY_REQUIRED);
	return xen_keys_read(q->dev, dir, keys->key, keys->num, q);
}

/*
 * Some frontends number also the only page of a ring; the key without a number
 * is then not there.
 */
static int read_refs(struct xen_queue *q, const char *dir,
		     struct xen_queue_keys *keys)
{
	bool numbered = q->pages > 1 ||
			!xenbus_exists(XBT_NIL, dir, q->type->ring_key[0]);
	int err;

	keys->num = 0;
	err = xen_queue_ref_keys(keys, q, numbered, XEN_KEY_REQUIRED);
	if (err) {
		xenbus_dev_fatal(q->dev, err, "naming keys");
		return err;
	}
	return xen_keys_read(q->dev, dir, keys->key, keys->num, q);
}

static int read_keys(struct xen_queue *q,
		     const struct xen_queue_config *config)
{
	struct xen_queue_keys *keys = kzalloc(sizeof(*keys), GFP_KERNEL);
	int err = -ENOMEM;
	char *dir;

	if (config->num > 1)
		dir = kasprintf(GFP_KERNEL, "%s/queue-%u", q->dev->otherend,
				q->index);
	else
		dir = kstrdup(q->dev->otherend, GFP_KERNEL);
	if (!dir || !keys) {
		xenbus_dev_fatal(q->dev, err, "reading keys of a queue");
	} else {
		err = read_refs(q, dir, keys);
		if (!err)
			err = read_ports(q, dir, keys, config->split &&
					 q->type->split_port_key[0]);
	}
	kfree(dir);
	kfree(keys);
	return err;
}

static int map_port(struct xen_queue *q, unsigned int port,
		    const struct xen_queue_config *config)
{
	irq_handler_t handler = q->split ? q->type->split_handler[port] :
					   q->type->handler;
	int err;

	xen_queue_name_port(q, port, config);
	err = xen_queue_bind_port(q, port, handler);
	if (err)
		xenbus_dev_fatal(q->dev, err, "binding event channel %u",
				 q->port[port].port);
	return err;
}

/**
 * xen_queue_unmap - end what xen_queue_map() began
 * @q: the queue, mapped or not
 *
 * The handlers do not run any more afterwards.
 *
 * Context: sleeps. May be repeated.
 */
void xen_queue_unmap(struct xen_queue *q)
{
	unsigned int i;

	might_sleep();
	for (i = 0; i < XEN_QUEUE_RINGS; i++) {
		if (q->port[i].irq)
			xen_queue_unbind_port(q, i);
		q->port[i].irq = 0;
		q->port[i].port = 0;
	}
	for (i = 0; i < XEN_QUEUE_RINGS; i++) {
		if (q->ring[i].mem)
			xen_queue_unmap_ring(q, i);
		q->ring[i].mem = NULL;
	}
}
EXPORT_SYMBOL_GPL(xen_queue_unmap);

/**
 * xen_queue_map - map a queue of the frontend
 * @q: the queue, not in use
 * @dev: the backend
 * @type: kind of queue
 * @index: number of the queue, below the number in @config
 * @config: size and number, as the frontend has announced them and the driver
 *	allows them
 *
 * Handlers are called at once, but not before all has been set up.
 *
 * Context: sleeps, and longer if the frontend's memory is paged out.
 * Return: 0, or a negative error with the device given up.
 */
int xen_queue_map(struct xen_queue *q, struct xenbus_device *dev,
		  const struct xen_queue_type *type, unsigned int index,
		  const struct xen_queue_config *config)
{
	unsigned int i, ports;
	int err;

	might_sleep();
	if (config->order > XENBUS_MAX_RING_GRANT_ORDER)
		return -EINVAL;
	xen_queue_init(q, dev, type, index, config);
	err = read_keys(q, config);
	ports = q->split ? type->rings : 1;
	for (i = 0; i < type->rings && !err; i++)
		err = xen_queue_map_ring(q, i);
	if (!err)
		err = xen_queue_attach(q);
	for (i = 0; i < ports && !err; i++)
		err = map_port(q, i, config);
	if (err)
		xen_queue_unmap(q);
	else
		xen_queue_start(q);
	return err;
}
EXPORT_SYMBOL_GPL(xen_queue_map);
