/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bounce buffers of PV guests are gone; generic code includes this by name.
 */
#ifndef _XEN_SWIOTLB_XEN_H
#define _XEN_SWIOTLB_XEN_H

#include <linux/swiotlb.h>
#include <asm/xen/swiotlb-xen.h>

#endif /* _XEN_SWIOTLB_XEN_H */
