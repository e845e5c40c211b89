// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the page cache, the walks over pages in pieces of one grant, and
 * buffers for DMA.
 */

#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>

#include <asm/xen/hypercall.h>
#include <xen/interface/memory.h>

#include "grant.h"

#define NR	40

/**
 * struct pages_fake - state of a test
 * @cache: under test
 * @pages: what goes through it
 * @nr_new: pages that the allocator behind the cache gave
 * @nr_freed: pages that it got back
 * @largest_free: most pages in one of those calls
 * @take: how many pages Xen takes at most
 * @give: how many pages Xen gives at most
 * @taken: pages that Xen took
 * @given: pages that Xen gave
 */
struct pages_fake {
	struct gnttab_page_cache cache;
	struct page *pages[NR];
	unsigned int nr_new;
	unsigned int nr_freed;
	int largest_free;
	long take;
	long give;
	long taken;
	long given;
};

static struct pages_fake *current_fake(void)
{
	return kunit_get_current_test()->priv;
}

static int fake_alloc_pages(int nr_pages, struct page **pages)
{
	struct pages_fake *fake = current_fake();

	KUNIT_EXPECT_EQ(kunit_get_current_test(), nr_pages, 1);
	if (fake->nr_new == NR)
		return -ENOMEM;
	pages[0] = fake->pages[fake->nr_new++];
	return 0;
}

static void fake_free_pages(int nr_pages, struct page **pages)
{
	struct pages_fake *fake = current_fake();

	fake->nr_freed += nr_pages;
	fake->largest_free = max(fake->largest_free, nr_pages);
}

static int pages_suite_init(struct kunit *test)
{
	struct pages_fake *fake = kunit_kzalloc(test, sizeof(*fake),
						GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, fake);
	test->priv = fake;
	for (i = 0; i < NR; i++) {
		fake->pages[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, fake->pages[i]);
	}
	gnttab_page_cache_init(&fake->cache);
	kunit_activate_static_stub(test, gnttab_alloc_pages, fake_alloc_pages);
	kunit_activate_static_stub(test, gnttab_free_pages, fake_free_pages);
	return 0;
}

static void pages_suite_exit(struct kunit *test)
{
	struct pages_fake *fake = test->priv;
	unsigned int i;

	for (i = 0; fake && i < NR && fake->pages[i]; i++)
		__free_page(fake->pages[i]);
}

static void cache_gives_last_put(struct kunit *test)
{
	struct pages_fake *fake = test->priv;
	struct page *page = NULL;

	gnttab_page_cache_put(&fake->cache, fake->pages, 2);
	KUNIT_EXPECT_EQ(test, fake->cache.num_pages, 2);
	KUNIT_EXPECT_EQ(test, gnttab_page_cache_get(&fake->cache, &page), 0);
	KUNIT_EXPECT_PTR_EQ(test, page, fake->pages[1]);
	KUNIT_EXPECT_EQ(test, gnttab_page_cache_get(&fake->cache, &page), 0);
	KUNIT_EXPECT_PTR_EQ(test, page, fake->pages[0]);
	KUNIT_EXPECT_EQ(test, fake->cache.num_pages, 0);
	KUNIT_EXPECT_EQ(test, fake->nr_new, 0);
}

static void cache_empty(struct kunit *test)
{
	struct pages_fake *fake = test->priv;
	struct page *page = NULL;

	KUNIT_EXPECT_EQ(test, gnttab_page_cache_get(&fake->cache, &page), 0);
	KUNIT_EXPECT_PTR_EQ(test, page, fake->pages[0]);
	KUNIT_EXPECT_EQ(test, fake->nr_new, 1);

	fake->nr_new = NR;
	KUNIT_EXPECT_EQ(test, gnttab_page_cache_get(&fake->cache, &page),
			-ENOMEM);
	KUNIT_EXPECT_EQ(test, fake->cache.num_pages, 0);
}

static void cache_shrinks(struct kunit *test)
{
	struct pages_fake *fake = test->priv;

	gnttab_page_cache_put(&fake->cache, fake->pages, NR);
	gnttab_page_cache_shrink(&fake->cache, NR);
	KUNIT_EXPECT_EQ(test, fake->nr_freed, 0);
	gnttab_page_cache_shrink(&fake->cache, 3);
	KUNIT_EXPECT_EQ(test, fake->nr_freed, NR - 3);
	KUNIT_EXPECT_EQ(test, fake->cache.num_pages, 3);
	KUNIT_EXPECT_LE(test, fake->largest_free, 16);
	gnttab_page_cache_shrink(&fake->cache, 0);
	KUNIT_EXPECT_EQ(test, fake->nr_freed, NR);
	KUNIT_EXPECT_EQ(test, fake->cache.num_pages, 0);
}

static void private_flag(struct kunit *test)
{
	struct pages_fake *fake = test->priv;

	KUNIT_EXPECT_EQ(test, gnttab_pages_set_private(2, fake->pages), 0);
	KUNIT_EXPECT_TRUE(test, PagePrivate(fake->pages[0]));
	KUNIT_EXPECT_TRUE(test, PagePrivate(fake->pages[1]));
	KUNIT_EXPECT_FALSE(test, PagePrivate(fake->pages[2]));

	set_page_private(fake->pages[1], 5);
	gnttab_pages_clear_private(2, fake->pages);
	KUNIT_EXPECT_FALSE(test, PagePrivate(fake->pages[0]));
	KUNIT_EXPECT_FALSE(test, PagePrivate(fake->pages[1]));
	KUNIT_EXPECT_EQ(test, page_private(fake->pages[1]), 0);
}

struct walk {
	unsigned int nr;
	unsigned long gfn[4];
	unsigned int offset[4];
	unsigned int len[4];
};

static void note_chunk(unsigned long gfn, unsigned int offset,
		       unsigned int len, void *data)
{
	struct walk *walk = data;

	if (walk->nr < ARRAY_SIZE(walk->gfn)) {
		walk->gfn[walk->nr] = gfn;
		walk->offset[walk->nr] = offset;
		walk->len[walk->nr] = len;
	}
	walk->nr++;
}

static void walk_range(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 1);
	unsigned long gfn;
	struct walk walk;

	KUNIT_ASSERT_NOT_NULL(test, page);
	gfn = xen_page_to_gfn(page);

	memset(&walk, 0, sizeof(walk));
	gnttab_foreach_grant_in_range(page, 100, 200, note_chunk, &walk);
	KUNIT_EXPECT_EQ(test, walk.nr, 1);
	KUNIT_EXPECT_EQ(test, walk.gfn[0], gfn);
	KUNIT_EXPECT_EQ(test, walk.offset[0], 100);
	KUNIT_EXPECT_EQ(test, walk.len[0], 200);

	memset(&walk, 0, sizeof(walk));
	gnttab_foreach_grant_in_range(page, 4000, 4192, note_chunk, &walk);
	KUNIT_EXPECT_EQ(test, walk.nr, 2);
	KUNIT_EXPECT_EQ(test, walk.len[0], 96);
	KUNIT_EXPECT_EQ(test, walk.gfn[1], gfn + 1);
	KUNIT_EXPECT_EQ(test, walk.offset[1], 0);
	KUNIT_EXPECT_EQ(test, walk.len[1], 4096);

	memset(&walk, 0, sizeof(walk));
	gnttab_foreach_grant_in_range(page, PAGE_SIZE + 8, 8, note_chunk,
				      &walk);
	KUNIT_EXPECT_EQ(test, walk.nr, 1);
	KUNIT_EXPECT_EQ(test, walk.gfn[0], gfn + 1);
	KUNIT_EXPECT_EQ(test, walk.offset[0], 8);

	memset(&walk, 0, sizeof(walk));
	gnttab_foreach_grant_in_range(page, 0, 0, note_chunk, &walk);
	KUNIT_EXPECT_EQ(test, walk.nr, 0);
	gnttab_for_one_grant(page, 4000, 4096, note_chunk, &walk);
	KUNIT_EXPECT_EQ(test, walk.nr, 1);
	KUNIT_EXPECT_EQ(test, walk.len[0], 96);
	__free_pages(page, 1);
}

static void walk_pages(struct kunit *test)
{
	struct pages_fake *fake = test->priv;
	struct walk walk = {};

	gnttab_foreach_grant(fake->pages, 3, note_chunk, &walk);
	KUNIT_EXPECT_EQ(test, walk.nr, 3);
	KUNIT_EXPECT_EQ(test, walk.gfn[2], xen_page_to_gfn(fake->pages[2]));
	KUNIT_EXPECT_EQ(test, walk.offset[2], 0);
	KUNIT_EXPECT_EQ(test, walk.len[2], XEN_PAGE_SIZE);
}

#ifdef CONFIG_XEN_GRANT_DMA_ALLOC
static long fake_memory_op(unsigned int cmd, void *arg)
{
	struct pages_fake *fake = current_fake();
	struct xen_memory_reservation *reservation = arg;
	long nr = reservation->nr_extents;

	switch (cmd) {
	case XENMEM_decrease_reservation:
		nr = min(nr, fake->take);
		fake->taken += nr;
		return nr;
	case XENMEM_populate_physmap:
		nr = min(nr, fake->give);
		fake->given += nr;
		return nr;
	default:
		KUNIT_FAIL(kunit_get_current_test(), "memory op %u", cmd);
		return -EOPNOTSUPP;
	}
}

static void dma_setup(struct kunit *test, struct gnttab_dma_alloc_args *args)
{
	struct pages_fake *fake = test->priv;
	struct device *dev = kunit_device_register(test, "grant-dma");

	KUNIT_ASSERT_FALSE(test, IS_ERR(dev));
	KUNIT_ASSERT_EQ(test, dma_coerce_mask_and_coherent(dev,
							   DMA_BIT_MASK(64)),
			0);
	kunit_activate_static_stub(test, HYPERVISOR_memory_op, fake_memory_op);
	fake->take = 4;
	fake->give = 4;
	*args = (struct gnttab_dma_alloc_args) {
		.dev = dev,
		.coherent = true,
		.nr_pages = 4,
		.pages = kunit_kcalloc(test, 4, sizeof(struct page *),
				       GFP_KERNEL),
		.frames = kunit_kcalloc(test, 4, sizeof(xen_pfn_t),
					GFP_KERNEL),
	};
	KUNIT_ASSERT_NOT_NULL(test, args->pages);
	KUNIT_ASSERT_NOT_NULL(test, args->frames);
}

static void dma_alloc_and_free(struct kunit *test)
{
	struct pages_fake *fake = test->priv;
	struct gnttab_dma_alloc_args args;

	dma_setup(test, &args);
	KUNIT_ASSERT_EQ(test, gnttab_dma_alloc_pages(&args), 0);
	KUNIT_EXPECT_EQ(test, fake->taken, 4);
	KUNIT_EXPECT_EQ(test, fake->given, 0);
	KUNIT_EXPECT_NOT_NULL(test, args.vaddr);
	KUNIT_EXPECT_EQ(test, args.frames[3], args.frames[0] + 3);
	KUNIT_EXPECT_PTR_EQ(test, args.pages[3], args.pages[0] + 3);
	KUNIT_EXPECT_TRUE(test, PagePrivate(args.pages[0]));

	KUNIT_EXPECT_EQ(test, gnttab_dma_free_pages(&args), 0);
	KUNIT_EXPECT_EQ(test, fake->given, 4);

	args.nr_pages = 0;
	KUNIT_EXPECT_EQ(test, gnttab_dma_alloc_pages(&args), -EINVAL);
}

static void dma_alloc_partly_taken(struct kunit *test)
{
	struct pages_fake *fake = test->priv;
	struct gnttab_dma_alloc_args args;

	dma_setup(test, &args);
	args.coherent = false;
	fake->take = 3;
	KUNIT_EXPECT_EQ(test, gnttab_dma_alloc_pages(&args), -EFAULT);
	/* Exactly those get memory again: the fourth still has its own */
	KUNIT_EXPECT_EQ(test, fake->taken, 3);
	KUNIT_EXPECT_EQ(test, fake->given, 3);
}

static void dma_free_without_memory(struct kunit *test)
{
	struct pages_fake *fake = test->priv;
	struct gnttab_dma_alloc_args args;

	dma_setup(test, &args);
	KUNIT_ASSERT_EQ(test, gnttab_dma_alloc_pages(&args), 0);
	fake->give = 1;
	KUNIT_EXPECT_EQ(test, gnttab_dma_free_pages(&args), -EFAULT);
	/* It was not freed, or this would be the second time */
	KUNIT_EXPECT_GT(test, page_count(args.pages[0]), 0);
	dma_free_coherent(args.dev, 4 * PAGE_SIZE, args.vaddr,
			  args.dev_bus_addr);
}
#endif /* CONFIG_XEN_GRANT_DMA_ALLOC */

static struct kunit_case pages_cases[] = {
	KUNIT_CASE(cache_gives_last_put),
	KUNIT_CASE(cache_empty),
	KUNIT_CASE(cache_shrinks),
	KUNIT_CASE(private_flag),
	KUNIT_CASE(walk_range),
	KUNIT_CASE(walk_pages),
#ifdef CONFIG_XEN_GRANT_DMA_ALLOC
	KUNIT_CASE(dma_alloc_and_free),
	KUNIT_CASE(dma_alloc_partly_taken),
	KUNIT_CASE(dma_free_without_memory),
#endif
	{}
};

static struct kunit_suite pages_suite = {
	.name = "xen_grant_pages",
	.init = pages_suite_init,
	.exit = pages_suite_exit,
	.test_cases = pages_cases,
};

kunit_test_suite(pages_suite);
