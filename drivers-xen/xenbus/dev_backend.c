// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/xenbus_backend: how the store gets at its end of our connection,
 * either a process of this domain or another domain that we start.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <xen/xenbus_dev.h>
#include "xenbus.h"

static DEFINE_MUTEX(setup_lock);

static int backend_open(struct inode *inode, struct file *filp)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return nonseekable_open(inode, filp);
}

/* Offers the store's page and a new port to @domid; returns the port. */
static long setup_store_domain(domid_t domid)
{
	struct evtchn_alloc_unbound op = {
		.dom = DOMID_SELF,
		.remote_dom = domid,
	};
	int err;

	guard(mutex)(&setup_lock);
	if (!xenbus_store_is_local())
		return -ENODEV;
	/* One store per life. */
	if (xenstored_ready)
		return -EEXIST;
	err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);
	if (err)
		return err;
	gnttab_grant_foreign_access_ref(GNTTAB_RESERVED_XENSTORE, domid,
					virt_to_gfn(xen_store_interface), 0);
	err = xenbus_store_appears(op.port);
	return err ? err : op.port;
}

static long backend_ioctl(struct file *filp, unsigned int cmd,
			  unsigned long arg)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (cmd) {
	case IOCTL_XENBUS_BACKEND_EVTCHN:
		return xen_store_evtchn > 0 ? xen_store_evtchn : -ENODEV;
	case IOCTL_XENBUS_BACKEND_SETUP:
		if (arg >= DOMID_FIRST_RESERVED)
			return -EINVAL;
		return setup_store_domain(arg);
	default:
		return -ENOTTY;
	}
}

static int backend_mmap(struct file *filp, struct vm_area_struct *vma)
{
	size_t size = vma->vm_end - vma->vm_start;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (size > PAGE_SIZE || vma->vm_pgoff)
		return -EINVAL;
	/* Only a page that we offer can be given away. */
	if (!xenbus_store_is_local())
		return -ENODEV;
	return remap_pfn_range(vma, vma->vm_start,
			       virt_to_pfn(xen_store_interface), size,
			       vma->vm_page_prot);
}

static const struct file_operations backend_fops = {
	.owner = THIS_MODULE,
	.open = backend_open,
	.mmap = backend_mmap,
	.unlocked_ioctl = backend_ioctl,
};

static struct miscdevice backend_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/xenbus_backend",
	.fops = &backend_fops,
};

static int __init xenbus_backend_file_init(void)
{
	int err;

	if (!xen_initial_domain())
		return -ENODEV;
	err = misc_register(&backend_device);
	if (err)
		pr_err("no /dev/xen/xenbus_backend: %d\n", err);
	return err;
}
device_initcall(xenbus_backend_file_init);
