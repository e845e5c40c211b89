// SPDX-License-Identifier: GPL-2.0
/*
 * Xen may print through the debug port of a USB 2 controller (console=dbgp). It has to
 * let go of the controller while dom0 resets it.
 */
#include <linux/export.h>
#include <linux/pci.h>
#include <linux/usb.h>
#include <linux/usb/ehci-dbgp.h>
#include <linux/usb/hcd.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/physdev.h>
#include <xen/xen.h>

#include "dom0.h"

/* Which controller it is that Xen uses, Xen knows. */
static int tell_xen(struct usb_hcd *hcd, u8 what)
{
	struct device *controller = hcd_to_bus(hcd)->controller;
	struct physdev_dbgp_op op = {
		.op = what,
		.bus = PHYSDEVOP_DBGP_BUS_UNKNOWN,
	};

	if (!xen_initial_domain())
		return 0;
	if (dev_is_pci(controller)) {
		struct pci_dev *pdev = to_pci_dev(controller);

		if (!xen_pci_has_name(pdev))
			return 0;
		op.bus = PHYSDEVOP_DBGP_BUS_PCI;
		op.u.pci.seg = pci_domain_nr(pdev->bus);
		op.u.pci.bus = pdev->bus->number;
		op.u.pci.devfn = pdev->devfn;
	}
	return HYPERVISOR_physdev_op(PHYSDEVOP_dbgp_op, &op);
}

/**
 * xen_dbgp_reset_prep() - a USB controller is about to be reset
 * @hcd: the controller
 *
 * Context: any.
 * Return: 0, also for a controller that Xen does not use, or a negative error.
 */
int xen_dbgp_reset_prep(struct usb_hcd *hcd)
{
	return tell_xen(hcd, PHYSDEVOP_DBGP_RESET_PREPARE);
}
EXPORT_SYMBOL_GPL(xen_dbgp_reset_prep);

/**
 * xen_dbgp_external_startup() - a USB controller has been reset
 * @hcd: the controller
 *
 * Context: any.
 * Return: 0, or an error if Xen does not print through it any more.
 */
int xen_dbgp_external_startup(struct usb_hcd *hcd)
{
	return tell_xen(hcd, PHYSDEVOP_DBGP_RESET_DONE);
}
EXPORT_SYMBOL_GPL(xen_dbgp_external_startup);
