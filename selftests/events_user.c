// SPDX-License-Identifier: GPL-2.0
/*
 * events_user - event channels through /dev/xen/evtchn
 *
 * A domain may connect a channel to itself: one file binds an unbound port, the
 * other the far end of it. So both sides of up to 64 channels are tested here,
 * without a second domain: delivery in both directions, masking until the port
 * is written back, storms from all CPUs, VIRQs, closing with events pending, and
 * every error that a user can cause.
 *
 * Needs: CONFIG_XEN_DEV_EVTCHN.  Time: 10 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <pthread.h>
#include <stdatomic.h>

#include "evtchndev.h"

#define MAX_PORTS	64
#define VIRQ_UNUSED	7
#define VIRQ_BAD	200

FIXTURE(evtchn)
{
	int near;
	int far;
};

FIXTURE_SETUP(evtchn)
{
	ED_OPEN_BOTH(self->near, self->far);
}

FIXTURE_TEARDOWN(evtchn)
{
	close(self->near);
	close(self->far);
}

TEST_F(evtchn, both_directions)
{
	int near, far;

	near = ed_bind_unbound(self->near, ED_SELF);
	ASSERT_LT(0, near);
	far = ed_bind_far(self->far, ED_SELF, near);
	ASSERT_LT(0, far);
	EXPECT_NE(near, far);

	/* Binding the far end raises an event there or not; start clean. */
	while (ed_next(self->far, 50) >= 0)
		ed_unmask(self->far, far);
	while (ed_next(self->near, 50) >= 0)
		ed_unmask(self->near, near);

	ASSERT_EQ(0, ed_notify(self->far, far));
	EXPECT_EQ(near, ed_next(self->near, 2000));
	ASSERT_EQ(0, ed_notify(self->near, near));
	EXPECT_EQ(far, ed_next(self->far, 2000));
}

TEST_F(evtchn, masked_until_written_back)
{
	int near = ed_bind_unbound(self->near, ED_SELF), far, i;

	ASSERT_LT(0, near);
	far = ed_bind_far(self->far, ED_SELF, near);
	ASSERT_LT(0, far);
	ASSERT_EQ(0, ed_notify(self->far, far));
	ASSERT_EQ(near, ed_next(self->near, 2000));

	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, ed_notify(self->far, far));
	EXPECT_EQ(-1, ed_next(self->near, 100));

	/* Ten notifications while it was masked are one event. */
	ASSERT_TRUE(ed_unmask(self->near, near));
	EXPECT_EQ(near, ed_next(self->near, 2000));
	ASSERT_TRUE(ed_unmask(self->near, near));
	EXPECT_EQ(-1, ed_next(self->near, 100));
}

TEST_F(evtchn, empty_read_does_not_block)
{
	uint32_t port;

	EXPECT_EQ(-1, read(self->near, &port, sizeof(port)));
	EXPECT_EQ(EAGAIN, errno);
}

FIXTURE(storm)
{
	int near;
	int far;
	int near_port[MAX_PORTS];
	int far_port[MAX_PORTS];
};

FIXTURE_VARIANT(storm)
{
	int ports;
	int rounds;
};

FIXTURE_VARIANT_ADD(storm, ports_1)
{
	.ports = 1,
	.rounds = 1000,
};

FIXTURE_VARIANT_ADD(storm, ports_2)
{
	.ports = 2,
	.rounds = 500,
};

FIXTURE_VARIANT_ADD(storm, ports_16)
{
	.ports = 16,
	.rounds = 100,
};

FIXTURE_VARIANT_ADD(storm, ports_64)
{
	.ports = 64,
	.rounds = 50,
};

FIXTURE_SETUP(storm)
{
	int i;

	ED_OPEN_BOTH(self->near, self->far);
	for (i = 0; i < variant->ports; i++) {
		self->near_port[i] = ed_bind_unbound(self->near, ED_SELF);
		ASSERT_LT(0, self->near_port[i]);
		self->far_port[i] = ed_bind_far(self->far, ED_SELF, self->near_port[i]);
		ASSERT_LT(0, self->far_port[i]);
	}
	while ((i = ed_next(self->near, 20)) >= 0)
		ed_unmask(self->near, i);
}

FIXTURE_TEARDOWN(storm)
{
	close(self->near);
	close(self->far);
}

/* Each round: every port is notified once, so every port comes once. */
TEST_F_TIMEOUT(storm, one_event_per_notification, 120)
{
	int round, i, n, port;
	bool seen[MAX_PORTS];

	for (round = 0; round < variant->rounds; round++) {
		memset(seen, 0, sizeof(seen));
		for (i = 0; i < variant->ports; i++)
			ASSERT_EQ(0, ed_notify(self->far, self->far_port[i]));
		for (n = 0; n < variant->ports; n++) {
			port = ed_next(self->near, 5000);
			ASSERT_LT(0, port) {
				TH_LOG("round %d: %d of %d events", round, n,
				       variant->ports);
			}
			for (i = 0; self->near_port[i] != port; i++)
				ASSERT_GT(variant->ports, i + 1);
			ASSERT_FALSE(seen[i]);
			seen[i] = true;
			ASSERT_TRUE(ed_unmask(self->near, port));
		}
	}
	EXPECT_EQ(-1, ed_next(self->near, 50));
}

struct sender {
	int fd;
	int cpu;
	const int *port;
	int ports;
	int times;
	int failed;
	atomic_int *running;
};

static void *send_events(void *arg)
{
	struct sender *s = arg;
	int i;

	xt_pin(s->cpu);
	for (i = 0; i < s->times; i++)
		if (ed_notify(s->fd, s->port[i % s->ports]))
			s->failed++;
	atomic_fetch_sub(s->running, 1);

	return NULL;
}

/*
 * All CPUs send at once, the reader unmasks as it goes. Events merge, so their
 * number is open; but after the last notification each port must come up once
 * more, or an event was lost for good.
 */
TEST_F_TIMEOUT(storm, none_lost_from_all_cpus, 120)
{
	int cpus[XT_MAX_CPUS], n = xt_cpus(cpus, XT_MAX_CPUS), i, port, got = 0;
	struct sender s[XT_MAX_CPUS];
	pthread_t ids[XT_MAX_CPUS];
	bool seen[MAX_PORTS] = { };
	atomic_int running = n;

	ASSERT_LT(0, n);
	for (i = 0; i < n; i++) {
		s[i] = (struct sender){ self->far, cpus[i], self->far_port,
					variant->ports, 2000, 0, &running };
		ASSERT_EQ(0, pthread_create(&ids[i], NULL, send_events, &s[i]));
	}
	while (atomic_load(&running)) {
		port = ed_next(self->near, 20);
		if (port < 0)
			continue;
		ASSERT_TRUE(ed_unmask(self->near, port));
		got++;
	}
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, pthread_join(ids[i], NULL));
		EXPECT_EQ(0, s[i].failed);
	}
	while ((port = ed_next(self->near, 50)) > 0) {
		ASSERT_TRUE(ed_unmask(self->near, port));
		got++;
	}
	EXPECT_LE(variant->ports, got);

	for (i = 0; i < variant->ports; i++)
		ASSERT_EQ(0, ed_notify(self->far, self->far_port[i]));
	for (i = 0; i < variant->ports; i++) {
		int j = 0;

		port = ed_next(self->near, 5000);
		ASSERT_LT(0, port);
		while (self->near_port[j] != port)
			ASSERT_GT(variant->ports, ++j);
		EXPECT_FALSE(seen[j]);
		seen[j] = true;
	}
}

/* Port numbers stay small: nothing leaks, events pending or not. */
TEST_F_TIMEOUT(evtchn, close_with_events_pending, 60)
{
	int fd, near, far, i, first = 0, last = 0;

	for (i = 0; i < 300; i++) {
		fd = open(ED_DEVICE, O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, fd);
		near = ed_bind_unbound(fd, ED_SELF);
		ASSERT_LT(0, near);
		far = ed_bind_far(self->far, ED_SELF, near);
		ASSERT_LT(0, far);
		ASSERT_EQ(0, ed_notify(self->far, far));
		close(fd);
		ASSERT_EQ(0, ed_unbind(self->far, far));
		if (!i)
			first = near;
		last = near;
	}
	EXPECT_GT(first + 64, last);
}

/* The far side closes first: we still may notify, and unbind. */
TEST_F(evtchn, far_side_goes_away)
{
	int near = ed_bind_unbound(self->near, ED_SELF), far;

	ASSERT_LT(0, near);
	far = ed_bind_far(self->far, ED_SELF, near);
	ASSERT_LT(0, far);
	ASSERT_EQ(0, ed_unbind(self->far, far));
	/* An event to nobody: no error is promised, no harm is. */
	ed_notify(self->near, near);
	EXPECT_EQ(0, ed_unbind(self->near, near));
}

TEST_F(evtchn, virq)
{
	int port = ed_bind_virq(self->near, VIRQ_UNUSED), again;

	ASSERT_LT(0, port) {
		TH_LOG("errno %d", errno);
	}
	EXPECT_EQ(-1, ed_bind_virq(self->far, VIRQ_UNUSED));
	EXPECT_EQ(EEXIST, errno);
	ASSERT_EQ(0, ed_unbind(self->near, port));
	again = ed_bind_virq(self->far, VIRQ_UNUSED);
	EXPECT_LT(0, again);

	EXPECT_EQ(-1, ed_bind_virq(self->near, VIRQ_BAD));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(evtchn, ports_belong_to_their_file)
{
	int near = ed_bind_unbound(self->near, ED_SELF);

	ASSERT_LT(0, near);
	EXPECT_EQ(-1, ed_notify(self->far, near));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-1, ed_unbind(self->far, near));
	EXPECT_EQ(ENOTCONN, errno);

	EXPECT_EQ(0, ed_unbind(self->near, near));
	EXPECT_EQ(-1, ed_unbind(self->near, near));
	EXPECT_EQ(ENOTCONN, errno);
}

TEST_F(evtchn, bad_arguments)
{
	int near;

	errno = 0;
	EXPECT_EQ(-1, ed_bind_far(self->far, ED_SELF, 0xffff));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ed_notify(self->near, 0));
	EXPECT_EQ(-1, ed_notify(self->near, 1 << 30));
	EXPECT_EQ(-1, ed_unbind(self->near, 1 << 30));
	EXPECT_EQ(-1, ioctl(self->near, _IOC(_IOC_NONE, 'E', 99, 4), &near));
	EXPECT_EQ(-1, ioctl(self->near, IOCTL_EVTCHN_NOTIFY, NULL));
	EXPECT_EQ(EFAULT, errno);

	/* A port can be bound from the far side once. */
	near = ed_bind_unbound(self->near, ED_SELF);
	ASSERT_LT(0, near);
	ASSERT_LT(0, ed_bind_far(self->far, ED_SELF, near));
	EXPECT_EQ(-1, ed_bind_far(self->far, ED_SELF, near));

	/* Unmasking what one does not own is ignored. */
	ed_unmask(self->far, near);
	ed_unmask(self->near, 0x7fffffff);
	EXPECT_EQ(0, ed_notify(self->near, near));
}

TEST_F(evtchn, restricted_file)
{
	struct ioctl_evtchn_bind_unbound_port b = { .remote_domain = 1234 };
	struct ioctl_evtchn_restrict_domid r = { .domid = 77 };

	ASSERT_EQ(0, ioctl(self->near, IOCTL_EVTCHN_RESTRICT_DOMID, &r));
	EXPECT_EQ(-1, ioctl(self->near, IOCTL_EVTCHN_RESTRICT_DOMID, &r));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, ed_bind_virq(self->near, VIRQ_UNUSED));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, ioctl(self->near, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &b));
	EXPECT_EQ(EACCES, errno);
	/* The other file is free. */
	EXPECT_LT(0, ed_bind_unbound(self->far, ED_SELF));
}

TEST_HARNESS_MAIN
