// SPDX-License-Identifier: GPL-2.0
/*
 * vdso - the time is read without a system call where that can be
 *
 * A tracer counts the system calls of a child that reads a clock many times. With
 * clock source "tsc" there must be none. With "xen" there must be none where the
 * kernel said at boot that the vDSO has Xen's clock, and one for each reading where
 * it said that it has not. In either case the clock must not go backwards.
 *
 * Time: 3 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef PTRACE_GET_SYSCALL_INFO
#error no PTRACE_GET_SYSCALL_INFO
#endif

#define CLOCKS		"/sys/devices/system/clocksource/clocksource0/"
#define READINGS	200

static void child(clockid_t clock)
{
	int64_t last = 0, now;
	int i;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) || raise(SIGSTOP))
		_exit(2);
	for (i = 0; i < READINGS; i++) {
		now = xt_clock(clock);
		if (now < last)
			_exit(1);
		last = now;
	}
	_exit(0);
}

/* System calls by which the child read the clock; -1 if it did not end well. */
static int count_clock_calls(clockid_t clock)
{
	struct __ptrace_syscall_info info;
	int status, calls = 0;
	pid_t pid = fork();

	if (!pid)
		child(clock);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -1;
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD |
		   PTRACE_O_EXITKILL))
		return -1;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) ||
		    waitpid(pid, &status, 0) != pid)
			return -1;
		if (!WIFSTOPPED(status))
			break;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			return -1;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
			return -1;
		calls += info.op == PTRACE_SYSCALL_INFO_ENTRY &&
			info.entry.nr == SYS_clock_gettime;
	}

	return WIFEXITED(status) && !WEXITSTATUS(status) ? calls : -1;
}

FIXTURE(source)
{
	char was[32];
};

FIXTURE_VARIANT(source)
{
	const char *name;
};

FIXTURE_VARIANT_ADD(source, xen)
{
	.name = "xen",
};

FIXTURE_VARIANT_ADD(source, tsc)
{
	.name = "tsc",
};

FIXTURE_SETUP(source)
{
	char all[256];

	ASSERT_TRUE(xt_read_file(CLOCKS "current_clocksource", self->was,
				 sizeof(self->was)));
	ASSERT_TRUE(xt_read_file(CLOCKS "available_clocksource", all,
				 sizeof(all)));
	if (!strstr(all, variant->name))
		SKIP(return, "clock source %s is not on offer", variant->name);
	ASSERT_TRUE(xt_write_file(CLOCKS "current_clocksource", variant->name));
}

FIXTURE_TEARDOWN(source)
{
	xt_write_file(CLOCKS "current_clocksource", self->was);
}

/* What the kernel said of clock source "xen"; "tsc" is always readable. */
static int expected_calls(const char *source)
{
	char *log;
	int calls = -1;

	if (!strcmp(source, "tsc"))
		return 0;
	log = xt_kernel_log();
	if (log && strstr(log, "xen: the vDSO has the clock"))
		calls = 0;
	else if (log && strstr(log, "xen: the vDSO does not have the clock"))
		calls = READINGS;
	free(log);
	return calls;
}

TEST_F(source, monotonic)
{
	int want = expected_calls(variant->name);

	ASSERT_LE(0, want);
	EXPECT_EQ(want, count_clock_calls(CLOCK_MONOTONIC));
}

TEST_F(source, realtime)
{
	int want = expected_calls(variant->name);

	ASSERT_LE(0, want);
	EXPECT_EQ(want, count_clock_calls(CLOCK_REALTIME));
}

TEST_HARNESS_MAIN
