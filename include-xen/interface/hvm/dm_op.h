/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands of device models. Xen's public/hvm/dm_op.h. The kernel only hands
 * them through, and tells those which give an interrupt from the others.
 */
#ifndef _XEN_INTERFACE_HVM_DM_OP_H
#define _XEN_INTERFACE_HVM_DM_OP_H

#include <linux/build_bug.h>
#include <xen/interface/xen.h>

/* A command begins with its number, of 32 bits */
#define XEN_DMOP_set_pci_intx_level	8
#define XEN_DMOP_set_isa_irq_level	9
#define XEN_DMOP_inject_msi		14
#define XEN_DMOP_set_irq_level		19

/* A buffer; the first of a command holds the command itself */
struct xen_dm_op_buf {
	GUEST_HANDLE(void) h;
	xen_ulong_t size;
};
DEFINE_GUEST_HANDLE_STRUCT(xen_dm_op_buf);

static_assert(sizeof(struct xen_dm_op_buf) == 16);

#endif /* _XEN_INTERFACE_HVM_DM_OP_H */
