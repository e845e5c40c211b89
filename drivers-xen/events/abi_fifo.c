// SPDX-License-Identifier: GPL-2.0
/*
 * The FIFO ABI: a word of 32 bits for each port in an array of pages, and for
 * each CPU a control block with the heads of 16 queues, one for each priority.
 *
 * A queue is a list through the words: LINK holds the next port, 0 ends it, and
 * LINKED says that the port is in a queue. Who may change what:
 *
 *	PENDING		Xen sets it; we clear it before the handler runs
 *	MASKED		we alone; Xen clears it for us in EVTCHNOP_unmask
 *	LINKED, LINK	Xen sets them; we clear both at once when we take the
 *			port off its queue
 *	BUSY		Xen, while it changes LINK of a port at a queue's end.
 *			MASKED must not be cleared then
 *
 * A port is put into a queue when it becomes pending, is not masked and is not
 * in a queue. Xen writes head and ready bit of a queue only when it finds the
 * queue empty, that is, the last port not LINKED any more; where a queue goes
 * on is otherwise known to us alone (fifo_cpu::head).
 *
 * Xen may be on another CPU while this kernel has only one: all changes are
 * locked operations, also in a kernel that patches lock prefixes away.
 */
#define pr_fmt(fmt) "xen/events: " fmt

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/processor.h>
#include <linux/string.h>

#include <asm/barrier.h>
#include <xen/page.h>
#include <xen/xen-ops.h>

#include "events.h"

#define PENDING		BIT(EVTCHN_FIFO_PENDING)
#define MASKED		BIT(EVTCHN_FIFO_MASKED)
#define LINKED		BIT(EVTCHN_FIFO_LINKED)
#define BUSY		BIT(EVTCHN_FIFO_BUSY)
#define LINK		EVTCHN_FIFO_LINK_MASK

#define QUEUES		GENMASK(EVTCHN_FIFO_MAX_QUEUES - 1, 0)
#define PAGE_WORDS	(XEN_PAGE_SIZE / sizeof(event_word_t))
#define MAX_PAGES	(EVTCHN_FIFO_NR_CHANNELS / PAGE_WORDS)

/* Xen is done with a BUSY word after a few instructions. */
#define BUSY_TRIES	1000

/* After a restore there is no other way to interrupt a CPU: this often. */
#define CONTROL_TRIES	3

/**
 * struct fifo_cpu - what a CPU needs for its scan
 * @control:	shared with Xen; stays when the CPU goes, Xen takes it once only
 * @known:	Xen has taken @control, and writes to it
 * @head:	for each queue the next port to take; 0: as @control says
 */
struct fifo_cpu {
	struct evtchn_fifo_control_block *control;
	bool known;
	evtchn_port_t head[EVTCHN_FIFO_MAX_QUEUES];
};

static DEFINE_PER_CPU(struct fifo_cpu, fifo_cpu);

/*
 * Grows under the bind lock; pages are never taken away while in use. Of the pages
 * in the array Xen knows the first nr_pages. Others, from before a restore, are
 * shown to it when they are needed.
 */
static event_word_t *array[MAX_PAGES];
static unsigned int nr_pages;

static event_word_t *word_of(evtchn_port_t port)
{
	unsigned int page = port / PAGE_WORDS;

	/* Pairs with the release in expand_array(). */
	if (unlikely(page >= smp_load_acquire(&nr_pages)))
		return NULL;
	return &array[page][port % PAGE_WORDS];
}

/* Returns the word as it was. */
static event_word_t change(event_word_t *word, event_word_t clear,
			   event_word_t set)
{
	event_word_t old = READ_ONCE(*word), seen;

	for (;;) {
		seen = sync_cmpxchg(word, old, (old & ~clear) | set);
		if (seen == old)
			return old;
		old = seen;
	}
}

static unsigned int fifo_max_ports(void)
{
	return EVTCHN_FIFO_NR_CHANNELS;
}

static unsigned int fifo_nr_ports(void)
{
	return READ_ONCE(nr_pages) * PAGE_WORDS;
}

static void mask_page(event_word_t *words)
{
	memset32(words, MASKED, PAGE_WORDS);
}

static int tell_array_page(event_word_t *words)
{
	struct evtchn_expand_array op = { .array_gfn = virt_to_gfn(words) };

	return xen_event_op(EVTCHNOP_expand_array, &op);
}

/*
 * Words start out masked: Xen may use them before anybody asks for the port. A
 * page that Xen does not take is kept for the next time.
 */
static int expand_array(gfp_t gfp)
{
	event_word_t *words = array[nr_pages];
	int rc;

	if (!words)
		words = (event_word_t *)__get_free_page(gfp);
	if (!words)
		return -ENOMEM;

	array[nr_pages] = words;
	mask_page(words);
	rc = tell_array_page(words);
	if (rc)
		return rc;

	/* Whoever sees the new number must see the page. */
	smp_store_release(&nr_pages, nr_pages + 1);
	return 0;
}

static int fifo_prepare(evtchn_port_t port, gfp_t gfp)
{
	if (port >= EVTCHN_FIFO_NR_CHANNELS)
		return -ERANGE;

	while (port >= nr_pages * PAGE_WORDS) {
		int rc = expand_array(gfp);

		if (rc) {
			pr_err("no room for port %u: error %d\n", port, rc);
			return rc;
		}
	}
	return 0;
}

/* Xen queues the port on the right CPU itself. */
static void fifo_route(evtchn_port_t port, unsigned int to, unsigned int from)
{
}

static void fifo_mask(evtchn_port_t port)
{
	event_word_t *word = word_of(port);

	if (word)
		change(word, 0, MASKED);
}

/* 1: open, 0: open but an event was lost before, -EBUSY: still masked */
static int try_open(event_word_t *word)
{
	event_word_t old = READ_ONCE(*word);

	if (old & BUSY)
		return -EBUSY;
	if (sync_cmpxchg(word, old, old & ~MASKED) != old)
		return -EBUSY;
	return !(old & PENDING);
}

/*
 * An event that came while the port was masked is in no queue: Xen has to put
 * it there. Should the word never come out of BUSY, Xen opens the mask as well.
 */
static void fifo_unmask(evtchn_port_t port)
{
	struct evtchn_unmask op = { .port = port };
	event_word_t *word = word_of(port);
	unsigned int i;
	int rc;

	if (!word)
		return;

	for (i = 0; i < BUSY_TRIES; i++) {
		rc = try_open(word);
		if (rc > 0)
			return;
		if (!rc)
			break;
		cpu_relax();
	}

	if (xen_event_op(EVTCHNOP_unmask, &op))
		pr_err_ratelimited("cannot unmask port %u\n", port);
}

static bool fifo_is_masked(evtchn_port_t port)
{
	event_word_t *word = word_of(port);

	return word && READ_ONCE(*word) & MASKED;
}

static void fifo_set_pending(evtchn_port_t port)
{
	event_word_t *word = word_of(port);

	if (word)
		change(word, 0, PENDING);
}

static void fifo_clear_pending(evtchn_port_t port)
{
	event_word_t *word = word_of(port);

	if (word)
		change(word, PENDING, 0);
}

static bool fifo_is_pending(evtchn_port_t port)
{
	event_word_t *word = word_of(port);

	return word && READ_ONCE(*word) & PENDING;
}

/**
 * take() - take the first port off a queue
 * @fc: the CPU's queues
 * @q: which of them
 * @port: gets the port, 0 if the queue has none
 * @more: gets whether more ports follow
 *
 * A word that is not LINKED ends a queue, so a list that runs in circles is
 * walked once.
 *
 * Return: the word as it was, with what it says about pending and mask.
 */
static event_word_t take(struct fifo_cpu *fc, unsigned int q,
			 evtchn_port_t *port, bool *more)
{
	evtchn_port_t first = fc->head[q];
	event_word_t *word, old;

	*port = 0;
	*more = false;

	if (!first) {
		/* Xen wrote the head before the ready bit that brought us. */
		virt_rmb();
		first = READ_ONCE(fc->control->head[q]);
		if (!first)
			return 0;
	}

	fc->head[q] = 0;
	word = word_of(first);
	if (unlikely(!word)) {
		pr_warn_ratelimited("queue %u leads to port %u of %u\n", q,
				    first, fifo_nr_ports());
		return 0;
	}

	old = change(word, LINKED | LINK, 0);
	if (old & LINKED)
		fc->head[q] = old & LINK;
	*port = first;
	*more = fc->head[q] != 0;
	return old;
}

static unsigned long take_ready(struct fifo_cpu *fc)
{
	if (!READ_ONCE(fc->control->ready))
		return 0;
	return xchg(&fc->control->ready, 0) & QUEUES;
}

/* Queue 0 is the most urgent, so what is ready is looked up for each event. */
static void fifo_scan(struct xen_upcall *up)
{
	struct fifo_cpu *fc = per_cpu_ptr(&fifo_cpu, up->cpu);
	unsigned long ready = take_ready(fc);
	evtchn_port_t port;
	event_word_t word;
	unsigned int q;
	bool more;

	lockdep_assert_irqs_disabled();

	while (ready) {
		q = __ffs(ready);
		word = take(fc, q, &port, &more);
		if (!more)
			ready &= ~BIT(q);
		if (port && (word & (PENDING | MASKED)) == PENDING)
			xen_event_deliver(up, port);
		ready |= take_ready(fc);
	}
}

/* Does not sleep. */
static int show_control(unsigned int cpu)
{
	struct fifo_cpu *fc = per_cpu_ptr(&fifo_cpu, cpu);
	struct evtchn_init_control op = {
		.control_gfn = virt_to_gfn(fc->control),
		.vcpu = xen_vcpu_nr(cpu),
	};
	int rc;

	memset(fc->control, 0, XEN_PAGE_SIZE);
	rc = xen_event_op(EVTCHNOP_init_control, &op);
	fc->known = !rc;
	return rc;
}

static int fifo_cpu_up(unsigned int cpu)
{
	struct fifo_cpu *fc = per_cpu_ptr(&fifo_cpu, cpu);
	int rc;

	if (fc->known)
		return 0;

	if (!fc->control)
		fc->control = (void *)get_zeroed_page(GFP_KERNEL);
	if (!fc->control)
		return -ENOMEM;

	rc = show_control(cpu);
	if (rc) {
		free_page((unsigned long)fc->control);
		fc->control = NULL;
	}
	return rc;
}

/*
 * The port was moved to another CPU but still sits in a queue of the dead one.
 * Off that queue, Xen can queue it anew where it belongs now. One that still
 * belongs to the dead CPU would come back here.
 */
static void hand_on(evtchn_port_t port, unsigned int dead)
{
	struct xen_event *e;
	unsigned long flags;

	rcu_read_lock();
	e = xen_event_by_port(port);
	if (e) {
		raw_spin_lock_irqsave(&e->lock, flags);
		if (e->port == port && e->cpu != dead)
			xen_event_release_locked(e, 0);
		raw_spin_unlock_irqrestore(&e->lock, flags);
	}
	rcu_read_unlock();
}

static void fifo_cpu_dead(unsigned int cpu)
{
	struct fifo_cpu *fc = per_cpu_ptr(&fifo_cpu, cpu);
	unsigned int q, left = fifo_nr_ports();
	unsigned long ready;
	evtchn_port_t port;
	bool more;

	if (!fc->known)
		return;

	/* Only a queue that is ready: the head of another was taken before. */
	for (ready = take_ready(fc); ready && left; left--) {
		q = __ffs(ready);
		take(fc, q, &port, &more);
		if (!more)
			ready &= ~BIT(q);
		if (port)
			hand_on(port, cpu);
		ready |= take_ready(fc);
	}
	memset(fc->head, 0, sizeof(fc->head));
}

/*
 * A CPU that is down has its control block shown to Xen when it comes up. One that
 * is up and whose block Xen does not take would never see an event again.
 */
static int resume_control(unsigned int cpu)
{
	unsigned int tries = CONTROL_TRIES;
	int rc;

	do {
		rc = show_control(cpu);
	} while (rc && --tries);
	return rc;
}

static void forget_control(unsigned int cpu)
{
	struct fifo_cpu *fc = per_cpu_ptr(&fifo_cpu, cpu);

	fc->known = false;
	memset(fc->head, 0, sizeof(fc->head));
}

/* Nothing is bound, so whoever binds may try again what fails here. */
static void resume_array(void)
{
	unsigned int had = nr_pages;
	int rc = 0;

	WRITE_ONCE(nr_pages, 0);
	while (!rc && nr_pages < had)
		rc = expand_array(GFP_ATOMIC);
	if (rc)
		pr_err("only %u of %u pages of the event array are back: error %d\n",
		       nr_pages, had, rc);
}

/*
 * The first control block switches the domain to FIFO, and there is no way back
 * that leaves the ports open which the toolstack has made. So only if Xen takes
 * none at all is there another ABI to go on with.
 */
static int fifo_resume(void)
{
	unsigned int cpu;
	bool fifo = false;
	int rc;

	for_each_possible_cpu(cpu)
		forget_control(cpu);

	for_each_online_cpu(cpu) {
		if (!per_cpu(fifo_cpu, cpu).control)
			continue;
		rc = resume_control(cpu);
		if (rc && !fifo)
			return rc;
		fifo = true;
		if (rc) {
			pr_err("CPU %u: no control block: error %d\n", cpu, rc);
			xen_restore_failed(cpu, "it gets no events");
		}
	}
	resume_array();
	return 0;
}

/* Xen must know none of it, or no more. */
static void fifo_release(void)
{
	unsigned int cpu, page;

	for_each_possible_cpu(cpu) {
		struct fifo_cpu *fc = per_cpu_ptr(&fifo_cpu, cpu);

		free_page((unsigned long)fc->control);
		memset(fc, 0, sizeof(*fc));
	}
	WRITE_ONCE(nr_pages, 0);
	for (page = 0; page < MAX_PAGES && array[page]; page++) {
		free_page((unsigned long)array[page]);
		array[page] = NULL;
	}
}

static const struct xen_event_abi fifo_abi = {
	.name		= "FIFO",
	.max_ports	= fifo_max_ports,
	.nr_ports	= fifo_nr_ports,
	.prepare	= fifo_prepare,
	.route		= fifo_route,
	.mask		= fifo_mask,
	.unmask		= fifo_unmask,
	.is_masked	= fifo_is_masked,
	.set_pending	= fifo_set_pending,
	.clear_pending	= fifo_clear_pending,
	.is_pending	= fifo_is_pending,
	.scan		= fifo_scan,
	.cpu_up		= fifo_cpu_up,
	.cpu_dead	= fifo_cpu_dead,
	.resume		= fifo_resume,
	.release	= fifo_release,
};

/* NULL if this Xen does not have it, or not for us. */
const struct xen_event_abi *xen_abi_fifo_init(void)
{
	BUILD_BUG_ON(sizeof(struct evtchn_fifo_control_block) != 72);

	return fifo_cpu_up(smp_processor_id()) ? NULL : &fifo_abi;
}
