/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Xen platform device of HVM guests, and unplugging emulated devices.
 *
 * Xen's docs/misc/hvm-emulated-unplug.pandoc.
 */
#ifndef _XEN_PLATFORM_PCI_H
#define _XEN_PLATFORM_PCI_H

#include <linux/kconfig.h>
#include <linux/types.h>

/* I/O ports of the device model: reading, then writing */
#define XEN_IOPORT_BASE			0x10
#define XEN_IOPORT_MAGIC		(XEN_IOPORT_BASE + 0)
#define XEN_IOPORT_PROTOVER		(XEN_IOPORT_BASE + 2)
#define XEN_IOPORT_PLATFLAGS		(XEN_IOPORT_BASE + 0)
#define XEN_IOPORT_UNPLUG		(XEN_IOPORT_BASE + 0)
#define XEN_IOPORT_DRVVER		(XEN_IOPORT_BASE + 0)
#define XEN_IOPORT_SYSLOG		(XEN_IOPORT_BASE + 2)
#define XEN_IOPORT_PRODNUM		(XEN_IOPORT_BASE + 2)

#define XEN_IOPORT_MAGIC_VAL		0x49d2
#define XEN_IOPORT_LINUX_PRODNUM	0x0003
#define XEN_IOPORT_LINUX_DRVVER		0x0001

/* What to unplug; the upper half is only ours */
#define XEN_UNPLUG_ALL_IDE_DISKS	(1 << 0)
#define XEN_UNPLUG_ALL_NICS		(1 << 1)
#define XEN_UNPLUG_AUX_IDE_DISKS	(1 << 2)
#define XEN_UNPLUG_ALL			(XEN_UNPLUG_ALL_IDE_DISKS | \
					 XEN_UNPLUG_ALL_NICS | \
					 XEN_UNPLUG_AUX_IDE_DISKS)
#define XEN_UNPLUG_UNNECESSARY		(1 << 16)
#define XEN_UNPLUG_NEVER		(1 << 17)

/* Is there a driver for what takes the place of the emulated devices? */
static inline bool xen_must_unplug_nics(void)
{
	return IS_ENABLED(CONFIG_XEN_NETDEV_FRONTEND) &&
	       IS_ENABLED(CONFIG_XEN_PVHVM);
}

static inline bool xen_must_unplug_disks(void)
{
	return IS_ENABLED(CONFIG_XEN_BLKDEV_FRONTEND) &&
	       IS_ENABLED(CONFIG_XEN_PVHVM);
}

#ifdef CONFIG_XEN_PVHVM
/**
 * xen_has_pv_devices() - may PV drivers of any kind be used?
 *
 * Return: always true on PVH; on HVM as the device model and xen_emul_unplug=
 * on the command line have it.
 */
bool xen_has_pv_devices(void);

/**
 * xen_has_pv_disk_devices() - may PV disks be used?
 */
bool xen_has_pv_disk_devices(void);

/**
 * xen_has_pv_nic_devices() - may PV network devices be used?
 */
bool xen_has_pv_nic_devices(void);

/**
 * xen_has_pv_and_legacy_disk_devices() - are emulated disks still there too?
 */
bool xen_has_pv_and_legacy_disk_devices(void);
#else
static inline bool xen_has_pv_devices(void)
{
	return IS_ENABLED(CONFIG_XEN);
}

static inline bool xen_has_pv_disk_devices(void)
{
	return IS_ENABLED(CONFIG_XEN);
}

static inline bool xen_has_pv_nic_devices(void)
{
	return IS_ENABLED(CONFIG_XEN);
}

static inline bool xen_has_pv_and_legacy_disk_devices(void)
{
	return false;
}
#endif

#endif /* _XEN_PLATFORM_PCI_H */
