/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Xen's side of event channels, as far as the tests need it: ports, both ABIs,
 * and the hypercalls. Written from the interface, not from our own side of it.
 */
#ifndef _XEN_FAKE_EVTCHN_H
#define _XEN_FAKE_EVTCHN_H

#include <kunit/test.h>
#include <linux/interrupt.h>

#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

#include "../events/events.h"
#include "fake_domains.h"

#define FAKE_PORTS	2500
#define FAKE_VCPUS	16
#define FAKE_PAGES	4
#define FAKE_OPS	16
#define FAKE_PEER_PORTS	64

/* How long a test waits for what must come */
#define FAKE_PATIENCE	(20 * HZ)

struct fake_queue {
	evtchn_port_t tail;
};

/*
 * @remote_dom: who may bind it, or has
 * @remote_port: the other end; 0 for none, or for one that nobody looks at
 * @last: queue it was put into last, even if the port was closed since
 * @missed: there was an event when there was no word to note it in
 */
struct fake_port {
	unsigned int status;
	unsigned int vcpu;
	unsigned int virq;
	unsigned int priority;
	domid_t remote_dom;
	evtchn_port_t remote_port;
	struct fake_queue *last;
	bool missed;
};

/* A port of the other domain, whose other end is always ours. */
struct fake_peer_port {
	unsigned int status;
	evtchn_port_t remote_port;
	unsigned int events;
};

/**
 * struct fake_xen - one domain's event channels
 * @lock:	guards all of it
 * @fifo:	the domain has called init_control
 * @fail:	error that an operation returns instead of being done
 * @spare:	so many of @calls are done before @fail is obeyed
 * @calls:	how often an operation was asked for
 * @port:	state of the ports
 * @peer:	ports of the other domain
 * @peer_offers_all: a port of the other domain can be bound without being there
 * @array:	the pages of the event array
 * @nr_pages:	how many of @array there are
 * @control:	control block of each vCPU
 * @queue:	ends of the queues of each vCPU
 * @vcpu:	vcpu_info of each vCPU
 * @shared:	shared_info
 * @now:	time for those who wait for their EOI; stands still otherwise
 * @old_vcpu:	xen_vcpu of each CPU before the test
 * @old_vcpu_id:	xen_vcpu_id of each CPU before the test
 * @old_shared:	HYPERVISOR_shared_info before the test
 * @old_vector:	xen_have_vector_callback before the test
 * @old_fifo_events:	xen.fifo_events before the test
 */
struct fake_xen {
	raw_spinlock_t lock;
	bool fifo;
	int fail[FAKE_OPS];
	unsigned int spare[FAKE_OPS];
	unsigned int calls[FAKE_OPS];
	struct fake_port port[FAKE_PORTS];
	struct fake_peer_port peer[FAKE_PEER_PORTS];
	bool peer_offers_all;
	event_word_t *array[FAKE_PAGES];
	unsigned int nr_pages;
	struct evtchn_fifo_control_block *control[FAKE_VCPUS];
	struct fake_queue queue[FAKE_VCPUS][EVTCHN_FIFO_MAX_QUEUES];
	struct vcpu_info *vcpu;
	struct shared_info *shared;
	u64 now;

	struct vcpu_info *old_vcpu[FAKE_VCPUS];
	u32 old_vcpu_id[FAKE_VCPUS];
	struct shared_info *old_shared;
	bool old_vector, old_fifo_events;
};

/* Of the test that runs. There is one at a time. */
extern struct fake_xen *fake;

int fake_xen_start(struct kunit *test, bool fifo);
int fake_xen_init(struct kunit *test);
void fake_xen_exit(struct kunit *test);
const void *fake_abi_gen(const void *prev, char *desc);

/* The other domain: 0 or false for what Xen does not let it do */
evtchn_port_t fake_peer_alloc(void);
evtchn_port_t fake_peer_bind(evtchn_port_t remote);
bool fake_peer_send(evtchn_port_t port);
void fake_peer_close(evtchn_port_t port);
/* Events since the last time it was asked */
unsigned int fake_peer_events(evtchn_port_t port);

/* A port of ours that has another end, somewhere */
evtchn_port_t fake_open(void);
bool fake_raise(evtchn_port_t port);
void fake_raise_virq(unsigned int virq, unsigned int cpu);
void fake_reset(void);
int fake_upcall(void);
int fake_upcall_on(struct kunit *test, unsigned int cpu);
bool fake_upcall_wanted(unsigned int cpu);
bool fake_run_until(struct kunit *test, bool (*cond)(void *arg), void *arg);
void fake_time_runs(bool runs);
void fake_advance(unsigned int cpu, u64 jiffies);

/* The hypercall */
int fake_event_op(int cmd, void *arg);

/* fake_bits.c, all but the first under the lock */
event_word_t *fake_word(evtchn_port_t port);
void fake_bits_to_fifo(void);
void fake_bits_add_page(event_word_t *words);
void fake_bits_raise(evtchn_port_t port);
void fake_bits_unmask(evtchn_port_t port);
void fake_bits_forget(evtchn_port_t port);

#endif /* _XEN_FAKE_EVTCHN_H */
