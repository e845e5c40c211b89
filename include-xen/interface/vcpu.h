/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vCPUs. Xen's public/vcpu.h.
 */
#ifndef _XEN_INTERFACE_VCPU_H
#define _XEN_INTERFACE_VCPU_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <xen/interface/xen.h>

#define VCPUOP_initialise			0
#define VCPUOP_up				1
#define VCPUOP_down				2
#define VCPUOP_is_up				3
#define VCPUOP_get_runstate_info		4
#define VCPUOP_register_runstate_memory_area	5
#define VCPUOP_set_periodic_timer		6
#define VCPUOP_stop_periodic_timer		7
#define VCPUOP_set_singleshot_timer		8
#define VCPUOP_stop_singleshot_timer		9
#define VCPUOP_register_vcpu_info		10
#define VCPUOP_send_nmi				11
#define VCPUOP_get_physid			12
#define VCPUOP_register_vcpu_time_memory_area	13
#define VCPUOP_register_runstate_phys_area	14
#define VCPUOP_register_vcpu_time_phys_area	15

#define RUNSTATE_running	0	/* on a processor */
#define RUNSTATE_runnable	1	/* waiting for a processor */
#define RUNSTATE_blocked	2	/* waiting for an event */
#define RUNSTATE_offline	3	/* neither, for another reason */

/* Set in state_entry_time while Xen writes, if the guest asked for that. */
#define XEN_RUNSTATE_UPDATE	BIT_ULL(63)

/* What a vCPU does, since when, and for how long (ns) it has done what */
struct vcpu_runstate_info {
	int state;
	uint64_t state_entry_time;
	uint64_t time[4];
};
DEFINE_GUEST_HANDLE_STRUCT(vcpu_runstate_info);

/*
 * Have Xen keep it up to date in memory of the guest's: at a virtual address in the
 * address space that the vCPU happens to be in, or for ..._phys_area at the guest
 * physical address p, within a page; VCPU_AREA_NONE there ends it.
 */
#define VCPU_AREA_NONE	(~0ULL)

struct vcpu_register_runstate_memory_area {
	union {
		GUEST_HANDLE(vcpu_runstate_info) h;
		struct vcpu_runstate_info *v;
		uint64_t p;
	} addr;
};

struct vcpu_set_periodic_timer {
	uint64_t period_ns;
};
DEFINE_GUEST_HANDLE_STRUCT(vcpu_set_periodic_timer);

/* Fail with -ETIME instead of firing at once if the time is past. */
#define _VCPU_SSHOTTMR_future	0
#define VCPU_SSHOTTMR_future	(1U << _VCPU_SSHOTTMR_future)

/* VIRQ_TIMER, once, at a system time */
struct vcpu_set_singleshot_timer {
	uint64_t timeout_abs_ns;
	uint32_t flags;
};
DEFINE_GUEST_HANDLE_STRUCT(vcpu_set_singleshot_timer);

/* Where a vCPU wants its struct vcpu_info. Only once in its life. */
struct vcpu_register_vcpu_info {
	uint64_t mfn;
	uint32_t offset;
	uint32_t rsvd;
};
DEFINE_GUEST_HANDLE_STRUCT(vcpu_register_vcpu_info);

/* dom0: which processor a pinned vCPU runs on */
struct vcpu_get_physid {
	uint64_t phys_id;
};
DEFINE_GUEST_HANDLE_STRUCT(vcpu_get_physid);

#define xen_vcpu_physid_to_x86_apicid(physid)	((uint32_t)(physid))
#define xen_vcpu_physid_to_x86_acpiid(physid)	((uint32_t)((physid) >> 32))

DEFINE_GUEST_HANDLE_STRUCT(vcpu_time_info);

/* A second copy of a vCPU's clock, which user space may see as well */
struct vcpu_register_time_memory_area {
	union {
		GUEST_HANDLE(vcpu_time_info) h;
		struct pvclock_vcpu_time_info *v;
		uint64_t p;
	} addr;
};
DEFINE_GUEST_HANDLE_STRUCT(vcpu_register_time_memory_area);

static_assert(sizeof(struct vcpu_runstate_info) == 48);
static_assert(sizeof(struct vcpu_set_singleshot_timer) == 16);
static_assert(sizeof(struct vcpu_register_vcpu_info) == 16);

#endif /* _XEN_INTERFACE_VCPU_H */
