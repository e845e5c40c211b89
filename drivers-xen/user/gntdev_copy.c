// SPDX-License-Identifier: GPL-2.0
/*
 * Grant copy: Xen copies between pages that other domains have granted and memory of
 * the program.
 *
 * At least one side of a segment is a granted page, which it must not leave. So it has
 * a page at most, and touches at most two pages of the program: one or two operations
 * of Xen's. All those of a segment are in the same batch, and its status, the first
 * that is not good, is known when the batch is done. Memory of the program is pinned
 * for that long.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <xen/grant_table.h>
#include <xen/page.h>

#include "gntdev.h"

#define BATCH_OPS	32

/* Either side of a segment */
#define copy_side	typeof_member(struct gntdev_grant_copy_segment, source)

/**
 * struct copy_batch - operations of some segments
 * @nr_ops: how many
 * @nr_pages: pages of the program that are pinned
 * @ops: for Xen
 * @status: where the status of the segment of an operation is to go
 * @pages: the pinned pages
 * @written: of each, whether Xen writes to it
 */
struct copy_batch {
	unsigned int nr_ops;
	unsigned int nr_pages;
	struct gnttab_copy ops[BATCH_OPS];
	s16 __user *status[BATCH_OPS];
	struct page *pages[BATCH_OPS];
	bool written[BATCH_OPS];
};

/* Bytes of the page from @at on */
static unsigned int room_at(const void __user *at)
{
	return XEN_PAGE_SIZE - xen_offset_in_page(at);
}

/**
 * gntdev_copy_split() - divide a segment into what Xen copies at a time
 * @seg: the segment
 * @parts: gets the parts
 *
 * Return: how many there are, 0 for a segment of length 0; -EINVAL if neither side is
 * granted, or one that is leaves its page.
 */
int gntdev_copy_split(const struct gntdev_grant_copy_segment *seg,
		      struct gntdev_copy_part parts[GNTDEV_COPY_PARTS])
{
	const u16 both = GNTCOPY_source_gref | GNTCOPY_dest_gref;
	unsigned int room = seg->len;

	if (!(seg->flags & both))
		return -EINVAL;
	if (seg->flags & GNTCOPY_source_gref) {
		if (seg->source.foreign.offset + seg->len > XEN_PAGE_SIZE)
			return -EINVAL;
	} else {
		room = room_at(seg->source.virt);
	}
	if (seg->flags & GNTCOPY_dest_gref) {
		if (seg->dest.foreign.offset + seg->len > XEN_PAGE_SIZE)
			return -EINVAL;
	} else {
		room = room_at(seg->dest.virt);
	}
	if (!seg->len)
		return 0;

	parts[0] = (struct gntdev_copy_part){ .len = min(seg->len, room) };
	if (seg->len <= room)
		return 1;
	parts[1] = (struct gntdev_copy_part){ room, seg->len - room };
	return 2;
}

/* The frame of a page of the program's, which stays where it is from now on. */
static int pin(struct copy_batch *batch, unsigned long at, bool write,
	       unsigned long *gfn)
{
	struct page *page;
	int nr;

	nr = pin_user_pages_fast(at, 1, write ? FOLL_WRITE : 0, &page);
	if (nr != 1)
		return nr < 0 ? nr : -EFAULT;
	batch->pages[batch->nr_pages] = page;
	batch->written[batch->nr_pages++] = write;
	*gfn = xen_page_to_gfn(page);
	return 0;
}

static void unpin_all(struct copy_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr_pages; i++)
		unpin_user_pages_dirty_lock(&batch->pages[i], 1,
					    batch->written[i]);
	batch->nr_pages = 0;
}

/* One side of an operation; @end is where it goes. */
static int fill_side(struct copy_batch *batch, struct gnttab_copy_ptr *end,
		     const copy_side *side, bool foreign, bool write,
		     unsigned int done)
{
	unsigned long at = (unsigned long)side->virt + done;
	unsigned long gfn;
	int err;

	if (foreign) {
		end->u.ref = side->foreign.ref;
		end->domid = side->foreign.domid;
		end->offset = side->foreign.offset + done;
		return 0;
	}
	err = pin(batch, at, write, &gfn);
	if (err)
		return err;
	end->u.gmfn = gfn;
	end->domid = DOMID_SELF;
	end->offset = xen_offset_in_page(at);
	return 0;
}

static int add_part(struct copy_batch *batch,
		    const struct gntdev_grant_copy_segment *seg,
		    const struct gntdev_copy_part *part, s16 __user *status)
{
	struct gnttab_copy *op = &batch->ops[batch->nr_ops];
	int err;

	*op = (struct gnttab_copy){
		.len = part->len,
		.flags = seg->flags & (GNTCOPY_source_gref | GNTCOPY_dest_gref),
	};
	err = fill_side(batch, &op->source, &seg->source,
			op->flags & GNTCOPY_source_gref, false, part->done);
	if (!err)
		err = fill_side(batch, &op->dest, &seg->dest,
				op->flags & GNTCOPY_dest_gref, true,
				part->done);
	if (err)
		return err;
	batch->status[batch->nr_ops++] = status;
	return 0;
}

/* The program learns the first status of each segment that is not good. */
static int tell_status(const struct copy_batch *batch)
{
	unsigned int i, first = 0;

	for (i = 1; i <= batch->nr_ops; i++) {
		if (i < batch->nr_ops &&
		    batch->status[i] == batch->status[first]) {
			if (batch->ops[first].status == GNTST_okay)
				first = i;
			continue;
		}
		if (put_user(batch->ops[first].status, batch->status[first]))
			return -EFAULT;
		first = i;
	}
	return 0;
}

static int run_batch(struct copy_batch *batch)
{
	int err;

	if (!batch->nr_ops)
		return 0;
	gnttab_batch_copy(batch->ops, batch->nr_ops);
	unpin_all(batch);
	err = tell_status(batch);
	batch->nr_ops = 0;
	return err;
}

static int add_segment(struct copy_batch *batch,
		       struct gntdev_grant_copy_segment __user *from)
{
	struct gntdev_copy_part parts[GNTDEV_COPY_PARTS];
	struct gntdev_grant_copy_segment seg;
	int i, nr, err = 0;

	if (copy_from_user(&seg, from, sizeof(seg)))
		return -EFAULT;
	nr = gntdev_copy_split(&seg, parts);
	if (nr < 0)
		return nr;
	if (!nr)
		return put_user(GNTST_okay, &from->status);

	if (batch->nr_ops + nr > BATCH_OPS)
		err = run_batch(batch);
	for (i = 0; i < nr && !err; i++)
		err = add_part(batch, &seg, &parts[i], &from->status);
	return err;
}

/**
 * gntdev_copy() - IOCTL_GNTDEV_GRANT_COPY
 * @arg: of the ioctl
 *
 * Context: may sleep.
 * Return: 0, with Xen's status in each segment; -EINVAL, see gntdev_copy_split();
 * -EFAULT, -ENOMEM; -EINTR if the program is being killed. After an error, some of the
 * segments may have been copied.
 */
long gntdev_copy(void __user *arg)
{
	struct ioctl_gntdev_grant_copy op;
	struct copy_batch *batch;
	unsigned int i;
	int err = 0;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	batch = kmalloc(sizeof(*batch), GFP_KERNEL_ACCOUNT);
	if (!batch)
		return -ENOMEM;
	batch->nr_ops = 0;
	batch->nr_pages = 0;

	for (i = 0; i < op.count && !err; i++) {
		err = add_segment(batch, &op.segments[i]);
		if (fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	if (!err)
		err = run_batch(batch);
	unpin_all(batch);
	kfree(batch);
	return err;
}
