/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The CPUID leaves in which Xen describes itself.
 *
 * Xen's public/arch-x86/cpuid.h. The first leaf is at 0x40000000 or, where
 * another hypervisor interface is offered first, 0x100 or a multiple above it.
 */
#ifndef _ASM_X86_XEN_CPUID_H
#define _ASM_X86_XEN_CPUID_H

#include <linux/bits.h>

#define XEN_CPUID_FIRST_LEAF			0x40000000
#define XEN_CPUID_LEAF(i)			(XEN_CPUID_FIRST_LEAF + (i))
#define XEN_CPUID_MAX_NUM_LEAVES		5

/* Leaf 0: EAX is the highest leaf, EBX, ECX and EDX spell "XenVMMXenVMM" */
#define XEN_CPUID_SIGNATURE_EBX			0x566e6558
#define XEN_CPUID_SIGNATURE_ECX			0x65584d4d
#define XEN_CPUID_SIGNATURE_EDX			0x4d4d566e

/* Leaf 1: EAX is Xen's version, major in the upper half and minor below */

/*
 * Leaf 2: EAX is the number of hypercall pages, EBX the MSR that installs
 * them, ECX and EDX are feature bits.
 */
#define _XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD	0
#define XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD	BIT(0)

/* Leaf 3, EAX of sub-leaf 0: how the guest sees the TSC; EBX: the mode */
#define XEN_CPUID_TSC_EMULATED			BIT(0)
#define XEN_CPUID_HOST_TSC_RELIABLE		BIT(1)
#define XEN_CPUID_RDTSCP_INSTR_AVAIL		BIT(2)
#define XEN_CPUID_TSC_MODE_DEFAULT		0
#define XEN_CPUID_TSC_MODE_ALWAYS_EMULATE	1
#define XEN_CPUID_TSC_MODE_NEVER_EMULATE	2
#define XEN_CPUID_TSC_MODE_PVRDTSCP		3

/* Leaf 4, EAX: what an HVM or PVH guest gets; EBX: vCPU id; ECX: domain id */
#define XEN_HVM_CPUID_APIC_ACCESS_VIRT		BIT(0)
#define XEN_HVM_CPUID_X2APIC_VIRT		BIT(1)
#define XEN_HVM_CPUID_IOMMU_MAPPINGS		BIT(2)
#define XEN_HVM_CPUID_VCPU_ID_PRESENT		BIT(3)
#define XEN_HVM_CPUID_DOMID_PRESENT		BIT(4)
#define XEN_HVM_CPUID_EXT_DEST_ID		BIT(5)
#define XEN_HVM_CPUID_UPCALL_VECTOR		BIT(6)

/* Leaf 5, EBX: bits in a machine address, for PV guests */
#define XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK	0xff

#endif /* _ASM_X86_XEN_CPUID_H */
