// SPDX-License-Identifier: GPL-2.0
/*
 * The memory that Xen shares with this domain: one shared_info page, and a
 * vcpu_info structure for each CPU (public/xen.h, public/vcpu.h).
 *
 * Xen has each CPU's vcpu_info inside shared_info, where there is room for 32, each in
 * a cache line of its own. It stays there: Xen would let it be moved once only in the
 * life of a domain, and another kernel that takes the domain over could not have it
 * back. That of other vCPUs is in per-CPU memory, registered before the CPU starts,
 * and again after each restore.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <kunit/visibility.h>

#include <linux/cpu.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/smp.h>

#include <asm/cpu.h>
#include <asm/cpuid.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include <xen/interface/memory.h>
#include <xen/interface/vcpu.h>

#include "xen-arch.h"

/* vcpu_info slots in shared_info */
#define LEGACY_VCPUS	ARRAY_SIZE(((struct shared_info *)0)->vcpu_info)

/*
 * Xen puts its own page behind this one's address. A page of the image has the
 * advantage that it is mapped at every stage of boot.
 */
static union {
	struct shared_info info;
	u8 page[PAGE_SIZE];
} shared_info_page __page_aligned_bss;

struct shared_info *HYPERVISOR_shared_info __read_mostly;

DEFINE_PER_CPU(struct vcpu_info *, xen_vcpu);

DEFINE_PER_CPU(u32, xen_vcpu_id) = XEN_VCPU_ID_INVALID;
EXPORT_PER_CPU_SYMBOL(xen_vcpu_id);

/* Aligned so that none crosses a page. */
static DEFINE_PER_CPU_ALIGNED(struct vcpu_info, own_vcpu_info);
static DEFINE_PER_CPU(bool, own_registered);

static void __init build_check_vcpu(void)
{
	BUILD_BUG_ON(sizeof(struct shared_info) > PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct vcpu_info) != 64);
	BUILD_BUG_ON(sizeof(struct vcpu_info) > SMP_CACHE_BYTES);
}

/**
 * xen_shared_info_map() - have Xen put shared_info into our memory
 *
 * Context: boot, and resume on one CPU.
 * Return: 0, or Xen's error.
 */
int xen_shared_info_map(void)
{
	struct xen_add_to_physmap xatp = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_shared_info,
		.idx = 0,
		.gpfn = PHYS_PFN(__pa_symbol(&shared_info_page)),
	};
	long rc = HYPERVISOR_memory_op(XENMEM_add_to_physmap, &xatp);

	if (rc) {
		pr_err("cannot map shared_info: error %ld\n", rc);
		return rc;
	}
	HYPERVISOR_shared_info = &shared_info_page.info;

	/* Time is read before anything is known of CPUs. */
	if (!per_cpu(xen_vcpu, 0) && xen_vcpu_nr(0) < LEGACY_VCPUS)
		per_cpu(xen_vcpu, 0) =
			&HYPERVISOR_shared_info->vcpu_info[xen_vcpu_nr(0)];
	return 0;
}

/* Xen numbers its vCPUs in the MADT. */
static u32 acpi_vcpu(unsigned int cpu)
{
	u32 id = cpu_acpi_id(cpu);

	return id == U32_MAX ? cpu : id;
}

/**
 * xen_vcpu_set_id() - find Xen's number for a CPU
 * @cpu: CPU; other than 0 only after ACPI has been read
 */
void xen_vcpu_set_id(unsigned int cpu)
{
	u32 base = xen_cpuid_base();

	if (cpu)
		per_cpu(xen_vcpu_id, cpu) = acpi_vcpu(cpu);
	else if (xen_hvm_cpuid_has(XEN_HVM_CPUID_VCPU_ID_PRESENT))
		per_cpu(xen_vcpu_id, cpu) = cpuid_ebx(base + 4);
	else
		per_cpu(xen_vcpu_id, cpu) = 0;
}

static int register_vcpu_info(unsigned int cpu)
{
	struct vcpu_info *vcpu = per_cpu_ptr(&own_vcpu_info, cpu);
	phys_addr_t pa = per_cpu_ptr_to_phys(vcpu);
	struct vcpu_register_vcpu_info info = {
		.mfn = PHYS_PFN(pa),
		.offset = offset_in_page(pa),
	};
	int rc;

	rc = HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_info, xen_vcpu_nr(cpu),
				&info);
	if (rc)
		return rc;
	per_cpu(xen_vcpu, cpu) = vcpu;
	per_cpu(own_registered, cpu) = true;
	return 0;
}

/**
 * xen_vcpu_setup() - give a CPU its vcpu_info
 * @cpu: a CPU that does not run yet, or the boot CPU
 *
 * Registers one where there is no place in shared_info, once for each CPU.
 * Return: 0, or -errno when the CPU cannot have a vcpu_info.
 */
int xen_vcpu_setup(unsigned int cpu)
{
	u32 nr = xen_vcpu_nr(cpu);
	int rc;

	if (nr < LEGACY_VCPUS) {
		per_cpu(xen_vcpu, cpu) = &HYPERVISOR_shared_info->vcpu_info[nr];
		return 0;
	}
	if (per_cpu(own_registered, cpu))
		return 0;

	rc = register_vcpu_info(cpu);
	if (rc)
		pr_err("CPU%u: cannot register vcpu_info for vCPU %u: error %d\n",
		       cpu, nr, rc);
	return rc;
}

/*
 * What became pending while the CPU went down has nobody to see it. Xen interrupts a vCPU
 * when this flag becomes set, and only then; some versions lose such an interrupt when the
 * CPU is reset. All of its ports are closed, so nothing is lost.
 */
static void forget_upcall(unsigned int cpu)
{
	struct vcpu_info *vcpu = per_cpu(xen_vcpu, cpu);

	WRITE_ONCE(vcpu->evtchn_pending_sel, 0);
	WRITE_ONCE(vcpu->evtchn_upcall_pending, 0);
}

VISIBLE_IF_KUNIT int xen_cpu_prepare(unsigned int cpu)
{
	int rc;

	xen_vcpu_set_id(cpu);
	rc = xen_vcpu_setup(cpu);
	if (rc)
		return rc;
	forget_upcall(cpu);
	return xen_upcall_setup_cpu(cpu);
}

/**
 * xen_vcpu_init_boot_cpu() - set up the boot CPU and prepare for the others
 *
 * Context: init_IRQ(): per-CPU memory has its final place, nothing else runs.
 * Return: 0 or -errno.
 */
int __init xen_vcpu_init_boot_cpu(void)
{
	unsigned int cpu;
	int rc;

	build_check_vcpu();
	/* Each CPU's per-CPU memory was copied from the first one's. */
	for_each_possible_cpu(cpu) {
		if (!cpu)
			continue;
		per_cpu(xen_vcpu_id, cpu) = XEN_VCPU_ID_INVALID;
		per_cpu(xen_vcpu, cpu) = NULL;
	}
	rc = xen_vcpu_setup(0);
	if (rc)
		return rc;
	return cpuhp_setup_state_nocalls(CPUHP_XEN_PREPARE,
					 "x86/xen/guest:prepare",
					 xen_cpu_prepare, NULL);
}

/* Xen before 4.18 moves the vcpu_info of another vCPU only while that is down. */
static bool take_down(unsigned int cpu)
{
	u32 nr = xen_vcpu_nr(cpu);

	return cpu != smp_processor_id() &&
		HYPERVISOR_vcpu_op(VCPUOP_is_up, nr, NULL) > 0 &&
		!HYPERVISOR_vcpu_op(VCPUOP_down, nr, NULL);
}

/**
 * xen_vcpu_restore() - register again what Xen writes outside of shared_info
 *
 * Context: after a restore, on one CPU with interrupts off; the others wait in
 * stop_machine().
 */
void xen_vcpu_restore(void)
{
	unsigned int cpu;
	bool was_up;

	lockdep_assert_irqs_disabled();

	for_each_possible_cpu(cpu) {
		if (!per_cpu(own_registered, cpu))
			continue;
		per_cpu(own_registered, cpu) = false;
		was_up = take_down(cpu);
		if (xen_vcpu_setup(cpu))
			xen_restore_failed(cpu, "no vcpu_info");
		if (was_up &&
		    HYPERVISOR_vcpu_op(VCPUOP_up, xen_vcpu_nr(cpu), NULL))
			xen_restore_failed(cpu, "it does not come up");
	}
	xen_runstate_restore();
	xen_clock_page_restore();
}

/**
 * xen_vcpu_leave() - have no upcall pending when the next kernel comes
 *
 * Context: the last CPU that runs, interrupts off, all ports closed.
 */
void xen_vcpu_leave(void)
{
	unsigned int cpu;

	lockdep_assert_irqs_disabled();

	for_each_possible_cpu(cpu) {
		if (per_cpu(xen_vcpu, cpu))
			forget_upcall(cpu);
	}
}

/**
 * xen_vcpu_keep_clock() - make do without shared_info
 *
 * The clock goes on as long as this CPU stays where it is.
 *
 * Context: as xen_vcpu_leave().
 */
void xen_vcpu_keep_clock(void)
{
	static struct vcpu_info last;

	lockdep_assert_irqs_disabled();

	last = *this_cpu_read(xen_vcpu);
	this_cpu_write(xen_vcpu, &last);
}

/**
 * xen_shared_info_unmap() - have memory again where shared_info was
 *
 * Context: as xen_vcpu_leave().
 */
void xen_shared_info_unmap(void)
{
	xen_pfn_t pfn = PHYS_PFN(__pa_symbol(&shared_info_page));
	struct xen_remove_from_physmap remove = {
		.domid = DOMID_SELF,
		.gpfn = pfn,
	};
	struct xen_memory_reservation populate = {
		.nr_extents = 1,
		.domid = DOMID_SELF,
	};
	long rc;

	lockdep_assert_irqs_disabled();

	xen_vcpu_keep_clock();

	set_xen_guest_handle(populate.extent_start, &pfn);
	rc = HYPERVISOR_memory_op(XENMEM_remove_from_physmap, &remove);
	if (!rc && HYPERVISOR_memory_op(XENMEM_populate_physmap, &populate) != 1)
		rc = -ENOMEM;
	if (rc)
		pr_err("a page is lost to the next kernel: error %ld\n", rc);
}
