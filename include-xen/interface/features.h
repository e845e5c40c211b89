/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Features that a domain can have, by number. Xen's public/features.h.
 */
#ifndef _XEN_INTERFACE_FEATURES_H
#define _XEN_INTERFACE_FEATURES_H

/* PV guests */
#define XENFEAT_writable_page_tables		0
#define XENFEAT_writable_descriptor_tables	1
#define XENFEAT_supervisor_mode_kernel		3
#define XENFEAT_pae_pgdir_above_4gb		4
#define XENFEAT_mmu_pt_update_preserve_ad	5
#define XENFEAT_highmem_assist			6
#define XENFEAT_gnttab_map_avail_bits		7

/* HVM and PVH: frame numbers are guest frame numbers */
#define XENFEAT_auto_translated_physmap		2
/* An event can raise a vector on any vCPU */
#define XENFEAT_hvm_callback_vector		8
/* The clock of vcpu_info can be trusted */
#define XENFEAT_hvm_safe_pvclock		9
/* Physical interrupts can be event channels */
#define XENFEAT_hvm_pirqs			10
/* The kernel may be dom0 */
#define XENFEAT_dom0				11

#define XENFEAT_memory_op_vnode_supported	13
#define XENFEAT_ARM_SMCCC_supported		14
#define XENFEAT_linux_rsdp_unrestricted		15
#define XENFEAT_not_direct_mapped		16
#define XENFEAT_direct_mapped			17

/* VCPUOP_register_runstate_phys_area and VCPUOP_register_vcpu_time_phys_area */
#define XENFEAT_runstate_phys_area		18
#define XENFEAT_vcpu_time_phys_area		19

/* Groups of 32 */
#define XENFEAT_NR_SUBMAPS			1

#endif /* _XEN_INTERFACE_FEATURES_H */
