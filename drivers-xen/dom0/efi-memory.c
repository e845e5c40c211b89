// SPDX-License-Identifier: GPL-2.0
/*
 * The firmware's memory map in dom0: Xen has it, and says of an address what is there.
 */
#define pr_fmt(fmt) "xen/efi: " fmt

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/efi.h>
#include <linux/init.h>
#include <linux/printk.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/platform.h>
#include <xen/page.h>
#include <xen/xen-ops.h>

/* What is still there, as it was, when the firmware has handed the machine over */
#define KEPT_TYPES	(BIT(EFI_RESERVED_TYPE) |			\
			 BIT(EFI_RUNTIME_SERVICES_CODE) |		\
			 BIT(EFI_RUNTIME_SERVICES_DATA) |		\
			 BIT(EFI_ACPI_RECLAIM_MEMORY) |			\
			 BIT(EFI_ACPI_MEMORY_NVS))

static int ask_xen(u64 phys_addr, efi_memory_desc_t *md)
{
	u64 start = ALIGN_DOWN(phys_addr, EFI_PAGE_SIZE);
	struct xen_platform_op op = {
		.cmd = XENPF_firmware_info,
		.u.firmware_info = {
			.type = XEN_FW_EFI_INFO,
			.index = XEN_FW_EFI_MEM_INFO,
			/* As much of the range from here on as there is */
			.u.efi_info.mem.addr = start,
			.u.efi_info.mem.size = U64_MAX - start,
		},
	};
	union xenpf_efi_info *answer = &op.u.firmware_info.u.efi_info;
	int err = HYPERVISOR_platform_op(&op);

	if (err) {
		pr_debug("nothing known of address %#llx: error %d\n",
			 phys_addr, err);
		return -ENOENT;
	}
	*md = (efi_memory_desc_t) {
		.type = answer->mem.type,
		.phys_addr = answer->mem.addr,
		.num_pages = answer->mem.size >> EFI_PAGE_SHIFT,
		.attribute = answer->mem.attr,
	};
	return 0;
}

/**
 * efi_mem_desc_lookup() - what does the firmware say of an address?
 * @phys_addr: the address
 * @out_md: gets the description of a range with it; on Xen one that begins there
 *
 * Replaces the kernel's own, which is used where there is a map.
 *
 * Context: any.
 * Return: 0, or -ENOENT or -EINVAL.
 */
int efi_mem_desc_lookup(u64 phys_addr, efi_memory_desc_t *out_md)
{
	static_assert(EFI_PAGE_SIZE == XEN_PAGE_SIZE);

	if (!efi_enabled(EFI_PARAVIRT) || efi_enabled(EFI_MEMMAP))
		return __efi_mem_desc_lookup(phys_addr, out_md);
	return out_md ? ask_xen(phys_addr, out_md) : -EINVAL;
}

/**
 * xen_efi_config_table_is_usable() - may a table of the firmware be read?
 * @guid: which table
 * @table: its physical address
 *
 * Called on every machine. Under Xen, a table in memory that the firmware did not mark
 * to be kept may be overwritten: Xen has used that memory, or given it to somebody.
 *
 * Context: boot.
 */
bool __init xen_efi_config_table_is_usable(const efi_guid_t *guid,
					   unsigned long table)
{
	efi_memory_desc_t md;

	if (!efi_enabled(EFI_PARAVIRT))
		return true;
	if (efi_mem_desc_lookup(table, &md))
		return false;
	return md.type < BITS_PER_LONG && (KEPT_TYPES & BIT(md.type));
}
