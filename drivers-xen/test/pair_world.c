// SPDX-License-Identifier: GPL-2.0
/* See pair_world.h. */

#include <linux/kernel.h>
#include <linux/string.h>

#include "../xenbus/tests/fake_bus.h"
#include "pair_world.h"

static int bus_up(struct xenbus_bus *bus, struct xenbus_driver *drv)
{
	int err = bus_register(&bus->bus);

	if (!err)
		err = fake_bus_register(bus, drv);
	return err ?: register_xenbus_watch(&bus->watch);
}

static void bus_down(struct xenbus_bus *bus, struct xenbus_driver *drv)
{
	unregister_xenbus_watch(&bus->watch);
	fake_bus_clear(fake_xs, bus);
	xenbus_unregister_driver(drv);
	bus_unregister(&bus->bus);
}

int pair_init(struct kunit *test)
{
	int err = fake_world_init(test);

	if (err)
		return err;
	err = bus_up(&fake_back_bus, &sum_back_driver);
	return err ?: bus_up(&fake_front_bus, &sum_front_driver);
}

void pair_exit(struct kunit *test)
{
	if (fake_xs) {
		bus_down(&fake_front_bus, &sum_front_driver);
		bus_down(&fake_back_bus, &sum_back_driver);
	}
	fake_world_exit(test);
}

void pair_describe_front(const char *backend, domid_t domid)
{
	fake_add_front(fake_xs, FRONT, backend, domid);
}

void pair_describe_back(const char *node, const char *frontend, domid_t domid)
{
	fake_add_back(fake_xs, node, frontend, domid);
}

void pair_announce(const char *node)
{
	xenbus_write(XBT_NIL, node, "state", "1");
}

void pair_connect(struct kunit *test)
{
	pair_describe_back(BACK, FRONT_PATH, FAKE_SELF);
	pair_describe_front(BACK_PATH, FAKE_SELF);
	pair_announce(BACK);
	pair_announce(FRONT);
	KUNIT_ASSERT_TRUE(test, pair_reaches(test, FRONT,
					     XenbusStateConnected));
	KUNIT_ASSERT_TRUE(test, pair_reaches(test, BACK, XenbusStateConnected));
}

void pair_remove(const char *node)
{
	xenbus_rm(XBT_NIL, node, "");
}

/* The bus loses a device before the driver does. */
static bool no_devices(void *unused)
{
	return !READ_ONCE(sum_front.xdev) && !READ_ONCE(sum_back.xdev) &&
	       !fake_bus_count(&fake_front_bus) &&
	       !fake_bus_count(&fake_back_bus);
}

static void nothing(void *unused)
{
}

/*
 * After what drivers have been told already: one that is still at work would write
 * keys and with them make its node anew, which Xen's store does not let a guest do.
 */
void pair_clear(struct kunit *test)
{
	xs_run_in_xenwatch(nothing, NULL);
	pair_remove("device");
	pair_remove("backend");
	KUNIT_ASSERT_TRUE(test, pair_settles(test, no_devices));
	/* What the other end was still using when its owner gave it up */
	gnttab_deferred_run(NULL);
}

struct goal {
	const char *path;
	enum xenbus_state state;
};

static bool has_state(void *arg)
{
	struct goal *goal = arg;

	return xenbus_read_driver_state(goal->path) == goal->state;
}

bool pair_reaches(struct kunit *test, const char *path,
		  enum xenbus_state state)
{
	struct goal goal = { path, state };

	return fake_run_until(test, has_state, &goal);
}

bool pair_settles(struct kunit *test, bool (*cond)(void *arg))
{
	return fake_run_until(test, cond, NULL);
}

void pair_write(struct kunit *test, const char *path, const char *key,
		const char *value)
{
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, path, key, value), 0);
}

unsigned int pair_number(struct kunit *test, const char *path,
			 const char *key)
{
	unsigned int value = 0;

	KUNIT_EXPECT_EQ(test, xenbus_scanf(XBT_NIL, path, key, "%u", &value),
			1);
	return value;
}
