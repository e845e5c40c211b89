// SPDX-License-Identifier: GPL-2.0
/*
 * The life of one end, with the states of the other end in every order and with
 * everything that can go wrong going wrong.
 */
#include <linux/math.h>
#include "life_fake.h"

/* Orders of so many states are tried, each of which is seen once or twice. */
#define LENGTH		3
/* With operations that do not succeed: */
#define LENGTH_BAD	2

static int order_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct fake_end), GFP_KERNEL);
	return test->priv ? fake_end_stubs(test) : -ENOMEM;
}

/**
 * struct mood - how operations behave
 * @name: for messages
 * @negotiate: result of negotiate()
 * @connect: result of connect()
 * @refresh: result of refresh()
 * @reports_itself: see &struct fake_end
 * @online: likewise
 * @announce_fails: likewise
 */
struct mood {
	const char *name;
	int negotiate;
	int connect;
	int refresh;
	bool reports_itself;
	bool online;
	enum xenbus_state announce_fails;
};

static const struct mood moods[] = {
	{ "all goes well", .online = true },
	{ "offline" },
	{ "negotiate fails", .negotiate = -EINVAL, .online = true },
	{ "negotiate fails and reports", .negotiate = -EIO,
	  .reports_itself = true, .online = true },
	{ "connect fails", .connect = -ENOMEM, .online = true },
	{ "connect fails and reports", .connect = -EIO,
	  .reports_itself = true, .online = true },
	{ "refresh fails", .refresh = -EINVAL, .online = true },
	{ "negotiate not yet", .negotiate = XEN_LIFE_NOT_YET, .online = true },
	{ "connect not yet", .connect = XEN_LIFE_NOT_YET, .online = true },
	{ "Connected cannot be written", .online = true,
	  .announce_fails = XenbusStateConnected },
	{ "Initialised cannot be written", .online = true,
	  .announce_fails = XenbusStateInitialised },
};

static void set_mood(struct fake_end *end, const struct mood *mood)
{
	end->negotiate = mood->negotiate;
	end->connect = mood->connect;
	end->refresh = mood->refresh;
	end->reports_itself = mood->reports_itself;
	end->online = mood->online;
	end->announce_fails = mood->announce_fails;
}

/* What holds at the end of each order, besides what fake_end_check() says */
static void check_order(struct fake_end *end, const struct mood *mood,
			unsigned int order)
{
	struct kunit *test = end->test;
	unsigned int good = end->disconnects + end->prepared;

	/* "Not yet" leaves what negotiate() has prepared. */
	if (mood->connect <= 0)
		KUNIT_EXPECT_LE_MSG(test, end->connects - end->running,
				    end->disconnects, "%s, %s, order %u",
				    end->name, mood->name, order);
	KUNIT_EXPECT_GE(test, end->negotiations, good);
	if (!mood->negotiate)
		KUNIT_EXPECT_EQ_MSG(test, end->negotiations, good,
				    "%s, %s, order %u", end->name, mood->name,
				    order);
	else
		KUNIT_EXPECT_EQ(test, good, 0);
	if (mood->reports_itself)
		KUNIT_EXPECT_EQ(test, end->reports, 0);
	/* A state that is seen leads through three of ours at most. */
	KUNIT_EXPECT_LE(test, end->announced, 3 * LENGTH);
}

static void run_order(struct fake_end *end, struct kunit *test,
		      enum xen_life_kind kind, const struct mood *mood,
		      unsigned int order, unsigned int length)
{
	unsigned int i, rest = order;

	fake_end_begin(end, test, kind, XenbusStateInitialising);
	set_mood(end, mood);
	for (i = 0; i < length; i++) {
		fake_end_see(end, rest % XEN_LIFE_STATES);
		if (order * 7 & BIT(i))
			fake_end_see(end, rest % XEN_LIFE_STATES);
		rest /= XEN_LIFE_STATES;
	}
	check_order(end, mood, order);
	fake_end_finish(end);
}

static void all_orders(struct kunit *test, enum xen_life_kind kind)
{
	unsigned int mood, order, length;

	for (mood = 0; mood < ARRAY_SIZE(moods); mood++) {
		length = mood ? LENGTH_BAD : LENGTH;
		for (order = 0; order < int_pow(XEN_LIFE_STATES, length); order++)
			run_order(test->priv, test, kind, &moods[mood], order,
				  length);
		cond_resched();
	}
}

static void front_orders(struct kunit *test)
{
	all_orders(test, XEN_LIFE_FRONT);
}

static void front_at_once_orders(struct kunit *test)
{
	all_orders(test, XEN_LIFE_FRONT_AT_ONCE);
}

static void back_orders(struct kunit *test)
{
	all_orders(test, XEN_LIFE_BACK);
}

/* Orders of two, each seen twice, and each call failing in turn */
static void one_call_fails(struct kunit *test)
{
	struct fake_end *end = test->priv;
	unsigned int kind, order, fail, i, rest, calls;

	for (kind = 0; kind < XEN_LIFE_KINDS; kind++) {
		for (order = 0; order < int_pow(XEN_LIFE_STATES, 2); order++) {
			fail = 0;
			do {
				fake_end_begin(end, test, kind,
					       XenbusStateInitialising);
				end->fail_at = ++fail;
				rest = order;
				for (i = 0; i < 4; i++) {
					fake_end_see(end, rest % XEN_LIFE_STATES);
					if (i & 1)
						rest /= XEN_LIFE_STATES;
				}
				calls = end->calls;
				KUNIT_EXPECT_EQ(test, end->reports,
						calls >= fail);
				fake_end_finish(end);
			} while (calls >= fail);
		}
	}
}

/* Each kind in each state, when the driver says that something is broken. */
static void driver_fails(struct kunit *test)
{
	static const enum xenbus_state states[] = {
		XenbusStateInitialising, XenbusStateInitWait,
		XenbusStateInitialised, XenbusStateConnected,
		XenbusStateClosing, XenbusStateClosed,
	};
	struct fake_end *end = test->priv;
	unsigned int kind, i, had;

	for (kind = 0; kind < XEN_LIFE_KINDS; kind++) {
		for (i = 0; i < ARRAY_SIZE(states); i++) {
			fake_end_begin(end, test, kind, XenbusStateInitialising);
			fake_end_at(end, states[i]);
			had = end->prepared;
			xen_life_fail(&end->life, -EPROTO, "testing");
			xen_life_fail(&end->life, -EINVAL, "testing");
			KUNIT_EXPECT_TRUE(test, fake_end_run(end));
			KUNIT_EXPECT_EQ(test, end->disconnects, had);
			KUNIT_EXPECT_EQ(test, end->reports, had);
			if (had) {
				KUNIT_EXPECT_EQ(test, end->why, XEN_LIFE_FAIL);
				KUNIT_EXPECT_EQ(test, end->reported, -EPROTO);
				KUNIT_EXPECT_EQ(test, end->xdev.state,
						XenbusStateClosing);
			}
			/* What was dealt with does not come back. */
			xen_life_kick(&end->life);
			fake_end_run(end);
			KUNIT_EXPECT_EQ(test, end->reports, had);
			fake_end_finish(end);
		}
	}
}

/* The failure of a connection that has ended is not one of the next. */
static void late_failure(struct kunit *test)
{
	struct fake_end *end = test->priv;

	fake_end_begin(end, test, XEN_LIFE_FRONT_AT_ONCE,
		       XenbusStateInitialising);
	fake_end_see(end, XenbusStateInitWait);
	KUNIT_EXPECT_TRUE(test, end->running);
	xen_life_fail(&end->life, 0, "testing");
	fake_end_see(end, XenbusStateClosed);
	KUNIT_EXPECT_EQ(test, end->reported, -EIO);
	KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateClosed);
	fake_end_see(end, XenbusStateInitWait);
	KUNIT_EXPECT_TRUE(test, end->running);
	fake_end_run(end);
	KUNIT_EXPECT_TRUE(test, end->running);
	KUNIT_EXPECT_EQ(test, end->reports, 1);
	/* Also not where one run of the work item does both */
	fake_end_see(end, XenbusStateConnected);
	end->fails_late = true;
	fake_end_see(end, XenbusStateInitWait);
	KUNIT_EXPECT_EQ(test, end->why, XEN_LIFE_AGAIN);
	KUNIT_EXPECT_TRUE(test, fake_end_run(end));
	KUNIT_EXPECT_TRUE(test, end->running);
	KUNIT_EXPECT_EQ(test, end->reports, 1);
	/* Nothing is done for one that is let go of, however late. */
	xen_life_fail(&end->life, -EPROTO, "testing");
	xen_life_stop(&end->life);
	KUNIT_EXPECT_EQ(test, end->why, XEN_LIFE_REMOVE);
	KUNIT_EXPECT_EQ(test, end->reports, 1);
	put_device(&end->xdev.dev);
}

/* Tried again when kicked, and not only when the other end changes. */
static void kicked(struct kunit *test)
{
	struct fake_end *end = test->priv;
	unsigned int i;

	fake_end_begin(end, test, XEN_LIFE_BACK, XenbusStateInitialising);
	xen_life_kick(&end->life);
	fake_end_run(end);
	KUNIT_EXPECT_EQ(test, end->calls, 0);
	fake_end_see(end, XenbusStateInitialising);
	end->connect = XEN_LIFE_NOT_YET;
	fake_end_see(end, XenbusStateInitialised);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, end->connects, i + 1);
		KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateInitWait);
		end->connect = i < 2 ? XEN_LIFE_NOT_YET : 0;
		xen_life_kick(&end->life);
		fake_end_run(end);
	}
	KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateConnected);
	KUNIT_EXPECT_EQ(test, end->negotiations, 1);
	fake_end_finish(end);
}

static void begin_not_yet(struct fake_end *end, struct kunit *test)
{
	fake_end_begin(end, test, XEN_LIFE_FRONT_AT_ONCE,
		       XenbusStateInitialising);
	end->connect = XEN_LIFE_NOT_YET;
	fake_end_see(end, XenbusStateInitWait);
	KUNIT_EXPECT_EQ(test, end->negotiations, 1);
	KUNIT_EXPECT_EQ(test, end->connects, 1);
}

/* What is waited for may come of what was negotiated. */
static void kicked_at_once(struct kunit *test)
{
	struct fake_end *end = test->priv;
	unsigned int i;

	begin_not_yet(end, test);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, end->connects, i + 1);
		KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateInitialising);
		end->connect = i < 2 ? XEN_LIFE_NOT_YET : 0;
		xen_life_kick(&end->life);
		fake_end_run(end);
	}
	KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateConnected);
	KUNIT_EXPECT_EQ(test, end->negotiations, 1);
	KUNIT_EXPECT_EQ(test, end->disconnects, 0);
	fake_end_finish(end);

	/* The backend waits again: it may be another one. */
	begin_not_yet(end, test);
	fake_end_see(end, XenbusStateInitWait);
	KUNIT_EXPECT_EQ(test, end->negotiations, 2);
	KUNIT_EXPECT_EQ(test, end->disconnects, 1);
	KUNIT_EXPECT_EQ(test, end->why, XEN_LIFE_AGAIN);
	fake_end_finish(end);
}

/* Nothing is kept for a backend that does not wait any more. */
static void not_yet_and_gone(struct kunit *test)
{
	struct fake_end *end = test->priv;
	unsigned int peer;

	for (peer = 0; peer < XEN_LIFE_STATES; peer++) {
		/* One makes no sense. */
		if (peer == XenbusStateInitWait || peer == XenbusStateInitialised)
			continue;
		begin_not_yet(end, test);
		fake_end_see(end, peer);
		KUNIT_EXPECT_FALSE_MSG(test, end->prepared, "other end %s",
				       xenbus_strstate(peer));
		KUNIT_EXPECT_EQ(test, end->disconnects, 1);
		/* And when it comes back all goes well. */
		fake_end_see(end, XenbusStateClosed);
		end->connect = 0;
		fake_end_see(end, XenbusStateInitWait);
		KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateConnected);
		fake_end_finish(end);
	}
}

static struct kunit_case order_cases[] = {
	KUNIT_CASE_SLOW(front_orders),
	KUNIT_CASE_SLOW(front_at_once_orders),
	KUNIT_CASE_SLOW(back_orders),
	KUNIT_CASE(one_call_fails),
	KUNIT_CASE(driver_fails),
	KUNIT_CASE(late_failure),
	KUNIT_CASE(kicked),
	KUNIT_CASE(kicked_at_once),
	KUNIT_CASE(not_yet_and_gone),
	{}
};

static struct kunit_suite order_suite = {
	.name = "xen_drvlib_life_order",
	.init = order_init,
	.test_cases = order_cases,
};

kunit_test_suite(order_suite);
