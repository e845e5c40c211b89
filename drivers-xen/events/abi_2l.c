// SPDX-License-Identifier: GPL-2.0
/*
 * The 2-level ABI: two bitmaps in shared_info, one bit for each port, and in
 * each vcpu_info a selector with one bit for each word of those bitmaps.
 *
 * The bitmaps know nothing of CPUs, so each CPU has a bitmap of its own here
 * with the ports that notify it; else two CPUs would deliver the same event.
 *
 * Fairness: a pass looks at each port once. It begins behind the port with
 * which the last one ended, so ports with low numbers are not preferred.
 */
#define pr_fmt(fmt) "xen/events: " fmt

#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include <asm/sync_bitops.h>
#include <asm/xen/hypervisor.h>
#include <xen/xen-ops.h>

#include "events.h"

#define NR_PORTS	EVTCHN_2L_NR_CHANNELS
#define WORD_BITS	BITS_PER_LONG
#define NR_WORDS	(NR_PORTS / WORD_BITS)

/**
 * struct twolevel_cpu - what a CPU needs for its scan
 * @ports:	ports that notify this CPU
 * @next:	port with which the next pass begins
 */
struct twolevel_cpu {
	unsigned long ports[NR_WORDS];
	unsigned int next;
};

static DEFINE_PER_CPU(struct twolevel_cpu, twolevel_cpu);

static unsigned long *pending_bits(void)
{
	return (unsigned long *)HYPERVISOR_shared_info->evtchn_pending;
}

static unsigned long *mask_bits(void)
{
	return (unsigned long *)HYPERVISOR_shared_info->evtchn_mask;
}

static unsigned int twolevel_nr_ports(void)
{
	return NR_PORTS;
}

static int twolevel_prepare(evtchn_port_t port, gfp_t gfp)
{
	return port < NR_PORTS ? 0 : -ERANGE;
}

static void twolevel_route(evtchn_port_t port, unsigned int to,
			   unsigned int from)
{
	if (port >= NR_PORTS)
		return;
	if (from < nr_cpu_ids)
		clear_bit(port, per_cpu(twolevel_cpu, from).ports);
	if (to < nr_cpu_ids)
		set_bit(port, per_cpu(twolevel_cpu, to).ports);
}

static void twolevel_mask(evtchn_port_t port)
{
	if (port < NR_PORTS)
		sync_set_bit(port, mask_bits());
}

/*
 * Xen notifies only when it sees the pending bit rise with the mask open. An
 * event that came while the port was masked has to be asked for, and Xen answers
 * only if it is the one that opens the mask.
 */
static void twolevel_unmask(evtchn_port_t port)
{
	struct evtchn_unmask op = { .port = port };

	if (port >= NR_PORTS)
		return;

	sync_clear_bit(port, mask_bits());
	if (!sync_test_bit(port, pending_bits()))
		return;

	sync_set_bit(port, mask_bits());
	if (xen_event_op(EVTCHNOP_unmask, &op))
		sync_clear_bit(port, mask_bits());
}

static bool twolevel_is_masked(evtchn_port_t port)
{
	return port < NR_PORTS && sync_test_bit(port, mask_bits());
}

static void twolevel_set_pending(evtchn_port_t port)
{
	if (port < NR_PORTS)
		sync_set_bit(port, pending_bits());
}

static void twolevel_clear_pending(evtchn_port_t port)
{
	if (port < NR_PORTS)
		sync_clear_bit(port, pending_bits());
}

static bool twolevel_is_pending(evtchn_port_t port)
{
	return port < NR_PORTS && sync_test_bit(port, pending_bits());
}

static void scan_word(struct xen_upcall *up, struct twolevel_cpu *tc,
		      unsigned int word, unsigned long within)
{
	unsigned long active;
	unsigned int bit;

	active = READ_ONCE(pending_bits()[word]) &
		 ~READ_ONCE(mask_bits()[word]) &
		 READ_ONCE(tc->ports[word]) & within;

	for_each_set_bit(bit, &active, WORD_BITS) {
		evtchn_port_t port = word * WORD_BITS + bit;

		tc->next = port + 1;
		xen_event_deliver(up, port);
	}
}

/* The word in which it begins comes twice: first its upper bits, last the rest. */
static void twolevel_scan(struct xen_upcall *up)
{
	struct vcpu_info *vcpu = per_cpu(xen_vcpu, up->cpu);
	struct twolevel_cpu *tc = &per_cpu(twolevel_cpu, up->cpu);
	unsigned int start = tc->next % NR_PORTS;
	unsigned int first = start / WORD_BITS;
	unsigned long upper = ~0UL << (start % WORD_BITS);
	unsigned long words;
	unsigned int i;

	/* Xen sets the pending bit before the selector bit. */
	words = xchg(&vcpu->evtchn_pending_sel, 0);
	if (words & BIT(first))
		scan_word(up, tc, first, upper);
	for (i = 1; i < NR_WORDS; i++) {
		unsigned int word = (first + i) % NR_WORDS;

		if (words & BIT(word))
			scan_word(up, tc, word, ~0UL);
	}
	if (words & BIT(first))
		scan_word(up, tc, first, ~upper);
}

static int twolevel_cpu_up(unsigned int cpu)
{
	return 0;
}

/*
 * Ports were moved away before, and what was pending was asked for again then.
 * What is left belongs to the CPU's own sources, which get new ports.
 */
static void twolevel_cpu_dead(unsigned int cpu)
{
	per_cpu(xen_vcpu, cpu)->evtchn_pending_sel = 0;
}

static void twolevel_forget(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		memset(&per_cpu(twolevel_cpu, cpu), 0,
		       sizeof(struct twolevel_cpu));
}

static int twolevel_resume(void)
{
	twolevel_forget();
	memset(mask_bits(), 0xff, NR_PORTS / BITS_PER_BYTE);
	return 0;
}

static const struct xen_event_abi twolevel_abi = {
	.name		= "2-level",
	.max_ports	= twolevel_nr_ports,
	.nr_ports	= twolevel_nr_ports,
	.prepare	= twolevel_prepare,
	.route		= twolevel_route,
	.mask		= twolevel_mask,
	.unmask		= twolevel_unmask,
	.is_masked	= twolevel_is_masked,
	.set_pending	= twolevel_set_pending,
	.clear_pending	= twolevel_clear_pending,
	.is_pending	= twolevel_is_pending,
	.scan		= twolevel_scan,
	.cpu_up		= twolevel_cpu_up,
	.cpu_dead	= twolevel_cpu_dead,
	.resume		= twolevel_resume,
	.release	= twolevel_forget,
};

/* Cannot fail: every Xen has it, and its memory is there already. */
const struct xen_event_abi *xen_abi_2l_init(void)
{
	BUILD_BUG_ON(sizeof(xen_ulong_t) != sizeof(long));
	BUILD_BUG_ON(NR_WORDS > WORD_BITS);

	twolevel_resume();
	return &twolevel_abi;
}
