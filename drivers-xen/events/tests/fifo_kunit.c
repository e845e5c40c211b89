// SPDX-License-Identifier: GPL-2.0
/* What only the FIFO ABI has: queues, priorities, links, a growing array. */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/interrupt.h>

#include <xen/xen-ops.h>

#include "sink.h"

#define NR	5

static void bind_all(struct kunit *test, struct sink *s)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		sink_bind(test, &s[i], false);
}

static void unbind_all(struct sink *s)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		sink_unbind(&s[i]);
}

/* First raised, first delivered, whatever their numbers. */
static void fifo_order(struct kunit *test)
{
	static const unsigned int order[NR] = { 4, 0, 3, 1, 2 };
	struct sink s[NR] = {};
	unsigned int round, i;

	bind_all(test, s);
	for (round = 1; round <= 3; round++) {
		for (i = 0; i < NR; i++)
			fake_raise(s[order[i]].port);
		fake_upcall();
		for (i = 0; i < NR; i++)
			KUNIT_EXPECT_EQ(test, s[i].count, round);
		for (i = 1; i < NR; i++)
			KUNIT_EXPECT_GT(test, s[order[i]].stamp,
					s[order[i - 1]].stamp);
	}
	unbind_all(s);
}

/* Ports are put behind the one that is being handled, and behind those. */
static struct sink *wrap_sinks;

static void raise_next(struct sink *s)
{
	unsigned int i = s - wrap_sinks;

	if (s->count <= 2)
		fake_raise(wrap_sinks[(i + 1) % NR].port);
}

static void fifo_wrap(struct kunit *test)
{
	struct sink s[NR] = {};
	unsigned int i;

	bind_all(test, s);
	wrap_sinks = s;
	for (i = 0; i < NR; i++)
		s[i].hook = raise_next;
	fake_raise(s[0].port);
	fake_upcall();
	/* Twice around, and the last one once more raised the first. */
	KUNIT_EXPECT_EQ(test, s[0].count, 3);
	for (i = 1; i < NR; i++)
		KUNIT_EXPECT_EQ(test, s[i].count, 2);
	unbind_all(s);
}

static void fifo_priority(struct kunit *test)
{
	struct sink s[NR] = {};
	unsigned int i;

	bind_all(test, s);
	KUNIT_EXPECT_EQ(test, xen_set_irq_priority(s[3].irq, 0), 0);
	KUNIT_EXPECT_EQ(test, xen_set_irq_priority(s[0].irq, 15), 0);
	KUNIT_EXPECT_NE(test, xen_set_irq_priority(s[0].irq, 16), 0);
	KUNIT_EXPECT_EQ(test, xen_set_irq_priority(0, 1), -ENOENT);
	for (i = 0; i < NR; i++)
		fake_raise(s[i].port);
	fake_upcall();
	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_EQ(test, s[i].count, 1);
		KUNIT_EXPECT_GE(test, s[i].stamp, s[3].stamp);
		KUNIT_EXPECT_LE(test, s[i].stamp, s[0].stamp);
	}
	unbind_all(s);
}

/* An urgent port raised by a handler overtakes those that waited before. */
static void raise_last(struct sink *s)
{
	fake_raise(wrap_sinks[NR - 1].port);
}

static void fifo_overtake(struct kunit *test)
{
	struct sink s[NR] = { { .hook = raise_last } };
	unsigned int i;

	bind_all(test, s);
	wrap_sinks = s;
	xen_set_irq_priority(s[NR - 1].irq, 2);
	for (i = 0; i < NR - 1; i++)
		fake_raise(s[i].port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[NR - 1].stamp, s[0].stamp + 1);
	unbind_all(s);
}

/* A queued port that is masked leaves the queue, and comes back. */
static void fifo_masked_in_queue(struct kunit *test)
{
	struct sink s[NR] = {};
	unsigned int i;

	bind_all(test, s);
	for (i = 0; i < NR; i++)
		fake_raise(s[i].port);
	disable_irq(s[2].irq);
	fake_upcall();
	for (i = 0; i < NR; i++)
		KUNIT_EXPECT_EQ(test, s[i].count, i == 2 ? 0 : 1);
	KUNIT_EXPECT_FALSE(test, *fake_word(s[2].port) & BIT(EVTCHN_FIFO_LINKED));
	enable_irq(s[2].irq);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[2].count, 1);
	unbind_all(s);
}

/* MASKED is not ours to clear while BUSY; Xen then does it. */
static void fifo_busy(struct kunit *test)
{
	struct sink s = {};
	event_word_t *word;
	unsigned int calls;

	sink_bind(test, &s, false);
	disable_irq(s.irq);
	word = fake_word(s.port);
	*word |= BIT(EVTCHN_FIFO_BUSY);
	calls = fake->calls[EVTCHNOP_unmask];
	enable_irq(s.irq);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_unmask], calls + 1);
	KUNIT_EXPECT_FALSE(test, *word & BIT(EVTCHN_FIFO_MASKED));
	KUNIT_EXPECT_TRUE(test, *word & BIT(EVTCHN_FIFO_BUSY));
	*word &= ~BIT(EVTCHN_FIFO_BUSY);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);
}

#define PER_PAGE	((unsigned int)(PAGE_SIZE / sizeof(event_word_t)))

static void open_at(evtchn_port_t port)
{
	fake->port[port].status = EVTCHNSTAT_interdomain;
	fake->port[port].priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
}

static void bind_open(struct kunit *test, struct sink *s)
{
	s->irq = bind_evtchn_to_irqhandler(s->port, sink_handler, 0, "sink", s);
	KUNIT_ASSERT_GT(test, s->irq, 0);
	irq_set_affinity(s->irq, cpumask_of(0));
}

/* An event may have come before the port was moved to the CPU of the test. */
static void all_upcalls(struct kunit *test)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (fake_upcall_wanted(cpu))
			fake_upcall_on(test, cpu);
	}
}

static void fifo_expand(struct kunit *test)
{
	struct sink s = { .port = PER_PAGE * 2 + 1 };

	KUNIT_EXPECT_EQ(test, xen_evtchn_nr_channels(), 0);
	open_at(s.port);
	bind_open(test, &s);
	KUNIT_EXPECT_EQ(test, xen_evtchn_nr_channels(), 3 * PER_PAGE);
	KUNIT_EXPECT_EQ(test, *fake_word(1), BIT(EVTCHN_FIFO_MASKED));
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);

	KUNIT_EXPECT_EQ(test, bind_evtchn_to_irq(EVTCHN_FIFO_NR_CHANNELS),
			-ERANGE);
	/* More pages than Xen takes */
	KUNIT_EXPECT_EQ(test, bind_evtchn_to_irq(EVTCHN_FIFO_NR_CHANNELS - 1),
			-ENOSPC);
}

/* Xen keeps an event until there is a word for its port; two are as good as one. */
static void fifo_before_page(struct kunit *test)
{
	struct sink s[3] = {
		{ .port = PER_PAGE + 1 }, { .port = PER_PAGE + 3 },
		{ .port = 2 * PER_PAGE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(s); i++)
		open_at(s[i].port);
	KUNIT_EXPECT_TRUE(test, fake_raise(s[0].port));
	KUNIT_EXPECT_TRUE(test, fake_raise(s[0].port));
	KUNIT_EXPECT_TRUE(test, fake_raise(s[2].port));
	/* Its page is that of the first one as well, but nobody knows that yet. */
	bind_open(test, &s[1]);
	all_upcalls(test);
	KUNIT_EXPECT_EQ(test, s[1].count, 0);
	KUNIT_EXPECT_EQ(test, *fake_word(s[0].port),
			BIT(EVTCHN_FIFO_MASKED) | BIT(EVTCHN_FIFO_PENDING));
	bind_open(test, &s[0]);
	bind_open(test, &s[2]);
	all_upcalls(test);
	KUNIT_EXPECT_EQ(test, s[0].count, 1);
	KUNIT_EXPECT_EQ(test, s[1].count, 0);
	KUNIT_EXPECT_EQ(test, s[2].count, 1);
	for (i = 0; i < ARRAY_SIZE(s); i++) {
		fake_raise(s[i].port);
		all_upcalls(test);
	}
	KUNIT_EXPECT_EQ(test, s[0].count, 2);
	KUNIT_EXPECT_EQ(test, s[1].count, 1);
	KUNIT_EXPECT_EQ(test, s[2].count, 2);
	for (i = 0; i < ARRAY_SIZE(s); i++)
		sink_unbind(&s[i]);
}

/* Connecting to a port is an event, and Xen chooses the number of ours. */
static void fifo_connects_before_page(struct kunit *test)
{
	struct evtchn_bind_interdomain op = { .remote_dom = FAKE_PEER };
	struct sink s = {};
	evtchn_port_t port;

	for (port = 1; port < PER_PAGE; port++)
		open_at(port);
	op.remote_port = fake_peer_alloc();
	KUNIT_ASSERT_EQ(test,
			fake_event_op(EVTCHNOP_bind_interdomain, &op), 0);
	KUNIT_EXPECT_EQ(test, op.local_port, PER_PAGE);
	s.port = op.local_port;
	bind_open(test, &s);
	all_upcalls(test);
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);
}

/* Events from before the first control block, which changes the ABI */
static void fifo_was_2_level(struct kunit *test)
{
	struct sink s[2] = { { .port = 5 }, { .port = 77 } };

	xen_event_abi->release();
	fake_reset();
	open_at(s[0].port);
	open_at(s[1].port);
	fake_raise(s[1].port);
	KUNIT_ASSERT_EQ(test, fake_xen_start(test, true), 0);
	bind_open(test, &s[0]);
	bind_open(test, &s[1]);
	all_upcalls(test);
	KUNIT_EXPECT_EQ(test, s[0].count, 0);
	KUNIT_EXPECT_EQ(test, s[1].count, 1);
	sink_unbind(&s[0]);
	sink_unbind(&s[1]);
}

static void fifo_bad_link(struct kunit *test)
{
	struct sink s[NR] = {};

	bind_all(test, s);
	fake_raise(s[0].port);
	*fake_word(s[0].port) |= EVTCHN_FIFO_LINK_MASK;
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[0].count, 1);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));
	/* Other queues are not harmed, nor this one for long. */
	fake_raise(s[1].port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[1].count, 1);
	unbind_all(s);
}

static void fifo_bad_control(struct kunit *test)
{
	struct evtchn_fifo_control_block *control = fake->control[0];
	struct sink s[NR] = {};
	unsigned int q;

	bind_all(test, s);
	for (q = 0; q < EVTCHN_FIFO_MAX_QUEUES; q++)
		control->head[q] = q & 1 ? 0xffffffff : EVTCHN_FIFO_NR_CHANNELS;
	control->ready = 0xffffffff;
	control->_rsvd = 0xffffffff;
	fake->vcpu[0].evtchn_upcall_pending = 1;
	fake_upcall();
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));

	/* Heads that point to ports which are in no queue */
	for (q = 0; q < EVTCHN_FIFO_MAX_QUEUES; q++)
		control->head[q] = s[0].port;
	control->ready = 0xffffffff;
	fake->vcpu[0].evtchn_upcall_pending = 1;
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[0].count, 0);

	fake_raise(s[1].port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[1].count, 1);
	unbind_all(s);
}

/* Links that run in a circle are walked once. */
static void fifo_circle(struct kunit *test)
{
	struct sink s[NR] = {};
	unsigned int i;

	bind_all(test, s);
	for (i = 0; i < NR; i++)
		fake_raise(s[i].port);
	*fake_word(s[NR - 1].port) |= s[0].port;
	fake_upcall();
	for (i = 0; i < NR; i++)
		KUNIT_EXPECT_EQ(test, s[i].count, 1);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));
	unbind_all(s);
}

/* What a dead CPU left in its queue is delivered elsewhere. */
static void fifo_dead_cpu(struct kunit *test)
{
	struct sink s[2] = {};

	if (!cpu_online(1))
		kunit_skip(test, "needs two CPUs");

	sink_bind(test, &s[0], false);
	sink_bind(test, &s[1], false);
	KUNIT_ASSERT_EQ(test, irq_set_affinity(s[0].irq, cpumask_of(1)), 0);
	KUNIT_ASSERT_EQ(test, irq_set_affinity(s[1].irq, cpumask_of(1)), 0);
	fake_raise(s[0].port);
	fake_raise(s[1].port);
	/* Only the first one leaves. */
	KUNIT_ASSERT_EQ(test, irq_set_affinity(s[0].irq, cpumask_of(0)), 0);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));

	xen_events_cpu_dead(1);
	KUNIT_EXPECT_TRUE(test, fake_upcall_wanted(0));
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[0].count, 1);
	KUNIT_EXPECT_EQ(test, s[1].count, 0);
	fake->vcpu[xen_vcpu_nr(1)].evtchn_upcall_pending = 1;
	fake_upcall_on(test, 1);
	KUNIT_EXPECT_EQ(test, s[0].count, 1);
	KUNIT_EXPECT_EQ(test, s[1].count, 0);

	/* It comes back with the same control block. */
	KUNIT_EXPECT_EQ(test, xen_events_cpu_up(1), 0);
	sink_unbind(&s[0]);
	sink_unbind(&s[1]);
}

/* A queue of the dead CPU is empty, though its head still names a port. */
static void fifo_dead_cpu_old_head(struct kunit *test)
{
	struct sink s[2] = {};

	if (!cpu_online(1))
		kunit_skip(test, "needs two CPUs");

	sink_bind(test, &s[0], false);
	sink_bind(test, &s[1], false);
	KUNIT_ASSERT_EQ(test, irq_set_affinity(s[0].irq, cpumask_of(1)), 0);
	fake_raise(s[0].port);
	fake_upcall_on(test, 1);
	KUNIT_EXPECT_EQ(test, s[0].count, 1);
	KUNIT_ASSERT_EQ(test, irq_set_affinity(s[0].irq, cpumask_of(0)), 0);

	/* It is the second in a queue of the other CPU, which keeps both. */
	fake_raise(s[1].port);
	fake_raise(s[0].port);
	xen_events_cpu_dead(1);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[0].count, 2);
	KUNIT_EXPECT_EQ(test, s[1].count, 1);
	fake_raise(s[1].port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[1].count, 2);
	KUNIT_EXPECT_EQ(test, xen_events_cpu_up(1), 0);
	sink_unbind(&s[0]);
	sink_unbind(&s[1]);
}

/* init_control fails: 2-level, and everything works. */
static void fifo_refused(struct kunit *test)
{
	struct sink s = {};

	xen_event_abi->release();
	fake_reset();
	fake->fail[EVTCHNOP_init_control] = -EOPNOTSUPP;
	KUNIT_ASSERT_EQ(test, fake_xen_start(test, true), 0);
	KUNIT_EXPECT_STREQ(test, xen_event_abi->name, "2-level");
	KUNIT_EXPECT_FALSE(test, xen_fifo_events);
	KUNIT_EXPECT_EQ(test, xen_evtchn_nr_channels(), 4096);
	sink_bind(test, &s, false);
	KUNIT_EXPECT_EQ(test, xen_set_irq_priority(s.irq, 1), -EOPNOTSUPP);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);
}

/* A later CPU is refused: that CPU does not come up. */
static void fifo_cpu_refused(struct kunit *test)
{
	unsigned int cpu = cpumask_next(0, cpu_possible_mask);

	if (cpu >= nr_cpu_ids)
		kunit_skip(test, "needs two CPUs");

	xen_event_abi->release();
	fake_reset();
	KUNIT_ASSERT_EQ(test, xen_events_start(true), 0);
	fake->fail[EVTCHNOP_init_control] = -ENOMEM;
	KUNIT_EXPECT_EQ(test, xen_events_cpu_up(cpu), -ENOMEM);
	fake->fail[EVTCHNOP_init_control] = 0;
	KUNIT_EXPECT_EQ(test, xen_events_cpu_up(cpu), 0);
}

static struct kunit_case fifo_cases[] = {
	KUNIT_CASE(fifo_order),
	KUNIT_CASE(fifo_wrap),
	KUNIT_CASE(fifo_priority),
	KUNIT_CASE(fifo_overtake),
	KUNIT_CASE(fifo_masked_in_queue),
	KUNIT_CASE(fifo_busy),
	KUNIT_CASE(fifo_expand),
	KUNIT_CASE(fifo_before_page),
	KUNIT_CASE(fifo_connects_before_page),
	KUNIT_CASE(fifo_was_2_level),
	KUNIT_CASE(fifo_bad_link),
	KUNIT_CASE(fifo_bad_control),
	KUNIT_CASE(fifo_circle),
	KUNIT_CASE(fifo_dead_cpu),
	KUNIT_CASE(fifo_dead_cpu_old_head),
	KUNIT_CASE(fifo_refused),
	KUNIT_CASE(fifo_cpu_refused),
	{}
};

static struct kunit_suite fifo_suite = {
	.name = "xen_events_fifo",
	.init = fake_xen_init,
	.exit = fake_xen_exit,
	.test_cases = fifo_cases,
};

kunit_test_suite(fifo_suite);
