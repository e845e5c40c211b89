/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NMIs in PV guests. Xen's public/nmi.h.
 */
#ifndef _XEN_INTERFACE_NMI_H
#define _XEN_INTERFACE_NMI_H

#include <linux/bits.h>
#include <xen/interface/xen.h>

#define XENNMI_register_callback	0
#define XENNMI_unregister_callback	1

/* Bits of nmi_reason in shared_info */
#define _XEN_NMIREASON_io_error		0
#define _XEN_NMIREASON_pci_serr		1
#define _XEN_NMIREASON_unknown		2
#define XEN_NMIREASON_io_error		BIT(_XEN_NMIREASON_io_error)
#define XEN_NMIREASON_pci_serr		BIT(_XEN_NMIREASON_pci_serr)
#define XEN_NMIREASON_unknown		BIT(_XEN_NMIREASON_unknown)

struct xennmi_callback {
	unsigned long handler_address;
	unsigned long pad;
};
DEFINE_GUEST_HANDLE_STRUCT(xennmi_callback);

#endif /* _XEN_INTERFACE_NMI_H */
