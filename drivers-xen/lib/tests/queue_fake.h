/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grants and event channels between the queues of one test: what one end shares
 * the other can map.
 */
#ifndef _XEN_DRVLIB_QUEUE_FAKE_H
#define _XEN_DRVLIB_QUEUE_FAKE_H

#include <kunit/test.h>
#include "../peer.h"

#define FAKE_RINGS	16
#define FAKE_PORTS	16

/**
 * struct fake_ring - memory that a frontend has granted
 * @mem: the memory; stays until the test ends, as in the real grant table
 * @pages: its size
 * @granted: the frontend has not ended access
 * @mapped: how often it is mapped
 */
struct fake_ring {
	void *mem;
	unsigned int pages;
	bool granted;
	unsigned int mapped;
};

/**
 * struct fake_half - one end of an event channel
 * @q: its queue, NULL if it is not bound
 * @handler: called for events
 * @pending: there was an event
 * @disabled: the handler is not called, not yet or not any more
 * @unanswered: it was called, and xen_queue_eoi() was not yet; until then it is not
 *	called again
 * @irq: number of the interrupt
 */
struct fake_half {
	struct xen_queue *q;
	irq_handler_t handler;
	bool pending;
	bool disabled;
	bool unanswered;
	unsigned int irq;
};

/**
 * struct fake_port - an event channel
 * @open: the frontend has allocated it
 * @front: its frontend
 * @back: its backend
 */
struct fake_port {
	bool open;
	struct fake_half front;
	struct fake_half back;
};

/**
 * struct queue_fake - all of it
 * @test: the test
 * @ring: rings, by reference / XENBUS_MAX_RING_GRANTS
 * @port: event channels, by port; 0 is not used
 * @steps: calls that could have failed
 * @fail_at: the step that fails, 0 for none
 * @events: events that were delivered
 */
struct queue_fake {
	struct kunit *test;
	struct fake_ring ring[FAKE_RINGS];
	struct fake_port port[FAKE_PORTS];
	unsigned int steps;
	unsigned int fail_at;
	unsigned int events;
};

extern struct queue_fake queue_fake;

void queue_fake_init(struct kunit *test);
void queue_fake_exit(struct kunit *test);
bool queue_fake_deliver(void);
unsigned int queue_fake_in_use(void);
unsigned int queue_fake_unanswered(void);

#endif
