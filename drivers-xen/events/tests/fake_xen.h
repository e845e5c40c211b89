/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Xen's side of event channels, as far as the tests need it: ports, both ABIs,
 * and the hypercalls. Written from the interface, not from our own side of it.
 */
#ifndef _XEN_EVENTS_FAKE_XEN_H
#define _XEN_EVENTS_FAKE_XEN_H

#include <kunit/test.h>
#include <linux/interrupt.h>

#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

#include "../events.h"

#define FAKE_PORTS	2500
#define FAKE_VCPUS	16
#define FAKE_PAGES	4
#define FAKE_OPS	16

/* A domain that offers any port to whoever asks */
#define FAKE_PEER	7

struct fake_queue {
	evtchn_port_t tail;
};

/* @last: queue it was put into last, even if the port was closed since */
struct fake_port {
	unsigned int status;
	unsigned int vcpu;
	unsigned int virq;
	unsigned int priority;
	struct fake_queue *last;
};

/**
 * struct fake_xen - one domain's event channels
 * @lock:	guards all of it
 * @fifo:	the domain has called init_control
 * @fail:	error that an operation returns instead of being done
 * @spare:	so many of @calls are done before @fail is obeyed
 * @calls:	how often an operation was asked for
 * @port:	state of the ports
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

/**
 * struct sink - what a handler has seen
 * @count:	events
 * @cpu:	CPU of the last one
 * @stamp:	number of the last one among those of all sinks
 * @hook:	called for each event
 * @port:	for @hook
 * @irq:	for @hook
 */
struct sink {
	unsigned int count;
	unsigned int cpu;
	unsigned int stamp;
	void (*hook)(struct sink *s);
	evtchn_port_t port;
	int irq;
};

/* Of the test that runs. There is one at a time. */
extern struct fake_xen *fake;

int fake_xen_start(struct kunit *test, bool fifo);
int fake_xen_init(struct kunit *test);
void fake_xen_exit(struct kunit *test);
const void *fake_abi_gen(const void *prev, char *desc);

evtchn_port_t fake_open(void);
bool fake_raise(evtchn_port_t port);
void fake_raise_virq(unsigned int virq, unsigned int cpu);
void fake_reset(void);
event_word_t *fake_word(evtchn_port_t port);
int fake_upcall(void);
int fake_upcall_on(struct kunit *test, unsigned int cpu);
bool fake_upcall_wanted(unsigned int cpu);
void fake_advance(unsigned int cpu, u64 jiffies);
bool fake_irq_gone(unsigned int irq);

irqreturn_t sink_handler(int irq, void *dev_id);
void sink_bind(struct kunit *test, struct sink *s, bool lateeoi);
void sink_unbind(struct sink *s);

#endif /* _XEN_EVENTS_FAKE_XEN_H */
