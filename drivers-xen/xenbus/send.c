// SPDX-License-Identifier: GPL-2.0
/*
 * Requests on their way into the ring: by who makes them, if nobody else is at the
 * rings, or by the "xenbus" thread.
 */
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include "xenbus.h"

/* Pieces of requests that go into the ring in a row, however fast it empties. */
#define XS_PIECES_MAX	64

/* Puts what fits of one piece of a request into the ring: > 0 bytes, 0: none, or -EIO. */
static int send_piece(struct xs_store *store)
{
	struct xs_request *req;
	unsigned int done;
	int n;

	lockdep_assert_held(&store->pump_lock);
	scoped_guard(spinlock, &store->lock)
		req = list_first_entry_or_null(&store->outq, struct xs_request,
					       list);
	if (!req)
		return 0;
	if (req->sent < sizeof(req->hdr)) {
		n = xs_wire_put(&store->wire, (char *)&req->hdr + req->sent,
				sizeof(req->hdr) - req->sent);
	} else {
		done = req->sent - sizeof(req->hdr);
		n = xs_wire_put(&store->wire, req->body + done,
				req->hdr.len - done);
	}
	if (n < 0)
		return n;
	req->sent += n;
	if (req->sent < sizeof(req->hdr) + req->hdr.len)
		return n;
	scoped_guard(spinlock, &store->lock) {
		req->state = XS_REQ_SENT;
		list_del_init(&req->list);
	}
	return 1;
}

/**
 * xs_send_some - put requests into the ring, but not for ever
 * @store: the connection
 *
 * Context: xs_store.pump_lock held.
 * Return: > 0 or 0 if something, or nothing, went into the ring, or -EIO.
 */
int xs_send_some(struct xs_store *store)
{
	int n, pieces = 0;

	lockdep_assert_held(&store->pump_lock);
	do {
		n = send_piece(store);
	} while (n > 0 && ++pieces < XS_PIECES_MAX);
	return n < 0 ? n : pieces;
}

/* Tell the "xenbus" thread that there may be something to do; any context. */
void xs_kick(struct xs_store *store)
{
	/* The work is visible before the flag; pairs with take_kick(). */
	smp_store_release(&store->kick, true);
	wake_up(&store->wake);
}

static bool has_queued(struct xs_store *store)
{
	bool queued;

	scoped_guard(spinlock, &store->lock)
		queued = !list_empty(&store->outq);
	return queued;
}

/**
 * xs_push - put what is queued into the ring
 * @store: the connection
 *
 * Who has queued a request runs already; the thread would have to be woken, maybe on
 * another CPU. What remains, for want of room or because somebody else is at the rings,
 * is left to the thread, and so are errors.
 *
 * Context: process context; xs_store.pump_lock may be held.
 */
void xs_push(struct xs_store *store)
{
	/* Sent with others already */
	if (!has_queued(store))
		return;
	if (mutex_trylock(&store->pump_lock)) {
		if (!store->parked && !store->broken) {
			xs_send_some(store);
			xs_wire_flush(&store->wire);
		}
		mutex_unlock(&store->pump_lock);
	}
	if (has_queued(store))
		xs_kick(store);
}
