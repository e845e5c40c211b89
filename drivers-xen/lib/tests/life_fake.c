// SPDX-License-Identifier: GPL-2.0
/*
 * A device without xenbus, see life_fake.h.
 */
#include <kunit/static_stub.h>
#include <linux/device.h>
#include <linux/string.h>
#include "life_fake.h"

static struct fake_end *to_end(struct xen_life *life)
{
	return container_of(life, struct fake_end, life);
}

/* In place of xenbus */

static void queue(struct xen_life *life)
{
	to_end(life)->queued = true;
}

static void announce(struct xen_life *life, enum xenbus_state state)
{
	struct fake_end *end = to_end(life);

	if (life->dev->state == state)
		return;
	end->announced++;
	life->dev->state = state == end->announce_fails ? XenbusStateClosing :
							  state;
	end->stored = life->dev->state;
}

static void report(struct xen_life *life, int err, const char *what)
{
	struct fake_end *end = to_end(life);

	end->reports++;
	end->reported = err;
	life->dev->state = XenbusStateClosing;
	end->stored = XenbusStateClosing;
}

static bool online(struct xen_life *life)
{
	return to_end(life)->online;
}

/* The driver */

static int result(struct fake_end *end, int wanted)
{
	lockdep_assert_held(&end->life.lock);
	if (++end->calls == end->fail_at)
		wanted = -EBUSY;
	if (wanted < 0 && end->reports_itself) {
		end->xdev.state = XenbusStateClosing;
		end->stored = XenbusStateClosing;
	}
	return wanted;
}

static int negotiate(struct xen_life *life)
{
	struct fake_end *end = to_end(life);
	int err = result(end, end->negotiate);

	end->negotiations++;
	KUNIT_EXPECT_FALSE_MSG(end->test, end->prepared, "%s", end->name);
	KUNIT_EXPECT_FALSE_MSG(end->test, end->running, "%s", end->name);
	if (!err)
		end->prepared = true;
	return err;
}

static int connect(struct xen_life *life)
{
	struct fake_end *end = to_end(life);
	int err = result(end, end->connect);

	end->connects++;
	KUNIT_EXPECT_TRUE_MSG(end->test, end->prepared, "%s", end->name);
	KUNIT_EXPECT_FALSE_MSG(end->test, end->running, "%s", end->name);
	if (!err)
		end->running = true;
	return err;
}

static void disconnect(struct xen_life *life, enum xen_life_end why)
{
	struct fake_end *end = to_end(life);

	lockdep_assert_held(&end->life.lock);
	end->disconnects++;
	end->why = why;
	KUNIT_EXPECT_TRUE_MSG(end->test, end->prepared, "%s", end->name);
	end->prepared = false;
	end->running = false;
	if (end->fails_late)
		xen_life_fail(life, -EPROTO, "testing");
}

static int refresh(struct xen_life *life)
{
	struct fake_end *end = to_end(life);

	end->refreshes++;
	KUNIT_EXPECT_TRUE_MSG(end->test, end->running, "%s", end->name);
	return result(end, end->refresh);
}

static void suspend(struct xen_life *life)
{
	struct fake_end *end = to_end(life);

	end->suspends++;
	KUNIT_EXPECT_TRUE_MSG(end->test, end->running, "%s", end->name);
}

int fake_end_stubs(struct kunit *test)
{
	kunit_activate_static_stub(test, xen_life_queue, queue);
	kunit_activate_static_stub(test, xen_life_announce, announce);
	kunit_activate_static_stub(test, xen_life_report, report);
	kunit_activate_static_stub(test, xen_life_online, online);
	return 0;
}

static void no_release(struct device *dev)
{
}

/* A driver probes a device that is in state @own. */
void fake_end_begin(struct fake_end *end, struct kunit *test,
		    enum xen_life_kind kind, enum xenbus_state own)
{
	static const char * const names[XEN_LIFE_KINDS] = {
		"front", "front-at-once", "back",
	};

	memset(end, 0, sizeof(*end));
	end->test = test;
	end->name = names[kind];
	end->online = true;
	end->xdev.state = own;
	end->stored = own;
	end->xdev.dev.release = no_release;
	end->ops = (struct xen_life_ops) {
		.kind = kind,
		.negotiate = negotiate,
		.connect = connect,
		.disconnect = disconnect,
		.refresh = refresh,
		.suspend = suspend,
	};
	device_initialize(&end->xdev.dev);
	end->xdev.dev.init_name = end->name;
	KUNIT_ASSERT_EQ(test, xen_life_start(&end->life, &end->xdev, &end->ops),
			0);
}

/* A device that has come to @own in an orderly way, and has what belongs to it. */
void fake_end_at(struct fake_end *end, enum xenbus_state own)
{
	bool back = end->ops.kind == XEN_LIFE_BACK;

	end->xdev.state = own;
	if (own == XenbusStateInitialised || own == XenbusStateConnected ||
	    (back && own == XenbusStateInitWait)) {
		end->life.stage = XEN_LIFE_PREPARED;
		end->prepared = true;
	}
	if (own == XenbusStateConnected) {
		end->life.stage = XEN_LIFE_RUNNING;
		end->running = true;
	}
}

/* What the driver has is what the life believes, and fits the state. */
void fake_end_check(struct fake_end *end)
{
	enum xen_life_stage stage = end->running ? XEN_LIFE_RUNNING :
				    end->prepared ? XEN_LIFE_PREPARED :
						    XEN_LIFE_IDLE;

	KUNIT_EXPECT_EQ_MSG(end->test, end->life.stage, stage, "%s", end->name);
	if (end->xdev.state == XenbusStateClosed ||
	    end->xdev.state == XenbusStateClosing)
		KUNIT_EXPECT_EQ_MSG(end->test, stage, XEN_LIFE_IDLE, "%s",
				    end->name);
	if (end->xdev.state == XenbusStateConnected)
		KUNIT_EXPECT_EQ_MSG(end->test, stage, XEN_LIFE_RUNNING, "%s",
				    end->name);
}

/* True if there was something to do. */
bool fake_end_run(struct fake_end *end)
{
	if (!end->queued)
		return false;
	end->queued = false;
	xen_life_run(&end->life);
	fake_end_check(end);
	return true;
}

void fake_end_see(struct fake_end *end, unsigned int peer)
{
	xen_life_otherend_changed(&end->xdev, peer);
	fake_end_run(end);
}

/* The driver lets go of the device. */
void fake_end_finish(struct fake_end *end)
{
	unsigned int due = end->prepared;
	unsigned int before = end->disconnects;

	xen_life_stop(&end->life);
	KUNIT_EXPECT_EQ(end->test, end->disconnects, before + due);
	if (due)
		KUNIT_EXPECT_EQ(end->test, end->why, XEN_LIFE_REMOVE);
	KUNIT_EXPECT_FALSE(end->test, end->prepared);
	KUNIT_EXPECT_NULL(end->test, dev_get_drvdata(&end->xdev.dev));
	put_device(&end->xdev.dev);
}
