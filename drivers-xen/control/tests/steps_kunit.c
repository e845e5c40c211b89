// SPDX-License-Identifier: GPL-2.0
/* A walk through a table, with each step failing in turn. */
#include <kunit/test.h>
#include <linux/string.h>

#include "../control.h"

#define NR	4

/* What was called: 'A' + step for enter, 'a' + step for leave */
static char trail[4 * NR];
/* The step that fails, and what a walk ends with */
static int failing;

static void note(char c)
{
	size_t len = strlen(trail);

	if (len + 1 < sizeof(trail))
		trail[len] = c;
}

static int enter(unsigned int step)
{
	note('A' + step);
	return failing == step ? -100 - failing : 0;
}

static void leave(const struct xen_suspend *s, unsigned int step)
{
	note(s->cancelled ? 'a' + step : '0' + step);
}

static int enter_0(struct xen_suspend *s)
{
	return enter(0);
}

static void leave_0(struct xen_suspend *s)
{
	leave(s, 0);
}

static int enter_1(struct xen_suspend *s)
{
	return enter(1);
}

static void leave_1(struct xen_suspend *s)
{
	leave(s, 1);
}

static int enter_2(struct xen_suspend *s)
{
	return enter(2);
}

static void leave_2(struct xen_suspend *s)
{
	leave(s, 2);
}

static int enter_last(struct xen_suspend *s)
{
	note('D');
	if (failing == 3)
		return -103;
	s->cancelled = false;
	return 0;
}

static const struct xen_suspend_step steps[NR] = {
	{ "zero", enter_0, leave_0 },
	{ "one", enter_1, leave_1, true },
	{ "two", enter_2, leave_2 },
	{ "three", enter_last, NULL },
};

static const struct walk_case {
	int failing;
	const char *trail;
	const char *failed;
} walk_cases[] = {
	{ -1, "ABCD210", NULL },
	{ 0, "A", "zero" },
	/* Half-way into its step it has something to take back. */
	{ 1, "ABba", "one" },
	{ 2, "ABCba", "two" },
	{ 3, "ABCDcba", "three" },
};

static void walk_name(const struct walk_case *c, char *desc)
{
	strscpy(desc, c->failed ?: "none", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(walk, walk_cases, walk_name);

static void each_step_fails(struct kunit *test)
{
	const struct walk_case *c = test->param_value;
	struct xen_suspend s = { .cancelled = true };
	int err;

	memset(trail, 0, sizeof(trail));
	failing = c->failing;
	err = xen_suspend_walk(steps, NR, &s);
	KUNIT_EXPECT_EQ(test, err, failing < 0 ? 0 : -100 - failing);
	KUNIT_EXPECT_STREQ(test, trail, c->trail);
	KUNIT_EXPECT_EQ(test, s.cancelled, failing >= 0);
	KUNIT_EXPECT_STREQ(test, s.failed ?: "", c->failed ?: "");
}

/* A step that is a table of its own: the message names the inner step. */
static int enter_inner(struct xen_suspend *s)
{
	note('(');
	return xen_suspend_walk(steps, NR, s);
}

static void nested(struct kunit *test)
{
	static const struct xen_suspend_step outer[] = {
		{ "nothing" },
		{ "outer", enter_inner },
	};
	struct xen_suspend s = { .cancelled = true };

	memset(trail, 0, sizeof(trail));
	failing = 2;
	KUNIT_EXPECT_EQ(test, xen_suspend_walk(outer, ARRAY_SIZE(outer), &s),
			-102);
	KUNIT_EXPECT_STREQ(test, trail, "(ABCba");
	KUNIT_EXPECT_STREQ(test, s.failed, "two");
	KUNIT_EXPECT_TRUE(test, s.cancelled);
}

static struct kunit_case steps_cases[] = {
	KUNIT_CASE_PARAM(each_step_fails, walk_gen_params),
	KUNIT_CASE(nested),
	{}
};

static struct kunit_suite steps_suite = {
	.name = "xen_control_steps",
	.test_cases = steps_cases,
};

kunit_test_suite(steps_suite);
