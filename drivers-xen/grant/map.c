// SPDX-License-Identifier: GPL-2.0
/*
 * Using what other domains grant: map, unmap and copy, in batches.
 *
 * Xen runs a batch operation by operation and leaves a status in each. The
 * hypercall as a whole fails only if Xen could not go on, and then some of the
 * operations may have been done. So each operation is marked before, and what
 * still carries the mark afterwards has not been done: its status becomes
 * GNTST_general_error. A caller finds the truth in each status, always.
 *
 * GNTST_eagain says that the granted page is swapped out and is being fetched.
 * Those operations are repeated here, with growing pauses, for a bounded time.
 */

#define pr_fmt(fmt) "xen/grant: " fmt

#include <linux/delay.h>
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/stddef.h>
#include <linux/workqueue.h>

#include <asm/xen/hypercall.h>

#include "grant.h"

/* Xen writes GNTST_okay or a negative value */
#define STATUS_NOT_DONE		1

#define EAGAIN_MAX_DELAY_MS	256
#define EAGAIN_ATOMIC_TRIES	8
#define EAGAIN_ATOMIC_DELAY_US	10

/* Pages are polled this often, and less often the longer it takes */
#define UNMAP_POLL_MS		5
#define UNMAP_POLL_MAX_AGE	200

/* How long a page may take to be fetched; the tests are less patient */
unsigned int gnttab_eagain_limit_ms = 33000;

/* What is different between the operations */
struct op_kind {
	unsigned int cmd;
	size_t size;
	size_t status;
};

static const struct op_kind map_kind = {
	.cmd = GNTTABOP_map_grant_ref,
	.size = sizeof(struct gnttab_map_grant_ref),
	.status = offsetof(struct gnttab_map_grant_ref, status),
};

static const struct op_kind unmap_kind = {
	.cmd = GNTTABOP_unmap_grant_ref,
	.size = sizeof(struct gnttab_unmap_grant_ref),
	.status = offsetof(struct gnttab_unmap_grant_ref, status),
};

static const struct op_kind copy_kind = {
	.cmd = GNTTABOP_copy,
	.size = sizeof(struct gnttab_copy),
	.status = offsetof(struct gnttab_copy, status),
};

/* An array of operations that one hypercall takes */
struct batch {
	const struct op_kind *kind;
	void *ops;
	unsigned int count;
};

static s16 *status_of(const struct batch *batch, unsigned int i)
{
	return batch->ops + i * batch->kind->size + batch->kind->status;
}

/* Run @nr operations from @first on. Afterwards every status is one of Xen's. */
static int issue(const struct batch *batch, unsigned int first, unsigned int nr)
{
	const struct op_kind *kind = batch->kind;
	unsigned int i;
	int err;

	for (i = first; i < first + nr; i++)
		*status_of(batch, i) = STATUS_NOT_DONE;

	err = HYPERVISOR_grant_table_op(kind->cmd,
					batch->ops + first * kind->size, nr);
	if (err)
		pr_err_ratelimited("grant operation %u failed: error %d\n",
				   kind->cmd, err);

	for (i = first; i < first + nr; i++) {
		if (*status_of(batch, i) == STATUS_NOT_DONE)
			*status_of(batch, i) = GNTST_general_error;
	}
	return err;
}

/* The next run of operations to repeat, from *@first on; returns its length */
static unsigned int next_eagain(const struct batch *batch, unsigned int *first)
{
	unsigned int end;

	while (*first < batch->count &&
	       *status_of(batch, *first) != GNTST_eagain)
		(*first)++;
	end = *first;
	while (end < batch->count && *status_of(batch, end) == GNTST_eagain)
		end++;
	return end - *first;
}

static bool any_eagain(const struct batch *batch)
{
	unsigned int first = 0;

	return next_eagain(batch, &first);
}

/*
 * Wait before try number @try. False when there were enough tries. Network
 * backends get here in softirq context, where a page that is not there at once
 * has to count as bad.
 */
static bool wait_eagain(unsigned int try, unsigned int *waited)
{
	unsigned int delay = EAGAIN_MAX_DELAY_MS;

	if (in_interrupt() || irqs_disabled()) {
		udelay(EAGAIN_ATOMIC_DELAY_US);
		return try < EAGAIN_ATOMIC_TRIES;
	}

	if (*waited >= gnttab_eagain_limit_ms)
		return false;
	if (try < ilog2(EAGAIN_MAX_DELAY_MS))
		delay = 1U << try;
	msleep(delay);
	*waited += delay;
	return true;
}

static void give_up_eagain(const struct batch *batch)
{
	unsigned int first, nr;

	for (first = 0; (nr = next_eagain(batch, &first)); ) {
		for (; nr; nr--)
			*status_of(batch, first++) = GNTST_bad_page;
	}
}

static void retry_eagain(const struct batch *batch)
{
	unsigned int first, nr, try = 0, waited = 0;

	while (any_eagain(batch)) {
		if (!wait_eagain(try++, &waited)) {
			give_up_eagain(batch);
			return;
		}
		for (first = 0; (nr = next_eagain(batch, &first)); first += nr)
			issue(batch, first, nr);
	}
}

static int run_batch(const struct batch *batch)
{
	int err = issue(batch, 0, batch->count);

	retry_eagain(batch);
	return err;
}

/* Neither call can report that the hypercall failed: each status does */
void gnttab_batch_map(struct gnttab_map_grant_ref *batch, unsigned int count)
{
	const struct batch b = { &map_kind, batch, count };

	run_batch(&b);
}
EXPORT_SYMBOL_GPL(gnttab_batch_map);

void gnttab_batch_copy(struct gnttab_copy *batch, unsigned int count)
{
	const struct batch b = { &copy_kind, batch, count };

	run_batch(&b);
}
EXPORT_SYMBOL_GPL(gnttab_batch_copy);

static void mark_foreign(struct page *page,
			 const struct gnttab_map_grant_ref *op)
{
	struct xen_page_foreign *foreign;

	SetPageForeign(page);
	foreign = xen_page_foreign(page);
	foreign->domid = op->dom;
	foreign->gref = op->ref;
}

/* @kmap_ops is for PV guests, whose page tables hold machine addresses */
int gnttab_map_refs(struct gnttab_map_grant_ref *map_ops,
		    struct gnttab_map_grant_ref *kmap_ops,
		    struct page **pages, unsigned int count)
{
	const struct batch b = { &map_kind, map_ops, count };
	int err = run_batch(&b);
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (map_ops[i].status == GNTST_okay)
			mark_foreign(pages[i], &map_ops[i]);
		else if (map_ops[i].status == GNTST_no_device_space ||
			 map_ops[i].status == GNTST_no_space)
			pr_warn_ratelimited("Xen has no handle left to map more grants (see gnttab_max_maptrack_frames)\n");
	}
	return err;
}
EXPORT_SYMBOL_GPL(gnttab_map_refs);

void gnttab_forget_refs(struct page **pages, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		ClearPageForeign(pages[i]);
		set_page_private(pages[i], 0);
	}
}
EXPORT_SYMBOL_GPL(gnttab_forget_refs);

/* The pages are no longer known as foreign even where Xen reports an error */
int gnttab_unmap_refs(struct gnttab_unmap_grant_ref *unmap_ops,
		      struct gnttab_unmap_grant_ref *kunmap_ops,
		      struct page **pages, unsigned int count)
{
	const struct batch b = { &unmap_kind, unmap_ops, count };
	int err = issue(&b, 0, count);

	gnttab_forget_refs(pages, count);
	return err;
}
EXPORT_SYMBOL_GPL(gnttab_unmap_refs);

/* Somebody, say the network stack, still holds one of the pages */
static bool pages_busy(const struct gntab_unmap_queue_data *item)
{
	unsigned int i;

	for (i = 0; i < item->count; i++) {
		if (page_count(item->pages[i]) > 1)
			return true;
	}
	return false;
}

static unsigned int next_poll_ms(struct gntab_unmap_queue_data *item)
{
	if (item->age < UNMAP_POLL_MAX_AGE)
		item->age++;
	return UNMAP_POLL_MS * item->age;
}

static int unmap_item(struct gntab_unmap_queue_data *item)
{
	return gnttab_unmap_refs(item->unmap_ops, item->kunmap_ops,
				 item->pages, item->count);
}

void gnttab_unmap_poll(struct work_struct *work)
{
	struct gntab_unmap_queue_data *item =
		container_of(work, struct gntab_unmap_queue_data,
			     gnttab_work.work);

	if (pages_busy(item)) {
		schedule_delayed_work(&item->gnttab_work,
				      msecs_to_jiffies(next_poll_ms(item)));
		return;
	}
	item->done(unmap_item(item), item);
}

/* ->done() is called from here if no page is busy */
void gnttab_unmap_refs_async(struct gntab_unmap_queue_data *item)
{
	INIT_DELAYED_WORK(&item->gnttab_work, gnttab_unmap_poll);
	item->age = 0;
	gnttab_unmap_poll(&item->gnttab_work.work);
}
EXPORT_SYMBOL_GPL(gnttab_unmap_refs_async);

int gnttab_unmap_refs_sync(struct gntab_unmap_queue_data *item)
{
	might_sleep();
	item->age = 0;
	while (pages_busy(item))
		msleep(next_poll_ms(item));
	return unmap_item(item);
}
EXPORT_SYMBOL_GPL(gnttab_unmap_refs_sync);

/* Page of x86 and page of Xen are the same, so a chunk never spans two pages */
static_assert(PAGE_SIZE == XEN_PAGE_SIZE);

void gnttab_foreach_grant_in_range(struct page *page, unsigned int offset,
				   unsigned int len, xen_grant_fn_t fn,
				   void *data)
{
	unsigned long pfn = page_to_pfn(page) + XEN_PFN_DOWN(offset);
	unsigned int chunk;

	for (offset = xen_offset_in_page(offset); len; len -= chunk) {
		chunk = min_t(unsigned int, XEN_PAGE_SIZE - offset, len);
		fn(pfn_to_gfn(pfn++), offset, chunk, data);
		offset = 0;
	}
}
EXPORT_SYMBOL_GPL(gnttab_foreach_grant_in_range);

void gnttab_foreach_grant(struct page **pages, unsigned int nr_grefs,
			  xen_grant_fn_t fn, void *data)
{
	unsigned int i;

	for (i = 0; i < nr_grefs; i++)
		fn(xen_page_to_gfn(pages[i]), 0, XEN_PAGE_SIZE, data);
}
