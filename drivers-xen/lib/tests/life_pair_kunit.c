// SPDX-License-Identifier: GPL-2.0
/*
 * The lives of both ends against each other. Whoever is faster, and whatever has
 * happened before, in the end they are connected, or both closed.
 */
#include "life_fake.h"

/* Steps whose order is tried in every way */
#define STEPS	5
/* More than any two ends need to come to rest */
#define MANY	40

/**
 * struct pair - the two ends
 * @front: the frontend
 * @back: the backend
 * @front_seen: state of the backend that the frontend was told last
 * @back_seen: the other way round
 */
struct pair {
	struct fake_end front;
	struct fake_end back;
	unsigned int front_seen;
	unsigned int back_seen;
};

static int pair_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct pair), GFP_KERNEL);
	return test->priv ? fake_end_stubs(test) : -ENOMEM;
}

static void pair_begin(struct pair *p, struct kunit *test,
		       enum xen_life_kind kind)
{
	fake_end_begin(&p->front, test, kind, XenbusStateInitialising);
	fake_end_begin(&p->back, test, XEN_LIFE_BACK, XenbusStateInitialising);
	p->front_seen = UINT_MAX;
	p->back_seen = UINT_MAX;
}

/* A watch fires: the end reads the state that the other has now. */
static void tell_front(struct pair *p)
{
	p->front_seen = p->back.stored;
	fake_end_see(&p->front, p->front_seen);
}

static void tell_back(struct pair *p)
{
	p->back_seen = p->front.stored;
	fake_end_see(&p->back, p->back_seen);
}

/* Until neither has anything new to see. False if that does not happen. */
static bool settle(struct pair *p)
{
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		if (p->front_seen != p->back.stored)
			tell_front(p);
		else if (p->back_seen != p->front.stored)
			tell_back(p);
		else
			return true;
	}
	return false;
}

static void steps(struct pair *p, unsigned int order, unsigned int num)
{
	unsigned int i;

	for (i = 0; i < num; i++) {
		if (order & BIT(i))
			tell_front(p);
		else
			tell_back(p);
	}
}

static bool are(struct pair *p, enum xenbus_state front, enum xenbus_state back)
{
	return p->front.xdev.state == front && p->back.xdev.state == back;
}

static void expect_connected(struct pair *p, const char *what,
			     unsigned int order, unsigned int at)
{
	struct kunit *test = p->front.test;

	KUNIT_EXPECT_TRUE_MSG(test, settle(p), "%s %s, order %#x, at %u: no end",
			      p->front.name, what, order, at);
	KUNIT_EXPECT_TRUE_MSG(test, are(p, XenbusStateConnected,
					XenbusStateConnected),
			      "%s %s, order %#x, at %u: %s, back %s",
			      p->front.name, what, order, at,
			      xenbus_strstate(p->front.xdev.state),
			      xenbus_strstate(p->back.xdev.state));
	KUNIT_EXPECT_TRUE(test, p->front.running);
	KUNIT_EXPECT_TRUE(test, p->back.running);
}

static void expect_closed(struct pair *p, const char *what, unsigned int order,
			  unsigned int at)
{
	struct kunit *test = p->front.test;

	KUNIT_EXPECT_TRUE_MSG(test, settle(p), "%s %s, order %#x, at %u: no end",
			      p->front.name, what, order, at);
	KUNIT_EXPECT_TRUE_MSG(test, are(p, XenbusStateClosed,
					XenbusStateClosed),
			      "%s %s, order %#x, at %u: %s, back %s",
			      p->front.name, what, order, at,
			      xenbus_strstate(p->front.xdev.state),
			      xenbus_strstate(p->back.xdev.state));
	KUNIT_EXPECT_FALSE(test, p->front.prepared);
	KUNIT_EXPECT_FALSE(test, p->back.prepared);
}

static void pair_finish(struct pair *p)
{
	fake_end_finish(&p->front);
	fake_end_finish(&p->back);
}

/**
 * typedef disturb_t - something that happens while the ends connect
 * @p: the ends
 */
typedef void (*disturb_t)(struct pair *p);

/* @disturb after each number of steps, in each order; then what is expected. */
static void all_ways(struct kunit *test, const char *what, disturb_t disturb,
		     void (*expect)(struct pair *p, const char *what,
				    unsigned int order, unsigned int at))
{
	struct pair *p = test->priv;
	unsigned int kind, order, at;

	for (kind = XEN_LIFE_FRONT; kind < XEN_LIFE_BACK; kind++) {
		for (order = 0; order < BIT(STEPS); order++) {
			for (at = 0; at <= STEPS; at++) {
				pair_begin(p, test, kind);
				steps(p, order, at);
				disturb(p);
				steps(p, order >> at, STEPS - at);
				expect(p, what, order, at);
				pair_finish(p);
			}
		}
	}
}

static void nothing(struct pair *p)
{
}

static void connecting(struct kunit *test)
{
	all_ways(test, "undisturbed", nothing, expect_connected);
}

/* The driver of the frontend goes and comes again: first the bus writes Closed. */
static void reload_front(struct pair *p)
{
	enum xen_life_kind kind = p->front.ops.kind;
	struct kunit *test = p->front.test;

	fake_end_finish(&p->front);
	fake_end_begin(&p->front, test, kind, XenbusStateClosed);
	p->front_seen = UINT_MAX;
}

static void front_reloads(struct kunit *test)
{
	all_ways(test, "front reloads", reload_front, expect_connected);
}

/* Another kernel in the same domain, or a resume beside the same backend */
static void restart_front(struct pair *p)
{
	enum xen_life_kind kind = p->front.ops.kind;
	struct kunit *test = p->front.test;

	fake_end_finish(&p->front);
	fake_end_begin(&p->front, test, kind, XenbusStateInitialising);
	p->front_seen = UINT_MAX;
}

static void front_restarts(struct kunit *test)
{
	all_ways(test, "front restarts", restart_front, expect_connected);
}

/* The driver of the backend, which leaves the state as it is */
static void restart_back(struct pair *p)
{
	enum xenbus_state state = p->back.xdev.state;
	struct kunit *test = p->front.test;

	fake_end_finish(&p->back);
	fake_end_begin(&p->back, test, XEN_LIFE_BACK, state);
	p->back_seen = UINT_MAX;
}

static void back_restarts(struct kunit *test)
{
	all_ways(test, "back restarts", restart_back, expect_connected);
}

/* The backend closes before its driver goes, and is seen to. */
static void reload_back(struct pair *p)
{
	struct kunit *test = p->front.test;

	fake_end_finish(&p->back);
	p->back.stored = XenbusStateClosed;
	tell_front(p);
	fake_end_begin(&p->back, test, XEN_LIFE_BACK, XenbusStateClosed);
	p->back_seen = UINT_MAX;
}

static void back_reloads(struct kunit *test)
{
	all_ways(test, "back reloads", reload_back, expect_connected);
}

/* The node of the backend goes, and another appears. */
static void replace_back(struct pair *p)
{
	struct kunit *test = p->front.test;

	fake_end_finish(&p->back);
	fake_end_see(&p->front, XenbusStateUnknown);
	fake_end_begin(&p->back, test, XEN_LIFE_BACK, XenbusStateInitialising);
	p->front_seen = UINT_MAX;
	p->back_seen = UINT_MAX;
}

static void back_is_replaced(struct kunit *test)
{
	all_ways(test, "back is replaced", replace_back, expect_connected);
}

static void suspend_front(struct pair *p)
{
	xen_life_suspend(&p->front.xdev);
	p->front.xdev.state = XenbusStateInitialising;
	p->front.stored = XenbusStateInitialising;
	xen_life_resume(&p->front.xdev);
	/* The new host has a backend of its own. */
	replace_back(p);
}

static void front_is_migrated(struct kunit *test)
{
	all_ways(test, "front is migrated", suspend_front, expect_connected);
}

/* The tool stack takes the device away: it writes over the backend's state. */
static void detach(struct pair *p)
{
	p->back.online = false;
	p->back.stored = XenbusStateClosing;
}

static void expect_detached(struct pair *p, const char *what,
			    unsigned int order, unsigned int at)
{
	struct kunit *test = p->front.test;

	KUNIT_EXPECT_TRUE_MSG(test, settle(p), "%s %s, order %#x, at %u: no end",
			      p->front.name, what, order, at);
	KUNIT_EXPECT_EQ_MSG(test, p->back.xdev.state, XenbusStateClosed,
			    "%s %s, order %#x, at %u", p->front.name, what,
			    order, at);
	KUNIT_EXPECT_FALSE(test, p->front.prepared);
	KUNIT_EXPECT_FALSE(test, p->back.prepared);
}

static void detaching(struct kunit *test)
{
	all_ways(test, "detach", detach, expect_detached);
}

static void fail_front(struct pair *p)
{
	p->front.negotiate = -EINVAL;
	p->front.refresh = -EINVAL;
	xen_life_fail(&p->front.life, -EPROTO, "testing");
	fake_end_run(&p->front);
}

static void front_fails(struct kunit *test)
{
	all_ways(test, "front fails", fail_front, expect_closed);
}

static void fail_back(struct pair *p)
{
	p->back.connect = -EINVAL;
	p->back.refresh = -EINVAL;
	xen_life_fail(&p->back.life, -EPROTO, "testing");
	fake_end_run(&p->back);
}

static void back_fails(struct kunit *test)
{
	all_ways(test, "back fails", fail_back, expect_closed);
}

static struct kunit_case pair_cases[] = {
	KUNIT_CASE(connecting),
	KUNIT_CASE(front_reloads),
	KUNIT_CASE(front_restarts),
	KUNIT_CASE(back_restarts),
	KUNIT_CASE(back_reloads),
	KUNIT_CASE(back_is_replaced),
	KUNIT_CASE(front_is_migrated),
	KUNIT_CASE(detaching),
	KUNIT_CASE(front_fails),
	KUNIT_CASE(back_fails),
	{}
};

static struct kunit_suite pair_suite = {
	.name = "xen_drvlib_life_pair",
	.init = pair_init,
	.test_cases = pair_cases,
};

kunit_test_suite(pair_suite);
