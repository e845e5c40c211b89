// SPDX-License-Identifier: GPL-2.0
/*
 * In which state each vCPU is, and for how long it has been in which: Xen writes
 * that into memory of ours whenever it schedules the vCPU (public/vcpu.h).
 *
 * From it come the steal clock, time in which the vCPU could have run or was held
 * up by the tool stack, and the answer to vcpu_is_preempted(). Two things make the
 * sum differ from what Xen counts:
 *
 * - a restored domain is a new one to Xen, which counts from zero again; what was
 *   counted before is kept and added, so that no clock goes backwards;
 * - a vCPU that is not started yet, was taken offline by this kernel, or is one of a
 *   domain that is suspended or being restored, is in the state "offline" too. Nobody
 *   stole that time: it is left out.
 *
 * So for such a time the sum is held as it was, and goes on from there.
 *
 * Memory is named by physical address where Xen can (4.18). By virtual address Xen
 * fails to write whenever the vCPU is in page tables that do not map the kernel, as
 * user space's with page table isolation or those of its first instructions.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <kunit/static_stub.h>

#include <linux/cache.h>
#include <linux/init.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include <asm/barrier.h>
#include <asm/paravirt.h>
#include <asm/xen/hypercall.h>

#include <xen/features.h>
#include <xen/interface/features.h>
#include <xen/interface/vcpu.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

#define NR_STATES	ARRAY_SIZE(((struct vcpu_runstate_info *)0)->time)

/* Written by Xen. Within a cache line, so within a page. */
static DEFINE_PER_CPU_ALIGNED(struct vcpu_runstate_info, runstate_area);

/**
 * struct runstate_past - what Xen's times are not
 * @add: times of earlier lives of the domain, less what was not stolen
 * @sum: the times while they are held
 * @held: they stand still, whatever Xen counts; so from the beginning
 * @lives: how often they have gone on
 * @registered: Xen writes the area
 * @by_phys: it is registered by its physical address
 *
 * Changed by the CPU itself while it comes up, by the one that took it down, or
 * while all CPUs but one are stopped. Read by any CPU at any time.
 */
struct runstate_past {
	u64 add[NR_STATES];
	u64 sum[NR_STATES];
	unsigned int lives;
	bool held;
	bool registered;
	bool by_phys;
};

static DEFINE_PER_CPU(struct runstate_past, runstate_past) = { .held = true };

/* Xen marks an area while it writes to it, so that other CPUs may read it. */
static bool update_flag __ro_after_init;

/**
 * xen_runstate_read() - take a consistent copy of what Xen may be writing
 * @src: memory that Xen writes
 * @res: gets the copy
 *
 * Context: any.
 */
void xen_runstate_read(const struct vcpu_runstate_info *src,
		       struct vcpu_runstate_info *res)
{
	unsigned int i;
	u64 entry;

	do {
		entry = READ_ONCE(src->state_entry_time);
		/* Xen writes the flag first and last: see what lies between. */
		virt_rmb();
		res->state = READ_ONCE(src->state);
		for (i = 0; i < NR_STATES; i++)
			res->time[i] = READ_ONCE(src->time[i]);
		/* The last look comes last. */
		virt_rmb();
	} while ((entry & XEN_RUNSTATE_UPDATE) ||
		 READ_ONCE(src->state_entry_time) != entry);
	res->state_entry_time = entry;
}

static void read_sum(unsigned int cpu, struct vcpu_runstate_info *res)
{
	const struct runstate_past *past = per_cpu_ptr(&runstate_past, cpu);
	unsigned int i, lives;

	do {
		/* Before the area: what is to be added now is not for an older one. */
		lives = smp_load_acquire(&past->lives);
		xen_runstate_read(per_cpu_ptr(&runstate_area, cpu), res);
		/* Pairs with xen_runstate_go_on() */
		if (smp_load_acquire(&past->held)) {
			memcpy(res->time, past->sum, sizeof(res->time));
			return;
		}
		for (i = 0; i < NR_STATES; i++)
			res->time[i] += past->add[i];
		/* Pairs with it, too: nothing went on in between. */
		smp_rmb();
	} while (READ_ONCE(past->lives) != lives);
}

/* The times stand still until xen_runstate_go_on(). */
static void hold(unsigned int cpu)
{
	struct runstate_past *past = per_cpu_ptr(&runstate_past, cpu);
	struct vcpu_runstate_info now;

	if (past->held)
		return;
	read_sum(cpu, &now);
	memcpy(past->sum, now.time, sizeof(past->sum));
	/* Whoever sees it set sees the sum. */
	smp_store_release(&past->held, true);
}

/* What Xen has counted up to now as offline is left out, or in a new life all of it. */
static void leave_out(unsigned int cpu, bool all)
{
	struct runstate_past *past = per_cpu_ptr(&runstate_past, cpu);
	struct vcpu_runstate_info now;
	unsigned int i;

	xen_runstate_read(per_cpu_ptr(&runstate_area, cpu), &now);
	for (i = 0; i < NR_STATES; i++)
		if (all || i == RUNSTATE_offline)
			past->add[i] = past->sum[i] - now.time[i];
}

/**
 * xen_runstate_go_on() - the times of this CPU go on, if they were held
 * @cpu: this CPU
 *
 * Each CPU does it for itself: Xen has written its area when it was scheduled. What
 * another one finds there may be of before a suspend, and all the time it took would
 * be stolen later.
 *
 * Context: preemption off.
 */
void xen_runstate_go_on(unsigned int cpu)
{
	struct runstate_past *past = per_cpu_ptr(&runstate_past, cpu);

	lockdep_assert_preemption_disabled();

	if (!past->held)
		return;
	leave_out(cpu, false);
	/* Whoever sees it sees what is to be added. */
	smp_store_release(&past->lives, past->lives + 1);
	/* And that the times have gone on. */
	smp_store_release(&past->held, false);
}

/**
 * xen_get_runstate_snapshot() - state and times of this vCPU
 * @res: gets them, in ns, all lives of the domain together
 *
 * Context: preemption off.
 */
void xen_get_runstate_snapshot(struct vcpu_runstate_info *res)
{
	lockdep_assert_preemption_disabled();
	read_sum(smp_processor_id(), res);
}

/**
 * xen_vcpu_stolen() - would a vCPU run if it had a processor?
 * @vcpu: Linux' number of the CPU
 *
 * Context: any. The answer may be out of date at once.
 */
bool xen_vcpu_stolen(int vcpu)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_vcpu_stolen, vcpu);
	return READ_ONCE(per_cpu(runstate_area, vcpu).state) ==
		RUNSTATE_runnable;
}

/**
 * xen_steal_clock() - time that a CPU was not given
 * @cpu: the CPU
 *
 * Context: any.
 * Return: ns; never less than before.
 */
u64 xen_steal_clock(int cpu)
{
	struct vcpu_runstate_info sum;

	read_sum(cpu, &sum);
	return sum.time[RUNSTATE_runnable] + sum.time[RUNSTATE_offline];
}

static int register_phys(unsigned int cpu)
{
	struct vcpu_register_runstate_memory_area area = {
		.addr.p = per_cpu_ptr_to_phys(per_cpu_ptr(&runstate_area, cpu)),
	};

	return HYPERVISOR_vcpu_op(VCPUOP_register_runstate_phys_area,
				  xen_vcpu_nr(cpu), &area);
}

static int register_virt(unsigned int cpu)
{
	struct vcpu_register_runstate_memory_area area = {
		.addr.v = per_cpu_ptr(&runstate_area, cpu),
	};

	return HYPERVISOR_vcpu_op(VCPUOP_register_runstate_memory_area,
				  xen_vcpu_nr(cpu), &area);
}

static void register_area(unsigned int cpu)
{
	struct runstate_past *past = per_cpu_ptr(&runstate_past, cpu);
	int rc = -ENOSYS;

	BUILD_BUG_ON(sizeof(struct vcpu_runstate_info) > L1_CACHE_BYTES);

	if (xen_feature(XENFEAT_runstate_phys_area))
		rc = register_phys(cpu);
	past->by_phys = !rc;
	if (rc)
		rc = register_virt(cpu);
	past->registered = !rc;
	if (rc)
		pr_warn_once("no runstate of vCPUs, so no steal time: error %d\n",
			     rc);
}

/**
 * xen_setup_runstate_info() - have Xen tell the state of a CPU that starts
 * @cpu: this CPU
 *
 * A registration by physical address lasts. One by virtual address is renewed to
 * have the times written now: while the CPU started, Xen could not.
 *
 * Context: boot, or a CPU coming up; preemption off.
 */
void xen_setup_runstate_info(int cpu)
{
	struct runstate_past *past = per_cpu_ptr(&runstate_past, cpu);

	lockdep_assert_preemption_disabled();

	if (!past->registered || !past->by_phys)
		register_area(cpu);
	xen_runstate_go_on(cpu);
}

/**
 * xen_runstate_cpu_dead() - a CPU has been taken offline by this kernel
 * @cpu: the CPU
 *
 * Context: the CPU does not run any more.
 */
void xen_runstate_cpu_dead(unsigned int cpu)
{
	hold(cpu);
}

/* Xen need not write into an area before the vCPU is next scheduled. */
static void ask_runstate(unsigned int cpu)
{
	struct vcpu_runstate_info *area = per_cpu_ptr(&runstate_area, cpu);

	if (HYPERVISOR_vcpu_op(VCPUOP_get_runstate_info, xen_vcpu_nr(cpu), area))
		memset(area, 0, sizeof(*area));
}

static bool enable_update_flag(void)
{
	return !HYPERVISOR_vm_assist(VMASST_CMD_enable,
				     VMASST_TYPE_runstate_update_flag);
}

/**
 * xen_runstate_restore() - register all areas again
 *
 * Until xen_manage_runstate_time() the clocks are wrong, and nobody reads them.
 *
 * Context: after a restore, on one CPU with interrupts off.
 */
void xen_runstate_restore(void)
{
	unsigned int cpu;

	lockdep_assert_irqs_disabled();

	if (update_flag)
		enable_update_flag();
	for_each_possible_cpu(cpu) {
		struct runstate_past *past = per_cpu_ptr(&runstate_past, cpu);

		if (!past->registered)
			continue;
		ask_runstate(cpu);
		register_area(cpu);
	}
}

/* What was registered in one way is taken back in the same way. */
static int unregister_area(unsigned int cpu)
{
	struct vcpu_register_runstate_memory_area area = { .addr.v = NULL };
	int cmd = VCPUOP_register_runstate_memory_area;

	if (per_cpu(runstate_past, cpu).by_phys) {
		cmd = VCPUOP_register_runstate_phys_area;
		area.addr.p = VCPU_AREA_NONE;
	}
	return HYPERVISOR_vcpu_op(cmd, xen_vcpu_nr(cpu), &area);
}

/**
 * xen_runstate_leave() - have Xen tell the states of vCPUs no more
 *
 * It would write to where these addresses lead in the next kernel.
 *
 * Context: the last CPU that runs, interrupts off.
 */
void xen_runstate_leave(void)
{
	unsigned int cpu;

	lockdep_assert_irqs_disabled();

	for_each_possible_cpu(cpu) {
		if (per_cpu(runstate_past, cpu).registered &&
		    unregister_area(cpu))
			pr_err("Xen goes on to write the state of CPU%u\n",
			       cpu);
	}
	/* The next kernel may not know what the flag is. */
	if (update_flag)
		HYPERVISOR_vm_assist(VMASST_CMD_disable,
				     VMASST_TYPE_runstate_update_flag);
}

/**
 * xen_manage_runstate_time() - carry the times of all CPUs over a suspend
 * @action: -1 before the suspend; afterwards 0 in a restored domain, another
 *	    number where the suspend was cancelled and Xen goes on counting
 *
 * The times are held until xen_runstate_go_on(), on each CPU.
 *
 * Context: one CPU, interrupts off.
 */
void xen_manage_runstate_time(int action)
{
	unsigned int cpu;

	KUNIT_STATIC_STUB_REDIRECT(xen_manage_runstate_time, action);

	lockdep_assert_irqs_disabled();

	for_each_possible_cpu(cpu) {
		if (action < 0)
			hold(cpu);
		else if (!action)
			leave_out(cpu, true);
	}
}

/**
 * xen_time_setup_guest() - let the kernel account for stolen time
 *
 * Context: boot.
 */
void __init xen_time_setup_guest(void)
{
	update_flag = enable_update_flag();
	static_call_update(pv_steal_clock, xen_steal_clock);
	static_key_slow_inc(&paravirt_steal_enabled);
	if (update_flag)
		static_key_slow_inc(&paravirt_steal_rq_enabled);
}
