/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a PVH kernel is started with: EBX has the physical address of a struct
 * hvm_start_info. Used by other hypervisors as well.
 *
 * Xen's public/arch-x86/hvm/start_info.h.
 */
#ifndef _XEN_INTERFACE_HVM_START_INFO_H
#define _XEN_INTERFACE_HVM_START_INFO_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define XEN_HVM_START_MAGIC_VALUE	0x336ec578

struct hvm_start_info {
	uint32_t magic;			/* XEN_HVM_START_MAGIC_VALUE */
	uint32_t version;
	uint32_t flags;			/* SIF_* */
	uint32_t nr_modules;
	uint64_t modlist_paddr;		/* struct hvm_modlist_entry[] */
	uint64_t cmdline_paddr;		/* string */
	uint64_t rsdp_paddr;		/* ACPI's root pointer */

	/* From version 1 on */
	uint64_t memmap_paddr;		/* struct hvm_memmap_table_entry[] */
	uint32_t memmap_entries;	/* 0: there is no map */
	uint32_t reserved;
};

struct hvm_modlist_entry {
	uint64_t paddr;
	uint64_t size;
	uint64_t cmdline_paddr;
	uint64_t reserved;
};

/* The same numbers as in the E820 table */
#define XEN_HVM_MEMMAP_TYPE_RAM		1
#define XEN_HVM_MEMMAP_TYPE_RESERVED	2
#define XEN_HVM_MEMMAP_TYPE_ACPI	3
#define XEN_HVM_MEMMAP_TYPE_NVS		4
#define XEN_HVM_MEMMAP_TYPE_UNUSABLE	5
#define XEN_HVM_MEMMAP_TYPE_DISABLED	6
#define XEN_HVM_MEMMAP_TYPE_PMEM	7

struct hvm_memmap_table_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

static_assert(sizeof(struct hvm_start_info) == 56);
static_assert(sizeof(struct hvm_modlist_entry) == 32);
static_assert(sizeof(struct hvm_memmap_table_entry) == 24);

#endif /* _XEN_INTERFACE_HVM_START_INFO_H */
