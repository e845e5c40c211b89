// SPDX-License-Identifier: GPL-2.0
/*
 * What xenstored in dom0 needs to serve dom0 itself: xsd_kva, to be mapped, is the
 * page of the ring, xsd_port has the number of the port.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include <xen/xenbus.h>

#include "xenfs.h"

/* Nobody uses the address, which is not shown as it is. */
static int xsd_kva_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "0x%p", xen_store_interface);
	return 0;
}

static int xsd_kva_open(struct inode *inode, struct file *filp)
{
	return single_open(filp, xsd_kva_show, NULL);
}

static int xsd_kva_mmap(struct file *filp, struct vm_area_struct *vma)
{
	if (vma_pages(vma) != 1 || vma->vm_pgoff)
		return -EINVAL;
	/* The page of a store in another domain may have an address of another kind. */
	if (!xen_store_interface || !virt_addr_valid(xen_store_interface))
		return -ENODEV;
	return remap_pfn_range(vma, vma->vm_start,
			       virt_to_phys(xen_store_interface) >> PAGE_SHIFT,
			       PAGE_SIZE, vma->vm_page_prot);
}

const struct file_operations xenfs_xsd_kva_fops = {
	.owner = THIS_MODULE,
	.open = xsd_kva_open,
	.read = seq_read,
	.mmap = xsd_kva_mmap,
	.release = single_release,
};

static int xsd_port_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%d", xen_store_evtchn);
	return 0;
}

static int xsd_port_open(struct inode *inode, struct file *filp)
{
	return single_open(filp, xsd_port_show, NULL);
}

const struct file_operations xenfs_xsd_port_fops = {
	.owner = THIS_MODULE,
	.open = xsd_port_open,
	.read = seq_read,
	.release = single_release,
};
