/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of domains. Xen's public/memory.h.
 */
#ifndef _XEN_INTERFACE_MEMORY_H
#define _XEN_INTERFACE_MEMORY_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/spinlock.h>
#include <xen/interface/xen.h>

#define XENMEM_increase_reservation	0
#define XENMEM_decrease_reservation	1
#define XENMEM_maximum_ram_page		2
#define XENMEM_current_reservation	3
#define XENMEM_maximum_reservation	4
#define XENMEM_populate_physmap		6
#define XENMEM_add_to_physmap		7
#define XENMEM_memory_map		9
#define XENMEM_machine_memory_map	10
#define XENMEM_exchange			11
#define XENMEM_remove_from_physmap	15
#define XENMEM_add_to_physmap_range	23
#define XENMEM_acquire_resource		28

/*
 * Change how much memory a domain has. The result is the number of extents done;
 * the caller carries on from there.
 */
struct xen_memory_reservation {
	GUEST_HANDLE(xen_pfn_t) extent_start;
	xen_ulong_t nr_extents;
	unsigned int extent_order;
	unsigned int address_bits;	/* 0: any address; PV guests only */
	domid_t domid;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_memory_reservation);

struct xen_memory_exchange {
	struct xen_memory_reservation in;
	struct xen_memory_reservation out;

	xen_ulong_t nr_exchanged;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_memory_exchange);

/* What can be put into the physical address space */
#define XENMAPSPACE_shared_info		0
#define XENMAPSPACE_grant_table		1	/* idx: frame of the table */
#define XENMAPSPACE_gmfn		2	/* moves a frame of our own */
#define XENMAPSPACE_gmfn_range		3
#define XENMAPSPACE_gmfn_foreign	4	/* range only: another domain's */
#define XENMAPSPACE_dev_mmio		5

/* Put one frame there. What was at gpfn before is given back. */
struct xen_add_to_physmap {
	domid_t domid;
	uint16_t size;			/* XENMAPSPACE_gmfn_range only */
	unsigned int space;
	xen_ulong_t idx;
	xen_pfn_t gpfn;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_add_to_physmap);

/* Put many frames there. Each has an error of its own. */
struct xen_add_to_physmap_range {
	domid_t domid;
	uint16_t space;
	uint16_t size;
	domid_t foreign_domid;
	GUEST_HANDLE(xen_ulong_t) idxs;
	GUEST_HANDLE(xen_pfn_t) gpfns;

	GUEST_HANDLE(int) errs;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_add_to_physmap_range);

/* Take a frame out of the physical address space. */
struct xen_remove_from_physmap {
	domid_t domid;
	xen_pfn_t gpfn;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_remove_from_physmap);

/* Ask for the memory map, as entries of the E820 table. */
struct xen_memory_map {
	unsigned int nr_entries;	/* room there is; entries there are */
	GUEST_HANDLE(void) buffer;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_memory_map);

#define XENMEM_resource_ioreq_server			0
#define XENMEM_resource_grant_table			1
#define XENMEM_resource_vmtrace_buf			2
#define XENMEM_resource_grant_table_id_shared		0
#define XENMEM_resource_grant_table_id_status		1
#define XENMEM_resource_ioreq_server_frame_bufioreq	0
#define XENMEM_resource_ioreq_server_frame_ioreq(n)	(1 + (n))
#define _XENMEM_rsrc_acq_caller_owned			0
#define XENMEM_rsrc_acq_caller_owned			BIT(0)

/* Map frames that Xen has for a domain. */
struct xen_mem_acquire_resource {
	domid_t domid;
	uint16_t type;
	uint32_t id;
	uint32_t nr_frames;		/* 0: only ask how many there are */
	uint32_t flags;
	uint64_t frame;
	GUEST_HANDLE(xen_pfn_t) frame_list;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_mem_acquire_resource);

static_assert(sizeof(struct xen_memory_reservation) == 32);
static_assert(sizeof(struct xen_add_to_physmap) == 24);
static_assert(sizeof(struct xen_add_to_physmap_range) == 32);
static_assert(sizeof(struct xen_mem_acquire_resource) == 32);

#endif /* _XEN_INTERFACE_MEMORY_H */
