// SPDX-License-Identifier: GPL-2.0
/*
 * Emulated devices of an HVM guest: asking QEMU to unplug those that have a
 * paravirtual counterpart, and saying which paravirtual devices may be used.
 *
 * The protocol is in Xen's docs/misc/hvm-emulated-unplug.pandoc: two I/O ports of
 * the Xen platform device. A PVH guest has no emulated devices.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <linux/export.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/lockdep.h>
#include <linux/string.h>

#include <xen/platform_pci.h>

#include "xen-arch.h"

#define PORT_UNPLUG		0x10
#define PORT_PROTOCOL		0x12
#define PORT_MAGIC		0x49d2

/* Products and their builds, written once to be listed by the toolstack. */
#define PORT_PRODUCT		0x12
#define PORT_BUILD		0x10
#define PRODUCT_LINUX		0x3
#define BUILD_LINUX		0xffff

/* From xen_emul_unplug=; XEN_UNPLUG_UNNECESSARY and _NEVER stay in the kernel. */
VISIBLE_IF_KUNIT int xen_unplug_policy __initdata;
/* What is known to be gone, XEN_UNPLUG_* */
VISIBLE_IF_KUNIT int xen_unplugged __ro_after_init;

/**
 * xen_has_pv_devices() - may paravirtual devices be used at all?
 *
 * Return: true in a PVH domain, and in an HVM domain whose platform device
 * answered and whose parameters allow it.
 */
bool xen_has_pv_devices(void)
{
	if (!xen_domain())
		return false;
	if (xen_pvh_domain())
		return true;
	return xen_unplugged && !(xen_unplugged & XEN_UNPLUG_NEVER);
}
EXPORT_SYMBOL_GPL(xen_has_pv_devices);

/**
 * xen_has_pv_nic_devices() - may netfront drive the network devices?
 *
 * Also when only other kinds of devices were unplugged, and each card is there twice:
 * so it always was, and a guest may have been set up to use either.
 */
bool xen_has_pv_nic_devices(void)
{
	return xen_has_pv_devices();
}
EXPORT_SYMBOL_GPL(xen_has_pv_nic_devices);

/**
 * xen_has_pv_disk_devices() - may blkfront drive the disks?
 *
 * As xen_has_pv_nic_devices(): the root may be on one of either.
 */
bool xen_has_pv_disk_devices(void)
{
	return xen_has_pv_devices();
}
EXPORT_SYMBOL_GPL(xen_has_pv_disk_devices);

/**
 * xen_has_pv_and_legacy_disk_devices() - does each disk show up twice?
 *
 * Return: true when the primary disks are paravirtual but others were left
 * emulated.
 */
bool xen_has_pv_and_legacy_disk_devices(void)
{
	if (!xen_has_pv_devices() || xen_pvh_domain())
		return false;
	return xen_unplugged & XEN_UNPLUG_UNNECESSARY;
}
EXPORT_SYMBOL_GPL(xen_has_pv_and_legacy_disk_devices);

VISIBLE_IF_KUNIT bool xen_unplug_answered(void)
{
	u8 protocol;

	KUNIT_STATIC_STUB_REDIRECT(xen_unplug_answered);

	if (inw(PORT_UNPLUG) != PORT_MAGIC)
		return false;
	protocol = inb(PORT_PROTOCOL);
	if (protocol >= 1) {
		outw(PRODUCT_LINUX, PORT_PRODUCT);
		outl(BUILD_LINUX, PORT_BUILD);
		/* The device may refuse this version of these drivers. */
		return inw(PORT_UNPLUG) == PORT_MAGIC;
	}
	return true;
}

VISIBLE_IF_KUNIT void xen_unplug_ask(int mask)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_unplug_ask, mask);
	outw(mask, PORT_UNPLUG);
}

/* Without a paravirtual driver in this kernel the emulated device is needed. */
static int __init default_policy(void)
{
	int policy = 0;

	if (IS_ENABLED(CONFIG_XEN_NETDEV_FRONTEND))
		policy |= XEN_UNPLUG_ALL_NICS;
	if (IS_ENABLED(CONFIG_XEN_BLKDEV_FRONTEND))
		policy |= XEN_UNPLUG_ALL_IDE_DISKS;
	return policy;
}

/**
 * xen_unplug_emulated_devices() - carry out the unplug policy
 *
 * Context: boot, before any device is probed. Does nothing in a PVH domain.
 */
void __init xen_unplug_emulated_devices(void)
{
	if (xen_pvh)
		return;

	if (xen_unplug_policy & XEN_UNPLUG_NEVER) {
		xen_unplugged = XEN_UNPLUG_NEVER;
		return;
	}
	if (!xen_unplug_policy)
		xen_unplug_policy = default_policy();
	if (xen_unplug_policy & XEN_UNPLUG_UNNECESSARY) {
		xen_unplugged = xen_unplug_policy;
		return;
	}
	/* Without any paravirtual driver */
	if (!xen_unplug_policy)
		return;
	if (!xen_unplug_answered()) {
		pr_info("no answer from the Xen platform device: emulated devices stay\n");
		return;
	}
	xen_unplug_ask(xen_unplug_policy);
	xen_unplugged = xen_unplug_policy;
	pr_info("emulated devices unplugged: %#x\n", xen_unplug_policy);
}

/**
 * xen_unplug_again() - the same for the devices of a new life
 *
 * Context: after a restore, on one CPU with interrupts off.
 */
void xen_unplug_again(void)
{
	int mask = xen_unplugged & XEN_UNPLUG_ALL;

	lockdep_assert_irqs_disabled();

	if (xen_unplugged & (XEN_UNPLUG_NEVER | XEN_UNPLUG_UNNECESSARY))
		return;
	if (mask && xen_unplug_answered())
		xen_unplug_ask(mask);
}

struct unplug_word {
	const char *name;
	int flag;
};

static const struct unplug_word policies[] __initconst = {
	{ "all", XEN_UNPLUG_ALL },
	{ "ide-disks", XEN_UNPLUG_ALL_IDE_DISKS },
	{ "aux-ide-disks", XEN_UNPLUG_AUX_IDE_DISKS },
	{ "nics", XEN_UNPLUG_ALL_NICS },
	{ "unnecessary", XEN_UNPLUG_UNNECESSARY },
	{ "never", XEN_UNPLUG_NEVER },
};

VISIBLE_IF_KUNIT int __init xen_unplug_parse(char *arg)
{
	unsigned int i;
	char *word;

	while ((word = strsep(&arg, ","))) {
		for (i = 0; i < ARRAY_SIZE(policies); i++)
			if (!strcmp(word, policies[i].name))
				break;
		if (i == ARRAY_SIZE(policies)) {
			pr_warn("xen_emul_unplug=: \"%s\" is not known\n", word);
			continue;
		}
		xen_unplug_policy |= policies[i].flag;
	}
	return 0;
}
early_param("xen_emul_unplug", xen_unplug_parse);
