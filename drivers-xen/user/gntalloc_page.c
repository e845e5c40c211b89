// SPDX-License-Identifier: GPL-2.0
/*
 * A page of /dev/xen/gntalloc, from the grant to the end of the grant, and how many of
 * them there may be.
 *
 * It counts from before it is made until nobody here uses it any more. As long as the
 * other domain still has it mapped then, it is for the grant table to wait.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include <xen/grant_table.h>
#include <xen/page.h>

#include "gntalloc.h"

static int limit = 1024;
module_param(limit, int, 0644);
MODULE_PARM_DESC(limit, "Pages that all programs together may share at a time");

/* How many pages there are, and how many are about to be made */
static atomic_t nr_pages = ATOMIC_INIT(0);

/**
 * gntalloc_reserve() - count pages, if they may be made
 * @used: how many there are
 * @max: how many there may be; negative: any number
 * @count: how many more are wanted
 *
 * Context: any.
 * Return: 0, or -ENOSPC with nothing counted.
 */
int gntalloc_reserve(atomic_t *used, int max, unsigned int count)
{
	int now = atomic_read(used);

	if (max < 0)
		max = INT_MAX;
	do {
		if (now > max || count > max - now)
			return -ENOSPC;
	} while (!atomic_try_cmpxchg(used, &now, now + count));
	return 0;
}

/**
 * gntalloc_count() - count pages that are about to be made
 * @count: how many
 *
 * Context: any.
 * Return: 0, or -ENOSPC if they would be too many.
 */
int gntalloc_count(unsigned int count)
{
	return gntalloc_reserve(&nr_pages, READ_ONCE(limit), count);
}

/**
 * gntalloc_uncount() - some of them will not be made
 * @count: how many
 *
 * Context: any.
 */
void gntalloc_uncount(unsigned int count)
{
	atomic_sub(count, &nr_pages);
}

/**
 * gntalloc_pages() - how many pages are there?
 *
 * Context: any.
 * Return: the number, with those that are about to be made.
 */
unsigned int gntalloc_pages(void)
{
	return atomic_read(&nr_pages);
}

/* For the other end, who sees it before access ends. */
static void clear_byte(const struct shared_page *p)
{
	u8 *at;

	if (!(p->notify.action & UNMAP_NOTIFY_CLEAR_BYTE))
		return;
	at = kmap_local_page(p->page);
	WRITE_ONCE(at[p->notify.offset], 0);
	kunmap_local(at);
}

/**
 * gntalloc_page_put() - use a page no more
 * @p: the page; with the last user, the access of the other domain ends
 *
 * Context: may sleep.
 */
void gntalloc_page_put(struct shared_page *p)
{
	might_sleep();
	if (!refcount_dec_and_test(&p->users))
		return;
	clear_byte(p);
	unmap_notify_send(&p->notify);
	gnttab_end_foreign_access(p->ref, p->page);
	atomic_dec(&nr_pages);
	kfree(p);
}

/**
 * gntalloc_page_make() - make a page and share it
 * @domid: with whom
 * @readonly: the other domain must not write to it
 *
 * Context: may sleep. The page has been counted with gntalloc_count().
 * Return: the page, whose one user is the caller, or an ERR_PTR().
 */
struct shared_page *gntalloc_page_make(domid_t domid, bool readonly)
{
	struct shared_page *p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	int ref;

	if (!p)
		return ERR_PTR(-ENOMEM);
	/* What was in it before is not for the other domain. */
	p->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!p->page) {
		kfree(p);
		return ERR_PTR(-ENOMEM);
	}
	ref = gnttab_grant_foreign_access(domid, xen_page_to_gfn(p->page),
					  readonly);
	if (ref < 0) {
		__free_page(p->page);
		kfree(p);
		return ERR_PTR(ref);
	}
	p->ref = ref;
	refcount_set(&p->users, 1);
	return p;
}
