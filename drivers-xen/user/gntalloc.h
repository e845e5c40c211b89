/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/gntalloc: pages of ours that programs share with other domains. gntalloc.c is
 * the device, gntalloc_page.c the life of a page.
 */
#ifndef _XEN_USER_GNTALLOC_H
#define _XEN_USER_GNTALLOC_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include <xen/grant_table.h>
#include <uapi/xen/gntalloc.h>

#include "unmap_notify.h"

/**
 * struct shared_page - a page to which another domain has access
 * @users: the file, and mappings
 * @page: the page
 * @ref: its grant reference
 * @notify: what to do when there are no users; under the file's lock while there are
 */
struct shared_page {
	refcount_t users;
	struct page *page;
	grant_ref_t ref;
	struct unmap_notify notify;
};

/* gntalloc.c; for the tests */
extern const struct file_operations gntalloc_file_ops;

/* gntalloc_page.c; the first for the tests */
int gntalloc_reserve(atomic_t *used, int max, unsigned int count);
int gntalloc_count(unsigned int count);
void gntalloc_uncount(unsigned int count);
unsigned int gntalloc_pages(void);
struct shared_page *gntalloc_page_make(domid_t domid, bool readonly);
void gntalloc_page_put(struct shared_page *p);

#endif /* _XEN_USER_GNTALLOC_H */
