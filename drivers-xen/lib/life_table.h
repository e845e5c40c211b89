/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables of life.c, and where tests take the place of xenbus.
 */
#ifndef _XEN_DRVLIB_LIFE_TABLE_H
#define _XEN_DRVLIB_LIFE_TABLE_H

#include <kunit/visibility.h>
#include "life.h"

#define XEN_LIFE_STATES	(XenbusStateReconfigured + 1)

/**
 * enum xen_life_action - what is done when a state is seen
 * @XEN_LIFE_NONSENSE: say so, nothing else
 * @XEN_LIFE_STAY: nothing
 * @XEN_LIFE_NEGOTIATE: negotiate(), then go on to the next state; a backend that
 *	the tool stack does not want any more goes to Closed instead
 * @XEN_LIFE_CONNECT: connect(), then go on; likewise
 * @XEN_LIFE_BOTH: negotiate() and connect(), then go on; where connect() was not
 *	possible yet and nothing new has been seen, only connect()
 * @XEN_LIFE_REFRESH: refresh(), and stay
 * @XEN_LIFE_LEAVE: disconnect() if there is something to undo, then go on
 * @XEN_LIFE_LEAVE_IF_MET: LEAVE if the other end was connected before
 * @XEN_LIFE_LEAVE_IF_OFFLINE: LEAVE if the tool stack does not want the backend
 *	any more
 * @XEN_LIFE_LEAVE_STALE: LEAVE; the other end still lives in our former life, and
 *	when it has closed we start from the beginning
 * @XEN_LIFE_REOPEN: LEAVE if we are to start from the beginning: a frontend
 *	because of LEAVE_STALE, a backend unless the tool stack has had enough of it
 */
enum xen_life_action {
	XEN_LIFE_NONSENSE,
	XEN_LIFE_STAY,
	XEN_LIFE_NEGOTIATE,
	XEN_LIFE_CONNECT,
	XEN_LIFE_BOTH,
	XEN_LIFE_REFRESH,
	XEN_LIFE_LEAVE,
	XEN_LIFE_LEAVE_IF_MET,
	XEN_LIFE_LEAVE_IF_OFFLINE,
	XEN_LIFE_LEAVE_STALE,
	XEN_LIFE_REOPEN,
};

/**
 * struct xen_life_row - one entry of a table
 * @action: an enum xen_life_action
 * @next: an enum xenbus_state: ours afterwards; not used where we stay
 */
struct xen_life_row {
	u8 action;
	u8 next;
};

const struct xen_life_row *xen_life_lookup(enum xen_life_kind kind,
					   unsigned int own, unsigned int peer);

#if IS_ENABLED(CONFIG_KUNIT)
void xen_life_run(struct xen_life *life);
void xen_life_queue(struct xen_life *life);
void xen_life_announce(struct xen_life *life, enum xenbus_state state);
void xen_life_report(struct xen_life *life, int err, const char *what);
bool xen_life_online(struct xen_life *life);
#endif

#endif
