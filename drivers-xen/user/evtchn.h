/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/evtchn: event channels for programs. What its files share:
 *
 *	evtchn.c	the device: reading and writing
 *	evtchn_bind.c	ports: what the ioctls do
 *	evtchn_ring.c	events that are to be read
 */
#ifndef _XEN_USER_EVTCHN_H
#define _XEN_USER_EVTCHN_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

#include "evtchn_ring.h"

/**
 * struct evtchn_file - an open /dev/xen/evtchn
 * @lock: @ports, @nr_ports, @only; not held while user memory is touched
 * @ports: of struct user_port, by number
 * @nr_ports: how many
 * @only: the one domain to which channels may be bound, or DOMID_INVALID for any
 * @ring: events to be read
 * @wait: where readers wait for them
 * @fasync: who is sent a signal
 * @name: of the interrupts
 */
struct evtchn_file {
	/* What is bound. */
	struct mutex lock;
	struct xarray ports;
	unsigned int nr_ports;
	domid_t only;

	struct evtchn_ring ring;
	wait_queue_head_t wait;
	struct fasync_struct *fasync;
	char *name;
};

/**
 * struct user_port - a port of a file
 * @file: the file
 * @port: its number
 * @irq: its interrupt
 * @held: masked until the program writes @port back
 */
struct user_port {
	struct evtchn_file *file;
	evtchn_port_t port;
	unsigned int irq;
	bool held;
};

/* evtchn.c; for the tests */
extern const struct file_operations evtchn_file_ops;

/* evtchn_bind.c */
long evtchn_ioctl(struct file *filp, unsigned int cmd, unsigned long uarg);
void evtchn_finish(struct evtchn_file *file, const u32 *ports, unsigned int nr);
void evtchn_unbind_all(struct evtchn_file *file);

#endif /* _XEN_USER_EVTCHN_H */
