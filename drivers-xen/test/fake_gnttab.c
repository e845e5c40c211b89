// SPDX-License-Identifier: GPL-2.0
/*
 * The grant tables of the fake Xen, and the grant table driver on them for as
 * long as a test runs.
 */

#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <asm/xen/hypercall.h>
#include <xen/interface/memory.h>
#include <xen/xen.h>

#include "fake_gnttab.h"

struct fake_gnttab *fake_gnt;

static int query_size(struct gnttab_query_size *query)
{
	if (fake_gnt->query_error)
		return fake_gnt->query_error;
	query->nr_frames = fake_gnt->nr_frames;
	query->max_nr_frames = fake_gnt->max_frames;
	query->status = GNTST_okay;
	return 0;
}

static int set_version(struct gnttab_set_version *set)
{
	KUNIT_EXPECT_EQ(kunit_get_current_test(), set->version, 1);
	return fake_gnt->set_version_error;
}

static int get_version(struct gnttab_get_version *get)
{
	KUNIT_EXPECT_EQ(kunit_get_current_test(), get->dom, DOMID_SELF);
	get->version = fake_gnt->version;
	return fake_gnt->get_version_error;
}

static int grant_table_op(unsigned int cmd, void *uop, unsigned int count)
{
	switch (cmd) {
	case GNTTABOP_query_size:
		return query_size(uop);
	case GNTTABOP_set_version:
		return set_version(uop);
	case GNTTABOP_get_version:
		return get_version(uop);
	default:
		return fake_grant_batch(cmd, uop, count);
	}
}

static long memory_op(unsigned int cmd, void *arg)
{
	xen_pfn_t *pfn = xen_auto_xlat_grant_frames.pfn;
	struct kunit *test = kunit_get_current_test();
	struct xen_add_to_physmap *place = arg;

	KUNIT_EXPECT_EQ(test, cmd, XENMEM_add_to_physmap);
	KUNIT_EXPECT_EQ(test, place->domid, DOMID_SELF);
	KUNIT_EXPECT_EQ(test, place->space, XENMAPSPACE_grant_table);
	KUNIT_ASSERT_LT(test, place->idx, (xen_ulong_t)FAKE_FRAMES);
	KUNIT_EXPECT_EQ(test, place->gpfn, pfn[place->idx]);

	if (place->idx == fake_gnt->fail_frame)
		return -ENOMEM;
	KUNIT_ASSERT_LT(test, fake_gnt->nr_placed, ARRAY_SIZE(fake_gnt->placed));
	fake_gnt->placed[fake_gnt->nr_placed++] = place->idx;
	return 0;
}

void fake_targets_free(int nr_pages, struct page **pages)
{
	int i;

	gnttab_pages_clear_private(nr_pages, pages);
	for (i = 0; i < nr_pages; i++)
		fake_target_free(pages[i]);
	fake_gnt->pages -= nr_pages;
}

int fake_targets_alloc(int nr_pages, struct page **pages)
{
	int i;

	for (i = 0; i < nr_pages; i++) {
		pages[i] = fake_target_alloc();
		if (!pages[i])
			break;
	}
	fake_gnt->pages += i;
	gnttab_pages_set_private(i, pages);
	if (i == nr_pages)
		return 0;
	fake_targets_free(i, pages);
	return -ENOMEM;
}

int fake_gnttab_init(struct kunit *test)
{
	xen_pfn_t *pfn;
	unsigned int i;

	if (xen_domain())
		kunit_skip(test, "would replace the grant table in use");

	fake_gnt = kunit_kzalloc(test, sizeof(*fake_gnt), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake_gnt);
	spin_lock_init(&fake_gnt->lock);
	fake_gnt->nr_frames = 1;
	fake_gnt->max_frames = FAKE_FRAMES;
	fake_gnt->fail_frame = FAKE_NONE;
	fake_gnt->max_handles = FAKE_HANDLES;

	pfn = kunit_kcalloc(test, FAKE_FRAMES, sizeof(*pfn), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pfn);
	for (i = 0; i < FAKE_FRAMES; i++)
		pfn[i] = 0x1000 + i;

	fake_gnt->saved_frames = xen_auto_xlat_grant_frames;
	xen_auto_xlat_grant_frames = (struct grant_frames) {
		.pfn = pfn,
		.count = FAKE_FRAMES,
		.vaddr = kunit_kzalloc(test, FAKE_FRAMES * XEN_PAGE_SIZE,
				       GFP_KERNEL),
	};
	KUNIT_ASSERT_NOT_NULL(test, xen_auto_xlat_grant_frames.vaddr);

	kunit_activate_static_stub(test, HYPERVISOR_grant_table_op,
				   grant_table_op);
	kunit_activate_static_stub(test, HYPERVISOR_memory_op, memory_op);
	kunit_activate_static_stub(test, gnttab_alloc_pages,
				   fake_targets_alloc);
	kunit_activate_static_stub(test, gnttab_free_pages, fake_targets_free);
	return 0;
}

int fake_gnttab_start(struct kunit *test)
{
	fake_gnttab_init(test);
	KUNIT_ASSERT_EQ(test, gnttab_init(), 0);
	fake_gnt->nr_placed = 0;
	return 0;
}

void fake_gnttab_exit(struct kunit *test)
{
	unsigned int i;

	if (!fake_gnt)
		return;
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	KUNIT_EXPECT_EQ(test, fake_gnt->pages, 0);
	for (i = 0; i < FAKE_HANDLES; i++) {
		KUNIT_EXPECT_FALSE(test, fake_gnt->map[i].used);
		if (fake_gnt->map[i].used)
			fake_unmap_page(fake_gnt->map[i].addr);
	}
	gnttab_reset();
	xen_auto_xlat_grant_frames = fake_gnt->saved_frames;
	fake_gnt = NULL;
}

unsigned int fake_free_refs(void)
{
	struct gnttab_usage usage;

	gnttab_refs_usage(&usage);
	return usage.free;
}

unsigned int fake_deferred(void)
{
	struct gnttab_usage usage;

	gnttab_deferred_usage(&usage);
	return usage.deferred;
}

struct grant_entry_v1 *fake_entry(struct kunit *test, int ref)
{
	KUNIT_ASSERT_GE(test, ref, GNTTAB_NR_RESERVED_ENTRIES);
	KUNIT_ASSERT_NOT_NULL(test, gnttab_entry(ref));
	return gnttab_entry(ref);
}

struct page *fake_page(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, page_count(page), 1);
	return page;
}

int fake_grant(struct kunit *test, struct page *page)
{
	int ref = gnttab_grant_foreign_access(FAKE_PEER, xen_page_to_gfn(page),
					      0);

	KUNIT_ASSERT_GE(test, ref, GNTTAB_NR_RESERVED_ENTRIES);
	return ref;
}

struct page *fake_peer_map(grant_ref_t ref, bool readonly)
{
	s16 status;

	return fake_pin(FAKE_PEER, FAKE_SELF, ref, readonly, &status);
}

void fake_peer_unmap(grant_ref_t ref, bool readonly)
{
	fake_unpin(FAKE_SELF, ref, readonly);
}

void fake_peer_maps(struct kunit *test, int ref, u16 how)
{
	fake_entry(test, ref)->flags |= how;
}

void fake_peer_unmaps(struct kunit *test, int ref)
{
	fake_entry(test, ref)->flags &= ~(GTF_reading | GTF_writing);
}

grant_ref_t fake_peer_grant(struct kunit *test, struct page *page,
			    bool readonly)
{
	grant_ref_t ref;

	for (ref = 1; ref < FAKE_PEER_REFS && fake_gnt->peer[ref].page; ref++)
		;
	KUNIT_ASSERT_LT(test, ref, FAKE_PEER_REFS);
	fake_gnt->peer[ref] = (struct fake_peer_entry) {
		.page = page, .readonly = readonly,
	};
	return ref;
}

bool fake_peer_end(grant_ref_t ref)
{
	if (fake_gnt->peer[ref].uses)
		return false;
	fake_gnt->peer[ref].page = NULL;
	return true;
}

unsigned int fake_peer_uses(grant_ref_t ref)
{
	return fake_gnt->peer[ref].uses;
}
