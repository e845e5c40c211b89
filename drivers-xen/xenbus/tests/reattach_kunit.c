// SPDX-License-Identifier: GPL-2.0
/*
 * Frontends that are attached once more, to another backend.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/string.h>
#include "fake_bus.h"

#define NODE	"device/thing/0"
#define OTHER	"/local/domain/7/backend/thing/1/0"

static struct {
	struct xenbus_device *xdev;
	int probes;
	int removes;
	int resumes;
	/* What the driver has heard last, and where it was when it was resumed */
	enum xenbus_state last;
	enum xenbus_state at_resume;
	/* What remove() sees of the other end */
	enum xenbus_state at_remove;
	int probe_error;
	int resume_error;
} seen;

static int thing_probe(struct xenbus_device *xdev,
		       const struct xenbus_device_id *id)
{
	seen.probes++;
	seen.xdev = xdev;
	if (seen.probe_error)
		xenbus_dev_fatal(xdev, seen.probe_error, "as the test wants");
	return seen.probe_error;
}

static void thing_remove(struct xenbus_device *xdev)
{
	seen.removes++;
	seen.at_remove = xenbus_read_driver_state(xdev->otherend);
}

static void thing_changed(struct xenbus_device *xdev, enum xenbus_state state)
{
	WRITE_ONCE(seen.last, state);
}

static int thing_suspend(struct xenbus_device *xdev)
{
	return 0;
}

static int thing_resume(struct xenbus_device *xdev)
{
	seen.resumes++;
	seen.at_resume = xdev->state;
	return seen.resume_error;
}

static struct xenbus_driver thing_driver;

static int register_thing(void)
{
	return fake_bus_register(&fake_front_bus, &thing_driver);
}

/* A device whose driver has brought it to a state that the node has, too */
static int reattach_init(struct kunit *test)
{
	int err;

	memset(&seen, 0, sizeof(seen));
	thing_driver = (struct xenbus_driver) {
		.ids = fake_things,
		.probe = thing_probe,
		.remove = thing_remove,
		.otherend_changed = thing_changed,
		.resume = thing_resume,
		.read_otherend_details = fake_read_backend,
	};
	err = fake_bus_init(test, &fake_front_bus);
	if (err)
		return err;
	fake_add_thing(test->priv, NODE, "4");
	fake_bus_scan(&fake_front_bus);
	return 0;
}

static void reattach_exit(struct kunit *test)
{
	fake_bus_exit(test, &fake_front_bus);
}

static void connect(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, register_thing(), 0);
	KUNIT_ASSERT_EQ(test, seen.probes, 1);
	xenbus_switch_state(seen.xdev, XenbusStateConnected);
	KUNIT_ASSERT_STREQ(test, fake_get(test->priv, NODE "/state"), "4");
}

/* The domain of the backend ends. */
static void end_backend(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xenbus_rm(XBT_NIL, FAKE_BACK, ""), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(seen.last) ==
					  XenbusStateUnknown));
}

/* All of the node is new, and so is each event about it. */
static void attach_to(struct kunit *test, const char *path, domid_t domid,
		      const char *state)
{
	fake_remove(test->priv, NODE);
	fake_add_front(test->priv, NODE, path, domid);
	fake_set_key(test->priv, path, "state", state);
}

static void attach_to_other(struct kunit *test)
{
	attach_to(test, OTHER, 7, "2");
}

/* A connected device has lost its backend, and another one is there for it. */
static void lose_backend(struct kunit *test)
{
	connect(test);
	end_backend(test);
	attach_to_other(test);
}

static void tell(void)
{
	xenbus_root_changed(&fake_front_bus.watch, NODE, "");
	xenbus_root_changed(&fake_front_bus.watch, NODE "/backend", "");
	xenbus_root_changed(&fake_front_bus.watch, NODE "/state", "");
}

static void expect_kept(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, seen.resumes, 0);
	KUNIT_EXPECT_EQ(test, seen.removes, 0);
	KUNIT_EXPECT_EQ(test, seen.probes, 1);
	KUNIT_EXPECT_STREQ(test, seen.xdev->otherend, FAKE_BACK);
	KUNIT_EXPECT_EQ(test, seen.xdev->otherend_id, 0);
}

static void other_backend(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int watches;

	connect(test);
	watches = fake_num_watches(fake);
	end_backend(test);
	attach_to_other(test);
	tell();
	KUNIT_EXPECT_EQ(test, seen.resumes, 1);
	KUNIT_EXPECT_EQ(test, seen.at_resume, XenbusStateInitialising);
	KUNIT_EXPECT_STREQ(test, seen.xdev->otherend, OTHER);
	KUNIT_EXPECT_EQ(test, seen.xdev->otherend_id, 7);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(seen.last) ==
					  XenbusStateInitWait));
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), watches);
	/* The same life goes on. */
	xenbus_switch_state(seen.xdev, XenbusStateConnected);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, NODE "/state"), "4");
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, OTHER, "state", "4"), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(seen.last) ==
					  XenbusStateConnected));
	tell();
	KUNIT_EXPECT_EQ(test, seen.resumes, 1);
	KUNIT_EXPECT_EQ(test, seen.probes, 1);
	KUNIT_EXPECT_EQ(test, seen.removes, 0);
	xenbus_unregister_driver(&thing_driver);
}

/* It was detached and attached so fast that nobody has seen the node gone. */
static void same_path(struct kunit *test)
{
	connect(test);
	attach_to(test, FAKE_BACK, 0, "2");
	tell();
	KUNIT_EXPECT_EQ(test, seen.resumes, 1);
	KUNIT_EXPECT_EQ(test, seen.removes, 0);
	xenbus_unregister_driver(&thing_driver);
}

/* Attached once more before that: what was under way is on its way to the second. */
static void once_at_a_time(struct kunit *test)
{
	lose_backend(test);
	tell();
	KUNIT_EXPECT_EQ(test, seen.resumes, 1);
	xenbus_switch_state(seen.xdev, XenbusStateInitialised);
	attach_to(test, FAKE_BACK, 0, "2");
	tell();
	KUNIT_EXPECT_EQ(test, seen.resumes, 1);
	KUNIT_EXPECT_EQ(test, seen.removes, 0);
	/* It comes to its end with that, and then may go on to another. */
	xenbus_switch_state(seen.xdev, XenbusStateConnected);
	fake_remove(test->priv, OTHER);
	attach_to(test, FAKE_BACK, 0, "2");
	tell();
	KUNIT_EXPECT_EQ(test, seen.resumes, 2);
	KUNIT_EXPECT_STREQ(test, seen.xdev->otherend, FAKE_BACK);
	xenbus_unregister_driver(&thing_driver);
}

/* Many events became one, about the whole bus. */
static void by_scan(struct kunit *test)
{
	lose_backend(test);
	fake_bus_scan(&fake_front_bus);
	KUNIT_EXPECT_EQ(test, seen.resumes, 1);
	KUNIT_EXPECT_STREQ(test, seen.xdev->otherend, OTHER);
	xenbus_unregister_driver(&thing_driver);
}

/* On its way, it does not look for others; nor does a look cost anything. */
static void on_its_way(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int before;

	KUNIT_ASSERT_EQ(test, register_thing(), 0);
	end_backend(test);
	attach_to_other(test);
	before = fake->types[XS_READ];
	tell();
	KUNIT_EXPECT_EQ(test, fake->types[XS_READ] - before, 3);
	expect_kept(test);
	xenbus_unregister_driver(&thing_driver);
}

static void backend_at_work(struct kunit *test)
{
	connect(test);
	attach_to_other(test);
	tell();
	expect_kept(test);
	xenbus_unregister_driver(&thing_driver);
}

/* Cannot say of the first backend whether it is at work */
static bool no_memory(struct fake_store *fake)
{
	if (fake->hdr.type != XS_READ || strcmp(fake->body, FAKE_BACK "/state"))
		return false;
	fake_error(fake, "ENOMEM");
	return true;
}

static void unclear(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	lose_backend(test);
	fake->hook = no_memory;
	tell();
	fake->hook = NULL;
	expect_kept(test);
	xenbus_unregister_driver(&thing_driver);
}

static void not_ready(struct kunit *test)
{
	unsigned long begin;

	connect(test);
	end_backend(test);
	attach_to(test, OTHER, 7, "1");
	begin = jiffies;
	tell();
	fake_remove(test->priv, OTHER);
	tell();
	expect_kept(test);
	/* Once five seconds, not six times */
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, begin + 20 * HZ));
	KUNIT_EXPECT_STREQ(test, fake_get(test->priv, NODE "/state"), "1");
	xenbus_unregister_driver(&thing_driver);
}

/* At the third look at it */
static bool gets_ready(struct fake_store *fake)
{
	if (fake->hdr.type == XS_READ && !strcmp(fake->body, OTHER "/state") &&
	    ++fake->arg == 3)
		fake_set(fake, OTHER "/state", "2");
	return false;
}

static void ready_in_time(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	connect(test);
	end_backend(test);
	attach_to(test, OTHER, 7, "1");
	fake->arg = 0;
	fake->hook = gets_ready;
	tell();
	fake->hook = NULL;
	KUNIT_EXPECT_EQ(test, seen.resumes, 1);
	KUNIT_EXPECT_STREQ(test, seen.xdev->otherend, OTHER);
	xenbus_unregister_driver(&thing_driver);
}

static bool ends(void)
{
	return true;
}

static void system_ends(struct kunit *test)
{
	lose_backend(test);
	kunit_activate_static_stub(test, xenbus_system_ends, ends);
	tell();
	expect_kept(test);
	kunit_deactivate_static_stub(test, xenbus_system_ends);
	xenbus_unregister_driver(&thing_driver);
}

/* The driver is on its way between two states while the node is looked at. */
static bool steps_meanwhile(struct fake_store *fake)
{
	if (fake->hdr.type != XS_READ || strcmp(fake->body, NODE "/state"))
		return false;
	fake->hook = NULL;
	fake_reply_string(fake, "1");
	WRITE_ONCE(seen.xdev->writing, XenbusStateInitialising + fake->arg);
	if (fake->arg)
		WRITE_ONCE(seen.xdev->state, XenbusStateInitialising + fake->arg);
	return true;
}

static void own_step(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	/* From Connected to Initialising, which it has not noted yet */
	lose_backend(test);
	fake->arg = 0;
	fake->hook = steps_meanwhile;
	xenbus_root_changed(&fake_front_bus.watch, NODE "/state", "");
	expect_kept(test);
	/* From Initialising to Connected: what was read is of before. */
	xenbus_set_initialising(seen.xdev);
	fake->arg = XenbusStateConnected - XenbusStateInitialising;
	fake->hook = steps_meanwhile;
	xenbus_root_changed(&fake_front_bus.watch, NODE "/state", "");
	expect_kept(test);
	xenbus_unregister_driver(&thing_driver);
}

static void expect_new(struct kunit *test, const char *backend)
{
	KUNIT_EXPECT_EQ(test, seen.resumes, 0);
	KUNIT_EXPECT_EQ(test, seen.removes, 1);
	KUNIT_EXPECT_EQ(test, seen.probes, 2);
	KUNIT_EXPECT_STREQ(test, seen.xdev->otherend, backend);
	/* Nobody has written to what is the new one's. */
	KUNIT_EXPECT_STREQ(test, fake_get(test->priv, NODE "/state"), "1");
	KUNIT_EXPECT_EQ(test, fake_bus_count(&fake_front_bus), 1);
}

/* To remove what is in use could take for ever. */
static void without_resume(struct kunit *test)
{
	thing_driver.resume = NULL;
	lose_backend(test);
	tell();
	expect_kept(test);
	xenbus_unregister_driver(&thing_driver);
}

/* It would count on what only a suspend of the domain brings. */
static void with_suspend(struct kunit *test)
{
	thing_driver.suspend = thing_suspend;
	lose_backend(test);
	tell();
	expect_kept(test);
	xenbus_unregister_driver(&thing_driver);
}

/* Nothing can be under way yet. */
static void not_connected_yet(struct kunit *test)
{
	connect(test);
	xenbus_switch_state(seen.xdev, XenbusStateInitialised);
	end_backend(test);
	attach_to_other(test);
	tell();
	expect_new(test, OTHER);
	xenbus_unregister_driver(&thing_driver);
}

/* Detached in good order, and attached so fast that nobody has seen the node gone */
static void closed_before(struct kunit *test)
{
	connect(test);
	xenbus_switch_state(seen.xdev, XenbusStateClosed);
	attach_to(test, FAKE_BACK, 0, "2");
	tell();
	expect_new(test, FAKE_BACK);
	/* Who waits for the old backend to close does not wait for the new one. */
	KUNIT_EXPECT_EQ(test, seen.at_remove, XenbusStateUnknown);
	xenbus_unregister_driver(&thing_driver);
}

/* A device that no driver could serve gets another chance. */
static void failed_before(struct kunit *test)
{
	seen.probe_error = -EIO;
	KUNIT_ASSERT_EQ(test, register_thing(), 0);
	KUNIT_ASSERT_STREQ(test, fake_get(test->priv, NODE "/state"), "5");
	tell();
	KUNIT_EXPECT_EQ(test, seen.probes, 1);
	seen.probe_error = 0;
	attach_to_other(test);
	tell();
	KUNIT_EXPECT_EQ(test, seen.probes, 2);
	KUNIT_EXPECT_STREQ(test, seen.xdev->otherend, OTHER);
	xenbus_unregister_driver(&thing_driver);
}

/* A driver cannot be expected to begin with a resume that failed. */
static void resume_fails(struct kunit *test)
{
	lose_backend(test);
	seen.resume_error = -ENOMEM;
	tell();
	KUNIT_EXPECT_EQ(test, seen.resumes, 1);
	KUNIT_EXPECT_EQ(test, seen.xdev->state, XenbusStateClosing);
	seen.resume_error = 0;
	attach_to_other(test);
	tell();
	KUNIT_EXPECT_EQ(test, seen.resumes, 1);
	KUNIT_EXPECT_EQ(test, seen.removes, 0);
	xenbus_unregister_driver(&thing_driver);
}

/* Nobody serves it: there is nothing to make anew. */
static void no_driver(struct kunit *test)
{
	struct device *dev = bus_find_device_by_name(&fake_front_bus.bus, NULL,
						     "thing-0");

	KUNIT_ASSERT_NOT_NULL(test, dev);
	attach_to_other(test);
	tell();
	KUNIT_EXPECT_TRUE(test, device_is_registered(dev));
	put_device(dev);
}

static struct kunit_case reattach_cases[] = {
	KUNIT_CASE(other_backend),
	KUNIT_CASE(same_path),
	KUNIT_CASE(once_at_a_time),
	KUNIT_CASE(by_scan),
	KUNIT_CASE(on_its_way),
	KUNIT_CASE(backend_at_work),
	KUNIT_CASE(unclear),
	KUNIT_CASE_SLOW(not_ready),
	KUNIT_CASE(ready_in_time),
	KUNIT_CASE(system_ends),
	KUNIT_CASE(own_step),
	KUNIT_CASE(without_resume),
	KUNIT_CASE(with_suspend),
	KUNIT_CASE(not_connected_yet),
	KUNIT_CASE(closed_before),
	KUNIT_CASE(failed_before),
	KUNIT_CASE(resume_fails),
	KUNIT_CASE(no_driver),
	{}
};

static struct kunit_suite reattach_suite = {
	.name = "xen_xenbus_reattach",
	.init = reattach_init,
	.exit = reattach_exit,
	.test_cases = reattach_cases,
};

kunit_test_suite(reattach_suite);
