// SPDX-License-Identifier: GPL-2.0
/*
 * The tree of the fake store, see fake_tree.h. The caller serialises.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include "fake_tree.h"

bool fake_is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
}

struct fake_node *fake_tree_find(struct list_head *tree, const char *path)
{
	struct fake_node *node;

	list_for_each_entry(node, tree, list) {
		if (!strcmp(node->path, path))
			return node;
	}
	return NULL;
}

static void set_one(struct list_head *tree, const char *path, const char *value,
		    unsigned int len)
{
	struct fake_node *node = fake_tree_find(tree, path);

	if (!node) {
		node = kzalloc(sizeof(*node), GFP_KERNEL | __GFP_NOFAIL);
		node->path = kstrdup(path, GFP_KERNEL | __GFP_NOFAIL);
		list_add_tail(&node->list, tree);
	}
	kfree(node->value);
	node->value = kmemdup_nul(value, len, GFP_KERNEL | __GFP_NOFAIL);
	node->len = len;
}

/* Nodes have parents here, too, as the tests ask for them. */
void fake_tree_set(struct list_head *tree, const char *path, const char *value,
		   unsigned int len)
{
	char *parent = kstrdup(path, GFP_KERNEL | __GFP_NOFAIL);
	char *slash;

	for (slash = parent; (slash = strchr(slash + 1, '/')); *slash = '/') {
		*slash = '\0';
		if (!fake_tree_find(tree, parent))
			set_one(tree, parent, "", 0);
	}
	set_one(tree, path, value, len);
	kfree(parent);
}

static void free_node(struct fake_node *node)
{
	list_del(&node->list);
	kfree(node->path);
	kfree(node->value);
	kfree(node);
}

void fake_tree_remove(struct list_head *tree, const char *path)
{
	struct fake_node *node, *next;

	list_for_each_entry_safe(node, next, tree, list) {
		if (fake_is_below(node->path, path))
			free_node(node);
	}
}

void fake_tree_free(struct list_head *tree)
{
	while (!list_empty(tree))
		free_node(list_first_entry(tree, struct fake_node, list));
}

struct fake_tx *fake_tx_new(struct list_head *tree, u32 id, unsigned int base)
{
	struct fake_tx *tx = kzalloc(sizeof(*tx), GFP_KERNEL | __GFP_NOFAIL);
	struct fake_node *node;

	tx->id = id;
	tx->base = base;
	INIT_LIST_HEAD(&tx->nodes);
	INIT_LIST_HEAD(&tx->changed);
	list_for_each_entry(node, tree, list)
		set_one(&tx->nodes, node->path, node->value, node->len);
	return tx;
}

void fake_tx_changed(struct fake_tx *tx, const char *path)
{
	set_one(&tx->changed, path, "", 0);
}

void fake_tx_apply(struct fake_tx *tx, struct list_head *tree)
{
	struct fake_node *changed, *node;

	list_for_each_entry(changed, &tx->changed, list) {
		node = fake_tree_find(&tx->nodes, changed->path);
		if (node)
			fake_tree_set(tree, node->path, node->value, node->len);
		else
			fake_tree_remove(tree, changed->path);
	}
}

void fake_tx_free(struct fake_tx *tx)
{
	list_del(&tx->list);
	fake_tree_free(&tx->nodes);
	fake_tree_free(&tx->changed);
	kfree(tx);
}
