// SPDX-License-Identifier: GPL-2.0

#include <linux/gfp.h>
#include <linux/mm.h>

#include "fake_batch.h"

static u32 first_word(struct page *page)
{
	return READ_ONCE(*(u32 *)page_address(page));
}

static void prepare(struct kunit *test, struct fake_batch *fake, unsigned int i)
{
	unsigned long addr = (unsigned long)page_address(fake->pages[i]);
	grant_ref_t ref;

	fake->theirs[i] = fake_page(test);
	fake->ours[i] = fake_page(test);
	*(u32 *)page_address(fake->theirs[i]) = i;
	*(u32 *)page_address(fake->ours[i]) = ~0;
	ref = fake_peer_grant(test, fake->theirs[i], false);
	gnttab_set_map_op(&fake->map[i], addr, GNTMAP_host_map, ref, FAKE_PEER);
	gnttab_set_unmap_op(&fake->unmap[i], addr, GNTMAP_host_map,
			    INVALID_GRANT_HANDLE);
	fake->copy[i] = (struct gnttab_copy) {
		.source.u.ref = ref,
		.source.domid = FAKE_PEER,
		.dest.u.gmfn = xen_page_to_gfn(fake->ours[i]),
		.dest.domid = DOMID_SELF,
		.len = XEN_PAGE_SIZE,
		.flags = GNTCOPY_source_gref,
	};
}

static void note_handles(struct fake_batch *fake)
{
	unsigned int i;

	for (i = 0; i < NR; i++) {
		if (fake->map[i].status == GNTST_okay)
			fake->unmap[i].handle = fake->map[i].handle;
	}
}

void fake_batch_map(struct kunit *test)
{
	struct fake_batch *fake = test->priv;

	KUNIT_ASSERT_EQ(test, gnttab_map_refs(fake->map, NULL, fake->pages, NR),
			0);
	note_handles(fake);
	fake_gnt->calls = 0;
	fake_gnt->ops = 0;
}

void fake_batch_unmap(struct kunit *test)
{
	struct fake_batch *fake = test->priv;
	unsigned int i;

	note_handles(fake);
	for (i = 0; i < NR; i++) {
		if (fake->unmap[i].handle == INVALID_GRANT_HANDLE)
			continue;
		gnttab_unmap_refs(&fake->unmap[i], NULL, &fake->pages[i], 1);
		fake->unmap[i].handle = INVALID_GRANT_HANDLE;
		fake->map[i].status = GNTST_general_error;
	}
	fake_gnt->calls = 0;
	fake_gnt->ops = 0;
}

void fake_batch_swap(struct fake_batch *fake, unsigned int i,
		     unsigned int times)
{
	fake->swapped = fake->map[i].ref;
	fake_gnt->peer[fake->swapped].swapped = times;
}

int fake_batch_init(struct kunit *test)
{
	struct fake_batch *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->saved_limit = gnttab_eagain_limit_ms;
	fake_gnttab_init(test);
	KUNIT_ASSERT_EQ(test, gnttab_alloc_pages(NR, fake->pages), 0);
	test->priv = fake;
	for (i = 0; i < NR; i++)
		prepare(test, fake, i);
	return 0;
}

void fake_batch_exit(struct kunit *test)
{
	struct fake_batch *fake = test->priv;
	unsigned int i;

	if (!fake)
		return;
	gnttab_eagain_limit_ms = fake->saved_limit;
	fake_gnt->error = 0;
	fake_batch_unmap(test);
	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_EQ(test, page_count(fake->pages[i]), 1);
		__free_page(fake->theirs[i]);
		__free_page(fake->ours[i]);
	}
	gnttab_free_pages(NR, fake->pages);
	fake_gnttab_exit(test);
}

void expect_foreign(struct kunit *test, unsigned int i)
{
	struct fake_batch *fake = test->priv;
	struct xen_page_foreign *foreign = xen_page_foreign(fake->pages[i]);
	grant_ref_t ref = fake->map[i].ref;

	KUNIT_ASSERT_NOT_NULL(test, foreign);
	KUNIT_EXPECT_EQ(test, foreign->domid, FAKE_PEER);
	KUNIT_EXPECT_EQ(test, foreign->gref, ref);
	KUNIT_EXPECT_EQ(test, first_word(fake->pages[i]),
			first_word(fake_gnt->peer[ref].page));
}

void expect_not_foreign(struct kunit *test, unsigned int i)
{
	struct fake_batch *fake = test->priv;

	KUNIT_EXPECT_NULL(test, xen_page_foreign(fake->pages[i]));
	KUNIT_EXPECT_EQ(test, page_private(fake->pages[i]), 0);
	KUNIT_EXPECT_PTR_EQ(test, fake_page_behind(fake->pages[i]),
			    fake->pages[i]);
}
