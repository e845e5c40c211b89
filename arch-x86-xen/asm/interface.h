/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the hypervisor ABI needs to know about x86-64: types, pointers to guest
 * memory, and the per-architecture parts of shared_info.
 *
 * Xen's public/arch-x86/xen.h and public/arch-x86/xen-x86_64.h.
 */
#ifndef _ASM_X86_XEN_INTERFACE_H
#define _ASM_X86_XEN_INTERFACE_H

#include <asm/emulate_prefix.h>
#include <asm/pvclock-abi.h>

/*
 * A guest handle is a pointer into guest memory inside an ABI structure. On
 * x86-64 it is a plain pointer; the typedef only keeps its pointee apart.
 */
#define __DEFINE_GUEST_HANDLE(name, type)	typedef type *__guest_handle_##name
#define DEFINE_GUEST_HANDLE(name)		__DEFINE_GUEST_HANDLE(name, name)
#define DEFINE_GUEST_HANDLE_STRUCT(name)	__DEFINE_GUEST_HANDLE(name, struct name)
#define GUEST_HANDLE(name)			__guest_handle_##name
#define set_xen_guest_handle(hnd, val)		((hnd) = (val))

/* static_assert() that needs no other header, see xen/interface/xen.h */
#define XEN_ABI_SIZE(type, size)	\
	_Static_assert(sizeof(type) == (size), "size of " #type)

/* vCPUs that have their vcpu_info in the shared_info page */
#define MAX_VIRT_CPUS	32

#ifndef __ASSEMBLY__

typedef unsigned long xen_pfn_t;
typedef unsigned long xen_ulong_t;
typedef long xen_long_t;
typedef unsigned long xen_callback_t;

#define PRI_xen_pfn	"lx"
#define PRI_xen_ulong	"lx"
#define PRI_xen_long	"lx"

DEFINE_GUEST_HANDLE(char);
DEFINE_GUEST_HANDLE(uint32_t);
DEFINE_GUEST_HANDLE(int);
DEFINE_GUEST_HANDLE(uint64_t);
DEFINE_GUEST_HANDLE(void);
DEFINE_GUEST_HANDLE(xen_ulong_t);
DEFINE_GUEST_HANDLE(xen_pfn_t);
__DEFINE_GUEST_HANDLE(uchar, unsigned char);
__DEFINE_GUEST_HANDLE(uint, unsigned int);

/* Only PV guests use anything in here, but the sizes count. */
struct arch_vcpu_info {
	unsigned long cr2;
	unsigned long pad;
};

struct arch_shared_info {
	unsigned long max_pfn;
	xen_pfn_t pfn_to_mfn_frame_list_list;
	unsigned long nmi_reason;
	unsigned long p2m_cr3, p2m_vaddr, p2m_generation;
};

#endif /* !__ASSEMBLY__ */

#include <asm/xen/interface_64.h>

/* CPUID that Xen answers even where the instruction itself does not trap */
#define XEN_EMULATE_PREFIX	__ASM_FORM(.byte __XEN_EMULATE_PREFIX ;)
#define XEN_CPUID		XEN_EMULATE_PREFIX __ASM_FORM(cpuid)

#endif /* _ASM_X86_XEN_INTERFACE_H */
