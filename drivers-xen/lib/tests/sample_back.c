// SPDX-License-Identifier: GPL-2.0
/*
 * The backend of the sample device. A module would register the driver at the
 * end with xenbus_register_backend(); here the tests call it.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <kunit/static_stub.h>
#include "sample.h"

/* So many requests are served, then others get a chance. */
#define BUDGET	64

static struct sample_backend *to_sample(struct xen_life *life)
{
	return container_of(life, struct sample_backend, life);
}

static const struct xen_key offer_keys[] = {
	XEN_KEY_UINT(struct sample_offer, max_order, "max-ring-page-order",
		     0, XENBUS_MAX_RING_GRANT_ORDER),
	XEN_KEY_UINT(struct sample_offer, addend, "addend", 1, U32_MAX),
	XEN_KEY_TEXT(struct sample_offer, name, "name"),
};

static const struct xen_key choice_keys[] = {
	XEN_KEY_UINT(struct sample_choice, order, "ring-page-order",
		     0, XENBUS_MAX_RING_GRANT_ORDER),
};

/* ring */

/* Called by the work item. In between the port is masked. */
void sample_serve(struct sample_backend *s)
{
	struct sample_response rsp;
	struct sample_request req;
	unsigned int i;
	int num = 1;

	for (i = 0; i < BUDGET && num > 0; i++) {
		num = sample_back_take(&s->ring, &req);
		if (num <= 0)
			break;
		rsp.id = req.id;
		rsp.number = req.number + s->offer.addend;
		/* There is room: a request has just been taken. */
		sample_back_put(&s->ring, &rsp);
	}
	s->served += i;
	if (xen_ring_back_push(&s->ring.ring))
		xen_queue_notify(&s->queue, 0);
	if (!num)
		num = xen_ring_back_arm(&s->ring.ring, 1);
	if (num > 0)
		sample_serve_later(s);
	else if (num < 0)
		/* And there will be no more events. */
		xen_life_fail(&s->life, num, "taking requests");
	else
		xen_queue_eoi(&s->queue, 0, !s->served);
}

static void work(struct work_struct *work)
{
	sample_serve(container_of(work, struct sample_backend, work));
}

/* Not in the handler: a frontend can send requests for ever. */
void sample_serve_later(struct sample_backend *s)
{
	KUNIT_STATIC_STUB_REDIRECT(sample_serve_later, s);
	queue_work(system_unbound_wq, &s->work);
}

static irqreturn_t on_event(int irq, void *data)
{
	struct sample_backend *s = container_of(data, struct sample_backend,
						queue);

	s->served = 0;
	sample_serve_later(s);
	return IRQ_HANDLED;
}

/* connection */

static int attach(struct xen_queue *q)
{
	struct sample_backend *s = container_of(q, struct sample_backend,
						queue);

	return sample_back_attach(&s->ring, q->ring[0].mem,
				  q->pages * XEN_PAGE_SIZE);
}

static const struct xen_queue_type queue_type = {
	.rings = 1,
	.ring_key = { "ring-ref" },
	.attach = attach,
	.port_key = "event-channel",
	.handler = on_event,
};

static int negotiate(struct xen_life *life)
{
	struct sample_backend *s = to_sample(life);
	const struct xen_key_set offer = {
		.keys = offer_keys,
		.num = ARRAY_SIZE(offer_keys),
		.from = &s->offer,
	};

	return xen_keys_write(life->dev, &offer, 1);
}

static int connect(struct xen_life *life)
{
	struct sample_backend *s = to_sample(life);
	struct xen_queue_config config = { .num = 1, .irq_name = "sampleback" };
	int err;

	err = xen_keys_read(life->dev, life->dev->otherend, choice_keys,
			    ARRAY_SIZE(choice_keys), &s->choice);
	if (err)
		return err;
	config.order = s->choice.order;
	return xen_queue_map(&s->queue, life->dev, &queue_type, 0, &config);
}

static void disconnect(struct xen_life *life, enum xen_life_end why)
{
	struct sample_backend *s = to_sample(life);

	/* No events, then no work, then nothing to work on. */
	xen_queue_quiesce(&s->queue);
	cancel_work_sync(&s->work);
	xen_queue_unmap(&s->queue);
}

static const struct xen_life_ops life_ops = {
	.kind = XEN_LIFE_BACK,
	.negotiate = negotiate,
	.connect = connect,
	.disconnect = disconnect,
};

/* driver */

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct sample_backend *s = kzalloc(sizeof(*s), GFP_KERNEL);
	int err;

	if (!s)
		return -ENOMEM;
	s->offer = (struct sample_offer) {
		.max_order = 1, .addend = 5, .name = "five",
	};
	INIT_WORK(&s->work, work);
	err = xen_life_start(&s->life, dev, &life_ops);
	if (err)
		kfree(s);
	return err;
}

static void remove(struct xenbus_device *dev)
{
	struct sample_backend *s = to_sample(xen_life_of(dev));

	xen_life_stop(&s->life);
	kfree(s);
}

static const struct xenbus_device_id ids[] = { { "sample" }, { "" } };

struct xenbus_driver sample_backend_driver = {
	.ids = ids,
	.probe = probe,
	.remove = remove,
	.otherend_changed = xen_life_otherend_changed,
};
