/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rest of arch/x86 needs to know about Xen. Included early and in
 * kernels without Xen too, so it includes as little as it can.
 */
#ifndef _ASM_X86_XEN_HYPERVISOR_H
#define _ASM_X86_XEN_HYPERVISOR_H

#include <linux/types.h>
#include <asm/cpuid.h>

struct boot_params;
struct pci_dev;
struct shared_info;
struct start_info;

#define XEN_SIGNATURE	"XenVMMXenVMM"

/**
 * xen_cpuid_base() - find Xen's CPUID leaves
 *
 * Context: any, from the first instruction of the kernel on.
 * Return: the number of Xen's first leaf, 0 where there is no Xen.
 */
static inline uint32_t xen_cpuid_base(void)
{
	return hypervisor_cpuid_base(XEN_SIGNATURE, 2);
}

/* The page that Xen shares with the whole domain; valid from early boot on */
extern struct shared_info *HYPERVISOR_shared_info;

/* Only PV guests had one: NULL, kept for drivers that name it */
extern struct start_info *xen_start_info;

/**
 * xen_initdom_restore_msi() - may the kernel restore MSIs itself?
 * @dev: a PCI device after resume
 *
 * Return: always true; only a PV dom0 had to leave that to Xen.
 */
static inline bool xen_initdom_restore_msi(struct pci_dev *dev)
{
	return true;
}

#ifdef CONFIG_HOTPLUG_CPU
/**
 * xen_arch_register_cpu() - make a CPU that the tool stack gave us known
 * @num: Linux' number of the CPU
 *
 * Context: process context, from the xenstore watch on "cpu".
 */
void xen_arch_register_cpu(int num);

/**
 * xen_arch_unregister_cpu() - forget a CPU that the tool stack took away
 * @num: Linux' number of the CPU, which is offline
 *
 * Context: process context, from the xenstore watch on "cpu".
 */
void xen_arch_unregister_cpu(int num);
#endif

#ifdef CONFIG_PVH
/**
 * xen_pvh_init() - take over from Xen at the PVH entry point
 * @boot_params: to be filled in with what Xen says about this domain
 *
 * Context: on the boot CPU before .bss is cleared, without per-CPU data,
 * alternatives, instrumentation or printk.
 */
void xen_pvh_init(struct boot_params *boot_params);

/**
 * mem_map_via_hcall() - ask Xen for the memory map
 * @boot_params: gets the map as its E820 table
 *
 * For a start info without a memory map (version 0).
 *
 * Context: as xen_pvh_init().
 */
void mem_map_via_hcall(struct boot_params *boot_params);
#endif

#if defined(CONFIG_XEN_DOM0) && defined(CONFIG_ACPI)
/**
 * xen_sanitize_proc_cap_bits() - let Xen change the processor capabilities
 * @buf: the capability bits which dom0 is about to tell the firmware
 */
void xen_sanitize_proc_cap_bits(uint32_t *buf);
#else
static inline void xen_sanitize_proc_cap_bits(uint32_t *buf)
{
	/* Never reached: xen_initial_domain() is 0 without XEN_DOM0. */
}
#endif

#endif /* _ASM_X86_XEN_HYPERVISOR_H */
