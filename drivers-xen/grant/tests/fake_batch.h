/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A batch of each operation, and a Xen that swaps pages out, refuses
 * operations, and stops in the middle of a batch.
 */

#ifndef _XEN_GRANT_FAKE_BATCH_H
#define _XEN_GRANT_FAKE_BATCH_H

#include <kunit/test.h>

#include "grant.h"

#define NR	6
#define PEER	9

/* References with a fate of their own; all others succeed */
#define REF_BAD		100
#define REF_SWAPPED	101
#define REF_NO_SPACE	102

/**
 * struct fake_batch - state of a test, and of its Xen
 * @map: operations to map
 * @unmap: operations to unmap
 * @copy: operations to copy, from the reference to our frame
 * @pages: real pages; nothing is ever mapped there
 * @swapped_for: how often REF_SWAPPED is still answered with GNTST_eagain
 * @stop_after: operations that are done before the hypercall fails
 * @error: what it fails with, 0 if it does not
 * @calls: hypercalls
 * @ops: operations done in them
 * @saved_limit: of the time that a page may take
 */
struct fake_batch {
	struct gnttab_map_grant_ref map[NR];
	struct gnttab_unmap_grant_ref unmap[NR];
	struct gnttab_copy copy[NR];
	struct page *pages[NR];
	unsigned int swapped_for;
	unsigned int stop_after;
	int error;
	unsigned int calls;
	unsigned int ops;
	unsigned int saved_limit;
};

/* For .init and .exit of a suite */
int fake_batch_init(struct kunit *test);
void fake_batch_exit(struct kunit *test);

/* Page @i is known as the peer's, by what its operation says; or it is not */
void expect_foreign(struct kunit *test, unsigned int i);
void expect_not_foreign(struct kunit *test, unsigned int i);

#endif /* _XEN_GRANT_FAKE_BATCH_H */
