// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls: one function for each, all through one static call.
 *
 * The static call leads to the VMCALL or VMMCALL instruction, whichever this CPU
 * knows, or with "xen_hypercall=page" into the page that Xen fills with its own
 * entry code. The instruction is the default because the kernel cannot apply its
 * speculation mitigations to code written by Xen (XSA-466).
 *
 * The page is registered in either case: the write to its MSR is what tells Xen
 * whether this guest is a 64-bit one.
 *
 * PVH boot calls in here before .bss is cleared and before the kernel is
 * relocated, so the Makefile keeps all instrumentation out of this file.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/cpufeature.h>
#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <linux/tracepoint-defs.h>

#include <kunit/static_stub.h>

#include <asm/cpuid.h>
#include <asm/msr.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/platform.h>
#include <xen/interface/sched.h>

#include "xen-arch.h"

DEFINE_STATIC_CALL(xen_hypercall, xen_hypercall_vmcall);
DEFINE_STATIC_CALL(xen_hypercall_user, xen_hypercall_user_vmcall);

static enum xen_hypercall_transport transport __ro_after_init;
static bool page_wanted __initdata;

/* A jump label each: nothing else is allowed this early, see trace.h. */
DECLARE_TRACEPOINT(xen_hypercall_entry);
DECLARE_TRACEPOINT(xen_hypercall_exit);
DECLARE_TRACEPOINT(xen_physmap);

#define CALL_THROUGH(call, nr, a1, a2, a3, a4, a5)			\
({									\
	unsigned long op_ = (unsigned long)(a1);			\
	unsigned int nr_ = (nr);					\
	long rc_;							\
									\
	if (tracepoint_enabled(xen_hypercall_entry))			\
		xen_trace_hypercall_entry(nr_, op_);			\
	rc_ = static_call(call)(op_,					\
				(unsigned long)(a2),			\
				(unsigned long)(a3),			\
				(unsigned long)(a4),			\
				(unsigned long)(a5), nr_);		\
	if (tracepoint_enabled(xen_hypercall_exit))			\
		xen_trace_hypercall_exit(nr_, rc_);			\
	rc_;								\
})

#define CALL(nr, a1, a2, a3, a4, a5)					\
	CALL_THROUGH(xen_hypercall, nr, a1, a2, a3, a4, a5)

int HYPERVISOR_xen_version(int cmd, void *arg)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_xen_version, cmd, arg);
	return CALL(__HYPERVISOR_xen_version, cmd, arg, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_xen_version);

long HYPERVISOR_memory_op(unsigned int cmd, void *arg)
{
	long rc;

	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_memory_op, cmd, arg);
	rc = CALL(__HYPERVISOR_memory_op, cmd, arg, 0, 0, 0);
	if (tracepoint_enabled(xen_physmap))
		xen_trace_memory_op(cmd, arg, rc);
	return rc;
}
EXPORT_SYMBOL_GPL(HYPERVISOR_memory_op);

int HYPERVISOR_event_channel_op(int cmd, void *arg)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_event_channel_op, cmd, arg);
	return CALL(__HYPERVISOR_event_channel_op, cmd, arg, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_event_channel_op);

int HYPERVISOR_grant_table_op(unsigned int cmd, void *uop, unsigned int count)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_grant_table_op, cmd, uop, count);
	return CALL(__HYPERVISOR_grant_table_op, cmd, uop, count, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_grant_table_op);

int HYPERVISOR_hvm_op(unsigned long op, void *arg)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_hvm_op, op, arg);
	return CALL(__HYPERVISOR_hvm_op, op, arg, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_hvm_op);

int HYPERVISOR_vcpu_op(int cmd, int vcpuid, void *extra_args)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_vcpu_op, cmd, vcpuid, extra_args);
	return CALL(__HYPERVISOR_vcpu_op, cmd, vcpuid, extra_args, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_vcpu_op);

int HYPERVISOR_sched_op(int cmd, void *arg)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_sched_op, cmd, arg);
	return CALL(__HYPERVISOR_sched_op, cmd, arg, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_sched_op);

long HYPERVISOR_set_timer_op(u64 timeout)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_set_timer_op, timeout);
	return CALL(__HYPERVISOR_set_timer_op, timeout, 0, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_set_timer_op);

int HYPERVISOR_console_io(int cmd, int count, char *str)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_console_io, cmd, count, str);
	return CALL(__HYPERVISOR_console_io, cmd, count, str, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_console_io);

int HYPERVISOR_physdev_op(int cmd, void *arg)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_physdev_op, cmd, arg);
	return CALL(__HYPERVISOR_physdev_op, cmd, arg, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_physdev_op);

int HYPERVISOR_platform_op(struct xen_platform_op *op)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_platform_op, op);
	op->interface_version = XENPF_INTERFACE_VERSION;
	return CALL(__HYPERVISOR_platform_op, op, 0, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_platform_op);

int HYPERVISOR_vm_assist(unsigned int cmd, unsigned int type)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_vm_assist, cmd, type);
	return CALL(__HYPERVISOR_vm_assist, cmd, type, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_vm_assist);

int HYPERVISOR_multicall(struct multicall_entry *call_list, u32 nr_calls)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_multicall, call_list, nr_calls);
	return CALL(__HYPERVISOR_multicall, call_list, nr_calls, 0, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_multicall);

int HYPERVISOR_suspend(unsigned long start_info_mfn)
{
	struct sched_shutdown r = { .reason = SHUTDOWN_suspend };

	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_suspend, start_info_mfn);
	return CALL(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &r,
		    start_info_mfn, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_suspend);

int HYPERVISOR_dm_op(domid_t dom, unsigned int nr_bufs,
		     struct xen_dm_op_buf *bufs)
{
	KUNIT_STATIC_STUB_REDIRECT(HYPERVISOR_dm_op, dom, nr_bufs, bufs);
	return CALL_THROUGH(xen_hypercall_user, __HYPERVISOR_dm_op, dom,
			    nr_bufs, bufs, 0, 0);
}
EXPORT_SYMBOL_GPL(HYPERVISOR_dm_op);

/*
 * User space chooses the number, which Xen checks; with the page we would have to.
 * Only privileged callers may get here.
 */
long privcmd_call(unsigned int call, unsigned long a1, unsigned long a2,
		  unsigned long a3, unsigned long a4, unsigned long a5)
{
	KUNIT_STATIC_STUB_REDIRECT(privcmd_call, call, a1, a2, a3, a4, a5);
	return CALL_THROUGH(xen_hypercall_user, call, a1, a2, a3, a4, a5);
}
EXPORT_SYMBOL_GPL(privcmd_call);

/**
 * xen_hypercall_untraced() - a hypercall in the midst of a spin lock or a crash
 * @nr: number of the hypercall
 * @a1: first argument
 * @a2: second argument
 *
 * What listens to a tracepoint may take locks, this one perhaps, or one of a CPU
 * that has been stopped.
 *
 * Context: any.
 */
long xen_hypercall_untraced(unsigned int nr, unsigned long a1, unsigned long a2)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_hypercall_untraced, nr, a1, a2);
	return static_call(xen_hypercall)(a1, a2, 0, 0, 0, nr);
}

/**
 * xen_report_crash() - report this domain to Xen as crashed
 *
 * Context: any, the first instructions of PVH boot included.
 */
void xen_report_crash(void)
{
	struct sched_shutdown r = { .reason = SHUTDOWN_crash };

	xen_hypercall_untraced(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
			       (unsigned long)&r);
}

static __always_inline bool cpu_has_vmmcall(void)
{
	u32 eax, ebx, ecx, edx;

	cpuid(0, &eax, &ebx, &ecx, &edx);
	/* "AuthenticAMD" and "HygonGenuine" by their first four letters */
	return ebx == 0x68747541 || ebx == 0x6f677948;
}

/**
 * xen_hypercall_select_instruction() - make hypercalls possible
 *
 * Reads the CPU's vendor because the kernel has not looked at the CPU yet when
 * PVH boot makes its first hypercall.
 */
void __init xen_hypercall_select_instruction(void)
{
	if (!cpu_has_vmmcall()) {
		transport = XEN_HYPERCALL_VMCALL;
		return;
	}
	transport = XEN_HYPERCALL_VMMCALL;
	static_call_update_early(xen_hypercall, xen_hypercall_vmmcall);
	static_call_update_early(xen_hypercall_user,
				 xen_hypercall_user_vmmcall);
}

static const char *transport_name(void)
{
	switch (transport) {
	case XEN_HYPERCALL_VMCALL:
		return "vmcall";
	case XEN_HYPERCALL_VMMCALL:
		return "vmmcall";
	case XEN_HYPERCALL_PAGE:
		return "hypercall page";
	}
	return "nothing";
}

/**
 * xen_hypercall_init() - register the hypercall page and settle the transport
 * @cpuid_base: first of Xen's CPUID leaves
 */
void __init xen_hypercall_init(u32 cpuid_base)
{
	u32 pages = cpuid_eax(cpuid_base + 2) & 0xff;
	u32 msr = cpuid_ebx(cpuid_base + 2);

	if (!pages || wrmsrl_safe(msr, __pa_symbol(xen_hypercall_page))) {
		pr_warn("Xen offers no hypercall page\n");
		page_wanted = false;
	}
	/* Xen's entries carry no ENDBR. */
	if (page_wanted && boot_cpu_has(X86_FEATURE_IBT)) {
		pr_warn("xen_hypercall=page ignored: the CPU tracks indirect branches\n");
		page_wanted = false;
	}
	if (page_wanted) {
		static_call_update_early(xen_hypercall,
					 xen_hypercall_through_page);
		transport = XEN_HYPERCALL_PAGE;
	}
	pr_info("hypercalls by %s\n", transport_name());
}

static int __init parse_transport(char *arg)
{
	if (arg && !strcmp(arg, "page"))
		page_wanted = true;
	else if (!arg || strcmp(arg, "instruction"))
		pr_warn("xen_hypercall= takes \"instruction\" or \"page\"\n");
	return 0;
}
early_param("xen_hypercall", parse_transport);

static int transport_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%s\n", transport_name());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(transport);

static int __init transport_debugfs_init(void)
{
	if (xen_domain())
		debugfs_create_file("hypercall_transport", 0444,
				    xen_debugfs_dir(), NULL, &transport_fops);
	return 0;
}
fs_initcall(transport_debugfs_init);
