// SPDX-License-Identifier: GPL-2.0
/*
 * How much memory there is at the start, and waiting until too much of it has
 * been given back.
 *
 * A guest counts the memory that it sees, which is what "static-max" in xenstore
 * stands for. It may have been started with less: then not all of that memory is
 * there yet, Xen fills in what is touched, and the guest must give the difference
 * back before it runs into the end of it. Dom0 sees the map of the machine, of
 * which its memory is a part, and asks Xen.
 */
#define pr_fmt(fmt) "xen/balloon: " fmt

#include <linux/crash_dump.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/panic.h>
#include <linux/sched.h>

#include <xen/xen.h>

#include "balloon.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "xen."

static unsigned int balloon_boot_timeout __read_mostly = 180;
module_param(balloon_boot_timeout, uint, 0444);

static bool running __initdata;

/**
 * balloon_initial_pages() - memory of this domain at its start
 *
 * Context: boot.
 * Return: pages.
 */
unsigned long balloon_initial_pages(void)
{
	long reservation;

	if (xen_initial_domain()) {
		reservation = balloon_current_reservation();
		if (reservation > 0)
			return reservation;
		pr_warn("Xen does not tell how much memory dom0 has: %ld\n",
			reservation);
	}
	return get_num_physpages();
}

static int __init balloon_init(void)
{
	unsigned long pages;
	int err;

	if (!xen_domain())
		return -ENODEV;

	pages = balloon_initial_pages();
	balloon_stats = (struct balloon_stats) {
		.current_pages = pages,
		.target_pages = pages,
		.total_pages = pages,
		.schedule_delay = 1,
		.max_schedule_delay = 32,
		.retry_count = 1,
		.max_retry_count = 4,
	};

	err = balloon_hotplug_init();
	if (err)
		pr_warn("no growth beyond the memory at boot: error %d\n", err);
	err = balloon_start_thread();
	if (err) {
		pr_err("no thread, memory stays as it is: error %d\n", err);
		return err;
	}
	running = true;
	/*
	 * The target is of the domain. What that has, but for a small part, is the crashed
	 * kernel's, which has followed it.
	 */
	if (is_kdump_kernel())
		pr_info("a crash kernel keeps its memory\n");
	else
		xen_balloon_init();
	return 0;
}
subsys_initcall(balloon_init);

/*
 * With more memory in use than it was given, the domain would be killed in the
 * middle of its work. Better to say why, and now.
 */
static void __init check_progress(long credit)
{
	static unsigned long last_progress __initdata;
	static long last_credit __initdata;

	if (credit != last_credit) {
		last_credit = credit;
		last_progress = jiffies;
	}
	if (balloon_current_state() != BALLOON_GIVEN_UP)
		return;
	pr_warn_once("%ld pages are still to be given back\n", -credit);
	if (time_after_eq(jiffies, last_progress +
				   (unsigned long)balloon_boot_timeout * HZ))
		panic("xen: this domain was started with less memory than it uses\n");
}

static int __init balloon_wait(void)
{
	long credit;

	if (!running || balloon_credit() >= 0)
		return 0;
	pr_info("waiting until %ld pages are given back\n", -balloon_credit());
	while ((credit = balloon_credit()) < 0) {
		check_progress(credit);
		schedule_timeout_interruptible(HZ / 10);
	}
	pr_info("has the memory that it was started with\n");
	return 0;
}
late_initcall_sync(balloon_wait);
