// SPDX-License-Identifier: GPL-2.0
/*
 * What an operating system can do with the power states of processors (_PDC, _OSC):
 * dom0 says it to the firmware, but it is Xen that does it.
 */
#define pr_fmt(fmt) "xen/acpi: " fmt

#include <linux/acpi.h>
#include <linux/printk.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include <acpi/processor.h>

#include <xen/interface/platform.h>

/* For no processor in particular */
#define ANY_PROCESSOR	U32_MAX

void xen_sanitize_proc_cap_bits(uint32_t *buf)
{
	/* Revision, number of words, words: as _PDC takes it */
	u32 pdc[] = { ACPI_PDC_REVISION_ID, 1, *buf };
	struct xen_platform_op op = {
		.cmd = XENPF_set_processor_pminfo,
		.u.set_pminfo.id = ANY_PROCESSOR,
		.u.set_pminfo.type = XEN_PM_PDC,
	};
	int err;

	set_xen_guest_handle(op.u.set_pminfo.pdc, pdc);
	err = HYPERVISOR_platform_op(&op);
	if (err)
		pr_err("Xen does not say what it does with power states: error %d\n",
		       err);
	else
		*buf = pdc[2];
}
