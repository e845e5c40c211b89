// SPDX-License-Identifier: GPL-2.0
/*
 * user_gntdev - what is between a program and /dev/xen/gntdev
 *
 * grant_user tests the grants; this one the maps of an open device: offsets, errors,
 * areas that are mapped in part, forked, kept when the device is closed or when the
 * program dies, pages that are in use elsewhere when they are unmapped, the notification
 * of that; grant copy; and dma-bufs. A domain cannot map its own grants, so dom0, where
 * grant_peer runs, has the pages; copies and imported dma-bufs go from this domain to
 * itself.
 *
 * Environment: XEN_GRANT_PEER  set: grant_peer runs in dom0, and has to answer
 * Needs: CONFIG_XEN_GNTDEV, CONFIG_XEN_GRANT_DEV_ALLOC, CONFIG_XEN_DEV_EVTCHN,
 *   CONFIG_XEN_GNTDEV_DMABUF, CONFIG_UDMABUF.
 * Time: 10 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <linux/udmabuf.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <xenstore.h>

#include "grantdev.h"
#include "evtchndev.h"
#include "grantpeer.h"
#include "peer.h"

#define LIMIT		"/sys/module/xen_gntdev/parameters/limit"
#define PEER		0
#define WAIT_MS		5000
#define QUIET_MS	100
#define PAGES		4
#define BAD_REF		0x7ffffff

static char *map_pages(int fd, uint64_t index, int pages, int prot)
{
	return mmap(NULL, pages * GD_PAGE, prot, MAP_SHARED, fd, index);
}

/* --- without another domain --- */

FIXTURE(alone)
{
	int dev;
	int alloc;
	int self;
};

FIXTURE_SETUP(alone)
{
	XT_NEED_XEN();
	self->self = xt_own_domid();
	if (self->self < 0)
		SKIP(return, "Xen does not tell this domain's number (CPUID)");
	self->dev = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	if (self->dev < 0 && errno == ENOENT)
		SKIP(return, "no " GD_MAP_DEVICE " (CONFIG_XEN_GNTDEV)");
	ASSERT_LE(0, self->dev);
	self->alloc = open(GD_ALLOC_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->alloc);
}

FIXTURE_TEARDOWN(alone)
{
	close(self->dev);
	close(self->alloc);
}

TEST_F(alone, ioctl_errors)
{
	static const unsigned int cmds[] = {
		IOCTL_GNTDEV_MAP_GRANT_REF, IOCTL_GNTDEV_UNMAP_GRANT_REF,
		IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, IOCTL_GNTDEV_SET_UNMAP_NOTIFY,
		IOCTL_GNTDEV_GRANT_COPY,
	};
	uint32_t refs[GD_MAX_REFS] = { };
	uint64_t index = 0;
	unsigned int i;

	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		EXPECT_EQ(-1, ioctl(self->dev, cmds[i], NULL));
		EXPECT_EQ(EFAULT, errno);
	}
	EXPECT_EQ(-1, ioctl(self->dev, _IOC(_IOC_NONE, 'G', 99, 8), NULL));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(EINVAL, gd_prepare_maps(self->dev, PEER, refs, 0, &index));
	/* There is no such domain. */
	EXPECT_EQ(EINVAL, gd_prepare_maps(self->dev, 0x10000, refs, 1, &index));
	EXPECT_EQ(ENOENT, gd_forget_maps(self->dev, 0, 1));
	EXPECT_EQ(ENOENT, gd_notify(self->dev, 0, 0, 0));
	EXPECT_EQ(EINVAL, gd_notify(self->dev, 0, 4, 0));
	EXPECT_EQ(EINVAL, gd_notify(self->dev, 0, UNMAP_NOTIFY_SEND_EVENT, 1));
	EXPECT_EQ(MAP_FAILED, map_pages(self->dev, 0, 1, PROT_READ));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(alone, limit)
{
	uint32_t refs[GD_MAX_REFS] = { };
	uint64_t index = 0;
	char limit[32];

	ASSERT_TRUE(xt_read_file(LIMIT, limit, sizeof(limit)));
	ASSERT_TRUE(xt_write_file(LIMIT, "8"));
	EXPECT_EQ(EINVAL, gd_prepare_maps(self->dev, PEER, refs, 9, &index));
	EXPECT_EQ(0, gd_prepare_maps(self->dev, PEER, refs, 8, &index));
	/* It is for each map on its own. */
	EXPECT_EQ(0, gd_prepare_maps(self->dev, PEER, refs, 8, &index));
	EXPECT_TRUE(xt_write_file(LIMIT, limit));
}

/* The first offset is 0, and none comes again. */
TEST_F(alone, offsets)
{
	uint32_t refs[GD_MAX_REFS] = { };
	uint64_t a = 1, b = 0, c = 0;

	ASSERT_EQ(0, gd_prepare_maps(self->dev, PEER, refs, 2, &a));
	EXPECT_EQ(0, a);
	ASSERT_EQ(0, gd_prepare_maps(self->dev, PEER, refs, 3, &b));
	EXPECT_EQ(2 * GD_PAGE, b);
	EXPECT_EQ(ENOENT, gd_forget_maps(self->dev, a, 1));
	EXPECT_EQ(ENOENT, gd_forget_maps(self->dev, a + GD_PAGE, 1));
	EXPECT_EQ(ENOENT, gd_forget_maps(self->dev, b, 2));
	/* A byte anywhere in it will do for this. */
	EXPECT_EQ(0, gd_notify(self->dev, b + 2 * GD_PAGE + 5,
			       UNMAP_NOTIFY_CLEAR_BYTE, 0));
	EXPECT_EQ(ENOENT, gd_notify(self->dev, b + 3 * GD_PAGE, 0, 0));
	EXPECT_EQ(0, gd_forget_maps(self->dev, a, 2));
	EXPECT_EQ(ENOENT, gd_forget_maps(self->dev, a, 2));
	ASSERT_EQ(0, gd_prepare_maps(self->dev, PEER, refs, 1, &c));
	EXPECT_EQ(b + 3 * GD_PAGE, c);
	EXPECT_EQ(0, gd_forget_maps(self->dev, b, 0));
	EXPECT_EQ(0, gd_forget_maps(self->dev, c, 1));
}

/* The offset cannot be told: nothing may be left. */
TEST_F(alone, nothing_left_of_a_failure)
{
	struct ioctl_gntdev_map_grant_ref *op;
	uint64_t index = 1;

	op = mmap(NULL, GD_PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, op);
	op->count = 1;
	op->refs[0].domid = PEER;
	op->refs[0].ref = BAD_REF;
	ASSERT_EQ(0, mprotect(op, GD_PAGE, PROT_READ));
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_MAP_GRANT_REF, op));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(ENOENT, gd_forget_maps(self->dev, 0, 1));
	EXPECT_EQ(0, gd_prepare_map(self->dev, PEER, BAD_REF, &index));
	EXPECT_EQ(0, gd_forget_map(self->dev, index));
	EXPECT_EQ(0, munmap(op, GD_PAGE));
}

/* --- grant copy, from this domain to itself --- */

FIXTURE(copy)
{
	int dev;
	int alloc;
	int self;
	struct gd_grant g;
	unsigned char *page;
	unsigned char *local;
};

#define LOCAL_PAGES	4

FIXTURE_SETUP(copy)
{
	int i;

	XT_NEED_XEN();
	self->self = xt_own_domid();
	if (self->self < 0)
		SKIP(return, "Xen does not tell this domain's number (CPUID)");
	self->dev = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	self->alloc = open(GD_ALLOC_DEVICE, O_RDWR | O_CLOEXEC);
	if (self->dev < 0 || self->alloc < 0)
		SKIP(return, "no " GD_MAP_DEVICE " or " GD_ALLOC_DEVICE);
	ASSERT_EQ(0, gd_alloc(self->alloc, self->self, 2, true, &self->g));
	self->page = mmap(NULL, 2 * GD_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			  self->alloc, self->g.index);
	ASSERT_NE(MAP_FAILED, self->page);
	for (i = 0; i < GD_PAGE; i++)
		self->page[i] = i * 13 + (i >> 8);
	self->local = mmap(NULL, LOCAL_PAGES * GD_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->local);
}

FIXTURE_TEARDOWN(copy)
{
	munmap(self->page, 2 * GD_PAGE);
	munmap(self->local, LOCAL_PAGES * GD_PAGE);
	close(self->dev);
	close(self->alloc);
}

/* From the first granted page */
static struct gntdev_grant_copy_segment from_page(FIXTURE_DATA(copy) *self,
						  int offset, void *to, int len)
{
	return (struct gntdev_grant_copy_segment){
		.source.foreign = {
			.ref = self->g.refs[0],
			.offset = offset,
			.domid = self->self,
		},
		.dest.virt = to,
		.len = len,
		.flags = GD_COPY_SOURCE_REF,
		.status = 77,
	};
}

static int do_copy(int fd, struct gntdev_grant_copy_segment *segs, int count)
{
	struct ioctl_gntdev_grant_copy op = {
		.count = count,
		.segments = segs,
	};

	return ioctl(fd, IOCTL_GNTDEV_GRANT_COPY, &op) ? errno : 0;
}

TEST_F(copy, across_pages)
{
	unsigned char *to = self->local + GD_PAGE - 100;
	struct gntdev_grant_copy_segment seg;

	seg = from_page(self, 0, to, GD_PAGE);
	ASSERT_EQ(0, do_copy(self->dev, &seg, 1));
	EXPECT_EQ(0, seg.status);
	EXPECT_EQ(0, memcmp(to, self->page, GD_PAGE));
	EXPECT_EQ(0, to[-1]);
	EXPECT_EQ(0, to[GD_PAGE]);

	/* And back, into the other page */
	seg = (struct gntdev_grant_copy_segment){
		.source.virt = to + 1,
		.dest.foreign = {
			.ref = self->g.refs[1],
			.offset = 7,
			.domid = self->self,
		},
		.len = 1000,
		.flags = GD_COPY_DEST_REF,
		.status = 77,
	};
	ASSERT_EQ(0, do_copy(self->dev, &seg, 1));
	EXPECT_EQ(0, seg.status);
	EXPECT_EQ(0, memcmp(self->page + GD_PAGE + 7, to + 1, 1000));
	EXPECT_EQ(0, self->page[GD_PAGE + 6]);
	EXPECT_EQ(0, self->page[GD_PAGE + 1007]);

	/* From grant to grant */
	seg = from_page(self, 2000, NULL, 2096);
	seg.dest.foreign.ref = self->g.refs[1];
	seg.dest.foreign.offset = 2000;
	seg.dest.foreign.domid = self->self;
	seg.flags |= GD_COPY_DEST_REF;
	ASSERT_EQ(0, do_copy(self->dev, &seg, 1));
	EXPECT_EQ(0, seg.status);
	EXPECT_EQ(0, memcmp(self->page + GD_PAGE + 2000, self->page + 2000,
			    2096));
}

/* Many segments, some of them bad, and all kinds of lengths */
TEST_F(copy, many)
{
	static struct gntdev_grant_copy_segment segs[200];
	int i, len;

	for (i = 0; i < 200; i++) {
		len = i % 5 == 4 ? 0 : 16 + i;
		segs[i] = from_page(self, 10 * i,
				    self->local + i * 64 % (3 * GD_PAGE), len);
		if (i % 5 == 2)
			segs[i].source.foreign.ref = BAD_REF;
	}
	ASSERT_EQ(0, do_copy(self->dev, segs, 200));
	for (i = 0; i < 200; i++) {
		EXPECT_EQ(i % 5 == 2, segs[i].status != 0);
	}
	EXPECT_EQ(0, memcmp(self->local + 198 * 64 % (3 * GD_PAGE),
			    self->page + 1980, 16 + 198));
}

TEST_F(copy, errors)
{
	struct gntdev_grant_copy_segment segs[2];
	unsigned char *ro = self->local + 2 * GD_PAGE;

	EXPECT_EQ(0, do_copy(self->dev, NULL, 0));
	EXPECT_EQ(EFAULT, do_copy(self->dev, NULL, 1));
	segs[0] = from_page(self, 0, self->local, 16);
	segs[1] = from_page(self, 4090, self->local, 7);
	EXPECT_EQ(EINVAL, do_copy(self->dev, segs, 2));
	segs[1] = from_page(self, 0, self->local, 16);
	segs[1].flags = 0;
	EXPECT_EQ(EINVAL, do_copy(self->dev, segs, 2));
	segs[1] = from_page(self, 0xffff, self->local, 0xffff);
	EXPECT_EQ(EINVAL, do_copy(self->dev, segs, 2));

	/* Not to be written; not even to be read; half of it not there */
	memset(ro, 1, GD_PAGE);
	ASSERT_EQ(0, mprotect(ro, GD_PAGE, PROT_READ));
	segs[1] = from_page(self, 0, ro, 16);
	EXPECT_EQ(EFAULT, do_copy(self->dev, segs, 2));
	segs[1] = from_page(self, 0, ro - 8, 16);
	EXPECT_EQ(EFAULT, do_copy(self->dev, segs, 2));
	EXPECT_EQ(1, ro[0]);
	segs[1] = (struct gntdev_grant_copy_segment){
		.source.virt = ro,
		.dest.foreign = { .ref = self->g.refs[1],
				  .domid = self->self },
		.len = 16,
		.flags = GD_COPY_DEST_REF,
	};
	EXPECT_EQ(0, do_copy(self->dev, segs, 2));
	EXPECT_EQ(0, segs[1].status);
	EXPECT_EQ(1, self->page[GD_PAGE]);
	ASSERT_EQ(0, mprotect(ro, GD_PAGE, PROT_NONE));
	EXPECT_EQ(EFAULT, do_copy(self->dev, segs, 2));
}

/* A program that does nothing but copy can be killed. */
TEST_F(copy, killed)
{
	static struct gntdev_grant_copy_segment segs[4096];
	int status, i;
	pid_t pid;

	for (i = 0; i < 4096; i++)
		segs[i] = from_page(self, 0, self->local, 16);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		for (;;)
			do_copy(self->dev, segs, 4096);
	usleep(300000);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
}

/* --- a dma-buf of this domain's, granted to itself --- */

FIXTURE(import)
{
	int dev;
	int self;
	int memfd;
	int buf;
	char *memory;
};

FIXTURE_SETUP(import)
{
	struct udmabuf_create create = { .size = PAGES * GD_PAGE };
	int udmabuf, i;

	XT_NEED_XEN();
	self->self = xt_own_domid();
	if (self->self < 0)
		SKIP(return, "Xen does not tell this domain's number (CPUID)");
	udmabuf = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (udmabuf < 0)
		SKIP(return, "no /dev/udmabuf (CONFIG_UDMABUF)");
	self->dev = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->dev);
	self->memfd = memfd_create("pages", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	ASSERT_LE(0, self->memfd);
	ASSERT_EQ(0, ftruncate(self->memfd, PAGES * GD_PAGE));
	ASSERT_EQ(0, fcntl(self->memfd, F_ADD_SEALS, F_SEAL_SHRINK));
	self->memory = mmap(NULL, PAGES * GD_PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED, self->memfd, 0);
	ASSERT_NE(MAP_FAILED, self->memory);
	for (i = 0; i < PAGES; i++)
		sprintf(self->memory + i * GD_PAGE, "buffer %d", i);
	create.memfd = self->memfd;
	create.flags = UDMABUF_FLAGS_CLOEXEC;
	self->buf = ioctl(udmabuf, UDMABUF_CREATE, &create);
	ASSERT_LE(0, self->buf);
	close(udmabuf);
}

FIXTURE_TEARDOWN(import)
{
	close(self->dev);
	close(self->buf);
	munmap(self->memory, PAGES * GD_PAGE);
	close(self->memfd);
}

static int import_buf(int dev, int fd, int domid, uint32_t count, uint32_t *refs)
{
	char buf[sizeof(struct ioctl_gntdev_dmabuf_imp_to_refs) +
		 4 * GD_MAX_REFS] = { };
	struct ioctl_gntdev_dmabuf_imp_to_refs *op = (void *)buf;

	op->fd = fd;
	op->count = count;
	op->domid = domid;
	if (ioctl(dev, IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, op))
		return errno;

	memcpy(refs, buf + offsetof(struct ioctl_gntdev_dmabuf_imp_to_refs,
				    refs), 4 * count);
	return 0;
}

static int release_buf(int dev, int fd)
{
	struct ioctl_gntdev_dmabuf_imp_release op = { .fd = fd };

	return ioctl(dev, IOCTL_GNTDEV_DMABUF_IMP_RELEASE, &op) ? errno : 0;
}

#define NEED_DMABUF(dev)						\
do {									\
	if (release_buf(dev, -1) == ENOTTY)				\
		SKIP(return, "no CONFIG_XEN_GNTDEV_DMABUF");		\
} while (0)

TEST_F(import, pages_are_granted)
{
	uint32_t refs[PAGES] = { };
	char text[32], want[32];
	int i;

	NEED_DMABUF(self->dev);
	ASSERT_EQ(0, import_buf(self->dev, self->buf, self->self, PAGES, refs));
	/* The number is what counts, not the descriptor. */
	for (i = 0; i < PAGES; i++) {
		snprintf(want, sizeof(want), "buffer %d", i);
		ASSERT_EQ(0, gd_copy(self->dev, self->self, refs[i], 0, text,
				     sizeof(text)));
		EXPECT_STREQ(want, text);
	}
	EXPECT_EQ(0, release_buf(self->dev, self->buf));
	EXPECT_EQ(ENOENT, release_buf(self->dev, self->buf));
	EXPECT_NE(0, gd_copy(self->dev, self->self, refs[0], 0, text,
			     sizeof(text)));
}

TEST_F(import, errors)
{
	uint32_t refs[GD_MAX_REFS] = { };
	char text[16];

	NEED_DMABUF(self->dev);
	EXPECT_EQ(EINVAL, import_buf(self->dev, self->buf, self->self, 0, refs));
	EXPECT_EQ(EINVAL, import_buf(self->dev, self->buf, self->self,
				     PAGES - 1, refs));
	EXPECT_EQ(EINVAL, import_buf(self->dev, self->buf, self->self,
				     PAGES + 1, refs));
	EXPECT_EQ(EINVAL, import_buf(self->dev, self->buf, 0x10000, PAGES,
				     refs));
	EXPECT_EQ(EBADF, import_buf(self->dev, -1, self->self, PAGES, refs));
	/* A file, but no dma-buf */
	EXPECT_EQ(EINVAL, import_buf(self->dev, self->memfd, self->self, PAGES,
				     refs));
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_DMABUF_IMP_RELEASE, NULL));
	EXPECT_EQ(EFAULT, errno);

	/* Twice the same, which are two; and closing ends both. */
	ASSERT_EQ(0, import_buf(self->dev, self->buf, self->self, PAGES, refs));
	ASSERT_EQ(0, import_buf(self->dev, self->buf, self->self, PAGES,
				refs + PAGES));
	EXPECT_NE(refs[0], refs[PAGES]);
	EXPECT_EQ(0, release_buf(self->dev, self->buf));
	EXPECT_EQ(0, gd_copy(self->dev, self->self, refs[0], 0, text, 16));
	EXPECT_NE(0, gd_copy(self->dev, self->self, refs[PAGES], 0, text, 16));
	close(self->dev);
	self->dev = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->dev);
	EXPECT_NE(0, gd_copy(self->dev, self->self, refs[0], 0, text, 16));
}

/* --- pages of dom0 --- */

FIXTURE(pair)
{
	struct peer peer;
	int dev;
	int evtchn;
	uint32_t refs[PAGES];
};

FIXTURE_SETUP(pair)
{
	char *text;
	int i;

	XT_NEED_XEN();
	if (!getenv("XEN_GRANT_PEER"))
		SKIP(return, "XEN_GRANT_PEER is not set: no grant_peer in dom0");
	self->dev = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->dev);
	self->evtchn = open(ED_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	ASSERT_LE(0, self->evtchn);
	ASSERT_TRUE(peer_open(&self->peer));
	text = peer_ask(&self->peer, "grant %d", PAGES);
	ASSERT_NE(NULL, text) {
		TH_LOG("%s", self->peer.answer);
	}
	for (i = 0; i < PAGES; i++)
		self->refs[i] = strtoul(text, &text, 10);
}

FIXTURE_TEARDOWN(pair)
{
	/* First, so that the peer finds its pages unused */
	close(self->dev);
	close(self->evtchn);
	peer_ask(&self->peer, "free");
	peer_close(&self->peer);
}

/* All pages, and the first byte of the last to be cleared at the end */
#define MAP_ALL(index, at)						\
do {									\
	ASSERT_EQ(0, gd_prepare_maps(self->dev, PEER, self->refs, PAGES,	\
				     &(index)));			\
	ASSERT_EQ(0, gd_clear_on_unmap(self->dev,			\
				       (index) + (PAGES - 1) * GD_PAGE));	\
	at = map_pages(self->dev, index, PAGES, PROT_READ | PROT_WRITE);	\
	ASSERT_NE(MAP_FAILED, at);					\
} while (0)

/* Is the map in use still? The peer sees whether the byte is cleared. */
#define EXPECT_MAPPED(yes)						\
	EXPECT_STREQ((yes) ? "page 3" : "",				\
		     peer_ask(&self->peer, "get %d", (PAGES - 1) * GD_PAGE))

/*
 * Are the grants unmapped? The peer, who ends them now, knows whether Xen still has them in
 * use, if its kernel tells.
 */
#define EXPECT_UNMAPPED()						\
do {									\
	const char *text = peer_ask(&self->peer, "free");		\
									\
	ASSERT_NE(NULL, text);						\
	EXPECT_GE(0, atoi(text)) {					\
		TH_LOG("%s grants are still in use", text);		\
	}								\
} while (0)

TEST_F(pair, parts)
{
	uint64_t index = 0;
	char *at, want[16];
	int i;

	MAP_ALL(index, at);
	for (i = 0; i < PAGES; i++) {
		snprintf(want, sizeof(want), "page %d", i);
		EXPECT_STREQ(want, at + i * GD_PAGE);
	}
	EXPECT_EQ(0, munmap(at + GD_PAGE, GD_PAGE));
	EXPECT_STREQ("page 2", at + 2 * GD_PAGE);
	EXPECT_EQ(0, gd_forget_maps(self->dev, index, PAGES));
	EXPECT_EQ(0, munmap(at + 3 * GD_PAGE, GD_PAGE));
	EXPECT_STREQ("page 0", at);
	strcpy(at, "written");
	EXPECT_STREQ("written", peer_ask(&self->peer, "get"));
	EXPECT_MAPPED(true);
	EXPECT_EQ(0, munmap(at, 3 * GD_PAGE));
	EXPECT_MAPPED(false);
	EXPECT_UNMAPPED();
}

TEST_F(pair, mapped_once)
{
	struct ioctl_gntdev_get_offset_for_vaddr op = { };
	uint64_t index = 0;
	char *at;
	int other;

	MAP_ALL(index, at);
	EXPECT_EQ(MAP_FAILED, map_pages(self->dev, index, PAGES, PROT_READ));
	EXPECT_EQ(EINVAL, errno);

	op.vaddr = (uintptr_t)at;
	ASSERT_EQ(0, ioctl(self->dev, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &op));
	EXPECT_EQ(index, op.offset);
	EXPECT_EQ(PAGES, (int)op.count);
	op.vaddr = (uintptr_t)&op;
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &op));
	EXPECT_EQ(EINVAL, errno);
	/* It is no offset of another file. */
	other = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	op.vaddr = (uintptr_t)at;
	EXPECT_EQ(-1, ioctl(other, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &op));
	EXPECT_EQ(EINVAL, errno);
	close(other);
	EXPECT_EQ(0, munmap(at, PAGES * GD_PAGE));
	EXPECT_EQ(0, gd_forget_maps(self->dev, index, PAGES));
}

/* One grant of several is bad: there is nothing, and nothing is in the way of more. */
TEST_F(pair, all_or_none)
{
	uint32_t refs[PAGES];
	uint64_t index = 0;
	char *at;

	memcpy(refs, self->refs, sizeof(refs));
	refs[2] = BAD_REF;
	ASSERT_EQ(0, gd_prepare_maps(self->dev, PEER, refs, PAGES, &index));
	EXPECT_EQ(MAP_FAILED, map_pages(self->dev, index, PAGES, PROT_READ));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map_pages(self->dev, index, PAGES, PROT_READ));
	MAP_ALL(index, at);
	EXPECT_STREQ("page 1", at + GD_PAGE);
	EXPECT_EQ(0, munmap(at, PAGES * GD_PAGE));
}

TEST_F(pair, private_or_read_only)
{
	uint64_t index = 0;
	char *at;

	ASSERT_EQ(0, gd_prepare_maps(self->dev, PEER, self->refs, 1, &index));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, GD_PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE, self->dev, index));
	EXPECT_EQ(EINVAL, errno);
	at = map_pages(self->dev, index, 1, PROT_READ);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_STREQ("page 0", at);
	/* Xen has it mapped read-only, and would have a say. */
	EXPECT_EQ(-1, mprotect(at, GD_PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(EINVAL, gd_clear_on_unmap(self->dev, index));
	EXPECT_EQ(0, munmap(at, GD_PAGE));

	ASSERT_EQ(0, gd_prepare_maps(self->dev, PEER, self->refs, 1, &index));
	at = mmap(NULL, GD_PAGE, PROT_READ, MAP_PRIVATE, self->dev, index);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_STREQ("page 0", at);
	EXPECT_EQ(-1, mprotect(at, GD_PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, munmap(at, GD_PAGE));
}

TEST_F(pair, fork)
{
	int go[2], status;
	uint64_t index = 0;
	char *at, c;
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	MAP_ALL(index, at);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		bool ok = read(go[0], &c, 1) == 1 && !strcmp(at, "page 0");

		strcpy(at, "child");
		_exit(!ok);
	}
	/* For the parent it is over, for the child it is not. */
	EXPECT_EQ(0, munmap(at, PAGES * GD_PAGE));
	EXPECT_EQ(0, gd_forget_maps(self->dev, index, PAGES));
	EXPECT_MAPPED(true);
	ASSERT_EQ(1, write(go[1], "", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_STREQ("child", peer_ask(&self->peer, "get"));
	EXPECT_MAPPED(false);
	EXPECT_UNMAPPED();
	close(go[0]);
	close(go[1]);
}

TEST_F(pair, close_while_mapped)
{
	uint64_t index = 0;
	char *at;

	MAP_ALL(index, at);
	close(self->dev);
	self->dev = -1;
	EXPECT_STREQ("page 2", at + 2 * GD_PAGE);
	EXPECT_MAPPED(true);
	EXPECT_EQ(0, munmap(at, PAGES * GD_PAGE));
	EXPECT_MAPPED(false);
	EXPECT_UNMAPPED();
}

TEST_F(pair, close_before_mapped)
{
	uint64_t index = 0;

	ASSERT_EQ(0, gd_prepare_maps(self->dev, PEER, self->refs, PAGES,
				     &index));
	close(self->dev);
	self->dev = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->dev);
	EXPECT_EQ(MAP_FAILED, map_pages(self->dev, index, PAGES, PROT_READ));
	EXPECT_MAPPED(true);
}

#define BOTH	(UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT)

TEST_F(pair, program_dies)
{
	int ready[2], near, far, status;
	uint64_t index = 0;
	char c;
	pid_t pid;

	ASSERT_TRUE(ed_connect(self->evtchn, self->evtchn, &near, &far));
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int dev = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);

		if (gd_prepare_maps(dev, PEER, self->refs, PAGES, &index) ||
		    gd_notify(dev, index + (PAGES - 1) * GD_PAGE, BOTH, far) ||
		    map_pages(dev, index, PAGES, PROT_READ | PROT_WRITE) ==
		    MAP_FAILED || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	ASSERT_EQ(1, read(ready[0], &c, 1));
	EXPECT_EQ(-1, ed_next(self->evtchn, QUIET_MS));
	EXPECT_MAPPED(true);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(near, ed_next(self->evtchn, WAIT_MS));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_MAPPED(false);
	EXPECT_UNMAPPED();
	close(ready[0]);
	close(ready[1]);
}

/*
 * The page is in a pipe when the program unmaps it. It has to stay what it is until
 * somebody has read it, and only then is the other side told.
 */
TEST_F(pair, in_use_elsewhere)
{
	struct iovec iov = { .iov_len = 16 };
	int pipes[2], near, far;
	uint64_t index = 0;
	char *at, buf[17] = "";

	ASSERT_TRUE(ed_connect(self->evtchn, self->evtchn, &near, &far));
	ASSERT_EQ(0, pipe(pipes));
	MAP_ALL(index, at);
	ASSERT_EQ(0, gd_notify(self->dev, index + (PAGES - 1) * GD_PAGE, BOTH,
			       far));
	iov.iov_base = at + 2 * GD_PAGE;
	ASSERT_EQ(16, vmsplice(pipes[1], &iov, 1, 0)) {
		TH_LOG("errno %d", errno);
	}
	EXPECT_EQ(0, munmap(at, PAGES * GD_PAGE));
	EXPECT_EQ(0, gd_forget_maps(self->dev, index, PAGES));
	EXPECT_EQ(-1, ed_next(self->evtchn, 500));
	EXPECT_EQ(16, read(pipes[0], buf, 16));
	EXPECT_STREQ("page 2", buf);
	EXPECT_EQ(near, ed_next(self->evtchn, WAIT_MS));
	close(pipes[0]);
	close(pipes[1]);
}

/* Again and again, as addresses to map pages at must not run out */
TEST_F_TIMEOUT(pair, again_and_again, 60)
{
	uint64_t index = 0;
	char *at;
	int i;

	for (i = 0; i < 300; i++) {
		ASSERT_EQ(0, gd_prepare_maps(self->dev, PEER, self->refs, PAGES,
					     &index));
		at = map_pages(self->dev, index, PAGES, PROT_READ);
		ASSERT_NE(MAP_FAILED, at);
		ASSERT_EQ('0' + PAGES - 1, at[(PAGES - 1) * GD_PAGE + 5]);
		if (i % 2) {
			ASSERT_EQ(0, gd_forget_maps(self->dev, index, PAGES));
			ASSERT_EQ(0, munmap(at, PAGES * GD_PAGE));
		} else {
			ASSERT_EQ(0, munmap(at, PAGES * GD_PAGE));
			ASSERT_EQ(0, gd_forget_maps(self->dev, index, PAGES));
		}
	}
}

/* --- pages of dom0 as a dma-buf --- */

static int export_refs(int dev, uint32_t flags, const uint32_t *refs,
		       uint32_t count, int *fd)
{
	char buf[sizeof(struct ioctl_gntdev_dmabuf_exp_from_refs) +
		 4 * GD_MAX_REFS] = { };
	struct ioctl_gntdev_dmabuf_exp_from_refs *op = (void *)buf;

	op->flags = flags;
	op->count = count;
	op->domid = PEER;
	memcpy(buf + offsetof(struct ioctl_gntdev_dmabuf_exp_from_refs, refs),
	       refs, 4 * count);
	if (ioctl(dev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, op))
		return errno;

	*fd = op->fd;
	return 0;
}

static int wait_released(int dev, int fd, uint32_t ms)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released op = {
		.fd = fd,
		.wait_to_ms = ms,
	};

	return ioctl(dev, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED, &op) ? errno :
									0;
}

TEST_F(pair, export)
{
	static const uint32_t flags[] = {
		0, GNTDEV_DMA_FLAG_WC, GNTDEV_DMA_FLAG_COHERENT,
	};
	int fd = -1, other, status;
	unsigned int i;
	pid_t pid;

	NEED_DMABUF(self->dev);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, export_refs(self->dev, flags[i], self->refs, PAGES,
					 &fd));
		EXPECT_EQ(PAGES * GD_PAGE, lseek(fd, 0, SEEK_END));
		EXPECT_EQ(ETIMEDOUT, wait_released(self->dev, fd, 0));
		EXPECT_EQ(ETIMEDOUT, wait_released(self->dev, fd, 50));
		/* The number stands for it, and there is another descriptor. */
		other = dup(fd);
		close(fd);
		EXPECT_EQ(ETIMEDOUT, wait_released(self->dev, fd, 50));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			usleep(200000);
			close(other);
			_exit(0);
		}
		close(other);
		status = wait_released(self->dev, fd, WAIT_MS);
		/* Gone while we wait, or before */
		EXPECT_TRUE(status == 0 || status == ENOENT);
		EXPECT_EQ(ENOENT, wait_released(self->dev, fd, 0));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
	}
}

TEST_F(pair, export_errors)
{
	uint32_t refs[GD_MAX_REFS] = { BAD_REF, BAD_REF };
	int fd = -1;

	NEED_DMABUF(self->dev);
	EXPECT_EQ(EINVAL, export_refs(self->dev, 0, refs, 0, &fd));
	EXPECT_EQ(EINVAL, export_refs(self->dev, 0, refs, 2, &fd));
	EXPECT_EQ(EINVAL, export_refs(self->dev, GNTDEV_DMA_FLAG_WC |
				      GNTDEV_DMA_FLAG_COHERENT, self->refs, 1,
				      &fd));
	EXPECT_EQ(ENOENT, wait_released(self->dev, self->dev, 0));
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED,
			    NULL));
	EXPECT_EQ(EFAULT, errno);
}

/* The device is closed, the dma-buf stays; nothing holds either when both are. */
TEST_F(pair, export_outlives_the_file)
{
	int fd = -1;

	NEED_DMABUF(self->dev);
	ASSERT_EQ(0, export_refs(self->dev, 0, self->refs, PAGES, &fd));
	close(self->dev);
	self->dev = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->dev);
	EXPECT_EQ(PAGES * GD_PAGE, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(ENOENT, wait_released(self->dev, fd, 0));
	close(fd);
}

TEST_HARNESS_MAIN
