// SPDX-License-Identifier: GPL-2.0
/* After a restore: what comes back, also when Xen refuses what it gave before. */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqflags.h>

#include <xen/xen-ops.h>

#include "sink.h"

#define PER_PAGE	((unsigned int)(PAGE_SIZE / sizeof(event_word_t)))

static void resume_in_stop_machine(void)
{
	unsigned long flags;

	local_irq_save(flags);
	xen_irq_resume();
	local_irq_restore(flags);
}

/* After @spare successes since now, @op fails with @err. */
static void fail_op(unsigned int op, unsigned int spare, int err)
{
	fake->calls[op] = 0;
	fake->spare[op] = spare;
	fake->fail[op] = err;
}

static void bind_at(struct kunit *test, struct sink *s, evtchn_port_t port)
{
	s->port = port;
	fake->port[port].status = EVTCHNSTAT_interdomain;
	fake->port[port].priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	s->irq = bind_evtchn_to_irqhandler(port, sink_handler, 0, "sink", s);
	if (s->irq > 0)
		KUNIT_ASSERT_EQ(test, irq_set_affinity(s->irq, cpumask_of(0)),
				0);
}

static void expect_event(struct kunit *test, struct sink *s)
{
	unsigned int count = s->count;

	fake_raise(s->port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s->count, count + 1);
}

static void resume(struct kunit *test)
{
	struct sink s = {}, v = {};

	sink_bind(test, &s, true);
	v.irq = bind_virq_to_irqhandler(VIRQ_CONSOLE, 0, sink_handler, 0, "v",
					&v);
	KUNIT_ASSERT_GT(test, v.irq, 0);
	irq_set_affinity(v.irq, cpumask_of(0));
	/* An EOI is due when the lights go out. */
	fake_raise(s.port);
	fake_upcall();

	fake_reset();
	resume_in_stop_machine();
	KUNIT_EXPECT_EQ(test, fake->fifo, xen_fifo_events);
	fake_raise_virq(VIRQ_CONSOLE, 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, v.count, 1);

	/* The other one has no port until its driver brings one. */
	notify_remote_via_irq(s.irq);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_send], 0);
	s.port = fake_open();
	rebind_evtchn_irq(s.port, s.irq);
	KUNIT_EXPECT_EQ(test, irq_from_evtchn(s.port), s.irq);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 2);
	sink_unbind(&s);
	sink_unbind(&v);
}

/* The other end has gone while the system runs: the port to it is of no use. */
static void rebind_closes(struct kunit *test)
{
	struct sink s = {};
	evtchn_port_t old;

	sink_bind(test, &s, false);
	old = s.port;
	s.port = fake_open();
	KUNIT_ASSERT_NE(test, s.port, old);
	rebind_evtchn_irq(s.port, s.irq);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_close], 1);
	KUNIT_EXPECT_EQ(test, fake->port[old].status, EVTCHNSTAT_closed);
	expect_event(test, &s);
	/* The same once more */
	rebind_evtchn_irq(s.port, s.irq);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_close], 1);
	expect_event(test, &s);
	sink_unbind(&s);
}

/* Bound before, unbound after, without a port in between. */
static void resume_unbind(struct kunit *test)
{
	struct sink s = {};

	sink_bind(test, &s, false);
	fake_reset();
	resume_in_stop_machine();
	sink_unbind(&s);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_close], 0);
	KUNIT_EXPECT_TRUE(test, fake_irq_gone(s.irq));
}

/* Who still holds the interrupt has no port to drop it by, or another's. */
static void resume_references(struct kunit *test)
{
	struct sink s = {}, other = {};

	sink_bind(test, &s, false);
	KUNIT_ASSERT_EQ(test, evtchn_make_refcounted(s.port, false), 0);
	KUNIT_ASSERT_EQ(test, evtchn_get(s.port), 0);
	fake_reset();
	resume_in_stop_machine();
	sink_bind(test, &other, false);
	KUNIT_ASSERT_EQ(test, other.port, s.port);
	KUNIT_ASSERT_NE(test, other.irq, s.irq);

	sink_unbind(&s);
	KUNIT_EXPECT_NOT_NULL(test, irq_get_irq_data(s.irq));
	xen_irq_put(s.irq);
	KUNIT_EXPECT_TRUE(test, fake_irq_gone(s.irq));
	xen_irq_put(s.irq);
	xen_irq_put(-1);
	expect_event(test, &other);
	sink_unbind(&other);
	KUNIT_EXPECT_EQ(test, fake->port[other.port].status,
			EVTCHNSTAT_closed);
}

/* The new Xen has no FIFO events. */
static void resume_without_fifo(struct kunit *test)
{
	struct sink v = {};

	v.irq = bind_virq_to_irqhandler(VIRQ_CONSOLE, 0, sink_handler, 0, "v",
					&v);
	KUNIT_ASSERT_GT(test, v.irq, 0);
	irq_set_affinity(v.irq, cpumask_of(0));
	fake_reset();
	fake->fail[EVTCHNOP_init_control] = -EOPNOTSUPP;
	resume_in_stop_machine();
	KUNIT_EXPECT_STREQ(test, xen_event_abi->name, "2-level");
	fake_raise_virq(VIRQ_CONSOLE, 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, v.count, 1);
	sink_unbind(&v);
}

/* Not even the first control block is taken: there is another ABI for that. */
static void resume_no_control(struct kunit *test)
{
	struct sink s = {};

	fake_reset();
	fail_op(EVTCHNOP_init_control, 0, -ENOMEM);
	resume_in_stop_machine();
	KUNIT_EXPECT_FALSE(test, fake->fifo);
	KUNIT_EXPECT_STREQ(test, xen_event_abi->name, "2-level");
	KUNIT_EXPECT_FALSE(test, xen_fifo_events);
	sink_bind(test, &s, false);
	expect_event(test, &s);
	sink_unbind(&s);
}

/* The CPU with which the domain could not go on, and how often that was said */
static unsigned int failed_cpu, failures;

static void note_failure(unsigned int cpu, const char *what)
{
	failed_cpu = cpu;
	failures++;
}

/*
 * The first one is: from then on Xen writes FIFO, and so must we. The other CPU cannot
 * be reached.
 */
static void resume_second_control(struct kunit *test)
{
	struct sink s = {};

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");

	failures = 0;
	kunit_activate_static_stub(test, xen_restore_failed, note_failure);
	fake_reset();
	fail_op(EVTCHNOP_init_control, 1, -ENOMEM);
	resume_in_stop_machine();
	KUNIT_EXPECT_TRUE(test, fake->fifo);
	KUNIT_EXPECT_STREQ(test, xen_event_abi->name, "FIFO");
	KUNIT_EXPECT_TRUE(test, xen_fifo_events);
	/* More than once, as there is no other way to reach that CPU. */
	KUNIT_EXPECT_GT(test, fake->calls[EVTCHNOP_init_control], 2);
	KUNIT_EXPECT_PTR_EQ(test, fake->control[xen_vcpu_nr(1)], NULL);
	KUNIT_EXPECT_EQ(test, failures, 1);
	KUNIT_EXPECT_EQ(test, failed_cpu, 1);
	sink_bind(test, &s, false);
	expect_event(test, &s);

	/* Should it ever come up anew, it gets what it needs. */
	fake->fail[EVTCHNOP_init_control] = 0;
	KUNIT_EXPECT_EQ(test, xen_events_cpu_dead(1), 0);
	KUNIT_EXPECT_EQ(test, xen_events_cpu_up(1), 0);
	KUNIT_EXPECT_PTR_NE(test, fake->control[xen_vcpu_nr(1)], NULL);
	sink_unbind(&s);
}

/* A page that Xen did not take is offered again when a port needs it. */
static void resume_array_later(struct kunit *test)
{
	struct sink old = {}, low = {}, high = {};

	bind_at(test, &old, 2 * PER_PAGE + 1);
	KUNIT_ASSERT_GT(test, old.irq, 0);
	KUNIT_EXPECT_EQ(test, xen_evtchn_nr_channels(), 3 * PER_PAGE);

	fake_reset();
	fail_op(EVTCHNOP_expand_array, 1, -ENOMEM);
	resume_in_stop_machine();
	sink_unbind(&old);
	KUNIT_EXPECT_STREQ(test, xen_event_abi->name, "FIFO");
	KUNIT_EXPECT_EQ(test, xen_evtchn_nr_channels(), PER_PAGE);

	sink_bind(test, &low, false);
	expect_event(test, &low);
	bind_at(test, &high, 2 * PER_PAGE + 2);
	KUNIT_EXPECT_EQ(test, high.irq, -ENOMEM);
	KUNIT_EXPECT_EQ(test, xen_evtchn_nr_channels(), PER_PAGE);

	fake->fail[EVTCHNOP_expand_array] = 0;
	bind_at(test, &high, 2 * PER_PAGE + 2);
	KUNIT_ASSERT_GT(test, high.irq, 0);
	KUNIT_EXPECT_EQ(test, xen_evtchn_nr_channels(), 3 * PER_PAGE);
	KUNIT_EXPECT_EQ(test, *fake_word(PER_PAGE), BIT(EVTCHN_FIFO_MASKED));
	expect_event(test, &high);
	expect_event(test, &low);
	sink_unbind(&low);
	sink_unbind(&high);
}

static void resume_array_never(struct kunit *test)
{
	struct sink s = {};

	bind_at(test, &s, 1);
	KUNIT_ASSERT_GT(test, s.irq, 0);
	fake_reset();
	fail_op(EVTCHNOP_expand_array, 0, -ENOSPC);
	resume_in_stop_machine();
	KUNIT_EXPECT_EQ(test, xen_evtchn_nr_channels(), 0);
	KUNIT_EXPECT_TRUE(test, fake->fifo);
	sink_unbind(&s);
	bind_at(test, &s, 1);
	KUNIT_EXPECT_EQ(test, s.irq, -ENOSPC);
}

/* Several in a row, and pages are neither lost nor told twice. */
static void resume_again(struct kunit *test)
{
	struct sink s = {};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		bind_at(test, &s, PER_PAGE + 1 + i);
		KUNIT_ASSERT_GT(test, s.irq, 0);
		expect_event(test, &s);
		sink_unbind(&s);
		fake_reset();
		resume_in_stop_machine();
		KUNIT_EXPECT_EQ(test, xen_evtchn_nr_channels(), 2 * PER_PAGE);
		KUNIT_EXPECT_EQ(test, fake->nr_pages, 2);
	}
}

/* The CPU to which an interrupt is moved when the array of ports grows next */
static struct {
	int irq;
	unsigned int cpu;
} move_then;

static int move_when_growing(int cmd, void *arg)
{
	if (cmd == EVTCHNOP_expand_array && move_then.irq > 0)
		irq_set_affinity(move_then.irq, cpumask_of(move_then.cpu));
	return fake_event_op(cmd, arg);
}

static void rebind_and_move(struct kunit *test, struct sink *s,
			    unsigned int cpu)
{
	unsigned int count = s->count;

	s->port += PER_PAGE;
	fake->port[s->port].status = EVTCHNSTAT_interdomain;
	fake->port[s->port].priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	move_then.irq = s->irq;
	move_then.cpu = cpu;
	rebind_evtchn_irq(s->port, s->irq);
	move_then.irq = 0;
	KUNIT_EXPECT_EQ(test, fake->port[s->port].vcpu, xen_vcpu_nr(cpu));
	KUNIT_EXPECT_TRUE(test, cpumask_equal(irq_get_effective_affinity_mask(s->irq),
					      cpumask_of(cpu)));
	fake_raise(s->port);
	fake_upcall_on(test, cpu);
	KUNIT_EXPECT_EQ(test, s->count, count + 1);
	KUNIT_EXPECT_EQ(test, s->cpu, cpu);
}

/* As when its CPU goes. The irq core and Xen must not be of two minds afterwards. */
static void moved_while_rebound(struct kunit *test)
{
	struct sink s = {};

	if (!cpu_online(1))
		kunit_skip(test, "needs two CPUs");

	sink_bind(test, &s, false);
	xen_event_op = move_when_growing;
	rebind_and_move(test, &s, 1);
	rebind_and_move(test, &s, 0);
	sink_unbind(&s);
}

static struct kunit_case resume_cases[] = {
	KUNIT_CASE_PARAM(resume, fake_abi_gen),
	KUNIT_CASE_PARAM(rebind_closes, fake_abi_gen),
	KUNIT_CASE_PARAM(resume_unbind, fake_abi_gen),
	KUNIT_CASE_PARAM(resume_references, fake_abi_gen),
	KUNIT_CASE(resume_without_fifo),
	KUNIT_CASE(resume_no_control),
	KUNIT_CASE(resume_second_control),
	KUNIT_CASE(resume_array_later),
	KUNIT_CASE(resume_array_never),
	KUNIT_CASE(resume_again),
	KUNIT_CASE(moved_while_rebound),
	{}
};

static struct kunit_suite resume_suite = {
	.name = "xen_events_resume",
	.init = fake_xen_init,
	.exit = fake_xen_exit,
	.test_cases = resume_cases,
};

kunit_test_suite(resume_suite);
