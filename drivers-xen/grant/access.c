// SPDX-License-Identifier: GPL-2.0
/*
 * Giving another domain access to a page, and taking it back.
 *
 * Access cannot be taken from a peer that has the page mapped; all we can do is
 * look, and clear the entry if Xen says that it is not in use. Until then the
 * page must not be freed and the reference must not be used again. What an owner
 * does not want to wait for goes to deferred.c.
 */

#define pr_fmt(fmt) "xen/grant: " fmt

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "grant.h"

/* Xen changes an entry only when the peer maps or unmaps at that moment */
#define REVOKE_TRIES	16

void gnttab_grant_foreign_access_ref(grant_ref_t ref, domid_t domid,
				     unsigned long frame, int readonly)
{
	struct grant_entry_v1 *entry = gnttab_entry(ref);

	if (unlikely(!entry || frame > U32_MAX)) {
		pr_err_ratelimited("cannot grant frame %#lx to domain %u as %u\n",
				   frame, domid, ref);
		return;
	}

	WRITE_ONCE(entry->domid, domid);
	WRITE_ONCE(entry->frame, frame);
	/* Xen must not see the permission before what it is for */
	virt_wmb();
	WRITE_ONCE(entry->flags, readonly ? GTF_permit_access | GTF_readonly :
					    GTF_permit_access);
}
EXPORT_SYMBOL_GPL(gnttab_grant_foreign_access_ref);

int gnttab_grant_foreign_access(domid_t domid, unsigned long frame,
				int readonly)
{
	grant_ref_t ref;
	int err;

	if (frame > U32_MAX)
		return -ERANGE;
	if (gnttab_domain_refused(domid))
		return -EBUSY;
	err = gnttab_alloc_grant_references(1, &ref);
	if (err)
		return err;

	gnttab_grant_foreign_access_ref(ref, domid, frame, readonly);
	return ref;
}
EXPORT_SYMBOL_GPL(gnttab_grant_foreign_access);

/* A test can be Xen here, between the look and the exchange */
VISIBLE_IF_KUNIT u16 gnttab_look(const struct grant_entry_v1 *entry)
{
	KUNIT_STATIC_STUB_REDIRECT(gnttab_look, entry);
	return READ_ONCE(entry->flags);
}

/*
 * False while the peer has the page mapped. The exchange orders everything that
 * is done with the page later after the loss of access.
 */
bool gnttab_revoke(grant_ref_t ref)
{
	struct grant_entry_v1 *entry = gnttab_entry(ref);
	int tries = REVOKE_TRIES;
	u16 flags;

	/* Where there is no entry, nobody has access by it */
	if (!entry)
		return true;

	flags = gnttab_look(entry);
	while (tries--) {
		if (flags & (GTF_reading | GTF_writing))
			return false;
		if (sync_try_cmpxchg(&entry->flags, &flags, GTF_invalid))
			return true;
	}
	return false;
}

unsigned int gnttab_leave(void)
{
	unsigned int used = 0;
	grant_ref_t ref;

	for (ref = GNTTAB_NR_RESERVED_ENTRIES; ref < gnttab_nr_refs(); ref++)
		used += !gnttab_revoke(ref);
	return used;
}

int gnttab_end_foreign_access_ref(grant_ref_t ref)
{
	if (gnttab_revoke(ref))
		return 1;

	pr_warn_ratelimited("reference %u is still in use by its peer\n", ref);
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_end_foreign_access_ref);

int gnttab_try_end_foreign_access(grant_ref_t ref)
{
	if (!gnttab_revoke(ref))
		return 0;

	gnttab_free_grant_reference(ref);
	return 1;
}
EXPORT_SYMBOL_GPL(gnttab_try_end_foreign_access);

void gnttab_end_foreign_access(grant_ref_t ref, struct page *page)
{
	if (gnttab_try_end_foreign_access(ref)) {
		if (page)
			put_page(page);
		return;
	}

	gnttab_defer(ref, page, NULL);
}
EXPORT_SYMBOL_GPL(gnttab_end_foreign_access);
