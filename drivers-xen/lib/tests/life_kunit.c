// SPDX-License-Identifier: GPL-2.0
/*
 * The life of one end: what each state leads to, and what is outside of states.
 */
#include "life_fake.h"

static int life_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct fake_end), GFP_KERNEL);
	return test->priv ? fake_end_stubs(test) : -ENOMEM;
}

/*
 * Our state after that of the other end was seen, for each state of the other end
 * from Unknown to Reconfigured. '.' is where we stay, '?' is nonsense.
 */
static const struct {
	enum xen_life_kind kind;
	enum xenbus_state own;
	const char *after;
} pairs[] = {
	/* the other end:                                012345678 */
	{ XEN_LIFE_FRONT, XenbusStateInitialising,	"..3?66.66" },
	{ XEN_LIFE_FRONT, XenbusStateInitialised,	"61..466??" },
	{ XEN_LIFE_FRONT, XenbusStateConnected,		"613?.66.." },
	{ XEN_LIFE_FRONT, XenbusStateClosing,		"66...66.." },
	{ XEN_LIFE_FRONT, XenbusStateClosed,		"..3......" },
	{ XEN_LIFE_FRONT_AT_ONCE, XenbusStateInitialising, "..4?66.66" },
	{ XEN_LIFE_FRONT_AT_ONCE, XenbusStateConnected,	"61...66.." },
	{ XEN_LIFE_FRONT_AT_ONCE, XenbusStateClosing,	"66...66.." },
	{ XEN_LIFE_FRONT_AT_ONCE, XenbusStateClosed,	"..4......" },
	{ XEN_LIFE_BACK, XenbusStateInitialising,	".2?446222" },
	{ XEN_LIFE_BACK, XenbusStateInitWait,		"6.?445.??" },
	{ XEN_LIFE_BACK, XenbusStateConnected,		"62?..56.." },
	{ XEN_LIFE_BACK, XenbusStateClosing,		"6.?...6.." },
	{ XEN_LIFE_BACK, XenbusStateClosed,		".2?......" },
};

static enum xenbus_state expected(unsigned int i, unsigned int peer)
{
	char c = pairs[i].after[peer];

	return c == '.' || c == '?' ? pairs[i].own : c - '0';
}

static bool is_known(enum xen_life_kind kind, enum xenbus_state own)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (pairs[i].kind == kind && pairs[i].own == own)
			return true;
	}
	return false;
}

/* Each pair; then the same state seen again, several times, changes nothing. */
static void all_pairs(struct kunit *test)
{
	struct fake_end *end = test->priv;
	unsigned int i, peer, again, calls, announced;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		for (peer = 0; peer < XEN_LIFE_STATES; peer++) {
			fake_end_begin(end, test, pairs[i].kind,
				       XenbusStateInitialising);
			fake_end_at(end, pairs[i].own);
			fake_end_see(end, peer);
			KUNIT_EXPECT_EQ_MSG(test, end->xdev.state,
					    expected(i, peer), "%s %s, other end %s",
					    end->name,
					    xenbus_strstate(pairs[i].own),
					    xenbus_strstate(peer));
			calls = end->negotiations + end->connects +
				end->disconnects;
			announced = end->announced;
			for (again = 0; again < 3; again++)
				fake_end_see(end, peer);
			KUNIT_EXPECT_EQ(test, end->xdev.state,
					expected(i, peer));
			KUNIT_EXPECT_EQ(test, end->negotiations + end->connects +
					end->disconnects, calls);
			KUNIT_EXPECT_EQ(test, end->announced, announced);
			KUNIT_EXPECT_EQ(test, end->reports, 0);
			fake_end_finish(end);
		}
	}
}

/* The bus, or an operation, has changed our state: it has nothing behind it. */
static void state_of_others(struct kunit *test)
{
	struct fake_end *end = test->priv;
	unsigned int i, peer;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		for (peer = 0; peer < XEN_LIFE_STATES; peer++) {
			fake_end_begin(end, test, pairs[i].kind,
				       XenbusStateInitialising);
			end->xdev.state = pairs[i].own;
			xen_life_otherend_changed(&end->xdev, peer);
			xen_life_run(&end->life);
			KUNIT_EXPECT_EQ(test, end->disconnects, 0);
			KUNIT_EXPECT_LE(test, end->connects, end->negotiations);
			fake_end_finish(end);
		}
	}
}

/* '?' above is what the table calls nonsense, and so are states we never have. */
static void nonsense(struct kunit *test)
{
	static const unsigned int numbers[] = { 9, 10, 255, INT_MAX, UINT_MAX };
	struct fake_end *end = test->priv;
	unsigned int i, peer, own, kind;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		for (peer = 0; peer < XEN_LIFE_STATES; peer++)
			KUNIT_EXPECT_EQ_MSG(test, xen_life_lookup(pairs[i].kind,
								  pairs[i].own,
								  peer)->action ==
					    XEN_LIFE_NONSENSE,
					    pairs[i].after[peer] == '?',
					    "row %u, %u", i, peer);
	}
	for (kind = 0; kind < XEN_LIFE_KINDS; kind++) {
		for (own = 0; own <= XEN_LIFE_STATES; own++) {
			for (peer = 0; peer <= XEN_LIFE_STATES; peer++) {
				if (is_known(kind, own) && peer < XEN_LIFE_STATES)
					continue;
				KUNIT_EXPECT_EQ(test, xen_life_lookup(kind, own, peer)->action,
						XEN_LIFE_NONSENSE);
			}
		}
		for (i = 0; i < ARRAY_SIZE(numbers); i++) {
			fake_end_begin(end, test, kind, XenbusStateInitialising);
			fake_end_at(end, XenbusStateConnected);
			fake_end_see(end, numbers[i]);
			KUNIT_EXPECT_EQ(test, end->xdev.state,
					XenbusStateConnected);
			KUNIT_EXPECT_EQ(test, end->calls, 0);
			fake_end_finish(end);
		}
	}
}

static void expect_reason(struct kunit *test, unsigned int i, unsigned int peer,
			  enum xen_life_end why)
{
	struct fake_end *end = test->priv;

	fake_end_begin(end, test, pairs[i].kind, XenbusStateInitialising);
	fake_end_at(end, XenbusStateConnected);
	fake_end_see(end, peer);
	KUNIT_EXPECT_EQ(test, end->disconnects, 1);
	KUNIT_EXPECT_EQ_MSG(test, end->why, why, "%s, other end %s", end->name,
			    xenbus_strstate(peer));
	fake_end_finish(end);
}

/* A driver can keep what was not done only if there will be another connection. */
static void reasons(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (pairs[i].own != XenbusStateConnected)
			continue;
		expect_reason(test, i, XenbusStateUnknown, XEN_LIFE_CLOSE);
		expect_reason(test, i, XenbusStateClosing, XEN_LIFE_CLOSE);
		expect_reason(test, i, XenbusStateClosed, XEN_LIFE_CLOSE);
		expect_reason(test, i, XenbusStateInitialising, XEN_LIFE_AGAIN);
	}
}

/* A frontend at once cannot tell a backend that waits from one that restarted. */
static void at_once_restart(struct kunit *test)
{
	struct fake_end *end = test->priv;

	fake_end_begin(end, test, XEN_LIFE_FRONT_AT_ONCE,
		       XenbusStateInitialising);
	fake_end_see(end, XenbusStateInitWait);
	fake_end_see(end, XenbusStateInitWait);
	KUNIT_EXPECT_EQ(test, end->negotiations, 1);
	fake_end_see(end, XenbusStateConnected);
	fake_end_see(end, XenbusStateInitWait);
	KUNIT_EXPECT_EQ(test, end->negotiations, 2);
	KUNIT_EXPECT_EQ(test, end->why, XEN_LIFE_AGAIN);
	fake_end_see(end, XenbusStateInitWait);
	KUNIT_EXPECT_EQ(test, end->negotiations, 2);
	fake_end_finish(end);
}

/* A former life of ours that the backend has not noticed to be over */
static void stale_backend(struct kunit *test)
{
	struct fake_end *end = test->priv;

	fake_end_begin(end, test, XEN_LIFE_FRONT, XenbusStateInitialising);
	fake_end_see(end, XenbusStateConnected);
	KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateClosed);
	fake_end_see(end, XenbusStateClosing);
	KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateClosed);
	fake_end_see(end, XenbusStateClosed);
	KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateInitialising);
	/* And only once: it was not told to start anew this time. */
	fake_end_see(end, XenbusStateClosing);
	fake_end_see(end, XenbusStateClosed);
	KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateClosed);
	fake_end_finish(end);
}

static void offline(struct kunit *test)
{
	struct fake_end *end = test->priv;

	fake_end_begin(end, test, XEN_LIFE_BACK, XenbusStateInitialising);
	fake_end_see(end, XenbusStateClosed);
	KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateInitWait);
	end->online = false;
	fake_end_see(end, XenbusStateClosed);
	KUNIT_EXPECT_EQ(test, end->xdev.state, XenbusStateClosed);
	KUNIT_EXPECT_EQ(test, end->disconnects, 1);
	fake_end_finish(end);
}

/* A driver comes to a device that another has left in any state. */
static void driver_comes_again(struct kunit *test)
{
	struct fake_end *end = test->priv;
	unsigned int kind, own;

	for (kind = 0; kind < XEN_LIFE_KINDS; kind++) {
		for (own = XenbusStateInitialising; own < XEN_LIFE_STATES; own++) {
			fake_end_begin(end, test, kind, own);
			if (kind == XEN_LIFE_BACK ||
			    own == XenbusStateInitialising) {
				KUNIT_EXPECT_EQ(test, end->xdev.state,
						XenbusStateInitialising);
				fake_end_finish(end);
				continue;
			}
			KUNIT_EXPECT_EQ(test, end->xdev.state,
					XenbusStateClosed);
			fake_end_see(end, XenbusStateConnected);
			fake_end_see(end, XenbusStateClosed);
			fake_end_see(end, XenbusStateInitWait);
			KUNIT_EXPECT_EQ(test, end->negotiations, 1);
			fake_end_finish(end);
		}
	}
}

static void suspend_and_resume(struct kunit *test)
{
	struct fake_end *end = test->priv;
	unsigned int i, had;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (pairs[i].kind == XEN_LIFE_BACK)
			continue;
		fake_end_begin(end, test, pairs[i].kind, XenbusStateInitialising);
		fake_end_at(end, pairs[i].own);
		had = end->prepared;
		xen_life_suspend(&end->xdev);
		KUNIT_EXPECT_EQ(test, end->suspends, end->running);
		KUNIT_EXPECT_EQ(test, end->disconnects, 0);
		/* The bus, and then its driver */
		end->xdev.state = XenbusStateInitialising;
		xen_life_resume(&end->xdev);
		KUNIT_EXPECT_EQ(test, end->disconnects, had);
		if (had)
			KUNIT_EXPECT_EQ(test, end->why, XEN_LIFE_RESUME);
		/* Nothing is known of the new backend yet. */
		xen_life_kick(&end->life);
		fake_end_run(end);
		KUNIT_EXPECT_EQ(test, end->negotiations, 0);
		fake_end_see(end, XenbusStateInitWait);
		KUNIT_EXPECT_EQ(test, end->negotiations, 1);
		fake_end_finish(end);
	}
}

static struct kunit_case life_cases[] = {
	KUNIT_CASE(all_pairs),
	KUNIT_CASE(state_of_others),
	KUNIT_CASE(nonsense),
	KUNIT_CASE(reasons),
	KUNIT_CASE(at_once_restart),
	KUNIT_CASE(stale_backend),
	KUNIT_CASE(offline),
	KUNIT_CASE(driver_comes_again),
	KUNIT_CASE(suspend_and_resume),
	{}
};

static struct kunit_suite life_suite = {
	.name = "xen_drvlib_life",
	.init = life_init,
	.test_cases = life_cases,
};

kunit_test_suite(life_suite);
