/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages as Xen counts them: 4 KiB, whatever the kernel's pages have.
 */
#ifndef _XEN_PAGE_H
#define _XEN_PAGE_H

#include <asm/page.h>

#define XEN_PAGE_SHIFT		12
#define XEN_PAGE_SIZE		(_AC(1, UL) << XEN_PAGE_SHIFT)
#define XEN_PAGE_MASK		(~(XEN_PAGE_SIZE - 1))
#define xen_offset_in_page(p)	((unsigned long)(p) & ~XEN_PAGE_MASK)

/* How much more a page of the kernel has, as a shift and as a number */
#define XEN_PFN_SHIFT		(PAGE_SHIFT - XEN_PAGE_SHIFT)
#define XEN_PFN_PER_PAGE	(PAGE_SIZE / XEN_PAGE_SIZE)

#define XEN_PFN_DOWN(x)		((x) >> XEN_PAGE_SHIFT)
#define XEN_PFN_UP(x)		(((x) + XEN_PAGE_SIZE - 1) >> XEN_PAGE_SHIFT)

#define page_to_xen_pfn(page)	(page_to_pfn(page) << XEN_PFN_SHIFT)
#define xen_pfn_to_page(pfn)	pfn_to_page((unsigned long)(pfn) >> XEN_PFN_SHIFT)

#include <asm/xen/page.h>

/* The number by which Xen and other domains know the start of a page */
static inline unsigned long xen_page_to_gfn(struct page *page)
{
	return pfn_to_gfn(page_to_xen_pfn(page));
}

#endif /* _XEN_PAGE_H */
