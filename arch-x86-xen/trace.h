/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, in /sys/kernel/tracing/events/xen: hypercalls, upcalls, changes of
 * the physical map.
 *
 * Hypercalls are made before there is per-CPU memory and in places where RCU does
 * not watch, neither of which a tracepoint may be called in. So hypercall.c only
 * asks whether one is on, a jump label, and calls xen_trace_*() if so, which look
 * further.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xen

#if !defined(_ARCH_X86_XEN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _ARCH_X86_XEN_TRACE_H

#include <linux/tracepoint.h>

#include <xen/interface/memory.h>
#include <xen/interface/xen.h>

#define show_hypercall(nr)						\
	__print_symbolic(nr,						\
			 { __HYPERVISOR_platform_op, "platform_op" },	\
			 { __HYPERVISOR_memory_op, "memory_op" },	\
			 { __HYPERVISOR_multicall, "multicall" },	\
			 { __HYPERVISOR_set_timer_op, "set_timer_op" },	\
			 { __HYPERVISOR_xen_version, "xen_version" },	\
			 { __HYPERVISOR_console_io, "console_io" },	\
			 { __HYPERVISOR_grant_table_op, "grant_table_op" }, \
			 { __HYPERVISOR_vm_assist, "vm_assist" },	\
			 { __HYPERVISOR_vcpu_op, "vcpu_op" },		\
			 { __HYPERVISOR_sched_op, "sched_op" },		\
			 { __HYPERVISOR_event_channel_op, "event_channel_op" }, \
			 { __HYPERVISOR_physdev_op, "physdev_op" },	\
			 { __HYPERVISOR_hvm_op, "hvm_op" },		\
			 { __HYPERVISOR_dm_op, "dm_op" })

TRACE_EVENT(xen_hypercall_entry,
	    TP_PROTO(unsigned int nr, unsigned long op),
	    TP_ARGS(nr, op),
	    TP_STRUCT__entry(__field(unsigned int, nr)
			     __field(unsigned long, op)),
	    TP_fast_assign(__entry->nr = nr;
			   __entry->op = op;),
	    TP_printk("nr=%u (%s) op=%#lx", __entry->nr,
		      show_hypercall(__entry->nr), __entry->op)
);

TRACE_EVENT(xen_hypercall_exit,
	    TP_PROTO(unsigned int nr, long ret),
	    TP_ARGS(nr, ret),
	    TP_STRUCT__entry(__field(unsigned int, nr)
			     __field(long, ret)),
	    TP_fast_assign(__entry->nr = nr;
			   __entry->ret = ret;),
	    TP_printk("nr=%u (%s) ret=%ld", __entry->nr,
		      show_hypercall(__entry->nr), __entry->ret)
);

TRACE_EVENT(xen_upcall_entry,
	    TP_PROTO(bool percpu),
	    TP_ARGS(percpu),
	    TP_STRUCT__entry(__field(bool, percpu)),
	    TP_fast_assign(__entry->percpu = percpu;),
	    TP_printk("by=%s", __entry->percpu ? "apic" : "vector")
);

TRACE_EVENT(xen_upcall_exit,
	    TP_PROTO(bool handled),
	    TP_ARGS(handled),
	    TP_STRUCT__entry(__field(bool, handled)),
	    TP_fast_assign(__entry->handled = handled;),
	    TP_printk("handled=%d", __entry->handled)
);

#define show_physmap_op(cmd)						\
	__print_symbolic(cmd,						\
			 { XENMEM_increase_reservation, "increase_reservation" }, \
			 { XENMEM_decrease_reservation, "decrease_reservation" }, \
			 { XENMEM_populate_physmap, "populate_physmap" }, \
			 { XENMEM_add_to_physmap, "add_to_physmap" },	\
			 { XENMEM_add_to_physmap_range, "add_to_physmap_range" }, \
			 { XENMEM_remove_from_physmap, "remove_from_physmap" })

/* gfn is the first one where several need not follow each other. */
TRACE_EVENT(xen_physmap,
	    TP_PROTO(unsigned int cmd, unsigned int space, u64 idx, u64 gfn,
		     u64 nr, long ret),
	    TP_ARGS(cmd, space, idx, gfn, nr, ret),
	    TP_STRUCT__entry(__field(unsigned int, cmd)
			     __field(unsigned int, space)
			     __field(u64, idx)
			     __field(u64, gfn)
			     __field(u64, nr)
			     __field(long, ret)),
	    TP_fast_assign(__entry->cmd = cmd;
			   __entry->space = space;
			   __entry->idx = idx;
			   __entry->gfn = gfn;
			   __entry->nr = nr;
			   __entry->ret = ret;),
	    TP_printk("op=%s space=%u idx=%#llx gfn=%#llx nr=%llu ret=%ld",
		      show_physmap_op(__entry->cmd), __entry->space,
		      __entry->idx, __entry->gfn, __entry->nr, __entry->ret)
);

#endif /* _ARCH_X86_XEN_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace

#include <trace/define_trace.h>
