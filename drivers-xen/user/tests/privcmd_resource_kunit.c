// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of mappings through /dev/xen/privcmd: frames of Xen's own, and how many pages a
 * restricted file may have.
 */
#include <linux/limits.h>
#include <linux/mm.h>

#include <xen/privcmd.h>

#include "foreign_calls.h"
#include "privcmd.h"

/* Pages that restricted files may have */
#define LIMIT	10

static long map_resource(struct kunit *test, u32 type, unsigned long addr,
			 u64 *nr)
{
	struct privcmd_mmap_resource op = {
		.dom = FAKE_DOMID,
		.type = type,
		.num = *nr,
		.addr = addr,
	};
	long rc = fake_ioctl(test, IOCTL_PRIVCMD_MMAP_RESOURCE, &op, sizeof(op));

	*nr = op.num;
	return rc;
}

static void resources(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = fake_reserve(test, FAKE_RESOURCE);
	u64 nr = 0;

	KUNIT_EXPECT_EQ(test, map_resource(test, 1, 0, &nr), 0);
	KUNIT_EXPECT_EQ(test, nr, FAKE_RESOURCE);
	KUNIT_EXPECT_EQ(test, map_resource(test, 1, addr, &nr), 0);
	expect_frames(test, addr, FAKE_RESOURCE, 0);
	/* It is full. */
	KUNIT_EXPECT_EQ(test, map_resource(test, 1, addr, &nr), -EINVAL);
	set_gfns(test, 1, 0x100);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, 1), -EINVAL);
	unmap(test, addr, FAKE_RESOURCE);
	expect_nothing(test);
	KUNIT_EXPECT_EQ(test, fake->resource_left, 0);
}

static void resources_with_errors(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = fake_reserve(test, FAKE_RESOURCE);
	static const u64 wrong[] = { 1, FAKE_RESOURCE - 1, FAKE_RESOURCE + 1,
				     1ULL << 52, U64_MAX };
	unsigned int i;
	u64 nr;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		nr = wrong[i];
		KUNIT_EXPECT_EQ(test, map_resource(test, 1, addr, &nr), -EINVAL);
		KUNIT_EXPECT_EQ(test, map_resource(test, 1, 0, &nr), -EINVAL);
	}
	nr = 0;
	KUNIT_EXPECT_EQ(test, map_resource(test, 1, addr, &nr), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_resource(test, 2, 0, &nr), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, map_resource(test, 0x10001, 0, &nr), -EINVAL);
	nr = FAKE_RESOURCE;
	KUNIT_EXPECT_EQ(test, map_resource(test, 2, addr, &nr), -EOPNOTSUPP);
	/* Two are there when the third fails: they have to go. */
	fake->resource_left = 2;
	KUNIT_EXPECT_EQ(test, map_resource(test, 1, addr, &nr), -EIO);
	KUNIT_EXPECT_EQ(test, fake->nr, 0);
	KUNIT_EXPECT_EQ(test, fake_frame_at(test, addr), -EFAULT);
	/* The addresses can still be used. */
	set_gfns(test, FAKE_RESOURCE, 0x100);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, FAKE_RESOURCE), 0);
	unmap(test, addr, FAKE_RESOURCE);
	expect_nothing(test);
}

static long restrict_file(struct kunit *test)
{
	domid_t domid = FAKE_DOMID;

	return fake_ioctl(test, IOCTL_PRIVCMD_RESTRICT, &domid, sizeof(domid));
}

/* Before it is restricted a file can map any number. */
static void limit_of_restricted(struct kunit *test)
{
	unsigned long addr = map_some(test, LIMIT + 1, 0x100), some, more;
	u64 nr = FAKE_RESOURCE;

	KUNIT_ASSERT_EQ(test, restrict_file(test), 0);
	some = map_some(test, LIMIT - 2, 0x100);
	more = fake_reserve(test, 3);
	set_gfns(test, 3, 0x200);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, more, 3), -ENOMEM);
	unmap(test, more, 3);
	more = fake_reserve(test, FAKE_RESOURCE);
	KUNIT_EXPECT_EQ(test, map_resource(test, 1, more, &nr), -ENOMEM);

	/* A part does not count less; the whole does not count any more. */
	unmap(test, some, 4);
	KUNIT_EXPECT_EQ(test, map_resource(test, 1, more, &nr), -ENOMEM);
	unmap(test, some + 4 * PAGE_SIZE, LIMIT - 6);
	KUNIT_EXPECT_EQ(test, map_resource(test, 1, more, &nr), 0);
	some = map_some(test, LIMIT - FAKE_RESOURCE, 0x100);
	unmap(test, more, FAKE_RESOURCE);
	unmap(test, some, LIMIT - FAKE_RESOURCE);
	/* What does not count when it is made does not when it goes. */
	unmap(test, addr, LIMIT + 1);
	addr = fake_reserve(test, LIMIT + 1);
	set_gfns(test, LIMIT + 1, 0x100);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, LIMIT + 1),
			-ENOMEM);
	unmap(test, addr, LIMIT + 1);
	unmap(test, map_some(test, LIMIT, 0x100), LIMIT);
	expect_nothing(test);
}

static unsigned long saved_limit;

static int resource_init(struct kunit *test)
{
	saved_limit = privcmd_restricted_limit;
	privcmd_restricted_limit = LIMIT;
	return fake_foreign_init(test);
}

static void resource_exit(struct kunit *test)
{
	fake_foreign_exit(test);
	privcmd_restricted_limit = saved_limit;
}

static struct kunit_case resource_cases[] = {
	KUNIT_CASE(resources),
	KUNIT_CASE(resources_with_errors),
	KUNIT_CASE(limit_of_restricted),
	{}
};

static struct kunit_suite resource_suite = {
	.name = "xen_user_privcmd_resource",
	.init = resource_init,
	.exit = resource_exit,
	.test_cases = resource_cases,
};

kunit_test_suite(resource_suite);
