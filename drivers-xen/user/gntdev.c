// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/gntdev, the device: which maps a file has, by the offset that stands for
 * them in mmap(). Offsets run on and are not used again, so an old one is an error and
 * never another map. The first one is 0, which programs may rely on.
 */
#define pr_fmt(fmt) "xen/gntdev: " fmt

#include <linux/cleanup.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <kunit/static_stub.h>

#include <xen/xen.h>

#include "gntdev.h"

static unsigned int limit = 64 * 1024;
module_param(limit, uint, 0644);
MODULE_PARM_DESC(limit, "Most grants that can be mapped together");

/**
 * gntdev_may_map() - is this a number of grants that may be mapped together?
 * @count: the number
 *
 * Return: true if it is.
 */
bool gntdev_may_map(unsigned int count)
{
	return count && count <= READ_ONCE(limit);
}

/* For rb_find(): is @key, an index, before, in or behind the map? */
static int compare_index(const void *key, const struct rb_node *node)
{
	const struct gntdev_map *map = rb_entry(node, struct gntdev_map, node);
	unsigned long index = *(const unsigned long *)key;

	if (index < map->index)
		return -1;
	return index - map->index >= map->count;
}

static bool is_before(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct gntdev_map, node)->index <
	       rb_entry(b, struct gntdev_map, node)->index;
}

/**
 * gntdev_find() - find the map that a page belongs to
 * @file: the open device
 * @index: of the page: its offset in pages
 *
 * Context: @file->lock held, without which the map may go.
 * Return: the map or NULL.
 */
struct gntdev_map *gntdev_find(struct gntdev_file *file, unsigned long index)
{
	struct rb_node *node;

	lockdep_assert_held(&file->lock);
	node = rb_find(&index, &file->maps, compare_index);
	return node ? rb_entry(node, struct gntdev_map, node) : NULL;
}

/* The file becomes one more user of the map. */
static void add_map(struct gntdev_file *file, struct gntdev_map *map)
{
	guard(mutex)(&file->lock);
	map->index = file->next;
	file->next += map->count;
	gntdev_map_get(map);
	rb_add(&map->node, &file->maps, is_before);
}

/* The file's use goes to the caller. False if somebody else was faster. */
static bool remove_map(struct gntdev_file *file, struct gntdev_map *map)
{
	lockdep_assert_held(&file->lock);
	if (RB_EMPTY_NODE(&map->node))
		return false;
	rb_erase(&map->node, &file->maps);
	RB_CLEAR_NODE(&map->node);
	return true;
}

static int name_grants(struct gntdev_map *map,
		       const struct ioctl_gntdev_grant_ref __user *from)
{
	struct ioctl_gntdev_grant_ref *refs;
	unsigned int i;
	int err = 0;

	refs = vmemdup_array_user(from, map->count, sizeof(*refs));
	if (IS_ERR(refs))
		return PTR_ERR(refs);
	for (i = 0; i < map->count && !err; i++)
		err = gntdev_map_name(map, i, refs[i].domid, refs[i].ref);
	kvfree(refs);
	return err;
}

/* Nobody knows the offset, unless he has guessed it, and unmapped the map. */
static void withdraw(struct gntdev_file *file, struct gntdev_map *map)
{
	bool removed;

	scoped_guard(mutex, &file->lock)
		removed = remove_map(file, map);
	if (removed)
		gntdev_map_put(map);
}

static long do_map(struct gntdev_file *file,
		   struct ioctl_gntdev_map_grant_ref __user *arg)
{
	struct gntdev_map *map;
	u32 count;
	int err;

	if (get_user(count, &arg->count))
		return -EFAULT;
	if (!gntdev_may_map(count))
		return -EINVAL;
	map = gntdev_map_alloc(count, 0);
	if (IS_ERR(map))
		return PTR_ERR(map);
	err = name_grants(map, arg->refs);
	if (!err) {
		add_map(file, map);
		err = put_user((u64)map->index << PAGE_SHIFT, &arg->index);
		if (err)
			withdraw(file, map);
	}
	gntdev_map_put(map);
	return err;
}

static struct gntdev_map *take_map(struct gntdev_file *file,
				   unsigned long index, u32 count)
{
	struct gntdev_map *map;

	guard(mutex)(&file->lock);
	map = gntdev_find(file, index);
	if (!map || map->index != index || (count && map->count != count))
		return NULL;
	remove_map(file, map);
	return map;
}

/* The program may have it mapped still: then the grants stay until munmap(). */
static long do_unmap(struct gntdev_file *file,
		     struct ioctl_gntdev_unmap_grant_ref __user *arg)
{
	struct ioctl_gntdev_unmap_grant_ref op;
	struct gntdev_map *map;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	map = take_map(file, op.index >> PAGE_SHIFT, op.count);
	if (!map)
		return -ENOENT;
	gntdev_map_put(map);
	return 0;
}

static int set_notify(struct gntdev_file *file, u64 index,
		      struct unmap_notify *notify)
{
	struct gntdev_map *map;

	guard(mutex)(&file->lock);
	map = gntdev_find(file, index >> PAGE_SHIFT);
	if (!map)
		return -ENOENT;
	if (notify->action & UNMAP_NOTIFY_CLEAR_BYTE &&
	    READ_ONCE(map->flags) & GNTMAP_readonly)
		return -EINVAL;
	notify->offset = index - ((u64)map->index << PAGE_SHIFT);
	swap(map->notify, *notify);
	return 0;
}

static long do_notify(struct gntdev_file *file,
		      struct ioctl_gntdev_unmap_notify __user *arg)
{
	struct ioctl_gntdev_unmap_notify op;
	struct unmap_notify notify;
	int err;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	err = unmap_notify_get(&notify, op.action, 0, op.event_channel_port);
	if (err)
		return err;
	err = set_notify(file, op.index, &notify);
	/* What was to be done before, or what cannot be done */
	unmap_notify_put(&notify);
	return err;
}

static long gntdev_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct gntdev_file *file = filp->private_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case IOCTL_GNTDEV_MAP_GRANT_REF:
		return do_map(file, uarg);
	case IOCTL_GNTDEV_UNMAP_GRANT_REF:
		return do_unmap(file, uarg);
	case IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR:
		return gntdev_get_offset(file, uarg);
	case IOCTL_GNTDEV_SET_UNMAP_NOTIFY:
		return do_notify(file, uarg);
	case IOCTL_GNTDEV_GRANT_COPY:
		return gntdev_copy(uarg);
#ifdef CONFIG_XEN_GNTDEV_DMABUF
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS:
		return gntdev_export(file, uarg);
	case IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED:
		return gntdev_export_wait(file, uarg);
	case IOCTL_GNTDEV_DMABUF_IMP_TO_REFS:
		return gntdev_import(file, uarg);
	case IOCTL_GNTDEV_DMABUF_IMP_RELEASE:
		return gntdev_import_release(file, uarg);
#endif
	default:
		return -ENOIOCTLCMD;
	}
}

static int gntdev_open(struct inode *inode, struct file *filp)
{
	struct gntdev_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	file->maps = RB_ROOT;
#ifdef CONFIG_XEN_GNTDEV_DMABUF
	mutex_init(&file->imports_lock);
	INIT_LIST_HEAD(&file->imports);
#endif
	filp->private_data = file;
	return 0;
}

/* Areas of memory hold the file, so nothing of it is mapped any more. */
static int gntdev_release(struct inode *inode, struct file *filp)
{
	struct gntdev_file *file = filp->private_data;
	struct gntdev_map *map, *next;

	rbtree_postorder_for_each_entry_safe(map, next, &file->maps, node)
		gntdev_map_put(map);
#ifdef CONFIG_XEN_GNTDEV_DMABUF
	gntdev_import_close(file);
	gntdev_export_close(file);
#endif
	kfree(file);
	return 0;
}

const struct file_operations gntdev_file_ops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = gntdev_ioctl,
	.mmap = gntdev_mmap,
	.open = gntdev_open,
	.release = gntdev_release,
};

static struct miscdevice gntdev_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/gntdev",
	.fops = &gntdev_file_ops,
};

#ifdef CONFIG_XEN_GRANT_DMA_ALLOC
/**
 * gntdev_dma_device() - for whom a buffer is allocated that devices are to reach
 *
 * Context: the device is there. Replaced by tests.
 * Return: the device, which can reach all memory.
 */
struct device *gntdev_dma_device(void)
{
	struct device *dev = gntdev_device.this_device;

	KUNIT_STATIC_STUB_REDIRECT(gntdev_dma_device);
	dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
	return dev;
}
#endif

static int __init gntdev_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = misc_register(&gntdev_device);
	if (err)
		pr_err("no /dev/xen/gntdev: error %d\n", err);
	return err;
}
module_init(gntdev_init);

static void __exit gntdev_exit(void)
{
	misc_deregister(&gntdev_device);
	gntdev_map_exit();
	gntdev_import_exit();
}
module_exit(gntdev_exit);

MODULE_DESCRIPTION("Pages of other domains for programs");
MODULE_LICENSE("GPL");
