// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a map of /dev/xen/gntdev.
 *
 * Its pages are addresses without memory behind them. Xen maps the grants there, all
 * of them or, as far as the program can see, none; page tables of programs then point
 * to the pages as to any others. That is all there is to it in a domain whose physical
 * addresses Xen translates: forks, partial munmap() and the like are for the memory
 * management to care about, and the map ends with its last user.
 *
 * Even then a page may be in use: somebody has pinned it, for direct I/O say, or has
 * handed it to the network stack. Unmapped, it would be a hole. So a map with such
 * pages waits for its end, see gntdev_dying.c.
 */
#define pr_fmt(fmt) "xen/gntdev: " fmt

#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "gntdev.h"

/* As map_ops[].status of a page with nothing mapped; Xen's are 0 and below */
#define NOT_MAPPED	1

/* That a map of the largest size finds no memory is nothing to warn of */
#define GFP_ARRAY	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN)

static bool is_mapped(const struct gntdev_map *map, unsigned int i)
{
	return map->map_ops[i].status == GNTST_okay;
}

static phys_addr_t map_address(const struct gntdev_map *map, unsigned int i)
{
	return (unsigned long)page_to_virt(map->pages[i]);
}

/* Since a restore there is nothing to unmap, and the handles are others'. */
static bool is_of_old_life(const struct gntdev_map *map)
{
	return map->life != gnttab_life();
}

static void forget_run(struct gntdev_map *map, unsigned int first,
		       unsigned int nr)
{
	unsigned int i;

	gnttab_forget_refs(map->pages + first, nr);
	for (i = first; i < first + nr; i++)
		map->map_ops[i].status = NOT_MAPPED;
}

static void unmap_run(struct gntdev_map *map, unsigned int first,
		      unsigned int nr)
{
	struct gnttab_map_grant_ref *op;
	unsigned int i;

	for (i = first; i < first + nr; i++) {
		op = &map->map_ops[i];
		gnttab_set_unmap_op(&map->unmap_ops[i], map_address(map, i),
				    op->flags, op->handle);
	}
	gnttab_unmap_refs(map->unmap_ops + first, NULL, map->pages + first, nr);
	for (i = first; i < first + nr; i++) {
		if (map->unmap_ops[i].status == GNTST_okay)
			map->map_ops[i].status = NOT_MAPPED;
	}
}

static void unmap_grants(struct gntdev_map *map)
{
	unsigned int first, end;

	for (first = 0; first < map->count; first = end + 1) {
		end = first;
		while (end < map->count && is_mapped(map, end))
			end++;
		if (end == first)
			continue;
		if (is_of_old_life(map))
			forget_run(map, first, end - first);
		else
			unmap_run(map, first, end - first);
	}
}

/* Moves the pages that can be given back to the front; returns how many they are. */
static unsigned int sort_out_lost(struct gntdev_map *map)
{
	unsigned int i, good = 0;

	for (i = 0; i < map->count; i++) {
		if (!is_mapped(map, i))
			map->pages[good++] = map->pages[i];
	}
	if (good < map->count)
		pr_err_ratelimited("Xen did not unmap %u pages of domain %u; they are lost\n",
				   map->count - good, map->map_ops[0].dom);
	return good;
}

#ifdef CONFIG_XEN_GRANT_DMA_ALLOC
static bool has_dma_buffer(const struct gntdev_map *map)
{
	return map->dma.vaddr;
}

static int alloc_dma_buffer(struct gntdev_map *map, u32 dma_flags)
{
	int err;

	map->dma = (struct gnttab_dma_alloc_args){
		.dev = gntdev_dma_device(),
		.coherent = dma_flags & GNTDEV_DMA_FLAG_COHERENT,
		.nr_pages = map->count,
		.pages = map->pages,
		.frames = kvcalloc(map->count, sizeof(*map->dma.frames),
				   GFP_ARRAY),
	};
	if (!map->dma.frames)
		return -ENOMEM;
	err = gnttab_dma_alloc_pages(&map->dma);
	if (!err)
		return 0;
	kvfree(map->dma.frames);
	map->dma = (struct gnttab_dma_alloc_args){ };
	return err;
}

/* It is one piece, to be freed as a whole or not at all. */
static void free_dma_buffer(struct gntdev_map *map, unsigned int good)
{
	if (good == map->count)
		gnttab_dma_free_pages(&map->dma);
	kvfree(map->dma.frames);
}
#else
static bool has_dma_buffer(const struct gntdev_map *map)
{
	return false;
}

static int alloc_dma_buffer(struct gntdev_map *map, u32 dma_flags)
{
	return -EINVAL;
}

static void free_dma_buffer(struct gntdev_map *map, unsigned int good) { }
#endif /* CONFIG_XEN_GRANT_DMA_ALLOC */

static void free_arrays(struct gntdev_map *map)
{
	kvfree(map->pages);
	kvfree(map->map_ops);
	kvfree(map->unmap_ops);
	kfree(map);
}

static void free_map(struct gntdev_map *map)
{
	unsigned int good = sort_out_lost(map);

	if (has_dma_buffer(map))
		free_dma_buffer(map, good);
	else if (good)
		gnttab_free_pages(good, map->pages);
	free_arrays(map);
}

static struct gntdev_map *alloc_arrays(unsigned int count)
{
	struct gntdev_map *map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!map)
		return NULL;
	map->count = count;
	refcount_set(&map->users, 1);
	INIT_LIST_HEAD(&map->dying);
	map->pages = kvcalloc(count, sizeof(*map->pages), GFP_ARRAY);
	map->map_ops = kvcalloc(count, sizeof(*map->map_ops), GFP_ARRAY);
	map->unmap_ops = kvcalloc(count, sizeof(*map->unmap_ops), GFP_ARRAY);
	if (!map->pages || !map->map_ops || !map->unmap_ops) {
		free_arrays(map);
		return NULL;
	}
	for (i = 0; i < count; i++)
		map->map_ops[i].status = NOT_MAPPED;
	return map;
}

/**
 * gntdev_map_alloc() - make a map, with no grants yet
 * @count: number of its pages, 1 or more
 * @dma_flags: 0, or one GNTDEV_DMA_FLAG_* for a contiguous buffer that devices can reach
 *
 * Context: may sleep.
 * Return: the map, whose one user is the caller, or an ERR_PTR().
 */
struct gntdev_map *gntdev_map_alloc(unsigned int count, u32 dma_flags)
{
	struct gntdev_map *map = alloc_arrays(count);
	int err;

	if (!map)
		return ERR_PTR(-ENOMEM);
	if (dma_flags)
		err = alloc_dma_buffer(map, dma_flags);
	else
		err = gnttab_alloc_pages(count, map->pages);
	if (err) {
		free_arrays(map);
		return ERR_PTR(err);
	}
	return map;
}

/**
 * gntdev_map_name() - say which grant a page is for
 * @map: a map with nothing mapped
 * @i: number of the page, less than @map->count
 * @domid: the other domain
 * @ref: its grant reference
 *
 * Return: 0, or -EINVAL if there cannot be such a domain.
 */
int gntdev_map_name(struct gntdev_map *map, unsigned int i, u32 domid,
		    grant_ref_t ref)
{
	if (domid > U16_MAX)
		return -EINVAL;
	map->map_ops[i].dom = domid;
	map->map_ops[i].ref = ref;
	return 0;
}

/**
 * gntdev_map_grants() - map the grants of a map, all or none
 * @map: a map with nothing mapped and all grants named
 * @flags: GNTMAP_host_map, maybe with GNTMAP_readonly
 *
 * Context: may sleep, for half a minute if a page of the other domain is swapped out.
 * Return: 0; -EINVAL if Xen refuses one of them, or another error of the hypercall.
 */
int gntdev_map_grants(struct gntdev_map *map, u32 flags)
{
	struct gnttab_map_grant_ref *op;
	unsigned int i;
	int err;

	for (i = 0; i < map->count; i++) {
		op = &map->map_ops[i];
		gnttab_set_map_op(op, map_address(map, i), flags, op->ref,
				  op->dom);
	}
	map->life = gnttab_life();
	err = gnttab_map_refs(map->map_ops, NULL, map->pages, map->count);
	for (i = 0; i < map->count && !err; i++) {
		if (!is_mapped(map, i))
			err = -EINVAL;
	}
	if (err) {
		/* Nobody has seen these pages, so none is busy. */
		unmap_grants(map);
		return err;
	}
	WRITE_ONCE(map->flags, flags);
	return 0;
}

/**
 * gntdev_map_get() - become a user of a map
 * @map: the map, which has a user
 *
 * Context: any.
 */
void gntdev_map_get(struct gntdev_map *map)
{
	refcount_inc(&map->users);
}

/* The other domain is to see it before its page goes. */
static void clear_byte(struct gntdev_map *map)
{
	const struct unmap_notify *notify = &map->notify;
	u8 *page;

	if (!(notify->action & UNMAP_NOTIFY_CLEAR_BYTE) ||
	    !map->flags || map->flags & GNTMAP_readonly || is_of_old_life(map))
		return;
	page = page_to_virt(map->pages[notify->offset >> PAGE_SHIFT]);
	WRITE_ONCE(page[notify->offset & ~PAGE_MASK], 0);
}

static bool is_busy(const struct gntdev_map *map)
{
	unsigned int i;

	for (i = 0; i < map->count; i++) {
		if (is_mapped(map, i) && page_count(map->pages[i]) > 1)
			return true;
	}
	return false;
}

static void end_map(struct gntdev_map *map)
{
	unmap_grants(map);
	unmap_notify_send(&map->notify);
	free_map(map);
}

static bool is_free(struct list_head *node)
{
	return !is_busy(list_entry(node, struct gntdev_map, dying));
}

static void end(struct list_head *node)
{
	end_map(list_entry(node, struct gntdev_map, dying));
}

VISIBLE_IF_KUNIT struct gntdev_dying gntdev_dying_maps = {
	.lock = __MUTEX_INITIALIZER(gntdev_dying_maps.lock),
	.list = LIST_HEAD_INIT(gntdev_dying_maps.list),
	.work = __DELAYED_WORK_INITIALIZER(gntdev_dying_maps.work,
					   gntdev_dying_work, 0),
	.is_free = is_free,
	.end = end,
};

/**
 * gntdev_map_put() - use a map no more
 * @map: the map; with the last user it ends, now or when its pages are no longer busy
 *
 * Context: may sleep; mmap_lock may be held.
 */
void gntdev_map_put(struct gntdev_map *map)
{
	might_sleep();
	if (!refcount_dec_and_test(&map->users))
		return;

	clear_byte(map);
	if (is_busy(map))
		gntdev_dying_add(&gntdev_dying_maps, &map->dying);
	else
		end_map(map);
}

/**
 * gntdev_map_exit() - see the last map off
 *
 * Context: there are no maps any more, but the function that ended the last of them may
 * not have returned yet.
 */
void gntdev_map_exit(void)
{
	gntdev_dying_exit(&gntdev_dying_maps);
}
