/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ioctls of /dev/xen/xenbus_backend, with which dom0 starts xenstored.
 */
#ifndef _XEN_XENBUS_DEV_H
#define _XEN_XENBUS_DEV_H

#include <linux/ioctl.h>

/* Returns the port of the store's ring; only before xenstored is known. */
#define IOCTL_XENBUS_BACKEND_EVTCHN	_IOC(_IOC_NONE, 'B', 0, 0)

/* Grants the ring to the domain in the argument, returns a port for it. */
#define IOCTL_XENBUS_BACKEND_SETUP	_IOC(_IOC_NONE, 'B', 1, 0)

#endif /* _XEN_XENBUS_DEV_H */
