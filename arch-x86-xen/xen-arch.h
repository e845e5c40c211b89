/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private interface of arch/x86/xen, grouped by the file that implements it.
 */
#ifndef _ARCH_X86_XEN_ARCH_H
#define _ARCH_X86_XEN_ARCH_H

#include <linux/init.h>
#include <linux/types.h>

#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/interface/xen.h>

struct hvm_start_info;
struct dentry;
struct vmcore_cb;

/* hypercall.c: how to enter Xen */

/**
 * enum xen_hypercall_transport - how hypercalls are made
 * @XEN_HYPERCALL_VMCALL: the VMCALL instruction (Intel, Centaur, Zhaoxin)
 * @XEN_HYPERCALL_VMMCALL: the VMMCALL instruction (AMD, Hygon)
 * @XEN_HYPERCALL_PAGE: a call into the page that Xen filled
 */
enum xen_hypercall_transport {
	XEN_HYPERCALL_VMCALL,
	XEN_HYPERCALL_VMMCALL,
	XEN_HYPERCALL_PAGE,
};

/* Safe at any time, before .bss is cleared included. */
void xen_hypercall_select_instruction(void);
void xen_hypercall_init(u32 cpuid_base);
void xen_report_crash(void);

/* Inline because objtool knows functions that do not return by a list. */
static __always_inline void __noreturn xen_crash(void)
{
	for (;;)
		xen_report_crash();
}

/* features.c: what this Xen offers */
void xen_setup_features(void);
const char *xen_missing_feature(void);

/* boot.c: the platform as a whole */
bool xen_hvm_cpuid_has(u32 flag);
struct dentry *xen_debugfs_dir(void);

/* vcpu.c: shared_info and vcpu_info */
int xen_shared_info_map(void);
int xen_vcpu_setup(unsigned int cpu);
void xen_vcpu_set_id(unsigned int cpu);
int xen_vcpu_init_boot_cpu(void);
void xen_vcpu_restore(void);

/* irq.c: the way of event channels into a CPU */
void xen_irq_ops_init(void);
int xen_upcall_setup_cpu(unsigned int cpu);
void xen_upcall_restore(void);

/* time.c */
void xen_time_ops_init(void);
int xen_timer_bind(unsigned int cpu);
void xen_timer_unbind(unsigned int cpu);
void xen_timer_cpu_disable(void);
void xen_timer_leave_to_apic(void);
void xen_time_freeze(void);
void xen_time_thaw(void);

/* smp.c */
#ifdef CONFIG_SMP
void xen_smp_ops_init(void);
#else
static inline void xen_smp_ops_init(void) { }
#endif

/* mmu.c */
void xen_mmu_ops_init(void);

/* power.c */
void xen_power_ops_init(void);
void xen_power_pvh_init(void);

/* kexec.c */
#ifdef CONFIG_KEXEC_CORE
void xen_kexec_ops_init(void);
#else
static inline void xen_kexec_ops_init(void) { }
#endif

/* vmcore.c, for its unit test */
bool xen_vmcore_pfn_is_ram(struct vmcore_cb *cb, unsigned long pfn);

/* unplug.c */
void xen_unplug_emulated_devices(void);

/* pvh.c, for its unit test */
const char *xen_pvh_check_start_info(const struct hvm_start_info *si);

/* pvh-legacy.c */
#ifdef CONFIG_XEN_PVH
void xen_pvh_late_init(void);
void xen_pvh_refuse_nopv(void);
#else
static inline void xen_pvh_late_init(void) { }
static inline void xen_pvh_refuse_nopv(void) { }
#endif

/* xen-head.S */
typedef long xen_hypercall_fn(unsigned long a1, unsigned long a2,
			      unsigned long a3, unsigned long a4,
			      unsigned long a5, unsigned long nr);
xen_hypercall_fn xen_hypercall_vmcall;
xen_hypercall_fn xen_hypercall_vmmcall;
xen_hypercall_fn xen_hypercall_user_vmcall;
xen_hypercall_fn xen_hypercall_user_vmmcall;
xen_hypercall_fn xen_hypercall_through_page;
extern u8 xen_hypercall_page[];

#endif /* _ARCH_X86_XEN_ARCH_H */
