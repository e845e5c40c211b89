// SPDX-License-Identifier: GPL-2.0
/*
 * Backends whose frontend is not there yet.
 *
 * A toolstack may make the two nodes of a device in any order. A backend that comes
 * first is no device before its frontend is there: a driver would take that for one
 * that is gone. Its frontend's node is watched instead.
 *
 * Entries are added by whoever scans the bus, and removed in the "xenwatch" thread
 * only, where all callbacks run.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/err.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "xenbus.h"

/**
 * struct absent - a backend that waits for its frontend
 * @list: on absents
 * @bus: its bus
 * @watch: on the frontend's node, which is allocated
 * @node: the backend's node
 */
struct absent {
	struct list_head list;
	struct xenbus_bus *bus;
	struct xenbus_watch watch;
	char node[];
};

static DEFINE_MUTEX(absent_lock);
static LIST_HEAD(absents);

static bool is_known(const struct xenbus_bus *bus, const char *node)
{
	struct absent *absent;

	lockdep_assert_held(&absent_lock);
	list_for_each_entry(absent, &absents, list) {
		if (absent->bus == bus && !strcmp(absent->node, node))
			return true;
	}
	return false;
}

static void free_absent(struct absent *absent)
{
	kfree(absent->watch.node);
	kfree(absent);
}

static void forget(struct absent *absent)
{
	unregister_xenbus_watch(&absent->watch);
	scoped_guard(mutex, &absent_lock)
		list_del(&absent->list);
	free_absent(absent);
}

static void frontend_appears(struct xenbus_watch *watch, const char *path,
			     const char *token)
{
	struct absent *absent = container_of(watch, struct absent, watch);
	int err;

	if (!xenbus_exists(XBT_NIL, watch->node, ""))
		return;
	/* While it is still known, so that it is not looked for again. */
	err = xenbus_add_node(absent->bus, absent->node);
	if (err)
		pr_warn_ratelimited("%s: no device: %d\n", absent->node, err);
	forget(absent);
}

static int await(struct xenbus_bus *bus, const char *node, const char *front)
{
	size_t size = strlen(node) + 1;
	struct absent *absent;
	int err = -ENOMEM;

	absent = kzalloc(struct_size(absent, node, size), GFP_KERNEL);
	if (!absent)
		return -ENOMEM;
	memcpy(absent->node, node, size);
	absent->bus = bus;
	absent->watch.callback = frontend_appears;
	absent->watch.will_handle = xenbus_watch_idle;
	absent->watch.node = kstrdup(front, GFP_KERNEL);
	if (absent->watch.node) {
		/* Known first: the callback may come before the call is over. */
		scoped_guard(mutex, &absent_lock)
			list_add(&absent->list, &absents);
		err = register_xenbus_watch(&absent->watch);
		if (!err)
			return 0;
		scoped_guard(mutex, &absent_lock)
			list_del(&absent->list);
	}
	free_absent(absent);
	return err;
}

/**
 * xenbus_has_frontend - whether the frontend of a backend is there
 * @bus: the backend's bus
 * @node: the backend's node
 *
 * If it is not, the backend becomes a device as soon as it is.
 *
 * Context: sleeps.
 */
bool xenbus_has_frontend(struct xenbus_bus *bus, const char *node)
{
	char *front = xenbus_read(XBT_NIL, node, "frontend", NULL);
	bool there, known;
	int err;

	/* The toolstack has not finished; there will be another event. */
	if (IS_ERR(front))
		return false;
	there = *front && xenbus_exists(XBT_NIL, front, "");
	if (*front && !there) {
		scoped_guard(mutex, &absent_lock)
			known = is_known(bus, node);
		err = known ? 0 : await(bus, node, front);
		if (err)
			pr_warn_ratelimited("%s: cannot wait for %s: %d\n",
					    node, front, err);
	}
	kfree(front);
	return there;
}

static struct absent *first_below(const struct xenbus_bus *bus, const char *dir)
{
	size_t len = strlen(dir);
	struct absent *absent;

	guard(mutex)(&absent_lock);
	list_for_each_entry(absent, &absents, list) {
		if (absent->bus == bus && !strncmp(absent->node, dir, len) &&
		    (!absent->node[len] || absent->node[len] == '/') &&
		    !xenbus_exists(XBT_NIL, absent->node, ""))
			return absent;
	}
	return NULL;
}

/**
 * xenbus_forget_absent - do not wait for the frontends of backends that are gone
 * @bus: a bus
 * @dir: where something has changed
 *
 * Context: the "xenwatch" thread, or before there is anything to forget.
 */
void xenbus_forget_absent(const struct xenbus_bus *bus, const char *dir)
{
	struct absent *absent;

	might_sleep();
	while ((absent = first_below(bus, dir)))
		forget(absent);
}
