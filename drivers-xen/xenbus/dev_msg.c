// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/xenbus, the messages: what is done with a request from user space.
 *
 * Most requests are passed on with a request id of ours; the answer comes back
 * with the id that the user chose. Watches are in dev_watch.c. Transactions are
 * remembered, so that a closed file leaves none open and nobody gets into those of
 * others.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "dev.h"

/**
 * struct file_transaction - a transaction of an open file
 * @list: on xs_file.transactions
 * @id: its id
 * @generation: connection that it belongs to
 */
struct file_transaction {
	struct list_head list;
	u32 id;
	unsigned int generation;
};

static void release_file(struct kref *ref)
{
	struct xs_file *file = container_of(ref, struct xs_file, ref);

	kfree(file);
}

void xs_file_put(struct xs_file *file)
{
	kref_put(&file->ref, release_file);
}

void xs_out_free(struct xs_out *out)
{
	if (out->counted)
		atomic_dec(&out->file->requests);
	xs_file_put(out->file);
	kfree(out->owned);
	kfree(out);
}

struct xs_out *xs_out_alloc(struct xs_file *file,
			    const struct xsd_sockmsg *hdr)
{
	struct xs_out *out = kzalloc(sizeof(*out), GFP_KERNEL_ACCOUNT);

	if (!out)
		return NULL;
	kref_get(&file->ref);
	out->file = file;
	out->hdr = *hdr;
	out->hdr.len = 0;
	return out;
}

static void set_string(struct xs_out *out, u32 type, const char *string)
{
	out->hdr.type = type;
	out->hdr.len = strlen(string) + 1;
	out->body = string;
}

static void set_error(struct xs_out *out, int err)
{
	set_string(out, XS_ERROR, xs_errno_to_error(err));
}

/* Consumes @out. Once it is on the list, a reader may end both it and the file. */
static void out_queue(struct xs_out *out)
{
	struct xs_file *file = out->file;
	bool open;

	kref_get(&file->ref);
	scoped_guard(mutex, &file->lock) {
		open = !file->closed;
		if (open)
			list_add_tail(&out->list, &file->out);
	}
	if (open)
		wake_up(&file->out_wake);
	else
		xs_out_free(out);
	xs_file_put(file);
}

static struct file_transaction *find_transaction(struct xs_file *file, u32 id)
{
	struct file_transaction *trans;

	lockdep_assert_held(&file->lock);
	list_for_each_entry(trans, &file->transactions, list) {
		if (trans->id == id)
			return trans;
	}
	return NULL;
}

/* Remembers a new transaction; without room for that it is ended at once. */
static int keep_transaction(struct xs_store *store, struct xs_file *file,
			    const char *reply)
{
	struct file_transaction *trans;
	u32 id;

	if (kstrtou32(reply, 10, &id) || !id) {
		pr_err_ratelimited("xenstore sent a malformed transaction id\n");
		return -EIO;
	}
	trans = kmalloc(sizeof(*trans), GFP_NOIO | __GFP_HIGH);
	if (trans) {
		trans->id = id;
		trans->generation = READ_ONCE(store->generation);
		guard(mutex)(&file->lock);
		if (!file->closed) {
			list_add(&trans->list, &file->transactions);
			return 0;
		}
	}
	kfree(trans);
	xs_abort_transaction(store, id);
	return -ENOMEM;
}

/* In the "xenbus" thread: the answer to a request that was passed on. */
static void answered(struct xs_store *store, struct xs_request *req)
{
	struct xs_out *out = req->owner;
	int err = req->err;

	xs_gate_leave(store);
	if (!err && req->reply_type == XS_TRANSACTION_START)
		err = keep_transaction(store, out->file, req->reply);
	if (err) {
		set_error(out, err);
	} else {
		out->hdr.type = req->reply_type;
		out->hdr.len = req->reply_len;
		out->body = req->reply;
		out->owned = req->reply;
		req->reply = NULL;
	}
	xs_request_free(req);
	out_queue(out);
}

/*
 * Whether the user may send something in a transaction: 0, -ENOENT for one that
 * is not his, -EAGAIN for one that ended with the domain's former life.
 */
static int check_transaction(struct xs_store *store, struct xs_file *file,
			     u32 id)
{
	struct file_transaction *trans;

	guard(mutex)(&file->lock);
	trans = find_transaction(file, id);
	if (!trans)
		return -ENOENT;
	return trans->generation == READ_ONCE(store->generation) ? 0 : -EAGAIN;
}

static void forget_transaction(struct xs_file *file, u32 id)
{
	struct file_transaction *trans;

	guard(mutex)(&file->lock);
	trans = find_transaction(file, id);
	if (!trans)
		return;
	list_del(&trans->list);
	kfree(trans);
}

/*
 * Behind the gate, so that a suspend waits. One that has waited for too long may come
 * between the check and the sending all the same: then the request is out of date.
 */
static int submit(struct xs_store *store, struct xs_out *out,
		  struct xs_request *req)
{
	int err = 0;

	xs_gate_enter(store, false);
	if (req->hdr.tx_id || req->hdr.type == XS_TRANSACTION_END) {
		req->dated = true;
		req->generation = READ_ONCE(store->generation);
		err = check_transaction(store, out->file, req->hdr.tx_id);
	}
	if (!err)
		err = xs_submit(store, req);
	if (err)
		xs_gate_leave(store);
	return err;
}

static int pass_on(struct xs_store *store, struct xs_out *out,
		   const struct xsd_sockmsg *hdr, char *body)
{
	struct kvec iov = { .iov_base = body, .iov_len = hdr->len };
	struct xs_request *req;
	int err;

	req = xs_request_alloc(hdr->type, hdr->tx_id, &iov, 1);
	if (IS_ERR(req))
		return PTR_ERR(req);
	req->owner = out;
	req->done = answered;
	err = submit(store, out, req);
	if (err)
		xs_request_free(req);
	return err;
}

/*
 * Some versions of xenstored end with an assertion, and all domains lose the store,
 * when one of these comes without the path that it is about.
 */
static bool lacks_path(const struct xsd_sockmsg *hdr, const char *body)
{
	switch (hdr->type) {
	case XS_DIRECTORY:
	case XS_READ:
	case XS_GET_PERMS:
	case XS_MKDIR:
	case XS_RM:
		return !hdr->len || strnlen(body, hdr->len) != hdr->len - 1;
	default:
		return false;
	}
}

static int do_request(struct xs_store *store, struct xs_out *out,
		      const struct xsd_sockmsg *hdr, char *body)
{
	bool end = hdr->type == XS_TRANSACTION_END;
	struct xs_file *file = out->file;
	int err;

	/* Would take the kernel's watches with it. */
	if (hdr->type == XS_RESET_WATCHES)
		return -EACCES;
	if (hdr->type == XS_TRANSACTION_START && hdr->tx_id)
		return -EINVAL;
	if (lacks_path(hdr, body))
		return -EINVAL;
	if (end && (hdr->len != 2 || (strcmp(body, "T") && strcmp(body, "F"))))
		return -EINVAL;
	/* What is passed on may be answered, read and freed already. */
	err = pass_on(store, out, hdr, body);
	/* Ended, or not there any more; a failure to ask ends nothing. */
	if (end && (!err || err == -EAGAIN))
		forget_transaction(file, hdr->tx_id);
	return err;
}

static int do_watch(struct xs_out *out, const struct xsd_sockmsg *hdr,
		    char *body)
{
	int err = xs_file_watch(out->file, hdr, body);

	if (err)
		return err;
	set_string(out, hdr->type, "OK");
	out_queue(out);
	return 0;
}

/*
 * A place among the requests that are under way or whose answers are unread. Who
 * sends more without reading would fill the memory.
 */
static bool count_request(struct xs_file *file, struct xs_out *out)
{
	out->counted = atomic_add_unless(&file->requests, 1,
					 XS_FILE_REQUESTS_MAX);
	return out->counted;
}

/**
 * xs_file_message - act on the message in xs_file.in
 * @file: the open file
 *
 * An error that the store could have reported is reported in its form.
 *
 * Context: xs_file.write_lock held, sleeps.
 * Return: 0, or -errno if the message cannot be answered at all: -ENODEV, -ENOMEM,
 * or -ENOBUFS when too many answers wait to be read.
 */
int xs_file_message(struct xs_file *file)
{
	const struct xsd_sockmsg *hdr = &file->in.hdr;
	char *body = file->in.bytes + sizeof(*hdr);
	struct xs_store *store = xs_store;
	struct xs_out *out;
	int err;

	lockdep_assert_held(&file->write_lock);
	if (!store)
		return -ENODEV;
	out = xs_out_alloc(file, hdr);
	if (!out)
		return -ENOMEM;
	if (!count_request(file, out)) {
		xs_out_free(out);
		return -ENOBUFS;
	}
	if (hdr->type == XS_WATCH || hdr->type == XS_UNWATCH)
		err = do_watch(out, hdr, body);
	else
		err = do_request(store, out, hdr, body);
	if (err) {
		set_error(out, err);
		out_queue(out);
	}
	return 0;
}

struct xs_file *xs_file_new(void)
{
	struct xs_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return NULL;
	kref_init(&file->ref);
	mutex_init(&file->write_lock);
	mutex_init(&file->read_lock);
	mutex_init(&file->lock);
	INIT_LIST_HEAD(&file->out);
	init_waitqueue_head(&file->out_wake);
	INIT_LIST_HEAD(&file->watches);
	INIT_LIST_HEAD(&file->transactions);
	return file;
}

static void end_transactions(struct xs_file *file)
{
	struct file_transaction *trans, *next;
	struct xs_store *store = xs_store;

	list_for_each_entry_safe(trans, next, &file->transactions, list) {
		if (store && trans->generation == READ_ONCE(store->generation))
			xs_abort_transaction(store, trans->id);
		kfree(trans);
	}
}

/**
 * xs_file_close - the last descriptor is closed
 * @file: the file; it lives on until requests under way are answered
 *
 * The store is told to end watches and transactions. That it has done so is not
 * waited for: a store that is silent must not hold up who exits.
 *
 * Context: sleeps, but not for the store.
 */
void xs_file_close(struct xs_file *file)
{
	struct xs_out *out, *next_out;
	LIST_HEAD(unread);

	might_sleep();
	/* Later events and answers find no reader, and new transactions no place. */
	scoped_guard(mutex, &file->lock) {
		file->closed = true;
		list_splice_init(&file->out, &unread);
	}
	list_for_each_entry_safe(out, next_out, &unread, list)
		xs_out_free(out);
	xs_file_end_watches(file);
	end_transactions(file);
	xs_file_put(file);
}
