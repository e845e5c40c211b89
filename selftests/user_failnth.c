// SPDX-License-Identifier: GPL-2.0
/*
 * user_failnth - the device nodes when there is no memory
 *
 * What a program does with a device is done again and again: the first time its first
 * allocation fails, then its second, and so on until there are no more. Each time the
 * call says ENOMEM, or has worked without that memory. It leaves no grant behind. In the
 * end it works.
 *
 * Event channels are left out: the interrupt core warns when it takes back files of
 * /proc/irq that it had no memory to make.
 *
 * Needs: root, CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC, CONFIG_FAULT_INJECTION_DEBUG_FS;
 *   the devices of CONFIG_XEN_GNTDEV, _GRANT_DEV_ALLOC, _PRIVCMD.
 * Time: 5 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <poll.h>
#include <sys/mman.h>

#include "grantdev.h"
#include "privcmddev.h"

/* More than any call here needs */
#define ALLOCATIONS_MAX	2000
#define PEER		0
#define PAGES		4

#define FAULTS		"/sys/kernel/debug/"

/* So that all kinds of allocations can fail, and the log is not full of it */
static const char * const knobs[][2] = {
	{ FAULTS "failslab/ignore-gfp-wait", "N" },
	{ FAULTS "failslab/verbose", "0" },
	{ FAULTS "fail_page_alloc/ignore-gfp-wait", "N" },
	{ FAULTS "fail_page_alloc/ignore-gfp-highmem", "N" },
	{ FAULTS "fail_page_alloc/min-order", "0" },
	{ FAULTS "fail_page_alloc/verbose", "0" },
};

#define KNOBS	(sizeof(knobs) / sizeof(knobs[0]))

FIXTURE(nth)
{
	char before[KNOBS][16];
	int fail;
	int alloc;
	int dev;
	int buf;
	int store;
	int own;
	/* What one step has made, for the next */
	uint64_t index;
	struct gd_grant grant;
	char *bytes;
};

/* A step of a program: 0 or an errno; and its undoing */
struct step {
	int (*act)(FIXTURE_DATA(nth) *self);
	void (*undo)(FIXTURE_DATA(nth) *self);
};

static int open_device(const char *path)
{
	return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
}

FIXTURE_SETUP(nth)
{
	unsigned int i;

	XT_NEED_XEN();
	self->fail = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (self->fail < 0)
		SKIP(return, "no fail-nth (CONFIG_FAULT_INJECTION)");
	for (i = 0; i < KNOBS; i++) {
		if (!xt_read_file(knobs[i][0], self->before[i],
				  sizeof(self->before[i])))
			SKIP(return, "no %s", knobs[i][0]);
		ASSERT_TRUE(xt_write_file(knobs[i][0], knobs[i][1]));
	}
	self->alloc = open_device(GD_ALLOC_DEVICE);
	ASSERT_LE(0, self->alloc);
	self->dev = open_device(GD_MAP_DEVICE);
	ASSERT_LE(0, self->dev);
	self->buf = open_device(PD_BUF_DEVICE);
	ASSERT_LE(0, self->buf);
	self->store = open_device("/dev/xen/xenbus");
	ASSERT_LE(0, self->store);
	self->own = xt_own_domid();
	/* There, and not to be copied at the wrong moment */
	self->bytes = mmap(NULL, GD_PAGE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT_NE(MAP_FAILED, self->bytes);
}

FIXTURE_TEARDOWN(nth)
{
	unsigned int i;

	for (i = 0; i < KNOBS; i++)
		if (self->before[i][0])
			xt_write_file(knobs[i][0], self->before[i]);
	munmap(self->bytes, GD_PAGE);
	close(self->store);
	close(self->buf);
	close(self->dev);
	close(self->alloc);
	close(self->fail);
}

/* Let the @n-th allocation from now on fail. */
static bool arm(FIXTURE_DATA(nth) *self, int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	return pwrite(self->fail, text, len, 0) == len;
}

/* Whether one has failed; none fails any more. */
static bool disarm(FIXTURE_DATA(nth) *self)
{
	char text[16] = { };
	bool failed = pread(self->fail, text, sizeof(text) - 1, 0) > 0 &&
		      atoi(text) == 0;

	return arm(self, 0) && failed;
}

static long number_behind(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	return at ? strtol(at + strlen(word), NULL, 10) : -1;
}

/* Grant references that are in use, as debugfs has them */
static long count_grants(void)
{
	char text[4096];

	if (!xt_read_file("/sys/kernel/debug/xen-grant/usage", text, sizeof(text)))
		return -1;
	return number_behind(text, "references ") - number_behind(text, "free ");
}

/* Disk and network interface take some, too, and give them back. */
static bool grants_come_back(long before)
{
	int64_t end = xt_now() + 5 * XT_NS;

	while (count_grants() > before) {
		if (xt_now() > end)
			return false;
		usleep(10000);
	}
	return true;
}

static void sweep(struct __test_metadata *_metadata, FIXTURE_DATA(nth) *self,
		  const struct step *step)
{
	int n, err;
	long grants = count_grants();
	bool failed = true;

	for (n = 1; failed && n < ALLOCATIONS_MAX; n++) {
		ASSERT_TRUE(arm(self, n));
		err = step->act(self);
		failed = disarm(self);
		if (!err)
			step->undo(self);
		EXPECT_TRUE(!err || (failed && err == ENOMEM)) {
			TH_LOG("allocation %d: error %d", n, err);
		}
	}
	EXPECT_FALSE(failed);
	/* At least one has failed before that. */
	EXPECT_LT(2, n);
	ASSERT_EQ(0, step->act(self));
	step->undo(self);
	EXPECT_TRUE(grants_come_back(grants)) {
		TH_LOG("%ld grants before, %ld now", grants, count_grants());
	}
	TH_LOG("%d allocations", n - 2);
}

static void nothing(FIXTURE_DATA(nth) *self)
{
}

static int grant_pages(FIXTURE_DATA(nth) *self)
{
	char *at;
	int err;

	err = gd_alloc(self->alloc, PEER, PAGES, true, &self->grant);
	if (err)
		return err;
	at = mmap(NULL, PAGES * GD_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		  self->alloc, self->grant.index);
	if (at == MAP_FAILED) {
		err = errno;
		gd_free(self->alloc, &self->grant);
		return err;
	}
	munmap(at, PAGES * GD_PAGE);
	return 0;
}

static void take_pages_back(FIXTURE_DATA(nth) *self)
{
	gd_free(self->alloc, &self->grant);
}

TEST_F(nth, gntalloc)
{
	sweep(_metadata, self, &(struct step){ grant_pages, take_pages_back });
}

static int prepare_maps(FIXTURE_DATA(nth) *self)
{
	const uint32_t refs[PAGES] = { 8, 9, 10, 11 };

	return gd_prepare_maps(self->dev, PEER, refs, PAGES, &self->index);
}

static void forget_maps(FIXTURE_DATA(nth) *self)
{
	gd_forget_maps(self->dev, self->index, PAGES);
}

TEST_F(nth, gntdev_prepare)
{
	sweep(_metadata, self, &(struct step){ prepare_maps, forget_maps });
}

static int copy(FIXTURE_DATA(nth) *self)
{
	int rc = gd_copy(self->dev, self->own, self->grant.refs[0], 0,
			 self->bytes, 100);

	return rc > 1000 ? rc - 1000 : rc ? EIO : 0;
}

TEST_F(nth, gntdev_copy)
{
	if (self->own < 0)
		SKIP(return, "Xen does not tell this domain's number (CPUID)");
	ASSERT_EQ(0, gd_alloc(self->alloc, self->own, 1, true, &self->grant));
	sweep(_metadata, self, &(struct step){ copy, nothing });
	EXPECT_EQ(0, gd_free(self->alloc, &self->grant));
}

static int map_buffer(FIXTURE_DATA(nth) *self)
{
	void *at = mmap(NULL, PAGES * PD_PAGE, PROT_READ | PROT_WRITE,
			MAP_SHARED, self->buf, 0);

	if (at == MAP_FAILED)
		return errno;
	munmap(at, PAGES * PD_PAGE);
	return 0;
}

TEST_F(nth, hypercall_buffer)
{
	sweep(_metadata, self, &(struct step){ map_buffer, nothing });
}

static int open_privcmd(FIXTURE_DATA(nth) *self)
{
	int fd = open_device(PD_DEVICE), rc = 0, err;

	if (fd < 0)
		return errno;
	err = pd_version(fd, 0, NULL, &rc);
	close(fd);
	/* What most guests are told */
	return err == EPERM ? 0 : err;
}

TEST_F(nth, privcmd)
{
	sweep(_metadata, self, &(struct step){ open_privcmd, nothing });
}

/* Of Xen's io/xs_wire.h */
enum { XS_READ = 2, XS_ERROR = 16 };

struct xs_header {
	uint32_t type;
	uint32_t req_id;
	uint32_t tx_id;
	uint32_t len;
};

static bool read_all(int fd, void *to, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		if (poll(&pfd, 1, 5000) != 1)
			return false;
		n = read(fd, (char *)to + got, len - got);
		if (n <= 0)
			return false;
		got += n;
	}
	return true;
}

/* A question to the store, and its answer */
static int ask_store(FIXTURE_DATA(nth) *self)
{
	struct {
		struct xs_header h;
		char path[8];
	} q = { { XS_READ, 1, 0, sizeof("domid") }, "domid" };
	const size_t len = sizeof(q.h) + sizeof("domid");
	struct xs_header a;

	if (write(self->store, &q, len) != (ssize_t)len)
		return errno;
	if (!read_all(self->store, &a, sizeof(a)) || a.len >= GD_PAGE ||
	    !read_all(self->store, self->bytes, a.len))
		return EIO;
	if (a.type == XS_ERROR && !memcmp(self->bytes, "ENOMEM", a.len))
		return ENOMEM;
	return a.type == XS_READ ? 0 : EIO;
}

TEST_F(nth, xenbus)
{
	sweep(_metadata, self, &(struct step){ ask_store, nothing });
}

TEST_HARNESS_MAIN
