// SPDX-License-Identifier: GPL-2.0
/*
 * Ballooned pages lent out as addresses to map other domains' pages at, where
 * there is no address space without memory (unpopulated.c) for it.
 *
 * They come from the balloon; or from memory that is given to Xen for the time; or,
 * with the sysctl xen.balloon.hotplug_unpopulated, from address space that is added
 * as if it were memory.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/mm.h>

#include "balloon.h"

/* Added memory that nobody sets online must not block its user for ever. */
#define ONLINE_TIMEOUT	(10 * HZ)

/* Somebody waits for these: try harder, but leave the OOM killer alone. */
#define GFP_LEND	(GFP_HIGHUSER | __GFP_RETRY_MAYFAIL | \
			 __GFP_NOMEMALLOC | __GFP_NOWARN)

/* balloon_mutex is dropped for the time. */
static bool refill_by_hotplug(void)
{
	enum balloon_outcome outcome;
	bool filled = false;

	lockdep_assert_held(&balloon_mutex);
	if (!balloon_hotplug_unpopulated())
		return false;
	mutex_unlock(&balloon_mutex);
	outcome = balloon_hotplug(true);
	if (outcome != BALLOON_NONE)
		filled = balloon_wait_for_pages(ONLINE_TIMEOUT);
	mutex_lock(&balloon_mutex);
	return filled && balloon_pages();
}

/* Put at least one page into the balloon. */
static int refill(unsigned int nr)
{
	lockdep_assert_held(&balloon_mutex);
	if (refill_by_hotplug())
		return 0;
	if (balloon_spare() < (long)nr)
		return -ENOMEM;
	return balloon_inflate(nr, GFP_LEND) ? 0 : -ENOMEM;
}

/* @nr of @wanted pages come back. Memory that was given to Xen for them is due. */
static void take_back(struct page **pages, unsigned int nr, unsigned int wanted)
{
	unsigned int i;

	lockdep_assert_held(&balloon_mutex);
	for (i = 0; i < nr; i++)
		if (pages[i])
			balloon_put(pages[i]);
	balloon_count_unpopulated(-(long)wanted);
	if (balloon_credit())
		balloon_kick();
}

int xen_alloc_ballooned_pages(unsigned int nr_pages, struct page **pages)
{
	unsigned int got = 0;
	int err = 0;

	might_sleep();
	guard(mutex)(&balloon_mutex);
	balloon_count_unpopulated(nr_pages);
	while (got < nr_pages && !err) {
		pages[got] = balloon_take();
		if (pages[got])
			got++;
		else
			err = refill(nr_pages - got);
	}
	if (err)
		take_back(pages, got, nr_pages);
	return err;
}
EXPORT_SYMBOL(xen_alloc_ballooned_pages);

void xen_free_ballooned_pages(unsigned int nr_pages, struct page **pages)
{
	might_sleep();
	guard(mutex)(&balloon_mutex);
	take_back(pages, nr_pages, nr_pages);
}
EXPORT_SYMBOL(xen_free_ballooned_pages);
