// SPDX-License-Identifier: GPL-2.0
/*
 * The frontend of the sample device. A module would register the driver at the
 * end with xenbus_register_frontend(); here the tests call it.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include "sample.h"

static struct sample_frontend *to_sample(struct xen_life *life)
{
	return container_of(life, struct sample_frontend, life);
}

static const struct xen_key offer_keys[] = {
	XEN_KEY_UINT(struct sample_offer, max_order, "max-ring-page-order",
		     0, XENBUS_MAX_RING_GRANT_ORDER, .flags = XEN_KEY_CLAMP),
	XEN_KEY_UINT(struct sample_offer, addend, "addend", 1, U32_MAX,
		     .flags = XEN_KEY_REQUIRED),
	XEN_KEY_TEXT(struct sample_offer, name, "name"),
};

static const struct xen_key choice_keys[] = {
	XEN_KEY_UINT(struct sample_choice, order, "ring-page-order",
		     0, XENBUS_MAX_RING_GRANT_ORDER, .flags = XEN_KEY_OMIT),
};

/* ring */

/* All there are: not more than requests were sent. */
static int take_responses(struct sample_frontend *s)
{
	struct sample_response rsp;
	int num;

	while ((num = sample_front_take(&s->ring, &rsp)) > 0) {
		/* They come in order: the backend of this device is simple. */
		if (rsp.id != s->received) {
			xen_ring_front_break(&s->ring.ring);
			return -EPROTO;
		}
		s->received++;
		s->sum = rsp.number;
	}
	return num;
}

static irqreturn_t on_event(int irq, void *data)
{
	struct sample_frontend *s = container_of(data, struct sample_frontend,
						 queue);
	u64 before = s->received;
	int num;

	do {
		num = take_responses(s);
		if (!num)
			num = xen_ring_front_arm(&s->ring.ring, 1);
	} while (num > 0);
	if (num < 0)
		/* And there will be no more events. */
		xen_life_fail(&s->life, num, "taking responses");
	else
		xen_queue_eoi(&s->queue, 0, s->received == before);
	return IRQ_HANDLED;
}

/* The caller sees to it that it is called once at a time. */
int sample_send(struct sample_frontend *s, u64 number)
{
	struct sample_request req = { .id = s->sent, .number = number };
	int err;

	if (!s->up)
		return -ENOTCONN;
	err = sample_front_put(&s->ring, &req);
	if (err)
		return err;
	s->sent++;
	if (xen_ring_front_push(&s->ring.ring))
		xen_queue_notify(&s->queue, 0);
	return 0;
}

/* connection */

static int attach(struct xen_queue *q)
{
	struct sample_frontend *s = container_of(q, struct sample_frontend,
						 queue);

	return sample_front_init(&s->ring, q->ring[0].mem,
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
	struct sample_frontend *s = to_sample(life);
	const struct xen_key_set choice = {
		.keys = choice_keys,
		.num = ARRAY_SIZE(choice_keys),
		.from = &s->choice,
	};
	struct xen_queue_config config = { .num = 1, .irq_name = "sample" };
	struct xen_queue *queue = &s->queue;
	int err;

	err = xen_keys_read(life->dev, life->dev->otherend, offer_keys,
			    ARRAY_SIZE(offer_keys), &s->offer);
	if (err)
		return err;
	s->choice.order = min(s->offer.max_order, 2U);
	config.order = s->choice.order;
	s->sent = 0;
	s->received = 0;
	err = xen_queue_share(queue, life->dev, &queue_type, 0, &config);
	if (err)
		return err;
	err = xen_queue_publish(&queue, 1, &choice, 1);
	if (err)
		xen_queue_unshare(queue);
	return err;
}

static int connect(struct xen_life *life)
{
	to_sample(life)->up = true;
	return 0;
}

static void disconnect(struct xen_life *life, enum xen_life_end why)
{
	struct sample_frontend *s = to_sample(life);

	s->up = false;
	s->ended = why;
	xen_queue_unshare(&s->queue);
}

static int refresh(struct xen_life *life)
{
	return xen_keys_read(life->dev, life->dev->otherend, offer_keys,
			     ARRAY_SIZE(offer_keys), &to_sample(life)->offer);
}

static const struct xen_life_ops life_ops = {
	.kind = XEN_LIFE_FRONT,
	.negotiate = negotiate,
	.connect = connect,
	.disconnect = disconnect,
	.refresh = refresh,
};

/* driver */

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct sample_frontend *s = kzalloc(sizeof(*s), GFP_KERNEL);
	int err;

	if (!s)
		return -ENOMEM;
	err = xen_life_start(&s->life, dev, &life_ops);
	if (err)
		kfree(s);
	return err;
}

static void remove(struct xenbus_device *dev)
{
	struct sample_frontend *s = to_sample(xen_life_of(dev));

	xen_life_stop(&s->life);
	kfree(s);
}

static const struct xenbus_device_id ids[] = { { "sample" }, { "" } };

struct xenbus_driver sample_frontend_driver = {
	.ids = ids,
	.probe = probe,
	.remove = remove,
	.otherend_changed = xen_life_otherend_changed,
	.suspend = xen_life_suspend,
	.resume = xen_life_resume,
};
