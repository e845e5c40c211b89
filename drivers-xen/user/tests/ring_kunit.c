// SPDX-License-Identifier: GPL-2.0
/* Tests of the ring of events of /dev/xen/evtchn. */
#include <kunit/test.h>
#include <linux/errno.h>

#include "evtchn_ring.h"

static struct evtchn_ring ring;

static int ring_init(struct kunit *test)
{
	evtchn_ring_init(&ring);
	return 0;
}

static void ring_exit(struct kunit *test)
{
	evtchn_ring_free(&ring);
}

static void put_run(u32 first, unsigned int nr)
{
	while (nr--)
		evtchn_ring_put(&ring, first++);
}

/* The next @nr events are of ports from @first on. */
static void expect_run(struct kunit *test, u32 first, unsigned int nr)
{
	u32 port;

	while (nr--) {
		KUNIT_ASSERT_EQ(test, evtchn_ring_take(&ring, &port, 1), 1);
		KUNIT_ASSERT_EQ(test, port, first++);
	}
}

static void expect_empty(struct kunit *test)
{
	u32 port;

	KUNIT_EXPECT_FALSE(test, evtchn_ring_readable(&ring));
	KUNIT_EXPECT_EQ(test, evtchn_ring_take(&ring, &port, 1), 0);
}

static void ring_empty(struct kunit *test)
{
	expect_empty(test);
	evtchn_ring_forget(&ring, 1);
	evtchn_ring_reset(&ring);
	expect_empty(test);
}

static void ring_order(struct kunit *test)
{
	u32 ports[8];

	KUNIT_ASSERT_EQ(test, evtchn_ring_grow(&ring, 10), 0);
	put_run(100, 10);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_readable(&ring));
	expect_run(test, 100, 1);
	KUNIT_ASSERT_EQ(test, evtchn_ring_take(&ring, ports, 8), 8);
	KUNIT_EXPECT_EQ(test, ports[0], 101);
	KUNIT_EXPECT_EQ(test, ports[7], 108);
	KUNIT_ASSERT_EQ(test, evtchn_ring_take(&ring, ports, 8), 1);
	KUNIT_EXPECT_EQ(test, ports[0], 109);
	expect_empty(test);
}

/* Around the end of the slots, again and again */
static void ring_wraps(struct kunit *test)
{
	unsigned int i;

	KUNIT_ASSERT_EQ(test, evtchn_ring_grow(&ring, 1), 0);
	put_run(0, 5);
	for (i = 0; i < 3 * ring.size; i++) {
		put_run(i + 5, 1);
		expect_run(test, i, 1);
	}
	expect_run(test, i, 5);
	expect_empty(test);
}

/* Full, and with the first event in the middle of the slots */
static void ring_grows(struct kunit *test)
{
	unsigned int size;

	KUNIT_ASSERT_EQ(test, evtchn_ring_grow(&ring, 1), 0);
	size = ring.size;
	put_run(0, size);
	expect_run(test, 0, size / 2);
	put_run(size, size / 2);
	KUNIT_ASSERT_EQ(test, evtchn_ring_grow(&ring, size), 0);
	KUNIT_EXPECT_EQ(test, ring.size, size);
	KUNIT_ASSERT_EQ(test, evtchn_ring_grow(&ring, size + 1), 0);
	KUNIT_EXPECT_EQ(test, ring.size, 2 * size);
	put_run(size + size / 2, size);
	expect_run(test, size / 2, 2 * size);
	expect_empty(test);
}

static void ring_overflow(struct kunit *test)
{
	u32 port;

	KUNIT_ASSERT_EQ(test, evtchn_ring_grow(&ring, 1), 0);
	put_run(0, ring.size + 1);
	KUNIT_EXPECT_EQ(test, evtchn_ring_take(&ring, &port, 1), -EFBIG);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_readable(&ring));
	/* What could be read is not what happened: it stays so. */
	evtchn_ring_forget(&ring, 3);
	KUNIT_EXPECT_EQ(test, evtchn_ring_take(&ring, &port, 1), -EFBIG);
	evtchn_ring_reset(&ring);
	expect_empty(test);
	put_run(7, 2);
	expect_run(test, 7, 2);
}

static void ring_give_back(struct kunit *test)
{
	u32 ports[4];

	KUNIT_ASSERT_EQ(test, evtchn_ring_grow(&ring, 1), 0);
	put_run(0, 6);
	KUNIT_ASSERT_EQ(test, evtchn_ring_take(&ring, ports, 4), 4);
	put_run(6, 1);
	evtchn_ring_give_back(&ring, ports, 4);
	expect_run(test, 0, 7);
	expect_empty(test);

	/* Others have filled the ring meanwhile: nothing is overwritten. */
	put_run(0, ring.size);
	KUNIT_ASSERT_EQ(test, evtchn_ring_take(&ring, ports, 4), 4);
	put_run(ring.size, 1);
	evtchn_ring_give_back(&ring, ports, 4);
	KUNIT_EXPECT_EQ(test, evtchn_ring_take(&ring, ports, 4), -EFBIG);
}

static void ring_forget(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, evtchn_ring_grow(&ring, 1), 0);
	/* So that what follows wraps */
	put_run(0, ring.size - 2);
	expect_run(test, 0, ring.size - 2);
	put_run(20, 3);
	put_run(20, 3);
	put_run(40, 1);
	evtchn_ring_forget(&ring, 21);
	evtchn_ring_forget(&ring, 99);
	expect_run(test, 20, 1);
	expect_run(test, 22, 1);
	expect_run(test, 20, 1);
	expect_run(test, 22, 1);
	expect_run(test, 40, 1);
	expect_empty(test);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_empty),
	KUNIT_CASE(ring_order),
	KUNIT_CASE(ring_wraps),
	KUNIT_CASE(ring_grows),
	KUNIT_CASE(ring_overflow),
	KUNIT_CASE(ring_give_back),
	KUNIT_CASE(ring_forget),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "xen_user_ring",
	.init = ring_init,
	.exit = ring_exit,
	.test_cases = ring_cases,
};

kunit_test_suite(ring_suite);

MODULE_DESCRIPTION("Tests of the ring of /dev/xen/evtchn");
MODULE_LICENSE("GPL");
