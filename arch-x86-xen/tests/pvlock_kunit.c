// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of how a CPU waits for a spin lock and is woken: a wake-up that comes
 * between the look at the lock and the poll must not be lost.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/preempt.h>
#include <linux/string.h>

#include <asm/xen/events.h>
#include <asm/xen/hypercall.h>

#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/sched.h>

#include "xen-arch.h"

#define PORT	77
#define VAL	3

/* A lock's byte, and the port of the CPU that waits for it */
static struct fake {
	evtchn_port_t port;
	bool pending;
	unsigned int clears;
	unsigned int polls;
	unsigned int sends;
	evtchn_port_t named;
	u8 byte;
	/* The byte changes, and the wake-up comes, right after the bit is cleared. */
	bool unlock_when_cleared;
	/* Another wait, of an interrupt handler, comes before the poll. */
	bool nest;
} fake;

static evtchn_port_t fake_percpu_port(enum ipi_vector ipi, unsigned int cpu)
{
	return ipi == XEN_SPIN_UNLOCK_VECTOR ? fake.port : 0;
}

static void fake_clear_pending(evtchn_port_t port)
{
	fake.clears++;
	fake.pending = false;
	if (fake.unlock_when_cleared) {
		fake.byte = VAL + 1;
		fake.pending = true;
	}
}

static void poll(const struct sched_poll *p)
{
	evtchn_port_t *ports = *(evtchn_port_t **)&p->ports;

	fake.polls++;
	if (p->nr_ports == 1)
		fake.named = ports[0];
	if (!fake.nest)
		return;
	/* The outer wait's wake-up has come: a wait in between must leave it. */
	fake.nest = false;
	fake.pending = true;
	xen_lock_wait(&fake.byte, VAL);
}

static long fake_hypercall(unsigned int nr, unsigned long a1, unsigned long a2)
{
	if (nr == __HYPERVISOR_sched_op && a1 == SCHEDOP_poll) {
		poll((struct sched_poll *)a2);
	} else if (nr == __HYPERVISOR_event_channel_op && a1 == EVTCHNOP_send) {
		fake.sends++;
		fake.named = ((struct evtchn_send *)a2)->port;
	}
	return 0;
}

static int pvlock_init(struct kunit *test)
{
	memset(&fake, 0, sizeof(fake));
	fake.port = PORT;
	fake.pending = true;
	fake.byte = VAL;
	kunit_activate_static_stub(test, xen_percpu_port, fake_percpu_port);
	kunit_activate_static_stub(test, xen_percpu_clear_pending,
				   fake_clear_pending);
	kunit_activate_static_stub(test, xen_hypercall_untraced,
				   fake_hypercall);
	return 0;
}

static void wait(void)
{
	preempt_disable();
	xen_lock_wait(&fake.byte, VAL);
	preempt_enable();
}

/* An old wake-up does not end a new wait. */
static void clears_then_polls(struct kunit *test)
{
	wait();
	KUNIT_EXPECT_EQ(test, fake.clears, 1);
	KUNIT_EXPECT_FALSE(test, fake.pending);
	KUNIT_EXPECT_EQ(test, fake.polls, 1);
	KUNIT_EXPECT_EQ(test, fake.named, PORT);
	wait();
	KUNIT_EXPECT_EQ(test, fake.clears, 2);
	KUNIT_EXPECT_EQ(test, fake.polls, 2);
}

/* One that comes after the bit is cleared does. */
static void looks_after_it_has_cleared(struct kunit *test)
{
	fake.unlock_when_cleared = true;
	wait();
	KUNIT_EXPECT_EQ(test, fake.clears, 1);
	KUNIT_EXPECT_EQ(test, fake.polls, 0);
	KUNIT_EXPECT_TRUE(test, fake.pending);
}

/* Only the outer wait may clear: the bit may be its wake-up. */
static void wait_within_a_wait(struct kunit *test)
{
	fake.nest = true;
	wait();
	KUNIT_EXPECT_EQ(test, fake.clears, 1);
	KUNIT_EXPECT_TRUE(test, fake.pending);
	KUNIT_EXPECT_EQ(test, fake.polls, 2);
	/* And the next one is an outer wait again. */
	wait();
	KUNIT_EXPECT_EQ(test, fake.clears, 2);
}

static void without_port(struct kunit *test)
{
	fake.port = 0;
	wait();
	KUNIT_EXPECT_EQ(test, fake.clears, 0);
	KUNIT_EXPECT_EQ(test, fake.polls, 0);
	preempt_disable();
	xen_lock_kick(0);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, fake.sends, 0);
}

/* It may have interrupted a wait anywhere, and must not poll long itself. */
static void not_in_nmi(struct kunit *test)
{
	preempt_count_add(NMI_OFFSET);
	xen_lock_wait(&fake.byte, VAL);
	preempt_count_sub(NMI_OFFSET);
	KUNIT_EXPECT_EQ(test, fake.clears, 0);
	KUNIT_EXPECT_EQ(test, fake.polls, 0);
	KUNIT_EXPECT_TRUE(test, fake.pending);
}

static bool stolen;

static bool fake_stolen(int vcpu)
{
	return stolen;
}

static void preempted_is_stolen(struct kunit *test)
{
	kunit_activate_static_stub(test, xen_vcpu_stolen, fake_stolen);
	stolen = true;
	KUNIT_EXPECT_TRUE(test, xen_vcpu_is_preempted(0));
	stolen = false;
	KUNIT_EXPECT_FALSE(test, xen_vcpu_is_preempted(0));
}

static void kick_sends(struct kunit *test)
{
	preempt_disable();
	xen_lock_kick(0);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, fake.sends, 1);
	KUNIT_EXPECT_EQ(test, fake.named, PORT);
}

static struct kunit_case pvlock_cases[] = {
	KUNIT_CASE(clears_then_polls),
	KUNIT_CASE(looks_after_it_has_cleared),
	KUNIT_CASE(wait_within_a_wait),
	KUNIT_CASE(without_port),
	KUNIT_CASE(not_in_nmi),
	KUNIT_CASE(kick_sends),
	KUNIT_CASE(preempted_is_stolen),
	{}
};

static struct kunit_suite pvlock_suite = {
	.name = "xen_arch_pvlock",
	.init = pvlock_init,
	.test_cases = pvlock_cases,
};

kunit_test_suite(pvlock_suite);
