// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of /dev/xen/gntdev through its file operations, on a fake Xen with another
 * domain.
 *
 * What a program sees in an area of granted pages is not tested here: in the fake, only
 * the kernel's own mapping of a page changes.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmap_lock.h>
#include <linux/uaccess.h>

#include "fake_gnttab.h"
#include "gntdev.h"
#include "node.h"

#define PAGES	3

/* Nobody has granted this one. */
#define REF_BAD	100

/* struct ioctl_gntdev_map_grant_ref with room for all references */
struct map_arg {
	struct ioctl_gntdev_map_grant_ref op;
	struct ioctl_gntdev_grant_ref more[PAGES];
};

static struct node node;
static grant_ref_t refs[PAGES];
static struct page *theirs[PAGES];

/* The work is not queued: gntdev_dying_look() is called when a test wants it to. */
static unsigned int waits, last_wait;

static void note_wait(struct gntdev_dying *dying, unsigned int ms)
{
	waits++;
	last_wait = ms;
}

static int gntdev_test_init(struct kunit *test)
{
	int rc = fake_gnttab_start(test);
	unsigned int i;

	if (rc)
		return rc;
	for (i = 0; i < PAGES; i++) {
		theirs[i] = fake_page(test);
		refs[i] = fake_peer_grant(test, theirs[i], false);
	}
	waits = 0;
	kunit_activate_static_stub(test, gntdev_look_again, note_wait);
	node_open(test, &node, &gntdev_file_ops);
	return 0;
}

static void gntdev_test_exit(struct kunit *test)
{
	if (node.filp)
		node_close(&node);
	node.filp = NULL;
	fake_gnttab_exit(test);
}

static long prepare(unsigned int count, struct map_arg *arg)
{
	struct ioctl_gntdev_grant_ref *to;
	unsigned int i;

	*arg = (struct map_arg){ .op.count = count, .op.index = ~0 };
	/* More than the one that the type has */
	to = (void *)arg + offsetof(struct map_arg, op.refs);
	for (i = 0; i < PAGES; i++)
		to[i] = (struct ioctl_gntdev_grant_ref){
			.domid = FAKE_PEER,
			.ref = refs[i],
		};
	return node_ioctl(&node, IOCTL_GNTDEV_MAP_GRANT_REF, arg, sizeof(*arg));
}

static long forget(u64 index, u32 count)
{
	struct ioctl_gntdev_unmap_grant_ref op = { index, count };

	return node_ioctl(&node, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op, sizeof(op));
}

static long set_notify(u64 index, u32 action, u32 port)
{
	struct ioctl_gntdev_unmap_notify op = { index, action, port };

	return node_ioctl(&node, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &op, sizeof(op));
}

/* Each of the peer's pages is mapped so often. */
static void expect_uses(struct kunit *test, unsigned int uses)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ(test, fake_peer_uses(refs[i]), uses);
}

/* All pages, writable, at the address that is returned; then they are mapped so often. */
static long map_again(struct kunit *test, u64 *index, unsigned int uses)
{
	struct map_arg arg;
	long at;

	KUNIT_ASSERT_EQ(test, prepare(PAGES, &arg), 0);
	*index = arg.op.index;
	at = node_mmap(&node, *index, PAGES, PROT_READ | PROT_WRITE);
	KUNIT_ASSERT_GT(test, at, 0);
	expect_uses(test, uses);
	return at;
}

static long map_all(struct kunit *test, u64 *index)
{
	return map_again(test, index, 1);
}

static void map_and_unmap(struct kunit *test)
{
	struct map_arg arg;
	u64 index;
	long at;

	at = map_all(test, &index);
	KUNIT_EXPECT_EQ(test, index, 0);
	/* Once is all. */
	KUNIT_EXPECT_EQ(test, node_mmap(&node, 0, PAGES, PROT_READ), -EINVAL);
	KUNIT_EXPECT_EQ(test, forget(0, PAGES), 0);
	expect_uses(test, 1);
	node_munmap(at, PAGES);
	expect_uses(test, 0);
	KUNIT_EXPECT_EQ(test, waits, 0);

	/* The next one has another offset, and ends in the other order. */
	KUNIT_ASSERT_EQ(test, prepare(1, &arg), 0);
	KUNIT_EXPECT_EQ(test, arg.op.index, PAGES * PAGE_SIZE);
	at = node_mmap(&node, arg.op.index, 1, PROT_READ);
	KUNIT_ASSERT_GT(test, at, 0);
	node_munmap(at, 1);
	KUNIT_EXPECT_EQ(test, fake_peer_uses(refs[0]), 1);
	KUNIT_EXPECT_EQ(test, forget(arg.op.index, 0), 0);
	expect_uses(test, 0);
}

static void bad_arguments(struct kunit *test)
{
	struct map_arg arg;
	u64 index;
	long at;

	KUNIT_EXPECT_EQ(test, prepare(0, &arg), -EINVAL);
	KUNIT_EXPECT_EQ(test, prepare(1 << 30, &arg), -EINVAL);
	KUNIT_EXPECT_EQ(test, node_bad_ioctl(&node, IOCTL_GNTDEV_MAP_GRANT_REF),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, node_bad_ioctl(&node, IOCTL_GNTDEV_GRANT_COPY),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, node_bad_ioctl(&node, 0), -ENOIOCTLCMD);
	KUNIT_EXPECT_EQ(test, forget(0, 1), -ENOENT);

	at = map_all(test, &index);
	KUNIT_EXPECT_EQ(test, forget(index, PAGES - 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, forget(index + PAGE_SIZE, 0), -ENOENT);
	node_munmap(at, PAGES);
	KUNIT_EXPECT_EQ(test, forget(index, PAGES), 0);
	KUNIT_EXPECT_EQ(test, forget(index, PAGES), -ENOENT);

	KUNIT_ASSERT_EQ(test, prepare(PAGES, &arg), 0);
	KUNIT_EXPECT_EQ(test, node_mmap(&node, arg.op.index, 1, PROT_READ),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, node_mmap(&node, arg.op.index + PAGE_SIZE,
					PAGES - 1, PROT_READ), -EINVAL);
	KUNIT_EXPECT_EQ(test,
			(long)vm_mmap(node.filp, 0, PAGES * PAGE_SIZE,
				      PROT_READ | PROT_WRITE, MAP_PRIVATE,
				      arg.op.index), -EINVAL);
	expect_uses(test, 0);
}

/* One of the grants is not there: none is mapped, and the next try may succeed. */
static void all_or_none(struct kunit *test)
{
	struct map_arg arg;
	grant_ref_t good = refs[1];
	long at;

	refs[1] = REF_BAD;
	KUNIT_ASSERT_EQ(test, prepare(PAGES, &arg), 0);
	refs[1] = good;
	KUNIT_EXPECT_EQ(test, node_mmap(&node, arg.op.index, PAGES, PROT_READ),
			-EINVAL);
	expect_uses(test, 0);

	fake_gnt->peer[REF_BAD].page = theirs[1];
	at = node_mmap(&node, arg.op.index, PAGES, PROT_READ);
	KUNIT_ASSERT_GT(test, at, 0);
	KUNIT_EXPECT_EQ(test, fake_peer_uses(REF_BAD), 1);
	node_munmap(at, PAGES);
	KUNIT_EXPECT_EQ(test, forget(arg.op.index, PAGES), 0);
	KUNIT_EXPECT_EQ(test, fake_peer_uses(REF_BAD), 0);
	expect_uses(test, 0);

	/* The hypercall stops in between. */
	KUNIT_ASSERT_EQ(test, prepare(PAGES, &arg), 0);
	fake_gnt->error = -EFAULT;
	fake_gnt->stop_after = 0;
	KUNIT_EXPECT_EQ(test, node_mmap(&node, arg.op.index, PAGES, PROT_READ),
			-EFAULT);
	fake_gnt->error = 0;
	expect_uses(test, 0);
}

static void partial_munmap(struct kunit *test)
{
	u64 index;
	long at = map_all(test, &index);

	node_munmap(at + PAGE_SIZE, 1);
	KUNIT_EXPECT_EQ(test, forget(index, PAGES), 0);
	expect_uses(test, 1);
	node_munmap(at, 1);
	expect_uses(test, 1);
	node_munmap(at + 2 * PAGE_SIZE, 1);
	expect_uses(test, 0);
}

/* Somebody is at work with a page: it is not unmapped under his hands. */
static void busy_page(struct kunit *test)
{
	struct page *page;
	u64 index;
	long at = map_all(test, &index);

	KUNIT_ASSERT_EQ(test, pin_user_pages_fast(at + PAGE_SIZE, 1, FOLL_WRITE,
						  &page), 1);
	KUNIT_EXPECT_EQ(test, forget(index, PAGES), 0);
	node_munmap(at, PAGES);
	expect_uses(test, 1);
	KUNIT_EXPECT_EQ(test, waits, 1);
	gntdev_dying_look(&gntdev_dying_maps);
	gntdev_dying_look(&gntdev_dying_maps);
	expect_uses(test, 1);
	KUNIT_EXPECT_EQ(test, waits, 3);
	KUNIT_EXPECT_GT(test, last_wait, 5);

	unpin_user_page(page);
	gntdev_dying_look(&gntdev_dying_maps);
	expect_uses(test, 0);
	/* There is nothing to wait for any more. */
	KUNIT_EXPECT_EQ(test, waits, 3);
}

/* Each one more is waited for, but does not make the others wait for longer. */
static void busy_again_and_again(struct kunit *test)
{
	struct page *pinned[3];
	unsigned int i;
	u64 index;
	long at;

	for (i = 0; i < ARRAY_SIZE(pinned); i++) {
		/* The last one comes when the next look is far away. */
		if (i == ARRAY_SIZE(pinned) - 1)
			gntdev_dying_maps.next = jiffies + 1000 * HZ;
		at = map_again(test, &index, i + 1);
		KUNIT_ASSERT_EQ(test, pin_user_pages_fast(at, 1, FOLL_WRITE,
							  pinned + i), 1);
		KUNIT_EXPECT_EQ(test, forget(index, PAGES), 0);
		node_munmap(at, PAGES);
		KUNIT_EXPECT_EQ(test, waits,
				i == ARRAY_SIZE(pinned) - 1 ? 2 : 1);
		KUNIT_EXPECT_EQ(test, last_wait, 5);
	}
	expect_uses(test, ARRAY_SIZE(pinned));

	for (i = 0; i < ARRAY_SIZE(pinned); i++)
		unpin_user_page(pinned[i]);
	gntdev_dying_look(&gntdev_dying_maps);
	expect_uses(test, 0);
}

/* Xen keeps a page mapped. It is not for us to use again. */
static void lost_page(struct kunit *test)
{
	struct gnttab_unmap_grant_ref op;
	struct page *lost;
	u64 index;
	long at = map_all(test, &index);

	KUNIT_ASSERT_EQ(test, pin_user_pages_fast(at + 2 * PAGE_SIZE, 1, 0,
						  &lost), 1);
	unpin_user_page(lost);
	node_munmap(at, PAGES);
	fake_gnt->error = -EFAULT;
	fake_gnt->stop_after = 2;
	KUNIT_EXPECT_EQ(test, forget(index, PAGES), 0);
	KUNIT_EXPECT_EQ(test, fake_peer_uses(refs[1]), 0);
	KUNIT_EXPECT_EQ(test, fake_peer_uses(refs[2]), 1);
	KUNIT_EXPECT_EQ(test, fake_gnt->pages, 1);

	fake_gnt->error = 0;
	gnttab_set_unmap_op(&op, (unsigned long)page_address(lost),
			    GNTMAP_host_map, FAKE_HANDLE_BASE + 2);
	gnttab_unmap_refs(&op, NULL, &lost, 1);
	KUNIT_EXPECT_EQ(test, op.status, GNTST_okay);
	fake_targets_free(1, &lost);
}

static unsigned int next_life(void)
{
	return 7;
}

/* A restore has unmapped all, and the pages are ours to use again. */
static void restored(struct kunit *test)
{
	struct gnttab_unmap_grant_ref ops[PAGES];
	struct page *pages[PAGES];
	unsigned int i;
	u64 index;
	long at = map_all(test, &index);

	KUNIT_EXPECT_EQ(test, set_notify(index, UNMAP_NOTIFY_CLEAR_BYTE, 0), 0);
	KUNIT_ASSERT_EQ(test, pin_user_pages_fast(at, PAGES, 0, pages), PAGES);
	unpin_user_pages(pages, PAGES);
	for (i = 0; i < PAGES; i++)
		gnttab_set_unmap_op(&ops[i],
				    (unsigned long)page_address(pages[i]),
				    GNTMAP_host_map, FAKE_HANDLE_BASE + i);
	KUNIT_ASSERT_EQ(test, gnttab_unmap_refs(ops, NULL, pages, PAGES), 0);
	expect_uses(test, 0);
	kunit_activate_static_stub(test, gnttab_life, next_life);
	node_munmap(at, PAGES);
	KUNIT_EXPECT_EQ(test, forget(index, PAGES), 0);
	KUNIT_EXPECT_EQ(test, fake_gnt->pages, 0);

	/* What is mapped in the new life is unmapped. */
	at = map_all(test, &index);
	node_munmap(at, PAGES);
	KUNIT_EXPECT_EQ(test, forget(index, PAGES), 0);
	expect_uses(test, 0);
	KUNIT_EXPECT_EQ(test, fake_gnt->pages, 0);
}

static unsigned long flags_at(unsigned long at)
{
	struct vm_area_struct *vma;
	unsigned long flags = 0;

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, at);
	if (vma)
		flags = vma->vm_flags;
	mmap_read_unlock(current->mm);
	return flags;
}

/* Mapped read-only, it must not be made writable later: Xen knows nothing of it. */
static void read_only(struct kunit *test)
{
	struct map_arg arg;
	long at;

	fake_gnt->peer[refs[0]].readonly = true;
	KUNIT_ASSERT_EQ(test, prepare(1, &arg), 0);
	KUNIT_EXPECT_EQ(test, node_mmap(&node, arg.op.index, 1,
					PROT_READ | PROT_WRITE), -EINVAL);
	/* Set before it is known how the page is to be mapped */
	KUNIT_EXPECT_EQ(test, set_notify(arg.op.index, UNMAP_NOTIFY_CLEAR_BYTE,
					 0), 0);
	at = node_mmap(&node, arg.op.index, 1, PROT_READ);
	KUNIT_ASSERT_GT(test, at, 0);
	KUNIT_EXPECT_EQ(test, flags_at(at) & (VM_WRITE | VM_MAYWRITE), 0);
	KUNIT_EXPECT_NE(test, flags_at(at) & VM_DONTEXPAND, 0);
	KUNIT_EXPECT_EQ(test, set_notify(arg.op.index, UNMAP_NOTIFY_CLEAR_BYTE,
					 0), -EINVAL);
	node_munmap(at, 1);
	/* Would fault if it tried to clear the byte */
	KUNIT_EXPECT_EQ(test, forget(arg.op.index, 1), 0);
}

static void clears_byte(struct kunit *test)
{
	u8 *bytes = page_address(theirs[1]);
	u64 index;
	long at;

	memset(bytes, 0x55, PAGE_SIZE);
	at = map_all(test, &index);
	KUNIT_EXPECT_EQ(test, set_notify(index + PAGE_SIZE + 7,
					 UNMAP_NOTIFY_CLEAR_BYTE, 0), 0);
	KUNIT_EXPECT_EQ(test, set_notify(index + PAGES * PAGE_SIZE, 0, 0),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, set_notify(index, 4, 0), -EINVAL);
	/* Not a port of a program's */
	KUNIT_EXPECT_EQ(test, set_notify(index, UNMAP_NOTIFY_SEND_EVENT, 1000),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, forget(index, PAGES), 0);
	KUNIT_EXPECT_EQ(test, bytes[7], 0x55);
	node_munmap(at, PAGES);
	KUNIT_EXPECT_EQ(test, bytes[6], 0x55);
	KUNIT_EXPECT_EQ(test, bytes[7], 0);
	KUNIT_EXPECT_EQ(test, bytes[8], 0x55);
}

/* Prepared and not mapped: there is nothing to be cleared. */
static void clears_no_byte(struct kunit *test)
{
	u8 *bytes = page_address(theirs[1]);
	struct map_arg arg;

	bytes[7] = 0x55;
	KUNIT_ASSERT_EQ(test, prepare(PAGES, &arg), 0);
	KUNIT_EXPECT_EQ(test, set_notify(arg.op.index + PAGE_SIZE + 7,
					 UNMAP_NOTIFY_CLEAR_BYTE, 0), 0);
	KUNIT_EXPECT_EQ(test, forget(arg.op.index, PAGES), 0);
	KUNIT_EXPECT_EQ(test, bytes[7], 0x55);
}

static long offset_of(struct node *of, unsigned long at,
		      struct ioctl_gntdev_get_offset_for_vaddr *op)
{
	*op = (struct ioctl_gntdev_get_offset_for_vaddr){ .vaddr = at };
	return node_ioctl(of, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, op,
			  sizeof(*op));
}

static void offsets(struct kunit *test)
{
	struct ioctl_gntdev_get_offset_for_vaddr op;
	struct node other;
	struct map_arg arg;
	u64 index;
	long at;

	KUNIT_ASSERT_EQ(test, prepare(1, &arg), 0);
	at = map_all(test, &index);
	KUNIT_EXPECT_EQ(test, index, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, offset_of(&node, at, &op), 0);
	KUNIT_EXPECT_EQ(test, op.offset, index);
	KUNIT_EXPECT_EQ(test, op.count, PAGES);
	KUNIT_EXPECT_EQ(test, offset_of(&node, node.buf, &op), -EINVAL);
	KUNIT_EXPECT_EQ(test, offset_of(&node, 0, &op), -EINVAL);

	node_open(test, &other, &gntdev_file_ops);
	KUNIT_EXPECT_EQ(test, offset_of(&other, at, &op), -EINVAL);
	node_close(&other);
	node_munmap(at, PAGES);
	KUNIT_EXPECT_EQ(test, forget(index, PAGES), 0);
}

static struct kunit_case gntdev_cases[] = {
	KUNIT_CASE(map_and_unmap),
	KUNIT_CASE(bad_arguments),
	KUNIT_CASE(all_or_none),
	KUNIT_CASE(partial_munmap),
	KUNIT_CASE(busy_page),
	KUNIT_CASE(busy_again_and_again),
	KUNIT_CASE(lost_page),
	KUNIT_CASE(restored),
	KUNIT_CASE(read_only),
	KUNIT_CASE(clears_byte),
	KUNIT_CASE(clears_no_byte),
	KUNIT_CASE(offsets),
	{}
};

static struct kunit_suite gntdev_suite = {
	.name = "xen_user_gntdev",
	.init = gntdev_test_init,
	.exit = gntdev_test_exit,
	.test_cases = gntdev_cases,
};

kunit_test_suite(gntdev_suite);

MODULE_DESCRIPTION("Tests of /dev/xen/gntdev");
MODULE_LICENSE("GPL");
