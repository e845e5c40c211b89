// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of taking addresses from the memory that is not dom0's.
 */
#include <kunit/test.h>

#include <linux/ioport.h>
#include <linux/range.h>
#include <linux/sizes.h>

#include <asm/e820/api.h>

#include "xen-arch.h"

#define MAX_RANGES	8

static struct e820_table map;
static struct range limits;
static struct resource space, ranges[MAX_RANGES];

static int physmap_init(struct kunit *test)
{
	space = (struct resource) {
		.name = "test",
		.end = 64ULL * SZ_1G - 1,
		.flags = IORESOURCE_MEM,
	};
	limits = (struct range) { .end = -1 };
	map.nr_entries = 0;
	return 0;
}

/* As the kernel does at boot: all of the map becomes resources. */
static void add_to_map(struct kunit *test, u64 start, u64 size,
		       enum e820_type type)
{
	struct resource *res = &ranges[map.nr_entries];

	*res = (struct resource) {
		.name = "range",
		.start = start,
		.end = start + size - 1,
		.flags = IORESOURCE_MEM | IORESOURCE_BUSY,
	};
	KUNIT_ASSERT_EQ(test, request_resource(&space, res), 0);
	map.entries[map.nr_entries++] = (struct e820_entry) {
		.addr = start, .size = size, .type = type,
	};
}

/* 512 MB of dom0's, then 1 GB of others', from an odd address on */
static void add_machine(struct kunit *test)
{
	add_to_map(test, 0, SZ_512M + SZ_64K, E820_TYPE_RAM);
	add_to_map(test, SZ_512M + SZ_64K, SZ_1G - SZ_64K, E820_TYPE_UNUSABLE);
	add_to_map(test, SZ_512M + SZ_1G, SZ_64K, E820_TYPE_RESERVED);
}

static int claim(struct resource *res, u64 size, u64 align)
{
	*res = (struct resource) { .flags = IORESOURCE_MEM };
	return xen_claim_unusable(&space, &map, &limits, res, size, align);
}

static void takes_what_is_unusable(struct kunit *test)
{
	struct resource first, second;

	add_machine(test);
	KUNIT_ASSERT_EQ(test, claim(&first, SZ_4M, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, first.start, SZ_512M + SZ_2M);
	KUNIT_EXPECT_EQ(test, resource_size(&first), SZ_4M);
	KUNIT_EXPECT_PTR_EQ(test, first.parent, &ranges[1]);

	KUNIT_ASSERT_EQ(test, claim(&second, SZ_128M, SZ_128M), 0);
	KUNIT_EXPECT_EQ(test, second.start, SZ_512M + SZ_128M);
	KUNIT_EXPECT_EQ(test, resource_size(&second), SZ_128M);
}

static void fills_gaps(struct kunit *test)
{
	struct resource block, one, two;

	add_machine(test);
	KUNIT_ASSERT_EQ(test, claim(&block, SZ_128M, SZ_128M), 0);
	KUNIT_ASSERT_EQ(test, claim(&one, SZ_64M, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, one.start, SZ_512M + SZ_2M);
	/* What is left before the block is too little. */
	KUNIT_ASSERT_EQ(test, claim(&two, SZ_64M, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, two.start, SZ_512M + SZ_256M);

	release_resource(&one);
	KUNIT_ASSERT_EQ(test, claim(&one, SZ_2M, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, one.start, SZ_512M + SZ_2M);
}

static void goes_on_in_the_next(struct kunit *test)
{
	struct resource res;

	add_to_map(test, SZ_1G, SZ_2M, E820_TYPE_UNUSABLE);
	add_to_map(test, SZ_4G, SZ_1G, E820_TYPE_RAM);
	add_to_map(test, SZ_4G + SZ_1G, SZ_1G, E820_TYPE_UNUSABLE);
	KUNIT_ASSERT_EQ(test, claim(&res, SZ_4M, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, res.start, SZ_4G + SZ_1G);
}

static void ends(struct kunit *test)
{
	struct resource all, more;

	add_machine(test);
	KUNIT_EXPECT_EQ(test, claim(&more, SZ_1G, SZ_2M), -ENOSPC);
	KUNIT_ASSERT_EQ(test, claim(&all, SZ_1G - SZ_2M, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, all.end, ranges[1].end);
	KUNIT_EXPECT_EQ(test, claim(&more, SZ_4K, SZ_4K), 0);
	KUNIT_EXPECT_EQ(test, more.start, ranges[1].start);
	KUNIT_EXPECT_EQ(test, claim(&more, SZ_2M, SZ_2M), -ENOSPC);
}

/* Neither RAM nor what the firmware keeps, and nothing without a resource */
static void leaves_the_rest_alone(struct kunit *test)
{
	struct resource res;

	add_to_map(test, SZ_1G, SZ_1G, E820_TYPE_RAM);
	add_to_map(test, SZ_2G, SZ_64M, E820_TYPE_RESERVED);
	add_to_map(test, SZ_4G, SZ_64M, E820_TYPE_ACPI);
	KUNIT_EXPECT_EQ(test, claim(&res, SZ_2M, SZ_2M), -ENOSPC);
	map.entries[map.nr_entries++] = (struct e820_entry) {
		.addr = 32ULL * SZ_1G, .size = SZ_1G,
		.type = E820_TYPE_UNUSABLE,
	};
	KUNIT_EXPECT_EQ(test, claim(&res, SZ_2M, SZ_2M), -ENOSPC);
}

/* Memory that cannot be mapped is of no use. */
static void keeps_to_the_limits(struct kunit *test)
{
	struct resource res, more;

	add_machine(test);
	limits.start = SZ_512M + SZ_4M + SZ_4K;
	limits.end = SZ_512M + SZ_8M + SZ_2M - 1;
	KUNIT_EXPECT_EQ(test, claim(&res, SZ_8M, SZ_2M), -ENOSPC);
	KUNIT_ASSERT_EQ(test, claim(&res, SZ_4M, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, res.start, SZ_512M + SZ_4M + SZ_2M);
	KUNIT_EXPECT_EQ(test, res.end, limits.end);
	KUNIT_EXPECT_EQ(test, claim(&more, SZ_2M, SZ_2M), -ENOSPC);

	/* All of what is unusable is behind the end, or before the start. */
	limits = (struct range) { .end = SZ_512M - 1 };
	KUNIT_EXPECT_EQ(test, claim(&more, SZ_4K, SZ_4K), -ENOSPC);
	limits = (struct range) { .start = SZ_2G, .end = -1 };
	KUNIT_EXPECT_EQ(test, claim(&more, SZ_4K, SZ_4K), -ENOSPC);
}

/* Where the sum of address and size wraps around */
static void top_of_the_address_space(struct kunit *test)
{
	struct resource res;

	space.end = -1;
	add_to_map(test, -(u64)SZ_4M, SZ_4M, E820_TYPE_UNUSABLE);
	KUNIT_EXPECT_EQ(test, claim(&res, SZ_8M, SZ_2M), -ENOSPC);
	KUNIT_ASSERT_EQ(test, claim(&res, SZ_4M, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, res.end, space.end);
	KUNIT_EXPECT_EQ(test, claim(&res, SZ_2M, SZ_2M), -ENOSPC);
}

static struct kunit_case physmap_cases[] = {
	KUNIT_CASE(takes_what_is_unusable),
	KUNIT_CASE(fills_gaps),
	KUNIT_CASE(goes_on_in_the_next),
	KUNIT_CASE(ends),
	KUNIT_CASE(leaves_the_rest_alone),
	KUNIT_CASE(keeps_to_the_limits),
	KUNIT_CASE(top_of_the_address_space),
	{}
};

static struct kunit_suite physmap_suite = {
	.name = "xen_arch_physmap",
	.init = physmap_init,
	.test_cases = physmap_cases,
};

kunit_test_suite(physmap_suite);

MODULE_DESCRIPTION("Unit tests of the physical address space under Xen");
MODULE_LICENSE("GPL");
