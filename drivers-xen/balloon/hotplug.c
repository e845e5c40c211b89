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
#include <linux/math.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/pfn.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <linux/xarray.h>

#include <xen/xen.h>

#include "balloon.h"

#define STEP_PAGES	(SZ_1G >> PAGE_SHIFT)

/* A kexec'd kernel must not take it for memory that is there from the start. */
#define RESOURCE_NAME	"System RAM (xen_balloon)"

/*
 * Memory blocks that were added here and have never been online, by number: there is
 * no memory behind them yet. A block cannot be set offline before it has memory
 * everywhere, and keeps that then, as a block from boot would.
 */
static DEFINE_XARRAY(empty_blocks);

/* One addition at a time; taken before the locks of memory hotplug. */
static DEFINE_MUTEX(hotplug_mutex);

static bool callback_set __read_mostly;
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

/* With the balloon empty; pages that somebody is about to get are not counted. */
static bool is_any_offline(void)
{
	return READ_ONCE(balloon_stats.total_pages) >
	       READ_ONCE(balloon_stats.current_pages) +
	       READ_ONCE(balloon_stats.target_unpopulated);
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
	struct resource *res = kzalloc(sizeof(*res), GFP_KERNEL);
	int err;

	if (!res)
		return NULL;
	res->name = RESOURCE_NAME;
	res->flags = IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY |
		     IORESOURCE_SYSRAM_DRIVER_MANAGED;
	err = arch_xen_claim_addresses(res, PFN_PHYS(nr_pages),
				       memory_block_size_bytes());
	if (err) {
		kfree(res);
		return NULL;
	}
	return res;
}

static unsigned long block_of(unsigned long pfn)
{
	return PFN_PHYS(pfn) / memory_block_size_bytes();
}

static void forget_blocks(unsigned long start_pfn, unsigned long nr_pages)
{
	unsigned long block;

	for (block = block_of(start_pfn);
	     block <= block_of(start_pfn + nr_pages - 1); block++)
		xa_erase(&empty_blocks, block);
}

/**
 * balloon_note_blocks() - memory blocks are about to be added
 * @start_pfn: page in the first of them
 * @nr_pages: how many pages
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int balloon_note_blocks(unsigned long start_pfn, unsigned long nr_pages)
{
	unsigned long block;
	int err = 0;

	for (block = block_of(start_pfn);
	     block <= block_of(start_pfn + nr_pages - 1) && !err; block++)
		err = xa_err(xa_store(&empty_blocks, block, xa_mk_value(1),
				      GFP_KERNEL));
	if (err)
		forget_blocks(start_pfn, nr_pages);
	return err;
}

static bool is_empty(unsigned long pfn)
{
	return xa_load(&empty_blocks, block_of(pfn));
}

/*
 * On success the resource is memory hotplug's. Dom0's may lie beside one that is being
 * looked at to find addresses, so they are not merged, which frees one.
 */
static int add_resource(struct resource *res)
{
	unsigned long pfn = PHYS_PFN(res->start);
	unsigned long nr_pages = PHYS_PFN(resource_size(res));
	mhp_t flags = xen_initial_domain() ? MHP_NONE : MHP_MERGE_RESOURCE;
	int err = balloon_note_blocks(pfn, nr_pages);

	if (err)
		return err;
	lock_device_hotplug();
	err = add_memory_resource(memory_add_physaddr_to_nid(res->start), res,
				  flags);
	unlock_device_hotplug();
	if (err)
		forget_blocks(pfn, nr_pages);
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
		arch_xen_release_addresses(res);
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
	/* The target may also be below what there is, and out of reach. */
	if (shortage() <= 0)
		return for_mappings && !is_any_offline() ? BALLOON_NONE :
							   BALLOON_OFFLINE;
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

/**
 * balloon_online_page() - memory is set online, for the first time or again
 * @page: the first page
 * @order: there are 1 << @order of them
 *
 * Context: called by memory hotplug, with its locks held.
 */
void balloon_online_page(struct page *page, unsigned int order)
{
	unsigned long i;

	if (!is_empty(page_to_pfn(page))) {
		generic_online_page(page, order);
		return;
	}
	for (i = 0; i < 1UL << order; i++)
		balloon_put(page + i);
}

/**
 * balloon_memory_changed() - memory was set online, or offline
 * @nb: our notifier
 * @action: MEM_*
 * @arg: struct memory_notify
 *
 * Context: called by memory hotplug, with its locks held.
 * Return: NOTIFY_OK.
 */
int balloon_memory_changed(struct notifier_block *nb, unsigned long action,
			   void *arg)
{
	const struct memory_notify *what = arg;

	if (action == MEM_ONLINE)
		balloon_kick();
	else if (action == MEM_OFFLINE)
		forget_blocks(what->start_pfn, what->nr_pages);
	return NOTIFY_OK;
}

static struct notifier_block memory_notifier = {
	.notifier_call = balloon_memory_changed,
};

/**
 * balloon_hotplug_start() - be there when memory is set online
 *
 * Context: sleeps.
 * Return: 0 or a negative error, and then balloon_hotplug() adds nothing.
 */
int balloon_hotplug_start(void)
{
	int err = register_memory_notifier(&memory_notifier);

	if (err)
		return err;
	err = set_online_page_callback(balloon_online_page);
	if (err) {
		unregister_memory_notifier(&memory_notifier);
		return err;
	}
	callback_set = true;
	return 0;
}

#if IS_ENABLED(CONFIG_XEN_BALLOON_KUNIT_TEST)
/* The counterpart; only tests end. */
void balloon_hotplug_stop(void)
{
	callback_set = false;
	restore_online_page_callback(balloon_online_page);
	unregister_memory_notifier(&memory_notifier);
}
#endif

/**
 * balloon_hotplug_init() - make it possible to grow
 *
 * Context: boot.
 * Return: as balloon_hotplug_start().
 */
int __init balloon_hotplug_init(void)
{
	int err = balloon_hotplug_start();

	if (!err)
		register_sysctl_init("xen/balloon", balloon_sysctls);
	return err;
}
