// SPDX-License-Identifier: GPL-2.0
/*
 * The processor aggregator device (ACPI000C): the firmware asks for a number of
 * processors to be idle for some time, to save power or to get less hot. Dom0 does not
 * schedule them, so it hands the request to Xen, and says what came of it.
 */
#define pr_fmt(fmt) "xen/acpi-pad: " fmt

#include <linux/acpi.h>
#include <linux/cleanup.h>
#include <linux/init.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/platform.h>
#include <xen/xen.h>

#include "dom0.h"

/* The only notification there is: the request has changed. */
#define REQUEST_CHANGED	0x80

/* One request at a time: Xen's count is set, read and reported. */
static DEFINE_MUTEX(park_lock);

/* Xen parks what it can. Returns how many are parked, or an error. */
static int park(u32 processors)
{
	struct xen_platform_op op = {
		.cmd = XENPF_core_parking,
		.u.core_parking.type = XEN_CORE_PARKING_SET,
		.u.core_parking.idle_nums = processors,
	};
	int err;

	lockdep_assert_held(&park_lock);
	err = HYPERVISOR_platform_op(&op);
	if (err)
		return err;

	op.u.core_parking.type = XEN_CORE_PARKING_GET;
	err = HYPERVISOR_platform_op(&op);
	return err ?: op.u.core_parking.idle_nums;
}

/**
 * xen_pad_parse() - how many processors are to be idle?
 * @pur: what _PUR has given, a package: a revision, which is 1, and the number
 * @processors: gets the number, at most INT_MAX
 *
 * Context: any.
 * Return: 0, or -EINVAL if it is something else.
 */
int xen_pad_parse(const union acpi_object *pur, u32 *processors)
{
	const union acpi_object *part = pur->package.elements;

	if (pur->package.count != 2 || part[0].type != ACPI_TYPE_INTEGER ||
	    part[1].type != ACPI_TYPE_INTEGER || part[0].integer.value != 1)
		return -EINVAL;
	*processors = min_t(u64, part[1].integer.value, INT_MAX);
	return 0;
}

static int read_request(acpi_handle handle, u32 *processors)
{
	struct acpi_buffer buffer = { .length = ACPI_ALLOCATE_BUFFER };
	int err;

	if (ACPI_FAILURE(acpi_evaluate_object_typed(handle, "_PUR", NULL,
						    &buffer,
						    ACPI_TYPE_PACKAGE)))
		return -ENODEV;
	err = xen_pad_parse(buffer.pointer, processors);
	kfree(buffer.pointer);
	return err;
}

static void report(acpi_handle handle, u32 processors)
{
	struct acpi_buffer count = {
		.length = sizeof(processors),
		.pointer = &processors,
	};

	acpi_evaluate_ost(handle, REQUEST_CHANGED, 0, &count);
}

static void pad_notify(acpi_handle handle, u32 event, void *unused)
{
	u32 wanted;
	int parked;

	if (event != REQUEST_CHANGED) {
		pr_warn("the firmware sends event %#x, which has no meaning\n",
			event);
		return;
	}
	guard(mutex)(&park_lock);
	if (read_request(handle, &wanted))
		return;
	parked = park(wanted);
	if (parked >= 0)
		report(handle, parked);
}

static int pad_add(struct acpi_device *device)
{
	strscpy(acpi_device_name(device), "Processor Aggregator");
	strscpy(acpi_device_class(device), "acpi_pad");
	if (ACPI_FAILURE(acpi_install_notify_handler(device->handle,
						     ACPI_DEVICE_NOTIFY,
						     pad_notify, NULL)))
		return -ENODEV;
	return 0;
}

static void pad_remove(struct acpi_device *device)
{
	acpi_remove_notify_handler(device->handle, ACPI_DEVICE_NOTIFY,
				   pad_notify);
	guard(mutex)(&park_lock);
	park(0);
}

static const struct acpi_device_id pad_ids[] = {
	{ "ACPI000C" },
	{}
};

static struct acpi_driver pad_driver = {
	.name = "processor_aggregator",
	.class = "acpi_pad",
	.ids = pad_ids,
	.ops = {
		.add = pad_add,
		.remove = pad_remove,
	},
};

static int __init acpi_pad_init(void)
{
	if (!xen_initial_domain())
		return -ENODEV;
	return acpi_bus_register_driver(&pad_driver);
}
subsys_initcall(acpi_pad_init);
