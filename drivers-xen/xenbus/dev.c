// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/xenbus, the bytes: user space talks to the store in the store's own
 * protocol (public/io/xs_wire.h).
 *
 * Messages may be written and read in pieces of any size. Requests are answered
 * as the answers come; watch events are read between them.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/fs.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <xen/xen.h>
#include "dev.h"

/* How much of a message the bytes in the buffer make certain. */
static unsigned int message_size(const struct xs_file *file)
{
	if (file->in_len < sizeof(file->in.hdr))
		return sizeof(file->in.hdr);
	return sizeof(file->in.hdr) + file->in.hdr.len;
}

/* Adds bytes up to the end of header or message: how many, or -errno. */
static ssize_t write_piece(struct xs_file *file, const char __user *buf,
			   size_t len)
{
	int err = 0;

	lockdep_assert_held(&file->write_lock);
	len = min(len, (size_t)message_size(file) - file->in_len);
	if (copy_from_user(file->in.bytes + file->in_len, buf, len))
		return -EFAULT;
	file->in_len += len;
	if (file->in_len < sizeof(file->in.hdr))
		return len;
	if (file->in.hdr.len > XENSTORE_PAYLOAD_MAX)
		err = -EINVAL;
	else if (file->in_len == message_size(file))
		err = xs_file_message(file);
	else
		return len;
	file->in_len = 0;
	return err ? err : len;
}

static ssize_t xs_file_write(struct file *filp, const char __user *buf,
			     size_t len, loff_t *pos)
{
	struct xs_file *file = filp->private_data;
	size_t done = 0, whole = 0;
	ssize_t piece = 0;

	if (mutex_lock_interruptible(&file->write_lock))
		return -ERESTARTSYS;
	while (done < len && !fatal_signal_pending(current)) {
		piece = write_piece(file, buf + done, len - done);
		if (piece < 0)
			break;
		done += piece;
		if (!file->in_len)
			whole = done;
	}
	if (piece < 0) {
		/*
		 * The message is lost, also what was taken of it. Messages before
		 * it are not, and then the error comes with the next write.
		 */
		file->in_len = 0;
		done = whole;
	}
	mutex_unlock(&file->write_lock);
	if (done || !len)
		return done;
	return piece < 0 ? piece : -EINTR;
}

/* Copies from one message: bytes copied, or -EFAULT. */
static ssize_t read_piece(struct xs_out *out, char __user *buf, size_t len)
{
	const char *from;
	size_t have;

	if (out->pos < sizeof(out->hdr)) {
		from = (const char *)&out->hdr + out->pos;
		have = sizeof(out->hdr) - out->pos;
	} else {
		from = out->body + (out->pos - sizeof(out->hdr));
		have = sizeof(out->hdr) + out->hdr.len - out->pos;
	}
	len = min(len, have);
	if (copy_to_user(buf, from, len))
		return -EFAULT;
	out->pos += len;
	return len;
}

static struct xs_out *first_message(struct xs_file *file)
{
	struct xs_out *out;

	scoped_guard(mutex, &file->lock)
		out = list_first_entry_or_null(&file->out, struct xs_out, list);
	return out;
}

static void remove_message(struct xs_file *file, struct xs_out *out)
{
	scoped_guard(mutex, &file->lock) {
		list_del(&out->list);
		if (out->hdr.type == XS_WATCH_EVENT)
			file->events--;
	}
	xs_out_free(out);
}

static ssize_t read_messages(struct xs_file *file, char __user *buf, size_t len)
{
	struct xs_out *out;
	size_t done = 0;
	ssize_t piece;

	lockdep_assert_held(&file->read_lock);
	while (done < len) {
		out = first_message(file);
		if (!out)
			break;
		/* May fault, for as long as it likes: the lock is not held. */
		piece = read_piece(out, buf + done, len - done);
		if (piece < 0)
			return done ? done : piece;
		done += piece;
		if (out->pos == sizeof(out->hdr) + out->hdr.len)
			remove_message(file, out);
	}
	return done;
}

static ssize_t xs_file_read(struct file *filp, char __user *buf, size_t len,
			    loff_t *pos)
{
	struct xs_file *file = filp->private_data;
	ssize_t ret;

	if (!len)
		return 0;
	for (;;) {
		if (mutex_lock_interruptible(&file->read_lock))
			return -ERESTARTSYS;
		ret = read_messages(file, buf, len);
		mutex_unlock(&file->read_lock);
		if (ret)
			return ret;
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(file->out_wake,
					     !list_empty_careful(&file->out)))
			return -ERESTARTSYS;
	}
}

static __poll_t xs_file_poll(struct file *filp, poll_table *wait)
{
	struct xs_file *file = filp->private_data;

	poll_wait(filp, &file->out_wake, wait);
	return list_empty_careful(&file->out) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static int xs_file_open(struct inode *inode, struct file *filp)
{
	struct xs_file *file;

	if (!xs_store)
		return -ENOENT;
	file = xs_file_new();
	if (!file)
		return -ENOMEM;
	filp->private_data = file;
	return stream_open(inode, filp);
}

static int xs_file_release(struct inode *inode, struct file *filp)
{
	xs_file_close(filp->private_data);
	return 0;
}

/* Shared with the file "xenbus" of xenfs. */
const struct file_operations xen_xenbus_fops = {
	.owner = THIS_MODULE,
	.read = xs_file_read,
	.write = xs_file_write,
	.open = xs_file_open,
	.release = xs_file_release,
	.poll = xs_file_poll,
};
EXPORT_SYMBOL_GPL(xen_xenbus_fops);

static struct miscdevice xenbus_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/xenbus",
	.fops = &xen_xenbus_fops,
};

static int __init xenbus_file_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = misc_register(&xenbus_device);
	if (err)
		pr_err("no /dev/xen/xenbus: %d\n", err);
	return err;
}
device_initcall(xenbus_file_init);
