// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of how a CPU is started: what Xen is given to start it with, and that it
 * is started by its APIC where Xen refuses.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include <asm/apic.h>
#include <asm/msr.h>
#include <asm/processor-flags.h>
#include <asm/realmode.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/hvm_vcpu.h>
#include <xen/interface/vcpu.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

#define ENTRY	0xffffffff81000100
#define STACK	0xffffc90000103f58
#define CR3	0x1234000
/* What Xen calls the vCPU; not the number of any CPU, so that mixing them up shows */
#define VCPU	17

/**
 * struct context_case - features that change what a CPU starts with
 * @name: for the report
 * @efer: EFER of the CPU that starts it
 * @la57: page tables have five levels
 * @efer_is: EFER that the new one is to have
 * @cr4_is: its CR4
 */
struct context_case {
	const char *name;
	u64 efer;
	bool la57;
	u64 efer_is;
	u64 cr4_is;
};

static const struct context_case context_cases[] = {
	{ "bare", EFER_LME | EFER_LMA, false, EFER_LME | EFER_LMA,
	  X86_CR4_PAE },
	/* Else what is not to be executed has a reserved bit in its page tables. */
	{ "NX", EFER_NX | EFER_LME | EFER_LMA, false,
	  EFER_NX | EFER_LME | EFER_LMA, X86_CR4_PAE },
	{ "NX and SYSCALL, five levels", EFER_SCE | EFER_NX | EFER_LME | EFER_LMA,
	  true, EFER_SCE | EFER_NX | EFER_LME | EFER_LMA,
	  X86_CR4_PAE | X86_CR4_LA57 },
	/* What Xen may not let every vCPU have is for the CPU itself to set. */
	{ "all bits", ~0ULL, false, EFER_SCE | EFER_NX | EFER_LME | EFER_LMA,
	  X86_CR4_PAE },
	/* Long mode whatever was asked for: there is no other mode in this context */
	{ "none", 0, true, EFER_LME | EFER_LMA, X86_CR4_PAE | X86_CR4_LA57 },
};

static void context_case_name(const struct context_case *c, char *name)
{
	strscpy(name, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(context, context_cases, context_case_name);

/* Registers that are to be zero, by their places in the structure */
static const size_t zero_regs[] = {
	offsetof(struct vcpu_hvm_x86_64, rax), offsetof(struct vcpu_hvm_x86_64, rcx),
	offsetof(struct vcpu_hvm_x86_64, rdx), offsetof(struct vcpu_hvm_x86_64, rbx),
	offsetof(struct vcpu_hvm_x86_64, rbp), offsetof(struct vcpu_hvm_x86_64, rsi),
	offsetof(struct vcpu_hvm_x86_64, rdi),
};

/* Xen refuses a context with anything in its padding. */
static void expect_nothing_else(struct kunit *test,
				const struct vcpu_hvm_context *ctx)
{
	const u8 *regs = (const u8 *)&ctx->cpu_regs.x86_64;
	const u8 *end = (const u8 *)(ctx + 1);
	const u8 *rest = regs + sizeof(ctx->cpu_regs.x86_64);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, ctx->pad, 0);
	for (i = 0; i < ARRAY_SIZE(zero_regs); i++)
		KUNIT_EXPECT_EQ_MSG(test, *(const u64 *)(regs + zero_regs[i]),
				    0, "register at %zu", zero_regs[i]);
	for (; rest < end; rest++)
		KUNIT_EXPECT_EQ(test, *rest, 0);
}

static void context(struct kunit *test)
{
	const struct context_case *c = test->param_value;
	struct xen_cpu_start start = {
		.entry = ENTRY, .stack = STACK, .cr3 = CR3,
		.efer = c->efer, .la57 = c->la57,
	};
	struct vcpu_hvm_x86_64 *regs;
	struct vcpu_hvm_context ctx;

	memset(&ctx, 0xa5, sizeof(ctx));
	xen_cpu_start_context(&ctx, &start);
	regs = &ctx.cpu_regs.x86_64;
	KUNIT_EXPECT_EQ(test, ctx.mode, VCPU_HVM_MODE_64B);
	expect_nothing_else(test, &ctx);
	KUNIT_EXPECT_EQ(test, regs->rip, ENTRY);
	KUNIT_EXPECT_EQ(test, regs->rsp, STACK);
	KUNIT_EXPECT_EQ(test, regs->cr3, CR3);
	/* No interrupts, no single steps */
	KUNIT_EXPECT_EQ(test, regs->rflags, X86_EFLAGS_FIXED);
	/* Without these there is no 64-bit mode; caches are on. */
	KUNIT_EXPECT_EQ(test, regs->cr0 & (X86_CR0_PE | X86_CR0_PG),
			X86_CR0_PE | X86_CR0_PG);
	KUNIT_EXPECT_EQ(test, regs->cr0 & (X86_CR0_NW | X86_CR0_CD), 0);
	KUNIT_EXPECT_EQ(test, regs->cr0, CR0_STATE);
	KUNIT_EXPECT_EQ(test, regs->cr4, c->cr4_is);
	KUNIT_EXPECT_EQ(test, regs->efer, c->efer_is);
}

/* What Xen and the APIC were asked for, and what they answer */
static struct fake {
	int cmds[2];
	int vcpus[2];
	int answers[2];
	unsigned int calls;
	struct vcpu_hvm_context ctx;
	unsigned long stack;
	u32 apicid;
	unsigned int by_apic;
	int apic_answer;
} fake;

static int fake_vcpu_op(int cmd, int vcpuid, void *arg)
{
	unsigned int i = fake.calls++;

	if (i >= ARRAY_SIZE(fake.cmds))
		return -E2BIG;
	fake.cmds[i] = cmd;
	fake.vcpus[i] = vcpuid;
	if (cmd == VCPUOP_initialise) {
		fake.ctx = *(struct vcpu_hvm_context *)arg;
		fake.stack = current->thread.sp;
	}
	return fake.answers[i];
}

static int fake_by_apic(u32 apicid)
{
	fake.by_apic++;
	fake.apicid = apicid;
	return fake.apic_answer;
}

/* As if this CPU, of which the task is known, were to start. */
static int start_this_cpu(struct kunit *test)
{
	unsigned int cpu = get_cpu();
	u32 apicid = per_cpu(x86_cpu_to_apicid, cpu);
	u32 saved = per_cpu(xen_vcpu_id, cpu);
	int rc;

	per_cpu(xen_vcpu_id, cpu) = VCPU;
	rc = xen_wakeup_cpu(apicid, 0);
	per_cpu(xen_vcpu_id, cpu) = saved;
	put_cpu();
	if (fake.by_apic)
		KUNIT_EXPECT_EQ(test, fake.apicid, apicid);
	return rc;
}

static void xen_starts_it(struct kunit *test)
{
	struct vcpu_hvm_context expected;
	struct xen_cpu_start start = {
		.entry = (unsigned long)xen_cpu_start_entry,
		.cr3 = __pa_symbol(swapper_pg_dir),
		.la57 = pgtable_l5_enabled(),
	};

	KUNIT_EXPECT_EQ(test, start_this_cpu(test), 0);
	KUNIT_ASSERT_EQ(test, fake.calls, 2);
	KUNIT_EXPECT_EQ(test, fake.cmds[0], VCPUOP_initialise);
	KUNIT_EXPECT_EQ(test, fake.cmds[1], VCPUOP_up);
	KUNIT_EXPECT_EQ(test, fake.vcpus[0], VCPU);
	KUNIT_EXPECT_EQ(test, fake.vcpus[1], VCPU);
	KUNIT_EXPECT_EQ(test, fake.by_apic, 0);

	rdmsrl(MSR_EFER, start.efer);
	start.stack = fake.stack;
	xen_cpu_start_context(&expected, &start);
	KUNIT_EXPECT_MEMEQ(test, &fake.ctx, &expected, sizeof(expected));
}

/**
 * struct refusal - what Xen does not do
 * @answers: to VCPUOP_initialise and VCPUOP_up
 * @calls: how often Xen is asked
 */
struct refusal {
	int answers[2];
	unsigned int calls;
};

static const struct refusal refusals[] = {
	/* It has run before, no such operation, a context that Xen does not like */
	{ { -EEXIST }, 1 }, { { -ENOSYS }, 1 }, { { -EINVAL }, 1 },
	{ { 0, -EINVAL }, 2 },
};

static void refusal_name(const struct refusal *r, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "initialise %d, up %d",
		 r->answers[0], r->answers[1]);
}

KUNIT_ARRAY_PARAM(refusal, refusals, refusal_name);

static void apic_starts_it(struct kunit *test)
{
	const struct refusal *r = test->param_value;

	memcpy(fake.answers, r->answers, sizeof(fake.answers));
	KUNIT_EXPECT_EQ(test, start_this_cpu(test), 0);
	KUNIT_EXPECT_EQ(test, fake.calls, r->calls);
	KUNIT_EXPECT_EQ(test, fake.by_apic, 1);
}

static void nobody_starts_it(struct kunit *test)
{
	fake.answers[0] = -EEXIST;
	fake.apic_answer = -EIO;
	KUNIT_EXPECT_EQ(test, start_this_cpu(test), -EIO);

	/* No CPU has this APIC. */
	memset(&fake, 0, sizeof(fake));
	KUNIT_EXPECT_EQ(test, xen_wakeup_cpu(BAD_APICID - 1, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, fake.calls, 0);
	KUNIT_EXPECT_EQ(test, fake.by_apic, 0);
}

static u32 icr[3][2];
static unsigned int icr_writes;

static void fake_icr_write(u32 low, u32 apicid)
{
	if (icr_writes < ARRAY_SIZE(icr)) {
		icr[icr_writes][0] = low;
		icr[icr_writes][1] = apicid;
	}
	icr_writes++;
}

static void init_then_sipi(struct kunit *test)
{
	int rc;

	icr_writes = 0;
	static_call_update(apic_call_icr_write, fake_icr_write);
	rc = xen_start_by_apic(3);
	static_call_update(apic_call_icr_write, *apic->icr_write);

	KUNIT_EXPECT_EQ(test, rc, 0);
	KUNIT_ASSERT_EQ(test, icr_writes, 2);
	KUNIT_EXPECT_EQ(test, icr[0][0] & APIC_MODE_MASK, APIC_DM_INIT);
	KUNIT_EXPECT_NE(test, icr[0][0] & APIC_INT_ASSERT, 0);
	KUNIT_EXPECT_EQ(test, icr[0][1], 3);
	KUNIT_EXPECT_EQ(test, icr[1][0] & APIC_MODE_MASK, APIC_DM_STARTUP);
	/* The vector is the page at which the CPU begins. */
	KUNIT_EXPECT_EQ(test, (icr[1][0] & APIC_VECTOR_MASK) << PAGE_SHIFT,
			real_mode_header->trampoline_start);
	KUNIT_EXPECT_EQ(test, icr[1][1], 3);
}

static int cpu_start_init(struct kunit *test)
{
	memset(&fake, 0, sizeof(fake));
	kunit_activate_static_stub(test, HYPERVISOR_vcpu_op, fake_vcpu_op);
	return 0;
}

static int wakeup_init(struct kunit *test)
{
	kunit_activate_static_stub(test, xen_start_by_apic, fake_by_apic);
	return cpu_start_init(test);
}

static struct kunit_case cpu_start_cases[] = {
	KUNIT_CASE_PARAM(context, context_gen_params),
	KUNIT_CASE(init_then_sipi),
	{}
};

static struct kunit_case wakeup_cases[] = {
	KUNIT_CASE(xen_starts_it),
	KUNIT_CASE_PARAM(apic_starts_it, refusal_gen_params),
	KUNIT_CASE(nobody_starts_it),
	{}
};

static struct kunit_suite cpu_start_suite = {
	.name = "xen_arch_cpu_start",
	.init = cpu_start_init,
	.test_cases = cpu_start_cases,
};

static struct kunit_suite wakeup_suite = {
	.name = "xen_arch_cpu_wakeup",
	.init = wakeup_init,
	.test_cases = wakeup_cases,
};

kunit_test_suites(&cpu_start_suite, &wakeup_suite);
