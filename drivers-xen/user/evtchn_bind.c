// SPDX-License-Identifier: GPL-2.0
/*
 * The ports of an open /dev/xen/evtchn, and what its ioctls do with them.
 *
 * A suspend takes all ports away. What the file still knows about them is only good
 * for being unbound: so everything goes by the interrupt, which stays the file's,
 * and not by the number of the port, which may be somebody else's by then.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/xen-ops.h>
#include <uapi/xen/evtchn.h>

#include "evtchn.h"

/* What an ioctl may have as its argument. */
union evtchn_arg {
	struct ioctl_evtchn_bind_virq virq;
	struct ioctl_evtchn_bind_interdomain interdomain;
	struct ioctl_evtchn_bind_unbound_port unbound;
	struct ioctl_evtchn_unbind unbind;
	struct ioctl_evtchn_notify notify;
	struct ioctl_evtchn_restrict_domid restrict_domid;
	struct ioctl_evtchn_bind bind;
};

static irqreturn_t handle_event(int irq, void *data)
{
	struct user_port *p = data;
	struct evtchn_file *file = p->file;

	/* Before the number can be read: it may be written back at once. */
	WRITE_ONCE(p->held, true);
	evtchn_ring_put(&file->ring, p->port);
	wake_up_interruptible(&file->wait);
	kill_fasync(&file->fasync, SIGIO, POLL_IN);
	return IRQ_HANDLED;
}

/* Its port went in a suspend; the number may be that of another port now. */
static bool is_lost(const struct user_port *p)
{
	return irq_from_evtchn(p->port) != p->irq;
}

static void forget_port(struct user_port *p)
{
	struct evtchn_file *file = p->file;

	lockdep_assert_held(&file->lock);
	xa_erase(&file->ports, p->port);
	file->nr_ports--;
	kfree(p);
}

static void unbind_port(struct user_port *p)
{
	lockdep_assert_held(&p->file->lock);
	/* No event comes any more, but one may be unread. */
	unbind_from_irqhandler(p->irq, p);
	evtchn_ring_forget(&p->file->ring, p->port);
	forget_port(p);
}

/* A place for @port, which has no interrupt yet */
static struct user_port *note_port(struct evtchn_file *file, evtchn_port_t port)
{
	struct user_port *p;
	int err;

	lockdep_assert_held(&file->lock);
	err = evtchn_ring_grow(&file->ring, file->nr_ports + 1);
	if (err)
		return ERR_PTR(err);
	p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->file = file;
	p->port = port;
	err = xa_insert(&file->ports, port, p, GFP_KERNEL_ACCOUNT);
	if (err) {
		kfree(p);
		return ERR_PTR(err);
	}
	file->nr_ports++;
	return p;
}

/*
 * With @is_static, a port that is open already and stays open. One that has an interrupt is
 * a driver's, another file's, or kept for an unmap notification. Else one that is ours
 * alone, which is closed on failure.
 */
static int connect(struct user_port *p, bool is_static)
{
	int irq = evtchn_bind_refcounted(p->port, is_static);
	int err;

	if (irq < 0) {
		/* If somebody has guessed the number and bound it as static it is his. */
		if (!is_static && irq != -EBUSY)
			xen_evtchn_close(p->port);
		return irq;
	}
	p->irq = irq;
	/* An ioeventfd of /dev/xen/privcmd has a handler as well. */
	err = request_irq(irq, handle_event, IRQF_SHARED, p->file->name, p);
	if (err)
		evtchn_put(p->port);
	return err;
}

/*
 * Take over a port that Xen has just opened for @file. Returns its number; on failure
 * it is closed.
 */
static long adopt_port(struct evtchn_file *file, evtchn_port_t port)
{
	struct user_port *p = xa_load(&file->ports, port);
	int err;

	lockdep_assert_held(&file->lock);
	/* The number is new, so that one was lost and has not been unbound. */
	if (p)
		unbind_port(p);

	p = note_port(file, port);
	if (IS_ERR(p)) {
		xen_evtchn_close(port);
		return PTR_ERR(p);
	}
	err = connect(p, false);
	if (err) {
		forget_port(p);
		return err;
	}
	return port;
}

static bool is_restricted(const struct evtchn_file *file)
{
	lockdep_assert_held(&file->lock);
	return file->only != DOMID_INVALID;
}

static long do_bind_virq(struct evtchn_file *file, const union evtchn_arg *arg)
{
	struct evtchn_bind_virq op = {
		.virq = arg->virq.virq,
		.vcpu = xen_vcpu_nr(0),
	};
	int err;

	if (is_restricted(file))
		return -EACCES;
	err = HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &op);
	return err ?: adopt_port(file, op.port);
}

static long do_bind_interdomain(struct evtchn_file *file,
				const union evtchn_arg *arg)
{
	struct evtchn_bind_interdomain op = {
		.remote_dom = arg->interdomain.remote_domain,
		.remote_port = arg->interdomain.remote_port,
	};
	int err;

	if (arg->interdomain.remote_domain > U16_MAX)
		return -EINVAL;
	if (is_restricted(file) && file->only != op.remote_dom)
		return -EACCES;
	err = HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &op);
	return err ?: adopt_port(file, op.local_port);
}

static long do_bind_unbound(struct evtchn_file *file,
			    const union evtchn_arg *arg)
{
	struct evtchn_alloc_unbound op = {
		.dom = DOMID_SELF,
		.remote_dom = arg->unbound.remote_domain,
	};
	int err;

	if (is_restricted(file))
		return -EACCES;
	if (arg->unbound.remote_domain > U16_MAX)
		return -EINVAL;
	err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);
	return err ?: adopt_port(file, op.port);
}

static long do_bind_static(struct evtchn_file *file,
			   const union evtchn_arg *arg)
{
	struct user_port *p = xa_load(&file->ports, arg->bind.port);
	int err;

	/* Who has it at the other end is not known. */
	if (is_restricted(file))
		return -EACCES;
	if (p && !is_lost(p))
		return -EISCONN;
	if (p)
		unbind_port(p);

	p = note_port(file, arg->bind.port);
	if (IS_ERR(p))
		return PTR_ERR(p);
	err = connect(p, true);
	if (err)
		forget_port(p);
	return err;
}

static long do_unbind(struct evtchn_file *file, const union evtchn_arg *arg)
{
	struct user_port *p = xa_load(&file->ports, arg->unbind.port);

	lockdep_assert_held(&file->lock);
	if (arg->unbind.port >= xen_evtchn_nr_channels())
		return -EINVAL;
	if (!p)
		return -ENOTCONN;
	unbind_port(p);
	return 0;
}

static long do_notify(struct evtchn_file *file, const union evtchn_arg *arg)
{
	struct user_port *p = xa_load(&file->ports, arg->notify.port);

	lockdep_assert_held(&file->lock);
	if (!p)
		return -ENOTCONN;
	notify_remote_via_irq(p->irq);
	return 0;
}

static long do_reset(struct evtchn_file *file, const union evtchn_arg *arg)
{
	evtchn_ring_reset(&file->ring);
	return 0;
}

static long do_restrict(struct evtchn_file *file, const union evtchn_arg *arg)
{
	domid_t domid = arg->restrict_domid.domid;

	if (is_restricted(file))
		return -EACCES;
	if (!domid || domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	file->only = domid;
	return 0;
}

/* What a command does, with the file's lock held; by its number */
static const struct {
	unsigned int cmd;
	long (*fn)(struct evtchn_file *file, const union evtchn_arg *arg);
} commands[] = {
	{ IOCTL_EVTCHN_BIND_VIRQ,		do_bind_virq },
	{ IOCTL_EVTCHN_BIND_INTERDOMAIN,	do_bind_interdomain },
	{ IOCTL_EVTCHN_BIND_UNBOUND_PORT,	do_bind_unbound },
	{ IOCTL_EVTCHN_UNBIND,			do_unbind },
	{ IOCTL_EVTCHN_NOTIFY,			do_notify },
	{ IOCTL_EVTCHN_RESET,			do_reset },
	{ IOCTL_EVTCHN_RESTRICT_DOMID,		do_restrict },
	{ IOCTL_EVTCHN_BIND_STATIC,		do_bind_static },
};

/**
 * evtchn_ioctl() - all ioctls
 * @filp: the open device
 * @cmd: IOCTL_EVTCHN_*
 * @uarg: its argument
 *
 * Context: may sleep.
 * Return: a port for those that make one, else 0; -ENOSYS for an unknown command,
 * -EACCES for what a restricted file may not do, -ENOTCONN for a port that is not
 * the file's, -EISCONN for one that already is, -EBUSY for one that somebody else
 * has; what Xen says.
 */
long evtchn_ioctl(struct file *filp, unsigned int cmd, unsigned long uarg)
{
	struct evtchn_file *file = filp->private_data;
	unsigned int nr = _IOC_NR(cmd);
	union evtchn_arg arg = { };

	if (nr >= ARRAY_SIZE(commands) || commands[nr].cmd != cmd)
		return -ENOSYS;
	if (copy_from_user(&arg, (void __user *)uarg, _IOC_SIZE(cmd)))
		return -EFAULT;

	guard(mutex)(&file->lock);
	return commands[nr].fn(file, &arg);
}

/**
 * evtchn_finish() - the program is done with events
 * @file: the open device
 * @ports: the ports that had them; those that are not the file's are ignored
 * @nr: how many
 *
 * Context: may sleep.
 */
void evtchn_finish(struct evtchn_file *file, const u32 *ports, unsigned int nr)
{
	struct user_port *p;
	unsigned int i;

	guard(mutex)(&file->lock);
	for (i = 0; i < nr; i++) {
		p = xa_load(&file->ports, ports[i]);
		if (p && xchg(&p->held, false))
			xen_irq_lateeoi(p->irq, 0);
	}
}

/**
 * evtchn_unbind_all() - let go of all ports
 * @file: the open device, which is being closed
 *
 * Context: may sleep. No event comes any more when this returns.
 */
void evtchn_unbind_all(struct evtchn_file *file)
{
	struct user_port *p;
	unsigned long port;

	guard(mutex)(&file->lock);
	xa_for_each(&file->ports, port, p)
		unbind_port(p);
}
