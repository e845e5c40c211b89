// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of how TLBs of other CPUs are flushed.
 */
#include <kunit/test.h>

#include <linux/cpumask.h>

#include "xen-arch.h"

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
	KUNIT_CASE(tlb_way),
	{}
};

static struct kunit_suite smp_suite = {
	.name = "xen_arch_smp",
	.test_cases = smp_cases,
};

kunit_test_suite(smp_suite);
