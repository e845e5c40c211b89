// SPDX-License-Identifier: GPL-2.0
/*
 * Frontends while the system ends: they close, and wait for their backends, but not
 * for ever.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "fake_bus.h"

#define NODE	"device/thing/0"
/* As long as a backend that stays is waited for */
#define LIMIT	(5 * HZ)

/* What the backend does when it sees a state of the frontend, and has done. */
static struct {
	struct xenbus_watch watch;
	void (*react)(enum xenbus_state front);
	bool seen;
	bool done;
} back;

static struct xenbus_device *thing;

static int thing_probe(struct xenbus_device *xdev,
		       const struct xenbus_device_id *id)
{
	thing = xdev;
	return 0;
}

static struct xenbus_driver thing_driver;

static bool ends(void)
{
	return true;
}

/* In "xenwatch", as all that hears of a state. */
static void front_changed(struct xenbus_watch *watch, const char *path,
			  const char *token)
{
	WRITE_ONCE(back.seen, true);
	if (back.react)
		back.react(xenbus_read_driver_state(NODE));
}

/* Both are connected, and then the system ends. */
static int shutdown_init(struct kunit *test)
{
	struct fake_store *fake;
	int err = fake_bus_init(test, &fake_front_bus);

	if (err)
		return err;
	fake = test->priv;
	/* Static stubs are there for threads of the test only. */
	fake->store.xenwatch->kunit_test = test;
	memset(&back, 0, sizeof(back));
	back.watch.node = NODE "/state";
	back.watch.callback = front_changed;
	thing_driver = (struct xenbus_driver) {
		.ids = fake_things,
		.probe = thing_probe,
		.read_otherend_details = fake_read_backend,
	};
	fake_add_thing(fake, NODE, "4");
	fake_bus_scan(&fake_front_bus);
	KUNIT_ASSERT_EQ(test, fake_bus_register(&fake_front_bus, &thing_driver),
			0);
	KUNIT_ASSERT_NOT_NULL(test, thing);
	xenbus_switch_state(thing, XenbusStateConnected);
	KUNIT_ASSERT_EQ(test, register_xenbus_watch(&back.watch), 0);
	/* Its first event, and so that of the backend's state before it, is over. */
	KUNIT_ASSERT_TRUE(test, FAKE_WAIT(READ_ONCE(back.seen)));
	kunit_activate_static_stub(test, xenbus_system_ends, ends);
	return 0;
}

static void shutdown_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	unregister_xenbus_watch(&back.watch);
	xenbus_unregister_driver(&thing_driver);
	thing = NULL;
	fake_bus_exit(test, &fake_front_bus);
}

/* Returns the jiffies that it took. */
static unsigned long shut_down(void)
{
	unsigned long begin = jiffies;

	device_lock(&thing->dev);
	fake_front_bus.bus.shutdown(&thing->dev);
	device_unlock(&thing->dev);
	return jiffies - begin;
}

/* After a while, so that who does not wait is seen. */
static void set_back(const char *state)
{
	msleep(100);
	xenbus_write(XBT_NIL, FAKE_BACK, "state", state);
}

static void close_in_turn(enum xenbus_state front)
{
	if (front == XenbusStateClosing) {
		set_back("5");
	} else if (front == XenbusStateClosed) {
		WRITE_ONCE(back.done, true);
		set_back("6");
	}
}

static void backend_closes(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	back.react = close_in_turn;
	KUNIT_EXPECT_LT(test, shut_down(), LIMIT);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(back.done));
	KUNIT_EXPECT_STREQ(test, fake_get(fake, NODE "/state"), "6");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, FAKE_BACK "/state"), "6");
}

/* It wanted to close before, and the driver was not ready for that. */
static void backend_is_closing(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_set(fake, FAKE_BACK "/state", "5");
	back.react = close_in_turn;
	KUNIT_EXPECT_LT(test, shut_down(), LIMIT);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(back.done));
	KUNIT_EXPECT_STREQ(test, fake_get(fake, NODE "/state"), "6");
}

static void backend_stays(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	KUNIT_EXPECT_GE(test, shut_down(), LIMIT);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, NODE "/state"), "5");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, FAKE_BACK "/state"), "4");
}

/* It has seen that we close, and gets no further. */
static void backend_stays_closing(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_set(fake, FAKE_BACK "/state", "5");
	KUNIT_EXPECT_GE(test, shut_down(), LIMIT);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, NODE "/state"), "6");
}

/* Nobody who uses anything of ours, and nobody who would say so */
static void backend_is_gone(struct kunit *test)
{
	static const char * const states[] = { "1", "2", "6", "nonsense" };
	struct fake_store *fake = test->priv;
	unsigned int i;

	for (i = 0; i <= ARRAY_SIZE(states); i++) {
		if (i < ARRAY_SIZE(states))
			fake_set(fake, FAKE_BACK "/state", states[i]);
		else
			fake_remove(fake, FAKE_BACK);
		xenbus_switch_state(thing, XenbusStateConnected);
		KUNIT_EXPECT_LT(test, shut_down(), LIMIT);
		KUNIT_EXPECT_STREQ(test, fake_get(fake, NODE "/state"), "5");
	}
}

static void vanish(enum xenbus_state front)
{
	if (front != XenbusStateClosing)
		return;
	msleep(100);
	WRITE_ONCE(back.done, true);
	xenbus_rm(XBT_NIL, FAKE_BACK, "");
}

static void backend_goes_meanwhile(struct kunit *test)
{
	back.react = vanish;
	KUNIT_EXPECT_LT(test, shut_down(), LIMIT);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(back.done));
}

/* A frontend that shares nothing is left alone. */
static void nothing_to_close(struct kunit *test)
{
	static const enum xenbus_state states[] = {
		XenbusStateInitialising, XenbusStateClosing, XenbusStateClosed,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		xenbus_switch_state(thing, states[i]);
		KUNIT_EXPECT_LT(test, shut_down(), LIMIT);
		KUNIT_EXPECT_EQ(test, thing->state, states[i]);
		KUNIT_EXPECT_EQ(test, xenbus_read_driver_state(NODE), states[i]);
	}
}

static struct kunit_case shutdown_cases[] = {
	KUNIT_CASE(backend_closes),
	KUNIT_CASE(backend_is_closing),
	KUNIT_CASE_SLOW(backend_stays),
	KUNIT_CASE_SLOW(backend_stays_closing),
	KUNIT_CASE(backend_is_gone),
	KUNIT_CASE(backend_goes_meanwhile),
	KUNIT_CASE(nothing_to_close),
	{}
};

static struct kunit_suite shutdown_suite = {
	.name = "xen_xenbus_shutdown",
	.init = shutdown_init,
	.exit = shutdown_exit,
	.test_cases = shutdown_cases,
};

kunit_test_suite(shutdown_suite);
