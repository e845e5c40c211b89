/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Giving pages of memory back to Xen and getting new ones.
 */
#ifndef _XEN_MEM_RESERVATION_H
#define _XEN_MEM_RESERVATION_H

#include <linux/highmem.h>
#include <xen/page.h>

/* Overwrite pages before they are given back; xen_scrub_pages= */
extern bool xen_scrub_pages;

static inline void xenmem_reservation_scrub_page(struct page *page)
{
	if (xen_scrub_pages)
		clear_highpage(page);
}

/**
 * xenmem_reservation_va_mapping_update() - nothing, except in PV guests
 * @count: how many pages
 * @pages: the pages
 * @frames: their new frames
 */
static inline void xenmem_reservation_va_mapping_update(unsigned long count,
							struct page **pages,
							xen_pfn_t *frames)
{
}

/**
 * xenmem_reservation_va_mapping_reset() - nothing, except in PV guests
 * @count: how many pages
 * @pages: the pages
 */
static inline void xenmem_reservation_va_mapping_reset(unsigned long count,
						       struct page **pages)
{
}

/**
 * xenmem_reservation_increase() - have memory put behind frames
 * @count: how many frames
 * @frames: guest frame numbers without memory
 *
 * Context: any.
 * Return: how many frames got memory, from the start of @frames.
 */
int xenmem_reservation_increase(int count, xen_pfn_t *frames);

/**
 * xenmem_reservation_decrease() - give the memory behind frames back
 * @count: how many frames
 * @frames: guest frame numbers with memory that nobody uses
 *
 * Context: any.
 * Return: how many frames lost their memory, from the start of @frames.
 */
int xenmem_reservation_decrease(int count, xen_pfn_t *frames);

#endif /* _XEN_MEM_RESERVATION_H */
