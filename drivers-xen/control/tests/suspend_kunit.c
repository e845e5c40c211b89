// SPDX-License-Identifier: GPL-2.0
/*
 * The steps of a suspend, as far as they need no hypervisor: this machine's
 * processes, devices, store and ticks are really stopped, up to a step that fails,
 * and must work afterwards.
 */
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>

#include <asm/xen/hypercall.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/xen-ops.h>

#include "../../xenbus/tests/fake_store.h"
#include "../control.h"

static struct xen_suspend_step steps[XEN_SUSPEND_STEPS];
static unsigned int told;

/* Could this thread come to wait for a disk, just to get memory? */
static bool may_wait_for_disks(void)
{
	return current_gfp_context(GFP_KERNEL) & (__GFP_IO | __GFP_FS);
}

static int count_resumes(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	told++;
	KUNIT_EXPECT_FALSE(kunit_get_current_test(), may_wait_for_disks());
	return NOTIFY_DONE;
}

static struct notifier_block resume_nb = { .notifier_call = count_resumes };

static int refuse(struct xen_suspend *s)
{
	return -EUCLEAN;
}

static struct xen_suspend_step real_devices;

static int devices_refuse(struct xen_suspend *s)
{
	int err = real_devices.enter(s);

	return err ?: -EUCLEAN;
}

/* What Xen says when the domain goes on as it was. */
static int cancel(struct xen_suspend *s)
{
	KUNIT_EXPECT_FALSE(kunit_get_current_test(), may_wait_for_disks());
	s->cancelled = true;
	return 0;
}

/*
 * Process 1 waits for the tests, no signal reaches it, and so it cannot be frozen
 * as it could be if it was in user space.
 */
static void let_init_be(bool be)
{
	struct task_struct *init = init_pid_ns.child_reaper;

	if (be)
		init->flags |= PF_NOFREEZE;
	else
		init->flags &= ~PF_NOFREEZE;
}

static int suspend_test_init(struct kunit *test)
{
	let_init_be(true);
	memcpy(steps, xen_suspend_steps, sizeof(steps));
	told = 0;
	xen_resume_notifier_register(&resume_nb);
	return fake_store_init(test);
}

static void suspend_test_exit(struct kunit *test)
{
	xen_resume_notifier_unregister(&resume_nb);
	fake_store_exit(test);
	let_init_be(false);
}

static void flag_work(struct work_struct *work)
{
}

/* Time goes on, other threads run, the store answers, nobody holds the lock. */
static void expect_works(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned long before = jiffies;
	struct work_struct work;

	msleep(20);
	KUNIT_EXPECT_TRUE(test, time_after(jiffies, before));
	INIT_WORK_ONSTACK(&work, flag_work);
	queue_work(system_freezable_wq, &work);
	flush_work(&work);
	destroy_work_on_stack(&work);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "x", "", "y"), 0);
	KUNIT_EXPECT_EQ(test, fake->store.generation, 0);
	KUNIT_EXPECT_FALSE(test, fake->store.suspending);
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&system_transition_mutex));
	KUNIT_EXPECT_FALSE(test, current->flags & PF_SUSPEND_TASK);
	KUNIT_EXPECT_TRUE(test, may_wait_for_disks());
}

static const void *next_step(const void *prev, char *desc)
{
	const struct xen_suspend_step *step = prev ?: xen_suspend_steps - 1;

	if (++step == xen_suspend_steps + XEN_SUSPEND_STEPS)
		return NULL;
	strscpy(desc, step->name, KUNIT_PARAM_DESC_SIZE);
	return step;
}

static void step_fails(struct kunit *test)
{
	unsigned int i = (const struct xen_suspend_step *)test->param_value -
			 xen_suspend_steps;
	struct xen_suspend s = { .cancelled = true };

	steps[i].enter = refuse;
	/* Nothing was begun that would have to be ended. */
	steps[i].leave_if_failed = false;
	KUNIT_EXPECT_EQ(test, xen_suspend_walk(steps, XEN_SUSPEND_STEPS, &s),
			-EUCLEAN);
	KUNIT_EXPECT_STREQ(test, s.failed, steps[i].name);
	KUNIT_EXPECT_TRUE(test, s.cancelled);
	/* Only the machine comes behind those who want to know. */
	KUNIT_EXPECT_EQ(test, told, i == XEN_SUSPEND_STEPS - 1);
	expect_works(test);
}

static void cancelled(struct kunit *test)
{
	struct xen_suspend s = { .cancelled = true };
	unsigned int i;

	steps[XEN_SUSPEND_STEPS - 1].enter = cancel;
	for (i = 1; i <= 3; i++) {
		KUNIT_EXPECT_EQ(test, xen_suspend_walk(steps, XEN_SUSPEND_STEPS,
						       &s), 0);
		KUNIT_EXPECT_NULL(test, s.failed);
		KUNIT_EXPECT_EQ(test, told, i);
		expect_works(test);
	}
}

/* Somebody else is at it: wait, but not for ever. */
static void not_alone(struct kunit *test)
{
	struct xen_suspend s = { .cancelled = true };

	steps[XEN_SUSPEND_STEPS - 1].enter = cancel;
	mutex_lock(&system_transition_mutex);
	KUNIT_EXPECT_EQ(test, xen_suspend_walk(steps, XEN_SUSPEND_STEPS, &s),
			-EBUSY);
	mutex_unlock(&system_transition_mutex);
	KUNIT_EXPECT_STREQ(test, s.failed, steps[0].name);
	KUNIT_EXPECT_EQ(test, told, 0);
	expect_works(test);
}

/* Devices refuse to be suspended, half-way: what came before is taken back. */
static void devices_fail_half_way(struct kunit *test)
{
	struct xen_suspend s = { .cancelled = true };
	unsigned int i = 0;

	while (strcmp(steps[i].name, "devices"))
		i++;
	KUNIT_ASSERT_TRUE(test, steps[i].leave_if_failed);
	real_devices = steps[i];
	steps[i].enter = devices_refuse;
	KUNIT_EXPECT_EQ(test, xen_suspend_walk(steps, XEN_SUSPEND_STEPS, &s),
			-EUCLEAN);
	expect_works(test);
}

/* What the steps of the machine have done, and what with, in order */
static struct {
	char text[80];
	size_t len;
	int result;
} done;

static void note(const char *what, int how)
{
	done.len += scnprintf(done.text + done.len, sizeof(done.text) - done.len,
			      "%s %d, ", what, how);
}

static void note_runstate(int action)
{
	note("times", action);
}

static void note_pre(void)
{
	note("stop", 0);
}

static void note_post(int was_cancelled)
{
	note("start", was_cancelled);
}

static int note_hypercall(unsigned long unused)
{
	note("Xen", done.result);
	return done.result;
}

static int note_grants(void)
{
	note("grants", 0);
	return 0;
}

static void note_events(void)
{
	note("events", 0);
}

static void expect_machine(struct kunit *test, int result, const char *text)
{
	struct xen_suspend_step table[XEN_SUSPEND_MACHINE_STEPS];
	struct xen_suspend s = { .cancelled = true };

	/* The clocks of this machine go on. */
	memcpy(table, xen_suspend_machine_steps, sizeof(table));
	KUNIT_ASSERT_STREQ(test, table[0].name, "system core");
	table[0] = (struct xen_suspend_step) { "system core" };
	memset(&done, 0, sizeof(done));
	done.result = result;
	KUNIT_EXPECT_EQ(test, xen_suspend_walk(table, ARRAY_SIZE(table), &s),
			min(result, 0));
	KUNIT_EXPECT_EQ(test, s.cancelled, result != 0);
	KUNIT_EXPECT_STREQ(test, done.text, text);
}

/* Only what is gone is set up again. */
static void lives(struct kunit *test)
{
	kunit_activate_static_stub(test, xen_manage_runstate_time,
				   note_runstate);
	kunit_activate_static_stub(test, xen_arch_pre_suspend, note_pre);
	kunit_activate_static_stub(test, xen_arch_post_suspend, note_post);
	kunit_activate_static_stub(test, HYPERVISOR_suspend, note_hypercall);
	kunit_activate_static_stub(test, gnttab_resume, note_grants);
	kunit_activate_static_stub(test, xen_irq_resume, note_events);
	expect_machine(test, 0, "times -1, stop 0, Xen 0, start 0, times 0, grants 0, events 0, ");
	expect_machine(test, 1, "times -1, stop 0, Xen 1, start 1, times 1, ");
	expect_machine(test, -EPERM, "times -1, stop 0, Xen -1, start 1, times 1, ");
}

/* Whatever else changes, the order of these is not free. */
static int place_of(struct kunit *test, const struct xen_suspend_step *table,
		    unsigned int nr, const char *name)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(table[i].name, name))
			return i;
	KUNIT_FAIL(test, "no step \"%s\"", name);
	return -1;
}

static void order(struct kunit *test)
{
	static const char * const outer[] = {
		"processes", "kernel threads", "devices", "xenstore",
		"late devices", "CPUs", "machine",
	};
	/* Taken back in reverse: grants need the shared info, events the grants */
	static const char * const inner[] = {
		"system core", "events", "grant table", "run state",
		"architecture", "hypercall",
	};
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(outer); i++)
		KUNIT_EXPECT_LT(test,
				place_of(test, xen_suspend_steps,
					 XEN_SUSPEND_STEPS, outer[i - 1]),
				place_of(test, xen_suspend_steps,
					 XEN_SUSPEND_STEPS, outer[i]));
	for (i = 1; i < ARRAY_SIZE(inner); i++)
		KUNIT_EXPECT_LT(test,
				place_of(test, xen_suspend_machine_steps,
					 XEN_SUSPEND_MACHINE_STEPS,
					 inner[i - 1]),
				place_of(test, xen_suspend_machine_steps,
					 XEN_SUSPEND_MACHINE_STEPS, inner[i]));
}

static struct kunit_case suspend_cases[] = {
	KUNIT_CASE_PARAM(step_fails, next_step),
	KUNIT_CASE(cancelled),
	KUNIT_CASE_SLOW(not_alone),
	KUNIT_CASE(devices_fail_half_way),
	KUNIT_CASE(lives),
	KUNIT_CASE(order),
	{}
};

static struct kunit_suite suspend_suite = {
	.name = "xen_control_suspend",
	.init = suspend_test_init,
	.exit = suspend_test_exit,
	.test_cases = suspend_cases,
};

kunit_test_suite(suspend_suite);
