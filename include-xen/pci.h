/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCI devices of dom0 and the domains to which they are passed.
 */
#ifndef _XEN_PCI_H
#define _XEN_PCI_H

#include <linux/types.h>

struct pci_dev;

#ifdef CONFIG_XEN_DOM0
/**
 * xen_reset_device() - tell Xen that a device has been reset
 * @dev: the device
 *
 * Context: may sleep.
 * Return: 0 or a negative error.
 */
int xen_reset_device(const struct pci_dev *dev);

/**
 * xen_find_device_domain_owner() - which domain has a device?
 * @dev: the device
 *
 * Context: any.
 * Return: its domain id, or -ENODEV if it is passed to none.
 */
int xen_find_device_domain_owner(struct pci_dev *dev);

/**
 * xen_register_device_domain_owner() - note that a domain gets a device
 * @dev: the device
 * @domain: the domain
 *
 * Context: may sleep.
 * Return: 0, -EEXIST if a domain has it already, or another negative error.
 */
int xen_register_device_domain_owner(struct pci_dev *dev, uint16_t domain);

/**
 * xen_unregister_device_domain_owner() - note that a device is back
 * @dev: the device
 *
 * Context: may sleep.
 * Return: 0, or -ENODEV if no domain had it.
 */
int xen_unregister_device_domain_owner(struct pci_dev *dev);
#else
static inline int xen_reset_device(const struct pci_dev *dev)
{
	return -1;
}

static inline int xen_find_device_domain_owner(struct pci_dev *dev)
{
	return -1;
}

static inline int xen_register_device_domain_owner(struct pci_dev *dev,
						   uint16_t domain)
{
	return -1;
}

static inline int xen_unregister_device_domain_owner(struct pci_dev *dev)
{
	return -1;
}
#endif

#endif /* _XEN_PCI_H */
