// SPDX-License-Identifier: GPL-2.0
/*
 * Hints about page tables to a Xen that shadows them.
 *
 * Such a Xen watches each page that it takes for a page table. Being told that an
 * address space is about to go saves it a fault for every entry that the kernel
 * clears. With hardware-assisted paging there is nothing to tell, and Xen says so.
 */
#include <linux/init.h>
#include <linux/mm_types.h>
#include <linux/printk.h>

#include <asm/paravirt.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/hvm_op.h>

#include "xen-arch.h"

static int pagetable_dying(phys_addr_t pgd)
{
	struct xen_hvm_pagetable_dying op = {
		.domid = DOMID_SELF,
		.gpa = pgd,
	};

	return HYPERVISOR_hvm_op(HVMOP_pagetable_dying, &op);
}

static void xen_exit_mmap(struct mm_struct *mm)
{
	int rc = pagetable_dying(__pa(mm->pgd));

	if (rc)
		pr_err_once("xen: end of an address space: error %d\n", rc);
}

/**
 * xen_mmu_ops_init() - hook into the end of address spaces where Xen wants it
 */
void __init xen_mmu_ops_init(void)
{
	if (!pagetable_dying(0))
		pv_ops.mmu.exit_mmap = xen_exit_mmap;
}
