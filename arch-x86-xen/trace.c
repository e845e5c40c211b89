// SPDX-License-Identifier: GPL-2.0
/*
 * From hypercall.c to the tracepoints. See trace.h.
 */
#include <linux/compiler.h>
#include <linux/rcupdate.h>

#define CREATE_TRACE_POINTS
#include "trace.h"
#include "xen-arch.h"

static bool stopped;

/**
 * xen_trace_stop() - report no hypercalls any more
 *
 * In a crash, a probe may wait for a CPU that is stopped.
 *
 * Context: the last CPU that runs.
 */
void xen_trace_stop(void)
{
	WRITE_ONCE(stopped, true);
}

static bool is_on(void)
{
	return !READ_ONCE(stopped) && rcu_is_watching();
}

/**
 * xen_trace_hypercall_entry() - a hypercall is about to be made
 * @nr: its number
 * @op: its first argument, with most hypercalls the command
 *
 * Context: any in which that tracepoint can be on.
 */
void xen_trace_hypercall_entry(unsigned int nr, unsigned long op)
{
	if (is_on())
		trace_xen_hypercall_entry(nr, op);
}

/**
 * xen_trace_hypercall_exit() - Xen has answered
 * @nr: number of the hypercall
 * @ret: what it returned
 *
 * Context: as xen_trace_hypercall_entry().
 */
void xen_trace_hypercall_exit(unsigned int nr, long ret)
{
	if (is_on())
		trace_xen_hypercall_exit(nr, ret);
}

static u64 first_extent(const struct xen_memory_reservation *r)
{
	const xen_pfn_t *frames = r->nr_extents ? r->extent_start : NULL;

	return frames ? *frames : 0;
}

static void trace_reservation(unsigned int cmd,
			      const struct xen_memory_reservation *r, long ret)
{
	trace_xen_physmap(cmd, 0, 0, first_extent(r),
			  (u64)r->nr_extents << r->extent_order, ret);
}

/**
 * xen_trace_memory_op() - report changes of the physical map
 * @cmd: XENMEM_*
 * @arg: argument of @cmd, in kernel memory, as it is after the call
 * @ret: what Xen returned
 *
 * Context: as xen_trace_hypercall_entry().
 */
void xen_trace_memory_op(unsigned int cmd, const void *arg, long ret)
{
	const struct xen_add_to_physmap_range *range = arg;
	const struct xen_remove_from_physmap *gone = arg;
	const struct xen_add_to_physmap *add = arg;

	if (!is_on())
		return;
	switch (cmd) {
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		trace_reservation(cmd, arg, ret);
		break;
	case XENMEM_add_to_physmap:
		trace_xen_physmap(cmd, add->space, add->idx, add->gpfn, 1, ret);
		break;
	case XENMEM_add_to_physmap_range:
		trace_xen_physmap(cmd, range->space,
				  range->size ? *range->idxs : 0,
				  range->size ? *range->gpfns : 0,
				  range->size, ret);
		break;
	case XENMEM_remove_from_physmap:
		trace_xen_physmap(cmd, 0, 0, gone->gpfn, 1, ret);
		break;
	}
}
