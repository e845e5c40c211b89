// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of /dev/xen/gntalloc through its file operations, on a fake Xen with another
 * domain.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include "fake_gnttab.h"
#include "gntalloc.h"
#include "node.h"

#define PAGES	3

/* struct ioctl_gntalloc_alloc_gref with room for references */
struct alloc_arg {
	struct ioctl_gntalloc_alloc_gref op;
	u32 more[PAGES];
};

static struct node node;

static int gntalloc_test_init(struct kunit *test)
{
	int rc = fake_gnttab_start(test);

	if (rc)
		return rc;
	node_open(test, &node, &gntalloc_file_ops);
	return 0;
}

static void gntalloc_test_exit(struct kunit *test)
{
	if (node.filp)
		node_close(&node);
	node.filp = NULL;
	KUNIT_EXPECT_EQ(test, gntalloc_pages(), 0);
	fake_gnttab_exit(test);
}

static long share(u32 count, struct alloc_arg *arg)
{
	*arg = (struct alloc_arg){
		.op.domid = FAKE_PEER,
		.op.flags = GNTALLOC_FLAG_WRITABLE,
		.op.count = count,
	};
	return node_ioctl(&node, IOCTL_GNTALLOC_ALLOC_GREF, arg, sizeof(*arg));
}

static long unshare(u64 index, u32 count)
{
	struct ioctl_gntalloc_dealloc_gref op = { index, count };

	return node_ioctl(&node, IOCTL_GNTALLOC_DEALLOC_GREF, &op, sizeof(op));
}

static long set_notify(u64 index, u32 action)
{
	struct ioctl_gntalloc_unmap_notify op = { index, action, 1000 };

	return node_ioctl(&node, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &op,
			  sizeof(op));
}

static bool is_granted(struct kunit *test, u32 ref)
{
	return fake_entry(test, ref)->flags & GTF_permit_access;
}

static void limits(struct kunit *test)
{
	atomic_t used = ATOMIC_INIT(3);

	KUNIT_EXPECT_EQ(test, gntalloc_reserve(&used, 10, 8), -ENOSPC);
	KUNIT_EXPECT_EQ(test, gntalloc_reserve(&used, 10, UINT_MAX), -ENOSPC);
	KUNIT_EXPECT_EQ(test, atomic_read(&used), 3);
	KUNIT_EXPECT_EQ(test, gntalloc_reserve(&used, 10, 7), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&used), 10);
	KUNIT_EXPECT_EQ(test, gntalloc_reserve(&used, 10, 0), 0);
	KUNIT_EXPECT_EQ(test, gntalloc_reserve(&used, 10, 1), -ENOSPC);
	/* It has been made smaller meanwhile. */
	KUNIT_EXPECT_EQ(test, gntalloc_reserve(&used, 5, 0), -ENOSPC);
	KUNIT_EXPECT_EQ(test, gntalloc_reserve(&used, -1, INT_MAX - 10), 0);
	KUNIT_EXPECT_EQ(test, gntalloc_reserve(&used, -1, 1), -ENOSPC);
}

static void alloc_and_free(struct kunit *test)
{
	struct alloc_arg a, b;
	u32 *refs = a.op.gref_ids;

	KUNIT_ASSERT_EQ(test, share(PAGES, &a), 0);
	KUNIT_EXPECT_EQ(test, a.op.index, 0);
	KUNIT_EXPECT_EQ(test, gntalloc_pages(), PAGES);
	KUNIT_EXPECT_TRUE(test, is_granted(test, refs[0]));
	KUNIT_EXPECT_TRUE(test, is_granted(test, refs[PAGES - 1]));
	KUNIT_EXPECT_FALSE(test, fake_entry(test, refs[0])->flags & GTF_readonly);
	KUNIT_EXPECT_EQ(test, fake_entry(test, refs[0])->domid, FAKE_PEER);

	/* In parts, and across two allocations */
	KUNIT_ASSERT_EQ(test, share(1, &b), 0);
	KUNIT_EXPECT_EQ(test, b.op.index, PAGES * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, unshare(PAGE_SIZE, 1), 0);
	KUNIT_EXPECT_FALSE(test, is_granted(test, refs[1]));
	KUNIT_EXPECT_EQ(test, unshare(0, 2), -EINVAL);
	KUNIT_EXPECT_TRUE(test, is_granted(test, refs[0]));
	KUNIT_EXPECT_EQ(test, unshare(2 * PAGE_SIZE, 2), 0);
	KUNIT_EXPECT_FALSE(test, is_granted(test, b.op.gref_ids[0]));
	KUNIT_EXPECT_EQ(test, gntalloc_pages(), 1);

	KUNIT_EXPECT_EQ(test, unshare(0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, unshare(1, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, unshare(0, UINT_MAX), -EINVAL);
	/* The last one goes with the file. */
	node_close(&node);
	node.filp = NULL;
	KUNIT_EXPECT_FALSE(test, is_granted(test, refs[0]));
}

/* Not one reference too many, and not one page lost, when there are too few */
static void too_few_references(struct kunit *test)
{
	struct alloc_arg a;
	grant_ref_t head;

	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(ALL_REFS - PAGES + 1,
							    &head), 0);
	KUNIT_ASSERT_EQ(test, fake_free_refs(), PAGES - 1);
	KUNIT_EXPECT_EQ(test, share(PAGES, &a), -ENOSPC);
	KUNIT_EXPECT_EQ(test, gntalloc_pages(), 0);
	KUNIT_EXPECT_EQ(test, unshare(0, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), PAGES - 1);
	KUNIT_EXPECT_EQ(test, share(PAGES - 1, &a), 0);
	gnttab_free_grant_references(head);
}

static void bad_arguments(struct kunit *test)
{
	struct alloc_arg a;

	KUNIT_EXPECT_EQ(test, share(1 << 20, &a), -ENOSPC);
	KUNIT_EXPECT_EQ(test, share(0, &a), 0);
	KUNIT_EXPECT_EQ(test, node_bad_ioctl(&node, IOCTL_GNTALLOC_ALLOC_GREF),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, node_bad_ioctl(&node, IOCTL_GNTALLOC_DEALLOC_GREF),
			-EFAULT);
	KUNIT_EXPECT_EQ(test,
			node_bad_ioctl(&node, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, node_bad_ioctl(&node, 0), -ENOIOCTLCMD);
	KUNIT_EXPECT_EQ(test, node_mmap(&node, 0, 1, PROT_READ), -ENOENT);
	KUNIT_EXPECT_EQ(test, (long)vm_mmap(node.filp, 0, PAGE_SIZE, PROT_READ,
					    MAP_PRIVATE, 0), -EINVAL);
}

/* The program cannot be told what it has got: then it has got nothing. */
static void result_not_delivered(struct kunit *test)
{
	unsigned long at = node.buf + NODE_BUF -
			   offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids) -
			   2 * sizeof(u32);
	struct ioctl_gntalloc_alloc_gref op = {
		.domid = FAKE_PEER,
		.count = PAGES,
	};

	KUNIT_ASSERT_EQ(test, copy_to_user((void __user *)at, &op, sizeof(op)),
			0);
	KUNIT_EXPECT_EQ(test,
			node.filp->f_op->unlocked_ioctl(node.filp,
							IOCTL_GNTALLOC_ALLOC_GREF,
							at), -EFAULT);
	KUNIT_EXPECT_EQ(test, gntalloc_pages(), 0);
}

static void mapped(struct kunit *test)
{
	struct alloc_arg a;
	u32 *refs = a.op.gref_ids;
	long at;

	KUNIT_ASSERT_EQ(test, share(PAGES, &a), 0);
	KUNIT_EXPECT_EQ(test, node_mmap(&node, 0, PAGES + 1, PROT_READ),
			-ENOENT);
	at = node_mmap(&node, 0, PAGES, PROT_READ | PROT_WRITE);
	KUNIT_ASSERT_GT(test, at, 0);
	KUNIT_EXPECT_EQ(test, put_user(0x55, (u8 __user *)at), 0);
	KUNIT_EXPECT_EQ(test, unshare(0, PAGES), 0);
	/* A part of the area goes; the pages stay for the other part. */
	node_munmap(at + PAGE_SIZE, 1);
	KUNIT_EXPECT_TRUE(test, is_granted(test, refs[0]));
	KUNIT_EXPECT_TRUE(test, is_granted(test, refs[1]));
	node_munmap(at, 1);
	KUNIT_EXPECT_EQ(test, gntalloc_pages(), PAGES);
	node_munmap(at + 2 * PAGE_SIZE, 1);
	KUNIT_EXPECT_EQ(test, gntalloc_pages(), 0);
	KUNIT_EXPECT_FALSE(test, is_granted(test, refs[0]));
}

static void used_by_peer(struct kunit *test)
{
	struct alloc_arg a;
	struct page *page;
	u8 *bytes;

	KUNIT_ASSERT_EQ(test, share(1, &a), 0);
	KUNIT_EXPECT_EQ(test, set_notify(5, UNMAP_NOTIFY_CLEAR_BYTE), 0);
	KUNIT_EXPECT_EQ(test, set_notify(5, 4), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_notify(PAGE_SIZE, 0), -ENOENT);
	/* Not a port of a program's */
	KUNIT_EXPECT_EQ(test, set_notify(5, UNMAP_NOTIFY_SEND_EVENT), -EINVAL);

	page = fake_peer_map(a.op.gref_ids[0], false);
	KUNIT_ASSERT_NOT_NULL(test, page);
	bytes = page_address(page);
	memset(bytes, 0x55, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, unshare(0, 1), 0);
	KUNIT_EXPECT_EQ(test, gntalloc_pages(), 0);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 1);
	KUNIT_EXPECT_EQ(test, bytes[4], 0x55);
	KUNIT_EXPECT_EQ(test, bytes[5], 0);
	KUNIT_EXPECT_EQ(test, bytes[6], 0x55);

	fake_peer_unmap(a.op.gref_ids[0], false);
	gnttab_look_at_deferred();
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
}

static struct kunit_case gntalloc_cases[] = {
	KUNIT_CASE(limits),
	KUNIT_CASE(alloc_and_free),
	KUNIT_CASE(too_few_references),
	KUNIT_CASE(bad_arguments),
	KUNIT_CASE(result_not_delivered),
	KUNIT_CASE(mapped),
	KUNIT_CASE(used_by_peer),
	{}
};

static struct kunit_suite gntalloc_suite = {
	.name = "xen_user_gntalloc",
	.init = gntalloc_test_init,
	.exit = gntalloc_test_exit,
	.test_cases = gntalloc_cases,
};

kunit_test_suite(gntalloc_suite);

MODULE_DESCRIPTION("Tests of /dev/xen/gntalloc");
MODULE_LICENSE("GPL");
