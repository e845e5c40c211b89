// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/evtchn: event channels for programs.
 *
 * A program binds ports, reads the numbers of those that have had an event and
 * writes a number back when it is done with the event. In between the port is
 * masked: its late EOI waits for the program. Ports belong to the open file and are
 * closed with it.
 */
#define pr_fmt(fmt) "xen/evtchn: " fmt

#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <xen/xen.h>

#include "evtchn.h"

/* Numbers that are copied to or from a program at a time */
#define CHUNK		64

/* Longest read or write, in bytes */
#define MAX_BYTES	PAGE_SIZE

/* Up to one chunk: bytes copied, or a negative error */
static ssize_t read_chunk(struct evtchn_file *file, char __user *buf,
			  size_t len)
{
	u32 ports[CHUNK];
	int nr;

	nr = evtchn_ring_take(&file->ring, ports,
			      min_t(size_t, len / sizeof(u32), CHUNK));
	if (nr <= 0)
		return nr;
	if (copy_to_user(buf, ports, nr * sizeof(u32))) {
		evtchn_ring_give_back(&file->ring, ports, nr);
		return -EFAULT;
	}
	return nr * sizeof(u32);
}

static ssize_t read_events(struct evtchn_file *file, char __user *buf,
			   size_t len)
{
	ssize_t done = 0, chunk;

	do {
		chunk = read_chunk(file, buf + done, len - done);
		if (chunk > 0)
			done += chunk;
	} while (chunk > 0 && done < len);
	return done ?: chunk;
}

/* Whole numbers, and not too many */
static size_t usable(size_t len)
{
	return min_t(size_t, len, MAX_BYTES) & ~(sizeof(u32) - 1);
}

static ssize_t evtchn_read(struct file *filp, char __user *buf, size_t len,
			   loff_t *pos)
{
	struct evtchn_file *file = filp->private_data;
	ssize_t ret;

	len = usable(len);
	if (!len)
		return 0;
	for (;;) {
		ret = read_events(file, buf, len);
		if (ret)
			return ret;
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(file->wait,
					       evtchn_ring_readable(&file->ring));
		if (ret)
			return ret;
	}
}

static ssize_t evtchn_write(struct file *filp, const char __user *buf,
			    size_t len, loff_t *pos)
{
	struct evtchn_file *file = filp->private_data;
	size_t done, chunk;
	u32 ports[CHUNK];

	len = usable(len);
	for (done = 0; done < len; done += chunk) {
		chunk = min(len - done, sizeof(ports));
		if (copy_from_user(ports, buf + done, chunk))
			return done ?: -EFAULT;
		evtchn_finish(file, ports, chunk / sizeof(u32));
	}
	return done;
}

static __poll_t evtchn_poll(struct file *filp, poll_table *wait)
{
	struct evtchn_file *file = filp->private_data;

	poll_wait(filp, &file->wait, wait);
	if (READ_ONCE(file->ring.overflow))
		return EPOLLERR;
	if (evtchn_ring_readable(&file->ring))
		return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;
	return EPOLLOUT | EPOLLWRNORM;
}

static int evtchn_fasync(int fd, struct file *filp, int on)
{
	struct evtchn_file *file = filp->private_data;

	return fasync_helper(fd, filp, on, &file->fasync);
}

static int evtchn_open(struct inode *inode, struct file *filp)
{
	struct evtchn_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	file->name = kasprintf(GFP_KERNEL_ACCOUNT, "evtchn:%s", current->comm);
	if (!file->name) {
		kfree(file);
		return -ENOMEM;
	}
	/* It becomes that of a directory, /proc/irq/<n>/<name>. */
	strreplace(file->name, '/', '!');
	mutex_init(&file->lock);
	xa_init(&file->ports);
	file->only = DOMID_INVALID;
	evtchn_ring_init(&file->ring);
	init_waitqueue_head(&file->wait);
	filp->private_data = file;
	return stream_open(inode, filp);
}

static int evtchn_release(struct inode *inode, struct file *filp)
{
	struct evtchn_file *file = filp->private_data;

	evtchn_unbind_all(file);
	evtchn_ring_free(&file->ring);
	xa_destroy(&file->ports);
	kfree(file->name);
	kfree(file);
	return 0;
}

const struct file_operations evtchn_file_ops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = evtchn_ioctl,
	.open = evtchn_open,
	.read = evtchn_read,
	.poll = evtchn_poll,
	.write = evtchn_write,
	.release = evtchn_release,
	.fasync = evtchn_fasync,
};

static struct miscdevice evtchn_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/evtchn",
	.fops = &evtchn_file_ops,
};

static int __init evtchn_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = misc_register(&evtchn_device);
	if (err)
		pr_err("no /dev/xen/evtchn: error %d\n", err);
	return err;
}
module_init(evtchn_init);

static void __exit evtchn_exit(void)
{
	misc_deregister(&evtchn_device);
}
module_exit(evtchn_exit);

MODULE_DESCRIPTION("Xen event channels for user space");
MODULE_LICENSE("GPL");
