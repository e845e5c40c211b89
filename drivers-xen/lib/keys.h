/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys in xenstore, as tables.
 *
 * A driver says once which keys there are, of what type, within which limits,
 * and which member of a structure has the value; the functions here read all of
 * them, or write them.
 *
 *	static const struct xen_key back_keys[] = {
 *		XEN_KEY_UINT(struct thing, order, "max-ring-page-order", 0, 4,
 *			     .flags = XEN_KEY_CLAMP),
 *		XEN_KEY_BOOL(struct thing, fast, "feature-fast"),
 *		XEN_KEY_TEXT(struct thing, mac, "mac",
 *			     .flags = XEN_KEY_REQUIRED),
 *	};
 *
 * What is read was written by somebody who need not mean well. A value that is
 * malformed or out of range is an error, which names device and key; the device
 * is given up with xenbus_dev_fatal().
 */
#ifndef _XEN_DRVLIB_KEYS_H
#define _XEN_DRVLIB_KEYS_H

#include <linux/array_size.h>
#include <linux/build_bug.h>
#include <linux/overflow.h>
#include <linux/stddef.h>
#include <linux/types.h>

struct xenbus_device;

/**
 * enum xen_key_type - types of keys
 * @XEN_KEY_TYPE_UINT: decimal number; an unsigned member of any size
 * @XEN_KEY_TYPE_BOOL: "0" or "1", any other number counts as 1; a bool
 * @XEN_KEY_TYPE_TEXT: anything that fits; an array of char
 * @XEN_KEY_TYPE_CHOICE: one of several words; an unsigned int with its index
 */
enum xen_key_type {
	XEN_KEY_TYPE_UINT,
	XEN_KEY_TYPE_BOOL,
	XEN_KEY_TYPE_TEXT,
	XEN_KEY_TYPE_CHOICE,
};

/* Reading: it is an error if the key is not there. */
#define XEN_KEY_REQUIRED	0x1
/* Reading: a number beyond a limit counts as the limit. */
#define XEN_KEY_CLAMP		0x2
/* Writing: no key instead of 0, false or no text. */
#define XEN_KEY_OMIT		0x4

/**
 * struct xen_key - one key
 * @name: its name; one that needs a path is in another table
 * @type: an enum xen_key_type
 * @flags: XEN_KEY_*
 * @size: size of the member
 * @offset: of the member in the structure
 * @min: least number
 * @max: greatest number
 * @fallback: the number if there is no such key
 * @words: for a choice: the words, @max + 1 of them
 */
struct xen_key {
	const char *name;
	u8 type;
	u8 flags;
	u16 size;
	u32 offset;
	u64 min;
	u64 max;
	u64 fallback;
	const char * const *words;
};

#define XEN_KEY_MEMBER(_struct, _member)				\
	.size = sizeof_field(_struct, _member),				\
	.offset = offsetof(_struct, _member)

/* A number, _min to _max. What follows sets flags and fallback. */
#define XEN_KEY_UINT(_struct, _member, _name, _min, _max, ...)		\
	{								\
		XEN_KEY_MEMBER(_struct, _member),			\
		.name = _name,						\
		.type = XEN_KEY_TYPE_UINT,				\
		.min = _min,						\
		.max = (_max) + BUILD_BUG_ON_ZERO(			\
			(_max) > type_max(typeof_member(_struct, _member))), \
		__VA_ARGS__						\
	}

#define XEN_KEY_BOOL(_struct, _member, _name, ...)			\
	{								\
		XEN_KEY_MEMBER(_struct, _member),			\
		.name = _name,						\
		.type = XEN_KEY_TYPE_BOOL,				\
		.max = 1 + BUILD_BUG_ON_ZERO(				\
			sizeof_field(_struct, _member) != sizeof(bool)), \
		__VA_ARGS__						\
	}

/* A text, at most as long as the array with a NUL behind it. */
#define XEN_KEY_TEXT(_struct, _member, _name, ...)			\
	{								\
		XEN_KEY_MEMBER(_struct, _member),			\
		.name = _name,						\
		.type = XEN_KEY_TYPE_TEXT,				\
		__VA_ARGS__						\
	}

/* One of an array of words; fallback is an index, too. */
#define XEN_KEY_CHOICE(_struct, _member, _name, _words, ...)		\
	{								\
		XEN_KEY_MEMBER(_struct, _member),			\
		.name = _name,						\
		.type = XEN_KEY_TYPE_CHOICE,				\
		.max = ARRAY_SIZE(_words) - 1 + BUILD_BUG_ON_ZERO(	\
			sizeof_field(_struct, _member) != sizeof(unsigned int)), \
		.words = _words,					\
		__VA_ARGS__						\
	}

/**
 * struct xen_key_set - keys to write
 * @prefix: directory below the device's own, NULL for that itself
 * @keys: the table
 * @num: its size
 * @from: the structure
 */
struct xen_key_set {
	const char *prefix;
	const struct xen_key *keys;
	unsigned int num;
	const void *from;
};

int xen_keys_read(struct xenbus_device *dev, const char *dir,
		  const struct xen_key *keys, unsigned int num, void *to);
int xen_keys_write(struct xenbus_device *dev, const struct xen_key_set *sets,
		   unsigned int num);

#endif
