/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of this directory share with each other and with their tests. Others
 * use <xen/pci.h>, <xen/acpi.h> and <xen/xen-ops.h>.
 */
#ifndef _XEN_DOM0_PRIVATE_H
#define _XEN_DOM0_PRIVATE_H

#include <linux/acpi.h>
#include <linux/types.h>

struct notifier_block;
struct pci_dev;

/**
 * xen_pci_has_name() - can Xen be told which device this is?
 * @pdev: the device
 *
 * Xen numbers segments with 16 bits. Linux gives larger numbers to the buses behind a
 * device that is a host bridge itself (Intel's VMD), of which Xen knows nothing.
 *
 * Context: any.
 */
bool xen_pci_has_name(const struct pci_dev *pdev);

/* For the tests */
int xen_pci_event(struct notifier_block *nb, unsigned long action, void *data);
bool xen_pci_proximity(acpi_handle handle, u32 *domain);
void xen_pci_owner_gone(struct pci_dev *pdev);

struct device *xen_pcpu_find(u32 id);
int xen_pcpu_start(void);
int xen_pcpu_sync(void);
unsigned long xen_pcpu_look(void);
void xen_pcpu_stop(void);

int xen_pad_parse(const union acpi_object *pur, u32 *processors);

int xen_dom0_prepare_sleep(u8 state, u32 pm1a_cnt, u32 pm1b_cnt);
int xen_dom0_prepare_extended_sleep(u8 state, u32 control, u32 unused);

#endif /* _XEN_DOM0_PRIVATE_H */
