// SPDX-License-Identifier: GPL-2.0
/*
 * The machine sleeps, or is switched off: ACPI's last step is Xen's.
 *
 * Dom0 could write to the register itself. For sleep that would be wrong, as Xen would
 * find its processors and devices without their state afterwards. For switching off it
 * would do, and is what is done if Xen does not.
 */
#define pr_fmt(fmt) "xen/acpi: " fmt

#include <linux/acpi.h>
#include <linux/init.h>
#include <linux/limits.h>
#include <linux/printk.h>

#include <asm/xen/hypercall.h>

#include <xen/acpi.h>
#include <xen/interface/platform.h>
#include <xen/xen.h>

#include "dom0.h"

/* ACPI 6, table 4.23: the type in the sleep control register */
#define EXTENDED_TYPE_MASK	0x1c
#define EXTENDED_TYPE_SHIFT	2

static int tell_xen(u8 state, u32 val_a, u32 val_b, u32 flags)
{
	u32 max = flags & XENPF_ACPI_SLEEP_EXTENDED ? U8_MAX : U16_MAX;
	struct xen_platform_op op = {
		.cmd = XENPF_enter_acpi_sleep,
		.u.enter_acpi_sleep = {
			.val_a = val_a,
			.val_b = val_b,
			.sleep_state = state,
			.flags = flags,
		},
	};
	int err;

	/* The interface has no room for more. */
	if (val_a > max || val_b > max)
		return -ERANGE;
	err = HYPERVISOR_platform_op(&op);
	return err ?: 1;
}

int xen_acpi_notify_hypervisor_sleep(u8 sleep_state, u32 pm1a_cnt,
				     u32 pm1b_cnt)
{
	return tell_xen(sleep_state, pm1a_cnt, pm1b_cnt, 0);
}

int xen_acpi_notify_hypervisor_extended_sleep(u8 sleep_state, u32 val_a,
					      u32 val_b)
{
	return tell_xen(sleep_state, val_a, val_b, XENPF_ACPI_SLEEP_EXTENDED);
}

/* 1 if Xen has done it, 0 if ACPI is to do it, or a negative error */
static int entered(u8 state, int rc)
{
	if (rc >= 0)
		return rc;
	pr_err("Xen does not enter S%u: error %d\n", state, rc);
	return state == ACPI_STATE_S5 ? 0 : rc;
}

/**
 * xen_dom0_prepare_sleep() - ACPI is about to write the PM1 registers
 * @state: ACPI's number of the state
 * @pm1a_cnt: value for PM1a
 * @pm1b_cnt: value for PM1b
 *
 * Context: the last CPU, interrupts off for a sleep.
 * Return: 1 if Xen has done it, 0 if ACPI is to do it, or a negative error.
 */
int xen_dom0_prepare_sleep(u8 state, u32 pm1a_cnt, u32 pm1b_cnt)
{
	return entered(state, xen_acpi_notify_hypervisor_sleep(state, pm1a_cnt,
							       pm1b_cnt));
}

/**
 * xen_dom0_prepare_extended_sleep() - ACPI is about to write the sleep control register
 * @state: ACPI's number of the state
 * @control: value for the register; Xen wants the type that is in it
 * @unused: 0
 *
 * Only a kernel asks that is built for reduced hardware and nothing else.
 *
 * Context: as above.
 * Return: as above.
 */
int xen_dom0_prepare_extended_sleep(u8 state, u32 control, u32 unused)
{
	u32 type = (control & EXTENDED_TYPE_MASK) >> EXTENDED_TYPE_SHIFT;

	return entered(state,
		       xen_acpi_notify_hypervisor_extended_sleep(state, type,
								 unused));
}

static int __init dom0_sleep_init(void)
{
	if (!xen_initial_domain())
		return 0;
	acpi_os_set_prepare_sleep(xen_dom0_prepare_sleep);
	acpi_os_set_prepare_extended_sleep(xen_dom0_prepare_extended_sleep);
	return 0;
}
arch_initcall(dom0_sleep_init);
