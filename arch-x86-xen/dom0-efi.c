// SPDX-License-Identifier: GPL-2.0
/*
 * Dom0 of a Xen that was started by EFI firmware. Xen has kept the firmware's tables, and
 * hands out what Linux expects of a boot loader: a system table, in a copy, and the
 * state of Secure Boot. There is no memory map, and none is needed, since runtime
 * services are called by Xen.
 */
#define pr_fmt(fmt) "xen/efi: " fmt

#include <linux/efi.h>
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <asm/page.h>
#include <asm/setup.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/platform.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

#define VENDOR_MAX	100

static efi_char16_t vendor[VENDOR_MAX] __initdata = L"unknown";

/* Read early, by its physical address; afterwards nobody does. */
static efi_system_table_t systab __initdata = {
	.hdr.signature = EFI_SYSTEM_TABLE_SIGNATURE,
	.con_in_handle = EFI_INVALID_TABLE_ADDR,
	.con_out_handle = EFI_INVALID_TABLE_ADDR,
	.stderr_handle = EFI_INVALID_TABLE_ADDR,
	.stderr = EFI_INVALID_TABLE_ADDR,
	.runtime = (void *)EFI_INVALID_TABLE_ADDR,
	.boottime = (void *)EFI_INVALID_TABLE_ADDR,
};

static int __init ask(struct xen_platform_op *op, u32 index)
{
	op->cmd = XENPF_firmware_info;
	op->u.firmware_info.type = XEN_FW_EFI_INFO;
	op->u.firmware_info.index = index;
	return HYPERVISOR_platform_op(op);
}

/* Fails where the firmware is no EFI. */
static int __init find_tables(void)
{
	struct xen_platform_op op = {};
	union xenpf_efi_info *answer = &op.u.firmware_info.u.efi_info;
	int err = ask(&op, XEN_FW_EFI_CONFIG_TABLE);

	if (err)
		return err;
	systab.tables = answer->cfg.addr;
	systab.nr_tables = answer->cfg.nent;
	return 0;
}

static void __init find_versions(void)
{
	struct xen_platform_op op = {};
	union xenpf_efi_info *answer = &op.u.firmware_info.u.efi_info;

	if (!ask(&op, XEN_FW_EFI_VERSION))
		systab.hdr.revision = answer->version;

	/* Xen ends the name, and cuts it if need be. */
	answer->vendor.bufsz = sizeof(vendor);
	set_xen_guest_handle(answer->vendor.name, vendor);
	if (!ask(&op, XEN_FW_EFI_VENDOR))
		systab.fw_revision = answer->vendor.revision;
	systab.fw_vendor = __pa_symbol(vendor);
}

/* The boot loader before Xen may have been told not to insist on signatures. */
static bool __init shim_is_lax(void)
{
	efi_guid_t shim = EFI_SHIM_LOCK_GUID;
	unsigned long size;
	u8 lax = 0;

	size = sizeof(lax);
	return efi.get_variable(L"MokSBStateRT", &shim, NULL, &size, &lax) ==
	       EFI_SUCCESS && lax == 1;
}

static enum efi_secureboot_mode __init secure_boot_mode(void)
{
	enum efi_secureboot_mode mode;

	mode = efi_get_secureboot_mode(efi.get_variable);
	if (mode == efi_secureboot_mode_enabled && shim_is_lax())
		mode = efi_secureboot_mode_disabled;
	return mode;
}

static void __init fill_boot_params(void)
{
	struct efi_info *info = &boot_params.efi_info;
	u64 addr = __pa_symbol(&systab);

	memcpy(&info->efi_loader_signature, "Xen",
	       sizeof(info->efi_loader_signature));
	info->efi_systab = lower_32_bits(addr);
	info->efi_systab_hi = upper_32_bits(addr);
	boot_params.secure_boot = secure_boot_mode();
}

/**
 * xen_dom0_efi_init() - take over EFI, if that is what the firmware is
 *
 * Context: setup_arch(), before anybody asks for EFI.
 */
void __init xen_dom0_efi_init(void)
{
	if (find_tables())
		return;
	find_versions();
	xen_efi_runtime_setup();
	fill_boot_params();
	set_bit(EFI_BOOT, &efi.flags);
	set_bit(EFI_PARAVIRT, &efi.flags);
	set_bit(EFI_64BIT, &efi.flags);
}
