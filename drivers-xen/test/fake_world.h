/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All of the fake Xen at once: event channels, grants and a xenstore, with the
 * core of this kernel on top. Enough for a frontend and a backend to run against
 * each other, or one of them against a test that plays the other.
 *
 * Hypercalls are those of the test's thread and of "xenwatch", which runs what
 * happens on the bus: other threads must not make any. Events are delivered when
 * the test lets them, see fake_run_until().
 */
#ifndef _XEN_FAKE_WORLD_H
#define _XEN_FAKE_WORLD_H

#include "fake_evtchn.h"
#include "fake_gnttab.h"
#include "../xenbus/tests/fake_store.h"

/* Of the test that runs. There is one at a time. */
extern struct fake_store *fake_xs;

/*
 * For .init of a suite whose cases have fake_abi_gen() for their parameter. The
 * buses and their drivers are the suite's.
 */
int fake_world_init(struct kunit *test);

/*
 * For .exit, with all drivers gone. Fails if they have left something behind:
 * watches, ports, grants, mappings, references.
 */
void fake_world_exit(struct kunit *test);

#endif /* _XEN_FAKE_WORLD_H */
