// SPDX-License-Identifier: GPL-2.0
/*
 * Listing the children of a node.
 *
 * A list that does not fit into one message (XENSTORE_PAYLOAD_MAX) is fetched
 * in parts with XS_DIRECTORY_PART: every part begins with a generation count,
 * and a count that changes means that the list did, too, so we begin again.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/err.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "xenbus.h"

/* Longest list taken, and how often we begin again for one. */
#define XS_LIST_MAX	SZ_128K
#define XS_LIST_TRIES	8

/* A list whose names are all there: NUL terminated and not empty. */
static int count_names(const char *list, unsigned int len)
{
	unsigned int num = 0;
	const char *pos = list;
	size_t name;

	while (pos < list + len) {
		name = strnlen(pos, list + len - pos);
		if (!name || pos + name == list + len)
			return -EIO;
		pos += name + 1;
		num++;
	}
	return num;
}

/* Moves @list into one block: the pointers, behind them the names. */
static char **make_array(char *list, unsigned int len, unsigned int *num)
{
	int names = count_names(list, len);
	char **array, *pos;
	unsigned int i;

	if (names < 0) {
		pr_err_ratelimited("xenstore sent a malformed directory\n");
		return ERR_PTR(names);
	}
	/* Never empty, so that the caller has something to free. */
	array = kmalloc(size_add(size_mul(names + 1, sizeof(*array)), len),
			GFP_NOIO | __GFP_NOWARN);
	if (!array)
		return ERR_PTR(-ENOMEM);
	pos = memcpy(array + names + 1, list, len);
	for (i = 0; i < names; i++) {
		array[i] = pos;
		pos += strlen(pos) + 1;
	}
	array[names] = NULL;
	*num = names;
	return array;
}

/**
 * struct part_list - a list while it is fetched in parts
 * @buf: what has arrived
 * @len: how much of it
 * @gen: generation count of the first part
 * @complete: the end mark has arrived
 */
struct part_list {
	char *buf;
	unsigned int len;
	u64 gen;
	bool complete;
};

/* Adds one part: 0, -EAGAIN if the list changed, -EIO if it is malformed. */
static int add_part(struct part_list *list, const char *part, unsigned int len)
{
	unsigned int skip = strnlen(part, len) + 1;
	char *bigger;
	u64 gen;

	if (skip >= len || part[len - 1] || kstrtou64(part, 10, &gen))
		return -EIO;
	if (list->len && gen != list->gen)
		return -EAGAIN;
	list->gen = gen;
	part += skip;
	len -= skip;
	/* The last part ends with an empty name. */
	list->complete = len == 1 || !part[len - 2];
	if (list->complete)
		len--;
	if (len > XS_LIST_MAX - list->len)
		return -EIO;
	bigger = krealloc(list->buf, list->len + len + 1,
			  GFP_NOIO | __GFP_NOWARN);
	if (!bigger)
		return -ENOMEM;
	memcpy(bigger + list->len, part, len);
	list->buf = bigger;
	list->len += len;
	return 0;
}

static int fetch_part(struct xenbus_transaction t, const char *path,
		      struct part_list *list)
{
	char offset[12];
	struct kvec iov[2] = {
		{ .iov_base = (void *)path, .iov_len = strlen(path) + 1 },
		{ .iov_base = offset },
	};
	unsigned int len;
	char *part;
	int err;

	iov[1].iov_len = snprintf(offset, sizeof(offset), "%u", list->len) + 1;
	part = xs_talk(t, XS_DIRECTORY_PART, iov, ARRAY_SIZE(iov), &len);
	if (IS_ERR(part))
		return PTR_ERR(part);
	err = add_part(list, part, len);
	kfree(part);
	return err;
}

static char **list_in_parts(struct xenbus_transaction t, const char *path,
			    unsigned int *num)
{
	struct part_list list = { };
	unsigned int tries = 0;
	char **array;
	int err;

	do {
		err = fetch_part(t, path, &list);
		if (err == -EAGAIN && ++tries < XS_LIST_TRIES) {
			list.len = 0;
			err = 0;
		}
	} while (!err && !list.complete);
	array = err ? ERR_PTR(err) : make_array(list.buf, list.len, num);
	kfree(list.buf);
	return array;
}

static char **list_path(struct xenbus_transaction t, const char *path,
			unsigned int *num)
{
	struct kvec iov = {
		.iov_base = (void *)path,
		.iov_len = strlen(path) + 1,
	};
	char *reply, **array;
	unsigned int len;

	reply = xs_talk(t, XS_DIRECTORY, &iov, 1, &len);
	if (reply == ERR_PTR(-E2BIG))
		return list_in_parts(t, path, num);
	if (IS_ERR(reply))
		return ERR_CAST(reply);
	array = make_array(reply, len, num);
	kfree(reply);
	return array;
}

/**
 * xenbus_directory - list the children of a node
 * @t: transaction or XBT_NIL
 * @dir: directory
 * @node: name below @dir, may be empty
 * @num: where to store the number of children
 *
 * Context: sleeps.
 * Return: array of @num names in one block, to be freed with kfree(), or
 * ERR_PTR: the store's error, -EIO for a malformed list, see xs_talk().
 */
char **xenbus_directory(struct xenbus_transaction t, const char *dir,
			const char *node, unsigned int *num)
{
	char *path = xs_join(dir, node);
	char **array;

	if (IS_ERR(path))
		return ERR_CAST(path);
	array = list_path(t, path, num);
	kfree(path);
	return array;
}
EXPORT_SYMBOL_GPL(xenbus_directory);
