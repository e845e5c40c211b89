// SPDX-License-Identifier: GPL-2.0
/* IPIs and per-CPU VIRQs: one interrupt, a port on each CPU. */
#include <kunit/test.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/sched.h>

#include <xen/xen-ops.h>

#include "sink.h"

static unsigned int hits[NR_CPUS];

static irqreturn_t hit(int irq, void *unused)
{
	hits[smp_processor_id()]++;
	return IRQ_HANDLED;
}

/* As a CPU does it while it starts */
static void enable_on(struct kunit *test, unsigned int irq, unsigned int cpu,
		      bool on)
{
	unsigned long flags;

	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
	local_irq_save(flags);
	if (on)
		enable_percpu_irq(irq, IRQ_TYPE_NONE);
	else
		disable_percpu_irq(irq);
	local_irq_restore(flags);
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(0)), 0);
}

static int percpu_init(struct kunit *test)
{
	memset(hits, 0, sizeof(hits));
	return fake_xen_init(test);
}

static void percpu_ipi(struct kunit *test)
{
	int irq = xen_percpu_request_ipi(XEN_RESCHEDULE_VECTOR, hit, "resched");

	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_STREQ(test, irq_get_chip(irq)->name, "xen-percpu");
	KUNIT_EXPECT_EQ(test, xen_percpu_request_ipi(XEN_RESCHEDULE_VECTOR, hit,
						     "again"), -EBUSY);
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, 0), 0);
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, 0), 0);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_bind_ipi], 1);

	/* Masked until the CPU wants it, but not lost */
	xen_send_IPI_one(0, XEN_RESCHEDULE_VECTOR);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, hits[0], 0);
	enable_on(test, irq, 0, true);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, hits[0], 1);
	xen_send_IPI_one(0, XEN_RESCHEDULE_VECTOR);
	xen_send_IPI_one(0, XEN_RESCHEDULE_VECTOR);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, hits[0], 2);

	enable_on(test, irq, 0, false);
	xen_send_IPI_one(0, XEN_RESCHEDULE_VECTOR);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, hits[0], 2);
	xen_source_release(irq);
	/* No port, no harm */
	xen_send_IPI_one(0, XEN_RESCHEDULE_VECTOR);
}

static void percpu_two_cpus(struct kunit *test)
{
	int irq;

	if (!cpu_online(1))
		kunit_skip(test, "needs two CPUs");

	irq = xen_percpu_request_ipi(XEN_CALL_FUNCTION_VECTOR, hit, "callfunc");
	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, 0), 0);
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, 1), 0);
	enable_on(test, irq, 0, true);
	enable_on(test, irq, 1, true);

	xen_send_IPI_one(1, XEN_CALL_FUNCTION_VECTOR);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));
	fake_upcall_on(test, 1);
	KUNIT_EXPECT_EQ(test, hits[0], 0);
	KUNIT_EXPECT_EQ(test, hits[1], 1);
	xen_send_IPI_one(0, XEN_CALL_FUNCTION_VECTOR);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, hits[0], 1);

	/* Down and up again */
	enable_on(test, irq, 1, false);
	xen_percpu_unbind(irq, 1);
	xen_percpu_unbind(irq, 1);
	xen_send_IPI_one(1, XEN_CALL_FUNCTION_VECTOR);
	xen_events_cpu_dead(1);
	KUNIT_EXPECT_EQ(test, xen_events_cpu_up(1), 0);
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, 1), 0);
	enable_on(test, irq, 1, true);
	xen_send_IPI_one(1, XEN_CALL_FUNCTION_VECTOR);
	fake_upcall_on(test, 1);
	KUNIT_EXPECT_EQ(test, hits[1], 2);

	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_bind_vcpu], 0);
	enable_on(test, irq, 1, false);
	enable_on(test, irq, 0, false);
	xen_source_release(irq);
}

static void percpu_virq(struct kunit *test)
{
	int irq = xen_percpu_request_virq(VIRQ_TIMER, hit, "timer");
	evtchn_port_t port = 0;

	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, irq_evtchn_from_virq(0, VIRQ_TIMER, &port), -1);
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, 0), 0);
	KUNIT_EXPECT_EQ(test, irq_evtchn_from_virq(0, VIRQ_TIMER, &port), irq);
	enable_on(test, irq, 0, true);
	fake_raise(port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, hits[0], 1);
	KUNIT_EXPECT_TRUE(test, irq_to_desc(irq)->action->flags & IRQF_TIMER);

	/* Not to be bound a second time as an ordinary VIRQ */
	KUNIT_EXPECT_LT(test, bind_virq_to_irq(VIRQ_TIMER, 0, true), 0);
	fake_raise(port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, hits[0], 2);
	enable_on(test, irq, 0, false);
	xen_source_release(irq);
}

/* The other way round: what somebody has bound is not taken from him. */
static void percpu_virq_taken(struct kunit *test)
{
	evtchn_port_t port = 0;
	struct sink s = {};
	int irq;

	s.irq = bind_virq_to_irqhandler(VIRQ_TIMER, 0, sink_handler,
					IRQF_PERCPU, "v", &s);
	KUNIT_ASSERT_GT(test, s.irq, 0);
	irq = xen_percpu_request_virq(VIRQ_TIMER, hit, "timer");
	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, irq_evtchn_from_virq(0, VIRQ_TIMER, &port), s.irq);
	KUNIT_EXPECT_EQ(test, fake->port[port].status, EVTCHNSTAT_virq);
	xen_source_release(irq);
	sink_unbind(&s);
}

/* A VIRQ with an interrupt for each CPU, by the old interface */
static void percpu_bound_virq(struct kunit *test)
{
	struct sink s = {};

	s.irq = bind_virq_to_irqhandler(VIRQ_DEBUG, 0, sink_handler,
					IRQF_PERCPU, "debug0", &s);
	KUNIT_ASSERT_GT(test, s.irq, 0);
	KUNIT_EXPECT_STREQ(test, irq_get_chip(s.irq)->name, "xen-percpu");
	fake_raise_virq(VIRQ_DEBUG, 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	KUNIT_EXPECT_NE(test, irq_set_affinity(s.irq, cpumask_of(0)), 0);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_bind_vcpu], 0);
	sink_unbind(&s);
}

static void percpu_errors(struct kunit *test)
{
	int irq;

	KUNIT_EXPECT_EQ(test, xen_percpu_request_ipi(XEN_NR_IPIS, hit, "x"),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, xen_percpu_request_virq(NR_VIRQS, hit, "x"),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(0, 0), -EINVAL);
	xen_percpu_unbind(0, 0);

	irq = xen_percpu_request_ipi(XEN_IRQ_WORK_VECTOR, hit, "work");
	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, nr_cpu_ids), -EINVAL);
	fake->fail[EVTCHNOP_bind_ipi] = -ENOSPC;
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, 0), -ENOSPC);
	fake->fail[EVTCHNOP_bind_ipi] = 0;
	if (xen_fifo_events) {
		fake->fail[EVTCHNOP_expand_array] = -ENOMEM;
		KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, 0), -ENOMEM);
		KUNIT_EXPECT_EQ(test, fake->port[1].status, EVTCHNSTAT_closed);
		fake->fail[EVTCHNOP_expand_array] = 0;
	}
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, 0), 0);
	xen_source_release(irq);
}

static void percpu_resume(struct kunit *test)
{
	int irq = xen_percpu_request_ipi(XEN_CALL_FUNCTION_SINGLE_VECTOR, hit,
					 "callfuncsingle");
	unsigned long flags;

	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, xen_percpu_bind(irq, 0), 0);
	enable_on(test, irq, 0, true);
	fake_reset();
	/* So that the port is another one */
	fake_open();
	local_irq_save(flags);
	xen_irq_resume();
	local_irq_restore(flags);
	xen_send_IPI_one(0, XEN_CALL_FUNCTION_SINGLE_VECTOR);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, hits[0], 1);
	enable_on(test, irq, 0, false);
	xen_source_release(irq);
}

static struct kunit_case percpu_cases[] = {
	KUNIT_CASE_PARAM(percpu_ipi, fake_abi_gen),
	KUNIT_CASE_PARAM(percpu_two_cpus, fake_abi_gen),
	KUNIT_CASE_PARAM(percpu_virq, fake_abi_gen),
	KUNIT_CASE_PARAM(percpu_virq_taken, fake_abi_gen),
	KUNIT_CASE_PARAM(percpu_bound_virq, fake_abi_gen),
	KUNIT_CASE_PARAM(percpu_errors, fake_abi_gen),
	KUNIT_CASE_PARAM(percpu_resume, fake_abi_gen),
	{}
};

static struct kunit_suite percpu_suite = {
	.name = "xen_events_percpu",
	.init = percpu_init,
	.exit = fake_xen_exit,
	.test_cases = percpu_cases,
};

kunit_test_suite(percpu_suite);
