// SPDX-License-Identifier: GPL-2.0
/*
 * Boot through the PVH entry point: what Xen hands over in struct hvm_start_info
 * (public/arch-x86/hvm/start_info.h) before the kernel proper starts.
 *
 * The code in arch/x86/platform/pvh has copied the structure and calls in here.
 * It then builds boot_params from it without further checks, so the checks are
 * made here. At this point
 *
 * - .bss has not been cleared yet: all that is written must be initialised data;
 * - only the first gigabyte is mapped, at its __va() address;
 * - there is no per-CPU data, no printk, and an exception kills the domain
 *   without a word.
 */
#include <linux/export.h>
#include <linux/init.h>
#include <linux/overflow.h>
#include <linux/sizes.h>

#include <asm/bootparam.h>
#include <asm/e820/types.h>
#include <asm/x86_init.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include <xen/hvc-console.h>
#include <xen/xen.h>
#include <xen/interface/hvm/start_info.h>
#include <xen/interface/memory.h>

#include "xen-arch.h"

/* Set before .bss is cleared, and not in it. */
bool xen_pvh __ro_after_init;
EXPORT_SYMBOL_GPL(xen_pvh);

#define MODULES_MAX		64
#define EARLY_MAPPED		SZ_1G

/* Where the entries of the memory map are that platform/pvh has no room for; 0: with Xen */
u64 xen_pvh_memmap_rest __initdata;
u32 xen_pvh_memmap_rest_entries __initdata;

static __always_inline bool early_mapped(u64 pa, u64 size)
{
	return pa && pa < EARLY_MAPPED && size <= EARLY_MAPPED - pa;
}

/**
 * xen_pvh_check_start_info() - find what would make the early boot code go astray
 * @si: start info; its magic number has been checked
 *
 * Return: what is wrong, NULL when nothing is.
 */
const char *xen_pvh_check_start_info(const struct hvm_start_info *si)
{
	if (si->version > 0 && si->memmap_entries) {
		if (si->memmap_entries > XEN_MEMMAP_ENTRIES_MAX)
			return "memory map has too many entries";
		if (!early_mapped(si->memmap_paddr, si->memmap_entries *
				  sizeof(struct hvm_memmap_table_entry)))
			return "memory map is out of reach";
	}
	if (si->nr_modules) {
		if (si->nr_modules > MODULES_MAX)
			return "too many modules";
		if (!early_mapped(si->modlist_paddr, si->nr_modules *
				  sizeof(struct hvm_modlist_entry)))
			return "module list is out of reach";
	}
	/* Read later, when more is mapped, through a pointer of 32 bits. */
	if (si->cmdline_paddr >= SZ_4G)
		return "command line is out of reach";
	return NULL;
}

/* A wrong entry among the rest makes no sense to anyone: look at all of them. */
static const char __init *check_memory_map(const struct hvm_start_info *si)
{
	const struct hvm_memmap_table_entry *map = __va(si->memmap_paddr);
	bool ram = false;
	unsigned int i;

	if (si->version == 0 || !si->memmap_entries)
		return NULL;

	for (i = 0; i < si->memmap_entries; i++) {
		if (map[i].addr + map[i].size < map[i].addr)
			return "memory map entry wraps around";
		if (map[i].type == XEN_HVM_MEMMAP_TYPE_RAM && map[i].size &&
		    i < XEN_PVH_MEMMAP_FIRST)
			ram = true;
	}
	return ram ? NULL : "memory map holds no RAM";
}

/* The map begins with low memory, where this kernel is: the rest can wait. */
static void __init split_memory_map(struct hvm_start_info *si)
{
	if (si->version == 0 || si->memmap_entries <= XEN_PVH_MEMMAP_FIRST)
		return;
	xen_pvh_memmap_rest = si->memmap_paddr + XEN_PVH_MEMMAP_FIRST *
				sizeof(struct hvm_memmap_table_entry);
	xen_pvh_memmap_rest_entries = si->memmap_entries - XEN_PVH_MEMMAP_FIRST;
	si->memmap_entries = XEN_PVH_MEMMAP_FIRST;
	x86_init.resources.memory_setup = xen_pvh_memory_setup;
}

/**
 * xen_pvh_init() - take over from the PVH entry code
 * @boot_params: not used; platform/pvh fills it after the return
 *
 * Context: see the top of this file. Does not return when the start info cannot
 * be used: the domain is shut down as crashed, with one line saying why.
 */
void __init xen_pvh_init(struct boot_params *boot_params)
{
	const char *wrong;

	xen_pvh = true;
	xen_domain_type = XEN_HVM_DOMAIN;
	xen_start_flags = pvh_start_info.flags;
	xen_hypercall_select_instruction();

	wrong = xen_pvh_check_start_info(&pvh_start_info);
	if (!wrong)
		wrong = check_memory_map(&pvh_start_info);
	if (wrong) {
		xen_raw_printk("xen: PVH start info is unusable: %s\n", wrong);
		xen_crash();
	}
	split_memory_map(&pvh_start_info);
	if (xen_initial_domain())
		x86_init.oem.arch_setup = xen_dom0_arch_setup;
}

/**
 * mem_map_via_hcall() - get the memory map from Xen
 * @boot_params: its e820 table is filled
 *
 * For a start info without a memory map (version 0, or none given), as that of dom0.
 * Context: as xen_pvh_init().
 */
void __init mem_map_via_hcall(struct boot_params *boot_params)
{
	struct xen_memory_map memmap = {
		.nr_entries = XEN_PVH_MEMMAP_FIRST,
	};
	long rc;

	set_xen_guest_handle(memmap.buffer, boot_params->e820_table);
	rc = HYPERVISOR_memory_op(XENMEM_memory_map, &memmap);
	if (rc || !memmap.nr_entries ||
	    memmap.nr_entries > XEN_PVH_MEMMAP_FIRST) {
		xen_raw_printk("xen: no memory map in the start info, and Xen gives none (%ld)\n",
			       rc);
		xen_crash();
	}
	boot_params->e820_entries = memmap.nr_entries;
	/* Xen does not say whether there are more. */
	if (memmap.nr_entries == XEN_PVH_MEMMAP_FIRST)
		x86_init.resources.memory_setup = xen_pvh_memory_setup;
}
