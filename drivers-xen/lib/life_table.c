// SPDX-License-Identifier: GPL-2.0
/*
 * What to do when a state of the other end is seen: for each kind of life, each
 * state of ours and each state of the other end. Documentation/virt/xen/drvlib.rst
 * draws the main ways through.
 *
 * The same entry is used again until our state does not change any more, so an
 * entry needs to lead only one step further. No way leads round in a circle as
 * long as the other end stays where it is; a test goes through all.
 *
 * Some entries that may surprise:
 *
 * - A frontend in Closing that sees InitWait waits: the backend has not seen its
 *   Closing yet. It would otherwise fail, close and start again for ever.
 * - A backend in Closing that sees Initialising waits, for the same reason.
 * - A backend in InitWait that sees Closed waits: it has restarted, and the
 *   frontend has not.
 * - A frontend at once in Initialising may have negotiated already, with a backend
 *   that waits: connect() has said "not yet". If the backend does not wait any more,
 *   that is undone.
 * - A backend that has just started and sees Connected takes over the ring as it
 *   is. A frontend of ours will not let it, others may.
 */
#include <linux/nospec.h>
#include "life_table.h"

#define UNKN	XenbusStateUnknown
#define INIT	XenbusStateInitialising
#define WAIT	XenbusStateInitWait
#define PREP	XenbusStateInitialised
#define CONN	XenbusStateConnected
#define CING	XenbusStateClosing
#define CLSD	XenbusStateClosed
#define RING	XenbusStateReconfiguring
#define RED	XenbusStateReconfigured

#define STAY		{ XEN_LIFE_STAY, 0 }
#define REFRESH		{ XEN_LIFE_REFRESH, 0 }
#define TO(_action, _next)	{ XEN_LIFE_##_action, XenbusState##_next }

/* Own state first. What is left out is nonsense. */
static const struct xen_life_row
front_table[XEN_LIFE_STATES][XEN_LIFE_STATES] = {
	[INIT] = {
		[UNKN] = STAY,
		[INIT] = STAY,
		[WAIT] = TO(NEGOTIATE, Initialised),
		[CONN] = TO(LEAVE_STALE, Closed),
		[CING] = TO(LEAVE, Closed),
		[CLSD] = STAY,
		[RING] = TO(LEAVE_STALE, Closed),
		[RED] = TO(LEAVE_STALE, Closed),
	},
	[PREP] = {
		[UNKN] = TO(LEAVE, Closed),
		[INIT] = TO(LEAVE, Initialising),
		[WAIT] = STAY,
		[PREP] = STAY,
		[CONN] = TO(CONNECT, Connected),
		[CING] = TO(LEAVE, Closed),
		[CLSD] = TO(LEAVE, Closed),
	},
	[CONN] = {
		[UNKN] = TO(LEAVE, Closed),
		[INIT] = TO(LEAVE, Initialising),
		[WAIT] = TO(LEAVE, Initialising),
		[CONN] = REFRESH,
		[CING] = TO(LEAVE, Closed),
		[CLSD] = TO(LEAVE, Closed),
		[RING] = STAY,
		[RED] = REFRESH,
	},
	[CING] = {
		[UNKN] = TO(LEAVE, Closed),
		[INIT] = TO(LEAVE, Closed),
		[WAIT] = STAY,
		[PREP] = STAY,
		[CONN] = STAY,
		[CING] = TO(LEAVE, Closed),
		[CLSD] = TO(LEAVE, Closed),
		[RING] = STAY,
		[RED] = STAY,
	},
	[CLSD] = {
		[UNKN] = STAY,
		[INIT] = STAY,
		[WAIT] = TO(LEAVE, Initialising),
		[PREP] = STAY,
		[CONN] = STAY,
		[CING] = STAY,
		[CLSD] = TO(REOPEN, Initialising),
		[RING] = STAY,
		[RED] = STAY,
	},
};

static const struct xen_life_row
front_at_once_table[XEN_LIFE_STATES][XEN_LIFE_STATES] = {
	[INIT] = {
		[UNKN] = TO(LEAVE, Initialising),
		[INIT] = TO(LEAVE, Initialising),
		[WAIT] = TO(BOTH, Connected),
		[CONN] = TO(LEAVE_STALE, Closed),
		[CING] = TO(LEAVE, Closed),
		[CLSD] = TO(LEAVE, Initialising),
		[RING] = TO(LEAVE_STALE, Closed),
		[RED] = TO(LEAVE_STALE, Closed),
	},
	[CONN] = {
		[UNKN] = TO(LEAVE, Closed),
		[INIT] = TO(LEAVE, Initialising),
		[WAIT] = TO(LEAVE_IF_MET, Initialising),
		[PREP] = STAY,
		[CONN] = REFRESH,
		[CING] = TO(LEAVE, Closed),
		[CLSD] = TO(LEAVE, Closed),
		[RING] = STAY,
		[RED] = REFRESH,
	},
	[CING] = {
		[UNKN] = TO(LEAVE, Closed),
		[INIT] = TO(LEAVE, Closed),
		[WAIT] = STAY,
		[PREP] = STAY,
		[CONN] = STAY,
		[CING] = TO(LEAVE, Closed),
		[CLSD] = TO(LEAVE, Closed),
		[RING] = STAY,
		[RED] = STAY,
	},
	[CLSD] = {
		[UNKN] = STAY,
		[INIT] = STAY,
		[WAIT] = TO(LEAVE, Initialising),
		[PREP] = STAY,
		[CONN] = STAY,
		[CING] = STAY,
		[CLSD] = TO(REOPEN, Initialising),
		[RING] = STAY,
		[RED] = STAY,
	},
};

static const struct xen_life_row
back_table[XEN_LIFE_STATES][XEN_LIFE_STATES] = {
	[INIT] = {
		[UNKN] = STAY,
		[INIT] = TO(NEGOTIATE, InitWait),
		[PREP] = TO(NEGOTIATE, InitWait),
		[CONN] = TO(NEGOTIATE, InitWait),
		[CING] = TO(LEAVE, Closed),
		[CLSD] = TO(NEGOTIATE, InitWait),
		[RING] = TO(NEGOTIATE, InitWait),
		[RED] = TO(NEGOTIATE, InitWait),
	},
	[WAIT] = {
		[UNKN] = TO(LEAVE, Closed),
		[INIT] = STAY,
		[PREP] = TO(CONNECT, Connected),
		[CONN] = TO(CONNECT, Connected),
		[CING] = TO(LEAVE, Closing),
		[CLSD] = TO(LEAVE_IF_OFFLINE, Closed),
	},
	[CONN] = {
		[UNKN] = TO(LEAVE, Closed),
		[INIT] = TO(LEAVE, Initialising),
		[PREP] = STAY,
		[CONN] = REFRESH,
		[CING] = TO(LEAVE, Closing),
		[CLSD] = TO(LEAVE, Closed),
		[RING] = STAY,
		[RED] = REFRESH,
	},
	[CING] = {
		[UNKN] = TO(LEAVE, Closed),
		[INIT] = STAY,
		[PREP] = STAY,
		[CONN] = STAY,
		[CING] = STAY,
		[CLSD] = TO(LEAVE, Closed),
		[RING] = STAY,
		[RED] = STAY,
	},
	[CLSD] = {
		[UNKN] = STAY,
		[INIT] = TO(REOPEN, Initialising),
		[PREP] = STAY,
		[CONN] = STAY,
		[CING] = STAY,
		[CLSD] = STAY,
		[RING] = STAY,
		[RED] = STAY,
	},
};

static const struct xen_life_row
(* const tables[XEN_LIFE_KINDS])[XEN_LIFE_STATES] = {
	[XEN_LIFE_FRONT] = front_table,
	[XEN_LIFE_FRONT_AT_ONCE] = front_at_once_table,
	[XEN_LIFE_BACK] = back_table,
};

static const struct xen_life_row nonsense;

/**
 * xen_life_lookup - find out what to do
 * @kind: kind of life
 * @own: our state
 * @peer: state of the other end; any number
 *
 * Context: any.
 * Return: the entry, which says NONSENSE for what is no state.
 */
const struct xen_life_row *xen_life_lookup(enum xen_life_kind kind,
					   unsigned int own, unsigned int peer)
{
	if (own >= XEN_LIFE_STATES || peer >= XEN_LIFE_STATES)
		return &nonsense;
	/* The other end chooses the number. */
	peer = array_index_nospec(peer, XEN_LIFE_STATES);
	return &tables[kind][own][peer];
}
