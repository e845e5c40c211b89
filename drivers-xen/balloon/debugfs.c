// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/xen-balloon/accounting: memory as Xen counts it beside our own
 * count, in pages. For people and tests; programs must not rely on it.
 *
 * "reservation" is more than "current" by the pages that are no RAM of ours, and
 * the difference does not change, whatever the balloon does. "total" is "current"
 * and all pages without memory. "lent" and "mappings" are for other domains' pages:
 * ballooned ones, and those of addresses that never had memory.
 */
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>

#include <xen/xen.h>

#include "balloon.h"

static const char *state_name(enum balloon_state state)
{
	switch (state) {
	case BALLOON_RUN:
		return balloon_credit() ? "running" : "idle";
	case BALLOON_BACK_OFF:
		return "backing-off";
	case BALLOON_GIVEN_UP:
		return "given-up";
	case BALLOON_WAIT_ONLINE:
		return "waiting-for-online";
	}
	return "unknown";
}

static int accounting_show(struct seq_file *file, void *unused)
{
	unsigned long mappings = unpopulated_used_pages();

	/* Neither side changes under this. */
	guard(mutex)(&balloon_mutex);
	seq_printf(file, "reservation %ld\n", balloon_current_reservation());
	seq_printf(file, "maximum %ld\n", balloon_maximum_reservation());
	seq_printf(file, "current %lu\n", balloon_stats.current_pages);
	seq_printf(file, "target %lu\n",
		   READ_ONCE(balloon_stats.target_pages));
	seq_printf(file, "ballooned %lu\n", balloon_pages());
	seq_printf(file, "lent %lu\n",
		   READ_ONCE(balloon_stats.target_unpopulated));
	seq_printf(file, "mappings %lu\n", mappings);
	seq_printf(file, "total %lu\n", READ_ONCE(balloon_stats.total_pages));
	seq_printf(file, "spare %ld\n", balloon_spare());
	seq_printf(file, "state %s\n", state_name(balloon_current_state()));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(accounting);

static int __init balloon_debugfs_init(void)
{
	struct dentry *dir;

	if (!xen_domain())
		return 0;
	dir = debugfs_create_dir("xen-balloon", NULL);
	debugfs_create_file("accounting", 0400, dir, NULL, &accounting_fops);
	return 0;
}
late_initcall(balloon_debugfs_init);
