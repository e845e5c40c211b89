// SPDX-License-Identifier: GPL-2.0
/*
 * Frames of other domains, at addresses of this domain and in page tables of user
 * space.
 *
 * There are two translations. Xen has one from this domain's physical addresses to
 * memory, the physmap: there a foreign frame takes the place of a page that has no
 * memory of its own, see xen_alloc_unpopulated_pages(). The page tables then lead to
 * that page as to any other.
 *
 * So a frame goes in from below (physmap, then page table) and out from above (page
 * table and TLB, then physmap), and only a page that is out of the physmap may be
 * used for something else.
 */
#define pr_fmt(fmt) "xen/xlate: " fmt

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include <xen/interface/memory.h>
#include <xen/page.h>
#include <xen/xen-ops.h>
#include <xen/xen.h>

/* Frames in one hypercall: about a page of arguments. */
#define ADD_BATCH	128
#define REMOVE_BATCH	48

/**
 * struct xlate_add - arguments to put frames into the physmap, and what came of it
 * @idxs: frames of the other domain
 * @gpfns: where they are to be in this one
 * @errs: error of each, or 0
 */
struct xlate_add {
	xen_ulong_t idxs[ADD_BATCH];
	xen_pfn_t gpfns[ADD_BATCH];
	int errs[ADD_BATCH];
};

/**
 * struct xlate_remove - arguments to take frames out of the physmap
 * @calls: Xen takes one frame in a hypercall, but many hypercalls at a time
 * @frames: what each of them is about
 */
struct xlate_remove {
	struct multicall_entry calls[REMOVE_BATCH];
	struct xen_remove_from_physmap frames[REMOVE_BATCH];
};

static_assert(sizeof(struct xlate_add) <= PAGE_SIZE);
static_assert(sizeof(struct xlate_remove) <= PAGE_SIZE);

/* Entries of a page table that are to be made, in a row */
struct xlate_entries {
	struct mm_struct *mm;
	struct page **pages;
	/* A page with an error gets no entry; NULL: all are good */
	const int *errs;
	pgprot_t prot;
};

static int set_entry(pte_t *ptep, unsigned long addr, void *data)
{
	struct xlate_entries *entries = data;
	struct page *page = *entries->pages++;
	pte_t pte = pfn_pte(page_to_pfn(page), entries->prot);

	/* Special: nobody is to take the page from here, for I/O or else. */
	if (!entries->errs || !*entries->errs++)
		set_pte_at(entries->mm, addr, ptep, pte_mkspecial(pte));
	return 0;
}

static int set_entries(struct vm_area_struct *vma, unsigned long addr,
		       struct page **pages, const int *errs, unsigned long nr,
		       pgprot_t prot)
{
	struct xlate_entries entries = {
		.mm = vma->vm_mm,
		.pages = pages,
		.errs = errs,
		.prot = prot,
	};

	return apply_to_page_range(vma->vm_mm, addr, nr << PAGE_SHIFT,
				   set_entry, &entries);
}

static void add_frames(struct xlate_add *add, const xen_pfn_t *gfns,
		       struct page **pages, unsigned int nr, domid_t domid)
{
	struct xen_add_to_physmap_range range = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_gmfn_foreign,
		.size = nr,
		.foreign_domid = domid,
	};
	unsigned int i;
	long rc;

	for (i = 0; i < nr; i++) {
		add->idxs[i] = gfns[i];
		add->gpfns[i] = xen_page_to_gfn(pages[i]);
		add->errs[i] = 0;
	}
	set_xen_guest_handle(range.idxs, add->idxs);
	set_xen_guest_handle(range.gpfns, add->gpfns);
	set_xen_guest_handle(range.errs, add->errs);
	rc = HYPERVISOR_memory_op(XENMEM_add_to_physmap_range, &range);
	/* Xen did not look at single frames, or not at all of them. */
	for (i = 0; rc < 0 && i < nr; i++)
		add->errs[i] = rc;
}

/* Returns how many of the frames are there. */
static unsigned int report(const struct xlate_add *add, int *errs,
			   unsigned int nr)
{
	unsigned int i, good = 0;

	for (i = 0; i < nr; i++) {
		errs[i] = add->errs[i];
		good += !errs[i];
	}
	return good;
}

static int remove_result(long rc)
{
	/* Nothing is there: what was wanted */
	return rc == -ENOENT ? 0 : rc;
}

/* Returns the last error, after all have been tried. */
static int remove_singly(struct page **pages, unsigned int nr)
{
	struct xen_remove_from_physmap what = { .domid = DOMID_SELF };
	unsigned int i;
	int rc, err = 0;

	for (i = 0; i < nr; i++) {
		what.gpfn = xen_page_to_gfn(pages[i]);
		rc = remove_result(HYPERVISOR_memory_op(XENMEM_remove_from_physmap,
							&what));
		err = rc ?: err;
	}
	return err;
}

static int remove_together(struct xlate_remove *remove, struct page **pages,
			   unsigned int nr)
{
	unsigned int i;
	int rc, err = 0;

	for (i = 0; i < nr; i++) {
		remove->frames[i].domid = DOMID_SELF;
		remove->frames[i].gpfn = xen_page_to_gfn(pages[i]);
		remove->calls[i] = (struct multicall_entry) {
			.op = __HYPERVISOR_memory_op,
			.args = {
				XENMEM_remove_from_physmap,
				(unsigned long)&remove->frames[i],
			},
		};
	}
	/* After an error nobody knows how many were made; to repeat is harmless. */
	if (HYPERVISOR_multicall(remove->calls, nr))
		return remove_singly(pages, nr);
	for (i = 0; i < nr; i++) {
		rc = remove_result(remove->calls[i].result);
		err = rc ?: err;
	}
	return err;
}

static int remove_frames(struct page **pages, unsigned int nr)
{
	/* To unmap must not fail for want of memory. */
	struct xlate_remove *remove = kmalloc(sizeof(*remove),
					      GFP_KERNEL | __GFP_NOWARN);
	unsigned int done, n;
	int rc, err = 0;

	for (done = 0; done < nr; done += n) {
		n = min_t(unsigned int, nr - done, REMOVE_BATCH);
		rc = remove ? remove_together(remove, pages + done, n) :
			      remove_singly(pages + done, n);
		err = rc ?: err;
		cond_resched();
	}
	kfree(remove);
	return err;
}

/**
 * xen_xlate_remap_gfn_array() - map frames of another domain
 * @vma: where: a mapping without struct pages (VM_PFNMAP and VM_IO)
 * @addr: from which address on, page-aligned and with nothing mapped there
 * @gfn: the frames
 * @nr: how many, 1 or more
 * @err_ptr: gets an error, or 0, for each frame; may be the memory of @gfn
 * @prot: protection of the mapping
 * @domid: the domain
 * @pages: a page without memory for each frame
 *
 * Where a frame has an error nothing is mapped. After a negative result none is.
 *
 * Context: sleeps; mmap lock of @vma held for writing.
 * Return: how many were mapped; -EINVAL, -ENOMEM or, when the task is being killed,
 * -EINTR.
 */
int xen_xlate_remap_gfn_array(struct vm_area_struct *vma, unsigned long addr,
			      xen_pfn_t *gfn, int nr, int *err_ptr,
			      pgprot_t prot, unsigned int domid,
			      struct page **pages)
{
	const vm_flags_t needed = VM_PFNMAP | VM_IO;
	int done, n, mapped = 0, err = 0;
	struct xlate_add *add;

	mmap_assert_write_locked(vma->vm_mm);
	if (nr <= 0 || (vma->vm_flags & needed) != needed || !pages ||
	    !range_in_vma(vma, addr, addr + ((unsigned long)nr << PAGE_SHIFT)))
		return -EINVAL;
	add = kmalloc(sizeof(*add), GFP_KERNEL);
	if (!add)
		return -ENOMEM;

	for (done = 0; done < nr && !err; done += n) {
		n = min(nr - done, ADD_BATCH);
		add_frames(add, gfn + done, pages + done, n, domid);
		err = set_entries(vma, addr + ((unsigned long)done << PAGE_SHIFT),
				  pages + done, add->errs, n, prot);
		mapped += report(add, err_ptr + done, n);
		cond_resched();
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	kfree(add);
	if (!err)
		return mapped;

	zap_vma_ptes(vma, addr, (unsigned long)done << PAGE_SHIFT);
	remove_frames(pages, done);
	return err;
}
EXPORT_SYMBOL_GPL(xen_xlate_remap_gfn_array);

/**
 * xen_xlate_unmap_gfn_range() - take frames of another domain out of the physmap
 * @vma: where they were mapped; not looked at
 * @nr: how many frames
 * @pages: as for the mapping; some or all may have none
 *
 * Context: sleeps; nothing leads to the pages any more, from page tables or TLBs.
 * Return: 0; or the error of a frame that Xen has left there, and then the pages
 * are lost.
 */
int xen_xlate_unmap_gfn_range(struct vm_area_struct *vma, int nr,
			      struct page **pages)
{
	return remove_frames(pages, nr);
}
EXPORT_SYMBOL_GPL(xen_xlate_unmap_gfn_range);

/**
 * xen_remap_vma_range() - have page tables lead to pages that are filled already
 * @vma: where; its vm_private_data is the array of the pages
 * @addr: from which address on, there comes the first of them
 * @len: length in bytes, whole pages
 *
 * Context: sleeps; mmap lock held for writing.
 * Return: 0, or a negative error with some of it mapped.
 */
int xen_remap_vma_range(struct vm_area_struct *vma, unsigned long addr,
			unsigned long len)
{
	mmap_assert_write_locked(vma->vm_mm);
	return set_entries(vma, addr, vma->vm_private_data, NULL,
			   len >> PAGE_SHIFT, vma->vm_page_prot);
}
EXPORT_SYMBOL_GPL(xen_remap_vma_range);

/**
 * xen_xlate_map_ballooned_pages() - get a range of frames without memory
 * @pfns: gets an array of them, to be freed with kfree()
 * @vaddr: gets the address at which they are mapped in a row
 * @nr_grant_frames: how many, 1 or more
 *
 * For frames of Xen's that this kernel reads and writes itself: the grant table.
 *
 * Context: boot, sleeps.
 * Return: 0 or a negative error.
 */
int __init xen_xlate_map_ballooned_pages(xen_pfn_t **pfns, void **vaddr,
					 unsigned long nr_grant_frames)
{
	unsigned long i, nr = nr_grant_frames;
	struct page **pages = kcalloc(nr, sizeof(*pages), GFP_KERNEL);
	xen_pfn_t *frames = kcalloc(nr, sizeof(*frames), GFP_KERNEL);
	void *virt;
	int err;

	err = -ENOMEM;
	if (ZERO_OR_NULL_PTR(pages) || ZERO_OR_NULL_PTR(frames))
		goto free;
	err = xen_alloc_unpopulated_pages(nr, pages);
	if (err)
		goto free;
	virt = vmap(pages, nr, 0, PAGE_KERNEL);
	if (!virt) {
		xen_free_unpopulated_pages(nr, pages);
		err = -ENOMEM;
		goto free;
	}
	for (i = 0; i < nr; i++)
		frames[i] = xen_page_to_gfn(pages[i]);
	kfree(pages);
	*pfns = frames;
	*vaddr = virt;
	return 0;

free:
	kfree(frames);
	kfree(pages);
	return err;
}
