// SPDX-License-Identifier: GPL-2.0
/*
 * What every emulated PC has and a PVH guest does not. ACPI's tables tell, some
 * of them wrongly, so this comes when they have been read.
 */
#include <linux/acpi.h>
#include <linux/init.h>

#include <asm/i8259.h>
#include <asm/io_apic.h>
#include <asm/setup.h>
#include <asm/x86_init.h>

#include <xen/hvc-console.h>

#include "xen-arch.h"

/*
 * Xen's MADT claims a pair of 8259s for every guest; a PVH guest has neither them
 * nor an IO-APIC, and what the kernel took for their interrupts would lead nowhere.
 */
static void __init drop_8259(void)
{
	legacy_pic = &null_legacy_pic;
	if (acpi_irq_model == ACPI_IRQ_MODEL_PIC)
		acpi_irq_model = ACPI_IRQ_MODEL_PLATFORM;
}

/*
 * Nor are there ACPI's registers. Those of the GPEs read as all ones, which calls the
 * method for GPE 2, which takes it for news of all the 128 CPUs that Xen's DSDT names,
 * and marks each as enabled in the MADT. That has entries for the CPUs of this domain
 * only: what comes behind it, the RSDP among it, is overwritten, and no kernel that comes
 * after this one finds ACPI's tables again. CPUs come and go by way of xenstore.
 */
static void __init drop_acpi_registers(void)
{
	acpi_gbl_reduced_hardware = true;
}

/* What the next kernel is told by kexec is what stands in boot_params. */
static void __init pass_rsdp_on(void)
{
	if (!boot_params.acpi_rsdp_addr)
		boot_params.acpi_rsdp_addr = pvh_start_info.rsdp_paddr;
}

static bool __init lacks_pc(void)
{
	return !x86_platform.legacy.rtc && x86_platform.legacy.no_vga;
}

/**
 * xen_pvh_refuse_nopv() - end a PVH guest that is to do without Xen
 *
 * One that came through the PVH entry point ignores nopv. One that came through a
 * boot loader has found out too late, and would run on without a timer, a console
 * or a disk.
 *
 * Context: as xen_pvh_late_init().
 */
void __init xen_pvh_refuse_nopv(void)
{
	if (!lacks_pc())
		return;
	xen_hypercall_select_instruction();
	xen_raw_printk("xen: nopv would leave a PVH guest without a timer, a console and disks\n");
	xen_crash();
}

/**
 * xen_pvh_late_init() - adapt to what is not there
 *
 * A PVH guest that came through a boot loader, or another kernel's kexec, starts like
 * an HVM guest, and is recognised here by the lack of a clock and of VGA. Dom0 has
 * IO-APICs and is left to look for the rest.
 *
 * Context: setup_arch(), after the ACPI tables have been read.
 */
void __init xen_pvh_late_init(void)
{
	if (xen_pvh) {
		pass_rsdp_on();
	} else if (lacks_pc()) {
		xen_pvh = true;
		xen_power_pvh_init();
	} else {
		xen_power_hvm_init();
	}
	if (xen_pvh && !nr_ioapics) {
		drop_8259();
		drop_acpi_registers();
	}
	if (xen_initial_domain())
		xen_dom0_late_init();
}
