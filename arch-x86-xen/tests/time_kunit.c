// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of stolen time and the clock page, against a Xen that counts what the
 * test says.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/delay.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include <asm/pvclock.h>
#include <asm/xen/hypercall.h>

#include <xen/features.h>
#include <xen/interface/features.h>
#include <xen/interface/vcpu.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

#define CPU	0
#define CALLS	4
/* So often the area is written while it is read. */
#define WRITES	200ULL

/* What the fake Xen counts, where it writes that, what it was asked. */
static struct fake {
	struct vcpu_runstate_info now;
	struct vcpu_runstate_info *area;
	int cmds[CALLS];
	u64 addrs[CALLS];
	unsigned int calls;
	int refused_cmd;
	int refusal;
	/* Nothing is written before the vCPU is next scheduled. */
	bool lazy;
} fake;

static void note_call(int cmd, u64 addr)
{
	if (fake.calls < CALLS) {
		fake.cmds[fake.calls] = cmd;
		fake.addrs[fake.calls] = addr;
	}
	fake.calls++;
}

static int fake_vcpu_op(int cmd, int vcpuid, void *arg)
{
	struct vcpu_register_runstate_memory_area *area = arg;

	if (cmd == VCPUOP_get_runstate_info) {
		if (cmd == fake.refused_cmd)
			return fake.refusal;
		*(struct vcpu_runstate_info *)arg = fake.now;
		return 0;
	}
	note_call(cmd, area->addr.p);
	if (cmd == fake.refused_cmd)
		return fake.refusal;
	switch (cmd) {
	case VCPUOP_register_runstate_memory_area:
		fake.area = area->addr.v;
		break;
	case VCPUOP_register_runstate_phys_area:
		fake.area = area->addr.p == VCPU_AREA_NONE ?
			NULL : __va(area->addr.p);
		break;
	default:
		return 0;
	}
	if (!fake.lazy && fake.area)
		*fake.area = fake.now;
	return 0;
}

static u8 saved_features[XENFEAT_NR_SUBMAPS * 32];

static int fake_init(struct kunit *test)
{
	memcpy(saved_features, xen_features, sizeof(saved_features));
	memset(xen_features, 0, sizeof(saved_features));
	memset(&fake, 0, sizeof(fake));
	fake.refused_cmd = -1;
	fake.refusal = -ENOSYS;
	kunit_activate_static_stub(test, HYPERVISOR_vcpu_op, fake_vcpu_op);
	return 0;
}

static void fake_exit(struct kunit *test)
{
	memcpy(xen_features, saved_features, sizeof(saved_features));
}

static void count(int state, u64 ns)
{
	fake.now.time[state] += ns;
	if (fake.area)
		fake.area->time[state] = fake.now.time[state];
}

static void cpu_starts(void)
{
	guard(preempt)();
	xen_setup_runstate_info(CPU);
}

static void cpu_goes_on(void)
{
	guard(preempt)();
	xen_runstate_go_on(CPU);
}

/* The vCPUs of a new life wait for the domain's memory. */
#define COMES	1000000

static void new_life(void)
{
	guard(irqsave)();
	memset(&fake.now, 0, sizeof(fake.now));
	fake.now.time[RUNSTATE_offline] = COMES;
	fake.now.time[RUNSTATE_runnable] = 3;
	xen_runstate_restore();
	xen_manage_runstate_time(0);
}

static void manage(int action)
{
	guard(irqsave)();
	xen_manage_runstate_time(action);
}

static void restored(void)
{
	new_life();
	cpu_goes_on();
}

/* Each test begins in a new life, with an area that Xen writes. */
static u64 begin(void)
{
	cpu_starts();
	manage(-1);
	restored();
	return xen_steal_clock(CPU);
}

static void steal_counts_what_was_not_given(struct kunit *test)
{
	u64 before = begin();

	count(RUNSTATE_running, 1000);
	count(RUNSTATE_blocked, 500);
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before);
	count(RUNSTATE_runnable, 7);
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 7);
	/* Paused by the tool stack */
	count(RUNSTATE_offline, 5);
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 12);
}

static void steal_leaves_out_cpu_offline(struct kunit *test)
{
	u64 before = begin();

	count(RUNSTATE_offline, 3);
	xen_runstate_cpu_dead(CPU);
	count(RUNSTATE_offline, 1000000);
	/* Others may ask at any time, before the CPU has done anything. */
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 3);
	cpu_starts();
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 3);
	count(RUNSTATE_offline, 4);
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 7);
}

static void steal_goes_on_after_restore(struct kunit *test)
{
	struct vcpu_runstate_info sum;
	u64 before = begin();

	count(RUNSTATE_runnable, 100);
	count(RUNSTATE_running, 11);
	preempt_disable();
	xen_get_runstate_snapshot(&sum);
	preempt_enable();
	manage(-1);
	restored();
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 100);
	count(RUNSTATE_runnable, 1);
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 101);
	manage(-1);
	restored();
	count(RUNSTATE_runnable, 1);
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 102);
}

/* What Xen writes later is no jump either. */
static void steal_goes_on_before_xen_writes(struct kunit *test)
{
	u64 before = begin();

	count(RUNSTATE_runnable, 100);
	manage(-1);
	fake.lazy = true;
	restored();
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 100);
	*fake.area = fake.now;
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 100);
	count(RUNSTATE_runnable, 1);
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 101);
}

/* What stood there was of the life before. */
static void steal_goes_on_where_xen_does_not_tell(struct kunit *test)
{
	u64 before = begin();

	count(RUNSTATE_runnable, 100);
	manage(-1);
	fake.refused_cmd = VCPUOP_get_runstate_info;
	fake.lazy = true;
	new_life();
	*fake.area = fake.now;
	cpu_goes_on();
	/* All that the new life has counted, except as offline, is after it. */
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU),
			before + 100 + fake.now.time[RUNSTATE_runnable]);
}

static void steal_goes_on_after_cancelled_suspend(struct kunit *test)
{
	u64 before = begin();

	count(RUNSTATE_runnable, 100);
	manage(-1);
	count(RUNSTATE_runnable, 10);
	/* Nobody's, as sched_clock() stands still, too */
	count(RUNSTATE_offline, 5000);
	manage(1);
	cpu_goes_on();
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 110);
	count(RUNSTATE_offline, 2);
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 112);
}

/* The CPU that the suspend returns to may be through before others are scheduled. */
static void steal_waits_for_cpu_after_cancelled_suspend(struct kunit *test)
{
	u64 before = begin();

	manage(-1);
	fake.now.time[RUNSTATE_offline] += 5000;
	manage(1);
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before);
	*fake.area = fake.now;
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before);
	cpu_goes_on();
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before);
	count(RUNSTATE_runnable, 1);
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 1);
}

/* What was counted is kept, even if nothing is counted any more. */
static void steal_survives_xen_that_refuses(struct kunit *test)
{
	u64 before = begin();

	count(RUNSTATE_runnable, 100);
	manage(-1);
	fake.refused_cmd = VCPUOP_register_runstate_memory_area;
	fake.area = NULL;
	restored();
	KUNIT_EXPECT_EQ(test, xen_steal_clock(CPU), before + 100);
}

/* Another kernel has other things where the area is. */
static void leaves_area(struct kunit *test)
{
	begin();
	KUNIT_EXPECT_NOT_NULL(test, fake.area);
	scoped_guard(irqsave)
		xen_runstate_leave();
	KUNIT_EXPECT_NULL(test, fake.area);
}

static void leaves_area_by_phys(struct kunit *test)
{
	xen_features[XENFEAT_runstate_phys_area] = 1;
	begin();
	KUNIT_EXPECT_NOT_NULL(test, fake.area);
	scoped_guard(irqsave)
		xen_runstate_leave();
	KUNIT_EXPECT_NULL(test, fake.area);
	KUNIT_EXPECT_EQ(test, fake.cmds[fake.calls - 1],
			VCPUOP_register_runstate_phys_area);
}

static void stolen_is_runnable(struct kunit *test)
{
	begin();
	fake.area->state = RUNSTATE_runnable;
	KUNIT_EXPECT_TRUE(test, xen_vcpu_stolen(CPU));
	fake.area->state = RUNSTATE_blocked;
	KUNIT_EXPECT_FALSE(test, xen_vcpu_stolen(CPU));
	fake.area->state = RUNSTATE_running;
	KUNIT_EXPECT_FALSE(test, xen_vcpu_stolen(CPU));
}

static void area_by_virtual_address(struct kunit *test)
{
	begin();
	KUNIT_EXPECT_EQ(test, fake.cmds[0],
			VCPUOP_register_runstate_memory_area);
	/* Renewed at each start */
	fake.calls = 0;
	cpu_starts();
	KUNIT_EXPECT_EQ(test, fake.calls, 1);
}

static void area_by_physical_address(struct kunit *test)
{
	xen_features[XENFEAT_runstate_phys_area] = 1;
	begin();
	KUNIT_EXPECT_EQ(test, fake.cmds[0], VCPUOP_register_runstate_phys_area);
	KUNIT_EXPECT_EQ(test, fake.addrs[0] / PAGE_SIZE,
			(fake.addrs[0] + sizeof(struct vcpu_runstate_info) - 1) /
			PAGE_SIZE);
	fake.calls = 0;
	/* Lasts */
	cpu_starts();
	KUNIT_EXPECT_EQ(test, fake.calls, 0);
}

static void area_by_virtual_if_physical_is_refused(struct kunit *test)
{
	xen_features[XENFEAT_runstate_phys_area] = 1;
	fake.refused_cmd = VCPUOP_register_runstate_phys_area;
	begin();
	count(RUNSTATE_runnable, 9);
	KUNIT_EXPECT_GE(test, fake.calls, 2);
	KUNIT_EXPECT_EQ(test, fake.cmds[1],
			VCPUOP_register_runstate_memory_area);
}

/*
 * Writes as Xen does: flag, all the rest, no flag. Rests in between, so that who
 * reads comes to an end.
 */
static int write_area(void *arg)
{
	struct vcpu_runstate_info *area = arg;
	unsigned int i;
	u64 n;

	for (n = 1; !kthread_should_stop(); n++) {
		WRITE_ONCE(area->state_entry_time, n | XEN_RUNSTATE_UPDATE);
		/* First the flag ... */
		smp_wmb();
		for (i = 0; i < ARRAY_SIZE(area->time); i++) {
			WRITE_ONCE(area->time[i], n);
			udelay(1);
		}
		/* ... and last no flag. */
		smp_wmb();
		WRITE_ONCE(area->state_entry_time, n);
		usleep_range(20, 40);
	}
	return 0;
}

static void read_is_consistent(struct kunit *test)
{
	unsigned long end = jiffies + 60 * HZ;
	struct vcpu_runstate_info *area, copy;
	struct task_struct *writer;
	unsigned int i;

	area = kunit_kzalloc(test, sizeof(*area), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, area);
	writer = kthread_run(write_area, area, "xen_runstate_test");
	KUNIT_ASSERT_FALSE(test, IS_ERR(writer));

	do {
		xen_runstate_read(area, &copy);
		for (i = 0; i < ARRAY_SIZE(copy.time); i++)
			KUNIT_EXPECT_EQ(test, copy.time[i],
					copy.state_entry_time);
		cond_resched();
	} while (copy.state_entry_time < WRITES && time_before(jiffies, end));
	kthread_stop(writer);
	KUNIT_EXPECT_GE(test, copy.state_entry_time, WRITES);
}

static struct kunit_case runstate_cases[] = {
	KUNIT_CASE(steal_counts_what_was_not_given),
	KUNIT_CASE(steal_leaves_out_cpu_offline),
	KUNIT_CASE(steal_goes_on_after_restore),
	KUNIT_CASE(steal_goes_on_before_xen_writes),
	KUNIT_CASE(steal_goes_on_where_xen_does_not_tell),
	KUNIT_CASE(steal_goes_on_after_cancelled_suspend),
	KUNIT_CASE(steal_waits_for_cpu_after_cancelled_suspend),
	KUNIT_CASE(steal_survives_xen_that_refuses),
	KUNIT_CASE(leaves_area),
	KUNIT_CASE(leaves_area_by_phys),
	KUNIT_CASE(stolen_is_runnable),
	KUNIT_CASE(area_by_virtual_address),
	KUNIT_CASE(area_by_physical_address),
	KUNIT_CASE(area_by_virtual_if_physical_is_refused),
	KUNIT_CASE(read_is_consistent),
	{}
};

static struct kunit_suite runstate_suite = {
	.name = "xen_arch_runstate",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = runstate_cases,
};

struct page_case {
	const char *name;
	bool feature;
	int refused_cmd;
	int refusal;
	unsigned int calls;
	int last_cmd;
};

static const struct page_case page_cases[] = {
	{ "before 4.18", false, -1, 0, 1, VCPUOP_register_vcpu_time_memory_area },
	{ "4.18", true, -1, 0, 1, VCPUOP_register_vcpu_time_phys_area },
	{ "physical not known", true, VCPUOP_register_vcpu_time_phys_area, -ENOSYS,
	  2, VCPUOP_register_vcpu_time_memory_area },
	{ "physical refused", true, VCPUOP_register_vcpu_time_phys_area, -EINVAL,
	  2, VCPUOP_register_vcpu_time_memory_area },
};

static void page_case_desc(const struct page_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(page, page_cases, page_case_desc);

static void clock_page_register(struct kunit *test)
{
	const struct page_case *c = test->param_value;
	bool phys = c->last_cmd == VCPUOP_register_vcpu_time_phys_area;
	struct pvclock_vsyscall_time_info *page;

	page = (void *)kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	xen_features[XENFEAT_vcpu_time_phys_area] = c->feature;
	fake.refused_cmd = c->refused_cmd;
	fake.refusal = c->refusal;

	KUNIT_EXPECT_EQ(test, xen_clock_page_register(page), 0);
	KUNIT_ASSERT_EQ(test, fake.calls, c->calls);
	KUNIT_EXPECT_EQ(test, fake.cmds[c->calls - 1], c->last_cmd);
	KUNIT_EXPECT_EQ(test, fake.addrs[c->calls - 1],
			phys ? __pa(page) : (u64)&page->pvti);

	/* Taken back in the same way, and only in that */
	fake.calls = 0;
	KUNIT_EXPECT_EQ(test, xen_clock_page_register(NULL), 0);
	KUNIT_ASSERT_EQ(test, fake.calls, 1);
	KUNIT_EXPECT_EQ(test, fake.cmds[0], c->last_cmd);
	KUNIT_EXPECT_EQ(test, fake.addrs[0], phys ? VCPU_AREA_NONE : 0);
}

static void clock_page_refused(struct kunit *test)
{
	struct pvclock_vsyscall_time_info *page;

	page = (void *)kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	fake.refused_cmd = VCPUOP_register_vcpu_time_memory_area;
	KUNIT_EXPECT_NE(test, xen_clock_page_register(page), 0);
}

static struct kunit_case clock_cases[] = {
	KUNIT_CASE_PARAM(clock_page_register, page_gen_params),
	KUNIT_CASE(clock_page_refused),
	{}
};

static struct kunit_suite clock_suite = {
	.name = "xen_arch_clock",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = clock_cases,
};

kunit_test_suites(&runstate_suite, &clock_suite);
