/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How event channels reach an x86 CPU.
 */
#ifndef _ASM_X86_XEN_EVENTS_H
#define _ASM_X86_XEN_EVENTS_H

#include <xen/xen.h>

/**
 * enum ipi_vector - interrupts between the CPUs of this domain
 * @XEN_RESCHEDULE_VECTOR: the scheduler has work for the CPU
 * @XEN_CALL_FUNCTION_VECTOR: functions to call, sent to many CPUs
 * @XEN_CALL_FUNCTION_SINGLE_VECTOR: functions to call, sent to this CPU
 * @XEN_SPIN_UNLOCK_VECTOR: the lock that the CPU waits for is free
 * @XEN_IRQ_WORK_VECTOR: irq_work to run
 * @XEN_NMI_VECTOR: not an event: an NMI through VCPUOP_send_nmi
 * @XEN_NR_IPIS: how many there are
 */
enum ipi_vector {
	XEN_CALL_FUNCTION_VECTOR,
	XEN_CALL_FUNCTION_SINGLE_VECTOR,
	XEN_RESCHEDULE_VECTOR,
	XEN_IRQ_WORK_VECTOR,
	XEN_SPIN_UNLOCK_VECTOR,
	XEN_NMI_VECTOR,

	XEN_NR_IPIS,
};

/* Words of the bitmaps in shared_info are xen_ulong_t. */
#define xchg_xen_ulong(ptr, val)	xchg((ptr), (val))

/* Xen raises the upcall vector, or a vector for all CPUs, instead of a GSI. */
extern bool xen_have_vector_callback;

/* Each vCPU has registered an upcall vector of its own. */
extern bool xen_percpu_upcall;

/**
 * xen_support_evtchn_rebind() - can a port be moved to another vCPU?
 *
 * Return: false where all events arrive through one interrupt line, which only
 * vCPU 0 gets.
 */
static inline bool xen_support_evtchn_rebind(void)
{
	return xen_have_vector_callback;
}

#endif /* _ASM_X86_XEN_EVENTS_H */
