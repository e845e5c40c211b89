/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What Xen says about itself. Xen's public/version.h.
 */
#ifndef _XEN_INTERFACE_VERSION_H
#define _XEN_INTERFACE_VERSION_H

#include <linux/build_bug.h>
#include <xen/interface/xen.h>
#include <xen/interface/features.h>

#define XENVER_version			0	/* no argument: major << 16 | minor */
#define XENVER_extraversion		1
#define XENVER_compile_info		2
#define XENVER_capabilities		3
#define XENVER_changeset		4
#define XENVER_platform_parameters	5
#define XENVER_get_features		6
#define XENVER_pagesize			7	/* no argument */
#define XENVER_guest_handle		8	/* xen_domain_handle_t */
#define XENVER_commandline		9
#define XENVER_build_id			10

struct xen_extraversion {
	char extraversion[16];
};

struct xen_compile_info {
	char compiler[64];
	char compile_by[16];
	char compile_domain[32];
	char compile_date[32];
};

struct xen_capabilities_info {
	char info[1024];
};

struct xen_changeset_info {
	char info[64];
};

#define XEN_EXTRAVERSION_LEN		sizeof(struct xen_extraversion)
#define XEN_CAPABILITIES_INFO_LEN	sizeof(struct xen_capabilities_info)
#define XEN_CHANGESET_INFO_LEN		sizeof(struct xen_changeset_info)

struct xen_platform_parameters {
	xen_ulong_t virt_start;
};

/* 32 features at a time, by number: see xen/interface/features.h */
struct xen_feature_info {
	unsigned int submap_idx;

	uint32_t submap;
};

struct xen_commandline {
	char buf[1024];
};

/* len is the room in buf; with no argument the hypercall returns its length. */
struct xen_build_id {
	uint32_t len;
	unsigned char buf[];
};

static_assert(sizeof(struct xen_compile_info) == 144);

#endif /* _XEN_INTERFACE_VERSION_H */
