// SPDX-License-Identifier: GPL-2.0
/*
 * What the xenstored of fake_store.c does with a request: nodes, transactions,
 * watches.
 */
#include <linux/cleanup.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "fake_store.h"

/*
 * Whoever watches below what is about to be removed hears of it, by the name that
 * is watched.
 */
static void mark_below(struct fake_store *fake, const char *path)
{
	char *full = fake_full_path(path), *dir;
	struct fake_watch *watch;

	lockdep_assert_held(&fake->lock);
	list_for_each_entry(watch, &fake->watches, list) {
		dir = fake_full_path(watch->path);
		watch->lost = strcmp(dir, full) && fake_is_below(dir, full) &&
			fake_tree_find(&fake->tree, dir);
		kfree(dir);
	}
	kfree(full);
}

static void fire_below(struct fake_store *fake)
{
	struct fake_watch *watch;

	list_for_each_entry(watch, &fake->watches, list) {
		if (watch->lost)
			fake_event(fake, watch->path, watch->token);
		watch->lost = false;
	}
}

/* Relative watches have relative events. Only in the thread: one writer. */
static void fire(void *arg, const char *path)
{
	struct fake_store *fake = arg;
	char *full = fake_full_path(path), *dir;
	struct fake_watch *watch;

	list_for_each_entry(watch, &fake->watches, list) {
		dir = fake_full_path(watch->path);
		if (fake_is_below(full, dir))
			fake_event(fake, strcmp(dir, watch->path) ?
				   full + strlen(FAKE_HOME) : full,
				   watch->token);
		kfree(dir);
	}
	kfree(full);
}

/* Is the request allowed, and, if @exists, is there what it is about? */
static int may(struct fake_store *fake, enum fake_access how, bool exists)
{
	struct fake_tree *view = fake_tx_tree(&fake->tree, fake->hdr.tx_id);
	int err;

	lockdep_assert_held(&fake->lock);
	err = fake_tx_access(&fake->tree, fake->hdr.tx_id, fake->body, how);
	if (!err && exists && !fake_tree_find(view, fake->body))
		err = -ENOENT;
	return err;
}

static struct fake_tree *view_of(struct fake_store *fake)
{
	return fake_tx_tree(&fake->tree, fake->hdr.tx_id);
}

/* What was changed in a transaction is seen at its end */
static void changed(struct fake_store *fake)
{
	if (!fake->hdr.tx_id)
		fire(fake, fake->body);
	fake_reply_string(fake, "OK");
}

static int do_read(struct fake_store *fake)
{
	struct fake_node *node;
	int err;

	guard(mutex)(&fake->lock);
	err = may(fake, FAKE_LOOK, true);
	if (err)
		return err;
	node = fake_tree_find(view_of(fake), fake->body);
	if (fake->hdr.type == XS_READ)
		fake_reply(fake, node->value, node->len);
	else
		fake_reply(fake, node->perms ?: "b0", node->perms ?
						 node->perms_len : 3);
	return 0;
}

/* XS_MKDIR leaves a node alone that is there */
static int do_write(struct fake_store *fake)
{
	bool is_write = fake->hdr.type == XS_WRITE;
	size_t path_size = strlen(fake->body) + 1;
	int err;

	if (is_write && path_size > fake->hdr.len)
		return -EINVAL;
	scoped_guard(mutex, &fake->lock) {
		err = may(fake, FAKE_CHANGE, false);
		if (err)
			return err;
		if (is_write)
			fake_tree_set(view_of(fake), fake->body,
				      fake->body + path_size,
				      fake->hdr.len - path_size);
		else if (!fake_tree_find(view_of(fake), fake->body))
			fake_tree_set(view_of(fake), fake->body, "", 0);
	}
	changed(fake);
	return 0;
}

static int do_rm(struct fake_store *fake)
{
	int err;

	scoped_guard(mutex, &fake->lock) {
		err = may(fake, FAKE_REMOVE, true);
		if (err)
			return err;
		/* In a transaction each node is remembered by itself. */
		if (!fake->hdr.tx_id)
			mark_below(fake, fake->body);
		fake_tree_remove(view_of(fake), fake->body);
	}
	fire_below(fake);
	changed(fake);
	return 0;
}

static int do_set_perms(struct fake_store *fake)
{
	size_t path_size = strlen(fake->body) + 1;
	int err;

	if (path_size >= fake->hdr.len)
		return -EINVAL;
	scoped_guard(mutex, &fake->lock) {
		err = may(fake, FAKE_OWN, true);
		if (err)
			return err;
		fake_tree_perms(view_of(fake), fake->body,
				fake->body + path_size,
				fake->hdr.len - path_size);
	}
	changed(fake);
	return 0;
}

static int do_directory(struct fake_store *fake)
{
	struct fake_node *node;
	unsigned int len = 0;
	char *list, *full;
	size_t dir;
	int err;

	guard(mutex)(&fake->lock);
	err = may(fake, FAKE_LOOK, true);
	if (err)
		return err;
	full = fake_full_path(fake->body);
	dir = strlen(full);
	list = kzalloc(FAKE_BODY_MAX, GFP_KERNEL | __GFP_NOFAIL);
	list_for_each_entry(node, &view_of(fake)->nodes, list) {
		if (strncmp(node->path, full, dir) || node->path[dir] != '/' ||
		    strchr(node->path + dir + 1, '/'))
			continue;
		len += scnprintf(list + len, FAKE_BODY_MAX - len, "%s",
				 node->path + dir + 1) + 1;
	}
	if (len > XENSTORE_PAYLOAD_MAX)
		err = -E2BIG;
	else
		fake_reply(fake, list, len);
	kfree(full);
	kfree(list);
	return err;
}

static int do_transaction_start(struct fake_store *fake)
{
	char id[12];

	guard(mutex)(&fake->lock);
	fake->open_tx++;
	snprintf(id, sizeof(id), "%u",
		 fake_tx_start(&fake->tree, ++fake->next_tx));
	fake_reply_string(fake, id);
	return 0;
}

static int do_transaction_end(struct fake_store *fake)
{
	bool commit = fake->body[0] == 'T';
	bool conflict = commit && fake->conflicts;
	int err;

	guard(mutex)(&fake->lock);
	err = fake_tx_end(&fake->tree, fake->hdr.tx_id, commit && !conflict,
			  fire, fake);
	if (err == -ENOENT)
		return err;
	fake->open_tx--;
	if (!commit)
		fake->aborted++;
	if (conflict)
		fake->conflicts--;
	if (err || conflict)
		return -EAGAIN;
	fake_reply_string(fake, "OK");
	return 0;
}

void fake_watch_free(struct fake_watch *watch)
{
	list_del(&watch->list);
	kfree(watch->path);
	kfree(watch->token);
	kfree(watch);
}

static struct fake_watch *find_watch(struct fake_store *fake, const char *path,
				     const char *token)
{
	struct fake_watch *watch;

	list_for_each_entry(watch, &fake->watches, list) {
		if (!strcmp(watch->path, path) && !strcmp(watch->token, token))
			return watch;
	}
	return NULL;
}

static int do_unwatch(struct fake_store *fake)
{
	struct fake_watch *watch;

	guard(mutex)(&fake->lock);
	watch = find_watch(fake, fake->body,
			   fake->body + strlen(fake->body) + 1);
	if (!watch)
		return -ENOENT;
	fake_watch_free(watch);
	fake_reply_string(fake, "OK");
	return 0;
}

static int do_watch(struct fake_store *fake)
{
	const char *path = fake->body, *token = path + strlen(path) + 1;
	struct fake_watch *watch;

	if (strlen(path) + 1 >= fake->hdr.len)
		return -EINVAL;
	if (fake->hdr.type == XS_UNWATCH)
		return do_unwatch(fake);
	if (find_watch(fake, path, token))
		return -EEXIST;
	watch = kzalloc(sizeof(*watch), GFP_KERNEL | __GFP_NOFAIL);
	watch->path = kstrdup(path, GFP_KERNEL | __GFP_NOFAIL);
	watch->token = kstrdup(token, GFP_KERNEL | __GFP_NOFAIL);
	scoped_guard(mutex, &fake->lock)
		list_add_tail(&watch->list, &fake->watches);
	fake_reply_string(fake, "OK");
	fake_event(fake, path, token);
	return 0;
}

unsigned int fake_num_watches(struct fake_store *fake)
{
	guard(mutex)(&fake->lock);
	return list_count_nodes(&fake->watches);
}

int fake_handle(struct fake_store *fake)
{
	switch (fake->hdr.type) {
	case XS_READ:
	case XS_GET_PERMS:
		return do_read(fake);
	case XS_WRITE:
	case XS_MKDIR:
		return do_write(fake);
	case XS_RM:
		return do_rm(fake);
	case XS_SET_PERMS:
		return do_set_perms(fake);
	case XS_DIRECTORY:
		return do_directory(fake);
	case XS_TRANSACTION_START:
		return do_transaction_start(fake);
	case XS_TRANSACTION_END:
		return do_transaction_end(fake);
	case XS_WATCH:
	case XS_UNWATCH:
		return do_watch(fake);
	default:
		return -ENOSYS;
	}
}
