// SPDX-License-Identifier: GPL-2.0
/*
 * What the fake Xen does with grants: map, unmap, copy. Each operation is checked
 * as Xen checks it, and leaves its status.
 */

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <asm/sync_bitops.h>

#include "fake_gnttab.h"

static domid_t who(domid_t dom)
{
	return dom == DOMID_SELF ? FAKE_SELF : dom;
}

/* Mark our entry as in use; the kernel may be taking it back at this moment */
static s16 pin_ours(domid_t user, grant_ref_t ref, bool readonly,
		    struct page **page)
{
	struct grant_entry_v1 *entry = gnttab_entry(ref);
	u16 flags, use = GTF_reading | (readonly ? 0 : GTF_writing);

	if (!entry)
		return GNTST_bad_gntref;
	flags = READ_ONCE(entry->flags);
	do {
		if ((flags & GTF_type_mask) != GTF_permit_access ||
		    READ_ONCE(entry->domid) != user)
			return GNTST_bad_gntref;
		if (!readonly && flags & GTF_readonly)
			return GNTST_general_error;
	} while (!sync_try_cmpxchg(&entry->flags, &flags, flags | use));

	if (!pfn_valid(entry->frame))
		return GNTST_bad_page;
	fake_gnt->uses[ref].readers++;
	fake_gnt->uses[ref].writers += !readonly;
	*page = pfn_to_page(entry->frame);
	return GNTST_okay;
}

static void unpin_ours(grant_ref_t ref, bool readonly)
{
	struct grant_entry_v1 *entry = gnttab_entry(ref);
	struct fake_uses *uses = &fake_gnt->uses[ref];

	uses->readers--;
	uses->writers -= !readonly;
	if (!entry)
		return;
	if (!uses->writers)
		sync_clear_bit(_GTF_writing, (unsigned long *)&entry->flags);
	if (!uses->readers)
		sync_clear_bit(_GTF_reading, (unsigned long *)&entry->flags);
}

static s16 pin_peers(grant_ref_t ref, bool readonly, struct page **page)
{
	struct fake_peer_entry *entry = &fake_gnt->peer[ref];

	if (ref >= FAKE_PEER_REFS || !entry->page)
		return GNTST_bad_gntref;
	if (!readonly && entry->readonly)
		return GNTST_general_error;
	if (entry->swapped) {
		entry->swapped--;
		return GNTST_eagain;
	}
	entry->uses++;
	*page = entry->page;
	return GNTST_okay;
}

/* @user begins to use what @dom grants. NULL with a status that says why not. */
struct page *fake_pin(domid_t user, domid_t dom, grant_ref_t ref, bool readonly,
		      s16 *status)
{
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&fake_gnt->lock, flags);
	if (dom == FAKE_SELF)
		*status = pin_ours(user, ref, readonly, &page);
	else if (dom == FAKE_PEER)
		*status = pin_peers(ref, readonly, &page);
	else
		*status = GNTST_bad_domain;
	spin_unlock_irqrestore(&fake_gnt->lock, flags);
	return page;
}

void fake_unpin(domid_t dom, grant_ref_t ref, bool readonly)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_gnt->lock, flags);
	if (dom == FAKE_SELF)
		unpin_ours(ref, readonly);
	else
		fake_gnt->peer[ref].uses--;
	spin_unlock_irqrestore(&fake_gnt->lock, flags);
}

static int take_handle(void)
{
	unsigned long flags;
	int i, handle = -1;

	spin_lock_irqsave(&fake_gnt->lock, flags);
	for (i = 0; i < fake_gnt->max_handles && handle < 0; i++) {
		if (!fake_gnt->map[i].used)
			handle = i;
	}
	if (handle >= 0)
		fake_gnt->map[handle].used = true;
	spin_unlock_irqrestore(&fake_gnt->lock, flags);
	return handle;
}

static void do_map(struct gnttab_map_grant_ref *op)
{
	bool readonly = op->flags & GNTMAP_readonly;
	int handle = take_handle();
	struct page *page;
	s16 status;

	if (handle < 0) {
		op->status = GNTST_no_space;
		return;
	}
	page = fake_pin(FAKE_SELF, who(op->dom), op->ref, readonly, &status);
	op->status = status;
	if (!page) {
		fake_gnt->map[handle].used = false;
		return;
	}
	fake_gnt->map[handle] = (struct fake_mapping) {
		.used = true,
		.dom = who(op->dom),
		.ref = op->ref,
		.readonly = readonly,
		.addr = (unsigned long)__va(op->host_addr),
	};
	op->handle = FAKE_HANDLE_BASE + handle;
	fake_map_page(fake_gnt->map[handle].addr, page, readonly);
}

static void do_unmap(struct gnttab_unmap_grant_ref *op)
{
	unsigned int handle = op->handle - FAKE_HANDLE_BASE;
	struct fake_mapping *map = &fake_gnt->map[handle];

	if (handle >= FAKE_HANDLES || !map->used) {
		op->status = GNTST_bad_handle;
		return;
	}
	if (map->addr != (unsigned long)__va(op->host_addr)) {
		op->status = GNTST_bad_virt_addr;
		return;
	}
	fake_unmap_page(map->addr);
	fake_unpin(map->dom, map->ref, map->readonly);
	map->used = false;
	op->status = GNTST_okay;
}

/* One end of a copy */
struct side {
	struct page *page;
	domid_t dom;
	grant_ref_t ref;
	bool readonly;
	bool pinned;
};

static s16 begin(struct side *side, domid_t domid, xen_pfn_t gmfn,
		 grant_ref_t ref, bool is_ref, bool readonly)
{
	s16 status = GNTST_okay;

	*side = (struct side) {
		.dom = who(domid), .ref = ref, .readonly = readonly,
	};
	if (is_ref) {
		side->page = fake_pin(FAKE_SELF, side->dom, ref, readonly,
				      &status);
		side->pinned = side->page;
	} else if (side->dom != FAKE_SELF) {
		status = GNTST_permission_denied;
	} else if (!pfn_valid(gmfn)) {
		status = GNTST_bad_page;
	} else {
		side->page = pfn_to_page(gmfn);
	}
	return status;
}

static void end(struct side *side)
{
	if (side->pinned)
		fake_unpin(side->dom, side->ref, side->readonly);
}

static void do_copy(struct gnttab_copy *op)
{
	struct side from = { }, to = { };

	if (op->source.offset + op->len > XEN_PAGE_SIZE ||
	    op->dest.offset + op->len > XEN_PAGE_SIZE) {
		op->status = GNTST_bad_copy_arg;
		return;
	}
	op->status = begin(&from, op->source.domid, op->source.u.gmfn,
			   op->source.u.ref, op->flags & GNTCOPY_source_gref,
			   true);
	if (op->status == GNTST_okay)
		op->status = begin(&to, op->dest.domid, op->dest.u.gmfn,
				   op->dest.u.ref,
				   op->flags & GNTCOPY_dest_gref, false);
	if (op->status == GNTST_okay)
		memcpy(page_address(to.page) + op->dest.offset,
		       page_address(from.page) + op->source.offset, op->len);
	end(&to);
	end(&from);
}

static int do_op(unsigned int cmd, void *uop, unsigned int i)
{
	fake_gnt->ops++;
	switch (cmd) {
	case GNTTABOP_map_grant_ref:
		do_map((struct gnttab_map_grant_ref *)uop + i);
		return 0;
	case GNTTABOP_unmap_grant_ref:
		do_unmap((struct gnttab_unmap_grant_ref *)uop + i);
		return 0;
	case GNTTABOP_copy:
		do_copy((struct gnttab_copy *)uop + i);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

int fake_grant_batch(unsigned int cmd, void *uop, unsigned int count)
{
	unsigned int i;
	int err = 0;

	fake_gnt->calls++;
	for (i = 0; i < count && !err; i++) {
		if (fake_gnt->error && i == fake_gnt->stop_after)
			return fake_gnt->error;
		err = do_op(cmd, uop, i);
	}
	return err;
}
