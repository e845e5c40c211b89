// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of ring consoles and what happens around their ring: the lock while
 * the machine goes down.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/printk.h>
#include <linux/sched/clock.h>

#include "../console.h"

/* More than it takes another CPU to go on where it is not held up */
#define SLOW_LOOKS	5000
#define SLOW_LOOK_US	100

struct fixture {
	struct xencons cons;
	struct xencons_interface *page;
	/* Of the writes so far */
	unsigned int locked;
	unsigned int unlocked;
};

static struct fixture *f;

static int hvc_init(struct kunit *test)
{
	f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f);
	f->page = kunit_kzalloc(test, sizeof(*f->page), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->page);
	xencons_init(&f->cons, 7);
	xencons_attach(&f->cons, f->page);
	return 0;
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

static struct kunit_case hvc_cases[] = {
	KUNIT_CASE(oops_takes_a_free_lock),
	KUNIT_CASE(oops_without_the_lock),
	{}
};

static struct kunit_suite hvc_suite = {
	.name = "xen_console_hvc",
	.init = hvc_init,
	.test_cases = hvc_cases,
};

kunit_test_suite(hvc_suite);
