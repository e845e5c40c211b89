// SPDX-License-Identifier: GPL-2.0
/*
 * The file system that tools expect on /proc/xen: whether this is dom0, the devices
 * under their old names, and what dom0's xenstored needs.
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/string.h>

#include <xen/xen.h>
#include <xen/xenbus.h>

#include "privcmd.h"
#include "xenfs.h"

static ssize_t capabilities_read(struct file *filp, char __user *buf,
				 size_t count, loff_t *pos)
{
	const char *text = xen_initial_domain() ? "control_d\n" : "";

	return simple_read_from_buffer(buf, count, pos, text, strlen(text));
}

static const struct file_operations capabilities_fops = {
	.owner = THIS_MODULE,
	.read = capabilities_read,
	.llseek = default_llseek,
};

/* An entry's place is its inode number; the first two are taken. */
enum {
	FIRST_FILE = 2,
	CAPABILITIES = FIRST_FILE,
	XENBUS,
	PRIVCMD,
	GUEST_END,
	XSD_KVA = GUEST_END,
	XSD_PORT,
	XENSYMS,
	DOM0_END,
};

static const struct tree_descr guest_files[] = {
	[CAPABILITIES] = { "capabilities", &capabilities_fops, 0444 },
	[XENBUS] = { "xenbus", &xen_xenbus_fops, 0600 },
	[PRIVCMD] = { "privcmd", &xen_privcmd_fops, 0600 },
	[GUEST_END] = { "" },
};

#ifdef CONFIG_XEN_DOM0
static struct tree_descr dom0_files[DOM0_END + 1] = {
	[XSD_KVA] = { "xsd_kva", &xenfs_xsd_kva_fops, 0600 },
	[XSD_PORT] = { "xsd_port", &xenfs_xsd_port_fops, 0600 },
#ifdef CONFIG_XEN_SYMS
	[XENSYMS] = { "xensyms", &xenfs_xensyms_fops, 0400 },
#endif
	[DOM0_END] = { "" },
};

/* Dom0 has a guest's files as well. */
static const struct tree_descr *all_files(void)
{
	memcpy(dom0_files, guest_files, GUEST_END * sizeof(*guest_files));
	return dom0_files;
}
#else
static const struct tree_descr *all_files(void)
{
	return guest_files;
}
#endif

static int fill_super(struct super_block *sb, struct fs_context *fc)
{
	return simple_fill_super(sb, XENFS_SUPER_MAGIC,
				 xen_initial_domain() ? all_files() :
							guest_files);
}

static int get_tree(struct fs_context *fc)
{
	return get_tree_single(fc, fill_super);
}

static const struct fs_context_operations context_ops = {
	.get_tree = get_tree,
};

static int init_fs_context(struct fs_context *fc)
{
	fc->ops = &context_ops;
	return 0;
}

static struct file_system_type xenfs = {
	.name = "xenfs",
	.owner = THIS_MODULE,
	.init_fs_context = init_fs_context,
	.kill_sb = kill_litter_super,
};
MODULE_ALIAS_FS("xenfs");

/* The module can be loaded anywhere: distributions do so to see whether this is Xen. */
static int __init xenfs_init(void)
{
	return xen_domain() ? register_filesystem(&xenfs) : 0;
}
module_init(xenfs_init);

static void __exit xenfs_exit(void)
{
	if (xen_domain())
		unregister_filesystem(&xenfs);
}
module_exit(xenfs_exit);

MODULE_DESCRIPTION("Xen file system");
MODULE_LICENSE("GPL");
