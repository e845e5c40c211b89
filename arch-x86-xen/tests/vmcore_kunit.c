// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of what a dump of a crashed kernel's memory leaves out.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/hvm_op.h>

#include "xen-arch.h"

#define PFN	0x123456789UL

/* What the stubbed Xen answers, and what it was asked. */
static u16 fake_type;
static int fake_error;
static u64 asked_pfn;
static domid_t asked_domid;

static int fake_hvm_op(unsigned long cmd, void *arg)
{
	struct xen_hvm_get_mem_type *op = arg;

	if (cmd != HVMOP_get_mem_type)
		return -ENOSYS;
	asked_pfn = op->pfn;
	asked_domid = op->domid;
	if (!fake_error)
		op->mem_type = fake_type;
	return fake_error;
}

static int vmcore_init(struct kunit *test)
{
	fake_error = 0;
	fake_type = HVMMEM_mmio_dm;
	asked_pfn = 0;
	asked_domid = 0;
	kunit_activate_static_stub(test, HYPERVISOR_hvm_op, fake_hvm_op);
	return 0;
}

static void memory_is_dumped(struct kunit *test)
{
	fake_type = HVMMEM_ram_rw;
	KUNIT_EXPECT_TRUE(test, xen_vmcore_pfn_is_ram(NULL, PFN));
	KUNIT_EXPECT_EQ(test, asked_pfn, PFN);
	KUNIT_EXPECT_EQ(test, asked_domid, DOMID_SELF);

	fake_type = HVMMEM_ram_ro;
	KUNIT_EXPECT_TRUE(test, xen_vmcore_pfn_is_ram(NULL, PFN));
}

/* A page that the crashed kernel's balloon had given back */
static void holes_are_left_out(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, xen_vmcore_pfn_is_ram(NULL, PFN));
}

/* Too much in a dump is better than too little. */
static void doubt_is_dumped(struct kunit *test)
{
	fake_error = -ENOSYS;
	KUNIT_EXPECT_TRUE(test, xen_vmcore_pfn_is_ram(NULL, PFN));
	fake_error = -EAGAIN;
	KUNIT_EXPECT_TRUE(test, xen_vmcore_pfn_is_ram(NULL, PFN));

	/* A type that is not known here */
	fake_error = 0;
	fake_type = HVMMEM_mmio_dm + 1;
	KUNIT_EXPECT_TRUE(test, xen_vmcore_pfn_is_ram(NULL, PFN));
}

static struct kunit_case vmcore_cases[] = {
	KUNIT_CASE(memory_is_dumped),
	KUNIT_CASE(holes_are_left_out),
	KUNIT_CASE(doubt_is_dumped),
	{}
};

static struct kunit_suite vmcore_suite = {
	.name = "xen_arch_vmcore",
	.init = vmcore_init,
	.test_cases = vmcore_cases,
};

kunit_test_suite(vmcore_suite);

MODULE_DESCRIPTION("Unit tests of dumps under Xen");
MODULE_LICENSE("GPL");
