// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of keeping the domain's RAM from being taken for holes.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/ioport.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <asm/e820/api.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/start_info.h>
#include <xen/interface/memory.h>

#include "xen-arch.h"

/* 1 GB below 4 GB, 4 GB above */
static const struct boot_e820_entry domain_map[] __initconst = {
	{ .addr = 0, .size = SZ_1G, .type = E820_TYPE_RAM },
	{ .addr = 0xfc000000, .size = SZ_64K, .type = E820_TYPE_ACPI },
	{ .addr = SZ_4G, .size = SZ_4G, .type = E820_TYPE_RAM },
};

static struct resource space;
static struct e820_table known;

static int __init memory_map_init(struct kunit *test)
{
	space = (struct resource) {
		.name = "test",
		.end = 64ULL * SZ_1G - 1,
		.flags = IORESOURCE_MEM,
	};
	known.nr_entries = 0;
	return 0;
}

static void __init memory_map_exit(struct kunit *test)
{
	struct resource *res;

	while ((res = space.child)) {
		release_resource(res);
		kfree(res);
	}
}

static void __init know(u64 addr, u64 size, enum e820_type type)
{
	known.entries[known.nr_entries++] = (struct e820_entry) {
		.addr = addr, .size = size, .type = type,
	};
}

static void __init reserve(void)
{
	xen_reserve_ram(&space, &known, domain_map, ARRAY_SIZE(domain_map));
}

/* The first resource from @res on is from @start to before @end; returns the next. */
static struct resource * __init expect_range(struct kunit *test,
					     struct resource *res, u64 start,
					     u64 end)
{
	KUNIT_ASSERT_NOT_NULL(test, res);
	KUNIT_EXPECT_EQ(test, res->start, start);
	KUNIT_EXPECT_EQ(test, res->end, end - 1);
	return res->sibling;
}

/* The lowest hole for something that is aligned to 2 MB */
static u64 __init lowest_hole(struct kunit *test)
{
	struct resource *hole = kzalloc(sizeof(*hole), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, hole);
	KUNIT_ASSERT_EQ(test,
			allocate_resource(&space, hole, SZ_2M, SZ_1M, -1,
					  SZ_2M, NULL, NULL), 0);
	return hole->start;
}

/* Its own memory is the first megabyte and what was set aside for it. */
static void __init crash_kernel(struct kunit *test)
{
	struct resource *res;

	know(0, SZ_1M, E820_TYPE_RAM);
	know(SZ_512M, SZ_128M, E820_TYPE_RAM);
	know(0xfc000000, SZ_64K, E820_TYPE_ACPI);
	reserve();
	res = expect_range(test, space.child, SZ_1M, SZ_512M);
	res = expect_range(test, res, SZ_512M + SZ_128M, SZ_1G);
	res = expect_range(test, res, SZ_4G, 2ULL * SZ_4G);
	KUNIT_EXPECT_NULL(test, res);

	/* Its own is in iomem_resource in fact. */
	reserve_region_with_split(&space, SZ_512M, SZ_512M + SZ_128M - 1, "own");
	KUNIT_EXPECT_EQ(test, lowest_hole(test), SZ_1G);
}

/* That Xen's map and ours are the same is the rule. */
static void __init all_is_known(struct kunit *test)
{
	know(0, SZ_1G, E820_TYPE_RAM);
	know(SZ_4G, SZ_4G, E820_TYPE_RAM);
	reserve();
	KUNIT_EXPECT_NULL(test, space.child);
}

/* memmap= makes something else of RAM, for a driver to find. */
static void __init other_types_are_kept(struct kunit *test)
{
	struct resource *res;

	know(0, SZ_256M, E820_TYPE_RAM);
	know(SZ_256M, SZ_512M, E820_TYPE_PRAM);
	know(SZ_256M + SZ_512M, SZ_128M, E820_TYPE_RESERVED);
	reserve();
	res = expect_range(test, space.child, SZ_1G - SZ_128M, SZ_1G);
	res = expect_range(test, res, SZ_4G, 2ULL * SZ_4G);
	KUNIT_EXPECT_NULL(test, res);
}

/* Nor is anything changed of what is already there. */
static void __init resources_are_kept(struct kunit *test)
{
	struct resource *res;

	know(0, SZ_1G, E820_TYPE_RAM);
	reserve_region_with_split(&space, SZ_4G + SZ_1G, SZ_4G + SZ_2G - 1,
				  "there");
	reserve();
	res = expect_range(test, space.child, SZ_4G, SZ_4G + SZ_1G);
	KUNIT_EXPECT_STREQ(test, res->name, "there");
	res = expect_range(test, res, SZ_4G + SZ_1G, SZ_4G + SZ_2G);
	res = expect_range(test, res, SZ_4G + SZ_2G, 2ULL * SZ_4G);
	KUNIT_EXPECT_NULL(test, res);
}

/* What is beyond the address space, or wraps around, is no RAM of anybody's. */
static void __init map_out_of_range(struct kunit *test)
{
	static const struct boot_e820_entry map[] __initconst = {
		{ .addr = -SZ_2M, .size = SZ_1G, .type = E820_TYPE_RAM },
		{ .addr = SZ_1G, .size = SZ_4G, .type = E820_TYPE_RAM },
		{ .addr = SZ_4G + SZ_4G, .size = SZ_1G, .type = E820_TYPE_RAM },
		{ .addr = SZ_64K, .size = SZ_64K, .type = E820_TYPE_RAM },
	};

	space.end = SZ_2G - 1;
	xen_reserve_ram(&space, &known, map, ARRAY_SIZE(map));
	KUNIT_EXPECT_NULL(test, expect_range(test, space.child, SZ_1G, SZ_2G - 1));
}

static int fake_error;
static unsigned int fake_entries;

static long fake_memory_op(unsigned int cmd, void *arg)
{
	struct xen_memory_map *memmap = arg;

	if (cmd != XENMEM_memory_map)
		return -ENOSYS;
	memmap->nr_entries = fake_entries;
	return fake_error;
}

static void __init asks_xen(struct kunit *test)
{
	struct boot_e820_entry map[4];

	kunit_activate_static_stub(test, HYPERVISOR_memory_op, fake_memory_op);
	fake_error = 0;
	fake_entries = 3;
	KUNIT_EXPECT_EQ(test, xen_get_memory_map(map, 4), 3);
	fake_entries = 5;
	KUNIT_EXPECT_EQ(test, xen_get_memory_map(map, 4), -E2BIG);
	fake_error = -ENOSYS;
	KUNIT_EXPECT_EQ(test, xen_get_memory_map(map, 4), -ENOSYS);
}

#ifdef CONFIG_XEN_PVH
/* A map whose entries touch has room however many they are. */
static void __init long_map(struct kunit *test)
{
	struct hvm_memmap_table_entry *map;
	unsigned int i, nr = 1024;

	map = kunit_kcalloc(test, nr, sizeof(*map), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, map);
	know(0, SZ_1G, E820_TYPE_RAM);
	for (i = 0; i < nr - 1; i++) {
		map[i].addr = SZ_4G + i * SZ_4K;
		map[i].size = SZ_4K;
		map[i].type = XEN_HVM_MEMMAP_TYPE_RAM;
	}
	map[i].addr = SZ_4G + SZ_4K;
	map[i].size = SZ_4K;
	map[i].type = XEN_HVM_MEMMAP_TYPE_RESERVED;
	/* None, wherever it is */
	map[7].size = 0;
	xen_pvh_add_memmap(&known, map, nr);

	KUNIT_ASSERT_EQ(test, known.nr_entries, 5);
	KUNIT_EXPECT_EQ(test, known.entries[1].addr, SZ_4G);
	KUNIT_EXPECT_EQ(test, known.entries[1].size, SZ_4K);
	KUNIT_EXPECT_EQ(test, known.entries[2].type, E820_TYPE_RESERVED);
	KUNIT_EXPECT_EQ(test, known.entries[3].addr, SZ_4G + 2 * SZ_4K);
	KUNIT_EXPECT_EQ(test, known.entries[3].size, 5 * SZ_4K);
	KUNIT_EXPECT_EQ(test, known.entries[4].addr, SZ_4G + 8 * SZ_4K);
	KUNIT_EXPECT_EQ(test, known.entries[4].size, (nr - 9) * SZ_4K);
}

static unsigned int asked;

/* As Xen: no more than there is room for, and as many entries as it says. */
static long fake_long_map(unsigned int cmd, void *arg)
{
	struct xen_memory_map *memmap = arg;
	struct boot_e820_entry *entry;
	unsigned int i;

	memmap->nr_entries = min(memmap->nr_entries, asked);
	entry = *(struct boot_e820_entry **)&memmap->buffer;
	for (i = 0; i < memmap->nr_entries; i++) {
		entry[i].addr = SZ_4G + i * SZ_4K;
		entry[i].size = SZ_4K;
		entry[i].type = E820_TYPE_RAM;
	}
	return 0;
}

/* Dom0's: the first have come with boot_params, and of the rest only Xen knows. */
static void __init long_map_of_xen(struct kunit *test)
{
	kunit_activate_static_stub(test, HYPERVISOR_memory_op, fake_long_map);
	know(0, SZ_1G, E820_TYPE_RAM);
	asked = XEN_PVH_MEMMAP_FIRST;
	xen_pvh_add_asked(&known);
	KUNIT_EXPECT_EQ(test, known.nr_entries, 1);

	asked = 300;
	xen_pvh_add_asked(&known);
	KUNIT_ASSERT_EQ(test, known.nr_entries, 2);
	KUNIT_EXPECT_EQ(test, known.entries[1].addr,
			SZ_4G + XEN_PVH_MEMMAP_FIRST * SZ_4K);
	KUNIT_EXPECT_EQ(test, known.entries[1].size,
			(300 - XEN_PVH_MEMMAP_FIRST) * SZ_4K);
}

/* One with as many holes has not; what is in the table stays in it. */
static void __init map_with_holes(struct kunit *test)
{
	unsigned int i, nr = 2 * ARRAY_SIZE(known.entries);
	struct hvm_memmap_table_entry *map;

	map = kunit_kcalloc(test, nr, sizeof(*map), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, map);
	know(0, SZ_1G, E820_TYPE_RAM);
	for (i = 0; i < nr; i++) {
		map[i].addr = SZ_4G + i * SZ_8K;
		map[i].size = SZ_4K;
		map[i].type = XEN_HVM_MEMMAP_TYPE_RAM;
	}
	xen_pvh_add_memmap(&known, map, nr);
	KUNIT_ASSERT_EQ(test, known.nr_entries, ARRAY_SIZE(known.entries));
	KUNIT_EXPECT_EQ(test, known.entries[0].size, SZ_1G);
	KUNIT_EXPECT_EQ(test, known.entries[nr / 2 - 1].addr,
			SZ_4G + (nr / 2 - 2) * SZ_8K);
}
#endif

static struct kunit_case __refdata memory_map_cases[] = {
#ifdef CONFIG_XEN_PVH
	KUNIT_CASE(long_map),
	KUNIT_CASE(long_map_of_xen),
	KUNIT_CASE(map_with_holes),
#endif
	KUNIT_CASE(crash_kernel),
	KUNIT_CASE(all_is_known),
	KUNIT_CASE(other_types_are_kept),
	KUNIT_CASE(resources_are_kept),
	KUNIT_CASE(map_out_of_range),
	KUNIT_CASE(asks_xen),
	{}
};

static struct kunit_suite __refdata memory_map_suite = {
	.name = "xen_arch_memory_map",
	.init = memory_map_init,
	.exit = memory_map_exit,
	.test_cases = memory_map_cases,
};

kunit_test_init_section_suite(memory_map_suite);

MODULE_DESCRIPTION("Unit tests of the memory map under Xen");
MODULE_LICENSE("GPL");
