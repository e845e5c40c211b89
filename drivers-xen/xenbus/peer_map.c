// SPDX-License-Identifier: GPL-2.0
/*
 * The backend's side of a shared ring: mapping the pages of the other end.
 *
 * The pages are mapped over page frames without memory, and these together into
 * one range of virtual addresses. All users run on auto-translated physical
 * memory, so there are no page tables to hand to Xen.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>
#include <asm/xen/hypercall.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xen.h>
#include "peer_ring.h"
#include "xenbus.h"

/**
 * struct peer_map - a ring of the other end that we have mapped
 * @num: number of pages
 * @pages: page frames that the ring is mapped over
 * @handles: what Xen calls the mappings
 */
struct peer_map {
	unsigned int num;
	struct page *pages[XENBUS_MAX_RING_GRANTS];
	grant_handle_t handles[XENBUS_MAX_RING_GRANTS];
};

/* Mapped rings by the page number of their address. */
static DEFINE_XARRAY(peer_maps);

VISIBLE_IF_KUNIT int peer_get_pages(unsigned int num, struct page **pages)
{
	KUNIT_STATIC_STUB_REDIRECT(peer_get_pages, num, pages);
	return xen_alloc_unpopulated_pages(num, pages);
}
EXPORT_SYMBOL_IF_KUNIT(peer_get_pages);

VISIBLE_IF_KUNIT void peer_put_pages(unsigned int num, struct page **pages)
{
	KUNIT_STATIC_STUB_REDIRECT(peer_put_pages, num, pages);
	xen_free_unpopulated_pages(num, pages);
}
EXPORT_SYMBOL_IF_KUNIT(peer_put_pages);

VISIBLE_IF_KUNIT void peer_map_batch(struct gnttab_map_grant_ref *ops,
				     unsigned int num)
{
	KUNIT_STATIC_STUB_REDIRECT(peer_map_batch, ops, num);
	gnttab_batch_map(ops, num);
}
EXPORT_SYMBOL_IF_KUNIT(peer_map_batch);

VISIBLE_IF_KUNIT int peer_unmap_batch(struct gnttab_unmap_grant_ref *ops,
				      unsigned int num)
{
	KUNIT_STATIC_STUB_REDIRECT(peer_unmap_batch, ops, num);
	return HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, ops, num);
}
EXPORT_SYMBOL_IF_KUNIT(peer_unmap_batch);

VISIBLE_IF_KUNIT void *peer_vmap(struct page **pages, unsigned int num)
{
	KUNIT_STATIC_STUB_REDIRECT(peer_vmap, pages, num);
	return vmap(pages, num, VM_MAP, PAGE_KERNEL);
}
EXPORT_SYMBOL_IF_KUNIT(peer_vmap);

static phys_addr_t host_addr(struct page *page)
{
	return (unsigned long)page_to_virt(page);
}

/*
 * Unmaps what is mapped. A page that cannot be unmapped still belongs to the
 * other end and must not be used again: the pages are lost then.
 */
static int unmap_pages(struct xenbus_device *dev, struct peer_map *map)
{
	struct gnttab_unmap_grant_ref ops[XENBUS_MAX_RING_GRANTS];
	int status = GNTST_okay;
	unsigned int i, num = 0;

	for (i = 0; i < map->num; i++) {
		if (map->handles[i] == INVALID_GRANT_HANDLE)
			continue;
		gnttab_set_unmap_op(&ops[num++], host_addr(map->pages[i]),
				    GNTMAP_host_map, map->handles[i]);
	}
	if (num && peer_unmap_batch(ops, num))
		status = GNTST_general_error;
	for (i = 0; i < num && status == GNTST_okay; i++)
		status = ops[i].status;
	if (status == GNTST_okay)
		peer_put_pages(map->num, map->pages);
	else
		xenbus_dev_error(dev, -EIO, "unmapping a ring, status %d",
				 status);
	return status;
}

static int map_pages(struct xenbus_device *dev, struct peer_map *map,
		     const grant_ref_t *grefs)
{
	struct gnttab_map_grant_ref ops[XENBUS_MAX_RING_GRANTS];
	unsigned int i;
	int err = 0;

	for (i = 0; i < map->num; i++) {
		gnttab_set_map_op(&ops[i], host_addr(map->pages[i]),
				  GNTMAP_host_map, grefs[i], dev->otherend_id);
		map->handles[i] = INVALID_GRANT_HANDLE;
	}
	peer_map_batch(ops, map->num);
	for (i = 0; i < map->num; i++) {
		if (ops[i].status == GNTST_okay) {
			map->handles[i] = ops[i].handle;
			continue;
		}
		if (!err)
			xenbus_dev_fatal(dev, -EIO, "mapping grant %u of domain %d, status %d",
					 grefs[i], dev->otherend_id,
					 ops[i].status);
		err = -EIO;
	}
	return err;
}

static int give_address(struct xenbus_device *dev, struct peer_map *map,
			void **vaddr)
{
	void *addr = peer_vmap(map->pages, map->num);
	int err = -ENOMEM;

	if (addr) {
		err = xa_err(xa_store(&peer_maps, PHYS_PFN((unsigned long)addr),
				      map, GFP_KERNEL));
		if (!err) {
			*vaddr = addr;
			return 0;
		}
		vunmap(addr);
	}
	xenbus_dev_fatal(dev, err, "finding addresses for a ring");
	return err;
}

/**
 * xenbus_map_ring_valloc - map a ring of the other end
 * @dev: the device
 * @gnt_refs: its grant references, one a page
 * @nr_grefs: size of the ring in pages, up to XENBUS_MAX_RING_GRANTS
 * @vaddr: where to store the address, NULL on failure
 *
 * Context: sleeps.
 * Return: 0 or -errno: then the device has failed.
 */
int xenbus_map_ring_valloc(struct xenbus_device *dev, grant_ref_t *gnt_refs,
			   unsigned int nr_grefs, void **vaddr)
{
	struct peer_map *map;
	int err;

	might_sleep();
	*vaddr = NULL;
	if (!nr_grefs || nr_grefs > XENBUS_MAX_RING_GRANTS)
		return -EINVAL;
	map = kzalloc(sizeof(*map), GFP_KERNEL);
	if (!map)
		return -ENOMEM;
	map->num = nr_grefs;
	err = peer_get_pages(map->num, map->pages);
	if (err) {
		xenbus_dev_fatal(dev, err, "finding room for a ring");
		kfree(map);
		return err;
	}
	err = map_pages(dev, map, gnt_refs);
	if (!err)
		err = give_address(dev, map, vaddr);
	if (err) {
		unmap_pages(dev, map);
		kfree(map);
	}
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_map_ring_valloc);

/**
 * xenbus_unmap_ring_vfree - the counterpart of xenbus_map_ring_valloc()
 * @dev: the device
 * @vaddr: address of the ring
 *
 * Context: sleeps.
 * Return: GNTST_okay or another GNTST_*.
 */
int xenbus_unmap_ring_vfree(struct xenbus_device *dev, void *vaddr)
{
	struct peer_map *map;
	int status;

	might_sleep();
	map = xa_erase(&peer_maps, PHYS_PFN((unsigned long)vaddr));
	if (!map) {
		xenbus_dev_error(dev, -ENOENT, "no ring is mapped at %p",
				 vaddr);
		return GNTST_bad_virt_addr;
	}
	vunmap(vaddr);
	status = unmap_pages(dev, map);
	kfree(map);
	return status;
}
EXPORT_SYMBOL_GPL(xenbus_unmap_ring_vfree);
