// SPDX-License-Identifier: GPL-2.0
/*
 * xenbus_raw - /dev/xen/xenbus with messages that no library would send
 *
 * Bytes are written to the device as they are: in pieces, with types, lengths,
 * transactions and contents that are wrong. Each must end in an error from the
 * write or an XS_ERROR answer within some seconds, never in a hang; and after
 * each the same file, or a new one where the stream is lost, still works.
 *
 * Needs: /dev/xen/xenbus.  Time: 10 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <poll.h>

#define DEVICE		"/dev/xen/xenbus"
#define PAYLOAD_MAX	4096
#define ANSWER_MS	5000

/* Message types of Xen's io/xs_wire.h */
enum {
	XS_DIRECTORY = 1, XS_READ = 2, XS_WATCH = 4, XS_UNWATCH = 5,
	XS_TRANSACTION_START = 6, XS_TRANSACTION_END = 7, XS_INTRODUCE = 8,
	XS_WRITE = 11, XS_WATCH_EVENT = 15, XS_ERROR = 16,
};

struct msg {
	uint32_t type;
	uint32_t req_id;
	uint32_t tx_id;
	uint32_t len;
};

struct answer {
	struct msg hdr;
	char body[PAYLOAD_MAX + 1];
};

static int open_raw(void)
{
	return open(DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
}

static bool read_bytes(int fd, void *buf, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		if (poll(&pfd, 1, ANSWER_MS) != 1)
			return false;
		n = read(fd, (char *)buf + got, len - got);
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0)
			return false;
		got += n;
	}

	return true;
}

static bool read_answer(int fd, struct answer *a)
{
	memset(a, 0, sizeof(*a));
	return read_bytes(fd, &a->hdr, sizeof(a->hdr)) &&
		a->hdr.len <= PAYLOAD_MAX &&
		read_bytes(fd, a->body, a->hdr.len);
}

/* One write() with header and body. Returns 0 or the errno of the write. */
static int send_msg(int fd, uint32_t type, uint32_t id, uint32_t tx,
		    uint32_t claimed, const void *body, size_t len)
{
	char buf[sizeof(struct msg) + 2 * PAYLOAD_MAX];
	struct msg m = { type, id, tx, claimed };
	ssize_t n;

	memcpy(buf, &m, sizeof(m));
	memcpy(buf + sizeof(m), body, len);
	n = write(fd, buf, sizeof(m) + len);
	if (n < 0)
		return errno;

	return n == (ssize_t)(sizeof(m) + len) ? 0 : EIO;
}

/* Does the file still answer the simplest question rightly? */
static bool works(int fd)
{
	static uint32_t id = 1000;
	struct answer a;

	id++;
	return !send_msg(fd, XS_READ, id, 0, 6, "domid", 6) &&
		read_answer(fd, &a) && a.hdr.type == XS_READ &&
		a.hdr.req_id == id && isdigit(a.body[0]);
}

FIXTURE(raw)
{
	int fd;
};

FIXTURE_SETUP(raw)
{
	XT_NEED_XEN();
	self->fd = open_raw();
	if (self->fd < 0 && errno == ENOENT)
		SKIP(return, "no " DEVICE " (CONFIG_XEN_XENBUS_FRONTEND)");
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(works(self->fd));
}

FIXTURE_TEARDOWN(raw)
{
	int fd = open_raw();

	/* Whatever a test did, others are not affected. */
	EXPECT_TRUE(works(fd));
	close(fd);
	close(self->fd);
}

/* The answer, if the write was taken at all, must be an error. */
static void expect_refused(struct __test_metadata *_metadata, int fd, int err,
			   const char *what)
{
	struct answer a;

	if (err) {
		EXPECT_TRUE(err == EINVAL || err == E2BIG) {
			TH_LOG("errno %d: %s", err, what);
		}
		return;
	}

	ASSERT_TRUE(read_answer(fd, &a)) {
		TH_LOG("no answer: %s", what);
	}
	EXPECT_EQ(XS_ERROR, a.hdr.type) {
		TH_LOG("taken for good: %s", what);
	}
	EXPECT_EQ('\0', a.body[a.hdr.len ? a.hdr.len - 1 : 0]);
}

TEST_F(raw, answers_carry_the_request_id)
{
	struct answer a;

	ASSERT_EQ(0, send_msg(self->fd, XS_READ, 0xfeedbeef, 0, 6, "domid", 6));
	ASSERT_TRUE(read_answer(self->fd, &a));
	EXPECT_EQ(0xfeedbeef, a.hdr.req_id);
	EXPECT_EQ(0, a.hdr.tx_id);
}

TEST_F(raw, message_in_single_bytes)
{
	struct msg m = { XS_READ, 5, 0, 6 };
	char buf[sizeof(m) + 6];
	struct answer a;
	size_t i;

	memcpy(buf, &m, sizeof(m));
	memcpy(buf + sizeof(m), "domid", 6);
	for (i = 0; i < sizeof(buf); i++)
		ASSERT_EQ(1, write(self->fd, buf + i, 1));
	ASSERT_TRUE(read_answer(self->fd, &a));
	EXPECT_EQ(XS_READ, a.hdr.type);
	EXPECT_EQ(5, a.hdr.req_id);
}

TEST_F(raw, answer_in_single_bytes)
{
	struct msg m;
	size_t i;

	ASSERT_EQ(0, send_msg(self->fd, XS_READ, 6, 0, 6, "domid", 6));
	for (i = 0; i < sizeof(m); i++)
		ASSERT_TRUE(read_bytes(self->fd, (char *)&m + i, 1));
	EXPECT_EQ(XS_READ, m.type);
	ASSERT_GT(16, m.len);
	for (i = 0; i < m.len; i++)
		ASSERT_TRUE(read_bytes(self->fd, &(char){ 0 }, 1));
	EXPECT_TRUE(works(self->fd));
}

TEST_F(raw, unknown_types)
{
	static const uint32_t types[] = { 3000, 0xffffffff, 200, XS_ERROR,
					  XS_WATCH_EVENT };
	size_t i;
	int err;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		err = send_msg(self->fd, types[i], 1, 0, 6, "domid", 6);
		expect_refused(_metadata, self->fd, err, "type");
		close(self->fd);
		self->fd = open_raw();
		ASSERT_TRUE(works(self->fd));
	}
}

TEST_F(raw, too_long)
{
	static const uint32_t lens[] = { PAYLOAD_MAX + 1, 0x10000, 0x7fffffff,
					 0xfffffff0, 0xffffffff };
	char body[PAYLOAD_MAX + 64] = { };
	size_t i;
	int err;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		err = send_msg(self->fd, XS_READ, 1, 0, lens[i], body,
			       sizeof(body));
		EXPECT_TRUE(err == EINVAL || err == E2BIG) {
			TH_LOG("errno %d", err);
		}
		close(self->fd);
		self->fd = open_raw();
		ASSERT_TRUE(works(self->fd));
	}
}

TEST_F(raw, unknown_transaction)
{
	int err;

	err = send_msg(self->fd, XS_READ, 1, 0x12345678, 6, "domid", 6);
	expect_refused(_metadata, self->fd, err, "read in no transaction");
	EXPECT_TRUE(works(self->fd));
	err = send_msg(self->fd, XS_TRANSACTION_END, 1, 0x12345678, 2, "T", 2);
	expect_refused(_metadata, self->fd, err, "end of no transaction");
	EXPECT_TRUE(works(self->fd));
	err = send_msg(self->fd, XS_TRANSACTION_END, 1, 0, 2, "T", 2);
	expect_refused(_metadata, self->fd, err, "end of transaction 0");
	EXPECT_TRUE(works(self->fd));
}

struct bad_body {
	uint32_t type;
	const char *body;
	size_t len;
	const char *what;
};

TEST_F(raw, malformed_bodies)
{
	static const struct bad_body bad[] = {
		{ XS_READ, "", 0, "read of nothing" },
		{ XS_READ, "domid", 5, "path without an end" },
		{ XS_READ, "a b\1c", 6, "path with odd characters" },
		{ XS_READ, "data//x", 8, "path with an empty part" },
		{ XS_WATCH, "data", 5, "watch without a token" },
		{ XS_WATCH, "", 0, "watch of nothing" },
		{ XS_WATCH, "data\0token", 10, "token without an end" },
		{ XS_UNWATCH, "data\0never-set", 15, "unwatch of no watch" },
		{ XS_WRITE, "data", 4, "write of nothing" },
		{ XS_TRANSACTION_END, "X", 2, "transaction end by X" },
		{ XS_TRANSACTION_END, "", 0, "transaction end by nothing" },
		{ XS_INTRODUCE, "1\0002\0003", 6, "introducing a domain" },
	};
	size_t i;
	int err;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err = send_msg(self->fd, bad[i].type, 1, 0, bad[i].len,
			       bad[i].body, bad[i].len);
		expect_refused(_metadata, self->fd, err, bad[i].what);
		close(self->fd);
		self->fd = open_raw();
		ASSERT_TRUE(works(self->fd)) {
			TH_LOG("after: %s", bad[i].what);
		}
	}
}

/* Many requests before the first answer is read. */
TEST_F(raw, requests_in_flight)
{
	struct answer a;
	uint32_t i;

	for (i = 0; i < 50; i++)
		ASSERT_EQ(0, send_msg(self->fd, XS_READ, i + 1, 0, 6, "domid",
				      6));
	for (i = 0; i < 50; i++) {
		ASSERT_TRUE(read_answer(self->fd, &a));
		EXPECT_EQ(XS_READ, a.hdr.type);
		EXPECT_EQ(i + 1, a.hdr.req_id);
	}
}

/* Half a message, then the end: nobody waits for the rest. */
TEST_F(raw, closed_in_the_middle)
{
	struct msg m = { XS_READ, 1, 0, 100 };
	int i, fd;

	for (i = 0; i < 20; i++) {
		fd = open_raw();
		ASSERT_LE(0, fd);
		ASSERT_EQ(sizeof(m) - i % 8,
			  write(fd, &m, sizeof(m) - i % 8));
		close(fd);
	}
	EXPECT_TRUE(works(self->fd));
}

/* Closed with the answer on its way. */
TEST_F(raw, closed_before_the_answer)
{
	int i, fd;

	for (i = 0; i < 50; i++) {
		fd = open_raw();
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, send_msg(fd, XS_READ, 1, 0, 6, "domid", 6));
		close(fd);
	}
	EXPECT_TRUE(works(self->fd));
}

TEST_HARNESS_MAIN
