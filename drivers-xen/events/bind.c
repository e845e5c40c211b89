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
#include <linux/sched/mm.h>

#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include "events.h"

/* Binding, unbinding, reference counts, growth of the ABI's memory. */
DEFINE_MUTEX(xen_bind_lock);

/*
 * A disk whose backend is new needs the lock to come back: who has it must not wait for a
 * disk when there is no memory. Returns what is to be given to xen_bind_leave().
 */
unsigned int xen_bind_enter(void)
{
	might_sleep();
	mutex_lock(&xen_bind_lock);
	return memalloc_noio_save();
}

void xen_bind_leave(unsigned int flags)
{
	memalloc_noio_restore(flags);
	mutex_unlock(&xen_bind_lock);
}

/**
 * struct request - what to bind
 * @model:	what the event is to be, if there is none yet
 * @port:	the port, open
 * @cpu:	CPU that Xen notifies for it
 * @shared:	take a reference of an event that is there already
 * @undo:	out: there is a new event or a reference to give back. False for an
 *		event that somebody else has and keeps
 */
struct request {
	struct xen_event model;
	evtchn_port_t port;
	unsigned int cpu;
	bool shared;
	bool undo;
};

/**
 * struct handler - what the irq core is told
 * @fn:		the handler
 * @flags:	IRQF_*
 * @name:	its name
 * @dev_id:	its argument
 */
struct handler {
	irq_handler_t fn;
	unsigned long flags;
	const char *name;
	void *dev_id;
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

/* On success, @req->undo: giving up is to undo this. */
static int bind_new(struct request *req)
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
	req->undo = true;
	return e->irq;
}

static int bind_locked(struct request *req)
{
	struct xen_event *e = xen_event_by_port(req->port);
	int rc;

	lockdep_assert_held(&xen_bind_lock);

	if (!e)
		return bind_new(req);
	if (e->kind == XEN_EVENT_SOURCE)
		return -EBUSY;
	rc = req->shared ? share(e) : 0;
	if (rc)
		return rc;
	req->undo = req->shared && e->refcnt != XEN_EVENT_UNCOUNTED;
	return e->irq;
}

static int bind(struct request *req)
{
	unsigned int flags = xen_bind_enter();
	int rc = bind_locked(req);

	xen_bind_leave(flags);
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

void xen_irq_put(unsigned int irq)
{
	struct xen_event *e;

	might_sleep();
	mutex_lock(&xen_bind_lock);
	e = bound_event(irq);
	if (e)
		unbind_event(e);
	mutex_unlock(&xen_bind_lock);
}
EXPORT_SYMBOL_GPL(xen_irq_put);

static int set_handler(int irq, const struct request *req,
		       const struct handler *h)
{
	int rc;

	if (irq < 0)
		return irq;

	/* free_irq() tells by the name whether there was a handler. */
	rc = h->name ? request_irq(irq, h->fn, h->flags, h->name, h->dev_id) :
		       -EINVAL;
	if (rc) {
		if (req->undo)
			xen_irq_put(irq);
		return rc;
	}
	return irq;
}

/*
 * Who is not found among the handlers has no say over the interrupt. Drivers also come here
 * when request_irq() has failed after bind_*_to_irq(): then there is no handler.
 */
void unbind_from_irqhandler(unsigned int irq, void *dev_id)
{
	if (!irq_has_action(irq) || free_irq(irq, dev_id))
		xen_irq_put(irq);
}
EXPORT_SYMBOL_GPL(unbind_from_irqhandler);

static bool is_port(evtchn_port_t port)
{
	/* Xen never gives out port 0, and would not know the high ones. */
	return port && port < xen_event_abi->max_ports();
}

static int bind_port(struct request *req, const struct handler *h)
{
	int irq;

	req->model.kind = XEN_EVENT_PORT;
	if (!is_port(req->port))
		return -ERANGE;
	if (!h)
		return bind(req);

	req->shared = h->flags & IRQF_SHARED;
	irq = bind(req);
	return set_handler(irq, req, h);
}

int bind_evtchn_to_irq(evtchn_port_t evtchn)
{
	struct request req = { .port = evtchn };

	return bind_port(&req, NULL);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irq);

int bind_evtchn_to_irq_lateeoi(evtchn_port_t evtchn)
{
	struct request req = { .port = evtchn, .model.lateeoi = true };

	return bind_port(&req, NULL);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irq_lateeoi);

int bind_evtchn_to_irqhandler(evtchn_port_t evtchn, irq_handler_t handler,
			      unsigned long irqflags, const char *devname,
			      void *dev_id)
{
	const struct handler h = { handler, irqflags, devname, dev_id };
	struct request req = { .port = evtchn };

	return bind_port(&req, &h);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irqhandler);

int bind_evtchn_to_irqhandler_lateeoi(evtchn_port_t evtchn,
				      irq_handler_t handler, unsigned long irqflags,
				      const char *devname, void *dev_id)
{
	const struct handler h = { handler, irqflags, devname, dev_id };
	struct request req = { .port = evtchn, .model.lateeoi = true };

	return bind_port(&req, &h);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irqhandler_lateeoi);

static int bind_interdomain(struct request *req, struct xenbus_device *dev,
			    evtchn_port_t remote_port)
{
	struct evtchn_bind_interdomain op = {
		.remote_dom = dev->otherend_id,
		.remote_port = remote_port,
	};
	int rc;

	rc = xen_event_op(EVTCHNOP_bind_interdomain, &op);
	if (rc)
		return rc;

	req->model.kind = XEN_EVENT_PORT;
	req->model.lateeoi = true;
	req->model.dev = dev;
	req->port = op.local_port;
	rc = bind(req);
	if (rc < 0)
		xen_port_close(op.local_port);
	return rc;
}

int bind_interdomain_evtchn_to_irq_lateeoi(struct xenbus_device *dev,
					   evtchn_port_t remote_port)
{
	struct request req = { };

	return bind_interdomain(&req, dev, remote_port);
}
EXPORT_SYMBOL_GPL(bind_interdomain_evtchn_to_irq_lateeoi);

int bind_interdomain_evtchn_to_irqhandler_lateeoi(struct xenbus_device *dev,
						  evtchn_port_t remote_port,
						  irq_handler_t handler, unsigned long irqflags,
						  const char *devname, void *dev_id)
{
	const struct handler h = { handler, irqflags, devname, dev_id };
	struct request req = { .shared = irqflags & IRQF_SHARED };
	int irq = bind_interdomain(&req, dev, remote_port);

	return set_handler(irq, &req, &h);
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

static int bind_virq(struct request *req, unsigned int virq, unsigned int cpu,
		     bool percpu)
{
	unsigned int flags;
	int rc;

	if (virq >= NR_VIRQS || cpu >= nr_cpu_ids)
		return -EINVAL;

	req->model.kind = XEN_EVENT_VIRQ;
	req->model.virq = virq;
	req->model.percpu = percpu;
	req->cpu = cpu;

	flags = xen_bind_enter();
	rc = bind_virq_locked(req);
	xen_bind_leave(flags);
	return rc;
}

int bind_virq_to_irq(unsigned int virq, unsigned int cpu, bool percpu)
{
	struct request req = { };

	return bind_virq(&req, virq, cpu, percpu);
}

int bind_virq_to_irqhandler(unsigned int virq, unsigned int cpu,
			    irq_handler_t handler, unsigned long irqflags,
			    const char *devname, void *dev_id)
{
	const struct handler h = { handler, irqflags, devname, dev_id };
	struct request req = { };
	int irq = bind_virq(&req, virq, cpu, irqflags & IRQF_PERCPU);

	return set_handler(irq, &req, &h);
}
EXPORT_SYMBOL_GPL(bind_virq_to_irqhandler);

static int bind_refcounted(struct request *req, bool is_static)
{
	struct xen_event *e;
	int err = 0;
	int irq;

	lockdep_assert_held(&xen_bind_lock);

	if (xen_event_by_port(req->port))
		return -EBUSY;
	irq = bind_new(req);
	if (irq < 0)
		return irq;
	e = xen_event_by_port(req->port);
	e->refcnt = 1;
	e->static_port = is_static;
	/* It may have been open before, and notify any vCPU. */
	if (is_static)
		err = xen_event_tell_vcpu(e);
	if (err)
		unbind_event(e);
	return err ?: irq;
}

int evtchn_bind_refcounted(evtchn_port_t evtchn, bool is_static)
{
	struct request req = {
		.port = evtchn,
		.model.kind = XEN_EVENT_PORT,
		.model.lateeoi = true,
	};
	unsigned int flags;
	int rc;

	might_sleep();
	if (!is_port(evtchn))
		return -ERANGE;
	flags = xen_bind_enter();
	rc = bind_refcounted(&req, is_static);
	xen_bind_leave(flags);
	return rc;
}
EXPORT_SYMBOL_GPL(evtchn_bind_refcounted);

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
		/* It may have been open before, and notify any vCPU. */
		rc = is_static ? xen_event_tell_vcpu(e) : 0;
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

int evtchn_other_domain(evtchn_port_t evtchn)
{
	struct evtchn_status op = { .dom = DOMID_SELF, .port = evtchn };
	int rc = xen_event_op(EVTCHNOP_status, &op);

	if (rc)
		return rc;
	return op.status == EVTCHNSTAT_interdomain ? op.u.interdomain.dom :
						     -ENOTCONN;
}
EXPORT_SYMBOL_GPL(evtchn_other_domain);

bool xen_bindings_hold(void)
{
	return mutex_trylock(&xen_bind_lock);
}

void xen_bindings_release(void)
{
	mutex_unlock(&xen_bind_lock);
}

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
 *
 * The CPU stays the same, unless it goes meanwhile, or the interrupt is moved. After a
 * restore there is no old port; that to a backend that has gone is closed.
 */
void rebind_evtchn_irq(evtchn_port_t evtchn, int irq)
{
	struct xen_event *e;
	evtchn_port_t old;
	unsigned int flags;
	int rc = 0;

	might_sleep();
	disable_irq(irq);
	flags = xen_bind_enter();
	e = bound_event(irq);
	if (e) {
		old = xen_event_detach(e);
		xen_event_release(e, XEN_HELD_EOI);
		if (old != evtchn && !e->static_port)
			xen_port_close(old);
		rc = xen_event_attach(e, evtchn, XEN_EVENT_SAME_CPU,
				      GFP_KERNEL);
	}
	xen_bind_leave(flags);
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
