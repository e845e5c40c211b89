// SPDX-License-Identifier: GPL-2.0
/*
 * Growing beyond the memory at boot: address space is added as if memory had been
 * plugged in, and its pages begin their life in the balloon.
 *
 * They get there when they are set online, by user space or by the kernel itself,
 * as /sys/devices/system/memory/auto_online_blocks says. Until then the balloon
 * waits.
 *
 * How much is added follows from the target, which anyone who may write to xenstore
 * can set, so it is bounded twice: by what Xen would really give to this domain,
 * and by a step, which keeps small the memory that a step takes for page structures.
 */
#define pr_fmt(fmt) "xen/balloon: " fmt

#include <linux/device.h>
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/math.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/pfn.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysctl.h>

#include "balloon.h"

#define STEP_PAGES	(SZ_1G >> PAGE_SHIFT)

/* A kexec'd kernel must not take it for memory that is there from the start. */
#define RESOURCE_NAME	"System RAM (xen_balloon)"

/**
 * struct added_range - memory that was added here and not by somebody else
 * @node: in added_ranges
 * @start_pfn: first page
 * @end_pfn: behind the last one
 */
struct added_range {
	struct list_head node;
	unsigned long start_pfn;
	unsigned long end_pfn;
};

/* Grows only, save for a range that could not be added. */
static LIST_HEAD(added_ranges);
static DEFINE_SPINLOCK(added_lock);

/* One addition at a time; taken before the locks of memory hotplug. */
static DEFINE_MUTEX(hotplug_mutex);

static bool callback_set __ro_after_init;
static int hotplug_unpopulated;

static struct ctl_table balloon_sysctls[] = {
	{
		.procname = "hotplug_unpopulated",
		.data = &hotplug_unpopulated,
		.maxlen = sizeof(hotplug_unpopulated),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	},
};

/**
 * balloon_hotplug_unpopulated() - is memory added rather than given away?
 *
 * Context: any.
 * Return: true if addresses for mappings are to come from added memory.
 */
bool balloon_hotplug_unpopulated(void)
{
	return READ_ONCE(hotplug_unpopulated);
}

/* What Xen would give. If it does not say, the step is the limit. */
static long headroom(void)
{
	long current_pages = balloon_current_reservation();
	long maximum = balloon_maximum_reservation();

	if (current_pages < 0 || maximum < 0)
		return LONG_MAX;
	return maximum - current_pages;
}

/*
 * What is missing to the target when all memory is online. While the balloon is
 * empty this is less than the credit by what is still to be set online.
 */
static long shortage(void)
{
	return READ_ONCE(balloon_stats.target_pages) +
	       READ_ONCE(balloon_stats.target_unpopulated) -
	       READ_ONCE(balloon_stats.total_pages);
}

/* Pages that the page structures of @nr pages take */
static long page_structures(unsigned long nr)
{
	return PFN_UP(nr * sizeof(struct page));
}

/**
 * balloon_hotplug_need() - how much is to be added
 * @for_mappings: it need not get memory
 * @block: memory can be added in multiples of so many pages; a power of 2
 *
 * Context: any.
 * Return: pages, a multiple of @block; 0 for none, also where the page structures
 * would take as much as there is to gain.
 */
unsigned long balloon_hotplug_need(bool for_mappings, unsigned long block)
{
	long need = min_t(long, shortage(), STEP_PAGES);
	unsigned long nr;

	if (need > 0 && !for_mappings)
		need = min(need, headroom());
	if (need <= 0)
		return 0;
	nr = round_up(need, block);
	return for_mappings || need > page_structures(nr) ? nr : 0;
}

static struct resource *claim_addresses(unsigned long nr_pages)
{
	struct range limits = mhp_get_pluggable_range(true);
	struct resource *res = kzalloc(sizeof(*res), GFP_KERNEL);
	int err;

	if (!res)
		return NULL;
	res->name = RESOURCE_NAME;
	res->flags = IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY |
		     IORESOURCE_SYSRAM_DRIVER_MANAGED;
	err = allocate_resource(&iomem_resource, res, PFN_PHYS(nr_pages),
				limits.start, limits.end,
				memory_block_size_bytes(), NULL, NULL);
	if (err) {
		kfree(res);
		return NULL;
	}
	return res;
}

static struct added_range *note_range(const struct resource *res)
{
	struct added_range *range = kmalloc(sizeof(*range), GFP_KERNEL);

	if (!range)
		return NULL;
	range->start_pfn = PHYS_PFN(res->start);
	range->end_pfn = PHYS_PFN(res->end) + 1;
	spin_lock(&added_lock);
	list_add(&range->node, &added_ranges);
	spin_unlock(&added_lock);
	return range;
}

static void forget_range(struct added_range *range)
{
	spin_lock(&added_lock);
	list_del(&range->node);
	spin_unlock(&added_lock);
	kfree(range);
}

static bool added_here(unsigned long pfn)
{
	struct added_range *range;
	bool found = false;

	spin_lock(&added_lock);
	list_for_each_entry(range, &added_ranges, node)
		if (pfn >= range->start_pfn && pfn < range->end_pfn)
			found = true;
	spin_unlock(&added_lock);
	return found;
}

/* On success the resource is memory hotplug's. */
static int add_resource(struct resource *res)
{
	struct added_range *range = note_range(res);
	int err;

	if (!range)
		return -ENOMEM;
	lock_device_hotplug();
	err = add_memory_resource(memory_add_physaddr_to_nid(res->start), res,
				  MHP_MERGE_RESOURCE);
	unlock_device_hotplug();
	if (err)
		forget_range(range);
	return err;
}

static int add_memory_pages(unsigned long nr_pages)
{
	struct resource *res = claim_addresses(nr_pages);
	int err;

	if (!res)
		return -ENOSPC;
	err = add_resource(res);
	if (err) {
		release_resource(res);
		kfree(res);
		return err;
	}
	balloon_count_total(nr_pages);
	return 0;
}

/**
 * balloon_hotplug() - add memory because the balloon is empty
 * @for_mappings: see balloon_hotplug_need()
 *
 * Context: sleeps, with balloon_mutex not held.
 * Return: BALLOON_ALL if the balloon has pages now, BALLOON_OFFLINE if they are
 * still to be set online, BALLOON_NONE if nothing can be added.
 */
enum balloon_outcome balloon_hotplug(bool for_mappings)
{
	unsigned long block = memory_block_size_bytes() >> PAGE_SHIFT;
	unsigned long nr;
	int err;

	might_sleep();
	if (!callback_set)
		return BALLOON_NONE;
	guard(mutex)(&hotplug_mutex);
	if (balloon_pages())
		return BALLOON_ALL;
	if (shortage() <= 0)
		return BALLOON_OFFLINE;
	nr = balloon_hotplug_need(for_mappings, block);
	if (!nr)
		return BALLOON_NONE;
	err = add_memory_pages(nr);
	if (err) {
		pr_warn_ratelimited("cannot add %lu MB: error %d\n",
				    nr >> (20 - PAGE_SHIFT), err);
		return BALLOON_NONE;
	}
	if (balloon_pages())
		return BALLOON_ALL;
	pr_info("added %lu MB, to be set online\n", nr >> (20 - PAGE_SHIFT));
	return BALLOON_OFFLINE;
}

/* Called for 1 << order pages that nobody has used yet. */
static void online_page(struct page *page, unsigned int order)
{
	unsigned long i;

	if (!added_here(page_to_pfn(page))) {
		generic_online_page(page, order);
		return;
	}
	for (i = 0; i < 1UL << order; i++)
		balloon_put(page + i);
}

static int memory_changed(struct notifier_block *nb, unsigned long action,
			  void *arg)
{
	if (action == MEM_ONLINE)
		balloon_kick();
	return NOTIFY_OK;
}

static struct notifier_block memory_notifier = {
	.notifier_call = memory_changed,
};

/**
 * balloon_hotplug_init() - be there when memory is set online
 *
 * Context: boot.
 * Return: 0 or a negative error, and then balloon_hotplug() adds nothing.
 */
int __init balloon_hotplug_init(void)
{
	int err = register_memory_notifier(&memory_notifier);

	if (err)
		return err;
	err = set_online_page_callback(online_page);
	if (err) {
		unregister_memory_notifier(&memory_notifier);
		return err;
	}
	callback_set = true;
	register_sysctl_init("xen/balloon", balloon_sysctls);
	return 0;
}
