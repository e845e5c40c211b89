// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the choice of the clock source, and of the time of day that dom0 tells
 * Xen.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include <asm/pvclock.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/platform.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

struct rating_case {
	const char *name;
	struct xen_tsc_facts tsc;
	int rating;
};

static const struct rating_case rating_cases[] = {
	{ "guest, default mode", { false, false, XEN_CPUID_TSC_MODE_DEFAULT },
	  XEN_CLOCK_ABOVE_TSC },
	{ "guest, invariant, default mode",
	  { false, true, XEN_CPUID_TSC_MODE_DEFAULT }, XEN_CLOCK_ABOVE_TSC },
	{ "guest, invariant, emulated",
	  { false, true, XEN_CPUID_TSC_MODE_ALWAYS_EMULATE },
	  XEN_CLOCK_ABOVE_TSC },
	{ "guest, not invariant, native",
	  { false, false, XEN_CPUID_TSC_MODE_NEVER_EMULATE },
	  XEN_CLOCK_ABOVE_TSC },
	{ "guest, invariant, native",
	  { false, true, XEN_CPUID_TSC_MODE_NEVER_EMULATE },
	  XEN_CLOCK_BELOW_TSC },
	{ "dom0", { true, false, XEN_CPUID_TSC_MODE_DEFAULT },
	  XEN_CLOCK_BELOW_EARLY_TSC },
};

static void rating_case_desc(const struct rating_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(rating, rating_cases, rating_case_desc);

static void clocksource_rating(struct kunit *test)
{
	const struct rating_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, xen_clocksource_rating(&c->tsc), c->rating);
}

#ifdef CONFIG_XEN_DOM0
static struct xen_platform_op told;
static int told_result;

static int fake_platform_op(struct xen_platform_op *op)
{
	told = *op;
	return told_result;
}

static void dom0_tells_time(struct kunit *test)
{
	time64_t before = ktime_get_real_seconds();
	struct vcpu_info *vcpu, *saved;

	/* Xen's clock has stopped at 77: factor 0. */
	vcpu = kunit_kzalloc(test, sizeof(*vcpu), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vcpu);
	vcpu->time.system_time = 77;
	vcpu->time.flags = PVCLOCK_TSC_STABLE_BIT;
	kunit_activate_static_stub(test, HYPERVISOR_platform_op,
				   fake_platform_op);

	migrate_disable();
	saved = this_cpu_read(xen_vcpu);
	this_cpu_write(xen_vcpu, vcpu);
	pvclock_set_flags(PVCLOCK_TSC_STABLE_BIT);
	told_result = 0;
	KUNIT_EXPECT_EQ(test, xen_dom0_tell_time(), 0);
	told_result = -EPERM;
	KUNIT_EXPECT_EQ(test, xen_dom0_tell_time(), -EPERM);
	pvclock_set_flags(0);
	this_cpu_write(xen_vcpu, saved);
	migrate_enable();

	KUNIT_EXPECT_EQ(test, told.cmd, XENPF_settime64);
	KUNIT_EXPECT_EQ(test, told.u.settime64.mbz, 0);
	KUNIT_EXPECT_EQ(test, told.u.settime64.system_time, 77ULL);
	KUNIT_EXPECT_GE(test, (time64_t)told.u.settime64.secs, before);
	KUNIT_EXPECT_LE(test, (time64_t)told.u.settime64.secs,
			ktime_get_real_seconds());
	KUNIT_EXPECT_LT(test, told.u.settime64.nsecs, (u32)NSEC_PER_SEC);
}
#endif

static struct kunit_case clocksource_cases[] = {
	KUNIT_CASE_PARAM(clocksource_rating, rating_gen_params),
#ifdef CONFIG_XEN_DOM0
	KUNIT_CASE(dom0_tells_time),
#endif
	{}
};

static struct kunit_suite clocksource_suite = {
	.name = "xen_arch_clocksource",
	.test_cases = clocksource_cases,
};

kunit_test_suite(clocksource_suite);
