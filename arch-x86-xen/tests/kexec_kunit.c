// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of what a guest does before another kernel takes it.
 *
 * The hooks themselves stop all CPUs; that they do it right is seen in a guest.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/irqflags.h>
#include <linux/percpu.h>

#include <asm/reboot.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/event_channel.h>
#include <xen/interface/hvm/hvm_op.h>
#include <xen/interface/hvm/params.h>
#include <xen/interface/hvm/start_info.h>
#include <xen/interface/sched.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>

#include "xen-arch.h"

static struct machine_ops saved_ops;
static enum xen_domain_type saved_type;
static u32 saved_flags;
static bool saved_pvh;

static void set_pvh(bool pvh)
{
#ifdef CONFIG_XEN_PVH
	xen_pvh = pvh;
#endif
}

static int kexec_init(struct kunit *test)
{
	saved_ops = machine_ops;
	saved_type = xen_domain_type;
	saved_flags = xen_start_flags;
	saved_pvh = xen_pvh;
	xen_domain_type = XEN_HVM_DOMAIN;
	return 0;
}

static void kexec_exit(struct kunit *test)
{
	machine_ops = saved_ops;
	xen_domain_type = saved_type;
	xen_start_flags = saved_flags;
	set_pvh(saved_pvh);
}

static void __init guest_has_hooks(struct kunit *test)
{
	xen_start_flags = 0;
	xen_kexec_ops_init();
	KUNIT_EXPECT_PTR_NE(test, machine_ops.shutdown, saved_ops.shutdown);
#ifdef CONFIG_CRASH_DUMP
	KUNIT_EXPECT_PTR_NE(test, machine_ops.crash_shutdown,
			    saved_ops.crash_shutdown);
#endif
	KUNIT_EXPECT_PTR_EQ(test, machine_ops.emergency_restart,
			    saved_ops.emergency_restart);
}

/* It has nowhere to go: that is for the lab to see. */
static void __init dom0_has_others(struct kunit *test)
{
	struct machine_ops guest;

	xen_start_flags = 0;
	xen_kexec_ops_init();
	guest = machine_ops;
	xen_start_flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	xen_kexec_ops_init();
	KUNIT_EXPECT_PTR_NE(test, machine_ops.shutdown, saved_ops.shutdown);
	KUNIT_EXPECT_PTR_NE(test, machine_ops.shutdown, guest.shutdown);
#ifdef CONFIG_CRASH_DUMP
	KUNIT_EXPECT_PTR_NE(test, machine_ops.crash_shutdown,
			    saved_ops.crash_shutdown);
	KUNIT_EXPECT_PTR_NE(test, machine_ops.crash_shutdown,
			    guest.crash_shutdown);
#endif
}

#define PORTS	24
#define STORE	3
#define CONSOLE	7
/* On which the old kernel crashed */
#define LAST_VCPU	11

/**
 * struct fake_port - a port of the domain
 * @status: EVTCHNSTAT_*
 * @remote: where it leads to in domain 5; if unbound, for which domain it is
 * @vcpu: whom Xen notifies
 */
struct fake_port {
	unsigned int status;
	evtchn_port_t remote;
	u32 vcpu;
};

/* What the stubbed Xen knows. It gives the lowest free port, from 1. */
static struct fake_xen {
	struct fake_port port[PORTS];
	u64 store;
	u64 console;
	int reset_error;
	/* So often it ends with -EAGAIN when all is closed. */
	unsigned int again;
	unsigned int resets;
	u64 callback;
} xen;

static int open_lowest(unsigned int status, evtchn_port_t *port)
{
	for (*port = 1; *port < PORTS; ++*port) {
		if (xen.port[*port].status == EVTCHNSTAT_closed) {
			xen.port[*port].status = status;
			return 0;
		}
	}
	return -ENOSPC;
}

static int tell(struct evtchn_status *op)
{
	if (op->dom != DOMID_SELF || op->port >= PORTS)
		return -EINVAL;
	op->status = xen.port[op->port].status;
	if (op->status == EVTCHNSTAT_interdomain) {
		op->u.interdomain.dom = 5;
		op->u.interdomain.port = xen.port[op->port].remote;
	} else if (op->status == EVTCHNSTAT_unbound) {
		op->u.unbound.dom = xen.port[op->port].remote;
	}
	return 0;
}

static int reset(struct evtchn_reset *op)
{
	if (op->dom != DOMID_SELF || xen.reset_error)
		return xen.reset_error ?: -EPERM;
	memset(xen.port, 0, sizeof(xen.port));
	if (xen.again) {
		xen.again--;
		return -EAGAIN;
	}
	xen.resets++;
	return 0;
}

static int bind(struct evtchn_bind_interdomain *op)
{
	int rc;

	if (op->remote_dom != 5)
		return -EINVAL;
	rc = open_lowest(EVTCHNSTAT_interdomain, &op->local_port);
	if (!rc)
		xen.port[op->local_port].remote = op->remote_port;
	return rc;
}

static int alloc_unbound(struct evtchn_alloc_unbound *op)
{
	int rc = open_lowest(EVTCHNSTAT_unbound, &op->port);

	if (!rc)
		xen.port[op->port].remote = op->remote_dom;
	return rc;
}

static int bind_vcpu(const struct evtchn_bind_vcpu *op)
{
	if (op->port >= PORTS ||
	    xen.port[op->port].status == EVTCHNSTAT_closed)
		return -EINVAL;
	xen.port[op->port].vcpu = op->vcpu;
	return 0;
}

static int fake_event_op(int cmd, void *arg)
{
	struct evtchn_close *close = arg;

	switch (cmd) {
	case EVTCHNOP_status:
		return tell(arg);
	case EVTCHNOP_reset:
		return reset(arg);
	case EVTCHNOP_bind_interdomain:
		return bind(arg);
	case EVTCHNOP_bind_vcpu:
		return bind_vcpu(arg);
	case EVTCHNOP_alloc_unbound:
		return alloc_unbound(arg);
	case EVTCHNOP_close:
		xen.port[close->port].status = EVTCHNSTAT_closed;
		return 0;
	default:
		return -ENOSYS;
	}
}

static int fake_hvm_op(unsigned long cmd, void *arg)
{
	struct xen_hvm_param *param = arg;

	if (cmd == HVMOP_set_param && param->index == HVM_PARAM_CALLBACK_IRQ) {
		xen.callback = param->value;
		return 0;
	}
	if (cmd != HVMOP_get_param)
		return -ENOSYS;
	param->value = param->index == HVM_PARAM_STORE_EVTCHN ? xen.store :
		       param->index == HVM_PARAM_CONSOLE_EVTCHN ? xen.console :
		       0;
	return 0;
}

/* A domain with all its ports open, as one with many devices */
static void busy_xen(struct kunit *test, evtchn_port_t store,
		     evtchn_port_t console)
{
	unsigned int i;

	xen = (struct fake_xen) { .store = store, .console = console };
	for (i = 1; i < PORTS; i++)
		xen.port[i] = (struct fake_port) { EVTCHNSTAT_interdomain, 90 + i };
	kunit_activate_static_stub(test, HYPERVISOR_event_channel_op,
				   fake_event_op);
	kunit_activate_static_stub(test, HYPERVISOR_hvm_op, fake_hvm_op);
}

/* With interrupts off, as in earnest */
static void leave(struct kunit *test)
{
	unsigned long flags;
	u32 saved;

	local_irq_save(flags);
	saved = this_cpu_read(xen_vcpu_id);
	this_cpu_write(xen_vcpu_id, LAST_VCPU);
	xen_ports_leave();
	this_cpu_write(xen_vcpu_id, saved);
	local_irq_restore(flags);
}

/* All are closed but these, which lead to where they led before, and wake us. */
static void expect_ports(struct kunit *test, evtchn_port_t store,
			 evtchn_port_t console)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, xen.resets, 1);
	for (i = 1; i < PORTS; i++) {
		if (i != store && i != console) {
			KUNIT_EXPECT_EQ(test, xen.port[i].status,
					EVTCHNSTAT_closed);
			continue;
		}
		KUNIT_EXPECT_EQ(test, xen.port[i].status,
				EVTCHNSTAT_interdomain);
		KUNIT_EXPECT_EQ(test, xen.port[i].remote, 90 + i);
		KUNIT_EXPECT_EQ(test, xen.port[i].vcpu, LAST_VCPU);
	}
}

static void __init store_and_console_stay(struct kunit *test)
{
	static const evtchn_port_t __initconst pairs[][2] = {
		{ 1, 2 }, { 2, 1 }, { STORE, CONSOLE }, { CONSOLE, STORE },
		{ 1, PORTS - 1 }, { 0, CONSOLE }, { STORE, 0 }, { 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		busy_xen(test, pairs[i][0], pairs[i][1]);
		leave(test);
		expect_ports(test, pairs[i][0], pairs[i][1]);
	}
}

/* A console whose daemon is being restarted */
static void __init unbound_stays(struct kunit *test)
{
	busy_xen(test, 3, 2);
	xen.port[2] = (struct fake_port) { EVTCHNSTAT_unbound, 5 };
	leave(test);
	KUNIT_EXPECT_EQ(test, xen.port[2].status, EVTCHNSTAT_unbound);
	KUNIT_EXPECT_EQ(test, xen.port[2].remote, 5);
	KUNIT_EXPECT_EQ(test, xen.port[1].status, EVTCHNSTAT_closed);
	KUNIT_EXPECT_EQ(test, xen.port[3].status, EVTCHNSTAT_interdomain);
	KUNIT_EXPECT_EQ(test, xen.port[3].remote, 93);
}

/* Somebody opens ports while they are being closed. */
static void __init reset_again(struct kunit *test)
{
	busy_xen(test, 1, 2);
	xen.again = 2;
	leave(test);
	expect_ports(test, 1, 2);
	busy_xen(test, 1, 2);
	xen.again = 100;
	leave(test);
	KUNIT_EXPECT_EQ(test, xen.resets, 0);
	KUNIT_EXPECT_EQ(test, xen.port[1].remote, 91);
	KUNIT_EXPECT_EQ(test, xen.port[2].remote, 92);
}

static void __init no_reset_no_change(struct kunit *test)
{
	struct fake_xen before;

	busy_xen(test, 1, 2);
	xen.reset_error = -EPERM;
	before = xen;
	leave(test);
	KUNIT_EXPECT_MEMEQ(test, &xen, &before, sizeof(xen));
}

/* What the stubbed Xen was asked for. */
static unsigned int asked_nr;
static unsigned long asked_cmd;
static unsigned int asked_reason;

static long fake_hypercall(unsigned int nr, unsigned long a1, unsigned long a2)
{
	asked_nr = nr;
	asked_cmd = a1;
	asked_reason = ((struct sched_shutdown *)a2)->reason;
	return 0;
}

static void __init reason_is_reported(struct kunit *test)
{
	kunit_activate_static_stub(test, xen_hypercall_untraced,
				   fake_hypercall);
	xen_reboot(SHUTDOWN_suspend);
	KUNIT_EXPECT_EQ(test, asked_nr, __HYPERVISOR_sched_op);
	KUNIT_EXPECT_EQ(test, asked_cmd, SCHEDOP_shutdown);
	KUNIT_EXPECT_EQ(test, asked_reason, 2);
}

/* What a domain that reports its end is like at that moment */
static struct {
	unsigned int reports;
	unsigned int reason;
	unsigned int open_ports;
	u64 callback;
	bool pending;
} at_end;

static struct vcpu_info this_vcpu;

static long fake_end(unsigned int nr, unsigned long a1, unsigned long a2)
{
	unsigned int i;

	at_end.reports++;
	at_end.reason = ((struct sched_shutdown *)a2)->reason;
	at_end.pending = this_vcpu.evtchn_upcall_pending;
	at_end.callback = xen.callback;
	at_end.open_ports = 0;
	for (i = 1; i < PORTS; i++)
		at_end.open_ports += xen.port[i].status != EVTCHNSTAT_closed;
	/* Xen puts another page in place of shared_info, with no time in it. */
	this_vcpu.time.version = 0;
	/* The toolstack opens new ports. */
	xen.port[1] = (struct fake_port) { EVTCHNSTAT_unbound, 5 };
	xen.port[2] = (struct fake_port) { EVTCHNSTAT_interdomain, 92 };
	xen.store = 1;
	xen.console = 2;
	return 0;
}

/* Returns the version of the time that is told afterwards. */
static u32 leave_domain(struct kunit *test, bool pvh)
{
	struct vcpu_info *saved;
	unsigned long flags;
	u32 saved_id;
	u32 version;

	busy_xen(test, STORE, CONSOLE);
	xen.callback = BIT_ULL(56) | 0x18;
	memset(&at_end, 0, sizeof(at_end));
	memset(&this_vcpu, 0, sizeof(this_vcpu));
	this_vcpu.evtchn_upcall_pending = 1;
	this_vcpu.time.version = 6;
	set_pvh(pvh);
	kunit_activate_static_stub(test, xen_hypercall_untraced, fake_end);

	local_irq_save(flags);
	saved = this_cpu_read(xen_vcpu);
	saved_id = this_cpu_read(xen_vcpu_id);
	this_cpu_write(xen_vcpu, &this_vcpu);
	this_cpu_write(xen_vcpu_id, LAST_VCPU);
	xen_leave_domain();
	version = this_cpu_read(xen_vcpu)->time.version;
	this_cpu_write(xen_vcpu, saved);
	this_cpu_write(xen_vcpu_id, saved_id);
	local_irq_restore(flags);
	return version;
}

/* The next kernel would wait in vain for an upcall that is pending already. */
static void __init hvm_is_reset(struct kunit *test)
{
	u32 version;

	version = leave_domain(test, false);
	KUNIT_EXPECT_EQ(test, at_end.reports, 1);
	KUNIT_EXPECT_EQ(test, at_end.reason, SHUTDOWN_soft_reset);
	KUNIT_EXPECT_EQ(test, at_end.open_ports, 0);
	KUNIT_EXPECT_FALSE(test, at_end.pending);
	KUNIT_EXPECT_EQ(test, at_end.callback, 0);
	KUNIT_EXPECT_EQ(test, version, 6);
	KUNIT_EXPECT_EQ(test, xen.port[1].vcpu, LAST_VCPU);
	KUNIT_EXPECT_EQ(test, xen.port[2].vcpu, LAST_VCPU);
}

/* The toolstack would destroy it. */
static void __init pvh_stays(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_XEN_PVH))
		kunit_skip(test, "no PVH in this kernel");

	leave_domain(test, true);
	KUNIT_EXPECT_EQ(test, at_end.reports, 0);
	KUNIT_EXPECT_NE(test, xen.callback, 0);
	KUNIT_EXPECT_EQ(test, xen.port[STORE].status, EVTCHNSTAT_interdomain);
	KUNIT_EXPECT_EQ(test, xen.port[CONSOLE].status, EVTCHNSTAT_interdomain);
	KUNIT_EXPECT_EQ(test, this_vcpu.evtchn_upcall_pending, 0);
}

static struct kunit_case __refdata kexec_cases[] = {
	KUNIT_CASE(guest_has_hooks),
	KUNIT_CASE(dom0_has_others),
	KUNIT_CASE(store_and_console_stay),
	KUNIT_CASE(unbound_stays),
	KUNIT_CASE(reset_again),
	KUNIT_CASE(no_reset_no_change),
	KUNIT_CASE(reason_is_reported),
	KUNIT_CASE(hvm_is_reset),
	KUNIT_CASE(pvh_stays),
	{}
};

static struct kunit_suite __refdata kexec_suite = {
	.name = "xen_arch_kexec",
	.init = kexec_init,
	.exit = kexec_exit,
	.test_cases = kexec_cases,
};

kunit_test_init_section_suite(kexec_suite);

MODULE_DESCRIPTION("Unit tests of kexec under Xen");
MODULE_LICENSE("GPL");
