// SPDX-License-Identifier: GPL-2.0
/*
 * No hibernation. The kernel that loads the image has told Xen where its own areas, event
 * queues and grant table lie: Xen would go on writing there, in the middle of what the image
 * has restored, which in turn would use ports and rings of a life that has ended. In dom0 Xen
 * also refuses the last step, of which the kernel expects that it does not return. To save a
 * domain is the toolstack's business ("xl save").
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/suspend.h>

#include <xen/xen.h>

static int refuse(struct notifier_block *nb, unsigned long event, void *unused)
{
	if (event != PM_HIBERNATION_PREPARE && event != PM_RESTORE_PREPARE)
		return NOTIFY_DONE;
	pr_warn_ratelimited("a domain of Xen cannot hibernate\n");
	return notifier_from_errno(-EOPNOTSUPP);
}

static struct notifier_block sleep_notifier = {
	.notifier_call = refuse,
};

static int __init control_hibernate_init(void)
{
	return xen_domain() ? register_pm_notifier(&sleep_notifier) : 0;
}

/* Before an image is looked for, at late_initcall_sync. */
core_initcall(control_hibernate_init);
