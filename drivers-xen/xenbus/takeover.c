// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that somebody else in this domain has used before us.
 *
 * A boot loader that read the kernel from a disk, or a kernel that was left by kexec
 * without the toolstack's help, leaves frontends behind in any state, and backends
 * that serve them. Each such pair is closed the way that any frontend closes, and the
 * frontend then starts anew:
 *
 *	backend			frontend goes to
 *	Initialised to		Closing
 *	Connected
 *	Closing			Closed
 *	Closed			Initialising, and the backend gets ready again
 *	others			Initialising
 *
 * What the two had agreed on goes before that: the frontend to come may have one queue
 * where the other had two, and say nothing of a number.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/slab.h>
#include "xenbus.h"

/* From Connected to Initialising, and one to spare */
#define STEPS_MAX	4
#define POLL_MS		10

static enum xenbus_state next_state(enum xenbus_state backend)
{
	if (xenbus_is_active(backend))
		return XenbusStateClosing;
	return backend == XenbusStateClosing ? XenbusStateClosed :
					       XenbusStateInitialising;
}

/* The state that follows @old, which is @old itself when the time is over. */
static enum xenbus_state wait_for_change(const char *backend,
					 enum xenbus_state old,
					 unsigned int timeout_ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(timeout_ms);
	enum xenbus_state now = xenbus_read_driver_state(backend);

	while (now == old && time_before(jiffies, end)) {
		msleep(POLL_MS);
		now = xenbus_read_driver_state(backend);
	}
	return now;
}

static bool is_agreed(const char *key)
{
	static const char * const parts[] = { "ring-ref", "event-channel" };
	static const char * const prefixes[] = {
		"feature-", "multi-queue-num-queues", "num-ring-pages", "num-rings",
		"page-gref", "page-ref", "pci-op-ref", "queue-", "request-",
		"ring-page-order", "xdp-headroom",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		if (strstr(key, parts[i]))
			return true;
	}
	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (strstarts(key, prefixes[i]))
			return true;
	}
	return false;
}

/* What frontends write, and toolstacks do not; not what lies in nodes below */
static int forget_agreed(const char *node)
{
	unsigned int num, i;
	char **keys;
	int err = 0;

	keys = xenbus_directory(XBT_NIL, node, "", &num);
	if (IS_ERR(keys))
		return PTR_ERR(keys);
	for (i = 0; i < num && !err; i++) {
		if (is_agreed(keys[i]))
			err = xenbus_rm(XBT_NIL, node, keys[i]);
	}
	kfree(keys);
	return err;
}

static int go_to(const char *node, enum xenbus_state state)
{
	int err = state == XenbusStateInitialising ? forget_agreed(node) : 0;

	return err ?: xenbus_printf(XBT_NIL, node, "state", "%d", state);
}

static int close_pair(const char *node, const char *backend,
		      unsigned int timeout_ms)
{
	enum xenbus_state state = xenbus_read_driver_state(backend);
	enum xenbus_state next, old;
	unsigned int step;
	int err;

	for (step = 0; step < STEPS_MAX; step++) {
		next = next_state(state);
		err = go_to(node, next);
		if (err)
			return err;
		if (next == XenbusStateInitialising &&
		    state != XenbusStateClosed)
			return 0;
		old = state;
		state = wait_for_change(backend, old, timeout_ms);
		/* One that stays closed comes up when the driver does. */
		if (next == XenbusStateInitialising)
			return 0;
		if (state == old)
			return -ETIMEDOUT;
	}
	return -EBUSY;
}

/**
 * xenbus_take_over - make a frontend that was in use a new one
 * @node: its node
 * @timeout_ms: how long its backend may take for each step
 *
 * Context: sleeps; before there is a device for @node.
 * Return: 0, -ENOENT without a backend, -ETIMEDOUT or -EBUSY for one that does not
 * close, or the store's error. The device is then left as it is.
 */
int xenbus_take_over(const char *node, unsigned int timeout_ms)
{
	char *backend;
	int err;

	might_sleep();
	backend = xenbus_read(XBT_NIL, node, "backend", NULL);
	if (IS_ERR(backend))
		return PTR_ERR(backend);
	err = *backend ? close_pair(node, backend, timeout_ms) : -ENOENT;
	if (err)
		pr_warn("%s is in use and its backend does not let go of it: %d\n",
			node, err);
	else
		pr_info("%s was in use, starting it anew\n", node);
	kfree(backend);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_take_over);

static void take_over(struct xenbus_job *job)
{
	struct xenbus_node *node = container_of(job, struct xenbus_node, job);

	if (!xenbus_take_over(node->path, node->timeout_ms))
		node->state = XenbusStateInitialising;
}

/* One without a state has not been made yet. */
static bool is_in_use(const struct xenbus_node *node)
{
	return node->state != XenbusStateUnknown &&
		node->state != XenbusStateInitialising;
}

/**
 * xenbus_take_over_all - make new ones of all frontends that were in use
 * @nodes: as struct xenbus_node, with states; those of frontends that are new now
 *	change to Initialising
 * @timeout_ms: how long each backend may take for each step
 *
 * Several at the same time: XENBUS_AT_ONCE backends that do not let go cost as much
 * as one.
 *
 * Context: sleeps; before there are devices for @nodes.
 */
void xenbus_take_over_all(struct list_head *nodes, unsigned int timeout_ms)
{
	struct xenbus_node *node;
	LIST_HEAD(jobs);

	might_sleep();
	list_for_each_entry(node, nodes, list) {
		if (!is_in_use(node))
			continue;
		node->timeout_ms = timeout_ms;
		node->job.run = take_over;
		list_add_tail(&node->job.list, &jobs);
	}
	xenbus_do_together(&jobs);
}
