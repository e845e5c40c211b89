/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Xen console, apart from what the tty layer sees of it.
 */
#ifndef _XEN_HVC_CONSOLE_H
#define _XEN_HVC_CONSOLE_H

#include <linux/compiler_attributes.h>

/* For earlyprintk=xen */
extern struct console xenboot_console;

#ifdef CONFIG_HVC_XEN
/**
 * xen_console_resume() - connect the console anew
 *
 * Context: resume.
 */
void xen_console_resume(void);

/**
 * xen_raw_console_write() - write straight to the console
 * @str: the text
 *
 * Context: any, from the first instruction of the kernel on.
 */
void xen_raw_console_write(const char *str);

/**
 * xen_raw_printk() - format and write straight to the console
 * @fmt: as for printk()
 *
 * Context: any, from the first instruction of the kernel on.
 */
__printf(1, 2) void xen_raw_printk(const char *fmt, ...);
#else
static inline void xen_console_resume(void)
{
}

static inline void xen_raw_console_write(const char *str)
{
}

static inline __printf(1, 2) void xen_raw_printk(const char *fmt, ...)
{
}
#endif

#endif /* _XEN_HVC_CONSOLE_H */
