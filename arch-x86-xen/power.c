// SPDX-License-Identifier: GPL-2.0
/*
 * The end of the domain. Reboot, power-off and panic of a PVH domain are reports to Xen
 * (SCHEDOP_shutdown), upon which the toolstack does what the domain's
 * configuration says.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/export.h>
#include <linux/init.h>
#include <linux/kexec.h>
#include <linux/notifier.h>
#include <linux/panic.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>

#include <asm/reboot.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/sched.h>

#include "xen-arch.h"

static bool legacy_crash __read_mostly;
static bool panicking;

/* Tried when Xen does not act. */
static void (*native_emergency_restart)(void) __ro_after_init;

/**
 * xen_reboot() - report the end of this domain to Xen
 * @reason: SHUTDOWN_*, public/sched.h
 *
 * Context: any. Does not return while Xen does its part; callers that must not
 * go on anyway loop.
 */
void xen_reboot(int reason)
{
	struct sched_shutdown r = { .reason = reason };

	/* In a crash, a probe may wait for a CPU that is stopped. */
	xen_hypercall_untraced(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
			       (unsigned long)&r);
}

static void xen_emergency_restart(void)
{
	xen_reboot(panicking ? SHUTDOWN_crash : SHUTDOWN_reboot);
	native_emergency_restart();
}

static void xen_restart(char *command)
{
	native_machine_shutdown();
	xen_emergency_restart();
}

static void xen_halt(void)
{
	native_machine_shutdown();
	xen_reboot(SHUTDOWN_poweroff);
}

/*
 * A crash kernel takes precedence. Otherwise the panic may take its time with
 * other notifiers and the log, then restart, which reports the crash of a PVH domain; a
 * domain that would spin for ever tells nobody.
 */
static int xen_panic_event(struct notifier_block *nb, unsigned long event,
			   void *unused)
{
	/* Dom0 cannot go to it, see kexec.c. */
	if (kexec_crash_loaded() && !xen_initial_domain())
		return NOTIFY_DONE;

	panicking = true;
	if (legacy_crash)
		xen_reboot(SHUTDOWN_crash);
	if (!panic_timeout)
		panic_timeout = -1;
	return NOTIFY_DONE;
}

static struct notifier_block xen_panic_block = {
	.notifier_call = xen_panic_event,
	.priority = INT_MIN,
};

static int xen_power_off(struct sys_off_data *data)
{
	xen_reboot(SHUTDOWN_poweroff);
	return NOTIFY_DONE;
}

/* Dom0 switches the machine off, through ACPI. */
static int __init power_off_init(void)
{
	struct sys_off_handler *handler;

	if (!xen_pvh_domain() || xen_initial_domain())
		return 0;
	handler = register_sys_off_handler(SYS_OFF_MODE_POWER_OFF,
					   SYS_OFF_PRIO_FIRMWARE + 1,
					   xen_power_off, NULL);
	return PTR_ERR_OR_ZERO(handler);
}
device_initcall(power_off_init);

static int __init parse_legacy_crash(char *arg)
{
	legacy_crash = true;
	return 0;
}
early_param("xen_legacy_crash", parse_legacy_crash);

/**
 * xen_power_pvh_init() - restart and halt as a domain without a PC's means for it
 */
void __init xen_power_pvh_init(void)
{
	machine_ops.restart = xen_restart;
	machine_ops.halt = xen_halt;
}

/**
 * xen_power_hvm_init() - restart as a PC does
 *
 * After a panic, too: an HVM domain has the means, and who manages it may count on its
 * coming back.
 */
void __init xen_power_hvm_init(void)
{
	machine_ops.emergency_restart = native_emergency_restart;
}

/**
 * xen_power_ops_init() - hook into reboot, halt and panic
 *
 * A PVH domain may not be known as one yet, see xen_pvh_late_init(), and panic before.
 */
void __init xen_power_ops_init(void)
{
	native_emergency_restart = machine_ops.emergency_restart;
	if (IS_ENABLED(CONFIG_XEN_PVH))
		machine_ops.emergency_restart = xen_emergency_restart;
	if (xen_pvh)
		xen_power_pvh_init();
	xen_kexec_ops_init();
	atomic_notifier_chain_register(&panic_notifier_list, &xen_panic_block);
}
