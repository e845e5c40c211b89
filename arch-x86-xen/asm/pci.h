/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCI under Xen, implemented by arch/x86/pci/xen.c.
 */
#ifndef _ASM_X86_XEN_PCI_H
#define _ASM_X86_XEN_PCI_H

#ifdef CONFIG_PCI_XEN
/**
 * pci_xen_hvm_init() - prepare PCI interrupts in an HVM or PVH guest
 *
 * Context: boot, before the interrupt controllers are set up.
 * Return: 0 where the kernel drives them as on bare hardware.
 */
int pci_xen_hvm_init(void);
#else
static inline int pci_xen_hvm_init(void)
{
	return -1;
}
#endif

#endif /* _ASM_X86_XEN_PCI_H */
