/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tree of the fake store: nodes, and copies of it for transactions.
 */
#ifndef _XENBUS_FAKE_TREE_H
#define _XENBUS_FAKE_TREE_H

#include <linux/list.h>
#include <linux/types.h>

/**
 * struct fake_node - a node
 * @list: in its tree
 * @path: its whole name
 * @value: its value, with a NUL behind it
 * @len: length of @value
 */
struct fake_node {
	struct list_head list;
	char *path;
	char *value;
	unsigned int len;
};

/**
 * struct fake_tx - a transaction
 * @list: on fake_store.transactions
 * @id: its id
 * @base: changes that the store had seen when it began
 * @nodes: the tree as it sees it
 * @changed: the paths that it has changed, as struct fake_node without a value
 */
struct fake_tx {
	struct list_head list;
	u32 id;
	unsigned int base;
	struct list_head nodes;
	struct list_head changed;
};

bool fake_is_below(const char *path, const char *dir);
struct fake_node *fake_tree_find(struct list_head *tree, const char *path);
void fake_tree_set(struct list_head *tree, const char *path, const char *value,
		   unsigned int len);
void fake_tree_remove(struct list_head *tree, const char *path);
void fake_tree_free(struct list_head *tree);

struct fake_tx *fake_tx_new(struct list_head *tree, u32 id, unsigned int base);
void fake_tx_changed(struct fake_tx *tx, const char *path);
void fake_tx_apply(struct fake_tx *tx, struct list_head *tree);
void fake_tx_free(struct fake_tx *tx);

#endif
