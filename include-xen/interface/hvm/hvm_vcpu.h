/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State of a vCPU for VCPUOP_initialise in HVM and PVH guests.
 *
 * Xen's public/hvm/hvm_vcpu.h.
 */
#ifndef _XEN_INTERFACE_HVM_VCPU_H
#define _XEN_INTERFACE_HVM_VCPU_H

#include <linux/build_bug.h>
#include <xen/interface/xen.h>

/* Without or with paging; segments as the processor caches them */
struct vcpu_hvm_x86_32 {
	uint32_t eax, ecx, edx, ebx;
	uint32_t esp, ebp, esi, edi;
	uint32_t eip, eflags;

	uint32_t cr0, cr3, cr4;
	uint32_t pad1;
	uint64_t efer;

	uint32_t cs_base, ds_base, ss_base, es_base, tr_base;
	uint32_t cs_limit, ds_limit, ss_limit, es_limit, tr_limit;
	uint16_t cs_ar, ds_ar, ss_ar, es_ar, tr_ar;
	uint16_t pad2[3];
};

/* In long mode; segments are flat */
struct vcpu_hvm_x86_64 {
	uint64_t rax, rcx, rdx, rbx;
	uint64_t rsp, rbp, rsi, rdi;
	uint64_t rip, rflags;

	uint64_t cr0, cr3, cr4;
	uint64_t efer;
};

#define VCPU_HVM_MODE_32B	0
#define VCPU_HVM_MODE_64B	1

struct vcpu_hvm_context {
	uint32_t mode;
	uint32_t pad;
	union {
		struct vcpu_hvm_x86_32 x86_32;
		struct vcpu_hvm_x86_64 x86_64;
	} cpu_regs;
};
typedef struct vcpu_hvm_context vcpu_hvm_context_t;

static_assert(sizeof(struct vcpu_hvm_x86_32) == 120);
static_assert(sizeof(struct vcpu_hvm_x86_64) == 112);
static_assert(sizeof(struct vcpu_hvm_context) == 128);

#endif /* _XEN_INTERFACE_HVM_VCPU_H */
