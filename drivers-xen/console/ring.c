// SPDX-License-Identifier: GPL-2.0
/*
 * The console page: two byte rings with free-running 32-bit indices.
 *
 * An index is never reduced to the ring's size, so producer minus consumer is
 * the number of bytes in flight, also across the wrap at 2^32. We own in_cons
 * and out_prod and keep them in private memory; the backend owns the other two,
 * which are read once per call and believed only if no more than a ring full of
 * bytes is in flight. The bytes themselves are data and need no check.
 */
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <asm/barrier.h>

#include "console.h"

#define IN_SIZE		sizeof_field(struct xencons_interface, in)
#define OUT_SIZE	sizeof_field(struct xencons_interface, out)

static_assert(!(IN_SIZE & (IN_SIZE - 1)) && !(OUT_SIZE & (OUT_SIZE - 1)));
static_assert(offsetof(struct xencons_interface, in) == 0);
static_assert(offsetof(struct xencons_interface, out) == 1024);
static_assert(offsetof(struct xencons_interface, in_cons) == 3072);
static_assert(offsetof(struct xencons_interface, in_prod) == 3076);
static_assert(offsetof(struct xencons_interface, out_cons) == 3080);
static_assert(offsetof(struct xencons_interface, out_prod) == 3084);

/**
 * xencons_ring_attach() - start to use a console page
 * @ring: to be set up; the caller serialises
 * @page: mapped and shared with the backend
 *
 * Whoever ran in this domain before, firmware or a boot loader, may have used
 * the page, so our indices are taken over from it. This is the only place where
 * they are read.
 */
void xencons_ring_attach(struct xencons_ring *ring,
			 struct xencons_interface *page)
{
	ring->page = page;
	ring->in_cons = READ_ONCE(page->in_cons);
	ring->out_prod = READ_ONCE(page->out_prod);
	ring->seen_in_prod = ring->in_cons;
	ring->seen_out_cons = ring->out_prod;
	ring->broken = false;
}

static int mark_broken(struct xencons_ring *ring)
{
	WRITE_ONCE(ring->broken, true);
	return -EIO;
}

/* Room for output behind @prod, which is where it begins. */
static int room(struct xencons_ring *ring, u32 *prod)
{
	u32 used;

	do {
		if (READ_ONCE(ring->broken))
			return -EIO;
		/* First: the backend cannot be ahead of it, only of an older one. */
		*prod = smp_load_acquire(&ring->out_prod);
		/* Pairs with the backend's release after it copied the bytes out. */
		used = *prod - virt_load_acquire(&ring->page->out_cons);
	} while (READ_ONCE(ring->out_prod) != *prod);
	if (used > OUT_SIZE)
		return mark_broken(ring);

	return OUT_SIZE - used;
}

/**
 * xencons_ring_space() - room for output
 * @ring: attached; the caller serialises, as for xencons_ring_put()
 *
 * Return: bytes that fit, or -EIO if the ring is or has just become broken.
 */
int xencons_ring_space(struct xencons_ring *ring)
{
	u32 prod;

	return room(ring, &prod);
}

VISIBLE_IF_KUNIT void xencons_ring_copy(struct xencons_ring *ring, u32 prod,
					const u8 *buf, size_t len)
{
	struct xencons_interface *page = ring->page;
	size_t off = MASK_XENCONS_IDX(prod, page->out);
	size_t first = min(len, OUT_SIZE - off);

	KUNIT_STATIC_STUB_REDIRECT(xencons_ring_copy, ring, prod, buf, len);
	memcpy(page->out + off, buf, first);
	memcpy(page->out, buf + first, len - first);
}

/*
 * All that writers have taken for themselves. Whoever stores last has then seen that
 * nobody took more, so the index ends up right.
 */
static void publish(struct xencons_ring *ring)
{
	u32 prod;

	do {
		prod = READ_ONCE(ring->out_prod);
		/* The backend must see the bytes before the index that covers them. */
		virt_store_release(&ring->page->out_prod, prod);
		/* Store, then look; pairs with another writer's exchange. */
		virt_mb();
	} while (READ_ONCE(ring->out_prod) != prod);
}

/**
 * xencons_ring_put() - write as much as fits
 * @ring: attached; the caller serialises
 * @buf: bytes to write
 * @len: how many
 *
 * The caller notifies the backend if anything was written.
 *
 * While the machine goes down, writers may not be serialised. Each takes its part of
 * the ring first and fills it then, so the indices stay right; what the backend reads
 * of a part that is not filled yet is old.
 *
 * Return: bytes written, 0 if the ring is full, -EIO if it is broken.
 */
int xencons_ring_put(struct xencons_ring *ring, const u8 *buf, size_t len)
{
	size_t num;
	int space;
	u32 prod;

	KUNIT_STATIC_STUB_REDIRECT(xencons_ring_put, ring, buf, len);

	do {
		space = room(ring, &prod);
		if (space <= 0)
			return space;
		num = min_t(size_t, len, space);
	} while (!try_cmpxchg(&ring->out_prod, &prod, prod + (u32)num));
	xencons_ring_copy(ring, prod, buf, num);
	publish(ring);

	return num;
}

/**
 * xencons_ring_get() - take as much as there is
 * @ring: attached; the caller serialises
 * @buf: destination
 * @len: its size
 *
 * The caller notifies the backend if anything was taken: it may be waiting for
 * room.
 *
 * Return: bytes taken, 0 if there are none, -EIO if the ring is broken.
 */
int xencons_ring_get(struct xencons_ring *ring, u8 *buf, size_t len)
{
	struct xencons_interface *page = ring->page;
	size_t off, first;
	u32 used;

	if (READ_ONCE(ring->broken))
		return -EIO;

	/* Pairs with the backend's release after it copied the bytes in. */
	used = virt_load_acquire(&page->in_prod) - ring->in_cons;
	if (used > IN_SIZE)
		return mark_broken(ring);

	len = min_t(size_t, len, used);
	off = MASK_XENCONS_IDX(ring->in_cons, page->in);
	first = min(len, IN_SIZE - off);
	memcpy(buf, page->in + off, first);
	memcpy(buf + first, page->in, len - first);

	ring->in_cons += len;
	/* The copies above are done before the backend may reuse the room. */
	virt_store_release(&page->in_cons, ring->in_cons);

	return len;
}

/**
 * xencons_ring_progress() - did the backend move since the last call?
 * @ring: attached; the caller serialises
 *
 * Used to tell an event that says something from a spurious one.
 *
 * Return: true if either of the backend's indices has changed.
 */
bool xencons_ring_progress(struct xencons_ring *ring)
{
	u32 in_prod = READ_ONCE(ring->page->in_prod);
	u32 out_cons = READ_ONCE(ring->page->out_cons);
	bool moved;

	moved = in_prod != ring->seen_in_prod ||
		out_cons != ring->seen_out_cons;
	ring->seen_in_prod = in_prod;
	ring->seen_out_cons = out_cons;

	return moved;
}
