/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared rings. Nothing else in a driver touches one.
 *
 * The memory is that of Xen's public/io/ring.h: four counters, then slots. The
 * frontend puts requests, the backend takes them and puts a response for each,
 * the frontend takes those. A response goes into the slot of a request that was
 * taken, in the order of the responses. Counters run freely and wrap at 2^32.
 *
 * The other end writes to that memory whenever it likes, so here
 *
 * - a slot is copied out, once, and only the copy is ever looked at: there is
 *   no function that gives a pointer into a ring;
 * - a counter of the other end is read once, and tested before it is used;
 * - a counter of our own is never read back.
 *
 * A counter that cannot be breaks the ring: everything then fails with -EPROTO,
 * until it is set up anew. A driver breaks a ring itself when what it took makes
 * no sense.
 *
 * Either end has two roles, one producer and one consumer. Each role belongs to
 * one thread at a time; the two may run at the same time without a lock. What
 * orders them, and the two ends:
 *
 *	push: slots, barrier, counter	pending: counter, barrier, slots
 *	push: counter, barrier, wish	arm: wish, barrier, counter
 *	take: slot, release "taken"	room, put: acquire "taken", slot
 *
 * The first two pair with the other end, the last with the other role.
 *
 * XEN_RING_ACCESSORS() makes typed functions of what begins with two underscores.
 */
#ifndef _XEN_DRVLIB_RING_H
#define _XEN_DRVLIB_RING_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/barrier.h>

/**
 * struct xen_ring_shared - the memory of every ring
 * @req_prod: requests put so far; written by the frontend
 * @req_event: after so many requests the backend wants an event; its own
 * @rsp_prod: responses put so far; written by the backend
 * @rsp_event: after so many responses the frontend wants an event; its own
 * @pad: not used
 * @slots: requests and responses
 */
struct xen_ring_shared {
	u32 req_prod;
	u32 req_event;
	u32 rsp_prod;
	u32 rsp_event;
	u8 pad[48];
	u8 slots[];
};

static_assert(sizeof(struct xen_ring_shared) == 64);

/**
 * struct xen_ring_front - a ring as its frontend sees it
 * @shared: the memory
 * @size: number of slots, a power of two
 * @broken: set once, by either role
 * @put: requests put; producer's
 * @pushed: requests of which the backend knows; written by the producer
 * @taken: responses taken; written by the consumer
 * @seen: responses known to be there; consumer's
 *
 * To be read and written by the functions here only.
 */
struct xen_ring_front {
	struct xen_ring_shared *shared;
	u32 size;
	bool broken;
	/* producer */
	u32 put;
	u32 pushed;
	/* consumer */
	u32 taken;
	u32 seen;
};

/**
 * struct xen_ring_back - a ring as its backend sees it
 * @shared: the memory
 * @size: number of slots, a power of two
 * @broken: set once, by either role
 * @put: responses put; producer's
 * @pushed: responses of which the frontend knows; written by the producer
 * @taken: requests taken; written by the consumer
 * @seen: requests known to be there; consumer's
 *
 * To be read and written by the functions here only.
 */
struct xen_ring_back {
	struct xen_ring_shared *shared;
	u32 size;
	bool broken;
	/* producer */
	u32 put;
	u32 pushed;
	/* consumer */
	u32 taken;
	u32 seen;
};

/* Any role */

int __xen_ring_front_init(struct xen_ring_front *r, void *mem, size_t bytes,
			  size_t slot);
int __xen_ring_back_attach(struct xen_ring_back *r, void *mem, size_t bytes,
			   size_t slot);
void xen_ring_front_break(struct xen_ring_front *r);
void xen_ring_back_break(struct xen_ring_back *r);

/* Producer */

u32 xen_ring_front_room(const struct xen_ring_front *r);
bool xen_ring_front_push(struct xen_ring_front *r);
u32 xen_ring_back_room(const struct xen_ring_back *r);
bool xen_ring_back_push(struct xen_ring_back *r);

/* Consumer */

int xen_ring_front_pending(struct xen_ring_front *r);
int xen_ring_front_arm(struct xen_ring_front *r, u32 after);
int xen_ring_back_pending(struct xen_ring_back *r);
int xen_ring_back_arm(struct xen_ring_back *r, u32 after);

/* The only place that knows where a slot is. */
static __always_inline void *__xen_ring_slot(struct xen_ring_shared *shared,
					     u32 size, u32 at, size_t slot)
{
	return shared->slots + (at & (size - 1)) * slot;
}

/*
 * The barrier keeps the compiler from reading shared memory again later on
 * instead of using the copy.
 */
static __always_inline void __xen_ring_copy(void *to, const void *from,
					    size_t len)
{
	memcpy(to, from, len);
	barrier();
}

/* Producer. 0, -ENOSPC without room, -EPROTO. */
static __always_inline int __xen_ring_front_put(struct xen_ring_front *r,
						const void *req, size_t len,
						size_t slot)
{
	if (READ_ONCE(r->broken))
		return -EPROTO;
	if (!xen_ring_front_room(r))
		return -ENOSPC;
	memcpy(__xen_ring_slot(r->shared, r->size, r->put, slot), req, len);
	r->put++;
	return 0;
}

/* Consumer. 1, 0 if there is nothing, -EPROTO. */
static __always_inline int __xen_ring_front_take(struct xen_ring_front *r,
						 void *rsp, size_t len,
						 size_t slot)
{
	int err;

	if (READ_ONCE(r->broken))
		return -EPROTO;
	if (r->taken == r->seen) {
		err = xen_ring_front_pending(r);
		if (err <= 0)
			return err;
	}
	__xen_ring_copy(rsp, __xen_ring_slot(r->shared, r->size, r->taken, slot),
			len);
	/* Copied before the slot is used again; pairs with the producer's room. */
	smp_store_release(&r->taken, r->taken + 1);
	return 1;
}

/* Producer. 0, -ENOSPC if no request waits for a response, -EPROTO. */
static __always_inline int __xen_ring_back_put(struct xen_ring_back *r,
					       const void *rsp, size_t len,
					       size_t slot)
{
	if (READ_ONCE(r->broken))
		return -EPROTO;
	if (!xen_ring_back_room(r))
		return -ENOSPC;
	memcpy(__xen_ring_slot(r->shared, r->size, r->put, slot), rsp, len);
	r->put++;
	return 0;
}

/* Consumer. 1, 0 if there is nothing, -EPROTO. */
static __always_inline int __xen_ring_back_take(struct xen_ring_back *r,
						void *req, size_t len,
						size_t slot)
{
	int err;

	if (READ_ONCE(r->broken))
		return -EPROTO;
	if (r->taken == r->seen) {
		err = xen_ring_back_pending(r);
		if (err <= 0)
			return err;
	}
	__xen_ring_copy(req, __xen_ring_slot(r->shared, r->size, r->taken, slot),
			len);
	/* Copied before the slot is used again; pairs with the producer's room. */
	smp_store_release(&r->taken, r->taken + 1);
	return 1;
}

/**
 * XEN_RING_ACCESSORS() - typed access to one kind of ring
 * @name: beginning of the names of what is made
 * @layout: first argument of DEFINE_RING_TYPES(), which says what is in memory
 * @req_t: type of a request; may be smaller than a slot, or a union
 * @rsp_t: type of a response, likewise
 *
 * Makes struct @name_front and struct @name_back, each with a member "ring" for
 * the functions that are the same for all rings, and
 *
 * - @name_front_init(f, mem, bytes): start an empty ring in @bytes of memory.
 *   0, or -EINVAL if not even one slot fits.
 * - @name_front_put(f, request): 0; -ENOSPC without room; -EPROTO.
 * - @name_front_take(f, response): 1; 0 if there is none; -EPROTO.
 * - @name_back_attach(b, mem, bytes): join a ring, as far as it has got. 0;
 *   -EINVAL; -EPROTO if there are more requests than slots.
 * - @name_back_take(b, request): 1; 0 if there is none; -EPROTO.
 * - @name_back_put(b, response): 0; -ENOSPC if no request that was taken is
 *   without a response; -EPROTO.
 *
 * None of them sleeps. Whoever takes in a loop counts how many it takes: the
 * other end can go on for ever.
 */
#define XEN_RING_ACCESSORS(name, layout, req_t, rsp_t)			\
static_assert(offsetof(struct layout##_sring, req_prod) ==		\
	      offsetof(struct xen_ring_shared, req_prod));		\
static_assert(offsetof(struct layout##_sring, req_event) ==		\
	      offsetof(struct xen_ring_shared, req_event));		\
static_assert(offsetof(struct layout##_sring, rsp_prod) ==		\
	      offsetof(struct xen_ring_shared, rsp_prod));		\
static_assert(offsetof(struct layout##_sring, rsp_event) ==		\
	      offsetof(struct xen_ring_shared, rsp_event));		\
static_assert(offsetof(struct layout##_sring, ring) ==			\
	      offsetof(struct xen_ring_shared, slots));			\
static_assert(sizeof(req_t) <= sizeof(union layout##_sring_entry));	\
static_assert(sizeof(rsp_t) <= sizeof(union layout##_sring_entry));	\
									\
struct name##_front {							\
	struct xen_ring_front ring;					\
};									\
									\
struct name##_back {							\
	struct xen_ring_back ring;					\
};									\
									\
static inline __maybe_unused						\
int name##_front_init(struct name##_front *f, void *mem, size_t bytes)	\
{									\
	return __xen_ring_front_init(&f->ring, mem, bytes,		\
				     sizeof(union layout##_sring_entry)); \
}									\
									\
static inline __maybe_unused						\
int name##_front_put(struct name##_front *f, const req_t *req)		\
{									\
	return __xen_ring_front_put(&f->ring, req, sizeof(req_t),	\
				    sizeof(union layout##_sring_entry)); \
}									\
									\
static inline __maybe_unused						\
int name##_front_take(struct name##_front *f, rsp_t *rsp)		\
{									\
	return __xen_ring_front_take(&f->ring, rsp, sizeof(rsp_t),	\
				     sizeof(union layout##_sring_entry)); \
}									\
									\
static inline __maybe_unused						\
int name##_back_attach(struct name##_back *b, void *mem, size_t bytes)	\
{									\
	return __xen_ring_back_attach(&b->ring, mem, bytes,		\
				      sizeof(union layout##_sring_entry)); \
}									\
									\
static inline __maybe_unused						\
int name##_back_put(struct name##_back *b, const rsp_t *rsp)		\
{									\
	return __xen_ring_back_put(&b->ring, rsp, sizeof(rsp_t),	\
				   sizeof(union layout##_sring_entry));	\
}									\
									\
static inline __maybe_unused						\
int name##_back_take(struct name##_back *b, req_t *req)		\
{									\
	return __xen_ring_back_take(&b->ring, req, sizeof(req_t),	\
				    sizeof(union layout##_sring_entry)); \
}									\
									\
struct name##_back

#endif
