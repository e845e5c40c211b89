// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of /dev/xen/evtchn: whose a port is that more than one could have, as it is bound
 * by its number, or has another handler.
 */
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/interrupt.h>

#include "evtchn_node.h"

static struct node near, far;

static int share_init(struct kunit *test)
{
	return open_both(test, &near, &far);
}

static void share_exit(struct kunit *test)
{
	close_both(test, &near, &far);
}

/* It is one file's, is not closed by it, and then another file can have it. */
static void static_port(struct kunit *test)
{
	evtchn_port_t port = fake_open();
	struct node *has[] = { &near, &far };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(has); i++) {
		KUNIT_ASSERT_EQ(test, command(has[i], IOCTL_EVTCHN_BIND_STATIC,
					      port, 0), 0);
		irq_set_affinity(irq_from_evtchn(port), cpumask_of(0));
		KUNIT_EXPECT_EQ(test, command(has[i], IOCTL_EVTCHN_BIND_STATIC,
					      port, 0), -EISCONN);
		KUNIT_EXPECT_EQ(test, command(has[!i], IOCTL_EVTCHN_BIND_STATIC,
					      port, 0), -EBUSY);
		fake_raise(port);
		fake_upcall();
		KUNIT_EXPECT_EQ(test, next_event(has[i]), port);
		KUNIT_EXPECT_EQ(test, next_event(has[!i]), 0);
		KUNIT_EXPECT_EQ(test, command(has[i], IOCTL_EVTCHN_UNBIND, port,
					      0), 0);
		KUNIT_EXPECT_NE(test, fake->port[port].status,
				EVTCHNSTAT_closed);
		KUNIT_EXPECT_EQ(test, irq_from_evtchn(port), -1U);
	}
}

/* Xen does not tell a CPU of it: it stays open, and nobody's. */
static void static_port_fails(struct kunit *test)
{
	evtchn_port_t port = fake_open();

	fake->fail[EVTCHNOP_bind_vcpu] = -EINVAL;
	KUNIT_EXPECT_LT(test, command(&near, IOCTL_EVTCHN_BIND_STATIC, port, 0),
			0);
	KUNIT_EXPECT_NE(test, fake->port[port].status, EVTCHNSTAT_closed);
	KUNIT_EXPECT_EQ(test, irq_from_evtchn(port), -1U);
	fake->fail[EVTCHNOP_bind_vcpu] = 0;
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_BIND_STATIC, port, 0),
			0);
}

/* The driver has no handler yet: that makes no difference. */
static void static_not_the_drivers(struct kunit *test)
{
	evtchn_port_t drivers = fake_open();
	int irq = bind_evtchn_to_irq_lateeoi(drivers);

	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, command(&far, IOCTL_EVTCHN_BIND_STATIC, drivers,
				      0), -EBUSY);
	KUNIT_EXPECT_EQ(test, irq_from_evtchn(drivers), irq);
	KUNIT_EXPECT_EQ(test, evtchn_get(drivers), -EINVAL);
	KUNIT_ASSERT_EQ(test, request_irq(irq, no_action, 0, "driver", test), 0);
	KUNIT_EXPECT_EQ(test, command(&far, IOCTL_EVTCHN_BIND_STATIC, drivers,
				      0), -EBUSY);
	KUNIT_EXPECT_EQ(test, irq_from_evtchn(drivers), irq);
	unbind_from_irqhandler(irq, test);
	KUNIT_EXPECT_EQ(test, fake->port[drivers].status, EVTCHNSTAT_closed);
}

/* A port that is a file's is not another's by its number. */
static void static_not_mine(struct kunit *test)
{
	evtchn_port_t peer, port = bind(test, &near, &peer);

	KUNIT_EXPECT_EQ(test, command(&far, IOCTL_EVTCHN_BIND_STATIC, port, 0),
			-EBUSY);
	KUNIT_EXPECT_LT(test, command(&far, IOCTL_EVTCHN_BIND_STATIC, 0, 0), 0);

	send(test, peer);
	KUNIT_EXPECT_EQ(test, next_event(&near), port);
}

static irqreturn_t count(int irq, void *dev_id)
{
	(*(unsigned int *)dev_id)++;
	return IRQ_HANDLED;
}

/* As an ioeventfd of /dev/xen/privcmd does. Returns the interrupt. */
static int join(struct kunit *test, evtchn_port_t port, unsigned int *counter)
{
	int irq;

	KUNIT_ASSERT_EQ(test, evtchn_get(port), 0);
	irq = bind_evtchn_to_irqhandler_lateeoi(port, count, IRQF_SHARED,
						"ioeventfd", counter);
	evtchn_put(port);
	KUNIT_ASSERT_GT(test, irq, 0);
	return irq;
}

/* Both get the event, and either can go first. */
static void shared(struct kunit *test)
{
	evtchn_port_t peer, port = bind(test, &near, &peer);
	unsigned int counter = 0;
	int irq = join(test, port, &counter);

	send(test, peer);
	KUNIT_EXPECT_EQ(test, next_event(&near), port);
	KUNIT_EXPECT_EQ(test, counter, 1);
	unbind_from_irqhandler(irq, &counter);
	write_back(&near, port);
	send(test, peer);
	KUNIT_EXPECT_EQ(test, next_event(&near), port);
	KUNIT_EXPECT_EQ(test, counter, 1);

	write_back(&near, port);
	irq = join(test, port, &counter);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_UNBIND, port, 0), 0);
	KUNIT_EXPECT_NE(test, fake->port[port].status, EVTCHNSTAT_closed);
	send(test, peer);
	KUNIT_EXPECT_EQ(test, next_event(&near), 0);
	KUNIT_EXPECT_EQ(test, counter, 2);
	unbind_from_irqhandler(irq, &counter);
	KUNIT_EXPECT_EQ(test, fake->port[port].status, EVTCHNSTAT_closed);
}

static struct kunit_case share_cases[] = {
	KUNIT_CASE(static_port),
	KUNIT_CASE(static_port_fails),
	KUNIT_CASE(static_not_the_drivers),
	KUNIT_CASE(static_not_mine),
	KUNIT_CASE(shared),
	{}
};

static struct kunit_suite share_suite = {
	.name = "xen_user_evtchn_share",
	.init = share_init,
	.exit = share_exit,
	.test_cases = share_cases,
};

kunit_test_suite(share_suite);

MODULE_DESCRIPTION("Tests of ports that more than one could have");
MODULE_LICENSE("GPL");
