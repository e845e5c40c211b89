// SPDX-License-Identifier: GPL-2.0
/*
 * Writing keys by table, see keys.h.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/xenbus.h>
#include "keys.h"

/* So often a transaction is tried that collides with others. */
#define ATTEMPTS	100

static u64 load_number(const struct xen_key *key, const void *from)
{
	const void *member = from + key->offset;

	switch (key->size) {
	case 1:
		return *(const u8 *)member;
	case 2:
		return *(const u16 *)member;
	case 4:
		return *(const u32 *)member;
	default:
		return *(const u64 *)member;
	}
}

static int write_text(struct xenbus_transaction t, const char *dir,
		      const struct xen_key *key, const char *text)
{
	if (*text || !(key->flags & XEN_KEY_OMIT))
		return xenbus_write(t, dir, key->name, text);
	return -ENODATA;
}

static int write_number(struct xenbus_transaction t, const char *dir,
			const struct xen_key *key, u64 num)
{
	if (!num && (key->flags & XEN_KEY_OMIT))
		return -ENODATA;
	if (num > key->max)
		return -EINVAL;
	if (key->type == XEN_KEY_TYPE_CHOICE)
		return xenbus_write(t, dir, key->name, key->words[num]);
	return xenbus_printf(t, dir, key->name, "%llu", num);
}

static int write_one(struct xenbus_transaction t, const char *dir,
		     const struct xen_key *key, const void *from)
{
	int err;

	if (key->type == XEN_KEY_TYPE_TEXT)
		err = write_text(t, dir, key, from + key->offset);
	else
		err = write_number(t, dir, key, load_number(key, from));
	if (err != -ENODATA)
		return err;
	/* An earlier connection may have left it. */
	err = xenbus_rm(t, dir, key->name);
	return err == -ENOENT ? 0 : err;
}

/* @failed gets the key that could not be written. */
static int write_set(struct xenbus_transaction t, const char *own,
		     const struct xen_key_set *set,
		     const struct xen_key **failed)
{
	char *dir = NULL;
	unsigned int i;
	int err = 0;

	if (set->prefix) {
		dir = kasprintf(GFP_NOIO, "%s/%s", own, set->prefix);
		if (!dir)
			return -ENOMEM;
	}
	for (i = 0; i < set->num && !err; i++) {
		err = write_one(t, dir ?: own, &set->keys[i], set->from);
		*failed = &set->keys[i];
	}
	kfree(dir);
	return err;
}

static int write_all(const char *own, const struct xen_key_set *sets,
		     unsigned int num, const struct xen_key **failed)
{
	struct xenbus_transaction t;
	unsigned int i;
	int err, end;

	err = xenbus_transaction_start(&t);
	if (err)
		return err;
	for (i = 0; i < num && !err; i++)
		err = write_set(t, own, &sets[i], failed);
	if (!err)
		*failed = NULL;
	end = xenbus_transaction_end(t, err != 0);
	return err ?: end;
}

/**
 * xen_keys_write - write all keys of several tables
 * @dev: the device, below whose directory they are
 * @sets: the tables
 * @num: how many
 *
 * All of them appear at once: it is one transaction, which is tried again where
 * it collides with others, but not for ever.
 *
 * Context: sleeps.
 * Return: 0; or a negative error, with the device given up and nothing written.
 */
int xen_keys_write(struct xenbus_device *dev, const struct xen_key_set *sets,
		   unsigned int num)
{
	const struct xen_key *failed = NULL;
	unsigned int attempts = ATTEMPTS;
	int err;

	might_sleep();
	do {
		err = write_all(dev->nodename, sets, num, &failed);
	} while (err == -EAGAIN && --attempts);
	if (err)
		xenbus_dev_fatal(dev, err, "writing %s below %s",
				 failed ? failed->name : "keys", dev->nodename);
	return err;
}
EXPORT_SYMBOL_GPL(xen_keys_write);
