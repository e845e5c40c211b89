/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests of mappings do with /dev/xen/privcmd. Arrays lie in user space, behind the
 * page for the arguments of fake_ioctl().
 */
#ifndef _XEN_USER_FOREIGN_CALLS_H
#define _XEN_USER_FOREIGN_CALLS_H

#include <linux/mm.h>
#include <linux/uaccess.h>

#include <xen/privcmd.h>

#include "../../balloon/balloon.h"
#include "fake_foreign.h"

static inline void __user *user_gfns(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;

	return fake->user + PAGE_SIZE;
}

static inline void __user *user_errs(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;

	return fake->user + 8 * PAGE_SIZE;
}

/* Frames from @first on are asked for. */
static inline void set_gfns(struct kunit *test, unsigned int nr,
			    xen_pfn_t first)
{
	xen_pfn_t __user *gfns = user_gfns(test);
	int __user *errs = user_errs(test);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		KUNIT_ASSERT_EQ(test, put_user(first + i, gfns + i), 0);
		KUNIT_ASSERT_EQ(test, put_user(77, errs + i), 0);
	}
}

static inline long map_v2(struct kunit *test, domid_t domid, unsigned long addr,
			  unsigned int nr)
{
	struct privcmd_mmapbatch_v2 op = {
		.num = nr,
		.dom = domid,
		.addr = addr,
		.arr = user_gfns(test),
		.err = user_errs(test),
	};

	return fake_ioctl(test, IOCTL_PRIVCMD_MMAPBATCH_V2, &op, sizeof(op));
}

static inline unsigned long map_some(struct kunit *test, unsigned int nr,
				     xen_pfn_t first)
{
	unsigned long addr = fake_reserve(test, nr);

	set_gfns(test, nr, first);
	KUNIT_ASSERT_EQ(test, map_v2(test, FAKE_DOMID, addr, nr), 0);
	return addr;
}

static inline void unmap(struct kunit *test, unsigned long addr,
			 unsigned long nr)
{
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, nr << PAGE_SHIFT), 0);
}

/* Nothing is left in the physmap, and all pages are back. */
static inline void expect_nothing(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;

	KUNIT_EXPECT_EQ(test, fake->nr, 0);
	KUNIT_EXPECT_EQ(test, unpopulated_free_pages(), fake->free_pages);
}

static inline void expect_frames(struct kunit *test, unsigned long addr,
				 unsigned int nr, long first)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, fake_frame_at(test, addr + i * PAGE_SIZE),
				first + i);
}

#endif /* _XEN_USER_FOREIGN_CALLS_H */
