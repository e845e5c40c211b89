/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grants of the fake Xen: a grant table in ordinary memory on which the driver
 * under test runs as on a real one, a table of the other domain, and the
 * hypercalls that map, unmap and copy.
 *
 * All pages are real ones. A page that another one is mapped into keeps its
 * address and shows the other one's contents, as in a guest whose physical memory
 * Xen rearranges; but whoever makes a second mapping of it, as vmap() does, has to
 * ask fake_page_behind() what is there.
 */
#ifndef _XEN_FAKE_GNTTAB_H
#define _XEN_FAKE_GNTTAB_H

#include <kunit/test.h>
#include <linux/spinlock.h>
#include <xen/grant_table.h>

#include "../grant/grant.h"
#include "fake_domains.h"

/* Frames of our table */
#define FAKE_FRAMES	4
#define FAKE_NONE	UINT_MAX

/* How many references can be had: of the first frame, of all frames */
#define FIRST_REFS	(GRANTS_PER_FRAME - GNTTAB_NR_RESERVED_ENTRIES)
#define MAX_REFS	(FAKE_FRAMES * GRANTS_PER_FRAME)
#define ALL_REFS	(MAX_REFS - GNTTAB_NR_RESERVED_ENTRIES)

/* Size of the other domain's table; how much of it and of ours can be mapped */
#define FAKE_PEER_REFS	128
#define FAKE_HANDLES	256

/* Handles are not small numbers, so that they are not taken for references */
#define FAKE_HANDLE_BASE	0x1000

/**
 * struct fake_peer_entry - a grant of the other domain's
 * @page: what is granted, NULL for none
 * @readonly: not to be written
 * @swapped: how often Xen still has to be asked until the page is there
 * @uses: mappings of it
 */
struct fake_peer_entry {
	struct page *page;
	bool readonly;
	unsigned int swapped;
	unsigned int uses;
};

/**
 * struct fake_uses - who uses a grant of ours
 * @readers: mappings
 * @writers: those of them that can write
 */
struct fake_uses {
	unsigned int readers;
	unsigned int writers;
};

/**
 * struct fake_mapping - something that we have mapped
 * @used: this slot is taken
 * @dom: whose it is
 * @ref: its reference
 * @readonly: not to be written
 * @addr: where it is mapped
 */
struct fake_mapping {
	bool used;
	domid_t dom;
	grant_ref_t ref;
	bool readonly;
	unsigned long addr;
};

/**
 * struct fake_gnttab - what Xen answers, what it was asked, what it knows
 * @lock: guards the tables
 * @nr_frames: how many it says there are
 * @max_frames: what it says it allows
 * @query_error: error of the query, 0 for none
 * @set_version_error: error of choosing the version, 0 for none
 * @get_version_error: error of telling the version, 0 for none
 * @version: the version that it tells
 * @fail_frame: frame that it refuses, FAKE_NONE for none
 * @placed: the frames that it was asked to place, in order
 * @nr_placed: how many
 * @error: what a batch fails with in its middle, 0 if it does not
 * @stop_after: operations that are done before that
 * @max_handles: how many mappings there can be
 * @calls: batches
 * @ops: operations done in them
 * @peer: the other domain's table
 * @uses: of our table
 * @map: what we have mapped
 * @pages: pages to map into that are handed out
 * @saved_frames: the system's own, put back when the test ends
 */
struct fake_gnttab {
	/* The tables, between the thread of the test and the driver's */
	spinlock_t lock;

	unsigned int nr_frames;
	unsigned int max_frames;
	int query_error;
	int set_version_error;
	int get_version_error;
	unsigned int version;
	unsigned int fail_frame;
	unsigned int placed[64];
	unsigned int nr_placed;

	int error;
	unsigned int stop_after;
	unsigned int max_handles;
	unsigned int calls;
	unsigned int ops;

	struct fake_peer_entry peer[FAKE_PEER_REFS];
	struct fake_uses uses[MAX_REFS];
	struct fake_mapping map[FAKE_HANDLES];
	int pages;

	struct grant_frames saved_frames;
};

/* Of the test that runs. There is one at a time. */
extern struct fake_gnttab *fake_gnt;

/* For .init of a suite: without gnttab_init(), and with it */
int fake_gnttab_init(struct kunit *test);
int fake_gnttab_start(struct kunit *test);
/* For .exit: everything must be unmapped, and nothing deferred */
void fake_gnttab_exit(struct kunit *test);

/* Pages to map into, instead of gnttab_alloc_pages() and gnttab_free_pages() */
int fake_targets_alloc(int nr_pages, struct page **pages);
void fake_targets_free(int nr_pages, struct page **pages);

unsigned int fake_free_refs(void);
unsigned int fake_deferred(void);

/* The entry of a reference that must be a good one */
struct grant_entry_v1 *fake_entry(struct kunit *test, int ref);

/* A page of ours, held once, and a grant of it to the other domain */
struct page *fake_page(struct kunit *test);
int fake_grant(struct kunit *test, struct page *page);

/*
 * The other domain maps a page of ours, which must be granted to it, or NULL; and
 * unmaps it. It need not unmap what it has mapped.
 */
struct page *fake_peer_map(grant_ref_t ref, bool readonly);
void fake_peer_unmap(grant_ref_t ref, bool readonly);
/* What that does to the entry, without more: @how is GTF_reading or the like */
void fake_peer_maps(struct kunit *test, int ref, u16 how);
void fake_peer_unmaps(struct kunit *test, int ref);

/* The other domain grants us a page of its own, and ends that if we let it */
grant_ref_t fake_peer_grant(struct kunit *test, struct page *page,
			    bool readonly);
bool fake_peer_end(grant_ref_t ref);
unsigned int fake_peer_uses(grant_ref_t ref);

/* fake_map.c: pages to map into, and what is mapped there */
struct page *fake_target_alloc(void);
void fake_target_free(struct page *page);
void fake_map_page(unsigned long addr, struct page *page, bool readonly);
void fake_unmap_page(unsigned long addr);
struct page *fake_page_behind(struct page *page);

/* fake_grant_op.c: the operations on grants */
struct page *fake_pin(domid_t user, domid_t dom, grant_ref_t ref, bool readonly,
		      s16 *status);
void fake_unpin(domid_t dom, grant_ref_t ref, bool readonly);
/* A hypercall; stops where &fake_gnttab.error says */
int fake_grant_batch(unsigned int cmd, void *uop, unsigned int count);

#endif /* _XEN_FAKE_GNTTAB_H */
