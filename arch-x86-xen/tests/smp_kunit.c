// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of how TLBs of other CPUs are flushed, and of what is done for CPUs that are
 * waited for.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/cpumask.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/tlbflush.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/hvm_op.h>
#include <xen/interface/sched.h>

#include "xen-arch.h"

static int preempted;

static bool fake_stolen(int vcpu)
{
	return vcpu == preempted;
}

static void tlb_way(struct kunit *test)
{
	struct cpumask *cpus;

	cpus = kunit_kzalloc(test, cpumask_size(), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cpus);
	if (nr_cpu_ids < 2)
		kunit_skip(test, "one CPU");
	kunit_activate_static_stub(test, xen_vcpu_stolen, fake_stolen);
	preempted = -1;

	/* Only this CPU: nobody to interrupt */
	cpumask_set_cpu(0, cpus);
	KUNIT_EXPECT_FALSE(test,
			   xen_tlb_by_hypercall(XEN_TLB_HYPERCALL, cpus, 0));
	preempted = 0;
	KUNIT_EXPECT_FALSE(test, xen_tlb_by_hypercall(XEN_TLB_AUTO, cpus, 0));

	/* Another one, which runs */
	cpumask_set_cpu(1, cpus);
	KUNIT_EXPECT_TRUE(test,
			  xen_tlb_by_hypercall(XEN_TLB_HYPERCALL, cpus, 0));
	KUNIT_EXPECT_FALSE(test, xen_tlb_by_hypercall(XEN_TLB_AUTO, cpus, 0));
	KUNIT_EXPECT_FALSE(test, xen_tlb_by_hypercall(XEN_TLB_IPI, cpus, 0));

	/* Another one, which does not */
	preempted = 1;
	KUNIT_EXPECT_TRUE(test, xen_tlb_by_hypercall(XEN_TLB_AUTO, cpus, 0));
	KUNIT_EXPECT_FALSE(test, xen_tlb_by_hypercall(XEN_TLB_IPI, cpus, 0));
}

static unsigned int yields;

static int fake_sched_op(int cmd, void *arg)
{
	yields += cmd == SCHEDOP_yield;
	return 0;
}

/* Only if one of those who are waited for has no processor, and once for all of them */
static void yields_to_the_preempted(struct kunit *test)
{
	kunit_activate_static_stub(test, xen_vcpu_stolen, fake_stolen);
	kunit_activate_static_stub(test, HYPERVISOR_sched_op, fake_sched_op);
	yields = 0;
	preempted = -1;
	xen_yield_to_any(cpu_online_mask);
	KUNIT_EXPECT_EQ(test, yields, 0);
	preempted = cpumask_last(cpu_online_mask);
	xen_yield_to_any(cpu_none_mask);
	KUNIT_EXPECT_EQ(test, yields, 0);
	xen_yield_to_any(cpu_online_mask);
	KUNIT_EXPECT_EQ(test, yields, 1);
}

/* How often Xen was asked to flush, and what was flushed by interrupts */
static struct fake {
	unsigned int by_xen;
	int answer;
	unsigned int by_ipi;
	struct cpumask cpus;
} fake;

static int fake_hvm_op(unsigned long op, void *arg)
{
	if (op != HVMOP_flush_tlbs || arg)
		return -EPERM;
	fake.by_xen++;
	return fake.answer;
}

static void fake_by_ipi(const struct cpumask *cpus,
			const struct flush_tlb_info *info)
{
	fake.by_ipi++;
	cpumask_copy(&fake.cpus, cpus);
}

/* This CPU has changed page tables that another one uses, and this one too if @both. */
static unsigned int flush(bool other_runs, bool both, struct cpumask *cpus)
{
	unsigned int self = get_cpu(), other = !self;
	struct flush_tlb_info info = { };

	preempted = other_runs ? -1 : other;
	cpumask_clear(cpus);
	cpumask_set_cpu(other, cpus);
	if (both)
		cpumask_set_cpu(self, cpus);
	xen_flush_tlb_multi(cpus, &info);
	put_cpu();
	return self;
}

static int flush_init(struct kunit *test)
{
	if (nr_cpu_ids < 2)
		kunit_skip(test, "one CPU");
	memset(&fake, 0, sizeof(fake));
	kunit_activate_static_stub(test, xen_vcpu_stolen, fake_stolen);
	kunit_activate_static_stub(test, HYPERVISOR_hvm_op, fake_hvm_op);
	kunit_activate_static_stub(test, xen_tlb_by_ipi, fake_by_ipi);
	return 0;
}

static void flush_exit(struct kunit *test)
{
	xen_tlb_refused = false;
}

static void flush_by_interrupts(struct kunit *test)
{
	struct cpumask cpus;

	flush(true, true, &cpus);
	KUNIT_EXPECT_EQ(test, fake.by_xen, 0);
	KUNIT_EXPECT_EQ(test, fake.by_ipi, 1);
	KUNIT_EXPECT_TRUE(test, cpumask_equal(&fake.cpus, &cpus));
}

/* Xen flushes all of the others; this CPU has to note what it has flushed. */
static void flush_by_xen(struct kunit *test)
{
	struct cpumask cpus;
	unsigned int self;

	flush(false, false, &cpus);
	KUNIT_EXPECT_EQ(test, fake.by_xen, 1);
	KUNIT_EXPECT_EQ(test, fake.by_ipi, 0);
	self = flush(false, true, &cpus);
	KUNIT_EXPECT_EQ(test, fake.by_xen, 2);
	KUNIT_EXPECT_EQ(test, fake.by_ipi, 1);
	KUNIT_EXPECT_TRUE(test, cpumask_equal(&fake.cpus, cpumask_of(self)));
}

/* Nothing may stay in a TLB because of that, and Xen is not asked again. */
static void xen_does_not_flush(struct kunit *test)
{
	struct cpumask cpus;
	unsigned int i;

	fake.answer = -ENOSYS;
	for (i = 1; i <= 2; i++) {
		cpumask_clear(&fake.cpus);
		flush(false, true, &cpus);
		KUNIT_EXPECT_EQ(test, fake.by_xen, 1);
		KUNIT_EXPECT_EQ(test, fake.by_ipi, i);
		KUNIT_EXPECT_TRUE(test, cpumask_equal(&fake.cpus, &cpus));
	}
}

static struct kunit_case flush_cases[] = {
	KUNIT_CASE(flush_by_interrupts),
	KUNIT_CASE(flush_by_xen),
	KUNIT_CASE(xen_does_not_flush),
	{}
};

static struct kunit_suite flush_suite = {
	.name = "xen_arch_tlb",
	.init = flush_init,
	.exit = flush_exit,
	.test_cases = flush_cases,
};

static struct kunit_case smp_cases[] = {
	KUNIT_CASE(tlb_way),
	KUNIT_CASE(yields_to_the_preempted),
	{}
};

static struct kunit_suite smp_suite = {
	.name = "xen_arch_smp",
	.test_cases = smp_cases,
};

kunit_test_suites(&smp_suite, &flush_suite);
