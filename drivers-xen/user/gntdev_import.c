// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of somebody's dma-buf, granted to another domain until the program releases
 * them or closes the device.
 *
 * A program names it by the descriptor of the dma-buf, also after it has closed that:
 * it is a mere number here. When the same number comes twice, the latest is meant.
 *
 * The other domain may have pages mapped still when the program is done. Their owner would
 * use them for something else: so he does not get back any before the other domain lets go
 * of all, see gntdev_dying.c. A domain that keeps too much gets no more.
 */
#include <linux/cleanup.h>
#include <linux/dma-buf.h>
#include <linux/dma-direct.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <kunit/visibility.h>

#include <xen/grant_table.h>
#include <xen/page.h>

#include "gntdev.h"

/**
 * struct grant_import - a dma-buf whose pages are granted
 * @node: in gntdev_file.imports, then in gntdev_dying_imports
 * @fd: the descriptor it had
 * @attach: our use of it
 * @sgt: its pages
 * @domid: to whom they are granted
 * @count: how many references there are
 * @refs: the references
 */
struct grant_import {
	struct list_head node;
	int fd;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	domid_t domid;
	unsigned int count;
	grant_ref_t refs[] __counted_by(count);
};

/* A domain with more pages than that in imports of which it keeps some is granted no others. */
VISIBLE_IF_KUNIT unsigned int gntdev_kept_max = 4096;

/* Access to all pages, which must be as many as the references */
static int grant_pages(struct grant_import *import)
{
	struct device *dev = import->attach->dev;
	struct sg_dma_page_iter iter;
	unsigned int i = 0;
	int ref;

	/* The pages themselves are their owner's; their addresses will do. */
	for_each_sgtable_dma_page(import->sgt, &iter, 0) {
		phys_addr_t at = dma_to_phys(dev, sg_page_iter_dma_address(&iter));

		if (i == import->count)
			return -EINVAL;
		ref = gnttab_grant_foreign_access(import->domid,
						  pfn_to_gfn(PHYS_PFN(at)), 0);
		if (ref < 0)
			return ref;
		import->refs[i++] = ref;
	}
	return i == import->count ? 0 : -EINVAL;
}

/* Returns whether none is left: not those that the other domain has mapped. */
static bool end_grants(struct grant_import *import)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < import->count; i++) {
		if (import->refs[i] == INVALID_GRANT_REF)
			continue;
		if (gnttab_try_end_foreign_access(import->refs[i]))
			import->refs[i] = INVALID_GRANT_REF;
		else
			all = false;
	}
	return all;
}

static void detach(struct grant_import *import)
{
	struct dma_buf *buf = import->attach->dmabuf;

	dma_buf_unmap_attachment_unlocked(import->attach, import->sgt,
					  DMA_BIDIRECTIONAL);
	dma_buf_detach(buf, import->attach);
	dma_buf_put(buf);
}

static int attach(struct grant_import *import)
{
	struct dma_buf *buf = dma_buf_get(import->fd);

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	import->attach = dma_buf_attach(buf, gntdev_dma_device());
	if (IS_ERR(import->attach)) {
		dma_buf_put(buf);
		return PTR_ERR(import->attach);
	}
	import->sgt = dma_buf_map_attachment_unlocked(import->attach,
						      DMA_BIDIRECTIONAL);
	if (IS_ERR(import->sgt)) {
		dma_buf_detach(buf, import->attach);
		dma_buf_put(buf);
		return PTR_ERR(import->sgt);
	}
	return 0;
}

static void free_import(struct grant_import *import)
{
	detach(import);
	kvfree(import);
}

static bool is_free(struct list_head *node)
{
	return end_grants(list_entry(node, struct grant_import, node));
}

static void end(struct list_head *node)
{
	free_import(list_entry(node, struct grant_import, node));
}

/* Those that the other domain has mapped */
VISIBLE_IF_KUNIT struct gntdev_dying gntdev_dying_imports = {
	.lock = __MUTEX_INITIALIZER(gntdev_dying_imports.lock),
	.list = LIST_HEAD_INIT(gntdev_dying_imports.list),
	.work = __DELAYED_WORK_INITIALIZER(gntdev_dying_imports.work,
					   gntdev_dying_work, 0),
	.is_free = is_free,
	.end = end,
};

static void end_import(struct grant_import *import)
{
	if (end_grants(import))
		free_import(import);
	else
		gntdev_dying_add(&gntdev_dying_imports, &import->node);
}

/* Whether it keeps so much that it is not granted more */
static bool keeps_too_much(domid_t domid)
{
	struct grant_import *import;
	unsigned long kept = 0;

	guard(mutex)(&gntdev_dying_imports.lock);
	list_for_each_entry(import, &gntdev_dying_imports.list, node) {
		if (import->domid == domid)
			kept += import->count;
	}
	return kept > gntdev_kept_max;
}

static int fill_import(struct grant_import *import)
{
	const struct dma_buf *buf = import->attach->dmabuf;

	if (import->sgt->sgl->offset ||
	    buf->size != (size_t)import->count << PAGE_SHIFT)
		return -EINVAL;
	return grant_pages(import);
}

static struct grant_import *make_import(const struct ioctl_gntdev_dmabuf_imp_to_refs *op)
{
	struct grant_import *import;
	unsigned int i;
	int err;

	import = kvzalloc(struct_size(import, refs, op->count),
			  GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!import)
		return ERR_PTR(-ENOMEM);
	import->count = op->count;
	import->fd = op->fd;
	import->domid = op->domid;
	for (i = 0; i < import->count; i++)
		import->refs[i] = INVALID_GRANT_REF;
	err = attach(import);
	if (err) {
		kvfree(import);
		return ERR_PTR(err);
	}
	err = fill_import(import);
	if (err) {
		end_import(import);
		return ERR_PTR(err);
	}
	return import;
}

/**
 * gntdev_import() - IOCTL_GNTDEV_DMABUF_IMP_TO_REFS
 * @file: the open device
 * @arg: of the ioctl
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a wrong number, or a dma-buf that does not have so many pages;
 * -ENOSPC or -EBUSY if there are no grants; -EFAULT, -ENOMEM, and what the owner of the
 * dma-buf has against it.
 */
long gntdev_import(struct gntdev_file *file,
		   struct ioctl_gntdev_dmabuf_imp_to_refs __user *arg)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs op;
	struct grant_import *import;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (!gntdev_may_map(op.count) || op.domid > U16_MAX)
		return -EINVAL;
	if (keeps_too_much(op.domid))
		return -EBUSY;
	import = make_import(&op);
	if (IS_ERR(import))
		return PTR_ERR(import);
	if (copy_to_user(arg->refs, import->refs,
			 import->count * sizeof(*import->refs))) {
		end_import(import);
		return -EFAULT;
	}
	guard(mutex)(&file->imports_lock);
	list_add(&import->node, &file->imports);
	return 0;
}

static struct grant_import *take_import(struct gntdev_file *file, int fd)
{
	struct grant_import *import;

	guard(mutex)(&file->imports_lock);
	list_for_each_entry(import, &file->imports, node) {
		if (import->fd == fd) {
			list_del(&import->node);
			return import;
		}
	}
	return NULL;
}

/**
 * gntdev_import_release() - IOCTL_GNTDEV_DMABUF_IMP_RELEASE
 * @file: the open device
 * @arg: of the ioctl
 *
 * Context: may sleep.
 * Return: 0, -ENOENT if there was no such import, -EFAULT.
 */
long gntdev_import_release(struct gntdev_file *file,
			   const struct ioctl_gntdev_dmabuf_imp_release __user *arg)
{
	struct ioctl_gntdev_dmabuf_imp_release op;
	struct grant_import *import;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	import = take_import(file, op.fd);
	if (!import)
		return -ENOENT;
	end_import(import);
	return 0;
}

/**
 * gntdev_import_close() - the device is closed: imports end
 * @file: the open device
 *
 * Context: may sleep.
 */
void gntdev_import_close(struct gntdev_file *file)
{
	struct grant_import *import, *next;

	list_for_each_entry_safe(import, next, &file->imports, node) {
		list_del(&import->node);
		end_import(import);
	}
}

/**
 * gntdev_import_exit() - see the last import off
 *
 * Context: there are no imports any more, but the function that ended the last of them
 * may not have returned yet.
 */
void gntdev_import_exit(void)
{
	gntdev_dying_exit(&gntdev_dying_imports);
}
