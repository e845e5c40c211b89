// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that other pages are mapped into. Xen would put another frame behind a
 * guest frame; here it is the kernel's own page table that leads elsewhere.
 */

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/set_memory.h>

#include <asm/tlbflush.h>

#include "fake_gnttab.h"

/* Its address must have an entry of its own in the page table */
struct page *fake_target_alloc(void)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	if (page && set_memory_4k((unsigned long)page_address(page), 1)) {
		__free_page(page);
		page = NULL;
	}
	return page;
}

void fake_target_free(struct page *page)
{
	__free_page(page);
}

static void lead_to(unsigned long addr, struct page *page, pgprot_t prot)
{
	unsigned int level;
	pte_t *pte = lookup_address(addr, &level);

	if (!pte || level != PG_LEVEL_4K) {
		pr_err("fake_map: no page table entry for %#lx\n", addr);
		return;
	}
	set_pte(pte, mk_pte(page, prot));
	/* In an interrupt nobody else is waited for */
	if (irqs_disabled())
		flush_tlb_one_kernel(addr);
	else
		flush_tlb_kernel_range(addr, addr + PAGE_SIZE);
}

void fake_map_page(unsigned long addr, struct page *page, bool readonly)
{
	lead_to(addr, page, readonly ? PAGE_KERNEL_RO : PAGE_KERNEL);
}

void fake_unmap_page(unsigned long addr)
{
	lead_to(addr, virt_to_page((void *)addr), PAGE_KERNEL);
}

/* The page that is mapped into @page, or @page itself */
struct page *fake_page_behind(struct page *page)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)page_address(page), &level);

	return pte && level == PG_LEVEL_4K ? pte_page(*pte) : page;
}
