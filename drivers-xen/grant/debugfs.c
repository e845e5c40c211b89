// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/xen-grant: how full the table is (usage), which domains do
 * not let go of what was granted to them (domains), what the devices hold
 * (budgets). For people; programs must not rely on it.
 */

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>
#include <xen/xen.h>

#include "grant.h"

static int usage_show(struct seq_file *file, void *unused)
{
	struct gnttab_usage usage;

	gnttab_refs_usage(&usage);
	gnttab_deferred_usage(&usage);

	seq_printf(file, "frames %u of %u\n",
		   READ_ONCE(gnttab_table.nr_frames),
		   READ_ONCE(gnttab_table.max_frames));
	seq_printf(file, "references %u\n", usage.refs);
	seq_printf(file, "free %u\n", usage.free);
	seq_printf(file, "deferred %u\n", usage.deferred);
	seq_printf(file, "deferred_total %lu\n", usage.deferred_total);
	seq_printf(file, "leaked %lu\n", usage.leaked);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(usage);

static int domains_show(struct seq_file *file, void *unused)
{
	gnttab_holders_show(file);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(domains);

static int budgets_show(struct seq_file *file, void *unused)
{
	gnttab_budgets_show(file);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(budgets);

static int __init gnttab_debugfs_init(void)
{
	struct dentry *dir;

	if (!xen_domain())
		return 0;
	dir = debugfs_create_dir("xen-grant", NULL);
	debugfs_create_file("usage", 0400, dir, NULL, &usage_fops);
	debugfs_create_file("domains", 0400, dir, NULL, &domains_fops);
	debugfs_create_file("budgets", 0400, dir, NULL, &budgets_fops);
	return 0;
}
late_initcall(gnttab_debugfs_init);
