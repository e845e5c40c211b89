// SPDX-License-Identifier: GPL-2.0
/* Through a table of steps to its end, and all the way back. */
#include <linux/printk.h>

#include "control.h"

/**
 * xen_suspend_walk - take all steps in order, then take them back in reverse
 * @steps: the table
 * @nr: its length
 * @s: the suspend; must be marked as cancelled until a step says otherwise
 *
 * The last step is the one for which the others are taken. If one fails, those
 * behind it are not taken.
 *
 * Context: that of the steps.
 * Return: 0 or the error of the step that failed; @s->cancelled is true then.
 */
int xen_suspend_walk(const struct xen_suspend_step *steps, unsigned int nr,
		     struct xen_suspend *s)
{
	unsigned int taken;
	int err = 0;

	for (taken = 0; taken < nr; taken++) {
		err = steps[taken].enter ? steps[taken].enter(s) : 0;
		if (err)
			break;
	}
	if (err) {
		s->cancelled = true;
		/* A step may be a table of its own, whose step it was. */
		if (!s->failed)
			s->failed = steps[taken].name;
		if (steps[taken].leave_if_failed)
			taken++;
	}

	while (taken--)
		if (steps[taken].leave)
			steps[taken].leave(s);
	return err;
}
