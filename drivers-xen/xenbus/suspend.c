// SPDX-License-Identifier: GPL-2.0
/*
 * The gate that all requests pass, and what suspend and resume do to it.
 *
 * Requests and kernel transactions under way are counted. Suspend closes the
 * gate for new ones, lets those under way come to their end, and parks the
 * rings. A resumed domain talks to another store over the same page: the rings
 * start anew, transactions are gone, watches are registered again. A cancelled
 * suspend only opens the gate.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/sched.h>
#include <xen/events.h>
#include "xenbus.h"

/* How long suspend waits for requests and transactions under way. */
#define XS_DRAIN_TIMEOUT	(30 * HZ)

/**
 * xs_gate_enter - begin a request or a transaction
 * @store: the connection
 * @inside: part of something that has passed the gate before
 *
 * Context: sleeps while the domain is suspended, unless @inside.
 */
void xs_gate_enter(struct xs_store *store, bool inside)
{
	might_sleep();
	spin_lock(&store->lock);
	while (store->suspending && !inside) {
		spin_unlock(&store->lock);
		wait_event(store->gate, !READ_ONCE(store->suspending));
		spin_lock(&store->lock);
	}
	store->users++;
	spin_unlock(&store->lock);
}

/* The counterpart of xs_gate_enter(); any context that may take a spin lock. */
void xs_gate_leave(struct xs_store *store)
{
	bool idle;

	scoped_guard(spinlock, &store->lock) {
		store->users--;
		idle = !store->users;
	}
	if (idle)
		wake_up_all(&store->gate);
}

static void gate_open(struct xs_store *store)
{
	scoped_guard(spinlock, &store->lock)
		WRITE_ONCE(store->suspending, false);
	wake_up_all(&store->gate);
	xs_kick(store);
}

/**
 * xs_suspend - come to rest before the domain is suspended
 *
 * Waits until what is under way has ended, but not for ever: a store that does
 * not answer must not keep the domain from being suspended.
 *
 * Context: sleeps; normally a watch callback.
 */
void xs_suspend(void)
{
	struct xs_store *store = xs_store;

	might_sleep();
	if (!store)
		return;
	scoped_guard(spinlock, &store->lock)
		WRITE_ONCE(store->suspending, true);
	if (!wait_event_timeout(store->gate, !READ_ONCE(store->users),
				XS_DRAIN_TIMEOUT))
		pr_warn("%u requests or transactions are cut off by the suspend\n",
			READ_ONCE(store->users));
	guard(mutex)(&store->pump_lock);
	store->parked = true;
}

/**
 * xs_suspend_cancel - go on after a suspend that did not take place
 *
 * Context: may sleep.
 */
void xs_suspend_cancel(void)
{
	struct xs_store *store = xs_store;

	if (!store)
		return;
	scoped_guard(mutex, &store->pump_lock)
		store->parked = false;
	gate_open(store);
}

static void restart_rings(struct xs_store *store)
{
	lockdep_assert_held(&store->pump_lock);
	store->wire.port = xenbus_store_port();
	if (store->irq > 0)
		rebind_evtchn_irq(store->wire.port, store->irq);
	if (xs_wire_reset(&store->wire))
		xs_silence(store);
}

/**
 * xs_resume - talk to the store of the domain's new life
 *
 * Context: may sleep, but not for an answer; the counterpart of xs_suspend().
 */
void xs_resume(void)
{
	struct xs_store *store = xs_store;

	might_sleep();
	if (!store)
		return;
	scoped_guard(mutex, &store->pump_lock) {
		xs_parser_reset(&store->parser);
		restart_rings(store);
		scoped_guard(spinlock, &store->lock)
			WRITE_ONCE(store->generation, store->generation + 1);
		xs_fail_requests(store, -EIO, false);
		store->parked = false;
	}
	gate_open(store);
	xs_watch_again(store);
}
