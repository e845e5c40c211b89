// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/xenbus, the watches: they become kernel watches, because they have to
 * survive a resume, and their events messages that the reader finds between others.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/slab.h>
#include <linux/string.h>
#include "dev.h"

/**
 * struct file_watch - a watch of an open file
 * @list: on xs_file.watches
 * @watch: the kernel's watch; @node is allocated
 * @file: whose it is
 * @token: token that the user chose, allocated
 */
struct file_watch {
	struct list_head list;
	struct xenbus_watch watch;
	struct xs_file *file;
	char *token;
};

static bool is_queued(struct xs_file *file, const char *body, unsigned int len)
{
	struct xs_out *out;

	lockdep_assert_held(&file->lock);
	list_for_each_entry(out, &file->out, list) {
		if (out->hdr.type == XS_WATCH_EVENT && out->hdr.len == len &&
		    !memcmp(out->body, body, len))
			return true;
	}
	return false;
}

/*
 * Room for one more event? A reader who has fallen far behind loses nothing by
 * not being told the same twice; what is too much even so is dropped.
 */
static bool has_room(struct xs_file *file, const char *body, unsigned int len)
{
	lockdep_assert_held(&file->lock);
	if (file->closed)
		return false;
	if (file->events < XS_FILE_EVENTS_MAX / 16)
		return true;
	if (is_queued(file, body, len))
		return false;
	if (file->events < XS_FILE_EVENTS_MAX)
		return true;
	pr_warn_ratelimited("a reader of /dev/xen/xenbus does not keep up, events are dropped\n");
	return false;
}

/* In the "xenwatch" thread. */
static void file_watch_fired(struct xenbus_watch *watch, const char *path,
			     const char *unused)
{
	struct file_watch *fw = container_of(watch, struct file_watch, watch);
	size_t path_size = strlen(path) + 1;
	size_t len = path_size + strlen(fw->token) + 1;
	struct xsd_sockmsg hdr = { .type = XS_WATCH_EVENT };
	struct xs_out *out;
	char *body;
	bool queued;

	if (len > XENSTORE_PAYLOAD_MAX)
		return;
	body = kmalloc(len, GFP_KERNEL);
	out = body ? xs_out_alloc(fw->file, &hdr) : NULL;
	if (!out) {
		kfree(body);
		return;
	}
	memcpy(body, path, path_size);
	memcpy(body + path_size, fw->token, len - path_size);
	out->hdr.len = len;
	out->body = body;
	out->owned = body;
	scoped_guard(mutex, &fw->file->lock) {
		queued = has_room(fw->file, body, len);
		if (queued) {
			fw->file->events++;
			list_add_tail(&out->list, &fw->file->out);
		}
	}
	if (queued)
		wake_up(&fw->file->out_wake);
	else
		xs_out_free(out);
}

static void free_watch(struct file_watch *fw)
{
	kfree(fw->watch.node);
	kfree(fw->token);
	kfree(fw);
}

static struct file_watch *find_file_watch(struct xs_file *file,
					  const char *path, const char *token)
{
	struct file_watch *fw;

	lockdep_assert_held(&file->write_lock);
	list_for_each_entry(fw, &file->watches, list) {
		if (!strcmp(fw->watch.node, path) && !strcmp(fw->token, token))
			return fw;
	}
	return NULL;
}

static int add_watch(struct xs_file *file, const char *path, const char *token)
{
	struct file_watch *fw;
	int err = -ENOMEM;

	if (find_file_watch(file, path, token))
		return -EEXIST;
	fw = kzalloc(sizeof(*fw), GFP_KERNEL_ACCOUNT);
	if (!fw)
		return -ENOMEM;
	fw->file = file;
	fw->watch.node = kstrdup(path, GFP_KERNEL_ACCOUNT);
	fw->token = kstrdup(token, GFP_KERNEL_ACCOUNT);
	fw->watch.callback = file_watch_fired;
	fw->watch.nr_max = XS_FILE_EVENTS_MAX / 4;
	if (fw->watch.node && fw->token)
		err = register_xenbus_watch(&fw->watch);
	if (err)
		free_watch(fw);
	else
		list_add(&fw->list, &file->watches);
	return err;
}

static int del_watch(struct xs_file *file, const char *path, const char *token)
{
	struct file_watch *fw = find_file_watch(file, path, token);

	if (!fw)
		return -ENOENT;
	unregister_xenbus_watch(&fw->watch);
	list_del(&fw->list);
	free_watch(fw);
	return 0;
}

/**
 * xs_file_watch - set or end a watch of an open file
 * @file: the file
 * @hdr: header of the request, XS_WATCH or XS_UNWATCH
 * @body: its body, path and token
 *
 * Context: xs_file.write_lock held, sleeps.
 * Return: 0, -EINVAL for a malformed body, -EEXIST, -ENOENT, or the store's answer.
 */
int xs_file_watch(struct xs_file *file, const struct xsd_sockmsg *hdr,
		  const char *body)
{
	size_t path_size = strnlen(body, hdr->len) + 1;
	const char *token = body + path_size;

	lockdep_assert_held(&file->write_lock);
	/* Two strings, each with its NUL, and nothing else. */
	if (path_size >= hdr->len ||
	    path_size + strnlen(token, hdr->len - path_size) + 1 != hdr->len)
		return -EINVAL;
	if (hdr->type == XS_WATCH)
		return add_watch(file, body, token);
	return del_watch(file, body, token);
}

/**
 * xs_file_end_watches - end all watches of a file that is closed
 * @file: the file; nobody writes to it any more
 *
 * Context: sleeps, but not for the store.
 */
void xs_file_end_watches(struct xs_file *file)
{
	struct file_watch *fw, *next;

	might_sleep();
	list_for_each_entry_safe(fw, next, &file->watches, list) {
		xs_unwatch_nowait(&fw->watch);
		free_watch(fw);
	}
}
