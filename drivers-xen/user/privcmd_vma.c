// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of other domains in user space: what lies behind an mmap() of
 * /dev/xen/privcmd.
 *
 * mmap() only reserves addresses. An ioctl then fills them, and makes the mapping: an
 * array of pages without memory of their own in which Xen puts the other domain's
 * frames. The mapping belongs to all VMAs that come from that one: two where a piece
 * in the middle was unmapped, or for a moment the old and the new one of an mremap().
 * When the last is gone the frames are taken out and the pages go back. A child does
 * not inherit it.
 */
#define pr_fmt(fmt) "xen/privcmd: " fmt

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/container_of.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/moduleparam.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <xen/xen-ops.h>
#include <xen/xen.h>

#include "privcmd.h"

/* QEMU maps up to 32 GB at a time. */
unsigned long privcmd_restricted_limit = 1UL << (36 - PAGE_SHIFT);
module_param_named(restricted_limit, privcmd_restricted_limit, ulong, 0644);
MODULE_PARM_DESC(restricted_limit,
		 "Most pages that all restricted files together can have mapped");

/*
 * Who is restricted to a domain is not trusted with memory either. It can map one frame
 * any number of times; the page structures for that are charged to nobody and stay.
 */
static atomic_long_t restricted_pages;

static bool count_restricted(unsigned long nr)
{
	unsigned long limit = READ_ONCE(privcmd_restricted_limit);
	long old = atomic_long_read(&restricted_pages);

	do {
		if (old > limit || nr > limit - old)
			return false;
	} while (!atomic_long_try_cmpxchg(&restricted_pages, &old, old + nr));
	return true;
}

static struct privcmd_mapping *alloc_mapping(unsigned long nr)
{
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	struct privcmd_mapping *mapping;

	mapping = kvzalloc(struct_size(mapping, pages, nr), gfp);
	if (!mapping)
		return NULL;
	refcount_set(&mapping->users, 1);
	mapping->nr = nr;
	mapping->present = kvcalloc(BITS_TO_LONGS(nr), sizeof(long), gfp);
	if (mapping->present && !xen_alloc_unpopulated_pages(nr, mapping->pages))
		return mapping;

	kvfree(mapping->present);
	kvfree(mapping);
	return NULL;
}

/**
 * privcmd_mapping_alloc() - make an empty mapping
 * @nr: pages
 * @restricted: for a file that is restricted to a domain
 *
 * Context: sleeps; without the mmap lock, for memory may have to be hotplugged.
 * Return: the mapping with one user, or NULL: no memory, or too many pages for restricted
 * files.
 */
struct privcmd_mapping *privcmd_mapping_alloc(unsigned long nr, bool restricted)
{
	struct privcmd_mapping *mapping;

	if (!nr || nr > INT_MAX)
		return NULL;
	if (restricted && !count_restricted(nr))
		return NULL;
	mapping = alloc_mapping(nr);
	if (mapping)
		mapping->restricted = restricted;
	else if (restricted)
		atomic_long_sub(nr, &restricted_pages);
	return mapping;
}

/**
 * privcmd_mapping_get() - one user more
 * @mapping: the mapping
 */
void privcmd_mapping_get(struct privcmd_mapping *mapping)
{
	refcount_inc(&mapping->users);
}

/**
 * privcmd_mapping_put() - one user less
 * @mapping: the mapping
 *
 * The last one takes the frames out.
 *
 * Context: sleeps; the user has no way to the pages any more.
 */
void privcmd_mapping_put(struct privcmd_mapping *mapping)
{
	int err;

	might_sleep();
	if (!refcount_dec_and_test(&mapping->users))
		return;
	/* All, not only those present: an error may have left something behind. */
	err = xen_unmap_domain_gfn_range(NULL, mapping->nr, mapping->pages);
	if (err)
		pr_err_ratelimited("error %d: %u pages stay another domain's and are lost\n",
				   err, mapping->nr);
	else
		xen_free_unpopulated_pages(mapping->nr, mapping->pages);
	if (mapping->restricted)
		atomic_long_sub(mapping->nr, &restricted_pages);
	kvfree(mapping->present);
	kvfree(mapping);
}

/**
 * privcmd_mapping_of() - what is behind a VMA
 * @vma: one of ours
 *
 * Context: mmap lock held.
 * Return: the mapping, or NULL: none yet.
 */
struct privcmd_mapping *privcmd_mapping_of(const struct vm_area_struct *vma)
{
	if (!vma->vm_private_data)
		return NULL;
	return container_of(vma->vm_private_data, struct privcmd_mapping,
			    pages[0]);
}

/**
 * privcmd_page_index() - which page of the mapping is at an address?
 * @vma: one of ours that has a mapping
 * @addr: an address in it
 *
 * Context: mmap lock held.
 * Return: index of the page.
 */
unsigned long privcmd_page_index(const struct vm_area_struct *vma,
				 unsigned long addr)
{
	return ((addr - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff -
	       privcmd_mapping_of(vma)->pgoff;
}

/**
 * privcmd_attach() - put a mapping behind a VMA
 * @vma: one of ours that has none
 * @mapping: for all of it; the VMA takes over the caller's use
 *
 * Context: mmap lock held for writing.
 */
void privcmd_attach(struct vm_area_struct *vma, struct privcmd_mapping *mapping)
{
	mmap_assert_write_locked(vma->vm_mm);
	mapping->pgoff = vma->vm_pgoff;
	vma->vm_private_data = mapping->pages;
}

/* Half of what was one, or at another place. */
static void privcmd_vma_open(struct vm_area_struct *vma)
{
	struct privcmd_mapping *mapping = privcmd_mapping_of(vma);

	if (mapping)
		privcmd_mapping_get(mapping);
}

/* The page table is empty already, and the TLBs are flushed. */
static void privcmd_vma_close(struct vm_area_struct *vma)
{
	struct privcmd_mapping *mapping = privcmd_mapping_of(vma);

	if (mapping)
		privcmd_mapping_put(mapping);
}

/* Nothing was mapped here, or that frame had an error. */
static vm_fault_t privcmd_vma_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct privcmd_vm_ops = {
	.open = privcmd_vma_open,
	.close = privcmd_vma_close,
	.fault = privcmd_vma_fault,
};

/**
 * privcmd_find_vma() - where an ioctl is to map
 * @addr: address in the current task
 * @nr: pages
 *
 * Context: mmap lock of the current task held.
 * Return: one of ours that has all of it, or NULL.
 */
struct vm_area_struct *privcmd_find_vma(unsigned long addr, unsigned long nr)
{
	struct vm_area_struct *vma;

	mmap_assert_locked(current->mm);
	if (offset_in_page(addr) || !nr)
		return NULL;
	vma = vma_lookup(current->mm, addr);
	if (!vma || vma->vm_ops != &privcmd_vm_ops ||
	    nr > (vma->vm_end - addr) >> PAGE_SHIFT)
		return NULL;
	return vma;
}

/**
 * privcmd_mmap() - reserve addresses
 * @filp: /dev/xen/privcmd
 * @vma: the addresses
 *
 * Context: mmap lock held for writing.
 * Return: 0.
 */
int privcmd_mmap(struct file *filp, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND |
		     VM_DONTDUMP);
	vma->vm_ops = &privcmd_vm_ops;
	vma->vm_private_data = NULL;
	return 0;
}
