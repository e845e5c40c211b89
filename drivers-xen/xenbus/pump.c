// SPDX-License-Identifier: GPL-2.0
/*
 * The "xenbus" thread: queued requests out, answers and watch events in.
 *
 * What is known of an incoming message is an object of its own, so that any message may
 * arrive in any number of pieces.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include "xenbus.h"

/* How long the thread rests when there is no memory for a message. */
#define XS_NOMEM_DELAY	(HZ / 10)

static void not_silent(struct xs_store *store)
{
	scoped_guard(spinlock, &store->lock) {
		if (!store->silent)
			return;
		store->silent = false;
	}
	pr_info("xenstore answers again\n");
}

void xs_parser_reset(struct xs_parser *parser)
{
	kfree(parser->event);
	kfree(parser->reply);
	memset(parser, 0, sizeof(*parser));
}

/* The request that a reply header answers, or NULL if there is none such. */
static struct xs_request *match_reply(struct xs_store *store,
				      const struct xsd_sockmsg *hdr)
{
	struct xs_request *req = xa_load(&store->inflight, hdr->req_id);

	if (!req || req->state != XS_REQ_SENT)
		return NULL;
	if (hdr->type != XS_ERROR && hdr->type != req->hdr.type)
		return NULL;
	return req;
}

/*
 * Whoever ran in this domain before may have left in the middle of a conversation,
 * and of an answer: then nothing says where the next message begins. Once there is
 * an answer to our first request, which has a random id, all before it has gone by.
 * Returns as pump_in(); hunting ends when the header of an answer is there.
 */
static int hunt(struct xs_store *store)
{
	struct xs_parser *parser = &store->parser;
	const struct xsd_sockmsg *hdr = &parser->hdr;
	unsigned int turns = XENSTORE_RING_SIZE;
	char *bytes = (char *)&parser->hdr;
	int n;

	lockdep_assert_held(&store->pump_lock);
	while (hdr->len > XENSTORE_PAYLOAD_MAX || !match_reply(store, hdr)) {
		memmove(bytes, bytes + 1, sizeof(*hdr) - 1);
		parser->have = sizeof(*hdr) - 1;
		/* A peer that goes on for ever must not keep us here. */
		if (!turns--)
			return 1;
		n = xs_wire_get(&store->wire, bytes + parser->have, 1);
		if (n <= 0)
			return n;
		parser->have++;
	}
	parser->hunting = false;
	return 1;
}

static int check_header(struct xs_store *store)
{
	struct xs_parser *parser = &store->parser;
	const struct xsd_sockmsg *hdr = &parser->hdr;

	lockdep_assert_held(&store->pump_lock);
	if (hdr->len <= XENSTORE_PAYLOAD_MAX) {
		if (hdr->type == XS_WATCH_EVENT)
			return 0;
		parser->req = match_reply(store, hdr);
		if (parser->req)
			return 0;
	}
	pr_err_ratelimited("xenstore sent a bad message (type %u, id %u, length %u), connection given up\n",
			   hdr->type, hdr->req_id, hdr->len);
	return -EIO;
}

/* Returns where the body goes, or NULL without memory. */
static char *body_room(struct xs_parser *parser)
{
	gfp_t gfp = GFP_NOIO | __GFP_HIGH | __GFP_NOWARN;
	u32 len = parser->hdr.len;

	if (parser->req) {
		if (!parser->reply)
			parser->reply = kmalloc(len + 1, gfp);
		return parser->reply;
	}
	if (!parser->event)
		parser->event = kmalloc(struct_size(parser->event, body,
						    len + 1), gfp);
	return parser->event ? parser->event->body : NULL;
}

static void dispatch(struct xs_store *store)
{
	struct xs_parser *parser = &store->parser;
	struct xs_request *req = parser->req;

	lockdep_assert_held(&store->pump_lock);
	not_silent(store);
	if (!req) {
		parser->event->body[parser->hdr.len] = '\0';
		xs_watch_event(store, parser->event, parser->hdr.len);
		parser->event = NULL;
	} else {
		parser->reply[parser->hdr.len] = '\0';
		xa_erase(&store->inflight, req->hdr.req_id);
		req->reply_type = parser->hdr.type;
		req->reply_len = parser->hdr.len;
		req->reply = parser->reply;
		parser->reply = NULL;
		xs_request_finish(store, req, 0);
	}
	xs_parser_reset(parser);
}

/* Takes what there is of one message: > 0 bytes, 0: no more, or -errno. */
static int pump_in(struct xs_store *store)
{
	struct xs_parser *parser = &store->parser;
	unsigned int want = sizeof(parser->hdr) - parser->have;
	char *body;
	int n = 0;

	lockdep_assert_held(&store->pump_lock);
	if (want) {
		n = xs_wire_get(&store->wire, (char *)&parser->hdr +
				parser->have, want);
		if (n <= 0)
			return n;
		parser->have += n;
		if (n < want)
			return n;
		if (parser->hunting) {
			n = hunt(store);
			if (parser->hunting)
				return n;
		}
		if (check_header(store))
			return -EIO;
	}
	body = body_room(parser);
	if (!body)
		return -ENOMEM;
	want = parser->hdr.len - parser->got;
	if (want) {
		n = xs_wire_get(&store->wire, body + parser->got, want);
		if (n <= 0)
			return n;
		parser->got += n;
	}
	if (parser->got == parser->hdr.len)
		dispatch(store);
	return 1;
}

/*
 * Move what can be moved. Each turn puts out some requests and takes at most one
 * message, so neither a flood of events nor one of requests holds up the other.
 */
static int pump(struct xs_store *store)
{
	int in, out;

	guard(mutex)(&store->pump_lock);
	if (store->parked || store->broken)
		return 0;
	out = xs_send_some(store);
	in = pump_in(store);
	xs_wire_flush(&store->wire);
	if (in == -EIO || out == -EIO) {
		xs_parser_reset(&store->parser);
		xs_fail_requests(store, -EIO, true);
		return 0;
	}
	if (in == -ENOMEM && !out)
		return -ENOMEM;
	return in > 0 || out > 0;
}

static bool take_kick(struct xs_store *store)
{
	/* Cleared before looking, so that a kick meanwhile is not lost. */
	return xchg(&store->kick, false);
}

static int pump_thread(void *data)
{
	struct xs_store *store = data;
	int ret;

	while (!kthread_should_stop()) {
		wait_event_interruptible(store->wake, take_kick(store) ||
					 kthread_should_stop());
		do {
			ret = pump(store);
			if (ret == -ENOMEM)
				schedule_timeout_interruptible(XS_NOMEM_DELAY);
			cond_resched();
		} while (ret && !kthread_should_stop());
	}
	return 0;
}

/**
 * xs_store_init - prepare a connection
 * @store: memory for it; @wire is kept, everything else is set
 */
void xs_store_init(struct xs_store *store)
{
	mutex_init(&store->pump_lock);
	spin_lock_init(&store->lock);
	INIT_LIST_HEAD(&store->outq);
	xa_init_flags(&store->inflight, XA_FLAGS_ALLOC1);
	init_waitqueue_head(&store->wake);
	init_waitqueue_head(&store->gate);
	store->timeout = XS_REPLY_TIMEOUT;
	mutex_init(&store->registry_lock);
	spin_lock_init(&store->event_lock);
	INIT_LIST_HEAD(&store->watches);
	INIT_LIST_HEAD(&store->events);
	init_waitqueue_head(&store->event_wake);
	init_waitqueue_head(&store->event_idle);
}

/**
 * xs_store_start - start the threads of a connection
 * @store: the connection, its ring reset
 *
 * Return: 0 or -errno; then nothing is left running.
 */
int xs_store_start(struct xs_store *store)
{
	int err;

	might_sleep();
	err = xs_watch_start(store);
	if (err)
		return err;
	store->pump = kthread_run(pump_thread, store, "xenbus");
	if (IS_ERR(store->pump)) {
		err = PTR_ERR(store->pump);
		store->pump = NULL;
		xs_watch_stop(store);
		return err;
	}
	xs_kick(store);
	return 0;
}

/**
 * xs_store_stop - end a connection
 * @store: the connection; nobody may use it any more
 *
 * What still waits for an answer gets -EIO.
 */
void xs_store_stop(struct xs_store *store)
{
	might_sleep();
	if (store->pump)
		kthread_stop(store->pump);
	store->pump = NULL;
	scoped_guard(mutex, &store->pump_lock) {
		xs_parser_reset(&store->parser);
		xs_fail_requests(store, -EIO, true);
	}
	xs_watch_stop(store);
	xa_destroy(&store->inflight);
}
