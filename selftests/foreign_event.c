// SPDX-License-Identifier: GPL-2.0
/*
 * foreign_event - an ioeventfd of /dev/xen/privcmd, in dom0
 *
 *	foreign_event		with XEN_FOREIGN_DOMID set
 *
 * The domain is to be one that does not run. A frame of its grant table stands for the page
 * of an ioreq server: no request is ever in it, but all else is as it is for a device
 * model. The port is a channel of this domain to itself.
 *
 * Environment: XEN_FOREIGN_DOMID  the domain
 * Needs: CONFIG_XEN_PRIVCMD_EVENTFD, CONFIG_XEN_DEV_EVTCHN, dom0.
 * Time: 1 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <sys/eventfd.h>

#include "evtchndev.h"
#include "privcmddev.h"

#define WAIT_MS			5000
#define RESOURCE_GRANT_TABLE	1
/* Where no device is that writes come from */
#define DEVICE			0x123456789000ULL

FIXTURE(event)
{
	int fd;
	int evtchn;
	int eventfd;
	char *page;
	uint32_t near;
	int far;
	struct pd_ioeventfd op;
};

FIXTURE_SETUP(event)
{
	struct pd_irqfd none = { .fd = -1 };
	struct pd_resource res = {
		.type = RESOURCE_GRANT_TABLE,
		.num = 1,
	};
	char *dom = getenv("XEN_FOREIGN_DOMID");
	int near;

	XT_NEED_XEN();
	if (!dom || atoi(dom) <= 0)
		SKIP(return, "XEN_FOREIGN_DOMID is not set");
	self->fd = open(PD_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	if (pd_ioctl(self->fd, PD_IRQFD, &none) == EOPNOTSUPP)
		SKIP(return, "no CONFIG_XEN_PRIVCMD_EVENTFD");
	self->evtchn = open(ED_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	ASSERT_LE(0, self->evtchn);
	self->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ASSERT_LE(0, self->eventfd);
	self->page = pd_reserve(self->fd, 1);
	ASSERT_NE(MAP_FAILED, self->page);
	res.dom = atoi(dom);
	res.addr = (uintptr_t)self->page;
	ASSERT_EQ(0, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	near = ed_bind_unbound(self->evtchn, ED_SELF);
	ASSERT_LT(0, near);
	self->near = near;
	self->far = ed_bind_far(self->evtchn, ED_SELF, near);
	ASSERT_LT(0, self->far);
	ed_drain(self->evtchn);

	self->op = (struct pd_ioeventfd){
		.ioreq = (uintptr_t)self->page,
		.ports = (uintptr_t)&self->near,
		.addr = DEVICE,
		.addr_len = 4,
		.event_fd = self->eventfd,
		.vcpus = 1,
		.dom = atoi(dom),
	};
}

FIXTURE_TEARDOWN(event)
{
	if (self->page)
		munmap(self->page, PD_PAGE);
	close(self->eventfd);
	close(self->evtchn);
	close(self->fd);
}

static int assign(FIXTURE_DATA(event) *self)
{
	self->op.flags = 0;
	return pd_ioctl(self->fd, PD_IOEVENTFD, &self->op);
}

static int deassign(FIXTURE_DATA(event) *self)
{
	self->op.flags = PD_FLAG_DEASSIGN;
	return pd_ioctl(self->fd, PD_IOEVENTFD, &self->op);
}

/* An event that is no request: the program gets it, the eventfd does not. */
static bool port_works(FIXTURE_DATA(event) *self)
{
	uint64_t count;

	return !ed_notify(self->evtchn, self->far) &&
	       ed_next(self->evtchn, WAIT_MS) == (int)self->near &&
	       ed_unmask(self->evtchn, self->near) &&
	       read(self->eventfd, &count, sizeof(count)) < 0 &&
	       errno == EAGAIN;
}

TEST_F(event, assigned)
{
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, assign(self));
		EXPECT_EQ(EBUSY, assign(self));
		EXPECT_TRUE(port_works(self));
		ASSERT_EQ(0, deassign(self));
		EXPECT_EQ(ENODEV, deassign(self));
		EXPECT_TRUE(port_works(self));
	}
	EXPECT_EQ(0, ed_unbind(self->evtchn, self->near));
	/* Nobody has the port any more. */
	EXPECT_EQ(ENOENT, assign(self));
}

TEST_F(event, two_of_a_page)
{
	int other = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	ASSERT_LE(0, other);
	ASSERT_EQ(0, assign(self));
	self->op.event_fd = other;
	self->op.vq = 1;
	ASSERT_EQ(0, assign(self));
	EXPECT_EQ(EBUSY, assign(self));
	self->op.vcpus = 2;
	EXPECT_EQ(ENODEV, deassign(self));
	self->op.vcpus = 1;
	EXPECT_EQ(0, deassign(self));
	EXPECT_TRUE(port_works(self));
	self->op.event_fd = self->eventfd;
	EXPECT_EQ(0, deassign(self));
	EXPECT_TRUE(port_works(self));
	close(other);
}

/* A port of the kernel's: the first ones are the store's, of timers and the like. */
TEST_F(event, port_of_the_kernel)
{
	uint32_t port;

	self->op.ports = (uintptr_t)&port;
	for (port = 1; port <= 3; port++)
		EXPECT_NE(0, assign(self));
	port = 0;
	EXPECT_NE(0, assign(self));
	self->op.ports = (uintptr_t)&self->near;
	EXPECT_EQ(0, assign(self));
	EXPECT_EQ(0, deassign(self));
}

/* The program's side of the port goes first. */
TEST_F(event, ports_are_closed_first)
{
	int i, old = self->evtchn, near;

	ASSERT_EQ(0, assign(self));
	self->evtchn = open(ED_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	ASSERT_LE(0, self->evtchn);
	ASSERT_EQ(0, close(old));
	/* Its number is taken as long as it is listened to. */
	for (i = 0; i < 4; i++) {
		near = ed_bind_unbound(self->evtchn, ED_SELF);
		ASSERT_LT(0, near);
		EXPECT_NE((int)self->near, near);
	}
	EXPECT_EQ(0, deassign(self));
	EXPECT_EQ(ENODEV, deassign(self));
}

/* As when the device model dies. */
TEST_F(event, file_is_closed_first)
{
	ASSERT_EQ(0, assign(self));
	ASSERT_EQ(0, munmap(self->page, PD_PAGE));
	self->page = NULL;
	EXPECT_TRUE(port_works(self));
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	EXPECT_TRUE(port_works(self));
	EXPECT_EQ(0, ed_unbind(self->evtchn, self->near));
}

TEST_HARNESS_MAIN
