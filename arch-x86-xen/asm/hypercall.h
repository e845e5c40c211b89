/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hypercalls: one function for each, in arch/x86/xen/hypercall.c.
 *
 * All of them return what Xen returns: 0 or a positive result, or a negative
 * error whose number means the same to Linux. Unless said otherwise they may be
 * made in any context, do not sleep, and are safe as soon as the domain type is
 * known. Arguments in memory are guest virtual addresses, in the direct map or
 * any other kernel mapping.
 *
 * KUnit tests replace each with a fake through
 * kunit_activate_static_stub(test, HYPERVISOR_x, fake).
 */
#ifndef _ASM_X86_XEN_HYPERCALL_H
#define _ASM_X86_XEN_HYPERCALL_H

/* Drivers rely on these to arrive with this header. */
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/pgtable.h>
#include <asm/alternative.h>
#include <asm/nospec-branch.h>
#include <asm/page.h>
#include <asm/smap.h>

#include <xen/interface/xen.h>
#include <xen/interface/sched.h>
#include <xen/interface/physdev.h>
#include <xen/interface/platform.h>

struct xen_dm_op_buf;

/**
 * HYPERVISOR_sched_op() - scheduling and shutdown
 * @cmd: SCHEDOP_*, see xen/interface/sched.h
 * @arg: the structure of @cmd
 *
 * Context: SCHEDOP_block and SCHEDOP_poll give up the processor, with the
 * interrupt flag as it is.
 */
int HYPERVISOR_sched_op(int cmd, void *arg);

/**
 * HYPERVISOR_set_timer_op() - program this vCPU's timer
 * @timeout: system time in ns at which VIRQ_TIMER is sent, 0 for never
 */
long HYPERVISOR_set_timer_op(u64 timeout);

/**
 * HYPERVISOR_platform_op() - things that only dom0 may do with the hardware
 * @op: command, see xen/interface/platform.h; its interface version is
 *	filled in
 */
int HYPERVISOR_platform_op(struct xen_platform_op *op);

/**
 * HYPERVISOR_memory_op() - memory of this or another domain
 * @cmd: XENMEM_*, see xen/interface/memory.h
 * @arg: the structure of @cmd
 *
 * Return: for commands on extents, the number of extents done.
 */
long HYPERVISOR_memory_op(unsigned int cmd, void *arg);

/**
 * HYPERVISOR_multicall() - several hypercalls with one entry into Xen
 * @call_list: the calls; also takes their results
 * @nr_calls: entries in @call_list
 */
int HYPERVISOR_multicall(struct multicall_entry *call_list, u32 nr_calls);

/**
 * HYPERVISOR_event_channel_op() - event channels
 * @cmd: EVTCHNOP_*, see xen/interface/event_channel.h
 * @arg: the structure of @cmd
 */
int HYPERVISOR_event_channel_op(int cmd, void *arg);

/**
 * HYPERVISOR_xen_version() - what Xen this is
 * @cmd: XENVER_*, see xen/interface/version.h
 * @arg: the structure of @cmd, or NULL
 */
int HYPERVISOR_xen_version(int cmd, void *arg);

/**
 * HYPERVISOR_console_io() - Xen's own console
 * @cmd: CONSOLEIO_write or CONSOLEIO_read
 * @count: bytes in @str
 * @str: text to write, or buffer for what was typed
 *
 * Return: for CONSOLEIO_read, the number of bytes read.
 */
int HYPERVISOR_console_io(int cmd, int count, char *str);

/**
 * HYPERVISOR_physdev_op() - PCI devices and physical interrupts
 * @cmd: PHYSDEVOP_*, see xen/interface/physdev.h
 * @arg: the structure of @cmd
 */
int HYPERVISOR_physdev_op(int cmd, void *arg);

/**
 * HYPERVISOR_grant_table_op() - grants
 * @cmd: GNTTABOP_*, see xen/interface/grant_table.h
 * @uop: array of the structures of @cmd
 * @count: entries in @uop
 *
 * A return value of 0 says nothing about the single entries: each has a status.
 */
int HYPERVISOR_grant_table_op(unsigned int cmd, void *uop, unsigned int count);

/**
 * HYPERVISOR_vm_assist() - switch a service of Xen's on or off
 * @cmd: VMASST_CMD_enable or VMASST_CMD_disable
 * @type: VMASST_TYPE_*
 */
int HYPERVISOR_vm_assist(unsigned int cmd, unsigned int type);

/**
 * HYPERVISOR_vcpu_op() - vCPUs
 * @cmd: VCPUOP_*, see xen/interface/vcpu.h
 * @vcpuid: Xen's number of the vCPU, see xen_vcpu_nr()
 * @extra_args: the structure of @cmd, or NULL
 */
int HYPERVISOR_vcpu_op(int cmd, int vcpuid, void *extra_args);

/**
 * HYPERVISOR_suspend() - save this domain
 * @start_info_mfn: unused by auto-translated guests
 *
 * Context: one CPU, interrupts off, everything stopped.
 * Return: 0 in the restored domain; 1 where the save was cancelled.
 */
int HYPERVISOR_suspend(unsigned long start_info_mfn);

/**
 * HYPERVISOR_hvm_op() - HVM and PVH guests
 * @op: HVMOP_*, see xen/interface/hvm/hvm_op.h
 * @arg: the structure of @op
 */
int __must_check HYPERVISOR_hvm_op(unsigned long op, void *arg);

/**
 * HYPERVISOR_dm_op() - commands of a device model
 * @dom: the domain that it serves
 * @nr_bufs: entries in @bufs
 * @bufs: user space buffers; the first holds the command
 *
 * Context: process context of the user; Xen may access user memory.
 */
int HYPERVISOR_dm_op(domid_t dom, unsigned int nr_bufs,
		     struct xen_dm_op_buf *bufs);

/**
 * privcmd_call() - a hypercall on behalf of a user space program
 * @call: number of the hypercall
 * @a1: first argument
 * @a2: second argument
 * @a3: third argument
 * @a4: fourth argument
 * @a5: fifth argument
 *
 * Context: process context of the user; Xen may access user memory.
 */
long privcmd_call(unsigned int call, unsigned long a1, unsigned long a2,
		  unsigned long a3, unsigned long a4, unsigned long a5);

#endif /* _ASM_X86_XEN_HYPERCALL_H */
