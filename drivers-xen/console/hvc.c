// SPDX-License-Identifier: GPL-2.0
/*
 * Consoles as terminals of the hvc core: operations, interrupt, registration.
 *
 * The hvc core calls put_chars() from two sides: for a tty with its own lock
 * held, and for kernel messages from any context without it. It treats what we
 * return differently on each side:
 *
 *   -EAGAIN  tty: keeps the bytes, tries later     printk: calls flush(), retries
 *   0        tty: the same                         printk: drops the bytes
 *
 * So a full ring answers -EAGAIN as long as there is hope that the backend takes
 * bytes, and 0 once the bounded wait in flush() was in vain ("stalled"). A
 * console whose ring is broken swallows everything: nobody will read it.
 */
#define pr_fmt(fmt) "xen/console: " fmt

#include <linux/cleanup.h>
#include <linux/console.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/nmi.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched/clock.h>
#include <linux/time64.h>
#include <linux/xarray.h>

#include <xen/interface/sched.h>
#include <xen/xen.h>
#include <xen/events.h>

#include "console.h"

/* A kernel message waits this often and long for a full ring: one second. */
#define FULL_WAITS	10000
#define FULL_WAIT_US	100

/* With so much room in the ring, a backend that had stalled has recovered. */
#define RECOVERED_SPACE	1024

/* While the machine goes down, a lock is waited for this often, 5 us each. */
#define OOPS_WAITS	2000

/* What the hvc core keeps for us between two writes of a tty. */
#define OUTBUF_SIZE	256

/*
 * vtermno -> console. Erased before a console is freed, and looked up under RCU.
 * Console 0 is never freed; it is found without RCU because its kernel messages
 * may come from where RCU is not watching.
 */
static DEFINE_XARRAY(consoles);
static struct xencons *console_0;

static struct xencons *find_console(u32 vtermno)
{
	if (vtermno == XENCONS_COOKIE)
		return console_0;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "console may go away");
	return xa_load(&consoles, vtermno);
}

/**
 * xencons_notify() - tell the backend to look at the ring
 * @cons: initialised
 *
 * With no port yet, or an irq without one after a restore, there is nobody to tell.
 *
 * Context: any but NMI.
 */
void xencons_notify(struct xencons *cons)
{
	if (cons->irq > 0)
		notify_remote_via_irq(cons->irq);
	else if (cons->evtchn)
		notify_remote_via_evtchn(cons->evtchn);
}

static const char broken_message[] =
	KERN_ERR pr_fmt("console %u: impossible ring index, disabled\n");

/* printk() proper could come back to us and find the hvc core's lock taken. */
static void report_broken(struct xencons *cons)
{
	if (xchg(&cons->reported, true))
		return;

	printk_deferred(broken_message, cons->vtermno - XENCONS_COOKIE);
}

/*
 * While the machine goes down, the CPU that holds the lock may have been stopped for
 * good. Then what is to be said is said without it. With two at it at the same time
 * the ring can break, so that is only for when the lock has not come for long; and
 * it is waited for once, as messages come in small pieces.
 */
static bool lock_in_oops(struct xencons *cons, unsigned long *flags)
	__acquires(&cons->lock)
{
	unsigned int tries = READ_ONCE(cons->lock_dead) ? 1 : OOPS_WAITS;

	for (; tries; tries--) {
		if (raw_spin_trylock_irqsave(&cons->lock, *flags)) {
			WRITE_ONCE(cons->lock_dead, false);
			return true;
		}
		udelay(5);
	}
	WRITE_ONCE(cons->lock_dead, true);
	__acquire(&cons->lock);
	return false;
}

/* False if it has to do without. */
static bool lock_ring(struct xencons *cons, unsigned long *flags)
	__acquires(&cons->lock)
{
	if (unlikely(oops_in_progress))
		return lock_in_oops(cons, flags);

	raw_spin_lock_irqsave(&cons->lock, *flags);
	return true;
}

static void unlock_ring(struct xencons *cons, bool locked, unsigned long flags)
	__releases(&cons->lock)
{
	if (locked)
		raw_spin_unlock_irqrestore(&cons->lock, flags);
	else
		__release(&cons->lock);
}

static int ring_put(struct xencons *cons, const u8 *buf, size_t len)
{
	unsigned long flags = 0;
	bool locked = lock_ring(cons, &flags);
	int put = xencons_ring_put(&cons->ring, buf, len);

	unlock_ring(cons, locked, flags);
	return put;
}

static int ring_space(struct xencons *cons)
{
	unsigned long flags = 0;
	bool locked = lock_ring(cons, &flags);
	int space = xencons_ring_space(&cons->ring);

	unlock_ring(cons, locked, flags);
	return space;
}

/**
 * xencons_write() - write to a ring console
 * @cons: attached
 * @buf: bytes to write
 * @len: how many
 *
 * Context: any but NMI.
 *
 * Return: bytes taken; -EAGAIN if the ring is full; 0 if it is full and the
 * backend has not moved for too long.
 */
ssize_t xencons_write(struct xencons *cons, const u8 *buf, size_t len)
{
	int put = ring_put(cons, buf, len);

	if (put < 0) {
		report_broken(cons);
		return len;
	}

	WRITE_ONCE(cons->blocked, !put && len);
	if (!put && len)
		return READ_ONCE(cons->stalled) ? 0 : -EAGAIN;

	/* A few bytes now and then would have us wait for each of them. */
	if (READ_ONCE(cons->stalled) && ring_space(cons) >= RECOVERED_SPACE)
		WRITE_ONCE(cons->stalled, false);
	xencons_notify(cons);
	return put;
}

/**
 * xencons_read() - read from a ring console
 * @cons: attached
 * @buf: destination
 * @len: its size
 *
 * Context: any but NMI.
 *
 * Return: bytes read, 0 if there are none or the ring is broken. (An error would
 * hang up the terminal, and whatever respawns on it would do so for ever.)
 */
ssize_t xencons_read(struct xencons *cons, u8 *buf, size_t len)
{
	unsigned long flags;
	int got;

	raw_spin_lock_irqsave(&cons->lock, flags);
	got = xencons_ring_get(&cons->ring, buf, len);
	raw_spin_unlock_irqrestore(&cons->lock, flags);

	if (got < 0) {
		report_broken(cons);
		return 0;
	}
	if (got)
		xencons_notify(cons);

	return got;
}

/*
 * Let the backend run, which may need our CPU, until there is room. Whether it
 * is merely slow cannot be known; after a second it counts as gone.
 */
static void wait_for_space(struct xencons *cons)
{
	u64 end = local_clock() + NSEC_PER_SEC;
	unsigned int i;

	/* A yield may take long; and who knows whether the clock goes. */
	for (i = 0; i < FULL_WAITS && local_clock() < end; i++) {
		if (ring_space(cons))
			return;
		HYPERVISOR_sched_op(SCHEDOP_yield, NULL);
		udelay(FULL_WAIT_US);
		touch_nmi_watchdog();
	}

	WRITE_ONCE(cons->stalled, true);
}

static ssize_t ring_put_chars(u32 vtermno, const u8 *buf, size_t len)
{
	struct xencons *cons;

	if (vtermno == XENCONS_COOKIE)
		return xencons_write(console_0, buf, len);

	guard(rcu)();
	cons = find_console(vtermno);
	return cons ? xencons_write(cons, buf, len) : len;
}

static ssize_t ring_get_chars(u32 vtermno, u8 *buf, size_t len)
{
	struct xencons *cons;

	guard(rcu)();
	cons = find_console(vtermno);
	return cons ? xencons_read(cons, buf, len) : -EPIPE;
}

static void flush_console(struct xencons *cons)
{
	if (READ_ONCE(cons->blocked) && !READ_ONCE(cons->stalled))
		wait_for_space(cons);
}

/* @wait: a tty asks, which may sleep and has its bytes kept if this is in vain. */
static int ring_flush(u32 vtermno, bool wait)
{
	struct xencons *cons;

	if (wait) {
		might_sleep();
		usleep_range(1000, 2000);
		return 0;
	}

	if (vtermno == XENCONS_COOKIE) {
		flush_console(console_0);
		return 0;
	}

	guard(rcu)();
	cons = find_console(vtermno);
	if (cons)
		flush_console(cons);

	return 0;
}

/* Opened: tell the core whether it has to poll. The irq outlives the opening. */
static int ring_notifier_add(struct hvc_struct *hp, int irq)
{
	struct xencons *cons;

	guard(rcu)();
	cons = find_console(hp->vtermno);
	if (!cons)
		return -ENODEV;

	hp->irq_requested = cons->irq > 0;
	return 0;
}

static void ring_notifier_del(struct hvc_struct *hp, int irq)
{
	hp->irq_requested = 0;
}

const struct hv_ops xencons_ring_ops = {
	.get_chars = ring_get_chars,
	.put_chars = ring_put_chars,
	.flush = ring_flush,
	.notifier_add = ring_notifier_add,
	.notifier_del = ring_notifier_del,
	.notifier_hangup = ring_notifier_del,
};

/*
 * A broken ring gets no late EOI: the port stays masked, so its backend cannot
 * interrupt us any more.
 */
static irqreturn_t ring_interrupt(int irq, void *data)
{
	struct xencons *cons = data;
	unsigned long flags;
	bool moved, broken;

	/* Interrupts are on where handlers are threads. */
	raw_spin_lock_irqsave(&cons->lock, flags);
	broken = READ_ONCE(cons->ring.broken);
	moved = !broken && xencons_ring_progress(&cons->ring);
	raw_spin_unlock_irqrestore(&cons->lock, flags);
	if (broken)
		return IRQ_HANDLED;

	if (hvc_poll(cons->hvc))
		hvc_kick();

	xen_irq_lateeoi(irq, moved ? 0 : XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

/**
 * xencons_init() - set up a console that nobody knows yet
 * @cons: zeroed memory
 * @nr: 0 for the one every domain has, else the number xenstore gives it
 */
void xencons_init(struct xencons *cons, unsigned int nr)
{
	raw_spin_lock_init(&cons->lock);
	cons->vtermno = XENCONS_COOKIE + nr;
	cons->ring.broken = true;
}

/**
 * xencons_attach() - use @page from now on
 * @cons: initialised
 * @page: shared with the backend
 */
void xencons_attach(struct xencons *cons, struct xencons_interface *page)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&cons->lock, flags);
	xencons_ring_attach(&cons->ring, page);
	cons->reported = false;
	cons->stalled = false;
	raw_spin_unlock_irqrestore(&cons->lock, flags);
}

/**
 * xencons_detach() - do not touch the page any more
 * @cons: initialised
 *
 * On return no other CPU uses the page; output is swallowed.
 */
void xencons_detach(struct xencons *cons)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&cons->lock, flags);
	WRITE_ONCE(cons->ring.broken, true);
	cons->reported = true;
	raw_spin_unlock_irqrestore(&cons->lock, flags);
}

/**
 * xencons_publish() - let the operations find a console by its number
 * @cons: attached
 *
 * Return: 0, -EBUSY if the number is taken, or -ENOMEM.
 */
int xencons_publish(struct xencons *cons)
{
	might_sleep();

	if (cons->vtermno == XENCONS_COOKIE) {
		console_0 = cons;
		return 0;
	}

	return xa_insert(&consoles, cons->vtermno, cons, GFP_KERNEL);
}

/**
 * xencons_add() - make a terminal of a console
 * @cons: published
 * @ops: its operations
 *
 * Return: 0 or the hvc core's error.
 */
int xencons_add(struct xencons *cons, const struct hv_ops *ops)
{
	struct hvc_struct *hvc;

	might_sleep();

	hvc = hvc_alloc(cons->vtermno, 0, ops, OUTBUF_SIZE);
	if (IS_ERR(hvc))
		return PTR_ERR(hvc);

	cons->hvc = hvc;
	return 0;
}

/**
 * xencons_bind() - take the interrupt of a ring console
 * @cons: added
 *
 * Return: 0 or a negative error. The port is then the caller's to close, unless it
 * has been closed on the way: &xencons.evtchn is 0 in that case.
 */
int xencons_bind(struct xencons *cons)
{
	int irq, err;

	might_sleep();

	irq = bind_evtchn_to_irq_lateeoi(cons->evtchn);
	if (irq < 0)
		return irq;

	err = request_irq(irq, ring_interrupt, 0, "hvc_console", cons);
	if (err) {
		evtchn_put(cons->evtchn);
		cons->evtchn = 0;
		return err;
	}

	cons->irq = irq;
	return 0;
}

/**
 * xencons_remove() - undo publish, add and bind, in any state of completion
 * @cons: not console 0
 *
 * The terminal is hung up. On return nothing refers to @cons.
 */
void xencons_remove(struct xencons *cons)
{
	might_sleep();

	/* Another console may have the number: then ours was never in. */
	xa_cmpxchg(&consoles, cons->vtermno, cons, NULL, GFP_KERNEL);
	/* Who has found it is about to notify: the port must be ours until then. */
	synchronize_rcu();
	if (cons->irq > 0)
		unbind_from_irqhandler(cons->irq, cons);
	cons->irq = 0;
	if (cons->hvc)
		hvc_remove(cons->hvc);
	cons->hvc = NULL;
}
