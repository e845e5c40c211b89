// SPDX-License-Identifier: GPL-2.0
/*
 * user_gntalloc - what is between a program and /dev/xen/gntalloc
 *
 * grant_user tests the grants; this one the life of the pages: how they are counted, what
 * of them is left after an error, in parts of areas, after a fork, and when the program
 * that has them closes the device or dies. Nobody maps the pages.
 *
 * Needs: CONFIG_XEN_GRANT_DEV_ALLOC, CONFIG_XEN_GNTDEV, CONFIG_XEN_DEV_EVTCHN.
 * Time: 3 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "grantdev.h"
#include "evtchndev.h"

#define LIMIT		"/sys/module/xen_gntalloc/parameters/limit"
#define PEER		0
#define WAIT_MS		5000
#define QUIET_MS	100

FIXTURE(pages)
{
	int fd;
	int evtchn;
	char limit[32];
};

FIXTURE_SETUP(pages)
{
	XT_NEED_XEN();
	self->fd = open(GD_ALLOC_DEVICE, O_RDWR | O_CLOEXEC);
	if (self->fd < 0 && errno == ENOENT)
		SKIP(return, "no " GD_ALLOC_DEVICE " (CONFIG_XEN_GRANT_DEV_ALLOC)");
	ASSERT_LE(0, self->fd);
	self->evtchn = open(ED_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	ASSERT_LE(0, self->evtchn);
	ASSERT_TRUE(xt_read_file(LIMIT, self->limit, sizeof(self->limit)));
}

FIXTURE_TEARDOWN(pages)
{
	xt_write_file(LIMIT, self->limit);
	close(self->fd);
	close(self->evtchn);
}

static char *map_pages(int fd, uint64_t index, int pages)
{
	return mmap(NULL, pages * GD_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, index);
}

/* With nobody else at it: exactly @want pages can be had, in ones, and are given back. */
static void expect_room(struct __test_metadata *_metadata, int fd, int want)
{
	struct gd_grant g[64];
	int i, got;

	for (got = 0; got < 64 && !gd_alloc(fd, PEER, 1, true, &g[got]); got++)
		;
	EXPECT_EQ(want, got);
	for (i = 0; i < got; i++)
		EXPECT_EQ(0, gd_free(fd, &g[i]));
}

TEST_F(pages, limit)
{
	struct gd_grant g, h, none;

	ASSERT_TRUE(xt_write_file(LIMIT, "10"));
	expect_room(_metadata, self->fd, 10);
	EXPECT_EQ(ENOSPC, gd_alloc(self->fd, PEER, 11, true, &none));
	ASSERT_EQ(0, gd_alloc(self->fd, PEER, 8, true, &g));
	EXPECT_EQ(ENOSPC, gd_alloc(self->fd, PEER, 3, true, &none));
	ASSERT_EQ(0, gd_alloc(self->fd, PEER, 2, true, &h));
	EXPECT_EQ(ENOSPC, gd_alloc(self->fd, PEER, 1, true, &none));
	EXPECT_EQ(0, gd_free(self->fd, &h));
	expect_room(_metadata, self->fd, 2);

	/* Lowered below what there is */
	ASSERT_TRUE(xt_write_file(LIMIT, "5"));
	EXPECT_EQ(ENOSPC, gd_alloc(self->fd, PEER, 1, true, &none));
	EXPECT_EQ(0, gd_free(self->fd, &g));
	expect_room(_metadata, self->fd, 5);
}

/*
 * The result cannot be delivered, as only the argument without the references is in
 * memory that can be written. Nothing must be left of it.
 */
TEST_F(pages, nothing_left_of_a_failure)
{
	char *two = mmap(NULL, 2 * GD_PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct ioctl_gntalloc_alloc_gref *op;
	int i;

	ASSERT_NE(MAP_FAILED, two);
	ASSERT_EQ(0, munmap(two + GD_PAGE, GD_PAGE));
	ASSERT_TRUE(xt_write_file(LIMIT, "10"));
	op = (void *)(two + GD_PAGE - sizeof(*op));
	for (i = 0; i < 30; i++) {
		*op = (struct ioctl_gntalloc_alloc_gref){
			.domid = PEER, .count = 9,
		};
		ASSERT_EQ(-1, ioctl(self->fd, IOCTL_GNTALLOC_ALLOC_GREF, op));
		ASSERT_EQ(EFAULT, errno);
	}
	expect_room(_metadata, self->fd, 10);
	EXPECT_EQ(0, munmap(two, GD_PAGE));
}

TEST_F(pages, ioctl_errors)
{
	struct gd_grant g, h;

	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_GNTALLOC_ALLOC_GREF, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_GNTALLOC_DEALLOC_GREF, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IOC(_IOC_NONE, 'G', 99, 8), NULL));
	EXPECT_EQ(ENOTTY, errno);

	ASSERT_EQ(0, gd_alloc(self->fd, PEER, 4, true, &g));
	h = g;
	h.count = 5;
	EXPECT_EQ(EINVAL, gd_free(self->fd, &h));
	h.count = 0;
	EXPECT_EQ(EINVAL, gd_free(self->fd, &h));
	h.count = 1;
	h.index = g.index + 1;
	EXPECT_EQ(EINVAL, gd_free(self->fd, &h));
	h.index = g.index + 4 * GD_PAGE;
	EXPECT_EQ(EINVAL, gd_free(self->fd, &h));
	EXPECT_EQ(ENOENT, gd_notify(self->fd, h.index, 0, 0));
	EXPECT_EQ(EINVAL, gd_notify(self->fd, g.index, 4, 0));
	/* Ports that are not of /dev/xen/evtchn, or not there at all */
	EXPECT_EQ(EINVAL, gd_notify(self->fd, g.index,
				    UNMAP_NOTIFY_SEND_EVENT, 1));
	EXPECT_EQ(EINVAL, gd_notify(self->fd, g.index,
				    UNMAP_NOTIFY_SEND_EVENT, 1 << 20));

	EXPECT_EQ(MAP_FAILED, map_pages(self->fd, g.index, 5));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(MAP_FAILED, map_pages(self->fd, 1ULL << 40, 1));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, GD_PAGE, PROT_READ, MAP_PRIVATE,
				   self->fd, g.index));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, gd_free(self->fd, &g));
}

/* Numbers are not used again: an old one means nothing, and not another page. */
TEST_F(pages, parts)
{
	struct gd_grant g, h, part;
	char *at;
	int i;

	ASSERT_EQ(0, gd_alloc(self->fd, PEER, 4, true, &g));
	ASSERT_EQ(0, gd_alloc(self->fd, PEER, 4, true, &h));
	EXPECT_EQ(g.index + 4 * GD_PAGE, h.index);
	/* An area across both */
	at = map_pages(self->fd, g.index + 2 * GD_PAGE, 4);
	ASSERT_NE(MAP_FAILED, at);
	for (i = 0; i < 4; i++)
		at[i * GD_PAGE] = i + 1;

	part = (struct gd_grant){ .index = g.index + GD_PAGE, .count = 2 };
	EXPECT_EQ(0, gd_free(self->fd, &part));
	EXPECT_EQ(EINVAL, gd_free(self->fd, &part));
	EXPECT_EQ(EINVAL, gd_free(self->fd, &g));
	EXPECT_EQ(MAP_FAILED, map_pages(self->fd, part.index, 1));
	/* What is mapped is there still, each page where it was. */
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i + 1, at[i * GD_PAGE]);
	EXPECT_EQ(0, munmap(at + GD_PAGE, GD_PAGE));
	EXPECT_EQ(1, at[0]);
	EXPECT_EQ(3, at[2 * GD_PAGE]);

	part = (struct gd_grant){ .index = g.index + 3 * GD_PAGE, .count = 5 };
	EXPECT_EQ(0, gd_free(self->fd, &part));
	EXPECT_EQ(4, at[3 * GD_PAGE]);
	EXPECT_EQ(0, munmap(at, 4 * GD_PAGE));
	part = (struct gd_grant){ .index = g.index, .count = 1 };
	EXPECT_EQ(0, gd_free(self->fd, &part));
}

/* The same page in two areas, and in two processes */
TEST_F(pages, fork)
{
	struct gd_grant g;
	char *a, *b;
	int status;
	pid_t pid;

	ASSERT_TRUE(xt_write_file(LIMIT, "10"));
	ASSERT_EQ(0, gd_alloc(self->fd, PEER, 2, true, &g));
	a = map_pages(self->fd, g.index, 2);
	b = map_pages(self->fd, g.index + GD_PAGE, 1);
	ASSERT_NE(MAP_FAILED, a);
	ASSERT_NE(MAP_FAILED, b);
	strcpy(a + GD_PAGE, "parent");
	EXPECT_STREQ("parent", b);

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		bool ok = !strcmp(b, "parent");

		strcpy(b, "child");
		_exit(!ok);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_STREQ("child", a + GD_PAGE);

	EXPECT_EQ(0, gd_free(self->fd, &g));
	EXPECT_STREQ("child", a + GD_PAGE);
	EXPECT_EQ(0, munmap(a, 2 * GD_PAGE));
	/* The area b has the second page still. */
	expect_room(_metadata, self->fd, 9);
	EXPECT_STREQ("child", b);
	EXPECT_EQ(0, munmap(b, GD_PAGE));
	expect_room(_metadata, self->fd, 10);
}

TEST_F(pages, close_while_mapped)
{
	int fd = open(GD_ALLOC_DEVICE, O_RDWR | O_CLOEXEC);
	char *at, buf[16] = "";
	struct gd_grant g;
	int dev, self_id = xt_own_domid();

	ASSERT_LE(0, fd);
	ASSERT_TRUE(xt_write_file(LIMIT, "10"));
	ASSERT_EQ(0, gd_alloc(fd, self_id > 0 ? self_id : PEER, 3, true, &g));
	at = map_pages(fd, g.index, 3);
	ASSERT_NE(MAP_FAILED, at);
	strcpy(at, "still here");
	close(fd);
	expect_room(_metadata, self->fd, 7);
	EXPECT_STREQ("still here", at);

	/* The grant is good as well: Xen copies by it. */
	dev = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	if (dev >= 0 && self_id > 0) {
		EXPECT_EQ(0, gd_copy(dev, self_id, g.refs[0], 0, buf,
				     sizeof(buf)));
		EXPECT_STREQ("still here", buf);
	}
	EXPECT_EQ(0, munmap(at, 3 * GD_PAGE));
	expect_room(_metadata, self->fd, 10);
	if (dev >= 0 && self_id > 0) {
		EXPECT_NE(0, gd_copy(dev, self_id, g.refs[0], 0, buf,
				     sizeof(buf)));
	}
	close(dev);
}

TEST_F(pages, event_when_unused)
{
	int near, far, near2, far2;
	struct gd_grant g;
	char *at;

	ASSERT_TRUE(ed_connect(self->evtchn, self->evtchn, &near, &far));
	ASSERT_TRUE(ed_connect(self->evtchn, self->evtchn, &near2, &far2));
	ASSERT_EQ(0, gd_alloc(self->fd, PEER, 1, true, &g));
	/* The second replaces the first, and so does the third. */
	ASSERT_EQ(0, gd_notify(self->fd, g.index, UNMAP_NOTIFY_SEND_EVENT,
			       far2));
	ASSERT_EQ(0, gd_notify(self->fd, g.index, UNMAP_NOTIFY_CLEAR_BYTE, 0));
	ASSERT_EQ(0, gd_notify(self->fd, g.index, UNMAP_NOTIFY_SEND_EVENT,
			       far));
	at = map_pages(self->fd, g.index, 1);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(0, gd_free(self->fd, &g));
	EXPECT_EQ(-1, ed_next(self->evtchn, QUIET_MS));
	EXPECT_EQ(0, munmap(at, GD_PAGE));
	EXPECT_EQ(near, ed_next(self->evtchn, WAIT_MS));
	EXPECT_EQ(-1, ed_next(self->evtchn, QUIET_MS));
}

/* The port is kept for the event, though the program has unbound it. */
TEST_F(pages, event_through_an_unbound_port)
{
	struct gd_grant g;
	int near, far;

	ASSERT_TRUE(ed_connect(self->evtchn, self->evtchn, &near, &far));
	ASSERT_EQ(0, gd_alloc(self->fd, PEER, 1, true, &g));
	ASSERT_EQ(0, gd_notify(self->fd, g.index, UNMAP_NOTIFY_SEND_EVENT,
			       far));
	ASSERT_EQ(0, ed_unbind(self->evtchn, far));
	EXPECT_EQ(-1, ed_notify(self->evtchn, far));
	EXPECT_EQ(ENOTCONN, errno);
	ed_drain(self->evtchn);
	EXPECT_EQ(0, gd_free(self->fd, &g));
	EXPECT_EQ(near, ed_next(self->evtchn, WAIT_MS));
}

TEST_F(pages, event_when_the_program_dies)
{
	int ready[2], near, far, status;
	struct gd_grant g;
	char c;
	pid_t pid;

	ASSERT_TRUE(ed_connect(self->evtchn, self->evtchn, &near, &far));
	ASSERT_EQ(0, pipe(ready));
	ASSERT_TRUE(xt_write_file(LIMIT, "10"));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = open(GD_ALLOC_DEVICE, O_RDWR | O_CLOEXEC);

		if (gd_alloc(fd, PEER, 4, true, &g) ||
		    gd_notify(fd, g.index, UNMAP_NOTIFY_SEND_EVENT, far) ||
		    map_pages(fd, g.index, 4) == MAP_FAILED ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	ASSERT_EQ(1, read(ready[0], &c, 1));
	expect_room(_metadata, self->fd, 6);
	EXPECT_EQ(-1, ed_next(self->evtchn, QUIET_MS));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(near, ed_next(self->evtchn, WAIT_MS));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	expect_room(_metadata, self->fd, 10);
	close(ready[0]);
	close(ready[1]);
}

static sigjmp_buf after_fault;

static void on_fault(int sig)
{
	siglongjmp(after_fault, sig);
}

/* An area cannot be made to grow over what is not shared. */
TEST_F(pages, remap)
{
	struct sigaction sa = { .sa_handler = on_fault };
	struct gd_grant g;
	char *at, *to;

	ASSERT_EQ(0, gd_alloc(self->fd, PEER, 1, true, &g));
	at = map_pages(self->fd, g.index, 1);
	ASSERT_NE(MAP_FAILED, at);
	strcpy(at, "moved");
	EXPECT_EQ(MAP_FAILED, mremap(at, GD_PAGE, 2 * GD_PAGE, MREMAP_MAYMOVE));
	to = mmap(NULL, GD_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, to);
	ASSERT_EQ(to, mremap(at, GD_PAGE, GD_PAGE,
			     MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_STREQ("moved", to);
	EXPECT_EQ(0, gd_free(self->fd, &g));
	EXPECT_STREQ("moved", to);

	/* Thrown out of the page tables, it does not come back as another page. */
	sigaction(SIGBUS, &sa, NULL);
	if (!madvise(to, GD_PAGE, MADV_DONTNEED)) {
		if (!sigsetjmp(after_fault, 1)) {
			EXPECT_STREQ("moved", to);
		}
	}
	EXPECT_EQ(0, munmap(to, GD_PAGE));
}

TEST_HARNESS_MAIN
