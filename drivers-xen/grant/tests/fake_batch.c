// SPDX-License-Identifier: GPL-2.0

#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>

#include <asm/xen/hypercall.h>

#include "fake_batch.h"

static s16 fate(struct fake_batch *fake, grant_ref_t ref)
{
	fake->ops++;
	switch (ref) {
	case REF_BAD:
		return GNTST_bad_gntref;
	case REF_NO_SPACE:
		return GNTST_no_space;
	case REF_SWAPPED:
		if (!fake->swapped_for)
			return GNTST_okay;
		fake->swapped_for--;
		return GNTST_eagain;
	default:
		return GNTST_okay;
	}
}

static int do_op(struct fake_batch *fake, unsigned int cmd, void *uop,
		 unsigned int i)
{
	struct gnttab_unmap_grant_ref *unmap = uop;
	struct gnttab_map_grant_ref *map = uop;
	struct gnttab_copy *copy = uop;

	switch (cmd) {
	case GNTTABOP_map_grant_ref:
		map[i].status = fate(fake, map[i].ref);
		map[i].handle = 1000 + map[i].ref;
		return 0;
	case GNTTABOP_copy:
		copy[i].status = fate(fake, copy[i].source.u.ref);
		return 0;
	case GNTTABOP_unmap_grant_ref:
		unmap[i].status = unmap[i].handle == INVALID_GRANT_HANDLE ?
				  GNTST_bad_handle : GNTST_okay;
		fake->ops++;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int fake_grant_table_op(unsigned int cmd, void *uop, unsigned int count)
{
	struct fake_batch *fake = kunit_get_current_test()->priv;
	unsigned int i;
	int err;

	fake->calls++;
	for (i = 0; i < count; i++) {
		if (fake->error && i == fake->stop_after)
			return fake->error;
		err = do_op(fake, cmd, uop, i);
		if (err)
			return err;
	}
	return 0;
}

int fake_batch_init(struct kunit *test)
{
	struct fake_batch *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, fake);
	test->priv = fake;
	fake->saved_limit = gnttab_eagain_limit_ms;
	for (i = 0; i < NR; i++) {
		fake->pages[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, fake->pages[i]);
		gnttab_set_map_op(&fake->map[i], 0, GNTMAP_host_map, 10 + i,
				  PEER);
		gnttab_set_unmap_op(&fake->unmap[i], 0, GNTMAP_host_map,
				    1010 + i);
		fake->copy[i].source.u.ref = 10 + i;
		fake->copy[i].source.domid = PEER;
	}
	kunit_activate_static_stub(test, HYPERVISOR_grant_table_op,
				   fake_grant_table_op);
	return 0;
}

void fake_batch_exit(struct kunit *test)
{
	struct fake_batch *fake = test->priv;
	unsigned int i;

	if (!fake)
		return;
	gnttab_eagain_limit_ms = fake->saved_limit;
	for (i = 0; i < NR && fake->pages[i]; i++) {
		KUNIT_EXPECT_EQ(test, page_count(fake->pages[i]), 1);
		ClearPageForeign(fake->pages[i]);
		set_page_private(fake->pages[i], 0);
		__free_page(fake->pages[i]);
	}
}

void expect_foreign(struct kunit *test, unsigned int i)
{
	struct fake_batch *fake = test->priv;
	struct xen_page_foreign *foreign = xen_page_foreign(fake->pages[i]);

	KUNIT_ASSERT_NOT_NULL(test, foreign);
	KUNIT_EXPECT_EQ(test, foreign->domid, PEER);
	KUNIT_EXPECT_EQ(test, foreign->gref, fake->map[i].ref);
}

void expect_not_foreign(struct kunit *test, unsigned int i)
{
	struct fake_batch *fake = test->priv;

	KUNIT_EXPECT_NULL(test, xen_page_foreign(fake->pages[i]));
	KUNIT_EXPECT_EQ(test, page_private(fake->pages[i]), 0);
}
