// SPDX-License-Identifier: GPL-2.0
/*
 * The event channels of a domain that is given to another kernel.
 *
 * EVTCHNOP_reset closes all of them, and undoes the FIFO ABI. The ports of store and
 * console are opened again: nobody tells the other ends that they were closed, and the
 * next kernel looks for its own ends where the HVM parameters say, which a guest cannot
 * change. So they must get the same numbers. Xen gives the lowest number that is free.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/smp.h>

#include <asm/xen/hypercall.h>

#include <xen/hvm.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/hvm/params.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

#define RESET_TRIES	3

/**
 * struct kept_port - a port that is to be there for the next kernel
 * @port: its number, 0 for none
 * @dom: where it leads to
 * @remote: the port there, 0 if nobody has bound it yet or any more
 */
struct kept_port {
	evtchn_port_t port;
	domid_t dom;
	evtchn_port_t remote;
};

static unsigned int ask_status(evtchn_port_t port, struct kept_port *kept)
{
	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

	if (HYPERVISOR_event_channel_op(EVTCHNOP_status, &status))
		return EVTCHNSTAT_closed;
	kept->port = port;
	if (status.status == EVTCHNSTAT_interdomain) {
		kept->dom = status.u.interdomain.dom;
		kept->remote = status.u.interdomain.port;
	} else if (status.status == EVTCHNSTAT_unbound) {
		kept->dom = status.u.unbound.dom;
		kept->remote = 0;
	}
	return status.status;
}

static struct kept_port look_up(int param)
{
	struct kept_port kept = { };
	unsigned int status;
	u64 port;

	if (hvm_get_parameter(param, &port) || !port)
		return kept;
	status = ask_status(port, &kept);
	if (status != EVTCHNSTAT_interdomain && status != EVTCHNSTAT_unbound)
		kept.port = 0;
	return kept;
}

static bool is_closed(evtchn_port_t port)
{
	struct kept_port unused;

	return ask_status(port, &unused) == EVTCHNSTAT_closed;
}

static void close_port(evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };

	HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);
}

/* Opens ports that lead nowhere until @port is the lowest that is free. */
static int fill_below(evtchn_port_t port)
{
	struct evtchn_alloc_unbound op = {
		.dom = DOMID_SELF,
		.remote_dom = DOMID_SELF,
	};
	int rc;

	do {
		rc = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);
		if (rc)
			return rc;
	} while (op.port < port);
	close_port(op.port);
	return op.port == port ? 0 : -EBUSY;
}

/* After a crash this CPU is the next kernel's first. Xen notifies its own first. */
static int notify_us(evtchn_port_t port)
{
	struct evtchn_bind_vcpu op = {
		.port = port,
		.vcpu = xen_vcpu_nr(smp_processor_id()),
	};

	return HYPERVISOR_event_channel_op(EVTCHNOP_bind_vcpu, &op);
}

static int open_to(const struct kept_port *kept, evtchn_port_t *port)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = kept->dom,
	};
	struct evtchn_bind_interdomain bind = {
		.remote_dom = kept->dom,
		.remote_port = kept->remote,
	};
	int rc;

	if (kept->remote) {
		rc = HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain,
						 &bind);
		*port = bind.local_port;
	} else {
		rc = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);
		*port = alloc.port;
	}
	return rc;
}

static int reopen(const struct kept_port *kept)
{
	evtchn_port_t port;
	int rc;

	rc = fill_below(kept->port) ?: open_to(kept, &port);
	if (rc)
		return rc;
	return port == kept->port ? notify_us(port) : -EBUSY;
}

/* It may have closed all, and find one that somebody has opened meanwhile. */
static int close_all(void)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	unsigned int tries = RESET_TRIES;
	int rc;

	do {
		rc = HYPERVISOR_event_channel_op(EVTCHNOP_reset, &reset);
	} while (rc == -EAGAIN && --tries);
	return rc;
}

/**
 * xen_ports_close() - close all ports
 *
 * Context: as xen_ports_leave().
 * Return: 0, or Xen's error when some stay open.
 */
int xen_ports_close(void)
{
	int rc;

	lockdep_assert_irqs_disabled();

	rc = close_all();
	if (rc)
		pr_err("ports stay open for the next kernel: error %d\n", rc);
	return rc;
}

/**
 * xen_ports_leave() - close all ports but those of store and console
 *
 * Context: the last CPU that runs, interrupts off.
 */
void xen_ports_leave(void)
{
	struct kept_port kept[] = {
		look_up(HVM_PARAM_STORE_EVTCHN),
		look_up(HVM_PARAM_CONSOLE_EVTCHN),
	};
	evtchn_port_t port;
	unsigned int i;
	int failed, rc;

	lockdep_assert_irqs_disabled();

	failed = xen_ports_close();

	/* The lowest first: what is below another is then filled or its own. */
	if (kept[0].port > kept[1].port)
		swap(kept[0], kept[1]);
	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		if (!kept[i].port || (failed && !is_closed(kept[i].port)))
			continue;
		rc = reopen(&kept[i]);
		if (rc)
			pr_err("port %u is lost to the next kernel: error %d\n",
			       kept[i].port, rc);
	}
	if (failed)
		return;
	for (port = 1; port < kept[1].port; port++) {
		if (port != kept[0].port)
			close_port(port);
	}
}

/**
 * xen_ports_take() - have the ports of store and console notify this CPU
 *
 * After a soft reset they are new ones, which notify the first vCPU. The next kernel may
 * have none but this.
 *
 * Context: as xen_ports_leave().
 */
void xen_ports_take(void)
{
	const struct kept_port ports[] = {
		look_up(HVM_PARAM_STORE_EVTCHN),
		look_up(HVM_PARAM_CONSOLE_EVTCHN),
	};
	unsigned int i;
	int rc;

	lockdep_assert_irqs_disabled();

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		rc = ports[i].port ? notify_us(ports[i].port) : 0;
		if (rc)
			pr_err("port %u wakes another CPU than the next kernel's first: error %d\n",
			       ports[i].port, rc);
	}
}
