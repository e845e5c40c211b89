/* SPDX-License-Identifier: GPL-2.0 */
/* Handlers for the tests of events. */
#ifndef _XEN_EVENTS_SINK_H
#define _XEN_EVENTS_SINK_H

#include "fake_evtchn.h"

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

bool fake_irq_gone(unsigned int irq);

irqreturn_t sink_handler(int irq, void *dev_id);
void sink_bind(struct kunit *test, struct sink *s, bool lateeoi);
void sink_unbind(struct sink *s);

#endif /* _XEN_EVENTS_SINK_H */
