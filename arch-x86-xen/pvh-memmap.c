// SPDX-License-Identifier: GPL-2.0
/*
 * A memory map that is longer than what boot_params has room for, as that of a big
 * machine with EFI, which dom0 gets. The first entries have come with boot_params.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/init.h>
#include <linux/printk.h>

#include <asm/e820/api.h>
#include <asm/early_ioremap.h>
#include <asm/setup.h>

#include <xen/interface/hvm/start_info.h>

#include "xen-arch.h"

/* Neighbours of one type become one when the table is full. */
static bool __init add_entry(struct e820_table *table, u64 addr, u64 size,
			     u32 type)
{
	struct e820_entry *entry;

	if (!size)
		return true;
	if (table->nr_entries == ARRAY_SIZE(table->entries))
		e820__update_table(table);
	if (table->nr_entries == ARRAY_SIZE(table->entries))
		return false;
	entry = &table->entries[table->nr_entries++];
	entry->addr = addr;
	entry->size = size;
	entry->type = type;
	return true;
}

static void __init end_adding(struct e820_table *table, unsigned int left)
{
	e820__update_table(table);
	if (left)
		pr_warn("%u entries of the memory map are not used\n", left);
}

/**
 * xen_pvh_add_memmap() - add entries to the table, as far as it can hold them
 * @table: the table, sorted afterwards
 * @map: the entries, as the start info has them
 * @nr: how many
 *
 * What has no room is as memory that is not there.
 */
void __init xen_pvh_add_memmap(struct e820_table *table,
			       const struct hvm_memmap_table_entry *map,
			       unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!add_entry(table, map[i].addr, map[i].size, map[i].type))
			break;
	}
	end_adding(table, nr - i);
}

static void __init add_given(struct e820_table *table)
{
	unsigned long size = xen_pvh_memmap_rest_entries *
				sizeof(struct hvm_memmap_table_entry);
	struct hvm_memmap_table_entry *map;

	map = early_memremap(xen_pvh_memmap_rest, size);
	if (!map) {
		pr_err("the memory map is not complete\n");
		return;
	}
	xen_pvh_add_memmap(table, map, xen_pvh_memmap_rest_entries);
	early_memunmap(map, size);
}

/**
 * xen_pvh_add_asked() - add what Xen has beyond what boot_params took
 * @table: the table, sorted afterwards
 *
 * Context: setup_arch().
 */
void __init xen_pvh_add_asked(struct e820_table *table)
{
	static struct boot_e820_entry map[XEN_MEMMAP_ENTRIES_MAX] __initdata;
	int nr = xen_get_memory_map(map, ARRAY_SIZE(map));
	int i;

	if (nr < 0) {
		pr_err("the memory map is not complete: error %d\n", nr);
		return;
	}
	if (nr == ARRAY_SIZE(map))
		pr_warn("the memory map may have more than %d entries\n", nr);
	for (i = XEN_PVH_MEMMAP_FIRST; i < nr; i++) {
		if (!add_entry(table, map[i].addr, map[i].size, map[i].type))
			break;
	}
	end_adding(table, max(nr - i, 0));
}

/**
 * xen_pvh_memory_setup() - make the memory map of boot_params and the rest
 *
 * Context: setup_arch(), as x86_init.resources.memory_setup.
 * Return: from whom the map is.
 */
char * __init xen_pvh_memory_setup(void)
{
	char *who = e820__memory_setup_default();

	if (xen_pvh_memmap_rest)
		add_given(e820_table);
	else
		xen_pvh_add_asked(e820_table);
	return who;
}
