/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files behind /dev/xen/privcmd share with each other and with their tests.
 *
 * Locks, outermost first: privcmd_file.ioreq_lock, the mmap lock, the lock of the
 * pages without memory. User memory is read and written with none of them held.
 */
#ifndef _XEN_PRIVCMD_H
#define _XEN_PRIVCMD_H

#include <linux/compiler.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <xen/interface/xen.h>

struct miscdevice;
struct page;
struct privcmd_dm_op_buf;
struct privcmd_ioeventfd;
struct vm_area_struct;

/**
 * struct privcmd_file - an open /dev/xen/privcmd
 * @domid: the only domain that may be reached, or DOMID_INVALID: any; once it is a
 *	domain it stays
 * @ioreq_lock: the following
 * @ioreqs: who answers requests of vCPUs, see privcmd_ioreq.c
 */
struct privcmd_file {
	domid_t domid;
	/* The list, and the entries of those on it */
	struct mutex ioreq_lock;
	struct list_head ioreqs;
};

/**
 * struct privcmd_mapping - frames of another domain, and where they are mapped
 * @users: VMAs, and kernel users of the frames
 * @nr: pages
 * @restricted: they count for the limit of restricted files
 * @pgoff: vm_pgoff of the first page
 * @present: a bit for each page: has a frame
 * @pages: pages without memory of their own
 *
 * A VMA's vm_private_data leads to @pages: xen_remap_vma_range() wants it so. A VMA
 * that has been split or moved is several, of which each has a part.
 *
 * @present is changed with the mmap lock held for writing, the rest is constant once
 * a VMA has the mapping.
 */
struct privcmd_mapping {
	refcount_t users;
	unsigned int nr;
	bool restricted;
	unsigned long pgoff;
	unsigned long *present;
	struct page *pages[] __counted_by(nr);
};

/* privcmd.c */
extern const struct file_operations xen_privcmd_fops;
bool privcmd_may_reach(const struct privcmd_file *file, domid_t domid);
bool privcmd_is_restricted(const struct privcmd_file *file);
domid_t privcmd_domid_from_text(const char *text);
domid_t privcmd_set_target(domid_t domid);

/* privcmd_dm_op.c */
extern unsigned int privcmd_dm_op_max_nr_bufs;
extern unsigned int privcmd_dm_op_buf_max_size;
long privcmd_ioctl_dm_op(const struct privcmd_file *file, void __user *arg);
long privcmd_dm_op_pages(const struct privcmd_dm_op_buf *bufs, unsigned int nr,
			 unsigned int max_size);

/* privcmd_vma.c; the first for the tests */
extern unsigned long privcmd_restricted_limit;
int privcmd_mmap(struct file *filp, struct vm_area_struct *vma);
struct vm_area_struct *privcmd_find_vma(unsigned long addr, unsigned long nr);
struct privcmd_mapping *privcmd_mapping_of(const struct vm_area_struct *vma);
unsigned long privcmd_page_index(const struct vm_area_struct *vma,
				 unsigned long addr);
struct privcmd_mapping *privcmd_mapping_alloc(unsigned long nr, bool restricted);
void privcmd_mapping_get(struct privcmd_mapping *mapping);
void privcmd_mapping_put(struct privcmd_mapping *mapping);
void privcmd_attach(struct vm_area_struct *vma,
		    struct privcmd_mapping *mapping);

/* privcmd_mmap.c */
long privcmd_ioctl_mmapbatch(const struct privcmd_file *file,
			     void __user *arg);
long privcmd_ioctl_mmapbatch_v2(const struct privcmd_file *file,
				void __user *arg);
int privcmd_check_place(struct vm_area_struct *vma, unsigned long addr,
			unsigned long nr);
u64 privcmd_v1_error(int err);
int privcmd_fold_errors(const int *errs, unsigned int nr, bool *any);

/* privcmd_resource.c */
long privcmd_ioctl_mmap_resource(const struct privcmd_file *file,
				 void __user *arg);

/* privcmd_buf.c */
extern const struct file_operations xen_privcmdbuf_fops;
extern struct miscdevice xen_privcmdbuf_dev;

#ifdef CONFIG_XEN_PRIVCMD_EVENTFD
/* privcmd_irqfd.c */
long privcmd_ioctl_irqfd(const struct privcmd_file *file, void __user *arg);
int privcmd_irqfd_init(void);
void privcmd_irqfd_exit(void);

/* privcmd_ioreq.c */
long privcmd_ioctl_ioeventfd(struct privcmd_file *file, void __user *arg);
int privcmd_ioeventfd_check(const struct privcmd_ioeventfd *arg);
void privcmd_end_ioreqs(struct privcmd_file *file);
#else
static inline long privcmd_ioctl_irqfd(const struct privcmd_file *file,
				       void __user *arg)
{
	return -EOPNOTSUPP;
}

static inline int privcmd_irqfd_init(void)
{
	return 0;
}

static inline void privcmd_irqfd_exit(void)
{
}

static inline long privcmd_ioctl_ioeventfd(struct privcmd_file *file,
					   void __user *arg)
{
	return -EOPNOTSUPP;
}

static inline void privcmd_end_ioreqs(struct privcmd_file *file)
{
}
#endif

#endif /* _XEN_PRIVCMD_H */
