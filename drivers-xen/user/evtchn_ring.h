/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports that have had an event, in the order in which a program is to read them.
 */
#ifndef _XEN_USER_EVTCHN_RING_H
#define _XEN_USER_EVTCHN_RING_H

#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/**
 * struct evtchn_ring - the events of one open file that nobody has read yet
 * @lock: guards the rest; taken in interrupts
 * @ports: the slots
 * @size: how many slots there are: 0 or a power of two
 * @first: slot that is read next
 * @count: how many slots are in use, from @first on
 * @overflow: an event found no slot. Nothing can be read until a reset
 */
struct evtchn_ring {
	/* All of it. */
	spinlock_t lock;
	u32 *ports;
	unsigned int size;
	unsigned int first;
	unsigned int count;
	bool overflow;
};

void evtchn_ring_init(struct evtchn_ring *ring);
void evtchn_ring_free(struct evtchn_ring *ring);
int evtchn_ring_grow(struct evtchn_ring *ring, unsigned int ports);
void evtchn_ring_put(struct evtchn_ring *ring, u32 port);
int evtchn_ring_take(struct evtchn_ring *ring, u32 *ports, unsigned int max);
void evtchn_ring_give_back(struct evtchn_ring *ring, const u32 *ports,
			   unsigned int nr);
void evtchn_ring_forget(struct evtchn_ring *ring, u32 port);
void evtchn_ring_reset(struct evtchn_ring *ring);

/* Something to read, or to be told. No lock: for those who wait and look again. */
static inline bool evtchn_ring_readable(const struct evtchn_ring *ring)
{
	return READ_ONCE(ring->count) || READ_ONCE(ring->overflow);
}

#endif /* _XEN_USER_EVTCHN_RING_H */
