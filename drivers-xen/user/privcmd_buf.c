// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/hypercall: memory for the arguments of hypercalls.
 *
 * Xen finds them by their address in user space and takes a page that is not there for
 * an error. Memory of the page allocator may be moved or swapped out at any time; what
 * is mapped here is not, because the kernel knows no way back from such a page to who
 * uses it.
 *
 * The pages belong to the page tables alone: they are freed when the last entry goes,
 * be it of a child, of a piece that is left of a mapping, or of one that was moved.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "privcmd.h"

/* Pages that are allocated before any is mapped */
#define CHUNK	16UL

/* Nobody is to be killed for it, whatever size a program asks for. */
#define GFP_BUF	(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_RETRY_MAYFAIL | \
		 __GFP_NOWARN)

static vm_fault_t buf_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

/* Without .fault the memory would be taken for anonymous. */
static const struct vm_operations_struct buf_vm_ops = {
	.fault = buf_fault,
};

static unsigned long alloc_chunk(struct page **pages, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		pages[i] = alloc_page(GFP_BUF);
		if (!pages[i])
			break;
	}
	return i;
}

static int map_chunk(struct vm_area_struct *vma, unsigned long addr,
		     unsigned long nr)
{
	struct page *pages[CHUNK];
	unsigned long got, left, i;
	int err;

	got = alloc_chunk(pages, nr);
	left = got;
	err = got < nr ? -ENOMEM : vm_insert_pages(vma, addr, pages, &left);
	for (i = 0; i < got; i++)
		put_page(pages[i]);
	return err;
}

/* What is mapped when this fails goes with the VMA, which then is not made. */
static int buf_mmap(struct file *filp, struct vm_area_struct *vma)
{
	unsigned long addr, nr;
	int err;

	/* A private copy would be ordinary memory. */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma_pages(vma) > totalram_pages())
		return -ENOMEM;
	vm_flags_set(vma, VM_IO | VM_DONTEXPAND);
	vma->vm_ops = &buf_vm_ops;
	for (addr = vma->vm_start; addr < vma->vm_end; addr += nr << PAGE_SHIFT) {
		if (fatal_signal_pending(current))
			return -EINTR;
		nr = min(CHUNK, (vma->vm_end - addr) >> PAGE_SHIFT);
		err = map_chunk(vma, addr, nr);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

const struct file_operations xen_privcmdbuf_fops = {
	.owner = THIS_MODULE,
	.mmap = buf_mmap,
};
EXPORT_SYMBOL_GPL(xen_privcmdbuf_fops);

struct miscdevice xen_privcmdbuf_dev = {
	.fops = &xen_privcmdbuf_fops,
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/hypercall",
};
