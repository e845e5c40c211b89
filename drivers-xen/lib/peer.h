/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where queues touch grants and event channels, for tests to stand in.
 */
#ifndef _XEN_DRVLIB_PEER_H
#define _XEN_DRVLIB_PEER_H

#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include "queue.h"

#if IS_ENABLED(CONFIG_KUNIT)
/* queue.c */
void xen_queue_enable_irq(struct xen_queue *q, unsigned int port);
void xen_queue_disable_irq(struct xen_queue *q, unsigned int port);
/* queue_share.c */
int xen_queue_setup_ring(struct xen_queue *q, unsigned int ring);
void xen_queue_teardown_ring(struct xen_queue *q, unsigned int ring);
int xen_queue_open_port(struct xen_queue *q, unsigned int port);
int xen_queue_request_irq(struct xen_queue *q, unsigned int port,
			  irq_handler_t handler);
void xen_queue_free_irq(struct xen_queue *q, unsigned int port);
/* queue_map.c */
int xen_queue_map_ring(struct xen_queue *q, unsigned int ring);
void xen_queue_unmap_ring(struct xen_queue *q, unsigned int ring);
int xen_queue_bind_port(struct xen_queue *q, unsigned int port,
			irq_handler_t handler);
void xen_queue_unbind_port(struct xen_queue *q, unsigned int port);
#endif

#endif
