// SPDX-License-Identifier: GPL-2.0
/*
 * boot_mode - the guest runs in the mode it was started in, and booted cleanly
 *
 * CPUID says Xen, /sys/hypervisor agrees with it, no emulated platform is left
 * in a PVH guest, the clock source is Xen's or can be made so, and the kernel
 * log holds neither a BUG nor a WARNING. Where several sources state the same
 * fact they are compared with each other.
 *
 * Environment: XEN_GUEST_TYPE  expected guest type, default PVH
 *              XEN_VCPUS       expected number of CPUs
 * Needs: CONFIG_XEN_SYS_HYPERVISOR.  Time: 1 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <dirent.h>

#define HYP	"/sys/hypervisor/"
#define CLOCKS	"/sys/devices/system/clocksource/clocksource0/"

static const char *expected_type(void)
{
	const char *type = getenv("XEN_GUEST_TYPE");

	return type ? type : "PVH";
}

static bool in_dom0(void)
{
	char caps[64];

	return xt_read_file("/proc/xen/capabilities", caps, sizeof(caps)) &&
		strstr(caps, "control_d");
}

/* Entries of a directory but . and .., or 0 if there is no such directory. */
static int count_entries(const char *path)
{
	struct dirent *e;
	DIR *dir = opendir(path);
	int n = 0;

	if (!dir)
		return 0;

	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	closedir(dir);

	return n;
}

TEST(cpuid_says_xen)
{
	uint32_t base = xt_cpuid_base(), eax, ebx, ecx, edx;

	if (!base && !access(HYP "type", F_OK))
		TH_LOG("/sys/hypervisor/type is there, Xen's CPUID leaves are not");
	ASSERT_NE(0, base);

	/* Leaf 1 is Xen's version, which sysfs gets by hypercall. */
	__cpuid(base + 1, eax, ebx, ecx, edx);
	ASSERT_LE(4, eax >> 16);

	char want[16], got[16];

	snprintf(want, sizeof(want), "%u", eax >> 16);
	ASSERT_TRUE(xt_read_file(HYP "version/major", got, sizeof(got)));
	EXPECT_STREQ(want, got);
	snprintf(want, sizeof(want), "%u", eax & 0xffff);
	ASSERT_TRUE(xt_read_file(HYP "version/minor", got, sizeof(got)));
	EXPECT_STREQ(want, got);
}

TEST(sysfs_hypervisor)
{
	static const char mask[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	char buf[256];
	size_t i;

	XT_NEED_XEN();
	ASSERT_TRUE(xt_read_file(HYP "type", buf, sizeof(buf)));
	EXPECT_STREQ("xen", buf);
	ASSERT_TRUE(xt_read_file(HYP "guest_type", buf, sizeof(buf)));
	EXPECT_STREQ(expected_type(), buf);

	ASSERT_TRUE(xt_read_file(HYP "uuid", buf, sizeof(buf)));
	ASSERT_EQ(sizeof(mask) - 1, strlen(buf));
	for (i = 0; mask[i]; i++) {
		bool dash = mask[i] == '-';

		EXPECT_TRUE(dash ? buf[i] == '-' : isxdigit(buf[i]));
	}
	/* Dom0's is all zeroes. */
	EXPECT_EQ(in_dom0(), strspn(buf, "0-") == strlen(buf));
}

/* Xen tells the same features whoever asks; a guest without them cannot run. */
TEST(features_for_pvh)
{
	unsigned long features;
	char buf[64];

	XT_NEED_XEN();
	ASSERT_TRUE(xt_read_file(HYP "properties/features", buf, sizeof(buf)));
	features = strtoul(buf, NULL, 16);

	/* auto_translated_physmap and hvm_callback_vector */
	EXPECT_NE(0, features & (1UL << 2));
	EXPECT_NE(0, features & (1UL << 8));
}

TEST(no_emulated_platform)
{
	char *irqs, *log;

	XT_NEED_XEN();
	if (in_dom0())
		SKIP(return, "dom0 has the real platform");
	if (strcmp(expected_type(), "PVH"))
		SKIP(return, "an HVM guest has an emulated platform");

	EXPECT_EQ(0, count_entries("/sys/bus/pci/devices"));
	EXPECT_NE(0, access("/sys/devices/platform/i8042", F_OK));
	EXPECT_NE(0, access("/sys/class/rtc/rtc0", F_OK));
	EXPECT_NE(0, access("/sys/class/graphics/fb0", F_OK));

	irqs = malloc(1 << 20);
	ASSERT_NE(NULL, irqs);
	ASSERT_TRUE(xt_read_file("/proc/interrupts", irqs, 1 << 20));
	EXPECT_EQ(NULL, strstr(irqs, "IO-APIC"));
	EXPECT_EQ(NULL, strstr(irqs, "XT-PIC"));
	/* The file is the right one: events do arrive. */
	EXPECT_NE(NULL, strstr(irqs, "xen-"));
	free(irqs);

	/* Events from registers that are not there overwrite ACPI's tables. */
	log = xt_kernel_log();
	ASSERT_NE(NULL, log);
	EXPECT_EQ(NULL, strstr(log, "ACPI Error"));
	EXPECT_EQ(NULL, strstr(log, "GPEs in block"));
	free(log);
}

TEST(all_cpus_online)
{
	const char *vcpus = getenv("XEN_VCPUS");
	char present[64], online[64];

	ASSERT_TRUE(xt_read_file("/sys/devices/system/cpu/present", present,
				 sizeof(present)));
	ASSERT_TRUE(xt_read_file("/sys/devices/system/cpu/online", online,
				 sizeof(online)));
	EXPECT_STREQ(present, online);
	if (vcpus) {
		EXPECT_EQ(atoi(vcpus), sysconf(_SC_NPROCESSORS_ONLN));
	}
}

/* Where the TSC can be trusted it may have won; then switch, and back. */
TEST(clocksource_is_xen)
{
	char was[32], now[32], all[256];
	int64_t before, after;

	XT_NEED_XEN();
	ASSERT_TRUE(xt_read_file(CLOCKS "available_clocksource", all,
				 sizeof(all)));
	ASSERT_NE(NULL, strstr(all, "xen"));
	ASSERT_TRUE(xt_read_file(CLOCKS "current_clocksource", was,
				 sizeof(was)));
	if (strcmp(was, "xen")) {
		EXPECT_STREQ("tsc", was);
		ASSERT_TRUE(xt_write_file(CLOCKS "current_clocksource", "xen"));
	}

	before = xt_now();
	usleep(50000);
	after = xt_now();
	EXPECT_LE(before + 50 * XT_MS, after);

	ASSERT_TRUE(xt_read_file(CLOCKS "current_clocksource", now,
				 sizeof(now)));
	EXPECT_STREQ("xen", now);
	EXPECT_TRUE(xt_write_file(CLOCKS "current_clocksource", was));
}

TEST(kernel_log_is_clean)
{
	static const char *const bad[] = {
		"BUG:", "WARNING:", "Oops", "kernel BUG at", "Call Trace",
		"general protection fault", "soft lockup", "hard LOCKUP",
		"INFO: rcu", "INFO: task", "possible circular locking",
		"UBSAN:", "unchecked MSR access",
	};
	char *log = xt_kernel_log(), *hit, *end;
	size_t i;

	ASSERT_NE(NULL, log);
	/* All of it, from the first line. */
	ASSERT_NE(NULL, strstr(log, "Linux version")) {
		TH_LOG("the log has wrapped, use log_buf_len=");
	}

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		hit = strstr(log, bad[i]);
		EXPECT_EQ(NULL, hit) {
			end = strchr(hit, '\n');
			TH_LOG("%.*s", end ? (int)(end - hit) : 80, hit);
		}
	}
	free(log);
}

TEST_HARNESS_MAIN
