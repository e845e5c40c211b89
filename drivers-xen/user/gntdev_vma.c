// SPDX-License-Identifier: GPL-2.0
/*
 * mmap() of /dev/xen/gntdev.
 *
 * The grants of a map are mapped when a program maps it into its memory: only then it
 * is known whether the program wants to write. A map can be mapped into memory once.
 * What a fork or munmap() of a part makes of that area are areas of the same map.
 */
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "gntdev.h"

static void area_open(struct vm_area_struct *vma)
{
	gntdev_map_get(vma->vm_private_data);
}

static void area_close(struct vm_area_struct *vma)
{
	gntdev_map_put(vma->vm_private_data);
}

static const struct vm_operations_struct gntdev_vm_ops = {
	.open = area_open,
	.close = area_close,
};

/* The map that is exactly this, with a use for the caller, if nobody has had it yet */
static struct gntdev_map *claim(struct gntdev_file *file, unsigned long index,
				unsigned long count)
{
	struct gntdev_map *map;

	guard(mutex)(&file->lock);
	map = gntdev_find(file, index);
	if (!map || map->index != index || map->count != count || map->claimed)
		return NULL;
	map->claimed = true;
	gntdev_map_get(map);
	return map;
}

static void unclaim(struct gntdev_file *file, struct gntdev_map *map)
{
	scoped_guard(mutex, &file->lock)
		map->claimed = false;
	gntdev_map_put(map);
}

static void set_flags(struct vm_area_struct *vma, u32 flags)
{
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	/*
	 * Nobody may write later to what Xen has mapped read-only, nor get a copy of
	 * his own of a page that is not ours.
	 */
	if (flags & GNTMAP_readonly || !(vma->vm_flags & VM_SHARED))
		vm_flags_clear(vma, VM_MAYWRITE);
}

/**
 * gntdev_mmap() - map grants into a program's memory
 * @filp: the open device
 * @vma: where; what, is said by its offset and size
 *
 * Context: mmap_lock held for writing.
 * Return: 0; -EINVAL for what is no map, for a map that has been mapped before, for a
 * private area to be written to, and if Xen refuses one of the grants. Then the next
 * try may succeed. -ENOMEM, after which the map can only be ended.
 */
int gntdev_mmap(struct file *filp, struct vm_area_struct *vma)
{
	u32 flags = GNTMAP_host_map;
	struct gntdev_file *file = filp->private_data;
	unsigned long left;
	struct gntdev_map *map;
	int err;

	if ((vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
		return -EINVAL;
	if (!(vma->vm_flags & VM_WRITE))
		flags |= GNTMAP_readonly;

	map = claim(file, vma->vm_pgoff, vma_pages(vma));
	if (!map)
		return -EINVAL;
	err = gntdev_map_grants(map, flags);
	if (err) {
		unclaim(file, map);
		return err;
	}

	set_flags(vma, flags);
	left = map->count;
	err = vm_insert_pages(vma, vma->vm_start, map->pages, &left);
	if (err) {
		/* What is in the page tables already goes after this, and so may the map. */
		gntdev_map_put(map);
		return err;
	}
	vma->vm_ops = &gntdev_vm_ops;
	vma->vm_private_data = map;
	return 0;
}

/* The map of this file that the area belongs to */
static struct gntdev_map *map_of(const struct gntdev_file *file,
				 const struct vm_area_struct *vma)
{
	if (!vma || vma->vm_ops != &gntdev_vm_ops ||
	    vma->vm_file->private_data != file)
		return NULL;
	return vma->vm_private_data;
}

/**
 * gntdev_get_offset() - IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR
 * @file: the open device
 * @arg: of the ioctl
 *
 * Context: may sleep.
 * Return: 0, -EFAULT, or -EINVAL if there is no map of the file at this address.
 */
long gntdev_get_offset(struct gntdev_file *file, void __user *arg)
{
	struct ioctl_gntdev_get_offset_for_vaddr op;
	struct gntdev_map *map;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;

	mmap_read_lock(current->mm);
	map = map_of(file, vma_lookup(current->mm, op.vaddr));
	if (map) {
		op.offset = (u64)map->index << PAGE_SHIFT;
		op.count = map->count;
	}
	mmap_read_unlock(current->mm);

	if (!map)
		return -EINVAL;
	return copy_to_user(arg, &op, sizeof(op)) ? -EFAULT : 0;
}
