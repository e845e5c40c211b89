// SPDX-License-Identifier: GPL-2.0
/* All ports and what holds them, in debugfs: xen/events. */

#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/init.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/xarray.h>

#include <xen/xen.h>
#include <xen/xenbus.h>

#include "events.h"

static const char *kind_of(const struct xen_event *e)
{
	switch (e->kind) {
	case XEN_EVENT_VIRQ:
		return "virq";
	case XEN_EVENT_SOURCE:
		return "percpu";
	default:
		return e->lateeoi ? "lateeoi" : "port";
	}
}

static void show_event(struct seq_file *m, const struct xen_event *e,
		       evtchn_port_t port)
{
	u8 held = READ_ONCE(e->held);

	seq_printf(m, "%6u %5u %4u %-7s %c%c %c%c%c %8u %s\n", port, e->irq,
		   READ_ONCE(e->cpu), kind_of(e),
		   xen_event_abi->is_pending(port) ? 'p' : '-',
		   xen_event_abi->is_masked(port) ? 'm' : '-',
		   held & XEN_HELD_IRQ ? 'i' : '-',
		   held & XEN_HELD_EOI ? 'e' : '-',
		   READ_ONCE(e->queue) ? 'w' : '-', READ_ONCE(e->spurious),
		   e->dev ? dev_name(&e->dev->dev) : "");
}

static int events_show(struct seq_file *m, void *unused)
{
	struct xen_event *e;
	unsigned long port;
	unsigned int cpu;

	seq_printf(m, "%s ABI, %u of %u ports\n", xen_event_abi->name,
		   xen_event_abi->nr_ports(), xen_event_abi->max_ports());
	for_each_online_cpu(cpu)
		seq_printf(m, "CPU %u: %u wait for their EOI\n", cpu,
			   xen_throttle_waiting(cpu));

	seq_puts(m, "  port   irq  cpu kind    bits why spurious device\n");
	rcu_read_lock();
	xa_for_each(&xen_event_ports, port, e)
		show_event(m, e, port);
	rcu_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(events);

static int __init events_debugfs_init(void)
{
	struct dentry *found, *dir;

	if (!xen_event_abi)
		return 0;

	found = debugfs_lookup("xen", NULL);
	dir = found ?: debugfs_create_dir("xen", NULL);
	debugfs_create_file("events", 0400, dir, NULL, &events_fops);
	dput(found);
	return 0;
}
late_initcall(events_debugfs_init);
