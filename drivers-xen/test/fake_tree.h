/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a xenstored keeps: nodes with values and permissions, and transactions.
 *
 * A transaction works on a copy. Each node that it looks at or changes is noted
 * with the generation that it had; if one of them has another generation in the
 * end, somebody else has changed it, and the transaction is void. A directory
 * changes when a child is added or removed.
 *
 * The client is the kernel under test: paths that do not begin with a slash are
 * below its directory.
 * Nothing here takes a lock: the owner of the tree has one.
 */
#ifndef _XEN_FAKE_TREE_H
#define _XEN_FAKE_TREE_H

#include <linux/list.h>
#include <linux/types.h>

#include "fake_domains.h"

/**
 * struct fake_tree - nodes
 * @nodes: all of them, as struct fake_node
 * @generation: of the last change
 * @transactions: as struct fake_transaction
 */
struct fake_tree {
	struct list_head nodes;
	u64 generation;
	struct list_head transactions;
};

/**
 * struct fake_node - a node
 * @list: in fake_tree::nodes
 * @path: absolute
 * @value: its value, with a NUL behind it
 * @len: length of @value
 * @perms: "n5" and the like, each with a NUL behind it; NULL: as the parent, and
 *	a root without any lets everybody do everything
 * @perms_len: length of @perms
 * @generation: when it was changed last
 */
struct fake_node {
	struct list_head list;
	char *path;
	char *value;
	unsigned int len;
	char *perms;
	unsigned int perms_len;
	u64 generation;
};

typedef void (*fake_changed_t)(void *arg, const char *path);

void fake_tree_init(struct fake_tree *tree);
void fake_tree_free(struct fake_tree *tree);

/* The absolute form of a path, to be freed */
char *fake_full_path(const char *path);
/* Is @path @dir or below it? Both absolute. */
bool fake_is_below(const char *path, const char *dir);

/*
 * As the toolstack does it, which may do anything: outside of a transaction.
 * Parents are made as needed.
 */
struct fake_node *fake_tree_find(struct fake_tree *tree, const char *path);
void fake_tree_set(struct fake_tree *tree, const char *path, const char *value,
		   unsigned int len);
void fake_tree_perms(struct fake_tree *tree, const char *path,
		     const char *perms, unsigned int len);
void fake_tree_remove(struct fake_tree *tree, const char *path);

/**
 * enum fake_access - what a request is about to do to a node
 * @FAKE_LOOK: read it
 * @FAKE_CHANGE: write it
 * @FAKE_REMOVE: remove it, with all below
 * @FAKE_OWN: change its permissions
 */
enum fake_access {
	FAKE_LOOK,
	FAKE_CHANGE,
	FAKE_REMOVE,
	FAKE_OWN,
};

/*
 * As the client does it. @tx is a transaction or 0. A negative error stands for
 * the one that the client is to get: -ENOENT, -EACCES, -EINVAL ...
 */
struct fake_tree *fake_tx_tree(struct fake_tree *tree, u32 tx);
int fake_tx_access(struct fake_tree *tree, u32 tx, const char *path,
		   enum fake_access how);
u32 fake_tx_start(struct fake_tree *tree, u32 id);
int fake_tx_end(struct fake_tree *tree, u32 tx, bool commit,
		fake_changed_t changed, void *arg);

#endif /* _XEN_FAKE_TREE_H */
