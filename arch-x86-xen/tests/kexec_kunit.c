// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of who asks for a soft reset before another kernel is gone to.
 *
 * The hooks themselves stop all CPUs; that they do it right is seen in a guest.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <asm/reboot.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/start_info.h>
#include <xen/interface/sched.h>
#include <xen/xen.h>

#include "xen-arch.h"

static struct machine_ops saved_ops;
static enum xen_domain_type saved_type;
static u32 saved_flags;

static int kexec_init(struct kunit *test)
{
	saved_ops = machine_ops;
	saved_type = xen_domain_type;
	saved_flags = xen_start_flags;
	xen_domain_type = XEN_HVM_DOMAIN;
	return 0;
}

static void kexec_exit(struct kunit *test)
{
	machine_ops = saved_ops;
	xen_domain_type = saved_type;
	xen_start_flags = saved_flags;
}

static void __init guest_resets(struct kunit *test)
{
	xen_start_flags = 0;
	xen_kexec_ops_init();
	KUNIT_EXPECT_PTR_NE(test, machine_ops.shutdown, saved_ops.shutdown);
#ifdef CONFIG_CRASH_DUMP
	KUNIT_EXPECT_PTR_NE(test, machine_ops.crash_shutdown,
			    saved_ops.crash_shutdown);
#endif
	KUNIT_EXPECT_PTR_EQ(test, machine_ops.emergency_restart,
			    saved_ops.emergency_restart);
}

/* Xen would start the whole machine anew. */
static void __init dom0_does_not(struct kunit *test)
{
	xen_start_flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	xen_kexec_ops_init();
	KUNIT_EXPECT_PTR_EQ(test, machine_ops.shutdown, saved_ops.shutdown);
#ifdef CONFIG_CRASH_DUMP
	KUNIT_EXPECT_PTR_EQ(test, machine_ops.crash_shutdown,
			    saved_ops.crash_shutdown);
#endif
}

/* What the stubbed Xen was asked for. */
static unsigned int asked_nr;
static unsigned long asked_cmd;
static unsigned int asked_reason;

static long fake_hypercall(unsigned int nr, unsigned long a1, unsigned long a2)
{
	asked_nr = nr;
	asked_cmd = a1;
	asked_reason = ((struct sched_shutdown *)a2)->reason;
	return 0;
}

static void __init reason_is_reported(struct kunit *test)
{
	kunit_activate_static_stub(test, xen_hypercall_untraced,
				   fake_hypercall);
	xen_reboot(SHUTDOWN_soft_reset);
	KUNIT_EXPECT_EQ(test, asked_nr, __HYPERVISOR_sched_op);
	KUNIT_EXPECT_EQ(test, asked_cmd, SCHEDOP_shutdown);
	KUNIT_EXPECT_EQ(test, asked_reason, 5);
}

static struct kunit_case __refdata kexec_cases[] = {
	KUNIT_CASE(guest_resets),
	KUNIT_CASE(dom0_does_not),
	KUNIT_CASE(reason_is_reported),
	{}
};

static struct kunit_suite __refdata kexec_suite = {
	.name = "xen_arch_kexec",
	.init = kexec_init,
	.exit = kexec_exit,
	.test_cases = kexec_cases,
};

kunit_test_init_section_suite(kexec_suite);

MODULE_DESCRIPTION("Unit tests of kexec under Xen");
MODULE_LICENSE("GPL");
