// SPDX-License-Identifier: GPL-2.0
/*
 * The frontend's side of a shared ring: pages that the other end may map.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include "peer_ring.h"
#include "xenbus.h"

VISIBLE_IF_KUNIT int peer_reserve_grants(unsigned int num, grant_ref_t *head)
{
	KUNIT_STATIC_STUB_REDIRECT(peer_reserve_grants, num, head);
	return gnttab_alloc_grant_references(num, head);
}
EXPORT_SYMBOL_IF_KUNIT(peer_reserve_grants);

VISIBLE_IF_KUNIT grant_ref_t peer_grant(grant_ref_t *head, domid_t domid,
					void *vaddr)
{
	int ref;

	KUNIT_STATIC_STUB_REDIRECT(peer_grant, head, domid, vaddr);
	ref = gnttab_claim_grant_reference(head);
	if (ref < 0)
		return INVALID_GRANT_REF;
	gnttab_grant_foreign_access_ref(ref, domid, virt_to_gfn(vaddr), 0);
	return ref;
}
EXPORT_SYMBOL_IF_KUNIT(peer_grant);

VISIBLE_IF_KUNIT void peer_end_grant(grant_ref_t ref)
{
	KUNIT_STATIC_STUB_REDIRECT(peer_end_grant, ref);
	/*
	 * If the other end still has the page mapped, the grant table keeps a
	 * reference to it and ends the access later.
	 */
	gnttab_end_foreign_access(ref, NULL);
}
EXPORT_SYMBOL_IF_KUNIT(peer_end_grant);

VISIBLE_IF_KUNIT void peer_release_grants(grant_ref_t head)
{
	KUNIT_STATIC_STUB_REDIRECT(peer_release_grants, head);
	gnttab_free_grant_references(head);
}
EXPORT_SYMBOL_IF_KUNIT(peer_release_grants);

static int grant_pages(struct xenbus_device *dev, void *ring,
		       unsigned int num, grant_ref_t *grefs)
{
	grant_ref_t head;
	unsigned int i;
	int err;

	/* Whoever keeps what was ended would keep this, too. */
	if (gnttab_domain_refused(dev->otherend_id))
		return -EBUSY;
	err = peer_reserve_grants(num, &head);
	if (err)
		return err;
	for (i = 0; i < num && !err; i++) {
		grefs[i] = peer_grant(&head, dev->otherend_id,
				      ring + i * XEN_PAGE_SIZE);
		if (grefs[i] == INVALID_GRANT_REF)
			err = -ENOSPC;
	}
	peer_release_grants(head);
	return err;
}

/**
 * xenbus_setup_ring - make a ring and let the other end map it
 * @dev: the device
 * @gfp: how to allocate
 * @vaddr: where to store the address of the zeroed ring, NULL on failure
 * @nr_pages: size of the ring in pages
 * @grefs: where to store one grant reference a page, INVALID_GRANT_REF each on
 * failure
 *
 * Context: may sleep if @gfp allows, sleeps on failure.
 * Return: 0 or -errno: then the device has failed. -EBUSY if the other end keeps too
 * much of what it was granted before.
 */
int xenbus_setup_ring(struct xenbus_device *dev, gfp_t gfp, void **vaddr,
		      unsigned int nr_pages, grant_ref_t *grefs)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr_pages; i++)
		grefs[i] = INVALID_GRANT_REF;
	*vaddr = alloc_pages_exact(nr_pages * XEN_PAGE_SIZE, gfp | __GFP_ZERO);
	if (!*vaddr) {
		xenbus_dev_fatal(dev, -ENOMEM, "allocating a ring of %u pages",
				 nr_pages);
		return -ENOMEM;
	}
	err = grant_pages(dev, *vaddr, nr_pages, grefs);
	if (err) {
		xenbus_teardown_ring(vaddr, nr_pages, grefs);
		xenbus_dev_fatal(dev, err, "granting a ring of %u pages",
				 nr_pages);
	}
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_setup_ring);

/**
 * xenbus_teardown_ring - the counterpart of xenbus_setup_ring()
 * @vaddr: address of the ring, becomes NULL
 * @nr_pages: its size in pages
 * @grefs: its grant references, become INVALID_GRANT_REF
 *
 * May be repeated.
 *
 * Context: any in which pages can be freed.
 */
void xenbus_teardown_ring(void **vaddr, unsigned int nr_pages,
			  grant_ref_t *grefs)
{
	unsigned int i;

	for (i = 0; i < nr_pages; i++) {
		if (grefs[i] == INVALID_GRANT_REF)
			continue;
		peer_end_grant(grefs[i]);
		grefs[i] = INVALID_GRANT_REF;
	}
	if (*vaddr)
		free_pages_exact(*vaddr, nr_pages * XEN_PAGE_SIZE);
	*vaddr = NULL;
}
EXPORT_SYMBOL_GPL(xenbus_teardown_ring);
