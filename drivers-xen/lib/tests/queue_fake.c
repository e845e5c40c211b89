// SPDX-License-Identifier: GPL-2.0
/*
 * Grants and event channels without Xen, see queue_fake.h.
 */
#include <linux/string.h>
#include "queue_fake.h"

struct queue_fake queue_fake;

static bool fails(void)
{
	return ++queue_fake.steps == queue_fake.fail_at;
}

/* As the real ones do where they fail */
static int give_up(struct xen_queue *q, int err)
{
	xenbus_dev_fatal(q->dev, err, "as the test has asked for");
	return err;
}

static int setup_ring(struct xen_queue *q, unsigned int ring)
{
	struct xen_queue_ring *r = &q->ring[ring];
	unsigned int i, page;

	if (fails())
		return give_up(q, -ENOSPC);
	for (i = 0; queue_fake.ring[i].granted || queue_fake.ring[i].mapped; i++) {
		if (WARN_ON_ONCE(i == FAKE_RINGS - 1))
			return -ENOMEM;
	}
	r->mem = kunit_kzalloc(queue_fake.test, q->pages * XEN_PAGE_SIZE,
			       GFP_KERNEL);
	queue_fake.ring[i] = (struct fake_ring) {
		.mem = r->mem, .pages = q->pages, .granted = true,
	};
	for (page = 0; page < q->pages; page++)
		r->refs[page] = i * XENBUS_MAX_RING_GRANTS + page;
	return r->mem ? 0 : -ENOMEM;
}

static struct fake_ring *find_ring(void *mem)
{
	unsigned int i;

	for (i = 0; i < FAKE_RINGS; i++) {
		if (mem && queue_fake.ring[i].mem == mem)
			return &queue_fake.ring[i];
	}
	KUNIT_FAIL(queue_fake.test, "no such ring");
	return &queue_fake.ring[0];
}

static void teardown_ring(struct xen_queue *q, unsigned int ring)
{
	struct fake_ring *r = find_ring(q->ring[ring].mem);

	KUNIT_EXPECT_TRUE(queue_fake.test, r->granted);
	r->granted = false;
}

static int map_ring(struct xen_queue *q, unsigned int ring)
{
	struct xen_queue_ring *r = &q->ring[ring];
	unsigned int i = r->refs[0] / XENBUS_MAX_RING_GRANTS, page;
	struct fake_ring *fake = &queue_fake.ring[i];

	if (fails() || i >= FAKE_RINGS || !fake->granted ||
	    fake->pages != q->pages)
		return give_up(q, -EIO);
	for (page = 0; page < q->pages; page++) {
		if (r->refs[page] != i * XENBUS_MAX_RING_GRANTS + page)
			return give_up(q, -EIO);
	}
	r->mem = fake->mem;
	fake->mapped++;
	return 0;
}

static void unmap_ring(struct xen_queue *q, unsigned int ring)
{
	struct fake_ring *r = find_ring(q->ring[ring].mem);

	KUNIT_EXPECT_GT(queue_fake.test, r->mapped, 0);
	r->mapped--;
}

static int open_port(struct xen_queue *q, unsigned int port)
{
	unsigned int i;

	if (fails())
		return give_up(q, -ENOSPC);
	/* Not one that the other end has not let go of yet, to keep them apart */
	for (i = 1; queue_fake.port[i].open || queue_fake.port[i].back.q; i++) {
		if (WARN_ON_ONCE(i == FAKE_PORTS - 1))
			return -ENOSPC;
	}
	queue_fake.port[i] = (struct fake_port) { .open = true };
	q->port[port].port = i;
	return 0;
}

static void bind_half(struct fake_half *half, struct xen_queue *q,
		      unsigned int port, irq_handler_t handler)
{
	q->port[port].irq = 1000 + q->port[port].port;
	half->q = q;
	half->handler = handler;
	half->irq = q->port[port].irq;
	/* A port that was just bound has an event, as with Xen. */
	half->pending = true;
	half->disabled = true;
	half->unanswered = false;
}

/* The end of event channel @port that is @q's */
static struct fake_half *half_of(const struct xen_queue *q, unsigned int port)
{
	struct fake_port *p = &queue_fake.port[q->port[port].port];

	KUNIT_EXPECT_NE(queue_fake.test, q->port[port].irq, 0);
	KUNIT_EXPECT_TRUE(queue_fake.test, p->front.q == q || p->back.q == q);
	return p->front.q == q ? &p->front : &p->back;
}

static bool deliver(struct fake_half *half)
{
	if (!half->q || !half->pending || half->disabled || half->unanswered)
		return false;
	half->pending = false;
	half->unanswered = true;
	queue_fake.events++;
	half->handler(half->irq, half->q);
	return true;
}

/* What is pending comes at once. */
static void enable_irq_of(struct xen_queue *q, unsigned int port)
{
	struct fake_half *half = half_of(q, port);

	KUNIT_EXPECT_TRUE(queue_fake.test, half->disabled);
	half->disabled = false;
	deliver(half);
}

static void disable_irq_of(struct xen_queue *q, unsigned int port)
{
	struct fake_half *half = half_of(q, port);

	/* It is counted, and enabling it takes as many calls. */
	KUNIT_EXPECT_FALSE(queue_fake.test, half->disabled);
	half->disabled = true;
}

static int request_irq_of(struct xen_queue *q, unsigned int port,
			  irq_handler_t handler)
{
	struct fake_port *p = &queue_fake.port[q->port[port].port];

	if (fails()) {
		p->open = false;
		return -ENOMEM;
	}
	bind_half(&p->front, q, port, handler);
	return 0;
}

static void free_irq_of(struct xen_queue *q, unsigned int port)
{
	struct fake_port *p = &queue_fake.port[q->port[port].port];

	KUNIT_EXPECT_PTR_EQ(queue_fake.test, p->front.q, q);
	p->front.q = NULL;
	p->open = false;
}

static int bind_port(struct xen_queue *q, unsigned int port,
		     irq_handler_t handler)
{
	unsigned int number = q->port[port].port;
	struct fake_port *p;

	if (fails() || number >= FAKE_PORTS || !queue_fake.port[number].open ||
	    queue_fake.port[number].back.q)
		return -EINVAL;
	p = &queue_fake.port[number];
	bind_half(&p->back, q, port, handler);
	return 0;
}

static void unbind_port(struct xen_queue *q, unsigned int port)
{
	struct fake_port *p = &queue_fake.port[q->port[port].port];

	KUNIT_EXPECT_PTR_EQ(queue_fake.test, p->back.q, q);
	p->back.q = NULL;
}

static void notify(const struct xen_queue *q, unsigned int ring)
{
	struct fake_port *p;

	p = &queue_fake.port[q->port[q->split ? ring : 0].port];
	if (p->front.q == q)
		p->back.pending = true;
	else if (p->back.q == q)
		p->front.pending = true;
}

/* Once for each call of a handler */
static void eoi(const struct xen_queue *q, unsigned int ring, bool spurious)
{
	struct fake_half *half = half_of(q, q->split ? ring : 0);

	KUNIT_EXPECT_TRUE(queue_fake.test, half->unanswered);
	half->unanswered = false;
}

void queue_fake_init(struct kunit *test)
{
	memset(&queue_fake, 0, sizeof(queue_fake));
	queue_fake.test = test;
	kunit_activate_static_stub(test, xen_queue_setup_ring, setup_ring);
	kunit_activate_static_stub(test, xen_queue_teardown_ring,
				   teardown_ring);
	kunit_activate_static_stub(test, xen_queue_map_ring, map_ring);
	kunit_activate_static_stub(test, xen_queue_unmap_ring, unmap_ring);
	kunit_activate_static_stub(test, xen_queue_open_port, open_port);
	kunit_activate_static_stub(test, xen_queue_request_irq,
				   request_irq_of);
	kunit_activate_static_stub(test, xen_queue_free_irq, free_irq_of);
	kunit_activate_static_stub(test, xen_queue_enable_irq, enable_irq_of);
	kunit_activate_static_stub(test, xen_queue_disable_irq,
				   disable_irq_of);
	kunit_activate_static_stub(test, xen_queue_bind_port, bind_port);
	kunit_activate_static_stub(test, xen_queue_unbind_port, unbind_port);
	kunit_activate_static_stub(test, xen_queue_notify, notify);
	kunit_activate_static_stub(test, xen_queue_eoi, eoi);
}

/* Everything has been undone. */
void queue_fake_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, queue_fake_in_use(), 0);
}

/* Calls the handlers of ports with an event, once. True if there was one. */
bool queue_fake_deliver(void)
{
	bool any = false;
	unsigned int i;

	for (i = 1; i < FAKE_PORTS; i++) {
		any |= deliver(&queue_fake.port[i].front);
		any |= deliver(&queue_fake.port[i].back);
	}
	return any;
}

/* What has not been undone */
unsigned int queue_fake_in_use(void)
{
	unsigned int i, num = 0;

	for (i = 0; i < FAKE_RINGS; i++)
		num += queue_fake.ring[i].granted + queue_fake.ring[i].mapped;
	for (i = 0; i < FAKE_PORTS; i++)
		num += queue_fake.port[i].open +
		       !!queue_fake.port[i].front.q +
		       !!queue_fake.port[i].back.q;
	return num;
}

/* Ports whose handlers were called and that are still masked for it */
unsigned int queue_fake_unanswered(void)
{
	unsigned int i, num = 0;

	for (i = 0; i < FAKE_PORTS; i++) {
		num += queue_fake.port[i].front.q &&
		       queue_fake.port[i].front.unanswered;
		num += queue_fake.port[i].back.q &&
		       queue_fake.port[i].back.unanswered;
	}
	return num;
}
