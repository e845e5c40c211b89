/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device without xenbus, with a driver that only checks what it is called for.
 */
#ifndef _XEN_DRVLIB_LIFE_FAKE_H
#define _XEN_DRVLIB_LIFE_FAKE_H

#include <kunit/test.h>
#include "../life_table.h"

/**
 * struct fake_end - one end of a device
 * @test: the test
 * @xdev: the device
 * @ops: the driver
 * @life: what is tested
 * @name: for messages
 * @stored: our state as the other end sees it
 * @queued: the work item has been queued
 * @online: what the tool stack wants
 * @negotiate: what negotiate() returns
 * @connect: what connect() returns
 * @refresh: what refresh() returns
 * @fail_at: if not 0: the call of an operation with this number fails, the first
 *	one is 1
 * @reports_itself: an operation that fails has called xenbus_dev_fatal()
 * @fails_late: something fails just while disconnect() runs
 * @announce_fails: state that cannot be written, 0 for none
 * @prepared: negotiate() without disconnect()
 * @running: connect() without disconnect()
 * @calls: calls of operations
 * @negotiations: calls of negotiate()
 * @connects: calls of connect()
 * @disconnects: calls of disconnect()
 * @refreshes: calls of refresh()
 * @suspends: calls of suspend()
 * @why: last argument of disconnect()
 * @reports: how often an error was reported
 * @reported: the error
 * @announced: how often a state was written
 */
struct fake_end {
	struct kunit *test;
	struct xenbus_device xdev;
	struct xen_life_ops ops;
	struct xen_life life;
	const char *name;
	enum xenbus_state stored;
	bool queued;
	bool online;
	/* what is to happen */
	int negotiate;
	int connect;
	int refresh;
	unsigned int fail_at;
	bool reports_itself;
	bool fails_late;
	enum xenbus_state announce_fails;
	/* what has happened */
	bool prepared;
	bool running;
	unsigned int calls;
	unsigned int negotiations;
	unsigned int connects;
	unsigned int disconnects;
	unsigned int refreshes;
	unsigned int suspends;
	enum xen_life_end why;
	unsigned int reports;
	int reported;
	unsigned int announced;
};

int fake_end_stubs(struct kunit *test);
void fake_end_begin(struct fake_end *end, struct kunit *test,
		    enum xen_life_kind kind, enum xenbus_state own);
void fake_end_at(struct fake_end *end, enum xenbus_state own);
void fake_end_see(struct fake_end *end, unsigned int peer);
bool fake_end_run(struct fake_end *end);
void fake_end_check(struct fake_end *end);
void fake_end_finish(struct fake_end *end);

#endif
