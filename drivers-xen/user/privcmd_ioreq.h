/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of a guest's vCPUs that are answered in the kernel: privcmd_ioreq.c and its
 * tests.
 */
#ifndef _XEN_PRIVCMD_IOREQ_H
#define _XEN_PRIVCMD_IOREQ_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

struct eventfd_ctx;
struct ioreq;
struct privcmd_ioreq;
struct privcmd_mapping;

/**
 * struct privcmd_event - an eventfd, and what is a signal for it
 * @list: on privcmd_ioreq.events
 * @eventfd: the eventfd
 * @addr: where the device's registers begin in the guest
 * @size: bytes of the write
 * @queue: number of the queue that is written
 */
struct privcmd_event {
	struct list_head list;
	struct eventfd_ctx *eventfd;
	u64 addr;
	u32 size;
	u32 queue;
};

/**
 * struct privcmd_port - of a vCPU
 * @ioreq: whose
 * @slot: where its requests lie
 * @evtchn: the port on which it tells and is told; it goes in a suspend
 * @irq: its interrupt
 */
struct privcmd_port {
	struct privcmd_ioreq *ioreq;
	struct ioreq *slot;
	evtchn_port_t evtchn;
	unsigned int irq;
};

/**
 * struct privcmd_ioreq - page and ports of an ioreq server of Xen's
 * @list: on privcmd_file.ioreqs
 * @addr: where user space has mapped the page, which is how it is known
 * @domid: whose requests
 * @restricted: the file can be used on that domain only, and so may the ports
 * @mapping: keeps the pages
 * @lock: @events; taken in interrupts
 * @events: who is signalled
 * @vcpus: vCPUs of the domain
 * @ports: one for each
 */
struct privcmd_ioreq {
	struct list_head list;
	u64 addr;
	domid_t domid;
	bool restricted;
	struct privcmd_mapping *mapping;
	/* The list. */
	spinlock_t lock;
	struct list_head events;
	unsigned int vcpus;
	struct privcmd_port ports[] __counted_by(vcpus);
};

void privcmd_signal(struct privcmd_event *ev);
bool privcmd_answer_ioreq(struct privcmd_ioreq *ioreq, struct ioreq *slot);
int privcmd_bind_ports(struct privcmd_ioreq *ioreq, const u32 *ports);
void privcmd_unbind_ports(struct privcmd_ioreq *ioreq, unsigned int nr);

#endif /* _XEN_PRIVCMD_IOREQ_H */
