// SPDX-License-Identifier: GPL-2.0
/*
 * Queues with real interrupts, on a fake Xen. Events come as early as they can: a
 * port that was just bound has one, and a backend need not wait until it is told.
 */
#include <kunit/static_stub.h>
#include <linux/device.h>
#include <linux/irq_work.h>
#include <linux/kref.h>
#include <linux/string.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>
#include "../../test/fake_evtchn.h"
#include "../../xenbus/tests/fake_store.h"
#include "../peer.h"

#define OWN	"backend/net/7/0"
#define OTHER	"/local/domain/7/device/net/0"

/**
 * struct fixture - one end of a device, the other being the fake Xen's other domain
 * @xdev: the end
 * @q: its queue
 * @upcall: Xen interrupts the CPU
 * @hasty: the other end binds each port that it is offered, and sends
 * @handled: events of each ring
 * @no_irq: events for which the queue had no interrupt yet
 * @rings: rings that are there
 */
static struct fixture {
	struct xenbus_device xdev;
	struct xen_queue q;
	struct irq_work upcall;
	bool hasty;
	unsigned int handled[XEN_QUEUE_RINGS];
	unsigned int no_irq;
	unsigned int rings;
} f;

static irqreturn_t on_event(int irq, struct xen_queue *q, unsigned int ring)
{
	f.handled[ring]++;
	f.no_irq += q->port[ring].irq != irq;
	xen_queue_eoi(q, ring, false);
	return IRQ_HANDLED;
}

static irqreturn_t on_tx(int irq, void *data)
{
	return on_event(irq, data, 0);
}

static irqreturn_t on_rx(int irq, void *data)
{
	return on_event(irq, data, 1);
}

static int attach(struct xen_queue *q)
{
	return 0;
}

static const struct xen_queue_type type = {
	.rings = 2,
	.ring_key = { "tx-ring-ref", "rx-ring-ref" },
	.attach = attach,
	.port_key = "event-channel",
	.handler = on_tx,
	.split_port_key = { "event-channel-tx", "event-channel-rx" },
	.split_handler = { on_tx, on_rx },
};

static const struct xen_queue_config config = {
	.num = 1, .split = true, .irq_name = "vif",
};

/* Rings are not what this is about. */

static int get_ring(struct xen_queue *q, unsigned int ring)
{
	q->ring[ring].mem = &f;
	f.rings++;
	return 0;
}

static void put_ring(struct xen_queue *q, unsigned int ring)
{
	f.rings--;
}

static void upcall(struct irq_work *work)
{
	fake_upcall();
}

static void be_hasty(const struct evtchn_alloc_unbound *op)
{
	evtchn_port_t peer = fake_peer_bind(op->port);

	fake_peer_send(peer);
}

/* Xen interrupts at the end of the hypercall, or when interrupts are on again. */
static int event_op(int cmd, void *arg)
{
	int rc = fake_event_op(cmd, arg);

	if (!rc && cmd == EVTCHNOP_alloc_unbound && f.hasty)
		be_hasty(arg);
	if (fake_upcall_wanted(0))
		irq_work_queue(&f.upcall);
	return rc;
}

static void no_release(struct device *dev)
{
}

static void make_device(struct kunit *test)
{
	f.xdev.nodename = OWN;
	f.xdev.otherend = OTHER;
	f.xdev.otherend_id = FAKE_PEER;
	f.xdev.state = XenbusStateInitialising;
	f.xdev.dev.release = no_release;
	f.xdev.dev.init_name = "vif-7-0";
	device_initialize(&f.xdev.dev);
	fake_set(test->priv, OWN "/state", "1");
}

static int queue_irq_init(struct kunit *test)
{
	int err = fake_xen_init(test) ?: fake_store_init(test);

	if (err)
		return err;
	memset(&f, 0, sizeof(f));
	f.upcall = IRQ_WORK_INIT_HARD(upcall);
	make_device(test);
	/* Then all events come to the first CPU, as the tests do. */
	xen_have_vector_callback = false;
	xen_event_op = event_op;
	kunit_activate_static_stub(test, HYPERVISOR_event_channel_op, event_op);
	kunit_activate_static_stub(test, xen_queue_setup_ring, get_ring);
	kunit_activate_static_stub(test, xen_queue_teardown_ring, put_ring);
	kunit_activate_static_stub(test, xen_queue_map_ring, get_ring);
	kunit_activate_static_stub(test, xen_queue_unmap_ring, put_ring);
	return 0;
}

/* What Xen has interrupted for has been seen to. */
static void settle(void)
{
	irq_work_sync(&f.upcall);
}

static void queue_irq_exit(struct kunit *test)
{
	if (test->priv) {
		settle();
		KUNIT_EXPECT_EQ(test, f.no_irq, 0);
		KUNIT_EXPECT_EQ(test, f.rings, 0);
		/* Interrupts that are being freed still hold it. */
		KUNIT_EXPECT_TRUE(test, FAKE_WAIT(kref_read(&f.xdev.dev.kobj.kref) == 1));
		put_device(&f.xdev.dev);
		fake_store_exit(test);
	}
	fake_xen_exit(test);
}

static void publish_port(struct kunit *test, const char *key, evtchn_port_t port)
{
	char path[64], value[16];

	KUNIT_ASSERT_NE(test, port, 0);
	snprintf(path, sizeof(path), OTHER "/%s", key);
	snprintf(value, sizeof(value), "%u", port);
	fake_set(test->priv, path, value);
}

/* What the frontend does that the queue is to be mapped of */
static void make_frontend(struct kunit *test)
{
	fake_set(test->priv, OTHER "/tx-ring-ref", "8");
	fake_set(test->priv, OTHER "/rx-ring-ref", "9");
	publish_port(test, "event-channel-tx", fake_peer_alloc());
	publish_port(test, "event-channel-rx", fake_peer_alloc());
}

/* Events go on coming, in both directions. */
static void expect_works(struct kunit *test, unsigned int ring,
			 evtchn_port_t peer)
{
	unsigned int i, before = f.handled[ring];

	for (i = 1; i <= 3; i++) {
		KUNIT_EXPECT_TRUE(test, fake_peer_send(peer));
		fake_upcall();
		KUNIT_EXPECT_EQ(test, f.handled[ring], before + i);
	}
	xen_queue_notify(&f.q, ring);
	KUNIT_EXPECT_EQ(test, fake_peer_events(peer), 1);
}

static void map_has_an_event(struct kunit *test)
{
	unsigned int ring;

	make_frontend(test);
	KUNIT_ASSERT_EQ(test, xen_queue_map(&f.q, &f.xdev, &type, 0, &config),
			0);
	settle();
	KUNIT_EXPECT_TRUE(test, f.q.split);
	for (ring = 0; ring < type.rings; ring++) {
		KUNIT_EXPECT_EQ(test, f.handled[ring], 1);
		expect_works(test, ring, f.q.port[ring].port);
	}
	xen_queue_unmap(&f.q);
}

static void share_with_one_in_a_hurry(struct kunit *test)
{
	unsigned int ring;

	f.hasty = true;
	KUNIT_ASSERT_EQ(test, xen_queue_share(&f.q, &f.xdev, &type, 0, &config),
			0);
	settle();
	for (ring = 0; ring < type.rings; ring++) {
		KUNIT_EXPECT_EQ(test, f.handled[ring], 1);
		expect_works(test, ring,
			     fake->port[f.q.port[ring].port].remote_port);
	}
	xen_queue_unshare(&f.q);
}

/* Nobody has been at the rings when they go. */
static void expect_untouched(struct kunit *test)
{
	settle();
	KUNIT_EXPECT_EQ(test, f.handled[0], 0);
	KUNIT_EXPECT_EQ(test, f.handled[1], 0);
	KUNIT_EXPECT_EQ(test, f.rings, 0);
	KUNIT_EXPECT_EQ(test, f.xdev.state, XenbusStateClosing);
}

static void second_port_cannot_be_bound(struct kunit *test)
{
	make_frontend(test);
	fake->fail[EVTCHNOP_bind_interdomain] = -ENOSPC;
	fake->spare[EVTCHNOP_bind_interdomain] = 1;
	KUNIT_EXPECT_EQ(test, xen_queue_map(&f.q, &f.xdev, &type, 0, &config),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_bind_interdomain], 2);
	expect_untouched(test);
}

static void second_port_cannot_be_opened(struct kunit *test)
{
	f.hasty = true;
	fake->fail[EVTCHNOP_alloc_unbound] = -ENOSPC;
	fake->spare[EVTCHNOP_alloc_unbound] = 1;
	KUNIT_EXPECT_EQ(test, xen_queue_share(&f.q, &f.xdev, &type, 0, &config),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_alloc_unbound], 2);
	expect_untouched(test);
}

/* Quiet means quiet, from the first event to the last. */
static void quiesced(struct kunit *test)
{
	make_frontend(test);
	KUNIT_ASSERT_EQ(test, xen_queue_map(&f.q, &f.xdev, &type, 0, &config),
			0);
	settle();
	xen_queue_quiesce(&f.q);
	xen_queue_quiesce(&f.q);
	fake_peer_send(f.q.port[0].port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, f.handled[0], 1);
	xen_queue_unmap(&f.q);
	KUNIT_EXPECT_EQ(test, f.handled[0], 1);
}

static struct kunit_case queue_irq_cases[] = {
	KUNIT_CASE_PARAM(map_has_an_event, fake_abi_gen),
	KUNIT_CASE_PARAM(share_with_one_in_a_hurry, fake_abi_gen),
	KUNIT_CASE(second_port_cannot_be_bound),
	KUNIT_CASE(second_port_cannot_be_opened),
	KUNIT_CASE(quiesced),
	{}
};

static struct kunit_suite queue_irq_suite = {
	.name = "xen_drvlib_queue_irq",
	.init = queue_irq_init,
	.exit = queue_irq_exit,
	.test_cases = queue_irq_cases,
};

kunit_test_suite(queue_irq_suite);
