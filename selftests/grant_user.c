// SPDX-License-Identifier: GPL-2.0
/*
 * grant_user - grants through /dev/xen/gntalloc and /dev/xen/gntdev
 *
 * The domain grants pages to itself, so both ends are tested without a second
 * domain: allocating, mapping, copying, read-only grants, revoking while mapped,
 * notification on unmap, and every error a user can cause. Last, the grant table
 * is filled to the end: that must be an error and no more, and afterwards block
 * I/O and new grants must work as before.
 *
 * Environment: XEN_SCRATCH  block device that is read, default /dev/xvdb
 * Needs: CONFIG_XEN_GRANT_DEV_ALLOC, CONFIG_XEN_GNTDEV. Filling the table takes a
 *   page per grant: 128 MB with Xen's default of 64 frames; with
 *   max_grant_frames=4 in the guest's configuration 8 MB.
 * Time: 10 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

typedef uint16_t domid_t;
typedef uint32_t grant_ref_t;
#include <linux/types.h>
#ifndef __user
#define __user
#endif
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define GNTALLOC	"/dev/xen/gntalloc"
#define GNTDEV		"/dev/xen/gntdev"
#define LIMIT		"/sys/module/xen_gntalloc/parameters/limit"
#define PAGE		4096
#define MAX_REFS	32
#define CHUNK		16
#define MAX_CHUNKS	4096
#define KEEP_FREE_KB	49152
#define GNTCOPY_SOURCE_GREF	1

struct grant {
	uint64_t index;
	uint32_t count;
	uint32_t refs[MAX_REFS];
};

/* Grants @count pages to @domid. Returns 0 or an errno. */
static int alloc_grant(int fd, int domid, uint32_t count, bool writable,
		       struct grant *g)
{
	char buf[sizeof(struct ioctl_gntalloc_alloc_gref) + 4 * MAX_REFS] = { };
	struct ioctl_gntalloc_alloc_gref *op = (void *)buf;

	op->domid = domid;
	op->flags = writable ? GNTALLOC_FLAG_WRITABLE : 0;
	op->count = count;
	if (ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, op))
		return errno;

	g->index = op->index;
	g->count = count;
	memcpy(g->refs, buf + offsetof(struct ioctl_gntalloc_alloc_gref,
				       gref_ids), 4 * count);
	return 0;
}

static int free_grant(int fd, const struct grant *g)
{
	struct ioctl_gntalloc_dealloc_gref op = { g->index, g->count };

	return ioctl(fd, IOCTL_GNTALLOC_DEALLOC_GREF, &op) ? errno : 0;
}

/* Prepares a mapping of one foreign page. Returns 0 or an errno. */
static int prepare_map(int fd, int domid, uint32_t ref, uint64_t *index)
{
	struct ioctl_gntdev_map_grant_ref op = {
		.count = 1,
		.refs = { { .domid = domid, .ref = ref } },
	};

	if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, &op))
		return errno;

	*index = op.index;
	return 0;
}

static char *map_page(int fd, uint64_t index, int prot)
{
	return mmap(NULL, PAGE, prot, MAP_SHARED, fd, index);
}

FIXTURE(grant)
{
	int alloc;
	int dev;
	int self;
	char limit[32];
};

FIXTURE_SETUP(grant)
{
	XT_NEED_XEN();
	self->self = xt_own_domid();
	if (self->self < 0)
		SKIP(return, "Xen does not tell this domain's number (CPUID)");
	self->alloc = open(GNTALLOC, O_RDWR | O_CLOEXEC);
	if (self->alloc < 0 && errno == ENOENT)
		SKIP(return, "no " GNTALLOC " (CONFIG_XEN_GRANT_DEV_ALLOC)");
	ASSERT_LE(0, self->alloc);
	self->dev = open(GNTDEV, O_RDWR | O_CLOEXEC);
	if (self->dev < 0 && errno == ENOENT)
		SKIP(return, "no " GNTDEV " (CONFIG_XEN_GNTDEV)");
	ASSERT_LE(0, self->dev);
	if (!xt_read_file(LIMIT, self->limit, sizeof(self->limit)))
		self->limit[0] = '\0';
}

FIXTURE_TEARDOWN(grant)
{
	close(self->alloc);
	close(self->dev);
	if (self->limit[0])
		xt_write_file(LIMIT, self->limit);
}

/* References are distinct, and none is one of the reserved first eight. */
TEST_F(grant, references_are_distinct)
{
	struct grant g[8];
	int i, j, k, l;

	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, alloc_grant(self->alloc, self->self, 4, true,
					 &g[i]));
	for (i = 0; i < 8; i++) {
		for (j = 0; j < 4; j++) {
			EXPECT_LE(8, g[i].refs[j]);
			for (k = 0; k < 8; k++)
				for (l = 0; l < 4; l++)
					if (k != i || l != j)
						ASSERT_NE(g[i].refs[j],
							  g[k].refs[l]);
		}
	}
	for (i = 0; i < 8; i++)
		EXPECT_EQ(0, free_grant(self->alloc, &g[i]));
}

TEST_F(grant, page_stays_while_mapped)
{
	struct grant g;
	char *page;

	ASSERT_EQ(0, alloc_grant(self->alloc, self->self, 1, true, &g));
	page = map_page(self->alloc, g.index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, page);
	/* A granted page must not show what it held before. */
	EXPECT_EQ(0, page[0]);
	EXPECT_EQ(0, memcmp(page, page + 1, PAGE - 1));
	strcpy(page, "still here");
	ASSERT_EQ(0, free_grant(self->alloc, &g));
	EXPECT_STREQ("still here", page);
	EXPECT_EQ(0, munmap(page, PAGE));
}

TEST_F(grant, mapped_at_both_ends)
{
	char *near, *far;
	uint64_t index = 0;
	struct grant g;

	ASSERT_EQ(0, alloc_grant(self->alloc, self->self, 1, true, &g));
	near = map_page(self->alloc, g.index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, near);
	strcpy(near, "from the near end");

	ASSERT_EQ(0, prepare_map(self->dev, self->self, g.refs[0], &index));
	far = map_page(self->dev, index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, far) {
		TH_LOG("errno %d", errno);
	}
	EXPECT_STREQ("from the near end", far);
	strcpy(far, "from the far end");
	EXPECT_STREQ("from the far end", near);
	EXPECT_EQ(0, munmap(far, PAGE));
	EXPECT_EQ(0, munmap(near, PAGE));
	EXPECT_EQ(0, free_grant(self->alloc, &g));
}

TEST_F(grant, read_only_is_read_only)
{
	uint64_t index = 0;
	struct grant g;
	char *far;

	ASSERT_EQ(0, alloc_grant(self->alloc, self->self, 1, false, &g));
	ASSERT_EQ(0, prepare_map(self->dev, self->self, g.refs[0], &index));
	far = map_page(self->dev, index, PROT_READ | PROT_WRITE);
	EXPECT_EQ(MAP_FAILED, far);
	far = map_page(self->dev, index, PROT_READ);
	ASSERT_NE(MAP_FAILED, far);
	EXPECT_EQ(0, far[0]);
	EXPECT_EQ(0, munmap(far, PAGE));
	EXPECT_EQ(0, free_grant(self->alloc, &g));
}

/*
 * The granting side lets go first: page and reference must stay until the other
 * side has unmapped, and then be usable again.
 */
TEST_F_TIMEOUT(grant, revoked_while_mapped, 60)
{
	struct grant g, many;
	uint64_t index = 0;
	char *near, *far;
	int fd, i;

	fd = open(GNTALLOC, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, alloc_grant(fd, self->self, 1, true, &g));
	near = map_page(fd, g.index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, near);
	strcpy(near, "do not lose me");
	ASSERT_EQ(0, prepare_map(self->dev, self->self, g.refs[0], &index));
	far = map_page(self->dev, index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, far);

	EXPECT_EQ(0, munmap(near, PAGE));
	EXPECT_EQ(0, free_grant(fd, &g));
	close(fd);

	/* Others take references and pages; ours is not among them. */
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, alloc_grant(self->alloc, self->self, 8, true,
					 &many));
		for (int j = 0; j < 8; j++)
			ASSERT_NE(g.refs[0], many.refs[j]);
		ASSERT_EQ(0, free_grant(self->alloc, &many));
	}
	EXPECT_STREQ("do not lose me", far);
	strcpy(far, "still writable");
	usleep(1500000);
	EXPECT_STREQ("still writable", far);
	EXPECT_EQ(0, munmap(far, PAGE));
}

TEST_F(grant, byte_is_cleared_on_unmap)
{
	struct ioctl_gntdev_unmap_notify n = {
		.action = UNMAP_NOTIFY_CLEAR_BYTE,
	};
	char *near, *far;
	uint64_t index = 0;
	struct grant g;

	ASSERT_EQ(0, alloc_grant(self->alloc, self->self, 1, true, &g));
	near = map_page(self->alloc, g.index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, near);
	memset(near, 0x55, PAGE);
	ASSERT_EQ(0, prepare_map(self->dev, self->self, g.refs[0], &index));
	far = map_page(self->dev, index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, far);
	n.index = index + 17;
	ASSERT_EQ(0, ioctl(self->dev, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &n));

	EXPECT_EQ(0x55, near[17]);
	ASSERT_EQ(0, munmap(far, PAGE));
	EXPECT_EQ(0, near[17]);
	EXPECT_EQ(0x55, near[16]);
	EXPECT_EQ(0x55, near[18]);
	EXPECT_EQ(0, munmap(near, PAGE));
}

/* One copy of @len bytes from a grant into @buf. Returns Xen's status. */
static int copy_grant(int fd, int domid, uint32_t ref, int offset, void *buf,
		      int len)
{
	struct gntdev_grant_copy_segment seg = {
		.source.foreign = { .ref = ref, .offset = offset,
				    .domid = domid },
		.dest.virt = buf,
		.len = len,
		.flags = GNTCOPY_SOURCE_GREF,
	};
	struct ioctl_gntdev_grant_copy op = { .count = 1, .segments = &seg };

	if (ioctl(fd, IOCTL_GNTDEV_GRANT_COPY, &op))
		return -errno - 1000;

	return seg.status;
}

TEST_F(grant, copies)
{
	char buf[PAGE + 1] __attribute__((aligned(PAGE))) = { };
	struct grant g;
	char *near;
	int i;

	ASSERT_EQ(0, alloc_grant(self->alloc, self->self, 1, false, &g));
	near = map_page(self->alloc, g.index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, near);
	for (i = 0; i < PAGE; i++)
		near[i] = i * 13 + 1;

	ASSERT_EQ(0, copy_grant(self->dev, self->self, g.refs[0], 0, buf,
				PAGE));
	EXPECT_EQ(0, memcmp(near, buf, PAGE));
	EXPECT_EQ(0, buf[PAGE]);

	memset(buf, 0, PAGE);
	ASSERT_EQ(0, copy_grant(self->dev, self->self, g.refs[0], 100, buf,
				200));
	EXPECT_EQ(0, memcmp(near + 100, buf, 200));
	EXPECT_EQ(0, buf[200]);

	/* Beyond the page, from no grant: refused. */
	EXPECT_GT(0, copy_grant(self->dev, self->self, g.refs[0], 4000, buf,
				200));
	EXPECT_GT(0, copy_grant(self->dev, self->self, 0x7ffffff, 0, buf, 16));
	EXPECT_EQ(0, munmap(near, PAGE));
}

TEST_F(grant, errors)
{
	struct grant g = { .index = 12345 * PAGE, .count = 1 };
	uint64_t index = 0;
	char *far;

	EXPECT_NE(0, free_grant(self->alloc, &g));
	EXPECT_EQ(MAP_FAILED, map_page(self->alloc, g.index, PROT_READ));
	EXPECT_EQ(MAP_FAILED, map_page(self->dev, g.index, PROT_READ));

	/* A reference nobody granted, and one in a domain that is not there. */
	ASSERT_EQ(0, prepare_map(self->dev, self->self, 0x7ffffff, &index));
	EXPECT_EQ(MAP_FAILED, map_page(self->dev, index, PROT_READ));
	ASSERT_EQ(0, prepare_map(self->dev, 0x7000, 9, &index));
	EXPECT_EQ(MAP_FAILED, map_page(self->dev, index, PROT_READ));

	/* After all of them, a good one. */
	ASSERT_EQ(0, alloc_grant(self->alloc, self->self, 1, true, &g));
	ASSERT_EQ(0, prepare_map(self->dev, self->self, g.refs[0], &index));
	far = map_page(self->dev, index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, far);
	EXPECT_EQ(0, far[0]);
}

/* --- the full table --- */

static long mem_available_kb(void)
{
	char text[4096], *p;

	if (!xt_read_file("/proc/meminfo", text, sizeof(text)))
		return -1;

	p = strstr(text, "MemAvailable:");
	return p ? atol(p + strlen("MemAvailable:")) : -1;
}

static const char *scratch(void)
{
	const char *dev = getenv("XEN_SCRATCH");

	return dev ? dev : "/dev/xvdb";
}

/* A checksum of the first 256 kB, past the page cache. */
static bool read_disk(uint32_t *sum)
{
	int fd = open(scratch(), O_RDONLY | O_DIRECT | O_CLOEXEC);
	const size_t len = 256 << 10;
	uint32_t *buf;
	size_t i;

	if (fd < 0 || posix_memalign((void **)&buf, PAGE, len))
		return false;
	if (pread(fd, buf, len, 0) != (ssize_t)len)
		return false;

	for (*sum = 1, i = 0; i < len / 4; i++)
		*sum = *sum * 31 + buf[i];
	free(buf);
	close(fd);
	return true;
}

/*
 * Takes all references there are. Returns the errno that ended it, or 0 if
 * memory would have run out before.
 */
static int fill_table(int fd, int domid, struct grant *g, int *n, long *refs)
{
	uint32_t count = CHUNK;
	int err;

	for (*n = 0, *refs = 0; *n < MAX_CHUNKS;) {
		if (mem_available_kb() < KEEP_FREE_KB)
			return 0;
		err = alloc_grant(fd, domid, count, true, &g[*n]);
		if (!err) {
			*refs += count;
			(*n)++;
			continue;
		}
		/* The last few that do not make a chunk. */
		if (count == 1)
			return err;
		count = 1;
	}

	return 0;
}

TEST_F_TIMEOUT(grant, full_table, 120)
{
	static struct grant g[MAX_CHUNKS];
	uint32_t before = 0, after = 0;
	char *page;
	struct grant one;
	int n, err, i, status;
	long refs, again;
	bool disk;
	pid_t pid;

	if (!self->limit[0] || !xt_write_file(LIMIT, "1000000"))
		SKIP(return, "cannot raise " LIMIT);
	disk = !access(scratch(), F_OK);
	if (disk) {
		ASSERT_TRUE(read_disk(&before));
	}

	err = fill_table(self->alloc, self->self, g, &n, &refs);
	TH_LOG("%ld references, then errno %d", refs, err);

	/* Reads the disk while there are no references: at worst it waits. */
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(disk && !(read_disk(&after) && after == before));
	usleep(200000);

	if (err) {
		EXPECT_TRUE(err == ENOSPC || err == ENOMEM);
		EXPECT_NE(0, alloc_grant(self->alloc, self->self, 1, true,
					 &one));
		/* What was granted is not disturbed. */
		page = map_page(self->alloc, g[0].index,
				PROT_READ | PROT_WRITE);
		ASSERT_NE(MAP_FAILED, page);
		EXPECT_EQ(0, page[0]);
		EXPECT_EQ(0, munmap(page, PAGE));
	}

	for (i = 0; i < n; i++)
		EXPECT_EQ(0, free_grant(self->alloc, &g[i]));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	if (disk) {
		ASSERT_TRUE(read_disk(&after));
		EXPECT_EQ(before, after);
	}
	ASSERT_EQ(0, alloc_grant(self->alloc, self->self, 1, true, &one));
	EXPECT_EQ(0, free_grant(self->alloc, &one));

	/* Nothing leaked: as many can be had again, but for a driver's few. */
	if (err) {
		EXPECT_NE(0, fill_table(self->alloc, self->self, g, &n,
					&again));
		EXPECT_LE(refs - 256, again);
	}
	if (!err)
		SKIP(return, "memory ends before the table (%ld references); use max_grant_frames=4",
		     refs);
}

TEST_HARNESS_MAIN
