// SPDX-License-Identifier: GPL-2.0
/*
 * Keeping the devices of a bus in step with its directory in xenstore.
 *
 * A device is a node a fixed number of levels below the root: device/vbd/51712
 * or backend/vbd/1/51712. It is registered when its node is there and in state
 * Initialising, and unregistered when the node is gone. All of this runs either
 * in the "xenwatch" thread or, once, before the root is watched, so there is
 * only one who adds and removes. Any step may be repeated.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include <xen/grant_table.h>
#include "xenbus.h"

static unsigned int slashes(const char *path)
{
	unsigned int num = 0;

	for (; *path; path++)
		num += *path == '/';
	return num;
}

/**
 * xenbus_bus_id - name of a device in sysfs
 * @bus: its bus
 * @node: its node, like device/vbd/51712
 * @id: where to store the name, like vbd-51712
 * @size: room at @id
 *
 * Return: 0, or -EINVAL for what is no node of a device.
 */
int xenbus_bus_id(const struct xenbus_bus *bus, const char *node, char *id,
		  size_t size)
{
	size_t root = strlen(bus->root);

	if (strncmp(node, bus->root, root) || node[root] != '/' ||
	    slashes(node) != bus->depth || strstr(node, "//") ||
	    node[strlen(node) - 1] == '/')
		return -EINVAL;
	if (strscpy(id, node + root + 1, size) < 0)
		return -EINVAL;
	strreplace(id, '/', '-');
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_bus_id);

static void release_device(struct device *dev)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);

	kfree(xdev->hidden);
	kfree(xdev);
}

/* The strings stand behind the structure and go with it. */
static struct xenbus_device *alloc_device(struct xenbus_bus *bus,
					  const char *node)
{
	const char *type = node + strlen(bus->root) + 1;
	size_t type_len = strcspn(type, "/");
	size_t node_size = strlen(node) + 1;
	struct xenbus_device *xdev;
	char *strings;

	xdev = kzalloc(sizeof(*xdev) + node_size + type_len + 1, GFP_KERNEL);
	if (!xdev)
		return NULL;
	strings = (char *)(xdev + 1);
	memcpy(strings, node, node_size);
	xdev->nodename = strings;
	strings += node_size;
	memcpy(strings, type, type_len);
	xdev->devicetype = strings;

	xenbus_set_initialising(xdev);
	xdev->spurious_threshold = 1;
	init_completion(&xdev->down);
	sema_init(&xdev->reclaim_sem, 1);
	xdev->dev.bus = &bus->bus;
	xdev->dev.release = release_device;
	return xdev;
}

/* With @held, it is not probed before xenbus_attach_devices(). */
static int register_node(struct xenbus_bus *bus, const char *node, bool held)
{
	struct xenbus_device *xdev;
	char id[64];
	int err;

	err = xenbus_bus_id(bus, node, id, sizeof(id));
	if (err)
		return err;
	xdev = alloc_device(bus, node);
	if (!xdev)
		return -ENOMEM;
	xdev->held = held;
	device_initialize(&xdev->dev);
	err = dev_set_name(&xdev->dev, "%s", id);
	if (!err)
		err = device_add(&xdev->dev);
	if (err)
		put_device(&xdev->dev);
	return err;
}

static int has_node(struct device *dev, const void *node)
{
	return !strcmp(to_xenbus_device(dev)->nodename, node);
}

static bool is_device(struct xenbus_bus *bus, const char *node)
{
	struct device *dev = bus_find_device(&bus->bus, NULL, node, has_node);

	put_device(dev);
	return dev;
}

/* Whether a device may begin its life with the state that its node has. */
static bool is_new(struct xenbus_bus *bus, const char *node,
		   enum xenbus_state state)
{
	return state == XenbusStateInitialising &&
		(bus->is_frontend || xenbus_has_frontend(bus, node));
}

static int add_node(struct xenbus_bus *bus, const char *node,
		    enum xenbus_state state, bool held)
{
	int err = 0;

	if (is_new(bus, node, state))
		err = register_node(bus, node, held);
	if (err)
		pr_warn_ratelimited("%s: no device: %d\n", node, err);
	return err;
}

/**
 * xenbus_add_node - register the device of a node unless it is there
 * @bus: its bus
 * @node: its node
 *
 * A node in any state but Initialising is no new device: the toolstack is still
 * working on it, or it is on its way out.
 *
 * Context: sleeps.
 * Return: 0 or -errno.
 */
int xenbus_add_node(struct xenbus_bus *bus, const char *node)
{
	might_sleep();
	if (is_device(bus, node))
		return 0;
	return add_node(bus, node, xenbus_read_driver_state(node), false);
}
EXPORT_SYMBOL_GPL(xenbus_add_node);

/*
 * Whether the node of a device is gone. Only a clear answer counts: devices
 * are not to vanish because the store has a problem.
 */
static bool is_gone(struct device *dev)
{
	const char *node = to_xenbus_device(dev)->nodename;
	char *value = xenbus_read(XBT_NIL, node, "", NULL);

	if (IS_ERR(value))
		return PTR_ERR(value) == -ENOENT || PTR_ERR(value) == -EACCES;
	kfree(value);
	return false;
}

/*
 * Nobody is to be told of its end: a node with its name that comes now is that of the
 * next device.
 */
static void unregister_gone(struct device *dev)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);

	WRITE_ONCE(xdev->gone, true);
	/* Its lock may be held by somebody who takes the driver away, which waits. */
	if (READ_ONCE(xdev->leaving))
		xenbus_hide_otherend(xdev);
	device_unregister(dev);
}

static void make_anew(struct xenbus_bus *bus, struct device *dev,
		      const char *node)
{
	unregister_gone(dev);
	xenbus_add_node(bus, node);
}

static void check_device(struct xenbus_bus *bus, struct device *dev,
			 const char *node)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);
	/* Before that of the node, see reattach.c. */
	enum xenbus_state ours = READ_ONCE(xdev->state);
	enum xenbus_state state = xenbus_read_driver_state(node);

	if (state == XenbusStateUnknown && is_gone(dev))
		unregister_gone(dev);
	else if (state == XenbusStateInitialising && bus->is_frontend &&
		 !xenbus_reattach(xdev, ours))
		make_anew(bus, dev, node);
}

/**
 * struct listed - what there is in xenstore
 * @dir: below this
 * @nodes: as struct xenbus_node, by the hash of their paths
 */
struct listed {
	const char *dir;
	DECLARE_HASHTABLE(nodes, 6);
};

static unsigned int hash_of(const char *path)
{
	return full_name_hash(NULL, path, strlen(path));
}

static void make_listed(struct listed *listed, const char *dir,
			struct list_head *nodes)
{
	struct xenbus_node *node;

	listed->dir = dir;
	hash_init(listed->nodes);
	list_for_each_entry(node, nodes, list)
		hash_add(listed->nodes, &node->hash, hash_of(node->path));
}

static struct xenbus_node *find_listed(const struct listed *listed,
				       const char *path)
{
	struct xenbus_node *node;

	hash_for_each_possible(listed->nodes, node, hash, hash_of(path)) {
		if (!strcmp(node->path, path))
			return node;
	}
	return NULL;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] == '/';
}

/* What is not in the list may be gone, or the list could not be read. */
static int compare_device(struct device *dev, void *data)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);
	const struct listed *listed = data;
	struct xenbus_node *node = find_listed(listed, xdev->nodename);

	if (node)
		node->known = true;
	else if (is_below(xdev->nodename, listed->dir) && is_gone(dev))
		WRITE_ONCE(xdev->gone, true);
	return 0;
}

static int marked_gone(struct device *dev, const void *unused)
{
	return to_xenbus_device(dev)->gone;
}

/* The event that its node is another one may have been lost among many. */
static void check_known(struct xenbus_bus *bus, const char *node)
{
	struct device *dev;

	if (!bus->is_frontend)
		return;
	dev = bus_find_device(&bus->bus, NULL, node, has_node);
	if (dev && READ_ONCE(to_xenbus_device(dev)->state) !=
	    XenbusStateInitialising)
		check_device(bus, dev, node);
	put_device(dev);
}

/* What one side does not have: nodes that are no devices yet stay on the list. */
static void compare(struct xenbus_bus *bus, const char *dir,
		    struct list_head *nodes)
{
	struct xenbus_node *node, *next;
	struct listed listed;
	struct device *dev;

	make_listed(&listed, dir, nodes);
	bus_for_each_dev(&bus->bus, NULL, &listed, compare_device);
	while ((dev = bus_find_device(&bus->bus, NULL, NULL, marked_gone))) {
		unregister_gone(dev);
		put_device(dev);
	}
	list_for_each_entry_safe(node, next, nodes, list) {
		if (!node->known)
			continue;
		check_known(bus, node->path);
		list_del(&node->list);
		kfree(node);
	}
}

static void add_all(struct xenbus_bus *bus, struct list_head *nodes)
{
	struct xenbus_node *node;

	list_for_each_entry(node, nodes, list)
		add_node(bus, node->path, node->state, true);
	xenbus_attach_devices(bus);
}

/**
 * xenbus_scan - compare a part of a bus with xenstore
 * @bus: the bus
 * @dir: the root of the bus or a directory below it
 * @depth: how many levels @dir is above the devices
 *
 * Before there were any devices of ours, one that is not in state Initialising is one
 * that was used before, see takeover.c.
 *
 * Context: sleeps.
 */
void xenbus_scan(struct xenbus_bus *bus, const char *dir, unsigned int depth)
{
	LIST_HEAD(nodes);

	might_sleep();
	xenbus_forget_absent(bus, dir);
	xenbus_list_nodes(dir, depth, &nodes);
	compare(bus, dir, &nodes);
	xenbus_read_states(&nodes);
	if (bus->take_over_ms) {
		xenbus_take_over_all(&nodes, bus->take_over_ms);
		/* What their backends had mapped is to be had again. */
		gnttab_look_at_deferred();
	}
	add_all(bus, &nodes);
	xenbus_free_nodes(&nodes);
}
EXPORT_SYMBOL_GPL(xenbus_scan);

/* Removes the device of @node if the node is gone, else looks at it anew. */
static void check_node(struct xenbus_bus *bus, const char *node)
{
	struct device *dev;

	xenbus_forget_absent(bus, node);
	dev = bus_find_device(&bus->bus, NULL, node, has_node);
	if (dev)
		check_device(bus, dev, node);
	else
		xenbus_add_node(bus, node);
	put_device(dev);
}

/**
 * xenbus_root_changed - callback of the watch on the root of a bus
 * @watch: that of the bus
 * @path: what changed
 * @token: not used
 */
void xenbus_root_changed(struct xenbus_watch *watch, const char *path,
			 const char *token)
{
	struct xenbus_bus *bus = container_of(watch, struct xenbus_bus, watch);
	const char *end = path;
	unsigned int level;
	char *node;

	might_sleep();
	for (level = 0; level <= bus->depth; level++) {
		end += strcspn(end, "/");
		if (!*end)
			break;
		end++;
	}
	/* Above the devices: anything may have come or gone. */
	if (level < bus->depth) {
		xenbus_scan(bus, path, bus->depth - level);
		return;
	}
	if (*path && end > path && end[-1] == '/')
		end--;
	node = kstrndup(path, end - path, GFP_KERNEL);
	if (!node)
		return;
	check_node(bus, node);
	kfree(node);
}
EXPORT_SYMBOL_GPL(xenbus_root_changed);
