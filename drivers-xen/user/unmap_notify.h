/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a program can ask /dev/xen/gntdev and /dev/xen/gntalloc to do when a page is no
 * longer mapped, be it that the program has died: clear a byte, send an event.
 *
 * Include it behind the device's uapi header.
 */
#ifndef _XEN_USER_UNMAP_NOTIFY_H
#define _XEN_USER_UNMAP_NOTIFY_H

#include <linux/errno.h>
#include <linux/types.h>

#include <xen/events.h>

/**
 * struct unmap_notify - what to do
 * @action: UNMAP_NOTIFY_*
 * @offset: the byte to clear, from the start of what is mapped
 * @irq: interrupt of the port to send an event through, with a reference of ours. The
 *	number of the port may be another's after a suspend
 */
struct unmap_notify {
	u32 action;
	unsigned long offset;
	unsigned int irq;
};

/* May sleep. 0 or -EINVAL: unknown action, or not a port of /dev/xen/evtchn. */
static inline int unmap_notify_get(struct unmap_notify *notify, u32 action,
				   unsigned long offset, evtchn_port_t port)
{
	*notify = (struct unmap_notify){
		.action = action,
		.offset = offset,
	};
	if (action & ~(UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT))
		return -EINVAL;
	if (!(action & UNMAP_NOTIFY_SEND_EVENT))
		return 0;
	if (evtchn_get(port))
		return -EINVAL;
	notify->irq = irq_from_evtchn(port);
	return 0;
}

/* May sleep. Nothing is sent; the port may be closed by this. */
static inline void unmap_notify_put(const struct unmap_notify *notify)
{
	if (notify->action & UNMAP_NOTIFY_SEND_EVENT)
		xen_irq_put(notify->irq);
}

/* May sleep. The event is sent, once, and the port let go. */
static inline void unmap_notify_send(struct unmap_notify *notify)
{
	if (notify->action & UNMAP_NOTIFY_SEND_EVENT)
		notify_remote_via_irq(notify->irq);
	unmap_notify_put(notify);
	notify->action = 0;
}

#endif /* _XEN_USER_UNMAP_NOTIFY_H */
