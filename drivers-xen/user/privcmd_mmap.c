// SPDX-License-Identifier: GPL-2.0
/*
 * IOCTL_PRIVCMD_MMAPBATCH and _V2: map frames of a domain, each by its number.
 *
 * The first call for a VMA is for all of it. Frames may fail, each with an error of its
 * own: a frame that is paged out (-ENOENT) can be tried again, as can any other, by a
 * call for a part of the VMA that has only pages without a frame. What failed is not
 * mapped, and touching it is a bus error.
 *
 * The two differ in how errors are told: V2 has an array for them, the first sets
 * bits in the array of the frames.
 */
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <xen/privcmd.h>
#include <xen/xen-ops.h>

#include "privcmd.h"

/**
 * struct privcmd_batch - frames to be mapped
 * @domid: whose frames
 * @addr: where, in the current task
 * @nr: how many
 * @restricted: the file can be used on that domain only
 * @gfns: their numbers
 * @errs: what came of each
 */
struct privcmd_batch {
	domid_t domid;
	unsigned long addr;
	unsigned int nr;
	bool restricted;
	xen_pfn_t *gfns;
	int *errs;
};

/**
 * privcmd_v1_error() - an error as MMAPBATCH tells it
 * @err: error of a frame, or 0
 *
 * Return: bits to set in the number of the frame.
 */
u64 privcmd_v1_error(int err)
{
	if (!err)
		return 0;
	return err == -ENOENT ? PRIVCMD_MMAPBATCH_PAGED_ERROR :
				PRIVCMD_MMAPBATCH_MFN_ERROR;
}

/**
 * privcmd_fold_errors() - what the call returns where frames failed
 * @errs: error of each frame
 * @nr: how many
 * @any: set to whether there is an error at all
 *
 * Return: -ENOENT where a frame was paged out, so that user space tries again; else 0.
 */
int privcmd_fold_errors(const int *errs, unsigned int nr, bool *any)
{
	unsigned int i;
	int rc = 0;

	*any = false;
	for (i = 0; i < nr; i++) {
		*any |= !!errs[i];
		if (errs[i] == -ENOENT)
			rc = -ENOENT;
	}
	return rc;
}

/**
 * privcmd_check_place() - may these pages be mapped?
 * @vma: one of ours with all of them
 * @addr: address of the first, page-aligned
 * @nr: how many
 *
 * Context: mmap lock held.
 * Return: 0; -EINVAL if something is there, or if the first call is for a part.
 */
int privcmd_check_place(struct vm_area_struct *vma, unsigned long addr,
			unsigned long nr)
{
	struct privcmd_mapping *mapping = privcmd_mapping_of(vma);
	unsigned long first, end;

	if (!mapping)
		return addr == vma->vm_start && nr == vma_pages(vma) ? 0 :
								       -EINVAL;
	first = privcmd_page_index(vma, addr);
	end = first + nr;
	return find_next_bit(mapping->present, end, first) < end ? -EINVAL : 0;
}

static struct vm_area_struct *find_place(const struct privcmd_batch *batch)
{
	struct vm_area_struct *vma = privcmd_find_vma(batch->addr, batch->nr);

	if (!vma || privcmd_check_place(vma, batch->addr, batch->nr))
		return NULL;
	return vma;
}

/*
 * A first look, so that no memory is allocated for what cannot be. Returns 1 where
 * there is no mapping yet.
 */
static int look_at_place(const struct privcmd_batch *batch)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int rc = -EINVAL;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	vma = find_place(batch);
	if (vma)
		rc = !privcmd_mapping_of(vma);
	mmap_read_unlock(mm);
	return rc;
}

static int fill_place(struct vm_area_struct *vma,
		      struct privcmd_mapping *mapping, unsigned long first,
		      const struct privcmd_batch *batch)
{
	unsigned int i;
	int rc;

	mmap_assert_write_locked(vma->vm_mm);
	rc = xen_remap_domain_gfn_array(vma, batch->addr, batch->gfns,
					batch->nr, batch->errs,
					vma->vm_page_prot, batch->domid,
					mapping->pages + first);
	if (rc < 0)
		return rc;
	for (i = 0; i < batch->nr; i++) {
		if (!batch->errs[i])
			__set_bit(first + i, mapping->present);
	}
	return 0;
}

/* @fresh is for a VMA without a mapping, and NULL if there was one. */
static int map_frames(const struct privcmd_batch *batch,
		      struct privcmd_mapping **fresh)
{
	struct vm_area_struct *vma;
	struct privcmd_mapping *mapping;
	int err;

	mmap_assert_write_locked(current->mm);
	vma = find_place(batch);
	if (!vma)
		return -EINVAL;
	mapping = privcmd_mapping_of(vma);
	if (mapping)
		return fill_place(vma, mapping,
				  privcmd_page_index(vma, batch->addr), batch);
	/* Somebody has unmapped, and mapped anew, what we looked at. */
	if (!*fresh)
		return -EINVAL;
	err = fill_place(vma, *fresh, 0, batch);
	if (!err) {
		privcmd_attach(vma, *fresh);
		*fresh = NULL;
	}
	return err;
}

static int map_batch(const struct privcmd_batch *batch, bool needs_mapping)
{
	struct privcmd_mapping *fresh = NULL;
	int err;

	if (needs_mapping) {
		fresh = privcmd_mapping_alloc(batch->nr, batch->restricted);
		if (!fresh)
			return -ENOMEM;
	}
	err = -EINTR;
	if (!mmap_write_lock_killable(current->mm)) {
		err = map_frames(batch, &fresh);
		mmap_write_unlock(current->mm);
	}
	if (fresh)
		privcmd_mapping_put(fresh);
	return err;
}

/* Errors to where user space has room for them, see do_batch() */
static int report_errors(const struct privcmd_batch *batch,
			 xen_pfn_t __user *user_gfns, int __user *user_errs)
{
	size_t size = array_size(batch->nr, sizeof(*batch->errs));
	unsigned int i;
	u64 bits;

	if (user_errs)
		return copy_to_user(user_errs, batch->errs, size) ? -EFAULT : 0;
	for (i = 0; i < batch->nr; i++) {
		bits = privcmd_v1_error(batch->errs[i]);
		if (bits && put_user(batch->gfns[i] | bits, user_gfns + i))
			return -EFAULT;
	}
	return 0;
}

static int run_batch(const struct privcmd_batch *batch, bool needs_mapping,
		     const xen_pfn_t __user *user_gfns, int __user *user_errs)
{
	size_t gfns_size = array_size(batch->nr, sizeof(*batch->gfns));
	size_t errs_size = array_size(batch->nr, sizeof(*batch->errs));
	int rc, err;
	bool any;

	if (copy_from_user(batch->gfns, user_gfns, gfns_size))
		return -EFAULT;
	/* Who has no room for errors is to know before anything is mapped. */
	if (user_errs && clear_user(user_errs, errs_size))
		return -EFAULT;
	rc = map_batch(batch, needs_mapping);
	if (rc)
		return rc;
	rc = privcmd_fold_errors(batch->errs, batch->nr, &any);
	if (!any)
		return 0;
	err = report_errors(batch, (xen_pfn_t __user *)user_gfns, user_errs);
	return err ?: rc;
}

/*
 * @user_gfns is the array of the frames. @user_errs gets the errors, all of them, if
 * there is any; NULL: they go into the other array. Returns the result of the ioctl.
 */
static long do_batch(struct privcmd_batch *batch,
		     const xen_pfn_t __user *user_gfns, int __user *user_errs)
{
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	int rc, fresh = look_at_place(batch);

	if (fresh < 0)
		return fresh;
	rc = -ENOMEM;
	batch->gfns = kvmalloc_array(batch->nr, sizeof(*batch->gfns), gfp);
	batch->errs = kvmalloc_array(batch->nr, sizeof(*batch->errs), gfp);
	if (batch->gfns && batch->errs)
		rc = run_batch(batch, fresh, user_gfns, user_errs);
	kvfree(batch->gfns);
	kvfree(batch->errs);
	return rc;
}

/**
 * privcmd_ioctl_mmapbatch() - IOCTL_PRIVCMD_MMAPBATCH
 * @file: the open file
 * @arg: a struct privcmd_mmapbatch in user space
 *
 * Context: sleeps, takes the mmap lock.
 * Return: 0, or a negative error. -ENOENT: a frame was paged out, the others are as
 * their bits say.
 */
long privcmd_ioctl_mmapbatch(const struct privcmd_file *file, void __user *arg)
{
	struct privcmd_mmapbatch op;
	struct privcmd_batch batch;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (!privcmd_may_reach(file, op.dom))
		return -EPERM;
	if (op.num <= 0)
		return -EINVAL;
	batch = (struct privcmd_batch) {
		.domid = op.dom,
		.addr = op.addr,
		.nr = op.num,
		.restricted = privcmd_is_restricted(file),
	};
	return do_batch(&batch, op.arr, NULL);
}

/**
 * privcmd_ioctl_mmapbatch_v2() - IOCTL_PRIVCMD_MMAPBATCH_V2
 * @file: the open file
 * @arg: a struct privcmd_mmapbatch_v2 in user space
 *
 * Context: sleeps, takes the mmap lock.
 * Return: as privcmd_ioctl_mmapbatch(), with the errors in their array.
 */
long privcmd_ioctl_mmapbatch_v2(const struct privcmd_file *file,
				void __user *arg)
{
	struct privcmd_mmapbatch_v2 op;
	struct privcmd_batch batch;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (!privcmd_may_reach(file, op.dom))
		return -EPERM;
	if (!op.num || op.num > INT_MAX)
		return -EINVAL;
	if (!op.err)
		return -EFAULT;
	batch = (struct privcmd_batch) {
		.domid = op.dom,
		.addr = op.addr,
		.nr = op.num,
		.restricted = privcmd_is_restricted(file),
	};
	return do_batch(&batch, op.arr, op.err);
}
