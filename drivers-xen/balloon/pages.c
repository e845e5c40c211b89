// SPDX-License-Identifier: GPL-2.0
/*
 * Pages without memory, and how they lose and regain it.
 *
 * Ballooned pages are not in use and not free: the page allocator does not count
 * them, and PageOffline keeps away who reads memory at large (/proc/kcore, a crash
 * dump). They are linked by page->lru.
 *
 * Xen may do only a part of what it is asked. What it did not take goes back to
 * the page allocator, what it did not give stays in the balloon.
 */
#define pr_fmt(fmt) "xen/balloon: " fmt

#include <linux/export.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <kunit/static_stub.h>
#include <xen/mem-reservation.h>
#include <xen/page.h>

#include "balloon.h"

struct balloon_stats balloon_stats;
EXPORT_SYMBOL_GPL(balloon_stats);

/* What it is for stands in balloon.h. */
DEFINE_MUTEX(balloon_mutex);

/*
 * Guards the list and, of balloon_stats, the number of ballooned pages,
 * target_unpopulated and total_pages. Innermost; taken in process context only.
 */
static DEFINE_SPINLOCK(balloon_lock);
static LIST_HEAD(ballooned);
static DECLARE_WAIT_QUEUE_HEAD(pages_wait);

/* Under balloon_mutex */
static xen_pfn_t frames[BALLOON_BATCH];

/* All memory of a 64-bit kernel is low memory, so balloon_high stays 0. */
static void add_page(struct page *page)
{
	spin_lock(&balloon_lock);
	list_add(&page->lru, &ballooned);
	WRITE_ONCE(balloon_stats.balloon_low, balloon_stats.balloon_low + 1);
	spin_unlock(&balloon_lock);
}

static struct page *remove_page(void)
{
	struct page *page;

	spin_lock(&balloon_lock);
	page = list_first_entry_or_null(&ballooned, struct page, lru);
	if (page) {
		list_del(&page->lru);
		WRITE_ONCE(balloon_stats.balloon_low,
			   balloon_stats.balloon_low - 1);
	}
	spin_unlock(&balloon_lock);
	return page;
}

/**
 * balloon_put() - put a page without memory into the balloon
 * @page: the page, in nobody's hands
 *
 * Context: process context.
 */
void balloon_put(struct page *page)
{
	__SetPageOffline(page);
	add_page(page);
	wake_up(&pages_wait);
}

/**
 * balloon_take() - take a page without memory out of the balloon
 *
 * Context: process context.
 * Return: a page that still has no memory, or NULL if the balloon is empty.
 */
struct page *balloon_take(void)
{
	struct page *page = remove_page();

	if (page)
		__ClearPageOffline(page);
	return page;
}

/**
 * balloon_pages() - how many pages are in the balloon
 *
 * Context: any.
 */
unsigned long balloon_pages(void)
{
	return READ_ONCE(balloon_stats.balloon_low);
}

/**
 * balloon_wait_for_pages() - wait until there is a page in the balloon
 * @timeout: how long at most, in jiffies
 *
 * Context: sleeps, and ends early on a signal.
 * Return: true if there is one.
 */
bool balloon_wait_for_pages(unsigned long timeout)
{
	wait_event_interruptible_timeout(pages_wait, balloon_pages(), timeout);
	return balloon_pages();
}

/**
 * balloon_count_unpopulated() - more, or fewer, pages are wanted for mappings
 * @nr: the difference
 *
 * Context: process context.
 */
void balloon_count_unpopulated(long nr)
{
	spin_lock(&balloon_lock);
	WRITE_ONCE(balloon_stats.target_unpopulated,
		   balloon_stats.target_unpopulated + nr);
	spin_unlock(&balloon_lock);
}

/**
 * balloon_count_total() - the domain has more address space for memory
 * @nr: pages
 *
 * Context: process context.
 */
void balloon_count_total(unsigned long nr)
{
	spin_lock(&balloon_lock);
	WRITE_ONCE(balloon_stats.total_pages, balloon_stats.total_pages + nr);
	spin_unlock(&balloon_lock);
}

/* A function of its own for tests that let it fail. */
struct page *balloon_alloc_page(gfp_t gfp)
{
	KUNIT_STATIC_STUB_REDIRECT(balloon_alloc_page, gfp);
	return alloc_page(gfp);
}

/* Take memory from the page allocator; fewer pages than wanted if it is short. */
static unsigned long collect(unsigned long nr, gfp_t gfp)
{
	struct page *page;
	unsigned long i;

	lockdep_assert_held(&balloon_mutex);
	for (i = 0; i < nr; i++) {
		page = balloon_alloc_page(gfp);
		if (!page)
			break;
		adjust_managed_page_count(page, -1);
		xenmem_reservation_scrub_page(page);
		frames[i] = xen_page_to_gfn(page);
	}
	return i;
}

/* Whoever reads all memory must not look at a page while Xen takes it. */
static void set_offline(unsigned long nr)
{
	unsigned long i;

	lockdep_assert_held(&balloon_mutex);
	page_offline_begin();
	for (i = 0; i < nr; i++)
		__SetPageOffline(xen_pfn_to_page(frames[i]));
	page_offline_end();
}

/* The page has memory: it is the page allocator's again. */
static void release(struct page *page)
{
	__ClearPageOffline(page);
	free_reserved_page(page);
}

/**
 * balloon_inflate() - give memory to Xen
 * @nr: how many pages; no more than BALLOON_BATCH are done
 * @gfp: how to allocate them
 *
 * Context: sleeps; balloon_mutex held.
 * Return: how many pages Xen got.
 */
unsigned long balloon_inflate(unsigned long nr, gfp_t gfp)
{
	unsigned long got, i;
	int done;

	lockdep_assert_held(&balloon_mutex);
	got = collect(min(nr, BALLOON_BATCH), gfp);
	if (!got)
		return 0;

	set_offline(got);
	done = max(xenmem_reservation_decrease(got, frames), 0);
	if (done < got)
		pr_warn_ratelimited("Xen took %d of %lu pages\n", done, got);

	for (i = 0; i < done; i++)
		balloon_put(xen_pfn_to_page(frames[i]));
	for (; i < got; i++)
		release(xen_pfn_to_page(frames[i]));

	WRITE_ONCE(balloon_stats.current_pages,
		   balloon_stats.current_pages - done);
	return done;
}

/**
 * balloon_deflate() - get memory from Xen for pages in the balloon
 * @nr: how many pages; no more than BALLOON_BATCH are done
 *
 * Context: sleeps; balloon_mutex held.
 * Return: how many pages got memory: fewer if Xen has or gives no more, or if the
 * balloon is empty.
 */
unsigned long balloon_deflate(unsigned long nr)
{
	struct page *page;
	unsigned long i;
	int want, done;

	lockdep_assert_held(&balloon_mutex);
	nr = min(nr, BALLOON_BATCH);
	for (want = 0; want < nr; want++) {
		page = remove_page();
		if (!page)
			break;
		frames[want] = page_to_xen_pfn(page);
	}
	if (!want)
		return 0;

	done = max(xenmem_reservation_increase(want, frames), 0);
	for (i = 0; i < done; i++)
		release(xen_pfn_to_page(frames[i]));
	for (; i < want; i++)
		add_page(xen_pfn_to_page(frames[i]));
	/* Somebody may have found the balloon empty meanwhile. */
	if (done < want)
		wake_up(&pages_wait);

	WRITE_ONCE(balloon_stats.current_pages,
		   balloon_stats.current_pages + done);
	return done;
}
