/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/gntalloc and /dev/xen/gntdev in calls that return 0 or an errno.
 */
#ifndef GRANTDEV_H
#define GRANTDEV_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

typedef uint16_t domid_t;
typedef uint32_t grant_ref_t;
#include <linux/types.h>
#ifndef __user
#define __user
#endif
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define GD_ALLOC_DEVICE	"/dev/xen/gntalloc"
#define GD_MAP_DEVICE	"/dev/xen/gntdev"
#define GD_PAGE		4096
#define GD_MAX_REFS	32
/* Of struct gntdev_grant_copy_segment; the header leaves them to Xen's. */
#define GD_COPY_SOURCE_REF	1
#define GD_COPY_DEST_REF	2

struct gd_grant {
	uint64_t index;
	uint32_t count;
	uint32_t refs[GD_MAX_REFS];
};

/* Grants @count pages to @domid; *@g is empty on failure. */
static inline int gd_alloc(int fd, int domid, uint32_t count, bool writable,
			   struct gd_grant *g)
{
	char buf[sizeof(struct ioctl_gntalloc_alloc_gref) +
		 4 * GD_MAX_REFS] = { };
	struct ioctl_gntalloc_alloc_gref *op = (void *)buf;

	*g = (struct gd_grant){ };
	op->domid = domid;
	op->flags = writable ? GNTALLOC_FLAG_WRITABLE : 0;
	op->count = count;
	if (ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, op))
		return errno;

	g->index = op->index;
	g->count = count;
	memcpy(g->refs, buf + offsetof(struct ioctl_gntalloc_alloc_gref,
				       gref_ids), 4 * count);
	return 0;
}

static inline int gd_free(int fd, const struct gd_grant *g)
{
	struct ioctl_gntalloc_dealloc_gref op = { g->index, g->count };

	return ioctl(fd, IOCTL_GNTALLOC_DEALLOC_GREF, &op) ? errno : 0;
}

/* Prepares a mapping of foreign pages; mmap() with @index makes it. */
static inline int gd_prepare_maps(int fd, int domid, const uint32_t *refs,
				  uint32_t count, uint64_t *index)
{
	char buf[sizeof(struct ioctl_gntdev_map_grant_ref) +
		 sizeof(struct ioctl_gntdev_grant_ref) * GD_MAX_REFS] = { };
	struct ioctl_gntdev_map_grant_ref *op = (void *)buf;
	struct ioctl_gntdev_grant_ref *to =
		(void *)(buf + offsetof(struct ioctl_gntdev_map_grant_ref, refs));
	uint32_t i;

	op->count = count;
	for (i = 0; i < count; i++) {
		to[i].domid = domid;
		to[i].ref = refs[i];
	}
	if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, op))
		return errno;

	*index = op->index;
	return 0;
}

static inline int gd_prepare_map(int fd, int domid, uint32_t ref,
				 uint64_t *index)
{
	return gd_prepare_maps(fd, domid, &ref, 1, index);
}

/* Undoes gd_prepare_maps(). */
static inline int gd_forget_maps(int fd, uint64_t index, uint32_t count)
{
	struct ioctl_gntdev_unmap_grant_ref op = {
		.index = index,
		.count = count,
	};

	return ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op) ? errno : 0;
}

static inline int gd_forget_map(int fd, uint64_t index)
{
	return gd_forget_maps(fd, index, 1);
}

/* For a page of ours or of another's: the two devices agree in this. */
static inline int gd_notify(int fd, uint64_t index, uint32_t action,
			    uint32_t port)
{
	struct ioctl_gntdev_unmap_notify op = {
		.index = index,
		.action = action,
		.event_channel_port = port,
	};

	return ioctl(fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &op) ? errno : 0;
}

/* The byte at @index, which is in a prepared mapping. */
static inline int gd_clear_on_unmap(int fd, uint64_t index)
{
	return gd_notify(fd, index, UNMAP_NOTIFY_CLEAR_BYTE, 0);
}

/*
 * Copies @len bytes at @offset of a granted page into @buf. Returns Xen's status,
 * a GNTST_*, or 1000 + errno where it did not come to that.
 */
static inline int gd_copy(int fd, int domid, uint32_t ref, int offset,
			  void *buf, int len)
{
	struct gntdev_grant_copy_segment seg = {
		.source.foreign = { .ref = ref, .offset = offset,
				    .domid = domid },
		.dest.virt = buf,
		.len = len,
		.flags = GD_COPY_SOURCE_REF,
	};
	struct ioctl_gntdev_grant_copy op = { .count = 1, .segments = &seg };

	if (ioctl(fd, IOCTL_GNTDEV_GRANT_COPY, &op))
		return 1000 + errno;

	return seg.status;
}

#endif /* GRANTDEV_H */
