/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of this directory share with their tests.
 */
#ifndef _XEN_HVM_PRIVATE_H
#define _XEN_HVM_PRIVATE_H

#include <linux/types.h>

struct pci_dev;

/* platform_pci.c */
u64 xen_platform_callback(const struct pci_dev *dev);

#endif /* _XEN_HVM_PRIVATE_H */
