/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event channels as interrupts: what the files of this directory share.
 *
 * Vocabulary
 *	port	what Xen calls one end of an event channel: a number, and a few
 *		bits (pending, masked) in memory shared with Xen
 *	event	our object for an open port: struct xen_event
 *	ABI	one of the two layouts of those bits: 2-level or FIFO
 *	source	an IPI or a per-CPU VIRQ: one interrupt, an event on each CPU
 *
 * Finding an event
 *	From a port: one look into an xarray, under RCU. From an interrupt: its
 *	chip data. Interrupts come from an irq_domain, but their number in there
 *	(hwirq) cannot be the port: a source has many ports, and each port is
 *	another one after a migration while the interrupt stays. It names the
 *	binding instead.
 *
 * Letting go of an event
 *	1. mask the port and set event->port to 0, under event->lock. Whoever
 *	   still holds the event touches no port any more, so Xen may hand out
 *	   the same number again at once;
 *	2. take it out of the xarray, and only then
 *	3. close the port: a new binding never meets the old one;
 *	4. after a grace period free interrupt and event: a CPU in the middle of
 *	   its upcall keeps what it found.
 *
 * Locks, outermost first
 *	xen_bind_lock (a mutex)		binding, unbinding, reference counts
 *	irq_desc::lock			irq core; held in most chip callbacks
 *	xen_event::lock			port, mask reasons, EOI state
 *	deferred list lock (throttle.c)	events waiting for their EOI
 * The upcall takes only the event's lock, to claim it (xen_event_claim()).
 */
#ifndef _XEN_EVENTS_PRIVATE_H
#define _XEN_EVENTS_PRIVATE_H

#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/irqdomain.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <xen/events.h>
#include <xen/interface/event_channel.h>

struct xen_throttle_queue;
struct xenbus_device;

/* Reasons for which a port is masked; it is open when there is none. */
#define XEN_HELD_IRQ	BIT(0)	/* the irq core says so */
#define XEN_HELD_EOI	BIT(1)	/* the last event is not done with */
#define XEN_HELD_MOVE	BIT(2)	/* it is on its way to another CPU */

enum xen_event_kind {
	XEN_EVENT_PORT,
	XEN_EVENT_VIRQ,
	XEN_EVENT_SOURCE,
};

/* For xen_event_attach(): the CPU that the event has */
#define XEN_EVENT_SAME_CPU	UINT_MAX

/* Value of xen_event::refcnt where references are not counted */
#define XEN_EVENT_UNCOUNTED	(-1)

/**
 * struct xen_event - an open port
 * @desc:	descriptor of @irq; constant
 * @irq:	Linux interrupt; constant
 * @kind:	what it was bound to; constant
 * @lateeoi:	stays masked until the driver's EOI; constant
 * @percpu:	must not leave its CPU; constant
 * @static_port: is not closed when unbound; under the bind lock
 * @unbound:	has only to be freed yet; under the bind lock
 * @lost:	had a port before a suspend and has none since
 * @refcnt:	references or XEN_EVENT_UNCOUNTED; under the bind lock
 * @virq:	number of the VIRQ, for XEN_EVENT_VIRQ; constant
 * @hwirq:	number in the irq_domain; constant
 * @dev:	whose statistics and threshold apply, or NULL; constant
 * @lock:	for the members below; raw, interrupts off
 * @port:	the port, 0 when there is none; may be read without @lock
 * @cpu:	CPU that is notified; may be read without @lock
 * @held:	XEN_HELD_*, why the port is masked
 * @spurious:	spurious events in a row
 * @not_before:	earliest jiffies for the EOI, 0 for at once
 * @queue:	list it waits in for its EOI, or NULL
 * @due:	jiffies at which the wait is over; under the list's lock
 * @deferred:	link in @queue; under the list's lock
 * @free_work:	frees interrupt and event after a grace period
 */
struct xen_event {
	struct irq_desc *desc;
	unsigned int irq;
	enum xen_event_kind kind;
	bool lateeoi;
	bool percpu;
	bool static_port;
	bool unbound;
	bool lost;
	int refcnt;
	unsigned int virq;
	irq_hw_number_t hwirq;
	struct xenbus_device *dev;

	raw_spinlock_t lock;
	evtchn_port_t port;
	unsigned int cpu;
	u8 held;
	unsigned int spurious;
	u64 not_before;
	struct xen_throttle_queue *queue;
	u64 due;
	struct list_head deferred;

	struct rcu_work free_work;
};

/**
 * struct xen_upcall - state of one run through the pending events
 * @cpu:	CPU it runs on
 * @started:	local_clock() when it began to look long, else 0
 * @delivered:	events so far
 * @storm:	it takes too long: each port has to pause after its next event
 */
struct xen_upcall {
	unsigned int cpu;
	u64 started;
	unsigned int delivered;
	bool storm;
};

/**
 * struct xen_event_abi - one layout of the bits shared with Xen
 * @name:	for messages
 * @max_ports:	how many the layout could hold
 * @nr_ports:	how many have their bits in place at the moment
 * @prepare:	make room for a port; sleeps unless @gfp forbids it
 * @route:	the port has moved from CPU @from to CPU @to; nr_cpu_ids for
 *		none. Masked meanwhile
 * @mask:	stop notification; the event may become pending all the same
 * @unmask:	allow notification, and have it sent if an event is pending
 * @is_masked:	read the mask
 * @set_pending: as if an event had arrived, without notification
 * @clear_pending: forget an event
 * @is_pending:	is there an event?
 * @scan:	deliver what is pending on this CPU; interrupts off, under RCU
 * @cpu_up:	prepare a CPU that is about to start; sleeps
 * @cpu_dead:	a CPU is gone: hand on what it left
 * @resume:	all ports are gone and Xen knows nothing of us; no sleeping
 * @release:	free all memory; the ABI is not in use any more
 *
 * A port beyond nr_ports is ignored by all callbacks. Port operations are
 * called from any context.
 */
struct xen_event_abi {
	const char *name;
	unsigned int (*max_ports)(void);
	unsigned int (*nr_ports)(void);
	int (*prepare)(evtchn_port_t port, gfp_t gfp);
	void (*route)(evtchn_port_t port, unsigned int to, unsigned int from);
	void (*mask)(evtchn_port_t port);
	void (*unmask)(evtchn_port_t port);
	bool (*is_masked)(evtchn_port_t port);
	void (*set_pending)(evtchn_port_t port);
	void (*clear_pending)(evtchn_port_t port);
	bool (*is_pending)(evtchn_port_t port);
	void (*scan)(struct xen_upcall *up);
	int (*cpu_up)(unsigned int cpu);
	void (*cpu_dead)(unsigned int cpu);
	int (*resume)(void);
	void (*release)(void);
};

/* upcall.c */
void xen_event_deliver(struct xen_upcall *up, evtchn_port_t port);

/* abi_2l.c */
const struct xen_event_abi *xen_abi_2l_init(void);

/* abi_fifo.c */
const struct xen_event_abi *xen_abi_fifo_init(void);

/*
 * Static stubs of KUnit serve only the thread of a test, without raw locks. These
 * are called from anywhere: a kernel with the tests has hooks for them.
 */
#if IS_ENABLED(CONFIG_XEN_EVENTS_KUNIT_TEST)
extern int (*xen_event_op)(int cmd, void *arg);
extern u64 (*xen_throttle_clock)(void);
#else
#define xen_event_op		HYPERVISOR_event_channel_op
#define xen_throttle_clock	get_jiffies_64
#endif

/* init.c */
extern const struct xen_event_abi *xen_event_abi;
int xen_events_start(bool fifo);
void xen_events_fall_back(void);
int xen_events_cpu_up(unsigned int cpu);
int xen_events_cpu_dead(unsigned int cpu);

/* domain.c */
extern struct xarray xen_event_ports;
extern const struct irq_domain_ops xen_event_domain_ops;

/**
 * struct xen_irq_spec - what an interrupt is to be made of
 * @hwirq:	number in the domain
 * @chip:	its chip
 * @data:	chip data
 * @flow:	flow handler
 * @name:	second name in /proc/interrupts
 * @status:	IRQ_* status flags to set
 */
struct xen_irq_spec {
	irq_hw_number_t hwirq;
	const struct irq_chip *chip;
	void *data;
	irq_flow_handler_t flow;
	const char *name;
	unsigned long status;
};

int xen_event_domain_init(void);
int xen_event_irq_alloc(const struct xen_irq_spec *spec);
void xen_event_irq_free(unsigned int irq);
struct xen_event *xen_event_alloc(const struct xen_event *model);
void xen_event_free(struct xen_event *e);
void xen_event_setup(struct xen_event *e);
struct xen_event *xen_event_by_port(evtchn_port_t port);
struct xen_event *xen_event_by_irq(unsigned int irq);

/* chip.c */
extern const struct irq_chip xen_dyn_chip;
extern const struct irq_chip xen_lateeoi_chip;
extern const struct irq_chip xen_virq_chip;
void xen_event_hold(struct xen_event *e, u8 why);
void xen_event_release(struct xen_event *e, u8 why);
void xen_event_release_locked(struct xen_event *e, u8 why);
int xen_event_tell_vcpu(struct xen_event *e);
bool xen_event_claim(struct xen_event *e, evtchn_port_t port);
int xen_event_attach(struct xen_event *e, evtchn_port_t port, unsigned int cpu,
		     gfp_t gfp);
evtchn_port_t xen_event_detach(struct xen_event *e);
int xen_event_move(struct xen_event *e, unsigned int cpu);
void xen_event_lose(struct xen_event *e);

/* virq.c */
int xen_virq_open(unsigned int virq, unsigned int cpu, evtchn_port_t *port);
struct xen_event *xen_event_by_virq(unsigned int cpu, unsigned int virq);
void xen_virq_note(struct xen_event *e, unsigned int cpu);
void xen_virq_forget(struct xen_event *e);

/* bind.c */
extern struct mutex xen_bind_lock;
/* The lock for who may need memory */
unsigned int xen_bind_enter(void);
void xen_bind_leave(unsigned int flags);
void xen_port_close(evtchn_port_t port);

/* percpu.c */
extern const struct irq_chip xen_percpu_chip;
struct xen_event *xen_source_event(void *source);
struct xen_event *xen_source_by_virq(unsigned int cpu, unsigned int virq);
void xen_source_release(unsigned int irq);
void xen_sources_resume(void);

/* throttle.c */
void xen_throttle_init(void);
void xen_throttle_check(struct xen_upcall *up);
void xen_throttle_event(struct xen_event *e);
void xen_throttle_pause(struct xen_event *e);
void xen_throttle_eoi(struct xen_event *e, bool spurious);
void xen_throttle_cancel(struct xen_event *e);
void xen_throttle_run(unsigned int cpu);
void xen_throttle_cpu_dead(unsigned int cpu);
unsigned int xen_throttle_waiting(unsigned int cpu);

#endif /* _XEN_EVENTS_PRIVATE_H */
