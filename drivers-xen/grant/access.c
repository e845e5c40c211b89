// SPDX-License-Identifier: GPL-2.0
/*
 * Giving another domain access to a page, and taking it back.
 *
 * Access cannot be taken from a peer that has the page mapped; all we can do is
 * look, and clear the entry if Xen says that it is not in use. Until then the
 * page must not be freed and the reference must not be used again. An owner that
 * cannot wait leaves both to us: they are kept on a list that a timer goes
 * through, a bounded number of grants each second.
 *
 * A peer that keeps everything mapped for ever thus costs the pages that it was
 * granted, a small struct for each, and that bounded second's work.
 */

#define pr_fmt(fmt) "xen/grant: " fmt

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/timer.h>

#include <kunit/static_stub.h>

#include "grant.h"

/* Known to users by this name, whatever our files are called */
#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "grant_table."

/* Xen changes an entry only when the peer maps or unmaps at that moment */
#define REVOKE_TRIES	16

unsigned int gnttab_free_per_iteration = 10;
module_param_named(free_per_iteration, gnttab_free_per_iteration, uint, 0600);
MODULE_PARM_DESC(free_per_iteration,
		 "Deferred grants to look at per second (0: all of them)");

/*
 * @lock: guards the rest; taken with interrupts off, and not while a grant is
 *	being looked at
 * @grants: of struct deferred_grant, the one to look at next first
 * @timer: runs while @grants is not empty
 */
static struct {
	/* Serialises the timer and those who defer */
	spinlock_t lock;
	struct list_head grants;
	struct timer_list timer;
	unsigned int count;
	unsigned long total;
	unsigned long leaked;
} deferred = {
	.lock = __SPIN_LOCK_UNLOCKED(deferred.lock),
	.grants = LIST_HEAD_INIT(deferred.grants),
	.timer = __TIMER_INITIALIZER(gnttab_deferred_run, 0),
};

void gnttab_grant_foreign_access_ref(grant_ref_t ref, domid_t domid,
				     unsigned long frame, int readonly)
{
	struct grant_entry_v1 *entry = gnttab_entry(ref);

	if (unlikely(!entry || frame > U32_MAX)) {
		pr_err_ratelimited("cannot grant frame %#lx to domain %u as %u\n",
				   frame, domid, ref);
		return;
	}

	WRITE_ONCE(entry->domid, domid);
	WRITE_ONCE(entry->frame, frame);
	/* Xen must not see the permission before what it is for */
	virt_wmb();
	WRITE_ONCE(entry->flags, readonly ? GTF_permit_access | GTF_readonly :
					    GTF_permit_access);
}
EXPORT_SYMBOL_GPL(gnttab_grant_foreign_access_ref);

int gnttab_grant_foreign_access(domid_t domid, unsigned long frame,
				int readonly)
{
	grant_ref_t ref;
	int err;

	if (frame > U32_MAX)
		return -ERANGE;
	err = gnttab_alloc_grant_references(1, &ref);
	if (err)
		return err;

	gnttab_grant_foreign_access_ref(ref, domid, frame, readonly);
	return ref;
}
EXPORT_SYMBOL_GPL(gnttab_grant_foreign_access);

/*
 * False while the peer has the page mapped. The exchange orders everything that
 * is done with the page later after the loss of access.
 */
static bool revoke(grant_ref_t ref)
{
	struct grant_entry_v1 *entry = gnttab_entry(ref);
	int tries = REVOKE_TRIES;
	u16 flags;

	/* Where there is no entry, nobody has access by it */
	if (!entry)
		return true;

	flags = READ_ONCE(entry->flags);
	while (tries--) {
		if (flags & (GTF_reading | GTF_writing))
			return false;
		if (sync_try_cmpxchg(&entry->flags, &flags, GTF_invalid))
			return true;
	}
	return false;
}

int gnttab_end_foreign_access_ref(grant_ref_t ref)
{
	if (revoke(ref))
		return 1;

	pr_warn_ratelimited("reference %u is still in use by its peer\n", ref);
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_end_foreign_access_ref);

int gnttab_try_end_foreign_access(grant_ref_t ref)
{
	if (!revoke(ref))
		return 0;

	gnttab_free_grant_reference(ref);
	return 1;
}
EXPORT_SYMBOL_GPL(gnttab_try_end_foreign_access);

static void push_deferred(struct deferred_grant *grant)
{
	lockdep_assert_held(&deferred.lock);
	list_add_tail(&grant->node, &deferred.grants);
	if (!deferred.count++)
		mod_timer(&deferred.timer, jiffies + HZ);
}

static struct deferred_grant *pop_deferred(void)
{
	struct deferred_grant *grant;

	lockdep_assert_held(&deferred.lock);
	grant = list_first_entry_or_null(&deferred.grants,
					 struct deferred_grant, node);
	if (grant) {
		list_del(&grant->node);
		deferred.count--;
	}
	return grant;
}

/* True if the peer has let go; @grant is gone then */
static bool finish_deferred(struct deferred_grant *grant)
{
	if (!gnttab_try_end_foreign_access(grant->ref))
		return false;

	if (grant->page)
		put_page(grant->page);
	kfree(grant);
	return true;
}

/* Silent for a grant that stays in use: that was reported when it began */
void gnttab_deferred_run(struct timer_list *unused)
{
	unsigned int budget = READ_ONCE(gnttab_free_per_iteration);
	struct deferred_grant *grant;
	unsigned long flags;

	spin_lock_irqsave(&deferred.lock, flags);
	budget = min_not_zero(budget, deferred.count);
	while (budget-- && (grant = pop_deferred())) {
		spin_unlock_irqrestore(&deferred.lock, flags);
		if (finish_deferred(grant))
			grant = NULL;
		spin_lock_irqsave(&deferred.lock, flags);
		if (grant)
			push_deferred(grant);
	}
	if (deferred.count)
		mod_timer(&deferred.timer, jiffies + HZ);
	spin_unlock_irqrestore(&deferred.lock, flags);
}

/*
 * The page that @ref grants, with a reference of our own, for an owner that
 * frees its pages whatever happens. NULL if it is none that can be freed.
 */
static struct page *hold_granted_page(grant_ref_t ref)
{
	struct grant_entry_v1 *entry = gnttab_entry(ref);
	unsigned long pfn;
	struct page *page;

	if (!entry)
		return NULL;
	pfn = gfn_to_pfn(READ_ONCE(entry->frame));
	if (!pfn_valid(pfn))
		return NULL;

	page = pfn_to_page(pfn);
	get_page(page);
	return page;
}

struct deferred_grant *gnttab_new_deferred(void)
{
	KUNIT_STATIC_STUB_REDIRECT(gnttab_new_deferred);
	return kmalloc(sizeof(struct deferred_grant), GFP_ATOMIC);
}

/* Keeps @ref and @page for good if there is no memory to remember them */
static void defer(grant_ref_t ref, struct page *page)
{
	struct deferred_grant *grant = gnttab_new_deferred();
	unsigned long flags;
	bool first;

	if (grant) {
		grant->ref = ref;
		grant->page = page;
	}

	spin_lock_irqsave(&deferred.lock, flags);
	first = grant && !deferred.count;
	if (grant) {
		push_deferred(grant);
		deferred.total++;
	} else {
		deferred.leaked++;
	}
	spin_unlock_irqrestore(&deferred.lock, flags);

	if (!grant)
		pr_warn_ratelimited("no memory: reference %u and its page are lost\n",
				    ref);
	else if (first)
		pr_notice_ratelimited("reference %u is still in use by its peer; it and others are freed later\n",
				      ref);
}

void gnttab_end_foreign_access(grant_ref_t ref, struct page *page)
{
	if (gnttab_try_end_foreign_access(ref)) {
		if (page)
			put_page(page);
		return;
	}

	defer(ref, page ?: hold_granted_page(ref));
}
EXPORT_SYMBOL_GPL(gnttab_end_foreign_access);

void gnttab_access_usage(struct gnttab_usage *usage)
{
	unsigned long flags;

	spin_lock_irqsave(&deferred.lock, flags);
	usage->deferred = deferred.count;
	usage->deferred_total = deferred.total;
	usage->leaked = deferred.leaked;
	spin_unlock_irqrestore(&deferred.lock, flags);
}
