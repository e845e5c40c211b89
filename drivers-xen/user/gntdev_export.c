// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that another domain has granted, as a dma-buf. It ends when nobody has the
 * dma-buf any more, and a program can wait for that.
 *
 * A program names it by the descriptor that it got, also after it has closed that: it
 * is a mere number here. When the same number comes twice, the latest is meant.
 */
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "gntdev.h"

MODULE_IMPORT_NS(DMA_BUF);

/**
 * struct grant_export - a dma-buf of granted pages
 * @users: the dma-buf, and those who wait for its end
 * @node: in exports
 * @file: the device it was made by, which may be closed since: a name, no pointer
 * @fd: the descriptor it had
 * @map: its pages
 * @ended: nobody has the dma-buf any more
 */
struct grant_export {
	refcount_t users;
	struct list_head node;
	const struct gntdev_file *file;
	int fd;
	struct gntdev_map *map;
	struct completion ended;
};

/* All exports, the latest first */
static DEFINE_MUTEX(exports_lock);
static LIST_HEAD(exports);

static void put_export(struct grant_export *export)
{
	if (refcount_dec_and_test(&export->users))
		kfree(export);
}

static void end_export(struct dma_buf *buf)
{
	struct grant_export *export = buf->priv;

	scoped_guard(mutex, &exports_lock)
		list_del_init(&export->node);
	gntdev_map_put(export->map);
	complete_all(&export->ended);
	put_export(export);
}

static struct sg_table *map_export(struct dma_buf_attachment *attach,
				   enum dma_data_direction dir)
{
	const struct grant_export *export = attach->dmabuf->priv;
	const struct gntdev_map *map = export->map;
	struct sg_table *sgt = kmalloc(sizeof(*sgt), GFP_KERNEL);
	int err;

	if (!sgt)
		return ERR_PTR(-ENOMEM);
	err = sg_alloc_table_from_pages(sgt, map->pages, map->count, 0,
					(size_t)map->count << PAGE_SHIFT,
					GFP_KERNEL);
	if (err) {
		kfree(sgt);
		return ERR_PTR(err);
	}
	/* The other domain's caches are none of our business. */
	err = dma_map_sgtable(attach->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC);
	if (err) {
		sg_free_table(sgt);
		kfree(sgt);
		return ERR_PTR(err);
	}
	return sgt;
}

static void unmap_export(struct dma_buf_attachment *attach,
			 struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC);
	sg_free_table(sgt);
	kfree(sgt);
}

static const struct dma_buf_ops export_ops = {
	.cache_sgt_mapping = true,
	.map_dma_buf = map_export,
	.unmap_dma_buf = unmap_export,
	.release = end_export,
};

/* The map goes to the dma-buf, also on failure. */
static struct dma_buf *make_dma_buf(struct gntdev_map *map)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct grant_export *export;
	struct dma_buf *buf;

	export = kzalloc(sizeof(*export), GFP_KERNEL_ACCOUNT);
	if (!export) {
		gntdev_map_put(map);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&export->users, 1);
	INIT_LIST_HEAD(&export->node);
	init_completion(&export->ended);
	export->map = map;

	info.ops = &export_ops;
	info.size = (size_t)map->count << PAGE_SHIFT;
	info.flags = O_RDWR;
	info.priv = export;
	buf = dma_buf_export(&info);
	if (IS_ERR(buf)) {
		gntdev_map_put(map);
		kfree(export);
	}
	return buf;
}

/* Gives the program a descriptor of @buf, which goes with it, also on failure. */
static int publish_export(const struct gntdev_file *file, struct dma_buf *buf,
			  u32 __user *where)
{
	struct grant_export *export = buf->priv;
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd >= 0 && put_user(fd, where)) {
		put_unused_fd(fd);
		fd = -EFAULT;
	}
	if (fd < 0) {
		dma_buf_put(buf);
		return fd;
	}
	export->file = file;
	export->fd = fd;
	scoped_guard(mutex, &exports_lock)
		list_add(&export->node, &exports);
	fd_install(fd, buf->file);
	return 0;
}

static struct gntdev_map *map_for_export(const struct ioctl_gntdev_dmabuf_exp_from_refs *op,
					 const u32 __user *from)
{
	struct gntdev_map *map;
	unsigned int i;
	int err = 0;
	u32 *refs;

	refs = vmemdup_array_user(from, op->count, sizeof(*refs));
	if (IS_ERR(refs))
		return ERR_CAST(refs);
	map = gntdev_map_alloc(op->count, op->flags);
	if (IS_ERR(map)) {
		kvfree(refs);
		return map;
	}
	for (i = 0; i < op->count && !err; i++)
		err = gntdev_map_name(map, i, op->domid, refs[i]);
	kvfree(refs);
	if (!err)
		err = gntdev_map_grants(map, GNTMAP_host_map);
	if (err) {
		gntdev_map_put(map);
		return ERR_PTR(err);
	}
	return map;
}

/**
 * gntdev_export() - IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS
 * @file: the open device
 * @arg: of the ioctl
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a wrong number or wrong flags, or if Xen refuses one of the
 * grants; -EFAULT, -ENOMEM, or what there is against a new descriptor.
 */
long gntdev_export(const struct gntdev_file *file,
		   struct ioctl_gntdev_dmabuf_exp_from_refs __user *arg)
{
	const u32 both = GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT;
	struct ioctl_gntdev_dmabuf_exp_from_refs op;
	struct gntdev_map *map;
	struct dma_buf *buf;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	op.flags &= both;
	if (!gntdev_may_map(op.count) || op.flags == both)
		return -EINVAL;
	map = map_for_export(&op, arg->refs);
	if (IS_ERR(map))
		return PTR_ERR(map);
	buf = make_dma_buf(map);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	return publish_export(file, buf, &arg->fd);
}

static struct grant_export *find_export(const struct gntdev_file *file, int fd)
{
	struct grant_export *export;

	guard(mutex)(&exports_lock);
	list_for_each_entry(export, &exports, node) {
		if (export->file == file && export->fd == fd) {
			refcount_inc(&export->users);
			return export;
		}
	}
	return NULL;
}

/**
 * gntdev_export_wait() - IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED
 * @file: the open device
 * @arg: of the ioctl
 *
 * Context: sleeps as long as the program wants, up to 49 days.
 * Return: 0 when nobody has the dma-buf any more; -ENOENT if there was none,
 * -ETIMEDOUT, -EINTR, -EFAULT.
 */
long gntdev_export_wait(const struct gntdev_file *file,
			const struct ioctl_gntdev_dmabuf_exp_wait_released __user *arg)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released op;
	struct grant_export *export;
	long left;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	export = find_export(file, op.fd);
	if (!export)
		return -ENOENT;
	left = wait_for_completion_interruptible_timeout(&export->ended,
							 msecs_to_jiffies(op.wait_to_ms));
	put_export(export);
	if (!left)
		return -ETIMEDOUT;
	return left < 0 ? -EINTR : 0;
}

/**
 * gntdev_export_close() - the device is closed
 * @file: the open device
 *
 * Exports go on as long as somebody has them, but nobody can ask for them.
 *
 * Context: may sleep.
 */
void gntdev_export_close(const struct gntdev_file *file)
{
	struct grant_export *export, *next;

	guard(mutex)(&exports_lock);
	list_for_each_entry_safe(export, next, &exports, node) {
		if (export->file == file)
			list_del_init(&export->node);
	}
}
