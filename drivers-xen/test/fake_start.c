// SPDX-License-Identifier: GPL-2.0
/* The event channel code on the fake Xen, for as long as a test runs. */
#include <kunit/static_stub.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <asm/xen/hypervisor.h>
#include <xen/xen-ops.h>

#include "fake_evtchn.h"

static u64 fake_clock(void)
{
	return READ_ONCE(fake->now);
}

/* For those who wait for their EOI: time goes by, or stands still. */
void fake_time_runs(bool runs)
{
	WRITE_ONCE(fake->now, get_jiffies_64());
	xen_throttle_clock = runs ? get_jiffies_64 : fake_clock;
}

/* Time goes by, and the CPU looks at those who wait. */
void fake_advance(unsigned int cpu, u64 jiffies)
{
	WRITE_ONCE(fake->now, fake->now + jiffies);
	xen_throttle_run(cpu);
}

/* "fifo" or "2-level" */
const void *fake_abi_gen(const void *prev, char *desc)
{
	static const bool params[] = { true, false };
	const bool *next = prev ? (const bool *)prev + 1 : params;

	if (next == params + ARRAY_SIZE(params))
		return NULL;
	strscpy(desc, *next ? "fifo" : "2-level", KUNIT_PARAM_DESC_SIZE);
	return next;
}

static void save_world(void)
{
	unsigned int cpu;

	fake->old_shared = HYPERVISOR_shared_info;
	fake->old_vector = xen_have_vector_callback;
	fake->old_fifo_events = xen_fifo_events;
	for_each_possible_cpu(cpu) {
		fake->old_vcpu[cpu] = per_cpu(xen_vcpu, cpu);
		fake->old_vcpu_id[cpu] = per_cpu(xen_vcpu_id, cpu);
		/* Not the CPU's number, so that mixing them up shows. */
		per_cpu(xen_vcpu_id, cpu) = cpu ? cpu + 3 : 0;
		per_cpu(xen_vcpu, cpu) = &fake->vcpu[xen_vcpu_nr(cpu)];
	}
	HYPERVISOR_shared_info = fake->shared;
	xen_have_vector_callback = true;
	xen_event_op = fake_event_op;
	fake_time_runs(false);
}

static void restore_world(void)
{
	unsigned int cpu;

	xen_event_op = HYPERVISOR_event_channel_op;
	xen_throttle_clock = get_jiffies_64;
	xen_event_abi = NULL;
	HYPERVISOR_shared_info = fake->old_shared;
	xen_have_vector_callback = fake->old_vector;
	xen_fifo_events = fake->old_fifo_events;
	for_each_possible_cpu(cpu) {
		per_cpu(xen_vcpu, cpu) = fake->old_vcpu[cpu];
		per_cpu(xen_vcpu_id, cpu) = fake->old_vcpu_id[cpu];
	}
}

int fake_xen_start(struct kunit *test, bool fifo)
{
	unsigned int cpu;
	int rc;

	rc = xen_events_start(fifo);
	if (rc)
		return rc;
	for_each_online_cpu(cpu) {
		rc = xen_events_cpu_up(cpu);
		if (rc)
			return rc;
	}
	return 0;
}

int fake_xen_init(struct kunit *test)
{
	const bool *fifo = test->param_value;

	if (nr_cpu_ids + 3 > FAKE_VCPUS)
		kunit_skip(test, "too many CPUs");

	fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->shared = (void *)get_zeroed_page(GFP_KERNEL);
	fake->vcpu = kunit_kcalloc(test, FAKE_VCPUS, sizeof(*fake->vcpu),
				   GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake->shared);
	KUNIT_ASSERT_NOT_NULL(test, fake->vcpu);
	raw_spin_lock_init(&fake->lock);
	fake->peer_offers_all = true;

	/* Upcalls run on the CPU of the test. */
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(0)), 0);
	save_world();
	kunit_activate_static_stub(test, HYPERVISOR_event_channel_op,
				   fake_event_op);
	return fake_xen_start(test, fifo ? *fifo : true);
}

void fake_xen_exit(struct kunit *test)
{
	if (!fake || !fake->shared)
		return;
	/* Each test has to unbind what it bound. */
	KUNIT_EXPECT_TRUE(test, xa_empty(&xen_event_ports));
	xa_destroy(&xen_event_ports);
	if (xen_event_abi)
		xen_event_abi->release();
	restore_world();
	free_page((unsigned long)fake->shared);
	fake = NULL;
}
