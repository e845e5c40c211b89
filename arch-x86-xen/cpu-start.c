// SPDX-License-Identifier: GPL-2.0
/*
 * How CPUs start: as on hardware, by INIT and SIPI, or with "xen_cpu_start=xen" by Xen.
 *
 * Xen can start a vCPU anywhere, in 64-bit mode and with the kernel's page tables
 * (VCPUOP_initialise): no real mode, which costs emulation, and no INIT with its
 * waits. It does so only for a vCPU that has not run yet; a CPU that was offline, and
 * any on a Xen that refuses, is started by INIT and SIPI all the same.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/apic.h>
#include <asm/msr.h>
#include <asm/processor-flags.h>
#include <asm/realmode.h>
#include <asm/x86_init.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/hvm_vcpu.h>
#include <xen/interface/vcpu.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

/* "xen_cpu_start=" */
static bool by_apic __ro_after_init = true;

/**
 * xen_cpu_start_context() - registers of a CPU that starts in 64-bit mode
 * @ctx: gets them, for VCPUOP_initialise
 * @start: what it starts with
 */
void xen_cpu_start_context(struct vcpu_hvm_context *ctx,
			   const struct xen_cpu_start *start)
{
	struct vcpu_hvm_x86_64 *regs = &ctx->cpu_regs.x86_64;

	memset(ctx, 0, sizeof(*ctx));
	ctx->mode = VCPU_HVM_MODE_64B;
	regs->rip = start->entry;
	regs->rsp = start->stack;
	regs->rflags = X86_EFLAGS_FIXED;
	regs->cr0 = CR0_STATE;
	regs->cr3 = start->cr3;
	regs->cr4 = X86_CR4_PAE | (start->la57 ? X86_CR4_LA57 : 0);
	/* Without NX what it forbids would be a reserved bit. */
	regs->efer = (start->efer & (EFER_SCE | EFER_NX)) | EFER_LME | EFER_LMA;
}

static int start_by_xen(unsigned int cpu)
{
	const struct task_struct *idle = per_cpu(pcpu_hot.current_task, cpu);
	struct xen_cpu_start start = {
		.entry = (unsigned long)xen_cpu_start_entry,
		.stack = idle->thread.sp,
		.cr3 = __pa_symbol(swapper_pg_dir),
		.la57 = pgtable_l5_enabled(),
	};
	struct vcpu_hvm_context ctx;
	int rc;

	rdmsrl(MSR_EFER, start.efer);
	xen_cpu_start_context(&ctx, &start);
	rc = HYPERVISOR_vcpu_op(VCPUOP_initialise, xen_vcpu_nr(cpu), &ctx);
	if (rc)
		return rc;
	return HYPERVISOR_vcpu_op(VCPUOP_up, xen_vcpu_nr(cpu), NULL);
}

/* Xen's APIC needs none of the pauses that hardware does, nor a second SIPI. */
VISIBLE_IF_KUNIT int xen_start_by_apic(u32 apicid)
{
	u32 failed;

	KUNIT_STATIC_STUB_REDIRECT(xen_start_by_apic, apicid);
	preempt_disable();
	apic_icr_write(APIC_INT_LEVELTRIG | APIC_INT_ASSERT | APIC_DM_INIT,
		       apicid);
	failed = safe_apic_wait_icr_idle();
	if (!failed) {
		apic_icr_write(APIC_DM_STARTUP |
			       real_mode_header->trampoline_start >> PAGE_SHIFT,
			       apicid);
		failed = safe_apic_wait_icr_idle();
	}
	preempt_enable();
	return failed ? -EIO : 0;
}

static int cpu_of(u32 apicid)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu(x86_cpu_to_apicid, cpu) == apicid)
			return cpu;
	return -ENODEV;
}

/* @start_ip is a trampoline, which does not serve either way. */
VISIBLE_IF_KUNIT int xen_wakeup_cpu(u32 apicid, unsigned long start_ip)
{
	int cpu = cpu_of(apicid), rc;

	if (cpu < 0)
		return cpu;
	rc = start_by_xen(cpu);
	if (!rc)
		return 0;
	if (rc != -EEXIST)
		pr_info_once("CPUs are started by the APIC: error %d\n", rc);
	return xen_start_by_apic(apicid);
}

static int __init parse_cpu_start(char *arg)
{
	if (arg && !strcmp(arg, "xen"))
		by_apic = false;
	else if (!arg || strcmp(arg, "apic"))
		pr_warn("xen_cpu_start= takes \"xen\" or \"apic\"\n");
	return 0;
}
early_param("xen_cpu_start", parse_cpu_start);

/**
 * xen_cpu_start_init() - hook into the start of CPUs
 *
 * Context: boot, with the APIC driver in place.
 */
void __init xen_cpu_start_init(void)
{
	if (by_apic)
		return;
	/* One at a time: the trampoline's lock is not for CPUs that come without. */
	x86_cpuinit.parallel_bringup = false;
	apic_update_callback(wakeup_secondary_cpu_64, xen_wakeup_cpu);
}
