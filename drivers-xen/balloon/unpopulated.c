// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses without memory, with page structures, to map other domains' pages at.
 *
 * They are taken from the unused physical address space of this domain, in ranges
 * that begin small, since few guests map much, and double, so that a backend with
 * many guests does not end up with many of them. A range stays for good: its pages
 * go back to the list of free ones.
 *
 * Where no place can be told, ballooned pages serve instead.
 */
#define pr_fmt(fmt) "xen/unpopulated: " fmt

#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/lockdep.h>
#include <linux/memory_hotplug.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <xen/balloon.h>
#include <xen/xen.h>

#include "balloon.h"

#define RANGE_MAX_PAGES	(SZ_128M >> PAGE_SHIFT)
/* What is not too much with preemption off */
#define TAKE_AT_ONCE	1024U

/**
 * struct unpopulated_range - pages that were made at a time
 * @res: where they lie
 * @pgmap: what the memory management knows of them; must be last
 */
struct unpopulated_range {
	struct resource res;
	struct dev_pagemap pgmap;
};

/*
 * Guards where ranges are taken from; NULL: nowhere. Held while page structures are made,
 * which allocates, and waits for memory that comes or goes.
 */
static DEFINE_MUTEX(unpopulated_mutex);
static struct resource *space;

/* Guards what follows, so that pages can be given back under an mmap lock. */
static DEFINE_SPINLOCK(free_lock);
/* Free pages, linked by zone_device_data */
static struct page *free_list;
static unsigned int nr_free;
static unsigned long nr_made;

/* Pages that are linked already, from @first to @last */
static void push_list(struct page *first, struct page *last, unsigned int nr)
{
	spin_lock(&free_lock);
	last->zone_device_data = free_list;
	free_list = first;
	nr_free += nr;
	spin_unlock(&free_lock);
}

static struct page *pop_page(void)
{
	struct page *page = free_list;

	lockdep_assert_held(&free_lock);
	free_list = page->zone_device_data;
	page->zone_device_data = NULL;
	nr_free--;
	return page;
}

static int claim_addresses(struct resource *root, struct resource *res,
			   unsigned long nr_pages)
{
	struct range limits = mhp_get_pluggable_range(true);
	unsigned long align = memremap_compat_align();

	*res = (struct resource) {
		.name = "Xen scratch",
		.flags = IORESOURCE_MEM | IORESOURCE_BUSY,
	};
	if (root == &iomem_resource)
		return arch_xen_claim_addresses(res, PFN_PHYS(nr_pages), align);
	return allocate_resource(root, res, PFN_PHYS(nr_pages), limits.start,
				 limits.end, align, NULL, NULL);
}

static int make_pages(struct unpopulated_range *range)
{
	unsigned long pfn = PHYS_PFN(range->res.start);
	unsigned long end = PHYS_PFN(range->res.end) + 1, nr;
	void *virt;

	range->pgmap.type = MEMORY_DEVICE_GENERIC;
	range->pgmap.owner = range;
	range->pgmap.nr_range = 1;
	range->pgmap.range.start = range->res.start;
	range->pgmap.range.end = range->res.end;
	virt = memremap_pages(&range->pgmap, NUMA_NO_NODE);
	if (IS_ERR(virt))
		return PTR_ERR(virt);

	nr = end - pfn;
	/* The lowest is handed out first. */
	for (; pfn < end - 1; pfn++)
		pfn_to_page(pfn)->zone_device_data = pfn_to_page(pfn + 1);
	spin_lock(&free_lock);
	nr_made += nr;
	spin_unlock(&free_lock);
	push_list(pfn_to_page(end - nr), pfn_to_page(end - 1), nr);
	return 0;
}

static int make_range(struct resource *root, unsigned long nr_pages)
{
	struct unpopulated_range *range = kzalloc(sizeof(*range), GFP_KERNEL);
	int err;

	lockdep_assert_held(&unpopulated_mutex);
	if (!range)
		return -ENOMEM;
	err = claim_addresses(root, &range->res, nr_pages);
	if (err)
		goto free;
	err = make_pages(range);
	if (err)
		goto release;
	return 0;

release:
	arch_xen_release_addresses(&range->res);
free:
	kfree(range);
	return err;
}

/* As much again as there is, if that can be had, but at least @least */
static int make_more_in(struct resource *root, unsigned long least)
{
	unsigned long nr = max(least, min(nr_made, RANGE_MAX_PAGES));
	int err = make_range(root, nr);

	return err && nr > least ? make_range(root, least) : err;
}

static int make_more(unsigned int missing)
{
	unsigned long unit = memremap_compat_align() >> PAGE_SHIFT;
	unsigned long least = round_up((unsigned long)missing, unit);
	int err = make_more_in(space, least);

	/* Better elsewhere in the address space than not at all */
	if (err && space->parent)
		err = make_more_in(&iomem_resource, least);
	if (err)
		pr_warn_ratelimited("no addresses for %u pages: error %d\n",
				    missing, err);
	return err;
}

/* Others may have made some, or taken some, while we waited for the lock. */
static int have_enough(unsigned int nr_pages)
{
	unsigned int have;

	guard(mutex)(&unpopulated_mutex);
	have = unpopulated_free_pages();
	return have < nr_pages ? make_more(nr_pages - have) : 0;
}

/* Returns how many, if there are fewer than @nr */
static unsigned int take_pages(unsigned int nr, struct page **pages)
{
	unsigned int i;

	spin_lock(&free_lock);
	nr = min3(nr, nr_free, TAKE_AT_ONCE);
	for (i = 0; i < nr; i++)
		pages[i] = pop_page();
	spin_unlock(&free_lock);
	return nr;
}

static void give_back(unsigned int nr, struct page **pages)
{
	unsigned int i;

	if (!nr)
		return;
	for (i = 0; i < nr - 1; i++) {
		pages[i]->zone_device_data = pages[i + 1];
		if (i % TAKE_AT_ONCE == 0)
			cond_resched();
	}
	push_list(pages[0], pages[nr - 1], nr);
}

int xen_alloc_unpopulated_pages(unsigned int nr_pages, struct page **pages)
{
	unsigned int got = 0, more;
	int err;

	might_sleep();
	if (!READ_ONCE(space))
		return xen_alloc_ballooned_pages(nr_pages, pages);

	while (got < nr_pages) {
		more = take_pages(nr_pages - got, pages + got);
		got += more;
		err = more ? 0 : have_enough(nr_pages - got);
		if (err) {
			give_back(got, pages);
			return err;
		}
		cond_resched();
	}
	return 0;
}
EXPORT_SYMBOL(xen_alloc_unpopulated_pages);

void xen_free_unpopulated_pages(unsigned int nr_pages, struct page **pages)
{
	might_sleep();
	if (!READ_ONCE(space)) {
		xen_free_ballooned_pages(nr_pages, pages);
		return;
	}

	give_back(nr_pages, pages);
}
EXPORT_SYMBOL(xen_free_unpopulated_pages);

/* For tests: returns what it was. Pages that are made stay. */
struct resource *unpopulated_set_space(struct resource *new_space)
{
	struct resource *old;

	guard(mutex)(&unpopulated_mutex);
	old = space;
	WRITE_ONCE(space, new_space);
	return old;
}

/**
 * unpopulated_free_pages() - how many pages can be had without a new range
 *
 * Context: process context.
 */
unsigned int unpopulated_free_pages(void)
{
	unsigned int nr;

	spin_lock(&free_lock);
	nr = nr_free;
	spin_unlock(&free_lock);
	return nr;
}

/**
 * unpopulated_used_pages() - how many pages are out, for mappings
 *
 * Context: process context.
 */
unsigned long unpopulated_used_pages(void)
{
	unsigned long nr;

	spin_lock(&free_lock);
	nr = nr_made - nr_free;
	spin_unlock(&free_lock);
	return nr;
}

static int __init unpopulated_init(void)
{
	struct resource *res;
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = arch_xen_unpopulated_init(&res);
	if (err)
		pr_err("no unused address space: error %d\n", err);
	else
		unpopulated_set_space(res);
	return err;
}

/* Before the grant table looks for a place, at core_initcall. */
early_initcall(unpopulated_init);
