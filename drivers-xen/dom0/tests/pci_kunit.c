// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what Xen is told of PCI devices, with devices that are on no bus.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/acpi.h>
#include <linux/device.h>
#include <linux/pci.h>
#include <linux/string.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/physdev.h>
#include <xen/pci.h>

#include "dom0.h"

#define MAX_AREAS	8

/**
 * struct fake_pci - a device, and what was said of it
 * @sysdata: the bus' segment
 * @bus: the device's bus
 * @bridge: the device above the bus
 * @pdev: the device
 * @physfn: of which it is a function
 * @error: what Xen answers
 * @add: the last device that was added
 * @proximity: its proximity domain, if there is one
 * @name: the last one that was removed
 * @reset: the last one that was reset
 * @nr_added: how often
 * @nr_removed: how often
 * @nr_reset: how often
 */
struct fake_pci {
	struct pci_sysdata sysdata;
	struct pci_bus bus;
	struct pci_dev bridge;
	struct pci_dev pdev;
	struct pci_dev physfn;
	int error;
	struct physdev_pci_device_add add;
	u32 proximity;
	struct physdev_pci_device name;
	struct pci_device_reset reset;
	int nr_added;
	int nr_removed;
	int nr_reset;
};

static struct fake_pci *fake;

/* Areas are reported once and for all, so this is for all tests. */
static struct physdev_pci_mmcfg_reserved areas[MAX_AREAS];
static int nr_areas;

/* Where in ACPI's tree the proximity domain is */
static acpi_handle proximity_at;

static int fake_physdev_op(int cmd, void *arg)
{
	struct physdev_pci_device_add *add = arg;

	switch (cmd) {
	case PHYSDEVOP_pci_device_add:
		fake->add = *add;
		if (add->flags & XEN_PCI_DEV_PXM)
			fake->proximity = add->optarr[0];
		fake->nr_added++;
		return fake->error;
	case PHYSDEVOP_pci_device_remove:
		fake->name = *(struct physdev_pci_device *)arg;
		fake->nr_removed++;
		return fake->error;
	case PHYSDEVOP_pci_device_reset:
		fake->reset = *(struct pci_device_reset *)arg;
		fake->nr_reset++;
		return fake->error;
	case PHYSDEVOP_pci_mmcfg_reserved:
		if (nr_areas < MAX_AREAS)
			areas[nr_areas++] =
				*(struct physdev_pci_mmcfg_reserved *)arg;
		return 0;
	}
	return -ENOSYS;
}

static int pci_test_init(struct kunit *test)
{
	fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->bus.sysdata = &fake->sysdata;
	fake->bus.number = 0x12;
	fake->pdev.bus = &fake->bus;
	fake->pdev.devfn = PCI_DEVFN(3, 1);
	fake->physfn.bus = &fake->bus;
	fake->physfn.devfn = PCI_DEVFN(3, 0);
	kunit_activate_static_stub(test, HYPERVISOR_physdev_op,
				   fake_physdev_op);
	return 0;
}

static int event(unsigned long action)
{
	return xen_pci_event(NULL, action, &fake->pdev.dev);
}

static void device_comes_and_goes(struct kunit *test)
{
	fake->sysdata.domain = 0x1234;
	KUNIT_EXPECT_EQ(test, event(BUS_NOTIFY_ADD_DEVICE), NOTIFY_OK);
	KUNIT_EXPECT_EQ(test, fake->nr_added, 1);
	KUNIT_EXPECT_EQ(test, fake->add.seg, 0x1234);
	KUNIT_EXPECT_EQ(test, fake->add.bus, 0x12);
	KUNIT_EXPECT_EQ(test, fake->add.devfn, PCI_DEVFN(3, 1));
	KUNIT_EXPECT_EQ(test, fake->add.flags, 0);

	KUNIT_EXPECT_EQ(test, event(BUS_NOTIFY_REMOVED_DEVICE), NOTIFY_OK);
	KUNIT_EXPECT_EQ(test, fake->nr_removed, 1);
	KUNIT_EXPECT_EQ(test, fake->name.seg, 0x1234);
	KUNIT_EXPECT_EQ(test, fake->name.bus, 0x12);
	KUNIT_EXPECT_EQ(test, fake->name.devfn, PCI_DEVFN(3, 1));
}

/* It is still there, with a configuration space, while its driver goes. */
static void other_events(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, event(BUS_NOTIFY_DEL_DEVICE), NOTIFY_DONE);
	KUNIT_EXPECT_EQ(test, event(BUS_NOTIFY_BOUND_DRIVER), NOTIFY_DONE);
	KUNIT_EXPECT_EQ(test, event(BUS_NOTIFY_UNBOUND_DRIVER), NOTIFY_DONE);
	KUNIT_EXPECT_EQ(test, fake->nr_added, 0);
	KUNIT_EXPECT_EQ(test, fake->nr_removed, 0);
}

static void virtual_function(struct kunit *test)
{
#ifdef CONFIG_PCI_IOV
	fake->pdev.is_virtfn = 1;
	fake->pdev.physfn = &fake->physfn;
	/* That it is a virtual one says enough. */
	fake->bus.self = &fake->bridge;
	fake->bridge.ari_enabled = 1;
	event(BUS_NOTIFY_ADD_DEVICE);
	KUNIT_EXPECT_EQ(test, fake->add.flags, XEN_PCI_DEV_VIRTFN);
	KUNIT_EXPECT_EQ(test, fake->add.physfn.bus, 0x12);
	KUNIT_EXPECT_EQ(test, fake->add.physfn.devfn, PCI_DEVFN(3, 0));
#else
	kunit_skip(test, "needs CONFIG_PCI_IOV");
#endif
}

static void extended_function(struct kunit *test)
{
	fake->bus.self = &fake->bridge;
	fake->bridge.ari_enabled = 1;
	event(BUS_NOTIFY_ADD_DEVICE);
	KUNIT_EXPECT_EQ(test, fake->add.flags, XEN_PCI_DEV_EXTFN);

	fake->pdev.devfn = PCI_DEVFN(0, 7);
	event(BUS_NOTIFY_ADD_DEVICE);
	KUNIT_EXPECT_EQ(test, fake->add.flags, 0);

	fake->pdev.devfn = PCI_DEVFN(1, 0);
	fake->bridge.ari_enabled = 0;
	event(BUS_NOTIFY_ADD_DEVICE);
	KUNIT_EXPECT_EQ(test, fake->add.flags, 0);
}

static bool fake_proximity(acpi_handle handle, u32 *domain)
{
	if (handle != proximity_at)
		return false;
	*domain = 7;
	return true;
}

static void expect_proximity(struct kunit *test, acpi_handle at)
{
	proximity_at = at;
	fake->proximity = 0;
	event(BUS_NOTIFY_ADD_DEVICE);
	KUNIT_EXPECT_EQ(test, fake->add.flags, at ? XEN_PCI_DEV_PXM : 0);
	KUNIT_EXPECT_EQ(test, fake->proximity, at ? 7 : 0);
}

/* It is that of the first thing above the device that has one. */
static void proximity(struct kunit *test)
{
	struct pci_bus *root = pci_find_bus(0, 0);
	acpi_handle host, above;

	KUNIT_ASSERT_NOT_NULL(test, root);
	host = ACPI_HANDLE(root->bridge);
	KUNIT_ASSERT_NOT_NULL(test, host);
	KUNIT_ASSERT_TRUE(test, ACPI_SUCCESS(acpi_get_parent(host, &above)));
	fake->bridge.dev.parent = root->bridge;
	fake->pdev.dev.parent = &fake->bridge.dev;
	kunit_activate_static_stub(test, xen_pci_proximity, fake_proximity);

	expect_proximity(test, host);
	expect_proximity(test, above);
	expect_proximity(test, NULL);
}

/* Xen would take the lower half of the number for the whole. */
static void segment_too_large(struct kunit *test)
{
	fake->sysdata.domain = 0x10000;
	KUNIT_EXPECT_EQ(test, event(BUS_NOTIFY_ADD_DEVICE), NOTIFY_OK);
	KUNIT_EXPECT_EQ(test, event(BUS_NOTIFY_REMOVED_DEVICE), NOTIFY_OK);
	KUNIT_EXPECT_EQ(test, xen_reset_device(&fake->pdev), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_added, 0);
	KUNIT_EXPECT_EQ(test, fake->nr_removed, 0);
	KUNIT_EXPECT_EQ(test, fake->nr_reset, 0);
}

/* The device works on, if not all of it. */
static void xen_refuses(struct kunit *test)
{
	fake->error = -EINVAL;
	KUNIT_EXPECT_EQ(test, event(BUS_NOTIFY_ADD_DEVICE), NOTIFY_OK);
	KUNIT_EXPECT_EQ(test, event(BUS_NOTIFY_REMOVED_DEVICE), NOTIFY_OK);
	KUNIT_EXPECT_EQ(test, fake->nr_added, 1);
	KUNIT_EXPECT_EQ(test, fake->nr_removed, 1);
	KUNIT_EXPECT_EQ(test, xen_reset_device(&fake->pdev), -EINVAL);
}

static void reset(struct kunit *test)
{
	fake->sysdata.domain = 7;
	KUNIT_EXPECT_EQ(test, xen_reset_device(&fake->pdev), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_reset, 1);
	KUNIT_EXPECT_EQ(test, fake->reset.dev.seg, 7);
	KUNIT_EXPECT_EQ(test, fake->reset.dev.bus, 0x12);
	KUNIT_EXPECT_EQ(test, fake->reset.dev.devfn, PCI_DEVFN(3, 1));
	KUNIT_EXPECT_EQ(test, fake->reset.flags, PCI_DEVICE_RESET_FLR);
}

/* The machine that runs the tests has one. */
static void areas_are_reported_once(struct kunit *test)
{
	int i, j;

	event(BUS_NOTIFY_ADD_DEVICE);
	event(BUS_NOTIFY_ADD_DEVICE);
	if (IS_ENABLED(CONFIG_PCI_MMCONFIG))
		KUNIT_EXPECT_GE(test, nr_areas, 1);
	for (i = 0; i < nr_areas; i++) {
		KUNIT_EXPECT_EQ(test, areas[i].flags, XEN_PCI_MMCFG_RESERVED);
		KUNIT_EXPECT_NE(test, areas[i].address, 0);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_TRUE(test,
					  areas[i].segment != areas[j].segment ||
					  areas[i].start_bus != areas[j].start_bus);
	}
}

static void owners(struct kunit *test)
{
	struct pci_dev *pdev = &fake->pdev, *other = &fake->physfn;

	KUNIT_EXPECT_EQ(test, xen_find_device_domain_owner(pdev), -ENODEV);
	KUNIT_EXPECT_EQ(test, xen_unregister_device_domain_owner(pdev), -ENODEV);
	/* Also dom0 may be one. */
	KUNIT_EXPECT_EQ(test, xen_register_device_domain_owner(pdev, 0), 0);
	KUNIT_EXPECT_EQ(test, xen_find_device_domain_owner(pdev), 0);
	KUNIT_EXPECT_EQ(test, xen_register_device_domain_owner(pdev, 5),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, xen_register_device_domain_owner(other, 0xffff),
			0);
	KUNIT_EXPECT_EQ(test, xen_find_device_domain_owner(other), 0xffff);
	KUNIT_EXPECT_EQ(test, xen_find_device_domain_owner(pdev), 0);

	/* The same function elsewhere is another device. */
	fake->sysdata.domain = 0x10000;
	KUNIT_EXPECT_EQ(test, xen_find_device_domain_owner(pdev), -ENODEV);
	fake->sysdata.domain = 0;

	KUNIT_EXPECT_EQ(test, xen_unregister_device_domain_owner(pdev), 0);
	KUNIT_EXPECT_EQ(test, xen_find_device_domain_owner(pdev), -ENODEV);
	KUNIT_EXPECT_EQ(test, xen_unregister_device_domain_owner(other), 0);
}

/* What comes to its place next is nobody's yet. */
static void unplugged_with_an_owner(struct kunit *test)
{
	struct pci_dev *pdev = &fake->pdev;

	KUNIT_ASSERT_EQ(test, xen_register_device_domain_owner(pdev, 3), 0);
	event(BUS_NOTIFY_REMOVED_DEVICE);
	KUNIT_EXPECT_EQ(test, xen_find_device_domain_owner(pdev), -ENODEV);
	KUNIT_EXPECT_EQ(test, xen_register_device_domain_owner(pdev, 4), 0);
	KUNIT_EXPECT_EQ(test, xen_unregister_device_domain_owner(pdev), 0);
}

static struct kunit_case pci_cases[] = {
	KUNIT_CASE(device_comes_and_goes),
	KUNIT_CASE(other_events),
	KUNIT_CASE(virtual_function),
	KUNIT_CASE(extended_function),
	KUNIT_CASE(proximity),
	KUNIT_CASE(segment_too_large),
	KUNIT_CASE(xen_refuses),
	KUNIT_CASE(reset),
	KUNIT_CASE(areas_are_reported_once),
	KUNIT_CASE(owners),
	KUNIT_CASE(unplugged_with_an_owner),
	{}
};

static struct kunit_suite pci_suite = {
	.name = "xen_dom0_pci",
	.init = pci_test_init,
	.test_cases = pci_cases,
};

kunit_test_suite(pci_suite);

MODULE_DESCRIPTION("Unit tests of what only dom0 does");
MODULE_LICENSE("GPL");
