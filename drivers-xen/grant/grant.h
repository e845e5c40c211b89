/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the grant table driver share. Drivers use
 * <xen/grant_table.h> instead.
 *
 * Words: an "entry" is one slot of the table that Xen reads; a "reference" is
 * the number of a slot, which we hand to a driver and the driver hands to its
 * peer; a "frame" is one page of the table.
 */

#ifndef _XEN_GRANT_H
#define _XEN_GRANT_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/page.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

struct seq_file;
struct work_struct;

/* The end of a caller's private list of references */
#define GRANT_LIST_END		INVALID_GRANT_REF

#define GRANTS_PER_FRAME \
	((unsigned int)(XEN_PAGE_SIZE / sizeof(struct grant_entry_v1)))

static_assert(sizeof(struct grant_entry_v1) == 8);

/**
 * struct gnttab_table - the table as Xen sees it
 * @entries: where the frames are mapped, one after the other. Set once by
 *	gnttab_init().
 * @nr_frames: frames that Xen has put there. Only grows, under gnttab_lock,
 *	and may be read without. 0 while there is no table, and again when Xen
 *	refused to restore it after a resume.
 * @max_frames: where growing ends. 0 as for @nr_frames.
 * @lost_frames: how many there were before that
 * @first_max: the first answer of gnttab_max_grant_frames(), for which the
 *	place in our address space was reserved
 */
struct gnttab_table {
	struct grant_entry_v1 *entries;
	unsigned int nr_frames;
	unsigned int max_frames;
	unsigned int lost_frames;
	unsigned int first_max;
};

/**
 * struct gnttab_usage - numbers for people, see debugfs.c
 * @refs: references that the present frames hold
 * @free: those of them that nobody owns
 * @deferred: grants given up by their owner and still in use by the peer
 * @deferred_total: all that were ever deferred
 * @leaked: grants and pages lost because there was no memory to note them
 */
struct gnttab_usage {
	unsigned int refs;
	unsigned int free;
	unsigned int deferred;
	unsigned long deferred_total;
	unsigned long leaked;
};

/*
 * Guards the growth of the table, the pool of references and the list of free
 * callbacks. Taken with interrupts off; innermost, so nothing may be called
 * under it that takes another lock, except the hypercalls that grow the table
 * and the free callbacks.
 */
extern spinlock_t gnttab_lock;
extern struct gnttab_table gnttab_table;

static inline unsigned int gnttab_nr_refs(void)
{
	return READ_ONCE(gnttab_table.nr_frames) * GRANTS_PER_FRAME;
}

/* NULL if the table has no such entry, be it for want of a table */
static inline struct grant_entry_v1 *gnttab_entry(grant_ref_t ref)
{
	return ref < gnttab_nr_refs() ? &gnttab_table.entries[ref] : NULL;
}

/* table.c */
unsigned int gnttab_grow(unsigned int nr);
void gnttab_reset(void);

/* refs.c */
int gnttab_take_refs(unsigned int count, grant_ref_t *head);
bool gnttab_refs_wanted(void);
void gnttab_await_refs(struct gnttab_free_callback *callback,
		       void (*fn)(void *arg), void *arg, unsigned int count);
int gnttab_refs_init(unsigned int max_refs, unsigned int refs);
void gnttab_refs_take_over(void);
void gnttab_refs_close(void);
void gnttab_refs_open(void);
void gnttab_refs_more(unsigned int nr);
void gnttab_refs_exit(void);
void gnttab_refs_usage(struct gnttab_usage *usage);

/* budget.c */
void gnttab_budget_return(struct gnttab_budget *b, grant_ref_t ref);
void gnttab_budgets_show(struct seq_file *file);

/* access.c; the second for the tests */
bool gnttab_revoke(grant_ref_t ref);
#if IS_ENABLED(CONFIG_KUNIT)
u16 gnttab_look(const struct grant_entry_v1 *entry);
#endif

/* deferred.c; the parameters and the allocation for the tests */
extern unsigned int gnttab_free_per_iteration;
extern unsigned int gnttab_deferred_limit;
void *gnttab_deferred_alloc(size_t size);
void gnttab_defer(grant_ref_t ref, struct page *page,
		  struct gnttab_budget *budget);
void gnttab_defer_foreign(grant_ref_t ref);
void gnttab_report_foreign(void);
void gnttab_deferred_run(struct work_struct *unused);
void gnttab_deferred_reset(void);
void gnttab_deferred_forgive(void);
void gnttab_deferred_disown(struct gnttab_budget *budget);
void gnttab_deferred_usage(struct gnttab_usage *usage);
void gnttab_holders_show(struct seq_file *file);

/* map.c, for the tests */
extern unsigned int gnttab_eagain_limit_ms;
void gnttab_unmap_poll(struct work_struct *work);

#endif /* _XEN_GRANT_H */
