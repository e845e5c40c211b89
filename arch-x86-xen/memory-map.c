// SPDX-License-Identifier: GPL-2.0
/*
 * The RAM of the domain that this kernel does not use, for iomem_resource.
 *
 * A crash kernel is told of no RAM but its own, and mem= hides some, too. What is not in
 * iomem_resource is taken for a hole, where the grant table and others' pages may be put.
 * In memory of the domain Xen would do so as well, and free the page that is there, of
 * which a dump is to be made. Xen has the memory map that the domain was built with.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <asm/e820/api.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/memory.h>
#include <xen/xen.h>

#include "xen-arch.h"

#define RESOURCE_NAME	"Xen RAM not in use"

/**
 * xen_get_memory_map() - ask Xen for the domain's memory map
 * @map: gets it
 * @max: entries there is room for
 *
 * Context: from setup_arch() on.
 * Return: number of entries, or -errno. If it is @max there may be more.
 */
int __init xen_get_memory_map(struct boot_e820_entry *map, unsigned int max)
{
	struct xen_memory_map memmap = { .nr_entries = max };
	long err;

	set_xen_guest_handle(memmap.buffer, map);
	err = HYPERVISOR_memory_op(XENMEM_memory_map, &memmap);
	if (err)
		return err;
	return memmap.nr_entries <= max ? memmap.nr_entries : -E2BIG;
}

/* What @known, which is sorted, says of a range is right, whatever it is. */
static void __init reserve_unknown(struct resource *root,
				   const struct e820_table *known,
				   u64 start, u64 end)
{
	unsigned int i;

	for (i = 0; i < known->nr_entries && start < end; i++) {
		const struct e820_entry *entry = &known->entries[i];

		if (entry->addr + entry->size <= start)
			continue;
		if (entry->addr >= end)
			break;
		if (entry->addr > start)
			reserve_region_with_split(root, start, entry->addr - 1,
						  RESOURCE_NAME);
		start = entry->addr + entry->size;
	}
	if (start < end)
		reserve_region_with_split(root, start, end - 1, RESOURCE_NAME);
}

/**
 * xen_reserve_ram() - keep others from taking RAM for holes
 * @root: gets resources for RAM of @map that is neither in @known nor in @root
 * @known: the memory map that this kernel goes by, sorted
 * @map: the domain's memory map
 * @nr: number of entries in @map
 *
 * The first megabyte, where nobody looks for a hole, is left as it is.
 *
 * Context: process context.
 */
void __init xen_reserve_ram(struct resource *root,
			    const struct e820_table *known,
			    const struct boot_e820_entry *map, unsigned int nr)
{
	u64 start, end;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (map[i].type != E820_TYPE_RAM ||
		    map[i].addr + map[i].size < map[i].addr)
			continue;
		start = max_t(u64, map[i].addr, SZ_1M);
		end = min_t(u64, map[i].addr + map[i].size, root->end);
		reserve_unknown(root, known, start, end);
	}
}

/*
 * Dom0's map is that of the machine. That of an HVM guest is of no use: its firmware
 * moves RAM to where it wants it.
 */
static int __init reserve_ram(void)
{
	struct boot_e820_entry *map;
	int nr;

	if (!xen_pvh_domain() || xen_initial_domain())
		return 0;
	map = kcalloc(XEN_MEMMAP_ENTRIES_MAX, sizeof(*map), GFP_KERNEL);
	if (!map)
		return -ENOMEM;
	nr = xen_get_memory_map(map, XEN_MEMMAP_ENTRIES_MAX);
	if (nr >= 0)
		xen_reserve_ram(&iomem_resource, e820_table, map, nr);
	else
		pr_info("no memory map of the domain: error %d\n", nr);
	kfree(map);
	return 0;
}

/* Before the grant table, at core_initcall, or anybody else looks for a hole. */
early_initcall(reserve_ram);
