// SPDX-License-Identifier: GPL-2.0
/*
 * IOCTL_PRIVCMD_IRQFD: a dm_op that is made whenever an eventfd is signalled, to give
 * a guest an interrupt without user space in between.
 *
 * It lasts until it is deassigned, or the eventfd is closed. Signals arrive in the
 * eventfd's wait queue, with its lock held and interrupts off; a dm_op can be made
 * there if it does not last, but to leave the queue is for a worker.
 */
#define pr_fmt(fmt) "xen/privcmd: " fmt

#include <linux/cleanup.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/poll.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/dm_op.h>
#include <xen/privcmd.h>
#include <xen/xen-ops.h>

#include "privcmd.h"

/**
 * struct irqfd - an eventfd and its dm_op
 * @list: on irqfds; empty: is being taken down
 * @eventfd: whose signals
 * @wait: our place in its queue
 * @poll: to get there
 * @end: takes it down
 * @domid: for which domain
 * @failed: the last dm_op did, which has been said
 * @buf: the only buffer of the dm_op: @op
 * @op: copied from user space
 */
struct irqfd {
	struct list_head list;
	struct eventfd_ctx *eventfd;
	wait_queue_entry_t wait;
	poll_table poll;
	struct work_struct end;
	domid_t domid;
	bool failed;
	struct xen_dm_op_buf buf;
	u8 op[] __aligned(8);
};

/* Held while one is assigned, so that it is complete before it can be deassigned. */
static DEFINE_MUTEX(assign_mutex);
/* The list. Nests in the lock of an eventfd's wait queue, which is taken in interrupts. */
static DEFINE_SPINLOCK(irqfds_lock);
static LIST_HEAD(irqfds);
static struct workqueue_struct *end_wq;

static void make_dm_op(struct irqfd *irqfd)
{
	int rc = HYPERVISOR_dm_op(irqfd->domid, 1, &irqfd->buf);

	if (rc && !irqfd->failed)
		pr_err_ratelimited("irqfd: no interrupt for domain %u: error %d\n",
				   irqfd->domid, rc);
	irqfd->failed = rc;
}

static void end_locked(struct irqfd *irqfd)
{
	lockdep_assert_held(&irqfds_lock);
	if (list_empty(&irqfd->list))
		return;
	list_del_init(&irqfd->list);
	queue_work(end_wq, &irqfd->end);
}

static void end(struct irqfd *irqfd)
{
	unsigned long flags;

	spin_lock_irqsave(&irqfds_lock, flags);
	end_locked(irqfd);
	spin_unlock_irqrestore(&irqfds_lock, flags);
}

static void irqfd_end(struct work_struct *work)
{
	struct irqfd *irqfd = container_of(work, struct irqfd, end);
	u64 count;

	eventfd_ctx_remove_wait_queue(irqfd->eventfd, &irqfd->wait, &count);
	eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
}

static int irqfd_wake(wait_queue_entry_t *wait, unsigned int mode, int sync,
		      void *key)
{
	struct irqfd *irqfd = container_of(wait, struct irqfd, wait);
	__poll_t events = key_to_poll(key);
	u64 count;

	if (events & EPOLLIN) {
		/* However many signals these were */
		eventfd_ctx_do_read(irqfd->eventfd, &count);
		make_dm_op(irqfd);
	}
	if (events & EPOLLHUP)
		end(irqfd);
	return 0;
}

static void irqfd_enqueue(struct file *file, wait_queue_head_t *queue,
			  poll_table *poll)
{
	struct irqfd *irqfd = container_of(poll, struct irqfd, poll);

	add_wait_queue_priority(queue, &irqfd->wait);
}

static struct irqfd *find_irqfd(const struct eventfd_ctx *eventfd)
{
	struct irqfd *irqfd;

	lockdep_assert_held(&irqfds_lock);
	list_for_each_entry(irqfd, &irqfds, list) {
		if (irqfd->eventfd == eventfd)
			return irqfd;
	}
	return NULL;
}

static int add_irqfd(struct irqfd *irqfd)
{
	unsigned long flags;
	int err = -EBUSY;

	spin_lock_irqsave(&irqfds_lock, flags);
	if (!find_irqfd(irqfd->eventfd)) {
		list_add_tail(&irqfd->list, &irqfds);
		err = 0;
	}
	spin_unlock_irqrestore(&irqfds_lock, flags);
	return err;
}

/* @eventfd is open: it is not closed while we look at it. */
static int start_irqfd(struct irqfd *irqfd, struct file *eventfd)
{
	int err;

	irqfd->eventfd = eventfd_ctx_fileget(eventfd);
	if (IS_ERR(irqfd->eventfd))
		return PTR_ERR(irqfd->eventfd);

	guard(mutex)(&assign_mutex);
	err = add_irqfd(irqfd);
	if (err) {
		eventfd_ctx_put(irqfd->eventfd);
		return err;
	}
	/* Puts us into the queue. What was signalled before counts as well. */
	if (vfs_poll(eventfd, &irqfd->poll) & EPOLLIN)
		make_dm_op(irqfd);
	return 0;
}

/*
 * Others may keep Xen busy for as long as the guest has memory, and the CPU would hear of
 * nothing all the time.
 */
static bool is_interrupt(const struct irqfd *irqfd)
{
	const u32 *number = (const void *)irqfd->op;

	switch (*number) {
	case XEN_DMOP_set_pci_intx_level:
	case XEN_DMOP_set_isa_irq_level:
	case XEN_DMOP_inject_msi:
	case XEN_DMOP_set_irq_level:
		return true;
	default:
		return false;
	}
}

static struct irqfd *new_irqfd(const struct privcmd_irqfd *op)
{
	struct irqfd *irqfd = kzalloc(struct_size(irqfd, op, op->size),
				      GFP_KERNEL_ACCOUNT | __GFP_NOWARN);

	if (!irqfd)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(irqfd->op, u64_to_user_ptr(op->dm_op), op->size)) {
		kfree(irqfd);
		return ERR_PTR(-EFAULT);
	}
	if (!is_interrupt(irqfd)) {
		kfree(irqfd);
		return ERR_PTR(-EINVAL);
	}
	irqfd->domid = op->dom;
	irqfd->buf.size = op->size;
	set_xen_guest_handle(irqfd->buf.h, irqfd->op);
	INIT_WORK(&irqfd->end, irqfd_end);
	init_waitqueue_func_entry(&irqfd->wait, irqfd_wake);
	init_poll_funcptr(&irqfd->poll, irqfd_enqueue);
	return irqfd;
}

static int assign(const struct privcmd_irqfd *op)
{
	struct irqfd *irqfd;
	struct fd eventfd;
	int err = -EBADF;

	if (op->size > READ_ONCE(privcmd_dm_op_buf_max_size))
		return -E2BIG;
	/* Its number at least */
	if (op->size < sizeof(u32))
		return -EINVAL;
	irqfd = new_irqfd(op);
	if (IS_ERR(irqfd))
		return PTR_ERR(irqfd);
	eventfd = fdget(op->fd);
	if (fd_file(eventfd)) {
		err = start_irqfd(irqfd, fd_file(eventfd));
		fdput(eventfd);
	}
	if (err)
		kfree(irqfd);
	return err;
}

static int deassign(const struct privcmd_irqfd *op)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(op->fd);
	struct irqfd *irqfd;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	mutex_lock(&assign_mutex);
	scoped_guard(spinlock_irqsave, &irqfds_lock) {
		irqfd = find_irqfd(eventfd);
		if (irqfd)
			end_locked(irqfd);
	}
	mutex_unlock(&assign_mutex);
	eventfd_ctx_put(eventfd);
	/* No interrupt comes of it after this call. */
	flush_workqueue(end_wq);
	return 0;
}

/**
 * privcmd_ioctl_irqfd() - IOCTL_PRIVCMD_IRQFD
 * @file: the open file
 * @arg: a struct privcmd_irqfd in user space
 *
 * Context: sleeps.
 * Return: 0, also where there is nothing to deassign, or a negative error.
 */
long privcmd_ioctl_irqfd(const struct privcmd_file *file, void __user *arg)
{
	struct privcmd_irqfd op;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.flags & ~PRIVCMD_IRQFD_FLAG_DEASSIGN)
		return -EINVAL;
	if (!privcmd_may_reach(file, op.dom))
		return -EPERM;
	/* The start failed, but xenfs has the file. */
	if (!end_wq)
		return -ENODEV;
	return op.flags & PRIVCMD_IRQFD_FLAG_DEASSIGN ? deassign(&op) :
							assign(&op);
}

/**
 * privcmd_irqfd_init() - before there is /dev/xen/privcmd
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int privcmd_irqfd_init(void)
{
	end_wq = alloc_workqueue("xen-privcmd-irqfd", 0, 0);
	return end_wq ? 0 : -ENOMEM;
}

/**
 * privcmd_irqfd_exit() - take down all that are left
 *
 * Context: module exit, with no file open.
 */
void privcmd_irqfd_exit(void)
{
	struct irqfd *irqfd, *next;

	scoped_guard(spinlock_irqsave, &irqfds_lock) {
		list_for_each_entry_safe(irqfd, next, &irqfds, list)
			end_locked(irqfd);
	}
	destroy_workqueue(end_wq);
	end_wq = NULL;
}
