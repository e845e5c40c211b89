// SPDX-License-Identifier: GPL-2.0
/*
 * hypercall_transport - hypercalls go the way the command line asks for
 *
 * The kernel says which way it is in its log ("xen: hypercalls by ...") and in
 * debugfs. Both must agree with xen_hypercall= on the command line: "page" gives
 * the hypercall page, else it is the instruction of this vendor's CPUs. Then the
 * way is used on every CPU.
 *
 * Needs: debugfs (mounted here if it is not).  Time: 2 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <sys/mount.h>

#define DEBUGFS	"/sys/kernel/debug"
#define NODE	DEBUGFS "/xen/hypercall_transport"
#define CALLS	200

FIXTURE(transport)
{
	char used[64];
};

FIXTURE_SETUP(transport)
{
	XT_NEED_XEN();

	if (access(DEBUGFS "/xen", F_OK))
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	if (!xt_read_file(NODE, self->used, sizeof(self->used)))
		SKIP(return, "no " NODE " (CONFIG_DEBUG_FS, or another Xen core)");
}

FIXTURE_TEARDOWN(transport)
{
}

static const char *vendor_instruction(void)
{
	uint32_t eax, sig[3];

	__cpuid(0, eax, sig[0], sig[2], sig[1]);
	if (!memcmp(sig, "AuthenticAMD", sizeof(sig)) ||
	    !memcmp(sig, "HygonGenuine", sizeof(sig)))
		return "vmmcall";

	return "vmcall";
}

/* The kernel declines the page on a CPU that tracks indirect branches. */
static bool page_declined(void)
{
	char *log = xt_kernel_log();
	bool declined;

	declined = log && strstr(log, "xen_hypercall=page ignored");
	free(log);
	return declined;
}

TEST_F(transport, follows_the_command_line)
{
	char asked[32];

	if (xt_cmdline("xen_hypercall", asked, sizeof(asked)) &&
	    !strcmp(asked, "page")) {
		if (page_declined())
			SKIP(return, "the CPU has IBT: no hypercall page");
		EXPECT_STREQ("hypercall page", self->used);
	} else {
		EXPECT_STREQ(vendor_instruction(), self->used);
	}
}

TEST_F(transport, log_agrees)
{
	char want[128], *log = xt_kernel_log();

	ASSERT_NE(NULL, log);
	if (!strstr(log, "Linux version"))
		SKIP(return, "the start of the kernel log is overwritten");

	snprintf(want, sizeof(want), "hypercalls by %s\n", self->used);
	EXPECT_NE(NULL, strstr(log, want));
	free(log);
}

/* A read of extraversion is a hypercall that writes into the caller's memory. */
TEST_F(transport, works_on_every_cpu)
{
	int cpus[XT_MAX_CPUS], n = xt_cpus(cpus, XT_MAX_CPUS), i, j;
	char first[64], buf[64];

	ASSERT_LT(0, n);
	ASSERT_TRUE(xt_read_file("/sys/hypervisor/version/extra", first,
				 sizeof(first)));
	ASSERT_NE('\0', first[0]);

	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, xt_pin(cpus[i]));
		for (j = 0; j < CALLS; j++) {
			memset(buf, 0, sizeof(buf));
			ASSERT_TRUE(xt_read_file("/sys/hypervisor/version/extra",
						 buf, sizeof(buf)));
			ASSERT_STREQ(first, buf);
		}
	}
}

TEST_HARNESS_MAIN
