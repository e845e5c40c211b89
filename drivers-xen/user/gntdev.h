/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/gntdev: pages of other domains for programs. What its files share:
 *
 *	gntdev.c	the device; a file's maps, by their offset
 *	gntdev_map.c	the life of a map: pages, mapping and unmapping the grants
 *	gntdev_vma.c	mmap()
 *	gntdev_copy.c	grant copy
 *	gntdev_export.c	grants as dma-bufs
 *	gntdev_import.c	dma-bufs as grants
 *	gntdev_dying.c	those of them that others still use
 */
#ifndef _XEN_USER_GNTDEV_H
#define _XEN_USER_GNTDEV_H

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <xen/grant_table.h>
#include <uapi/xen/gntdev.h>

#include "unmap_notify.h"

struct device;
struct vm_area_struct;

/**
 * struct gntdev_file - an open /dev/xen/gntdev
 * @lock: guards @maps, @next, and of each map in @maps its claimed, flags and notify.
 *	Taken inside mmap_lock: no user memory is touched with it held
 * @maps: of struct gntdev_map, by index
 * @next: index of the next map; none is ever used again
 * @imports: dma-bufs that have been imported, the latest first
 * @imports_lock: guards @imports
 */
struct gntdev_file {
	/* The maps. */
	struct mutex lock;
	struct rb_root maps;
	unsigned long next;
#ifdef CONFIG_XEN_GNTDEV_DMABUF
	/* The imports. */
	struct mutex imports_lock;
	struct list_head imports;
#endif
};

/**
 * struct gntdev_map - grants that are mapped together
 * @users: the file, areas of memory, a dma-buf, and who is at work with it
 * @node: in gntdev_file.maps
 * @index: of the first page: its offset for mmap(), in pages
 * @count: how many pages
 * @claimed: it has been mmap()ed, or is about to be
 * @flags: GNTMAP_*, 0 before the grants are mapped
 * @life: gnttab_life() when they were
 * @notify: what to do when they are unmapped
 * @pages: where they are mapped
 * @map_ops: what is to be mapped, and the handles of what is
 * @unmap_ops: for the end, when there must be no need for memory
 * @dying: in the list of those who wait until nobody uses @pages
 * @dma: @pages are one contiguous buffer, if @dma.vaddr is set
 */
struct gntdev_map {
	refcount_t users;
	struct rb_node node;
	unsigned long index;
	unsigned int count;
	bool claimed;
	u32 flags;
	unsigned int life;
	struct unmap_notify notify;
	struct page **pages;
	struct gnttab_map_grant_ref *map_ops;
	struct gnttab_unmap_grant_ref *unmap_ops;
	struct list_head dying;
#ifdef CONFIG_XEN_GRANT_DMA_ALLOC
	struct gnttab_dma_alloc_args dma;
#endif
};

/* gntdev.c; the first for the tests */
extern const struct file_operations gntdev_file_ops;
struct device *gntdev_dma_device(void);
bool gntdev_may_map(unsigned int count);
struct gntdev_map *gntdev_find(struct gntdev_file *file, unsigned long index);

/* gntdev_map.c */
struct gntdev_map *gntdev_map_alloc(unsigned int count, u32 dma_flags);
int gntdev_map_name(struct gntdev_map *map, unsigned int i, u32 domid,
		    grant_ref_t ref);
void gntdev_map_get(struct gntdev_map *map);
void gntdev_map_put(struct gntdev_map *map);
int gntdev_map_grants(struct gntdev_map *map, u32 flags);
void gntdev_map_exit(void);
#if IS_ENABLED(CONFIG_KUNIT)
extern struct gntdev_dying gntdev_dying_maps;
#endif

/* gntdev_dying.c */

/**
 * struct gntdev_dying - what is to end when others let go of it
 * @lock: guards the rest
 * @list: of those that wait
 * @age: how often in a row none of them was free
 * @next: jiffies of the next look
 * @work: queued while there are any
 * @is_free: whether one can end; with @lock
 * @end: ends it; without @lock
 */
struct gntdev_dying {
	/* All of it. */
	struct mutex lock;
	struct list_head list;
	unsigned int age;
	unsigned long next;
	struct delayed_work work;
	bool (*is_free)(struct list_head *node);
	void (*end)(struct list_head *node);
};

void gntdev_dying_add(struct gntdev_dying *dying, struct list_head *node);
void gntdev_dying_work(struct work_struct *work);
void gntdev_dying_exit(struct gntdev_dying *dying);
#if IS_ENABLED(CONFIG_KUNIT)
void gntdev_look_again(struct gntdev_dying *dying, unsigned int ms);
void gntdev_dying_look(struct gntdev_dying *dying);
#endif

/* gntdev_vma.c */
int gntdev_mmap(struct file *filp, struct vm_area_struct *vma);
long gntdev_get_offset(struct gntdev_file *file, void __user *arg);

/* gntdev_copy.c */
#define GNTDEV_COPY_PARTS	2

/**
 * struct gntdev_copy_part - what one operation of Xen's can copy
 * @done: bytes of the segment before it
 * @len: its bytes
 */
struct gntdev_copy_part {
	unsigned int done;
	unsigned int len;
};

int gntdev_copy_split(const struct gntdev_grant_copy_segment *seg,
		      struct gntdev_copy_part parts[GNTDEV_COPY_PARTS]);
long gntdev_copy(void __user *arg);

#ifdef CONFIG_XEN_GNTDEV_DMABUF
/* gntdev_export.c */
long gntdev_export(const struct gntdev_file *file,
		   struct ioctl_gntdev_dmabuf_exp_from_refs __user *arg);
long gntdev_export_wait(const struct gntdev_file *file,
			const struct ioctl_gntdev_dmabuf_exp_wait_released __user *arg);
void gntdev_export_close(const struct gntdev_file *file);

/* gntdev_import.c */
long gntdev_import(struct gntdev_file *file,
		   struct ioctl_gntdev_dmabuf_imp_to_refs __user *arg);
long gntdev_import_release(struct gntdev_file *file,
			   const struct ioctl_gntdev_dmabuf_imp_release __user *arg);
void gntdev_import_close(struct gntdev_file *file);
void gntdev_import_exit(void);
#if IS_ENABLED(CONFIG_KUNIT)
extern unsigned int gntdev_kept_max;
extern struct gntdev_dying gntdev_dying_imports;
#endif
#else
static inline void gntdev_import_exit(void)
{
}
#endif

#endif /* _XEN_USER_GNTDEV_H */
