// SPDX-License-Identifier: GPL-2.0
/*
 * The ring from which a program reads what ports have had an event.
 *
 * A port is masked from its event until the program writes its number back. So it
 * needs one slot, as long as the program reads before it writes: the ring has a slot
 * for each port of the file, and grows when one is bound. A program that writes back
 * what it has not read can have a port in here twice, and so fill the ring. It is
 * told so, and not what else may have been lost, until it resets the ring.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "evtchn_ring.h"

/* Most programs have fewer ports than this */
#define MIN_SIZE	64

static u32 *slot(const struct evtchn_ring *ring, unsigned int i)
{
	lockdep_assert_held(&ring->lock);
	return &ring->ports[(ring->first + i) & (ring->size - 1)];
}

/**
 * evtchn_ring_init() - start with a ring that has no slots
 * @ring: the ring
 */
void evtchn_ring_init(struct evtchn_ring *ring)
{
	*ring = (struct evtchn_ring){ };
	spin_lock_init(&ring->lock);
}

/**
 * evtchn_ring_free() - free the slots
 * @ring: the ring, which nobody uses any more
 */
void evtchn_ring_free(struct evtchn_ring *ring)
{
	kvfree(ring->ports);
}

/**
 * evtchn_ring_grow() - have a slot for each port
 * @ring: the ring
 * @ports: how many ports there are, at most 2^31
 *
 * Context: may sleep; the caller sees to it that nobody else grows the ring.
 * Return: 0 or -ENOMEM, with the ring as it was.
 */
int evtchn_ring_grow(struct evtchn_ring *ring, unsigned int ports)
{
	unsigned int size = max_t(unsigned int, MIN_SIZE, ports);
	u32 *more, *old;
	unsigned int i;

	might_sleep();
	if (ports <= ring->size)
		return 0;

	size = roundup_pow_of_two(size);
	more = kvmalloc_array(size, sizeof(*more), GFP_KERNEL_ACCOUNT);
	if (!more)
		return -ENOMEM;

	spin_lock_irq(&ring->lock);
	for (i = 0; i < ring->count; i++)
		more[i] = *slot(ring, i);
	old = ring->ports;
	ring->ports = more;
	ring->size = size;
	ring->first = 0;
	spin_unlock_irq(&ring->lock);
	kvfree(old);
	return 0;
}

/**
 * evtchn_ring_put() - note an event
 * @ring: the ring
 * @port: the port that had it
 *
 * Context: any.
 */
void evtchn_ring_put(struct evtchn_ring *ring, u32 port)
{
	unsigned long flags;

	spin_lock_irqsave(&ring->lock, flags);
	if (ring->count < ring->size)
		*slot(ring, ring->count++) = port;
	else
		ring->overflow = true;
	spin_unlock_irqrestore(&ring->lock, flags);
}

/**
 * evtchn_ring_take() - take the oldest events out of the ring
 * @ring: the ring
 * @ports: gets their ports
 * @max: room in @ports
 *
 * Context: any, interrupts on.
 * Return: how many there are, maybe 0; -EFBIG if events were lost.
 */
int evtchn_ring_take(struct evtchn_ring *ring, u32 *ports, unsigned int max)
{
	unsigned int i, nr;

	spin_lock_irq(&ring->lock);
	if (ring->overflow) {
		spin_unlock_irq(&ring->lock);
		return -EFBIG;
	}
	nr = min(max, ring->count);
	for (i = 0; i < nr; i++)
		ports[i] = *slot(ring, i);
	ring->first += nr;
	ring->count -= nr;
	spin_unlock_irq(&ring->lock);
	return nr;
}

/**
 * evtchn_ring_give_back() - put events back that could not be delivered
 * @ring: the ring
 * @ports: as they came from evtchn_ring_take()
 * @nr: how many
 *
 * Context: any, interrupts on.
 */
void evtchn_ring_give_back(struct evtchn_ring *ring, const u32 *ports,
			   unsigned int nr)
{
	unsigned int i;

	spin_lock_irq(&ring->lock);
	if (nr > ring->size - ring->count) {
		ring->overflow = true;
	} else {
		ring->first -= nr;
		ring->count += nr;
		for (i = 0; i < nr; i++)
			*slot(ring, i) = ports[i];
	}
	spin_unlock_irq(&ring->lock);
}

/**
 * evtchn_ring_forget() - take all events of a port out
 * @ring: the ring
 * @port: a port that is no longer bound: its number may soon mean another channel
 *
 * Context: any, interrupts on.
 */
void evtchn_ring_forget(struct evtchn_ring *ring, u32 port)
{
	unsigned int i, kept = 0;

	spin_lock_irq(&ring->lock);
	for (i = 0; i < ring->count; i++) {
		if (*slot(ring, i) != port)
			*slot(ring, kept++) = *slot(ring, i);
	}
	ring->count = kept;
	spin_unlock_irq(&ring->lock);
}

/**
 * evtchn_ring_reset() - forget all events, and that some were lost
 * @ring: the ring
 *
 * Context: any, interrupts on.
 */
void evtchn_ring_reset(struct evtchn_ring *ring)
{
	spin_lock_irq(&ring->lock);
	ring->count = 0;
	ring->overflow = false;
	spin_unlock_irq(&ring->lock);
}
