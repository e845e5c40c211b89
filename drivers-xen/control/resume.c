// SPDX-License-Identifier: GPL-2.0
/* Who wants to know about a resume before the devices do. */
#include <linux/export.h>
#include <linux/notifier.h>

#include <xen/xen-ops.h>

#include "control.h"

static BLOCKING_NOTIFIER_HEAD(resume_chain);

/**
 * xen_resume_notifier_register - be told when a suspend is over
 * @nb: called after each suspend that went as far as stopping the CPUs, also if it
 *	was cancelled then: interrupts are on and all CPUs run again, but devices and
 *	ticks are not resumed yet, so nothing may be waited for
 *
 * Context: sleeps.
 */
void xen_resume_notifier_register(struct notifier_block *nb)
{
	blocking_notifier_chain_register(&resume_chain, nb);
}
EXPORT_SYMBOL_GPL(xen_resume_notifier_register);

/**
 * xen_resume_notifier_unregister - the counterpart of the above
 * @nb: as registered; not called any more on return
 *
 * Context: sleeps.
 */
void xen_resume_notifier_unregister(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&resume_chain, nb);
}
EXPORT_SYMBOL_GPL(xen_resume_notifier_unregister);

/**
 * xen_resume_notify - tell them
 *
 * Context: process context, on the way out of a suspend.
 */
void xen_resume_notify(void)
{
	blocking_notifier_call_chain(&resume_chain, 0, NULL);
}
