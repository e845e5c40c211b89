// SPDX-License-Identifier: GPL-2.0
/*
 * The typed calls: read, write, list, transactions.
 *
 * All of them sleep until the store has answered; see request.c for what that
 * means with a store that does not. Names are passed as directory and node and
 * joined here; a name without a leading slash is below the domain's own
 * directory. Results are kmalloc()ed and belong to the caller.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "xenbus.h"

#define XS_GFP	(GFP_NOIO | __GFP_HIGH)

/* The errno for the name in an XS_ERROR reply; negative. */
int xs_error_to_errno(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(xsd_errors); i++) {
		if (!strcmp(name, xsd_errors[i].errstring))
			return -xsd_errors[i].errnum;
	}
	/* Newer than the table in older headers. */
	if (!strcmp(name, "EPERM"))
		return -EPERM;
	pr_warn_ratelimited("xenstore reported an unknown error\n");
	return -EINVAL;
}

/* The name for a negative errno, for replies that we make up. */
const char *xs_errno_to_error(int err)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(xsd_errors); i++) {
		if (xsd_errors[i].errnum == -err)
			return xsd_errors[i].errstring;
	}
	return "EINVAL";
}

static void *take_reply(struct xs_request *req, unsigned int *len)
{
	char *reply = req->reply;

	if (req->reply_type == XS_ERROR)
		return ERR_PTR(xs_error_to_errno(reply));
	if (len)
		*len = req->reply_len;
	req->reply = NULL;
	return reply;
}

static void *wait_and_take(struct xs_store *store, struct xs_request *req,
			   unsigned int *len)
{
	int err = xs_request_wait(store, req);
	void *reply;

	/* Left behind, it belongs to the "xenbus" thread. */
	if (err == -EINTR)
		return ERR_PTR(err);
	reply = err ? ERR_PTR(err) : take_reply(req, len);
	xs_request_free(req);
	return reply;
}

static void *submit_and_wait(struct xs_store *store, struct xs_request *req,
			     unsigned int *len)
{
	int err = xs_queue(store, req);

	if (!err)
		return wait_and_take(store, req, len);
	xs_request_free(req);
	return ERR_PTR(err);
}

static struct xs_request *request_in(struct xenbus_transaction t, u32 type,
				     const struct kvec *iov, unsigned int num)
{
	struct xs_request *req = xs_request_alloc(type, t.id, iov, num);

	if (!IS_ERR(req) && t.id) {
		req->dated = true;
		req->generation = t.generation;
	}
	return req;
}

/**
 * xs_talk - send a request and wait for the reply
 * @t: transaction or XBT_NIL
 * @type: XS_*
 * @iov: pieces of the body
 * @num: number of pieces
 * @len: where to store the length of the reply, or NULL
 *
 * Context: sleeps.
 * Return: body of the reply with a NUL behind it, or ERR_PTR: the store's
 * error, -ENODEV without a store, -EIO if the connection is broken, -EAGAIN in a
 * transaction that a suspend has cut off, -EINTR for a killed task, -E2BIG, -ENOMEM.
 */
void *xs_talk(struct xenbus_transaction t, u32 type, const struct kvec *iov,
	      unsigned int num, unsigned int *len)
{
	struct xs_store *store = xs_store;
	struct xs_request *req;
	void *reply;

	might_sleep();
	if (!store)
		return ERR_PTR(-ENODEV);
	req = request_in(t, type, iov, num);
	if (IS_ERR(req))
		return req;
	/* xenbus_transaction_start() has passed the gate for its own. */
	xs_gate_enter(store, t.id || type == XS_TRANSACTION_START);
	reply = submit_and_wait(store, req, len);
	xs_gate_leave(store);
	return reply;
}

static void *talk_string(struct xenbus_transaction t, u32 type,
			 const char *string, unsigned int *len)
{
	struct kvec iov = {
		.iov_base = (void *)string,
		.iov_len = strlen(string) + 1,
	};

	return xs_talk(t, type, &iov, 1, len);
}

static int result_of(void *reply)
{
	if (IS_ERR(reply))
		return PTR_ERR(reply);
	kfree(reply);
	return 0;
}

/* "dir/name", or "dir" alone for an empty name; kmalloc()ed or ERR_PTR. */
char *xs_join(const char *dir, const char *name)
{
	char *path;

	might_sleep();
	path = kasprintf(XS_GFP, *name ? "%s/%s" : "%s", dir, name);
	return path ? path : ERR_PTR(-ENOMEM);
}

static void *talk_node(struct xenbus_transaction t, u32 type, const char *dir,
		       const char *node, unsigned int *len)
{
	char *path = xs_join(dir, node);
	void *reply;

	if (IS_ERR(path))
		return path;
	reply = talk_string(t, type, path, len);
	kfree(path);
	return reply;
}

/**
 * xs_read_begin - ask for a node's value
 * @store: the connection; the caller has passed its gate
 * @t: transaction or XBT_NIL
 * @dir: directory
 * @node: name below @dir, may be empty
 *
 * Context: may sleep, but not for the store.
 * Return: the request, to be given to xs_read_end(), or ERR_PTR.
 */
struct xs_request *xs_read_begin(struct xs_store *store,
				 struct xenbus_transaction t, const char *dir,
				 const char *node)
{
	char *path = xs_join(dir, node);
	struct xs_request *req;
	struct kvec iov;
	int err;

	if (IS_ERR(path))
		return ERR_CAST(path);
	iov.iov_base = path;
	iov.iov_len = strlen(path) + 1;
	req = request_in(t, XS_READ, &iov, 1);
	kfree(path);
	if (IS_ERR(req))
		return req;
	err = xs_queue(store, req);
	if (!err)
		return req;
	xs_request_free(req);
	return ERR_PTR(err);
}

/**
 * xs_read_end - wait for the value that xs_read_begin() asked for
 * @store: the connection
 * @req: the request; gone afterwards
 *
 * Context: sleeps.
 * Return: as xenbus_read().
 */
void *xs_read_end(struct xs_store *store, struct xs_request *req)
{
	might_sleep();
	return wait_and_take(store, req, NULL);
}

/**
 * xenbus_exists - whether a node exists
 * @t: transaction or XBT_NIL
 * @dir: directory
 * @node: name below @dir, may be empty
 *
 * Context: sleeps.
 * Return: 1 or 0; an error reads as 0.
 */
int xenbus_exists(struct xenbus_transaction t, const char *dir,
		  const char *node)
{
	return !result_of(talk_node(t, XS_READ, dir, node, NULL));
}
EXPORT_SYMBOL_GPL(xenbus_exists);

/**
 * xenbus_read - read a node
 * @t: transaction or XBT_NIL
 * @dir: directory
 * @node: name below @dir, may be empty
 * @len: where to store the length without the final NUL, or NULL
 *
 * Context: sleeps.
 * Return: the NUL terminated value, to be freed with kfree(), or ERR_PTR.
 */
void *xenbus_read(struct xenbus_transaction t, const char *dir,
		  const char *node, unsigned int *len)
{
	return talk_node(t, XS_READ, dir, node, len);
}
EXPORT_SYMBOL_GPL(xenbus_read);

/**
 * xenbus_write - write a node, making it and its parents if needed
 * @t: transaction or XBT_NIL
 * @dir: directory
 * @node: name below @dir, may be empty
 * @string: new value
 *
 * Context: sleeps.
 * Return: 0 or -errno.
 */
int xenbus_write(struct xenbus_transaction t, const char *dir,
		 const char *node, const char *string)
{
	char *path = xs_join(dir, node);
	struct kvec iov[2];
	int err;

	if (IS_ERR(path))
		return PTR_ERR(path);
	iov[0].iov_base = path;
	iov[0].iov_len = strlen(path) + 1;
	iov[1].iov_base = (void *)string;
	iov[1].iov_len = strlen(string);
	err = result_of(xs_talk(t, XS_WRITE, iov, ARRAY_SIZE(iov), NULL));
	kfree(path);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_write);

/**
 * xenbus_mkdir - make a node, and its parents, unless it exists
 * @t: transaction or XBT_NIL
 * @dir: directory
 * @node: name below @dir
 *
 * Context: sleeps.
 * Return: 0 or -errno.
 */
int xenbus_mkdir(struct xenbus_transaction t, const char *dir,
		 const char *node)
{
	return result_of(talk_node(t, XS_MKDIR, dir, node, NULL));
}
EXPORT_SYMBOL_GPL(xenbus_mkdir);

/**
 * xenbus_rm - remove a node and all below it
 * @t: transaction or XBT_NIL
 * @dir: directory
 * @node: name below @dir
 *
 * Context: sleeps.
 * Return: 0 or -errno.
 */
int xenbus_rm(struct xenbus_transaction t, const char *dir, const char *node)
{
	return result_of(talk_node(t, XS_RM, dir, node, NULL));
}
EXPORT_SYMBOL_GPL(xenbus_rm);

static int start_transaction(u32 *id)
{
	char *reply = talk_string(XBT_NIL, XS_TRANSACTION_START, "", NULL);
	int err;

	if (IS_ERR(reply))
		return PTR_ERR(reply);
	err = kstrtou32(reply, 10, id);
	kfree(reply);
	if (!err && *id)
		return 0;
	pr_err_ratelimited("xenstore sent a malformed transaction id\n");
	return -EIO;
}

/**
 * xenbus_transaction_start - begin a transaction
 * @t: the transaction; valid only on success
 *
 * An open transaction holds up a suspend, so it must be ended soon.
 *
 * Context: sleeps, for the time of a suspend as well.
 * Return: 0 or -errno.
 */
int xenbus_transaction_start(struct xenbus_transaction *t)
{
	struct xs_store *store = xs_store;
	int err;

	might_sleep();
	if (!store)
		return -ENODEV;
	xs_gate_enter(store, false);
	/* Before the number, so that it is not that of the next connection. */
	t->generation = READ_ONCE(store->generation);
	err = start_transaction(&t->id);
	if (err)
		xs_gate_leave(store);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_transaction_start);

/**
 * xenbus_transaction_end - end a transaction
 * @t: the transaction, not valid any more afterwards
 * @abort: throw the changes away
 *
 * Context: sleeps.
 * Return: 0, -EAGAIN if somebody else was faster: start again from the
 * beginning, or another -errno.
 */
int xenbus_transaction_end(struct xenbus_transaction t, int abort)
{
	struct xs_store *store = xs_store;
	int err;

	might_sleep();
	if (!store)
		return -ENODEV;
	if (!t.id)
		return -EINVAL;
	err = result_of(talk_string(t, XS_TRANSACTION_END, abort ? "F" : "T",
				    NULL));
	xs_gate_leave(store);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_transaction_end);

/**
 * xenbus_scanf - read a node and convert it
 * @t: transaction or XBT_NIL
 * @dir: directory
 * @node: name below @dir, may be empty
 * @fmt: as for sscanf()
 *
 * Context: sleeps.
 * Return: number of conversions, -ERANGE if there was none, or why the node
 * could not be read.
 */
int xenbus_scanf(struct xenbus_transaction t, const char *dir,
		 const char *node, const char *fmt, ...)
{
	char *value = xenbus_read(t, dir, node, NULL);
	va_list ap;
	int num;

	if (IS_ERR(value))
		return PTR_ERR(value);
	va_start(ap, fmt);
	num = vsscanf(value, fmt, ap);
	va_end(ap);
	kfree(value);
	return num ? num : -ERANGE;
}
EXPORT_SYMBOL_GPL(xenbus_scanf);

/**
 * xenbus_read_unsigned - read a number that may be absent
 * @dir: directory
 * @node: name below @dir
 * @default_val: what to take if the node cannot be read or is no number
 *
 * Context: sleeps.
 * Return: the number or @default_val.
 */
unsigned int xenbus_read_unsigned(const char *dir, const char *node,
				  unsigned int default_val)
{
	unsigned int val;

	if (xenbus_scanf(XBT_NIL, dir, node, "%u", &val) == 1)
		return val;
	return default_val;
}
EXPORT_SYMBOL_GPL(xenbus_read_unsigned);

/**
 * xenbus_printf - format a value and write it to a node
 * @t: transaction or XBT_NIL
 * @dir: directory
 * @node: name below @dir, may be empty
 * @fmt: as for printf()
 *
 * Context: sleeps.
 * Return: 0 or -errno.
 */
int xenbus_printf(struct xenbus_transaction t, const char *dir,
		  const char *node, const char *fmt, ...)
{
	va_list ap;
	char *value;
	int err;

	might_sleep();
	va_start(ap, fmt);
	value = kvasprintf(XS_GFP, fmt, ap);
	va_end(ap);
	if (!value)
		return -ENOMEM;
	err = xenbus_write(t, dir, node, value);
	kfree(value);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_printf);
