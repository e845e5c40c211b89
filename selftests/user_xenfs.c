// SPDX-License-Identifier: GPL-2.0
/*
 * user_xenfs - the Xen file system
 *
 * Which files there are in a guest, and in dom0, with what access, and what is in them.
 *
 * Needs: CONFIG_XENFS; for its place CONFIG_XEN_COMPAT_XENFS.
 * Time: 1 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "privcmddev.h"

#define PLACE	"/proc/xen"
#define MAGIC	0xabba1974

FIXTURE(xenfs)
{
	bool dom0;
	char caps[32];
};

FIXTURE_SETUP(xenfs)
{
	struct statfs fs;

	XT_NEED_XEN();
	if (access(PLACE, F_OK))
		SKIP(return, "no " PLACE " (CONFIG_XEN_COMPAT_XENFS)");
	if (!statfs(PLACE, &fs) && (uint32_t)fs.f_type != MAGIC &&
	    mount("xenfs", PLACE, "xenfs", 0, NULL) && errno == ENODEV)
		SKIP(return, "no xenfs (CONFIG_XENFS)");
	ASSERT_EQ(0, statfs(PLACE, &fs));
	ASSERT_EQ(MAGIC, (uint32_t)fs.f_type);
	ASSERT_TRUE(xt_read_file(PLACE "/capabilities", self->caps,
				 sizeof(self->caps)));
	self->dom0 = self->caps[0];
}

FIXTURE_TEARDOWN(xenfs)
{
}

static const struct {
	const char *name;
	mode_t mode;
	bool dom0_only;
	bool optional;
} files[] = {
	{ "capabilities", 0444 },
	{ "xenbus", 0600 },
	{ "privcmd", 0600 },
	{ "xsd_kva", 0600, true },
	{ "xsd_port", 0600, true },
	{ "xensyms", 0400, true, true },
};

#define NR_FILES	(sizeof(files) / sizeof(files[0]))

TEST_F(xenfs, files)
{
	unsigned int i, expected = 0, optional = 0, seen = 0;
	struct dirent *entry;
	struct stat st;
	char path[64];
	DIR *dir;

	for (i = 0; i < NR_FILES; i++) {
		snprintf(path, sizeof(path), PLACE "/%s", files[i].name);
		if (files[i].dom0_only && !self->dom0) {
			EXPECT_EQ(-1, stat(path, &st));
			continue;
		}
		if (files[i].optional && stat(path, &st))
			continue;
		ASSERT_EQ(0, stat(path, &st)) {
			TH_LOG("%s", path);
		}
		EXPECT_EQ(S_IFREG | files[i].mode, st.st_mode) {
			TH_LOG("%s", path);
		}
		EXPECT_EQ(0, st.st_uid);
		expected++;
		optional += files[i].optional;
	}
	dir = opendir(PLACE);
	ASSERT_NE(NULL, dir);
	while ((entry = readdir(dir)))
		seen += entry->d_name[0] != '.';
	closedir(dir);
	EXPECT_EQ(expected, seen);
}

TEST_F(xenfs, capabilities)
{
	char buf[4];
	int fd;

	EXPECT_STREQ(self->dom0 ? "control_d" : "", self->caps);
	fd = open(PLACE "/capabilities", O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(self->dom0 ? 4 : 0, read(fd, buf, 4));
	EXPECT_EQ(self->dom0 ? 2 : 0, pread(fd, buf, 4, 8));
	EXPECT_EQ(0, pread(fd, buf, 4, 100));
	close(fd);
	/* As root may open it */
	fd = open(PLACE "/capabilities", O_WRONLY);
	if (fd >= 0) {
		EXPECT_EQ(-1, write(fd, "x", 1));
		close(fd);
	}
}

/* The same devices under their old names */
TEST_F(xenfs, aliases)
{
	struct pd_hypercall op = { .op = PD_XEN_VERSION };
	char reply[64] = { };
	int old, new, a, b;

	new = open(PD_DEVICE, O_RDWR | O_CLOEXEC);
	if (new < 0 && errno == ENOENT)
		SKIP(return, "no " PD_DEVICE);
	ASSERT_LE(0, new);
	old = open(PLACE "/privcmd", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, old);
	a = ioctl(old, PD_HYPERCALL, &op);
	b = ioctl(new, PD_HYPERCALL, &op);
	EXPECT_EQ(b, a);
	EXPECT_EQ(ENOSYS, pd_ioctl(old, PD_MMAP, &op));
	close(old);
	close(new);

	old = open(PLACE "/xenbus", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, old);
	/* XS_READ of "domid" */
	ASSERT_EQ(22, write(old, "\2\0\0\0\7\0\0\0\0\0\0\0\6\0\0\0domid", 22));
	ASSERT_EQ(16, read(old, reply, 16));
	ASSERT_LT(0, read(old, reply + 16, 40));
	EXPECT_EQ(2, reply[0]);
	EXPECT_EQ(7, reply[4]);
	close(old);
}

/* Mounted twice it is one. */
TEST_F(xenfs, one_of_it)
{
	char dir[] = "/tmp/xenfs-XXXXXX", path[64];
	struct stat a, b;

	ASSERT_NE(NULL, mkdtemp(dir));
	ASSERT_EQ(0, mount("xenfs", dir, "xenfs", 0, NULL));
	snprintf(path, sizeof(path), "%s/privcmd", dir);
	EXPECT_EQ(0, stat(path, &a));
	EXPECT_EQ(0, stat(PLACE "/privcmd", &b));
	EXPECT_EQ(a.st_ino, b.st_ino);
	EXPECT_EQ(a.st_dev, b.st_dev);
	EXPECT_EQ(0, umount(dir));
	EXPECT_EQ(0, rmdir(dir));
}

TEST_F(xenfs, store_of_dom0)
{
	char text[64];
	char *page;
	int fd;

	if (!self->dom0)
		SKIP(return, "not in dom0");
	ASSERT_TRUE(xt_read_file(PLACE "/xsd_port", text, sizeof(text)));
	EXPECT_LT(0, atoi(text));
	ASSERT_TRUE(xt_read_file(PLACE "/xsd_kva", text, sizeof(text)));
	EXPECT_EQ(0, strncmp(text, "0x", 2));
	fd = open(PLACE "/xsd_kva", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 2 * PD_PAGE, PROT_READ, MAP_SHARED, fd,
				   0));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PD_PAGE, PROT_READ, MAP_SHARED, fd,
				   PD_PAGE));
	page = mmap(NULL, PD_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, page);
	close(fd);
	/* The ring is in use: its counters are not all 0. */
	EXPECT_NE(0, memcmp(page + 2048, page + 2049, 15) || page[2048]);
	EXPECT_EQ(0, munmap(page, PD_PAGE));
}

TEST_F(xenfs, symbols_of_xen)
{
	unsigned long long addr, last = 0;
	char line[256], type, name[200];
	int lines = 0, unsorted = 0, found = 0;
	FILE *file;

	if (!self->dom0)
		SKIP(return, "not in dom0");
	file = fopen(PLACE "/xensyms", "r");
	if (!file)
		SKIP(return, "no xensyms (CONFIG_XEN_SYMS)");
	while (fgets(line, sizeof(line), file)) {
		ASSERT_EQ(3, sscanf(line, "%16llx %c %199s", &addr, &type,
				    name)) {
			TH_LOG("%s", line);
		}
		unsorted += addr < last;
		last = addr;
		found += !strcmp(name, "do_xen_version");
		lines++;
	}
	fclose(file);
	EXPECT_LT(1000, lines);
	EXPECT_EQ(0, unsorted);
	EXPECT_EQ(1, found);
}

TEST_HARNESS_MAIN
