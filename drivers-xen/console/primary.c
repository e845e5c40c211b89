// SPDX-License-Identifier: GPL-2.0
/*
 * Console 0: there from the start, without xenstore.
 *
 * A domU's is a ring console whose page and port stand in two HVM parameters;
 * the first domain's is the hypervisor's own. Either is found at console_init()
 * time, so that kernel messages reach console=hvc0 from there on; the terminal
 * and its interrupt come with the device initcalls.
 */
#define pr_fmt(fmt) "xen/console: " fmt

#include <linux/console.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/printk.h>
#include <linux/syscore_ops.h>

#include <asm/xen/hypercall.h>
#include <xen/xen.h>
#include <xen/events.h>
#include <xen/hvc-console.h>
#include <xen/hvm.h>
#include <xen/page.h>
#include <xen/interface/xen.h>

#include "console.h"

static struct xencons primary;

static ssize_t hypervisor_put_chars(u32 vtermno, const u8 *buf, size_t len)
{
	int err = HYPERVISOR_console_io(CONSOLEIO_write, len, (char *)buf);

	/* What Xen refuses once it refuses again: never ask for a retry. */
	return err < 0 ? err : len;
}

static ssize_t hypervisor_get_chars(u32 vtermno, u8 *buf, size_t len)
{
	return HYPERVISOR_console_io(CONSOLEIO_read, len, (char *)buf);
}

static int hypervisor_notifier_add(struct hvc_struct *hp, int irq)
{
	hp->irq_requested = primary.irq > 0;
	return 0;
}

static void hypervisor_notifier_del(struct hvc_struct *hp, int irq)
{
	hp->irq_requested = 0;
}

static const struct hv_ops hypervisor_ops = {
	.get_chars = hypervisor_get_chars,
	.put_chars = hypervisor_put_chars,
	.notifier_add = hypervisor_notifier_add,
	.notifier_del = hypervisor_notifier_del,
	.notifier_hangup = hypervisor_notifier_del,
};

static irqreturn_t hypervisor_interrupt(int irq, void *data)
{
	struct xencons *cons = data;

	if (hvc_poll(cons->hvc))
		hvc_kick();

	return IRQ_HANDLED;
}

/* A domain without a console has 0 in one of the parameters, or neither. */
static int read_params(u64 *pfn, u64 *port)
{
	int err;

	err = hvm_get_parameter(HVM_PARAM_CONSOLE_EVTCHN, port);
	if (err)
		return err;

	err = hvm_get_parameter(HVM_PARAM_CONSOLE_PFN, pfn);
	if (err)
		return err;

	if (!*port || *port > U32_MAX || !*pfn || *pfn > PHYS_PFN(PHYS_ADDR_MAX))
		return -ENODEV;

	return 0;
}

static int __init map_ring(void)
{
	struct xencons_interface *page;
	u64 pfn, port;
	int err;

	err = read_params(&pfn, &port);
	if (err)
		return err;

	page = memremap(PFN_PHYS(pfn), XEN_PAGE_SIZE, MEMREMAP_WB);
	if (!page) {
		pr_err("cannot map the console page at frame %#llx\n", pfn);
		return -ENOMEM;
	}

	primary.evtchn = port;
	xencons_attach(&primary, page);
	return 0;
}

static const struct hv_ops *primary_ops(void)
{
	return xen_initial_domain() ? &hypervisor_ops : &xencons_ring_ops;
}

/* A PVH guest that was told nothing has no other console to choose. */
static void __init prefer_primary(void)
{
	if (xen_pvh_domain() && !xen_initial_domain() &&
	    !console_set_on_cmdline)
		add_preferred_console("hvc", 0, NULL);
}

static int __init primary_console_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;

	xencons_init(&primary, 0);
	if (!xen_initial_domain()) {
		err = map_ring();
		if (err)
			return err;
	}

	err = xencons_publish(&primary);
	if (err)
		return err;

	prefer_primary();
	return hvc_instantiate(XENCONS_COOKIE, 0, primary_ops());
}
console_initcall(primary_console_init);

static int __init bind_primary(void)
{
	int irq;

	if (!xen_initial_domain())
		return xencons_bind(&primary);

	irq = bind_virq_to_irqhandler(VIRQ_CONSOLE, 0, hypervisor_interrupt, 0,
				      "hvc_console", &primary);
	if (irq < 0)
		return irq;

	primary.irq = irq;
	return 0;
}

/*
 * While the domain is suspended the toolstack clears the page. What is printed from
 * the last moment before to the first after it must not take that for a lie of the
 * backend's: it is not written, and stays in the kernel's log.
 */
static int primary_suspend(void *unused)
{
	xencons_detach(&primary);
	return 0;
}

static void primary_resume(void *unused)
{
	xencons_attach(&primary, primary.ring.page);
}

static const struct syscore_ops primary_syscore_ops = {
	.suspend = primary_suspend,
	.resume = primary_resume,
};

static struct syscore primary_syscore = { .ops = &primary_syscore_ops };

/* Without its interrupt the console still works: the hvc core polls it. */
static int __init primary_device_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;

	if (xen_initial_domain() || primary.ring.page) {
		err = xencons_add(&primary, primary_ops());
		if (err)
			pr_err("no terminal for console 0: %d\n", err);
		else if (bind_primary())
			pr_warn("no interrupt for console 0, polling it\n");
	}
	if (!xen_initial_domain() && primary.ring.page)
		register_syscore(&primary_syscore);

	return xencons_frontend_register();
}
device_initcall(primary_device_init);

/**
 * xen_console_resume() - give console 0 its new port after a restore
 *
 * The page is in use again already; a cancelled suspend does not come here. The
 * first domain's console needs nothing: its virq is bound again by the event channel
 * code.
 *
 * Context: process context, device interrupts suspended.
 */
void xen_console_resume(void)
{
	u64 pfn, port;

	might_sleep();

	if (xen_initial_domain() || !primary.ring.page)
		return;

	if (read_params(&pfn, &port))
		return;

	primary.evtchn = port;
	if (primary.irq > 0)
		rebind_evtchn_irq(port, primary.irq);
	/* Of what was printed in between, nobody was told. */
	notify_remote_via_evtchn(port);
}
