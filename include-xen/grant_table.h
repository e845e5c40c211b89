/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grants: letting another domain use pages of this one, and the other way round.
 *
 * A grant reference is an index into the table that this domain shares with
 * Xen. Giving access never sleeps and may be done in any context. Taking it back
 * fails while the other domain has the page mapped; what then happens is the
 * difference between the three functions that end access.
 *
 * Xen's public/grant_table.h is the interface behind it, in version 1.
 */
#ifndef _XEN_GRANT_TABLE_H
#define _XEN_GRANT_TABLE_H

#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/page-flags.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <asm/page.h>
#include <asm/xen/hypervisor.h>

#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>
#include <xen/features.h>
#include <xen/page.h>

#define INVALID_GRANT_REF	((grant_ref_t)-1)
#define INVALID_GRANT_HANDLE	((grant_handle_t)-1)

/* Frames of the table that are set up at boot */
#define NR_GRANT_FRAMES		4

/* References */

/**
 * struct gnttab_free_callback - somebody who waits for free references
 * @next: for the grant table
 * @fn: called once, in atomic context with interrupts off; must not call back
 *	into the grant table
 * @arg: for @fn
 * @count: how many references have to be free
 */
struct gnttab_free_callback {
	struct gnttab_free_callback *next;
	void (*fn)(void *arg);
	void *arg;
	unsigned int count;
};

/**
 * gnttab_alloc_grant_references() - take references into a private list
 * @count: how many
 * @pprivate_head: gets the head of the list
 *
 * The list has no lock: its owner must not use it from two places at once.
 *
 * Context: any; the table grows with GFP_ATOMIC.
 * Return: 0, or -ENOSPC with nothing taken.
 */
int gnttab_alloc_grant_references(u16 count, grant_ref_t *pprivate_head);

/**
 * gnttab_free_grant_references() - give a private list back
 * @head: head of the list, whose references are not in use
 *
 * Context: any.
 */
void gnttab_free_grant_references(grant_ref_t head);

/**
 * gnttab_empty_grant_references() - is a private list empty?
 * @pprivate_head: head of the list
 */
int gnttab_empty_grant_references(const grant_ref_t *pprivate_head);

/**
 * gnttab_claim_grant_reference() - take one reference off a private list
 * @pprivate_head: head of the list
 *
 * Return: the reference, or -ENOSPC if the list is empty.
 */
int gnttab_claim_grant_reference(grant_ref_t *pprivate_head);

/**
 * gnttab_release_grant_reference() - put one reference into a private list
 * @private_head: head of the list
 * @release: the reference, not in use
 */
void gnttab_release_grant_reference(grant_ref_t *private_head,
				    grant_ref_t release);

/**
 * gnttab_alloc_grant_reference_seq() - take references with running numbers
 * @count: how many
 * @first: gets the lowest
 *
 * Context: any.
 * Return: 0 or -ENOSPC.
 */
int gnttab_alloc_grant_reference_seq(unsigned int count, grant_ref_t *first);

/**
 * gnttab_free_grant_reference_seq() - give such references back
 * @head: the lowest
 * @count: how many
 *
 * Context: any.
 */
void gnttab_free_grant_reference_seq(grant_ref_t head, unsigned int count);

/**
 * gnttab_free_grant_reference() - give one reference back
 * @ref: the reference, not in use
 *
 * Context: any.
 */
void gnttab_free_grant_reference(grant_ref_t ref);

/**
 * gnttab_request_free_callback() - be called when references are free
 * @callback: owned by the caller, who keeps it until it is called or cancelled
 * @fn: see &struct gnttab_free_callback
 * @arg: for @fn
 * @count: how many references have to be free
 *
 * Does nothing if @callback waits already.
 *
 * Context: any.
 */
void gnttab_request_free_callback(struct gnttab_free_callback *callback,
				  void (*fn)(void *arg), void *arg, u16 count);

/**
 * gnttab_cancel_free_callback() - do not wait any more
 * @callback: may or may not be waiting
 *
 * Context: any.
 */
void gnttab_cancel_free_callback(struct gnttab_free_callback *callback);

/* Budgets: references for one device */

/**
 * struct gnttab_budget - what one device may hold of the references
 * @name: of the device, for people; stays as long as the budget
 * @domid: its peer
 * @min: so many it can always have, 1 or more
 * @max: more than this it never has
 * @lock: guards the rest; taken with interrupts off
 * @stock: private list of what is reserved and not handed out
 * @in_stock: length of @stock
 * @used: handed out and not yet back, with those of @deferred
 * @deferred: ended, but still in use by the peer
 * @refused: how often there was not enough
 * @waits: how often somebody waited
 * @fn: called once when @wanted references can be had; NULL if nobody waits
 * @arg: for @fn
 * @wanted: what is waited for
 * @granted: so many of @in_stock somebody has waited for and not got yet
 * @pool_wait: waits for the references that all devices share
 * @look_again: runs when there are some
 * @node: in the list of all budgets
 *
 * Set up with gnttab_budget_init(). Nothing in it is for the driver to touch.
 */
struct gnttab_budget {
	const char *name;
	domid_t domid;
	unsigned int min;
	unsigned int max;

	/* What follows */
	spinlock_t lock;
	grant_ref_t stock;
	unsigned int in_stock;
	unsigned int used;
	unsigned int deferred;
	unsigned long refused;
	unsigned long waits;
	void (*fn)(void *arg);
	void *arg;
	unsigned int wanted;
	unsigned int granted;

	struct gnttab_free_callback pool_wait;
	struct work_struct look_again;
	struct list_head node;
};

/**
 * gnttab_budget_init() - reserve references for a device
 * @b: memory for the budget
 * @name: of the device; stays as long as the budget
 * @domid: its peer
 * @min: how many references to reserve at once, 1 or more: as many as the
 *	largest request needs
 * @max: how many the device may hold in all, @min or more
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for wrong numbers, -ENOSPC if there are fewer than @min,
 * -EBUSY if the peer keeps too much of what was ended, see
 * gnttab_domain_refused(). Then there is no budget.
 */
int gnttab_budget_init(struct gnttab_budget *b, const char *name,
		       domid_t domid, unsigned int min, unsigned int max);

/**
 * gnttab_budget_exit() - give a device's references back
 * @b: the budget, which nobody else uses any more. All that was got has been
 *	put or ended; what the peer still has in use is left to the grant table
 *
 * Context: may sleep.
 */
void gnttab_budget_exit(struct gnttab_budget *b);

/**
 * gnttab_budget_get() - get references, all or none
 * @b: the budget
 * @count: how many
 * @head: gets the head of a private list of them, empty on failure. Take them
 *	off with gnttab_claim_grant_reference()
 *
 * To be called before anything else is done for a request, so that there is
 * nothing to undo. Who gets -EBUSY or -ENOSPC lets the request wait and asks for
 * a call with gnttab_budget_wait().
 *
 * Context: any.
 * Return: 0; -EBUSY if the device holds too many already, -ENOSPC if all devices
 * together do, -EINVAL for more than the maximum, which can never be had.
 */
int gnttab_budget_get(struct gnttab_budget *b, unsigned int count,
		      grant_ref_t *head);

/**
 * gnttab_budget_put() - give references back
 * @b: the budget that they came from
 * @head: head of a private list of references, none of them in use
 *
 * Context: any.
 */
void gnttab_budget_put(struct gnttab_budget *b, grant_ref_t head);

/**
 * gnttab_budget_end() - end a grant, now or as soon as the peer lets go of it
 * @b: the budget that the reference came from
 * @ref: the reference, which goes back to the budget
 * @page: its page, of which a reference is consumed, or NULL: then the grant
 *	table takes one of its own for as long as it needs the page
 *
 * As gnttab_end_foreign_access(). The device has one reference less for as long
 * as its peer does not let go of this one.
 *
 * Context: any.
 */
void gnttab_budget_end(struct gnttab_budget *b, grant_ref_t ref,
		       struct page *page);

/**
 * gnttab_budget_wait() - be called when references can be had
 * @b: the budget
 * @count: how many
 * @fn: called once, maybe before this returns, in atomic context with interrupts
 *	off; must not call back into the grant table
 * @arg: for @fn
 *
 * There is one who waits; does nothing while somebody does already. When @fn is
 * called there are as many references in the budget, for gnttab_budget_get() to
 * find. They stay there until they are got, whatever the device gives back
 * meanwhile: who does not want them any more calls gnttab_budget_cancel(). With up to
 * the minimum of the budget, @fn is called at the latest when all else that the device
 * has got is back, whatever other devices do.
 *
 * Context: any.
 * Return: 0, or -EINVAL for more than the maximum: @fn is never called.
 */
int gnttab_budget_wait(struct gnttab_budget *b, unsigned int count,
		       void (*fn)(void *arg), void *arg);

/**
 * gnttab_budget_cancel() - do not wait any more
 * @b: the budget; whether somebody waits or not
 *
 * Afterwards the function is not running and will not be called. What it was called
 * for and nobody has got is given back.
 *
 * Context: any.
 */
void gnttab_budget_cancel(struct gnttab_budget *b);

/* Giving access and taking it back */

/**
 * gnttab_domain_refused() - does a domain keep too much of what was ended?
 * @domid: the domain
 *
 * A domain that does not let go of what it was granted costs this one pages and
 * references. When they are more than the parameter grant_table.deferred_limit
 * says, it is to get no new ones. gnttab_grant_foreign_access() and
 * gnttab_budget_init() ask this themselves.
 *
 * Context: any.
 * Return: true with a rate-limited message that names the domain.
 */
bool gnttab_domain_refused(domid_t domid);

/**
 * gnttab_look_at_deferred() - see which ended grants are no longer in use
 *
 * Looks at each of them once, now and not in its turn: for somebody who knows that
 * domains have just let go of many, and who needs the references.
 *
 * Context: sleeps.
 */
void gnttab_look_at_deferred(void);

/**
 * gnttab_grant_foreign_access() - let a domain use a frame
 * @domid: the domain
 * @frame: guest frame number
 * @readonly: not 0 if it must not write
 *
 * Context: any.
 * Return: a new reference; -ENOSPC if there is none, -ERANGE for a frame above
 * 16 TiB, -EBUSY if the domain keeps too much of what was ended, see
 * gnttab_domain_refused().
 */
int gnttab_grant_foreign_access(domid_t domid, unsigned long frame,
				int readonly);

/**
 * gnttab_grant_foreign_access_ref() - the same with a reference at hand
 * @ref: reference of the caller's, not in use
 * @domid: the domain
 * @frame: guest frame number
 * @readonly: not 0 if it must not write
 *
 * Context: any.
 */
void gnttab_grant_foreign_access_ref(grant_ref_t ref, domid_t domid,
				     unsigned long frame, int readonly);

/**
 * gnttab_page_grant_foreign_access_ref_one() - the same for a page
 * @ref: reference of the caller's, not in use
 * @domid: the domain
 * @page: the page
 * @readonly: not 0 if it must not write
 *
 * Context: any.
 */
static inline void
gnttab_page_grant_foreign_access_ref_one(grant_ref_t ref, domid_t domid,
					 struct page *page, int readonly)
{
	unsigned long gfn = xen_page_to_gfn(page);

	gnttab_grant_foreign_access_ref(ref, domid, gfn, readonly);
}

/**
 * gnttab_end_foreign_access_ref() - take access back, nothing else
 * @ref: the reference, which stays the caller's
 *
 * Context: any.
 * Return: 1, or 0 if the page is still mapped by the other domain. Reference
 * and page must then stay as they are.
 */
int gnttab_end_foreign_access_ref(grant_ref_t ref);

/**
 * gnttab_try_end_foreign_access() - take access back and free the reference
 * @ref: the reference
 *
 * Context: any.
 * Return: 1, or 0 if the page is still mapped by the other domain, with nothing
 * changed.
 */
int gnttab_try_end_foreign_access(grant_ref_t ref);

/**
 * gnttab_end_foreign_access() - take access back, now or later
 * @ref: the reference, which is the caller's no longer
 * @page: page of which one reference is dropped, or NULL
 *
 * While the other domain has the page mapped, reference and page are kept and
 * tried again from a timer. With NULL the grant table holds the granted page on
 * its own, so the caller may free it at once; that page has to come from
 * alloc_page() or alloc_pages_exact().
 *
 * Context: any.
 */
void gnttab_end_foreign_access(grant_ref_t ref, struct page *page);

/* Pages of other domains */

/**
 * gnttab_alloc_pages() - get pages to map grants into
 * @nr_pages: how many
 * @pages: gets them
 *
 * Context: may sleep.
 * Return: 0 with all pages, or a negative error with none.
 */
int gnttab_alloc_pages(int nr_pages, struct page **pages);

/**
 * gnttab_free_pages() - give such pages back
 * @nr_pages: how many
 * @pages: the pages, with nothing mapped
 *
 * Context: may sleep.
 */
void gnttab_free_pages(int nr_pages, struct page **pages);

/**
 * gnttab_pages_set_private() - prepare pages for xen_page_foreign()
 * @nr_pages: how many
 * @pages: the pages
 *
 * Done by gnttab_alloc_pages() already.
 *
 * Return: 0 or a negative error.
 */
int gnttab_pages_set_private(int nr_pages, struct page **pages);

/**
 * gnttab_pages_clear_private() - undo gnttab_pages_set_private()
 * @nr_pages: how many
 * @pages: the pages
 */
void gnttab_pages_clear_private(int nr_pages, struct page **pages);

/**
 * struct gnttab_page_cache - pages that one user of grants keeps for reuse
 * @lock: guards the rest; taken with interrupts off
 * @pages: the pages
 * @num_pages: how many
 */
struct gnttab_page_cache {
	spinlock_t lock;
#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
	struct page *pages;
#else
	struct list_head pages;
#endif
	unsigned int num_pages;
};

/**
 * gnttab_page_cache_init() - start with an empty cache
 * @cache: the cache
 */
void gnttab_page_cache_init(struct gnttab_page_cache *cache);

/**
 * gnttab_page_cache_get() - get one page, a new one if the cache is empty
 * @cache: the cache
 * @page: gets the page
 *
 * Context: may sleep.
 * Return: 0 or a negative error.
 */
int gnttab_page_cache_get(struct gnttab_page_cache *cache, struct page **page);

/**
 * gnttab_page_cache_put() - put pages into the cache
 * @cache: the cache
 * @page: the pages, with nothing mapped
 * @num: how many
 *
 * Context: any.
 */
void gnttab_page_cache_put(struct gnttab_page_cache *cache, struct page **page,
			   unsigned int num);

/**
 * gnttab_page_cache_shrink() - free pages until few enough are left
 * @cache: the cache
 * @num: how many may stay
 *
 * Context: may sleep.
 */
void gnttab_page_cache_shrink(struct gnttab_page_cache *cache,
			      unsigned int num);

#ifdef CONFIG_XEN_GRANT_DMA_ALLOC
/**
 * struct gnttab_dma_alloc_args - a contiguous buffer to map grants into
 * @dev: device that is to reach it
 * @coherent: cache coherent instead of write-combining
 * @nr_pages: size of the buffer
 * @pages: array of its pages, filled in
 * @frames: array of its frames, filled in
 * @vaddr: its address, filled in
 * @dev_bus_addr: its address for @dev, filled in
 */
struct gnttab_dma_alloc_args {
	struct device *dev;
	bool coherent;

	int nr_pages;
	struct page **pages;
	xen_pfn_t *frames;
	void *vaddr;
	dma_addr_t dev_bus_addr;
};

/**
 * gnttab_dma_alloc_pages() - allocate such a buffer
 * @args: see &struct gnttab_dma_alloc_args
 *
 * Context: may sleep.
 * Return: 0 or a negative error.
 */
int gnttab_dma_alloc_pages(struct gnttab_dma_alloc_args *args);

/**
 * gnttab_dma_free_pages() - free such a buffer
 * @args: as they came from gnttab_dma_alloc_pages()
 *
 * Context: may sleep.
 * Return: 0 or a negative error.
 */
int gnttab_dma_free_pages(struct gnttab_dma_alloc_args *args);
#endif

/* Where a grant is mapped is a physical address, except for a page table entry. */
static inline u64 gnttab_host_addr(phys_addr_t addr, u32 flags)
{
	return flags & GNTMAP_contains_pte ? addr : __pa(addr);
}

/**
 * gnttab_set_map_op() - fill in a request to map a grant
 * @map: the request
 * @addr: kernel address of the page to map it into
 * @flags: GNTMAP_*
 * @ref: the other domain's reference
 * @domid: the other domain
 */
static inline void gnttab_set_map_op(struct gnttab_map_grant_ref *map,
				     phys_addr_t addr, uint32_t flags,
				     grant_ref_t ref, domid_t domid)
{
	*map = (struct gnttab_map_grant_ref) {
		.host_addr = gnttab_host_addr(addr, flags),
		.flags = flags,
		.ref = ref,
		.dom = domid,
		.status = 1,	/* not a status of Xen's: not done yet */
	};
}

/**
 * gnttab_set_unmap_op() - fill in a request to unmap a grant
 * @unmap: the request
 * @addr: kernel address of the page it is mapped into
 * @flags: GNTMAP_* as for the mapping
 * @handle: from the mapping
 */
static inline void gnttab_set_unmap_op(struct gnttab_unmap_grant_ref *unmap,
				       phys_addr_t addr, uint32_t flags,
				       grant_handle_t handle)
{
	*unmap = (struct gnttab_unmap_grant_ref) {
		.host_addr = gnttab_host_addr(addr, flags),
		.handle = handle,
	};
}

/**
 * gnttab_map_refs() - map grants
 * @map_ops: one request for each page; the caller checks each status
 * @kmap_ops: NULL, only PV guests had a second mapping
 * @pages: pages to map into
 * @count: how many
 *
 * Pages that were mapped know their origin, see xen_page_foreign(). A grant that
 * Xen cannot map yet (GNTST_eagain) is tried again for about half a minute.
 *
 * Context: may sleep.
 * Return: 0 if the requests were made, or a negative error.
 */
int gnttab_map_refs(struct gnttab_map_grant_ref *map_ops,
		    struct gnttab_map_grant_ref *kmap_ops,
		    struct page **pages, unsigned int count);

/**
 * gnttab_unmap_refs() - unmap grants
 * @unmap_ops: one request for each page
 * @kunmap_ops: NULL
 * @pages: the pages, which nobody uses any more
 * @count: how many
 *
 * Context: any.
 * Return: 0 if the requests were made, or a negative error.
 */
int gnttab_unmap_refs(struct gnttab_unmap_grant_ref *unmap_ops,
		      struct gnttab_unmap_grant_ref *kunmap_ops,
		      struct page **pages, unsigned int count);

/**
 * gnttab_forget_refs() - instead of gnttab_unmap_refs(), when a restore has unmapped them
 * @pages: the pages
 * @count: how many
 *
 * Context: any.
 */
void gnttab_forget_refs(struct page **pages, unsigned int count);

struct gntab_unmap_queue_data;

typedef void (*gnttab_unmap_refs_done)(int result,
				       struct gntab_unmap_queue_data *data);

/**
 * struct gntab_unmap_queue_data - pages to unmap once nobody uses them
 * @gnttab_work: for the grant table
 * @data: the caller's
 * @done: called with the result of gnttab_unmap_refs(): from within
 *	gnttab_unmap_refs_async() if no page is busy, else from a work queue
 * @unmap_ops: as for gnttab_unmap_refs()
 * @kunmap_ops: NULL
 * @pages: as for gnttab_unmap_refs()
 * @count: how many
 * @age: for the grant table: how often it has waited
 */
struct gntab_unmap_queue_data {
	struct delayed_work gnttab_work;
	void *data;
	gnttab_unmap_refs_done done;
	struct gnttab_unmap_grant_ref *unmap_ops;
	struct gnttab_unmap_grant_ref *kunmap_ops;
	struct page **pages;
	unsigned int count;
	unsigned int age;
};

/**
 * gnttab_unmap_refs_async() - unmap as soon as nobody uses the pages
 * @item: has to stay until its done() is called
 *
 * Context: any.
 */
void gnttab_unmap_refs_async(struct gntab_unmap_queue_data *item);

/**
 * gnttab_unmap_refs_sync() - wait until nobody uses the pages, then unmap
 * @item: done() is not called
 *
 * Context: may sleep.
 * Return: as gnttab_unmap_refs().
 */
int gnttab_unmap_refs_sync(struct gntab_unmap_queue_data *item);

/**
 * gnttab_batch_map() - map grants without struct pages
 * @batch: requests; no status is GNTST_eagain afterwards
 * @count: how many
 *
 * Context: may sleep.
 */
void gnttab_batch_map(struct gnttab_map_grant_ref *batch, unsigned int count);

/**
 * gnttab_batch_copy() - let Xen copy to or from granted frames
 * @batch: requests; no status is GNTST_eagain afterwards
 * @count: how many
 *
 * Context: may sleep.
 */
void gnttab_batch_copy(struct gnttab_copy *batch, unsigned int count);

/**
 * struct xen_page_foreign - where a mapped page comes from
 * @domid: the domain that owns it
 * @gref: its grant reference
 */
struct xen_page_foreign {
	domid_t domid;
	grant_ref_t gref;
};

/**
 * xen_page_foreign() - ask a page where it comes from
 * @page: any page
 *
 * Return: its origin, valid while it is mapped, or NULL for a page of our own.
 */
static inline struct xen_page_foreign *xen_page_foreign(struct page *page)
{
	/* Both fit into the word that a page has for its owner. */
	static_assert(sizeof(struct xen_page_foreign) <= sizeof(page->private));

	return PageForeign(page) ? (void *)&page->private : NULL;
}

/* Pages as Xen counts them: on x86 both have 4 KiB */

typedef void (*xen_grant_fn_t)(unsigned long gfn, unsigned int offset,
			       unsigned int len, void *data);

/**
 * gnttab_foreach_grant_in_range() - for each frame of a range in a page
 * @page: the page
 * @offset: where in @page the range starts
 * @len: its length, within @page
 * @fn: called for each frame with the part of the range in it
 * @data: for @fn
 */
void gnttab_foreach_grant_in_range(struct page *page, unsigned int offset,
				   unsigned int len, xen_grant_fn_t fn,
				   void *data);

/**
 * gnttab_for_one_grant() - the same for the first frame only
 * @page: the page
 * @offset: where in @page the range starts
 * @len: its length; what is beyond the frame is left out
 * @fn: called once
 * @data: for @fn
 */
static inline void gnttab_for_one_grant(struct page *page, unsigned int offset,
					unsigned int len, xen_grant_fn_t fn,
					void *data)
{
	unsigned int room = XEN_PAGE_SIZE - xen_offset_in_page(offset);

	gnttab_foreach_grant_in_range(page, offset, min(len, room), fn, data);
}

/**
 * gnttab_foreach_grant() - for each frame of an array of pages
 * @pages: the pages
 * @nr_grefs: how many frames
 * @fn: called for each frame
 * @data: for @fn
 */
void gnttab_foreach_grant(struct page **pages, unsigned int nr_grefs,
			  xen_grant_fn_t fn, void *data);

/**
 * gnttab_count_grant() - how many frames does a range touch?
 * @start: where it starts
 * @len: its length
 */
static inline unsigned int gnttab_count_grant(unsigned int start,
					      unsigned int len)
{
	return XEN_PFN_UP(xen_offset_in_page(start) + len);
}

/* The table itself */

/**
 * struct grant_frames - where the table's frames are mapped
 * @pfn: their guest frame numbers
 * @count: how many there are
 * @vaddr: their address
 */
struct grant_frames {
	xen_pfn_t *pfn;
	unsigned int count;
	void *vaddr;
};

extern struct grant_frames xen_auto_xlat_grant_frames;

/**
 * gnttab_init() - set the table up
 *
 * Context: boot: PVH at core_initcall_sync, HVM from the platform device.
 * Return: 0 or a negative error.
 */
int gnttab_init(void);

/**
 * gnttab_leave() - end all grants, as the memory is to be another kernel's
 *
 * Takes no lock, and asks nobody: those who hold references find out.
 *
 * Context: the last CPU that runs, interrupts off.
 * Return: how many are in use, and stay.
 */
unsigned int gnttab_leave(void);

/**
 * gnttab_suspend() - prepare for a suspend
 *
 * Context: one CPU, interrupts off.
 * Return: 0.
 */
int gnttab_suspend(void);

/**
 * gnttab_resume() - map the table of the new life
 *
 * Not after a suspend that failed or was cancelled: nothing is gone then. What other
 * domains have kept of the old life is forgotten.
 *
 * Context: one CPU, interrupts off.
 * Return: 0 or a negative error: there are no grants until a later resume.
 */
int gnttab_resume(void);

/**
 * gnttab_life() - which life of the domain is this?
 *
 * Each restore begins a new one. Of what was mapped in an earlier one nothing is left, and
 * its handles may be those of other grants: see gnttab_forget_refs().
 *
 * Context: any.
 * Return: a number that changes with each restore.
 */
unsigned int gnttab_life(void);

/**
 * gnttab_max_grant_frames() - to how many frames can the table grow?
 */
unsigned int gnttab_max_grant_frames(void);

/**
 * gnttab_setup_auto_xlat_frames() - say where the table is to be mapped
 * @addr: physical address of a range of gnttab_max_grant_frames() frames
 *
 * Context: before gnttab_init().
 * Return: 0 or a negative error.
 */
int gnttab_setup_auto_xlat_frames(phys_addr_t addr);

/**
 * gnttab_free_auto_xlat_frames() - undo gnttab_setup_auto_xlat_frames()
 */
void gnttab_free_auto_xlat_frames(void);

#endif /* _XEN_GRANT_TABLE_H */
