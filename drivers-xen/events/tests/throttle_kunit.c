// SPDX-License-Identifier: GPL-2.0
/* Late EOI: threshold, growing waits, storms, and what cancels a wait. */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/slab.h>

#include <xen/xenbus.h>

#include "sink.h"

static void release_device(struct device *dev)
{
	kfree(to_xenbus_device(dev));
}

static struct xenbus_device *make_device(struct kunit *test,
					 unsigned int threshold)
{
	struct xenbus_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	device_initialize(&dev->dev);
	dev->dev.release = release_device;
	dev->otherend_id = FAKE_PEER;
	dev->spurious_threshold = threshold;
	return dev;
}

static void bind_device(struct kunit *test, struct sink *s,
			struct xenbus_device *dev)
{
	s->irq = bind_interdomain_evtchn_to_irqhandler_lateeoi(dev, 1,
							       sink_handler, 0,
							       "sink", s);
	KUNIT_ASSERT_GT(test, s->irq, 0);
	s->port = xen_event_by_irq(s->irq)->port;
	KUNIT_ASSERT_EQ(test, irq_set_affinity(s->irq, cpumask_of(0)), 0);
}

static void one_event(struct sink *s, unsigned int flags)
{
	fake_raise(s->port);
	fake_upcall();
	xen_irq_lateeoi(s->irq, flags);
}

/* The wait goes by. Returns how long it was. */
static u64 end_wait(struct sink *s)
{
	struct xen_event *e = xen_event_by_irq(s->irq);
	u64 wait = e->due - fake->now;

	fake_advance(e->cpu, wait - 1);
	if (!xen_throttle_waiting(e->cpu))
		return 0;
	fake_advance(e->cpu, 1);
	return wait;
}

static void spurious_threshold(struct kunit *test)
{
	struct xenbus_device *dev = make_device(test, 2);
	struct sink s = {};

	bind_device(test, &s, dev);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->event_channels), 1);

	one_event(&s, XEN_EOI_FLAG_SPURIOUS);
	one_event(&s, XEN_EOI_FLAG_SPURIOUS);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 0);
	one_event(&s, XEN_EOI_FLAG_SPURIOUS);
	KUNIT_EXPECT_EQ(test, s.count, 3);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 1);
	KUNIT_EXPECT_TRUE(test, xen_event_abi->is_masked(s.port));
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->events), 3);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->spurious_events), 3);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->jiffies_eoi_delayed), 1);

	/* A second EOI neither ends the wait nor makes it longer. */
	xen_irq_lateeoi(s.irq, 0);
	xen_irq_lateeoi(s.irq, XEN_EOI_FLAG_SPURIOUS);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->spurious_events), 3);

	fake_raise(s.port);
	end_wait(&s);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 4);

	/* Real work: all is forgiven. */
	xen_irq_lateeoi(s.irq, 0);
	one_event(&s, XEN_EOI_FLAG_SPURIOUS);
	one_event(&s, XEN_EOI_FLAG_SPURIOUS);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 0);

	sink_unbind(&s);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->event_channels), 0);
	KUNIT_EXPECT_TRUE(test, fake_irq_gone(s.irq));
	put_device(&dev->dev);
}

static void spurious_grows(struct kunit *test)
{
	struct sink s = {};
	unsigned int i;
	u64 wait;

	sink_bind(test, &s, true);
	/* Without a device one is free. */
	one_event(&s, XEN_EOI_FLAG_SPURIOUS);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 0);
	for (i = 0; i < 40; i++) {
		one_event(&s, XEN_EOI_FLAG_SPURIOUS);
		KUNIT_ASSERT_EQ(test, xen_throttle_waiting(0), 1);
		wait = min_t(u64, BIT_ULL(i), HZ);
		KUNIT_EXPECT_EQ(test, end_wait(&s), wait);
		KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 0);
	}
	sink_unbind(&s);
}

/* By the real clock and the real work */
static void wait_ends(struct kunit *test)
{
	struct sink s = {};
	unsigned int i;

	xen_throttle_clock = get_jiffies_64;
	sink_bind(test, &s, true);
	one_event(&s, XEN_EOI_FLAG_SPURIOUS);
	fake_raise(s.port);
	fake_upcall();
	/* Long enough not to be over when it is looked at. */
	xen_event_by_irq(s.irq)->not_before = get_jiffies_64() + HZ / 2;
	xen_irq_lateeoi(s.irq, 0);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 1);
	fake_raise(s.port);
	for (i = 0; i < 500 && xen_throttle_waiting(0); i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 3);
	sink_unbind(&s);
}

/* The list is in the order of the ends, whatever the order of the EOIs. */
static void wait_order(struct kunit *test)
{
	static const unsigned int level[] = { 9, 3, 12, 6 };
	struct sink s[ARRAY_SIZE(level)] = {};
	struct xen_event *e;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(level); i++) {
		sink_bind(test, &s[i], true);
		fake_raise(s[i].port);
	}
	fake_upcall();
	for (i = 0; i < ARRAY_SIZE(level); i++) {
		e = xen_event_by_irq(s[i].irq);
		e->not_before = fake->now + level[i] * HZ;
		xen_irq_lateeoi(s[i].irq, 0);
	}
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), ARRAY_SIZE(level));

	e = xen_event_by_irq(s[1].irq);
	KUNIT_EXPECT_PTR_EQ(test, list_next_entry(e, deferred),
			    xen_event_by_irq(s[3].irq));
	e = list_next_entry(e, deferred);
	KUNIT_EXPECT_PTR_EQ(test, list_next_entry(e, deferred),
			    xen_event_by_irq(s[0].irq));
	e = list_next_entry(e, deferred);
	KUNIT_EXPECT_PTR_EQ(test, list_next_entry(e, deferred),
			    xen_event_by_irq(s[2].irq));

	for (i = 0; i < ARRAY_SIZE(level); i++)
		sink_unbind(&s[i]);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 0);
}

static void unbind_while_waiting(struct kunit *test)
{
	struct sink s = {};
	evtchn_port_t port;

	sink_bind(test, &s, true);
	port = s.port;
	one_event(&s, XEN_EOI_FLAG_SPURIOUS);
	one_event(&s, XEN_EOI_FLAG_SPURIOUS);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 1);
	sink_unbind(&s);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 0);
	/* Late, and of a number that may be somebody else's by then. */
	xen_irq_lateeoi(s.irq, 0);

	/* Who gets the same port does not inherit the wait. */
	s = (struct sink) {};
	sink_bind(test, &s, true);
	KUNIT_EXPECT_EQ(test, s.port, port);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);
}

/* A handler that owed an EOI went; the next one gets events. */
static void new_handler(struct kunit *test)
{
	struct sink s = { .port = fake_open() };

	s.irq = bind_evtchn_to_irq_lateeoi(s.port);
	KUNIT_ASSERT_GT(test, s.irq, 0);
	KUNIT_ASSERT_EQ(test, request_irq(s.irq, sink_handler, 0, "a", &s), 0);
	irq_set_affinity(s.irq, cpumask_of(0));
	fake_raise(s.port);
	fake_upcall();
	free_irq(s.irq, &s);

	KUNIT_ASSERT_EQ(test, request_irq(s.irq, sink_handler, 0, "b", &s), 0);
	irq_set_affinity(s.irq, cpumask_of(0));
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 2);
	sink_unbind(&s);
}

static void eoi_in_storm(struct sink *s)
{
	fake_raise(s->port);
	xen_irq_lateeoi(s->irq, 0);
}

/* A driver that always says "done" cannot keep the upcall going either. */
static void storm_with_eoi(struct kunit *test)
{
	struct sink s = { .hook = eoi_in_storm };
	unsigned int count;

	sink_bind(test, &s, true);
	fake_raise(s.port);
	fake_upcall();
	count = s.count;
	KUNIT_EXPECT_GT(test, count, 1);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 1);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));
	s.hook = NULL;
	end_wait(&s);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, count + 1);
	sink_unbind(&s);
}

/* A CPU goes: its events wait on. */
static void waiting_cpu_dies(struct kunit *test)
{
	struct sink s = {};
	u64 due;

	if (!cpu_online(1))
		kunit_skip(test, "needs two CPUs");

	sink_bind(test, &s, true);
	KUNIT_ASSERT_EQ(test, irq_set_affinity(s.irq, cpumask_of(1)), 0);
	fake_raise(s.port);
	fake_upcall_on(test, 1);
	KUNIT_EXPECT_EQ(test, s.count, 1);
	xen_event_by_irq(s.irq)->not_before = fake->now + 100 * HZ;
	xen_irq_lateeoi(s.irq, 0);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(1), 1);
	due = xen_event_by_irq(s.irq)->due;

	xen_throttle_cpu_dead(1);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(1), 0);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 1);
	KUNIT_EXPECT_EQ(test, xen_event_by_irq(s.irq)->due, due);
	fake_advance(0, 100 * HZ);
	KUNIT_EXPECT_FALSE(test, xen_event_abi->is_masked(s.port));
	sink_unbind(&s);
}

/* Numbers of other interrupts, or of none */
static void eoi_of_nothing(struct kunit *test)
{
	struct sink s = {};

	xen_irq_lateeoi(0, 0);
	xen_irq_lateeoi(-1, XEN_EOI_FLAG_SPURIOUS);
	sink_bind(test, &s, false);
	/* Paused in a storm, but it has no EOI that could end that. */
	xen_event_hold(xen_event_by_irq(s.irq), XEN_HELD_EOI);
	xen_irq_lateeoi(s.irq, 0);
	KUNIT_EXPECT_TRUE(test, xen_event_abi->is_masked(s.port));
	sink_unbind(&s);
}

/* No event is owed an EOI: it neither counts nor begins a wait. */
static void eoi_too_many(struct kunit *test)
{
	struct sink s = {};
	unsigned int i;

	sink_bind(test, &s, true);
	one_event(&s, 0);
	for (i = 0; i < 5; i++)
		xen_irq_lateeoi(s.irq, XEN_EOI_FLAG_SPURIOUS);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 0);
	KUNIT_EXPECT_EQ(test, xen_event_by_irq(s.irq)->spurious, 0);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 2);
	sink_unbind(&s);
}

static struct kunit_case throttle_cases[] = {
	KUNIT_CASE_PARAM(spurious_threshold, fake_abi_gen),
	KUNIT_CASE_PARAM(spurious_grows, fake_abi_gen),
	KUNIT_CASE_PARAM(wait_ends, fake_abi_gen),
	KUNIT_CASE(wait_order),
	KUNIT_CASE_PARAM(unbind_while_waiting, fake_abi_gen),
	KUNIT_CASE_PARAM(new_handler, fake_abi_gen),
	KUNIT_CASE_PARAM(storm_with_eoi, fake_abi_gen),
	KUNIT_CASE_PARAM(waiting_cpu_dies, fake_abi_gen),
	KUNIT_CASE(eoi_of_nothing),
	KUNIT_CASE(eoi_too_many),
	{}
};

static struct kunit_suite throttle_suite = {
	.name = "xen_events_throttle",
	.init = fake_xen_init,
	.exit = fake_xen_exit,
	.test_cases = throttle_cases,
};

kunit_test_suite(throttle_suite);
