/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page that a domain shares with its console's backend.
 *
 * Xen's public/io/console.h. "in" is what was typed, "out" what the kernel
 * prints. Indices run freely.
 */
#ifndef _XEN_INTERFACE_IO_CONSOLE_H
#define _XEN_INTERFACE_IO_CONSOLE_H

#include <linux/build_bug.h>
#include <linux/types.h>

typedef uint32_t XENCONS_RING_IDX;

#define MASK_XENCONS_IDX(idx, ring)	((idx) & (sizeof(ring) - 1))

struct xencons_interface {
	char in[1024];
	char out[2048];
	XENCONS_RING_IDX in_cons, in_prod;
	XENCONS_RING_IDX out_cons, out_prod;
};

static_assert(sizeof(struct xencons_interface) == 3088);

#endif /* _XEN_INTERFACE_IO_CONSOLE_H */
