// SPDX-License-Identifier: GPL-2.0
/*
 * Where numbers come to an end and begin again: the pages of the FIFO array, the
 * words of the 2-level bitmap; and ports that go to another CPU at a bad moment.
 */
#include <kunit/test.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kthread.h>

#include "sink.h"

#define PAGE_PORTS	((unsigned int)(PAGE_SIZE / sizeof(event_word_t)))
#define MOVES		300

/* Bound to a certain port, which Xen has opened for some reason */
static void bind_at(struct kunit *test, struct sink *s, evtchn_port_t port)
{
	fake->port[port].status = EVTCHNSTAT_interdomain;
	fake->port[port].priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	s->port = port;
	s->irq = bind_evtchn_to_irqhandler(port, sink_handler, 0, "sink", s);
	KUNIT_ASSERT_GT(test, s->irq, 0);
	KUNIT_ASSERT_EQ(test, irq_set_affinity(s->irq, cpumask_of(0)), 0);
}

static void expect_order(struct kunit *test, struct sink *s,
			 const unsigned int *order, unsigned int nr)
{
	unsigned int i;

	for (i = 1; i < nr; i++)
		KUNIT_EXPECT_GT_MSG(test, s[order[i]].stamp,
				    s[order[i - 1]].stamp, "port %u before %u",
				    s[order[i]].port, s[order[i - 1]].port);
}

/* A queue goes through all pages of the array, forward and backward */
static void links_across_pages(struct kunit *test)
{
	const evtchn_port_t ports[] = {
		1, PAGE_PORTS - 1, PAGE_PORTS, PAGE_PORTS + 1,
		2 * PAGE_PORTS - 1, 2 * PAGE_PORTS, 2 * PAGE_PORTS + 400,
	};
	static const unsigned int orders[][ARRAY_SIZE(ports)] = {
		{ 0, 1, 2, 3, 4, 5, 6 },
		{ 6, 5, 4, 3, 2, 1, 0 },
		{ 6, 0, 5, 1, 4, 2, 3 },
	};
	struct sink s[ARRAY_SIZE(ports)] = {};
	unsigned int i, round;

	/* The last one first: the pages come all at once */
	for (i = ARRAY_SIZE(ports); i--; )
		bind_at(test, &s[i], ports[i]);
	for (round = 0; round < ARRAY_SIZE(orders); round++) {
		for (i = 0; i < ARRAY_SIZE(ports); i++)
			fake_raise(ports[orders[round][i]]);
		fake_upcall();
		for (i = 0; i < ARRAY_SIZE(ports); i++)
			KUNIT_EXPECT_EQ(test, s[i].count, round + 1);
		expect_order(test, s, orders[round], ARRAY_SIZE(ports));
	}
	for (i = 0; i < ARRAY_SIZE(ports); i++)
		sink_unbind(&s[i]);
}

/* A pass begins behind the last port of the one before, and ends there */
static void scan_goes_around(struct kunit *test)
{
	static const evtchn_port_t ports[] = { 10, 70, 75, 79, 500 };
	static const unsigned int order[] = { 3, 4, 0, 1 };
	struct sink s[ARRAY_SIZE(ports)] = {};
	const bool *fifo = test->param_value;
	unsigned int i;

	if (*fifo)
		kunit_skip(test, "2-level only");

	for (i = 0; i < ARRAY_SIZE(ports); i++)
		bind_at(test, &s[i], ports[i]);
	fake_raise(75);
	fake_upcall();
	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		if (i != 2)
			fake_raise(ports[i]);
	}
	fake_upcall();
	for (i = 0; i < ARRAY_SIZE(ports); i++)
		KUNIT_EXPECT_EQ(test, s[i].count, 1);
	expect_order(test, s, order, ARRAY_SIZE(order));
	for (i = 0; i < ARRAY_SIZE(ports); i++)
		sink_unbind(&s[i]);
}

/* The highest port that there can be here, and what is no port */
static void last_port(struct kunit *test)
{
	const evtchn_port_t last = FAKE_PORTS - 1;
	const bool *fifo = test->param_value;
	struct sink s[2] = {};

	bind_at(test, &s[0], last);
	bind_at(test, &s[1], 1);
	fake_raise(last);
	fake_raise(1);
	fake_upcall();
	fake_raise(1);
	fake_raise(last);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[0].count, 2);
	KUNIT_EXPECT_EQ(test, s[1].count, 2);
	sink_unbind(&s[0]);
	sink_unbind(&s[1]);
	if (!*fifo)
		KUNIT_EXPECT_EQ(test, bind_evtchn_to_irq(EVTCHN_2L_NR_CHANNELS),
				-ERANGE);
}

static void raise_self(struct sink *s)
{
	fake_raise(s->port);
}

/* A storm is paused on one CPU; the port goes to another, and so does its event */
static void paused_and_moved(struct kunit *test)
{
	struct sink s = { .hook = raise_self };
	unsigned int count;

	if (!cpu_online(1))
		kunit_skip(test, "needs two CPUs");

	sink_bind(test, &s, false);
	fake_raise(s.port);
	fake_upcall();
	count = s.count;
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 1);
	s.hook = NULL;

	KUNIT_ASSERT_EQ(test, irq_set_affinity(s.irq, cpumask_of(1)), 0);
	KUNIT_EXPECT_TRUE(test, xen_event_abi->is_masked(s.port));
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(1));
	fake_advance(0, 10);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 0);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));
	KUNIT_EXPECT_TRUE(test, fake_upcall_wanted(1));
	fake_upcall_on(test, 1);
	KUNIT_EXPECT_EQ(test, s.count, count + 1);
	KUNIT_EXPECT_EQ(test, s.cpu, 1);
	sink_unbind(&s);
}

/* Sends for as long as the port moves, and is the second CPU meanwhile */
static int send_and_take(void *arg)
{
	struct sink *s = arg;

	while (!kthread_should_stop()) {
		fake_raise(s->port);
		fake_upcall();
		cond_resched();
	}
	return 0;
}

static void eoi_now(struct sink *s)
{
	xen_irq_lateeoi(s->irq, 0);
}

/* To and fro under fire: no event is lost, and none is left masked */
static void move_under_fire(struct kunit *test)
{
	struct sink s[2] = { {}, { .hook = eoi_now } };
	struct task_struct *task[2];
	unsigned int i, j, count;

	if (!cpu_online(1))
		kunit_skip(test, "needs two CPUs");

	for (i = 0; i < 2; i++) {
		sink_bind(test, &s[i], i);
		task[i] = kthread_create(send_and_take, &s[i], "sender");
		KUNIT_ASSERT_FALSE(test, IS_ERR(task[i]));
		kthread_bind(task[i], i);
		wake_up_process(task[i]);
	}
	for (i = 0; i < MOVES; i++) {
		for (j = 0; j < 2; j++)
			KUNIT_EXPECT_EQ(test, irq_set_affinity(s[j].irq,
							       cpumask_of(i & 1)),
					0);
		cond_resched();
	}
	for (i = 0; i < 2; i++)
		kthread_stop(task[i]);
	/* One that was taken for a storm is not for ever */
	fake_advance(0, HZ);
	fake_advance(1, HZ);

	for (j = 0; j < 2; j++) {
		irq_set_affinity(s[j].irq, cpumask_of(0));
		fake_upcall_on(test, 1);
		fake_upcall();
		KUNIT_EXPECT_FALSE(test, xen_test_irq_pending(s[j].irq));
		KUNIT_EXPECT_FALSE(test, xen_event_abi->is_masked(s[j].port));
		count = s[j].count;
		KUNIT_EXPECT_GT(test, count, 0);
		fake_raise(s[j].port);
		fake_upcall();
		KUNIT_EXPECT_EQ(test, s[j].count, count + 1);
	}
	sink_unbind(&s[0]);
	sink_unbind(&s[1]);
}

static struct kunit_case wrap_cases[] = {
	KUNIT_CASE(links_across_pages),
	KUNIT_CASE_PARAM(scan_goes_around, fake_abi_gen),
	KUNIT_CASE_PARAM(last_port, fake_abi_gen),
	KUNIT_CASE_PARAM(paused_and_moved, fake_abi_gen),
	KUNIT_CASE_PARAM(move_under_fire, fake_abi_gen),
	{}
};

static struct kunit_suite wrap_suite = {
	.name = "xen_events_wrap",
	.init = fake_xen_init,
	.exit = fake_xen_exit,
	.test_cases = wrap_cases,
};

kunit_test_suite(wrap_suite);
