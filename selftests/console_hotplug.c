// SPDX-License-Identifier: GPL-2.0
/*
 * console_hotplug - input on console 0; a console that comes, floods, and goes
 *
 * The other side is console_peer in dom0. It types on console 0 faster than anyone
 * reads, and every line must arrive. It adds a console that sends back what it gets:
 * much is written and read at once, and must come back whole and in order. The console
 * is closed as a toolstack does it, or vanishes, while it is open and in use: whoever
 * has it open must be told, and a new one must work.
 *
 * Environment: XEN_CONSOLE_PEER  set: console_peer runs in dom0, and has to answer
 * Needs: CONFIG_HVC_XEN, CONFIG_HVC_XEN_FRONTEND, /dev/xen/xenbus.  Time: 10 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <poll.h>
#include <termios.h>
#include <xenstore.h>

#include "consolepeer.h"

#define CONSOLE_0	"/dev/hvc0"
#define CONSOLE_1	"/dev/hvc1"
#define PEER_MS		30000
#define FLOOD		(64 * 1024)
#define LINES		400

FIXTURE(console)
{
	struct xs_handle *xs;
};

FIXTURE_SETUP(console)
{
	XT_NEED_XEN();
	if (!getenv("XEN_CONSOLE_PEER"))
		SKIP(return, "no peer (XEN_CONSOLE_PEER)");
	self->xs = xs_open(0);
	ASSERT_NE(NULL, self->xs);
}

FIXTURE_TEARDOWN(console)
{
	if (self->xs)
		xs_close(self->xs);
}

/* Numbers go on from one test to the next: each is a process of its own. */
static unsigned long next_number(struct xs_handle *xs)
{
	char *text = xs_read(xs, XBT_NULL, CP_DIR "/" CP_CMD, NULL);
	unsigned long number = text ? strtoul(text, NULL, 10) : 0;

	free(text);
	return number + 1;
}

/* 0, the peer's errno, or -1 without an answer */
static int ask(struct xs_handle *xs, const char *what)
{
	unsigned long number = next_number(xs), got;
	int64_t end = xt_now() + PEER_MS * XT_MS;
	char text[64], *ack, *rest;
	int err;

	snprintf(text, sizeof(text), "%lu %s", number, what);
	if (!xs_write(xs, XBT_NULL, CP_DIR "/" CP_CMD, text, strlen(text)))
		return -1;
	while (xt_now() < end) {
		ack = xs_read(xs, XBT_NULL, CP_DIR "/" CP_ACK, NULL);
		got = ack ? strtoul(ack, &rest, 10) : 0;
		err = got != number ? -1 : strcmp(rest, " ok") ? atoi(rest + 7) : 0;
		free(ack);
		if (got == number)
			return err;
		usleep(10000);
	}
	return -1;
}

/* Bytes as they are, both ways */
static int open_raw(const char *path, struct termios *old)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios raw;

	if (fd < 0)
		return -1;
	if (tcgetattr(fd, &raw)) {
		close(fd);
		return -1;
	}
	if (old)
		*old = raw;
	cfmakeraw(&raw);
	tcsetattr(fd, TCSANOW, &raw);
	return fd;
}

static void *type_lines(void *xs)
{
	char cmd[32];

	snprintf(cmd, sizeof(cmd), "type %u", LINES);
	return (void *)(long)ask(xs, cmd);
}

/* Bytes within ten seconds, -1: the time is over or the terminal is gone */
static ssize_t read_some(int fd, char *buf, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, 10000) <= 0 || !(p.revents & POLLIN))
		return -1;
	return read(fd, buf, size);
}

TEST_F(console, input_flood)
{
	char want[80], buf[256], *at = buf;
	struct termios old;
	unsigned int line = 0;
	pthread_t typist;
	void *err;
	ssize_t n;
	char *nl;
	int fd;

	fd = open_raw(CONSOLE_0, &old);
	ASSERT_LE(0, fd);
	tcflush(fd, TCIFLUSH);
	ASSERT_EQ(0, pthread_create(&typist, NULL, type_lines, self->xs));
	while (line < LINES &&
	       (n = read_some(fd, at, buf + sizeof(buf) - at)) > 0) {
		at += n;
		while ((nl = memchr(buf, '\n', at - buf))) {
			snprintf(want, sizeof(want), CP_LINE, line);
			/* A terminal on the way may say \r\n. */
			if (nl > buf && nl[-1] == '\r')
				nl[-1] = '\n';
			if (strncmp(buf, want, strlen(want)))
				goto out;
			line++;
			memmove(buf, nl + 1, at - (nl + 1));
			at -= nl + 1 - buf;
		}
	}
out:
	tcsetattr(fd, TCSAFLUSH, &old);
	pthread_join(typist, &err);
	close(fd);
	EXPECT_EQ(0, (long)err);
	EXPECT_EQ(LINES, line) TH_LOG("line %u is wrong or did not come", line);
}

/* Writes and reads at once: 0, or at which byte it came to an end */
static size_t flood(int fd)
{
	size_t sent = 0, got = 0, i;
	struct pollfd p = { .fd = fd };
	char out[512], in[512];
	ssize_t n;

	while (got < FLOOD) {
		p.events = POLLIN | (sent < FLOOD ? POLLOUT : 0);
		if (poll(&p, 1, 10000) <= 0 || p.revents & (POLLHUP | POLLERR))
			return got + 1;
		if (p.revents & POLLOUT) {
			for (i = 0; i < sizeof(out); i++)
				out[i] = ((sent + i) * 7 + (sent + i) / 251) & 0xff;
			n = FLOOD - sent < sizeof(out) ? FLOOD - sent : sizeof(out);
			n = write(fd, out, n);
			sent += n > 0 ? n : 0;
		}
		if (!(p.revents & POLLIN))
			continue;
		n = read(fd, in, sizeof(in));
		for (i = 0; (ssize_t)i < n; i++, got++)
			if (in[i] != (char)((got * 7 + got / 251) & 0xff))
				return got + 1;
	}
	return 0;
}

/* Until a console that is gone says so, to somebody who has it open */
static bool hung_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[64];
	int i;

	for (i = 0; i < 100; i++) {
		if (poll(&p, 1, 100) > 0 && p.revents & POLLHUP)
			return read(fd, buf, sizeof(buf)) <= 0;
		while (read(fd, buf, sizeof(buf)) > 0)
			;
	}
	return false;
}

FIXTURE(hotplug)
{
	struct xs_handle *xs;
};

FIXTURE_VARIANT(hotplug)
{
	const char *end;
};

FIXTURE_VARIANT_ADD(hotplug, closed)
{
	.end = "close",
};

FIXTURE_VARIANT_ADD(hotplug, vanished)
{
	.end = "vanish",
};

FIXTURE_SETUP(hotplug)
{
	XT_NEED_XEN();
	if (!getenv("XEN_CONSOLE_PEER"))
		SKIP(return, "no peer (XEN_CONSOLE_PEER)");
	self->xs = xs_open(0);
	ASSERT_NE(NULL, self->xs);
}

FIXTURE_TEARDOWN(hotplug)
{
	if (self->xs)
		xs_close(self->xs);
}

static int open_when_there(const char *path)
{
	int fd, i;

	for (i = 0; i < 100; i++) {
		fd = open_raw(path, NULL);
		if (fd >= 0)
			return fd;
		usleep(50000);
	}
	return -1;
}

static bool goes_away(const char *path)
{
	int fd, i;

	for (i = 0; i < 100; i++) {
		fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			return true;
		close(fd);
		usleep(50000);
	}
	return false;
}

/* Twice, as the second finds what the first has left. */
TEST_F(hotplug, comes_floods_goes)
{
	int fd, round;

	for (round = 0; round < 2; round++) {
		ASSERT_EQ(0, ask(self->xs, "add"));
		fd = open_when_there(CONSOLE_1);
		ASSERT_LE(0, fd);
		EXPECT_EQ(0, flood(fd));
		ASSERT_EQ(0, ask(self->xs, variant->end));
		EXPECT_EQ(true, hung_up(fd));
		close(fd);
		EXPECT_EQ(true, goes_away(CONSOLE_1));
	}
}

TEST_HARNESS_MAIN
