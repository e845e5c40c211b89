/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frame numbers. PVH and HVM guests are auto-translated: Xen maps guest frame
 * numbers to machine frames on its own, so a guest knows no other numbers than
 * its own and all conversions are the identity. Drivers call them all the same.
 */
#ifndef _ASM_X86_XEN_PAGE_H
#define _ASM_X86_XEN_PAGE_H

#include <linux/kernel.h>
#include <linux/types.h>
#include <linux/spinlock.h>
#include <linux/pfn.h>
#include <linux/mm.h>
#include <linux/device.h>
#include <asm/extable.h>
#include <asm/page.h>

#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>
#include <xen/features.h>

/* An address for Xen, which must not be mixed up with others */
typedef struct xmaddr {
	phys_addr_t maddr;
} xmaddr_t;

#define XMADDR(x)	((xmaddr_t) { .maddr = (x) })

#define INVALID_P2M_ENTRY	(~0UL)

static inline unsigned long pfn_to_gfn(unsigned long pfn)
{
	return pfn;
}

static inline unsigned long gfn_to_pfn(unsigned long gfn)
{
	return gfn;
}

/* Bus frame numbers: what is contiguous for us is so for devices. */
#define pfn_to_bfn(pfn)		pfn_to_gfn(pfn)
#define bfn_to_pfn(bfn)		gfn_to_pfn(bfn)

static inline unsigned long bfn_to_local_pfn(unsigned long bfn)
{
	return bfn;
}

static inline unsigned long virt_to_pfn(const void *v)
{
	return __pa(v) >> PAGE_SHIFT;
}

#define virt_to_gfn(v)		pfn_to_gfn(virt_to_pfn(v))
#define gfn_to_virt(g)		__va(PFN_PHYS(gfn_to_pfn(g)))

/**
 * arbitrary_virt_to_machine() - address of a kernel pointer for Xen
 * @address: in any mapping of the kernel
 *
 * Return: the physical address, which is also all that Xen wants to know.
 */
static inline xmaddr_t arbitrary_virt_to_machine(void *address)
{
	return XMADDR(slow_virt_to_phys(address));
}

#endif /* _ASM_X86_XEN_PAGE_H */
