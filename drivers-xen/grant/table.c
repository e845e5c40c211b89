// SPDX-License-Identifier: GPL-2.0
/*
 * The frames of the grant table: finding room for them, having Xen put them
 * there, adding more, and getting them back after a resume.
 *
 * A guest with a translated physical address space sees the table at guest
 * frames of its own choice, xen_auto_xlat_grant_frames. PVH takes unused
 * address space in its arch code before gnttab_init() runs as an initcall; HVM
 * uses memory of the Xen platform device, whose driver calls gnttab_init().
 *
 * The room is reserved for as many frames as Xen may ever allow, so growing is
 * one hypercall per frame, needs no memory and works in any context.
 */

#define pr_fmt(fmt) "xen/grant: " fmt

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>
#include <xen/interface/memory.h>
#include <xen/interface/xen.h>
#include <xen/xen.h>

#include "grant.h"

/* What every Xen gives, for one that does not answer the question */
#define FALLBACK_MAX_FRAMES	4

DEFINE_SPINLOCK(gnttab_lock);
struct gnttab_table gnttab_table;
struct grant_frames xen_auto_xlat_grant_frames;

unsigned int gnttab_max_grant_frames(void)
{
	struct gnttab_query_size query = { .dom = DOMID_SELF };
	unsigned int max = FALLBACK_MAX_FRAMES;

	if (!HYPERVISOR_grant_table_op(GNTTABOP_query_size, &query, 1) &&
	    query.status == GNTST_okay)
		max = query.max_nr_frames;

	/* A new host may allow more, but there is no room for it here */
	if (!gnttab_table.first_max)
		gnttab_table.first_max = max;
	return min(max, gnttab_table.first_max);
}
EXPORT_SYMBOL_GPL(gnttab_max_grant_frames);

int gnttab_setup_auto_xlat_frames(phys_addr_t addr)
{
	unsigned int i, count = gnttab_max_grant_frames();
	struct grant_frames *frames = &xen_auto_xlat_grant_frames;
	xen_pfn_t *pfn;
	void *vaddr;

	might_sleep();
	if (frames->count)
		return -EINVAL;

	pfn = kcalloc(count, sizeof(*pfn), GFP_KERNEL);
	if (!pfn)
		return -ENOMEM;
	vaddr = memremap(addr, (size_t)count * XEN_PAGE_SIZE, MEMREMAP_WB);
	if (!vaddr) {
		pr_err("cannot map %u frames at %pa\n", count, &addr);
		kfree(pfn);
		return -ENOMEM;
	}

	for (i = 0; i < count; i++)
		pfn[i] = XEN_PFN_DOWN(addr) + i;
	*frames = (struct grant_frames) {
		.pfn = pfn, .count = count, .vaddr = vaddr,
	};
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_setup_auto_xlat_frames);

void gnttab_free_auto_xlat_frames(void)
{
	struct grant_frames *frames = &xen_auto_xlat_grant_frames;

	might_sleep();
	if (!frames->count)
		return;
	memunmap(frames->vaddr);
	kfree(frames->pfn);
	*frames = (struct grant_frames) { };
}
EXPORT_SYMBOL_GPL(gnttab_free_auto_xlat_frames);

/*
 * Have Xen put frames first to end - 1 in place. The highest comes first: Xen
 * then extends its table to the final size at once instead of frame by frame.
 */
static int place_frames(unsigned int first, unsigned int end)
{
	long err;

	while (end-- > first) {
		struct xen_add_to_physmap place = {
			.domid = DOMID_SELF,
			.space = XENMAPSPACE_grant_table,
			.idx = end,
			.gpfn = xen_auto_xlat_grant_frames.pfn[end],
		};

		err = HYPERVISOR_memory_op(XENMEM_add_to_physmap, &place);
		if (err)
			return err;
	}
	return 0;
}

/* Add room for @nr references. Returns how many were added, 0 for failure. */
unsigned int gnttab_grow(unsigned int nr)
{
	struct gnttab_table *table = &gnttab_table;
	unsigned int frames;
	int err;

	lockdep_assert_held(&gnttab_lock);
	if (nr > (table->max_frames - table->nr_frames) * GRANTS_PER_FRAME)
		return 0;

	frames = DIV_ROUND_UP(nr, GRANTS_PER_FRAME);
	err = place_frames(table->nr_frames, table->nr_frames + frames);
	if (err) {
		pr_err_ratelimited("Xen refused %u more frames: error %d\n",
				   frames, err);
		return 0;
	}
	WRITE_ONCE(table->nr_frames, table->nr_frames + frames);
	return frames * GRANTS_PER_FRAME;
}

/*
 * A kernel that ran here before may have left the table in version 2. A Xen
 * that can neither set nor tell the version knows no other than 1.
 */
static int select_version_1(void)
{
	struct gnttab_get_version get = { .dom = DOMID_SELF };
	struct gnttab_set_version set = { .version = 1 };
	int err;

	err = HYPERVISOR_grant_table_op(GNTTABOP_set_version, &set, 1);
	if (!err || HYPERVISOR_grant_table_op(GNTTABOP_get_version, &get, 1))
		return 0;
	return get.version == 1 ? 0 : err;
}

/* Back to "there is no table": gnttab_init() failed, or a test ends */
void gnttab_reset(void)
{
	might_sleep();
	gnttab_deferred_reset();
	gnttab_refs_exit();
	gnttab_table = (struct gnttab_table) { };
}

/*
 * One frame at first; more follow when they are needed. A kernel before us has more,
 * and there may be grants in any.
 */
static unsigned int frames_now(unsigned int max)
{
	struct gnttab_query_size query = { .dom = DOMID_SELF };

	if (HYPERVISOR_grant_table_op(GNTTABOP_query_size, &query, 1) ||
	    query.status != GNTST_okay)
		return 1;
	return clamp(query.nr_frames, 1, max);
}

static int start_table(void)
{
	struct gnttab_table *table = &gnttab_table;
	unsigned int frames;
	int err;

	if (!xen_auto_xlat_grant_frames.count)
		return -ENODEV;
	table->entries = xen_auto_xlat_grant_frames.vaddr;
	table->max_frames = min(gnttab_max_grant_frames(),
				xen_auto_xlat_grant_frames.count);
	if (!table->max_frames)
		return -ENOSPC;

	frames = frames_now(table->max_frames);
	err = select_version_1() ?: place_frames(0, frames);
	if (err)
		return err;
	err = gnttab_refs_init(table->max_frames * GRANTS_PER_FRAME,
			       frames * GRANTS_PER_FRAME);
	if (err)
		return err;
	WRITE_ONCE(table->nr_frames, frames);
	gnttab_refs_take_over();
	return 0;
}

int gnttab_init(void)
{
	int err;

	might_sleep();
	if (gnttab_table.nr_frames)
		return 0;

	err = start_table();
	if (err) {
		gnttab_reset();
		pr_err("no grant table (error %d): devices will not work\n",
		       err);
		return err;
	}

	if (max_possible_pfn > U32_MAX)
		pr_warn("memory above 16 TiB cannot be granted\n");
	pr_info("version 1, %u of %u frames\n", gnttab_table.nr_frames,
		gnttab_table.max_frames);
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_init);

/*
 * Nothing to undo: the guest frames stay ours, what is behind them goes away
 * with the old domain, and what is granted then is void for both sides.
 */
int gnttab_suspend(void)
{
	return 0;
}

static void open_table(struct gnttab_table *table, unsigned int nr,
		       unsigned int max)
{
	unsigned int before = table->max_frames;

	lockdep_assert_held(&gnttab_lock);
	table->max_frames = max(nr, max);
	if (!table->nr_frames) {
		table->lost_frames = 0;
		WRITE_ONCE(table->nr_frames, nr);
		gnttab_refs_open();
	} else if (table->max_frames <= before) {
		return;
	}
	gnttab_refs_more((table->max_frames - nr) * GRANTS_PER_FRAME);
}

static void close_table(struct gnttab_table *table, unsigned int nr)
{
	lockdep_assert_held(&gnttab_lock);
	table->max_frames = 0;
	table->lost_frames = nr;
	WRITE_ONCE(table->nr_frames, 0);
	gnttab_refs_close();
}

static unsigned int life;

unsigned int gnttab_life(void)
{
	KUNIT_STATIC_STUB_REDIRECT(gnttab_life);
	return READ_ONCE(life);
}
EXPORT_SYMBOL_GPL(gnttab_life);

/*
 * Put the same number of frames back in place. They are empty, and drivers grant again
 * in their resume callbacks. Without the frames the table is closed: who owns a
 * reference can give it back, but there are no new ones until a later resume, on
 * another host perhaps, gets the frames back.
 */
int gnttab_resume(void)
{
	struct gnttab_table *table = &gnttab_table;
	unsigned int nr = table->nr_frames ?: table->lost_frames;
	unsigned int max;
	unsigned long flags;
	int err;

	KUNIT_STATIC_STUB_REDIRECT(gnttab_resume);

	WRITE_ONCE(life, life + 1);
	if (!nr)
		return 0;

	gnttab_deferred_forgive();
	max = min(gnttab_max_grant_frames(), xen_auto_xlat_grant_frames.count);
	spin_lock_irqsave(&gnttab_lock, flags);
	err = select_version_1() ?: place_frames(0, nr);
	if (err)
		close_table(table, nr);
	else
		open_table(table, nr, max);
	spin_unlock_irqrestore(&gnttab_lock, flags);

	if (err)
		pr_err("table lost in resume (error %d): no new grants\n", err);
	return err;
}

/* After the core_initcall in which the arch code reserves the frames */
static int __init gnttab_pvh_init(void)
{
	return xen_pvh_domain() ? gnttab_init() : 0;
}
core_initcall_sync(gnttab_pvh_init);
