/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ACPI in dom0.
 */
#ifndef _XEN_ACPI_H
#define _XEN_ACPI_H

#include <linux/types.h>

struct pci_dev;

typedef int (*get_gsi_from_sbdf_t)(u32 sbdf);

#ifdef CONFIG_XEN_DOM0
#include <asm/xen/hypervisor.h>
#include <xen/xen.h>
#include <linux/acpi.h>

/**
 * xen_acpi_notify_hypervisor_sleep() - let Xen put the machine to sleep
 * @sleep_state: ACPI's number of the state
 * @pm1a_cnt: value for register PM1a
 * @pm1b_cnt: value for register PM1b
 *
 * Return: 1 if Xen has done it, or a negative error.
 */
int xen_acpi_notify_hypervisor_sleep(u8 sleep_state, u32 pm1a_cnt,
				     u32 pm1b_cnt);

/**
 * xen_acpi_notify_hypervisor_extended_sleep() - the same with other registers
 * @sleep_state: ACPI's number of the state
 * @val_a: value for the sleep control register
 * @val_b: value for the sleep status register
 *
 * Return: 1 if Xen has done it, or a negative error.
 */
int xen_acpi_notify_hypervisor_extended_sleep(u8 sleep_state, u32 val_a,
					      u32 val_b);

/**
 * xen_pvh_setup_gsi() - tell Xen how an interrupt line is triggered
 * @gsi: the line
 * @trigger: ACPI_LEVEL_SENSITIVE or ACPI_EDGE_SENSITIVE
 * @polarity: ACPI_ACTIVE_HIGH or ACPI_ACTIVE_LOW
 *
 * Context: may sleep.
 * Return: 0 or a negative error.
 */
int xen_pvh_setup_gsi(int gsi, int trigger, int polarity);

/**
 * xen_acpi_get_gsi_info() - find the interrupt line of a PCI device
 * @dev: the device
 * @gsi_out: gets the line
 * @trigger_out: gets how it is triggered
 * @polarity_out: gets its polarity
 *
 * Context: may sleep.
 * Return: 0 or a negative error.
 */
int xen_acpi_get_gsi_info(struct pci_dev *dev, int *gsi_out, int *trigger_out,
			  int *polarity_out);

/**
 * xen_acpi_register_get_gsi_func() - set who knows the lines of devices
 * @func: called with segment, bus, device and function in one word; NULL for
 *	nobody
 */
void xen_acpi_register_get_gsi_func(get_gsi_from_sbdf_t func);

/**
 * xen_acpi_get_gsi_from_sbdf() - ask for the line of a device
 * @sbdf: segment, bus, device and function in one word
 *
 * Context: may sleep.
 * Return: the line, or a negative error.
 */
int xen_acpi_get_gsi_from_sbdf(u32 sbdf);
#else
static inline int xen_pvh_setup_gsi(int gsi, int trigger, int polarity)
{
	return -1;
}

static inline int xen_acpi_get_gsi_info(struct pci_dev *dev, int *gsi_out,
					int *trigger_out, int *polarity_out)
{
	return -1;
}

static inline void xen_acpi_register_get_gsi_func(get_gsi_from_sbdf_t func)
{
}

static inline int xen_acpi_get_gsi_from_sbdf(u32 sbdf)
{
	return -1;
}
#endif

#endif /* _XEN_ACPI_H */
