// SPDX-License-Identifier: GPL-2.0
/*
 * Dom0 tells Xen of the machine's PCI devices.
 *
 * Xen finds by itself what is in segment 0 when it starts, and cannot find the rest:
 * other segments, what is plugged in later, which device a virtual function belongs to,
 * to which memory a device is near, and whether the firmware has really set aside the
 * addresses of the memory mapped configuration space (MMCFG). It needs all this for
 * IOMMUs, for dom0's own access to the configuration space, in which it looks for MSIs,
 * and before a device can be passed to a guest.
 */
#define pr_fmt(fmt) "xen/pci: " fmt

#include <kunit/static_stub.h>
#include <linux/acpi.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/notifier.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/rculist.h>
#include <linux/xarray.h>

#include <asm/pci_x86.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/physdev.h>
#include <xen/pci.h>
#include <xen/xen.h>

#include "dom0.h"

bool xen_pci_has_name(const struct pci_dev *pdev)
{
	return !(pci_domain_nr(pdev->bus) >> 16);
}

static struct physdev_pci_device name_of(const struct pci_dev *pdev)
{
	return (struct physdev_pci_device) {
		.seg = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
	};
}

/* ACPI names but a few devices; the bridges above the others have names. */
static acpi_handle nearest_handle(struct pci_dev *pdev)
{
	struct device *dev;

	for (dev = &pdev->dev; dev; dev = dev->parent)
		if (ACPI_HANDLE(dev))
			return ACPI_HANDLE(dev);
	return NULL;
}

/**
 * xen_pci_proximity() - the proximity domain of an object of ACPI's
 * @handle: the object
 * @domain: gets it
 *
 * Context: sleeps.
 * Return: true if the object itself has one.
 */
bool xen_pci_proximity(acpi_handle handle, u32 *domain)
{
	unsigned long long value;

	KUNIT_STATIC_STUB_REDIRECT(xen_pci_proximity, handle, domain);
	if (ACPI_FAILURE(acpi_evaluate_integer(handle, "_PXM", NULL, &value)))
		return false;
	*domain = value;
	return true;
}

/*
 * Dom0 does not see the tables from which Linux learns of proximity domains, so it has
 * no node to go with the number. Xen has.
 */
static bool find_proximity(struct pci_dev *pdev, u32 *domain)
{
	acpi_handle handle = nearest_handle(pdev);

	while (handle) {
		if (xen_pci_proximity(handle, domain))
			return true;
		if (ACPI_FAILURE(acpi_get_parent(handle, &handle)))
			break;
	}
	return false;
}

static int add_device(struct pci_dev *pdev)
{
	DEFINE_RAW_FLEX(struct physdev_pci_device_add, add, optarr, 1);
	struct pci_dev *physfn = pci_physfn(pdev);

	add->seg = pci_domain_nr(pdev->bus);
	add->bus = pdev->bus->number;
	add->devfn = pdev->devfn;
	if (physfn != pdev) {
		add->flags |= XEN_PCI_DEV_VIRTFN;
		add->physfn.bus = physfn->bus->number;
		add->physfn.devfn = physfn->devfn;
	} else if (pci_ari_enabled(pdev->bus) && PCI_SLOT(pdev->devfn)) {
		/* The eighth function, or one behind it, of the only device here */
		add->flags |= XEN_PCI_DEV_EXTFN;
	}
	if (find_proximity(pdev, add->optarr))
		add->flags |= XEN_PCI_DEV_PXM;
	return HYPERVISOR_physdev_op(PHYSDEVOP_pci_device_add, add);
}

static int remove_device(const struct pci_dev *pdev)
{
	struct physdev_pci_device name = name_of(pdev);

	return HYPERVISOR_physdev_op(PHYSDEVOP_pci_device_remove, &name);
}

int xen_reset_device(const struct pci_dev *dev)
{
	struct pci_device_reset reset = {
		.dev = name_of(dev),
		.flags = PCI_DEVICE_RESET_FLR,
	};

	/* What Xen does not know of, it keeps no state of. */
	if (!xen_pci_has_name(dev))
		return 0;
	return HYPERVISOR_physdev_op(PHYSDEVOP_pci_device_reset, &reset);
}
EXPORT_SYMBOL_GPL(xen_reset_device);

#ifdef CONFIG_PCI_MMCONFIG
/* The areas that Xen was told of, by segment and first bus */
static DEFINE_XARRAY(reported);

static void report_area(const struct pci_mmcfg_region *area)
{
	struct physdev_pci_mmcfg_reserved op = {
		.address = area->address,
		.segment = area->segment,
		.start_bus = area->start_bus,
		.end_bus = area->end_bus,
		.flags = XEN_PCI_MMCFG_RESERVED,
	};
	unsigned long index = op.segment << 8 | op.start_bus;
	int err;

	/* Without memory to remember it, Xen is told again. */
	if (xa_insert(&reported, index, xa_mk_value(1), GFP_ATOMIC) == -EBUSY)
		return;
	err = HYPERVISOR_physdev_op(PHYSDEVOP_pci_mmcfg_reserved, &op);
	if (err)
		pr_warn("Xen does not use the MMCFG area of segment %u: error %d\n",
			op.segment, err);
}

/* More of them come with host bridges that are plugged in. */
static void report_areas(void)
{
	struct pci_mmcfg_region *area;

	if (!(pci_probe & PCI_PROBE_MMCONF))
		return;
	guard(rcu)();
	list_for_each_entry_rcu(area, &pci_mmcfg_list, list)
		report_area(area);
}
#else
static void report_areas(void)
{
}
#endif

static void device_added(struct pci_dev *pdev)
{
	int err;

	report_areas();
	err = add_device(pdev);
	if (err == -ENOSYS)
		pr_warn_once("this Xen lets a PVH dom0 add no devices: it knows those that it has found itself\n");
	else if (err)
		pci_err(pdev, "unknown to Xen, which may refuse its MSIs and to pass it to a guest: error %d\n",
			err);
}

static void device_removed(struct pci_dev *pdev)
{
	int err = remove_device(pdev);

	if (err && err != -ENOSYS)
		pci_err(pdev, "gone, and Xen cannot forget it: error %d\n", err);
	xen_pci_owner_gone(pdev);
}

/**
 * xen_pci_event() - a PCI device comes or goes
 * @nb: our notifier
 * @action: BUS_NOTIFY_*
 * @data: its struct device
 *
 * Xen forgets a device when nobody can get at its configuration space any more.
 *
 * Context: sleeps.
 * Return: NOTIFY_OK or NOTIFY_DONE.
 */
int xen_pci_event(struct notifier_block *nb, unsigned long action, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	if (action != BUS_NOTIFY_ADD_DEVICE &&
	    action != BUS_NOTIFY_REMOVED_DEVICE)
		return NOTIFY_DONE;
	if (!xen_pci_has_name(pdev))
		return NOTIFY_OK;
	if (action == BUS_NOTIFY_ADD_DEVICE)
		device_added(pdev);
	else
		device_removed(pdev);
	return NOTIFY_OK;
}

static struct notifier_block pci_notifier = {
	.notifier_call = xen_pci_event,
};

static int __init dom0_pci_init(void)
{
	if (!xen_initial_domain())
		return 0;
	return bus_register_notifier(&pci_bus_type, &pci_notifier);
}

/* Before the first bus is scanned, at subsys_initcall */
arch_initcall(dom0_pci_init);
