// SPDX-License-Identifier: GPL-2.0
/*
 * Reading keys by table, see keys.h.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/xenbus.h>
#include "keys.h"

static void store_number(const struct xen_key *key, void *to, u64 num)
{
	void *member = to + key->offset;

	switch (key->size) {
	case 1:
		*(u8 *)member = num;
		break;
	case 2:
		*(u16 *)member = num;
		break;
	case 4:
		*(u32 *)member = num;
		break;
	case 8:
		*(u64 *)member = num;
		break;
	}
}

static void store_fallback(const struct xen_key *key, void *to)
{
	if (key->type == XEN_KEY_TYPE_TEXT)
		memset(to + key->offset, 0, key->size);
	else
		store_number(key, to, key->fallback);
}

/* NULL, or what is wrong with the value. */
static const char *parse_number(const struct xen_key *key, const char *value,
				void *to)
{
	u64 num;
	int err;

	/* kstrtou64() takes a sign and a line feed, too. */
	if (!*value || value[strspn(value, "0123456789")])
		return "is not a number";
	err = kstrtou64(value, 10, &num);
	if (err == -ERANGE)
		num = U64_MAX;
	if (key->type == XEN_KEY_TYPE_BOOL || key->flags & XEN_KEY_CLAMP)
		num = clamp(num, key->min, key->max);
	else if (err || num < key->min || num > key->max)
		return "is out of range";
	store_number(key, to, num);
	return NULL;
}

static const char *parse_text(const struct xen_key *key, const char *value,
			      void *to)
{
	if (strlen(value) >= key->size)
		return "is too long";
	/* All of the array, so that nothing of an older text is left. */
	strscpy_pad(to + key->offset, value, key->size);
	return NULL;
}

static const char *parse_choice(const struct xen_key *key, const char *value,
				void *to)
{
	int index = match_string(key->words, key->max + 1, value);

	if (index < 0)
		return "is none of the words known";
	store_number(key, to, index);
	return NULL;
}

static const char *parse(const struct xen_key *key, const char *value,
			 unsigned int len, void *to)
{
	size_t text = strnlen(value, len);

	/* A NUL at the end may be meant well, with something behind it not. */
	if (memchr_inv(value + text, 0, len - text))
		return "has a NUL in it";

	switch (key->type) {
	case XEN_KEY_TYPE_TEXT:
		return parse_text(key, value, to);
	case XEN_KEY_TYPE_CHOICE:
		return parse_choice(key, value, to);
	default:
		return parse_number(key, value, to);
	}
}

static int read_one(struct xenbus_device *dev, const char *dir,
		    const struct xen_key *key, void *to)
{
	const char *wrong;
	unsigned int len;
	char *value;

	value = xenbus_read(XBT_NIL, dir, key->name, &len);
	if (PTR_ERR_OR_ZERO(value) == -ENOENT) {
		if (!(key->flags & XEN_KEY_REQUIRED))
			return 0;
		xenbus_dev_fatal(dev, -ENOENT, "%s/%s is missing", dir,
				 key->name);
		return -ENOENT;
	}
	if (IS_ERR(value)) {
		xenbus_dev_fatal(dev, PTR_ERR(value), "reading %s/%s", dir,
				 key->name);
		return PTR_ERR(value);
	}
	wrong = parse(key, value, len, to);
	if (wrong)
		xenbus_dev_fatal(dev, -EINVAL, "%s/%s %s", dir, key->name,
				 wrong);
	kfree(value);
	return wrong ? -EINVAL : 0;
}

/* One list is cheaper than two questions after what is not there. */
static bool is_worth_listing(const struct xen_key *keys, unsigned int num)
{
	unsigned int i, optional = 0;

	for (i = 0; i < num; i++)
		optional += !(keys[i].flags & XEN_KEY_REQUIRED);
	return optional > 1;
}

static bool is_listed(char **names, unsigned int num, const char *name)
{
	unsigned int i;

	for (i = 0; i < num; i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

/**
 * xen_keys_read - read all keys of a table
 * @dev: the device that needs them
 * @dir: where they are, such as the directory of the other end
 * @keys: the table
 * @num: its size
 * @to: the structure
 *
 * Members whose key is not there get the fallback, texts the empty one. A table
 * in which more than one key may be missing costs one round trip for a list of
 * names, then each key that is there one.
 *
 * Context: sleeps.
 * Return: 0; or, with the device given up and @to in part filled in, -ENOENT for
 * a required key that is missing, -EINVAL for a bad value, or what the store said.
 */
int xen_keys_read(struct xenbus_device *dev, const char *dir,
		  const struct xen_key *keys, unsigned int num, void *to)
{
	char **names = ERR_PTR(-ENODATA);
	unsigned int i, listed = 0;
	int err = 0;

	might_sleep();
	for (i = 0; i < num; i++)
		store_fallback(&keys[i], to);
	/* Without a list, too long maybe, all are asked for. */
	if (is_worth_listing(keys, num))
		names = xenbus_directory(XBT_NIL, dir, "", &listed);
	for (i = 0; i < num && !err; i++) {
		if (!IS_ERR(names) && !(keys[i].flags & XEN_KEY_REQUIRED) &&
		    !is_listed(names, listed, keys[i].name))
			continue;
		err = read_one(dev, dir, &keys[i], to);
	}
	if (!IS_ERR(names))
		kfree(names);
	return err;
}
EXPORT_SYMBOL_GPL(xen_keys_read);
