// SPDX-License-Identifier: GPL-2.0
/*
 * Setting up rings with the other end, and everything that can fail in it.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/string.h>
#include <xen/grant_table.h>
#include "../peer_ring.h"
#include "fake_store.h"

#define PAGES	4

static struct {
	int reserved;
	int granted;
	int mapped;
	int pages;
	int fail_at;
	int fail_reserve;
	int fail_pages;
	bool fail_unmap;
	struct xenbus_device xdev;
} ring;

static int fake_reserve(unsigned int num, grant_ref_t *head)
{
	if (ring.fail_reserve)
		return ring.fail_reserve;
	ring.reserved++;
	*head = 100;
	return 0;
}

static grant_ref_t fake_grant(grant_ref_t *head, domid_t domid, void *vaddr)
{
	if (ring.granted == ring.fail_at)
		return INVALID_GRANT_REF;
	ring.granted++;
	return (*head)++;
}

static void fake_end(grant_ref_t ref)
{
	ring.granted--;
}

static void fake_release(grant_ref_t head)
{
	ring.reserved--;
}

static int fake_get_pages(unsigned int num, struct page **pages)
{
	unsigned int i;

	if (ring.fail_pages)
		return ring.fail_pages;
	for (i = 0; i < num; i++)
		pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO | __GFP_NOFAIL);
	ring.pages += num;
	return 0;
}

static void fake_put_pages(unsigned int num, struct page **pages)
{
	ring.pages -= num;
	while (num--)
		__free_page(pages[num]);
}

static void fake_map(struct gnttab_map_grant_ref *ops, unsigned int num)
{
	unsigned int i;

	for (i = 0; i < num; i++) {
		ops[i].status = i == ring.fail_at ? GNTST_bad_gntref :
						    GNTST_okay;
		ops[i].handle = 50 + i;
		ring.mapped += ops[i].status == GNTST_okay;
	}
}

static int fake_unmap(struct gnttab_unmap_grant_ref *ops, unsigned int num)
{
	unsigned int i;

	for (i = 0; i < num; i++) {
		ops[i].status = ring.fail_unmap ? GNTST_bad_handle : GNTST_okay;
		ring.mapped -= ops[i].status == GNTST_okay;
	}
	return 0;
}

static void no_release(struct device *dev)
{
}

static int ring_init(struct kunit *test)
{
	int err = fake_store_init(test);

	if (err)
		return err;
	memset(&ring, 0, sizeof(ring));
	ring.fail_at = -1;
	ring.xdev.nodename = "device/ring/0";
	ring.xdev.otherend_id = 1;
	ring.xdev.state = XenbusStateInitialising;
	ring.xdev.dev.release = no_release;
	device_initialize(&ring.xdev.dev);
	fake_set(test->priv, "device/ring/0/state", "1");
	kunit_activate_static_stub(test, peer_reserve_grants, fake_reserve);
	kunit_activate_static_stub(test, peer_grant, fake_grant);
	kunit_activate_static_stub(test, peer_end_grant, fake_end);
	kunit_activate_static_stub(test, peer_release_grants, fake_release);
	kunit_activate_static_stub(test, peer_get_pages, fake_get_pages);
	kunit_activate_static_stub(test, peer_put_pages, fake_put_pages);
	kunit_activate_static_stub(test, peer_map_batch, fake_map);
	kunit_activate_static_stub(test, peer_unmap_batch, fake_unmap);
	return dev_set_name(&ring.xdev.dev, "ring-0");
}

static void ring_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	KUNIT_EXPECT_EQ(test, ring.granted, 0);
	KUNIT_EXPECT_EQ(test, ring.reserved, 0);
	put_device(&ring.xdev.dev);
	fake_store_exit(test);
}

static void expect_failed(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, fake_get(test->priv, "device/ring/0/state"),
			   "5");
}

static void setup_and_teardown(struct kunit *test)
{
	grant_ref_t refs[PAGES];
	void *vaddr = NULL;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, xenbus_setup_ring(&ring.xdev, GFP_KERNEL, &vaddr,
						PAGES, refs), 0);
	KUNIT_EXPECT_EQ(test, ring.granted, PAGES);
	KUNIT_EXPECT_EQ(test, refs[PAGES - 1], 100 + PAGES - 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(vaddr, 0, PAGES * XEN_PAGE_SIZE));
	for (i = 0; i < 2; i++) {
		xenbus_teardown_ring(&vaddr, PAGES, refs);
		KUNIT_EXPECT_NULL(test, vaddr);
		KUNIT_EXPECT_EQ(test, refs[0], INVALID_GRANT_REF);
		KUNIT_EXPECT_EQ(test, ring.granted, 0);
	}
}

static void expect_no_ring(struct kunit *test, int err)
{
	void *vaddr = (void *)1;
	grant_ref_t refs[PAGES];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, xenbus_setup_ring(&ring.xdev, GFP_KERNEL, &vaddr,
						PAGES, refs), err);
	KUNIT_EXPECT_NULL(test, vaddr);
	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ(test, refs[i], INVALID_GRANT_REF);
	KUNIT_EXPECT_EQ(test, ring.granted, 0);
	expect_failed(test);
}

static void no_references(struct kunit *test)
{
	ring.fail_reserve = -ENOSPC;
	expect_no_ring(test, -ENOSPC);
}

static void grant_fails_midway(struct kunit *test)
{
	ring.fail_at = 2;
	expect_no_ring(test, -ENOSPC);
}

static void map_and_unmap(struct kunit *test)
{
	grant_ref_t refs[XENBUS_MAX_RING_GRANTS] = { 5, 6, 7, 8 };
	void *vaddr;

	KUNIT_ASSERT_EQ(test, xenbus_map_ring_valloc(&ring.xdev, refs, PAGES,
						     &vaddr), 0);
	KUNIT_EXPECT_EQ(test, ring.mapped, PAGES);
	memset(vaddr, 0x5a, PAGES * XEN_PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, xenbus_unmap_ring_vfree(&ring.xdev, vaddr),
			GNTST_okay);
	KUNIT_EXPECT_EQ(test, ring.mapped, 0);
	KUNIT_EXPECT_EQ(test, ring.pages, 0);
	KUNIT_EXPECT_EQ(test, xenbus_unmap_ring_vfree(&ring.xdev, vaddr),
			GNTST_bad_virt_addr);
}

static void map_fails(struct kunit *test)
{
	grant_ref_t refs[XENBUS_MAX_RING_GRANTS + 1] = { };
	void *vaddr = (void *)1;

	KUNIT_EXPECT_EQ(test, xenbus_map_ring_valloc(&ring.xdev, refs,
						     ARRAY_SIZE(refs), &vaddr),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, xenbus_map_ring_valloc(&ring.xdev, refs, 0,
						     &vaddr), -EINVAL);
	ring.fail_at = 1;
	KUNIT_EXPECT_EQ(test, xenbus_map_ring_valloc(&ring.xdev, refs, PAGES,
						     &vaddr), -EIO);
	KUNIT_EXPECT_NULL(test, vaddr);
	KUNIT_EXPECT_EQ(test, ring.mapped, 0);
	KUNIT_EXPECT_EQ(test, ring.pages, 0);
	expect_failed(test);
	ring.fail_pages = -ENOMEM;
	KUNIT_EXPECT_EQ(test, xenbus_map_ring_valloc(&ring.xdev, refs, PAGES,
						     &vaddr), -ENOMEM);
}

/* What cannot be unmapped is not given back. */
static void unmap_fails(struct kunit *test)
{
	grant_ref_t refs[1] = { 5 };
	struct page *page;
	void *vaddr;

	KUNIT_ASSERT_EQ(test, xenbus_map_ring_valloc(&ring.xdev, refs, 1,
						     &vaddr), 0);
	page = vmalloc_to_page(vaddr);
	ring.fail_unmap = true;
	KUNIT_EXPECT_EQ(test, xenbus_unmap_ring_vfree(&ring.xdev, vaddr),
			GNTST_bad_handle);
	KUNIT_EXPECT_EQ(test, ring.pages, 1);
	__free_page(page);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(setup_and_teardown),
	KUNIT_CASE(no_references),
	KUNIT_CASE(grant_fails_midway),
	KUNIT_CASE(map_and_unmap),
	KUNIT_CASE(map_fails),
	KUNIT_CASE(unmap_fails),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "xen_xenbus_ring",
	.init = ring_init,
	.exit = ring_exit,
	.test_cases = ring_cases,
};

kunit_test_suite(ring_suite);
