// SPDX-License-Identifier: GPL-2.0
/*
 * The target that the tool stack sets: memory/target in xenstore, in KiB.
 *
 * The tool stack counts what it has given to the domain, we count what we see of
 * it, which is a little less: the legacy hole below 1 MiB, or much with mem= on
 * the command line. The difference is that of memory/static-max and our count at
 * the start, and stays the same for the life of the domain.
 */
#define pr_fmt(fmt) "xen/balloon: " fmt

#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/static_stub.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#include "balloon.h"

static DEFINE_MUTEX(target_lock);
static bool offset_known;
static long offset;

static unsigned long kib_to_pages(u64 kib)
{
	return min_t(u64, kib >> (PAGE_SHIFT - 10), BALLOON_PAGES_MAX);
}

/**
 * balloon_target_from_kib() - translate a target of the tool stack's
 * @kib: any number
 * @offset: pages that the tool stack counts and we do not
 *
 * Context: any.
 * Return: pages, from 0 to BALLOON_PAGES_MAX.
 */
unsigned long balloon_target_from_kib(u64 kib, long offset)
{
	long pages = kib_to_pages(kib);

	return clamp(pages - offset, 0L, (long)BALLOON_PAGES_MAX);
}

/**
 * balloon_target_offset() - pages that the tool stack counts and we do not
 * @static_max_kib: memory/static-max; 0 if there is none
 * @current_pages: what we count
 *
 * Context: any.
 * Return: pages; negative if we count more.
 */
long balloon_target_offset(u64 static_max_kib, unsigned long current_pages)
{
	if (!static_max_kib)
		return 0;
	return (long)kib_to_pages(static_max_kib) - (long)current_pages;
}

/* A function of its own for tests without a store. */
char *balloon_read_node(const char *node)
{
	KUNIT_STATIC_STUB_REDIRECT(balloon_read_node, node);
	return xenbus_read(XBT_NIL, "memory", node, NULL);
}

static int read_kib(const char *node, u64 *kib)
{
	char *text = balloon_read_node(node);
	int err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	err = kstrtou64(strim(text), 10, kib);
	if (err)
		pr_warn_ratelimited("memory/%s in xenstore is not a number\n",
				    node);
	kfree(text);
	return err;
}

/* Old tool stacks wrote the second name. */
static u64 read_static_max(void)
{
	u64 kib;

	if (!read_kib("static-max", &kib) || !read_kib("memory_static_max", &kib))
		return kib;
	return 0;
}

/**
 * balloon_read_target() - take over the target in xenstore
 *
 * Does nothing if there is none, as in a dom0 that nobody has set up yet.
 *
 * Context: sleeps, waits for xenstore.
 */
void balloon_read_target(void)
{
	u64 kib;

	guard(mutex)(&target_lock);
	if (read_kib("target", &kib))
		return;
	if (!offset_known && !xen_initial_domain())
		offset = balloon_target_offset(read_static_max(),
					       balloon_stats.current_pages);
	offset_known = true;
	balloon_set_new_target(balloon_target_from_kib(kib, offset));
}

/* For tests */
void balloon_forget_offset(void)
{
	guard(mutex)(&target_lock);
	offset_known = false;
	offset = 0;
}

static void target_changed(struct xenbus_watch *watch, const char *path,
			   const char *token)
{
	balloon_read_target();
}

static struct xenbus_watch target_watch = {
	.node = "memory/target",
	.callback = target_changed,
};

/*
 * The watch fires at once, but in another thread, and maybe only when the boot has
 * passed the point where it waits for the target to be reached.
 */
static int store_ready(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	int err = register_xenbus_watch(&target_watch);

	if (err)
		pr_err("cannot watch memory/target: error %d\n", err);
	balloon_read_target();
	return NOTIFY_DONE;
}

static struct notifier_block store_notifier = {
	.notifier_call = store_ready,
};

void xen_balloon_init(void)
{
	int err = balloon_sysfs_init();

	if (err)
		pr_warn("no files in sysfs: error %d\n", err);
	register_xenstore_notifier(&store_notifier);
}
EXPORT_SYMBOL_GPL(xen_balloon_init);
