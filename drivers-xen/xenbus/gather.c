// SPDX-License-Identifier: GPL-2.0
/*
 * Reading several nodes at once.
 *
 * All are asked for before the first answer is waited for: with a store in another
 * domain, waiting is what takes the time.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/stdarg.h>
#include "xenbus.h"

/* So many are asked for before answers are looked at. */
#define BATCH	8

/**
 * struct wanted - one node, from the arguments to its place
 * @req: the request for it, or ERR_PTR
 * @fmt: format of one conversion, NULL for the string itself
 * @result: where to store it
 */
struct wanted {
	struct xs_request *req;
	const char *fmt;
	void *result;
};

static int store_value(const struct wanted *want, char *value)
{
	int num;

	if (!want->fmt) {
		*(char **)want->result = value;
		return 0;
	}
	num = sscanf(value, want->fmt, want->result);
	kfree(value);
	return num == 1 ? 0 : -EINVAL;
}

/* Behind an error, answers are waited for but not stored. */
static int take_answers(struct xs_store *store, const struct wanted *want,
			unsigned int num)
{
	unsigned int i;
	char *value;
	int err = 0;

	for (i = 0; i < num; i++) {
		value = IS_ERR(want[i].req) ? ERR_CAST(want[i].req) :
			xs_read_end(store, want[i].req);
		if (!err && IS_ERR(value))
			err = PTR_ERR(value);
		else if (!err)
			err = store_value(want + i, value);
		else if (!IS_ERR(value))
			kfree(value);
	}
	return err;
}

static int gather(struct xs_store *store, struct xenbus_transaction t,
		  const char *dir, va_list ap)
{
	struct wanted want[BATCH];
	const char *name;
	unsigned int num;
	int err;

	do {
		for (num = 0; num < BATCH; num++) {
			name = va_arg(ap, const char *);
			if (!name)
				break;
			want[num].fmt = va_arg(ap, const char *);
			want[num].result = va_arg(ap, void *);
			want[num].req = xs_read_begin(store, t, dir, name);
		}
		err = take_answers(store, want, num);
	} while (!err && num == BATCH);
	return err;
}

/**
 * xenbus_gather - read several nodes of a directory
 * @t: transaction or XBT_NIL
 * @dir: directory
 *
 * Behind @dir follow triples and a final NULL: name, format for one conversion,
 * where to store it. With a NULL format the value itself is stored as a
 * kmalloc()ed string. After an error what came before has been stored.
 *
 * Context: sleeps.
 * Return: 0, -EINVAL for a value that does not fit its format, -ENODEV without
 * xenstore, or why a node could not be read.
 */
int xenbus_gather(struct xenbus_transaction t, const char *dir, ...)
{
	struct xs_store *store = xs_store;
	va_list ap;
	int err;

	might_sleep();
	if (!store)
		return -ENODEV;
	xs_gate_enter(store, t.id);
	va_start(ap, dir);
	err = gather(store, t, dir, ap);
	va_end(ap);
	xs_gate_leave(store);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_gather);
