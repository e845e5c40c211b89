// SPDX-License-Identifier: GPL-2.0
/*
 * Taking a request out of the store: read it, and write the empty string in its
 * place, which tells the toolstack that it was seen. Both in one transaction, as
 * the toolstack may withdraw a request for which it has waited too long: then it
 * either is withdrawn or was taken.
 *
 * Each write to the node is an event, ours included, so most events find nothing.
 */
#define pr_fmt(fmt) "xen/control: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <xen/xenbus.h>

#include "control.h"

/* Only a write at the same time costs a try, and the next write is an event. */
#define TAKE_TRIES	100

/*
 * A value that cannot be overwritten is taken all the same: nobody but the
 * toolstack can have written it, and it wants more than an answer.
 */
static int answer(struct xenbus_transaction t, const char *key)
{
	int err = xenbus_write(t, "control", key, "");

	if (err)
		pr_warn_ratelimited("cannot acknowledge control/%s: %d\n", key,
				    err);
	return xenbus_transaction_end(t, 0);
}

static char *take_once(const char *key)
{
	struct xenbus_transaction t;
	char *value;
	int err;

	err = xenbus_transaction_start(&t);
	if (err)
		return ERR_PTR(err);

	value = xenbus_read(t, "control", key, NULL);
	if (XENBUS_IS_ERR_READ(value)) {
		xenbus_transaction_end(t, 1);
		return value;
	}

	err = answer(t, key);
	if (!err)
		return value;
	kfree(value);
	return ERR_PTR(err);
}

/**
 * xen_control_take - take a request
 * @key: node below "control"
 *
 * Context: sleeps.
 * Return: the request, not empty, to be freed with kfree(). NULL if there is
 * none, or, after a message, if the store did not let us have it.
 */
char *xen_control_take(const char *key)
{
	unsigned int tries = TAKE_TRIES;
	char *value;

	might_sleep();
	do {
		value = take_once(key);
		if (!IS_ERR(value))
			return value;
		cond_resched();
	} while (PTR_ERR(value) == -EAGAIN && --tries);

	if (!XENBUS_EXIST_ERR(PTR_ERR(value)))
		pr_err_ratelimited("cannot take a request from control/%s: %ld\n",
				   key, PTR_ERR(value));
	return NULL;
}
