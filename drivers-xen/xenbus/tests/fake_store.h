/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A xenstored in a thread, on the other end of a page, for the tests.
 *
 * It knows watches, and what fake_tree.c knows: nodes with permissions, and
 * transactions. What it is to do wrong is set in struct fake_store or done by a
 * hook.
 */
#ifndef _XENBUS_FAKE_STORE_H
#define _XENBUS_FAKE_STORE_H

#include <kunit/test.h>
#include "../xenbus.h"
#include "../../test/fake_tree.h"

#define FAKE_BODY_MAX	(2 * XENSTORE_PAYLOAD_MAX)

/**
 * struct fake_store - a xenstored, and the client that talks to it
 * @test: the test
 * @store: the client; xs_store points here during the test
 * @page: the page between them
 * @task: the thread
 * @wake: where the thread waits for work
 * @kicked: the client has notified us
 * @lock: @tree and @watches
 * @tree: nodes and transactions
 * @watches: registered watches, as struct fake_watch
 * @hdr: request that is being handled
 * @body: its body, NUL terminated
 * @received: number of requests seen
 * @types: number of requests seen by type
 * @chunk: move no more bytes at once
 * @next_tx: id of the next transaction
 * @open_tx: number of open transactions
 * @aborted: number of aborted transactions
 * @conflicts: so many transactions will fail with EAGAIN
 * @patient: answers when the client has no more to ask, all at once
 * @rounds: how often that was: so often a client had to wait
 * @kept: requests until then, as struct fake_kept
 * @hook: called first with each request; true if it has dealt with it
 * @arg: for @hook
 */
struct fake_store {
	struct kunit *test;
	struct xs_store store;
	struct xenstore_domain_interface *page;
	struct task_struct *task;
	wait_queue_head_t wake;
	bool kicked;
	/* Tree and watches. */
	struct mutex lock;
	struct fake_tree tree;
	struct list_head watches;
	struct xsd_sockmsg hdr;
	char body[XENSTORE_PAYLOAD_MAX + 1];
	unsigned int received;
	unsigned int types[XS_TYPE_COUNT];
	unsigned int chunk;
	u32 next_tx;
	int open_tx;
	unsigned int aborted;
	unsigned int conflicts;
	bool patient;
	unsigned int rounds;
	struct list_head kept;
	bool (*hook)(struct fake_store *fake);
	unsigned long arg;
};

struct fake_kept {
	struct list_head list;
	struct xsd_sockmsg hdr;
	char body[];
};

struct fake_watch {
	struct list_head list;
	char *path;
	char *token;
	bool lost;
};

int fake_store_init(struct kunit *test);
void fake_store_exit(struct kunit *test);
void fake_send(struct fake_store *fake, u32 type, u32 id, const void *body,
	       unsigned int len);
void fake_send_raw(struct fake_store *fake, const struct xsd_sockmsg *hdr,
		   const void *body, unsigned int len);
void fake_send_bytes(struct fake_store *fake, const void *bytes,
		     unsigned int len);
void fake_error(struct fake_store *fake, const char *name);
void fake_reply(struct fake_store *fake, const void *body, unsigned int len);
void fake_reply_string(struct fake_store *fake, const char *string);
void fake_event(struct fake_store *fake, const char *path, const char *token);
void fake_set(struct fake_store *fake, const char *path, const char *value);
/* @perms: one entry, as "n0", of the owner and all others */
void fake_perms(struct fake_store *fake, const char *path, const char *perms);
char *fake_get(struct fake_store *fake, const char *path);
void fake_remove(struct fake_store *fake, const char *path);
unsigned int fake_num_watches(struct fake_store *fake);
void fake_watch_free(struct fake_watch *watch);
/* Answers the request in @hdr and @body, or returns an error to answer with. */
int fake_handle(struct fake_store *fake);

/* Waits up to 5 seconds for @cond. */
#define FAKE_WAIT(cond)							\
({									\
	unsigned long __end = jiffies + 5 * HZ;				\
	bool __ok;							\
	do {								\
		__ok = (cond);						\
		if (__ok)						\
			break;						\
		schedule_timeout_uninterruptible(1);			\
	} while (time_before(jiffies, __end));				\
	__ok;								\
})

#endif
