/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations of HVM and PVH guests. Xen's public/hvm/hvm_op.h.
 */
#ifndef _XEN_INTERFACE_HVM_OP_H
#define _XEN_INTERFACE_HVM_OP_H

#include <linux/build_bug.h>
#include <xen/interface/xen.h>

#define HVMOP_set_param			0
#define HVMOP_get_param			1
#define HVMOP_flush_tlbs		5	/* all vCPUs' TLBs; argument NULL */
#define HVMOP_pagetable_dying		9
#define HVMOP_get_mem_type		15
#define HVMOP_set_evtchn_upcall_vector	23

/* A parameter: see xen/interface/hvm/params.h. */
struct xen_hvm_param {
	domid_t domid;
	uint32_t index;
	uint64_t value;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_hvm_param);

/* A page table goes: Xen may drop what it keeps for it (shadow paging). */
struct xen_hvm_pagetable_dying {
	domid_t domid;
	aligned_u64 gpa;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_hvm_pagetable_dying);

enum hvmmem_type_t {
	HVMMEM_ram_rw,
	HVMMEM_ram_ro,
	HVMMEM_mmio_dm,
};

struct xen_hvm_get_mem_type {
	domid_t domid;

	uint16_t mem_type;
	uint16_t pad[2];
	uint64_t pfn;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_hvm_get_mem_type);

/* The vector that events raise on a vCPU, through its local APIC */
struct xen_hvm_evtchn_upcall_vector {
	uint32_t vcpu;
	uint8_t vector;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_hvm_evtchn_upcall_vector);

static_assert(sizeof(struct xen_hvm_param) == 16);
static_assert(sizeof(struct xen_hvm_evtchn_upcall_vector) == 8);

#endif /* _XEN_INTERFACE_HVM_OP_H */
