// SPDX-License-Identifier: GPL-2.0
/*
 * IOCTL_PRIVCMD_IOEVENTFD: writes of a guest to the notify register of a virtio device
 * become signals of an eventfd, without user space in between.
 *
 * Xen lays each write that it cannot do itself before whoever serves the address, in
 * a page with a slot for each vCPU, and sends an event on the vCPU's port. The vCPU
 * waits until the slot says that it is done. User space has mapped the page and bound
 * the ports; here a second handler on the same interrupt answers what an eventfd is
 * registered for, and leaves the rest to user space.
 *
 * An ioreq is the page and the ports. It is made with the first eventfd for a page, goes
 * with the last, and at the latest with the file.
 */
#define pr_fmt(fmt) "xen/privcmd: " fmt

#include <linux/cleanup.h>
#include <linux/eventfd.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/virtio_mmio.h>
#include <linux/xarray.h>

#include <kunit/static_stub.h>

#include <xen/events.h>
#include <xen/interface/hvm/ioreq.h>
#include <xen/page.h>
#include <xen/privcmd.h>

#include "privcmd.h"
#include "privcmd_ioreq.h"

/*
 * The ports that an ioreq listens to. Each has one only, however often its page is mapped:
 * many handlers of one interrupt would be a burden for all others.
 */
static DEFINE_XARRAY(heard_ports);

/* Far more than a domain can have */
#define VCPUS_MAX	4096

/* Does the request write @ev's queue into its notify register? */
static bool is_notification(const struct privcmd_event *ev, u64 addr, u32 size,
			    u64 data)
{
	return addr == ev->addr + VIRTIO_MMIO_QUEUE_NOTIFY &&
	       size == ev->size && (u16)data == ev->queue;
}

/**
 * privcmd_signal() - signal an eventfd
 * @ev: whose
 *
 * Context: any. Replaced by tests.
 */
void privcmd_signal(struct privcmd_event *ev)
{
	KUNIT_STATIC_STUB_REDIRECT(privcmd_signal, ev);
	eventfd_signal(ev->eventfd);
}

static struct privcmd_event *match(struct privcmd_ioreq *ioreq,
				   const struct ioreq *slot)
{
	u64 addr = READ_ONCE(slot->addr);
	u64 data = READ_ONCE(slot->data);
	u32 size = READ_ONCE(slot->size);
	struct privcmd_event *ev;

	lockdep_assert_held(&ioreq->lock);
	list_for_each_entry(ev, &ioreq->events, list) {
		if (is_notification(ev, addr, size, data))
			return ev;
	}
	return NULL;
}

/**
 * privcmd_answer_ioreq() - answer the request of a vCPU, if it is one for an eventfd
 * @ioreq: to which it was made
 * @slot: the vCPU's
 *
 * Context: any.
 * Return: whether it was answered; if so, the vCPU is to be told.
 */
bool privcmd_answer_ioreq(struct privcmd_ioreq *ioreq, struct ioreq *slot)
{
	struct privcmd_event *ev;
	unsigned long flags;

	if (slot->state != STATE_IOREQ_READY)
		return false;
	/* The state is Xen's last word: when it is seen the rest is there. */
	virt_rmb();
	if (slot->type != IOREQ_TYPE_COPY || slot->dir != IOREQ_WRITE ||
	    slot->data_is_ptr)
		return false;

	spin_lock_irqsave(&ioreq->lock, flags);
	ev = match(ioreq, slot);
	if (ev) {
		/* User space looks at the slot as well: this one is ours. */
		virt_mb();
		slot->state = STATE_IOREQ_INPROCESS;
		privcmd_signal(ev);
		/* From now on the slot is the vCPU's again. */
		virt_wmb();
		slot->state = STATE_IORESP_READY;
	}
	spin_unlock_irqrestore(&ioreq->lock, flags);
	return ev;
}

static irqreturn_t ioreq_interrupt(int irq, void *dev_id)
{
	struct privcmd_port *port = dev_id;

	if (!privcmd_answer_ioreq(port->ioreq, port->slot))
		return IRQ_NONE;
	/* It may come before bind_port() has noted the interrupt. */
	notify_remote_via_irq(irq);
	return IRQ_HANDLED;
}

/*
 * A port that user space has bound, which means through the events device: no port of
 * the kernel's own can be shared. Of a program that is restricted to a domain it has to
 * lead there, since it may be any other program's.
 */
static int listen(struct privcmd_port *port, evtchn_port_t evtchn)
{
	const struct privcmd_ioreq *ioreq = port->ioreq;
	int rc = evtchn_get(evtchn);

	if (rc)
		return rc;
	if (ioreq->restricted && evtchn_other_domain(evtchn) != ioreq->domid) {
		evtchn_put(evtchn);
		return -EPERM;
	}
	rc = bind_evtchn_to_irqhandler_lateeoi(evtchn, ioreq_interrupt,
					       IRQF_SHARED, "ioeventfd", port);
	evtchn_put(evtchn);
	if (rc < 0)
		return rc;
	port->evtchn = evtchn;
	WRITE_ONCE(port->irq, rc);
	return 0;
}

/* The port that was heard may have gone in a suspend, and the number is another one's now. */
static bool is_heard(const struct privcmd_port *port, evtchn_port_t evtchn)
{
	unsigned int irq = READ_ONCE(port->irq);

	return !irq || irq == irq_from_evtchn(evtchn);
}

static int note_port(struct privcmd_port *port, evtchn_port_t evtchn)
{
	struct privcmd_port *old;
	int err = -EBUSY;

	xa_lock(&heard_ports);
	old = xa_load(&heard_ports, evtchn);
	if (!old || !is_heard(old, evtchn))
		err = xa_err(__xa_store(&heard_ports, evtchn, port,
					GFP_KERNEL_ACCOUNT));
	xa_unlock(&heard_ports);
	return err;
}

static void forget_port(struct privcmd_port *port, evtchn_port_t evtchn)
{
	xa_cmpxchg(&heard_ports, evtchn, port, NULL, 0);
}

static int bind_port(struct privcmd_port *port, evtchn_port_t evtchn)
{
	int err = note_port(port, evtchn);

	if (err)
		return err;
	err = listen(port, evtchn);
	if (err)
		forget_port(port, evtchn);
	return err;
}

/**
 * privcmd_unbind_ports() - have no more to do with ports
 * @ioreq: whose
 * @nr: how many, the first ones
 *
 * Context: sleeps.
 */
void privcmd_unbind_ports(struct privcmd_ioreq *ioreq, unsigned int nr)
{
	struct privcmd_port *port;

	while (nr--) {
		port = &ioreq->ports[nr];
		forget_port(port, port->evtchn);
		unbind_from_irqhandler(port->irq, port);
	}
}

/**
 * privcmd_bind_ports() - listen to the ports of the vCPUs
 * @ioreq: whose vCPUs; their slots are there
 * @ports: the ports, one for each
 *
 * Context: sleeps.
 * Return: 0; -ENOENT or -EINVAL if one is not a program's; -EBUSY if two are the same, or
 * another ioreq has one; -EPERM if one is not of the only domain that may be reached; or
 * another negative error. Then none is bound.
 */
int privcmd_bind_ports(struct privcmd_ioreq *ioreq, const u32 *ports)
{
	unsigned int i;
	int err;

	for (i = 0; i < ioreq->vcpus; i++) {
		ioreq->ports[i].ioreq = ioreq;
		err = bind_port(&ioreq->ports[i], ports[i]);
		if (err) {
			privcmd_unbind_ports(ioreq, i);
			return err;
		}
	}
	return 0;
}

/* The slots lie in the pages that are mapped at @addr, as many to a page as fit. */
static int find_slots(struct privcmd_ioreq *ioreq, unsigned long addr)
{
	const unsigned int per_page = PAGE_SIZE / sizeof(struct ioreq);
	unsigned long nr = DIV_ROUND_UP(ioreq->vcpus, per_page), first;
	struct privcmd_mapping *mapping;
	struct vm_area_struct *vma;
	struct ioreq *slots;
	unsigned int i;

	mmap_assert_locked(current->mm);
	vma = privcmd_find_vma(addr, nr);
	mapping = vma ? privcmd_mapping_of(vma) : NULL;
	if (!mapping)
		return -EFAULT;
	first = privcmd_page_index(vma, addr);
	if (find_next_zero_bit(mapping->present, first + nr, first) < first + nr)
		return -EFAULT;
	for (i = 0; i < ioreq->vcpus; i++) {
		slots = page_to_virt(mapping->pages[first + i / per_page]);
		ioreq->ports[i].slot = &slots[i % per_page];
	}
	/* They stay when user space unmaps them. */
	privcmd_mapping_get(mapping);
	ioreq->mapping = mapping;
	return 0;
}

static int set_up_ioreq(struct privcmd_ioreq *ioreq, const u32 *ports)
{
	int err = -EINTR;

	if (!mmap_read_lock_killable(current->mm)) {
		err = find_slots(ioreq, ioreq->addr);
		mmap_read_unlock(current->mm);
	}
	if (err)
		return err;
	err = privcmd_bind_ports(ioreq, ports);
	if (err)
		privcmd_mapping_put(ioreq->mapping);
	return err;
}

static struct privcmd_ioreq *new_ioreq(const struct privcmd_file *file,
				       const struct privcmd_ioeventfd *op,
				       const u32 *ports)
{
	struct privcmd_ioreq *ioreq;
	int err;

	ioreq = kzalloc(struct_size(ioreq, ports, op->vcpus),
			GFP_KERNEL_ACCOUNT);
	if (!ioreq)
		return ERR_PTR(-ENOMEM);
	ioreq->domid = op->dom;
	ioreq->restricted = privcmd_is_restricted(file);
	ioreq->vcpus = op->vcpus;
	ioreq->addr = op->ioreq;
	spin_lock_init(&ioreq->lock);
	INIT_LIST_HEAD(&ioreq->events);
	err = set_up_ioreq(ioreq, ports);
	if (err) {
		kfree(ioreq);
		return ERR_PTR(err);
	}
	return ioreq;
}

static void free_ioreq(struct privcmd_file *file, struct privcmd_ioreq *ioreq)
{
	lockdep_assert_held(&file->ioreq_lock);
	list_del(&ioreq->list);
	privcmd_unbind_ports(ioreq, ioreq->vcpus);
	privcmd_mapping_put(ioreq->mapping);
	kfree(ioreq);
}

static struct privcmd_ioreq *find_ioreq(struct privcmd_file *file, u64 addr)
{
	struct privcmd_ioreq *ioreq;

	lockdep_assert_held(&file->ioreq_lock);
	list_for_each_entry(ioreq, &file->ioreqs, list) {
		if (ioreq->addr == addr)
			return ioreq;
	}
	return NULL;
}

static struct privcmd_event *find_event(const struct privcmd_ioreq *ioreq,
					const struct eventfd_ctx *eventfd)
{
	struct privcmd_event *ev;

	list_for_each_entry(ev, &ioreq->events, list) {
		if (ev->eventfd == eventfd)
			return ev;
	}
	return NULL;
}

/* The one of that page, or a new one */
static struct privcmd_ioreq *get_ioreq(struct privcmd_file *file,
				       const struct privcmd_ioeventfd *op,
				       const u32 *ports)
{
	struct privcmd_ioreq *ioreq = find_ioreq(file, op->ioreq);

	if (ioreq)
		return ioreq->domid == op->dom && ioreq->vcpus == op->vcpus ?
			ioreq : ERR_PTR(-EINVAL);
	ioreq = new_ioreq(file, op, ports);
	if (!IS_ERR(ioreq))
		list_add_tail(&ioreq->list, &file->ioreqs);
	return ioreq;
}

static int add_event(struct privcmd_file *file, struct privcmd_event *ev,
		     const struct privcmd_ioeventfd *op, const u32 *ports)
{
	struct privcmd_ioreq *ioreq;

	guard(mutex)(&file->ioreq_lock);
	ioreq = get_ioreq(file, op, ports);
	if (IS_ERR(ioreq))
		return PTR_ERR(ioreq);
	if (find_event(ioreq, ev->eventfd))
		return -EBUSY;
	scoped_guard(spinlock_irqsave, &ioreq->lock)
		list_add_tail(&ev->list, &ioreq->events);
	return 0;
}

static int assign(struct privcmd_file *file, const struct privcmd_ioeventfd *op)
{
	u32 *ports __free(kfree) = NULL;
	int err = privcmd_ioeventfd_check(op);
	struct privcmd_event *ev;

	if (err)
		return err;
	/* User memory is not for under the lock. */
	ports = memdup_array_user(u64_to_user_ptr(op->ports), op->vcpus,
				  sizeof(*ports));
	if (IS_ERR(ports))
		return PTR_ERR(ports);
	ev = kzalloc(sizeof(*ev), GFP_KERNEL_ACCOUNT);
	if (!ev)
		return -ENOMEM;
	ev->addr = op->addr;
	ev->size = op->addr_len;
	ev->queue = op->vq;
	ev->eventfd = eventfd_ctx_fdget(op->event_fd);
	if (IS_ERR(ev->eventfd)) {
		err = PTR_ERR(ev->eventfd);
		kfree(ev);
		return err;
	}
	err = add_event(file, ev, op, ports);
	if (err) {
		eventfd_ctx_put(ev->eventfd);
		kfree(ev);
	}
	return err;
}

static void free_event(struct privcmd_ioreq *ioreq, struct privcmd_event *ev)
{
	scoped_guard(spinlock_irqsave, &ioreq->lock)
		list_del(&ev->list);
	eventfd_ctx_put(ev->eventfd);
	kfree(ev);
}

static int remove_event(struct privcmd_file *file,
			const struct eventfd_ctx *eventfd,
			const struct privcmd_ioeventfd *op)
{
	struct privcmd_ioreq *ioreq;
	struct privcmd_event *ev;

	guard(mutex)(&file->ioreq_lock);
	ioreq = find_ioreq(file, op->ioreq);
	if (!ioreq || ioreq->domid != op->dom || ioreq->vcpus != op->vcpus)
		return -ENODEV;
	ev = find_event(ioreq, eventfd);
	if (!ev)
		return -ENODEV;
	free_event(ioreq, ev);
	if (list_empty(&ioreq->events))
		free_ioreq(file, ioreq);
	return 0;
}

static int deassign(struct privcmd_file *file,
		    const struct privcmd_ioeventfd *op)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(op->event_fd);
	int err;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	err = remove_event(file, eventfd, op);
	eventfd_ctx_put(eventfd);
	return err;
}

/**
 * privcmd_ioeventfd_check() - what of a new ioeventfd can be told at once
 * @op: from user space
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int privcmd_ioeventfd_check(const struct privcmd_ioeventfd *op)
{
	u64 end;

	if (check_add_overflow(op->addr, (u64)op->addr_len, &end))
		return -EINVAL;
	if (op->addr_len != 1 && op->addr_len != 2 && op->addr_len != 4 &&
	    op->addr_len != 8)
		return -EINVAL;
	return op->vcpus && op->vcpus <= VCPUS_MAX ? 0 : -EINVAL;
}

/**
 * privcmd_ioctl_ioeventfd() - IOCTL_PRIVCMD_IOEVENTFD
 * @file: the open file
 * @arg: a struct privcmd_ioeventfd in user space
 *
 * Context: sleeps, takes the mmap lock.
 * Return: 0; -ENODEV where there is nothing to deassign; or another negative error.
 */
long privcmd_ioctl_ioeventfd(struct privcmd_file *file, void __user *arg)
{
	struct privcmd_ioeventfd op;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.flags & ~PRIVCMD_IOEVENTFD_FLAG_DEASSIGN)
		return -EINVAL;
	if (!privcmd_may_reach(file, op.dom))
		return -EPERM;
	return op.flags & PRIVCMD_IOEVENTFD_FLAG_DEASSIGN ?
		deassign(file, &op) : assign(file, &op);
}

/**
 * privcmd_end_ioreqs() - the file is closed
 * @file: the file
 *
 * Context: sleeps.
 */
void privcmd_end_ioreqs(struct privcmd_file *file)
{
	struct privcmd_ioreq *ioreq, *next;
	struct privcmd_event *ev, *next_ev;

	guard(mutex)(&file->ioreq_lock);
	list_for_each_entry_safe(ioreq, next, &file->ioreqs, list) {
		list_for_each_entry_safe(ev, next_ev, &ioreq->events, list)
			free_event(ioreq, ev);
		free_ioreq(file, ioreq);
	}
}
