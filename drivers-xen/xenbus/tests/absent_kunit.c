// SPDX-License-Identifier: GPL-2.0
/*
 * Backends that are there before their frontends.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "fake_bus.h"

#define NODE	"backend/thing/1/0"
#define FRONT	"/local/domain/1/device/thing/0"

static int absent_init(struct kunit *test)
{
	return fake_bus_init(test, &fake_back_bus);
}

static void absent_exit(struct kunit *test)
{
	fake_bus_exit(test, &fake_back_bus);
}

static bool has_device(const char *name)
{
	return fake_bus_has(&fake_back_bus, name);
}

static void frontend_first(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_set(fake, FRONT "/state", "1");
	fake_add_back(fake, NODE, FRONT, 1);
	fake_bus_scan(&fake_back_bus);
	KUNIT_EXPECT_TRUE(test, has_device("thing-1-0"));
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 0);
}

static void backend_first(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_add_back(fake, NODE, FRONT, 1);
	fake_bus_scan(&fake_back_bus);
	fake_bus_scan(&fake_back_bus);
	xenbus_root_changed(&fake_back_bus.watch, NODE "/online", "");
	KUNIT_EXPECT_FALSE(test, has_device("thing-1-0"));
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 1);
	KUNIT_EXPECT_NULL(test, fake_get(fake, "error/" NODE "/error"));
	KUNIT_EXPECT_STREQ(test, fake_get(fake, NODE "/state"), "1");

	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, FRONT, "state", "1"), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(has_device("thing-1-0")));
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(!fake_num_watches(fake)));
}

/* Both go, in either order, before both have been there. */
static void backend_goes(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_add_back(fake, NODE, FRONT, 1);
	fake_add_back(fake, "backend/thing/1/7", FRONT "x", 1);
	fake_bus_scan(&fake_back_bus);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 2);
	fake_remove(fake, NODE);
	xenbus_root_changed(&fake_back_bus.watch, NODE "/state", "");
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 1);
	fake_remove(fake, "backend/thing");
	xenbus_root_changed(&fake_back_bus.watch, "backend/thing", "");
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 0);

	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, FRONT, "state", "1"), 0);
	KUNIT_EXPECT_FALSE(test, has_device("thing-1-0"));
}

/* Without a name for it there is nothing to wait for. */
static void no_frontend_node(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_set(fake, NODE "/state", "1");
	fake_bus_scan(&fake_back_bus);
	fake_add_back(fake, NODE, "", 1);
	fake_bus_scan(&fake_back_bus);
	KUNIT_EXPECT_FALSE(test, has_device("thing-1-0"));
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 0);

	fake_set(fake, FRONT "/state", "1");
	fake_add_back(fake, NODE, FRONT, 1);
	xenbus_root_changed(&fake_back_bus.watch, NODE "/frontend", "");
	KUNIT_EXPECT_TRUE(test, has_device("thing-1-0"));
}

/**
 * struct silent - one question that the store does not answer for now
 * @asked: it has been asked
 * @hdr: it
 * @work: asks it
 * @other_work: meanwhile does something else with backends
 * @done: that has come to an end
 */
static struct silent {
	bool asked;
	struct xsd_sockmsg hdr;
	struct work_struct work;
	struct work_struct other_work;
	bool done;
} silent;

static bool keep_silent(struct fake_store *fake)
{
	if (fake->hdr.type != XS_READ)
		return false;
	if (!strcmp(fake->body, NODE) && !silent.asked) {
		silent.hdr = fake->hdr;
		WRITE_ONCE(silent.asked, true);
		return true;
	}
	if (!strcmp(fake->body, "speak"))
		fake_send(fake, XS_ERROR, silent.hdr.req_id, "ENOENT", 7);
	return false;
}

static void forget_work(struct work_struct *work)
{
	xenbus_forget_absent(&fake_back_bus, "backend");
}

static void other_work(struct work_struct *work)
{
	xenbus_has_frontend(&fake_back_bus, "backend/thing/1/7");
	WRITE_ONCE(silent.done, true);
}

/* A question that is not answered holds up those who have nothing to do with it. */
static void silence_about_one(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	silent = (struct silent) { };
	INIT_WORK(&silent.work, forget_work);
	INIT_WORK(&silent.other_work, other_work);
	fake_add_back(fake, NODE, FRONT, 1);
	fake_bus_scan(&fake_back_bus);
	fake_add_back(fake, "backend/thing/1/7", FRONT "x", 1);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 1);

	fake->hook = keep_silent;
	queue_work(system_unbound_wq, &silent.work);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(silent.asked)));
	queue_work(system_unbound_wq, &silent.other_work);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(silent.done)));
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 2);
	xenbus_exists(XBT_NIL, "speak", "");
	flush_work(&silent.work);
	flush_work(&silent.other_work);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 1);
}

static struct kunit_case absent_cases[] = {
	KUNIT_CASE(frontend_first),
	KUNIT_CASE(backend_first),
	KUNIT_CASE(backend_goes),
	KUNIT_CASE(no_frontend_node),
	KUNIT_CASE(silence_about_one),
	{}
};

static struct kunit_suite absent_suite = {
	.name = "xen_xenbus_absent",
	.init = absent_init,
	.exit = absent_exit,
	.test_cases = absent_cases,
};

kunit_test_suite(absent_suite);
