// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs that the toolstack adds and takes away: the drivers' part watches
 * xenstore, this one makes the CPU devices come and go.
 */
#include <linux/cpu.h>
#include <linux/export.h>

#include <asm/xen/hypervisor.h>

/**
 * xen_arch_register_cpu() - make a CPU's device appear
 * @num: the CPU
 *
 * Context: may sleep.
 */
void xen_arch_register_cpu(int num)
{
	int rc = arch_register_cpu(num);

	if (rc)
		pr_err("xen: CPU%d: cannot register its device: error %d\n",
		       num, rc);
}
EXPORT_SYMBOL(xen_arch_register_cpu);

/**
 * xen_arch_unregister_cpu() - make a CPU's device disappear
 * @num: the CPU, which is down
 *
 * Context: may sleep.
 */
void xen_arch_unregister_cpu(int num)
{
	arch_unregister_cpu(num);
}
EXPORT_SYMBOL(xen_arch_unregister_cpu);
