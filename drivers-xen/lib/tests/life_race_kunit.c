// SPDX-License-Identifier: GPL-2.0
/*
 * A life with its real work item and real states in a store, that is started and
 * stopped while the other end changes and things fail.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "../../xenbus/tests/fake_store.h"
#include "../life.h"

#define FRONT	"device/race/0"
#define LIVES	60

/**
 * struct racer - a device
 * @xdev: the device
 * @life: its life
 * @inside: operations that run
 * @prepared: negotiate() without disconnect()
 * @stopped: nothing may run any more
 * @connects: calls of connect()
 * @error: what went wrong first; the work item has no test to report it to
 */
struct racer {
	struct xenbus_device xdev;
	struct xen_life life;
	atomic_t inside;
	bool prepared;
	bool stopped;
	unsigned int connects;
	const char *error;
};

static struct racer r;

static void wrong(const char *what)
{
	if (!r.error)
		r.error = what;
}

/* Takes its time, so that others get in its way. */
static void operate(bool prepared)
{
	if (atomic_inc_return(&r.inside) != 1)
		wrong("two operations at once");
	if (READ_ONCE(r.stopped))
		wrong("an operation after the end");
	if (r.prepared != prepared)
		wrong("an operation out of order");
	schedule_timeout_uninterruptible(1);
	atomic_dec(&r.inside);
}

static int negotiate(struct xen_life *life)
{
	operate(false);
	r.prepared = true;
	return 0;
}

static int connect(struct xen_life *life)
{
	operate(true);
	r.connects++;
	return 0;
}

static void disconnect(struct xen_life *life, enum xen_life_end why)
{
	operate(true);
	r.prepared = false;
}

static int refresh(struct xen_life *life)
{
	operate(true);
	return 0;
}

static const struct xen_life_ops ops = {
	.kind = XEN_LIFE_FRONT,
	.negotiate = negotiate,
	.connect = connect,
	.disconnect = disconnect,
	.refresh = refresh,
};

static void no_release(struct device *dev)
{
}

static int race_init(struct kunit *test)
{
	int err = fake_store_init(test);

	if (err)
		return err;
	memset(&r, 0, sizeof(r));
	r.xdev.nodename = FRONT;
	r.xdev.dev.release = no_release;
	r.xdev.dev.init_name = "race-0";
	init_completion(&r.xdev.down);
	device_initialize(&r.xdev.dev);
	return 0;
}

static void race_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	put_device(&r.xdev.dev);
	fake_store_exit(test);
}

static void begin(struct kunit *test)
{
	memset(&r.life, 0, sizeof(r.life));
	r.stopped = false;
	r.xdev.state = XenbusStateInitialising;
	fake_set(test->priv, FRONT "/state", "1");
	KUNIT_ASSERT_EQ(test, xen_life_start(&r.life, &r.xdev, &ops), 0);
}

/* Often enough what leads on, now and then anything */
static void disturb(u32 dice)
{
	static const enum xenbus_state likely[] = {
		XenbusStateInitWait, XenbusStateConnected,
		XenbusStateInitWait, XenbusStateClosed,
	};

	if (dice % 8 == 0)
		xen_life_fail(&r.life, -EPROTO, "racing");
	else if (dice % 8 == 1)
		xen_life_kick(&r.life);
	else if (dice % 8 == 2)
		xen_life_otherend_changed(&r.xdev, (dice >> 8) % 10);
	else
		xen_life_otherend_changed(&r.xdev, likely[(dice >> 8) % 4]);
	if (dice & 0x10000)
		schedule_timeout_uninterruptible((dice >> 20) % 4);
}

static void start_and_stop(struct kunit *test)
{
	unsigned int i, j, steps;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 7);
	for (i = 0; i < LIVES; i++) {
		begin(test);
		steps = prandom_u32_state(&rnd) % 12;
		for (j = 0; j < steps; j++)
			disturb(prandom_u32_state(&rnd));
		xen_life_stop(&r.life);
		r.stopped = true;
		KUNIT_EXPECT_FALSE(test, r.prepared);
		KUNIT_EXPECT_FALSE(test, work_busy(&r.life.work));
	}
	KUNIT_EXPECT_NULL_MSG(test, r.error, "%s", r.error);
	/* Otherwise nothing of this has been tested. */
	KUNIT_EXPECT_GT(test, r.connects, 0);
}

static bool connected(struct kunit *test)
{
	char *state = fake_get(test->priv, FRONT "/state");

	return state && !strcmp(state, "4");
}

/* Nobody calls anything but the watch: the work item does the rest. */
static void by_itself(struct kunit *test)
{
	begin(test);
	xen_life_otherend_changed(&r.xdev, XenbusStateInitWait);
	xen_life_otherend_changed(&r.xdev, XenbusStateInitWait);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(r.xdev.state) ==
					  XenbusStateInitialised));
	xen_life_otherend_changed(&r.xdev, XenbusStateConnected);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(connected(test)));
	xen_life_otherend_changed(&r.xdev, XenbusStateClosing);
	/* Whoever shuts the device down waits for this. */
	KUNIT_EXPECT_GT(test, wait_for_completion_timeout(&r.xdev.down, 5 * HZ),
			0);
	xen_life_stop(&r.life);
	KUNIT_EXPECT_NULL_MSG(test, r.error, "%s", r.error);
	KUNIT_EXPECT_STREQ(test, fake_get(test->priv, FRONT "/state"), "6");
}

static struct kunit_case race_cases[] = {
	KUNIT_CASE(start_and_stop),
	KUNIT_CASE(by_itself),
	{}
};

static struct kunit_suite race_suite = {
	.name = "xen_drvlib_life_race",
	.init = race_init,
	.exit = race_exit,
	.test_cases = race_cases,
};

kunit_test_suite(race_suite);
