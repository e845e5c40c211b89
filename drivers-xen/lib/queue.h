/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rings and event channels that two ends share: a queue has one or two rings of
 * the same size, and one event channel for all of it or one for each ring.
 *
 * The frontend shares its queues and writes what the backend has to know, the
 * backend reads that and maps them. With one queue the keys are in the device's
 * own directory, with more of them those of queue N are in queue-N/. A ring of
 * one page has its reference in the key "ring-ref", a larger one in "ring-ref0",
 * "ring-ref1" and so on; the names are the driver's.
 *
 * All functions sleep, and are for one thread at a time: the operations of
 * life.h. After an error there is nothing to undo, and the device has been given
 * up with xenbus_dev_fatal().
 */
#ifndef _XEN_DRVLIB_QUEUE_H
#define _XEN_DRVLIB_QUEUE_H

#include <linux/interrupt.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/xenbus.h>
#include "keys.h"

#define XEN_QUEUE_RINGS		2
#define XEN_QUEUE_IRQ_NAME	32

struct xen_queue;

/**
 * struct xen_queue_type - what all queues of a kind of device have in common
 * @rings: number of rings, 1 or 2
 * @ring_key: the key of each with its reference
 * @attach: begin with the rings of a queue: *_front_init() or *_back_attach().
 *	Called before any handler can be; 0 or a negative error. After it ports may
 *	still be missing: if one cannot be had, the rings go without any handler
 *	having run
 * @port_key: key with the event channel, if there is one for all
 * @handler: its handler; the argument is the queue
 * @split_port_key: keys with the event channels, if there is one for each ring;
 *	the first is NULL if that cannot be
 * @split_handler: their handlers
 *
 * All handlers have to see to xen_queue_eoi().
 */
struct xen_queue_type {
	unsigned int rings;
	const char *ring_key[XEN_QUEUE_RINGS];
	int (*attach)(struct xen_queue *q);
	const char *port_key;
	irq_handler_t handler;
	const char *split_port_key[XEN_QUEUE_RINGS];
	irq_handler_t split_handler[XEN_QUEUE_RINGS];
};

/**
 * struct xen_queue_config - what is particular to one connection
 * @num: number of queues of the device, 1 or more
 * @order: each ring has so many pages, as a power of two, at most
 *	XENBUS_MAX_RING_GRANT_ORDER
 * @split: frontend: one event channel for each ring; backend: allow that
 * @irq_name: beginning of the names of the interrupts
 */
struct xen_queue_config {
	unsigned int num;
	unsigned int order;
	bool split;
	const char *irq_name;
};

/**
 * struct xen_queue_ring - a ring of a queue
 * @mem: its memory, contiguous; NULL if there is none
 * @refs: a reference for each page
 */
struct xen_queue_ring {
	void *mem;
	grant_ref_t refs[XENBUS_MAX_RING_GRANTS];
};

/**
 * struct xen_queue_port - an event channel of a queue
 * @port: frontend: ours; backend: the frontend's; 0 if there is none
 * @irq: its interrupt; 0 if there is none
 * @name: name of that
 */
struct xen_queue_port {
	evtchn_port_t port;
	unsigned int irq;
	char name[XEN_QUEUE_IRQ_NAME];
};

/**
 * struct xen_queue - a queue, for a driver to embed
 * @dev: the device
 * @type: kind of queue
 * @index: number of the queue, from 0
 * @pages: size of each ring; it has @pages * XEN_PAGE_SIZE bytes
 * @split: there is a port for each ring
 * @quiet: the handlers do not run
 * @ring: the rings
 * @port: the ports: @split ? one for each ring : only the first
 *
 * All set by xen_queue_share() or xen_queue_map() and read-only for the driver. A
 * queue that is all zeroes is one that is neither shared nor mapped.
 */
struct xen_queue {
	struct xenbus_device *dev;
	const struct xen_queue_type *type;
	unsigned int index;
	unsigned int pages;
	bool split;
	bool quiet;
	struct xen_queue_ring ring[XEN_QUEUE_RINGS];
	struct xen_queue_port port[XEN_QUEUE_RINGS];
};

#define XEN_QUEUE_MAX_KEYS	\
	(XEN_QUEUE_RINGS * (XENBUS_MAX_RING_GRANTS + 1) + 1)
#define XEN_QUEUE_KEY_NAME	24

/**
 * struct xen_queue_keys - keys of a queue, made from its type
 * @num: how many
 * @key: the table, for struct xen_queue
 * @name: room for names
 */
struct xen_queue_keys {
	unsigned int num;
	struct xen_key key[XEN_QUEUE_MAX_KEYS];
	char name[XEN_QUEUE_MAX_KEYS][XEN_QUEUE_KEY_NAME];
};

/* queue.c: for both ends */
void xen_queue_notify(const struct xen_queue *q, unsigned int ring);
void xen_queue_eoi(const struct xen_queue *q, unsigned int ring, bool spurious);
void xen_queue_quiesce(struct xen_queue *q);

/* queue.c: for the other files only */
void xen_queue_init(struct xen_queue *q, struct xenbus_device *dev,
		    const struct xen_queue_type *type, unsigned int index,
		    const struct xen_queue_config *config);
int xen_queue_attach(struct xen_queue *q);
void xen_queue_start(struct xen_queue *q);
int xen_queue_ref_keys(struct xen_queue_keys *keys, const struct xen_queue *q,
		       bool numbered, u8 flags);
void xen_queue_port_key(struct xen_queue_keys *keys, const char *name,
			unsigned int port, u8 flags);
void xen_queue_name_port(struct xen_queue *q, unsigned int port,
			 const struct xen_queue_config *config);

/* queue_share.c: for frontends */
int xen_queue_share(struct xen_queue *q, struct xenbus_device *dev,
		    const struct xen_queue_type *type, unsigned int index,
		    const struct xen_queue_config *config);
void xen_queue_unshare(struct xen_queue *q);
int xen_queue_publish(struct xen_queue *const *queues, unsigned int num,
		      const struct xen_key_set *more, unsigned int num_more);

/* queue_map.c: for backends */
int xen_queue_map(struct xen_queue *q, struct xenbus_device *dev,
		  const struct xen_queue_type *type, unsigned int index,
		  const struct xen_queue_config *config);
void xen_queue_unmap(struct xen_queue *q);

#endif
