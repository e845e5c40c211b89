// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes in the page shared with xenstore (public/io/xs_wire.h).
 *
 * There are two rings of 1024 bytes. Indices run freely through 32 bits; the
 * difference between producer and consumer says how much is in a ring. Our own
 * two indices are kept in private memory, so the peer can only lie about its
 * own two, and a lie is a difference larger than the ring.
 *
 * Contrary to what the name suggests nothing here waits for room or data: a
 * transfer takes what fits, and the event channel says when to come back.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/build_bug.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include "xenbus.h"

static_assert(sizeof(struct xsd_sockmsg) == 16);
static_assert(offsetof(struct xenstore_domain_interface, rsp) == 1024);
static_assert(offsetof(struct xenstore_domain_interface, req_cons) == 2048);
static_assert(offsetof(struct xenstore_domain_interface, rsp_prod) == 2060);
static_assert(offsetof(struct xenstore_domain_interface, connection) == 2068);
static_assert(offsetof(struct xenstore_domain_interface, error) == 2072);

static bool server_has(const struct xs_wire *wire, u32 feature)
{
	return READ_ONCE(wire->page->server_features) & feature;
}

/* While the peer sets up the connection anew the rings are its own. */
static bool reconnecting(const struct xs_wire *wire)
{
	return server_has(wire, XENSTORE_SERVER_FEATURE_RECONNECTION) &&
	       READ_ONCE(wire->page->connection) != XENSTORE_CONNECTED;
}

static void load_indices(struct xs_wire *wire)
{
	/* After the peer's word that they are ours again. */
	virt_rmb();
	wire->req_prod = READ_ONCE(wire->page->req_prod);
	wire->rsp_cons = READ_ONCE(wire->page->rsp_cons);
	wire->stale = false;
}

/* 1: go ahead, 0: not now, -EIO: the peer has given up on us */
static int usable(struct xs_wire *wire)
{
	u32 error;

	if (reconnecting(wire))
		return 0;
	if (wire->stale)
		load_indices(wire);
	if (!server_has(wire, XENSTORE_SERVER_FEATURE_ERROR))
		return 1;
	error = READ_ONCE(wire->page->error);
	if (error == XENSTORE_ERROR_NONE)
		return 1;
	pr_err_ratelimited("xenstore closed the connection, its error code is %u\n",
			   error);
	return -EIO;
}

static int bad_index(const char *ring, u32 prod, u32 cons)
{
	pr_err_ratelimited("xenstore broke the %s ring: producer %u, consumer %u\n",
			   ring, prod, cons);
	return -EIO;
}

/**
 * xs_wire_put - append bytes to the request ring
 * @wire: the rings
 * @data: what to append
 * @len: how much
 *
 * Context: xs_store.pump_lock held; xs_wire_flush() is to follow.
 * Return: bytes that fitted, or -EIO if the peer broke the ring.
 */
int xs_wire_put(struct xs_wire *wire, const void *data, unsigned int len)
{
	unsigned int first;
	int ok = usable(wire);
	u32 cons, used, off;

	if (ok <= 0)
		return ok;
	cons = READ_ONCE(wire->page->req_cons);
	used = wire->req_prod - cons;
	if (used > XENSTORE_RING_SIZE)
		return bad_index("request", wire->req_prod, cons);

	len = min(len, XENSTORE_RING_SIZE - used);
	if (!len)
		return 0;
	/* The peer has read the bytes that are overwritten now. */
	virt_mb();
	off = MASK_XENSTORE_IDX(wire->req_prod);
	first = min(len, XENSTORE_RING_SIZE - off);
	memcpy(wire->page->req + off, data, first);
	memcpy(wire->page->req, data + first, len - first);
	/* Bytes before index; pairs with the peer's read barrier. */
	virt_wmb();
	wire->req_prod += len;
	WRITE_ONCE(wire->page->req_prod, wire->req_prod);
	wire->notify_due = true;
	return len;
}

/**
 * xs_wire_get - take bytes from the response ring
 * @wire: the rings
 * @data: where to put them
 * @len: how many are wanted
 *
 * Context: xs_store.pump_lock held; xs_wire_flush() is to follow.
 * Return: bytes that were there, or -EIO if the peer broke the ring.
 */
int xs_wire_get(struct xs_wire *wire, void *data, unsigned int len)
{
	unsigned int first;
	int ok = usable(wire);
	u32 prod, used, off;

	if (ok <= 0)
		return ok;
	prod = READ_ONCE(wire->page->rsp_prod);
	used = prod - wire->rsp_cons;
	if (used > XENSTORE_RING_SIZE)
		return bad_index("response", prod, wire->rsp_cons);

	len = min(len, used);
	if (!len)
		return 0;
	/* Index before bytes; pairs with the peer's write barrier. */
	virt_rmb();
	off = MASK_XENSTORE_IDX(wire->rsp_cons);
	first = min(len, XENSTORE_RING_SIZE - off);
	memcpy(data, wire->page->rsp + off, first);
	memcpy(data + first, wire->page->rsp, len - first);
	/* The bytes are copied before the peer may overwrite them. */
	virt_mb();
	wire->rsp_cons += len;
	WRITE_ONCE(wire->page->rsp_cons, wire->rsp_cons);
	/*
	 * The peer may have filled the ring after prod was read: look again
	 * behind the barrier, or its wait for room could be missed.
	 */
	virt_mb();
	if (READ_ONCE(wire->page->rsp_prod) - (wire->rsp_cons - len) >=
	    XENSTORE_RING_SIZE)
		wire->notify_due = true;
	return len;
}

/**
 * xs_wire_flush - tell the peer if there is anything to tell
 * @wire: the rings
 *
 * One notification does for all that was written before, and for the room that
 * was made in a full response ring.
 *
 * Context: xs_store.pump_lock held.
 */
void xs_wire_flush(struct xs_wire *wire)
{
	if (!wire->notify_due)
		return;
	wire->notify_due = false;
	wire->notify(wire);
}

static bool quiescent(const struct xs_wire *wire)
{
	return READ_ONCE(wire->page->req_cons) == wire->req_prod &&
	       READ_ONCE(wire->page->rsp_prod) == wire->rsp_cons;
}

static int wait_connected(struct xs_wire *wire)
{
	unsigned int waited;

	might_sleep();
	for (waited = 0; reconnecting(wire); waited += 20) {
		if (waited >= wire->reset_ms) {
			pr_warn("xenstore does not set up the connection in %u ms\n",
				wire->reset_ms);
			wire->stale = true;
			return -ETIMEDOUT;
		}
		msleep(20);
	}
	return 0;
}

/**
 * xs_wire_reset - start on a page that somebody else may have used
 * @wire: the rings, with page, notify and port set
 *
 * After a kexec a page can hold half a conversation. A peer that knows how to
 * reconnect is asked to begin anew; with any other the old answers are dropped.
 *
 * Context: may sleep; xs_store.pump_lock held, or nobody else knows @wire yet.
 * Return: 0, or -ETIMEDOUT if the peer does not finish reconnecting. The rings can
 * be used all the same: nothing moves until it has.
 */
int xs_wire_reset(struct xs_wire *wire)
{
	int err = wait_connected(wire);

	if (err)
		return err;
	load_indices(wire);
	if (quiescent(wire))
		return 0;
	if (server_has(wire, XENSTORE_SERVER_FEATURE_RECONNECTION)) {
		WRITE_ONCE(wire->page->connection, XENSTORE_RECONNECT);
		wire->notify(wire);
		err = wait_connected(wire);
		if (!err)
			load_indices(wire);
		return err;
	}
	pr_warn("rings are not empty (%u request bytes, %u response bytes), old answers dropped\n",
		wire->req_prod - READ_ONCE(wire->page->req_cons),
		READ_ONCE(wire->page->rsp_prod) - wire->rsp_cons);
	wire->rsp_cons = READ_ONCE(wire->page->rsp_prod);
	WRITE_ONCE(wire->page->rsp_cons, wire->rsp_cons);
	return 0;
}
