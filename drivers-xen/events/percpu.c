// SPDX-License-Identifier: GPL-2.0
/*
 * Sources: interrupts that each CPU has for itself, IPIs and per-CPU VIRQs.
 *
 * One Linux interrupt, and an event on each CPU. Made at boot, for ever. Their
 * ports are opened by another CPU while the CPU comes up.
 */
#define pr_fmt(fmt) "xen/events: " fmt

#include <kunit/static_stub.h>

#include <linux/err.h>
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/lockdep.h>
#include <linux/once_lite.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include <xen/interface/vcpu.h>
#include <xen/xen-ops.h>

#include "events.h"

/* Numbers in the irq_domain; those of events are below. */
#define HWIRQ_VIRQ	BIT(24)
#define HWIRQ_IPI	BIT(25)

/**
 * struct xen_source - an interrupt that each CPU has
 * @irq:	Linux interrupt
 * @slot:	where it is noted: a place in virq_sources or ipi_sources
 * @is_ipi:	an IPI, not a VIRQ
 * @nr:		number of IPI or VIRQ
 * @events:	one for each CPU
 */
struct xen_source {
	unsigned int irq;
	struct xen_source **slot;
	bool is_ipi;
	unsigned int nr;
	struct xen_event __percpu *events;
};

static struct xen_source *virq_sources[NR_VIRQS];
static struct xen_source *ipi_sources[XEN_NR_IPIS];

/* Callbacks run on the CPU that they are about, with interrupts off. */
static struct xen_event *this_event(struct irq_data *data)
{
	struct xen_source *s = irq_data_get_irq_chip_data(data);

	return this_cpu_ptr(s->events);
}

static void percpu_mask(struct irq_data *data)
{
	xen_event_hold(this_event(data), XEN_HELD_IRQ);
}

static void percpu_unmask(struct irq_data *data)
{
	xen_event_release(this_event(data), XEN_HELD_IRQ);
}

const struct irq_chip xen_percpu_chip = {
	.name		= "xen-percpu",
	.irq_mask	= percpu_mask,
	.irq_unmask	= percpu_unmask,
	.flags		= IRQCHIP_SKIP_SET_WAKE,
};

/**
 * xen_source_event() - this CPU's event of a source
 * @source: chip data of an interrupt of xen_percpu_chip
 */
struct xen_event *xen_source_event(void *source)
{
	struct xen_source *s = source;

	return raw_cpu_ptr(s->events);
}

/**
 * xen_source_by_virq() - a CPU's event of a VIRQ
 * @cpu: the CPU
 * @virq: VIRQ_*
 *
 * Return: the event, or NULL if the VIRQ is no source.
 */
struct xen_event *xen_source_by_virq(unsigned int cpu, unsigned int virq)
{
	struct xen_source *s = READ_ONCE(virq_sources[virq]);

	return s ? per_cpu_ptr(s->events, cpu) : NULL;
}

static struct xen_source *source_of(unsigned int irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	if (!data || data->chip != &xen_percpu_chip)
		return NULL;
	return irq_data_get_irq_chip_data(data);
}

static int alloc_irq(struct xen_source *s)
{
	const struct xen_irq_spec spec = {
		.hwirq = (s->is_ipi ? HWIRQ_IPI : HWIRQ_VIRQ) | s->nr,
		.chip = &xen_percpu_chip,
		.data = s,
		.flow = handle_percpu_devid_irq,
		.name = s->is_ipi ? "ipi" : "virq",
	};
	int rc = xen_event_irq_alloc(&spec);

	if (rc < 0)
		return rc;

	s->irq = rc;
	rc = irq_set_percpu_devid(s->irq);
	if (rc)
		xen_event_irq_free(s->irq);
	return rc;
}

static void setup_events(struct xen_source *s)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct xen_event *e = per_cpu_ptr(s->events, cpu);

		e->irq = s->irq;
		e->desc = irq_to_desc(s->irq);
		e->kind = XEN_EVENT_SOURCE;
		e->percpu = true;
		e->cpu = cpu;
		xen_event_setup(e);
	}
}

static struct xen_source *source_alloc(struct xen_source **slot, bool is_ipi,
				       unsigned int nr)
{
	struct xen_source *s;
	int rc = -ENOMEM;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return ERR_PTR(-ENOMEM);
	s->slot = slot;
	s->is_ipi = is_ipi;
	s->nr = nr;

	s->events = alloc_percpu(struct xen_event);
	if (!s->events)
		goto err_free;

	rc = alloc_irq(s);
	if (rc)
		goto err_events;

	setup_events(s);
	return s;

err_events:
	free_percpu(s->events);
err_free:
	kfree(s);
	return ERR_PTR(rc);
}

/* Without handler and ports */
static void source_free(struct xen_source *s)
{
	WRITE_ONCE(*s->slot, NULL);
	xen_event_irq_free(s->irq);
	synchronize_rcu();
	free_percpu(s->events);
	kfree(s);
}

static int request(struct xen_source **slot, bool is_ipi, unsigned int nr,
		   irq_handler_t handler, unsigned long flags,
		   const char *name)
{
	struct xen_source *s;
	int rc;

	might_sleep();
	if (*slot)
		return -EBUSY;

	s = source_alloc(slot, is_ipi, nr);
	if (IS_ERR(s))
		return PTR_ERR(s);

	rc = __request_percpu_irq(s->irq, handler, flags, name, s->events);
	if (rc) {
		source_free(s);
		return rc;
	}
	WRITE_ONCE(*slot, s);
	return s->irq;
}

int xen_percpu_request_ipi(enum ipi_vector ipi, irq_handler_t handler,
			   const char *name)
{
	if (ipi >= XEN_NR_IPIS)
		return -EINVAL;
	return request(&ipi_sources[ipi], true, ipi, handler, 0, name);
}

int xen_percpu_request_virq(unsigned int virq, irq_handler_t handler,
			    const char *name)
{
	if (virq >= NR_VIRQS)
		return -EINVAL;
	return request(&virq_sources[virq], false, virq, handler,
		       virq == VIRQ_TIMER ? IRQF_TIMER : 0, name);
}

static int open_port(struct xen_source *s, unsigned int cpu,
		     evtchn_port_t *port)
{
	struct evtchn_bind_ipi op = { .vcpu = xen_vcpu_nr(cpu) };
	int rc;

	if (!s->is_ipi)
		return xen_virq_open(s->nr, cpu, port);

	rc = xen_event_op(EVTCHNOP_bind_ipi, &op);
	if (!rc)
		*port = op.port;
	return rc;
}

/* Time goes before what other domains send. Without FIFO there is no priority. */
static void hurry_timer(struct xen_source *s, evtchn_port_t port)
{
	struct evtchn_set_priority op = {
		.port = port,
		.priority = EVTCHN_FIFO_PRIORITY_MAX,
	};

	if (xen_fifo_events && !s->is_ipi && s->nr == VIRQ_TIMER)
		xen_event_op(EVTCHNOP_set_priority, &op);
}

static int bind_cpu(struct xen_source *s, unsigned int cpu, gfp_t gfp)
{
	struct xen_event *e = per_cpu_ptr(s->events, cpu);
	evtchn_port_t port;
	int rc;

	if (e->port)
		return 0;

	rc = open_port(s, cpu, &port);
	if (rc)
		return rc;
	hurry_timer(s, port);
	rc = xen_event_attach(e, port, cpu, gfp);
	if (rc && rc != -EBUSY)
		xen_port_close(port);
	return rc;
}

int xen_percpu_bind(unsigned int irq, unsigned int cpu)
{
	struct xen_source *s = source_of(irq);
	unsigned int flags;
	int rc;

	if (!s || cpu >= nr_cpu_ids)
		return -EINVAL;

	flags = xen_bind_enter();
	rc = bind_cpu(s, cpu, GFP_KERNEL);
	xen_bind_leave(flags);
	return rc;
}

void xen_percpu_unbind(unsigned int irq, unsigned int cpu)
{
	struct xen_source *s = source_of(irq);

	if (!s || cpu >= nr_cpu_ids)
		return;

	might_sleep();
	mutex_lock(&xen_bind_lock);
	xen_port_close(xen_event_detach(per_cpu_ptr(s->events, cpu)));
	mutex_unlock(&xen_bind_lock);
}

evtchn_port_t xen_percpu_port(enum ipi_vector ipi, unsigned int cpu)
{
	struct xen_source *s = READ_ONCE(ipi_sources[ipi]);

	KUNIT_STATIC_STUB_REDIRECT(xen_percpu_port, ipi, cpu);
	return s ? READ_ONCE(per_cpu_ptr(s->events, cpu)->port) : 0;
}

void xen_percpu_clear_pending(evtchn_port_t port)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_percpu_clear_pending, port);
	xen_event_abi->clear_pending(port);
}

/* Deferred, as the scheduler's lock may be held. */
#define warn_once(fmt, ...) \
	DO_ONCE_LITE(printk_deferred, KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)

void xen_send_IPI_one(unsigned int cpu, enum ipi_vector vector)
{
	struct xen_source *s = ipi_sources[vector];
	evtchn_port_t port;

	if (vector == XEN_NMI_VECTOR) {
		if (HYPERVISOR_vcpu_op(VCPUOP_send_nmi, xen_vcpu_nr(cpu), NULL))
			warn_once("Xen does not send NMIs for us\n");
		return;
	}

	port = s ? READ_ONCE(per_cpu_ptr(s->events, cpu)->port) : 0;
	if (port)
		notify_remote_via_evtchn(port);
	else
		warn_once("no port for IPI %u to CPU %u\n", vector, cpu);
}

/* Whether a CPU is of no use without it. For a lock it can spin. */
static bool is_vital(const struct xen_source *s)
{
	return s->is_ipi ? s->nr != XEN_SPIN_UNLOCK_VECTOR : s->nr == VIRQ_TIMER;
}

static void resume_source(struct xen_source *s)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		int rc = 0;

		if (s && per_cpu_ptr(s->events, cpu)->lost)
			rc = bind_cpu(s, cpu, GFP_ATOMIC);
		if (!rc)
			continue;
		pr_err("no port for irq %u on CPU %u: error %d\n", s->irq, cpu,
		       rc);
		if (is_vital(s))
			xen_restore_failed(cpu, "no port for an IPI or the timer");
	}
}

/**
 * xen_sources_resume() - open the ports again that were lost in a suspend
 *
 * Context: one CPU, interrupts off.
 */
void xen_sources_resume(void)
{
	unsigned int i;

	lockdep_assert_irqs_disabled();

	for (i = 0; i < ARRAY_SIZE(ipi_sources); i++)
		resume_source(ipi_sources[i]);
	for (i = 0; i < ARRAY_SIZE(virq_sources); i++)
		resume_source(virq_sources[i]);
}

#if IS_ENABLED(CONFIG_XEN_EVENTS_KUNIT_TEST)
/* Sources are for ever, but not those of a test. */
void xen_source_release(unsigned int irq)
{
	struct xen_source *s = source_of(irq);
	unsigned int cpu;

	if (!s)
		return;
	for_each_possible_cpu(cpu)
		xen_percpu_unbind(irq, cpu);
	free_percpu_irq(irq, s->events);
	source_free(s);
}
#endif
