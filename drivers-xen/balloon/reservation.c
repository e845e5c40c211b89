// SPDX-License-Identifier: GPL-2.0
/*
 * How much memory Xen has for this domain, and asking it to change that.
 */
#include <linux/build_bug.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>

#include <asm/xen/hypercall.h>
#include <xen/interface/memory.h>
#include <xen/mem-reservation.h>

#include "balloon.h"

/* A frame of Xen's is a page of ours, so a frame list is a page list. */
static_assert(XEN_PFN_PER_PAGE == 1);

bool xen_scrub_pages __read_mostly = IS_ENABLED(CONFIG_XEN_SCRUB_PAGES_DEFAULT);
core_param(xen_scrub_pages, xen_scrub_pages, bool, 0);

static int change_reservation(unsigned int cmd, int count, xen_pfn_t *frames)
{
	struct xen_memory_reservation what = {
		.nr_extents = count,
		.domid = DOMID_SELF,
	};

	set_xen_guest_handle(what.extent_start, frames);
	return HYPERVISOR_memory_op(cmd, &what);
}

int xenmem_reservation_increase(int count, xen_pfn_t *frames)
{
	return change_reservation(XENMEM_populate_physmap, count, frames);
}
EXPORT_SYMBOL_GPL(xenmem_reservation_increase);

int xenmem_reservation_decrease(int count, xen_pfn_t *frames)
{
	return change_reservation(XENMEM_decrease_reservation, count, frames);
}
EXPORT_SYMBOL_GPL(xenmem_reservation_decrease);

static long ask_reservation(unsigned int cmd)
{
	domid_t self = DOMID_SELF;

	return HYPERVISOR_memory_op(cmd, &self);
}

/**
 * balloon_current_reservation() - memory that Xen has given to this domain
 *
 * Counts everything, also the few pages outside of our RAM that the tool stack
 * makes for consoles and the like.
 *
 * Context: any.
 * Return: pages, or a negative error.
 */
long balloon_current_reservation(void)
{
	return ask_reservation(XENMEM_current_reservation);
}

/**
 * balloon_maximum_reservation() - memory that Xen would give to this domain
 *
 * Context: any.
 * Return: pages, as for balloon_current_reservation(); the largest number when
 * there is no limit; or a negative error.
 */
long balloon_maximum_reservation(void)
{
	return ask_reservation(XENMEM_maximum_reservation);
}
