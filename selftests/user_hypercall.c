// SPDX-License-Identifier: GPL-2.0
/*
 * user_hypercall - memory for hypercalls: /dev/xen/hypercall
 *
 * What is mapped is zeroed, shared with children, and freed when nobody has it any more,
 * in whatever pieces it went.
 *
 * Needs: CONFIG_XEN_PRIVCMD; for a limit of memory CONFIG_MEMCG.
 * Time: 5 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "privcmddev.h"

#define NR		100
#define SIZE		(NR * PD_PAGE)
#define LEAK_ROUNDS	64
#define LEAK_SIZE	(4UL << 20)
#define LEAK_KB		(64UL << 10)
/* More than the 16 MB that its control group has */
#define GROUP_SIZE	(64UL << 20)

FIXTURE(buf)
{
	int fd;
	char *mem;
};

static char *map_buf(int fd, size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

FIXTURE_SETUP(buf)
{
	XT_NEED_XEN();
	self->fd = open(PD_BUF_DEVICE, O_RDWR | O_CLOEXEC);
	if (self->fd < 0 && errno == ENOENT)
		SKIP(return, "no " PD_BUF_DEVICE " (CONFIG_XEN_PRIVCMD)");
	ASSERT_LE(0, self->fd);
	self->mem = map_buf(self->fd, SIZE);
	ASSERT_NE(MAP_FAILED, self->mem);
}

FIXTURE_TEARDOWN(buf)
{
	munmap(self->mem, SIZE);
	close(self->fd);
}

/* Each page with its number. */
static void fill(char *mem)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		memset(mem + i * PD_PAGE, i + 1, PD_PAGE);
}

/* Pages of @mem, which are those from @first on, that are not as fill() left them */
static int wrong(const char *mem, unsigned int first, unsigned int nr)
{
	unsigned int i, bad = 0;

	for (i = 0; i < nr; i++) {
		const char *page = mem + i * PD_PAGE;

		bad += page[0] != (char)(first + i + 1) ||
		       memcmp(page, page + 1, PD_PAGE - 1);
	}
	return bad;
}

TEST_F(buf, is_zeroed)
{
	char *again;

	EXPECT_EQ(0, self->mem[0]);
	EXPECT_EQ(0, memcmp(self->mem, self->mem + 1, SIZE - 1));
	fill(self->mem);
	EXPECT_EQ(0, wrong(self->mem, 0, NR));
	/* Another one is not the same memory, nor what this was afterwards. */
	again = map_buf(self->fd, SIZE);
	ASSERT_NE(MAP_FAILED, again);
	EXPECT_EQ(0, again[0]);
	EXPECT_EQ(0, memcmp(again, again + 1, SIZE - 1));
	ASSERT_EQ(0, munmap(again, SIZE));
	ASSERT_EQ(0, munmap(self->mem, SIZE));
	self->mem = map_buf(self->fd, SIZE);
	ASSERT_NE(MAP_FAILED, self->mem);
	EXPECT_EQ(0, self->mem[0]);
	EXPECT_EQ(0, memcmp(self->mem, self->mem + 1, SIZE - 1));
}

TEST_F(buf, is_shared_only)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
}

/* What a child writes is seen here, and what is here outlives the child. */
TEST_F(buf, with_a_child)
{
	int status;
	pid_t pid;

	fill(self->mem);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (wrong(self->mem, 0, NR))
			_exit(1);
		memset(self->mem, 99, PD_PAGE);
		_exit(munmap(self->mem + 10 * PD_PAGE, 20 * PD_PAGE) ? 2 : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(99, self->mem[0]);
	EXPECT_EQ(99, self->mem[PD_PAGE - 1]);
	EXPECT_EQ(0, wrong(self->mem + PD_PAGE, 1, NR - 1));
}

/* The child has it alone in the end. */
TEST_F(buf, inherited)
{
	int status, go[2];
	char byte;
	pid_t pid;

	fill(self->mem);
	ASSERT_EQ(0, pipe(go));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(go[1]);
		if (read(go[0], &byte, 1))
			_exit(3);
		_exit(wrong(self->mem, 0, NR) ? 1 : 0);
	}
	ASSERT_EQ(0, munmap(self->mem, SIZE));
	close(self->fd);
	close(go[0]);
	close(go[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(buf, partial_unmap)
{
	fill(self->mem);
	ASSERT_EQ(0, munmap(self->mem + 30 * PD_PAGE, 10 * PD_PAGE));
	EXPECT_EQ(0, wrong(self->mem, 0, 30));
	EXPECT_EQ(0, wrong(self->mem + 40 * PD_PAGE, 40, NR - 40));
	ASSERT_EQ(0, munmap(self->mem, 30 * PD_PAGE));
	EXPECT_EQ(0, wrong(self->mem + 40 * PD_PAGE, 40, NR - 40));
}

TEST_F(buf, closed_and_moved)
{
	char *to, *moved;

	fill(self->mem);
	ASSERT_EQ(0, close(self->fd));
	to = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, to);
	moved = mremap(self->mem, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	ASSERT_EQ(to, moved);
	EXPECT_EQ(0, wrong(moved, 0, NR));
	EXPECT_EQ(MAP_FAILED, mremap(moved, SIZE, 2 * SIZE, MREMAP_MAYMOVE));
	EXPECT_EQ(0, munmap(moved, SIZE));
}

/* Copying is all right. By way of its pages no debugger, and no other process, gets in. */
TEST_F(buf, not_for_debuggers)
{
	int fd = open("/proc/self/mem", O_RDONLY), file[2];
	char byte = 'y';
	struct iovec to = { .iov_base = &byte, .iov_len = 1 };
	struct iovec from = { .iov_base = self->mem, .iov_len = 1 };

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe(file));
	self->mem[0] = 'x';
	EXPECT_EQ(1, write(file[1], self->mem, 1));
	EXPECT_EQ(1, read(file[0], self->mem + 1, 1));
	EXPECT_EQ('x', self->mem[1]);

	EXPECT_EQ(1, pread(fd, &byte, 1, (uintptr_t)&byte));
	EXPECT_EQ(-1, pread(fd, &byte, 1, (uintptr_t)self->mem));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, process_vm_readv(getpid(), &to, 1, &from, 1, 0));
	/* Without CONFIG_CROSS_MEMORY_ATTACH there is no such call. */
	EXPECT_TRUE(errno == EFAULT || errno == ENOSYS);
	EXPECT_EQ('y', byte);
	close(fd);
	close(file[0]);
	close(file[1]);
}

static long free_kb(void)
{
	char text[4096], *at;

	if (!xt_read_file("/proc/meminfo", text, sizeof(text)))
		return -1;
	at = strstr(text, "MemFree:");
	return at ? atol(at + 8) : -1;
}

TEST_F(buf, no_leak)
{
	long before = free_kb(), after;
	char *mem;
	int i;

	for (i = 0; i < LEAK_ROUNDS; i++) {
		mem = map_buf(self->fd, LEAK_SIZE);
		ASSERT_NE(MAP_FAILED, mem);
		mem[LEAK_SIZE - 1] = 1;
		/* In pieces every other time */
		if (i & 1)
			ASSERT_EQ(0, munmap(mem + LEAK_SIZE / 2, PD_PAGE));
		ASSERT_EQ(0, munmap(mem, LEAK_SIZE));
	}
	after = free_kb();
	/* 256 MB went through. */
	EXPECT_LT(before - after, (long)LEAK_KB) {
		TH_LOG("%ld kB free, then %ld kB", before, after);
	}
}

/* More than the machine has: an error at once, which nobody is killed for. */
TEST_F(buf, larger_than_memory)
{
	char text[4096], *at;
	long before, after;

	ASSERT_TRUE(xt_read_file("/proc/meminfo", text, sizeof(text)));
	at = strstr(text, "MemTotal:");
	ASSERT_NE(NULL, at);
	before = free_kb();
	EXPECT_EQ(MAP_FAILED, map_buf(self->fd, (atol(at + 9) + 65536) << 10));
	EXPECT_EQ(ENOMEM, errno);
	after = free_kb();
	EXPECT_LT(before - after, (long)LEAK_KB) {
		TH_LOG("%ld kB free, then %ld kB", before, after);
	}
}

FIXTURE(group)
{
	int fd;
	char dir[32];
	char path[64];
};

static bool write_group(FIXTURE_DATA(group) *self, const char *name,
			const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", self->path, name);
	return xt_write_file(path, text);
}

/* Bytes that are charged to the group */
static long charged(FIXTURE_DATA(group) *self)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "%s/memory.current", self->path);
	return xt_read_file(path, text, sizeof(text)) ? atol(text) : -1;
}

FIXTURE_SETUP(group)
{
	char path[128], text[256];

	XT_NEED_XEN();
	self->fd = open(PD_BUF_DEVICE, O_RDWR | O_CLOEXEC);
	if (self->fd < 0 && errno == ENOENT)
		SKIP(return, "no " PD_BUF_DEVICE " (CONFIG_XEN_PRIVCMD)");
	ASSERT_LE(0, self->fd);
	strcpy(self->dir, "/tmp/cgroup-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	if (mount("none", self->dir, "cgroup2", 0, NULL)) {
		rmdir(self->dir);
		SKIP(return, "no cgroup2 (CONFIG_CGROUPS)");
	}
	snprintf(path, sizeof(path), "%s/cgroup.controllers", self->dir);
	if (!xt_read_file(path, text, sizeof(text)) || !strstr(text, "memory")) {
		umount(self->dir);
		rmdir(self->dir);
		SKIP(return, "no control of memory (CONFIG_MEMCG)");
	}
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", self->dir);
	ASSERT_TRUE(xt_write_file(path, "+memory"));
	snprintf(self->path, sizeof(self->path), "%s/hypercall", self->dir);
	ASSERT_EQ(0, mkdir(self->path, 0700));
	ASSERT_TRUE(write_group(self, "memory.max", "16M"));
}

FIXTURE_TEARDOWN(group)
{
	rmdir(self->path);
	umount(self->dir);
	rmdir(self->dir);
	close(self->fd);
}

/* What is mapped until then goes again, and nobody is killed. */
TEST_F(group, more_than_there_is)
{
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		char *some, *more;
		long before;

		if (!write_group(self, "cgroup.procs", "0"))
			_exit(1);
		some = map_buf(self->fd, LEAK_SIZE);
		if (some == MAP_FAILED)
			_exit(2);
		before = charged(self);
		if (before < (long)LEAK_SIZE)
			_exit(3);
		more = map_buf(self->fd, GROUP_SIZE);
		if (more != MAP_FAILED || errno != ENOMEM)
			_exit(4);
		/* Some MB more may be the group's, in advance. */
		_exit(charged(self) - before > (long)LEAK_SIZE ? 5 : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status) {
		TH_LOG("%s %d", WIFEXITED(status) ? "step" : "signal",
		       WIFEXITED(status) ? WEXITSTATUS(status) :
					   WTERMSIG(status));
	}
	EXPECT_LE(0, charged(self));
	EXPECT_GT((long)LEAK_SIZE, charged(self));
}

TEST_HARNESS_MAIN
