/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A frontend and a backend of the smallest kind, to show that the core carries a
 * pair, and to be the examples of one in tests.
 *
 * The frontend grants a page of numbers and asks for their sum; the backend has
 * Xen copy the page, adds, and answers. One page of ring, one event channel. Nodes
 * and states are those of every Xen device.
 */
#ifndef _XEN_TEST_PAIR_H
#define _XEN_TEST_PAIR_H

#include <xen/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/xenbus.h>

/**
 * struct sum_request - "what is the sum of these?"
 * @id: comes back with the answer
 * @gref: page with the numbers, each a u32
 * @num: how many, up to a page
 */
struct sum_request {
	u32 id;
	u32 gref;
	u32 num;
};

/**
 * struct sum_response - the answer
 * @id: of the question
 * @status: SUM_OKAY or why there is no sum
 * @sum: the sum
 */
struct sum_response {
	u32 id;
	s32 status;
	u64 sum;
};

enum {
	SUM_OKAY,
	SUM_BAD_NUMBER,
	SUM_BAD_GRANT,
};

#define SUM_MAX		(XEN_PAGE_SIZE / sizeof(u32))

DEFINE_RING_TYPES(sum, struct sum_request, struct sum_response);

#define SUM_RING_SIZE	__CONST_RING_SIZE(sum, XEN_PAGE_SIZE)

/**
 * struct sum_pending - a question without an answer
 * @page: the numbers; NULL: this slot is free
 * @gref: grant of @page
 */
struct sum_pending {
	struct page *page;
	grant_ref_t gref;
};

/**
 * struct sum_front - the frontend
 * @xdev: its device; NULL while there is none
 * @ring: the ring, with our own indices
 * @shared: page of the ring
 * @ring_ref: grant of @shared
 * @port: event channel
 * @irq: its interrupt, 0 while not connected
 * @broken: the backend has talked nonsense: nothing more is asked or believed
 * @budget: grants for questions
 * @has_budget: @budget is there
 * @pending: questions by their number
 * @answers: how many came
 * @errors: how many of them were refusals
 * @wrong: how many had a wrong sum
 * @wakeups: how often there were grants again
 * @events: how often the backend called
 */
struct sum_front {
	struct xenbus_device *xdev;
	struct sum_front_ring ring;
	void *shared;
	grant_ref_t ring_ref;
	evtchn_port_t port;
	int irq;
	bool broken;
	struct gnttab_budget budget;
	bool has_budget;
	struct sum_pending pending[SUM_RING_SIZE];
	unsigned int answers;
	unsigned int errors;
	unsigned int wrong;
	unsigned int wakeups;
	unsigned int events;
};

/**
 * struct sum_back - the backend
 * @xdev: its device; NULL while there is none
 * @ring: the ring, with our own indices
 * @irq: interrupt of the event channel, 0 while not connected
 * @broken: the frontend has talked nonsense
 * @page: where numbers are copied to
 * @asked: questions seen
 */
struct sum_back {
	struct xenbus_device *xdev;
	struct sum_back_ring ring;
	int irq;
	bool broken;
	struct page *page;
	unsigned int asked;
};

/* pair_front.c. One device at a time. */
extern struct sum_front sum_front;
extern struct xenbus_driver sum_front_driver;
/* Ask for the sum of @num times @value: 0, -EBUSY while there is no room */
int sum_ask(u32 value, u32 num);
unsigned int sum_unanswered(void);

/* pair_back.c. One device at a time. */
extern struct sum_back sum_back;
extern struct xenbus_driver sum_back_driver;

#endif /* _XEN_TEST_PAIR_H */
