// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of how CPUs start and how TLBs of others are flushed.
 */
#include <kunit/test.h>

#include <linux/cpumask.h>
#include <linux/string.h>

#include <asm/msr-index.h>
#include <asm/processor-flags.h>

#include <xen/interface/hvm/hvm_vcpu.h>

#include "xen-arch.h"

struct start_case {
	const char *name;
	u64 efer;
	bool la57;
	u64 want_efer;
	u64 want_cr4;
};

#define LONG_MODE	(EFER_LME | EFER_LMA)

static const struct start_case start_cases[] = {
	{ "plain", LONG_MODE, false, LONG_MODE, X86_CR4_PAE },
	{ "no-execute", LONG_MODE | EFER_NX | EFER_SCE, false,
	  LONG_MODE | EFER_NX | EFER_SCE, X86_CR4_PAE },
	{ "other bits are dropped", LONG_MODE | EFER_NX | EFER_SVME, false,
	  LONG_MODE | EFER_NX, X86_CR4_PAE },
	{ "five levels", LONG_MODE | EFER_NX, true, LONG_MODE | EFER_NX,
	  X86_CR4_PAE | X86_CR4_LA57 },
};

static void start_case_desc(const struct start_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(start, start_cases, start_case_desc);

static void cpu_start_context(struct kunit *test)
{
	const struct start_case *c = test->param_value;
	const struct xen_cpu_start start = {
		.entry = 0xffffffff81000000,
		.stack = 0xffffc90000003f58,
		.cr3 = 0x2a0c000,
		.efer = c->efer,
		.la57 = c->la57,
	};
	struct vcpu_hvm_x86_64 *regs;
	struct vcpu_hvm_context ctx;

	memset(&ctx, 0xa5, sizeof(ctx));
	xen_cpu_start_context(&ctx, &start);
	regs = &ctx.cpu_regs.x86_64;

	KUNIT_EXPECT_EQ(test, ctx.mode, VCPU_HVM_MODE_64B);
	/* Xen refuses anything else. */
	KUNIT_EXPECT_EQ(test, ctx.pad, 0);
	KUNIT_EXPECT_EQ(test, regs->rip, (u64)start.entry);
	KUNIT_EXPECT_EQ(test, regs->rsp, (u64)start.stack);
	KUNIT_EXPECT_EQ(test, regs->cr3, (u64)start.cr3);
	KUNIT_EXPECT_EQ(test, regs->rflags, (u64)X86_EFLAGS_FIXED);
	KUNIT_EXPECT_EQ(test, regs->efer, c->want_efer);
	KUNIT_EXPECT_EQ(test, regs->cr4, c->want_cr4);
	/* Long mode is paging in protected mode. */
	KUNIT_EXPECT_EQ(test, regs->cr0 & (X86_CR0_PG | X86_CR0_PE),
			X86_CR0_PG | X86_CR0_PE);
	KUNIT_EXPECT_EQ(test, regs->rax | regs->rbx | regs->rdi | regs->rsi,
			0ULL);
}

/* No vCPU is preempted here: no Xen says so. */
static void tlb_way(struct kunit *test)
{
	struct cpumask *cpus;

	cpus = kunit_kzalloc(test, cpumask_size(), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cpus);
	cpumask_set_cpu(0, cpus);
	KUNIT_EXPECT_FALSE(test,
			   xen_tlb_by_hypercall(XEN_TLB_HYPERCALL, cpus, 0));
	KUNIT_EXPECT_FALSE(test, xen_tlb_by_hypercall(XEN_TLB_AUTO, cpus, 0));
	if (nr_cpu_ids < 2)
		kunit_skip(test, "one CPU");
	cpumask_set_cpu(1, cpus);
	KUNIT_EXPECT_TRUE(test,
			  xen_tlb_by_hypercall(XEN_TLB_HYPERCALL, cpus, 0));
	KUNIT_EXPECT_FALSE(test, xen_tlb_by_hypercall(XEN_TLB_AUTO, cpus, 0));
	KUNIT_EXPECT_FALSE(test, xen_tlb_by_hypercall(XEN_TLB_IPI, cpus, 0));
}

static struct kunit_case smp_cases[] = {
	KUNIT_CASE_PARAM(cpu_start_context, start_gen_params),
	KUNIT_CASE(tlb_way),
	{}
};

static struct kunit_suite smp_suite = {
	.name = "xen_arch_smp",
	.test_cases = smp_cases,
};

kunit_test_suite(smp_suite);
