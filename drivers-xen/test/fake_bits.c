// SPDX-License-Identifier: GPL-2.0
/*
 * Xen's side of the bits that tell the kernel of events, in both ABIs, and the
 * upcalls. All under fake->lock except the upcalls.
 */
#include <linux/cpumask.h>
#include <linux/hardirq.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include <asm/sync_bitops.h>
#include <xen/xen-ops.h>

#include "fake_evtchn.h"

#define BIT_PENDING	BIT(EVTCHN_FIFO_PENDING)
#define BIT_MASKED	BIT(EVTCHN_FIFO_MASKED)
#define BIT_LINKED	BIT(EVTCHN_FIFO_LINKED)
#define PAGE_WORDS	((unsigned int)(PAGE_SIZE / sizeof(event_word_t)))

event_word_t *fake_word(evtchn_port_t port)
{
	if (port / PAGE_WORDS >= fake->nr_pages)
		return NULL;
	return fake->array[port / PAGE_WORDS] + port % PAGE_WORDS;
}

static void notify_vcpu(unsigned int vcpu)
{
	WRITE_ONCE(fake->vcpu[vcpu].evtchn_upcall_pending, 1);
}

/* The queue's last port is the place to add to, if it is still in the queue. */
static bool link_behind(evtchn_port_t tail, evtchn_port_t port)
{
	event_word_t *word = fake_word(tail);
	event_word_t old = READ_ONCE(*word), seen;

	while (old & BIT_LINKED) {
		seen = cmpxchg(word, old, (old & ~EVTCHN_FIFO_LINK_MASK) | port);
		if (seen == old)
			return true;
		old = seen;
	}
	return false;
}

static void raise_fifo(evtchn_port_t port)
{
	struct fake_port *p = &fake->port[port];
	struct evtchn_fifo_control_block *control = fake->control[p->vcpu];
	struct fake_queue *q = &fake->queue[p->vcpu][p->priority];
	event_word_t *word = fake_word(port), old;
	evtchn_port_t tail;

	if (!word) {
		p->missed = true;
		return;
	}
	old = atomic_fetch_or(BIT_PENDING, (atomic_t *)word);
	/* A vCPU without a control block has no queue to put it into. */
	if (old & (BIT_MASKED | BIT_LINKED) || !control)
		return;

	/* Where it was the last one, nothing may be added behind it any more. */
	if (p->last && p->last->tail == port)
		p->last->tail = 0;
	p->last = q;
	tail = q->tail;
	q->tail = port;
	atomic_or(BIT_LINKED, (atomic_t *)word);
	if (tail && link_behind(tail, port))
		return;
	WRITE_ONCE(control->head[p->priority], port);
	if (!(atomic_fetch_or(BIT(p->priority), (atomic_t *)&control->ready) &
	      BIT(p->priority)))
		notify_vcpu(p->vcpu);
}

static void select_2l(evtchn_port_t port)
{
	unsigned int vcpu = fake->port[port].vcpu;
	unsigned long *sel = (unsigned long *)&fake->vcpu[vcpu].evtchn_pending_sel;

	if (!sync_test_and_set_bit(port / BITS_PER_LONG, sel))
		notify_vcpu(vcpu);
}

static unsigned long *pending_2l(void)
{
	return (unsigned long *)fake->shared->evtchn_pending;
}

static unsigned long *mask_2l(void)
{
	return (unsigned long *)fake->shared->evtchn_mask;
}

/* Xen keeps events that there is no word for, until there is one. */
void fake_bits_add_page(event_word_t *words)
{
	evtchn_port_t port = fake->nr_pages * PAGE_WORDS;
	evtchn_port_t end = min(port + PAGE_WORDS, FAKE_PORTS);

	fake->array[fake->nr_pages++] = words;
	for (; port < end; port++) {
		if (xchg(&fake->port[port].missed, false))
			raise_fifo(port);
	}
}

/* Also those from before the domain changed its ABI, when it has no words at all. */
void fake_bits_to_fifo(void)
{
	evtchn_port_t port;

	fake->fifo = true;
	for (port = 1; port < FAKE_PORTS; port++) {
		if (fake->port[port].status != EVTCHNSTAT_closed)
			fake->port[port].missed =
				sync_test_bit(port, pending_2l());
	}
}

void fake_bits_raise(evtchn_port_t port)
{
	if (fake->fifo)
		raise_fifo(port);
	else if (!sync_test_and_set_bit(port, pending_2l()) &&
		 !sync_test_bit(port, mask_2l()))
		select_2l(port);
}

void fake_bits_unmask(evtchn_port_t port)
{
	if (fake->fifo) {
		event_word_t *word = fake_word(port);

		if (word && atomic_fetch_andnot(BIT_MASKED, (atomic_t *)word) &
		    BIT_PENDING)
			raise_fifo(port);
	} else if (sync_test_and_clear_bit(port, mask_2l()) &&
		   sync_test_bit(port, pending_2l())) {
		select_2l(port);
	}
}

void fake_bits_forget(evtchn_port_t port)
{
	event_word_t *word = fake_word(port);

	if (word)
		atomic_andnot(BIT_PENDING, (atomic_t *)word);
	sync_clear_bit(port, pending_2l());
}

int fake_upcall(void)
{
	unsigned long flags;
	int ret;

	local_irq_save(flags);
	irq_enter();
	ret = xen_evtchn_do_upcall();
	irq_exit();
	local_irq_restore(flags);
	return ret;
}

int fake_upcall_on(struct kunit *test, unsigned int cpu)
{
	int ret;

	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
	ret = fake_upcall();
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(0)), 0);
	return ret;
}

bool fake_upcall_wanted(unsigned int cpu)
{
	return READ_ONCE(fake->vcpu[xen_vcpu_nr(cpu)].evtchn_upcall_pending);
}

/*
 * Events come where they belong, until @cond is true or none comes any more for
 * a while. In the thread of the test.
 */
bool fake_run_until(struct kunit *test, bool (*cond)(void *arg), void *arg)
{
	unsigned long end = jiffies + FAKE_PATIENCE;
	unsigned int cpu;

	while (!cond(arg)) {
		if (time_after(jiffies, end))
			return false;
		for_each_online_cpu(cpu) {
			if (fake_upcall_wanted(cpu))
				fake_upcall_on(test, cpu);
		}
		schedule_timeout_uninterruptible(1);
	}
	return true;
}
