// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to the store, their ids and their answers.
 *
 * A request is copied into a struct xs_request, gets an id from an xarray and
 * is queued; send.c and pump.c do the rest. Answers may come in any order.
 *
 * A request that was handed over is always sent: a waiter who is killed only leaves it
 * behind, and the answer is then dropped.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/err.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "xenbus.h"

struct xs_store *xs_store;

/**
 * xs_request_alloc - build a request
 * @type: XS_*
 * @tx_id: transaction or 0
 * @iov: pieces of the body
 * @num: number of pieces
 *
 * Context: may sleep; usable on the way to the disk (GFP_NOIO).
 * Return: the request, ERR_PTR(-E2BIG) if the body is longer than the
 * protocol allows, or ERR_PTR(-ENOMEM).
 */
struct xs_request *xs_request_alloc(u32 type, u32 tx_id,
				    const struct kvec *iov, unsigned int num)
{
	struct xs_request *req;
	unsigned int i;
	size_t len = 0;

	might_sleep();
	for (i = 0; i < num; i++) {
		if (iov[i].iov_len > XENSTORE_PAYLOAD_MAX - len)
			return ERR_PTR(-E2BIG);
		len += iov[i].iov_len;
	}
	req = kzalloc(struct_size(req, body, len), GFP_NOIO | __GFP_HIGH);
	if (!req)
		return ERR_PTR(-ENOMEM);

	INIT_LIST_HEAD(&req->list);
	init_completion(&req->answered);
	req->hdr.type = type;
	req->hdr.tx_id = tx_id;
	for (i = 0; i < num; i++) {
		memcpy(req->body + req->hdr.len, iov[i].iov_base,
		       iov[i].iov_len);
		req->hdr.len += iov[i].iov_len;
	}
	return req;
}

void xs_request_free(struct xs_request *req)
{
	kfree(req->reply);
	kfree(req);
}

static int may_go(const struct xs_store *store, const struct xs_request *req)
{
	lockdep_assert_held(&store->lock);
	if (store->broken)
		return -EIO;
	return req->dated && req->generation != store->generation ? -EAGAIN : 0;
}

/**
 * xs_queue - have a request sent with the next one that is
 * @store: the connection
 * @req: the request; on error it still belongs to the caller
 *
 * For who asks for several things and then waits: xs_request_wait() sends them, and
 * the store is notified once.
 *
 * Context: may sleep.
 * Return: 0, -EIO if the connection is broken, -EAGAIN if it is not that of the request's
 * transaction, or -ENOMEM/-EBUSY without an id.
 */
int xs_queue(struct xs_store *store, struct xs_request *req)
{
	int err;

	might_sleep();
	err = xa_alloc_cyclic(&store->inflight, &req->hdr.req_id, req,
			      XA_LIMIT(1, U32_MAX), &store->next_id, GFP_NOIO);
	if (err < 0)
		return err;

	scoped_guard(spinlock, &store->lock) {
		err = may_go(store, req);
		if (!err) {
			req->state = XS_REQ_QUEUED;
			list_add_tail(&req->list, &store->outq);
		}
	}
	if (err)
		xa_erase(&store->inflight, req->hdr.req_id);
	return err;
}

/**
 * xs_submit - send a request, now or when there is room for it
 * @store: the connection
 * @req: the request; on error it still belongs to the caller
 *
 * Context: may sleep.
 * Return: as xs_queue().
 */
int xs_submit(struct xs_store *store, struct xs_request *req)
{
	int err = xs_queue(store, req);

	if (!err)
		xs_push(store);
	return err;
}

/* An answer that nobody waits for. */
static void drop_answer(struct xs_store *store, struct xs_request *req)
{
	unsigned int id;

	if (!req->err && req->reply_type == XS_TRANSACTION_START &&
	    !kstrtouint(req->reply, 10, &id))
		xs_abort_transaction(store, id);
	xs_request_free(req);
}

/* @req is answered, or will never be; it is on no list any more. */
void xs_request_finish(struct xs_store *store, struct xs_request *req,
		       int err)
{
	void (*done)(struct xs_store *store, struct xs_request *req);

	req->err = err;
	scoped_guard(spinlock, &store->lock) {
		done = req->done;
		if (!done)
			complete(&req->answered);
	}
	if (done)
		done(store, req);
}

/**
 * xs_fail_requests - end every request without an answer
 * @store: the connection
 * @err: what the waiters get; those in a transaction -EAGAIN if it is not @broken
 * @broken: whether later requests fail as well
 *
 * Context: xs_store.pump_lock held, may sleep.
 */
void xs_fail_requests(struct xs_store *store, int err, bool broken)
{
	struct xs_request *req, *next;
	unsigned long id;
	LIST_HEAD(dead);

	lockdep_assert_held(&store->pump_lock);
	scoped_guard(spinlock, &store->lock) {
		store->broken = broken;
		xa_for_each(&store->inflight, id, req) {
			if (req->state == XS_REQ_NEW)
				continue;
			xa_erase(&store->inflight, id);
			list_move_tail(&req->list, &dead);
		}
	}
	list_for_each_entry_safe(req, next, &dead, list) {
		list_del_init(&req->list);
		/* Its transaction can be begun again, on the next connection. */
		xs_request_finish(store, req,
				  req->dated && !broken ? -EAGAIN : err);
	}
}

/**
 * xs_send_async - send a request whose answer does not matter
 * @store: the connection
 * @type: XS_*
 * @tx_id: transaction or 0
 * @iov: pieces of the body
 * @num: number of pieces
 *
 * Context: may sleep, but not for the peer.
 * Return: 0 or -errno, see xs_submit().
 */
int xs_send_async(struct xs_store *store, u32 type, u32 tx_id,
		  const struct kvec *iov, unsigned int num)
{
	struct xs_request *req = xs_request_alloc(type, tx_id, iov, num);
	int err;

	if (IS_ERR(req))
		return PTR_ERR(req);
	req->done = drop_answer;
	err = xs_submit(store, req);
	if (err)
		xs_request_free(req);
	return err;
}

/* Ends a transaction whose owner is gone. */
void xs_abort_transaction(struct xs_store *store, u32 tx_id)
{
	struct kvec no = { .iov_base = "F", .iov_len = 2 };

	if (xs_send_async(store, XS_TRANSACTION_END, tx_id, &no, 1))
		pr_warn_ratelimited("transaction %u could not be aborted\n",
				    tx_id);
}

/* One message for one outage, however many wait. */
void xs_silence(struct xs_store *store)
{
	scoped_guard(spinlock, &store->lock) {
		if (store->silent)
			return;
		store->silent = true;
	}
	pr_warn("xenstore does not answer for %u ms, waiting\n",
		jiffies_to_msecs(store->timeout));
}

/* Leave @req behind; false if the answer came in the meantime. */
static bool abandon(struct xs_store *store, struct xs_request *req)
{
	bool waiting;

	scoped_guard(spinlock, &store->lock) {
		waiting = !completion_done(&req->answered);
		if (waiting)
			req->done = drop_answer;
	}
	return waiting;
}

/**
 * xs_request_wait - wait for the answer
 * @store: the connection
 * @req: a request that was submitted or queued, without a done callback
 *
 * There is no end to the wait but an answer, a broken connection or a fatal
 * signal; nor, when the system ends, for dom0's own xenstored but a few seconds. A
 * dying task still gets a moment, so that what it undoes on its way out normally
 * happens in order.
 *
 * Context: sleeps.
 * Return: 0, -EIO, or -EINTR: then @req no longer belongs to the caller.
 */
int xs_request_wait(struct xs_store *store, struct xs_request *req)
{
	unsigned long timeout, waited = 0;
	long left;

	might_sleep();
	xs_push(store);
	for (;;) {
		timeout = xenbus_system_ends() ? XS_END_TIMEOUT : store->timeout;
		left = wait_for_completion_killable_timeout(&req->answered,
							    timeout);
		if (left > 0)
			return req->err;
		if (left < 0)
			break;
		waited += timeout;
		if (xs_ends_without_store(store, waited))
			continue;
		if (waited >= store->timeout)
			xs_silence(store);
	}
	if (wait_for_completion_timeout(&req->answered, XS_KILL_GRACE))
		return req->err;
	return abandon(store, req) ? -EINTR : req->err;
}
