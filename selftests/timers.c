// SPDX-License-Identifier: GPL-2.0
/*
 * timers - every CPU's one-shot timer fires, on time, as often as it should
 *
 * On each CPU in turn: periodic timers, many one-shot timers at once with mixed
 * expiries, expiries in the past, cancelling, absolute and relative. None may be
 * early, lost or double. The timer interrupts are counted in /proc/interrupts on
 * the CPU that armed them.
 *
 * Time: 2 s per CPU.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#define MANY		200
#define TICKS		50
#define SPREAD_MS	200
#define LATE_NS		(2 * XT_NS)

static int arm(int fd, int64_t first, int64_t interval, int flags)
{
	struct itimerspec its = {
		.it_value = { first / XT_NS, first % XT_NS },
		.it_interval = { interval / XT_NS, interval % XT_NS },
	};

	return timerfd_settime(fd, flags, &its, NULL);
}

FIXTURE(each_cpu)
{
	int cpus[XT_MAX_CPUS];
	int n;
};

FIXTURE_SETUP(each_cpu)
{
	self->n = xt_cpus(self->cpus, XT_MAX_CPUS);
	ASSERT_LT(0, self->n);
}

FIXTURE_TEARDOWN(each_cpu)
{
}

TEST_F_TIMEOUT(each_cpu, periodic, 120)
{
	int64_t start, took;
	uint64_t fired, n;
	int i, fd;

	for (i = 0; i < self->n; i++) {
		ASSERT_EQ(0, xt_pin(self->cpus[i]));
		fd = timerfd_create(CLOCK_MONOTONIC, 0);
		ASSERT_LE(0, fd);

		start = xt_now();
		ASSERT_EQ(0, arm(fd, 2 * XT_MS, 2 * XT_MS, 0));
		for (fired = 0; fired < TICKS; fired += n)
			ASSERT_EQ(sizeof(n), read(fd, &n, sizeof(n)));
		took = xt_now() - start;

		/* As many as fit into the time, no more. */
		EXPECT_LE(fired * 2 * XT_MS, took);
		EXPECT_GT((int64_t)fired * 2 * XT_MS + LATE_NS, took);
		close(fd);
	}
}

TEST_F_TIMEOUT(each_cpu, interrupts_are_counted_there, 120)
{
	int i, j, column = 0;
	long long before, after;

	XT_NEED_XEN();
	if (xt_interrupts("xen-percpu", "timer", 0) <= 0)
		SKIP(return, "no xen-percpu timer in /proc/interrupts");

	for (i = 0; i < self->n; i++, column++) {
		ASSERT_EQ(0, xt_pin(self->cpus[i]));
		before = xt_interrupts("xen-percpu", "timer", column);
		for (j = 0; j < 20; j++)
			usleep(2000);
		after = xt_interrupts("xen-percpu", "timer", column);
		EXPECT_LE(10, after - before) {
			TH_LOG("CPU %d", self->cpus[i]);
		}
	}
}

struct shot {
	int fd;
	int64_t due;
	int fired;
};

static void arm_many(struct __test_metadata *_metadata, struct shot *shots,
		     int ep)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int64_t now = xt_now();
	int i;

	for (i = 0; i < MANY; i++) {
		struct shot *s = &shots[i];

		s->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
		ASSERT_LE(0, s->fd);
		s->fired = 0;
		/* Spread, out of order, some at the same instant. */
		s->due = now + 10 * XT_MS + (i * 7919 % SPREAD_MS) * XT_MS;
		ev.data.u32 = i;
		ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, s->fd, &ev));
		ASSERT_EQ(0, arm(s->fd, s->due, 0, TFD_TIMER_ABSTIME));
	}
}

static void collect(struct __test_metadata *_metadata, struct shot *shots,
		    int ep)
{
	struct epoll_event evs[32];
	int64_t now, worst = 0;
	int left = MANY, n, i;
	uint64_t count;

	while (left) {
		n = epoll_wait(ep, evs, 32, 5000);
		ASSERT_LT(0, n) {
			TH_LOG("%d timers never fired", left);
		}
		for (i = 0; i < n; i++) {
			struct shot *s = &shots[evs[i].data.u32];

			if (read(s->fd, &count, sizeof(count)) != sizeof(count))
				continue;
			now = xt_now();
			ASSERT_LE(s->due, now);
			EXPECT_EQ(1, count);
			EXPECT_EQ(0, s->fired++);
			if (now - s->due > worst)
				worst = now - s->due;
			left--;
		}
	}

	EXPECT_GT(LATE_NS, worst);
	/* Nothing is left, nothing comes twice. */
	EXPECT_EQ(0, epoll_wait(ep, evs, 32, 20));
}

TEST_F_TIMEOUT(each_cpu, many_at_once, 120)
{
	struct shot shots[MANY];
	int i, j, ep;

	for (i = 0; i < self->n; i++) {
		ASSERT_EQ(0, xt_pin(self->cpus[i]));
		ep = epoll_create1(0);
		ASSERT_LE(0, ep);
		arm_many(_metadata, shots, ep);
		collect(_metadata, shots, ep);
		for (j = 0; j < MANY; j++)
			close(shots[j].fd);
		close(ep);
	}
}

TEST_F(each_cpu, the_past_fires_at_once)
{
	struct pollfd pfd = { .events = POLLIN };
	int i;

	for (i = 0; i < self->n; i++) {
		ASSERT_EQ(0, xt_pin(self->cpus[i]));
		pfd.fd = timerfd_create(CLOCK_MONOTONIC, 0);
		ASSERT_LE(0, pfd.fd);
		ASSERT_EQ(0, arm(pfd.fd, 1, 0, TFD_TIMER_ABSTIME));
		EXPECT_EQ(1, poll(&pfd, 1, 2000));
		close(pfd.fd);
	}
}

TEST_F(each_cpu, cancelled_does_not_fire)
{
	struct pollfd pfd = { .events = POLLIN };
	int i;

	for (i = 0; i < self->n; i++) {
		ASSERT_EQ(0, xt_pin(self->cpus[i]));
		pfd.fd = timerfd_create(CLOCK_MONOTONIC, 0);
		ASSERT_LE(0, pfd.fd);
		ASSERT_EQ(0, arm(pfd.fd, 30 * XT_MS, 0, 0));
		ASSERT_EQ(0, arm(pfd.fd, 0, 0, 0));
		EXPECT_EQ(0, poll(&pfd, 1, 60));
		/* The same timer works again. */
		ASSERT_EQ(0, arm(pfd.fd, 5 * XT_MS, 0, 0));
		EXPECT_EQ(1, poll(&pfd, 1, 2000));
		close(pfd.fd);
	}
}

TEST_HARNESS_MAIN
