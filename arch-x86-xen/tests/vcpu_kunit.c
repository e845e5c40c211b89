// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of where each CPU has its vcpu_info, and of how that is registered anew
 * after a restore.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/cpumask.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include <xen/interface/hvm/hvm_op.h>
#include <xen/interface/memory.h>
#include <xen/interface/vcpu.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

#define MAX_CPUS	8
/* The first number that has no place in shared_info */
#define BEYOND		32

static struct {
	/* What was asked for each CPU, in order */
	char done[MAX_CPUS][40];
	struct vcpu_register_vcpu_info info[MAX_CPUS];
	/* Number of the first CPU's vCPU */
	u32 first;
	int is_up;
	int refuse_register;
	int refuse_up;
	unsigned int failed;

	struct vcpu_info *old_vcpu[MAX_CPUS];
	u32 old_id[MAX_CPUS];
	struct shared_info *old_shared;
} fake;

static const char *name_of(int cmd)
{
	switch (cmd) {
	case VCPUOP_register_vcpu_info:
		return "register ";
	case VCPUOP_is_up:
		return "is_up ";
	case VCPUOP_down:
		return "down ";
	case VCPUOP_up:
		return "up ";
	default:
		return "? ";
	}
}

static int fake_vcpu_op(int cmd, int vcpuid, void *arg)
{
	unsigned int cpu = vcpuid - fake.first;

	/* Not of vcpu.c */
	if (cmd == VCPUOP_get_runstate_info ||
	    cmd == VCPUOP_register_runstate_memory_area)
		return -ENOSYS;
	if (cpu >= MAX_CPUS)
		return -ENOENT;
	strlcat(fake.done[cpu], name_of(cmd), sizeof(fake.done[cpu]));
	switch (cmd) {
	case VCPUOP_is_up:
		return fake.is_up;
	case VCPUOP_up:
		return fake.refuse_up;
	case VCPUOP_register_vcpu_info:
		fake.info[cpu] = *(struct vcpu_register_vcpu_info *)arg;
		return fake.refuse_register;
	default:
		return 0;
	}
}

static void note_failure(unsigned int cpu, const char *what)
{
	fake.failed++;
}

static void restore(void)
{
	unsigned long flags;

	local_irq_save(flags);
	memset(fake.done, 0, sizeof(fake.done));
	xen_vcpu_restore();
	local_irq_restore(flags);
}

/* Not the number of any CPU, so that mixing them up shows */
static void number_vcpus(u32 first)
{
	unsigned int cpu;

	fake.first = first;
	for_each_possible_cpu(cpu)
		per_cpu(xen_vcpu_id, cpu) = first + cpu;
}

static int vcpu_init(struct kunit *test)
{
	unsigned int cpu;

	if (nr_cpu_ids > MAX_CPUS)
		kunit_skip(test, "too many CPUs");
	memset(&fake, 0, sizeof(fake));
	fake.old_shared = HYPERVISOR_shared_info;
	for_each_possible_cpu(cpu) {
		fake.old_vcpu[cpu] = per_cpu(xen_vcpu, cpu);
		fake.old_id[cpu] = per_cpu(xen_vcpu_id, cpu);
	}
	HYPERVISOR_shared_info = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, HYPERVISOR_shared_info);
	number_vcpus(16);
	kunit_activate_static_stub(test, HYPERVISOR_vcpu_op, fake_vcpu_op);
	kunit_activate_static_stub(test, xen_restore_failed, note_failure);
	return 0;
}

static void vcpu_exit(struct kunit *test)
{
	unsigned int cpu;

	if (nr_cpu_ids > MAX_CPUS)
		return;
	/* Nothing is registered any more where Xen refuses. */
	fake.refuse_register = -EINVAL;
	restore();
	HYPERVISOR_shared_info = fake.old_shared;
	for_each_possible_cpu(cpu) {
		per_cpu(xen_vcpu, cpu) = fake.old_vcpu[cpu];
		per_cpu(xen_vcpu_id, cpu) = fake.old_id[cpu];
	}
}

static struct vcpu_info *slot(unsigned int cpu)
{
	return &HYPERVISOR_shared_info->vcpu_info[fake.first + cpu];
}

static void set_up_all(struct kunit *test)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		KUNIT_ASSERT_EQ(test, xen_vcpu_setup(cpu), 0);
}

/* Another kernel that takes the domain over finds them there. */
static void stays_in_shared_info(struct kunit *test)
{
	unsigned int cpu;

	set_up_all(test);
	for_each_possible_cpu(cpu) {
		KUNIT_EXPECT_STREQ(test, fake.done[cpu], "");
		KUNIT_EXPECT_PTR_EQ(test, per_cpu(xen_vcpu, cpu), slot(cpu));
	}
}

static void own_memory(struct kunit *test)
{
	unsigned int cpu;

	number_vcpus(BEYOND);
	set_up_all(test);
	/* Once in the life of a domain */
	set_up_all(test);
	for_each_possible_cpu(cpu) {
		struct vcpu_info *vcpu = per_cpu(xen_vcpu, cpu);
		u64 pa = per_cpu_ptr_to_phys(vcpu);

		KUNIT_EXPECT_STREQ(test, fake.done[cpu], "register ");
		KUNIT_EXPECT_EQ(test, fake.info[cpu].mfn, PHYS_PFN(pa));
		KUNIT_EXPECT_EQ(test, fake.info[cpu].offset,
				offset_in_page(pa));
		KUNIT_EXPECT_LE(test, fake.info[cpu].offset,
				PAGE_SIZE - sizeof(*vcpu));
	}
}

static void no_place(struct kunit *test)
{
	fake.refuse_register = -ENOSYS;
	number_vcpus(BEYOND - 1);
	KUNIT_EXPECT_EQ(test, xen_vcpu_setup(0), 0);
	KUNIT_EXPECT_PTR_EQ(test, per_cpu(xen_vcpu, 0), slot(0));
	number_vcpus(BEYOND);
	per_cpu(xen_vcpu, 0) = NULL;
	KUNIT_EXPECT_EQ(test, xen_vcpu_setup(0), -ENOSYS);
	KUNIT_EXPECT_NULL(test, per_cpu(xen_vcpu, 0));
	/* Not noted as registered */
	fake.refuse_register = 0;
	KUNIT_EXPECT_EQ(test, xen_vcpu_setup(0), 0);
	KUNIT_EXPECT_NOT_NULL(test, per_cpu(xen_vcpu, 0));
}

/* Only that of a vCPU that is down can be moved, except one's own. */
static void restored(struct kunit *test)
{
	unsigned int cpu, self;

	migrate_disable();
	self = smp_processor_id();
	number_vcpus(BEYOND);
	set_up_all(test);
	fake.is_up = 1;
	restore();
	for_each_possible_cpu(cpu)
		KUNIT_EXPECT_STREQ(test, fake.done[cpu], cpu == self ?
				   "register " : "is_up down register up ");
	/* One that was offline stays so. */
	fake.is_up = 0;
	restore();
	for_each_possible_cpu(cpu)
		KUNIT_EXPECT_STREQ(test, fake.done[cpu], cpu == self ?
				   "register " : "is_up register ");
	KUNIT_EXPECT_EQ(test, fake.failed, 0);
	migrate_enable();
}

/* A CPU that has not been there, or has its place, has nothing to be restored. */
static void not_registered(struct kunit *test)
{
	unsigned int cpu;

	fake.is_up = 1;
	set_up_all(test);
	restore();
	for_each_possible_cpu(cpu)
		KUNIT_EXPECT_STREQ(test, fake.done[cpu], "");
	number_vcpus(BEYOND);
	restore();
	for_each_possible_cpu(cpu)
		KUNIT_EXPECT_STREQ(test, fake.done[cpu], "");
}

static void not_restored(struct kunit *test)
{
	number_vcpus(BEYOND);
	set_up_all(test);
	fake.is_up = 1;
	fake.refuse_up = -EINVAL;
	restore();
	KUNIT_EXPECT_EQ(test, fake.failed, num_possible_cpus() - 1);

	fake.refuse_up = 0;
	fake.refuse_register = -EINVAL;
	fake.failed = 0;
	restore();
	KUNIT_EXPECT_EQ(test, fake.failed, num_possible_cpus());
}

static int fake_hvm_op(unsigned long op, void *arg)
{
	return op == HVMOP_set_evtchn_upcall_vector ? 0 : -ENOSYS;
}

/*
 * What came while it went down. Xen would interrupt it no more, for the flag is set
 * already.
 */
static void comes_back_with_nothing_pending(struct kunit *test)
{
	unsigned int cpu = nr_cpu_ids - 1;
	struct vcpu_info *vcpu;

	kunit_activate_static_stub(test, HYPERVISOR_hvm_op, fake_hvm_op);
	KUNIT_ASSERT_EQ(test, xen_cpu_prepare(cpu), 0);
	vcpu = per_cpu(xen_vcpu, cpu);
	KUNIT_ASSERT_NOT_NULL(test, vcpu);
	vcpu->evtchn_upcall_pending = 1;
	vcpu->evtchn_pending_sel = ~0UL;
	KUNIT_EXPECT_EQ(test, xen_cpu_prepare(cpu), 0);
	KUNIT_EXPECT_EQ(test, vcpu->evtchn_upcall_pending, 0);
	KUNIT_EXPECT_EQ(test, vcpu->evtchn_pending_sel, 0);
}

static void leaves_nothing_pending(struct kunit *test)
{
	unsigned int cpu;

	set_up_all(test);
	for_each_possible_cpu(cpu) {
		slot(cpu)->evtchn_upcall_pending = 1;
		slot(cpu)->evtchn_pending_sel = ~0UL;
	}
	/* One that never came up */
	per_cpu(xen_vcpu, nr_cpu_ids - 1) = NULL;
	scoped_guard(irqsave)
		xen_vcpu_leave();
	for_each_possible_cpu(cpu) {
		bool there = cpu != nr_cpu_ids - 1;

		KUNIT_EXPECT_EQ(test, slot(cpu)->evtchn_upcall_pending, !there);
		KUNIT_EXPECT_EQ(test, slot(cpu)->evtchn_pending_sel,
				there ? 0 : ~0UL);
	}
}

static struct {
	xen_pfn_t removed;
	xen_pfn_t populated;
	unsigned int calls;
} physmap;

static long fake_memory_op(unsigned int cmd, void *arg)
{
	const struct xen_remove_from_physmap *remove = arg;
	const struct xen_memory_reservation *populate = arg;

	physmap.calls++;
	if (cmd == XENMEM_remove_from_physmap && physmap.calls == 1) {
		physmap.removed = remove->gpfn;
		return 0;
	}
	if (cmd == XENMEM_populate_physmap && physmap.calls == 2) {
		physmap.populated = *populate->extent_start;
		return populate->nr_extents;
	}
	return -EINVAL;
}

/* The clock goes on from a copy. */
static void memory_instead_of_shared_info(struct kunit *test)
{
	struct vcpu_info *before, *after;
	unsigned long flags;
	u32 version;

	set_up_all(test);
	memset(&physmap, 0, sizeof(physmap));
	kunit_activate_static_stub(test, HYPERVISOR_memory_op, fake_memory_op);
	local_irq_save(flags);
	before = this_cpu_read(xen_vcpu);
	before->time.version = 6;
	xen_shared_info_unmap();
	after = this_cpu_read(xen_vcpu);
	before->time.version = 8;
	version = after->time.version;
	local_irq_restore(flags);

	KUNIT_EXPECT_EQ(test, physmap.calls, 2);
	KUNIT_EXPECT_NE(test, physmap.removed, 0);
	KUNIT_EXPECT_EQ(test, physmap.populated, physmap.removed);
	KUNIT_EXPECT_EQ(test, version, 6);
}

static struct kunit_case vcpu_cases[] = {
	KUNIT_CASE(stays_in_shared_info),
	KUNIT_CASE(own_memory),
	KUNIT_CASE(no_place),
	KUNIT_CASE(restored),
	KUNIT_CASE(not_registered),
	KUNIT_CASE(not_restored),
	KUNIT_CASE(comes_back_with_nothing_pending),
	KUNIT_CASE(leaves_nothing_pending),
	KUNIT_CASE(memory_instead_of_shared_info),
	{}
};

static struct kunit_suite vcpu_suite = {
	.name = "xen_arch_vcpu",
	.init = vcpu_init,
	.exit = vcpu_exit,
	.test_cases = vcpu_cases,
};

kunit_test_suite(vcpu_suite);
