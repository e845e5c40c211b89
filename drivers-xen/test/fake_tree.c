// SPDX-License-Identifier: GPL-2.0
/* The nodes of a fake xenstored, and transactions on them. See fake_tree.h. */

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fake_tree.h"

#define MUST	(GFP_KERNEL | __GFP_NOFAIL)

/**
 * struct fake_transaction - a transaction
 * @list: in fake_tree::transactions
 * @id: its number
 * @copy: the tree as it was when the transaction began, with its own changes
 * @touched: as struct touched
 */
struct fake_transaction {
	struct list_head list;
	u32 id;
	struct fake_tree copy;
	struct list_head touched;
};

/**
 * struct touched - a node that a transaction depends on
 * @list: in fake_transaction::touched
 * @path: absolute
 * @seen: its generation before the transaction, 0 if there was none
 * @changed: it is to be changed, not only looked at
 */
struct touched {
	struct list_head list;
	char *path;
	u64 seen;
	bool changed;
};

void fake_tree_init(struct fake_tree *tree)
{
	INIT_LIST_HEAD(&tree->nodes);
	INIT_LIST_HEAD(&tree->transactions);
	tree->generation = 0;
}

char *fake_full_path(const char *path)
{
	if (path[0] == '/' || path[0] == '@')
		return kstrdup(path, MUST);
	return kasprintf(MUST, FAKE_HOME "%s", path);
}

bool fake_is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
}

static struct fake_node *find(struct fake_tree *tree, const char *full)
{
	struct fake_node *node;

	list_for_each_entry(node, &tree->nodes, list) {
		if (!strcmp(node->path, full))
			return node;
	}
	return NULL;
}

struct fake_node *fake_tree_find(struct fake_tree *tree, const char *path)
{
	char *full = fake_full_path(path);
	struct fake_node *node = find(tree, full);

	kfree(full);
	return node;
}

static char *parent_of(const char *full)
{
	const char *slash = strrchr(full, '/');

	return slash && slash > full ? kstrndup(full, slash - full, MUST) : NULL;
}

static void touch(struct fake_tree *tree, struct fake_node *node)
{
	node->generation = ++tree->generation;
}

static void touch_parent(struct fake_tree *tree, const char *full)
{
	char *parent = parent_of(full);
	struct fake_node *node = parent ? find(tree, parent) : NULL;

	if (node)
		touch(tree, node);
	kfree(parent);
}

static struct fake_node *add_node(struct fake_tree *tree, const char *full)
{
	struct fake_node *node = kzalloc(sizeof(*node), MUST);

	node->path = kstrdup(full, MUST);
	list_add_tail(&node->list, &tree->nodes);
	return node;
}

static void put_value(struct fake_node *node, const char *value,
		      unsigned int len)
{
	char *copy = kmemdup_nul(value, len, MUST);

	kfree(node->value);
	node->value = copy;
	node->len = len;
}

/* One node; its parent is there */
static struct fake_node *make(struct fake_tree *tree, const char *full)
{
	struct fake_node *node = find(tree, full);

	if (node)
		return node;
	node = add_node(tree, full);
	put_value(node, "", 0);
	touch(tree, node);
	touch_parent(tree, full);
	return node;
}

void fake_tree_set(struct fake_tree *tree, const char *path, const char *value,
		   unsigned int len)
{
	char *full = fake_full_path(path);
	char *slash = full;
	struct fake_node *node;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		make(tree, full);
		*slash = '/';
	}
	node = make(tree, full);
	put_value(node, value, len);
	touch(tree, node);
	kfree(full);
}

void fake_tree_perms(struct fake_tree *tree, const char *path,
		     const char *perms, unsigned int len)
{
	struct fake_node *node = fake_tree_find(tree, path);

	if (!node)
		return;
	kfree(node->perms);
	node->perms = kmemdup(perms, len, MUST);
	node->perms_len = len;
	touch(tree, node);
}

static void free_node(struct fake_node *node)
{
	list_del(&node->list);
	kfree(node->path);
	kfree(node->value);
	kfree(node->perms);
	kfree(node);
}

void fake_tree_remove(struct fake_tree *tree, const char *path)
{
	char *full = fake_full_path(path);
	struct fake_node *node, *next;

	list_for_each_entry_safe(node, next, &tree->nodes, list) {
		if (fake_is_below(node->path, full))
			free_node(node);
	}
	touch_parent(tree, full);
	kfree(full);
}

static void free_nodes(struct fake_tree *tree)
{
	struct fake_node *node, *next;

	list_for_each_entry_safe(node, next, &tree->nodes, list)
		free_node(node);
}

static void free_transaction(struct fake_transaction *t)
{
	struct touched *touched, *next;

	list_for_each_entry_safe(touched, next, &t->touched, list) {
		list_del(&touched->list);
		kfree(touched->path);
		kfree(touched);
	}
	free_nodes(&t->copy);
	list_del(&t->list);
	kfree(t);
}

void fake_tree_free(struct fake_tree *tree)
{
	struct fake_transaction *t, *next;

	list_for_each_entry_safe(t, next, &tree->transactions, list)
		free_transaction(t);
	free_nodes(tree);
}

static struct fake_transaction *find_transaction(struct fake_tree *tree, u32 id)
{
	struct fake_transaction *t;

	list_for_each_entry(t, &tree->transactions, list) {
		if (t->id == id)
			return t;
	}
	return NULL;
}

/* What the client's requests of transaction @tx work on, NULL if there is none */
struct fake_tree *fake_tx_tree(struct fake_tree *tree, u32 tx)
{
	struct fake_transaction *t;

	if (!tx)
		return tree;
	t = find_transaction(tree, tx);
	return t ? &t->copy : NULL;
}

/* The permissions that hold for a node that is or is to be at @full */
static struct fake_node *find_perms(struct fake_tree *tree, const char *full)
{
	char *path = kstrdup(full, MUST);
	struct fake_node *node;
	char *slash;

	for (;;) {
		node = find(tree, path);
		if (node && node->perms)
			break;
		node = NULL;
		slash = strrchr(path, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	kfree(path);
	return node;
}

/*
 * The first entry names the owner, who may do everything, and says what all may
 * do that are not named after it.
 */
static bool allows(const struct fake_node *node, enum fake_access how)
{
	const char *entry = node->perms, *end = entry + node->perms_len;
	char right = entry[0];
	unsigned int domid;

	for (; entry < end; entry += strlen(entry) + 1) {
		if (kstrtouint(entry + 1, 10, &domid) || domid != FAKE_SELF)
			continue;
		if (entry == node->perms)
			return true;
		right = entry[0];
		break;
	}
	if (how == FAKE_OWN)
		return false;
	return right == 'b' || right == (how == FAKE_LOOK ? 'r' : 'w');
}

static void note(struct fake_transaction *t, const char *full, bool change)
{
	struct fake_node *node = find(&t->copy, full);
	struct touched *touched;

	list_for_each_entry(touched, &t->touched, list) {
		if (!strcmp(touched->path, full)) {
			touched->changed |= change;
			return;
		}
	}
	touched = kzalloc(sizeof(*touched), MUST);
	touched->path = kstrdup(full, MUST);
	touched->seen = node ? node->generation : 0;
	touched->changed = change;
	list_add_tail(&touched->list, &t->touched);
}

/* Making nodes changes the directory in which they are made */
static void note_made(struct fake_transaction *t, const char *full)
{
	char *path = kstrdup(full, MUST);
	char *slash = path;
	char *parent;

	do {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (!find(&t->copy, path)) {
			parent = parent_of(path);
			if (parent && find(&t->copy, parent))
				note(t, parent, false);
			note(t, path, true);
			kfree(parent);
		}
		if (slash)
			*slash = '/';
	} while (slash);
	kfree(path);
	note(t, full, true);
}

static void note_removed(struct fake_transaction *t, const char *full)
{
	char *parent = parent_of(full);
	struct fake_node *node;

	if (parent)
		note(t, parent, false);
	kfree(parent);
	list_for_each_entry(node, &t->copy.nodes, list) {
		if (fake_is_below(node->path, full))
			note(t, node->path, true);
	}
}

static void note_access(struct fake_transaction *t, const char *full,
			enum fake_access how)
{
	switch (how) {
	case FAKE_LOOK:
		note(t, full, false);
		break;
	case FAKE_REMOVE:
		note_removed(t, full);
		break;
	case FAKE_CHANGE:
	case FAKE_OWN:
		note_made(t, full);
		break;
	}
}

/* To be called for each request, before it does anything */
int fake_tx_access(struct fake_tree *tree, u32 tx, const char *path,
		   enum fake_access how)
{
	struct fake_tree *view = fake_tx_tree(tree, tx);
	struct fake_node *perms;
	char *full;
	int err = 0;

	if (!view)
		return -ENOENT;
	full = fake_full_path(path);
	perms = find_perms(view, full);
	if (perms && !allows(perms, how))
		err = -EACCES;
	else if (tx)
		note_access(find_transaction(tree, tx), full, how);
	kfree(full);
	return err;
}

static void copy_node(struct fake_tree *to, const struct fake_node *from)
{
	struct fake_node *node = add_node(to, from->path);

	put_value(node, from->value, from->len);
	if (from->perms)
		node->perms = kmemdup(from->perms, from->perms_len, MUST);
	node->perms_len = from->perms_len;
	node->generation = from->generation;
}

u32 fake_tx_start(struct fake_tree *tree, u32 id)
{
	struct fake_transaction *t = kzalloc(sizeof(*t), MUST);
	struct fake_node *node;

	t->id = id;
	INIT_LIST_HEAD(&t->touched);
	fake_tree_init(&t->copy);
	t->copy.generation = tree->generation;
	list_for_each_entry(node, &tree->nodes, list)
		copy_node(&t->copy, node);
	list_add_tail(&t->list, &tree->transactions);
	return id;
}

static bool is_void(struct fake_tree *tree, struct fake_transaction *t)
{
	struct touched *touched;
	struct fake_node *node;

	list_for_each_entry(touched, &t->touched, list) {
		node = find(tree, touched->path);
		if ((node ? node->generation : 0) != touched->seen)
			return true;
	}
	return false;
}

static void apply(struct fake_tree *tree, struct fake_transaction *t,
		  const char *full)
{
	struct fake_node *now = find(tree, full);
	struct fake_node *new = find(&t->copy, full);

	if (!new) {
		if (now)
			fake_tree_remove(tree, full);
		return;
	}
	now = make(tree, full);
	put_value(now, new->value, new->len);
	touch(tree, now);
	if (new->perms)
		fake_tree_perms(tree, full, new->perms, new->perms_len);
}

int fake_tx_end(struct fake_tree *tree, u32 tx, bool commit,
		fake_changed_t changed, void *arg)
{
	struct fake_transaction *t = find_transaction(tree, tx);
	struct touched *touched;
	int err = 0;

	if (!t)
		return -ENOENT;
	if (commit && is_void(tree, t))
		err = -EAGAIN;
	if (commit && !err) {
		list_for_each_entry(touched, &t->touched, list) {
			if (!touched->changed)
				continue;
			apply(tree, t, touched->path);
			changed(arg, touched->path);
		}
	}
	free_transaction(t);
	return err;
}
