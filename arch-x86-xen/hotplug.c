// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs that the toolstack adds and takes away: the drivers' part watches
 * xenstore, this one makes the CPU devices come and go.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/smp.h>

#include <asm/apic.h>
#include <asm/mpspec.h>
#include <asm/xen/hypervisor.h>

/*
 * A CPU that the MADT calls disabled has a number and an APIC id from boot on, but
 * does not count as one that can be started.
 */
static int make_startable(unsigned int cpu)
{
	u32 apic_id = cpuid_to_apicid[cpu];

	if (apic_id == BAD_APICID)
		return -ENODEV;
	set_bit(apic_id, phys_cpu_present_map);
	per_cpu(x86_cpu_to_apicid, cpu) = apic_id;
	return 0;
}

/**
 * xen_arch_register_cpu() - make a CPU's device appear
 * @num: the CPU
 *
 * Context: may sleep.
 */
void xen_arch_register_cpu(int num)
{
	int rc;

	might_sleep();
	rc = make_startable(num);
	if (!rc)
		rc = arch_register_cpu(num);
	if (rc)
		pr_err("CPU%d: cannot register its device: error %d\n", num,
		       rc);
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
	might_sleep();
	arch_unregister_cpu(num);
}
EXPORT_SYMBOL(xen_arch_unregister_cpu);
