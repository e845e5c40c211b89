// SPDX-License-Identifier: GPL-2.0
/*
 * console_peer - the other side of a guest's consoles, for console_hotplug
 *
 *	console_peer DOMID
 *
 * Runs in dom0: it writes nodes of the toolstack's, is the backend of console 1, and
 * types on the terminal of console 0. Serves the commands of consolepeer.h until it is
 * ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenstore.h>

#include "consolepeer.h"
#include "grantdev.h"

typedef uint32_t evtchn_port_t;
#include <xen/evtchn.h>

#define IN_SIZE		1024
#define OUT_SIZE	2048
#define ANSWER_MS	10000

/* Of Xen's io/console.h */
struct ring {
	char in[IN_SIZE];
	char out[OUT_SIZE];
	_Atomic uint32_t in_cons, in_prod;
	_Atomic uint32_t out_cons, out_prod;
};

enum { STATE_INITIALISING = 1, STATE_INIT_WAIT, STATE_INITIALISED,
       STATE_CONNECTED, STATE_CLOSING, STATE_CLOSED };

static int domid;
static struct xs_handle *xs;
static int map_fd, evtchn_fd;
static struct ring *ring;
static uint64_t ring_index;
static uint32_t port;

static const char *path_of(bool front, const char *name)
{
	static char path[2][128];

	if (front)
		snprintf(path[0], sizeof(path[0]),
			 "/local/domain/%d/device/console/1%s", domid, name);
	else
		snprintf(path[1], sizeof(path[1]),
			 "/local/domain/0/backend/console/%d/1%s", domid, name);
	return path[!front];
}

static bool write_node(bool front, const char *name, const char *fmt, ...)
{
	char value[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	return xs_write(xs, XBT_NULL, path_of(front, name), value, strlen(value));
}

static bool read_number(const char *path, unsigned int *val)
{
	char *text = xs_read(xs, XBT_NULL, path, NULL);
	bool ok = text && sscanf(text, "%u", val) == 1;

	free(text);
	return ok;
}

static int wait_front(unsigned int wanted)
{
	unsigned int state, ms;

	for (ms = 0; ms < ANSWER_MS; ms += 10) {
		if (read_number(path_of(true, "/state"), &state) &&
		    state == wanted)
			return 0;
		usleep(10000);
	}
	return ETIMEDOUT;
}

static bool make_dir(bool front)
{
	struct xs_permissions perms[2] = {
		{ .id = front ? domid : 0, .perms = XS_PERM_NONE },
		{ .id = front ? 0 : domid, .perms = XS_PERM_READ },
	};

	return xs_mkdir(xs, XBT_NULL, path_of(front, "")) &&
		xs_set_permissions(xs, XBT_NULL, path_of(front, ""), perms, 2);
}

static void remove_nodes(void)
{
	xs_rm(xs, XBT_NULL, path_of(true, ""));
	xs_rm(xs, XBT_NULL, path_of(false, ""));
}

static void let_go(void)
{
	struct ioctl_evtchn_unbind op = { .port = port };

	if (port)
		ioctl(evtchn_fd, IOCTL_EVTCHN_UNBIND, &op);
	port = 0;
	if (ring) {
		munmap(ring, GD_PAGE);
		gd_forget_map(map_fd, ring_index);
	}
	ring = NULL;
}

static int connect_front(void)
{
	struct ioctl_evtchn_bind_interdomain op = { .remote_domain = domid };
	unsigned int ref;
	int local, err;

	if (!read_number(path_of(true, "/ring-ref"), &ref) ||
	    !read_number(path_of(true, "/port"), &op.remote_port))
		return ENOENT;
	err = gd_prepare_map(map_fd, domid, ref, &ring_index);
	if (err)
		return err;
	ring = mmap(NULL, GD_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd,
		    ring_index);
	if (ring == MAP_FAILED) {
		ring = NULL;
		return errno;
	}
	local = ioctl(evtchn_fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &op);
	if (local < 0)
		return errno;
	port = local;
	return 0;
}

static int do_add(void)
{
	int err;

	if (ring)
		return EBUSY;
	if (!make_dir(false) || !make_dir(true) ||
	    !write_node(false, "/frontend", "%s", path_of(true, "")) ||
	    !write_node(false, "/frontend-id", "%d", domid) ||
	    !write_node(false, "/online", "1") ||
	    !write_node(false, "/state", "%d", STATE_INIT_WAIT) ||
	    !write_node(true, "/backend", "%s", path_of(false, "")) ||
	    !write_node(true, "/backend-id", "0") ||
	    !write_node(true, "/type", "xenconsoled") ||
	    !write_node(true, "/state", "%d", STATE_INITIALISING))
		return errno;

	err = wait_front(STATE_INITIALISED);
	if (!err)
		err = connect_front();
	if (!err && !write_node(false, "/state", "%d", STATE_CONNECTED))
		err = errno;
	if (!err)
		err = wait_front(STATE_CONNECTED);
	if (err) {
		let_go();
		remove_nodes();
	}
	return err;
}

static int do_close(void)
{
	int err;

	if (!ring)
		return ENOENT;
	write_node(false, "/state", "%d", STATE_CLOSING);
	err = wait_front(STATE_CLOSED);
	let_go();
	remove_nodes();
	return err;
}

static int do_vanish(void)
{
	if (!ring)
		return ENOENT;
	remove_nodes();
	let_go();
	return 0;
}

static int do_type(unsigned int lines)
{
	char path[64], line[64], *tty;
	unsigned int i;
	int fd, len, err = 0;

	snprintf(path, sizeof(path), "/local/domain/%d/console/tty", domid);
	tty = xs_read(xs, XBT_NULL, path, NULL);
	if (!tty)
		return errno;
	fd = open(tty, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	free(tty);
	if (fd < 0)
		return errno;
	for (i = 0; i < lines && !err; i++) {
		len = snprintf(line, sizeof(line), CP_LINE, i);
		if (write(fd, line, len) != len)
			err = errno ? errno : EIO;
	}
	close(fd);
	return err;
}

/* What the guest has written goes back to it, as far as there is room. */
static void echo(void)
{
	struct ioctl_evtchn_notify op = { .port = port };
	uint32_t in, out, avail, room, i, got;

	if (read(evtchn_fd, &got, sizeof(got)) != sizeof(got))
		return;
	if (!ring || write(evtchn_fd, &got, sizeof(got)) != sizeof(got))
		return;
	in = ring->in_prod;
	out = ring->out_cons;
	avail = ring->out_prod - out;
	room = IN_SIZE - (in - ring->in_cons);
	if (avail > OUT_SIZE || room > IN_SIZE)
		return;
	if (avail > room)
		avail = room;
	for (i = 0; i < avail; i++)
		ring->in[(in + i) % IN_SIZE] = ring->out[(out + i) % OUT_SIZE];
	if (!avail)
		return;
	ring->out_cons = out + avail;
	ring->in_prod = in + avail;
	ioctl(evtchn_fd, IOCTL_EVTCHN_NOTIFY, &op);
}

static int serve(const char *cmd)
{
	unsigned int num;

	if (!strcmp(cmd, "add"))
		return do_add();
	if (!strcmp(cmd, "close"))
		return do_close();
	if (!strcmp(cmd, "vanish"))
		return do_vanish();
	if (sscanf(cmd, "type %u", &num) == 1)
		return do_type(num);
	return EINVAL;
}

/* One command, if there is a new one. */
static void look(const char *cmd_path, const char *ack_path)
{
	static unsigned long last;
	unsigned long number;
	char ack[64], *cmd, *rest;
	int err;

	cmd = xs_read(xs, XBT_NULL, cmd_path, NULL);
	if (!cmd)
		return;
	number = strtoul(cmd, &rest, 10);
	if (number && number != last && *rest == ' ') {
		last = number;
		err = serve(rest + 1);
		if (err)
			snprintf(ack, sizeof(ack), "%lu error %d", number, err);
		else
			snprintf(ack, sizeof(ack), "%lu ok", number);
		if (!xs_write(xs, XBT_NULL, ack_path, ack, strlen(ack)))
			perror("console_peer: cannot answer");
	}
	free(cmd);
}

int main(int argc, char **argv)
{
	char cmd_path[64], ack_path[64], **event;
	struct pollfd fds[2];

	domid = argc == 2 ? atoi(argv[1]) : 0;
	if (domid <= 0) {
		fprintf(stderr, "usage: console_peer DOMID\n");
		return 1;
	}
	snprintf(cmd_path, sizeof(cmd_path), "/local/domain/%d/" CP_DIR "/" CP_CMD,
		 domid);
	snprintf(ack_path, sizeof(ack_path), "/local/domain/%d/" CP_DIR "/" CP_ACK,
		 domid);
	map_fd = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	evtchn_fd = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC);
	xs = xs_open(0);
	if (map_fd < 0 || evtchn_fd < 0 || !xs || !xs_watch(xs, cmd_path, "cmd")) {
		perror("console_peer: gntdev, evtchn or the store");
		return 1;
	}

	fds[0] = (struct pollfd){ .fd = xs_fileno(xs), .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = evtchn_fd, .events = POLLIN };
	while (poll(fds, 2, -1) > 0) {
		if (fds[1].revents)
			echo();
		event = fds[0].revents ? xs_check_watch(xs) : NULL;
		if (event)
			look(cmd_path, ack_path);
		free(event);
	}
	perror("console_peer: poll");
	return 1;
}
