/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where peer_ring.c and peer_map.c touch the grant table, so that tests can
 * stand in for it.
 */
#ifndef _XENBUS_PEER_RING_H
#define _XENBUS_PEER_RING_H

#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/types.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/xen.h>

struct page;

#if IS_ENABLED(CONFIG_KUNIT)
int peer_reserve_grants(unsigned int num, grant_ref_t *head);
grant_ref_t peer_grant(grant_ref_t *head, domid_t domid, void *vaddr);
void peer_end_grant(grant_ref_t ref);
void peer_release_grants(grant_ref_t head);
int peer_get_pages(unsigned int num, struct page **pages);
void peer_put_pages(unsigned int num, struct page **pages);
void *peer_vmap(struct page **pages, unsigned int num);
void peer_map_batch(struct gnttab_map_grant_ref *ops, unsigned int num);
int peer_unmap_batch(struct gnttab_unmap_grant_ref *ops, unsigned int num);
#endif

#endif
