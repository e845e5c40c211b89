// SPDX-License-Identifier: GPL-2.0

#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <linux/errno.h>
#include <linux/slab.h>

#include <asm/xen/hypercall.h>
#include <xen/interface/memory.h>
#include <xen/xen.h>

#include "fake_table.h"

static struct fake_table *current_fake(void)
{
	return kunit_get_current_test()->priv;
}

static int query_size(struct fake_table *fake, struct gnttab_query_size *query)
{
	if (fake->query_error)
		return fake->query_error;
	query->nr_frames = 1;
	query->max_nr_frames = fake->max_frames;
	query->status = GNTST_okay;
	return 0;
}

static int set_version(struct fake_table *fake, struct gnttab_set_version *set)
{
	KUNIT_EXPECT_EQ(kunit_get_current_test(), set->version, 1);
	return fake->set_version_error;
}

static int get_version(struct fake_table *fake, struct gnttab_get_version *get)
{
	KUNIT_EXPECT_EQ(kunit_get_current_test(), get->dom, DOMID_SELF);
	get->version = fake->version;
	return fake->get_version_error;
}

static int fake_grant_table_op(unsigned int cmd, void *uop, unsigned int count)
{
	struct fake_table *fake = current_fake();

	switch (cmd) {
	case GNTTABOP_query_size:
		return query_size(fake, uop);
	case GNTTABOP_set_version:
		return set_version(fake, uop);
	case GNTTABOP_get_version:
		return get_version(fake, uop);
	default:
		KUNIT_FAIL(kunit_get_current_test(), "grant op %u", cmd);
		return -EOPNOTSUPP;
	}
}

static long fake_memory_op(unsigned int cmd, void *arg)
{
	struct kunit *test = kunit_get_current_test();
	struct fake_table *fake = current_fake();
	struct xen_add_to_physmap *place = arg;
	xen_pfn_t *pfn = xen_auto_xlat_grant_frames.pfn;

	KUNIT_EXPECT_EQ(test, cmd, XENMEM_add_to_physmap);
	KUNIT_EXPECT_EQ(test, place->domid, DOMID_SELF);
	KUNIT_EXPECT_EQ(test, place->space, XENMAPSPACE_grant_table);
	KUNIT_ASSERT_LT(test, place->idx, (xen_ulong_t)FAKE_FRAMES);
	KUNIT_EXPECT_EQ(test, place->gpfn, pfn[place->idx]);

	if (place->idx == fake->fail_frame)
		return -ENOMEM;
	KUNIT_ASSERT_LT(test, fake->nr_placed, ARRAY_SIZE(fake->placed));
	fake->placed[fake->nr_placed++] = place->idx;
	return 0;
}

int fake_table_setup(struct kunit *test)
{
	struct fake_table *fake;
	xen_pfn_t *pfn;
	unsigned int i;

	if (xen_domain())
		kunit_skip(test, "would replace the grant table in use");

	fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->max_frames = FAKE_FRAMES;
	fake->fail_frame = FAKE_NONE;

	pfn = kunit_kcalloc(test, FAKE_FRAMES, sizeof(*pfn), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pfn);
	for (i = 0; i < FAKE_FRAMES; i++)
		pfn[i] = 0x1000 + i;

	fake->saved_frames = xen_auto_xlat_grant_frames;
	xen_auto_xlat_grant_frames = (struct grant_frames) {
		.pfn = pfn,
		.count = FAKE_FRAMES,
		.vaddr = kunit_kzalloc(test, FAKE_FRAMES * XEN_PAGE_SIZE,
				       GFP_KERNEL),
	};
	test->priv = fake;
	KUNIT_ASSERT_NOT_NULL(test, xen_auto_xlat_grant_frames.vaddr);

	kunit_activate_static_stub(test, HYPERVISOR_grant_table_op,
				   fake_grant_table_op);
	kunit_activate_static_stub(test, HYPERVISOR_memory_op, fake_memory_op);
	return 0;
}

int fake_table_start(struct kunit *test)
{
	struct fake_table *fake;

	fake_table_setup(test);
	KUNIT_ASSERT_EQ(test, gnttab_init(), 0);
	fake = test->priv;
	fake->nr_placed = 0;
	return 0;
}

void fake_table_exit(struct kunit *test)
{
	struct fake_table *fake = test->priv;

	if (!fake)
		return;
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	gnttab_reset();
	xen_auto_xlat_grant_frames = fake->saved_frames;
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

	gnttab_access_usage(&usage);
	return usage.deferred;
}
