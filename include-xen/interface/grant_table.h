/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The grant table. Xen's public/grant_table.h.
 *
 * The table is an array of entries that a domain shares with Xen; a reference
 * is an index into it. To give access, domid and frame are written first and
 * flags last; to take it back, flags are compared and exchanged with 0 as long as
 * neither GTF_reading nor GTF_writing is set, which Xen does while the frame is
 * mapped.
 */
#ifndef _XEN_INTERFACE_GRANT_TABLE_H
#define _XEN_INTERFACE_GRANT_TABLE_H

#include <linux/build_bug.h>
#include <xen/interface/xen.h>

typedef uint32_t grant_ref_t;
typedef uint32_t grant_handle_t;
typedef uint16_t grant_status_t;

struct grant_entry_v1 {
	uint16_t flags;
	domid_t domid;
	uint32_t frame;
};

/* The first references are set up by the tool stack. */
#define GNTTAB_NR_RESERVED_ENTRIES	8
#define GNTTAB_RESERVED_CONSOLE		0
#define GNTTAB_RESERVED_XENSTORE	1

/* Flags of an entry: its type ... */
#define GTF_invalid		0U
#define GTF_permit_access	1U
#define GTF_accept_transfer	2U
#define GTF_transitive		3U
#define GTF_type_mask		3U

/* ... and, for GTF_permit_access, by bit number and as a mask */
#define _GTF_readonly		2
#define _GTF_reading		3
#define _GTF_writing		4
#define _GTF_PWT		5
#define _GTF_PCD		6
#define _GTF_PAT		7
#define _GTF_sub_page		8
#define GTF_readonly		(1U << _GTF_readonly)
#define GTF_reading		(1U << _GTF_reading)
#define GTF_writing		(1U << _GTF_writing)
#define GTF_PWT			(1U << _GTF_PWT)
#define GTF_PCD			(1U << _GTF_PCD)
#define GTF_PAT			(1U << _GTF_PAT)
#define GTF_sub_page		(1U << _GTF_sub_page)

#define GNTTABOP_map_grant_ref		0
#define GNTTABOP_unmap_grant_ref	1
#define GNTTABOP_setup_table		2
#define GNTTABOP_dump_table		3
#define GNTTABOP_transfer		4
#define GNTTABOP_copy			5
#define GNTTABOP_query_size		6
#define GNTTABOP_unmap_and_replace	7
#define GNTTABOP_set_version		8
#define GNTTABOP_get_status_frames	9
#define GNTTABOP_get_version		10
#define GNTTABOP_swap_grant_ref		11
#define GNTTABOP_cache_flush		12

/* How a grant is to be mapped, by bit number and as a mask */
#define _GNTMAP_device_map		0
#define _GNTMAP_host_map		1
#define _GNTMAP_readonly		2
#define _GNTMAP_application_map		3
#define _GNTMAP_contains_pte		4
#define _GNTMAP_guest_avail0		16
#define GNTMAP_device_map		(1 << _GNTMAP_device_map)
#define GNTMAP_host_map			(1 << _GNTMAP_host_map)
#define GNTMAP_readonly			(1 << _GNTMAP_readonly)
#define GNTMAP_application_map		(1 << _GNTMAP_application_map)
#define GNTMAP_contains_pte		(1 << _GNTMAP_contains_pte)
#define GNTMAP_guest_avail_mask		((uint32_t)~0 << _GNTMAP_guest_avail0)

/* Map a frame that dom has granted at the guest physical address host_addr. */
struct gnttab_map_grant_ref {
	uint64_t host_addr;
	uint32_t flags;
	grant_ref_t ref;
	domid_t dom;

	int16_t status;
	grant_handle_t handle;
	uint64_t dev_bus_addr;
};
DEFINE_GUEST_HANDLE_STRUCT(gnttab_map_grant_ref);

/* Unmap it. An address of 0 is not looked at. */
struct gnttab_unmap_grant_ref {
	uint64_t host_addr;
	uint64_t dev_bus_addr;
	grant_handle_t handle;

	int16_t status;
};
DEFINE_GUEST_HANDLE_STRUCT(gnttab_unmap_grant_ref);

/* Have at least nr_frames frames of table. */
struct gnttab_setup_table {
	domid_t dom;
	uint32_t nr_frames;

	int16_t status;
	GUEST_HANDLE(xen_pfn_t) frame_list;
};
DEFINE_GUEST_HANDLE_STRUCT(gnttab_setup_table);

#define _GNTCOPY_source_gref	0
#define _GNTCOPY_dest_gref	1
#define GNTCOPY_source_gref	(1 << _GNTCOPY_source_gref)
#define GNTCOPY_dest_gref	(1 << _GNTCOPY_dest_gref)

/*
 * Copy len bytes, within one frame on either side. flags tell which side is a
 * grant; the other is a frame of the domain named.
 */
struct gnttab_copy {
	struct gnttab_copy_ptr {
		union {
			grant_ref_t ref;
			xen_pfn_t gmfn;
		} u;
		domid_t domid;
		uint16_t offset;
	} source, dest;
	uint16_t len;
	uint16_t flags;

	int16_t status;
};
DEFINE_GUEST_HANDLE_STRUCT(gnttab_copy);

/* Ask how many frames the table has, and how many it may have. */
struct gnttab_query_size {
	domid_t dom;

	uint32_t nr_frames;
	uint32_t max_nr_frames;
	int16_t status;
};
DEFINE_GUEST_HANDLE_STRUCT(gnttab_query_size);

/* Choose the layout of the entries; Xen answers with the version in use. */
struct gnttab_set_version {
	uint32_t version;
};
DEFINE_GUEST_HANDLE_STRUCT(gnttab_set_version);

struct gnttab_get_version {
	domid_t dom;
	uint16_t pad;

	uint32_t version;
};
DEFINE_GUEST_HANDLE_STRUCT(gnttab_get_version);

#define GNTTAB_CACHE_CLEAN		(1U << 0)
#define GNTTAB_CACHE_INVAL		(1U << 1)
#define GNTTAB_CACHE_SOURCE_GREF	(1U << 31)

struct gnttab_cache_flush {
	union {
		uint64_t dev_bus_addr;
		grant_ref_t ref;
	} a;
	uint16_t offset;
	uint16_t length;
	uint32_t op;
};
DEFINE_GUEST_HANDLE_STRUCT(gnttab_cache_flush);

static_assert(sizeof(struct grant_entry_v1) == 8);
static_assert(sizeof(struct gnttab_map_grant_ref) == 32);
static_assert(sizeof(struct gnttab_unmap_grant_ref) == 24);
static_assert(sizeof(struct gnttab_setup_table) == 24);
static_assert(sizeof(struct gnttab_copy) == 40);
static_assert(sizeof(struct gnttab_query_size) == 16);

/* Status of each operation */
#define GNTST_okay		0
#define GNTST_general_error	(-1)
#define GNTST_bad_domain	(-2)
#define GNTST_bad_gntref	(-3)
#define GNTST_bad_handle	(-4)
#define GNTST_bad_virt_addr	(-5)
#define GNTST_bad_dev_addr	(-6)
#define GNTST_no_device_space	(-7)
#define GNTST_permission_denied	(-8)
#define GNTST_bad_page		(-9)
#define GNTST_bad_copy_arg	(-10)
#define GNTST_address_too_big	(-11)
#define GNTST_eagain		(-12)
#define GNTST_no_space		(-13)

#endif /* _XEN_INTERFACE_GRANT_TABLE_H */
