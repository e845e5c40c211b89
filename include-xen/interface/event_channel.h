/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event channels. Xen's public/event_channel.h.
 *
 * A port is a small number that names one end of an event channel in a domain.
 * In each structure the members before the blank line are given to Xen, those
 * after it are its answer.
 */
#ifndef _XEN_INTERFACE_EVENT_CHANNEL_H
#define _XEN_INTERFACE_EVENT_CHANNEL_H

#include <linux/build_bug.h>
#include <xen/interface/xen.h>

typedef uint32_t evtchn_port_t;
DEFINE_GUEST_HANDLE(evtchn_port_t);

#define EVTCHNOP_bind_interdomain	0
#define EVTCHNOP_bind_virq		1
#define EVTCHNOP_bind_pirq		2
#define EVTCHNOP_close			3
#define EVTCHNOP_send			4
#define EVTCHNOP_status			5
#define EVTCHNOP_alloc_unbound		6
#define EVTCHNOP_bind_ipi		7
#define EVTCHNOP_bind_vcpu		8
#define EVTCHNOP_unmask			9
#define EVTCHNOP_reset			10
#define EVTCHNOP_init_control		11
#define EVTCHNOP_expand_array		12
#define EVTCHNOP_set_priority		13

/* Open a port in dom to which remote_dom may connect. */
struct evtchn_alloc_unbound {
	domid_t dom, remote_dom;

	evtchn_port_t port;
};

/* Connect to a port that remote_dom has opened for us. */
struct evtchn_bind_interdomain {
	domid_t remote_dom;
	evtchn_port_t remote_port;

	evtchn_port_t local_port;
};

/* Open a port for a virtual interrupt. Where vcpu matters, it cannot be moved. */
struct evtchn_bind_virq {
	uint32_t virq;
	uint32_t vcpu;

	evtchn_port_t port;
};

#define BIND_PIRQ__WILL_SHARE	1

/* Open a port for a physical interrupt. */
struct evtchn_bind_pirq {
	uint32_t pirq;
	uint32_t flags;

	evtchn_port_t port;
};

/* Open a port whose events go to a vCPU of this domain. */
struct evtchn_bind_ipi {
	uint32_t vcpu;

	evtchn_port_t port;
};

/* Close a port; the other end becomes unbound. */
struct evtchn_close {
	evtchn_port_t port;
};

/* Send an event to the other end. */
struct evtchn_send {
	evtchn_port_t port;
};

#define EVTCHNSTAT_closed	0
#define EVTCHNSTAT_unbound	1
#define EVTCHNSTAT_interdomain	2
#define EVTCHNSTAT_pirq		3
#define EVTCHNSTAT_virq		4
#define EVTCHNSTAT_ipi		5

/* Ask what a port is, and to which vCPU its events go. */
struct evtchn_status {
	domid_t dom;
	evtchn_port_t port;

	uint32_t status;
	uint32_t vcpu;
	union {
		struct {
			domid_t dom;
		} unbound;
		struct {
			domid_t dom;
			evtchn_port_t port;
		} interdomain;
		uint32_t pirq;
		uint32_t virq;
	} u;
};

/* Have the events of a port go to another vCPU. */
struct evtchn_bind_vcpu {
	evtchn_port_t port;
	uint32_t vcpu;
};

/* Unmask a port, with an upcall for what came in the meantime. */
struct evtchn_unmask {
	evtchn_port_t port;
};

/* Close all ports of a domain and go back to the 2-level ABI. */
struct evtchn_reset {
	domid_t dom;
};
typedef struct evtchn_reset evtchn_reset_t;

/* FIFO: give Xen a vCPU's control block. link_bits is Xen's answer. */
struct evtchn_init_control {
	uint64_t control_gfn;
	uint32_t offset;
	uint32_t vcpu;

	uint8_t link_bits;
	uint8_t _pad[7];
};

/* FIFO: give Xen one more page of event words. */
struct evtchn_expand_array {
	uint64_t array_gfn;
};

/* FIFO: change a port's priority. */
struct evtchn_set_priority {
	evtchn_port_t port;
	uint32_t priority;
};

static_assert(sizeof(struct evtchn_alloc_unbound) == 8);
static_assert(sizeof(struct evtchn_bind_interdomain) == 12);
static_assert(sizeof(struct evtchn_status) == 24);
static_assert(sizeof(struct evtchn_init_control) == 24);

/* Ports that the 2-level ABI has: a bit for each in shared_info */
#define EVTCHN_2L_NR_CHANNELS	(sizeof(xen_ulong_t) * sizeof(xen_ulong_t) * 64)

/* Lower numbers go first. Each priority of a vCPU has a queue of its own. */
#define EVTCHN_FIFO_PRIORITY_MAX	0
#define EVTCHN_FIFO_PRIORITY_DEFAULT	7
#define EVTCHN_FIFO_PRIORITY_MIN	15
#define EVTCHN_FIFO_MAX_QUEUES		(EVTCHN_FIFO_PRIORITY_MIN + 1)

/* There is an event word for each port: bits, and a link to the next in line */
typedef uint32_t event_word_t;

#define EVTCHN_FIFO_PENDING	31
#define EVTCHN_FIFO_MASKED	30
#define EVTCHN_FIFO_LINKED	29
#define EVTCHN_FIFO_BUSY	28
#define EVTCHN_FIFO_LINK_BITS	17
#define EVTCHN_FIFO_LINK_MASK	((1 << EVTCHN_FIFO_LINK_BITS) - 1)

#define EVTCHN_FIFO_NR_CHANNELS	(1 << EVTCHN_FIFO_LINK_BITS)

/* Shared with each vCPU: which queues have events, and where they begin */
struct evtchn_fifo_control_block {
	uint32_t ready;
	uint32_t _rsvd;
	event_word_t head[EVTCHN_FIFO_MAX_QUEUES];
};

static_assert(sizeof(struct evtchn_fifo_control_block) == 72);

#endif /* _XEN_INTERFACE_EVENT_CHANNEL_H */
