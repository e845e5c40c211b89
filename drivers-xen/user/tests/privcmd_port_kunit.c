// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the ports of vCPUs whose requests are answered in the kernel, on a fake Xen.
 * The first handler of each port is the test's: it stands for /dev/xen/evtchn.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/list.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/virtio_mmio.h>

#include <xen/events.h>
#include <xen/interface/hvm/ioreq.h>

#include "../../events/tests/sink.h"
#include "privcmd.h"
#include "privcmd_ioreq.h"

#define VCPUS	2
#define BASE	0xfeed0000ULL

/**
 * struct ports_test - what all tests need
 * @ioreq: with two vCPUs
 * @slots: theirs
 * @ev: what is a signal
 * @own: the program's side of the ports
 * @ports: their numbers
 * @peers: their other ends
 */
struct ports_test {
	struct privcmd_ioreq *ioreq;
	struct ioreq slots[VCPUS];
	struct privcmd_event ev;
	struct sink own[VCPUS];
	u32 ports[VCPUS];
	evtchn_port_t peers[VCPUS];
};

static unsigned int signals;

static void fake_signal(struct privcmd_event *ev)
{
	signals++;
}

/* A port as a program has it, which shares the interrupt with who joins */
static void own_port(struct kunit *test, unsigned int i)
{
	struct evtchn_alloc_unbound op = {
		.dom = DOMID_SELF,
		.remote_dom = FAKE_PEER,
	};
	struct ports_test *t = test->priv;
	int irq;

	KUNIT_ASSERT_EQ(test, fake_event_op(EVTCHNOP_alloc_unbound, &op), 0);
	irq = bind_evtchn_to_irqhandler_lateeoi(op.port, sink_handler,
						IRQF_SHARED, "own", &t->own[i]);
	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_ASSERT_EQ(test, evtchn_make_refcounted(op.port, false), 0);
	KUNIT_ASSERT_EQ(test, irq_set_affinity(irq, cpumask_of(0)), 0);
	t->own[i].irq = irq;
	t->own[i].port = op.port;
	t->ports[i] = op.port;
	t->peers[i] = fake_peer_bind(op.port);
	KUNIT_ASSERT_NE(test, t->peers[i], 0);
}

static int ports_init(struct kunit *test)
{
	struct ports_test *t;
	unsigned int i;
	int rc = fake_xen_init(test);

	if (rc)
		return rc;
	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	t->ioreq = kunit_kzalloc(test, struct_size(t->ioreq, ports, VCPUS),
				 GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->ioreq);
	t->ioreq->vcpus = VCPUS;
	spin_lock_init(&t->ioreq->lock);
	INIT_LIST_HEAD(&t->ioreq->events);
	t->ev = (struct privcmd_event){ .addr = BASE, .size = 4 };
	list_add(&t->ev.list, &t->ioreq->events);
	for (i = 0; i < VCPUS; i++) {
		t->ioreq->ports[i].slot = &t->slots[i];
		own_port(test, i);
	}
	signals = 0;
	/* Interrupts are handled in the thread of the test, see fake_upcall(). */
	kunit_activate_static_stub(test, privcmd_signal, fake_signal);
	return 0;
}

/* The vCPU writes to the notify register, and Xen tells of it. */
static void request(struct kunit *test, unsigned int vcpu)
{
	struct ports_test *t = test->priv;

	t->slots[vcpu] = (struct ioreq) {
		.addr = BASE + VIRTIO_MMIO_QUEUE_NOTIFY,
		.size = 4,
		.dir = IOREQ_WRITE,
		.type = IOREQ_TYPE_COPY,
		.state = STATE_IOREQ_READY,
	};
	KUNIT_ASSERT_TRUE(test, fake_peer_send(t->peers[vcpu]));
	fake_upcall();
}

static void expect_closed(struct kunit *test, bool closed)
{
	struct ports_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < VCPUS; i++)
		KUNIT_EXPECT_EQ(test, fake->port[t->ports[i]].status ==
				      EVTCHNSTAT_closed, closed);
}

static void answers(struct kunit *test)
{
	struct ports_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, privcmd_bind_ports(t->ioreq, t->ports), 0);
	request(test, 1);
	KUNIT_EXPECT_EQ(test, signals, 1);
	KUNIT_EXPECT_EQ(test, (int)t->slots[1].state, STATE_IORESP_READY);
	KUNIT_EXPECT_EQ(test, fake_peer_events(t->peers[1]), 1);
	KUNIT_EXPECT_EQ(test, fake_peer_events(t->peers[0]), 0);
	/* The program has the event as well. */
	KUNIT_EXPECT_EQ(test, t->own[1].count, 1);
	KUNIT_EXPECT_EQ(test, t->own[0].count, 0);

	/* Not one of ours: nobody is told. */
	xen_irq_lateeoi(t->own[1].irq, 0);
	t->slots[1].state = STATE_IOREQ_NONE;
	KUNIT_ASSERT_TRUE(test, fake_peer_send(t->peers[1]));
	fake_upcall();
	KUNIT_EXPECT_EQ(test, t->own[1].count, 2);
	KUNIT_EXPECT_EQ(test, signals, 1);
	KUNIT_EXPECT_EQ(test, fake_peer_events(t->peers[1]), 0);

	privcmd_unbind_ports(t->ioreq, VCPUS);
	expect_closed(test, false);
	sink_unbind(&t->own[0]);
	sink_unbind(&t->own[1]);
	expect_closed(test, true);
}

/* The program's side goes first. */
static void outlives_the_program(struct kunit *test)
{
	struct ports_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, privcmd_bind_ports(t->ioreq, t->ports), 0);
	sink_unbind(&t->own[0]);
	sink_unbind(&t->own[1]);
	expect_closed(test, false);
	request(test, 0);
	KUNIT_EXPECT_EQ(test, signals, 1);
	KUNIT_EXPECT_EQ(test, fake_peer_events(t->peers[0]), 1);
	privcmd_unbind_ports(t->ioreq, VCPUS);
	expect_closed(test, true);
}

/* A port that is a driver's, or nobody's: what was bound before it is let go. */
static void not_a_programs(struct kunit *test)
{
	struct ports_test *t = test->priv;
	u32 ports[VCPUS] = { t->ports[0], 0 };
	struct sink driver = {};

	sink_bind(test, &driver, true);
	ports[1] = driver.port;
	KUNIT_EXPECT_EQ(test, privcmd_bind_ports(t->ioreq, ports), -EINVAL);
	ports[1] = 1000;
	KUNIT_EXPECT_EQ(test, privcmd_bind_ports(t->ioreq, ports), -ENOENT);
	sink_unbind(&driver);

	request(test, 0);
	KUNIT_EXPECT_EQ(test, signals, 0);
	KUNIT_EXPECT_EQ(test, t->own[0].count, 1);
	sink_unbind(&t->own[0]);
	sink_unbind(&t->own[1]);
	expect_closed(test, true);
}

/* With a file for one domain, the ports have to lead there. */
static void of_another_domain(struct kunit *test)
{
	struct ports_test *t = test->priv;

	t->ioreq->restricted = true;
	t->ioreq->domid = FAKE_PEER + 1;
	KUNIT_EXPECT_EQ(test, privcmd_bind_ports(t->ioreq, t->ports), -EPERM);
	t->ioreq->domid = FAKE_PEER;
	KUNIT_EXPECT_EQ(test, privcmd_bind_ports(t->ioreq, t->ports), 0);
	request(test, 1);
	KUNIT_EXPECT_EQ(test, signals, 1);
	privcmd_unbind_ports(t->ioreq, VCPUS);

	/* Its other end is gone. */
	fake_peer_close(t->peers[1]);
	KUNIT_EXPECT_EQ(test, privcmd_bind_ports(t->ioreq, t->ports), -EPERM);
	sink_unbind(&t->own[0]);
	sink_unbind(&t->own[1]);
	expect_closed(test, true);
}

static void same_port_twice(struct kunit *test)
{
	struct ports_test *t = test->priv;
	u32 ports[VCPUS] = { t->ports[1], t->ports[1] };

	KUNIT_EXPECT_EQ(test, privcmd_bind_ports(t->ioreq, ports), -EBUSY);
	request(test, 1);
	KUNIT_EXPECT_EQ(test, signals, 0);
	/* Nor by another ioreq, as each page that is mapped can be one */
	xen_irq_lateeoi(t->own[1].irq, 0);
	KUNIT_EXPECT_EQ(test, privcmd_bind_ports(t->ioreq, t->ports), 0);
	KUNIT_EXPECT_EQ(test, privcmd_bind_ports(t->ioreq, t->ports), -EBUSY);
	t->slots[1].state = STATE_IOREQ_NONE;
	request(test, 1);
	KUNIT_EXPECT_EQ(test, signals, 1);
	privcmd_unbind_ports(t->ioreq, VCPUS);
	sink_unbind(&t->own[0]);
	sink_unbind(&t->own[1]);
	expect_closed(test, true);
}

/* The ports are gone, and the number of one is a driver's: it stays his. */
static void after_suspend(struct kunit *test)
{
	struct ports_test *t = test->priv;
	struct sink driver = {};
	unsigned long flags;

	KUNIT_ASSERT_EQ(test, privcmd_bind_ports(t->ioreq, t->ports), 0);
	fake_reset();
	local_irq_save(flags);
	xen_irq_resume();
	local_irq_restore(flags);
	sink_bind(test, &driver, true);
	KUNIT_ASSERT_EQ(test, driver.port, t->ports[0]);

	sink_unbind(&t->own[0]);
	sink_unbind(&t->own[1]);
	privcmd_unbind_ports(t->ioreq, VCPUS);
	KUNIT_EXPECT_TRUE(test, fake_irq_gone(t->own[0].irq));
	KUNIT_EXPECT_TRUE(test, fake_irq_gone(t->own[1].irq));

	fake_raise(driver.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, driver.count, 1);
	sink_unbind(&driver);
}

/* The number is a program's again, which may hand it over while the old ioreq is there. */
static void again_after_suspend(struct kunit *test)
{
	struct ports_test *t = test->priv;
	struct sink lost[VCPUS] = { t->own[0], t->own[1] };
	struct privcmd_ioreq *next;
	unsigned long flags;
	size_t size = struct_size(next, ports, VCPUS);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, privcmd_bind_ports(t->ioreq, t->ports), 0);
	fake_reset();
	local_irq_save(flags);
	xen_irq_resume();
	local_irq_restore(flags);
	for (i = 0; i < VCPUS; i++)
		unbind_from_irqhandler(lost[i].irq, &t->own[i]);
	next = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, next);
	next->vcpus = VCPUS;
	spin_lock_init(&next->lock);
	INIT_LIST_HEAD(&next->events);
	for (i = 0; i < VCPUS; i++) {
		next->ports[i].slot = &t->slots[i];
		own_port(test, i);
		KUNIT_EXPECT_EQ(test, t->own[i].port, lost[i].port);
	}
	KUNIT_EXPECT_EQ(test, privcmd_bind_ports(next, t->ports), 0);
	/* The old one takes nothing along. */
	privcmd_unbind_ports(t->ioreq, VCPUS);
	KUNIT_EXPECT_EQ(test, privcmd_bind_ports(t->ioreq, t->ports), -EBUSY);
	privcmd_unbind_ports(next, VCPUS);
	sink_unbind(&t->own[0]);
	sink_unbind(&t->own[1]);
	expect_closed(test, true);
}

static struct kunit_case ports_cases[] = {
	KUNIT_CASE(answers),
	KUNIT_CASE(outlives_the_program),
	KUNIT_CASE(not_a_programs),
	KUNIT_CASE(of_another_domain),
	KUNIT_CASE(same_port_twice),
	KUNIT_CASE(after_suspend),
	KUNIT_CASE(again_after_suspend),
	{}
};

static struct kunit_suite ports_suite = {
	.name = "xen_user_privcmd_port",
	.init = ports_init,
	.exit = fake_xen_exit,
	.test_cases = ports_cases,
};

kunit_test_suite(ports_suite);
