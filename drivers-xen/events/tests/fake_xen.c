// SPDX-License-Identifier: GPL-2.0
#include <kunit/static_stub.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/hardirq.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <asm/sync_bitops.h>
#include <asm/xen/hypervisor.h>
#include <xen/xen-ops.h>

#include "fake_xen.h"

#define BIT_PENDING	BIT(EVTCHN_FIFO_PENDING)
#define BIT_MASKED	BIT(EVTCHN_FIFO_MASKED)
#define BIT_LINKED	BIT(EVTCHN_FIFO_LINKED)

struct fake_xen *fake;

static unsigned int stamps;

static bool in_use(evtchn_port_t port)
{
	return port && port < FAKE_PORTS &&
	       fake->port[port].status != EVTCHNSTAT_closed;
}

event_word_t *fake_word(evtchn_port_t port)
{
	unsigned int per_page = PAGE_SIZE / sizeof(event_word_t);

	if (port / per_page >= fake->nr_pages)
		return NULL;
	return fake->array[port / per_page] + port % per_page;
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

	if (!word || !control)
		return;
	old = atomic_fetch_or(BIT_PENDING, (atomic_t *)word);
	if (old & (BIT_MASKED | BIT_LINKED))
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

static void raise_locked(evtchn_port_t port)
{
	if (fake->fifo)
		raise_fifo(port);
	else if (!sync_test_and_set_bit(port, pending_2l()) &&
		 !sync_test_bit(port, mask_2l()))
		select_2l(port);
}

bool fake_raise(evtchn_port_t port)
{
	unsigned long flags;
	bool ok;

	raw_spin_lock_irqsave(&fake->lock, flags);
	ok = in_use(port);
	if (ok)
		raise_locked(port);
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return ok;
}

void fake_raise_virq(unsigned int virq, unsigned int cpu)
{
	evtchn_port_t port;

	for (port = 1; port < FAKE_PORTS; port++)
		if (fake->port[port].status == EVTCHNSTAT_virq &&
		    fake->port[port].virq == virq &&
		    fake->port[port].vcpu == xen_vcpu_nr(cpu))
			fake_raise(port);
}

static int unmask_port(evtchn_port_t port)
{
	if (!in_use(port))
		return -EINVAL;
	if (fake->fifo) {
		event_word_t *word = fake_word(port);

		if (word && atomic_fetch_andnot(BIT_MASKED, (atomic_t *)word) &
		    BIT_PENDING)
			raise_fifo(port);
	} else if (sync_test_and_clear_bit(port, mask_2l()) &&
		   sync_test_bit(port, pending_2l())) {
		select_2l(port);
	}
	return 0;
}

/* Always the lowest free number, as Xen does: ports are reused at once. */
static int open_port(unsigned int status, unsigned int vcpu, unsigned int virq)
{
	evtchn_port_t port;

	for (port = 1; port < FAKE_PORTS; port++) {
		if (in_use(port))
			continue;
		fake->port[port] = (struct fake_port) {
			.status = status,
			.vcpu = vcpu,
			.virq = virq,
			.priority = EVTCHN_FIFO_PRIORITY_DEFAULT,
			.last = fake->port[port].last,
		};
		return port;
	}
	return -ENOSPC;
}

static int close_port(evtchn_port_t port)
{
	event_word_t *word = fake_word(port);

	if (!in_use(port))
		return -EINVAL;
	fake->port[port].status = EVTCHNSTAT_closed;
	if (word)
		atomic_andnot(BIT_PENDING, (atomic_t *)word);
	sync_clear_bit(port, pending_2l());
	return 0;
}

evtchn_port_t fake_open(void)
{
	unsigned long flags;
	int port;

	raw_spin_lock_irqsave(&fake->lock, flags);
	port = open_port(EVTCHNSTAT_interdomain, 0, 0);
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return port > 0 ? port : 0;
}

static int do_bind_virq(struct evtchn_bind_virq *op)
{
	evtchn_port_t port;
	int rc;

	for (port = 1; port < FAKE_PORTS; port++)
		if (fake->port[port].status == EVTCHNSTAT_virq &&
		    fake->port[port].virq == op->virq &&
		    fake->port[port].vcpu == op->vcpu)
			return -EEXIST;
	rc = open_port(EVTCHNSTAT_virq, op->vcpu, op->virq);
	op->port = rc;
	return min(rc, 0);
}

static int do_bind_ipi(struct evtchn_bind_ipi *op)
{
	int rc = open_port(EVTCHNSTAT_ipi, op->vcpu, 0);

	op->port = rc;
	return min(rc, 0);
}

static int do_bind_interdomain(struct evtchn_bind_interdomain *op)
{
	int rc;

	if (op->remote_dom != FAKE_PEER)
		return -ESRCH;
	rc = open_port(EVTCHNSTAT_interdomain, 0, 0);
	op->local_port = rc;
	return min(rc, 0);
}

static int do_status(struct evtchn_status *op)
{
	if (op->port >= FAKE_PORTS)
		return -EINVAL;
	op->status = fake->port[op->port].status;
	op->vcpu = fake->port[op->port].vcpu;
	op->u.virq = fake->port[op->port].virq;
	return 0;
}

static int do_bind_vcpu(struct evtchn_bind_vcpu *op)
{
	if (!in_use(op->port) || op->vcpu >= FAKE_VCPUS)
		return -ENOENT;
	if (fake->port[op->port].status == EVTCHNSTAT_ipi)
		return -EINVAL;
	fake->port[op->port].vcpu = op->vcpu;
	return 0;
}

static int do_init_control(struct evtchn_init_control *op)
{
	if (op->vcpu >= FAKE_VCPUS || fake->control[op->vcpu] || op->offset)
		return -EINVAL;
	fake->fifo = true;
	fake->control[op->vcpu] = pfn_to_kaddr(op->control_gfn);
	op->link_bits = EVTCHN_FIFO_LINK_BITS;
	return 0;
}

static int do_expand_array(struct evtchn_expand_array *op)
{
	if (!fake->fifo)
		return -EOPNOTSUPP;
	if (fake->nr_pages == FAKE_PAGES)
		return -ENOSPC;
	fake->array[fake->nr_pages++] = pfn_to_kaddr(op->array_gfn);
	return 0;
}

static int do_set_priority(struct evtchn_set_priority *op)
{
	if (!fake->fifo)
		return -EOPNOTSUPP;
	if (!in_use(op->port) || op->priority > EVTCHN_FIFO_PRIORITY_MIN)
		return -EINVAL;
	fake->port[op->port].priority = op->priority;
	return 0;
}

static int do_send(struct evtchn_send *op)
{
	if (!in_use(op->port))
		return -EINVAL;
	if (fake->port[op->port].status == EVTCHNSTAT_ipi)
		raise_locked(op->port);
	return 0;
}

static int dispatch(int cmd, void *arg)
{
	switch (cmd) {
	case EVTCHNOP_bind_interdomain:
		return do_bind_interdomain(arg);
	case EVTCHNOP_bind_virq:
		return do_bind_virq(arg);
	case EVTCHNOP_bind_ipi:
		return do_bind_ipi(arg);
	case EVTCHNOP_close:
		return close_port(((struct evtchn_close *)arg)->port);
	case EVTCHNOP_send:
		return do_send(arg);
	case EVTCHNOP_status:
		return do_status(arg);
	case EVTCHNOP_bind_vcpu:
		return do_bind_vcpu(arg);
	case EVTCHNOP_unmask:
		return unmask_port(((struct evtchn_unmask *)arg)->port);
	case EVTCHNOP_init_control:
		return do_init_control(arg);
	case EVTCHNOP_expand_array:
		return do_expand_array(arg);
	case EVTCHNOP_set_priority:
		return do_set_priority(arg);
	default:
		return -EOPNOTSUPP;
	}
}

static int fake_op(int cmd, void *arg)
{
	unsigned long flags;
	int rc;

	raw_spin_lock_irqsave(&fake->lock, flags);
	fake->calls[cmd]++;
	rc = fake->calls[cmd] > fake->spare[cmd] ? fake->fail[cmd] : 0;
	rc = rc ?: dispatch(cmd, arg);
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return rc;
}

/* As after a migration: a new domain, nothing of the old one. */
void fake_reset(void)
{
	unsigned int cpu;

	memset(fake->port, 0, sizeof(fake->port));
	memset(fake->control, 0, sizeof(fake->control));
	memset(fake->queue, 0, sizeof(fake->queue));
	memset(fake->vcpu, 0, FAKE_VCPUS * sizeof(*fake->vcpu));
	memset(fake->shared, 0, PAGE_SIZE);
	for (cpu = 0; cpu < fake->nr_pages; cpu++)
		fake->array[cpu] = NULL;
	fake->nr_pages = 0;
	fake->fifo = false;
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

static u64 fake_clock(void)
{
	return READ_ONCE(fake->now);
}

/* Time goes by, and the CPU looks at those who wait. */
void fake_advance(unsigned int cpu, u64 jiffies)
{
	WRITE_ONCE(fake->now, fake->now + jiffies);
	xen_throttle_run(cpu);
}

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

/* "fifo" or "2-level" */
const void *fake_abi_gen(const void *prev, char *desc)
{
	static const bool params[] = { true, false };
	const bool *next = prev ? (const bool *)prev + 1 : params;

	if (next == params + ARRAY_SIZE(params))
		return NULL;
	strscpy(desc, *next ? "fifo" : "2-level", KUNIT_PARAM_DESC_SIZE);
	return next;
}

static void save_world(void)
{
	unsigned int cpu;

	fake->old_shared = HYPERVISOR_shared_info;
	fake->old_vector = xen_have_vector_callback;
	fake->old_fifo_events = xen_fifo_events;
	for_each_possible_cpu(cpu) {
		fake->old_vcpu[cpu] = per_cpu(xen_vcpu, cpu);
		fake->old_vcpu_id[cpu] = per_cpu(xen_vcpu_id, cpu);
		/* Not the CPU's number, so that mixing them up shows. */
		per_cpu(xen_vcpu_id, cpu) = cpu ? cpu + 3 : 0;
		per_cpu(xen_vcpu, cpu) = &fake->vcpu[xen_vcpu_nr(cpu)];
	}
	HYPERVISOR_shared_info = fake->shared;
	xen_have_vector_callback = true;
	xen_event_op = fake_op;
	fake->now = get_jiffies_64();
	xen_throttle_clock = fake_clock;
}

static void restore_world(void)
{
	unsigned int cpu;

	xen_event_op = HYPERVISOR_event_channel_op;
	xen_throttle_clock = get_jiffies_64;
	xen_event_abi = NULL;
	HYPERVISOR_shared_info = fake->old_shared;
	xen_have_vector_callback = fake->old_vector;
	xen_fifo_events = fake->old_fifo_events;
	for_each_possible_cpu(cpu) {
		per_cpu(xen_vcpu, cpu) = fake->old_vcpu[cpu];
		per_cpu(xen_vcpu_id, cpu) = fake->old_vcpu_id[cpu];
	}
}

int fake_xen_start(struct kunit *test, bool fifo)
{
	unsigned int cpu;
	int rc;

	rc = xen_events_start(fifo);
	if (rc)
		return rc;
	for_each_online_cpu(cpu) {
		rc = xen_events_cpu_up(cpu);
		if (rc)
			return rc;
	}
	return 0;
}

int fake_xen_init(struct kunit *test)
{
	const bool *fifo = test->param_value;

	if (nr_cpu_ids + 3 > FAKE_VCPUS)
		kunit_skip(test, "too many CPUs");

	fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->shared = (void *)get_zeroed_page(GFP_KERNEL);
	fake->vcpu = kunit_kcalloc(test, FAKE_VCPUS, sizeof(*fake->vcpu),
				   GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake->shared);
	KUNIT_ASSERT_NOT_NULL(test, fake->vcpu);
	raw_spin_lock_init(&fake->lock);

	/* Upcalls run on the CPU of the test. */
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(0)), 0);
	save_world();
	kunit_activate_static_stub(test, HYPERVISOR_event_channel_op, fake_op);
	return fake_xen_start(test, fifo ? *fifo : true);
}

void fake_xen_exit(struct kunit *test)
{
	if (!fake || !fake->shared)
		return;
	/* Each test has to unbind what it bound. */
	KUNIT_EXPECT_TRUE(test, xa_empty(&xen_event_ports));
	xa_destroy(&xen_event_ports);
	if (xen_event_abi)
		xen_event_abi->release();
	restore_world();
	free_page((unsigned long)fake->shared);
	fake = NULL;
}
