/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rings through which two domains exchange requests and responses.
 *
 * Xen's public/io/ring.h. The page in shared memory (sring) has an array of
 * slots, and how far either side has got: req_prod and rsp_prod count what was
 * put in, req_event and rsp_event say after how many the other side wants to be
 * notified. Counters run freely. Each side keeps its own position in a private
 * structure; the frontend puts requests and takes responses, the backend the
 * other way round, and a response takes the slot of a request.
 *
 * The other side can write to shared memory at any time. So copy a slot with
 * RING_COPY_*() before looking at it, and check a counter with *_OVERFLOW().
 */
#ifndef _XEN_INTERFACE_IO_RING_H
#define _XEN_INTERFACE_IO_RING_H

#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/barrier.h>

#include <xen/interface/grant_table.h>
#include <xen/page.h>

typedef unsigned int RING_IDX;

/*
 * The largest power of two that is not above _n: an expression of constants
 * where _n is one, so that it can size an array, and good for variables too.
 */
#define __RING_STEP(_n, _k, _else)	((_n) >> (_k) ? 1UL << (_k) : (_else))
#define __RING_POW2_4(_n)						\
	__RING_STEP(_n, 4, __RING_STEP(_n, 3, __RING_STEP(_n, 2,	\
	__RING_STEP(_n, 1, 1UL))))
#define __RING_POW2_8(_n)						\
	__RING_STEP(_n, 8, __RING_STEP(_n, 7, __RING_STEP(_n, 6,	\
	__RING_STEP(_n, 5, __RING_POW2_4(_n)))))
#define __RING_POW2(_n)							\
	__RING_STEP(_n, 13, __RING_STEP(_n, 12, __RING_STEP(_n, 11,	\
	__RING_STEP(_n, 10, __RING_STEP(_n, 9, __RING_POW2_8(_n))))))

/* Slots in a shared ring of _sz bytes: as many as fit, a power of two */
#define __CONST_RING_SIZE(_s, _sz)					\
	__RING_POW2(((_sz) - sizeof(struct _s##_sring)) /		\
		    sizeof(union _s##_sring_entry))
#define __RING_SIZE(_s, _sz)						\
	rounddown_pow_of_two(((_sz) - sizeof(*(_s))) / sizeof((_s)->ring[0]))

/*
 * DEFINE_RING_TYPES(x, struct req, struct rsp) makes struct x_sring for shared
 * memory, and struct x_front_ring and x_back_ring for either side.
 */
#define DEFINE_RING_TYPES(__name, __req_t, __rsp_t)			\
union __name##_sring_entry {						\
	__req_t req;							\
	__rsp_t rsp;							\
};									\
									\
struct __name##_sring {							\
	RING_IDX req_prod, req_event;					\
	RING_IDX rsp_prod, rsp_event;					\
	uint8_t __pad[48];						\
	union __name##_sring_entry ring[];				\
};									\
									\
struct __name##_front_ring {						\
	RING_IDX req_prod_pvt;						\
	RING_IDX rsp_cons;						\
	unsigned int nr_ents;						\
	struct __name##_sring *sring;					\
};									\
									\
struct __name##_back_ring {						\
	RING_IDX rsp_prod_pvt;						\
	RING_IDX req_cons;						\
	unsigned int nr_ents;						\
	struct __name##_sring *sring;					\
}

/* Setting up: the frontend initialises the page, both attach to it. */

#define SHARED_RING_INIT(_s) do {					\
	typeof(_s) __s = (_s);						\
									\
	memset(__s, 0, sizeof(*__s));					\
	__s->req_event = 1;						\
	__s->rsp_event = 1;						\
} while (0)

#define FRONT_RING_ATTACH(_r, _s, _i, __size)				\
	(*(_r) = (typeof(*(_r))) {					\
		.req_prod_pvt = (_i),					\
		.rsp_cons = (_i),					\
		.nr_ents = __RING_SIZE(_s, __size),			\
		.sring = (_s),						\
	})

#define BACK_RING_ATTACH(_r, _s, _i, __size)				\
	(*(_r) = (typeof(*(_r))) {					\
		.rsp_prod_pvt = (_i),					\
		.req_cons = (_i),					\
		.nr_ents = __RING_SIZE(_s, __size),			\
		.sring = (_s),						\
	})

#define FRONT_RING_INIT(_r, _s, __size)	FRONT_RING_ATTACH(_r, _s, 0, __size)
#define BACK_RING_INIT(_r, _s, __size)	BACK_RING_ATTACH(_r, _s, 0, __size)

#define XEN_FRONT_RING_INIT(_r, _s, __size) do {			\
	SHARED_RING_INIT(_s);						\
	FRONT_RING_INIT(_r, _s, __size);				\
} while (0)

/* Slots: there are, and free for the frontend */

#define RING_SIZE(_r)		((_r)->nr_ents)
#define RING_FREE_REQUESTS(_r)	\
	(RING_SIZE(_r) - ((_r)->req_prod_pvt - (_r)->rsp_cons))
#define RING_FULL(_r)		(!RING_FREE_REQUESTS(_r))

/* What waits to be taken. A backend has to leave room for its responses. */

#define XEN_RING_NR_UNCONSUMED_RESPONSES(_r)				\
	(READ_ONCE((_r)->sring->rsp_prod) - (_r)->rsp_cons)

#define XEN_RING_NR_UNCONSUMED_REQUESTS(_r)				\
	min(READ_ONCE((_r)->sring->req_prod) - (_r)->req_cons,		\
	    RING_SIZE(_r) - ((_r)->req_cons - (_r)->rsp_prod_pvt))

#define RING_HAS_UNCONSUMED_RESPONSES(_r)	\
	(XEN_RING_NR_UNCONSUMED_RESPONSES(_r) != 0)
#define RING_HAS_UNCONSUMED_REQUESTS(_r)	\
	(XEN_RING_NR_UNCONSUMED_REQUESTS(_r) != 0)

/* Counters that an honest other side never shows */

#define RING_REQUEST_PROD_OVERFLOW(_r, _prod)				\
	((_prod) - (_r)->rsp_prod_pvt > RING_SIZE(_r))
#define RING_REQUEST_CONS_OVERFLOW(_r, _cons)				\
	((_cons) - (_r)->rsp_prod_pvt >= RING_SIZE(_r))
#define RING_RESPONSE_PROD_OVERFLOW(_r, _prod)				\
	((_prod) - (_r)->rsp_cons > RING_SIZE(_r))

/* A slot in shared memory, for writing; and a copy of one, for reading */

#define __RING_SLOT(_r, _idx)		\
	((_r)->sring->ring[(_idx) & (RING_SIZE(_r) - 1)])
#define RING_GET_REQUEST(_r, _idx)	(&__RING_SLOT(_r, _idx).req)
#define RING_GET_RESPONSE(_r, _idx)	(&__RING_SLOT(_r, _idx).rsp)

/*
 * The compiler must not read shared memory a second time. A slot can also hold
 * something else than what the ring was defined with: the type is that of _dest.
 */
#define __RING_COPY(_dest, _slot)	\
	(*(_dest) = __READ_ONCE(*(typeof(_dest))(_slot)))
#define RING_COPY_REQUEST(_r, _idx, _req)	\
	__RING_COPY(_req, RING_GET_REQUEST(_r, _idx))
#define RING_COPY_RESPONSE(_r, _idx, _rsp)	\
	__RING_COPY(_rsp, RING_GET_RESPONSE(_r, _idx))

/* Pushing: slots first, then the counter. */

#define RING_PUSH_REQUESTS(_r) do {					\
	/* slots before counter */					\
	virt_wmb();							\
	WRITE_ONCE((_r)->sring->req_prod, (_r)->req_prod_pvt);		\
} while (0)

#define RING_PUSH_RESPONSES(_r) do {					\
	/* slots before counter */					\
	virt_wmb();							\
	WRITE_ONCE((_r)->sring->rsp_prod, (_r)->rsp_prod_pvt);		\
} while (0)

/*
 * Does the other side want to hear of what was just pushed? It does if the slot
 * after which it asked to be notified is among the new ones.
 */
static inline bool __ring_must_notify(RING_IDX old, RING_IDX new,
				      const RING_IDX *event)
{
	/* our counter before its wish; pairs with its *_FINAL_CHECK_*() */
	virt_mb();
	return new - READ_ONCE(*event) < new - old;
}

#define RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(_r, _notify) do {		\
	RING_IDX __old = READ_ONCE((_r)->sring->req_prod);		\
									\
	RING_PUSH_REQUESTS(_r);						\
	(_notify) = __ring_must_notify(__old, (_r)->req_prod_pvt,	\
				       &(_r)->sring->req_event);	\
} while (0)

#define RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(_r, _notify) do {		\
	RING_IDX __old = READ_ONCE((_r)->sring->rsp_prod);		\
									\
	RING_PUSH_RESPONSES(_r);					\
	(_notify) = __ring_must_notify(__old, (_r)->rsp_prod_pvt,	\
				       &(_r)->sring->rsp_event);	\
} while (0)

/* Before going to sleep: ask to be notified, then look once more. */

#define RING_FINAL_CHECK_FOR_REQUESTS(_r, _work_to_do) do {		\
	(_work_to_do) = RING_HAS_UNCONSUMED_REQUESTS(_r);		\
	if (!(_work_to_do)) {						\
		WRITE_ONCE((_r)->sring->req_event, (_r)->req_cons + 1);	\
		/* our wish before its counter */			\
		virt_mb();						\
		(_work_to_do) = RING_HAS_UNCONSUMED_REQUESTS(_r);	\
	}								\
} while (0)

#define RING_FINAL_CHECK_FOR_RESPONSES(_r, _work_to_do) do {		\
	(_work_to_do) = RING_HAS_UNCONSUMED_RESPONSES(_r);		\
	if (!(_work_to_do)) {						\
		WRITE_ONCE((_r)->sring->rsp_event, (_r)->rsp_cons + 1);	\
		/* our wish before its counter */			\
		virt_mb();						\
		(_work_to_do) = RING_HAS_UNCONSUMED_RESPONSES(_r);	\
	}								\
} while (0)

/*
 * Rings of bytes, of any order of pages: one half is "in", the other "out". The
 * counters stand in a page of their own, with the references of the data pages.
 */

#define XEN_FLEX_RING_SIZE(order)	(XEN_PAGE_SIZE << (order) >> 1)

/* Copy @size bytes from position @at of a ring on, around its end. */
static inline void xen_flex_ring_read(void *to, const void *ring, size_t size,
				      RING_IDX at, RING_IDX ring_size)
{
	size_t head = min_t(size_t, size, ring_size - at);

	memcpy(to, ring + at, head);
	memcpy(to + head, ring, size - head);
}

static inline void xen_flex_ring_write(void *ring, const void *from,
				       size_t size, RING_IDX at,
				       RING_IDX ring_size)
{
	size_t head = min_t(size_t, size, ring_size - at);

	memcpy(ring + at, from, head);
	memcpy(ring, from + head, size - head);
}

static inline RING_IDX xen_flex_ring_queued(RING_IDX prod, RING_IDX cons,
					    RING_IDX ring_size)
{
	RING_IDX queued = (prod - cons) & (ring_size - 1);

	/* All of the ring and nothing of it look the same modulo its size. */
	return queued || prod == cons ? queued : ring_size;
}

#define DEFINE_XEN_FLEX_RING(name)					\
static inline RING_IDX name##_mask(RING_IDX idx, RING_IDX ring_size)	\
{									\
	return idx & (ring_size - 1);					\
}									\
									\
static inline unsigned char *name##_get_ring_ptr(unsigned char *buf,	\
						 RING_IDX idx,		\
						 RING_IDX ring_size)	\
{									\
	return &buf[name##_mask(idx, ring_size)];			\
}									\
									\
static inline void name##_read_packet(void *opaque,			\
				      const unsigned char *buf,		\
				      size_t size,			\
				      RING_IDX masked_prod,		\
				      RING_IDX *masked_cons,		\
				      RING_IDX ring_size)		\
{									\
	xen_flex_ring_read(opaque, buf, size, *masked_cons, ring_size);	\
	*masked_cons = name##_mask(*masked_cons + size, ring_size);	\
}									\
									\
static inline void name##_write_packet(unsigned char *buf,		\
				       const void *opaque,		\
				       size_t size,			\
				       RING_IDX *masked_prod,		\
				       RING_IDX masked_cons,		\
				       RING_IDX ring_size)		\
{									\
	xen_flex_ring_write(buf, opaque, size, *masked_prod, ring_size);	\
	*masked_prod = name##_mask(*masked_prod + size, ring_size);	\
}									\
									\
static inline RING_IDX name##_queued(RING_IDX prod, RING_IDX cons,	\
				     RING_IDX ring_size)		\
{									\
	return xen_flex_ring_queued(prod, cons, ring_size);		\
}									\
									\
struct name##_data {							\
	unsigned char *in;						\
	unsigned char *out;						\
}

#define DEFINE_XEN_FLEX_RING_AND_INTF(name)				\
struct name##_data_intf {						\
	RING_IDX in_cons, in_prod;					\
	uint8_t pad1[56];						\
	RING_IDX out_cons, out_prod;					\
	uint8_t pad2[56];						\
	RING_IDX ring_order;						\
	grant_ref_t ref[];						\
};									\
DEFINE_XEN_FLEX_RING(name)

#endif /* _XEN_INTERFACE_IO_RING_H */
