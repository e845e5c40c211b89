// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of shared rings, see ring.h.
 */
#include <linux/export.h>
#include <linux/log2.h>
#include "ring.h"

/* How many slots fit, a power of two; 0 for none. */
static u32 slots_in(size_t bytes, size_t slot)
{
	if (bytes < sizeof(struct xen_ring_shared) + slot)
		return 0;
	return rounddown_pow_of_two((bytes - sizeof(struct xen_ring_shared)) /
				    slot);
}

/*
 * Publish a counter that went from @old to @new. True if the slot after which
 * the other end asked for an event is among the new ones.
 */
static bool publish(u32 *counter, u32 old, u32 new, const u32 *event)
{
	/* Slots before counter; pairs with the other end's pending. */
	virt_wmb();
	WRITE_ONCE(*counter, new);
	/* Counter before its wish; pairs with the other end's arm. */
	virt_mb();
	return new - READ_ONCE(*event) < new - old;
}

/**
 * __xen_ring_front_init - start an empty ring
 * @r: the frontend's view
 * @mem: the memory, page aligned
 * @bytes: its size
 * @slot: size of a slot
 *
 * Context: any; nobody uses the ring yet.
 * Return: 0, or -EINVAL if there is no room for a slot.
 */
int __xen_ring_front_init(struct xen_ring_front *r, void *mem, size_t bytes,
			  size_t slot)
{
	struct xen_ring_shared *shared = mem;
	u32 size = slots_in(bytes, slot);

	if (!size)
		return -EINVAL;
	memset(shared, 0, sizeof(*shared));
	shared->req_event = 1;
	shared->rsp_event = 1;
	*r = (struct xen_ring_front) { .shared = shared, .size = size };
	return 0;
}
EXPORT_SYMBOL_GPL(__xen_ring_front_init);

/**
 * __xen_ring_back_attach - join a ring where the backend before has stopped
 * @r: the backend's view
 * @mem: the memory, mapped
 * @bytes: its size
 * @slot: size of a slot
 *
 * Requests without a response are taken again.
 *
 * Context: any; this end does not use the ring yet.
 * Return: 0; -EINVAL if there is no room for a slot; -EPROTO if there are more
 * requests than slots.
 */
int __xen_ring_back_attach(struct xen_ring_back *r, void *mem, size_t bytes,
			   size_t slot)
{
	struct xen_ring_shared *shared = mem;
	u32 size = slots_in(bytes, slot);
	u32 start;

	if (!size)
		return -EINVAL;
	start = READ_ONCE(shared->rsp_prod);
	if (READ_ONCE(shared->req_prod) - start > size)
		return -EPROTO;
	*r = (struct xen_ring_back) {
		.shared = shared,
		.size = size,
		.put = start,
		.pushed = start,
		.taken = start,
		.seen = start,
	};
	return 0;
}
EXPORT_SYMBOL_GPL(__xen_ring_back_attach);

/**
 * xen_ring_front_break - stop using a ring because of what was found in it
 * @r: the frontend's view
 *
 * Context: any role, any context.
 */
void xen_ring_front_break(struct xen_ring_front *r)
{
	WRITE_ONCE(r->broken, true);
}
EXPORT_SYMBOL_GPL(xen_ring_front_break);

/**
 * xen_ring_back_break - stop using a ring because of what was found in it
 * @r: the backend's view
 *
 * Context: any role, any context.
 */
void xen_ring_back_break(struct xen_ring_back *r)
{
	WRITE_ONCE(r->broken, true);
}
EXPORT_SYMBOL_GPL(xen_ring_back_break);

/**
 * xen_ring_front_room - how many requests can be put?
 * @r: the frontend's view
 *
 * A slot is free again when the response in it has been taken.
 *
 * Context: producer, any context.
 * Return: 0 up to the number of slots.
 */
u32 xen_ring_front_room(const struct xen_ring_front *r)
{
	/* The consumer has copied the slot; pairs with its take. */
	return r->size - (r->put - smp_load_acquire(&r->taken));
}
EXPORT_SYMBOL_GPL(xen_ring_front_room);

/**
 * xen_ring_front_push - let the backend know of the requests that were put
 * @r: the frontend's view
 *
 * Context: producer, any context.
 * Return: true if the backend is to get an event.
 */
bool xen_ring_front_push(struct xen_ring_front *r)
{
	u32 old = r->pushed;

	if (READ_ONCE(r->broken) || r->put == old)
		return false;
	/*
	 * Before the counter that the backend sees: when its response is seen,
	 * the consumer has to find that there was a request.
	 */
	WRITE_ONCE(r->pushed, r->put);
	return publish(&r->shared->req_prod, old, r->put,
		       &r->shared->req_event);
}
EXPORT_SYMBOL_GPL(xen_ring_front_push);

/**
 * xen_ring_front_pending - how many responses can be taken?
 * @r: the frontend's view
 *
 * Context: consumer, any context.
 * Return: their number; -EPROTO, with the ring broken, if there are more
 * responses than requests without one.
 */
int xen_ring_front_pending(struct xen_ring_front *r)
{
	u32 prod, num;

	if (READ_ONCE(r->broken))
		return -EPROTO;
	prod = READ_ONCE(r->shared->rsp_prod);
	/* Counter before slots, and before @pushed; pairs with both pushes. */
	virt_rmb();
	num = prod - r->taken;
	if (num > READ_ONCE(r->pushed) - r->taken) {
		xen_ring_front_break(r);
		return -EPROTO;
	}
	r->seen = prod;
	return num;
}
EXPORT_SYMBOL_GPL(xen_ring_front_pending);

/**
 * xen_ring_front_arm - ask for an event
 * @r: the frontend's view
 * @after: when there are so many more responses, 1 up to the number of slots
 *
 * Context: consumer, any context.
 * Return: how many responses there are already. If that is @after or more, the
 * event may not come, and they have to be taken now; -EPROTO.
 */
int xen_ring_front_arm(struct xen_ring_front *r, u32 after)
{
	int num = xen_ring_front_pending(r);

	/* No wish is left behind that would only cost an event. */
	if (num < 0 || num >= after)
		return num;
	WRITE_ONCE(r->shared->rsp_event, r->taken + after);
	/* Our wish before its counter; pairs with the backend's push. */
	virt_mb();
	return xen_ring_front_pending(r);
}
EXPORT_SYMBOL_GPL(xen_ring_front_arm);

/**
 * xen_ring_back_room - how many responses can be put?
 * @r: the backend's view
 *
 * Context: producer, any context.
 * Return: the number of requests that were taken and have no response.
 */
u32 xen_ring_back_room(const struct xen_ring_back *r)
{
	/* The consumer has copied the slot; pairs with its take. */
	return smp_load_acquire(&r->taken) - r->put;
}
EXPORT_SYMBOL_GPL(xen_ring_back_room);

/**
 * xen_ring_back_push - let the frontend know of the responses that were put
 * @r: the backend's view
 *
 * Context: producer, any context.
 * Return: true if the frontend is to get an event.
 */
bool xen_ring_back_push(struct xen_ring_back *r)
{
	u32 old = r->pushed;

	if (READ_ONCE(r->broken) || r->put == old)
		return false;
	/*
	 * Before the counter that the frontend sees: when it uses the slots
	 * again, the consumer has to find that it may.
	 */
	WRITE_ONCE(r->pushed, r->put);
	return publish(&r->shared->rsp_prod, old, r->put,
		       &r->shared->rsp_event);
}
EXPORT_SYMBOL_GPL(xen_ring_back_push);

/**
 * xen_ring_back_pending - how many requests can be taken?
 * @r: the backend's view
 *
 * Context: consumer, any context.
 * Return: their number; -EPROTO, with the ring broken, if there are more
 * requests without a response than slots, or fewer than were taken.
 */
int xen_ring_back_pending(struct xen_ring_back *r)
{
	u32 prod, num;

	if (READ_ONCE(r->broken))
		return -EPROTO;
	prod = READ_ONCE(r->shared->req_prod);
	/* Counter before slots, and before @pushed; pairs with both pushes. */
	virt_rmb();
	num = prod - r->taken;
	if (num > r->size - (r->taken - READ_ONCE(r->pushed))) {
		xen_ring_back_break(r);
		return -EPROTO;
	}
	r->seen = prod;
	return num;
}
EXPORT_SYMBOL_GPL(xen_ring_back_pending);

/**
 * xen_ring_back_arm - ask for an event
 * @r: the backend's view
 * @after: when there are so many more requests, 1 up to the number of slots
 *
 * Context: consumer, any context.
 * Return: how many requests there are already. If that is @after or more, the
 * event may not come, and they have to be taken now; -EPROTO.
 */
int xen_ring_back_arm(struct xen_ring_back *r, u32 after)
{
	int num = xen_ring_back_pending(r);

	/* No wish is left behind that would only cost an event. */
	if (num < 0 || num >= after)
		return num;
	WRITE_ONCE(r->shared->req_event, r->taken + after);
	/* Our wish before its counter; pairs with the frontend's push. */
	virt_mb();
	return xen_ring_back_pending(r);
}
EXPORT_SYMBOL_GPL(xen_ring_back_arm);
