// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/gntalloc: pages of ours that a program shares with another domain.
 *
 * Each page has a number in its open file, never used again, that is its offset for
 * mmap(). It lives as long as the file knows it or it is mapped. Then access ends;
 * as long as the other domain has the page mapped, that is for the grant table to wait
 * for, but the page does not count towards our limit any more.
 *
 * mmap() takes the file's lock inside mmap_lock, so user memory is never touched with
 * the lock held.
 */
#define pr_fmt(fmt) "xen/gntalloc: " fmt

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include <xen/xen.h>

#include "gntalloc.h"

/**
 * struct gntalloc_file - an open /dev/xen/gntalloc
 * @lock: guards the rest
 * @pages: of struct shared_page, by number
 * @next: number of the next page
 */
struct gntalloc_file {
	/* All of it. */
	struct mutex lock;
	struct xarray pages;
	unsigned long next;
};

/**
 * struct page_mapping - what one mmap() has mapped
 * @users: areas, of which a fork or a partial munmap() makes more
 * @count: how many pages
 * @pages: the pages, with a use each
 */
struct page_mapping {
	refcount_t users;
	unsigned int count;
	struct shared_page *pages[] __counted_by(count);
};

/* The file gives up those of these pages that it has. */
static void drop_pages(struct gntalloc_file *file, unsigned long first,
		       unsigned int count)
{
	struct shared_page *p;
	unsigned int i;

	lockdep_assert_held(&file->lock);
	for (i = 0; i < count; i++) {
		p = xa_erase(&file->pages, first + i);
		if (p)
			gntalloc_page_put(p);
	}
}

static bool has_pages(struct gntalloc_file *file, unsigned long first,
		      unsigned int count)
{
	unsigned int i;

	lockdep_assert_held(&file->lock);
	for (i = 0; i < count; i++) {
		if (!xa_load(&file->pages, first + i))
			return false;
	}
	return true;
}

/* Whoever has guessed their numbers may have freed some. */
static void undo_pages(struct gntalloc_file *file, unsigned long first,
		       unsigned int count)
{
	guard(mutex)(&file->lock);
	drop_pages(file, first, count);
}

/*
 * Make @count pages, which are counted already, with numbers from @first on. Returns 0
 * or an error, and then there are none, and none are counted.
 */
static int share_pages(struct gntalloc_file *file, unsigned long first,
		       const struct ioctl_gntalloc_alloc_gref *op, u32 *refs)
{
	bool readonly = !(op->flags & GNTALLOC_FLAG_WRITABLE);
	struct shared_page *p;
	unsigned int i;
	int err = 0;

	for (i = 0; i < op->count && !err; i++) {
		p = gntalloc_page_make(op->domid, readonly);
		if (IS_ERR(p)) {
			err = PTR_ERR(p);
			break;
		}
		refs[i] = p->ref;
		scoped_guard(mutex, &file->lock)
			err = xa_err(xa_store(&file->pages, first + i, p,
					      GFP_KERNEL_ACCOUNT));
		/* It takes its count with it. */
		if (err)
			gntalloc_page_put(p);
		cond_resched();
	}
	if (!err)
		return 0;

	gntalloc_uncount(op->count - i);
	undo_pages(file, first, i);
	return err;
}

static unsigned long take_numbers(struct gntalloc_file *file, unsigned int count)
{
	unsigned long first;

	guard(mutex)(&file->lock);
	first = file->next;
	file->next += count;
	return first;
}

static int tell_pages(struct ioctl_gntalloc_alloc_gref __user *arg,
		      const struct ioctl_gntalloc_alloc_gref *op,
		      const u32 *refs)
{
	if (copy_to_user(arg->gref_ids_flex, refs, op->count * sizeof(*refs)) ||
	    put_user(op->index, &arg->index))
		return -EFAULT;
	return 0;
}

static long do_alloc(struct gntalloc_file *file,
		     struct ioctl_gntalloc_alloc_gref __user *arg)
{
	struct ioctl_gntalloc_alloc_gref op;
	unsigned long first;
	u32 *refs;
	int err;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	err = gntalloc_count(op.count);
	if (err)
		return err;
	refs = kvmalloc_array(op.count, sizeof(*refs),
			      GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!refs) {
		gntalloc_uncount(op.count);
		return -ENOMEM;
	}

	first = take_numbers(file, op.count);
	op.index = (u64)first << PAGE_SHIFT;
	err = share_pages(file, first, &op, refs);
	if (!err) {
		err = tell_pages(arg, &op, refs);
		if (err)
			undo_pages(file, first, op.count);
	}
	kvfree(refs);
	return err;
}

static long do_dealloc(struct gntalloc_file *file,
		       struct ioctl_gntalloc_dealloc_gref __user *arg)
{
	struct ioctl_gntalloc_dealloc_gref op;
	unsigned long first;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (!op.count || op.index & ~PAGE_MASK)
		return -EINVAL;

	first = op.index >> PAGE_SHIFT;
	guard(mutex)(&file->lock);
	if (!has_pages(file, first, op.count))
		return -EINVAL;
	drop_pages(file, first, op.count);
	return 0;
}

static int set_notify(struct gntalloc_file *file, u64 index,
		      struct unmap_notify *notify)
{
	struct shared_page *p;

	guard(mutex)(&file->lock);
	p = xa_load(&file->pages, index >> PAGE_SHIFT);
	if (!p)
		return -ENOENT;
	swap(p->notify, *notify);
	return 0;
}

static long do_notify(struct gntalloc_file *file,
		      struct ioctl_gntalloc_unmap_notify __user *arg)
{
	struct ioctl_gntalloc_unmap_notify op;
	struct unmap_notify notify;
	int err;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	err = unmap_notify_get(&notify, op.action, op.index & ~PAGE_MASK,
			       op.event_channel_port);
	if (err)
		return err;
	err = set_notify(file, op.index, &notify);
	/* What it was before, or what could not be set */
	unmap_notify_put(&notify);
	return err;
}

static long gntalloc_ioctl(struct file *filp, unsigned int cmd,
			   unsigned long arg)
{
	struct gntalloc_file *file = filp->private_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case IOCTL_GNTALLOC_ALLOC_GREF:
		return do_alloc(file, uarg);
	case IOCTL_GNTALLOC_DEALLOC_GREF:
		return do_dealloc(file, uarg);
	case IOCTL_GNTALLOC_SET_UNMAP_NOTIFY:
		return do_notify(file, uarg);
	default:
		return -ENOIOCTLCMD;
	}
}

static void put_mapping(struct page_mapping *mapping)
{
	unsigned int i;

	if (!refcount_dec_and_test(&mapping->users))
		return;
	for (i = 0; i < mapping->count; i++)
		gntalloc_page_put(mapping->pages[i]);
	kvfree(mapping);
}

static void area_open(struct vm_area_struct *vma)
{
	struct page_mapping *mapping = vma->vm_private_data;

	refcount_inc(&mapping->users);
}

static void area_close(struct vm_area_struct *vma)
{
	put_mapping(vma->vm_private_data);
}

static const struct vm_operations_struct gntalloc_vm_ops = {
	.open = area_open,
	.close = area_close,
};

static int use_pages(struct gntalloc_file *file, unsigned long first,
		     struct page_mapping *mapping)
{
	struct shared_page *p;
	unsigned int i;

	guard(mutex)(&file->lock);
	for (i = 0; i < mapping->count; i++) {
		p = xa_load(&file->pages, first + i);
		if (!p)
			return -ENOENT;
		mapping->pages[i] = p;
	}
	for (i = 0; i < mapping->count; i++)
		refcount_inc(&mapping->pages[i]->users);
	return 0;
}

static int insert_pages(struct vm_area_struct *vma,
			const struct page_mapping *mapping)
{
	unsigned long addr = vma->vm_start;
	unsigned int i;
	int err = 0;

	for (i = 0; i < mapping->count && !err; i++) {
		err = vm_insert_page(vma, addr, mapping->pages[i]->page);
		addr += PAGE_SIZE;
	}
	return err;
}

static int gntalloc_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct gntalloc_file *file = filp->private_data;
	unsigned long count = vma_pages(vma);
	struct page_mapping *mapping;
	int err;

	/* A private copy would be shared with nobody. */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (count > gntalloc_pages())
		return -ENOENT;
	mapping = kvzalloc(struct_size(mapping, pages, count),
			   GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!mapping)
		return -ENOMEM;
	mapping->count = count;
	refcount_set(&mapping->users, 1);
	err = use_pages(file, vma->vm_pgoff, mapping);
	if (err) {
		kvfree(mapping);
		return err;
	}

	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	err = insert_pages(vma, mapping);
	if (err) {
		put_mapping(mapping);
		return err;
	}
	vma->vm_ops = &gntalloc_vm_ops;
	vma->vm_private_data = mapping;
	return 0;
}

static int gntalloc_open(struct inode *inode, struct file *filp)
{
	struct gntalloc_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	xa_init(&file->pages);
	filp->private_data = file;
	return 0;
}

/* Mappings hold the file, so there are none any more. */
static int gntalloc_release(struct inode *inode, struct file *filp)
{
	struct gntalloc_file *file = filp->private_data;
	struct shared_page *p;
	unsigned long number;

	xa_for_each(&file->pages, number, p)
		gntalloc_page_put(p);
	xa_destroy(&file->pages);
	kfree(file);
	return 0;
}

const struct file_operations gntalloc_file_ops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = gntalloc_ioctl,
	.mmap = gntalloc_mmap,
	.open = gntalloc_open,
	.release = gntalloc_release,
};

static struct miscdevice gntalloc_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/gntalloc",
	.fops = &gntalloc_file_ops,
};

static int __init gntalloc_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = misc_register(&gntalloc_device);
	if (err)
		pr_err("no /dev/xen/gntalloc: error %d\n", err);
	return err;
}
module_init(gntalloc_init);

static void __exit gntalloc_exit(void)
{
	misc_deregister(&gntalloc_device);
}
module_exit(gntalloc_exit);

MODULE_DESCRIPTION("Pages that programs share with other domains");
MODULE_LICENSE("GPL");
