// SPDX-License-Identifier: GPL-2.0
/*
 * Which domain has which PCI device, for the driver that passes devices to guests
 * (xen-pciback) and for whoever has to keep off such a device.
 */
#include <linux/export.h>
#include <linux/pci.h>
#include <linux/xarray.h>

#include <xen/interface/xen.h>
#include <xen/pci.h>

#include "dom0.h"

/* Domain ids, by segment, bus, device and function */
static DEFINE_XARRAY(owners);

static unsigned long index_of(struct pci_dev *pdev)
{
	unsigned long segment = pci_domain_nr(pdev->bus);

	return segment << 16 | pci_dev_id(pdev);
}

int xen_find_device_domain_owner(struct pci_dev *dev)
{
	void *owner = xa_load(&owners, index_of(dev));

	return owner ? xa_to_value(owner) : -ENODEV;
}
EXPORT_SYMBOL_GPL(xen_find_device_domain_owner);

int xen_register_device_domain_owner(struct pci_dev *dev, uint16_t domain)
{
	int err = xa_insert(&owners, index_of(dev), xa_mk_value(domain),
			    GFP_KERNEL);

	return err == -EBUSY ? -EEXIST : err;
}
EXPORT_SYMBOL_GPL(xen_register_device_domain_owner);

int xen_unregister_device_domain_owner(struct pci_dev *dev)
{
	return xa_erase(&owners, index_of(dev)) ? 0 : -ENODEV;
}
EXPORT_SYMBOL_GPL(xen_unregister_device_domain_owner);

/**
 * xen_pci_owner_gone() - a device is unplugged, whoever has it
 * @pdev: the device; another one may come to its place
 *
 * Context: sleeps.
 */
void xen_pci_owner_gone(struct pci_dev *pdev)
{
	xa_erase(&owners, index_of(pdev));
}
