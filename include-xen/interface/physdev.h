/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCI devices and physical interrupts. Xen's public/physdev.h.
 */
#ifndef _XEN_INTERFACE_PHYSDEV_H
#define _XEN_INTERFACE_PHYSDEV_H

#include <linux/build_bug.h>
#include <xen/interface/xen.h>

#define PHYSDEVOP_irq_status_query	5
#define PHYSDEVOP_set_iopl		6
#define PHYSDEVOP_set_iobitmap		7
#define PHYSDEVOP_apic_read		8
#define PHYSDEVOP_apic_write		9
#define PHYSDEVOP_alloc_irq_vector	10
#define PHYSDEVOP_free_irq_vector	11
#define PHYSDEVOP_eoi			12
#define PHYSDEVOP_map_pirq		13
#define PHYSDEVOP_unmap_pirq		14
#define PHYSDEVOP_manage_pci_add	15
#define PHYSDEVOP_manage_pci_remove	16
#define PHYSDEVOP_pirq_eoi_gmfn_v1	17
#define PHYSDEVOP_restore_msi		19
#define PHYSDEVOP_manage_pci_add_ext	20
#define PHYSDEVOP_setup_gsi		21
#define PHYSDEVOP_get_nr_pirqs		22
#define PHYSDEVOP_get_free_pirq		23
#define PHYSDEVOP_pci_mmcfg_reserved	24
#define PHYSDEVOP_pci_device_add	25
#define PHYSDEVOP_pci_device_remove	26
#define PHYSDEVOP_restore_msi_ext	27
#define PHYSDEVOP_pirq_eoi_gmfn_v2	28
#define PHYSDEVOP_dbgp_op		29
#define PHYSDEVOP_prepare_msix		30
#define PHYSDEVOP_release_msix		31
#define PHYSDEVOP_pci_device_reset	32

/* Physical interrupts as event channels */

struct physdev_eoi {
	uint32_t irq;
};

#define _XENIRQSTAT_needs_eoi	0
#define _XENIRQSTAT_shared	1
#define XENIRQSTAT_needs_eoi	(1U << _XENIRQSTAT_needs_eoi)
#define XENIRQSTAT_shared	(1U << _XENIRQSTAT_shared)

struct physdev_irq_status_query {
	uint32_t irq;

	uint32_t flags;
};

struct physdev_irq {
	uint32_t irq;

	uint32_t vector;
};

#define MAP_PIRQ_TYPE_MSI	0
#define MAP_PIRQ_TYPE_GSI	1
#define MAP_PIRQ_TYPE_UNKNOWN	2
#define MAP_PIRQ_TYPE_MSI_SEG	3
#define MAP_PIRQ_TYPE_MULTI_MSI	4

struct physdev_map_pirq {
	domid_t domid;
	int type;
	int index;
	int pirq;			/* negative: any */
	int bus;			/* segment in the upper half */
	int devfn;
	int entry_nr;			/* number of MSIs */
	uint64_t table_base;		/* MSI-X only */
};

struct physdev_unmap_pirq {
	domid_t domid;
	int pirq;
};

struct physdev_nr_pirqs {
	uint32_t nr_pirqs;
};

struct physdev_get_free_pirq {
	int type;

	uint32_t pirq;
};

/* How an interrupt line is triggered: 0 edge, 1 level; 0 high, 1 low */
struct physdev_setup_gsi {
	int gsi;
	uint8_t triggering;
	uint8_t polarity;
};

/* dom0 tells Xen about PCI devices */

struct physdev_manage_pci {
	uint8_t bus;
	uint8_t devfn;
};

struct physdev_manage_pci_ext {
	uint8_t bus;
	uint8_t devfn;
	unsigned int is_extfn;
	unsigned int is_virtfn;
	struct {
		uint8_t bus;
		uint8_t devfn;
	} physfn;
};

#define XEN_PCI_DEV_EXTFN	0x1
#define XEN_PCI_DEV_VIRTFN	0x2
#define XEN_PCI_DEV_PXM		0x4

struct physdev_pci_device_add {
	uint16_t seg;
	uint8_t bus;
	uint8_t devfn;
	uint32_t flags;
	struct {
		uint8_t bus;
		uint8_t devfn;
	} physfn;
	uint32_t optarr[];		/* the first is the proximity domain */
};

struct physdev_pci_device {
	uint16_t seg;
	uint8_t bus;
	uint8_t devfn;
};

#define PCI_DEVICE_RESET_COLD	0x0
#define PCI_DEVICE_RESET_WARM	0x1
#define PCI_DEVICE_RESET_HOT	0x2
#define PCI_DEVICE_RESET_FLR	0x3
#define PCI_DEVICE_RESET_MASK	0x3

struct pci_device_reset {
	struct physdev_pci_device dev;
	uint32_t flags;
};

#define XEN_PCI_MMCFG_RESERVED	0x1

struct physdev_pci_mmcfg_reserved {
	uint64_t address;
	uint16_t segment;
	uint8_t start_bus;
	uint8_t end_bus;
	uint32_t flags;
};

/* dom0 resets a USB controller through which Xen prints */

#define PHYSDEVOP_DBGP_RESET_PREPARE	1
#define PHYSDEVOP_DBGP_RESET_DONE	2

#define PHYSDEVOP_DBGP_BUS_UNKNOWN	0
#define PHYSDEVOP_DBGP_BUS_PCI		1

struct physdev_dbgp_op {
	uint8_t op;
	uint8_t bus;
	union {
		struct physdev_pci_device pci;
	} u;
};

static_assert(sizeof(struct physdev_map_pirq) == 40);
static_assert(sizeof(struct physdev_pci_device_add) == 12);
static_assert(sizeof(struct physdev_pci_mmcfg_reserved) == 16);

#endif /* _XEN_INTERFACE_PHYSDEV_H */
