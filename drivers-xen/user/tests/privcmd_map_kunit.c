// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of mappings through /dev/xen/privcmd: the ioctls themselves, with page tables of
 * a user space and pages as they are in a guest, and a Xen that is not there.
 */
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include <xen/privcmd.h>

#include "foreign_calls.h"
#include "privcmd.h"

/* Some hypercalls' worth, and not even */
#define NR	300

static int error_of(struct kunit *test, unsigned int i)
{
	int err = 88;

	KUNIT_ASSERT_EQ(test, get_user(err, (int __user *)user_errs(test) + i),
			0);
	return err;
}

static long map_v1(struct kunit *test, unsigned long addr, int nr)
{
	struct privcmd_mmapbatch op = {
		.num = nr,
		.dom = FAKE_DOMID,
		.addr = addr,
		.arr = user_gfns(test),
	};

	return fake_ioctl(test, IOCTL_PRIVCMD_MMAPBATCH, &op, sizeof(op));
}

static void maps_in_batches(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = map_some(test, NR, 0x100);

	KUNIT_EXPECT_EQ(test, fake->nr, NR);
	KUNIT_EXPECT_EQ(test, fake->adds, 3);
	expect_frames(test, addr, NR, 0x100);
	KUNIT_EXPECT_EQ(test, error_of(test, 0), 0);
	KUNIT_EXPECT_EQ(test, error_of(test, NR - 1), 0);
	unmap(test, addr, NR);
	KUNIT_EXPECT_LT(test, fake->removes, 10);
	expect_nothing(test);
}

/* The pages were not given to somebody else before: they are free again now. */
static void pages_come_back(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned int before, i;

	unmap(test, map_some(test, NR, 0x100), NR);
	before = unpopulated_free_pages();
	for (i = 0; i < 5; i++)
		unmap(test, map_some(test, NR, 0x100), NR);
	KUNIT_EXPECT_EQ(test, unpopulated_free_pages(), before);
	KUNIT_EXPECT_EQ(test, fake->nr, 0);
}

/* Each 10th of these has an error, as the fake wants it. */
static void frames_fail_singly(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = map_some(test, NR, FAKE_BAD_GFN);
	long gfn, bad = 0;
	unsigned int i;

	for (i = 0; i < NR; i++) {
		gfn = FAKE_BAD_GFN + i;
		if (gfn % 10) {
			KUNIT_EXPECT_EQ(test, error_of(test, i), 0);
			KUNIT_EXPECT_EQ(test,
					fake_frame_at(test, addr + i * PAGE_SIZE),
					gfn);
		} else {
			bad++;
			KUNIT_EXPECT_EQ(test, error_of(test, i), -EINVAL);
			KUNIT_EXPECT_EQ(test,
					fake_frame_at(test, addr + i * PAGE_SIZE),
					-EFAULT);
		}
	}
	KUNIT_EXPECT_EQ(test, fake->nr, NR - bad);
	unmap(test, addr, NR);
	expect_nothing(test);
}

static void errors_of_v1(struct kunit *test)
{
	xen_pfn_t __user *gfns = user_gfns(test);
	unsigned long addr = fake_reserve(test, 4);
	static const xen_pfn_t ask[] = {
		0x100, FAKE_BAD_GFN, FAKE_PAGED_GFN, 0x101
	};
	static const xen_pfn_t told[] = {
		0x100, FAKE_BAD_GFN | PRIVCMD_MMAPBATCH_MFN_ERROR,
		FAKE_PAGED_GFN | PRIVCMD_MMAPBATCH_PAGED_ERROR, 0x101
	};
	xen_pfn_t gfn;
	unsigned int i;

	for (i = 0; i < 4; i++)
		KUNIT_ASSERT_EQ(test, put_user(ask[i], gfns + i), 0);
	KUNIT_EXPECT_EQ(test, map_v1(test, addr, 4), -ENOENT);
	for (i = 0; i < 4; i++) {
		KUNIT_ASSERT_EQ(test, get_user(gfn, gfns + i), 0);
		KUNIT_EXPECT_EQ(test, gfn, told[i]);
	}
	unmap(test, addr, 4);
	expect_nothing(test);
}

static void paged_frames_are_tried_again(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = fake_reserve(test, NR);

	set_gfns(test, NR, FAKE_PAGED_GFN - NR + 2);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, NR), -ENOENT);
	KUNIT_EXPECT_EQ(test, error_of(test, NR - 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, error_of(test, NR - 2), -ENOENT);
	KUNIT_EXPECT_EQ(test, error_of(test, NR - 3), 0);

	/* Not where there is something */
	set_gfns(test, 3, FAKE_PAGED_GFN);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID,
				     addr + (NR - 3) * PAGE_SIZE, 3), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, NR), -EINVAL);
	/* Still paged out; then not any more. */
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID,
				     addr + (NR - 2) * PAGE_SIZE, 2), -ENOENT);
	fake->paged_in = true;
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID,
				     addr + (NR - 2) * PAGE_SIZE, 2), 0);
	expect_frames(test, addr + (NR - 2) * PAGE_SIZE, 2, FAKE_PAGED_GFN);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID,
				     addr + (NR - 1) * PAGE_SIZE, 1), -EINVAL);
	unmap(test, addr, NR);
	expect_nothing(test);
}

/* As Xen answers for a domain that there is not, or that is not ours to map. */
static void all_frames_fail(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = fake_reserve(test, NR);
	unsigned int i;

	set_gfns(test, NR, 0x100);
	KUNIT_EXPECT_EQ(test, map_v2(test, 99, addr, NR), 0);
	for (i = 0; i < NR; i++)
		KUNIT_ASSERT_EQ(test, error_of(test, i), -ESRCH);
	KUNIT_EXPECT_EQ(test, fake_frame_at(test, addr), -EFAULT);
	fake->whole_error = -EPERM;
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr + PAGE_SIZE, 1), 0);
	KUNIT_EXPECT_EQ(test, error_of(test, 0), -EPERM);
	fake->whole_error = 0;
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, NR), 0);
	expect_frames(test, addr + PAGE_SIZE, NR - 1, 0x101);
	unmap(test, addr, NR);
	expect_nothing(test);
}

static void places_that_are_refused(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = fake_reserve(test, NR);
	unsigned long user = (unsigned long)fake->user;

	set_gfns(test, NR, 0x100);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, NR - 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, NR + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr + PAGE_SIZE, NR - 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr + 1, NR), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, INT_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, UINT_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, user, 16), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, 0, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, -PAGE_SIZE, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v1(test, addr, -1), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v1(test, addr, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, error_of(test, 0), 77);
	KUNIT_EXPECT_EQ(test, fake->adds, 0);
	unmap(test, addr, NR);
	expect_nothing(test);
}

static void arrays_nowhere(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = fake_reserve(test, NR);
	struct privcmd_mmapbatch_v2 op = {
		.num = NR,
		.dom = FAKE_DOMID,
		.addr = addr,
		.arr = user_gfns(test),
		.err = (int __user *)8,
	};

	set_gfns(test, NR, 0x100);
	KUNIT_EXPECT_EQ(test, fake_ioctl(test, IOCTL_PRIVCMD_MMAPBATCH_V2, &op,
					 sizeof(op)), -EFAULT);
	op.err = NULL;
	KUNIT_EXPECT_EQ(test, fake_ioctl(test, IOCTL_PRIVCMD_MMAPBATCH_V2, &op,
					 sizeof(op)), -EFAULT);
	op.err = user_errs(test);
	/* Ends in the middle */
	op.arr = fake->user + 15 * PAGE_SIZE + PAGE_SIZE / 2;
	op.num = NR;
	KUNIT_EXPECT_EQ(test, fake_ioctl(test, IOCTL_PRIVCMD_MMAPBATCH_V2, &op,
					 sizeof(op)), -EFAULT);
	KUNIT_EXPECT_EQ(test, fake->adds, 0);
	unmap(test, addr, NR);
	expect_nothing(test);
}

/* The middle, then the front; holes are still found at their places. */
static void partial_unmap(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = fake_reserve(test, NR), last;

	last = addr + (NR - 1) * PAGE_SIZE;
	set_gfns(test, NR, FAKE_PAGED_GFN - NR + 1);
	KUNIT_ASSERT_EQ(test, map_v2(test, FAKE_DOMID, addr, NR), -ENOENT);
	unmap(test, addr + 100 * PAGE_SIZE, 50);
	KUNIT_EXPECT_EQ(test, fake_frame_at(test, addr + 120 * PAGE_SIZE),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr + 120 * PAGE_SIZE,
				     1), -EINVAL);
	expect_frames(test, addr, 100, FAKE_PAGED_GFN - NR + 1);
	unmap(test, addr, 100);
	expect_frames(test, addr + 150 * PAGE_SIZE, NR - 151,
		      FAKE_PAGED_GFN - NR + 151);

	fake->paged_in = true;
	set_gfns(test, 1, FAKE_PAGED_GFN);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, last - PAGE_SIZE, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, last, 1), 0);
	KUNIT_EXPECT_EQ(test, fake_frame_at(test, last), FAKE_PAGED_GFN);
	unmap(test, last, 1);
	KUNIT_EXPECT_NE(test, fake->nr, 0);
	unmap(test, addr + 150 * PAGE_SIZE, NR - 151);
	expect_nothing(test);
}

/* A new mapping over a part of the old one */
static void mapped_over(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = map_some(test, NR, 0x100), over;

	over = vm_mmap(fake->file, addr + 10 * PAGE_SIZE, 20 * PAGE_SIZE,
		       PROT_READ, MAP_SHARED | MAP_FIXED, 0);
	KUNIT_ASSERT_EQ(test, over, addr + 10 * PAGE_SIZE);
	set_gfns(test, 20, 0x800);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, over, 20), 0);
	expect_frames(test, addr, 10, 0x100);
	expect_frames(test, over, 20, 0x800);
	expect_frames(test, addr + 30 * PAGE_SIZE, NR - 30, 0x100 + 30);
	unmap(test, addr, NR);
	expect_nothing(test);
}

/* What was never filled has no pages, in whatever pieces it goes. */
static void empty_pieces(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = fake_reserve(test, NR);

	unmap(test, addr + 100 * PAGE_SIZE, 50);
	set_gfns(test, NR, 0x100);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr, 100), 0);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr + 150 * PAGE_SIZE,
				     10), -EINVAL);
	KUNIT_EXPECT_EQ(test, map_v2(test, FAKE_DOMID, addr + 150 * PAGE_SIZE,
				     NR - 150), 0);
	expect_frames(test, addr + 150 * PAGE_SIZE, NR - 150, 0x100);
	KUNIT_EXPECT_EQ(test, fake->nr, NR - 50);
	unmap(test, addr, NR);
	expect_nothing(test);
}

static void xen_without_multicall(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = map_some(test, NR, 0x100);

	fake->no_multicall = true;
	unmap(test, addr, NR);
	KUNIT_EXPECT_GT(test, fake->removes, NR);
	expect_nothing(test);
}

/* Pages that still lead to another domain must not be used for anything else. */
static void frames_that_stay(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = map_some(test, NR, 0x100);
	unsigned int before = unpopulated_free_pages();

	fake->remove_error = -EBUSY;
	unmap(test, addr, NR);
	KUNIT_EXPECT_EQ(test, unpopulated_free_pages(), before);
	KUNIT_EXPECT_EQ(test, fake->nr, NR);
}

static void folds_errors(struct kunit *test)
{
	static const int good[] = { 0, 0, 0 };
	static const int bad[] = { 0, -EINVAL, 0 };
	static const int paged[] = { -ENOENT, -EINVAL, 0 };
	bool any;

	KUNIT_EXPECT_EQ(test, privcmd_fold_errors(good, 3, &any), 0);
	KUNIT_EXPECT_FALSE(test, any);
	KUNIT_EXPECT_EQ(test, privcmd_fold_errors(bad, 3, &any), 0);
	KUNIT_EXPECT_TRUE(test, any);
	KUNIT_EXPECT_EQ(test, privcmd_fold_errors(bad, 1, &any), 0);
	KUNIT_EXPECT_FALSE(test, any);
	KUNIT_EXPECT_EQ(test, privcmd_fold_errors(paged, 3, &any), -ENOENT);
	KUNIT_EXPECT_TRUE(test, any);

	KUNIT_EXPECT_EQ(test, privcmd_v1_error(0), 0);
	KUNIT_EXPECT_EQ(test, privcmd_v1_error(-ENOENT), 0x80000000);
	KUNIT_EXPECT_EQ(test, privcmd_v1_error(-EINVAL), 0xf0000000);
	KUNIT_EXPECT_EQ(test, privcmd_v1_error(-1), 0xf0000000);
}

static struct kunit_case privcmd_map_cases[] = {
	KUNIT_CASE(maps_in_batches),
	KUNIT_CASE(pages_come_back),
	KUNIT_CASE(frames_fail_singly),
	KUNIT_CASE(errors_of_v1),
	KUNIT_CASE(paged_frames_are_tried_again),
	KUNIT_CASE(all_frames_fail),
	KUNIT_CASE(places_that_are_refused),
	KUNIT_CASE(arrays_nowhere),
	KUNIT_CASE(partial_unmap),
	KUNIT_CASE(mapped_over),
	KUNIT_CASE(empty_pieces),
	KUNIT_CASE(xen_without_multicall),
	KUNIT_CASE(frames_that_stay),
	KUNIT_CASE(folds_errors),
	{}
};

static struct kunit_suite privcmd_map_suite = {
	.name = "xen_user_privcmd_map",
	.init = fake_foreign_init,
	.exit = fake_foreign_exit,
	.test_cases = privcmd_map_cases,
};

kunit_test_suite(privcmd_map_suite);
