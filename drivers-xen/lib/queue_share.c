// SPDX-License-Identifier: GPL-2.0
/*
 * The frontend's part: making queues and telling the backend of them.
 */
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include "peer.h"

VISIBLE_IF_KUNIT int xen_queue_setup_ring(struct xen_queue *q,
					  unsigned int ring)
{
	struct xen_queue_ring *r = &q->ring[ring];

	KUNIT_STATIC_STUB_REDIRECT(xen_queue_setup_ring, q, ring);
	return xenbus_setup_ring(q->dev, GFP_NOIO | __GFP_HIGH, &r->mem,
				 q->pages, r->refs);
}
EXPORT_SYMBOL_IF_KUNIT(xen_queue_setup_ring);

VISIBLE_IF_KUNIT void xen_queue_teardown_ring(struct xen_queue *q,
					      unsigned int ring)
{
	struct xen_queue_ring *r = &q->ring[ring];

	KUNIT_STATIC_STUB_REDIRECT(xen_queue_teardown_ring, q, ring);
	xenbus_teardown_ring(&r->mem, q->pages, r->refs);
}
EXPORT_SYMBOL_IF_KUNIT(xen_queue_teardown_ring);

VISIBLE_IF_KUNIT int xen_queue_open_port(struct xen_queue *q,
					 unsigned int port)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_queue_open_port, q, port);
	return xenbus_alloc_evtchn(q->dev, &q->port[port].port);
}
EXPORT_SYMBOL_IF_KUNIT(xen_queue_open_port);

/* Disabled, until xen_queue_start(). The port is closed if this fails. */
VISIBLE_IF_KUNIT int xen_queue_request_irq(struct xen_queue *q,
					   unsigned int port,
					   irq_handler_t handler)
{
	struct xen_queue_port *p = &q->port[port];
	int irq, err;

	KUNIT_STATIC_STUB_REDIRECT(xen_queue_request_irq, q, port, handler);
	irq = bind_evtchn_to_irq_lateeoi(p->port);
	if (irq < 0) {
		xenbus_free_evtchn(q->dev, p->port);
		return irq;
	}
	err = request_irq(irq, handler, IRQF_NO_AUTOEN, p->name, q);
	if (err) {
		/* The only way to let go of an interrupt without a handler. */
		evtchn_make_refcounted(p->port, false);
		evtchn_put(p->port);
		return err;
	}
	p->irq = irq;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(xen_queue_request_irq);

VISIBLE_IF_KUNIT void xen_queue_free_irq(struct xen_queue *q,
					 unsigned int port)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_queue_free_irq, q, port);
	unbind_from_irqhandler(q->port[port].irq, q);
}
EXPORT_SYMBOL_IF_KUNIT(xen_queue_free_irq);

static int share_port(struct xen_queue *q, unsigned int port,
		      const struct xen_queue_config *config)
{
	irq_handler_t handler = q->split ? q->type->split_handler[port] :
					   q->type->handler;
	int err;

	xen_queue_name_port(q, port, config);
	err = xen_queue_open_port(q, port);
	if (err)
		return err;
	err = xen_queue_request_irq(q, port, handler);
	if (err) {
		q->port[port].port = 0;
		xenbus_dev_fatal(q->dev, err, "binding an event channel");
	}
	return err;
}

/**
 * xen_queue_unshare - end what xen_queue_share() began
 * @q: the queue, shared or not
 *
 * The handlers do not run any more afterwards. Pages that the backend still has
 * mapped are freed when it has let go of them.
 *
 * Context: sleeps. May be repeated.
 */
void xen_queue_unshare(struct xen_queue *q)
{
	unsigned int i;

	might_sleep();
	for (i = 0; i < XEN_QUEUE_RINGS; i++) {
		if (q->port[i].irq)
			xen_queue_free_irq(q, i);
		q->port[i].irq = 0;
		q->port[i].port = 0;
	}
	for (i = 0; i < XEN_QUEUE_RINGS; i++) {
		if (q->ring[i].mem)
			xen_queue_teardown_ring(q, i);
		q->ring[i].mem = NULL;
	}
}
EXPORT_SYMBOL_GPL(xen_queue_unshare);

/**
 * xen_queue_share - make a queue that the backend can map
 * @q: the queue, not in use
 * @dev: the frontend
 * @type: kind of queue
 * @index: number of the queue, below the number in @config
 * @config: size and number
 *
 * Handlers may be called at once, when all has been set up, though the backend
 * learns of the queue only by xen_queue_publish().
 *
 * Context: sleeps.
 * Return: 0, or a negative error with the device given up.
 */
int xen_queue_share(struct xen_queue *q, struct xenbus_device *dev,
		    const struct xen_queue_type *type, unsigned int index,
		    const struct xen_queue_config *config)
{
	unsigned int i, ports;
	int err = 0;

	might_sleep();
	if (config->order > XENBUS_MAX_RING_GRANT_ORDER)
		return -EINVAL;
	xen_queue_init(q, dev, type, index, config);
	q->split = config->split && type->split_port_key[0];
	ports = q->split ? type->rings : 1;
	for (i = 0; i < type->rings && !err; i++)
		err = xen_queue_setup_ring(q, i);
	if (!err)
		err = xen_queue_attach(q);
	for (i = 0; i < ports && !err; i++)
		err = share_port(q, i, config);
	if (err)
		xen_queue_unshare(q);
	else
		xen_queue_start(q);
	return err;
}
EXPORT_SYMBOL_GPL(xen_queue_share);

static int collect_keys(struct xen_queue_keys *keys, const struct xen_queue *q)
{
	unsigned int i;
	int err;

	keys->num = 0;
	err = xen_queue_ref_keys(keys, q, q->pages > 1, 0);
	if (err)
		return err;
	if (!q->split) {
		xen_queue_port_key(keys, q->type->port_key, 0, 0);
		return 0;
	}
	for (i = 0; i < q->type->rings; i++)
		xen_queue_port_key(keys, q->type->split_port_key[i], i, 0);
	return 0;
}

/* Room for what one transaction is to write */
struct publication {
	struct xen_queue_keys keys;
	char prefix[sizeof("queue-4294967295")];
};

static int fill_set(struct xen_key_set *set, struct publication *p,
		    const struct xen_queue *q, bool prefixed)
{
	int err = collect_keys(&p->keys, q);

	if (err)
		return err;
	snprintf(p->prefix, sizeof(p->prefix), "queue-%u", q->index);
	*set = (struct xen_key_set) {
		.prefix = prefixed ? p->prefix : NULL,
		.keys = p->keys.key,
		.num = p->keys.num,
		.from = q,
	};
	return 0;
}

/**
 * xen_queue_publish - tell the backend of queues
 * @queues: the queues, all of one device
 * @num: how many, 1 or more
 * @more: other keys to write, such as the number of queues
 * @num_more: how many sets of them
 *
 * It is one transaction.
 *
 * Context: sleeps.
 * Return: 0, or a negative error with the device given up.
 */
int xen_queue_publish(struct xen_queue *const *queues, unsigned int num,
		      const struct xen_key_set *more, unsigned int num_more)
{
	struct xenbus_device *dev = queues[0]->dev;
	struct publication *pubs;
	struct xen_key_set *sets;
	unsigned int i;
	int err = -ENOMEM;

	might_sleep();
	pubs = kvcalloc(num, sizeof(*pubs), GFP_NOIO);
	sets = kvcalloc(size_add(num, num_more), sizeof(*sets), GFP_NOIO);
	if (!pubs || !sets)
		goto failed;
	for (i = 0; i < num; i++) {
		err = fill_set(&sets[i], &pubs[i], queues[i], num > 1);
		if (err)
			goto failed;
	}
	for (i = 0; i < num_more; i++)
		sets[num + i] = more[i];
	err = xen_keys_write(dev, sets, num + num_more);
	goto out;
failed:
	xenbus_dev_fatal(dev, err, "describing %u queues", num);
out:
	kvfree(sets);
	kvfree(pubs);
	return err;
}
EXPORT_SYMBOL_GPL(xen_queue_publish);
