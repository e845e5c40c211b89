// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of dma-bufs that are granted to another domain, on a fake Xen. The dma-buf is the
 * test's own: what it has to know is whether its pages are still in use.
 */
#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "fake_gnttab.h"
#include "gntdev.h"
#include "node.h"

#define PAGES	3

/* struct ioctl_gntdev_dmabuf_imp_to_refs with room for all references */
struct import_arg {
	struct ioctl_gntdev_dmabuf_imp_to_refs op;
	u32 more[PAGES];
};

static struct node node;
static struct page *pages[PAGES];
static struct device *dev;
static struct dma_buf *buf;
static int fd = -1;
/* Who has the pages mapped: an import */
static unsigned int mappings;

/* The work is not queued: a test calls it when it wants to. */
static unsigned int waits, last_wait;

static void note_wait(struct gntdev_dying *dying, unsigned int ms)
{
	waits++;
	last_wait = ms;
}

static struct device *test_device(void)
{
	return dev;
}

/* No device ever sees the addresses. */
static struct sg_table *map_buf(struct dma_buf_attachment *attach,
				enum dma_data_direction dir)
{
	struct sg_table *sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	struct scatterlist *sg;
	int i;

	if (!sgt)
		return ERR_PTR(-ENOMEM);
	if (sg_alloc_table(sgt, PAGES, GFP_KERNEL)) {
		kfree(sgt);
		return ERR_PTR(-ENOMEM);
	}
	for_each_sgtable_sg(sgt, sg, i) {
		sg_set_page(sg, pages[i], PAGE_SIZE, 0);
		sg_dma_address(sg) = page_to_phys(pages[i]);
		sg_dma_len(sg) = PAGE_SIZE;
	}
	mappings++;
	return sgt;
}

static void unmap_buf(struct dma_buf_attachment *attach, struct sg_table *sgt,
		      enum dma_data_direction dir)
{
	sg_free_table(sgt);
	kfree(sgt);
	mappings--;
}

static void release_buf(struct dma_buf *unused)
{
}

static const struct dma_buf_ops buf_ops = {
	.map_dma_buf = map_buf,
	.unmap_dma_buf = unmap_buf,
	.release = release_buf,
};

static int import_init(struct kunit *test)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	int rc = fake_gnttab_start(test);
	unsigned int i;

	if (rc)
		return rc;
	for (i = 0; i < PAGES; i++)
		pages[i] = fake_page(test);
	dev = kunit_device_register(test, "xen-import");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	info.ops = &buf_ops;
	info.size = PAGES * PAGE_SIZE;
	info.flags = O_RDWR;
	info.priv = test;
	buf = dma_buf_export(&info);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, buf);
	fd = dma_buf_fd(buf, O_CLOEXEC);
	KUNIT_ASSERT_GE(test, fd, 0);
	mappings = 0;
	waits = 0;
	kunit_activate_static_stub(test, gntdev_dma_device, test_device);
	kunit_activate_static_stub(test, gntdev_look_again, note_wait);
	node_open(test, &node, &gntdev_file_ops);
	return 0;
}

static void import_exit(struct kunit *test)
{
	unsigned int i;

	if (node.filp)
		node_close(&node);
	node.filp = NULL;
	if (fd >= 0)
		close_fd(fd);
	fd = -1;
	/* Kernel threads leave the last reference of a file to others. */
	flush_delayed_fput();
	for (i = 0; i < PAGES && pages[i]; i++) {
		__free_page(pages[i]);
		pages[i] = NULL;
	}
	fake_gnttab_exit(test);
}

static long import(u32 count, struct import_arg *arg)
{
	*arg = (struct import_arg){
		.op.fd = fd,
		.op.count = count,
		.op.domid = FAKE_PEER,
	};
	return node_ioctl(&node, IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, arg,
			  sizeof(*arg));
}

static long release(void)
{
	struct ioctl_gntdev_dmabuf_imp_release op = { .fd = fd };

	return node_ioctl(&node, IOCTL_GNTDEV_DMABUF_IMP_RELEASE, &op,
			  sizeof(op));
}

/* More than the one that the type has */
static const u32 *references(const struct import_arg *arg)
{
	return (const void *)arg + offsetof(struct import_arg, op.refs);
}

static void grants_all(struct kunit *test)
{
	unsigned int refs = fake_free_refs(), i;
	struct import_arg arg;
	const u32 *got = references(&arg);

	KUNIT_ASSERT_EQ(test, import(PAGES, &arg), 0);
	KUNIT_EXPECT_EQ(test, mappings, 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), refs - PAGES);
	for (i = 0; i < PAGES; i++) {
		KUNIT_EXPECT_PTR_EQ(test,
				    fake_peer_map(got[i], false), pages[i]);
		fake_peer_unmap(got[i], false);
	}
	KUNIT_EXPECT_EQ(test, release(), 0);
	KUNIT_EXPECT_EQ(test, mappings, 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), refs);
	KUNIT_EXPECT_EQ(test, waits, 0);
	KUNIT_EXPECT_EQ(test, release(), -ENOENT);

	KUNIT_EXPECT_EQ(test, import(PAGES - 1, &arg), -EINVAL);
	KUNIT_EXPECT_EQ(test, mappings, 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), refs);
}

/* The owner gets none of the pages back while the other domain has one of them. */
static void kept_by_peer(struct kunit *test)
{
	unsigned int refs = fake_free_refs();
	struct import_arg arg;

	KUNIT_ASSERT_EQ(test, import(PAGES, &arg), 0);
	KUNIT_ASSERT_NOT_NULL(test, fake_peer_map(references(&arg)[1], true));
	KUNIT_EXPECT_EQ(test, release(), 0);
	KUNIT_EXPECT_EQ(test, release(), -ENOENT);
	KUNIT_EXPECT_EQ(test, mappings, 1);
	/* There is no access to the others any more. */
	KUNIT_EXPECT_EQ(test, fake_free_refs(), refs - 1);
	KUNIT_EXPECT_NULL(test, fake_peer_map(references(&arg)[0], true));
	KUNIT_EXPECT_EQ(test, waits, 1);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);

	gntdev_dying_look(&gntdev_dying_imports);
	gntdev_dying_look(&gntdev_dying_imports);
	KUNIT_EXPECT_EQ(test, mappings, 1);
	KUNIT_EXPECT_EQ(test, waits, 3);
	KUNIT_EXPECT_GT(test, last_wait, 5);

	fake_peer_unmap(references(&arg)[1], true);
	gntdev_dying_look(&gntdev_dying_imports);
	KUNIT_EXPECT_EQ(test, mappings, 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), refs);
	/* There is nothing to wait for any more. */
	KUNIT_EXPECT_EQ(test, waits, 3);
}

/* The same when the file is closed, with two imports of which one is kept. */
static void closed_with_imports(struct kunit *test)
{
	unsigned int refs = fake_free_refs();
	struct import_arg kept, arg;

	KUNIT_ASSERT_EQ(test, import(PAGES, &kept), 0);
	KUNIT_ASSERT_EQ(test, import(PAGES, &arg), 0);
	KUNIT_ASSERT_NOT_NULL(test, fake_peer_map(kept.op.refs[2], false));
	node_close(&node);
	node.filp = NULL;
	KUNIT_EXPECT_EQ(test, mappings, 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), refs - 1);

	fake_peer_unmap(kept.op.refs[2], false);
	gntdev_dying_look(&gntdev_dying_imports);
	KUNIT_EXPECT_EQ(test, mappings, 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), refs);
}

/* Who does not let go of what was taken back from him gets no more. */
static void kept_too_much(struct kunit *test)
{
	unsigned int max = gntdev_kept_max;
	struct import_arg kept, arg;

	KUNIT_ASSERT_EQ(test, import(PAGES, &kept), 0);
	KUNIT_ASSERT_NOT_NULL(test, fake_peer_map(kept.op.refs[0], false));
	KUNIT_EXPECT_EQ(test, release(), 0);
	gntdev_kept_max = PAGES - 1;
	KUNIT_EXPECT_EQ(test, import(PAGES, &arg), -EBUSY);
	KUNIT_EXPECT_EQ(test, mappings, 1);
	gntdev_kept_max = PAGES;
	KUNIT_EXPECT_EQ(test, import(PAGES, &arg), 0);
	KUNIT_EXPECT_EQ(test, release(), 0);

	gntdev_kept_max = PAGES - 1;
	fake_peer_unmap(kept.op.refs[0], false);
	gntdev_dying_look(&gntdev_dying_imports);
	KUNIT_EXPECT_EQ(test, import(PAGES, &arg), 0);
	KUNIT_EXPECT_EQ(test, release(), 0);
	KUNIT_EXPECT_EQ(test, mappings, 0);
	gntdev_kept_max = max;
}

static struct kunit_case import_cases[] = {
	KUNIT_CASE(grants_all),
	KUNIT_CASE(kept_by_peer),
	KUNIT_CASE(closed_with_imports),
	KUNIT_CASE(kept_too_much),
	{}
};

static struct kunit_suite import_suite = {
	.name = "xen_user_import",
	.init = import_init,
	.exit = import_exit,
	.test_cases = import_cases,
};

kunit_test_suite(import_suite);

MODULE_DESCRIPTION("Tests of dma-bufs that are granted");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMA_BUF);
