// SPDX-License-Identifier: GPL-2.0
/*
 * The physical address space beside RAM: foreign frames mapped into it, and where
 * there is room for them.
 */
#include <linux/align.h>
#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/memory_hotplug.h>
#include <linux/minmax.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/range.h>

#include <asm/e820/api.h>

#include <xen/page.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

#ifdef CONFIG_MEMORY_HOTPLUG
/* Lets nobody free a resource that is being looked at here. */
static DEFINE_MUTEX(claim_lock);

/*
 * allocate_resource() keeps clear of all that the firmware's map names, be it asked to
 * look there and nowhere else.
 */
static int claim_in(struct resource *parent, const struct range *limits,
		    struct resource *res, u64 size, u64 align)
{
	u64 first = max(parent->start, limits->start);
	u64 last = min(parent->end, limits->end);
	u64 start = ALIGN(first, align);
	struct resource *taken;

	lockdep_assert_held(&claim_lock);
	while (start >= first && start <= last && size - 1 <= last - start) {
		res->start = start;
		res->end = start + size - 1;
		taken = request_resource_conflict(parent, res);
		if (!taken)
			return 0;
		start = ALIGN(taken->end + 1, align);
	}
	return -ENOSPC;
}

/**
 * xen_claim_unusable() - take a piece of what the map of the memory calls unusable
 * @root: where the resources of @map are
 * @map: the map
 * @limits: first and last address that may be taken
 * @res: becomes a child of one of them; start and end are filled in
 * @size: bytes
 * @align: a power of 2
 *
 * Context: sleeps.
 * Return: 0 or -ENOSPC.
 */
int xen_claim_unusable(struct resource *root, const struct e820_table *map,
		       const struct range *limits, struct resource *res,
		       u64 size, u64 align)
{
	struct resource *parent;
	unsigned int i;

	guard(mutex)(&claim_lock);
	for (i = 0; i < map->nr_entries; i++) {
		if (map->entries[i].type != E820_TYPE_UNUSABLE)
			continue;
		parent = lookup_resource(root, map->entries[i].addr);
		if (parent && !claim_in(parent, limits, res, size, align))
			return 0;
	}
	return -ENOSPC;
}

/**
 * arch_xen_claim_addresses() - take physical addresses where there is nothing
 * @res: gets its place, and is taken for as long as it is there
 * @size: bytes
 * @align: a power of 2
 *
 * Dom0's map is that of the machine, in which Xen has marked as unusable the memory
 * that is not dom0's. No device can be there. Of any other hole nobody knows that
 * before the PCI buses are looked at, and of some nobody ever does. What is behind the
 * end of the direct map, which KASLR makes shorter, cannot be used.
 *
 * Context: sleeps.
 * Return: 0 or a negative error.
 */
int arch_xen_claim_addresses(struct resource *res, u64 size, u64 align)
{
	struct range limits = mhp_get_pluggable_range(true);

	if (!xen_claim_unusable(&iomem_resource, e820_table, &limits, res, size,
				align))
		return 0;
	return allocate_resource(&iomem_resource, res, size, limits.start,
				 limits.end, align, NULL, NULL);
}

/**
 * arch_xen_release_addresses() - give them back
 * @res: from arch_xen_claim_addresses()
 *
 * Context: sleeps.
 */
void arch_xen_release_addresses(struct resource *res)
{
	guard(mutex)(&claim_lock);
	release_resource(res);
}
#endif

#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
/**
 * arch_xen_unpopulated_init() - where is address space without memory?
 * @res: gets the resource to allocate from
 *
 * Return: 0.
 */
int __init arch_xen_unpopulated_init(struct resource **res)
{
	*res = &iomem_resource;
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
