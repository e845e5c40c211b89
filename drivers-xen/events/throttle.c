// SPDX-License-Identifier: GPL-2.0
/*
 * Late EOI, and what happens to those who send too much.
 *
 * An EOI comes at once unless
 * - the driver found nothing to do, and did so too often in a row: the wait
 *   doubles each time, up to a second; or
 * - the event was delivered in an upcall that took too long: event_eoi_delay.
 * Until then the port stays masked, and whoever sends to it costs us nothing.
 *
 * Events that wait are in a list of the CPU that they notify, in the order in
 * which their wait ends; work of that CPU takes them off. Taking one off and
 * unmasking it cannot be one step, as the event's lock is the outer one. Whoever
 * comes in between may end the wait (event->queue is NULL then) and even begin
 * the next one (the event is in a list again): see still_mine().
 */
#define pr_fmt(fmt) "xen/events: " fmt

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched/clock.h>
#include <linux/workqueue.h>

#include <xen/xenbus.h>

#include "events.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "xen."

/* Both in jiffies */
static unsigned int event_loop_timeout = 2;
module_param(event_loop_timeout, uint, 0644);
static unsigned int event_eoi_delay = 10;
module_param(event_eoi_delay, uint, 0644);

/* Events between two looks at the clock */
#define CLOCK_INTERVAL		64

/* For events that belong to no xenbus device */
#define DEFAULT_THRESHOLD	1

/**
 * struct xen_throttle_queue - events of one CPU that wait for their EOI
 * @lock:	for the list and the ends of the waits
 * @events:	in the order of xen_event::due
 * @work:	runs when the first wait ends
 * @cpu:	which CPU
 */
struct xen_throttle_queue {
	raw_spinlock_t lock;
	struct list_head events;
	struct delayed_work work;
	unsigned int cpu;
};

static DEFINE_PER_CPU(struct xen_throttle_queue, throttle_queue);

#if IS_ENABLED(CONFIG_XEN_EVENTS_KUNIT_TEST)
u64 (*xen_throttle_clock)(void) = get_jiffies_64;
#endif

/**
 * xen_throttle_check() - does this upcall take too long?
 * @up: the upcall, which has one more event
 */
void xen_throttle_check(struct xen_upcall *up)
{
	u64 now, limit;

	if (++up->delivered % CLOCK_INTERVAL || up->storm)
		return;

	now = local_clock();
	limit = jiffies_to_nsecs(READ_ONCE(event_loop_timeout));
	if (!up->started)
		up->started = now;
	else if (now - up->started >= limit)
		up->storm = true;
}

/**
 * xen_throttle_event() - an event is delivered during a storm
 * @e: event
 */
void xen_throttle_event(struct xen_event *e)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	e->not_before = xen_throttle_clock() + READ_ONCE(event_eoi_delay);
	raw_spin_unlock_irqrestore(&e->lock, flags);

	if (!e->lateeoi)
		xen_event_hold(e, XEN_HELD_EOI);
}

/* Under the list's lock, so that the last to ask is the last to have looked. */
static void look_after(struct xen_throttle_queue *q, unsigned long delay)
{
	lockdep_assert_held(&q->lock);
	mod_delayed_work_on(q->cpu, system_wq, &q->work, delay);
}

static void enqueue(struct xen_event *e, unsigned int cpu, u64 due, u64 now)
{
	struct xen_throttle_queue *q = per_cpu_ptr(&throttle_queue, cpu);
	struct xen_event *at;

	lockdep_assert_held(&e->lock);

	raw_spin_lock(&q->lock);
	e->queue = q;
	e->due = due;
	list_for_each_entry_reverse(at, &q->events, deferred)
		if (at->due <= due)
			break;
	/* Before the first, @at is the list head in disguise. */
	list_add(&e->deferred, &at->deferred);
	if (list_is_first(&e->deferred, &q->events))
		look_after(q, due > now ? due - now : 0);
	raw_spin_unlock(&q->lock);
}

/* Jiffies to wait for an event that was for nothing. */
static u64 spurious_delay(struct xen_event *e)
{
	unsigned int threshold = DEFAULT_THRESHOLD;
	unsigned int over;

	lockdep_assert_held(&e->lock);

	if (e->dev) {
		threshold = READ_ONCE(e->dev->spurious_threshold);
		atomic_inc(&e->dev->spurious_events);
	}
	if (e->spurious < UINT_MAX)
		e->spurious++;
	if (e->spurious <= threshold)
		return 0;

	over = e->spurious - threshold - 1;
	return over <= ilog2(HZ) ? BIT(over) : HZ;
}

static void settle(struct xen_event *e, u64 delay)
{
	unsigned int cpu = READ_ONCE(e->cpu);
	u64 now = xen_throttle_clock();
	u64 due = max(now + delay, e->not_before);

	lockdep_assert_held(&e->lock);

	e->not_before = 0;
	if (due == now) {
		xen_event_release_locked(e, XEN_HELD_EOI);
		return;
	}

	if (e->dev)
		atomic_add(due - now, &e->dev->jiffies_eoi_delayed);
	if (!cpu_online(cpu))
		cpu = raw_smp_processor_id();
	enqueue(e, cpu, due, now);
}

/**
 * xen_throttle_pause() - an event without EOI was delivered during a storm
 * @e: event, held for XEN_HELD_EOI
 */
void xen_throttle_pause(struct xen_event *e)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	if (e->port && !e->queue && e->held & XEN_HELD_EOI)
		settle(e, 0);
	raw_spin_unlock_irqrestore(&e->lock, flags);
}

/**
 * xen_throttle_eoi() - the driver is done with an event
 * @e: event
 * @spurious: it was for nothing
 */
void xen_throttle_eoi(struct xen_event *e, bool spurious)
{
	unsigned long flags;
	u64 delay = 0;

	raw_spin_lock_irqsave(&e->lock, flags);
	/* One EOI for each event: what came since is not done with. */
	if (!e->port || e->queue || !(e->held & XEN_HELD_EOI))
		goto out;

	if (spurious)
		delay = spurious_delay(e);
	else
		e->spurious = 0;
	settle(e, delay);
out:
	raw_spin_unlock_irqrestore(&e->lock, flags);
}

void xen_irq_lateeoi(unsigned int irq, unsigned int eoi_flags)
{
	struct xen_event *e;

	rcu_read_lock();
	e = xen_event_by_irq(irq);
	if (e && e->lateeoi)
		xen_throttle_eoi(e, eoi_flags & XEN_EOI_FLAG_SPURIOUS);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(xen_irq_lateeoi);

/**
 * xen_throttle_cancel() - forget the past of an event
 * @e: event
 *
 * It stays held: what comes next decides about that.
 */
void xen_throttle_cancel(struct xen_event *e)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	if (e->queue) {
		raw_spin_lock(&e->queue->lock);
		list_del_init(&e->deferred);
		raw_spin_unlock(&e->queue->lock);
		e->queue = NULL;
	}
	e->spurious = 0;
	e->not_before = 0;
	raw_spin_unlock_irqrestore(&e->lock, flags);
}

/* The first event, if its wait is over or @all; else look again later. */
static struct xen_event *take_first(struct xen_throttle_queue *q, bool all)
{
	u64 now = xen_throttle_clock();
	struct xen_event *e;
	unsigned long flags;

	raw_spin_lock_irqsave(&q->lock, flags);
	e = list_first_entry_or_null(&q->events, struct xen_event, deferred);
	if (e && (all || e->due <= now)) {
		list_del_init(&e->deferred);
	} else if (e) {
		look_after(q, e->due - now);
		e = NULL;
	}
	raw_spin_unlock_irqrestore(&q->lock, flags);
	return e;
}

/* Is @e, just taken off @q, still what it was then? */
static bool still_mine(struct xen_event *e, struct xen_throttle_queue *q)
{
	lockdep_assert_held(&e->lock);
	return e->queue == q && list_empty(&e->deferred);
}

/**
 * xen_throttle_run() - unmask the events of a CPU whose wait is over
 * @cpu: which
 */
void xen_throttle_run(unsigned int cpu)
{
	struct xen_throttle_queue *q = per_cpu_ptr(&throttle_queue, cpu);
	struct xen_event *e;
	unsigned long flags;

	rcu_read_lock();
	while ((e = take_first(q, false))) {
		raw_spin_lock_irqsave(&e->lock, flags);
		if (still_mine(e, q)) {
			e->queue = NULL;
			xen_event_release_locked(e, XEN_HELD_EOI);
		}
		raw_spin_unlock_irqrestore(&e->lock, flags);
	}
	rcu_read_unlock();
}

static void throttle_work(struct work_struct *work)
{
	struct xen_throttle_queue *q;

	q = container_of(to_delayed_work(work), struct xen_throttle_queue,
			 work);
	xen_throttle_run(q->cpu);
}

/**
 * xen_throttle_cpu_dead() - let events wait on this CPU instead
 * @cpu: the CPU that is gone
 */
void xen_throttle_cpu_dead(unsigned int cpu)
{
	struct xen_throttle_queue *q = per_cpu_ptr(&throttle_queue, cpu);
	struct xen_event *e;
	unsigned long flags;

	rcu_read_lock();
	while ((e = take_first(q, true))) {
		raw_spin_lock_irqsave(&e->lock, flags);
		if (still_mine(e, q))
			enqueue(e, raw_smp_processor_id(), e->due,
				xen_throttle_clock());
		raw_spin_unlock_irqrestore(&e->lock, flags);
	}
	rcu_read_unlock();
}

/**
 * xen_throttle_waiting() - how many events of a CPU wait for their EOI
 * @cpu: which
 */
unsigned int xen_throttle_waiting(unsigned int cpu)
{
	struct xen_throttle_queue *q = per_cpu_ptr(&throttle_queue, cpu);
	unsigned long flags;
	unsigned int nr;

	raw_spin_lock_irqsave(&q->lock, flags);
	nr = list_count_nodes(&q->events);
	raw_spin_unlock_irqrestore(&q->lock, flags);
	return nr;
}

/* Once: the lists serve whatever ABI there is. */
void xen_throttle_init(void)
{
	static bool done;
	unsigned int cpu;

	if (done)
		return;
	done = true;

	for_each_possible_cpu(cpu) {
		struct xen_throttle_queue *q = per_cpu_ptr(&throttle_queue,
							   cpu);

		raw_spin_lock_init(&q->lock);
		INIT_LIST_HEAD(&q->events);
		INIT_DELAYED_WORK(&q->work, throttle_work);
		q->cpu = cpu;
	}
}
