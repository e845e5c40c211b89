// SPDX-License-Identifier: GPL-2.0
/*
 * Output before there is a console.
 *
 * xen_raw_printk() runs as early as on the PVH entry path: .bss is not cleared,
 * nothing is relocated or patched, KASAN has no shadow. So this file is built
 * without instrumentation (see Makefile), keeps no state and has its own small
 * formatter instead of vsnprintf().
 *
 * Where the bytes go: the first domain writes to Xen's console. Any other domain
 * writes to the debug port, whose lines Xen logs with the domain's number, if its
 * guest log level lets them through ("xl dmesg" in the first domain). Before it
 * is known which domain this is, the port is used as well: Xen takes it from all.
 */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/serial_core.h>
#include <linux/stdarg.h>
#include <linux/types.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>
#include <xen/xen.h>
#include <xen/hvc-console.h>
#include <xen/interface/xen.h>

#include "console.h"

/* XEN_HVM_DEBUGCONS_IOPORT of Xen's arch-x86/xen.h */
#define DEBUG_PORT	0xe9

#define LINE_SIZE	256

static void write_port(const char *str, size_t len)
{
	while (len--)
		outb(*str++, DEBUG_PORT);
}

static void write_raw(const char *str, size_t len)
{
	if (xen_initial_domain()) {
		HYPERVISOR_console_io(CONSOLEIO_write, len, (char *)str);
		return;
	}

	if (xen_domain() || xen_cpuid_base())
		write_port(str, len);
}

/**
 * xen_raw_console_write() - write a string to whatever Xen offers
 * @str: NUL-terminated
 *
 * Context: any, also before .bss is cleared. Does nothing without Xen.
 */
void xen_raw_console_write(const char *str)
{
	size_t len = 0;

	while (str[len])
		len++;

	write_raw(str, len);
}

struct out {
	char *buf;
	size_t size;
	size_t len;
};

static void put_char(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len++] = c;
}

static void put_string(struct out *out, const char *s)
{
	while (s && *s)
		put_char(out, *s++);
}

static void put_number(struct out *out, u64 val, unsigned int base,
		       unsigned int width, char pad)
{
	char digits[20];
	unsigned int n = 0;

	do {
		unsigned int digit = val % base;

		digits[n++] = digit < 10 ? '0' + digit : 'a' + digit - 10;
		val /= base;
	} while (val);

	for (; width > n; width--)
		put_char(out, pad);
	while (n)
		put_char(out, digits[--n]);
}

static void put_signed(struct out *out, s64 val, unsigned int width, char pad)
{
	if (val < 0)
		put_char(out, '-');

	put_number(out, val < 0 ? -(u64)val : val, 10, width, pad);
}

/**
 * xencons_format() - a small vsnprintf()
 * @buf: destination, always terminated
 * @size: its size, at least 1; what does not fit is dropped
 * @fmt: %s %c %d %i %u %x %p %%, with a width, the flag 0, and h, l, ll or z
 * @args: as @fmt says
 *
 * Context: any, also before .bss is cleared.
 *
 * Return: length of the result.
 */
size_t xencons_format(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out out = { .buf = buf, .size = size };

	for (; *fmt; fmt++) {
		unsigned int width = 0;
		bool wide = false;
		char pad = ' ';

		if (*fmt != '%') {
			put_char(&out, *fmt);
			continue;
		}

		fmt++;
		if (*fmt == '0')
			pad = '0';
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		for (; *fmt == 'l' || *fmt == 'z' || *fmt == 'h'; fmt++)
			wide |= *fmt != 'h';

		if (*fmt == 's')
			put_string(&out, va_arg(args, const char *));
		else if (*fmt == 'c')
			put_char(&out, va_arg(args, int));
		else if (*fmt == 'd' || *fmt == 'i')
			put_signed(&out, wide ? va_arg(args, long) :
				   va_arg(args, int), width, pad);
		else if (*fmt == 'p')
			put_number(&out, (unsigned long)va_arg(args, void *),
				   16, 16, '0');
		else if (*fmt == 'u' || *fmt == 'x')
			put_number(&out, wide ? va_arg(args, unsigned long) :
				   va_arg(args, unsigned int),
				   *fmt == 'x' ? 16 : 10, width, pad);
		else if (*fmt == '%')
			put_char(&out, '%');
		else
			break;
	}

	buf[out.len] = '\0';
	return out.len;
}

/**
 * xen_raw_printk() - print at once, past the kernel log
 * @fmt: what xencons_format() knows; the line is cut at 255 bytes
 *
 * Context: any, also before .bss is cleared. Does nothing without Xen.
 */
void xen_raw_printk(const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = xencons_format(line, sizeof(line), fmt, args);
	va_end(args);

	write_raw(line, len);
}

static void xenboot_write(struct console *con, const char *str,
			  unsigned int len)
{
	write_raw(str, len);
}

/* Registered by the x86 code for earlyprintk=xen. */
struct console xenboot_console = {
	.name = "xenboot",
	.write = xenboot_write,
	.flags = CON_PRINTBUFFER | CON_BOOT | CON_ANYTIME,
	.index = -1,
};

static int __init xenboot_earlycon_setup(struct earlycon_device *device,
					 const char *options)
{
	if (!xen_cpuid_base())
		return -ENODEV;

	device->con->write = xenboot_write;
	return 0;
}

EARLYCON_DECLARE(xenboot, xenboot_earlycon_setup);
