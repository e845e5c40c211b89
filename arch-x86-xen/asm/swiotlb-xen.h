/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bounce buffers whose machine frames are contiguous were needed by PV guests
 * only. arch/x86/kernel/pci-dma.c includes this through xen/swiotlb-xen.h.
 */
#ifndef _ASM_X86_SWIOTLB_XEN_H
#define _ASM_X86_SWIOTLB_XEN_H

#endif /* _ASM_X86_SWIOTLB_XEN_H */
