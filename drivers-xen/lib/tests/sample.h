/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A sample device: the frontend sends numbers, the backend adds something to
 * them. This is its protocol.
 */
#ifndef _XEN_DRVLIB_SAMPLE_H
#define _XEN_DRVLIB_SAMPLE_H

#include <xen/interface/io/ring.h>
#include "../keys.h"
#include "../life.h"
#include "../queue.h"
#include "../ring.h"

/**
 * struct sample_request - please add to a number
 * @id: comes back in the response
 * @number: the number
 */
struct sample_request {
	u64 id;
	u64 number;
};

/**
 * struct sample_response - a sum
 * @id: that of the request
 * @number: the sum
 */
struct sample_response {
	u64 id;
	u64 number;
};

static_assert(sizeof(struct sample_request) == 16);
static_assert(sizeof(struct sample_response) == 16);

DEFINE_RING_TYPES(sample, struct sample_request, struct sample_response);
XEN_RING_ACCESSORS(sample, sample, struct sample_request,
		   struct sample_response);

/**
 * struct sample_offer - what the backend writes
 * @max_order: largest ring that it maps, as a power of two
 * @addend: what it adds; may change while both are connected
 * @name: its name
 */
struct sample_offer {
	u32 max_order;
	u32 addend;
	char name[16];
};

/**
 * struct sample_choice - what the frontend writes
 * @order: size of the ring
 */
struct sample_choice {
	u32 order;
};

/**
 * struct sample_frontend - a frontend
 * @life: its life
 * @queue: its only queue
 * @ring: the ring in that
 * @offer: what the backend has written
 * @choice: what we have written
 * @up: numbers can be sent
 * @sent: how many were sent
 * @received: how many have come back
 * @sum: the last that did
 * @ended: why the last connection ended
 */
struct sample_frontend {
	struct xen_life life;
	struct xen_queue queue;
	struct sample_front ring;
	struct sample_offer offer;
	struct sample_choice choice;
	bool up;
	u64 sent;
	u64 received;
	u64 sum;
	enum xen_life_end ended;
};

/**
 * struct sample_backend - a backend
 * @life: its life
 * @queue: the frontend's only queue
 * @ring: the ring in that
 * @offer: what we have written
 * @choice: what the frontend has written
 * @work: serves requests
 * @served: how many since the last event
 */
struct sample_backend {
	struct xen_life life;
	struct xen_queue queue;
	struct sample_back ring;
	struct sample_offer offer;
	struct sample_choice choice;
	struct work_struct work;
	u32 served;
};

extern struct xenbus_driver sample_frontend_driver;
extern struct xenbus_driver sample_backend_driver;

int sample_send(struct sample_frontend *s, u64 number);
void sample_serve(struct sample_backend *s);
void sample_serve_later(struct sample_backend *s);

#endif
