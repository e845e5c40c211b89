// SPDX-License-Identifier: GPL-2.0
/*
 * Binding and unbinding. All variants fill in a struct request and go through
 * bind(), and one of set_handler() or nothing.
 */
#define pr_fmt(fmt) "xen/events: " fmt

#include <linux/err.h>
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/percpu.h>

#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include "events.h"

/* Binding, unbinding, reference counts, growth of the ABI's memory. */
DEFINE_MUTEX(xen_bind_lock);

/**
 * struct request - what to bind
 * @model:	what the event is to be, if there is none yet
 * @port:	the port, open
 * @cpu:	CPU that Xen notifies for it
 * @shared:	take a reference of an event that is there already
 */
struct request {
	struct xen_event model;
	evtchn_port_t port;
	unsigned int cpu;
	bool shared;
};

/**
 * xen_port_close() - close a port
 * @port: the port, without an event; 0 for none
 */
void xen_port_close(evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };
	int rc;

	if (!port)
		return;
	rc = xen_event_op(EVTCHNOP_close, &op);
	if (rc)
		pr_warn("cannot close port %u: error %d\n", port, rc);
}

static int share(struct xen_event *e)
{
	lockdep_assert_held(&xen_bind_lock);

	if (e->refcnt == XEN_EVENT_UNCOUNTED)
		return 0;
	if (e->refcnt == SHRT_MAX)
		return -EOVERFLOW;
	e->refcnt++;
	return 0;
}

static int bind_new(const struct request *req)
{
	struct xen_event *e;
	int rc;

	lockdep_assert_held(&xen_bind_lock);

	e = xen_event_alloc(&req->model);
	if (IS_ERR(e))
		return PTR_ERR(e);

	rc = xen_event_attach(e, req->port, req->cpu, GFP_KERNEL);
	if (rc) {
		xen_event_free(e);
		return rc;
	}

	if (e->dev)
		atomic_inc(&e->dev->event_channels);
	if (e->kind == XEN_EVENT_VIRQ)
		xen_virq_note(e, req->cpu);
	return e->irq;
}

static int bind_locked(const struct request *req)
{
	struct xen_event *e = xen_event_by_port(req->port);
	int rc;

	lockdep_assert_held(&xen_bind_lock);

	if (!e)
		return bind_new(req);
	if (e->kind == XEN_EVENT_SOURCE)
		return -EBUSY;
	rc = req->shared ? share(e) : 0;
	return rc ?: e->irq;
}

static int bind(const struct request *req)
{
	int rc;

	might_sleep();
	mutex_lock(&xen_bind_lock);
	rc = bind_locked(req);
	mutex_unlock(&xen_bind_lock);
	return rc;
}

static void unbind_event(struct xen_event *e)
{
	evtchn_port_t port;

	lockdep_assert_held(&xen_bind_lock);

	if (e->refcnt > 0 && --e->refcnt)
		return;

	e->unbound = true;
	if (e->kind == XEN_EVENT_VIRQ)
		xen_virq_forget(e);
	port = xen_event_detach(e);
	if (!e->static_port)
		xen_port_close(port);
	if (e->dev)
		atomic_dec(&e->dev->event_channels);
	xen_event_free(e);
}

/* Not one that only waits to be freed. What is bound stays so under the lock. */
static struct xen_event *bound_event(unsigned int irq)
{
	struct xen_event *e;

	lockdep_assert_held(&xen_bind_lock);

	rcu_read_lock();
	e = xen_event_by_irq(irq);
	if (e && (e->unbound || e->kind == XEN_EVENT_SOURCE))
		e = NULL;
	rcu_read_unlock();
	return e;
}

static void unbind_irq(unsigned int irq)
{
	struct xen_event *e;

	might_sleep();
	mutex_lock(&xen_bind_lock);
	e = bound_event(irq);
	if (e)
		unbind_event(e);
	mutex_unlock(&xen_bind_lock);
}

static int set_handler(int irq, irq_handler_t handler, unsigned long irqflags,
		       const char *devname, void *dev_id)
{
	int rc;

	if (irq < 0)
		return irq;

	rc = request_irq(irq, handler, irqflags, devname, dev_id);
	if (rc) {
		unbind_irq(irq);
		return rc;
	}
	return irq;
}

void unbind_from_irqhandler(unsigned int irq, void *dev_id)
{
	free_irq(irq, dev_id);
	unbind_irq(irq);
}
EXPORT_SYMBOL_GPL(unbind_from_irqhandler);

static int bind_port(evtchn_port_t port, bool lateeoi, bool shared)
{
	struct request req = {
		.model = { .kind = XEN_EVENT_PORT, .lateeoi = lateeoi },
		.port = port,
		.shared = shared,
	};

	/* Xen never gives out port 0, and would not know the high ones. */
	if (!port || port >= xen_event_abi->max_ports())
		return -ERANGE;
	return bind(&req);
}

int bind_evtchn_to_irq(evtchn_port_t evtchn)
{
	return bind_port(evtchn, false, false);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irq);

int bind_evtchn_to_irq_lateeoi(evtchn_port_t evtchn)
{
	return bind_port(evtchn, true, false);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irq_lateeoi);

int bind_evtchn_to_irqhandler(evtchn_port_t evtchn, irq_handler_t handler,
			      unsigned long irqflags, const char *devname,
			      void *dev_id)
{
	return set_handler(bind_port(evtchn, false, irqflags & IRQF_SHARED),
			   handler, irqflags, devname, dev_id);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irqhandler);

int bind_evtchn_to_irqhandler_lateeoi(evtchn_port_t evtchn,
				      irq_handler_t handler, unsigned long irqflags,
				      const char *devname, void *dev_id)
{
	return set_handler(bind_port(evtchn, true, irqflags & IRQF_SHARED),
			   handler, irqflags, devname, dev_id);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irqhandler_lateeoi);

static int bind_interdomain(struct xenbus_device *dev,
			    evtchn_port_t remote_port, bool shared)
{
	struct evtchn_bind_interdomain op = {
		.remote_dom = dev->otherend_id,
		.remote_port = remote_port,
	};
	struct request req = {
		.model = {
			.kind = XEN_EVENT_PORT,
			.lateeoi = true,
			.dev = dev,
		},
		.shared = shared,
	};
	int rc;

	rc = xen_event_op(EVTCHNOP_bind_interdomain, &op);
	if (rc)
		return rc;

	req.port = op.local_port;
	rc = bind(&req);
	if (rc < 0)
		xen_port_close(op.local_port);
	return rc;
}

int bind_interdomain_evtchn_to_irq_lateeoi(struct xenbus_device *dev,
					   evtchn_port_t remote_port)
{
	return bind_interdomain(dev, remote_port, false);
}
EXPORT_SYMBOL_GPL(bind_interdomain_evtchn_to_irq_lateeoi);

int bind_interdomain_evtchn_to_irqhandler_lateeoi(struct xenbus_device *dev,
						  evtchn_port_t remote_port,
						  irq_handler_t handler, unsigned long irqflags,
						  const char *devname, void *dev_id)
{
	return set_handler(bind_interdomain(dev, remote_port,
					    irqflags & IRQF_SHARED),
			   handler, irqflags, devname, dev_id);
}
EXPORT_SYMBOL_GPL(bind_interdomain_evtchn_to_irqhandler_lateeoi);

static int bind_virq_locked(struct request *req)
{
	struct xen_event *e = xen_event_by_virq(req->cpu, req->model.virq);
	int rc;

	lockdep_assert_held(&xen_bind_lock);

	if (e)
		return e->irq;

	rc = xen_virq_open(req->model.virq, req->cpu, &req->port);
	if (rc)
		return rc;

	rc = bind_locked(req);
	if (rc < 0 && rc != -EBUSY)
		xen_port_close(req->port);
	return rc;
}

int bind_virq_to_irq(unsigned int virq, unsigned int cpu, bool percpu)
{
	struct request req = {
		.model = {
			.kind = XEN_EVENT_VIRQ,
			.virq = virq,
			.percpu = percpu,
		},
		.cpu = cpu,
	};
	int rc;

	if (virq >= NR_VIRQS || cpu >= nr_cpu_ids)
		return -EINVAL;

	might_sleep();
	mutex_lock(&xen_bind_lock);
	rc = bind_virq_locked(&req);
	mutex_unlock(&xen_bind_lock);
	return rc;
}

int bind_virq_to_irqhandler(unsigned int virq, unsigned int cpu,
			    irq_handler_t handler, unsigned long irqflags,
			    const char *devname, void *dev_id)
{
	return set_handler(bind_virq_to_irq(virq, cpu, irqflags & IRQF_PERCPU),
			   handler, irqflags, devname, dev_id);
}
EXPORT_SYMBOL_GPL(bind_virq_to_irqhandler);

int evtchn_make_refcounted(evtchn_port_t evtchn, bool is_static)
{
	struct xen_event *e;
	int rc = -ENOENT;

	might_sleep();
	mutex_lock(&xen_bind_lock);
	e = xen_event_by_port(evtchn);
	if (e && e->refcnt != XEN_EVENT_UNCOUNTED) {
		rc = -EBUSY;
	} else if (e) {
		e->refcnt = 1;
		e->static_port = is_static;
		rc = 0;
	}
	mutex_unlock(&xen_bind_lock);
	return rc;
}
EXPORT_SYMBOL_GPL(evtchn_make_refcounted);

int evtchn_get(evtchn_port_t evtchn)
{
	struct xen_event *e;
	int rc = -ENOENT;

	might_sleep();
	mutex_lock(&xen_bind_lock);
	e = xen_event_by_port(evtchn);
	if (e)
		rc = e->refcnt > 0 ? share(e) : -EINVAL;
	mutex_unlock(&xen_bind_lock);
	return rc;
}
EXPORT_SYMBOL_GPL(evtchn_get);

void evtchn_put(evtchn_port_t evtchn)
{
	struct xen_event *e;

	might_sleep();
	mutex_lock(&xen_bind_lock);
	e = xen_event_by_port(evtchn);
	if (e && e->kind != XEN_EVENT_SOURCE)
		unbind_event(e);
	mutex_unlock(&xen_bind_lock);
}
EXPORT_SYMBOL_GPL(evtchn_put);

/**
 * rebind_evtchn_irq() - see <xen/events.h>
 * @evtchn: new port
 * @irq: interrupt, which may still have a port
 */
void rebind_evtchn_irq(evtchn_port_t evtchn, int irq)
{
	struct xen_event *e;
	unsigned int cpu;
	int rc = 0;

	might_sleep();
	disable_irq(irq);
	mutex_lock(&xen_bind_lock);
	e = bound_event(irq);
	if (e) {
		cpu = READ_ONCE(e->cpu);
		xen_event_detach(e);
		xen_event_release(e, XEN_HELD_EOI);
		rc = xen_event_attach(e, evtchn, cpu_online(cpu) ? cpu : 0,
				      GFP_KERNEL);
	}
	mutex_unlock(&xen_bind_lock);
	enable_irq(irq);

	if (rc)
		pr_err("port %u for irq %d: error %d\n", evtchn, irq, rc);
}

/* Physical interrupts: there are none. */

int xen_pirq_from_irq(unsigned int irq)
{
	return -ENODEV;
}
EXPORT_SYMBOL_GPL(xen_pirq_from_irq);

int xen_test_irq_shared(int irq)
{
	return 0;
}
EXPORT_SYMBOL_GPL(xen_test_irq_shared);
