// SPDX-License-Identifier: GPL-2.0
/*
 * cpu/N/availability: "online" or "offline", for each vCPU N that this domain may
 * have. "xl vcpu-set" writes it.
 *
 * A CPU that is taken away is set offline, and its device disappears. One that
 * is given appears as a device, offline: whether and when to use it is user
 * space's decision, and its uevent is the occasion (see
 * Documentation/virt/xen/control.rst for the udev rule). A CPU that is there is
 * left alone, whether it is on or was set offline here.
 *
 * An event says no more than "look again", so the node is read, and a node that
 * is missing or makes no sense changes nothing. Whoever sets CPUs on and off by
 * sysfs holds the same lock as we (device hotplug).
 *
 * Only for PVH: an HVM guest's CPUs come and go through ACPI.
 */
#define pr_fmt(fmt) "xen/control: " fmt

#include <kunit/static_stub.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <asm/xen/hypervisor.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include "control.h"

/* As much of a value that makes no sense is shown. */
#define SHOWN_CHARS	16

static void set_present(unsigned int cpu, bool present)
{
	cpu_maps_update_begin();
	set_cpu_present(cpu, present);
	cpu_maps_update_done();
}

/**
 * xen_control_cpu_come - the toolstack gives us a CPU
 * @cpu: a possible CPU, which may be there already
 *
 * Present before its device appears: somebody waits for that to set it online.
 *
 * Context: sleeps.
 */
void xen_control_cpu_come(unsigned int cpu)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_control_cpu_come, cpu);

	might_sleep();

	lock_device_hotplug();
	if (!get_cpu_device(cpu)) {
		set_present(cpu, true);
		xen_arch_register_cpu(cpu);
		if (!get_cpu_device(cpu))
			set_present(cpu, false);
	}
	unlock_device_hotplug();
}

/**
 * xen_control_cpu_go - the toolstack takes a CPU away
 * @cpu: a possible CPU, which may be away already
 *
 * Xen does not take it; it is up to us to stop using it.
 *
 * Context: sleeps.
 */
void xen_control_cpu_go(unsigned int cpu)
{
	struct device *dev;
	int rc;

	KUNIT_STATIC_STUB_REDIRECT(xen_control_cpu_go, cpu);

	might_sleep();

	lock_device_hotplug();
	dev = get_cpu_device(cpu);
	if (dev) {
		/* 1: it was offline before. */
		rc = device_offline(dev);
		if (rc < 0 || cpu_online(cpu)) {
			pr_err_ratelimited("CPU %u cannot go: error %d\n", cpu,
					   rc);
		} else {
			xen_arch_unregister_cpu(cpu);
			set_present(cpu, false);
		}
	}
	unlock_device_hotplug();
}

/* Linux' number of a vCPU; for one that was never up, Xen numbers as we do. */
static bool find_cpu(unsigned int vcpu, unsigned int *found)
{
	unsigned int cpu;

	if (vcpu == XEN_VCPU_ID_INVALID)
		return false;
	for_each_possible_cpu(cpu) {
		if (xen_vcpu_nr(cpu) == vcpu) {
			*found = cpu;
			return true;
		}
	}
	*found = vcpu;
	return vcpu < nr_cpu_ids && cpu_possible(vcpu) &&
	       xen_vcpu_nr(vcpu) == XEN_VCPU_ID_INVALID;
}

static void look_at(unsigned int vcpu)
{
	char node[32], *value;
	unsigned int cpu;

	if (!find_cpu(vcpu, &cpu))
		return;

	snprintf(node, sizeof(node), "%u/availability", vcpu);
	value = xenbus_read(XBT_NIL, "cpu", node, NULL);
	if (IS_ERR(value)) {
		if (PTR_ERR(value) != -ENOENT)
			pr_warn_ratelimited("cannot read cpu/%s: %ld\n", node,
					    PTR_ERR(value));
		return;
	}

	if (!strcmp(value, "online"))
		xen_control_cpu_come(cpu);
	else if (!strcmp(value, "offline"))
		xen_control_cpu_go(cpu);
	else
		pr_warn_ratelimited("cpu/%s is \"%*pE\"\n", node,
				    (int)strnlen(value, SHOWN_CHARS), value);
	kfree(value);
}

static unsigned int vcpu_of(unsigned int cpu)
{
	unsigned int vcpu = xen_vcpu_nr(cpu);

	return vcpu == XEN_VCPU_ID_INVALID ? cpu : vcpu;
}

/**
 * xen_control_cpu_changed - callback of the watch
 * @watch: unused
 * @path: what changed: below one CPU, or "cpu" itself, which means any: at first,
 *	after a resume, and when there were more events than could be queued
 * @token: unused
 *
 * Context: sleeps.
 */
void xen_control_cpu_changed(struct xenbus_watch *watch, const char *path,
			     const char *token)
{
	unsigned int cpu, vcpu;

	if (sscanf(path, "cpu/%u", &vcpu) == 1) {
		look_at(vcpu);
		return;
	}
	for_each_possible_cpu(cpu)
		look_at(vcpu_of(cpu));
}

static struct xenbus_watch cpu_watch = {
	.node = "cpu",
	.callback = xen_control_cpu_changed,
};

/* The watch's first event is the look at how things are. */
static int store_ready(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	int err = register_xenbus_watch(&cpu_watch);

	if (err)
		pr_err("the toolstack cannot change the number of CPUs: %d\n",
		       err);
	return NOTIFY_DONE;
}

/* Late, as all CPUs must have been started before one is taken away. */
static int __init cpus_init(void)
{
	static struct notifier_block store_nb = { .notifier_call = store_ready };

	if (xen_pvh_domain())
		register_xenstore_notifier(&store_nb);
	return 0;
}
late_initcall(cpus_init);
