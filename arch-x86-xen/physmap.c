// SPDX-License-Identifier: GPL-2.0
/*
 * The physical address space beside RAM: foreign frames mapped into it, and where
 * there is room for them.
 */
#include <linux/export.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/mm_types.h>

#include <asm/e820/api.h>

#include <xen/page.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
/**
 * arch_xen_unpopulated_init() - where is address space without memory?
 * @res: gets the resource to allocate from
 *
 * Dom0's map is that of the machine, in which Xen has marked as unusable the
 * memory that is not dom0's. No device can be there, which early at boot is not
 * known of any other hole.
 *
 * Return: 0.
 */
int __init arch_xen_unpopulated_init(struct resource **res)
{
	struct resource *found;
	u64 largest = 0;
	unsigned int i;

	*res = &iomem_resource;
	for (i = 0; i < e820_table->nr_entries; i++) {
		struct e820_entry *entry = &e820_table->entries[i];

		if (entry->type != E820_TYPE_UNUSABLE || entry->size <= largest)
			continue;
		found = lookup_resource(&iomem_resource, entry->addr);
		if (found) {
			*res = found;
			largest = entry->size;
		}
	}
	return 0;
}
#endif

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
	might_sleep();
	if (!pages)
		return -EINVAL;
	return xen_xlate_unmap_gfn_range(vma, nr, pages);
}
EXPORT_SYMBOL_GPL(xen_unmap_domain_gfn_range);
