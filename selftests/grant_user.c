// SPDX-License-Identifier: GPL-2.0
/*
 * grant_user - grants through /dev/xen/gntalloc and /dev/xen/gntdev
 *
 * First what this domain can do alone: allocate, copy, and every error that a user
 * can cause. Then with another domain, in which grant_peer runs: each maps pages of
 * the other, read-only and writable, lets go in either order, and is told of the
 * unmap. (A domain cannot map its own grants: Xen takes the page from where it was.)
 * Last, the grant table is filled to the end: that must be an error and no more, and
 * afterwards block I/O and new grants must work as before.
 *
 * Environment: XEN_SCRATCH     block device that is read, default /dev/xvdb
 *              XEN_GRANT_PEER  set: grant_peer runs in dom0, and has to answer
 * Needs: CONFIG_XEN_GRANT_DEV_ALLOC, CONFIG_XEN_GNTDEV. Filling the table takes a
 *   page per grant: 128 MB with Xen's default of 64 frames; with
 *   max_grant_frames=4 in the guest's configuration 8 MB.
 * Time: 15 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "grantdev.h"
#include "peer.h"

#define LIMIT		"/sys/module/xen_gntalloc/parameters/limit"
#define PEER		0
#define CHUNK		16
#define MAX_CHUNKS	4096
#define KEEP_FREE_KB	49152

static char *map_page(int fd, uint64_t index, int prot)
{
	return mmap(NULL, GD_PAGE, prot, MAP_SHARED, fd, index);
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
	self->alloc = open(GD_ALLOC_DEVICE, O_RDWR | O_CLOEXEC);
	if (self->alloc < 0 && errno == ENOENT)
		SKIP(return, "no " GD_ALLOC_DEVICE " (CONFIG_XEN_GRANT_DEV_ALLOC)");
	ASSERT_LE(0, self->alloc);
	self->dev = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	if (self->dev < 0 && errno == ENOENT)
		SKIP(return, "no " GD_MAP_DEVICE " (CONFIG_XEN_GNTDEV)");
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
	struct gd_grant g[8];
	int i, j, k, l;

	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, gd_alloc(self->alloc, PEER, 4, true, &g[i]));
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
		EXPECT_EQ(0, gd_free(self->alloc, &g[i]));
}

TEST_F(grant, page_stays_while_mapped)
{
	struct gd_grant g;
	char *page;

	ASSERT_EQ(0, gd_alloc(self->alloc, PEER, 1, true, &g));
	page = map_page(self->alloc, g.index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, page);
	/* A granted page must not show what it held before. */
	EXPECT_EQ(0, page[0]);
	EXPECT_EQ(0, memcmp(page, page + 1, GD_PAGE - 1));
	strcpy(page, "still here");
	ASSERT_EQ(0, gd_free(self->alloc, &g));
	EXPECT_STREQ("still here", page);
	EXPECT_EQ(0, munmap(page, GD_PAGE));
}

/* From a grant to itself, which changes nothing about who has the page. */
TEST_F(grant, copies)
{
	char buf[GD_PAGE + 1] __attribute__((aligned(GD_PAGE))) = { };
	struct gd_grant g;
	char *near;
	int i;

	ASSERT_EQ(0, gd_alloc(self->alloc, self->self, 1, false, &g));
	near = map_page(self->alloc, g.index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, near);
	for (i = 0; i < GD_PAGE; i++)
		near[i] = i * 13 + 1;

	ASSERT_EQ(0, gd_copy(self->dev, self->self, g.refs[0], 0, buf,
			     GD_PAGE));
	EXPECT_EQ(0, memcmp(near, buf, GD_PAGE));
	EXPECT_EQ(0, buf[GD_PAGE]);

	memset(buf, 0, GD_PAGE);
	ASSERT_EQ(0, gd_copy(self->dev, self->self, g.refs[0], 100, buf, 200));
	EXPECT_EQ(0, memcmp(near + 100, buf, 200));
	EXPECT_EQ(0, buf[200]);

	/* Beyond the page, from no grant: refused. */
	EXPECT_NE(0, gd_copy(self->dev, self->self, g.refs[0], 4000, buf, 200));
	EXPECT_NE(0, gd_copy(self->dev, self->self, 0x7ffffff, 0, buf, 16));
	EXPECT_EQ(0, munmap(near, GD_PAGE));
	EXPECT_EQ(0, gd_free(self->alloc, &g));
}

TEST_F(grant, errors)
{
	struct gd_grant g = { .index = 12345 * GD_PAGE, .count = 1 };
	uint64_t index = 0;

	EXPECT_NE(0, gd_free(self->alloc, &g));
	EXPECT_EQ(MAP_FAILED, map_page(self->alloc, g.index, PROT_READ));
	EXPECT_EQ(MAP_FAILED, map_page(self->dev, g.index, PROT_READ));

	/* A reference nobody granted, and one in a domain that is not there. */
	ASSERT_EQ(0, gd_prepare_map(self->dev, PEER, 0x7ffffff, &index));
	EXPECT_EQ(MAP_FAILED, map_page(self->dev, index, PROT_READ));
	EXPECT_EQ(0, gd_forget_map(self->dev, index));
	ASSERT_EQ(0, gd_prepare_map(self->dev, 0x7000, 9, &index));
	EXPECT_EQ(MAP_FAILED, map_page(self->dev, index, PROT_READ));
	EXPECT_EQ(0, gd_forget_map(self->dev, index));
	EXPECT_NE(0, gd_forget_map(self->dev, index));

	/* After all of them, a good one. */
	ASSERT_EQ(0, gd_alloc(self->alloc, PEER, 1, true, &g));
	EXPECT_EQ(0, gd_free(self->alloc, &g));
}

/* --- with another domain --- */

FIXTURE(pair)
{
	struct peer peer;
	int alloc;
	int dev;
};

FIXTURE_SETUP(pair)
{
	XT_NEED_XEN();
	if (!getenv("XEN_GRANT_PEER"))
		SKIP(return, "XEN_GRANT_PEER is not set: no grant_peer in dom0");
	self->alloc = open(GD_ALLOC_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->alloc);
	self->dev = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->dev);
	ASSERT_TRUE(peer_open(&self->peer));
}

FIXTURE_TEARDOWN(pair)
{
	peer_close(&self->peer);
	close(self->dev);
	close(self->alloc);
}

/* A page of ours, written, that the peer has mapped as @mode says. */
#define SHARE(g, near, writable, mode)					\
do {									\
	ASSERT_EQ(0, gd_alloc(self->alloc, PEER, 1, writable, &(g)));	\
	near = map_page(self->alloc, (g).index, PROT_READ | PROT_WRITE);	\
	ASSERT_NE(MAP_FAILED, near);					\
	strcpy(near, "from the guest");					\
	ASSERT_NE(NULL, peer_ask(&self->peer, "map %s %u", mode, (g).refs[0])) {	\
		TH_LOG("%s", self->peer.answer);				\
	}								\
} while (0)

TEST_F(pair, peer_maps_our_page)
{
	struct gd_grant g;
	char *near;

	SHARE(g, near, true, "w");
	EXPECT_STREQ("from the guest", peer_ask(&self->peer, "get"));
	EXPECT_NE(NULL, peer_ask(&self->peer, "put from the peer"));
	EXPECT_STREQ("from the peer", near);
	EXPECT_NE(NULL, peer_ask(&self->peer, "unmap"));
	EXPECT_EQ(0, munmap(near, GD_PAGE));
	EXPECT_EQ(0, gd_free(self->alloc, &g));
	/* Revoked: nobody gets in any more. */
	EXPECT_EQ(NULL, peer_ask(&self->peer, "map r %u", g.refs[0]));
	EXPECT_STRNE("no answer", self->peer.answer);
}

TEST_F(pair, read_only_is_read_only)
{
	struct gd_grant g;
	char *near;

	SHARE(g, near, false, "r");
	EXPECT_STREQ("from the guest", peer_ask(&self->peer, "get"));
	EXPECT_NE(NULL, peer_ask(&self->peer, "unmap"));
	EXPECT_EQ(NULL, peer_ask(&self->peer, "map w %u", g.refs[0]));
	EXPECT_STRNE("no answer", self->peer.answer);
	EXPECT_EQ(0, munmap(near, GD_PAGE));
	EXPECT_EQ(0, gd_free(self->alloc, &g));
}

/*
 * We let go first: page and reference must stay until the peer has unmapped, and
 * then be free again, though nobody here waits for it.
 */
TEST_F_TIMEOUT(pair, revoked_while_mapped, 60)
{
	struct gd_grant g, many;
	bool back = false;
	int fd, i, j;
	char *near;

	fd = self->alloc;
	self->alloc = open(GD_ALLOC_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->alloc);
	SHARE(g, near, true, "w");
	EXPECT_EQ(0, munmap(near, GD_PAGE));
	EXPECT_EQ(0, gd_free(self->alloc, &g));
	close(self->alloc);
	self->alloc = fd;

	/* Others take references and pages; ours is not among them. */
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, gd_alloc(fd, PEER, 8, true, &many));
		for (j = 0; j < 8; j++)
			ASSERT_NE(g.refs[0], many.refs[j]);
		ASSERT_EQ(0, gd_free(fd, &many));
	}
	EXPECT_STREQ("from the guest", peer_ask(&self->peer, "get"));
	EXPECT_NE(NULL, peer_ask(&self->peer, "put still writable"));
	usleep(1500000);
	EXPECT_STREQ("still writable", peer_ask(&self->peer, "get"));
	EXPECT_NE(NULL, peer_ask(&self->peer, "unmap"));

	/* It is tried again about once a second, and comes up when it is free. */
	for (i = 0; i < 500 && !back; i++) {
		usleep(10000);
		ASSERT_EQ(0, gd_alloc(fd, PEER, 8, true, &many));
		for (j = 0; j < 8; j++)
			back |= many.refs[j] == g.refs[0];
		ASSERT_EQ(0, gd_free(fd, &many));
	}
	EXPECT_TRUE(back);
}

TEST_F(pair, byte_is_cleared_on_unmap)
{
	struct gd_grant g;
	char *near;

	SHARE(g, near, true, "w");
	memset(near, 0x55, GD_PAGE);
	ASSERT_NE(NULL, peer_ask(&self->peer, "clear 17"));
	EXPECT_EQ(0x55, near[17]);
	ASSERT_NE(NULL, peer_ask(&self->peer, "unmap"));
	EXPECT_EQ(0, near[17]);
	EXPECT_EQ(0x55, near[16]);
	EXPECT_EQ(0x55, near[18]);
	EXPECT_EQ(0, munmap(near, GD_PAGE));
	EXPECT_EQ(0, gd_free(self->alloc, &g));
}

/* The other way round, and into address space where there was no page before. */
TEST_F(pair, we_map_the_peers_page)
{
	uint64_t index = 0;
	uint32_t ref;
	char *far, *text;
	int i;

	for (i = 0; i < 20; i++) {
		text = peer_ask(&self->peer, "grant");
		ASSERT_NE(NULL, text) {
			TH_LOG("%s", self->peer.answer);
		}
		ref = atoi(text);
		ASSERT_NE(NULL, peer_ask(&self->peer, "put page %d of the peer", i));
		ASSERT_EQ(0, gd_prepare_map(self->dev, PEER, ref, &index));
		far = map_page(self->dev, index, PROT_READ | PROT_WRITE);
		ASSERT_NE(MAP_FAILED, far) {
			TH_LOG("errno %d", errno);
		}
		EXPECT_EQ(i, atoi(far + strlen("page ")));
		strcpy(far, "written by the guest");
		EXPECT_STREQ("written by the guest", peer_ask(&self->peer, "get"));
		/* Every other time the peer lets go first. */
		if (i % 2) {
			EXPECT_NE(NULL, peer_ask(&self->peer, "free"));
			EXPECT_STREQ("written by the guest", far);
		}
		ASSERT_EQ(0, munmap(far, GD_PAGE));
		ASSERT_EQ(0, gd_forget_map(self->dev, index));
		if (!(i % 2)) {
			EXPECT_NE(NULL, peer_ask(&self->peer, "free"));
		}
	}
}

TEST_F(pair, clear_byte_in_the_peers_page)
{
	uint64_t index = 0;
	char *far, *text;

	text = peer_ask(&self->peer, "grant");
	ASSERT_NE(NULL, text);
	ASSERT_EQ(0, gd_prepare_map(self->dev, PEER, atoi(text), &index));
	far = map_page(self->dev, index, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, far);
	ASSERT_NE(NULL, peer_ask(&self->peer, "put 0123456789"));
	ASSERT_EQ(0, gd_clear_on_unmap(self->dev, index + 4));
	ASSERT_EQ(0, munmap(far, GD_PAGE));
	ASSERT_EQ(0, gd_forget_map(self->dev, index));
	EXPECT_STREQ("0123", peer_ask(&self->peer, "get"));
	EXPECT_NE(NULL, peer_ask(&self->peer, "free"));
}

TEST_F(pair, copy_from_the_peer)
{
	char buf[64] = "", *text;
	uint32_t ref;

	text = peer_ask(&self->peer, "grant");
	ASSERT_NE(NULL, text);
	ref = atoi(text);
	ASSERT_NE(NULL, peer_ask(&self->peer, "put to be copied"));
	ASSERT_EQ(0, gd_copy(self->dev, PEER, ref, 0, buf, sizeof(buf)));
	EXPECT_STREQ("to be copied", buf);
	EXPECT_NE(NULL, peer_ask(&self->peer, "free"));
	EXPECT_NE(0, gd_copy(self->dev, PEER, ref, 0, buf, sizeof(buf)));
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

	if (fd < 0 || posix_memalign((void **)&buf, GD_PAGE, len))
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
static int fill_table(int fd, int domid, struct gd_grant *g, int *n, long *refs)
{
	uint32_t count = CHUNK;
	int err;

	for (*n = 0, *refs = 0; *n < MAX_CHUNKS;) {
		if (mem_available_kb() < KEEP_FREE_KB)
			return 0;
		err = gd_alloc(fd, domid, count, true, &g[*n]);
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
	static struct gd_grant g[MAX_CHUNKS];
	uint32_t before = 0, after = 0;
	char *page;
	struct gd_grant one;
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

	err = fill_table(self->alloc, PEER, g, &n, &refs);
	TH_LOG("%ld references, then errno %d", refs, err);

	/* Reads the disk while there are no references: at worst it waits. */
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(disk && !(read_disk(&after) && after == before));
	usleep(200000);

	if (err) {
		EXPECT_TRUE(err == ENOSPC || err == ENOMEM);
		EXPECT_NE(0, gd_alloc(self->alloc, PEER, 1, true,
					 &one));
		/* What was granted is not disturbed. */
		page = map_page(self->alloc, g[0].index,
				PROT_READ | PROT_WRITE);
		ASSERT_NE(MAP_FAILED, page);
		EXPECT_EQ(0, page[0]);
		EXPECT_EQ(0, munmap(page, GD_PAGE));
	}

	for (i = 0; i < n; i++)
		EXPECT_EQ(0, gd_free(self->alloc, &g[i]));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	if (disk) {
		ASSERT_TRUE(read_disk(&after));
		EXPECT_EQ(before, after);
	}
	ASSERT_EQ(0, gd_alloc(self->alloc, PEER, 1, true, &one));
	EXPECT_EQ(0, gd_free(self->alloc, &one));

	/* Nothing leaked: as many can be had again, but for a driver's few. */
	if (err) {
		EXPECT_NE(0, fill_table(self->alloc, PEER, g, &n,
					&again));
		EXPECT_LE(refs - 256, again);
	}
	if (!err)
		SKIP(return, "memory ends before the table (%ld references); use max_grant_frames=4",
		     refs);
}

TEST_HARNESS_MAIN
