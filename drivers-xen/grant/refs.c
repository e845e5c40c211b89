// SPDX-License-Identifier: GPL-2.0
/*
 * Who owns which grant reference.
 *
 * One bit per reference says whether somebody owns it. References that a driver
 * reserved ahead form a list of its own, linked through one u32 per reference,
 * which the driver serialises; the pool knows them as owned and nothing else.
 * Both arrays are as large as the table can ever be, so growing the table only
 * makes more of them valid.
 *
 * The lowest free reference goes out first, which keeps the used part of the
 * table dense.
 */

#define pr_fmt(fmt) "xen/grant: " fmt

#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/find.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "grant.h"

/*
 * @owned: a set bit for each owned reference; under gnttab_lock
 * @next: the link of each reference that is on a private list; belongs to the
 *	owner of the reference
 * @size: of both arrays; does not change between init and exit
 * @free: references without an owner; under gnttab_lock
 * @hint: no reference below is free; under gnttab_lock
 * @callbacks: who waits for free references, first come first served; under
 *	gnttab_lock
 */
static struct {
	unsigned long *owned;
	grant_ref_t *next;
	unsigned int size;
	unsigned int free;
	unsigned int hint;
	struct gnttab_free_callback *callbacks;
} pool;

/* Why there is no table at all was said once */
static int report_full(unsigned int count)
{
	if (gnttab_nr_refs())
		pr_warn_ratelimited("no %u references, %u free, %u of %u frames used\n",
				    count, READ_ONCE(pool.free),
				    gnttab_nr_refs() / GRANTS_PER_FRAME,
				    READ_ONCE(gnttab_table.max_frames));
	return -ENOSPC;
}

/* True if the table has grown, perhaps by more than @count. */
static bool grow(unsigned int count)
{
	unsigned int more = gnttab_grow(count);

	lockdep_assert_held(&gnttab_lock);
	pool.free += more;
	return more;
}

/* The caller has made room */
static grant_ref_t take_one(void)
{
	grant_ref_t ref;

	lockdep_assert_held(&gnttab_lock);
	ref = find_next_zero_bit(pool.owned, gnttab_nr_refs(), pool.hint);
	__set_bit(ref, pool.owned);
	pool.hint = ref + 1;
	pool.free--;
	return ref;
}

/* False, with nothing changed, for a reference that has no owner */
static bool put_one(grant_ref_t ref)
{
	lockdep_assert_held(&gnttab_lock);
	if (ref < GNTTAB_NR_RESERVED_ENTRIES || ref >= pool.size ||
	    !__test_and_clear_bit(ref, pool.owned)) {
		if (pool.size)
			pr_err_ratelimited("reference %u freed without being owned\n",
					   ref);
		return false;
	}

	pool.hint = min(pool.hint, ref);
	/* Without a table it has no owner, but nobody can have it */
	if (gnttab_nr_refs())
		pool.free++;
	return true;
}

/* The lowest run of @count free references, from a larger table if need be */
static grant_ref_t find_run(unsigned int count)
{
	unsigned int nr = gnttab_nr_refs();
	unsigned long run, tail;

	lockdep_assert_held(&gnttab_lock);
	run = bitmap_find_next_zero_area(pool.owned, nr, pool.hint, count, 0);
	if (run + count <= nr)
		return run;

	/* Fewer than @count are free at the end; new ones follow on those */
	tail = find_last_bit(pool.owned, nr) + 1;
	return grow(count - (nr - tail)) ? tail : GRANT_LIST_END;
}

/* For those who can have what they want when @more can be had besides the free */
static void run_callbacks(unsigned int more)
{
	struct gnttab_free_callback **link = &pool.callbacks;
	struct gnttab_free_callback *callback;

	lockdep_assert_held(&gnttab_lock);
	while ((callback = *link)) {
		if (callback->count > pool.free + more) {
			link = &callback->next;
			continue;
		}
		WRITE_ONCE(*link, callback->next);
		callback->next = NULL;
		callback->fn(callback->arg);
	}
}

/* Silent, for those who can wait */
int gnttab_take_refs(unsigned int count, grant_ref_t *head)
{
	grant_ref_t ref, *link = head;
	unsigned int left = count;
	unsigned long flags;
	bool room, grown;

	spin_lock_irqsave(&gnttab_lock, flags);
	grown = count > pool.free && grow(count - pool.free);
	room = count <= pool.free;
	if (room) {
		while (left--) {
			ref = take_one();
			*link = ref;
			link = &pool.next[ref];
		}
		*link = GRANT_LIST_END;
	}
	/* Xen may have refused it to somebody who waits now */
	if (grown)
		run_callbacks(0);
	spin_unlock_irqrestore(&gnttab_lock, flags);
	return room ? 0 : -ENOSPC;
}

int gnttab_alloc_grant_references(u16 count, grant_ref_t *pprivate_head)
{
	return gnttab_take_refs(count, pprivate_head) ? report_full(count) : 0;
}
EXPORT_SYMBOL_GPL(gnttab_alloc_grant_references);

int gnttab_alloc_grant_reference_seq(unsigned int count, grant_ref_t *first)
{
	grant_ref_t run = GRANT_LIST_END;
	unsigned int before;
	unsigned long flags;

	spin_lock_irqsave(&gnttab_lock, flags);
	before = gnttab_nr_refs();
	if (count && count <= pool.size && before)
		run = find_run(count);
	if (run != GRANT_LIST_END) {
		bitmap_set(pool.owned, run, count);
		pool.free -= count;
		*first = run;
		if (gnttab_nr_refs() > before)
			run_callbacks(0);
	}
	spin_unlock_irqrestore(&gnttab_lock, flags);
	return run != GRANT_LIST_END ? 0 : report_full(count);
}
EXPORT_SYMBOL_GPL(gnttab_alloc_grant_reference_seq);

void gnttab_free_grant_reference_seq(grant_ref_t head, unsigned int count)
{
	unsigned long flags;

	spin_lock_irqsave(&gnttab_lock, flags);
	while (count-- && put_one(head))
		head++;
	run_callbacks(0);
	spin_unlock_irqrestore(&gnttab_lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_free_grant_reference_seq);

void gnttab_free_grant_reference(grant_ref_t ref)
{
	gnttab_free_grant_reference_seq(ref, 1);
}
EXPORT_SYMBOL_GPL(gnttab_free_grant_reference);

void gnttab_free_grant_references(grant_ref_t head)
{
	unsigned long flags;

	spin_lock_irqsave(&gnttab_lock, flags);
	/* A broken list ends where it meets what is already free */
	while (head != GRANT_LIST_END && put_one(head))
		head = pool.next[head];
	run_callbacks(0);
	spin_unlock_irqrestore(&gnttab_lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_free_grant_references);

int gnttab_empty_grant_references(const grant_ref_t *pprivate_head)
{
	return *pprivate_head == GRANT_LIST_END;
}
EXPORT_SYMBOL_GPL(gnttab_empty_grant_references);

/* Works on without a table: drivers count on what they reserved */
int gnttab_claim_grant_reference(grant_ref_t *pprivate_head)
{
	grant_ref_t ref = *pprivate_head;

	if (ref >= pool.size)
		return -ENOSPC;
	*pprivate_head = pool.next[ref];
	return ref;
}
EXPORT_SYMBOL_GPL(gnttab_claim_grant_reference);

void gnttab_release_grant_reference(grant_ref_t *private_head,
				    grant_ref_t release)
{
	if (release >= pool.size)
		return;
	pool.next[release] = *private_head;
	*private_head = release;
}
EXPORT_SYMBOL_GPL(gnttab_release_grant_reference);

/* As gnttab_request_free_callback(), for more than that can count */
void gnttab_await_refs(struct gnttab_free_callback *callback,
		       void (*fn)(void *arg), void *arg, unsigned int count)
{
	struct gnttab_free_callback **link;
	unsigned long flags;

	spin_lock_irqsave(&gnttab_lock, flags);
	for (link = &pool.callbacks; *link; link = &(*link)->next) {
		if (*link == callback)
			break;
	}
	if (!*link) {
		callback->next = NULL;
		callback->fn = fn;
		callback->arg = arg;
		callback->count = count;
		WRITE_ONCE(*link, callback);
		/* They may have come free since the caller looked */
		run_callbacks(0);
	}
	spin_unlock_irqrestore(&gnttab_lock, flags);
}

void gnttab_request_free_callback(struct gnttab_free_callback *callback,
				  void (*fn)(void *), void *arg, u16 count)
{
	gnttab_await_refs(callback, fn, arg, count);
}
EXPORT_SYMBOL_GPL(gnttab_request_free_callback);

void gnttab_cancel_free_callback(struct gnttab_free_callback *callback)
{
	struct gnttab_free_callback **link;
	unsigned long flags;

	spin_lock_irqsave(&gnttab_lock, flags);
	for (link = &pool.callbacks; *link; link = &(*link)->next) {
		if (*link == callback) {
			WRITE_ONCE(*link, callback->next);
			break;
		}
	}
	spin_unlock_irqrestore(&gnttab_lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_cancel_free_callback);

/* Does somebody wait for references? A hint, without the lock. */
bool gnttab_refs_wanted(void)
{
	return READ_ONCE(pool.callbacks);
}

void gnttab_refs_usage(struct gnttab_usage *usage)
{
	unsigned long flags;

	spin_lock_irqsave(&gnttab_lock, flags);
	usage->refs = gnttab_nr_refs();
	usage->free = pool.free;
	spin_unlock_irqrestore(&gnttab_lock, flags);
}

/* The table is gone; what is owned stays owned, and nothing is free */
void gnttab_refs_close(void)
{
	lockdep_assert_held(&gnttab_lock);
	pool.free = 0;
}

/* It is back, as large as it was */
void gnttab_refs_open(void)
{
	unsigned int nr = gnttab_nr_refs();

	lockdep_assert_held(&gnttab_lock);
	pool.free = nr - bitmap_weight(pool.owned, nr);
}

/*
 * It can grow by @nr from now on, which it could not before. Who waits is told of that
 * now and not later: should Xen refuse, he waits again, and not in a circle.
 */
void gnttab_refs_more(unsigned int nr)
{
	lockdep_assert_held(&gnttab_lock);
	run_callbacks(nr);
}

void gnttab_refs_exit(void)
{
	might_sleep();
	kvfree(pool.owned);
	kvfree(pool.next);
	memset(&pool, 0, sizeof(pool));
}

/*
 * For @refs references, with room for @max_refs. If it fails, gnttab_refs_exit()
 * cleans up.
 */
int gnttab_refs_init(unsigned int max_refs, unsigned int refs)
{
	might_sleep();
	pool.owned = kvcalloc(BITS_TO_LONGS(max_refs), sizeof(long),
			      GFP_KERNEL);
	pool.next = kvcalloc(max_refs, sizeof(*pool.next), GFP_KERNEL);
	if (!pool.owned || !pool.next)
		return -ENOMEM;

	/* Xen and its tools use the first for the console and xenstore */
	bitmap_set(pool.owned, 0, GNTTAB_NR_RESERVED_ENTRIES);
	pool.hint = GNTTAB_NR_RESERVED_ENTRIES;
	pool.free = refs - GNTTAB_NR_RESERVED_ENTRIES;
	pool.size = max_refs;
	return 0;
}

/*
 * A kernel before us, which was left by kexec or a crash, may have left grants. They
 * end now, or when their users have let go of them: those are the backends of its
 * devices, which are closed before ours come. Until then their references are not to be
 * had.
 */
void gnttab_refs_take_over(void)
{
	unsigned int used = 0, ended = 0;
	grant_ref_t ref;

	for (ref = GNTTAB_NR_RESERVED_ENTRIES; ref < gnttab_nr_refs(); ref++) {
		if (READ_ONCE(gnttab_entry(ref)->flags) == GTF_invalid)
			continue;
		if (gnttab_revoke(ref)) {
			ended++;
			continue;
		}
		scoped_guard(spinlock_irqsave, &gnttab_lock) {
			__set_bit(ref, pool.owned);
			pool.free--;
		}
		gnttab_defer_foreign(ref);
		used++;
	}
	if (used || ended)
		pr_info("%u grants of another kernel ended, %u are still in use\n",
			ended, used);
	if (used)
		gnttab_report_foreign();
}
