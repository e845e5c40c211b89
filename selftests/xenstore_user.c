// SPDX-License-Identifier: GPL-2.0
/*
 * xenstore_user - the store through libxenstore, the way every tool uses it
 *
 * Works below "data" in the domain's own directory, which the tool stack leaves
 * to the guest. Two connections play two programs where it takes two.
 *
 * Needs: libxenstore, /dev/xen/xenbus, a tool stack that made "data".
 * Time: 15 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <poll.h>
#include <sys/wait.h>
#include <xenstore.h>

#define BASE		"data/selftest"
#define NODES		100
#define WORKERS		4
#define WORKER_ROUNDS	100
#define EVENT_MS	5000

FIXTURE(store)
{
	struct xs_handle *xs;
	struct xs_handle *other;
};

FIXTURE_SETUP(store)
{
	XT_NEED_XEN();
	if (access("/dev/xen/xenbus", F_OK) && access("/proc/xen/xenbus", F_OK))
		SKIP(return, "no /dev/xen/xenbus (CONFIG_XEN_XENBUS_FRONTEND)");

	self->xs = xs_open(0);
	ASSERT_NE(NULL, self->xs);
	self->other = xs_open(0);
	ASSERT_NE(NULL, self->other);
	xs_rm(self->xs, XBT_NULL, BASE);
	if (!xs_write(self->xs, XBT_NULL, BASE, "", 0)) {
		ASSERT_EQ(EACCES, errno);
		SKIP(return, "the tool stack made no writable \"data\"");
	}
}

FIXTURE_TEARDOWN(store)
{
	xs_rm(self->xs, XBT_NULL, BASE);
	xs_close(self->other);
	xs_close(self->xs);
}

static bool put(struct xs_handle *xs, xs_transaction_t t, const char *path,
		const char *val)
{
	return xs_write(xs, t, path, val, strlen(val));
}

/* Is @val at @path? */
static bool holds(struct xs_handle *xs, xs_transaction_t t, const char *path,
		  const char *val)
{
	unsigned int len = 0;
	char *got = xs_read(xs, t, path, &len);
	bool same = got && len == strlen(val) && !memcmp(got, val, len);

	free(got);
	return same;
}

TEST_F(store, write_and_read)
{
	unsigned int len;
	char *val;

	ASSERT_TRUE(put(self->xs, XBT_NULL, BASE "/a", "one"));
	EXPECT_TRUE(holds(self->xs, XBT_NULL, BASE "/a", "one"));
	EXPECT_TRUE(holds(self->other, XBT_NULL, BASE "/a", "one"));
	ASSERT_TRUE(put(self->other, XBT_NULL, BASE "/a", "two"));
	EXPECT_TRUE(holds(self->xs, XBT_NULL, BASE "/a", "two"));

	/* Any byte may be in a value; it may also be empty. */
	ASSERT_TRUE(xs_write(self->xs, XBT_NULL, BASE "/b", "x\0y\xff", 4));
	val = xs_read(self->xs, XBT_NULL, BASE "/b", &len);
	ASSERT_NE(NULL, val);
	EXPECT_EQ(4, len);
	EXPECT_EQ(0, memcmp(val, "x\0y\xff", 4));
	free(val);
	ASSERT_TRUE(put(self->xs, XBT_NULL, BASE "/b", ""));
	EXPECT_TRUE(holds(self->xs, XBT_NULL, BASE "/b", ""));
}

TEST_F(store, directories)
{
	unsigned int num = 99;
	char **names;

	ASSERT_TRUE(xs_mkdir(self->xs, XBT_NULL, BASE "/dir/sub"));
	ASSERT_TRUE(put(self->xs, XBT_NULL, BASE "/dir/file", "1"));
	names = xs_directory(self->xs, XBT_NULL, BASE "/dir", &num);
	ASSERT_NE(NULL, names);
	EXPECT_EQ(2, num);
	free(names);

	ASSERT_TRUE(xs_rm(self->xs, XBT_NULL, BASE "/dir"));
	EXPECT_EQ(NULL, xs_directory(self->xs, XBT_NULL, BASE "/dir", &num));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(NULL, xs_read(self->xs, XBT_NULL, BASE "/dir/file", &num));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F_TIMEOUT(store, many_nodes, 120)
{
	char path[64], val[16];
	unsigned int num, i;
	char **names;

	for (i = 0; i < NODES; i++) {
		snprintf(path, sizeof(path), BASE "/n%03u", i);
		snprintf(val, sizeof(val), "%u", i * i);
		ASSERT_TRUE(put(self->xs, XBT_NULL, path, val));
	}
	names = xs_directory(self->xs, XBT_NULL, BASE, &num);
	ASSERT_NE(NULL, names);
	EXPECT_EQ(NODES, num);
	free(names);
	for (i = 0; i < NODES; i++) {
		snprintf(path, sizeof(path), BASE "/n%03u", i);
		snprintf(val, sizeof(val), "%u", i * i);
		EXPECT_TRUE(holds(self->other, XBT_NULL, path, val));
	}
}

TEST_F(store, big_values)
{
	static const unsigned int sizes[] = { 1, 100, 1000, 1024, 1500 };
	unsigned int len, i;
	char big[8192], *val;

	for (i = 0; i < sizeof(big); i++)
		big[i] = i * 31 + i / 256;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ASSERT_TRUE(xs_write(self->xs, XBT_NULL, BASE "/big", big,
				     sizes[i]));
		val = xs_read(self->xs, XBT_NULL, BASE "/big", &len);
		ASSERT_NE(NULL, val);
		EXPECT_EQ(sizes[i], len);
		EXPECT_EQ(0, memcmp(val, big, sizes[i]));
		free(val);
	}

	/* More than a message holds: refused, and nothing else is disturbed. */
	EXPECT_FALSE(xs_write(self->xs, XBT_NULL, BASE "/big", big,
			      sizeof(big)));
	val = xs_read(self->other, XBT_NULL, BASE "/big", &len);
	ASSERT_NE(NULL, val);
	EXPECT_EQ(1500, len);
	free(val);
}

TEST_F(store, transaction_commits_or_not)
{
	xs_transaction_t t = xs_transaction_start(self->xs);

	ASSERT_NE(XBT_NULL, t);
	ASSERT_TRUE(put(self->xs, t, BASE "/t", "in"));
	EXPECT_TRUE(holds(self->xs, t, BASE "/t", "in"));
	EXPECT_FALSE(holds(self->other, XBT_NULL, BASE "/t", "in"));
	ASSERT_TRUE(xs_transaction_end(self->xs, t, false));
	EXPECT_TRUE(holds(self->other, XBT_NULL, BASE "/t", "in"));

	t = xs_transaction_start(self->xs);
	ASSERT_NE(XBT_NULL, t);
	ASSERT_TRUE(put(self->xs, t, BASE "/t", "aborted"));
	ASSERT_TRUE(xs_transaction_end(self->xs, t, true));
	EXPECT_TRUE(holds(self->other, XBT_NULL, BASE "/t", "in"));

	/* It is over: its number is not valid any more. */
	EXPECT_FALSE(put(self->xs, t, BASE "/t", "late"));
	EXPECT_FALSE(xs_transaction_end(self->xs, t, false));
	EXPECT_TRUE(holds(self->xs, XBT_NULL, BASE "/t", "in"));
}

TEST_F(store, transaction_conflict)
{
	xs_transaction_t t;

	ASSERT_TRUE(put(self->xs, XBT_NULL, BASE "/c", "0"));
	t = xs_transaction_start(self->xs);
	ASSERT_NE(XBT_NULL, t);
	ASSERT_TRUE(holds(self->xs, t, BASE "/c", "0"));
	ASSERT_TRUE(put(self->other, XBT_NULL, BASE "/c", "1"));
	ASSERT_TRUE(put(self->xs, t, BASE "/c", "2"));
	EXPECT_FALSE(xs_transaction_end(self->xs, t, false));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_TRUE(holds(self->xs, XBT_NULL, BASE "/c", "1"));
}

TEST_F(store, transactions_side_by_side)
{
	xs_transaction_t a = xs_transaction_start(self->xs), b;

	b = xs_transaction_start(self->other);
	ASSERT_NE(XBT_NULL, a);
	ASSERT_NE(XBT_NULL, b);
	EXPECT_NE(a, b);
	ASSERT_TRUE(put(self->xs, a, BASE "/one", "a"));
	ASSERT_TRUE(put(self->other, b, BASE "/two", "b"));
	ASSERT_TRUE(xs_transaction_end(self->xs, a, true));
	/* The other's number is not ours to use. */
	EXPECT_FALSE(put(self->xs, b, BASE "/two", "stolen"));
	ASSERT_TRUE(xs_transaction_end(self->other, b, true));
}

/* The next watch event must be @path with @token. */
static bool watch_event(struct xs_handle *xs, const char *path,
			const char *token)
{
	struct pollfd pfd = { .fd = xs_fileno(xs), .events = POLLIN };
	unsigned int num;
	char **event;
	bool right;

	event = xs_check_watch(xs);
	if (!event && poll(&pfd, 1, EVENT_MS) == 1)
		event = xs_read_watch(xs, &num);
	if (!event)
		return false;

	right = !strcmp(event[XS_WATCH_PATH], path) &&
		!strcmp(event[XS_WATCH_TOKEN], token);
	free(event);
	return right;
}

static bool quiet(struct xs_handle *xs, int ms)
{
	struct pollfd pfd = { .fd = xs_fileno(xs), .events = POLLIN };
	char **event = xs_check_watch(xs);

	free(event);
	return !event && poll(&pfd, 1, ms) == 0;
}

TEST_F_TIMEOUT(store, watches, 60)
{
	ASSERT_TRUE(xs_watch(self->xs, BASE "/w", "token-1"));
	/* Every watch fires once when it is set. */
	EXPECT_TRUE(watch_event(self->xs, BASE "/w", "token-1"));

	ASSERT_TRUE(put(self->other, XBT_NULL, BASE "/w", "x"));
	EXPECT_TRUE(watch_event(self->xs, BASE "/w", "token-1"));
	ASSERT_TRUE(put(self->other, XBT_NULL, BASE "/w/below", "x"));
	EXPECT_TRUE(watch_event(self->xs, BASE "/w/below", "token-1"));
	ASSERT_TRUE(xs_rm(self->other, XBT_NULL, BASE "/w"));
	EXPECT_TRUE(watch_event(self->xs, BASE "/w", "token-1"));
	ASSERT_TRUE(put(self->other, XBT_NULL, BASE "/elsewhere", "x"));
	EXPECT_TRUE(quiet(self->xs, 200));

	/* The same watch twice is refused, a second token is not. */
	EXPECT_FALSE(xs_watch(self->xs, BASE "/w", "token-1"));
	EXPECT_EQ(EEXIST, errno);
	ASSERT_TRUE(xs_watch(self->xs, BASE "/w", "token-2"));
	EXPECT_TRUE(watch_event(self->xs, BASE "/w", "token-2"));

	ASSERT_TRUE(xs_unwatch(self->xs, BASE "/w", "token-1"));
	ASSERT_TRUE(xs_unwatch(self->xs, BASE "/w", "token-2"));
	ASSERT_TRUE(put(self->other, XBT_NULL, BASE "/w", "x"));
	EXPECT_TRUE(quiet(self->xs, 200));
}

/* Watches belong to their connection: its end takes them away. */
TEST_F(store, watches_end_with_the_connection)
{
	struct xs_handle *third;
	int i;

	/* More than the 128 that xenstored lets a domain have. */
	for (i = 0; i < 150; i++) {
		third = xs_open(0);
		ASSERT_NE(NULL, third);
		ASSERT_TRUE(xs_watch(third, BASE "/e", "e")) {
			TH_LOG("round %d: errno %d", i, errno);
		}
		ASSERT_TRUE(put(self->xs, XBT_NULL, BASE "/e", "x"));
		xs_close(third);
	}
	ASSERT_TRUE(xs_watch(self->xs, BASE "/e", "e"));
	EXPECT_TRUE(watch_event(self->xs, BASE "/e", "e"));
}

/* Likewise a transaction that nobody ended: the next ones still start. */
TEST_F(store, transactions_end_with_the_connection)
{
	struct xs_handle *third;
	int i;

	for (i = 0; i < 30; i++) {
		third = xs_open(0);
		ASSERT_NE(NULL, third);
		ASSERT_NE(XBT_NULL, xs_transaction_start(third));
		xs_close(third);
	}
}

/* Add one to a counter in a transaction, as often as it takes. */
static bool increment(struct xs_handle *xs, const char *path)
{
	xs_transaction_t t;
	unsigned int len;
	char *val, text[16];

	do {
		t = xs_transaction_start(xs);
		val = xs_read(xs, t, path, &len);
		if (t == XBT_NULL || !val)
			return false;
		snprintf(text, sizeof(text), "%d", atoi(val) + 1);
		free(val);
		if (!put(xs, t, path, text))
			return false;
		if (xs_transaction_end(xs, t, false))
			return true;
	} while (errno == EAGAIN);

	return false;
}

static int work(int nr)
{
	struct xs_handle *xs = xs_open(0);
	char path[64], val[16];
	int i;

	if (!xs)
		return 1;

	snprintf(path, sizeof(path), BASE "/worker%d", nr);
	for (i = 0; i < WORKER_ROUNDS; i++) {
		snprintf(val, sizeof(val), "%d:%d", nr, i);
		if (!put(xs, XBT_NULL, path, val) ||
		    !holds(xs, XBT_NULL, path, val))
			return 2;
		if (i % 10 == 0 && !increment(xs, BASE "/counter"))
			return 3;
	}
	xs_close(xs);

	return 0;
}

/* Answers go to who asked, and no increment is lost. */
TEST_F_TIMEOUT(store, processes_at_once, 120)
{
	pid_t pids[WORKERS];
	char want[16];
	int i, status;

	ASSERT_TRUE(put(self->xs, XBT_NULL, BASE "/counter", "0"));
	for (i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i])
			_exit(work(i));
	}
	for (i = 0; i < WORKERS; i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status));
	}
	snprintf(want, sizeof(want), "%d", WORKERS * WORKER_ROUNDS / 10);
	EXPECT_TRUE(holds(self->xs, XBT_NULL, BASE "/counter", want));
}

/* Xenstore's idea of this domain is CPUID's and sysfs's. */
TEST_F(store, knows_who_we_are)
{
	char uuid[64], path[128], want[16];
	int domid = xt_own_domid();
	unsigned int len;
	char *vm;

	if (domid >= 0) {
		snprintf(want, sizeof(want), "%d", domid);
		EXPECT_TRUE(holds(self->xs, XBT_NULL, "domid", want));
	}
	ASSERT_TRUE(xt_read_file("/sys/hypervisor/uuid", uuid, sizeof(uuid)));
	vm = xs_read(self->xs, XBT_NULL, "vm", &len);
	ASSERT_NE(NULL, vm);
	snprintf(path, sizeof(path), "/vm/%s", uuid);
	EXPECT_STREQ(path, vm);
	free(vm);
}

TEST_F(store, refuses_what_is_not_ours)
{
	EXPECT_FALSE(put(self->xs, XBT_NULL, "/local/domain/0/selftest", "x"));
	EXPECT_EQ(EACCES, errno);
	EXPECT_FALSE(put(self->xs, XBT_NULL, "no//such", "x"));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(put(self->xs, XBT_NULL, BASE "/fine", "x"));
}

TEST_HARNESS_MAIN
