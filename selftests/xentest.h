/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the Xen selftests share: is this Xen, files, kernel log, CPUs, time.
 *
 * Include kselftest_harness.h first.
 */
#ifndef XENTEST_H
#define XENTEST_H

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <time.h>
#include <unistd.h>

/* The hypervisor calls this domain itself so. */
#define XT_DOMID_SELF	0x7ff0

#define XT_CPUID_FIRST	0x40000000U
#define XT_CPUID_LAST	0x40010000U
#define XT_CPUID_STEP	0x100U

/* First of Xen's CPUID leaves, or 0: this is not a Xen guest. */
static inline uint32_t xt_cpuid_base(void)
{
	uint32_t base, eax, sig[3];

	for (base = XT_CPUID_FIRST; base < XT_CPUID_LAST; base += XT_CPUID_STEP) {
		__cpuid(base, eax, sig[0], sig[1], sig[2]);
		if (!memcmp(sig, "XenVMMXenVMM", sizeof(sig)) && eax >= base + 2)
			return base;
	}

	return 0;
}

/* This domain's number as Xen's CPUID leaf 4 gives it, or -1. */
static inline int xt_own_domid(void)
{
	uint32_t base = xt_cpuid_base(), eax, ebx, ecx, edx;

	if (!base)
		return -1;

	__cpuid(base, eax, ebx, ecx, edx);
	if (eax < base + 4)
		return -1;

	__cpuid_count(base + 4, 0, eax, ebx, ecx, edx);
	return eax & (1U << 4) ? (int)ecx : -1;
}

/* Content of a small file without the last newline; false if it is not there. */
static inline bool xt_read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, len = 0;

	if (fd < 0)
		return false;

	while ((n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	close(fd);
	if (n < 0)
		return false;

	if (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return true;
}

static inline bool xt_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = strlen(text);
	bool ok;

	if (fd < 0)
		return false;

	ok = write(fd, text, len) == len;
	close(fd);
	return ok;
}

/* Value of "name=" on the kernel's command line; false if it is not there. */
static inline bool xt_cmdline(const char *name, char *val, size_t size)
{
	char line[4096], *word, *save;
	size_t len = strlen(name);

	if (!xt_read_file("/proc/cmdline", line, sizeof(line)))
		return false;

	for (word = strtok_r(line, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (strncmp(word, name, len) || word[len] != '=')
			continue;
		snprintf(val, size, "%s", word + len + 1);
		return true;
	}

	return false;
}

/*
 * Column @column of the lines of /proc/interrupts that hold both @name and @other, added
 * up; -1 on error.
 */
static inline long long xt_interrupts(const char *name, const char *other,
				      int column)
{
	static char text[1 << 20];
	char *line, *save, *p, *end;
	long long sum = 0, val = 0;
	int i;

	if (!xt_read_file("/proc/interrupts", text, sizeof(text)))
		return -1;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		p = strchr(line, ':');
		if (!p || !strstr(p, name) || !strstr(p, other))
			continue;
		for (i = 0, p++; i <= column; i++, p = end)
			val = strtoll(p, &end, 10);
		sum += val;
	}

	return sum;
}

/* The kernel log, to be freed; NULL on error. */
static inline char *xt_kernel_log(void)
{
	int size = klogctl(10, NULL, 0), len;
	char *log;

	if (size <= 0)
		return NULL;

	log = malloc(size + 1);
	if (!log)
		return NULL;

	len = klogctl(3, log, size);
	if (len < 0) {
		free(log);
		return NULL;
	}
	log[len] = '\0';
	return log;
}

/* CPUs we may run on, in order. Returns how many, at most @max. */
static inline int xt_cpus(int *cpus, int max)
{
	cpu_set_t set;
	int cpu, n = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 0;

	for (cpu = 0; cpu < CPU_SETSIZE && n < max; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[n++] = cpu;

	return n;
}

/* Pin the calling thread. */
static inline int xt_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

#define XT_MAX_CPUS	64
#define XT_NS		1000000000LL
#define XT_MS		1000000LL

static inline int64_t xt_clock(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		return -1;

	return ts.tv_sec * XT_NS + ts.tv_nsec;
}

static inline int64_t xt_now(void)
{
	return xt_clock(CLOCK_MONOTONIC);
}

/* First statement of a test that means nothing without Xen. */
#define XT_NEED_XEN()						\
do {								\
	if (!xt_cpuid_base())					\
		SKIP(return, "not a Xen guest (CPUID)");	\
} while (0)

#endif /* XENTEST_H */
