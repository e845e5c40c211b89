// SPDX-License-Identifier: GPL-2.0
/*
 * Grants whose owner has given them up and whose peer has not.
 *
 * Neither the page nor the reference can be used for anything else until the
 * peer lets go, and nothing tells us when it does. So they are looked at again and
 * again, by work, a bounded number each second, in turns between the domains: one
 * that keeps ten thousand grants does not delay the ten of another. When all that
 * a turn has looked at were free, the peer may well have gone altogether, and the
 * next turn follows at once.
 *
 * What a domain can cost us by keeping everything is bounded as well: beyond a
 * limit it gets no new grants, see gnttab_domain_refused().
 *
 * Grants of a kernel before us, "foreign" ones, are waited for as well, but they are
 * the fault of no domain: nobody has asked their users to let go until xenbus does.
 */

#define pr_fmt(fmt) "xen/grant: " fmt

#include <linux/crash_dump.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <kunit/static_stub.h>

#include "grant.h"

/* Known to users by this name, whatever our files are called */
#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "grant_table."

unsigned int gnttab_free_per_iteration = 10;
module_param_named(free_per_iteration, gnttab_free_per_iteration, uint, 0600);
MODULE_PARM_DESC(free_per_iteration,
		 "Deferred grants to look at per second (0: all of them)");

unsigned int gnttab_deferred_limit;
module_param_named(deferred_limit, gnttab_deferred_limit, uint, 0600);
MODULE_PARM_DESC(deferred_limit,
		 "Ended grants that a domain may keep in use before it gets no more (0: a quarter of the table)");

/* Part of the table that one domain may hold back */
#define DEFAULT_SHARE	4

/**
 * struct deferred_grant - a grant that is to end
 * @node: in holder::grants
 * @ref: its reference
 * @page: its page, with a reference of ours, or NULL
 * @budget: whom it is charged to, or NULL
 * @foreign: it is one of a kernel before us
 */
struct deferred_grant {
	struct list_head node;
	grant_ref_t ref;
	struct page *page;
	struct gnttab_budget *budget;
	bool foreign;
};

/**
 * struct holder - a domain that keeps grants in use
 * @node: in deferred.holders, whose turn is next first
 * @grants: of struct deferred_grant, the one to look at next first
 * @domid: the domain
 * @count: length of @grants
 * @foreign: how many of @grants are those of a kernel before us
 * @turns: of those, how many are still to be looked at in this run
 * @total: all that were deferred since the domain began to keep some
 * @lost: grants that there was no memory to note
 * @since: jiffies when it began
 */
struct holder {
	struct list_head node;
	struct list_head grants;
	domid_t domid;
	unsigned int count;
	unsigned int foreign;
	unsigned int turns;
	unsigned long total;
	unsigned long lost;
	unsigned long since;
};

/*
 * @lock: guards the rest; taken with interrupts off. Inside it come the locks of
 *	a budget and of the pool
 * @holders: of struct holder
 * @work: queued while @count is not 0
 */
static struct {
	/* All that is deferred */
	spinlock_t lock;
	struct list_head holders;
	struct delayed_work work;
	unsigned int count;
	unsigned long total;
	unsigned long lost;
} deferred = {
	.lock = __SPIN_LOCK_UNLOCKED(deferred.lock),
	.holders = LIST_HEAD_INIT(deferred.holders),
	.work = __DELAYED_WORK_INITIALIZER(deferred.work, gnttab_deferred_run,
					   0),
};

static struct holder *find_holder(domid_t domid)
{
	struct holder *h;

	lockdep_assert_held(&deferred.lock);
	list_for_each_entry(h, &deferred.holders, node) {
		if (h->domid == domid)
			return h;
	}
	return NULL;
}

void *gnttab_deferred_alloc(size_t size)
{
	KUNIT_STATIC_STUB_REDIRECT(gnttab_deferred_alloc, size);
	return kzalloc(size, GFP_ATOMIC);
}

static struct holder *make_holder(domid_t domid)
{
	struct holder *h = find_holder(domid);

	if (h)
		return h;
	h = gnttab_deferred_alloc(sizeof(*h));
	if (!h)
		return NULL;
	h->domid = domid;
	h->since = jiffies;
	INIT_LIST_HEAD(&h->grants);
	list_add_tail(&h->node, &deferred.holders);
	return h;
}

/* A domain that has let go of everything is forgotten */
static void drop_holder(struct holder *h)
{
	lockdep_assert_held(&deferred.lock);
	if (h->count || h->lost)
		return;
	list_del(&h->node);
	kfree(h);
}

/* What a domain has to answer for */
static unsigned long kept_by(const struct holder *h)
{
	lockdep_assert_held(&deferred.lock);
	return h->count - h->foreign + h->lost;
}

static void look_in(unsigned long delay)
{
	lockdep_assert_held(&deferred.lock);
	if (deferred.count)
		queue_delayed_work(system_wq, &deferred.work, delay);
}

/* There is no memory for it. Who answers for it, if not @foreign, is @h, or nobody. */
static void note_lost(struct holder *h, bool foreign)
{
	lockdep_assert_held(&deferred.lock);
	deferred.lost++;
	if (!h)
		return;
	h->lost += !foreign;
	drop_holder(h);
}

static bool note(struct deferred_grant *grant, domid_t domid, bool foreign)
{
	struct holder *h;

	lockdep_assert_held(&deferred.lock);
	h = make_holder(domid);
	if (!grant || !h) {
		note_lost(h, foreign);
		return false;
	}
	grant->foreign = foreign;
	list_add_tail(&grant->node, &h->grants);
	h->count++;
	h->foreign += foreign;
	h->total++;
	deferred.count++;
	deferred.total++;
	look_in(HZ);
	return true;
}

/*
 * The page that @ref grants, with a reference of our own, for an owner that
 * frees its pages whatever happens. NULL if it is none that can be freed.
 */
static struct page *hold_granted_page(const struct grant_entry_v1 *entry)
{
	unsigned long pfn = gfn_to_pfn(READ_ONCE(entry->frame));
	struct page *page;

	if (!pfn_valid(pfn))
		return NULL;
	page = pfn_to_page(pfn);
	get_page(page);
	return page;
}

static domid_t granted_to(grant_ref_t ref)
{
	const struct grant_entry_v1 *entry = gnttab_entry(ref);

	return entry ? READ_ONCE(entry->domid) : DOMID_INVALID;
}

/* Keeps @ref and @page for good if there is no memory to remember them */
static bool defer(grant_ref_t ref, struct page *page,
		  struct gnttab_budget *budget, bool foreign)
{
	struct deferred_grant *grant = gnttab_deferred_alloc(sizeof(*grant));
	domid_t domid = granted_to(ref);
	unsigned long flags;
	bool noted;

	if (grant) {
		grant->ref = ref;
		grant->page = page;
		grant->budget = budget;
	}

	spin_lock_irqsave(&deferred.lock, flags);
	noted = note(grant, domid, foreign);
	spin_unlock_irqrestore(&deferred.lock, flags);

	if (noted)
		return true;
	kfree(grant);
	pr_warn_ratelimited("no memory: reference %u of domain %u and its page are lost\n",
			    ref, domid);
	return false;
}

void gnttab_defer(grant_ref_t ref, struct page *page,
		  struct gnttab_budget *budget)
{
	struct grant_entry_v1 *entry = gnttab_entry(ref);

	if (!page && entry)
		page = hold_granted_page(entry);
	if (defer(ref, page, budget, false))
		pr_notice_ratelimited("domain %u still uses reference %u; it is freed later\n",
				      granted_to(ref), ref);
}

/* A grant of a kernel before us; whatever its page was, we have nothing of it */
void gnttab_defer_foreign(grant_ref_t ref)
{
	defer(ref, NULL, NULL, true);
}

static void report_foreign(const struct holder *h)
{
	if (is_kdump_kernel())
		pr_info("domain %u still uses %u pages of the crashed kernel\n",
			h->domid, h->foreign);
	else
		pr_warn("domain %u still uses %u pages that a kernel before us granted, and may write to what is ours now\n",
			h->domid, h->foreign);
}

/* A crash kernel has memory of its own, others have what their users still know. */
void gnttab_report_foreign(void)
{
	unsigned long flags;
	struct holder *h;

	spin_lock_irqsave(&deferred.lock, flags);
	list_for_each_entry(h, &deferred.holders, node) {
		if (h->foreign)
			report_foreign(h);
	}
	spin_unlock_irqrestore(&deferred.lock, flags);
}

/* Whose turn it is; the next call finds another one, if there is another */
static struct holder *next_holder(void)
{
	struct holder *h;

	lockdep_assert_held(&deferred.lock);
	list_for_each_entry(h, &deferred.holders, node) {
		if (h->turns && h->count) {
			h->turns--;
			list_move_tail(&h->node, &deferred.holders);
			return h;
		}
	}
	return NULL;
}

/* The first grant of @h, off all lists if the peer has let go of it, or NULL */
static struct deferred_grant *look_at_one(struct holder *h)
{
	struct deferred_grant *grant;

	lockdep_assert_held(&deferred.lock);
	grant = list_first_entry(&h->grants, struct deferred_grant, node);
	if (!gnttab_revoke(grant->ref)) {
		list_move_tail(&grant->node, &h->grants);
		return NULL;
	}

	list_del(&grant->node);
	h->count--;
	h->foreign -= grant->foreign;
	deferred.count--;
	drop_holder(h);
	/* The budget must not go meanwhile: see gnttab_deferred_disown() */
	if (grant->budget)
		gnttab_budget_return(grant->budget, grant->ref);
	else
		gnttab_free_grant_reference(grant->ref);
	return grant;
}

static void free_deferred(struct deferred_grant *grant)
{
	if (grant->page)
		put_page(grant->page);
	kfree(grant);
}

/*
 * At so many, 0: at each once. Silent for a grant that stays in use: that was reported
 * when it began.
 */
static void look_at(unsigned int limit)
{
	unsigned int looked = 0, freed = 0;
	struct deferred_grant *grant;
	unsigned long flags;
	struct holder *h;

	might_sleep();
	spin_lock_irqsave(&deferred.lock, flags);
	list_for_each_entry(h, &deferred.holders, node)
		h->turns = h->count;
	while ((!limit || looked < limit) && (h = next_holder())) {
		looked++;
		grant = look_at_one(h);
		spin_unlock_irqrestore(&deferred.lock, flags);
		if (grant) {
			free_deferred(grant);
			freed++;
		}
		cond_resched();
		spin_lock_irqsave(&deferred.lock, flags);
	}
	look_in(freed == looked ? 1 : HZ);
	spin_unlock_irqrestore(&deferred.lock, flags);
}

void gnttab_deferred_run(struct work_struct *unused)
{
	look_at(READ_ONCE(gnttab_free_per_iteration));
}

void gnttab_look_at_deferred(void)
{
	KUNIT_STATIC_STUB_REDIRECT(gnttab_look_at_deferred);
	if (READ_ONCE(deferred.count))
		look_at(0);
}
EXPORT_SYMBOL_GPL(gnttab_look_at_deferred);

/* The budget ends: what is charged to it goes to the pool one day */
void gnttab_deferred_disown(struct gnttab_budget *budget)
{
	struct deferred_grant *grant;
	unsigned long flags;
	struct holder *h;

	spin_lock_irqsave(&deferred.lock, flags);
	list_for_each_entry(h, &deferred.holders, node) {
		list_for_each_entry(grant, &h->grants, node) {
			if (grant->budget == budget)
				grant->budget = NULL;
		}
	}
	spin_unlock_irqrestore(&deferred.lock, flags);
}

static void forget_lost(void)
{
	struct holder *h, *next;

	lockdep_assert_held(&deferred.lock);
	list_for_each_entry_safe(h, next, &deferred.holders, node) {
		h->lost = 0;
		drop_holder(h);
	}
}

/*
 * In a new life nobody uses what was granted in the old one. What is noted is found
 * to be free in its turn; what was not can only be counted out. It stays lost to us,
 * but it is no domain's fault any more, least of all one's that has only the number
 * of the one that was meant.
 */
void gnttab_deferred_forgive(void)
{
	unsigned long flags;

	spin_lock_irqsave(&deferred.lock, flags);
	forget_lost();
	spin_unlock_irqrestore(&deferred.lock, flags);
}

/* With the table goes the memory of what was lost in it */
void gnttab_deferred_reset(void)
{
	unsigned long flags;

	spin_lock_irqsave(&deferred.lock, flags);
	forget_lost();
	deferred.lost = 0;
	spin_unlock_irqrestore(&deferred.lock, flags);
}

static unsigned int refuse_from(void)
{
	unsigned int limit = READ_ONCE(gnttab_deferred_limit);
	unsigned int refs = READ_ONCE(gnttab_table.max_frames) *
			    GRANTS_PER_FRAME;

	return limit ?: max(refs / DEFAULT_SHARE, 1);
}

bool gnttab_domain_refused(domid_t domid)
{
	unsigned long flags, kept = 0;
	struct holder *h;

	/* As nearly always */
	if (!READ_ONCE(deferred.count) && !READ_ONCE(deferred.lost))
		return false;

	spin_lock_irqsave(&deferred.lock, flags);
	h = find_holder(domid);
	if (h)
		kept = kept_by(h);
	spin_unlock_irqrestore(&deferred.lock, flags);

	if (kept < refuse_from())
		return false;
	pr_warn_ratelimited("domain %u keeps %lu ended grants in use: no new ones for it until it lets go\n",
			    domid, kept);
	return true;
}
EXPORT_SYMBOL_GPL(gnttab_domain_refused);

void gnttab_deferred_usage(struct gnttab_usage *usage)
{
	unsigned long flags;

	spin_lock_irqsave(&deferred.lock, flags);
	usage->deferred = deferred.count;
	usage->deferred_total = deferred.total;
	usage->leaked = deferred.lost;
	spin_unlock_irqrestore(&deferred.lock, flags);
}

void gnttab_holders_show(struct seq_file *file)
{
	unsigned int limit = refuse_from();
	unsigned long flags;
	struct holder *h;

	seq_puts(file, "domain   kept foreign  total   lost  seconds\n");
	spin_lock_irqsave(&deferred.lock, flags);
	list_for_each_entry(h, &deferred.holders, node)
		seq_printf(file, "%6u %6u %7u %6lu %6lu %8lu%s\n", h->domid,
			   h->count, h->foreign, h->total, h->lost,
			   (jiffies - h->since) / HZ,
			   kept_by(h) >= limit ? " refused" : "");
	spin_unlock_irqrestore(&deferred.lock, flags);
}
