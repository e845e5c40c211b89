// SPDX-License-Identifier: GPL-2.0
/*
 * The thread that brings the memory of this domain to its target.
 *
 * It works in steps of one hypercall. A step that did all it tried is followed by
 * the next. After one that did a part the thread pauses for a second. One that did
 * nothing, because Xen gives no memory or because we have none to spare, doubles
 * the pause, and max_retry_count of them in a row end the attempt; it is made anew
 * when something changes, and every minute.
 *
 * Steps are short, and the thread can be frozen between any two of them, so a
 * suspend finds no hypercall under way.
 */
#define pr_fmt(fmt) "xen/balloon: " fmt

#include <linux/err.h>
#include <linux/export.h>
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/wait.h>

#include <kunit/static_stub.h>

#include "balloon.h"

#define GIVEN_UP_SECONDS	60UL
/* More makes no difference to anyone, and does not overflow. */
#define DELAY_MAX_SECONDS	(24UL * 60 * 60)

/*
 * Do not fight for memory: a target below what this domain can live on is the tool
 * stack's mistake and must not end in the OOM killer.
 */
#define GFP_INFLATE	(GFP_HIGHUSER | __GFP_NORETRY | __GFP_NOMEMALLOC | \
			 __GFP_NOWARN)

static DECLARE_WAIT_QUEUE_HEAD(thread_wait);
static bool kicked;
static enum balloon_state thread_state;

/**
 * balloon_credit() - what is missing to the target
 *
 * Context: any; without balloon_mutex the result may be out of date.
 * Return: pages; negative if the domain has too many.
 */
long balloon_credit(void)
{
	return (long)READ_ONCE(balloon_stats.target_pages) -
	       (long)READ_ONCE(balloon_stats.current_pages);
}

/**
 * balloon_spare() - how many pages this domain can do without
 *
 * What is free or easily freed, less the page allocator's own reserves and
 * something for whoever needs memory next.
 *
 * Context: process context.
 * Return: pages; not positive if there are none to spare.
 */
long balloon_spare(void)
{
	long keep;

	KUNIT_STATIC_STUB_REDIRECT(balloon_spare);
	keep = max(totalram_pages() / 32, SZ_4M >> PAGE_SHIFT);
	return si_mem_available() - keep;
}

/**
 * balloon_kick() - have the thread look again
 *
 * Context: any.
 */
void balloon_kick(void)
{
	KUNIT_STATIC_STUB_REDIRECT(balloon_kick);
	/* After what there is to be seen; pairs with the thread's exchange. */
	smp_store_release(&kicked, true);
	wake_up(&thread_wait);
}

/**
 * balloon_current_state() - what the thread is going to do
 *
 * Context: any.
 */
enum balloon_state balloon_current_state(void)
{
	return READ_ONCE(thread_state);
}

void balloon_set_new_target(unsigned long target)
{
	WRITE_ONCE(balloon_stats.target_pages, min(target, BALLOON_PAGES_MAX));
	balloon_kick();
}
EXPORT_SYMBOL_GPL(balloon_set_new_target);

static void schedule_afresh(struct balloon_stats *stats)
{
	stats->schedule_delay = 1;
	stats->retry_count = 1;
}

/**
 * balloon_schedule() - decide what comes after a step
 * @stats: its schedule_delay and retry_count are updated
 * @outcome: of the step
 *
 * Context: any; one caller at a time.
 * Return: the state.
 */
enum balloon_state balloon_schedule(struct balloon_stats *stats,
				    enum balloon_outcome outcome)
{
	unsigned long max_delay = clamp(READ_ONCE(stats->max_schedule_delay),
					1UL, DELAY_MAX_SECONDS);
	unsigned long max_retries = READ_ONCE(stats->max_retry_count);

	switch (outcome) {
	case BALLOON_ALL:
		schedule_afresh(stats);
		return BALLOON_RUN;
	case BALLOON_SOME:
		schedule_afresh(stats);
		return BALLOON_BACK_OFF;
	case BALLOON_OFFLINE:
		return BALLOON_WAIT_ONLINE;
	case BALLOON_NONE:
		break;
	}

	stats->retry_count++;
	if (max_retries != RETRY_UNLIMITED && stats->retry_count > max_retries) {
		schedule_afresh(stats);
		return BALLOON_GIVEN_UP;
	}
	stats->schedule_delay = min(stats->schedule_delay * 2, max_delay);
	return BALLOON_BACK_OFF;
}

static enum balloon_outcome outcome_of(unsigned long done, unsigned long tried)
{
	if (!done)
		return BALLOON_NONE;
	return done < tried ? BALLOON_SOME : BALLOON_ALL;
}

static enum balloon_outcome grow(unsigned long nr)
{
	nr = min3(nr, balloon_pages(), BALLOON_BATCH);
	return outcome_of(balloon_deflate(nr), nr);
}

static enum balloon_outcome shrink(unsigned long nr)
{
	long spare = balloon_spare();

	if (spare <= 0)
		return BALLOON_NONE;
	nr = min3(nr, (unsigned long)spare, BALLOON_BATCH);
	return outcome_of(balloon_inflate(nr, GFP_INFLATE), nr);
}

/**
 * balloon_step() - go one step towards the target
 *
 * Context: sleeps; takes balloon_mutex.
 * Return: what came of it; BALLOON_ALL when there was nothing to do.
 */
enum balloon_outcome balloon_step(void)
{
	long credit;

	scoped_guard(mutex, &balloon_mutex) {
		credit = balloon_credit();
		if (!credit)
			return BALLOON_ALL;
		if (credit < 0)
			return shrink(-credit);
		if (balloon_pages())
			return grow(credit);
	}
	/* Setting memory online calls back into the balloon. */
	return balloon_hotplug(false);
}

static unsigned long pause_after(enum balloon_state state)
{
	switch (state) {
	case BALLOON_RUN:
		return balloon_credit() ? 0 : MAX_SCHEDULE_TIMEOUT;
	case BALLOON_BACK_OFF:
		return balloon_stats.schedule_delay * HZ;
	case BALLOON_GIVEN_UP:
	case BALLOON_WAIT_ONLINE:
		break;
	}
	return GIVEN_UP_SECONDS * HZ;
}

static int balloon_thread(void *unused)
{
	enum balloon_state state = BALLOON_RUN;

	set_freezable();
	for (;;) {
		wait_event_freezable_timeout(thread_wait, READ_ONCE(kicked),
					     pause_after(state));
		/* Without a pause the above does not look. */
		try_to_freeze();
		/* What is changed from here on needs another look. */
		xchg(&kicked, false);
		state = balloon_schedule(&balloon_stats, balloon_step());
		WRITE_ONCE(thread_state, state);
		cond_resched();
	}
	return 0;
}

/**
 * balloon_start_thread() - begin to follow the target
 *
 * Context: boot.
 * Return: 0 or a negative error.
 */
int __init balloon_start_thread(void)
{
	return PTR_ERR_OR_ZERO(kthread_run(balloon_thread, NULL, "xen-balloon"));
}
