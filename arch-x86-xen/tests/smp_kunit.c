// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of how TLBs of other CPUs are flushed.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/cpumask.h>

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

static struct kunit_case smp_cases[] = {
	KUNIT_CASE(tlb_way),
	{}
};

static struct kunit_suite smp_suite = {
	.name = "xen_arch_smp",
	.test_cases = smp_cases,
};

kunit_test_suite(smp_suite);
