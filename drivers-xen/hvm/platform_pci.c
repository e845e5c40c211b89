// SPDX-License-Identifier: GPL-2.0
/*
 * The Xen platform device: the PCI device by which an HVM guest knows that it may
 * have paravirtual devices. It brings two things that a PVH guest does without:
 *
 * - BAR 1, address space with nothing behind it, where the grant table is mapped;
 * - an INTx interrupt, for events where a vector cannot be had or is not wanted
 *   (xen_no_vector_callback). Xen raises it while vCPU 0 has events pending.
 *
 * BAR 0 has the ports of the unplug protocol, see arch/x86/xen/unplug.c; they also
 * answer at fixed addresses, which are used since that happens before PCI.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/pci.h>
#include <linux/pm.h>

#include <asm/irq_vectors.h>

#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/hvm.h>
#include <xen/xen.h>

#include "hvm.h"

#define MMIO_BAR	1

/* The same device in templates of XenServer's (device_id=0002) */
#define DEVICE_ID_XENSERVER	0x0002

#define VIA_INTX	\
	((u64)HVM_PARAM_CALLBACK_TYPE_PCI_INTX << HVM_CALLBACK_VIA_TYPE_SHIFT)

/**
 * xen_platform_callback() - how Xen is to raise the device's interrupt
 * @dev: the platform device, with a pin
 *
 * Xen takes an interrupt of the ISA bus by its number, and any other by the pin,
 * which it routes itself.
 *
 * Return: a value for HVM_PARAM_CALLBACK_IRQ.
 */
u64 xen_platform_callback(const struct pci_dev *dev)
{
	u64 domain = pci_domain_nr(dev->bus);

	if (dev->irq < NR_IRQS_LEGACY)
		return dev->irq;
	return VIA_INTX | domain << 32 | (u64)dev->bus->number << 16 |
	       (u64)dev->devfn << 8 | (dev->pin - 1);
}

static int tell_callback(struct pci_dev *dev)
{
	int rc = xen_set_callback_via(xen_platform_callback(dev));

	if (rc)
		dev_err(&dev->dev, "events cannot come by interrupt %d: error %d\n",
			dev->irq, rc);
	return rc;
}

/* Xen takes the interrupt back when vCPU 0 has nothing pending any more. */
static irqreturn_t platform_interrupt(int irq, void *dev)
{
	return xen_evtchn_do_upcall();
}

static void interrupt_end(struct pci_dev *dev)
{
	/* Zero is no interrupt at all. */
	xen_set_callback_via(0);
	free_irq(dev->irq, dev);
}

static int interrupt_init(struct pci_dev *dev)
{
	int rc;

	if (!dev->pin || !dev->irq) {
		dev_err(&dev->dev, "no interrupt for events\n");
		return -ENODEV;
	}
	rc = request_irq(dev->irq, platform_interrupt,
			 IRQF_SHARED | IRQF_NOBALANCING, "xen-platform-pci",
			 dev);
	if (rc) {
		dev_err(&dev->dev, "interrupt %d: error %d\n", dev->irq, rc);
		return rc;
	}
	/*
	 * All events are bound to vCPU 0, which is the one to look for them. An 8259
	 * sends nobody anything else, and cannot be told to.
	 */
	if (IS_ENABLED(CONFIG_SMP) && irq_set_affinity(dev->irq, cpumask_of(0)))
		dev_warn(&dev->dev, "interrupt %d cannot be kept on CPU 0\n",
			 dev->irq);
	rc = tell_callback(dev);
	if (rc)
		free_irq(dev->irq, dev);
	return rc;
}

static int grants_init(struct pci_dev *dev)
{
	resource_size_t room = pci_resource_len(dev, MMIO_BAR);
	unsigned int frames = gnttab_max_grant_frames();
	int rc;

	if (room >> XEN_PAGE_SHIFT < frames) {
		dev_err(&dev->dev, "no room for %u grant frames in %pR\n",
			frames, &dev->resource[MMIO_BAR]);
		return -ENOSPC;
	}
	rc = gnttab_setup_auto_xlat_frames(pci_resource_start(dev, MMIO_BAR));
	if (rc)
		return rc;
	rc = gnttab_init();
	if (rc)
		gnttab_free_auto_xlat_frames();
	return rc;
}

static int platform_probe(struct pci_dev *dev, const struct pci_device_id *id)
{
	bool by_interrupt = !xen_have_vector_callback;
	int rc;

	if (!xen_hvm_domain() || xen_pvh_domain())
		return -ENODEV;
	rc = pci_enable_device(dev);
	if (rc)
		return rc;
	rc = pci_request_regions(dev, "xen-platform-pci");
	if (rc)
		goto disable;
	if (by_interrupt)
		rc = interrupt_init(dev);
	if (rc)
		goto release;
	/* Last, since a table that is in use cannot be given back. */
	rc = grants_init(dev);
	if (!rc)
		return 0;

	if (by_interrupt)
		interrupt_end(dev);
release:
	pci_release_regions(dev);
disable:
	pci_disable_device(dev);
	return rc;
}

/* A new Xen, or the same one anew, knows nothing of the callback. */
static int __maybe_unused platform_resume(struct device *dev)
{
	return xen_have_vector_callback ? 0 : tell_callback(to_pci_dev(dev));
}

/* Before other devices' interrupts, among which are those that come as events. */
static const struct dev_pm_ops platform_pm_ops = {
	SET_NOIRQ_SYSTEM_SLEEP_PM_OPS(NULL, platform_resume)
};

static const struct pci_device_id platform_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_XEN, PCI_DEVICE_ID_XEN_PLATFORM) },
	{ PCI_DEVICE(PCI_VENDOR_ID_XEN, DEVICE_ID_XENSERVER) },
	{ }
};

static struct pci_driver platform_driver = {
	.name		= "xen-platform-pci",
	.probe		= platform_probe,
	.id_table	= platform_ids,
	.driver		= {
		.pm	= &platform_pm_ops,
		/* Grants may be out, and events come through it. */
		.suppress_bind_attrs = true,
	},
};
builtin_pci_driver(platform_driver);
