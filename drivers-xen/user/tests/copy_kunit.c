// SPDX-License-Identifier: GPL-2.0
/* Tests of grant copy by /dev/xen/gntdev. */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "fake_gnttab.h"
#include "gntdev.h"
#include "node.h"

/* Nobody has granted this one. */
#define REF_BAD	100

/* More than fit into one batch, two operations each */
#define MANY	40

static void __user *user(unsigned long at)
{
	return (void __user *)at;
}

/* From a granted page to memory of the program */
static struct gntdev_grant_copy_segment segment(u16 offset, unsigned long to,
						u16 len)
{
	return (struct gntdev_grant_copy_segment){
		.source.foreign = { .ref = 1, .offset = offset,
				    .domid = FAKE_PEER },
		.dest.virt = user(to),
		.len = len,
		.flags = GNTCOPY_source_gref,
		.status = 77,
	};
}

static void split(struct kunit *test)
{
	struct gntdev_copy_part parts[GNTDEV_COPY_PARTS];
	struct gntdev_grant_copy_segment seg;

	/* Within a page, to its end, and just across it */
	seg = segment(0, 0x10000, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, gntdev_copy_split(&seg, parts), 1);
	KUNIT_EXPECT_EQ(test, parts[0].len, PAGE_SIZE);
	seg = segment(0, 0x10ff0, 16);
	KUNIT_ASSERT_EQ(test, gntdev_copy_split(&seg, parts), 1);
	KUNIT_EXPECT_EQ(test, parts[0].len, 16);
	seg = segment(0, 0x10ff0, 17);
	KUNIT_ASSERT_EQ(test, gntdev_copy_split(&seg, parts), 2);
	KUNIT_EXPECT_EQ(test, parts[0].done, 0);
	KUNIT_EXPECT_EQ(test, parts[0].len, 16);
	KUNIT_EXPECT_EQ(test, parts[1].done, 16);
	KUNIT_EXPECT_EQ(test, parts[1].len, 1);
	seg = segment(0, 0x10fff, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, gntdev_copy_split(&seg, parts), 2);
	KUNIT_EXPECT_EQ(test, parts[1].len, PAGE_SIZE - 1);
	seg = segment(0, 0x10fff, 0);
	KUNIT_EXPECT_EQ(test, gntdev_copy_split(&seg, parts), 0);
}

static void split_refuses(struct kunit *test)
{
	struct gntdev_copy_part parts[GNTDEV_COPY_PARTS];
	struct gntdev_grant_copy_segment seg;

	seg = segment(PAGE_SIZE - 16, 0x10000, 16);
	KUNIT_EXPECT_EQ(test, gntdev_copy_split(&seg, parts), 1);
	seg = segment(PAGE_SIZE - 16, 0x10000, 17);
	KUNIT_EXPECT_EQ(test, gntdev_copy_split(&seg, parts), -EINVAL);
	seg = segment(U16_MAX, 0x10000, U16_MAX);
	KUNIT_EXPECT_EQ(test, gntdev_copy_split(&seg, parts), -EINVAL);
	seg.flags = 0;
	KUNIT_EXPECT_EQ(test, gntdev_copy_split(&seg, parts), -EINVAL);

	/* Both sides granted: no page of the program's is in the way. */
	seg = segment(8, 0, 32);
	seg.dest.foreign.offset = PAGE_SIZE - 32;
	seg.flags |= GNTCOPY_dest_gref;
	KUNIT_ASSERT_EQ(test, gntdev_copy_split(&seg, parts), 1);
	KUNIT_EXPECT_EQ(test, parts[0].len, 32);
	seg.dest.foreign.offset++;
	KUNIT_EXPECT_EQ(test, gntdev_copy_split(&seg, parts), -EINVAL);
}

static struct kunit_case split_cases[] = {
	KUNIT_CASE(split),
	KUNIT_CASE(split_refuses),
	{}
};

static struct kunit_suite split_suite = {
	.name = "xen_user_copy_split",
	.test_cases = split_cases,
};

static struct node node;
static struct page *theirs;

static int copy_init(struct kunit *test)
{
	int rc = fake_gnttab_start(test);
	u8 *bytes;
	int i;

	if (rc)
		return rc;
	theirs = fake_page(test);
	bytes = page_address(theirs);
	for (i = 0; i < PAGE_SIZE; i++)
		bytes[i] = i * 7 + 1;
	KUNIT_ASSERT_EQ(test, fake_peer_grant(test, theirs, false), 1);
	node_open(test, &node, &gntdev_file_ops);
	return 0;
}

static void copy_exit(struct kunit *test)
{
	if (node.filp)
		node_close(&node);
	node.filp = NULL;
	fake_gnttab_exit(test);
}

/* The segments go behind the argument, both at the start of the node's memory. */
static long copy(struct gntdev_grant_copy_segment *segs, unsigned int count)
{
	unsigned long at = node.buf + sizeof(struct ioctl_gntdev_grant_copy);
	struct ioctl_gntdev_grant_copy op = {
		.count = count,
		.segments = (struct gntdev_grant_copy_segment __user *)at,
	};
	size_t size = count * sizeof(*segs);
	long rc;

	if (copy_to_user(user(at), segs, size))
		return -EIO;
	rc = node_ioctl(&node, IOCTL_GNTDEV_GRANT_COPY, &op, sizeof(op));
	if (copy_from_user(segs, user(at), size))
		return -EIO;
	return rc;
}

/* @len bytes of the peer's page from @offset on are at @at. */
static void expect_copied(struct kunit *test, unsigned long at,
			  unsigned int offset, unsigned int len)
{
	u8 *bytes = kunit_kzalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bytes);
	KUNIT_ASSERT_EQ(test, copy_from_user(bytes, user(at), len), 0);
	KUNIT_EXPECT_MEMEQ(test, bytes, page_address(theirs) + offset, len);
}

static void copies_here(struct kunit *test)
{
	unsigned long to = node.buf + 2 * PAGE_SIZE - 100;
	struct gntdev_grant_copy_segment seg = segment(50, to, 300);
	u8 before, after;

	KUNIT_EXPECT_EQ(test, copy(&seg, 1), 0);
	KUNIT_EXPECT_EQ(test, seg.status, GNTST_okay);
	expect_copied(test, to, 50, 300);
	KUNIT_EXPECT_EQ(test, get_user(before, (u8 __user *)(to - 1)), 0);
	KUNIT_EXPECT_EQ(test, get_user(after, (u8 __user *)(to + 300)), 0);
	KUNIT_EXPECT_EQ(test, before, 0);
	KUNIT_EXPECT_EQ(test, after, 0);
	KUNIT_EXPECT_EQ(test, fake_gnt->ops, 2);
	KUNIT_EXPECT_EQ(test, fake_peer_uses(1), 0);
}

static void copies_there(struct kunit *test)
{
	unsigned long from = node.buf + 3 * PAGE_SIZE - 2;
	struct gntdev_grant_copy_segment seg = {
		.source.virt = user(from),
		.dest.foreign = { .ref = 1, .offset = 10, .domid = FAKE_PEER },
		.len = 4,
		.flags = GNTCOPY_dest_gref,
	};
	u8 *bytes = page_address(theirs);

	KUNIT_ASSERT_EQ(test, put_user(0x44332211, (u32 __user *)from), 0);
	KUNIT_EXPECT_EQ(test, copy(&seg, 1), 0);
	KUNIT_EXPECT_EQ(test, seg.status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, bytes[9], 9 * 7 + 1);
	KUNIT_EXPECT_EQ(test, bytes[10], 0x11);
	KUNIT_EXPECT_EQ(test, bytes[11], 0x22);
	KUNIT_EXPECT_EQ(test, bytes[12], 0x33);
	KUNIT_EXPECT_EQ(test, bytes[13], 0x44);
	KUNIT_EXPECT_EQ(test, bytes[14], (u8)(14 * 7 + 1));
}

/* Each segment has its own status, whatever batch it is in and whoever else fails. */
static void many(struct kunit *test)
{
	unsigned long to = node.buf + 3 * PAGE_SIZE - 8;
	struct gntdev_grant_copy_segment *segs;
	unsigned int i;

	segs = kunit_kcalloc(test, MANY, sizeof(*segs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, segs);
	for (i = 0; i < MANY; i++) {
		segs[i] = segment(i, to, 16);
		if (i % 3 == 1)
			segs[i].source.foreign.ref = REF_BAD;
		if (i % 3 == 2)
			segs[i].len = 0;
	}
	KUNIT_EXPECT_EQ(test, copy(segs, MANY), 0);
	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_EQ(test, segs[i].status == GNTST_okay, i % 3 != 1);
	/* The last is the last to be copied. */
	expect_copied(test, to, MANY - 1, 16);
	KUNIT_EXPECT_GT(test, fake_gnt->calls, 1);
}

/* The first of the two operations of a segment fails, or the second, or both. */
static void status_of_two(struct kunit *test)
{
	unsigned long to = node.buf + 3 * PAGE_SIZE - 8;
	struct gntdev_grant_copy_segment seg = segment(0, to, 16);

	fake_gnt->error = -EFAULT;
	fake_gnt->stop_after = 1;
	KUNIT_EXPECT_EQ(test, copy(&seg, 1), 0);
	KUNIT_EXPECT_EQ(test, seg.status, GNTST_general_error);
	fake_gnt->stop_after = 0;
	seg.status = 0;
	KUNIT_EXPECT_EQ(test, copy(&seg, 1), 0);
	KUNIT_EXPECT_EQ(test, seg.status, GNTST_general_error);
	fake_gnt->error = 0;
	KUNIT_EXPECT_EQ(test, copy(&seg, 1), 0);
	KUNIT_EXPECT_EQ(test, seg.status, GNTST_okay);
}

static void copy_errors(struct kunit *test)
{
	unsigned long end = node.buf + NODE_BUF;
	struct gntdev_grant_copy_segment segs[2];

	KUNIT_EXPECT_EQ(test, copy(segs, 0), 0);
	/* The second page is not there, after a segment that is good. */
	segs[0] = segment(0, node.buf + PAGE_SIZE, 16);
	segs[1] = segment(0, end - 8, 16);
	KUNIT_EXPECT_EQ(test, copy(segs, 2), -EFAULT);
	segs[1].flags = 0;
	KUNIT_EXPECT_EQ(test, copy(segs, 2), -EINVAL);
	segs[1] = segment(PAGE_SIZE, node.buf + PAGE_SIZE, 1);
	KUNIT_EXPECT_EQ(test, copy(segs, 2), -EINVAL);
	segs[1] = segment(PAGE_SIZE, node.buf + PAGE_SIZE, 0);
	KUNIT_EXPECT_EQ(test, copy(segs, 2), 0);
	KUNIT_EXPECT_EQ(test, segs[0].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, segs[1].status, GNTST_okay);
}

static struct kunit_case copy_cases[] = {
	KUNIT_CASE(copies_here),
	KUNIT_CASE(copies_there),
	KUNIT_CASE(many),
	KUNIT_CASE(status_of_two),
	KUNIT_CASE(copy_errors),
	{}
};

static struct kunit_suite copy_suite = {
	.name = "xen_user_copy",
	.init = copy_init,
	.exit = copy_exit,
	.test_cases = copy_cases,
};

kunit_test_suites(&split_suite, &copy_suite);

MODULE_DESCRIPTION("Tests of grant copy by /dev/xen/gntdev");
MODULE_LICENSE("GPL");
