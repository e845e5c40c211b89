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

/**
 * xen_pvh_add_memmap() - add entries to the table, as far as it can hold them
 * @table: the table, sorted afterwards
 * @map: the entries
 * @nr: how many
 *
 * Neighbours of one type become one. What has no room is as memory that is not there.
 */
void __init xen_pvh_add_memmap(struct e820_table *table,
			       const struct hvm_memmap_table_entry *map,
			       unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct e820_entry *entry;

		if (!map[i].size)
			continue;
		if (table->nr_entries == ARRAY_SIZE(table->entries))
			e820__update_table(table);
		if (table->nr_entries == ARRAY_SIZE(table->entries))
			break;
		entry = &table->entries[table->nr_entries++];
		entry->addr = map[i].addr;
		entry->size = map[i].size;
		entry->type = map[i].type;
	}
	e820__update_table(table);
	if (i < nr)
		pr_warn("%u entries of the memory map are not used\n", nr - i);
}

/**
 * xen_pvh_memory_setup() - make the memory map of boot_params and the rest
 *
 * Context: setup_arch(), as x86_init.resources.memory_setup.
 * Return: from whom the map is.
 */
char * __init xen_pvh_memory_setup(void)
{
	unsigned long size = xen_pvh_memmap_rest_entries *
				sizeof(struct hvm_memmap_table_entry);
	char *who = e820__memory_setup_default();
	struct hvm_memmap_table_entry *map;

	map = early_memremap(xen_pvh_memmap_rest, size);
	if (!map) {
		pr_err("the memory map is not complete\n");
		return who;
	}
	xen_pvh_add_memmap(e820_table, map, xen_pvh_memmap_rest_entries);
	early_memunmap(map, size);
	return who;
}
