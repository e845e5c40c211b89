// SPDX-License-Identifier: GPL-2.0
/*
 * What is different in dom0, early at boot: there is a machine, with ACPI tables that
 * describe all of it, and some of what they describe is Xen's to use.
 */
#include <linux/acpi_pmtmr.h>
#include <linux/console.h>
#include <linux/cpufreq.h>
#include <linux/cpuidle.h>
#include <linux/init.h>
#include <linux/processor.h>
#include <linux/screen_info.h>

#include "xen-arch.h"

/*
 * The processors' states and frequencies are in the tables, and drivers that find them
 * there would set those of whichever processor they happen to run on. What dom0 idles
 * with is HLT, upon which Xen runs somebody else.
 */
static void __init leave_power_to_xen(void)
{
	disable_cpuidle();
	disable_cpufreq();
	xen_set_default_idle();
}

/*
 * Overridden by console= on the command line. The last one becomes /dev/console: the screen if
 * there is one, as Xen says; a driver may find one that Xen says nothing of.
 */
static void __init prefer_consoles(void)
{
	bool screen = screen_info.orig_video_isVGA;

	add_preferred_console(screen ? "hvc" : "tty", 0, NULL);
	add_preferred_console(screen ? "tty" : "hvc", 0, NULL);
}

/**
 * xen_dom0_arch_setup() - set up what only dom0 has
 *
 * Context: setup_arch(), as x86_init.oem.arch_setup.
 */
void __init xen_dom0_arch_setup(void)
{
	xen_dom0_video_init();
	xen_dom0_efi_init();
	prefer_consoles();
	leave_power_to_xen();
}

/**
 * xen_dom0_late_init() - drop what the ACPI tables name and Xen does not let us have
 *
 * Context: as xen_pvh_late_init().
 */
void __init xen_dom0_late_init(void)
{
#ifdef CONFIG_X86_PM_TIMER
	/* Reading ACPI's PM timer gives all ones. */
	pmtmr_ioport = 0;
#endif
}
