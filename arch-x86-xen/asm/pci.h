/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCI under Xen, see arch/x86/pci/xen.c.
 */
#ifndef _ASM_X86_XEN_PCI_H
#define _ASM_X86_XEN_PCI_H

/* Nothing: interrupts of PCI devices are not turned into event channels. */

#endif /* _ASM_X86_XEN_PCI_H */
