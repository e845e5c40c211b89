/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Xen console: what the files of this directory share.
 *
 * There are two kinds of console. A ring console is one page shared with a
 * daemon in another domain (io/console.h of the Xen interface); every domU has
 * one, described by two HVM parameters, and may get more through xenstore. A
 * hypervisor console is Xen's own, reached by the console_io hypercall; the
 * first domain has it.
 *
 * Path of a byte that is written:  hvc core -> hvc.c -> ring.c -> event
 * Path of a byte that is read:     event -> hvc.c -> hvc core -> hvc.c -> ring.c
 *
 * Lock order: the hvc core's hvc_struct.lock, then xencons.lock. Both are taken
 * with interrupts off. Nothing is printed with either of them held, save through
 * printk_deferred().
 */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

#include <linux/kconfig.h>
#include <linux/spinlock.h>
#include <linux/stdarg.h>
#include <linux/types.h>

#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/io/console.h>

#include "../../tty/hvc/hvc_console.h"

/* "Xen": the hvc terminal number of console 0; console N has this plus N. */
#define XENCONS_COOKIE	0x58656e

/**
 * struct xencons_ring - our end of a console page
 * @page: shared; the backend may change any byte of it at any time
 * @in_cons: next input byte to take. Ours: never read back from @page
 * @out_prod: next output byte that no writer has taken. Ours: never read back from
 *	@page
 * @seen_in_prod: the backend's input index when progress was last looked at
 * @seen_out_cons: likewise its output index
 * @broken: the backend set an index that cannot be; nothing is read or written
 *	until the ring is attached anew
 */
struct xencons_ring {
	struct xencons_interface *page;
	u32 in_cons;
	u32 out_prod;
	u32 seen_in_prod;
	u32 seen_out_cons;
	bool broken;
};

/*
 * ring.c: no locks of its own, the caller serialises; put and space can do without, see
 * there. The last one is for the tests.
 */
void xencons_ring_attach(struct xencons_ring *ring,
			 struct xencons_interface *page);
int xencons_ring_space(struct xencons_ring *ring);
int xencons_ring_put(struct xencons_ring *ring, const u8 *buf, size_t len);
int xencons_ring_get(struct xencons_ring *ring, u8 *buf, size_t len);
bool xencons_ring_progress(struct xencons_ring *ring);
#if IS_ENABLED(CONFIG_KUNIT)
void xencons_ring_copy(struct xencons_ring *ring, u32 prod, const u8 *buf,
		       size_t len);
#endif

/**
 * struct xencons - one console
 * @ring: its page; unused by a hypervisor console
 * @lock: protects @ring and @reported; a leaf, taken with interrupts off
 * @hvc: the terminal of the hvc core, NULL until xencons_add()
 * @vtermno: the number under which the hvc core calls us; constant
 * @evtchn: local port, 0 if there is none; constant while @irq is not bound
 * @irq: bound to @evtchn, or 0: then the hvc core polls
 * @blocked: the last write found the ring full. Written by writers, a hint only
 * @stalled: the ring stayed full for so long that kernel messages are dropped
 *	until the backend takes bytes again. A hint only
 * @reported: the one message about a broken ring was printed
 * @lock_dead: while the machine went down, @lock was not to be had. A hint only
 */
struct xencons {
	struct xencons_ring ring;
	raw_spinlock_t lock;
	struct hvc_struct *hvc;
	u32 vtermno;
	evtchn_port_t evtchn;
	int irq;
	bool blocked;
	bool stalled;
	bool reported;
	bool lock_dead;
};

/* hvc.c */
extern const struct hv_ops xencons_ring_ops;

void xencons_init(struct xencons *cons, unsigned int nr);
void xencons_attach(struct xencons *cons, struct xencons_interface *page);
void xencons_detach(struct xencons *cons);
int xencons_publish(struct xencons *cons);
int xencons_add(struct xencons *cons, const struct hv_ops *ops);
void xencons_remove(struct xencons *cons);
int xencons_bind(struct xencons *cons);
void xencons_notify(struct xencons *cons);
ssize_t xencons_write(struct xencons *cons, const u8 *buf, size_t len);
ssize_t xencons_read(struct xencons *cons, u8 *buf, size_t len);

/* early.c */
size_t xencons_format(char *buf, size_t size, const char *fmt, va_list args);

/* frontend.c */
#ifdef CONFIG_HVC_XEN_FRONTEND
int xencons_frontend_register(void);
#else
static inline int xencons_frontend_register(void)
{
	return 0;
}
#endif

#endif /* XEN_CONSOLE_H */
