// SPDX-License-Identifier: GPL-2.0
/* Requests for an end, a suspend, a sysrq: taken, acknowledged, carried out. */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/string.h>

#include "../../xenbus/tests/fake_store.h"
#include "../control.h"

/**
 * struct done - what requests have led to
 * @power_off: power-offs
 * @restart: reboots
 * @at_once: those of both without user space
 * @suspends: suspends
 * @suspend_result: what a suspend returns
 * @sysrqs: sysrqs
 * @key: the last one's key
 * @stage: how far the system pretends to be
 */
static struct done {
	unsigned int power_off;
	unsigned int restart;
	unsigned int at_once;
	unsigned int suspends;
	int suspend_result;
	unsigned int sysrqs;
	u8 key;
	enum xen_control_stage stage;
} done;

static enum xen_control_stage fake_stage(void)
{
	return done.stage;
}

static void fake_end(bool restart, bool at_once)
{
	if (restart)
		done.restart++;
	else
		done.power_off++;
	done.at_once += at_once;
}

static void fake_sysrq(u8 key)
{
	done.sysrqs++;
	done.key = key;
}

static int fake_suspend(void)
{
	done.suspends++;
	return done.suspend_result;
}

static int shutdown_test_init(struct kunit *test)
{
	done = (struct done){ .stage = XEN_STAGE_UP };
	kunit_activate_static_stub(test, xen_control_stage, fake_stage);
	kunit_activate_static_stub(test, xen_control_end, fake_end);
	kunit_activate_static_stub(test, xen_control_sysrq, fake_sysrq);
	kunit_activate_static_stub(test, xen_control_suspend, fake_suspend);
	return fake_store_init(test);
}

static void ask(struct kunit *test, const char *value)
{
	fake_set(test->priv, "control/shutdown", value);
	xen_control_shutdown_changed(NULL, "control/shutdown", "");
}

static void expect_value(struct kunit *test, const char *path,
			 const char *want)
{
	char *value = fake_get(test->priv, path);

	KUNIT_ASSERT_NOT_NULL(test, value);
	KUNIT_EXPECT_STREQ(test, value, want);
}

static void expect_nothing_done(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, done.power_off, 0);
	KUNIT_EXPECT_EQ(test, done.restart, 0);
	KUNIT_EXPECT_EQ(test, done.suspends, 0);
}

static const struct value_case {
	const char *value;
	unsigned int power_off, restart, suspends;
} value_cases[] = {
	{ "poweroff", 1, 0, 0 },
	{ "halt", 1, 0, 0 },
	{ "reboot", 0, 1, 0 },
	{ "suspend", 0, 0, 1 },
	{ "crash" },
	{ "soft_reset" },
	{ "POWEROFF" },
	{ " poweroff" },
	{ "poweroff " },
	{ "poweroff\n" },
	{ "power" },
	{ "poweroffpoweroffpoweroffpoweroffpoweroff" },
	{ "\x1b[2J\xff%s%n" },
	{ "1" },
};

static void value_name(const struct value_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%*pE", (int)strlen(c->value),
		 c->value);
}

KUNIT_ARRAY_PARAM(value, value_cases, value_name);

static void every_value(struct kunit *test)
{
	const struct value_case *c = test->param_value;
	struct fake_store *fake = test->priv;

	ask(test, c->value);
	KUNIT_EXPECT_EQ(test, done.power_off, c->power_off);
	KUNIT_EXPECT_EQ(test, done.restart, c->restart);
	KUNIT_EXPECT_EQ(test, done.suspends, c->suspends);
	KUNIT_EXPECT_EQ(test, done.at_once, 0);
	expect_value(test, "control/shutdown", "");
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);

	/* The event of our own write finds nothing. */
	xen_control_shutdown_changed(NULL, "control/shutdown", "");
	KUNIT_EXPECT_EQ(test, done.power_off + done.restart + done.suspends,
			c->power_off + c->restart + c->suspends);
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
}

/* The first event comes before anybody has asked for anything. */
static void no_request(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	xen_control_shutdown_changed(NULL, "control/shutdown", "");
	ask(test, "");
	expect_nothing_done(test);
	KUNIT_EXPECT_EQ(test, fake->types[XS_WRITE], 0);
	KUNIT_EXPECT_EQ(test, fake->aborted, 2);
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
}

/* User space has had its request, and gets the next one as well. */
static void asked_again(struct kunit *test)
{
	ask(test, "poweroff");
	ask(test, "poweroff");
	ask(test, "reboot");
	KUNIT_EXPECT_EQ(test, done.power_off, 2);
	KUNIT_EXPECT_EQ(test, done.restart, 1);
}

static void during_boot(struct kunit *test)
{
	done.stage = XEN_STAGE_BOOT;
	ask(test, "poweroff");
	ask(test, "reboot");
	ask(test, "suspend");
	KUNIT_EXPECT_EQ(test, done.power_off, 1);
	KUNIT_EXPECT_EQ(test, done.restart, 1);
	KUNIT_EXPECT_EQ(test, done.at_once, 2);
	KUNIT_EXPECT_EQ(test, done.suspends, 0);
}

static void going_down(struct kunit *test)
{
	static const char * const values[] = {
		"poweroff", "halt", "reboot", "suspend", "crash",
	};
	unsigned int i;

	done.stage = XEN_STAGE_DOWN;
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		ask(test, values[i]);
		expect_value(test, "control/shutdown", "");
	}
	expect_nothing_done(test);
}

/* What is in the store after a transaction that has failed */
static const char *kept_path, *kept_value;

static bool keep(struct fake_store *fake)
{
	if (fake->hdr.type == XS_TRANSACTION_END && fake->conflicts)
		fake_set(fake, kept_path, kept_value);
	return false;
}

static void have_conflicts(struct fake_store *fake, unsigned int nr,
			   const char *path, const char *value)
{
	kept_path = path;
	kept_value = value;
	fake->conflicts = nr;
	fake->hook = keep;
}

static void conflicts(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	have_conflicts(fake, 5, "control/shutdown", "poweroff");
	ask(test, "poweroff");
	KUNIT_EXPECT_EQ(test, done.power_off, 1);
	KUNIT_EXPECT_EQ(test, fake->types[XS_TRANSACTION_START], 6);
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
}

/* What cannot be taken is not carried out, and not tried for ever. */
static void conflicts_without_end(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	have_conflicts(fake, 1000000, "control/shutdown", "poweroff");
	ask(test, "poweroff");
	expect_nothing_done(test);
	KUNIT_EXPECT_GT(test, fake->types[XS_TRANSACTION_START], 10);
	KUNIT_EXPECT_LT(test, fake->types[XS_TRANSACTION_START], 1000);
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
}

/* The toolstack gives up, and withdraws its request at the last moment. */
static void withdrawn(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	have_conflicts(fake, 1, "control/shutdown", "");
	ask(test, "suspend");
	expect_nothing_done(test);
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
}

/* Fails the request of type @fake->arg. */
static bool refuse(struct fake_store *fake)
{
	if (fake->hdr.type != fake->arg)
		return false;
	fake_error(fake, "EACCES");
	return true;
}

static void not_acknowledged(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake->hook = refuse;
	fake->arg = XS_WRITE;
	ask(test, "poweroff");
	KUNIT_EXPECT_EQ(test, done.power_off, 1);
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
}

static void store_fails(struct kunit *test)
{
	static const unsigned int types[] = {
		XS_TRANSACTION_START, XS_READ,
	};
	struct fake_store *fake = test->priv;
	unsigned int i;

	fake->hook = refuse;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		fake->arg = types[i];
		ask(test, "poweroff");
		expect_nothing_done(test);
		KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
		expect_value(test, "control/shutdown", "poweroff");
	}
	/* And the next event brings it about. */
	fake->hook = NULL;
	xen_control_shutdown_changed(NULL, "control/shutdown", "");
	KUNIT_EXPECT_EQ(test, done.power_off, 1);
}

static void commit_fails(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake->hook = refuse;
	fake->arg = XS_TRANSACTION_END;
	ask(test, "reboot");
	expect_nothing_done(test);
}

static void announcement(struct kunit *test)
{
	xen_control_announce();
	expect_value(test, "control/feature-poweroff", "1");
	expect_value(test, "control/feature-reboot", "1");
	expect_value(test, "control/feature-suspend",
		     IS_ENABLED(CONFIG_HIBERNATE_CALLBACKS) ? "1" : "0");
	KUNIT_EXPECT_NULL(test, fake_get(test->priv, "control/feature-halt"));
	KUNIT_EXPECT_NULL(test, fake_get(test->priv, "control/feature-crash"));
}

static void announcement_refused(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake->hook = refuse;
	fake->arg = XS_WRITE;
	xen_control_announce();
	KUNIT_EXPECT_EQ(test, fake->types[XS_WRITE], 3);
}

/* The store of a new life has to be told again, that of the old one has not. */
static void announced_after_resume(struct kunit *test)
{
	static const struct {
		int result;
		unsigned int announced;
	} cases[] = { { 0, 3 }, { 1, 0 }, { -EBUSY, 0 } };
	struct fake_store *fake = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fake->types[XS_WRITE] = 0;
		done.suspend_result = cases[i].result;
		ask(test, "suspend");
		/* One more is the answer to the request. */
		KUNIT_EXPECT_EQ(test, fake->types[XS_WRITE],
				cases[i].announced + 1);
	}
	KUNIT_EXPECT_EQ(test, done.suspends, ARRAY_SIZE(cases));
}

static void press(struct kunit *test, const char *keys)
{
	fake_set(test->priv, "control/sysrq", keys);
	xen_control_sysrq_changed(NULL, "control/sysrq", "");
}

static void sysrq_key(struct kunit *test)
{
	press(test, "h");
	KUNIT_EXPECT_EQ(test, done.sysrqs, 1);
	KUNIT_EXPECT_EQ(test, done.key, 'h');
	expect_value(test, "control/sysrq", "");
	/* Our own write; and more than a key. */
	xen_control_sysrq_changed(NULL, "control/sysrq", "");
	KUNIT_EXPECT_EQ(test, done.sysrqs, 1);
	press(test, "tm");
	KUNIT_EXPECT_EQ(test, done.sysrqs, 2);
	KUNIT_EXPECT_EQ(test, done.key, 't');
	expect_value(test, "control/sysrq", "");
}

static void sysrq_none(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	xen_control_sysrq_changed(NULL, "control/sysrq", "");
	press(test, "");
	KUNIT_EXPECT_EQ(test, done.sysrqs, 0);
	KUNIT_EXPECT_EQ(test, fake->types[XS_WRITE], 0);
	have_conflicts(fake, 3, "control/sysrq", "\xff");
	press(test, "\xff");
	KUNIT_EXPECT_EQ(test, done.sysrqs, 1);
	KUNIT_EXPECT_EQ(test, done.key, 0xff);
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
}

static struct kunit_case shutdown_cases[] = {
	KUNIT_CASE_PARAM(every_value, value_gen_params),
	KUNIT_CASE(no_request),
	KUNIT_CASE(asked_again),
	KUNIT_CASE(during_boot),
	KUNIT_CASE(going_down),
	KUNIT_CASE(conflicts),
	KUNIT_CASE(conflicts_without_end),
	KUNIT_CASE(withdrawn),
	KUNIT_CASE(not_acknowledged),
	KUNIT_CASE(store_fails),
	KUNIT_CASE(commit_fails),
	KUNIT_CASE(announcement),
	KUNIT_CASE(announcement_refused),
	KUNIT_CASE(announced_after_resume),
	KUNIT_CASE(sysrq_key),
	KUNIT_CASE(sysrq_none),
	{}
};

static struct kunit_suite shutdown_suite = {
	.name = "xen_control_shutdown",
	.init = shutdown_test_init,
	.exit = fake_store_exit,
	.test_cases = shutdown_cases,
};

kunit_test_suite(shutdown_suite);
