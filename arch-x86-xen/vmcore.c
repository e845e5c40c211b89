// SPDX-License-Identifier: GPL-2.0
/*
 * Dumping a crashed kernel's memory: which of its pages have memory behind them.
 *
 * Pages that it had given back to Xen are part of what it called RAM. Reading one
 * would go to the domain's device model, if it has one, and bring nothing.
 */
#include <linux/crash_dump.h>
#include <linux/init.h>
#include <linux/printk.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/hvm_op.h>

#include "xen-arch.h"

/**
 * xen_vmcore_pfn_is_ram() - has a page of the crashed kernel memory behind it?
 * @cb: not used
 * @pfn: the page
 *
 * Context: any.
 * Return: false only if Xen says that there is none.
 */
bool xen_vmcore_pfn_is_ram(struct vmcore_cb *cb, unsigned long pfn)
{
	struct xen_hvm_get_mem_type op = {
		.domid = DOMID_SELF,
		.pfn = pfn,
	};
	int rc = HYPERVISOR_hvm_op(HVMOP_get_mem_type, &op);

	if (rc) {
		pr_warn_once("xen: pages without memory cannot be told in the dump: error %d\n",
			     rc);
		return true;
	}
	return op.mem_type != HVMMEM_mmio_dm;
}

static struct vmcore_cb xen_vmcore_cb = {
	.pfn_is_ram = xen_vmcore_pfn_is_ram,
};

static int __init xen_vmcore_init(void)
{
	if (xen_domain() && is_kdump_kernel())
		register_vmcore_cb(&xen_vmcore_cb);
	return 0;
}
subsys_initcall(xen_vmcore_init);
