// SPDX-License-Identifier: GPL-2.0
/* Delivery, masking, storms and garbage, with both ABIs. */
#include <kunit/test.h>
#include <linux/interrupt.h>
#include <linux/irq.h>

#include <asm/xen/hypervisor.h>

#include "sink.h"

#define MANY	200

static void deliver_each(struct kunit *test)
{
	struct sink s[3] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(s); i++) {
		sink_bind(test, &s[i], false);
		KUNIT_EXPECT_EQ(test, irq_from_evtchn(s[i].port), s[i].irq);
	}
	KUNIT_EXPECT_EQ(test, fake_upcall(), IRQ_NONE);

	fake_raise(s[0].port);
	fake_raise(s[2].port);
	fake_raise(s[2].port);
	KUNIT_EXPECT_EQ(test, fake_upcall(), IRQ_HANDLED);
	KUNIT_EXPECT_EQ(test, fake_upcall(), IRQ_NONE);
	KUNIT_EXPECT_EQ(test, s[0].count, 1);
	KUNIT_EXPECT_EQ(test, s[1].count, 0);
	KUNIT_EXPECT_EQ(test, s[2].count, 1);

	for (i = 0; i < ARRAY_SIZE(s); i++) {
		sink_unbind(&s[i]);
		KUNIT_EXPECT_EQ(test, irq_from_evtchn(s[i].port), -1U);
	}
}

static void deliver_many(struct kunit *test)
{
	struct sink *s;
	unsigned int i;

	s = kunit_kcalloc(test, MANY, sizeof(*s), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	for (i = 0; i < MANY; i++)
		sink_bind(test, &s[i], false);
	for (i = 0; i < MANY; i++)
		fake_raise(s[i].port);
	KUNIT_EXPECT_EQ(test, fake_upcall(), IRQ_HANDLED);
	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_EQ_MSG(test, s[i].count, 1, "port %u", s[i].port);
		sink_unbind(&s[i]);
	}
}

static void raise_other(struct sink *s)
{
	fake_raise(s[1].port);
}

static void deliver_raised_meanwhile(struct kunit *test)
{
	struct sink s[2] = { { .hook = raise_other } };

	sink_bind(test, &s[0], false);
	sink_bind(test, &s[1], false);
	fake_raise(s[0].port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[0].count, 1);
	KUNIT_EXPECT_EQ(test, s[1].count, 1);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));
	sink_unbind(&s[0]);
	sink_unbind(&s[1]);
}

static void deliver_after_mask(struct kunit *test)
{
	struct sink s = {};
	unsigned int calls;

	sink_bind(test, &s, false);
	disable_irq(s.irq);
	fake_raise(s.port);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 0);
	KUNIT_EXPECT_TRUE(test, xen_test_irq_pending(s.irq));

	calls = fake->calls[EVTCHNOP_unmask];
	enable_irq(s.irq);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_unmask], calls + 1);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	KUNIT_EXPECT_FALSE(test, xen_test_irq_pending(s.irq));

	/* Nothing pending: no hypercall. */
	disable_irq(s.irq);
	enable_irq(s.irq);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_unmask], calls + 1);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);
}

/* As two CPUs do it that both saw the port pending. */
static void deliver_claimed_once(struct kunit *test)
{
	struct xen_upcall up = { .cpu = smp_processor_id() };
	unsigned long flags;
	struct sink s = {};

	sink_bind(test, &s, true);
	fake_raise(s.port);
	local_irq_save(flags);
	irq_enter();
	rcu_read_lock();
	xen_event_deliver(&up, s.port);
	xen_event_deliver(&up, s.port);
	rcu_read_unlock();
	irq_exit();
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, s.count, 1);
	fake_upcall();
	xen_irq_lateeoi(s.irq, 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 2);
	sink_unbind(&s);
}

static void disable_other(struct sink *s)
{
	disable_irq_nosync(s[1].irq);
}

/* The port is masked between the look at it and its turn. */
static void deliver_masked_meanwhile(struct kunit *test)
{
	struct sink s[2] = { { .hook = disable_other } };

	sink_bind(test, &s[0], false);
	sink_bind(test, &s[1], false);
	KUNIT_ASSERT_LT(test, s[0].port, s[1].port);
	fake_raise(s[0].port);
	fake_raise(s[1].port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[0].count, 1);
	KUNIT_EXPECT_EQ(test, s[1].count, 0);
	KUNIT_EXPECT_TRUE(test, xen_test_irq_pending(s[1].irq));
	enable_irq(s[1].irq);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[1].count, 1);
	sink_unbind(&s[0]);
	sink_unbind(&s[1]);
}

static void deliver_cleared(struct kunit *test)
{
	struct sink s = {};

	sink_bind(test, &s, false);
	disable_irq(s.irq);
	fake_raise(s.port);
	xen_clear_irq_pending(s.irq);
	enable_irq(s.irq);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 0);
	sink_unbind(&s);
}

static void deliver_raised_before_handler(struct kunit *test)
{
	struct sink s = { .port = fake_open() };

	s.irq = bind_evtchn_to_irq(s.port);
	KUNIT_ASSERT_GT(test, s.irq, 0);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_ASSERT_EQ(test, request_irq(s.irq, sink_handler, 0, "sink", &s), 0);
	irq_set_affinity(s.irq, cpumask_of(0));
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);
}

static void deliver_retriggered(struct kunit *test)
{
	struct sink s = {};
	struct irq_data *data;

	sink_bind(test, &s, false);
	data = irq_get_irq_data(s.irq);
	KUNIT_EXPECT_EQ(test, data->chip->irq_retrigger(data), 1);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);
}

/* An event that comes again owes one EOI in all. */
static void lateeoi_retriggered(struct kunit *test)
{
	struct sink s = {};
	struct irq_data *data;

	sink_bind(test, &s, true);
	data = irq_get_irq_data(s.irq);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, data->chip->irq_retrigger(data), 1);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 2);
	KUNIT_EXPECT_TRUE(test, xen_event_abi->is_masked(s.port));
	xen_irq_lateeoi(s.irq, 0);
	KUNIT_EXPECT_FALSE(test, xen_event_abi->is_masked(s.port));
	sink_unbind(&s);
}

static void raise_self(struct sink *s)
{
	fake_raise(s->port);
}

/* One port never stops. The upcall ends, the others get their turn. */
static void storm_is_paused(struct kunit *test)
{
	struct sink s[3] = { {}, { .hook = raise_self } };
	unsigned int stormy;
	int begin;

	sink_bind(test, &s[0], false);
	sink_bind(test, &s[1], false);
	sink_bind(test, &s[2], false);
	fake_raise(s[1].port);
	fake_raise(s[0].port);
	fake_raise(s[2].port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[0].count, 1);
	KUNIT_EXPECT_EQ(test, s[2].count, 1);
	/* All were served before the storm got a third turn. */
	begin = s[1].stamp - s[1].count - 2;
	KUNIT_EXPECT_LE(test, (int)s[0].stamp - begin, 4);
	KUNIT_EXPECT_LE(test, (int)s[2].stamp - begin, 4);

	stormy = s[1].count;
	KUNIT_EXPECT_GT(test, stormy, 1);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 1);
	KUNIT_EXPECT_TRUE(test, xen_event_abi->is_masked(s[1].port));
	fake_raise(s[0].port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[1].count, stormy);
	KUNIT_EXPECT_EQ(test, s[0].count, 2);

	/* It goes on later: nothing is lost. */
	s[1].hook = NULL;
	fake_advance(0, 9);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 1);
	fake_advance(0, 1);
	KUNIT_EXPECT_EQ(test, xen_throttle_waiting(0), 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[1].count, stormy + 1);
	sink_unbind(&s[0]);
	sink_unbind(&s[1]);
	sink_unbind(&s[2]);
}

static struct sink *storm_pair;

static void raise_both(struct sink *s)
{
	fake_raise(storm_pair[0].port);
	fake_raise(storm_pair[1].port);
}

/* Two storms against a quiet port which is raised in the middle of them. */
static void storm_is_fair(struct kunit *test)
{
	struct sink s[3] = { { .hook = raise_both }, { .hook = raise_both } };
	int diff;

	sink_bind(test, &s[0], false);
	sink_bind(test, &s[1], false);
	sink_bind(test, &s[2], false);
	storm_pair = s;
	fake_raise(s[0].port);
	fake_raise(s[2].port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s[2].count, 1);
	diff = s[0].count - s[1].count;
	KUNIT_EXPECT_GE(test, diff, -1);
	/* The first one has a head start of one and may be the last as well. */
	KUNIT_EXPECT_LE(test, diff, 2);
	sink_unbind(&s[0]);
	sink_unbind(&s[1]);
	sink_unbind(&s[2]);
}

/* Xen's memory says that a port is pending which nobody has bound. */
static void hostile_unbound_port(struct kunit *test)
{
	struct sink s = {};
	evtchn_port_t port;

	/* The first port brings the event array. */
	sink_bind(test, &s, false);
	port = fake_open();
	xen_event_abi->unmask(port);
	fake_raise(port);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));

	/* Once bound, the event is there. */
	sink_unbind(&s);
	s = (struct sink) { .port = port };
	s.irq = bind_evtchn_to_irqhandler(port, sink_handler, 0, "sink", &s);
	KUNIT_ASSERT_GT(test, s.irq, 0);
	irq_set_affinity(s.irq, cpumask_of(0));
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 1);
	sink_unbind(&s);
}

static void hostile_all_bits(struct kunit *test)
{
	const bool *fifo = test->param_value;
	struct sink s = {};

	if (*fifo)
		kunit_skip(test, "2-level only");

	sink_bind(test, &s, false);
	memset(fake->shared->evtchn_pending, 0xff,
	       sizeof(fake->shared->evtchn_pending));
	memset(fake->shared->evtchn_mask, 0, sizeof(fake->shared->evtchn_mask));
	fake->vcpu[0].evtchn_pending_sel = ~0UL;
	fake->vcpu[0].evtchn_upcall_pending = 0xff;
	KUNIT_EXPECT_EQ(test, fake_upcall(), IRQ_HANDLED);
	KUNIT_EXPECT_EQ(test, s.count, 1);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));
	sink_unbind(&s);
}

static void count_late(struct sink *s)
{
	if (s->count < 3)
		fake_raise(s->port);
}

static void lateeoi_masks(struct kunit *test)
{
	struct sink s = { .hook = count_late };

	sink_bind(test, &s, true);
	KUNIT_EXPECT_STREQ(test, irq_get_chip(s.irq)->name, "xen-dyn-lateeoi");
	fake_raise(s.port);
	fake_upcall();
	/* The one raised by the handler waits for the EOI. */
	KUNIT_EXPECT_EQ(test, s.count, 1);
	KUNIT_EXPECT_FALSE(test, fake_upcall_wanted(0));
	xen_irq_lateeoi(s.irq, 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 2);
	xen_irq_lateeoi(s.irq, 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 3);
	xen_irq_lateeoi(s.irq, 0);
	xen_irq_lateeoi(s.irq, 0);
	fake_raise(s.port);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 4);
	sink_unbind(&s);
}

/* Two reasons to be masked: one going does not open the other's. */
static void lateeoi_and_disable(struct kunit *test)
{
	struct sink s = {};

	sink_bind(test, &s, true);
	fake_raise(s.port);
	fake_upcall();
	fake_raise(s.port);
	disable_irq(s.irq);
	xen_irq_lateeoi(s.irq, 0);
	KUNIT_EXPECT_TRUE(test, xen_event_abi->is_masked(s.port));
	enable_irq(s.irq);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 2);

	fake_raise(s.port);
	disable_irq(s.irq);
	enable_irq(s.irq);
	KUNIT_EXPECT_TRUE(test, xen_event_abi->is_masked(s.port));
	xen_irq_lateeoi(s.irq, 0);
	fake_upcall();
	KUNIT_EXPECT_EQ(test, s.count, 3);
	sink_unbind(&s);
}

static struct kunit_case deliver_cases[] = {
	KUNIT_CASE_PARAM(deliver_each, fake_abi_gen),
	KUNIT_CASE_PARAM(deliver_many, fake_abi_gen),
	KUNIT_CASE_PARAM(deliver_raised_meanwhile, fake_abi_gen),
	KUNIT_CASE_PARAM(deliver_after_mask, fake_abi_gen),
	KUNIT_CASE_PARAM(deliver_claimed_once, fake_abi_gen),
	KUNIT_CASE_PARAM(deliver_masked_meanwhile, fake_abi_gen),
	KUNIT_CASE_PARAM(deliver_cleared, fake_abi_gen),
	KUNIT_CASE_PARAM(deliver_raised_before_handler, fake_abi_gen),
	KUNIT_CASE_PARAM(deliver_retriggered, fake_abi_gen),
	KUNIT_CASE_PARAM(storm_is_paused, fake_abi_gen),
	KUNIT_CASE_PARAM(storm_is_fair, fake_abi_gen),
	KUNIT_CASE_PARAM(hostile_unbound_port, fake_abi_gen),
	KUNIT_CASE_PARAM(hostile_all_bits, fake_abi_gen),
	KUNIT_CASE_PARAM(lateeoi_masks, fake_abi_gen),
	KUNIT_CASE_PARAM(lateeoi_and_disable, fake_abi_gen),
	KUNIT_CASE_PARAM(lateeoi_retriggered, fake_abi_gen),
	{}
};

static struct kunit_suite deliver_suite = {
	.name = "xen_events_deliver",
	.init = fake_xen_init,
	.exit = fake_xen_exit,
	.test_cases = deliver_cases,
};

kunit_test_suite(deliver_suite);
