// SPDX-License-Identifier: GPL-2.0
/*
 * The nodes of a bus: listing them, and reading the states of all at once.
 *
 * With a store in another domain, waiting is what takes the time; so many nodes are
 * not to wait as often as there are nodes.
 */
#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "xenbus.h"

/* So many states are asked for before the first answer is waited for. */
#define BATCH	16

static int add_node(struct list_head *nodes, const char *path)
{
	size_t size = strlen(path) + 1;
	struct xenbus_node *node;

	node = kzalloc(struct_size(node, path, size), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	memcpy(node->path, path, size);
	list_add_tail(&node->list, nodes);
	return 0;
}

/**
 * xenbus_list_nodes - list what may be devices
 * @dir: the root of a bus or a directory below it
 * @depth: how many levels @dir is above the devices
 * @nodes: list to add to, struct xenbus_node; free with xenbus_free_nodes()
 *
 * What cannot be read is left out.
 *
 * Context: sleeps.
 */
void xenbus_list_nodes(const char *dir, unsigned int depth,
		       struct list_head *nodes)
{
	char **names, *path;
	unsigned int i, num;

	might_sleep();
	names = xenbus_directory(XBT_NIL, dir, "", &num);
	if (IS_ERR(names))
		return;
	for (i = 0; i < num; i++) {
		path = xs_join(dir, names[i]);
		if (IS_ERR(path))
			break;
		if (depth > 1)
			xenbus_list_nodes(path, depth - 1, nodes);
		else if (add_node(nodes, path))
			i = num;
		kfree(path);
	}
	kfree(names);
}

static enum xenbus_state take_state(struct xs_store *store,
				    struct xs_request *req)
{
	enum xenbus_state state = XenbusStateUnknown;
	unsigned int num;
	char *value;

	value = IS_ERR(req) ? ERR_CAST(req) : xs_read_end(store, req);
	if (IS_ERR(value))
		return state;
	if (!kstrtouint(value, 10, &num) && num <= XenbusStateReconfigured)
		state = num;
	kfree(value);
	return state;
}

static struct xenbus_node *read_some(struct xs_store *store,
				     struct list_head *nodes,
				     struct xenbus_node *first)
{
	struct xs_request *reqs[BATCH];
	struct xenbus_node *node = first;
	unsigned int i, num = 0;

	list_for_each_entry_from(node, nodes, list) {
		if (num == BATCH)
			break;
		reqs[num++] = xs_read_begin(store, XBT_NIL, node->path,
					    "state");
	}
	for (i = 0; i < num; i++) {
		first->state = take_state(store, reqs[i]);
		first = list_next_entry(first, list);
	}
	return first;
}

/**
 * xenbus_read_states - read the states of nodes
 * @nodes: list of struct xenbus_node, whose states are filled in
 *
 * As xenbus_read_driver_state() for each, but waits only once for many.
 *
 * Context: sleeps.
 */
void xenbus_read_states(struct list_head *nodes)
{
	struct xs_store *store = xs_store;
	struct xenbus_node *node;

	might_sleep();
	if (!store)
		return;
	xs_gate_enter(store, false);
	node = list_first_entry(nodes, struct xenbus_node, list);
	while (!list_entry_is_head(node, nodes, list))
		node = read_some(store, nodes, node);
	xs_gate_leave(store);
}

/* The counterpart of xenbus_list_nodes(). */
void xenbus_free_nodes(struct list_head *nodes)
{
	struct xenbus_node *node, *next;

	list_for_each_entry_safe(node, next, nodes, list)
		kfree(node);
	INIT_LIST_HEAD(nodes);
}
