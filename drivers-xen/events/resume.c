// SPDX-License-Identifier: GPL-2.0
/*
 * After a suspend, Xen has given us a new domain: no port is open any more and
 * the ABI is not set up. IPIs and VIRQs come back here. Ports towards other
 * domains come back when their drivers resume, see rebind_evtchn_irq().
 *
 * One CPU runs, with interrupts off, so there is nobody to lock against.
 */
#define pr_fmt(fmt) "xen/events: " fmt

#include <kunit/static_stub.h>
#include <linux/cpumask.h>
#include <linux/lockdep.h>
#include <linux/xarray.h>

#include "events.h"

static void lose_all_ports(void)
{
	struct xen_event *e;
	unsigned long port;

	xa_for_each(&xen_event_ports, port, e)
		xen_event_lose(e);
	xa_destroy(&xen_event_ports);
}

/* Bound for @cpu; a global one may have moved since. */
static int reopen_virq(struct xen_event *e, unsigned int cpu)
{
	unsigned int now = e->cpu;
	evtchn_port_t port;
	int rc;

	rc = xen_virq_open(e->virq, cpu, &port);
	if (rc)
		return rc;

	rc = xen_event_attach(e, port, cpu, GFP_ATOMIC);
	if (rc) {
		xen_port_close(port);
		return rc;
	}
	return cpu_online(now) ? xen_event_move(e, now) : 0;
}

static void resume_virq(unsigned int cpu, unsigned int virq)
{
	struct xen_event *e = xen_event_by_virq(cpu, virq);
	int rc = 0;

	if (e && e->lost)
		rc = reopen_virq(e, cpu);
	if (rc)
		pr_err("VIRQ %u of CPU %u after resume: error %d\n", virq, cpu,
		       rc);
}

void xen_irq_resume(void)
{
	unsigned int cpu, virq;
	int rc;

	KUNIT_STATIC_STUB_REDIRECT(xen_irq_resume);

	lockdep_assert_irqs_disabled();

	lose_all_ports();
	rc = xen_event_abi->resume();
	if (rc)
		xen_events_fall_back();

	xen_sources_resume();
	for_each_possible_cpu(cpu)
		for (virq = 0; virq < NR_VIRQS; virq++)
			resume_virq(cpu, virq);
}
