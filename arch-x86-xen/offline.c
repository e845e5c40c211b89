// SPDX-License-Identifier: GPL-2.0
/*
 * A CPU that goes offline has Xen take it down, so that the tool stack sees it. It
 * comes back as it came first, by INIT and SIPI at its APIC.
 */
#include <linux/init.h>
#include <linux/smp.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/vcpu.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

/* With interrupts off nothing but an INIT ends a halt, should Xen not act. */
static void xen_play_dead(void)
{
	play_dead_common();
	HYPERVISOR_vcpu_op(VCPUOP_down, xen_vcpu_nr(smp_processor_id()), NULL);
	hlt_play_dead();
}

/**
 * xen_offline_init() - hook into the end of CPUs
 *
 * Context: boot.
 */
void __init xen_offline_init(void)
{
	smp_ops.play_dead = xen_play_dead;
	smp_ops.cleanup_dead_cpu = xen_runstate_cpu_dead;
}
