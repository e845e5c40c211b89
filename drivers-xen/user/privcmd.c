// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/privcmd: hypercalls from user space.
 *
 * In dom0 everything is let through: Xen knows what this domain may do. In a guest,
 * Xen would let user space do all that the kernel may, to itself, behind the kernel's
 * back. So there a file reaches one domain only, the one for which this guest is a
 * device model: the key "target" in xenstore names it. Files can be opened from when
 * that is known. The parameter "unrestricted" lifts this, unless the kernel is locked
 * down.
 *
 * A program can give up all domains but one for a file itself.
 *
 * Hypercalls that take long are interrupted by Xen when an event is there for this
 * vCPU, so interrupts are handled in the middle of one. Whether another task runs then
 * is up to the kernel's preemption: xen_preemptible_hcall_begin() is for PV guests.
 */
#define pr_fmt(fmt) "xen/privcmd: " fmt

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include <asm/xen/hypercall.h>

#include <xen/acpi.h>
#include <xen/privcmd.h>
#include <xen/xen-ops.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#include "privcmd.h"

static bool unrestricted;
module_param(unrestricted, bool, 0);
MODULE_PARM_DESC(unrestricted,
		 "In a guest, allow all hypercalls and not only those on its target domain");

/* What a new file may reach, see privcmd_file.domid. */
static domid_t target = DOMID_INVALID;
/* That is not known yet. */
static bool target_pending;
static DECLARE_WAIT_QUEUE_HEAD(target_wait);
static bool notifier_registered;

/**
 * privcmd_may_reach() - may a file be used on this domain?
 * @file: the open file
 * @domid: the domain
 *
 * Context: any.
 */
bool privcmd_may_reach(const struct privcmd_file *file, domid_t domid)
{
	domid_t only = READ_ONCE(file->domid);

	return only == DOMID_INVALID || (only == domid && domid != DOMID_IDLE);
}

/**
 * privcmd_is_restricted() - can a file be used on one domain only?
 * @file: the open file
 *
 * Context: any.
 */
bool privcmd_is_restricted(const struct privcmd_file *file)
{
	return READ_ONCE(file->domid) != DOMID_INVALID;
}

static long ioctl_hypercall(const struct privcmd_file *file, void __user *arg)
{
	struct privcmd_hypercall op;
	long rc;

	/* There is no telling what it would reach. */
	if (privcmd_is_restricted(file))
		return -EPERM;
	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	xen_preemptible_hcall_begin();
	rc = privcmd_call(op.op, op.arg[0], op.arg[1], op.arg[2], op.arg[3],
			  op.arg[4]);
	xen_preemptible_hcall_end();
	return rc;
}

static long ioctl_restrict(struct privcmd_file *file, void __user *arg)
{
	domid_t old, domid;

	if (copy_from_user(&domid, arg, sizeof(domid)))
		return -EFAULT;
	/* That would be no restriction. */
	if (domid == DOMID_INVALID)
		return -EINVAL;
	old = cmpxchg(&file->domid, DOMID_INVALID, domid);
	return old == DOMID_INVALID || old == domid ? 0 : -EINVAL;
}

static long ioctl_pcidev_get_gsi(void __user *arg)
{
	struct privcmd_pcidev_get_gsi op;
	int gsi;

	if (!IS_ENABLED(CONFIG_XEN_ACPI))
		return -EINVAL;
	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	gsi = xen_acpi_get_gsi_from_sbdf(op.sbdf);
	if (gsi < 0)
		return gsi;
	op.gsi = gsi;
	return copy_to_user(arg, &op, sizeof(op)) ? -EFAULT : 0;
}

static long privcmd_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct privcmd_file *file = filp->private_data;
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case IOCTL_PRIVCMD_HYPERCALL:
		return ioctl_hypercall(file, user);
	case IOCTL_PRIVCMD_MMAP:
		/* By machine frames, which only PV guests know. */
		return -ENOSYS;
	case IOCTL_PRIVCMD_MMAPBATCH:
		return privcmd_ioctl_mmapbatch(file, user);
	case IOCTL_PRIVCMD_MMAPBATCH_V2:
		return privcmd_ioctl_mmapbatch_v2(file, user);
	case IOCTL_PRIVCMD_DM_OP:
		return privcmd_ioctl_dm_op(file, user);
	case IOCTL_PRIVCMD_RESTRICT:
		return ioctl_restrict(file, user);
	case IOCTL_PRIVCMD_MMAP_RESOURCE:
		return privcmd_ioctl_mmap_resource(file, user);
	case IOCTL_PRIVCMD_IRQFD:
		return privcmd_ioctl_irqfd(file, user);
	case IOCTL_PRIVCMD_IOEVENTFD:
		return privcmd_ioctl_ioeventfd(file, user);
	case IOCTL_PRIVCMD_PCIDEV_GET_GSI:
		return ioctl_pcidev_get_gsi(user);
	default:
		return -ENOTTY;
	}
}

static int privcmd_open(struct inode *inode, struct file *filp)
{
	struct privcmd_file *file;

	/* Pairs with privcmd_set_target(). */
	if (wait_event_interruptible(target_wait, !smp_load_acquire(&target_pending)))
		return -EINTR;
	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	if (!file)
		return -ENOMEM;
	file->domid = READ_ONCE(target);
	mutex_init(&file->ioreq_lock);
	INIT_LIST_HEAD(&file->ioreqs);
	filp->private_data = file;
	return 0;
}

/* No VMA is left: each of them holds the file. */
static int privcmd_release(struct inode *inode, struct file *filp)
{
	struct privcmd_file *file = filp->private_data;

	privcmd_end_ioreqs(file);
	mutex_destroy(&file->ioreq_lock);
	kfree(file);
	return 0;
}

const struct file_operations xen_privcmd_fops = {
	.owner = THIS_MODULE,
	.open = privcmd_open,
	.unlocked_ioctl = privcmd_ioctl,
	.mmap = privcmd_mmap,
	.release = privcmd_release,
};
EXPORT_SYMBOL_GPL(xen_privcmd_fops);

static struct miscdevice privcmd_misc = {
	.fops = &xen_privcmd_fops,
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/privcmd",
};

/**
 * privcmd_domid_from_text() - what the key "target" says
 * @text: its value
 *
 * Return: the domain, or DOMID_IDLE, which no file can be used on.
 */
domid_t privcmd_domid_from_text(const char *text)
{
	u16 domid;

	/* Numbers from there on are not domains, and one of them is "any". */
	if (kstrtou16(text, 10, &domid) || domid >= DOMID_FIRST_RESERVED)
		return DOMID_IDLE;
	return domid;
}

/**
 * privcmd_set_target() - what files that are opened from now on may reach
 * @domid: a domain, or DOMID_INVALID for all
 *
 * Context: any.
 * Return: what it was.
 */
domid_t privcmd_set_target(domid_t domid)
{
	domid_t old = READ_ONCE(target);

	WRITE_ONCE(target, domid);
	/* Who opens a file after this is to see the target. */
	smp_store_release(&target_pending, false);
	wake_up_all(&target_wait);
	return old;
}

static int read_target(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	char *text = xenbus_read(XBT_NIL, "target", "", NULL);
	domid_t domid = DOMID_IDLE;

	if (!IS_ERR(text)) {
		domid = privcmd_domid_from_text(text);
		kfree(text);
	}
	if (domid == DOMID_IDLE)
		pr_info("this guest has no target domain: nothing is allowed\n");
	privcmd_set_target(domid);
	return NOTIFY_DONE;
}

static struct notifier_block store_notifier = {
	.notifier_call = read_target,
};

static void __init restrict_to_target(void)
{
	if (unrestricted) {
		if (!security_locked_down(LOCKDOWN_XEN_USER_ACTIONS))
			return;
		pr_warn("\"unrestricted\" is ignored: the kernel is locked down\n");
	}
	target = DOMID_IDLE;
	target_pending = true;
	notifier_registered = true;
	register_xenstore_notifier(&store_notifier);
}

static void forget_target(void)
{
	if (notifier_registered)
		unregister_xenstore_notifier(&store_notifier);
}

static int __init privcmd_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	/* First, since built in there is xenfs, whatever comes of the rest. */
	if (!xen_initial_domain())
		restrict_to_target();
	err = privcmd_irqfd_init();
	if (err)
		goto forget;
	err = misc_register(&privcmd_misc);
	if (err)
		goto no_irqfd;
	err = misc_register(&xen_privcmdbuf_dev);
	if (err)
		goto deregister;
	return 0;

deregister:
	misc_deregister(&privcmd_misc);
no_irqfd:
	privcmd_irqfd_exit();
forget:
	forget_target();
	/* Nobody else will say what xenfs may reach. */
	if (notifier_registered)
		privcmd_set_target(DOMID_IDLE);
	return err;
}
module_init(privcmd_init);

static void __exit privcmd_exit(void)
{
	misc_deregister(&xen_privcmdbuf_dev);
	misc_deregister(&privcmd_misc);
	forget_target();
	privcmd_irqfd_exit();
}
module_exit(privcmd_exit);

MODULE_DESCRIPTION("Hypercalls from user space");
MODULE_LICENSE("GPL");
