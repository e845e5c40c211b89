// SPDX-License-Identifier: GPL-2.0
/*
 * Where the grant table lies in a PVH guest's physical address space.
 *
 * Nothing tells a PVH guest of a free place (an HVM guest has the BAR of its Xen
 * platform device), so pages without RAM are taken for it. The grant table driver
 * has Xen put its frames there.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/init.h>

#include <xen/grant_table.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

static int __init xen_pvh_gnttab_setup(void)
{
	unsigned int nr;
	int rc;

	if (!xen_pvh_domain())
		return 0;

	nr = gnttab_max_grant_frames();
	if (!nr)
		return -ENODEV;

	rc = xen_xlate_map_ballooned_pages(&xen_auto_xlat_grant_frames.pfn,
					   &xen_auto_xlat_grant_frames.vaddr,
					   nr);
	if (rc) {
		pr_err("no address space for %u grant table frames: error %d\n",
		       nr, rc);
		return rc;
	}
	xen_auto_xlat_grant_frames.count = nr;
	return 0;
}

/* Before the grant table driver, at core_initcall_sync. */
core_initcall(xen_pvh_gnttab_setup);
