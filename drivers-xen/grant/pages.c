// SPDX-License-Identifier: GPL-2.0
/*
 * Pages to map grants into: guest frames with no memory of our own behind them.
 * They are unused address space with a struct page, or memory that the balloon
 * has given back to Xen.
 */

#define pr_fmt(fmt) "xen/grant: " fmt

#include <linux/dma-mapping.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/spinlock.h>

#include <kunit/static_stub.h>
#include <xen/mem-reservation.h>
#include <xen/xen.h>

#include "grant.h"

/* Pages that the cache gives back at a time, outside its lock */
#define SHRINK_BATCH	16

/* page->private has to hold what xen_page_foreign() returns */
static_assert(sizeof(struct xen_page_foreign) <= sizeof(unsigned long));

int gnttab_pages_set_private(int nr_pages, struct page **pages)
{
	int i;

	for (i = 0; i < nr_pages; i++)
		SetPagePrivate(pages[i]);
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_pages_set_private);

void gnttab_pages_clear_private(int nr_pages, struct page **pages)
{
	int i;

	for (i = 0; i < nr_pages; i++) {
		ClearPagePrivate(pages[i]);
		set_page_private(pages[i], 0);
	}
}
EXPORT_SYMBOL_GPL(gnttab_pages_clear_private);

int gnttab_alloc_pages(int nr_pages, struct page **pages)
{
	int err;

	KUNIT_STATIC_STUB_REDIRECT(gnttab_alloc_pages, nr_pages, pages);
	might_sleep();
	err = xen_alloc_unpopulated_pages(nr_pages, pages);
	return err < 0 ? err : gnttab_pages_set_private(nr_pages, pages);
}
EXPORT_SYMBOL_GPL(gnttab_alloc_pages);

void gnttab_free_pages(int nr_pages, struct page **pages)
{
	KUNIT_STATIC_STUB_REDIRECT(gnttab_free_pages, nr_pages, pages);
	might_sleep();
	gnttab_pages_clear_private(nr_pages, pages);
	xen_free_unpopulated_pages(nr_pages, pages);
}
EXPORT_SYMBOL_GPL(gnttab_free_pages);

/*
 * Unpopulated pages belong to no zone list but to a device, and have a field
 * free for a link; ballooned ones can be on a list like any page.
 */
#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
static void cache_setup(struct gnttab_page_cache *cache)
{
	cache->pages = NULL;
}

static void cache_push(struct gnttab_page_cache *cache, struct page *page)
{
	lockdep_assert_held(&cache->lock);
	page->zone_device_data = cache->pages;
	cache->pages = page;
	cache->num_pages++;
}

static struct page *cache_pop(struct gnttab_page_cache *cache)
{
	struct page *page = cache->pages;

	lockdep_assert_held(&cache->lock);
	if (page) {
		cache->pages = page->zone_device_data;
		page->zone_device_data = NULL;
		cache->num_pages--;
	}
	return page;
}
#else
static void cache_setup(struct gnttab_page_cache *cache)
{
	INIT_LIST_HEAD(&cache->pages);
}

static void cache_push(struct gnttab_page_cache *cache, struct page *page)
{
	lockdep_assert_held(&cache->lock);
	list_add(&page->lru, &cache->pages);
	cache->num_pages++;
}

static struct page *cache_pop(struct gnttab_page_cache *cache)
{
	struct page *page;

	lockdep_assert_held(&cache->lock);
	page = list_first_entry_or_null(&cache->pages, struct page, lru);
	if (page) {
		list_del(&page->lru);
		cache->num_pages--;
	}
	return page;
}
#endif /* CONFIG_XEN_UNPOPULATED_ALLOC */

void gnttab_page_cache_init(struct gnttab_page_cache *cache)
{
	spin_lock_init(&cache->lock);
	cache->num_pages = 0;
	cache_setup(cache);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_init);

/* Any context */
void gnttab_page_cache_put(struct gnttab_page_cache *cache, struct page **page,
			   unsigned int num)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&cache->lock, flags);
	for (i = 0; i < num; i++)
		cache_push(cache, page[i]);
	spin_unlock_irqrestore(&cache->lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_put);

/* May sleep: an empty cache is served by gnttab_alloc_pages() */
int gnttab_page_cache_get(struct gnttab_page_cache *cache, struct page **page)
{
	struct page *cached;
	unsigned long flags;

	might_sleep();
	spin_lock_irqsave(&cache->lock, flags);
	cached = cache_pop(cache);
	spin_unlock_irqrestore(&cache->lock, flags);
	if (!cached)
		return gnttab_alloc_pages(1, page);

	*page = cached;
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_get);

/* Take up to SHRINK_BATCH pages out of the cache, but leave @keep in it */
static unsigned int cache_take(struct gnttab_page_cache *cache,
			       struct page **batch, unsigned int keep)
{
	unsigned long flags;
	unsigned int nr = 0;

	spin_lock_irqsave(&cache->lock, flags);
	while (nr < SHRINK_BATCH && cache->num_pages > keep)
		batch[nr++] = cache_pop(cache);
	spin_unlock_irqrestore(&cache->lock, flags);
	return nr;
}

void gnttab_page_cache_shrink(struct gnttab_page_cache *cache, unsigned int num)
{
	struct page *batch[SHRINK_BATCH];
	unsigned int nr;

	might_sleep();
	while ((nr = cache_take(cache, batch, num)))
		gnttab_free_pages(nr, batch);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_shrink);

#ifdef CONFIG_XEN_GRANT_DMA_ALLOC
static size_t dma_size(const struct gnttab_dma_alloc_args *args)
{
	return (size_t)args->nr_pages << PAGE_SHIFT;
}

static int dma_alloc(struct gnttab_dma_alloc_args *args)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;

	args->vaddr = args->coherent ?
		dma_alloc_coherent(args->dev, dma_size(args),
				   &args->dev_bus_addr, gfp) :
		dma_alloc_wc(args->dev, dma_size(args),
			     &args->dev_bus_addr, gfp);
	return args->vaddr ? 0 : -ENOMEM;
}

static void dma_free(struct gnttab_dma_alloc_args *args)
{
	if (args->coherent)
		dma_free_coherent(args->dev, dma_size(args), args->vaddr,
				  args->dev_bus_addr);
	else
		dma_free_wc(args->dev, dma_size(args), args->vaddr,
			    args->dev_bus_addr);
}

/* Translated guests have DMA addresses that are guest physical addresses */
static void dma_fill_frames(struct gnttab_dma_alloc_args *args)
{
	unsigned long pfn = PHYS_PFN(args->dev_bus_addr);
	int i;

	for (i = 0; i < args->nr_pages; i++) {
		args->pages[i] = pfn_to_page(pfn + i);
		args->frames[i] = pfn_to_gfn(pfn + i);
	}
}

/*
 * Give memory back to the first @nr pages of the buffer, then free it all. It
 * must not return to the allocator with holes in it, so it is lost if Xen has
 * no memory left.
 */
static int dma_refill(struct gnttab_dma_alloc_args *args, int nr)
{
	int done = 0;

	if (nr)
		done = xenmem_reservation_increase(nr, args->frames);
	if (done != nr) {
		pr_err("got %d of %d pages back from Xen, buffer lost\n",
		       done, nr);
		return -EFAULT;
	}
	dma_free(args);
	return 0;
}

int gnttab_dma_alloc_pages(struct gnttab_dma_alloc_args *args)
{
	int i, nr, err;

	might_sleep();
	if (args->nr_pages <= 0)
		return -EINVAL;
	err = dma_alloc(args);
	if (err)
		return err;

	dma_fill_frames(args);
	for (i = 0; i < args->nr_pages; i++)
		xenmem_reservation_scrub_page(args->pages[i]);

	nr = xenmem_reservation_decrease(args->nr_pages, args->frames);
	if (nr == args->nr_pages)
		return gnttab_pages_set_private(args->nr_pages, args->pages);

	pr_err("Xen took %d of %d pages\n", nr, args->nr_pages);
	dma_refill(args, max(nr, 0));
	return -EFAULT;
}
EXPORT_SYMBOL_GPL(gnttab_dma_alloc_pages);

int gnttab_dma_free_pages(struct gnttab_dma_alloc_args *args)
{
	might_sleep();
	gnttab_pages_clear_private(args->nr_pages, args->pages);
	dma_fill_frames(args);
	return dma_refill(args, args->nr_pages);
}
EXPORT_SYMBOL_GPL(gnttab_dma_free_pages);
#endif /* CONFIG_XEN_GRANT_DMA_ALLOC */
