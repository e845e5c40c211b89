/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of budgets have in common. */
#ifndef _GRANT_BUDGET_TEST_H
#define _GRANT_BUDGET_TEST_H

#include <kunit/test.h>
#include <linux/slab.h>

#include "fake_gnttab.h"

static inline void count_call(void *arg)
{
	(*(unsigned int *)arg)++;
}

static inline struct gnttab_budget *make_budget(struct kunit *test,
						unsigned int min,
						unsigned int max)
{
	struct gnttab_budget *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_ASSERT_EQ(test, gnttab_budget_init(b, "device", FAKE_PEER, min,
						 max), 0);
	return b;
}

/* Own all that is left in the pool; the list ends up in @head */
static inline unsigned int drain(grant_ref_t *head)
{
	unsigned int nr = 0;
	grant_ref_t one;

	*head = GRANT_LIST_END;
	while (!gnttab_alloc_grant_references(1, &one)) {
		gnttab_release_grant_reference(head, one);
		nr++;
	}
	return nr;
}

#endif
