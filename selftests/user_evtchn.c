// SPDX-License-Identifier: GPL-2.0
/*
 * user_evtchn - what is between a program and /dev/xen/evtchn
 *
 * events_user tests the events; this one the file: reading, writing, polling and signals,
 * the ring of events when it grows, wraps and overflows, forks, restricted files, and
 * ports that are bound by their number. Both ends of all channels are in this domain.
 *
 * Needs: CONFIG_XEN_DEV_EVTCHN.  Time: 5 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "evtchndev.h"

#define WAIT_MS		5000
#define QUIET_MS	100
/* Slots that a ring has at first */
#define FIRST_SIZE	64
#define MANY		300

FIXTURE(file)
{
	int near;
	int far;
};

FIXTURE_SETUP(file)
{
	ED_OPEN_BOTH(self->near, self->far);
}

FIXTURE_TEARDOWN(file)
{
	close(self->near);
	close(self->far);
}

static short poll_now(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&pfd, 1, 0) < 0 ? -1 : pfd.revents;
}

TEST_F(file, sizes)
{
	uint32_t ports[2] = { 7, 7 };
	int near, far;

	ASSERT_TRUE(ed_connect(self->near, self->far, &near, &far));
	EXPECT_EQ(0, read(self->near, ports, 0));
	EXPECT_EQ(0, read(self->near, ports, 3));
	EXPECT_EQ(-1, read(self->near, ports, 4));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, ed_notify(self->far, far));
	ASSERT_TRUE(ed_wait(self->near, WAIT_MS));
	/* Three bytes more than one event */
	EXPECT_EQ(4, read(self->near, ports, 7));
	EXPECT_EQ(near, (int)ports[0]);
	EXPECT_EQ(7, ports[1]);

	EXPECT_EQ(0, write(self->near, ports, 3));
	EXPECT_EQ(4, write(self->near, ports, 6));
	ASSERT_EQ(0, ed_notify(self->far, far));
	EXPECT_EQ(near, ed_next(self->near, WAIT_MS));
}

TEST_F(file, events_survive_a_bad_buffer)
{
	void *bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
	int near, far;

	ASSERT_NE(MAP_FAILED, bad);
	ASSERT_TRUE(ed_connect(self->near, self->far, &near, &far));
	ASSERT_EQ(0, ed_notify(self->far, far));
	ASSERT_TRUE(ed_wait(self->near, WAIT_MS));
	EXPECT_EQ(-1, read(self->near, bad, 4));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, write(self->near, bad, 4));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(near, ed_next(self->near, WAIT_MS));
	EXPECT_EQ(0, munmap(bad, 4096));
}

TEST_F(file, ioctl_errors)
{
	EXPECT_EQ(-1, ioctl(self->near, IOCTL_EVTCHN_BIND_VIRQ, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->near, IOCTL_EVTCHN_BIND_UNBOUND_PORT, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->near, IOCTL_EVTCHN_BIND_INTERDOMAIN, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->near, IOCTL_EVTCHN_UNBIND, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->near, IOCTL_EVTCHN_RESTRICT_DOMID, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->near, IOCTL_EVTCHN_BIND_STATIC, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->near, _IOC(_IOC_NONE, 'E', 99, 4), NULL));
	EXPECT_EQ(ENOSYS, errno);
	/* A command with the size of another's argument */
	EXPECT_EQ(-1, ioctl(self->near, _IOC(_IOC_NONE, 'E', 4, 8), NULL));
	EXPECT_EQ(ENOSYS, errno);
	/* There are no such domains. */
	EXPECT_EQ(-1, ed_bind_unbound(self->near, 0x10000 | ED_SELF));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ed_bind_far(self->near, 0x10000 | ED_SELF, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ed_unbind(self->near, 1 << 30));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ed_unbind(self->near, 1));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(0, ioctl(self->near, IOCTL_EVTCHN_RESET));
}

/* More ports than the ring has slots at first, all with an event before one is read. */
TEST_F_TIMEOUT(file, ring_grows, 60)
{
	static int near[MANY], far[MANY];
	static uint32_t ports[2 * MANY];
	static bool seen[1 << 17];
	int i, got = 0;
	ssize_t n;

	for (i = 0; i < MANY; i++) {
		near[i] = ed_bind_unbound(self->near, ED_SELF);
		ASSERT_LT(0, near[i]) {
			TH_LOG("port %d: errno %d", i, errno);
		}
		far[i] = ed_bind_far(self->far, ED_SELF, near[i]);
		ASSERT_LT(0, far[i]);
		ASSERT_EQ(0, ed_notify(self->far, far[i]));
	}
	while (got < MANY && ed_wait(self->near, WAIT_MS)) {
		n = read(self->near, ports, sizeof(ports));
		ASSERT_LT(0, n);
		got += n / 4;
		for (i = 0; i < n / 4; i++) {
			ASSERT_GT(1 << 17, (int)ports[i]);
			ASSERT_FALSE(seen[ports[i]]);
			seen[ports[i]] = true;
		}
	}
	EXPECT_EQ(MANY, got);
	for (i = 0; i < MANY; i++)
		EXPECT_TRUE(seen[near[i]]);
}

/*
 * Who writes back what he has not read can have a port in the ring again and again. He
 * is told that events are lost, until he says that he knows.
 */
TEST_F_TIMEOUT(file, overflow_until_reset, 60)
{
	int near, far, i;
	uint32_t port;
	int64_t end;

	ASSERT_TRUE(ed_connect(self->near, self->far, &near, &far));
	end = xt_now() + 40 * XT_NS;
	for (i = 0; !(poll_now(self->near) & POLLERR) && xt_now() < end; i++) {
		ASSERT_EQ(0, ed_notify(self->far, far));
		ASSERT_TRUE(ed_wait(self->near, WAIT_MS));
		/* What is unread is from earlier rounds: this event may be under way. */
		usleep(1000);
		ASSERT_TRUE(ed_unmask(self->near, near));
	}
	EXPECT_LE(FIRST_SIZE, i);
	EXPECT_EQ(POLLERR, poll_now(self->near));
	EXPECT_EQ(-1, read(self->near, &port, 4));
	EXPECT_EQ(EFBIG, errno);
	EXPECT_EQ(-1, read(self->near, &port, 4));
	EXPECT_EQ(EFBIG, errno);

	ASSERT_EQ(0, ioctl(self->near, IOCTL_EVTCHN_RESET));
	EXPECT_EQ(-1, read(self->near, &port, 4));
	EXPECT_EQ(EAGAIN, errno);
	/* It was written back, or was not, when the ring was full. */
	ed_unmask(self->near, near);
	ed_drain(self->near);
	ASSERT_EQ(0, ed_notify(self->far, far));
	EXPECT_EQ(near, ed_next(self->near, WAIT_MS));
}

/* Xen gives the number of the port out again, for another channel. */
TEST_F(file, unread_event_goes_with_its_port)
{
	int near, far, again, i;

	for (i = 0; i < 2 * FIRST_SIZE; i++) {
		near = ed_bind_unbound(self->near, ED_SELF);
		ASSERT_LT(0, near);
		far = ed_bind_far(self->far, ED_SELF, near);
		ASSERT_LT(0, far);
		ASSERT_EQ(0, ed_notify(self->far, far));
		ASSERT_TRUE(ed_wait(self->near, WAIT_MS));
		ASSERT_EQ(0, ed_unbind(self->near, near));
		ASSERT_EQ(0, ed_unbind(self->far, far));
	}
	again = ed_bind_unbound(self->near, ED_SELF);
	ASSERT_LT(0, again);
	EXPECT_EQ(-1, ed_next(self->near, QUIET_MS));
}

static void *notify_later(void *arg)
{
	int *fd_port = arg;

	usleep(200000);
	ed_notify(fd_port[0], fd_port[1]);
	return NULL;
}

TEST_F(file, read_waits)
{
	int near, far, fd_port[2];
	pthread_t thread;
	uint32_t port;

	ASSERT_TRUE(ed_connect(self->near, self->far, &near, &far));
	ASSERT_EQ(0, fcntl(self->near, F_SETFL, 0));
	fd_port[0] = self->far;
	fd_port[1] = far;
	ASSERT_EQ(0, pthread_create(&thread, NULL, notify_later, fd_port));
	EXPECT_EQ(4, read(self->near, &port, 4));
	EXPECT_EQ(near, (int)port);
	EXPECT_EQ(0, pthread_join(thread, NULL));
}

static volatile sig_atomic_t signals;

static void note_signal(int sig)
{
	signals++;
}

static void catch_signal(int sig)
{
	struct sigaction sa = { .sa_handler = note_signal };

	signals = 0;
	sigaction(sig, &sa, NULL);
}

TEST_F(file, signal_ends_read)
{
	uint32_t port;

	ASSERT_LT(0, ed_bind_unbound(self->near, ED_SELF));
	ASSERT_EQ(0, fcntl(self->near, F_SETFL, 0));
	catch_signal(SIGALRM);
	alarm(1);
	EXPECT_EQ(-1, read(self->near, &port, 4));
	EXPECT_EQ(EINTR, errno);
	EXPECT_EQ(1, signals);
}

TEST_F(file, signal_for_an_event)
{
	int near, far, i;

	ASSERT_TRUE(ed_connect(self->near, self->far, &near, &far));
	catch_signal(SIGIO);
	ASSERT_EQ(0, fcntl(self->near, F_SETOWN, getpid()));
	ASSERT_EQ(0, fcntl(self->near, F_SETFL, O_ASYNC | O_NONBLOCK));
	ASSERT_EQ(0, ed_notify(self->far, far));
	for (i = 0; i < WAIT_MS / 10 && !signals; i++)
		usleep(10000);
	EXPECT_EQ(1, signals);
	EXPECT_EQ(near, ed_next(self->near, WAIT_MS));
	ASSERT_EQ(0, fcntl(self->near, F_SETFL, O_NONBLOCK));
	ASSERT_TRUE(ed_unmask(self->near, near));
	ASSERT_EQ(0, ed_notify(self->far, far));
	EXPECT_EQ(near, ed_next(self->near, WAIT_MS));
	EXPECT_EQ(1, signals);
}

/* The file is shared: what one of the two binds or reads is the other's as well. */
TEST_F(file, fork)
{
	int near, far, status;
	pid_t pid;

	ASSERT_TRUE(ed_connect(self->near, self->far, &near, &far));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		bool ok = !ed_notify(self->far, far) &&
			  ed_next(self->near, WAIT_MS) == near &&
			  ed_unmask(self->near, near);

		_exit(!ok);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	/* The child has gone, and took nothing along. */
	ASSERT_EQ(0, ed_notify(self->far, far));
	EXPECT_EQ(near, ed_next(self->near, WAIT_MS));
}

/* Killed with events unread, and others coming in: all its ports are closed. */
TEST_F_TIMEOUT(file, process_dies, 60)
{
	int ready[2], ports[8], near, far[8], i, status;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = open(ED_DEVICE, O_RDWR);

		for (i = 0; i < 8; i++)
			ports[i] = ed_bind_unbound(fd, ED_SELF);
		if (write(ready[1], ports, sizeof(ports)) != sizeof(ports))
			_exit(1);
		pause();
	}
	ASSERT_EQ((ssize_t)sizeof(ports), read(ready[0], ports, sizeof(ports)));
	for (i = 0; i < 8; i++) {
		far[i] = ed_bind_far(self->far, ED_SELF, ports[i]);
		ASSERT_LT(0, far[i]);
		ASSERT_EQ(0, ed_notify(self->far, far[i]));
	}
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	for (i = 0; i < 8; i++) {
		ed_notify(self->far, far[i]);
		EXPECT_EQ(0, ed_unbind(self->far, far[i]));
	}
	/* The numbers are free again. */
	near = ed_bind_unbound(self->near, ED_SELF);
	EXPECT_LT(0, near);
	EXPECT_GE(ports[7], near);
	close(ready[0]);
	close(ready[1]);
}

TEST_F(file, restricted)
{
	int near, far, self_id = xt_own_domid(), other, port;

	if (self_id <= 0)
		SKIP(return, "a file cannot be restricted to domain %d", self_id);
	ASSERT_TRUE(ed_connect(self->near, self->far, &near, &far));
	other = ed_bind_unbound(self->far, ED_SELF);
	ASSERT_LT(0, other);

	EXPECT_EQ(-1, ed_restrict(self->near, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ed_restrict(self->near, ED_SELF));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_EQ(0, ed_restrict(self->near, self_id));

	EXPECT_EQ(-1, ed_bind_far(self->near, ED_SELF, other));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, ed_bind_far(self->near, 0, other));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, ed_bind_unbound(self->near, self_id));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, ed_bind_static(self->near, other));
	EXPECT_EQ(EACCES, errno);
	port = ed_bind_far(self->near, self_id, other);
	EXPECT_LT(0, port);

	/* What it had it keeps. */
	EXPECT_EQ(0, ed_notify(self->near, near));
	EXPECT_EQ(far, ed_next(self->far, WAIT_MS));
}

/* Ports that others have are not to be had by their number. */
TEST_F(file, bind_by_number)
{
	int near, far;

	ASSERT_TRUE(ed_connect(self->near, self->far, &near, &far));
	EXPECT_EQ(-1, ed_bind_static(self->near, near));
	EXPECT_EQ(EISCONN, errno);
	EXPECT_EQ(-1, ed_bind_static(self->near, far));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-1, ed_bind_static(self->near, 0));
	EXPECT_EQ(-1, ed_bind_static(self->near, 1 << 20));
	/* The first ports of a domain are those of the store, of timers and the like. */
	EXPECT_EQ(-1, ed_bind_static(self->near, 1));
	EXPECT_EQ(-1, ed_bind_static(self->near, 2));
	EXPECT_EQ(-1, ed_bind_static(self->near, 3));

	ASSERT_EQ(0, ed_notify(self->far, far));
	EXPECT_EQ(near, ed_next(self->near, WAIT_MS));
	ASSERT_EQ(0, ed_notify(self->near, near));
	EXPECT_EQ(far, ed_next(self->far, WAIT_MS));
}

struct churn {
	int fd;
	int far;
	atomic_bool stop;
	int failed;
};

static void *bind_and_unbind(void *arg)
{
	struct churn *c = arg;
	int port;

	while (!atomic_load(&c->stop)) {
		port = ed_bind_unbound(c->fd, ED_SELF);
		if (port <= 0 || ed_unbind(c->fd, port))
			c->failed++;
	}
	return NULL;
}

/* Events come in while ports of the same file come and go. */
TEST_F_TIMEOUT(file, bind_under_load, 60)
{
	struct churn c = { .fd = self->near };
	int near, far, i, port;
	pthread_t thread;

	ASSERT_TRUE(ed_connect(self->near, self->far, &near, &far));
	ASSERT_EQ(0, pthread_create(&thread, NULL, bind_and_unbind, &c));
	for (i = 0; i < 500; i++) {
		ASSERT_EQ(0, ed_notify(self->far, far));
		do
			port = ed_next(self->near, WAIT_MS);
		while (port > 0 && port != near);
		ASSERT_EQ(near, port);
		ASSERT_TRUE(ed_unmask(self->near, near));
	}
	atomic_store(&c.stop, true);
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, c.failed);
}

TEST_HARNESS_MAIN
