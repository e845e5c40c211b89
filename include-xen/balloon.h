/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The balloon: how much memory this domain has, and how much it should have.
 */
#ifndef _XEN_BALLOON_H
#define _XEN_BALLOON_H

struct page;

#define RETRY_UNLIMITED	0

/**
 * struct balloon_stats - state of the balloon, as it is shown in sysfs
 * @current_pages: pages that the domain has
 * @target_pages: pages that it should have
 * @target_unpopulated: pages that should be free of memory for mappings
 * @balloon_low: ballooned pages in low memory
 * @balloon_high: ballooned pages in high memory
 * @total_pages: pages that it could have without memory hotplug
 * @schedule_delay: seconds until the next try
 * @max_schedule_delay: longest such delay
 * @retry_count: tries that failed in a row
 * @max_retry_count: after how many to give up, or RETRY_UNLIMITED
 */
struct balloon_stats {
	unsigned long current_pages;
	unsigned long target_pages;
	unsigned long target_unpopulated;
	unsigned long balloon_low;
	unsigned long balloon_high;
	unsigned long total_pages;
	unsigned long schedule_delay;
	unsigned long max_schedule_delay;
	unsigned long retry_count;
	unsigned long max_retry_count;
};

extern struct balloon_stats balloon_stats;

/**
 * balloon_set_new_target() - ask for another amount of memory
 * @target: pages
 *
 * Context: any; a thread does the work.
 */
void balloon_set_new_target(unsigned long target);

/**
 * xen_alloc_ballooned_pages() - get pages without memory
 * @nr_pages: how many
 * @pages: gets them
 *
 * Context: may sleep.
 * Return: 0 with all pages, or a negative error with none.
 */
int xen_alloc_ballooned_pages(unsigned int nr_pages, struct page **pages);

/**
 * xen_free_ballooned_pages() - give such pages back
 * @nr_pages: how many
 * @pages: the pages, with nothing mapped
 *
 * Context: may sleep.
 */
void xen_free_ballooned_pages(unsigned int nr_pages, struct page **pages);

#ifdef CONFIG_XEN_BALLOON
/**
 * xen_balloon_init() - start to follow the target in xenstore
 *
 * Context: boot.
 */
void xen_balloon_init(void);
#else
static inline void xen_balloon_init(void)
{
}
#endif

#endif /* _XEN_BALLOON_H */
