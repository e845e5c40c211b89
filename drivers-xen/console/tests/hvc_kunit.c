// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of ring consoles and what happens around their ring: the lock while
 * the machine goes down, the port when a console goes.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/printk.h>
#include <linux/sched/clock.h>
#include <linux/string.h>

#include <asm/xen/hypercall.h>
#include <xen/events.h>

#include "../../test/fake_evtchn.h"
#include "../console.h"

/* More than it takes another CPU to go on where it is not held up */
#define SLOW_LOOKS	5000
#define SLOW_LOOK_US	100

struct fixture {
	struct kunit *test;
	struct xencons cons;
	struct xencons_interface *page;
	/* Of the writes so far */
	unsigned int locked;
	unsigned int unlocked;
	/* Events that went to a port which is not open */
	unsigned int strays;
	bool writing;
	/* Of two writers at the same time */
	u8 early[1500];
	u8 late[1000];
	ssize_t taken;
	ssize_t refused;
};

static struct fixture *f;

static int event_op(int cmd, void *arg)
{
	int rc = fake_event_op(cmd, arg);

	if (cmd == EVTCHNOP_send && rc)
		f->strays++;
	return rc;
}

static int hvc_init(struct kunit *test)
{
	int err = fake_xen_init(test);

	if (err)
		return err;
	xen_event_op = event_op;
	kunit_activate_static_stub(test, HYPERVISOR_event_channel_op, event_op);
	f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f);
	f->test = test;
	f->page = kunit_kzalloc(test, sizeof(*f->page), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->page);
	xencons_init(&f->cons, 7);
	xencons_attach(&f->cons, f->page);
	return 0;
}

static void hvc_exit(struct kunit *test)
{
	fake_xen_exit(test);
	f = NULL;
}

/* Nobody but the writer takes the lock here. */
static int look_at_lock(struct xencons_ring *ring, const u8 *buf, size_t len)
{
	if (raw_spin_is_locked(&f->cons.lock))
		f->locked++;
	else
		f->unlocked++;
	return len;
}

/* As it is when the machine goes down. Returns the nanoseconds it took. */
static u64 write_in_oops(unsigned int times)
{
	u64 start;

	preempt_disable();
	oops_in_progress++;
	start = local_clock();
	while (times--)
		xencons_write(&f->cons, "x", 1);
	start = local_clock() - start;
	oops_in_progress--;
	preempt_enable();
	return start;
}

static void oops_takes_a_free_lock(struct kunit *test)
{
	kunit_activate_static_stub(test, xencons_ring_put, look_at_lock);
	write_in_oops(3);
	KUNIT_EXPECT_EQ(test, f->locked, 3);
	KUNIT_EXPECT_EQ(test, f->unlocked, 0);
	KUNIT_EXPECT_FALSE(test, raw_spin_is_locked(&f->cons.lock));
	KUNIT_EXPECT_FALSE(test, f->cons.lock_dead);
}

/* Bytes come through without the lock, and the lock is waited for only once. */
static void oops_without_the_lock(struct kunit *test)
{
	u64 first, more, again;
	unsigned long flags;

	raw_spin_lock_irqsave(&f->cons.lock, flags);
	first = write_in_oops(1);
	more = write_in_oops(100);
	raw_spin_unlock_irqrestore(&f->cons.lock, flags);
	KUNIT_EXPECT_EQ(test, f->page->out_prod, 101);
	KUNIT_EXPECT_GE(test, first, 9 * NSEC_PER_MSEC);
	KUNIT_EXPECT_LT(test, more, first);

	/* Its holder was only slow: from now on it is worth waiting for again. */
	write_in_oops(1);
	KUNIT_EXPECT_FALSE(test, f->cons.lock_dead);
	raw_spin_lock_irqsave(&f->cons.lock, flags);
	again = write_in_oops(1);
	raw_spin_unlock_irqrestore(&f->cons.lock, flags);
	KUNIT_EXPECT_GE(test, again, 9 * NSEC_PER_MSEC);
	KUNIT_EXPECT_EQ(test, f->page->out_prod, 103);
}

#define RING_SIZE	sizeof_field(struct xencons_interface, out)

/* Into the part of the ring that a writer has taken */
static void fill(struct xencons_ring *ring, u32 prod, const u8 *buf, size_t len)
{
	while (len--)
		ring->page->out[prod++ % RING_SIZE] = *buf++;
}

/* The one that holds the lock has got so far when another one comes without it. */
static void filled_late(struct xencons_ring *ring, u32 prod, const u8 *buf,
			size_t len)
{
	kunit_activate_static_stub(f->test, xencons_ring_copy, fill);
	memset(f->late, 'b', sizeof(f->late));
	oops_in_progress++;
	f->taken = xencons_write(&f->cons, f->late, sizeof(f->late));
	f->refused = xencons_write(&f->cons, f->late, sizeof(f->late));
	oops_in_progress--;
	fill(ring, prod, buf, len);
}

/*
 * Both go on as if they were alone. Each has its part of the ring, and the backend
 * learns of both, whoever is done first.
 */
static void oops_with_two_at_the_ring(struct kunit *test)
{
	const unsigned int early = sizeof(f->early), start = 0xffffff00;
	unsigned int i, wrong = 0;

	f->page->out_cons = start;
	f->page->out_prod = start;
	xencons_attach(&f->cons, f->page);
	memset(f->early, 'a', early);
	kunit_activate_static_stub(test, xencons_ring_copy, filled_late);
	KUNIT_EXPECT_EQ(test, xencons_write(&f->cons, f->early, early), early);
	KUNIT_EXPECT_EQ(test, f->taken, RING_SIZE - early);
	KUNIT_EXPECT_EQ(test, f->refused, -EAGAIN);
	KUNIT_EXPECT_FALSE(test, f->cons.ring.broken);
	KUNIT_EXPECT_EQ(test, f->page->out_prod, start + (u32)RING_SIZE);
	for (i = 0; i < RING_SIZE; i++)
		wrong += f->page->out[(start + i) % RING_SIZE] !=
			 (i < early ? 'a' : 'b');
	KUNIT_EXPECT_EQ(test, wrong, 0);

	/* It goes on as ever. */
	f->page->out_cons = f->page->out_prod;
	KUNIT_EXPECT_EQ(test, xencons_write(&f->cons, "x", 1), 1);
	KUNIT_EXPECT_EQ(test, f->page->out_prod, start + (u32)RING_SIZE + 1);
}

/* A writer that is held up until the interrupt is gone, or for half a second */
static int slow_put(struct xencons_ring *ring, const u8 *buf, size_t len)
{
	unsigned int i;

	WRITE_ONCE(f->writing, true);
	for (i = 0; i < SLOW_LOOKS && READ_ONCE(f->cons.irq) > 0; i++)
		udelay(SLOW_LOOK_US);
	return len;
}

static int slow_writer(void *unused)
{
	current->kunit_test = f->test;
	xencons_ring_ops.put_chars(f->cons.vtermno, "x", 1);
	current->kunit_test = NULL;
	while (!kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	return 0;
}

/* A port may be somebody else's as soon as it is closed: nobody sends to it then. */
static void nothing_is_sent_to_a_closed_port(struct kunit *test)
{
	struct task_struct *writer;
	unsigned int i;

	if (!cpu_online(1))
		kunit_skip(test, "needs another CPU");
	f->cons.evtchn = fake_open();
	KUNIT_ASSERT_EQ(test, xencons_publish(&f->cons), 0);
	KUNIT_ASSERT_EQ(test, xencons_bind(&f->cons), 0);
	kunit_activate_static_stub(test, xencons_ring_put, slow_put);
	writer = kthread_create(slow_writer, NULL, "slow-writer");
	KUNIT_ASSERT_FALSE(test, IS_ERR(writer));
	kthread_bind(writer, 1);
	wake_up_process(writer);
	for (i = 0; i < 500 && !READ_ONCE(f->writing); i++)
		msleep(20);
	KUNIT_EXPECT_TRUE(test, f->writing);

	xencons_remove(&f->cons);
	kthread_stop(writer);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_send], 1);
	KUNIT_EXPECT_EQ(test, f->strays, 0);
	KUNIT_EXPECT_EQ(test, xencons_ring_ops.put_chars(f->cons.vtermno, "x", 1),
			1);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_send], 1);
}

static struct kunit_case hvc_cases[] = {
	KUNIT_CASE(oops_takes_a_free_lock),
	KUNIT_CASE(oops_without_the_lock),
	KUNIT_CASE(oops_with_two_at_the_ring),
	KUNIT_CASE_SLOW(nothing_is_sent_to_a_closed_port),
	{}
};

static struct kunit_suite hvc_suite = {
	.name = "xen_console_hvc",
	.init = hvc_init,
	.exit = hvc_exit,
	.test_cases = hvc_cases,
};

kunit_test_suite(hvc_suite);
