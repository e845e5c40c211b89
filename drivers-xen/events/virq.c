// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual interrupts: their ports, and which of them are bound.
 *
 * A VIRQ has one port for each CPU, or one in all where Xen says it is global.
 */
#define pr_fmt(fmt) "xen/events: " fmt

#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>

#include <xen/xen-ops.h>

#include "events.h"

struct virq_table {
	struct xen_event *bound[NR_VIRQS];
};

static DEFINE_PER_CPU(struct virq_table, virq_table);

static int take_over(evtchn_port_t port, unsigned int cpu)
{
	struct evtchn_bind_vcpu op = {
		.port = port,
		.vcpu = xen_vcpu_nr(cpu),
	};

	return xen_event_op(EVTCHNOP_bind_vcpu, &op);
}

/*
 * A kernel that ran here before, as with kexec, left the VIRQ bound. Only a
 * global one can be found on another vCPU: it was moved there.
 */
static int find_virq(unsigned int virq, unsigned int cpu, evtchn_port_t *port)
{
	struct evtchn_status op = { .dom = DOMID_SELF };
	unsigned int max = xen_event_abi->max_ports();

	*port = 0;
	for (op.port = 1; op.port < max; op.port++) {
		/* Fails behind the last port that Xen has memory for. */
		if (xen_event_op(EVTCHNOP_status, &op))
			break;
		if (op.status != EVTCHNSTAT_virq || op.u.virq != virq)
			continue;
		*port = op.port;
		if (op.vcpu == xen_vcpu_nr(cpu))
			return 0;
	}
	return *port ? take_over(*port, cpu) : -ENOENT;
}

/**
 * xen_virq_open() - have Xen open a port for a VIRQ
 * @virq: VIRQ_*
 * @cpu: for which CPU
 * @port: gets the port
 *
 * Return: 0 or a negative error.
 */
int xen_virq_open(unsigned int virq, unsigned int cpu, evtchn_port_t *port)
{
	struct evtchn_bind_virq op = {
		.virq = virq,
		.vcpu = xen_vcpu_nr(cpu),
	};
	int rc;

	rc = xen_event_op(EVTCHNOP_bind_virq, &op);
	if (rc == -EEXIST)
		return find_virq(virq, cpu, port);
	if (!rc)
		*port = op.port;
	return rc;
}

/**
 * xen_event_by_virq() - event of a VIRQ that is not one of the sources
 * @cpu: for which CPU
 * @virq: VIRQ_*
 *
 * Return: the event, or NULL if it is not bound.
 */
struct xen_event *xen_event_by_virq(unsigned int cpu, unsigned int virq)
{
	return READ_ONCE(per_cpu(virq_table, cpu).bound[virq]);
}

/**
 * xen_virq_note() - a VIRQ is bound
 * @e: its event
 * @cpu: for which CPU it was bound
 */
void xen_virq_note(struct xen_event *e, unsigned int cpu)
{
	lockdep_assert_held(&xen_bind_lock);
	WRITE_ONCE(per_cpu(virq_table, cpu).bound[e->virq], e);
}

/**
 * xen_virq_forget() - a VIRQ is not bound any more
 * @e: its event
 */
void xen_virq_forget(struct xen_event *e)
{
	unsigned int cpu;

	lockdep_assert_held(&xen_bind_lock);

	for_each_possible_cpu(cpu)
		if (per_cpu(virq_table, cpu).bound[e->virq] == e)
			WRITE_ONCE(per_cpu(virq_table, cpu).bound[e->virq], NULL);
}

int irq_evtchn_from_virq(unsigned int cpu, unsigned int virq,
			 evtchn_port_t *evtchn)
{
	struct xen_event *e;
	int irq = -1;

	if (virq >= NR_VIRQS || cpu >= nr_cpu_ids)
		return -1;

	rcu_read_lock();
	e = xen_event_by_virq(cpu, virq) ?: xen_source_by_virq(cpu, virq);
	if (e && READ_ONCE(e->port)) {
		*evtchn = READ_ONCE(e->port);
		irq = e->irq;
	}
	rcu_read_unlock();

	return irq;
}
