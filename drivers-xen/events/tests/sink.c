// SPDX-License-Identifier: GPL-2.0
/* See sink.h. */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/smp.h>

#include "sink.h"

static unsigned int stamps;

/* Interrupts are freed after a grace period, by work. */
bool fake_irq_gone(unsigned int irq)
{
	unsigned int i;

	for (i = 0; i < 500 && irq_get_irq_data(irq); i++)
		msleep(20);
	return !irq_get_irq_data(irq);
}

irqreturn_t sink_handler(int irq, void *dev_id)
{
	struct sink *s = dev_id;

	s->count++;
	s->cpu = smp_processor_id();
	s->stamp = ++stamps;
	if (s->hook)
		s->hook(s);
	return IRQ_HANDLED;
}

void sink_bind(struct kunit *test, struct sink *s, bool lateeoi)
{
	s->port = fake_open();
	KUNIT_ASSERT_NE(test, s->port, 0);
	s->irq = lateeoi ?
		 bind_evtchn_to_irqhandler_lateeoi(s->port, sink_handler, 0,
						   "sink", s) :
		 bind_evtchn_to_irqhandler(s->port, sink_handler, 0, "sink", s);
	KUNIT_ASSERT_GT(test, s->irq, 0);
	/* The tests count upcalls of CPU 0 unless they say otherwise. */
	KUNIT_ASSERT_EQ(test, irq_set_affinity(s->irq, cpumask_of(0)), 0);
}

void sink_unbind(struct sink *s)
{
	unbind_from_irqhandler(s->irq, s);
}
