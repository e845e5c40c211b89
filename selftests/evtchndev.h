/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/evtchn in calls that return what the ioctl returns, with errno.
 *
 * A domain may connect a channel to itself: one file binds an unbound port, another,
 * or the same, the far end of it. Include xentest.h and
 * kselftest_harness.h first.
 */
#ifndef EVTCHNDEV_H
#define EVTCHNDEV_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifndef GRANTDEV_H
typedef uint16_t domid_t;
#endif
#include <xen/evtchn.h>

/* Not in the headers of older kernels */
#ifndef IOCTL_EVTCHN_BIND_STATIC
#define IOCTL_EVTCHN_BIND_STATIC					\
	_IOC(_IOC_NONE, 'E', 7, sizeof(struct ioctl_evtchn_bind))
struct ioctl_evtchn_bind {
	unsigned int port;
};
#endif

#define ED_DEVICE	"/dev/xen/evtchn"
#define ED_SELF		XT_DOMID_SELF

static inline int ed_bind_unbound(int fd, unsigned int domid)
{
	struct ioctl_evtchn_bind_unbound_port b = { domid };

	return ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &b);
}

static inline int ed_bind_far(int fd, unsigned int domid, unsigned int port)
{
	struct ioctl_evtchn_bind_interdomain b = { domid, port };

	return ioctl(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &b);
}

static inline int ed_bind_virq(int fd, unsigned int virq)
{
	struct ioctl_evtchn_bind_virq b = { virq };

	return ioctl(fd, IOCTL_EVTCHN_BIND_VIRQ, &b);
}

static inline int ed_bind_static(int fd, unsigned int port)
{
	struct ioctl_evtchn_bind b = { port };

	return ioctl(fd, IOCTL_EVTCHN_BIND_STATIC, &b);
}

static inline int ed_unbind(int fd, unsigned int port)
{
	struct ioctl_evtchn_unbind u = { port };

	return ioctl(fd, IOCTL_EVTCHN_UNBIND, &u);
}

static inline int ed_notify(int fd, unsigned int port)
{
	struct ioctl_evtchn_notify n = { port };

	return ioctl(fd, IOCTL_EVTCHN_NOTIFY, &n);
}

static inline int ed_restrict(int fd, unsigned int domid)
{
	struct ioctl_evtchn_restrict_domid r = { .domid = domid };

	return ioctl(fd, IOCTL_EVTCHN_RESTRICT_DOMID, &r);
}

/* Is there something to read, or comes something within @ms? */
static inline bool ed_wait(int fd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, ms) == 1;
}

/* The next port with an event, or -1 after @ms without one. */
static inline int ed_next(int fd, int ms)
{
	uint32_t port;

	if (!ed_wait(fd, ms) || read(fd, &port, sizeof(port)) != sizeof(port))
		return -1;

	return port;
}

static inline bool ed_unmask(int fd, uint32_t port)
{
	return write(fd, &port, sizeof(port)) == sizeof(port);
}

/* Binding raises an event, or does not. None are left after this. */
static inline void ed_drain(int fd)
{
	int port;

	while ((port = ed_next(fd, 50)) >= 0)
		ed_unmask(fd, port);
}

/* A channel between two files, or one and itself, with no event under way */
static inline bool ed_connect(int near_fd, int far_fd, int *near, int *far)
{
	*near = ed_bind_unbound(near_fd, ED_SELF);
	if (*near <= 0)
		return false;
	*far = ed_bind_far(far_fd, ED_SELF, *near);
	if (*far <= 0)
		return false;

	ed_drain(near_fd);
	ed_drain(far_fd);
	return true;
}

/* For a fixture: two files of the device */
#define ED_OPEN_BOTH(near, far)						\
do {									\
	XT_NEED_XEN();							\
	near = open(ED_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);	\
	if (near < 0 && errno == ENOENT)				\
		SKIP(return, "no " ED_DEVICE " (CONFIG_XEN_DEV_EVTCHN)"); \
	ASSERT_LE(0, near);						\
	far = open(ED_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);		\
	ASSERT_LE(0, far);						\
} while (0)

#endif /* EVTCHNDEV_H */
