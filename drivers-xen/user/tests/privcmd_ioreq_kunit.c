// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of requests of vCPUs that are answered in the kernel.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <kunit/test-bug.h>

#include <linux/limits.h>
#include <linux/string.h>
#include <linux/virtio_mmio.h>

#include <xen/interface/hvm/ioreq.h>
#include <xen/privcmd.h>

#include "privcmd.h"
#include "privcmd_ioreq.h"

#define BASE	0xfeed0000ULL

static struct privcmd_event *signalled;
static int state_when_signalled;
static struct ioreq slot;

static void fake_signal(struct privcmd_event *ev)
{
	signalled = ev;
	state_when_signalled = slot.state;
}

static struct privcmd_event events[] = {
	{ .addr = BASE, .size = 4, .queue = 0 },
	{ .addr = BASE, .size = 4, .queue = 1 },
	{ .addr = BASE + 0x1000, .size = 2, .queue = 0 },
};

static int ioreq_init(struct kunit *test)
{
	struct privcmd_ioreq *ioreq = kunit_kzalloc(test, sizeof(*ioreq),
						    GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, ioreq);
	spin_lock_init(&ioreq->lock);
	INIT_LIST_HEAD(&ioreq->events);
	for (i = 0; i < ARRAY_SIZE(events); i++)
		list_add_tail(&events[i].list, &ioreq->events);
	signalled = NULL;
	test->priv = ioreq;
	slot = (struct ioreq) {
		.addr = BASE + VIRTIO_MMIO_QUEUE_NOTIFY,
		.size = 4,
		.dir = IOREQ_WRITE,
		.type = IOREQ_TYPE_COPY,
		.state = STATE_IOREQ_READY,
	};
	kunit_activate_static_stub(test, privcmd_signal, fake_signal);
	return 0;
}

static void expect_signal(struct kunit *test, struct privcmd_event *ev)
{
	signalled = NULL;
	slot.state = STATE_IOREQ_READY;
	KUNIT_EXPECT_TRUE(test, privcmd_answer_ioreq(test->priv, &slot));
	KUNIT_EXPECT_PTR_EQ(test, signalled, ev);
	KUNIT_EXPECT_EQ(test, state_when_signalled, STATE_IOREQ_INPROCESS);
	KUNIT_EXPECT_EQ(test, (int)slot.state, STATE_IORESP_READY);
}

/* It is left as it is, for user space. */
static void expect_nothing(struct kunit *test, const char *why)
{
	struct ioreq before = slot;

	KUNIT_EXPECT_FALSE_MSG(test, privcmd_answer_ioreq(test->priv, &slot),
			       "%s", why);
	KUNIT_EXPECT_NULL(test, signalled);
	KUNIT_EXPECT_MEMEQ(test, &slot, &before, sizeof(slot));
}

static void signals_the_right_one(struct kunit *test)
{
	expect_signal(test, &events[0]);
	slot.data = 1;
	expect_signal(test, &events[1]);
	/* The upper half of the register is something else. */
	slot.data = 0x50001;
	expect_signal(test, &events[1]);
	slot.addr += 0x1000;
	slot.size = 2;
	slot.data = 0;
	expect_signal(test, &events[2]);
}

static void leaves_the_rest(struct kunit *test)
{
	slot.data = 2;
	expect_nothing(test, "another queue");
	slot.data = 0;
	slot.size = 2;
	expect_nothing(test, "another size");
	slot.size = 4;
	slot.addr++;
	expect_nothing(test, "another register");
	slot.addr = BASE;
	expect_nothing(test, "the base");
	slot.addr = BASE + VIRTIO_MMIO_QUEUE_NOTIFY;
	slot.dir = IOREQ_READ;
	expect_nothing(test, "a read");
	slot.dir = IOREQ_WRITE;
	slot.type = IOREQ_TYPE_PIO;
	expect_nothing(test, "a port");
	slot.type = IOREQ_TYPE_COPY;
	slot.data_is_ptr = 1;
	expect_nothing(test, "data in memory");
	slot.data_is_ptr = 0;
	expect_signal(test, &events[0]);
}

static void waits_for_xen(struct kunit *test)
{
	static const int states[] = {
		STATE_IOREQ_NONE, STATE_IOREQ_INPROCESS, STATE_IORESP_READY
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		slot.state = states[i];
		expect_nothing(test, "not ready");
	}
}

static void arguments(struct kunit *test)
{
	struct privcmd_ioeventfd good = { .addr = BASE, .addr_len = 4, .vcpus = 1 };
	struct privcmd_ioeventfd op = good;
	unsigned int len;

	KUNIT_EXPECT_EQ(test, privcmd_ioeventfd_check(&op), 0);
	for (len = 0; len < 20; len++) {
		op.addr_len = len;
		KUNIT_EXPECT_EQ(test, privcmd_ioeventfd_check(&op),
				len == 1 || len == 2 || len == 4 || len == 8 ?
				0 : -EINVAL);
	}
	op = good;
	op.addr = U64_MAX - 3;
	KUNIT_EXPECT_EQ(test, privcmd_ioeventfd_check(&op), -EINVAL);
	op = good;
	op.vcpus = 0;
	KUNIT_EXPECT_EQ(test, privcmd_ioeventfd_check(&op), -EINVAL);
	op.vcpus = 4096;
	KUNIT_EXPECT_EQ(test, privcmd_ioeventfd_check(&op), 0);
	op.vcpus = 4097;
	KUNIT_EXPECT_EQ(test, privcmd_ioeventfd_check(&op), -EINVAL);
}

static struct kunit_case ioreq_cases[] = {
	KUNIT_CASE(signals_the_right_one),
	KUNIT_CASE(leaves_the_rest),
	KUNIT_CASE(waits_for_xen),
	KUNIT_CASE(arguments),
	{}
};

static struct kunit_suite ioreq_suite = {
	.name = "xen_user_privcmd_ioreq",
	.init = ioreq_init,
	.test_cases = ioreq_cases,
};

kunit_test_suite(ioreq_suite);
