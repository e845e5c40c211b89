/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parameters and interrupts of HVM and PVH guests.
 */
#ifndef _XEN_HVM_H
#define _XEN_HVM_H

#include <linux/printk.h>
#include <xen/interface/hvm/params.h>
#include <asm/xen/hypercall.h>

/**
 * hvm_get_parameter() - ask for a parameter of this domain
 * @idx: HVM_PARAM_*
 * @value: gets it
 *
 * Context: any.
 * Return: 0, or a negative error with a message.
 */
static inline int hvm_get_parameter(int idx, uint64_t *value)
{
	struct xen_hvm_param param = { .domid = DOMID_SELF, .index = idx };
	int err = HYPERVISOR_hvm_op(HVMOP_get_param, &param);

	if (err < 0) {
		pr_err("xen: no HVM parameter %d: error %d\n", idx, err);
		return err;
	}

	*value = param.value;
	return 0;
}

/* HVM_PARAM_CALLBACK_IRQ: how to call is in the top byte */
#define HVM_CALLBACK_VIA_TYPE_SHIFT	56
#define HVM_CALLBACK_VIA_TYPE_VECTOR	HVM_PARAM_CALLBACK_TYPE_VECTOR
#define HVM_CALLBACK_VECTOR(x)		\
	((u64)HVM_CALLBACK_VIA_TYPE_VECTOR << HVM_CALLBACK_VIA_TYPE_SHIFT | (x))

#endif /* _XEN_HVM_H */
