// SPDX-License-Identifier: GPL-2.0
/*
 * control/sysrq: a key of the magic sysrq, as if it was pressed on a keyboard. So
 * kernel.sysrq decides about it as well; see Documentation/admin-guide/sysrq.rst.
 */
#define pr_fmt(fmt) "xen/control: " fmt

#include <kunit/static_stub.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/sysrq.h>

#include <xen/xenbus.h>

#include "control.h"

/**
 * xen_control_sysrq - carry out a sysrq
 * @key: the key
 *
 * Context: may sleep, and may not return.
 */
void xen_control_sysrq(u8 key)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_control_sysrq, key);

	/* What is not allowed is said by the sysrq code, but not this. */
	if (!sysrq_mask())
		pr_notice_ratelimited("sysrq refused, kernel.sysrq is 0\n");
	handle_sysrq(key);
}

/**
 * xen_control_sysrq_changed - callback of the watch
 * @watch: unused
 * @path: unused
 * @token: unused
 *
 * Context: sleeps.
 */
void xen_control_sysrq_changed(struct xenbus_watch *watch, const char *path,
			       const char *token)
{
	char *keys = xen_control_take("sysrq");

	/* The request is one character. */
	if (keys)
		xen_control_sysrq(keys[0]);
	kfree(keys);
}

static struct xenbus_watch sysrq_watch = {
	.node = "control/sysrq",
	.callback = xen_control_sysrq_changed,
};

/**
 * xen_control_watch_sysrq - listen from now on
 *
 * Context: sleeps.
 * Return: 0 or a negative error.
 */
int xen_control_watch_sysrq(void)
{
	return register_xenbus_watch(&sysrq_watch);
}
