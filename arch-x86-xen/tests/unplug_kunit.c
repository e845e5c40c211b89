// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of which emulated devices an HVM guest unplugs, and which paravirtual
 * ones it may use, for each value of xen_emul_unplug=.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/irqflags.h>
#include <linux/string.h>

#include <xen/platform_pci.h>
#include <xen/xen.h>

#include "xen-arch.h"

#define DISKS	XEN_UNPLUG_ALL_IDE_DISKS
#define NICS	XEN_UNPLUG_ALL_NICS
#define AUX	XEN_UNPLUG_AUX_IDE_DISKS

/* What this kernel has paravirtual drivers for */
#define OURS	((IS_ENABLED(CONFIG_XEN_BLKDEV_FRONTEND) ? DISKS : 0) | \
		 (IS_ENABLED(CONFIG_XEN_NETDEV_FRONTEND) ? NICS : 0))

/* The device model */
static struct {
	bool answers;
	unsigned int questions;
	unsigned int requests;
	int mask;
} model;

static enum xen_domain_type saved_type;
static int saved_policy __initdata;
static int saved_unplugged;

static bool model_answers(void)
{
	model.questions++;
	return model.answers;
}

static void model_unplugs(int mask)
{
	model.requests++;
	model.mask = mask;
}

static int __init unplug_init(struct kunit *test)
{
	saved_type = xen_domain_type;
	saved_policy = xen_unplug_policy;
	saved_unplugged = xen_unplugged;
	xen_domain_type = XEN_HVM_DOMAIN;
	kunit_activate_static_stub(test, xen_unplug_answered, model_answers);
	kunit_activate_static_stub(test, xen_unplug_ask, model_unplugs);
	return 0;
}

static void __init unplug_exit(struct kunit *test)
{
	xen_domain_type = saved_type;
	xen_unplug_policy = saved_policy;
	xen_unplugged = saved_unplugged;
}

/**
 * struct value - a value of the parameter
 * @arg: what stands behind xen_emul_unplug=, NULL for nothing
 * @mask: what the device model is asked to unplug, 0 if it is not asked
 * @pv: paravirtual devices are used when the device model answers
 * @pv_alone: also when it does not
 * @both: each disk is there twice
 */
struct value {
	const char *arg;
	int mask;
	bool pv;
	bool pv_alone;
	bool both;
};

static const struct value values[] __initconst = {
	{ .arg = NULL, .mask = OURS, .pv = OURS },
	{ .arg = "ide-disks", .mask = DISKS, .pv = true },
	{ .arg = "aux-ide-disks", .mask = AUX, .pv = true },
	{ .arg = "nics", .mask = NICS, .pv = true },
	{ .arg = "nics,ide-disks", .mask = DISKS | NICS, .pv = true },
	{ .arg = "all", .mask = DISKS | NICS | AUX, .pv = true },
	{ .arg = "nics,all", .mask = DISKS | NICS | AUX, .pv = true },
	{ .arg = "unnecessary", .pv = true, .pv_alone = true, .both = true },
	{ .arg = "nics,unnecessary", .pv = true, .pv_alone = true,
	  .both = true },
	{ .arg = "never" },
	{ .arg = "all,never" },
	{ .arg = "never,unnecessary" },
	/* What is not known is as if it were not there. */
	{ .arg = "floppies", .mask = OURS, .pv = OURS },
	{ .arg = "floppies,nics", .mask = NICS, .pv = true },
	{ .arg = "", .mask = OURS, .pv = OURS },
};

static void __init start(const struct value *value, bool answers)
{
	char arg[32];

	memset(&model, 0, sizeof(model));
	model.answers = answers;
	xen_unplug_policy = 0;
	xen_unplugged = 0;
	if (value->arg) {
		strscpy(arg, value->arg, sizeof(arg));
		xen_unplug_parse(arg);
	}
	xen_unplug_emulated_devices();
}

static void __init expect_pv(struct kunit *test, const struct value *value,
			     bool pv)
{
	KUNIT_EXPECT_EQ_MSG(test, xen_has_pv_devices(), pv, "%s", value->arg);
	KUNIT_EXPECT_EQ_MSG(test, xen_has_pv_disk_devices(), pv, "%s",
			    value->arg);
	KUNIT_EXPECT_EQ_MSG(test, xen_has_pv_nic_devices(), pv, "%s",
			    value->arg);
	KUNIT_EXPECT_EQ_MSG(test, xen_has_pv_and_legacy_disk_devices(),
			    pv && value->both, "%s", value->arg);
}

static void __init restored(void)
{
	unsigned long flags;

	model.requests = 0;
	model.mask = 0;
	local_irq_save(flags);
	xen_unplug_again();
	local_irq_restore(flags);
}

/* After a restore there is a new device model, which is asked for the same. */
static void __init device_model_answers(struct kunit *test)
{
	const struct value *value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		value = &values[i];
		start(value, true);
		KUNIT_EXPECT_EQ_MSG(test, model.requests, !!value->mask, "%s",
				    value->arg);
		KUNIT_EXPECT_EQ_MSG(test, model.mask, value->mask, "%s",
				    value->arg);
		expect_pv(test, value, value->pv);

		restored();
		KUNIT_EXPECT_EQ_MSG(test, model.mask, value->mask, "%s",
				    value->arg);
	}
}

/* One without the platform device, or which does not want these drivers */
static void __init nobody_answers(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		start(&values[i], false);
		restored();
		KUNIT_EXPECT_EQ_MSG(test, model.requests, 0, "%s",
				    values[i].arg);
		expect_pv(test, &values[i], values[i].pv_alone);
	}
}

/* The ports are others', or nobody's. */
static void __init not_on_bare_hardware(struct kunit *test)
{
	start(&values[0], true);
	xen_domain_type = XEN_NATIVE;
	expect_pv(test, &values[0], false);
}

static struct kunit_case __refdata unplug_cases[] = {
	KUNIT_CASE(device_model_answers),
	KUNIT_CASE(nobody_answers),
	KUNIT_CASE(not_on_bare_hardware),
	{}
};

static struct kunit_suite __refdata unplug_suite = {
	.name = "xen_arch_unplug",
	.init = unplug_init,
	.exit = unplug_exit,
	.test_cases = unplug_cases,
};

kunit_test_init_section_suite(unplug_suite);

MODULE_DESCRIPTION("Unit tests of unplugging emulated devices");
MODULE_LICENSE("GPL");
