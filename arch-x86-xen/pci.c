// SPDX-License-Identifier: GPL-2.0
/*
 * PCI of a Xen domain, on x86.
 *
 * PVH domains program their (real or virtual) MSIs and interrupt lines as hardware
 * does, and so do HVM domains here: physical interrupts are not turned into event
 * channels. What is left is to say so where a toolstack offers them anyway.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/init.h>
#include <linux/printk.h>

#include <xen/features.h>
#include <xen/xen.h>

static int __init report_pirqs(void)
{
	if (xen_hvm_domain() && xen_feature(XENFEAT_hvm_pirqs))
		pr_info("interrupts of devices stay with the APIC\n");
	return 0;
}
arch_initcall(report_pirqs);
