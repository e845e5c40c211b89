/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the toolstack asks of this domain, through xenstore: to end, to be
 * suspended, a sysrq, more or fewer CPUs. Private interface, grouped by file.
 *
 *	request.c	takes a request out of the store
 *	shutdown.c	control/shutdown: who carries it out
 *	sysrq.c		control/sysrq
 *	steps.c		goes through a table of steps, and back
 *	suspend.c	the steps of a suspend
 *	hibernate.c	there is no hibernation
 *	resume.c	who wants to know about a resume
 *	cpus.c		cpu/N/availability
 *
 * Everything here runs in the thread "xenwatch", one request after the other,
 * unless it says otherwise. So there are no locks: a request that comes while
 * another one is carried out waits in the store.
 */
#ifndef _XEN_CONTROL_PRIVATE_H
#define _XEN_CONTROL_PRIVATE_H

#include <linux/kconfig.h>
#include <linux/types.h>

struct xenbus_watch;

/* request.c */
char *xen_control_take(const char *key);

/* sysrq.c */
#ifdef CONFIG_MAGIC_SYSRQ
void xen_control_sysrq(u8 key);
void xen_control_sysrq_changed(struct xenbus_watch *watch, const char *path,
			       const char *token);
int xen_control_watch_sysrq(void);
#else
static inline int xen_control_watch_sysrq(void)
{
	return 0;
}
#endif

/* steps.c */

/**
 * struct xen_suspend - a suspend under way
 * @cancelled: the domain goes on, or will go on, as it was. True from the
 *	beginning until Xen says that this is another life
 * @failed: name of the step that could not be taken, or NULL
 * @memory: while devices rest: how this thread may get memory otherwise
 */
struct xen_suspend {
	bool cancelled;
	const char *failed;
	unsigned int memory;
};

/**
 * struct xen_suspend_step - one step on the way into a suspend
 * @name: for messages
 * @enter: takes the step: 0 or a negative error; may be NULL
 * @leave: takes it back, on the way out; may be NULL
 * @leave_if_failed: @leave is needed even if @enter has failed half-way
 */
struct xen_suspend_step {
	const char *name;
	int (*enter)(struct xen_suspend *s);
	void (*leave)(struct xen_suspend *s);
	bool leave_if_failed;
};

int xen_suspend_walk(const struct xen_suspend_step *steps, unsigned int nr,
		     struct xen_suspend *s);

/* suspend.c */
#ifdef CONFIG_HIBERNATE_CALLBACKS
#define XEN_SUSPEND_STEPS		9
#define XEN_SUSPEND_MACHINE_STEPS	6
extern const struct xen_suspend_step xen_suspend_steps[XEN_SUSPEND_STEPS];
extern const struct xen_suspend_step
	xen_suspend_machine_steps[XEN_SUSPEND_MACHINE_STEPS];
int xen_control_suspend(void);
#else
static inline int xen_control_suspend(void)
{
	return -EOPNOTSUPP;
}
#endif

/* resume.c */
void xen_resume_notify(void);

/* shutdown.c */

/**
 * enum xen_control_stage - how far this system is, as far as requests go
 * @XEN_STAGE_BOOT: there is no user space that could be asked for anything
 * @XEN_STAGE_UP: there is
 * @XEN_STAGE_DOWN: on the way to power-off, halt or reboot
 */
enum xen_control_stage {
	XEN_STAGE_BOOT,
	XEN_STAGE_UP,
	XEN_STAGE_DOWN,
};

enum xen_control_stage xen_control_stage(void);
void xen_control_end(bool restart, bool at_once);
void xen_control_announce(void);
void xen_control_shutdown_changed(struct xenbus_watch *watch, const char *path,
				  const char *token);

/* cpus.c */
void xen_control_cpu_come(unsigned int cpu);
void xen_control_cpu_go(unsigned int cpu);
void xen_control_cpu_changed(struct xenbus_watch *watch, const char *path,
			     const char *token);

#endif /* _XEN_CONTROL_PRIVATE_H */
