// SPDX-License-Identifier: GPL-2.0
/*
 * The physical address space beside RAM: foreign frames mapped into it, and the
 * regions that a kernel with a PV memory map would list.
 */
#include <linux/export.h>
#include <linux/mm_types.h>

#include <xen/page.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

/* The balloon driver looks here for memory beyond RAM. PVH finds none so. */
struct xen_memory_region xen_extra_mem[XEN_EXTRA_MEM_MAX_REGIONS] __initdata;

/**
 * xen_unmap_domain_gfn_range() - take foreign frames out of a mapping
 * @vma: mapping made by xen_remap_domain_gfn_array()
 * @nr: number of pages
 * @pages: the pages whose frames were replaced
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int xen_unmap_domain_gfn_range(struct vm_area_struct *vma, int nr,
			       struct page **pages)
{
	if (!pages)
		return -EINVAL;
	return xen_xlate_unmap_gfn_range(vma, nr, pages);
}
EXPORT_SYMBOL_GPL(xen_unmap_domain_gfn_range);
