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

#include <xen/balloon.h>
#include <xen/xen.h>

#include "balloon.h"

#define RANGE_MAX_PAGES	(SZ_128M >> PAGE_SHIFT)

/**
 * struct unpopulated_range - pages that were made at a time
 * @res: where they lie
 * @pgmap: what the memory management knows of them; must be last
 */
struct unpopulated_range {
	struct resource res;
	struct dev_pagemap pgmap;
};

/* Guards what follows. Held while page structures are made, which allocates. */
static DEFINE_MUTEX(unpopulated_mutex);
/* Free pages, linked by zone_device_data */
static struct page *free_list;
static unsigned int nr_free;
static unsigned long nr_made;
/* Where ranges are taken from; NULL: nowhere */
static struct resource *space;

static void push_page(struct page *page)
{
	lockdep_assert_held(&unpopulated_mutex);
	page->zone_device_data = free_list;
	free_list = page;
	nr_free++;
}

static struct page *pop_page(void)
{
	struct page *page = free_list;

	lockdep_assert_held(&unpopulated_mutex);
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
	unsigned long end = PHYS_PFN(range->res.end) + 1;
	void *virt;

	range->pgmap.type = MEMORY_DEVICE_GENERIC;
	range->pgmap.owner = range;
	range->pgmap.nr_range = 1;
	range->pgmap.range.start = range->res.start;
	range->pgmap.range.end = range->res.end;
	virt = memremap_pages(&range->pgmap, NUMA_NO_NODE);
	if (IS_ERR(virt))
		return PTR_ERR(virt);

	nr_made += end - pfn;
	/* The lowest is handed out first. */
	while (end-- > pfn)
		push_page(pfn_to_page(end));
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

static int make_more(unsigned int nr_pages)
{
	unsigned long unit = memremap_compat_align() >> PAGE_SHIFT;
	unsigned long least = round_up((unsigned long)nr_pages, unit);
	int err = make_more_in(space, least);

	/* Better elsewhere in the address space than not at all */
	if (err && space->parent)
		err = make_more_in(&iomem_resource, least);
	if (err)
		pr_warn_ratelimited("no addresses for %u pages: error %d\n",
				    nr_pages, err);
	return err;
}

int xen_alloc_unpopulated_pages(unsigned int nr_pages, struct page **pages)
{
	unsigned int i;
	int err;

	might_sleep();
	if (!READ_ONCE(space))
		return xen_alloc_ballooned_pages(nr_pages, pages);

	guard(mutex)(&unpopulated_mutex);
	if (nr_free < nr_pages) {
		err = make_more(nr_pages - nr_free);
		if (err)
			return err;
	}
	for (i = 0; i < nr_pages; i++)
		pages[i] = pop_page();
	return 0;
}
EXPORT_SYMBOL(xen_alloc_unpopulated_pages);

void xen_free_unpopulated_pages(unsigned int nr_pages, struct page **pages)
{
	unsigned int i;

	might_sleep();
	if (!READ_ONCE(space)) {
		xen_free_ballooned_pages(nr_pages, pages);
		return;
	}

	guard(mutex)(&unpopulated_mutex);
	for (i = 0; i < nr_pages; i++)
		push_page(pages[i]);
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
 * Context: sleeps.
 */
unsigned int unpopulated_free_pages(void)
{
	guard(mutex)(&unpopulated_mutex);
	return nr_free;
}

/**
 * unpopulated_used_pages() - how many pages are out, for mappings
 *
 * Context: sleeps.
 */
unsigned long unpopulated_used_pages(void)
{
	guard(mutex)(&unpopulated_mutex);
	return nr_made - nr_free;
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
