/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the balloon share. Others use <xen/balloon.h>,
 * <xen/mem-reservation.h> and <xen/xen.h>.
 *
 * Words: a page is "ballooned" when Xen has the memory behind it and nobody uses
 * its address; such pages wait in the balloon. To inflate is to put pages in
 * (memory goes to Xen), to deflate is to take pages out (memory comes from Xen).
 * The "credit" is what is missing to the target: positive when memory is to come.
 */
#ifndef _XEN_BALLOON_PRIVATE_H
#define _XEN_BALLOON_PRIVATE_H

#include <linux/gfp.h>
#include <linux/mutex.h>
#include <linux/pgtable.h>
#include <xen/balloon.h>
#include <xen/interface/xen.h>

struct dev_pagemap;
struct notifier_block;
struct page;
struct resource;

/* Frames in one hypercall: the list fills a page. */
#define BALLOON_BATCH	((unsigned long)(PAGE_SIZE / sizeof(xen_pfn_t)))

/* No domain has more; larger targets are cut, so that sums do not overflow. */
#define BALLOON_PAGES_MAX	(1UL << (MAX_PHYSMEM_BITS - PAGE_SHIFT))

/**
 * enum balloon_outcome - what came of a step towards the target
 * @BALLOON_ALL: what was tried was done
 * @BALLOON_SOME: a part of it
 * @BALLOON_NONE: nothing
 * @BALLOON_OFFLINE: memory was added that somebody has to set online
 */
enum balloon_outcome {
	BALLOON_ALL,
	BALLOON_SOME,
	BALLOON_NONE,
	BALLOON_OFFLINE,
};

/**
 * enum balloon_state - what the thread does next
 * @BALLOON_RUN: goes on at once, or sleeps if the target is reached
 * @BALLOON_BACK_OFF: tries again after balloon_stats.schedule_delay
 * @BALLOON_GIVEN_UP: has tried often enough, and looks again only now and then
 * @BALLOON_WAIT_ONLINE: sleeps until memory is set online
 */
enum balloon_state {
	BALLOON_RUN,
	BALLOON_BACK_OFF,
	BALLOON_GIVEN_UP,
	BALLOON_WAIT_ONLINE,
};

/*
 * Serialises inflating and deflating, and with them balloon_stats.current_pages
 * and the hypercalls. Not held while memory is added. May be held over memory
 * allocations, so it must not be taken to free memory.
 */
extern struct mutex balloon_mutex;

/* pages.c */
void balloon_put(struct page *page);
struct page *balloon_take(void);
unsigned long balloon_pages(void);
bool balloon_wait_for_pages(unsigned long timeout);
void balloon_count_unpopulated(long nr);
void balloon_count_total(unsigned long nr);
struct page *balloon_alloc_page(gfp_t gfp);
unsigned long balloon_inflate(unsigned long nr, gfp_t gfp);
unsigned long balloon_deflate(unsigned long nr);

/* balloon.c */
long balloon_credit(void);
long balloon_spare(void);
void balloon_kick(void);
enum balloon_state balloon_schedule(struct balloon_stats *stats,
				    enum balloon_outcome outcome);
enum balloon_outcome balloon_step(void);
enum balloon_state balloon_current_state(void);
int balloon_start_thread(void);

/* start.c */
unsigned long balloon_initial_pages(void);

/* target.c */
unsigned long balloon_target_from_kib(u64 kib, long offset);
long balloon_target_offset(u64 static_max_kib, unsigned long current_pages);
char *balloon_read_node(const char *node);
void balloon_read_target(void);
void balloon_forget_offset(void);

/* sysfs.c */
int balloon_sysfs_init(void);
int balloon_parse_kib(const char *buf, unsigned long *pages);
int balloon_parse_bytes(const char *buf, unsigned long *pages);

/* reservation.c */
long balloon_current_reservation(void);
long balloon_maximum_reservation(void);

/* hotplug.c */
#ifdef CONFIG_XEN_BALLOON_MEMORY_HOTPLUG
int balloon_hotplug_init(void);
int balloon_hotplug_start(void);
bool balloon_hotplug_unpopulated(void);
unsigned long balloon_hotplug_need(bool for_mappings, unsigned long block);
enum balloon_outcome balloon_hotplug(bool for_mappings);
/* Also for the tests, the first only for them */
void balloon_hotplug_stop(void);
int balloon_note_blocks(unsigned long start_pfn, unsigned long nr_pages);
void balloon_online_page(struct page *page, unsigned int order);
int balloon_memory_changed(struct notifier_block *nb, unsigned long action,
			   void *arg);
#else
static inline int balloon_hotplug_init(void)
{
	return 0;
}

static inline bool balloon_hotplug_unpopulated(void)
{
	return false;
}

static inline enum balloon_outcome balloon_hotplug(bool for_mappings)
{
	return BALLOON_NONE;
}
#endif

/* unpopulated.c */
#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
unsigned long unpopulated_used_pages(void);
/* For the tests */
struct resource *unpopulated_set_space(struct resource *space);
unsigned int unpopulated_free_pages(void);
#else
static inline unsigned long unpopulated_used_pages(void)
{
	return 0;
}
#endif

#endif /* _XEN_BALLOON_PRIVATE_H */
