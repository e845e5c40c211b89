// SPDX-License-Identifier: GPL-2.0
/*
 * Backends whose frontend is not there yet.
 *
 * A toolstack may make the two nodes of a device in any order. A backend that comes
 * first is no device before its frontend is there: a driver would take that for one
 * that is gone. Its frontend's node is watched instead.
 *
 * Entries are added by whoever scans the bus. Whoever takes one off the list frees it:
 * that is the scan that finds the backend gone, or the callback of its watch.
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
 * @list: on absents, in the order of @id
 * @id: none had this before
 * @bus: its bus
 * @watch: on the frontend's node, which is allocated
 * @node: the backend's node
 */
struct absent {
	struct list_head list;
	u64 id;
	struct xenbus_bus *bus;
	struct xenbus_watch watch;
	char node[];
};

/* The list; not held while waiting for the store. */
static DEFINE_MUTEX(absent_lock);
static LIST_HEAD(absents);
static u64 last_id;

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

/* The entry, which is the caller's now, or NULL if it is not on the list any more. */
static struct absent *take(u64 id)
{
	struct absent *absent;

	guard(mutex)(&absent_lock);
	list_for_each_entry(absent, &absents, list) {
		if (absent->id == id) {
			list_del(&absent->list);
			return absent;
		}
	}
	return NULL;
}

static void forget(u64 id)
{
	struct absent *absent = take(id);

	if (!absent)
		return;
	unregister_xenbus_watch(&absent->watch);
	free_absent(absent);
}

static void frontend_appears(struct xenbus_watch *watch, const char *path,
			     const char *token)
{
	struct absent *absent = container_of(watch, struct absent, watch);

	if (!xenbus_exists(XBT_NIL, watch->node, ""))
		return;
	/* While it is still known, so that it is not looked for again. */
	xenbus_add_node(absent->bus, absent->node);
	/* If it is gone again, its next event is waited for. */
	if (!xenbus_exists(XBT_NIL, watch->node, ""))
		return;
	/* Whoever else has taken it waits for us with freeing it. */
	forget(absent->id);
}

static u64 make_known(struct absent *absent)
{
	guard(mutex)(&absent_lock);
	absent->id = ++last_id;
	list_add_tail(&absent->list, &absents);
	return absent->id;
}

static int await(struct xenbus_bus *bus, const char *node, const char *front)
{
	size_t size = strlen(node) + 1;
	struct absent *absent;
	int err = -ENOMEM;
	u64 id;

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
		id = make_known(absent);
		err = register_xenbus_watch(&absent->watch);
		if (!err)
			return 0;
		absent = take(id);
	}
	if (absent)
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

/* The id of the first one below @dir behind @id, and a copy of its node, or 0. */
static u64 next_below(const struct xenbus_bus *bus, const char *dir, u64 id,
		      char **node)
{
	size_t len = strlen(dir);
	struct absent *absent;

	guard(mutex)(&absent_lock);
	list_for_each_entry(absent, &absents, list) {
		if (absent->id <= id || absent->bus != bus ||
		    strncmp(absent->node, dir, len) ||
		    (absent->node[len] && absent->node[len] != '/'))
			continue;
		*node = kstrdup(absent->node, GFP_KERNEL);
		return *node ? absent->id : 0;
	}
	return 0;
}

/**
 * xenbus_forget_absent - do not wait for the frontends of backends that are gone
 * @bus: a bus
 * @dir: where something has changed
 *
 * Context: sleeps.
 */
void xenbus_forget_absent(const struct xenbus_bus *bus, const char *dir)
{
	char *node;
	u64 id = 0;

	might_sleep();
	while ((id = next_below(bus, dir, id, &node))) {
		if (!xenbus_exists(XBT_NIL, node, ""))
			forget(id);
		kfree(node);
	}
}
