// SPDX-License-Identifier: GPL-2.0
/* Binding and letting go, references, failing hypercalls, moving. */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kthread.h>

#include <xen/interface/sched.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include "sink.h"

#define RACES	40

static bool is_open(evtchn_port_t port)
{
	return fake->port[port].status != EVTCHNSTAT_closed;
}

/* The same port number, opened again at once. */
static void reopen(struct kunit *test)
{
	struct sink old = {}, new = {};

	sink_bind(test, &old, false);
	fake_raise(old.port);
	sink_unbind(&old);
	KUNIT_EXPECT_FALSE(test, is_open(old.port));

	sink_bind(test, &new, false);
	KUNIT_EXPECT_EQ(test, new.port, old.port);
	KUNIT_EXPECT_EQ(test, irq_from_evtchn(new.port), new.irq);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, old.count + new.count, 0);
	fake_raise(new.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, old.count, 0);
	KUNIT_EXPECT_EQ(test, new.count, 1);

	/* The old one goes without taking the new one's port along. */
	KUNIT_EXPECT_TRUE(test, fake_irq_gone(old.irq));
	fake_raise(new.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, new.count, 2);
	sink_unbind(&new);
}

static void bind_twice(struct kunit *test)
{
	evtchn_port_t port = fake_open();
	struct sink s[2] = {};
	int irq;

	irq = bind_evtchn_to_irqhandler(port, sink_handler, IRQF_SHARED, "a",
					&s[0]);
	KUNIT_ASSERT_GT(test, irq, 0);
	irq_set_affinity(irq, cpumask_of(0));
	KUNIT_EXPECT_EQ(test, evtchn_make_refcounted(port, false), 0);
	KUNIT_EXPECT_NE(test, evtchn_make_refcounted(port, false), 0);
	KUNIT_EXPECT_EQ(test, bind_evtchn_to_irqhandler(port, sink_handler,
							IRQF_SHARED, "b",
							&s[1]), irq);
	fake_raise(port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[0].count, 1);
	KUNIT_EXPECT_EQ(test, s[1].count, 1);

	unbind_from_irqhandler(irq, &s[0]);
	KUNIT_EXPECT_TRUE(test, is_open(port));
	fake_raise(port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[0].count, 1);
	KUNIT_EXPECT_EQ(test, s[1].count, 2);
	unbind_from_irqhandler(irq, &s[1]);
	KUNIT_EXPECT_FALSE(test, is_open(port));
}

/* A driver binds first, and then there is no memory for its thread. */
static void without_handler(struct kunit *test)
{
	evtchn_port_t port = fake_open();
	int irq = bind_evtchn_to_irq_lateeoi(port);

	KUNIT_ASSERT_GT(test, irq, 0);
	unbind_from_irqhandler(irq, test);
	KUNIT_EXPECT_FALSE(test, is_open(port));
	KUNIT_EXPECT_EQ(test, irq_from_evtchn(port), -1);
}

static void references(struct kunit *test)
{
	struct sink s = {};

	KUNIT_EXPECT_EQ(test, evtchn_make_refcounted(1, false), -ENOENT);
	KUNIT_EXPECT_EQ(test, evtchn_get(1), -ENOENT);
	evtchn_put(1);

	sink_bind(test, &s, true);
	KUNIT_EXPECT_EQ(test, evtchn_get(s.port), -EINVAL);
	KUNIT_EXPECT_EQ(test, evtchn_make_refcounted(s.port, false), 0);
	KUNIT_EXPECT_EQ(test, evtchn_get(s.port), 0);
	sink_unbind(&s);
	KUNIT_EXPECT_TRUE(test, is_open(s.port));
	evtchn_put(s.port);
	KUNIT_EXPECT_FALSE(test, is_open(s.port));
	evtchn_put(s.port);

	/* A static port outlives its binding, and can be bound again. */
	s = (struct sink) {};
	sink_bind(test, &s, true);
	KUNIT_EXPECT_EQ(test, evtchn_make_refcounted(s.port, true), 0);
	sink_unbind(&s);
	KUNIT_EXPECT_TRUE(test, is_open(s.port));
	KUNIT_EXPECT_TRUE(test, xen_event_abi->is_masked(s.port));
	s.irq = bind_evtchn_to_irqhandler(s.port, sink_handler, 0, "s", &s);
	KUNIT_ASSERT_GT(test, s.irq, 0);
	irq_set_affinity(s.irq, cpumask_of(0));
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);
	KUNIT_EXPECT_FALSE(test, is_open(s.port));
}

static void bind_virq(struct kunit *test)
{
	evtchn_port_t port = 0;
	struct sink s = {};

	KUNIT_EXPECT_EQ(test, irq_evtchn_from_virq(0, VIRQ_CONSOLE, &port), -1);
	s.irq = bind_virq_to_irqhandler(VIRQ_CONSOLE, 0, sink_handler, 0, "v",
					&s);
	KUNIT_ASSERT_GT(test, s.irq, 0);
	irq_set_affinity(s.irq, cpumask_of(0));
	KUNIT_EXPECT_EQ(test, irq_evtchn_from_virq(0, VIRQ_CONSOLE, &port),
			s.irq);
	KUNIT_EXPECT_EQ(test, irq_from_evtchn(port), s.irq);
	KUNIT_EXPECT_EQ(test, bind_virq_to_irq(VIRQ_CONSOLE, 0, false), s.irq);
	fake_raise_virq(VIRQ_CONSOLE, 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);
	KUNIT_EXPECT_EQ(test, irq_evtchn_from_virq(0, VIRQ_CONSOLE, &port), -1);
	KUNIT_EXPECT_EQ(test, bind_virq_to_irq(NR_VIRQS, 0, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, bind_virq_to_irq(0, nr_cpu_ids, false), -EINVAL);
}

/* The VIRQ is bound already: by whoever was here before. */
static void bind_virq_again(struct kunit *test)
{
	struct evtchn_bind_virq op = { .virq = VIRQ_DEBUG };
	evtchn_port_t port = 0;
	int irq;

	fake_open();
	KUNIT_ASSERT_EQ(test, xen_event_op(EVTCHNOP_bind_virq, &op), 0);
	irq = bind_virq_to_irq(VIRQ_DEBUG, 0, false);
	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, irq_evtchn_from_virq(0, VIRQ_DEBUG, &port), irq);
	KUNIT_EXPECT_EQ(test, port, op.port);
	KUNIT_ASSERT_EQ(test, request_irq(irq, sink_handler, 0, "v", &op), 0);
	unbind_from_irqhandler(irq, &op);

	/* A global one, left on another vCPU */
	KUNIT_ASSERT_EQ(test, xen_event_op(EVTCHNOP_bind_virq, &op), 0);
	fake->port[op.port].vcpu = 5;
	fake->fail[EVTCHNOP_bind_virq] = -EEXIST;
	irq = bind_virq_to_irq(VIRQ_DEBUG, 0, false);
	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, irq_from_evtchn(op.port), irq);
	KUNIT_EXPECT_EQ(test, fake->port[op.port].vcpu, 0);
	KUNIT_ASSERT_EQ(test, request_irq(irq, sink_handler, 0, "v", &op), 0);
	unbind_from_irqhandler(irq, &op);

	/* It is nowhere to be found. */
	fake->fail[EVTCHNOP_bind_virq] = -EEXIST;
	KUNIT_EXPECT_EQ(test, bind_virq_to_irq(VIRQ_DEBUG, 0, false), -ENOENT);
	fake->fail[EVTCHNOP_status] = -ESRCH;
	KUNIT_EXPECT_EQ(test, bind_virq_to_irq(VIRQ_DEBUG, 0, false), -ENOENT);
}

/* Each operation fails once where it is needed: an error, nothing left over. */
static void failing_hypercalls(struct kunit *test)
{
	struct xenbus_device dev = { .otherend_id = FAKE_PEER + 1 };
	struct sink s = {};
	int irq;

	KUNIT_EXPECT_EQ(test, bind_interdomain_evtchn_to_irq_lateeoi(&dev, 1),
			-ESRCH);
	KUNIT_EXPECT_EQ(test, bind_evtchn_to_irq(0), -ERANGE);

	fake->fail[EVTCHNOP_bind_virq] = -ENOSPC;
	KUNIT_EXPECT_EQ(test, bind_virq_to_irq(VIRQ_CONSOLE, 0, false), -ENOSPC);
	fake->fail[EVTCHNOP_bind_virq] = 0;

	if (xen_fifo_events) {
		fake->fail[EVTCHNOP_expand_array] = -ENOMEM;
		KUNIT_EXPECT_EQ(test, bind_evtchn_to_irq(1), -ENOMEM);
		irq = bind_virq_to_irq(VIRQ_CONSOLE, 0, false);
		KUNIT_EXPECT_EQ(test, irq, -ENOMEM);
		KUNIT_EXPECT_FALSE(test, is_open(1));
		fake->fail[EVTCHNOP_expand_array] = 0;
	}

	fake->fail[EVTCHNOP_close] = -EINVAL;
	sink_bind(test, &s, false);
	sink_unbind(&s);
	KUNIT_EXPECT_EQ(test, irq_from_evtchn(s.port), -1U);
	fake->fail[EVTCHNOP_close] = 0;

	/* request_irq() fails: the port is closed. */
	s = (struct sink) { .port = fake_open() };
	irq = bind_evtchn_to_irqhandler(s.port, NULL, 0, "none", &s);
	KUNIT_EXPECT_LT(test, irq, 0);
	KUNIT_EXPECT_FALSE(test, is_open(s.port));
}

/* Somebody else's handler is refused; whose the port is does not notice. */
static void failing_second_handler(struct kunit *test)
{
	struct sink s = {}, v = {}, other = {};

	sink_bind(test, &s, true);
	KUNIT_EXPECT_LT(test, bind_evtchn_to_irqhandler(s.port, sink_handler, 0,
							"o", &other), 0);
	KUNIT_EXPECT_TRUE(test, is_open(s.port));
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);

	v.irq = bind_virq_to_irqhandler(VIRQ_CONSOLE, 0, sink_handler, 0, "v",
					&v);
	KUNIT_ASSERT_GT(test, v.irq, 0);
	irq_set_affinity(v.irq, cpumask_of(0));
	KUNIT_EXPECT_LT(test, bind_virq_to_irqhandler(VIRQ_CONSOLE, 0,
						      sink_handler, 0, "o",
						      &other), 0);
	fake_raise_virq(VIRQ_CONSOLE, 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, v.count, 1);
	KUNIT_EXPECT_EQ(test, other.count, 0);
	sink_unbind(&v);

	/* With references: only the one that was taken goes back. */
	KUNIT_EXPECT_EQ(test, evtchn_make_refcounted(s.port, false), 0);
	KUNIT_EXPECT_LT(test, bind_evtchn_to_irqhandler(s.port, sink_handler,
							IRQF_SHARED, "o",
							&other), 0);
	KUNIT_EXPECT_TRUE(test, is_open(s.port));
	sink_unbind(&s);
	KUNIT_EXPECT_FALSE(test, is_open(s.port));
}

/* A port that was open before may notify any vCPU. */
static void static_port_elsewhere(struct kunit *test)
{
	struct sink s = {};

	sink_bind(test, &s, true);
	fake->port[s.port].vcpu = 5;
	KUNIT_EXPECT_EQ(test, evtchn_make_refcounted(s.port, true), 0);
	KUNIT_EXPECT_EQ(test, fake->port[s.port].vcpu, xen_vcpu_nr(0));
	sink_unbind(&s);
}

/* Xen does not unmask: the port is open all the same, the next event comes. */
static void failing_unmask(struct kunit *test)
{
	struct sink s = {};

	sink_bind(test, &s, false);
	fake->fail[EVTCHNOP_unmask] = -EINVAL;
	disable_irq(s.irq);
	fake_raise(s.port);
	enable_irq(s.irq);
	KUNIT_EXPECT_FALSE(test, xen_event_abi->is_masked(s.port));
	xen_clear_irq_pending(s.irq);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);
}

static void move(struct kunit *test)
{
	struct sink s = {};

	if (!cpu_online(1))
		kunit_skip(test, "needs two CPUs");

	sink_bind(test, &s, false);
	KUNIT_EXPECT_EQ(test, irq_set_affinity(s.irq, cpumask_of(1)), 0);
	KUNIT_EXPECT_EQ(test, fake->port[s.port].vcpu, xen_vcpu_nr(1));
	fake_raise(s.port);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));
	fake_upcall_on(test, 1);
	KUNIT_EXPECT_EQ(test, s.count, 1);
	KUNIT_EXPECT_EQ(test, s.cpu, 1);

	/* An event is under way on the old CPU. */
	fake_raise(s.port);
	KUNIT_EXPECT_EQ(test, irq_set_affinity(s.irq, cpumask_of(0)), 0);
	fake_upcall_on(test, 1);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 2);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 3);
	KUNIT_EXPECT_EQ(test, s.cpu, 0);

	/* Xen says no: it stays, and works. */
	fake->fail[EVTCHNOP_bind_vcpu] = -EINVAL;
	KUNIT_EXPECT_NE(test, irq_set_affinity(s.irq, cpumask_of(1)), 0);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 4);
	fake->fail[EVTCHNOP_bind_vcpu] = 0;

	xen_have_vector_callback = false;
	KUNIT_EXPECT_NE(test, irq_set_affinity(s.irq, cpumask_of(1)), 0);
	xen_have_vector_callback = true;
	sink_unbind(&s);
}

static int seen_port;

static int fake_poll(int cmd, void *arg)
{
	struct sched_poll *poll = arg;
	evtchn_port_t *ports;

	ports = (evtchn_port_t *)(*(unsigned long *)&poll->ports);
	seen_port = cmd == SCHEDOP_poll && poll->nr_ports == 1 ? *ports : -1;
	return poll->timeout == 123 ? 0 : -EINVAL;
}

static void poll_port(struct kunit *test)
{
	struct sink s = {};

	kunit_activate_static_stub(test, HYPERVISOR_sched_op, fake_poll);
	sink_bind(test, &s, false);
	seen_port = 0;
	xen_poll_irq_timeout(s.irq, 123);
	KUNIT_EXPECT_EQ(test, seen_port, s.port);
	sink_unbind(&s);
	seen_port = 0;
	xen_poll_irq_timeout(s.irq, 123);
	KUNIT_EXPECT_EQ(test, seen_port, 0);
	KUNIT_EXPECT_FALSE(test, xen_test_irq_pending(s.irq));
}

static void notify(struct kunit *test)
{
	struct sink s = {};

	sink_bind(test, &s, false);
	notify_remote_via_irq(s.irq);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_send], 1);
	sink_unbind(&s);
	notify_remote_via_irq(s.irq);
	notify_remote_via_irq(-1);
	notify_remote_via_irq(0);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_send], 1);
	KUNIT_EXPECT_LT(test, xen_pirq_from_irq(1), 0);
	KUNIT_EXPECT_EQ(test, xen_test_irq_shared(1), 0);
}

/* Upcalls and events for any port, for as long as the other side binds. */
static int racer(void *data)
{
	evtchn_port_t port;

	while (!kthread_should_stop()) {
		for (port = 1; port < 8; port++)
			fake_raise(port);
		fake_upcall();
		cond_resched();
	}
	return 0;
}

static void eoi_now(struct sink *s)
{
	xen_irq_lateeoi(s->irq, s->count & 1 ? XEN_EOI_FLAG_SPURIOUS : 0);
}

static void race_unbind(struct kunit *test)
{
	struct sink *s = kunit_kcalloc(test, 4, sizeof(*s), GFP_KERNEL);
	struct task_struct *task;
	unsigned int i, j, total = 0;

	KUNIT_ASSERT_NOT_NULL(test, s);
	if (!cpu_online(1))
		kunit_skip(test, "needs two CPUs");

	task = kthread_create(racer, NULL, "xen_events_racer");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, 1);
	wake_up_process(task);
	for (i = 0; i < RACES; i++) {
		for (j = 0; j < 4; j++) {
			s[j].hook = j & 1 ? eoi_now : NULL;
			sink_bind(test, &s[j], j & 1);
			irq_set_affinity(s[j].irq, cpumask_of(i & 1));
		}
		fake_upcall();
		for (j = 0; j < 4; j++) {
			irq_set_affinity(s[j].irq, cpumask_of(~i & 1));
			sink_unbind(&s[j]);
		}
	}
	kthread_stop(task);
	for (j = 0; j < 4; j++)
		total += s[j].count;
	KUNIT_EXPECT_GT(test, total, 0);

	/* Nothing stays in a queue, and after all that a port still works. */
	fake_upcall_on(test, 1);
	fake_upcall();
	memset(s, 0, sizeof(*s));
	sink_bind(test, s, false);
	fake_raise(s->port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s->count, 1);
	sink_unbind(s);
}

static struct kunit_case bind_cases[] = {
	KUNIT_CASE_PARAM(reopen, fake_abi_gen),
	KUNIT_CASE_PARAM(bind_twice, fake_abi_gen),
	KUNIT_CASE_PARAM(without_handler, fake_abi_gen),
	KUNIT_CASE_PARAM(references, fake_abi_gen),
	KUNIT_CASE_PARAM(bind_virq, fake_abi_gen),
	KUNIT_CASE_PARAM(bind_virq_again, fake_abi_gen),
	KUNIT_CASE_PARAM(failing_hypercalls, fake_abi_gen),
	KUNIT_CASE_PARAM(failing_second_handler, fake_abi_gen),
	KUNIT_CASE_PARAM(static_port_elsewhere, fake_abi_gen),
	KUNIT_CASE_PARAM(failing_unmask, fake_abi_gen),
	KUNIT_CASE_PARAM(move, fake_abi_gen),
	KUNIT_CASE_PARAM(poll_port, fake_abi_gen),
	KUNIT_CASE_PARAM(notify, fake_abi_gen),
	KUNIT_CASE_PARAM(race_unbind, fake_abi_gen),
	{}
};

static struct kunit_suite bind_suite = {
	.name = "xen_events_bind",
	.init = fake_xen_init,
	.exit = fake_xen_exit,
	.test_cases = bind_cases,
};

kunit_test_suite(bind_suite);
