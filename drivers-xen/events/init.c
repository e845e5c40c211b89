// SPDX-License-Identifier: GPL-2.0
/* Choice of the ABI, and CPUs that come and go. */
#define pr_fmt(fmt) "xen/events: " fmt

#include <linux/cpuhotplug.h>
#include <linux/init.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>

#include <xen/xen.h>
#include <xen/hvm.h>

#include "events.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "xen."

bool xen_fifo_events = true;
module_param_named(fifo_events, xen_fifo_events, bool, 0);

const struct xen_event_abi *xen_event_abi __read_mostly;

#if IS_ENABLED(CONFIG_XEN_EVENTS_KUNIT_TEST)
int (*xen_event_op)(int cmd, void *arg) = HYPERVISOR_event_channel_op;
#endif

/**
 * xen_events_start() - set up an ABI
 * @fifo: the FIFO one, if Xen lets us
 *
 * Return: 0 or a negative error.
 */
int xen_events_start(bool fifo)
{
	const struct xen_event_abi *abi = NULL;
	int rc;

	/* Without a domain there is an ABI, but nothing can be bound. */
	rc = xen_event_domain_init();
	xen_throttle_init();

	if (fifo) {
		abi = xen_abi_fifo_init();
		if (!abi)
			pr_notice("Xen refuses the FIFO ABI\n");
	}
	if (!abi) {
		xen_fifo_events = false;
		abi = xen_abi_2l_init();
	}
	xen_event_abi = abi;
	pr_info("%s ABI, up to %u ports\n", abi->name, abi->max_ports());
	return rc;
}

/* After a migration to a Xen without FIFO. Nothing may be bound. */
void xen_events_fall_back(void)
{
	const struct xen_event_abi *old = xen_event_abi;

	lockdep_assert_irqs_disabled();

	pr_err("cannot resume the %s ABI, going on with 2-level\n", old->name);
	xen_fifo_events = false;
	xen_event_abi = xen_abi_2l_init();
	old->release();
}

int xen_events_cpu_up(unsigned int cpu)
{
	int rc = xen_event_abi->cpu_up(cpu);

	if (rc)
		pr_err("CPU %u gets no events: error %d\n", cpu, rc);
	return rc;
}

int xen_events_cpu_dead(unsigned int cpu)
{
	xen_event_abi->cpu_dead(cpu);
	xen_throttle_cpu_dead(cpu);
	return 0;
}

unsigned int xen_evtchn_nr_channels(void)
{
	return xen_event_abi->nr_ports();
}
EXPORT_SYMBOL_GPL(xen_evtchn_nr_channels);

int xen_set_callback_via(uint64_t via)
{
	struct xen_hvm_param op = {
		.domid = DOMID_SELF,
		.index = HVM_PARAM_CALLBACK_IRQ,
		.value = via,
	};

	return HYPERVISOR_hvm_op(HVMOP_set_param, &op);
}
EXPORT_SYMBOL_GPL(xen_set_callback_via);

void __init xen_init_IRQ(void)
{
	int rc = xen_events_start(xen_fifo_events);

	if (rc)
		pr_crit("no interrupts: error %d\n", rc);
}

static int __init hotplug_init(void)
{
	int rc;

	if (!xen_event_abi)
		return 0;

	rc = cpuhp_setup_state_nocalls(CPUHP_XEN_EVTCHN_PREPARE,
				       "xen/evtchn:prepare",
				       xen_events_cpu_up, xen_events_cpu_dead);
	if (rc < 0)
		pr_err("no CPU but the first gets events: %d\n", rc);
	return 0;
}
early_initcall(hotplug_init);
