/* SPDX-License-Identifier: GPL-2.0 */
/*
 * States of the two ends of a device. Xen's public/io/xenbus.h.
 */
#ifndef _XEN_INTERFACE_IO_XENBUS_H
#define _XEN_INTERFACE_IO_XENBUS_H

/**
 * enum xenbus_state - what an end of a device writes into its key "state"
 * @XenbusStateUnknown: nothing: the key is not there
 * @XenbusStateInitialising: an end has been created
 * @XenbusStateInitWait: the backend waits for the frontend's settings
 * @XenbusStateInitialised: an end waits for the other to connect
 * @XenbusStateConnected: an end is at work
 * @XenbusStateClosing: an end is closing, because of an error or by request
 * @XenbusStateClosed: an end uses nothing of the other any more
 * @XenbusStateReconfiguring: settings are about to change
 * @XenbusStateReconfigured: settings have changed
 */
enum xenbus_state {
	XenbusStateUnknown = 0,
	XenbusStateInitialising = 1,
	XenbusStateInitWait = 2,
	XenbusStateInitialised = 3,
	XenbusStateConnected = 4,
	XenbusStateClosing = 5,
	XenbusStateClosed = 6,
	XenbusStateReconfiguring = 7,
	XenbusStateReconfigured = 8,
};

#endif /* _XEN_INTERFACE_IO_XENBUS_H */
