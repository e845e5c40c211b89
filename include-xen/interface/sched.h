/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scheduling and shutdown. Xen's public/sched.h.
 */
#ifndef _XEN_INTERFACE_SCHED_H
#define _XEN_INTERFACE_SCHED_H

#include <linux/build_bug.h>
#include <xen/interface/event_channel.h>

#define SCHEDOP_yield			0	/* no argument */
#define SCHEDOP_block			1	/* no argument */
#define SCHEDOP_shutdown		2
#define SCHEDOP_poll			3
#define SCHEDOP_remote_shutdown		4
#define SCHEDOP_shutdown_code		5	/* struct sched_shutdown */
#define SCHEDOP_watchdog		6
#define SCHEDOP_pin_override		7

/* Why a domain ends, or stops */
#define SHUTDOWN_poweroff	0
#define SHUTDOWN_reboot		1
#define SHUTDOWN_suspend	2
#define SHUTDOWN_crash		3
#define SHUTDOWN_watchdog	4
#define SHUTDOWN_soft_reset	5	/* as new, with memory as it is: kexec */
#define SHUTDOWN_MAX		5

struct sched_shutdown {
	unsigned int reason;
};
DEFINE_GUEST_HANDLE_STRUCT(sched_shutdown);

/* Wait until one of the ports is pending, or for a system time; 0 is never. */
struct sched_poll {
	GUEST_HANDLE(evtchn_port_t) ports;
	unsigned int nr_ports;
	uint64_t timeout;
};
DEFINE_GUEST_HANDLE_STRUCT(sched_poll);

struct sched_remote_shutdown {
	domid_t domain_id;
	unsigned int reason;
};
DEFINE_GUEST_HANDLE_STRUCT(sched_remote_shutdown);

/* Id 0 gets a new watchdog; a timeout of 0 s ends one. */
struct sched_watchdog {
	uint32_t id;
	uint32_t timeout;
};
DEFINE_GUEST_HANDLE_STRUCT(sched_watchdog);

/* dom0: run this vCPU on a given processor only; -1 ends that. */
struct sched_pin_override {
	int32_t pcpu;
};
DEFINE_GUEST_HANDLE_STRUCT(sched_pin_override);

static_assert(sizeof(struct sched_poll) == 24);

#endif /* _XEN_INTERFACE_SCHED_H */
