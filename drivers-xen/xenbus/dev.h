/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An open /dev/xen/xenbus: what dev.c (bytes), dev_msg.c (messages) and dev_watch.c
 * (watches) share.
 */
#ifndef _XENBUS_DEV_H
#define _XENBUS_DEV_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include "xenbus.h"

/* Watch events that an open file may have unread. */
#define XS_FILE_EVENTS_MAX	4096
/* Requests that may be under way, or answered and unread. Each has two bodies. */
#define XS_FILE_REQUESTS_MAX	128

/**
 * struct xs_file - an open /dev/xen/xenbus
 * @ref: the open file, requests under way and watch callbacks
 * @write_lock: @in, @in_len; one message is handled at a time
 * @read_lock: one reader at a time; taken before @lock. Only its holder takes
 *	messages off @out
 * @lock: all that follows up to @in_len; may be taken by the "xenbus" and
 *	"xenwatch" threads
 * @closed: no reader will come any more
 * @out: messages to be read
 * @events: how many of them are watch events
 * @out_wake: where readers wait
 * @watches: watches of this file, changed under @write_lock
 * @transactions: transactions of this file
 * @requests: those of users that are under way, or answered and unread
 * @in_len: bytes in @in
 * @in: a message while it is written piece by piece
 */
struct xs_file {
	struct kref ref;
	/* Handling of written messages. */
	struct mutex write_lock;
	/* Readers. */
	struct mutex read_lock;
	/* The following. */
	struct mutex lock;
	bool closed;
	struct list_head out;
	unsigned int events;
	wait_queue_head_t out_wake;
	struct list_head watches;
	struct list_head transactions;
	atomic_t requests;
	unsigned int in_len;
	union {
		struct xsd_sockmsg hdr;
		char bytes[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
	} in;
};

/**
 * struct xs_out - a message for the reader, prepared with its request
 * @list: on xs_file.out
 * @file: whose it is
 * @hdr: header
 * @pos: bytes read so far, header included
 * @body: @hdr.len bytes behind the header
 * @owned: to be freed with the message, or NULL
 * @counted: one of xs_file.requests
 */
struct xs_out {
	struct list_head list;
	struct xs_file *file;
	struct xsd_sockmsg hdr;
	unsigned int pos;
	const char *body;
	void *owned;
	bool counted;
};

/* dev_msg.c */
struct xs_file *xs_file_new(void);
void xs_file_put(struct xs_file *file);
void xs_file_close(struct xs_file *file);
int xs_file_message(struct xs_file *file);
struct xs_out *xs_out_alloc(struct xs_file *file,
			    const struct xsd_sockmsg *hdr);
void xs_out_free(struct xs_out *out);

/* dev_watch.c */
int xs_file_watch(struct xs_file *file, const struct xsd_sockmsg *hdr,
		  const char *body);
void xs_file_end_watches(struct xs_file *file);

#endif
