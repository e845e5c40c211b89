// SPDX-License-Identifier: GPL-2.0
/*
 * IOCTL_PRIVCMD_DM_OP: commands of a device model.
 *
 * Xen reads and writes the buffers where they are in user space, and takes a page that
 * is not there for an error. So their pages are held in memory for the time.
 */
#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/dm_op.h>
#include <xen/privcmd.h>
#include <xen/xen-ops.h>

#include "privcmd.h"

unsigned int privcmd_dm_op_max_nr_bufs = 16;
module_param_named(dm_op_max_nr_bufs, privcmd_dm_op_max_nr_bufs, uint, 0644);
MODULE_PARM_DESC(dm_op_max_nr_bufs, "Buffers that a dm_op may have");

unsigned int privcmd_dm_op_buf_max_size = 4096;
module_param_named(dm_op_buf_max_size, privcmd_dm_op_buf_max_size, uint, 0644);
MODULE_PARM_DESC(dm_op_buf_max_size, "Bytes that each of them may have");

static unsigned long pages_of(const struct privcmd_dm_op_buf *buf)
{
	if (!buf->size)
		return 0;
	return DIV_ROUND_UP(offset_in_page(buf->uptr) + buf->size, PAGE_SIZE);
}

/**
 * privcmd_dm_op_pages() - check buffers and count their pages
 * @bufs: buffers in user space
 * @nr: how many
 * @max_size: bytes that each may have
 *
 * Context: process context.
 * Return: pages of all of them; -E2BIG; -EFAULT where one is not in user space.
 */
long privcmd_dm_op_pages(const struct privcmd_dm_op_buf *bufs, unsigned int nr,
			 unsigned int max_size)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (bufs[i].size > max_size)
			return -E2BIG;
		if (!access_ok(bufs[i].uptr, bufs[i].size))
			return -EFAULT;
		pages += pages_of(&bufs[i]);
	}
	return pages;
}

/* Returns how many pages are held, which may be a part, and sets @err then. */
static unsigned long hold_pages(const struct privcmd_dm_op_buf *bufs,
				unsigned int nr, struct page **pages, long *err)
{
	unsigned long start, want, done, held = 0;
	unsigned int i;
	int got;

	*err = 0;
	for (i = 0; i < nr; i++) {
		start = (unsigned long)bufs[i].uptr & PAGE_MASK;
		want = pages_of(&bufs[i]);
		for (done = 0; done < want; done += got) {
			got = pin_user_pages_fast(start + (done << PAGE_SHIFT),
						  want - done, FOLL_WRITE,
						  pages + held);
			if (got <= 0) {
				*err = got ?: -EFAULT;
				return held;
			}
			held += got;
		}
	}
	return held;
}

static long call_xen(domid_t domid, const struct privcmd_dm_op_buf *bufs,
		     unsigned int nr)
{
	struct xen_dm_op_buf *xen_bufs __free(kfree) =
		kcalloc(nr, sizeof(*xen_bufs), GFP_KERNEL_ACCOUNT);
	unsigned int i;
	long rc;

	if (!xen_bufs)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		set_xen_guest_handle(xen_bufs[i].h,
				     (void __force *)bufs[i].uptr);
		xen_bufs[i].size = bufs[i].size;
	}
	xen_preemptible_hcall_begin();
	rc = HYPERVISOR_dm_op(domid, nr, xen_bufs);
	xen_preemptible_hcall_end();
	return rc;
}

/* Checked, and copied from user space. */
static long run_dm_op(domid_t domid, const struct privcmd_dm_op_buf *bufs,
		      unsigned int nr, unsigned int max_size)
{
	long nr_pages = privcmd_dm_op_pages(bufs, nr, max_size);
	struct page **pages;
	unsigned long held;
	long rc;

	if (nr_pages < 0)
		return nr_pages;
	pages = kvcalloc(nr_pages, sizeof(*pages),
			 GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!pages)
		return -ENOMEM;
	held = hold_pages(bufs, nr, pages, &rc);
	if (!rc)
		rc = call_xen(domid, bufs, nr);
	unpin_user_pages_dirty_lock(pages, held, true);
	kvfree(pages);
	return rc;
}

/**
 * privcmd_ioctl_dm_op() - IOCTL_PRIVCMD_DM_OP
 * @file: the open file
 * @arg: a struct privcmd_dm_op in user space; no buffers at all are no command, and
 *	fine
 *
 * Context: sleeps.
 * Return: what Xen returns, or a negative error.
 */
long privcmd_ioctl_dm_op(const struct privcmd_file *file, void __user *arg)
{
	/* Whoever changes them now is not to make checks of one and use of another. */
	unsigned int max_nr = READ_ONCE(privcmd_dm_op_max_nr_bufs);
	unsigned int max_size = READ_ONCE(privcmd_dm_op_buf_max_size);
	struct privcmd_dm_op_buf *bufs;
	struct privcmd_dm_op op;
	long rc;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (!privcmd_may_reach(file, op.dom))
		return -EPERM;
	if (!op.num)
		return 0;
	if (op.num > max_nr)
		return -E2BIG;
	bufs = memdup_array_user(op.ubufs, op.num, sizeof(*bufs));
	if (IS_ERR(bufs))
		return PTR_ERR(bufs);
	rc = run_dm_op(op.dom, bufs, op.num, max_size);
	kfree(bufs);
	return rc;
}
