/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A batch of each operation on grants of the other domain.
 */

#ifndef _XEN_GRANT_FAKE_BATCH_H
#define _XEN_GRANT_FAKE_BATCH_H

#include "fake_gnttab.h"

#define NR	6

/* Nobody has granted this one */
#define REF_BAD		100

/**
 * struct fake_batch - state of a test
 * @map: operations to map
 * @unmap: operations to unmap, without a handle until fake_batch_map()
 * @copy: operations to copy, from the reference to a page of ours
 * @pages: where the grants are mapped
 * @theirs: what is granted; begins with the number of the operation
 * @ours: where the copies go
 * @swapped: a reference whose page Xen has to fetch first
 * @saved_limit: of the time that this may take
 */
struct fake_batch {
	struct gnttab_map_grant_ref map[NR];
	struct gnttab_unmap_grant_ref unmap[NR];
	struct gnttab_copy copy[NR];
	struct page *pages[NR];
	struct page *theirs[NR];
	struct page *ours[NR];
	grant_ref_t swapped;
	unsigned int saved_limit;
};

/* For .init and .exit of a suite; puts itself in test->priv */
int fake_batch_init(struct kunit *test);
void fake_batch_exit(struct kunit *test);

/* Map all, and prepare to unmap them */
void fake_batch_map(struct kunit *test);
/* Unmap whatever is mapped */
void fake_batch_unmap(struct kunit *test);
/* Xen has to fetch what operation @i is about: it answers so often "not yet" */
void fake_batch_swap(struct fake_batch *fake, unsigned int i,
		     unsigned int times);

/* Page @i shows what the peer granted and is known as its; or neither */
void expect_foreign(struct kunit *test, unsigned int i);
void expect_not_foreign(struct kunit *test, unsigned int i);

#endif /* _XEN_GRANT_FAKE_BATCH_H */
