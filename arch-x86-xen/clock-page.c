// SPDX-License-Identifier: GPL-2.0
/*
 * A second copy of the first vCPU's clock, in a page of its own that the vDSO shows
 * to user space, so that clock_gettime() is no system call.
 *
 * One vCPU's record serves all only if Xen says that the TSCs of all CPUs go alike
 * (PVCLOCK_TSC_STABLE_BIT). The vDSO looks at that bit at each reading, and makes
 * the system call where it is clear: so after a restore nothing is to be decided.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/percpu.h>

#include <asm/pvclock.h>
#include <asm/xen/hypercall.h>

#include <xen/features.h>
#include <xen/interface/features.h>
#include <xen/interface/vcpu.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

static struct pvclock_vsyscall_time_info *clock_page __ro_after_init;
static bool by_phys;

/**
 * xen_clock_page_register() - have Xen write a CPU's clock into a page
 * @page: the page; NULL: write it nowhere any more
 *
 * By physical address, or where Xen cannot (before 4.18) or will not, by virtual.
 *
 * Return: 0 or Xen's error.
 */
int xen_clock_page_register(struct pvclock_vsyscall_time_info *page)
{
	struct vcpu_register_time_memory_area area = {
		.addr.p = page ? __pa(page) : VCPU_AREA_NONE,
	};
	int rc = -ENOSYS;

	/* What was registered in one way is taken back in the same way. */
	if (xen_feature(XENFEAT_vcpu_time_phys_area) && (page || by_phys))
		rc = HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_time_phys_area,
					xen_vcpu_nr(0), &area);
	by_phys = !rc;
	if (!rc)
		return 0;
	area.addr.v = page ? &page->pvti : NULL;
	return HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_time_memory_area,
				  xen_vcpu_nr(0), &area);
}

static bool is_stable(const struct pvclock_vcpu_time_info *record)
{
	return READ_ONCE(record->flags) & PVCLOCK_TSC_STABLE_BIT;
}

static bool __init make_page(void)
{
	struct pvclock_vsyscall_time_info *page;

	/* What the first vCPU's own record does not have, its copy has not. */
	if (!is_stable(&per_cpu(xen_vcpu, 0)->time))
		return false;

	page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return false;
	if (xen_clock_page_register(page)) {
		free_page((unsigned long)page);
		return false;
	}
	/* A page that Xen may still write to is lost. */
	if (!is_stable(&page->pvti)) {
		if (!xen_clock_page_register(NULL))
			free_page((unsigned long)page);
		return false;
	}
	clock_page = page;
	return true;
}

/**
 * xen_clock_page_init() - make the page for the vDSO
 *
 * Context: boot, before the clock source is registered; may sleep.
 * Return: whether the vDSO can read Xen's clock.
 */
bool __init xen_clock_page_init(void)
{
	if (!make_page()) {
		pr_info("the vDSO does not have the clock\n");
		return false;
	}
	pr_info("the vDSO has the clock\n");
	pvclock_set_pvti_cpu0_va(clock_page);
	return true;
}

/**
 * xen_clock_page_restore() - register the page again
 *
 * A Xen that refuses leaves a page of zeroes, which says "not stable".
 *
 * Context: after a restore, on one CPU with interrupts off.
 */
void xen_clock_page_restore(void)
{
	int rc;

	lockdep_assert_irqs_disabled();
	if (!clock_page)
		return;
	clear_page(clock_page);
	rc = xen_clock_page_register(clock_page);
	if (rc)
		pr_warn("no clock in the vDSO any more: error %d\n", rc);
}

/**
 * xen_clock_page_leave() - have Xen write the page no more
 *
 * Context: the last CPU that runs, interrupts off.
 */
void xen_clock_page_leave(void)
{
	lockdep_assert_irqs_disabled();
	if (clock_page && xen_clock_page_register(NULL))
		pr_err("Xen goes on to write the clock\n");
}
