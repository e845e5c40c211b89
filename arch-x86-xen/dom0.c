// SPDX-License-Identifier: GPL-2.0
/*
 * What only the initial domain asks of Xen.
 */
#include <linux/export.h>

#include <asm/xen/hypercall.h>

#include <xen/acpi.h>
#include <xen/interface/physdev.h>

/**
 * xen_pvh_setup_gsi() - have Xen route an interrupt line of a passed-through device
 * @gsi: the line
 * @trigger: 0 for edge, 1 for level
 * @polarity: 0 for active high, 1 for active low
 *
 * Return: 0 or -errno; a line that is set up already is no error.
 */
int xen_pvh_setup_gsi(int gsi, int trigger, int polarity)
{
	struct physdev_setup_gsi op = {
		.gsi = gsi,
		.triggering = trigger ? 1 : 0,
		.polarity = polarity ? 1 : 0,
	};
	int rc = HYPERVISOR_physdev_op(PHYSDEVOP_setup_gsi, &op);

	return rc == -EEXIST ? 0 : rc;
}
EXPORT_SYMBOL_GPL(xen_pvh_setup_gsi);
