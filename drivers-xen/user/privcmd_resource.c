// SPDX-License-Identifier: GPL-2.0
/*
 * IOCTL_PRIVCMD_MMAP_RESOURCE: map frames that Xen itself has for a domain, such as
 * the pages of an ioreq server or the grant table.
 *
 * Xen puts them at the addresses that it is given, all or none; so they can be got
 * before anything of user space is touched.
 */
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/memory.h>
#include <xen/page.h>
#include <xen/privcmd.h>
#include <xen/xen-ops.h>

#include "privcmd.h"

static long ask_size(const struct privcmd_mmap_resource *op,
		     struct privcmd_mmap_resource __user *arg)
{
	struct xen_mem_acquire_resource acquire = {
		.domid = op->dom,
		.type = op->type,
		.id = op->id,
	};
	long rc = HYPERVISOR_memory_op(XENMEM_acquire_resource, &acquire);

	return rc ?: put_user((u64)acquire.nr_frames, &arg->num);
}

/* All of a VMA, in which nothing is yet */
static struct vm_area_struct *
find_place(const struct privcmd_mmap_resource *op)
{
	struct vm_area_struct *vma = privcmd_find_vma(op->addr, op->num);

	if (!vma || privcmd_mapping_of(vma) ||
	    privcmd_check_place(vma, op->addr, op->num))
		return NULL;
	return vma;
}

static int look_at_place(const struct privcmd_mmap_resource *op)
{
	bool found;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	found = find_place(op);
	mmap_read_unlock(current->mm);
	return found ? 0 : -EINVAL;
}

/* Where it fails some frames may be there, which are taken out with the mapping. */
static long acquire_frames(const struct privcmd_mmap_resource *op,
			   struct privcmd_mapping *mapping)
{
	xen_pfn_t *gfns __free(kvfree) =
		kvmalloc_array(mapping->nr, sizeof(*gfns),
			       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	struct xen_mem_acquire_resource acquire = {
		.domid = op->dom,
		.type = op->type,
		.id = op->id,
		.nr_frames = mapping->nr,
		.frame = op->idx,
	};
	unsigned int i;
	long rc;

	if (!gfns)
		return -ENOMEM;
	for (i = 0; i < mapping->nr; i++)
		gfns[i] = xen_page_to_gfn(mapping->pages[i]);
	set_xen_guest_handle(acquire.frame_list, gfns);
	xen_preemptible_hcall_begin();
	rc = HYPERVISOR_memory_op(XENMEM_acquire_resource, &acquire);
	xen_preemptible_hcall_end();
	return rc;
}

static int map_frames(const struct privcmd_mmap_resource *op,
		      struct privcmd_mapping **mapping)
{
	struct vm_area_struct *vma;
	int err;

	mmap_assert_write_locked(current->mm);
	vma = find_place(op);
	if (!vma)
		return -EINVAL;
	privcmd_attach(vma, *mapping);
	err = xen_remap_vma_range(vma, op->addr, op->num << PAGE_SHIFT);
	if (err) {
		zap_vma_ptes(vma, op->addr, op->num << PAGE_SHIFT);
		vma->vm_private_data = NULL;
		return err;
	}
	bitmap_set((*mapping)->present, 0, (*mapping)->nr);
	*mapping = NULL;
	return 0;
}

/**
 * privcmd_ioctl_mmap_resource() - IOCTL_PRIVCMD_MMAP_RESOURCE
 * @file: the open file
 * @arg: a struct privcmd_mmap_resource in user space; with neither address nor number
 *	of frames, the number is told
 *
 * Context: sleeps, takes the mmap lock.
 * Return: 0 or a negative error.
 */
long privcmd_ioctl_mmap_resource(const struct privcmd_file *file,
				 void __user *arg)
{
	struct privcmd_mmap_resource op;
	struct privcmd_mapping *mapping;
	long rc;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (!privcmd_may_reach(file, op.dom))
		return -EPERM;
	if (!op.addr != !op.num || op.type > U16_MAX)
		return -EINVAL;
	if (!op.num)
		return ask_size(&op, arg);

	rc = look_at_place(&op);
	if (rc)
		return rc;
	mapping = privcmd_mapping_alloc(op.num, privcmd_is_restricted(file));
	if (!mapping)
		return -ENOMEM;
	rc = acquire_frames(&op, mapping);
	if (!rc) {
		rc = -EINTR;
		if (!mmap_write_lock_killable(current->mm)) {
			rc = map_frames(&op, &mapping);
			mmap_write_unlock(current->mm);
		}
	}
	if (mapping)
		privcmd_mapping_put(mapping);
	return rc;
}
