// SPDX-License-Identifier: GPL-2.0
/*
 * Budgets: what one device may hold of the references that all share.
 *
 * A device is sure of its minimum, which is taken out of the pool before the
 * device starts, and never holds more than its maximum. So whatever a device
 * does, every other one can still work, if slowly: a request that needs no more
 * than the minimum goes through as soon as the device's own requests are done.
 *
 * What a budget has and nobody uses is its stock, a private list. It is filled
 * first when references come back. Up to the minimum of them stay there even
 * while more than that is in use, so that a busy device does without the lock of
 * the pool; but not while somebody waits for the pool.
 *
 * A grant that the peer does not let go of stays charged to the budget until it
 * does: a peer can make its own device stand still, and no other.
 */

#define pr_fmt(fmt) "xen/grant: " fmt

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "grant.h"

/* All budgets, for people to look at */
static DEFINE_MUTEX(budgets_lock);
static LIST_HEAD(budgets);

static void stock_add(struct gnttab_budget *b, grant_ref_t ref)
{
	lockdep_assert_held(&b->lock);
	gnttab_release_grant_reference(&b->stock, ref);
	b->in_stock++;
}

/* From the stock to @head. There are enough. */
static void stock_take(struct gnttab_budget *b, unsigned int count,
		       grant_ref_t *head)
{
	int ref;

	lockdep_assert_held(&b->lock);
	b->in_stock -= count;
	while (count--) {
		ref = gnttab_claim_grant_reference(&b->stock);
		gnttab_release_grant_reference(head, ref);
	}
}

static int stock_fill(struct gnttab_budget *b, unsigned int count)
{
	grant_ref_t head;
	int err, ref;

	lockdep_assert_held(&b->lock);
	if (b->in_stock >= count)
		return 0;
	err = gnttab_take_refs(count - b->in_stock, &head);
	if (err)
		return err;
	while ((ref = gnttab_claim_grant_reference(&head)) >= 0)
		stock_add(b, ref);
	return 0;
}

/*
 * Back to the pool goes what the device is not sure to need. What somebody has waited
 * for is his until he gets it, or he would wait for ever while the device is busy.
 */
static void stock_trim(struct gnttab_budget *b)
{
	unsigned int keep = b->min;
	grant_ref_t surplus = GRANT_LIST_END;

	lockdep_assert_held(&b->lock);
	if (gnttab_refs_wanted())
		keep -= min(b->used, keep);
	keep = max(keep, b->granted);
	if (b->in_stock <= keep)
		return;
	stock_take(b, b->in_stock - keep, &surplus);
	gnttab_free_grant_references(surplus);
}

static int reserve(struct gnttab_budget *b, unsigned int count)
{
	lockdep_assert_held(&b->lock);
	if (count > b->max)
		return -EINVAL;
	if (count > b->max - min(b->used, b->max))
		return -EBUSY;
	return stock_fill(b, count);
}

static void pool_has_some(void *arg)
{
	struct gnttab_budget *b = arg;

	/* Under the pool's lock, which is the inner one */
	schedule_work(&b->look_again);
}

/* Anew each time: it may be fewer that are missing now */
static void wait_for_pool(struct gnttab_budget *b)
{
	lockdep_assert_held(&b->lock);
	gnttab_cancel_free_callback(&b->pool_wait);
	gnttab_await_refs(&b->pool_wait, pool_has_some, b,
			  b->wanted - b->in_stock);
}

/*
 * Call who waits if what is wanted is there now, and leave it in the stock for
 * him. If it is not, keep no part of it: two who each hold what the other lacks
 * would wait for ever.
 */
static void serve(struct gnttab_budget *b)
{
	void (*fn)(void *arg) = b->fn;
	int err;

	lockdep_assert_held(&b->lock);
	err = reserve(b, b->wanted);
	if (!err) {
		b->fn = NULL;
		b->granted = max(b->granted, b->wanted);
		fn(b->arg);
		return;
	}
	stock_trim(b);
	if (err == -ENOSPC)
		wait_for_pool(b);
}

static void look_again(struct work_struct *work)
{
	struct gnttab_budget *b = container_of(work, struct gnttab_budget,
					       look_again);
	unsigned long flags;

	spin_lock_irqsave(&b->lock, flags);
	if (b->fn)
		serve(b);
	spin_unlock_irqrestore(&b->lock, flags);
}

int gnttab_budget_init(struct gnttab_budget *b, const char *name,
		       domid_t domid, unsigned int min, unsigned int max)
{
	unsigned long flags;
	int err;

	might_sleep();
	if (!min || max < min)
		return -EINVAL;
	if (gnttab_domain_refused(domid))
		return -EBUSY;

	*b = (struct gnttab_budget) {
		.name = name, .domid = domid, .min = min, .max = max,
		.stock = GRANT_LIST_END,
	};
	spin_lock_init(&b->lock);
	INIT_WORK(&b->look_again, look_again);

	spin_lock_irqsave(&b->lock, flags);
	err = stock_fill(b, min);
	spin_unlock_irqrestore(&b->lock, flags);
	if (err)
		return err;

	mutex_lock(&budgets_lock);
	list_add_tail(&b->node, &budgets);
	mutex_unlock(&budgets_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_budget_init);

void gnttab_budget_exit(struct gnttab_budget *b)
{
	unsigned int lost;

	might_sleep();
	mutex_lock(&budgets_lock);
	list_del(&b->node);
	mutex_unlock(&budgets_lock);

	gnttab_budget_cancel(b);
	cancel_work_sync(&b->look_again);
	gnttab_deferred_disown(b);
	lost = b->used - b->deferred;
	if (lost)
		pr_err("%s (domain %u): %u references were not given back\n",
		       b->name, b->domid, lost);
	gnttab_free_grant_references(b->stock);
	b->stock = GRANT_LIST_END;
	b->in_stock = 0;
}
EXPORT_SYMBOL_GPL(gnttab_budget_exit);

int gnttab_budget_get(struct gnttab_budget *b, unsigned int count,
		      grant_ref_t *head)
{
	unsigned long flags;
	int err;

	*head = GRANT_LIST_END;
	spin_lock_irqsave(&b->lock, flags);
	err = reserve(b, count);
	if (!err) {
		stock_take(b, count, head);
		b->used += count;
		b->granted -= min(b->granted, count);
	} else {
		b->refused++;
	}
	spin_unlock_irqrestore(&b->lock, flags);
	return err;
}
EXPORT_SYMBOL_GPL(gnttab_budget_get);

/* No more than were got, even if the list is longer or goes in a circle */
static void take_back(struct gnttab_budget *b, grant_ref_t *head)
{
	int ref;

	lockdep_assert_held(&b->lock);
	while (b->used > b->deferred) {
		ref = gnttab_claim_grant_reference(head);
		if (ref < 0)
			return;
		stock_add(b, ref);
		b->used--;
	}
}

void gnttab_budget_put(struct gnttab_budget *b, grant_ref_t head)
{
	unsigned long flags;

	spin_lock_irqsave(&b->lock, flags);
	take_back(b, &head);
	if (b->fn)
		serve(b);
	else
		stock_trim(b);
	spin_unlock_irqrestore(&b->lock, flags);

	if (head != GRANT_LIST_END)
		pr_err_ratelimited("%s (domain %u): reference %u was not from its budget\n",
				   b->name, b->domid, head);
}
EXPORT_SYMBOL_GPL(gnttab_budget_put);

static void put_one(struct gnttab_budget *b, grant_ref_t ref)
{
	grant_ref_t head = GRANT_LIST_END;

	gnttab_release_grant_reference(&head, ref);
	gnttab_budget_put(b, head);
}

static void charge(struct gnttab_budget *b, int deferred)
{
	unsigned long flags;

	spin_lock_irqsave(&b->lock, flags);
	b->deferred += deferred;
	spin_unlock_irqrestore(&b->lock, flags);
}

/* The peer has let go of a grant that was deferred */
void gnttab_budget_return(struct gnttab_budget *b, grant_ref_t ref)
{
	charge(b, -1);
	put_one(b, ref);
}

void gnttab_budget_end(struct gnttab_budget *b, grant_ref_t ref,
		       struct page *page)
{
	if (gnttab_revoke(ref)) {
		put_one(b, ref);
		if (page)
			put_page(page);
		return;
	}
	charge(b, 1);
	gnttab_defer(ref, page, b);
}
EXPORT_SYMBOL_GPL(gnttab_budget_end);

int gnttab_budget_wait(struct gnttab_budget *b, unsigned int count,
		       void (*fn)(void *arg), void *arg)
{
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&b->lock, flags);
	if (count > b->max) {
		err = -EINVAL;
	} else if (!b->fn) {
		b->fn = fn;
		b->arg = arg;
		b->wanted = count;
		b->waits++;
		serve(b);
	}
	spin_unlock_irqrestore(&b->lock, flags);
	return err;
}
EXPORT_SYMBOL_GPL(gnttab_budget_wait);

void gnttab_budget_cancel(struct gnttab_budget *b)
{
	unsigned long flags;

	spin_lock_irqsave(&b->lock, flags);
	b->fn = NULL;
	b->granted = 0;
	gnttab_cancel_free_callback(&b->pool_wait);
	stock_trim(b);
	spin_unlock_irqrestore(&b->lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_budget_cancel);

static void show_budget(struct seq_file *file, struct gnttab_budget *b)
{
	unsigned long flags;

	spin_lock_irqsave(&b->lock, flags);
	seq_printf(file, "%6u %6u %6u %6u %6u %8u %7lu %5lu%c %s\n", b->domid,
		   b->min, b->max, b->used, b->in_stock, b->deferred,
		   b->refused, b->waits, b->fn ? '*' : ' ', b->name);
	spin_unlock_irqrestore(&b->lock, flags);
}

/* A star says that somebody waits at this moment */
void gnttab_budgets_show(struct seq_file *file)
{
	struct gnttab_budget *b;

	seq_puts(file, "domain    min    max   used  stock deferred refused waits  device\n");
	mutex_lock(&budgets_lock);
	list_for_each_entry(b, &budgets, node)
		show_budget(file, b);
	mutex_unlock(&budgets_lock);
}
