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

struct boot_e820_entry;
struct cpumask;
struct dentry;
struct dom0_vga_console_info;
struct e820_table;
struct flush_tlb_info;
struct hvm_memmap_table_entry;
struct hvm_start_info;
struct pvclock_vsyscall_time_info;
struct range;
struct resource;
struct screen_info;
struct vcpu_hvm_context;
struct vcpu_runstate_info;
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
long xen_hypercall_untraced(unsigned int nr, unsigned long a1,
			    unsigned long a2);
void xen_report_crash(void);

/* Inline because objtool knows functions that do not return by a list. */
static __always_inline void __noreturn xen_crash(void)
{
	for (;;)
		xen_report_crash();
}

/* trace.c: called where a tracepoint is on */
void xen_trace_hypercall_entry(unsigned int nr, unsigned long op);
void xen_trace_hypercall_exit(unsigned int nr, long ret);
void xen_trace_memory_op(unsigned int cmd, const void *arg, long ret);
#ifdef CONFIG_TRACEPOINTS
void xen_trace_stop(void);
#else
static inline void xen_trace_stop(void) { }
#endif

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
#if IS_ENABLED(CONFIG_KUNIT)
int xen_cpu_prepare(unsigned int cpu);
#endif
void xen_vcpu_leave(void);
void xen_vcpu_keep_clock(void);
void xen_shared_info_unmap(void);

/* irq.c: the way of event channels into a CPU */
void xen_irq_ops_init(void);
int xen_upcall_setup_cpu(unsigned int cpu);
void xen_upcall_restore(void);

/* runstate.c: stolen time */
void xen_runstate_read(const struct vcpu_runstate_info *src,
		       struct vcpu_runstate_info *res);
void xen_runstate_cpu_dead(unsigned int cpu);
void xen_runstate_restore(void);
void xen_runstate_go_on(unsigned int cpu);
void xen_runstate_leave(void);

/* clock-page.c: the clock in the vDSO */
int xen_clock_page_register(struct pvclock_vsyscall_time_info *page);
bool xen_clock_page_init(void);
void xen_clock_page_restore(void);
void xen_clock_page_leave(void);

/* Ratings of clock source "xen"; tsc-early has 299, tsc has 300. */
#define XEN_CLOCK_ABOVE_TSC		400
#define XEN_CLOCK_BELOW_TSC		299
#define XEN_CLOCK_BELOW_EARLY_TSC	275

/**
 * struct xen_tsc_facts - what decides between the TSC and Xen's clock
 * @initial_domain: this is dom0
 * @invariant: one speed in all states of the CPU, and not known to be unstable
 * @mode: XEN_CPUID_TSC_MODE_*
 */
struct xen_tsc_facts {
	bool initial_domain;
	bool invariant;
	u32 mode;
};

/* time.c */
u64 xen_system_time(void);
int xen_clocksource_rating(const struct xen_tsc_facts *tsc);
void xen_time_ops_init(void);
void xen_timer_ops_init(void);
void xen_timer_ensure(void);
int xen_timer_bind(unsigned int cpu);
void xen_timer_unbind(unsigned int cpu);
void xen_timer_cpu_disable(void);
void xen_time_freeze(void);
void xen_time_thaw(void);

/* pin.c */
#ifdef CONFIG_XEN_DOM0
void xen_pin_vcpu(int pcpu);
#endif

/* dom0.c, and dom0-efi.c for where the firmware is EFI */
void xen_dom0_arch_setup(void);
void xen_dom0_late_init(void);
#ifdef CONFIG_XEN_EFI
void xen_dom0_efi_init(void);
#else
static inline void xen_dom0_efi_init(void) { }
#endif

/* dom0-video.c */
void xen_dom0_video_init(void);
bool xen_set_screen_info(const struct dom0_vga_console_info *info, size_t size,
			 struct screen_info *screen);

/* dom0-clock.c, for its unit test */
int xen_dom0_tell_time(void);

/* smp.c */
#ifdef CONFIG_SMP
void xen_smp_ops_init(void);
#if IS_ENABLED(CONFIG_KUNIT)
void xen_yield_to_any(const struct cpumask *mask);
#endif
#else
static inline void xen_smp_ops_init(void) { }
#endif

/* cpu-start.c: how CPUs start */

/**
 * struct xen_cpu_start - what a CPU starts with
 * @entry: virtual address of the first instruction
 * @stack: virtual address of its stack
 * @cr3: physical address of page tables that map both
 * @efer: EFER of a CPU that uses such page tables
 * @la57: they have five levels
 */
struct xen_cpu_start {
	unsigned long entry;
	unsigned long stack;
	unsigned long cr3;
	u64 efer;
	bool la57;
};

void xen_cpu_start_context(struct vcpu_hvm_context *ctx,
			   const struct xen_cpu_start *start);
void xen_cpu_start_entry(void);
void xen_cpu_start_init(void);
#if IS_ENABLED(CONFIG_KUNIT)
int xen_wakeup_cpu(u32 apicid, unsigned long start_ip);
int xen_start_by_apic(u32 apicid);
#endif

/* offline.c */
#ifdef CONFIG_HOTPLUG_CPU
void xen_offline_init(void);
#else
static inline void xen_offline_init(void) { }
#endif

/* pvlock.c: spin locks that wait without spinning */
#ifdef CONFIG_PARAVIRT_SPINLOCKS
void xen_pvlock_init(void);
void xen_pvlock_request(void);
void xen_pvlock_bind(unsigned int cpu);
void xen_pvlock_unbind(unsigned int cpu);
bool xen_vcpu_is_preempted(long cpu);
#if IS_ENABLED(CONFIG_KUNIT)
void xen_lock_wait(u8 *byte, u8 val);
void xen_lock_kick(int cpu);
#endif
#else
static inline void xen_pvlock_init(void) { }
static inline void xen_pvlock_request(void) { }
static inline void xen_pvlock_bind(unsigned int cpu) { }
static inline void xen_pvlock_unbind(unsigned int cpu) { }
#endif

/* tlb.c: flush the TLBs of other CPUs */

/**
 * enum xen_tlb_flush - how TLBs of other CPUs are flushed
 * @XEN_TLB_AUTO: by interrupts, unless a CPU to be interrupted is preempted
 * @XEN_TLB_IPI: by interrupts
 * @XEN_TLB_HYPERCALL: by one hypercall for all CPUs
 */
enum xen_tlb_flush {
	XEN_TLB_AUTO,
	XEN_TLB_IPI,
	XEN_TLB_HYPERCALL,
};

bool xen_tlb_by_hypercall(enum xen_tlb_flush how, const struct cpumask *cpus,
			  unsigned int self);
void xen_tlb_init(void);
#if IS_ENABLED(CONFIG_KUNIT)
extern bool xen_tlb_refused;
void xen_tlb_by_ipi(const struct cpumask *cpus,
		    const struct flush_tlb_info *info);
void xen_flush_tlb_multi(const struct cpumask *cpus,
			 const struct flush_tlb_info *info);
#endif

/* mmu.c */
void xen_mmu_ops_init(void);

/* power.c */
void xen_power_ops_init(void);
void xen_power_pvh_init(void);
void xen_power_hvm_init(void);

/* kexec.c, kexec-ports.c: another kernel takes the domain */
#ifdef CONFIG_KEXEC_CORE
int xen_ports_close(void);
void xen_ports_leave(void);
void xen_ports_take(void);
unsigned int xen_leave_domain(void);
void xen_kexec_ops_init(void);
#else
static inline void xen_kexec_ops_init(void) { }
#endif

/* As many as Xen takes from the firmware, for dom0 */
#define XEN_MEMMAP_ENTRIES_MAX	1024

/* memory-map.c; the second for its unit test */
int xen_get_memory_map(struct boot_e820_entry *map, unsigned int max);
void xen_reserve_ram(struct resource *root, const struct e820_table *known,
		     const struct boot_e820_entry *map, unsigned int nr);

/* physmap.c, for its unit test */
int xen_claim_unusable(struct resource *root, const struct e820_table *map,
		       const struct range *limits, struct resource *res,
		       u64 size, u64 align);

/* vmcore.c, for its unit test */
bool xen_vmcore_pfn_is_ram(struct vmcore_cb *cb, unsigned long pfn);

/* unplug.c */
#ifdef CONFIG_XEN_PVHVM
void xen_unplug_again(void);
#else
static inline void xen_unplug_again(void) { }
#endif
void xen_unplug_emulated_devices(void);
#if IS_ENABLED(CONFIG_KUNIT)
extern int xen_unplug_policy;
extern int xen_unplugged;
int xen_unplug_parse(char *arg);
bool xen_unplug_answered(void);
void xen_unplug_ask(int mask);
#endif

/* pvh.c; the first for its unit test */
const char *xen_pvh_check_start_info(const struct hvm_start_info *si);
extern u64 xen_pvh_memmap_rest;
extern u32 xen_pvh_memmap_rest_entries;

/* So many that platform/pvh still finds room for the ISA range in boot_params */
#define XEN_PVH_MEMMAP_FIRST	(E820_MAX_ENTRIES_ZEROPAGE - 2)

/* pvh-memmap.c; the others for its unit test */
char *xen_pvh_memory_setup(void);
void xen_pvh_add_asked(struct e820_table *table);
void xen_pvh_add_memmap(struct e820_table *table,
			const struct hvm_memmap_table_entry *map,
			unsigned int nr);

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
