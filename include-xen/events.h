/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event channels as Linux interrupts.
 *
 * A port is one end of an event channel. Binding it gives it a Linux interrupt
 * of its own, whose handler runs in hard interrupt context on the CPU to which
 * the port is bound. Xen's public/event_channel.h is the interface behind it.
 *
 * Two things are common to all functions that bind:
 *
 * - they may sleep;
 * - a port that already has an interrupt keeps it: the same number is returned.
 *
 * "Late EOI": after each event the port stays masked until the driver says
 * through xen_irq_lateeoi() that it is done. Every port whose other end is a
 * domain that must not be trusted should be bound that way, because only then
 * can an event storm be slowed down.
 *
 * Ports do not survive a suspend. A driver binds new ones on resume.
 */
#ifndef _XEN_EVENTS_H
#define _XEN_EVENTS_H

#include <linux/interrupt.h>
#include <linux/irq.h>
#ifdef CONFIG_PCI_MSI
#include <linux/msi.h>
#endif

#include <xen/interface/event_channel.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/events.h>

struct xenbus_device;

/* Ports of this domain */

/**
 * bind_evtchn_to_irq() - give a port an interrupt
 * @evtchn: local port, open already
 *
 * Context: may sleep.
 * Return: the interrupt, or a negative error.
 */
int bind_evtchn_to_irq(evtchn_port_t evtchn);

/**
 * bind_evtchn_to_irq_lateeoi() - bind_evtchn_to_irq() with late EOI
 * @evtchn: local port, open already
 *
 * Context: may sleep.
 * Return: the interrupt, or a negative error.
 */
int bind_evtchn_to_irq_lateeoi(evtchn_port_t evtchn);

/**
 * bind_evtchn_to_irqhandler() - give a port an interrupt and a handler
 * @evtchn: local port, open already
 * @handler: called for each event
 * @irqflags: IRQF_*; with IRQF_SHARED a refcounted port gains a reference
 * @devname: name for /proc/interrupts
 * @dev_id: handed to @handler
 *
 * Context: may sleep.
 * Return: the interrupt, or a negative error. The port is then closed if it
 * was bound here.
 */
int bind_evtchn_to_irqhandler(evtchn_port_t evtchn, irq_handler_t handler,
			      unsigned long irqflags, const char *devname,
			      void *dev_id);

/**
 * bind_evtchn_to_irqhandler_lateeoi() - the same with late EOI
 * @evtchn: local port, open already
 * @handler: called for each event; has to see to xen_irq_lateeoi()
 * @irqflags: IRQF_*
 * @devname: name for /proc/interrupts
 * @dev_id: handed to @handler
 *
 * Context: may sleep.
 * Return: as bind_evtchn_to_irqhandler().
 */
int bind_evtchn_to_irqhandler_lateeoi(evtchn_port_t evtchn,
				      irq_handler_t handler,
				      unsigned long irqflags,
				      const char *devname, void *dev_id);

/**
 * bind_interdomain_evtchn_to_irq_lateeoi() - connect to a frontend's port
 * @dev: device of the backend; its otherend_id is the frontend's domain
 * @remote_port: the port that the frontend offers
 *
 * Events are counted in @dev, whose spurious_threshold applies.
 *
 * Context: may sleep.
 * Return: the interrupt, or a negative error.
 */
int bind_interdomain_evtchn_to_irq_lateeoi(struct xenbus_device *dev,
					   evtchn_port_t remote_port);

/**
 * bind_interdomain_evtchn_to_irqhandler_lateeoi() - the same with a handler
 * @dev: device of the backend
 * @remote_port: the port that the frontend offers
 * @handler: called for each event; has to see to xen_irq_lateeoi()
 * @irqflags: IRQF_*
 * @devname: name for /proc/interrupts
 * @dev_id: handed to @handler
 *
 * Context: may sleep.
 * Return: the interrupt, or a negative error.
 */
int bind_interdomain_evtchn_to_irqhandler_lateeoi(struct xenbus_device *dev,
						  evtchn_port_t remote_port,
						  irq_handler_t handler,
						  unsigned long irqflags,
						  const char *devname,
						  void *dev_id);

/**
 * unbind_from_irqhandler() - take the handler off and let go of the port
 * @irq: the interrupt
 * @dev_id: as given when the handler was set
 *
 * The last reference closes the port, unless it was bound as static. Afterwards
 * the handler does not run any more.
 *
 * Context: may sleep.
 */
void unbind_from_irqhandler(unsigned int irq, void *dev_id);

/**
 * rebind_evtchn_irq() - give an interrupt a new port after a resume
 * @evtchn: new local port
 * @irq: interrupt that lost its port
 *
 * Context: may sleep.
 */
void rebind_evtchn_irq(evtchn_port_t evtchn, int irq);

/* The event was found to be for nothing: counts against the sender. */
#define XEN_EOI_FLAG_SPURIOUS	0x00000001

/**
 * xen_irq_lateeoi() - the event has been dealt with
 * @irq: interrupt bound with late EOI
 * @eoi_flags: 0 or XEN_EOI_FLAG_SPURIOUS
 *
 * To be called once for each event. With too many spurious events in a row, or
 * during an event storm, the port stays masked for a while longer.
 *
 * Context: any.
 */
void xen_irq_lateeoi(unsigned int irq, unsigned int eoi_flags);

/* Virtual interrupts, raised by Xen itself */

/**
 * bind_virq_to_irq() - bind a virtual interrupt
 * @virq: VIRQ_*
 * @cpu: for which CPU
 * @percpu: true to treat it as a per-CPU interrupt of that CPU
 *
 * Context: may sleep.
 * Return: the interrupt, or a negative error.
 */
int bind_virq_to_irq(unsigned int virq, unsigned int cpu, bool percpu);

/**
 * bind_virq_to_irqhandler() - bind a virtual interrupt and set a handler
 * @virq: VIRQ_*
 * @cpu: for which CPU
 * @handler: called for each event
 * @irqflags: IRQF_*; IRQF_PERCPU as @percpu of bind_virq_to_irq()
 * @devname: name for /proc/interrupts
 * @dev_id: handed to @handler
 *
 * Context: may sleep.
 * Return: the interrupt, or a negative error.
 */
int bind_virq_to_irqhandler(unsigned int virq, unsigned int cpu,
			    irq_handler_t handler, unsigned long irqflags,
			    const char *devname, void *dev_id);

/*
 * Per-CPU interrupts: one Linux interrupt for each source, with a port on every
 * CPU. Requested once at boot; then for each CPU that comes up its port is bound
 * by another CPU, and enable_percpu_irq() called by the CPU itself.
 */

/**
 * xen_percpu_request_ipi() - set the handler of an interrupt between CPUs
 * @ipi: which one
 * @handler: called on the CPU that gets it; its dev_id is meaningless
 * @name: name for /proc/interrupts
 *
 * Context: boot, once for each @ipi; may sleep.
 * Return: the interrupt, or a negative error.
 */
int xen_percpu_request_ipi(enum ipi_vector ipi, irq_handler_t handler,
			   const char *name);

/**
 * xen_percpu_request_virq() - set the handler of a virtual per-CPU interrupt
 * @virq: VIRQ_* that exists once for each vCPU
 * @handler: called on the CPU that gets it; its dev_id is meaningless
 * @name: name for /proc/interrupts
 *
 * VIRQ_TIMER works through suspend, as a timer interrupt has to.
 *
 * Context: boot, once for each @virq; may sleep.
 * Return: the interrupt, or a negative error.
 */
int xen_percpu_request_virq(unsigned int virq, irq_handler_t handler,
			    const char *name);

/**
 * xen_percpu_bind() - open a CPU's port
 * @irq: from xen_percpu_request_ipi() or xen_percpu_request_virq()
 * @cpu: the CPU, which need not be up
 *
 * The port is masked until @cpu calls enable_percpu_irq(). Does nothing where
 * the port is open.
 *
 * Context: may sleep.
 * Return: 0 or a negative error.
 */
int xen_percpu_bind(unsigned int irq, unsigned int cpu);

/**
 * xen_percpu_unbind() - close a CPU's port
 * @irq: from xen_percpu_request_ipi() or xen_percpu_request_virq()
 * @cpu: the CPU, which is down or has called disable_percpu_irq()
 *
 * Context: may sleep.
 */
void xen_percpu_unbind(unsigned int irq, unsigned int cpu);

/**
 * xen_percpu_port() - port of an interrupt between CPUs, to be polled
 * @ipi: which one; never enabled with enable_percpu_irq()
 * @cpu: the CPU
 *
 * Context: any; takes no lock.
 * Return: the port, or 0 if it is not open.
 */
evtchn_port_t xen_percpu_port(enum ipi_vector ipi, unsigned int cpu);

/**
 * xen_percpu_clear_pending() - forget an event of such a port
 * @port: from xen_percpu_port(), of this CPU
 *
 * Context: any; takes no lock.
 */
void xen_percpu_clear_pending(evtchn_port_t port);

/**
 * xen_send_IPI_one() - interrupt a CPU
 * @cpu: the CPU; may be this one
 * @vector: with which interrupt
 *
 * Context: any.
 */
void xen_send_IPI_one(unsigned int cpu, enum ipi_vector vector);

/* Priority, only with the FIFO ABI */

#define XEN_IRQ_PRIORITY_MAX		EVTCHN_FIFO_PRIORITY_MAX
#define XEN_IRQ_PRIORITY_DEFAULT	EVTCHN_FIFO_PRIORITY_DEFAULT
#define XEN_IRQ_PRIORITY_MIN		EVTCHN_FIFO_PRIORITY_MIN

/**
 * xen_set_irq_priority() - change the priority of events
 * @irq: the interrupt
 * @priority: XEN_IRQ_PRIORITY_MAX (0) to XEN_IRQ_PRIORITY_MIN
 *
 * Context: any.
 * Return: 0 or a negative error (-ENOSYS without the FIFO ABI).
 */
int xen_set_irq_priority(unsigned int irq, unsigned int priority);

/* References, for devices that share ports with user space */

/**
 * evtchn_bind_refcounted() - bind a port whose references are counted from the first on
 * @evtchn: open port without an interrupt; gets one reference
 * @is_static: do not close the port when the last reference goes
 *
 * As bind_evtchn_to_irq_lateeoi() otherwise.
 *
 * Context: may sleep.
 * Return: the interrupt; -EBUSY if the port has one, and so is somebody else's; or another
 * negative error.
 */
int evtchn_bind_refcounted(evtchn_port_t evtchn, bool is_static);

/**
 * evtchn_make_refcounted() - start to count the references of a port
 * @evtchn: port that was just bound; gets one reference
 * @is_static: do not close the port when the last reference goes
 *
 * Context: may sleep.
 * Return: 0, or -ENOENT if the port has no interrupt.
 */
int evtchn_make_refcounted(evtchn_port_t evtchn, bool is_static);

/**
 * evtchn_get() - take a reference
 * @evtchn: port
 *
 * Context: may sleep.
 * Return: 0, -ENOENT if the port has no interrupt, -EINVAL if its references
 * are not counted.
 */
int evtchn_get(evtchn_port_t evtchn);

/**
 * evtchn_put() - drop a reference; the last one closes the port
 * @evtchn: port
 *
 * Context: may sleep.
 */
void evtchn_put(evtchn_port_t evtchn);

/**
 * evtchn_other_domain() - who is at the other end of a port
 * @evtchn: port
 *
 * Context: any.
 * Return: a domain's number, -ENOTCONN if the port does not lead to a domain, or another
 * negative error of EVTCHNOP_status.
 */
int evtchn_other_domain(evtchn_port_t evtchn);

/**
 * xen_irq_put() - drop a reference by the interrupt
 * @irq: the interrupt; one that is not bound is ignored
 *
 * As evtchn_put(), for who may have kept the reference over a suspend: the port is gone
 * then, and its number may be that of another.
 *
 * Context: may sleep.
 */
void xen_irq_put(unsigned int irq);

/* Sending */

/**
 * notify_remote_via_evtchn() - send an event
 * @port: local port
 *
 * Context: any.
 */
static inline void notify_remote_via_evtchn(evtchn_port_t port)
{
	struct evtchn_send op = { .port = port };

	/* It fails only if the port is closed, and then nobody waits for it. */
	(void)HYPERVISOR_event_channel_op(EVTCHNOP_send, &op);
}

/**
 * notify_remote_via_irq() - send an event through the port of an interrupt
 * @irq: the interrupt; one without a port, as after a suspend, is ignored
 *
 * Context: any.
 */
void notify_remote_via_irq(int irq);

/* Polling an interrupt instead of waiting for it */

/**
 * xen_clear_irq_pending() - forget an event that has not been handled
 * @irq: the interrupt
 *
 * Context: any.
 */
void xen_clear_irq_pending(int irq);

/**
 * xen_test_irq_pending() - is there an event that has not been handled?
 * @irq: the interrupt
 *
 * Context: any.
 */
bool xen_test_irq_pending(int irq);

/**
 * xen_poll_irq() - give up the processor until there is an event
 * @irq: the interrupt, disabled
 *
 * Context: any.
 */
void xen_poll_irq(int irq);

/**
 * xen_poll_irq_timeout() - xen_poll_irq() with an end
 * @irq: the interrupt, disabled
 * @timeout: system time in ns, 0 for no end
 *
 * Context: any.
 */
void xen_poll_irq_timeout(int irq, u64 timeout);

/* Looking up */

/**
 * xen_evtchn_nr_channels() - how many ports can be in use at the moment
 */
unsigned int xen_evtchn_nr_channels(void);

/**
 * irq_from_evtchn() - interrupt of a port
 * @evtchn: local port
 *
 * Context: any.
 * Return: the interrupt, or -1 as an unsigned number.
 */
unsigned int irq_from_evtchn(evtchn_port_t evtchn);

/**
 * irq_evtchn_from_virq() - interrupt and port of a virtual interrupt
 * @cpu: for which CPU
 * @virq: VIRQ_*
 * @evtchn: gets the port
 *
 * Context: any.
 * Return: the interrupt, or -1 if it is not bound.
 */
int irq_evtchn_from_virq(unsigned int cpu, unsigned int virq,
			 evtchn_port_t *evtchn);

/* Physical interrupts: neither PVH nor our HVM guests have any */

/**
 * xen_pirq_from_irq() - Xen's number of a physical interrupt
 * @irq: the interrupt
 *
 * Return: a negative number: it has none.
 */
int xen_pirq_from_irq(unsigned int irq);

/**
 * xen_test_irq_shared() - may the interrupt line be masked?
 * @irq: the interrupt
 *
 * Return: 0.
 */
int xen_test_irq_shared(int irq);

/* For the architecture and for suspend */

/**
 * xen_init_IRQ() - choose the event channel ABI and set it up
 *
 * Context: boot, once, with the boot CPU's vcpu_info in place.
 */
void xen_init_IRQ(void);

/**
 * xen_evtchn_do_upcall() - deal with all pending events of this CPU
 *
 * Context: hard interrupt context, interrupts off.
 * Return: IRQ_HANDLED, or IRQ_NONE if there was nothing to do.
 */
int xen_evtchn_do_upcall(void);

/**
 * xen_set_callback_via() - tell Xen through which interrupt to call
 * @via: value for HVM_PARAM_CALLBACK_IRQ
 *
 * Return: 0 or a negative error.
 */
int xen_set_callback_via(uint64_t via);

/**
 * xen_bindings_hold() - let nobody bind or unbind
 *
 * Over the moment in which all ports go: who is about to close one would close another
 * that has got its number.
 *
 * Context: process context. Until xen_bindings_release(), in the same task.
 * Return: false if somebody is at it: to wait is not for those on whom it depends that
 * others go on.
 */
bool xen_bindings_hold(void);

/** xen_bindings_release() - ends xen_bindings_hold() */
void xen_bindings_release(void);

/**
 * xen_irq_resume() - bind anew what outlives a suspend
 *
 * Context: resume, one CPU, interrupts off.
 */
void xen_irq_resume(void);

/**
 * xen_evtchn_close() - close a port
 * @port: local port without an interrupt
 *
 * Context: any.
 */
static inline void xen_evtchn_close(evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };

	WARN_ON_ONCE(HYPERVISOR_event_channel_op(EVTCHNOP_close, &op));
}

/* The FIFO ABI is in use. Before xen_init_IRQ(): it is allowed. */
extern bool xen_fifo_events;

#endif /* _XEN_EVENTS_H */
