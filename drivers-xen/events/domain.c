// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts and events: making, finding and freeing them.
 *
 * The irq_domain gives out the Linux interrupts. Ports are found through an
 * xarray, which is all that the upcall needs.
 */
#define pr_fmt(fmt) "xen/events: " fmt

#include <linux/device.h>
#include <linux/idr.h>
#include <linux/irqdomain.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <xen/xenbus.h>

#include "events.h"

static struct irq_domain *domain;
static DEFINE_IDA(binding_ids);

/* Port to struct xen_event. Read under RCU. */
DEFINE_XARRAY(xen_event_ports);

static int event_domain_alloc(struct irq_domain *d, unsigned int irq,
			      unsigned int nr, void *arg)
{
	const struct xen_irq_spec *spec = arg;

	if (WARN_ON_ONCE(nr != 1))
		return -EINVAL;

	irq_domain_set_info(d, irq, spec->hwirq, spec->chip, spec->data,
			    spec->flow, NULL, spec->name);
	irq_set_status_flags(irq, spec->status);
	return 0;
}

const struct irq_domain_ops xen_event_domain_ops = {
	.alloc	= event_domain_alloc,
	.free	= irq_domain_free_irqs_top,
};

/**
 * xen_event_domain_init() - make the irq_domain, once
 *
 * Return: 0 or -ENOMEM.
 */
int xen_event_domain_init(void)
{
	struct fwnode_handle *fwnode;

	if (domain)
		return 0;

	fwnode = irq_domain_alloc_named_fwnode("xen-events");
	if (!fwnode)
		return -ENOMEM;

	domain = irq_domain_create_tree(fwnode, &xen_event_domain_ops, NULL);
	if (!domain) {
		irq_domain_free_fwnode(fwnode);
		return -ENOMEM;
	}
	return 0;
}

int xen_event_irq_alloc(const struct xen_irq_spec *spec)
{
	might_sleep();
	/* NULL would be the machine's own domain. */
	if (!domain)
		return -ENODEV;
	return irq_domain_alloc_irqs(domain, 1, NUMA_NO_NODE, (void *)spec);
}

void xen_event_irq_free(unsigned int irq)
{
	might_sleep();
	irq_domain_free_irqs(irq, 1);
}

static void free_event(struct xen_event *e)
{
	ida_free(&binding_ids, e->hwirq);
	if (e->dev)
		put_device(&e->dev->dev);
	kfree(e);
}

static void free_work(struct work_struct *work)
{
	struct xen_event *e = container_of(to_rcu_work(work), struct xen_event,
					   free_work);

	/* Notifiers and EOIs may still be on their way from irq to event. */
	xen_event_irq_free(e->irq);
	synchronize_rcu();
	free_event(e);
}

/**
 * xen_event_setup() - put the parts of an event that are not zero in order
 * @e: event whose constant members are set
 */
void xen_event_setup(struct xen_event *e)
{
	raw_spin_lock_init(&e->lock);
	INIT_LIST_HEAD(&e->deferred);
	INIT_RCU_WORK(&e->free_work, free_work);
	e->held = XEN_HELD_IRQ;
	e->refcnt = XEN_EVENT_UNCOUNTED;
}

static void spec_of(struct xen_event *e, struct xen_irq_spec *spec)
{
	spec->hwirq = e->hwirq;
	spec->data = e;
	spec->name = e->kind == XEN_EVENT_VIRQ ? "virq" : "event";

	if (e->percpu) {
		spec->chip = &xen_virq_chip;
		spec->flow = handle_percpu_irq;
		spec->status = IRQ_PER_CPU | IRQ_NO_BALANCING;
		return;
	}
	spec->chip = e->lateeoi ? &xen_lateeoi_chip : &xen_dyn_chip;
	spec->flow = handle_edge_irq;
	/* Moving needs no help from the interrupt itself. */
	spec->status = IRQ_MOVE_PCNTXT;
}

/**
 * xen_event_alloc() - make an event with an interrupt of its own
 * @model: holds kind, lateeoi, percpu, virq and dev
 *
 * Return: the event, without a port, or an ERR_PTR.
 */
struct xen_event *xen_event_alloc(const struct xen_event *model)
{
	struct xen_irq_spec spec;
	struct xen_event *e;
	int rc;

	e = kmemdup(model, sizeof(*model), GFP_KERNEL);
	if (!e)
		return ERR_PTR(-ENOMEM);
	xen_event_setup(e);
	if (e->dev)
		get_device(&e->dev->dev);

	rc = ida_alloc(&binding_ids, GFP_KERNEL);
	if (rc < 0)
		goto err_free;
	e->hwirq = rc;

	spec_of(e, &spec);
	rc = xen_event_irq_alloc(&spec);
	if (rc < 0)
		goto err_id;

	e->irq = rc;
	e->desc = irq_to_desc(rc);
	if (!e->percpu)
		irqd_set_single_target(irq_get_irq_data(rc));
	return e;

err_id:
	ida_free(&binding_ids, e->hwirq);
err_free:
	if (e->dev)
		put_device(&e->dev->dev);
	kfree(e);
	return ERR_PTR(rc);
}

/**
 * xen_event_free() - free event and interrupt, once no upcall can hold them
 * @e: event without a port and without a handler
 */
void xen_event_free(struct xen_event *e)
{
	queue_rcu_work(system_unbound_wq, &e->free_work);
}

/* Caller is in an RCU read section, or holds the bind lock. */
struct xen_event *xen_event_by_port(evtchn_port_t port)
{
	return xa_load(&xen_event_ports, port);
}

/**
 * xen_event_by_irq() - event behind an interrupt
 * @irq: any number
 *
 * For a source, the event of this CPU.
 *
 * Context: RCU read section, or the bind lock for events that it protects.
 * Return: the event, or NULL if the interrupt is none of ours.
 */
struct xen_event *xen_event_by_irq(unsigned int irq)
{
	struct irq_data *data = irq_get_irq_data(irq);
	const struct irq_chip *chip;
	void *chip_data;

	if (!data)
		return NULL;

	/* An interrupt that is being freed loses both. */
	chip = READ_ONCE(data->chip);
	chip_data = READ_ONCE(data->chip_data);
	if (!chip_data)
		return NULL;
	if (chip == &xen_percpu_chip)
		return xen_source_event(chip_data);
	if (chip == &xen_dyn_chip || chip == &xen_lateeoi_chip ||
	    chip == &xen_virq_chip)
		return chip_data;
	return NULL;
}

unsigned int irq_from_evtchn(evtchn_port_t evtchn)
{
	unsigned int irq = -1;
	struct xen_event *e;

	rcu_read_lock();
	e = xen_event_by_port(evtchn);
	if (e)
		irq = e->irq;
	rcu_read_unlock();

	return irq;
}
EXPORT_SYMBOL_GPL(irq_from_evtchn);
