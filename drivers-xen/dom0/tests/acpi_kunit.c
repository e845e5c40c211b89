// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of interrupt lines, sleep states, processor capabilities and idle processors:
 * what Xen is told, and what becomes of its answers.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/acpi.h>
#include <linux/pci.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include <xen/acpi.h>
#include <xen/interface/physdev.h>
#include <xen/interface/platform.h>

#include "dom0.h"

static int fake_error;
static int nr_calls;
static struct physdev_setup_gsi last_gsi;
static struct xen_platform_op last_op;

static int fake_physdev_op(int cmd, void *arg)
{
	if (cmd != PHYSDEVOP_setup_gsi)
		return -ENOSYS;
	nr_calls++;
	last_gsi = *(struct physdev_setup_gsi *)arg;
	return fake_error;
}

static int fake_platform_op(struct xen_platform_op *op)
{
	u32 *pdc;

	nr_calls++;
	last_op = *op;
	if (op->cmd == XENPF_set_processor_pminfo && !fake_error) {
		pdc = op->u.set_pminfo.pdc;
		if (pdc[0] != 1 || pdc[1] != 1)
			return -EINVAL;
		pdc[2] &= 0xff;
	}
	return fake_error;
}

static int acpi_test_init(struct kunit *test)
{
	fake_error = 0;
	nr_calls = 0;
	kunit_activate_static_stub(test, HYPERVISOR_physdev_op,
				   fake_physdev_op);
	kunit_activate_static_stub(test, HYPERVISOR_platform_op,
				   fake_platform_op);
	return 0;
}

/* ACPI counts the two the other way round than Xen: 0 is level to it. */
static void gsi_trigger_and_polarity(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_pvh_setup_gsi(17, ACPI_LEVEL_SENSITIVE,
						ACPI_ACTIVE_LOW), 0);
	KUNIT_EXPECT_EQ(test, last_gsi.gsi, 17);
	KUNIT_EXPECT_EQ(test, last_gsi.triggering, 1);
	KUNIT_EXPECT_EQ(test, last_gsi.polarity, 1);

	KUNIT_EXPECT_EQ(test, xen_pvh_setup_gsi(4, ACPI_EDGE_SENSITIVE,
						ACPI_ACTIVE_HIGH), 0);
	KUNIT_EXPECT_EQ(test, last_gsi.gsi, 4);
	KUNIT_EXPECT_EQ(test, last_gsi.triggering, 0);
	KUNIT_EXPECT_EQ(test, last_gsi.polarity, 0);
}

static void gsi_answers(struct kunit *test)
{
	fake_error = -EEXIST;
	KUNIT_EXPECT_EQ(test, xen_pvh_setup_gsi(17, 0, 1), 0);
	fake_error = -ENOSYS;
	KUNIT_EXPECT_EQ(test, xen_pvh_setup_gsi(17, 0, 1), -ENOSYS);
}

static void gsi_of_a_device_without(struct kunit *test)
{
	struct pci_dev *pdev = kunit_kzalloc(test, sizeof(*pdev), GFP_KERNEL);
	int gsi = 1, trigger = 2, polarity = 3;

	KUNIT_ASSERT_NOT_NULL(test, pdev);
	KUNIT_EXPECT_EQ(test, xen_acpi_get_gsi_info(pdev, &gsi, &trigger,
						    &polarity), -EINVAL);
	KUNIT_EXPECT_EQ(test, xen_acpi_get_gsi_info(NULL, &gsi, &trigger,
						    &polarity), -EINVAL);
	KUNIT_EXPECT_EQ(test, xen_acpi_get_gsi_info(pdev, NULL, &trigger,
						    &polarity), -EINVAL);
	KUNIT_EXPECT_EQ(test, gsi, 1);
	KUNIT_EXPECT_EQ(test, trigger, 2);
	KUNIT_EXPECT_EQ(test, polarity, 3);
}

/*
 * Nothing but the line of the first device that has one is known of the machine that
 * runs the tests: the kernel has found it, too.
 */
static void gsi_of_real_devices(struct kunit *test)
{
	int gsi, trigger, polarity, found = 0;
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev) {
		if (!pdev->pin)
			continue;
		if (xen_acpi_get_gsi_info(pdev, &gsi, &trigger, &polarity))
			continue;
		found++;
		KUNIT_EXPECT_GE(test, gsi, 1);
		KUNIT_EXPECT_LT(test, gsi, 256);
		KUNIT_EXPECT_EQ(test, trigger, ACPI_LEVEL_SENSITIVE);
	}
	KUNIT_EXPECT_GE(test, found, 1);
}

/**
 * struct fake_bridge - a bridge on the machine's first bus, and a device behind it
 * @root: the bus
 * @bridge: the bridge
 * @bus: behind the bridge
 * @pdev: on that bus, with its first pin
 */
struct fake_bridge {
	struct pci_bus *root;
	struct pci_dev bridge;
	struct pci_bus bus;
	struct pci_dev pdev;
};

static struct fake_bridge *add_bridge(struct kunit *test)
{
	struct fake_bridge *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->root = pci_find_bus(0, 0);
	KUNIT_ASSERT_NOT_NULL(test, fake->root);
	fake->bridge.bus = fake->root;
	fake->bridge.devfn = PCI_DEVFN(3, 0);
	fake->bridge.pin = 3;
	fake->bridge.class = PCI_CLASS_BRIDGE_PCI << 8;
	fake->bus.parent = fake->root;
	fake->bus.self = &fake->bridge;
	fake->pdev.bus = &fake->bus;
	fake->pdev.pin = 1;
	return fake;
}

/* 0 if it has none */
static int gsi_of_device(struct pci_dev *pdev)
{
	int gsi, trigger, polarity;

	return xen_acpi_get_gsi_info(pdev, &gsi, &trigger, &polarity) ? 0 : gsi;
}

/* Each slot starts with another pin of the bridge's. */
static void gsi_behind_a_bridge(struct kunit *test)
{
	struct fake_bridge *fake = add_bridge(test);

	fake->pdev.devfn = PCI_DEVFN(2, 0);
	KUNIT_EXPECT_GE(test, gsi_of_device(&fake->pdev), 1);
	KUNIT_EXPECT_EQ(test, gsi_of_device(&fake->pdev),
			gsi_of_device(&fake->bridge));
	fake->pdev.devfn = PCI_DEVFN(0, 0);
	KUNIT_EXPECT_NE(test, gsi_of_device(&fake->pdev),
			gsi_of_device(&fake->bridge));
}

/* There a bridge's pin is that of all that is behind it. */
static void gsi_behind_cardbus(struct kunit *test)
{
	struct fake_bridge *fake = add_bridge(test);

	fake->bridge.class = PCI_CLASS_BRIDGE_CARDBUS << 8;
	KUNIT_EXPECT_GE(test, gsi_of_device(&fake->pdev), 1);
	KUNIT_EXPECT_EQ(test, gsi_of_device(&fake->pdev),
			gsi_of_device(&fake->bridge));
	fake->bridge.pin = 0;
	KUNIT_EXPECT_EQ(test, gsi_of_device(&fake->pdev), 0);
}

/* The table has slots, of which there is but one with ARI. */
static void gsi_with_ari(struct kunit *test)
{
	struct fake_bridge *fake = add_bridge(test);
	int first, fourth;

	ACPI_COMPANION_SET(&fake->bridge.dev, ACPI_COMPANION(fake->root->bridge));
	first = gsi_of_device(&fake->pdev);
	fake->pdev.devfn = PCI_DEVFN(3, 0);
	fourth = gsi_of_device(&fake->pdev);
	KUNIT_ASSERT_GE(test, first, 1);
	KUNIT_ASSERT_NE(test, first, fourth);

	fake->bridge.ari_enabled = 1;
	KUNIT_EXPECT_EQ(test, gsi_of_device(&fake->pdev), first);
}

static int gsi_of(u32 sbdf)
{
	return sbdf == 0x10020 ? 42 : -ENODEV;
}

static void gsi_from_sbdf(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_acpi_get_gsi_from_sbdf(0x10020), -EOPNOTSUPP);
	xen_acpi_register_get_gsi_func(gsi_of);
	KUNIT_EXPECT_EQ(test, xen_acpi_get_gsi_from_sbdf(0x10020), 42);
	KUNIT_EXPECT_EQ(test, xen_acpi_get_gsi_from_sbdf(1), -ENODEV);
	xen_acpi_register_get_gsi_func(NULL);
	KUNIT_EXPECT_EQ(test, xen_acpi_get_gsi_from_sbdf(0x10020), -EOPNOTSUPP);
}

static void sleep_values(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_acpi_notify_hypervisor_sleep(3, 0x1c01, 0xffff),
			1);
	KUNIT_EXPECT_EQ(test, last_op.cmd, XENPF_enter_acpi_sleep);
	KUNIT_EXPECT_EQ(test, last_op.u.enter_acpi_sleep.sleep_state, 3);
	KUNIT_EXPECT_EQ(test, last_op.u.enter_acpi_sleep.val_a, 0x1c01);
	KUNIT_EXPECT_EQ(test, last_op.u.enter_acpi_sleep.val_b, 0xffff);
	KUNIT_EXPECT_EQ(test, last_op.u.enter_acpi_sleep.flags, 0);

	KUNIT_EXPECT_EQ(test,
			xen_acpi_notify_hypervisor_extended_sleep(5, 0xff, 0), 1);
	KUNIT_EXPECT_EQ(test, last_op.u.enter_acpi_sleep.flags,
			XENPF_ACPI_SLEEP_EXTENDED);
	KUNIT_EXPECT_EQ(test, nr_calls, 2);

	/* What ACPI would write for type 5: with the bit that starts it */
	KUNIT_EXPECT_EQ(test, xen_dom0_prepare_extended_sleep(5, 0x34, 0), 1);
	KUNIT_EXPECT_EQ(test, last_op.u.enter_acpi_sleep.sleep_state, 5);
	KUNIT_EXPECT_EQ(test, last_op.u.enter_acpi_sleep.val_a, 5);
	KUNIT_EXPECT_EQ(test, last_op.u.enter_acpi_sleep.val_b, 0);
	KUNIT_EXPECT_EQ(test, last_op.u.enter_acpi_sleep.flags,
			XENPF_ACPI_SLEEP_EXTENDED);
}

/* Something else would be written than what was meant. */
static void sleep_values_too_large(struct kunit *test)
{
	KUNIT_EXPECT_LT(test, xen_acpi_notify_hypervisor_sleep(3, 0x10000, 0), 0);
	KUNIT_EXPECT_LT(test, xen_acpi_notify_hypervisor_sleep(3, 0, 0x10000), 0);
	KUNIT_EXPECT_LT(test,
			xen_acpi_notify_hypervisor_extended_sleep(3, 0x100, 0),
			0);
	KUNIT_EXPECT_LT(test,
			xen_acpi_notify_hypervisor_extended_sleep(3, 0, 0x100),
			0);
	KUNIT_EXPECT_EQ(test, nr_calls, 0);
}

static void sleep_refused(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_dom0_prepare_sleep(ACPI_STATE_S3, 0, 0), 1);
	fake_error = -EPERM;
	/* A sleep that Xen does not know of ends badly. */
	KUNIT_EXPECT_EQ(test, xen_dom0_prepare_sleep(ACPI_STATE_S3, 0, 0),
			-EPERM);
	KUNIT_EXPECT_EQ(test, xen_dom0_prepare_sleep(ACPI_STATE_S4, 0, 0),
			-EPERM);
	/* The end does not. */
	KUNIT_EXPECT_EQ(test, xen_dom0_prepare_sleep(ACPI_STATE_S5, 0, 0), 0);
}

static void capabilities(struct kunit *test)
{
	u32 cap = 0x1234;

	xen_sanitize_proc_cap_bits(&cap);
	KUNIT_EXPECT_EQ(test, cap, 0x34);
	KUNIT_EXPECT_EQ(test, last_op.cmd, XENPF_set_processor_pminfo);
	KUNIT_EXPECT_EQ(test, last_op.u.set_pminfo.type, XEN_PM_PDC);
	KUNIT_EXPECT_EQ(test, last_op.u.set_pminfo.id, U32_MAX);

	fake_error = -ENOSYS;
	cap = 0x1234;
	xen_sanitize_proc_cap_bits(&cap);
	KUNIT_EXPECT_EQ(test, cap, 0x1234);
}

/* What the firmware says of processors that are to be idle */
static int parse(u32 count, acpi_object_type type, u64 revision, u64 number,
		 u32 *processors)
{
	union acpi_object part[3] = {
		{ .integer = { .type = type, .value = revision } },
		{ .integer = { .type = type, .value = number } },
		{ .integer = { .type = type } },
	};
	union acpi_object pur = {
		.package = {
			.type = ACPI_TYPE_PACKAGE,
			.count = count,
			.elements = part,
		},
	};

	return xen_pad_parse(&pur, processors);
}

static void idle_processors(struct kunit *test)
{
	u32 nr = 99;

	KUNIT_EXPECT_EQ(test, parse(2, ACPI_TYPE_INTEGER, 1, 3, &nr), 0);
	KUNIT_EXPECT_EQ(test, nr, 3);
	KUNIT_EXPECT_EQ(test, parse(2, ACPI_TYPE_INTEGER, 1, 0, &nr), 0);
	KUNIT_EXPECT_EQ(test, nr, 0);
	KUNIT_EXPECT_EQ(test, parse(2, ACPI_TYPE_INTEGER, 1, BIT_ULL(32) + 1,
				    &nr), 0);
	KUNIT_EXPECT_EQ(test, nr, INT_MAX);
}

static void idle_processors_unclear(struct kunit *test)
{
	u32 nr = 99;

	KUNIT_EXPECT_EQ(test, parse(0, ACPI_TYPE_INTEGER, 1, 3, &nr), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse(1, ACPI_TYPE_INTEGER, 1, 3, &nr), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse(3, ACPI_TYPE_INTEGER, 1, 3, &nr), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse(2, ACPI_TYPE_INTEGER, 2, 3, &nr), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse(2, ACPI_TYPE_STRING, 1, 3, &nr), -EINVAL);
	KUNIT_EXPECT_EQ(test, nr, 99);
}

static struct kunit_case acpi_cases[] = {
	KUNIT_CASE(gsi_trigger_and_polarity),
	KUNIT_CASE(gsi_answers),
	KUNIT_CASE(gsi_of_a_device_without),
	KUNIT_CASE(gsi_of_real_devices),
	KUNIT_CASE(gsi_behind_a_bridge),
	KUNIT_CASE(gsi_behind_cardbus),
	KUNIT_CASE(gsi_with_ari),
	KUNIT_CASE(gsi_from_sbdf),
	KUNIT_CASE(sleep_values),
	KUNIT_CASE(sleep_values_too_large),
	KUNIT_CASE(sleep_refused),
	KUNIT_CASE(capabilities),
	KUNIT_CASE(idle_processors),
	KUNIT_CASE(idle_processors_unclear),
	{}
};

static struct kunit_suite acpi_suite = {
	.name = "xen_dom0_acpi",
	.init = acpi_test_init,
	.test_cases = acpi_cases,
};

kunit_test_suite(acpi_suite);

MODULE_DESCRIPTION("Unit tests of what only dom0 does");
MODULE_LICENSE("GPL");
