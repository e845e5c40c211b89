// SPDX-License-Identifier: GPL-2.0
/*
 * The interrupt line (GSI) of a PCI device that is passed to a guest.
 *
 * Lines that dom0 itself uses need nothing: it programs an IO-APIC that Xen emulates,
 * and Xen does the same to the real one. A line that only a guest will use dom0 does not
 * program, so it has to find out what ACPI says of it, and tell Xen.
 */
#include <linux/acpi.h>
#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/pci.h>
/* Needs the one above first. */
#include <linux/pci-acpi.h>
#include <linux/slab.h>

#include <asm/xen/hypercall.h>

#include <xen/acpi.h>
#include <xen/interface/physdev.h>

/**
 * struct gsi_info - an interrupt line
 * @gsi: its number
 * @trigger: ACPI_LEVEL_SENSITIVE or ACPI_EDGE_SENSITIVE
 * @polarity: ACPI_ACTIVE_HIGH or ACPI_ACTIVE_LOW
 */
struct gsi_info {
	int gsi;
	int trigger;
	int polarity;
};

int xen_pvh_setup_gsi(int gsi, int trigger, int polarity)
{
	struct physdev_setup_gsi op = {
		.gsi = gsi,
		.triggering = trigger != ACPI_EDGE_SENSITIVE,
		.polarity = polarity != ACPI_ACTIVE_HIGH,
	};
	int err = HYPERVISOR_physdev_op(PHYSDEVOP_setup_gsi, &op);

	/* That it is set up already is well. */
	return err == -EEXIST ? 0 : err;
}
EXPORT_SYMBOL_GPL(xen_pvh_setup_gsi);

/* Behind a link device it is the firmware's, or ours, to choose the line. */
static int line_behind_link(acpi_handle bridge,
			    const struct acpi_pci_routing_table *route,
			    struct gsi_info *info)
{
	acpi_handle link;
	int gsi;

	if (ACPI_FAILURE(acpi_get_handle(bridge, (char *)route->source, &link)))
		return -ENODEV;
	gsi = acpi_pci_link_allocate_irq(link, route->source_index,
					 &info->trigger, &info->polarity, NULL);
	if (gsi < 0)
		return -ENODEV;
	info->gsi = gsi;
	return 0;
}

static int follow(acpi_handle bridge,
		  const struct acpi_pci_routing_table *route,
		  struct gsi_info *info)
{
	/* What PCI says of lines, unless a link device knows better */
	info->trigger = ACPI_LEVEL_SENSITIVE;
	info->polarity = ACPI_ACTIVE_LOW;
	if (route->source[0])
		return line_behind_link(bridge, route, info);
	info->gsi = route->source_index;
	return 0;
}

/* ACPI counts pins from 0, PCI from 1. */
static bool is_route_of(const struct acpi_pci_routing_table *route,
			unsigned int slot, u8 pin)
{
	return upper_16_bits(route->address) == slot && route->pin + 1 == pin;
}

/* Returns 1 if the bridge has no table, or none for this pin. */
static int look_up(acpi_handle bridge, unsigned int slot, u8 pin,
		   struct gsi_info *info)
{
	struct acpi_buffer buffer = { .length = ACPI_ALLOCATE_BUFFER };
	struct acpi_pci_routing_table *route;
	int err = 1;

	if (ACPI_FAILURE(acpi_get_irq_routing_table(bridge, &buffer)))
		return 1;
	for (route = buffer.pointer; route->length;
	     route = (void *)route + route->length) {
		if (is_route_of(route, slot, pin)) {
			err = follow(bridge, route, info);
			break;
		}
	}
	kfree(buffer.pointer);
	return err;
}

/* With ARI the bus has one device, and what would be its number is a function's. */
static unsigned int slot_of(const struct pci_dev *pdev)
{
	return pci_ari_enabled(pdev->bus) ? 0 : PCI_SLOT(pdev->devfn);
}

/* The pin of the bridge above at which @pin of the device ends; 0 if at none. */
static u8 pin_above(const struct pci_dev *pdev, u8 pin)
{
	const struct pci_dev *bridge = pdev->bus->self;

	/* A card in a CardBus slot has no pins of its own. */
	if (bridge && bridge->class >> 8 == PCI_CLASS_BRIDGE_CARDBUS)
		return bridge->pin;
	return pci_swizzle_interrupt_pin(pdev, pin);
}

/* Up to the first bridge that knows where the pin leads */
static int find_line(struct pci_dev *pdev, struct gsi_info *info)
{
	u8 pin = pdev->pin;
	acpi_handle bridge;
	int err;

	while (pdev && pin) {
		bridge = acpi_pci_get_bridge_handle(pdev->bus);
		if (bridge) {
			err = look_up(bridge, slot_of(pdev), pin, info);
			if (err <= 0)
				return err;
		}
		pin = pin_above(pdev, pin);
		pdev = pdev->bus->self;
	}
	return -ENODEV;
}

int xen_acpi_get_gsi_info(struct pci_dev *dev, int *gsi_out, int *trigger_out,
			  int *polarity_out)
{
	struct gsi_info info;

	if (!dev || !gsi_out || !trigger_out || !polarity_out)
		return -EINVAL;
	/* It has no line, or one that leads nowhere. */
	if (find_line(dev, &info))
		return -EINVAL;
	*gsi_out = info.gsi;
	*trigger_out = info.trigger;
	*polarity_out = info.polarity;
	return 0;
}
EXPORT_SYMBOL_GPL(xen_acpi_get_gsi_info);

/* Who knows the lines is a module: it must not go away while it is asked. */
static DEFINE_MUTEX(get_gsi_lock);
static get_gsi_from_sbdf_t get_gsi;

void xen_acpi_register_get_gsi_func(get_gsi_from_sbdf_t func)
{
	guard(mutex)(&get_gsi_lock);
	get_gsi = func;
}
EXPORT_SYMBOL_GPL(xen_acpi_register_get_gsi_func);

int xen_acpi_get_gsi_from_sbdf(u32 sbdf)
{
	guard(mutex)(&get_gsi_lock);
	return get_gsi ? get_gsi(sbdf) : -EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(xen_acpi_get_gsi_from_sbdf);
