// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of addresses without memory. The page structures are real and stay: their
 * addresses are in a hole of the physical address space of whatever machine runs
 * the tests, and nobody touches what is not there.
 */
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include <xen/xen.h>

#include "fake_memory.h"

#define NR	40

/**
 * struct unpopulated_test - state of a test
 * @memory: for the fallback to the balloon
 * @saved: where the system's own pages come from
 */
struct unpopulated_test {
	struct fake_memory *memory;
	struct resource *saved;
};

static struct unpopulated_test state;

static unsigned long unit(void)
{
	return memremap_compat_align() >> PAGE_SHIFT;
}

static int unpopulated_test_init(struct kunit *test)
{
	int err = fake_memory_init(test);

	if (err)
		return err;
	state.memory = test->priv;
	state.saved = unpopulated_set_space(&iomem_resource);
	return 0;
}

static void unpopulated_test_exit(struct kunit *test)
{
	unpopulated_set_space(state.saved);
	fake_memory_exit(test);
}

static int compare_pages(const void *a, const void *b)
{
	unsigned long left = page_to_pfn(*(struct page **)a);
	unsigned long right = page_to_pfn(*(struct page **)b);

	return left < right ? -1 : left > right;
}

static void makes_pages(struct kunit *test)
{
	unsigned long used = unpopulated_used_pages();
	struct page *pages[NR];
	unsigned int i, left;

	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(NR, pages), 0);
	left = unpopulated_free_pages();
	KUNIT_EXPECT_EQ(test, unpopulated_used_pages(), used + NR);
	sort(pages, NR, sizeof(pages[0]), compare_pages, NULL);
	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_TRUE(test, is_zone_device_page(pages[i]));
		KUNIT_EXPECT_EQ(test, page_count(pages[i]), 1);
		KUNIT_EXPECT_EQ(test, region_intersects(page_to_phys(pages[i]),
							PAGE_SIZE,
							IORESOURCE_SYSTEM_RAM,
							IORES_DESC_NONE),
				REGION_DISJOINT);
		if (i)
			KUNIT_EXPECT_PTR_NE(test, pages[i], pages[i - 1]);
	}
	xen_free_unpopulated_pages(NR, pages);
	KUNIT_EXPECT_EQ(test, unpopulated_free_pages(), left + NR);
	KUNIT_EXPECT_EQ(test, unpopulated_used_pages(), used);
	KUNIT_EXPECT_EQ(test, state.memory->nr_calls, 0);
}

static void uses_pages_again(struct kunit *test)
{
	struct page *first[NR], *second[NR];
	unsigned int i, left;

	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(NR, first), 0);
	left = unpopulated_free_pages();
	xen_free_unpopulated_pages(NR, first);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(NR, second), 0);
	KUNIT_EXPECT_EQ(test, unpopulated_free_pages(), left);
	for (i = 0; i < NR; i++)
		KUNIT_EXPECT_PTR_EQ(test, second[i], first[i]);
	xen_free_unpopulated_pages(NR, second);
}

/* The caller frees the array and what is in it. */
static struct page **take_all(struct kunit *test, unsigned int *nr)
{
	struct page **pages;

	*nr = unpopulated_free_pages();
	pages = kunit_kcalloc(test, *nr + 1, sizeof(*pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(*nr, pages), 0);
	KUNIT_EXPECT_EQ(test, unpopulated_free_pages(), 0);
	return pages;
}

static void grows_by_units(struct kunit *test)
{
	struct page **all, *one;
	unsigned int nr;

	all = take_all(test, &nr);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(1, &one), 0);
	KUNIT_EXPECT_EQ(test, (unpopulated_free_pages() + 1) % unit(), 0);
	KUNIT_EXPECT_GE(test, unpopulated_free_pages() + 1, unit());
	xen_free_unpopulated_pages(1, &one);
	xen_free_unpopulated_pages(nr, all);
}

/* A piece of the physical address space; stays, as pages are made there. */
static struct resource *new_hole(struct kunit *test, unsigned long nr_pages)
{
	struct resource *hole = kzalloc(sizeof(*hole), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, hole);
	hole->name = "Xen scratch test";
	hole->flags = IORESOURCE_MEM;
	KUNIT_ASSERT_EQ(test,
			allocate_resource(&iomem_resource, hole,
					  PFN_PHYS(nr_pages), 0, -1,
					  PFN_PHYS(unit()), NULL, NULL), 0);
	return hole;
}

/* A hole of two units is used up, and what does not fit fails as a whole. */
static void ends_of_the_address_space(struct kunit *test)
{
	struct resource *hole = new_hole(test, 2 * unit());
	struct page **all, **some, *one = NULL;
	static struct resource outside;
	unsigned int nr;

	all = take_all(test, &nr);
	some = kunit_kcalloc(test, 2 * unit() + 1, sizeof(*some), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, some);

	/* As its own root it has nothing to fall back to. */
	outside = (struct resource) {
		.start = hole->start,
		.end = hole->end,
		.flags = IORESOURCE_MEM,
	};
	unpopulated_set_space(&outside);
	KUNIT_EXPECT_LT(test,
			xen_alloc_unpopulated_pages(2 * unit() + 1, some), 0);
	KUNIT_EXPECT_EQ(test, unpopulated_free_pages(), 0);
	KUNIT_EXPECT_NULL(test, some[0]);

	KUNIT_ASSERT_EQ(test,
			xen_alloc_unpopulated_pages(2 * unit(), some), 0);
	KUNIT_EXPECT_EQ(test, page_to_phys(some[0]), hole->start);
	KUNIT_EXPECT_LT(test, xen_alloc_unpopulated_pages(1, &one), 0);
	KUNIT_EXPECT_NULL(test, one);

	xen_free_unpopulated_pages(2 * unit(), some);
	KUNIT_EXPECT_EQ(test, xen_alloc_unpopulated_pages(1, &one), 0);
	xen_free_unpopulated_pages(1, &one);
	xen_free_unpopulated_pages(nr, all);
}

/* Inside of a larger space, the latter is the fallback. */
static void prefers_where_it_is_told(struct kunit *test)
{
	struct resource *hole = new_hole(test, unit());
	struct page **all, **some;
	unsigned int nr;

	all = take_all(test, &nr);
	some = kunit_kcalloc(test, 2 * unit(), sizeof(*some), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, some);

	unpopulated_set_space(hole);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(unit(), some), 0);
	KUNIT_EXPECT_EQ(test, page_to_phys(some[0]), hole->start);
	KUNIT_ASSERT_EQ(test,
			xen_alloc_unpopulated_pages(unit(), some + unit()), 0);
	KUNIT_EXPECT_TRUE(test, page_to_phys(some[unit()]) < hole->start ||
			  page_to_phys(some[unit()]) > hole->end);

	xen_free_unpopulated_pages(2 * unit(), some);
	xen_free_unpopulated_pages(nr, all);
}

static void falls_back_to_the_balloon(struct kunit *test)
{
	unsigned int left = unpopulated_free_pages();
	struct page *pages[NR];

	unpopulated_set_space(NULL);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(NR, pages), 0);
	KUNIT_EXPECT_FALSE(test, is_zone_device_page(pages[0]));
	fake_memory_check(test, NR);
	xen_free_unpopulated_pages(NR, pages);
	fake_memory_check(test, 0);
	KUNIT_EXPECT_EQ(test, unpopulated_free_pages(), left);
}

static struct kunit_case unpopulated_cases[] = {
	KUNIT_CASE(makes_pages),
	KUNIT_CASE(uses_pages_again),
	KUNIT_CASE(grows_by_units),
	KUNIT_CASE(ends_of_the_address_space),
	KUNIT_CASE(prefers_where_it_is_told),
	KUNIT_CASE(falls_back_to_the_balloon),
	{}
};

static struct kunit_suite unpopulated_suite = {
	.name = "xen_balloon_unpopulated",
	.init = unpopulated_test_init,
	.exit = unpopulated_test_exit,
	.test_cases = unpopulated_cases,
};

kunit_test_suite(unpopulated_suite);
