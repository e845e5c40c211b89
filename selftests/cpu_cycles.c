// SPDX-License-Identifier: GPL-2.0
/*
 * cpu_cycles - CPUs go offline and come back, again and again
 *
 * After each cycle the CPU runs threads, its timer works, and it can be interrupted
 * by others. A CPU that is offline has no event channel; one that came back has as
 * many as before. The time that it was offline is not stolen time.
 *
 * Needs: CONFIG_HOTPLUG_CPU, root; debugfs for the channels.  Time: 10 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <pthread.h>
#include <sys/mount.h>

#define CYCLES		5
#define EVENTS		"/sys/kernel/debug/xen/events"

static bool switch_cpu(int cpu, bool on)
{
	char path[96], now[8];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online",
		 cpu);
	return xt_write_file(path, on ? "1" : "0") &&
		xt_read_file(path, now, sizeof(now)) &&
		now[0] == (on ? '1' : '0');
}

/* Event channels that belong to a CPU for good; -1 without debugfs. */
static int channels(int cpu)
{
	static char text[1 << 20];
	char *line, *save;
	int n = 0, owner;

	if (access(EVENTS, R_OK))
		mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (!xt_read_file(EVENTS, text, sizeof(text)))
		return -1;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (strstr(line, "percpu") &&
		    sscanf(line, "%*u %*u %d", &owner) == 1 && owner == cpu)
			n++;
	return n;
}

/* Ticks of steal time of a CPU, -1 while it is offline. */
static long long stolen_ticks(int cpu)
{
	char text[1 << 14], name[16], *line;
	long long steal;

	snprintf(name, sizeof(name), "\ncpu%d ", cpu);
	if (!xt_read_file("/proc/stat", text, sizeof(text)))
		return -1;
	line = strstr(text, name);
	if (!line || sscanf(line + 1, "%*s %*d %*d %*d %*d %*d %*d %*d %lld",
			    &steal) != 1)
		return -1;
	return steal;
}

static void *work(void *arg)
{
	struct timespec ms = { .tv_nsec = XT_MS };
	int cpu = *(int *)arg, i;

	if (xt_pin(cpu))
		return arg;
	for (i = 0; i < 10; i++)
		if (clock_nanosleep(CLOCK_MONOTONIC, 0, &ms, NULL) ||
		    sched_getcpu() != cpu)
			return arg;
	return NULL;
}

/* Created here, it runs there: the other CPU is interrupted, and its timer too. */
static bool cpu_works(int cpu)
{
	pthread_t id;
	void *failed;

	if (pthread_create(&id, NULL, work, &cpu))
		return false;
	pthread_join(id, &failed);
	return !failed;
}

FIXTURE(cpus)
{
	int cpu[XT_MAX_CPUS];
	int n;
};

FIXTURE_SETUP(cpus)
{
	self->n = xt_cpus(self->cpu, XT_MAX_CPUS);
	ASSERT_LT(0, self->n);
	if (self->n < 2)
		SKIP(return, "only one CPU");
	if (access("/sys/devices/system/cpu/cpu1/online", W_OK))
		SKIP(return, "CPUs cannot be switched (CONFIG_HOTPLUG_CPU, root)");
	ASSERT_EQ(0, xt_pin(self->cpu[0]));
}

FIXTURE_TEARDOWN(cpus)
{
	int i;

	for (i = 1; i < self->n; i++)
		switch_cpu(self->cpu[i], true);
}

TEST_F_TIMEOUT(cpus, one_after_the_other, 120)
{
	int i, round;

	for (round = 0; round < CYCLES; round++) {
		for (i = 1; i < self->n; i++) {
			ASSERT_TRUE(switch_cpu(self->cpu[i], false));
			ASSERT_TRUE(switch_cpu(self->cpu[i], true));
			ASSERT_TRUE(cpu_works(self->cpu[i])) {
				TH_LOG("CPU %d, round %d", self->cpu[i], round);
			}
		}
	}
}

TEST_F_TIMEOUT(cpus, all_but_one_at_once, 120)
{
	int i;

	for (i = 1; i < self->n; i++)
		ASSERT_TRUE(switch_cpu(self->cpu[i], false));
	EXPECT_EQ(1, sysconf(_SC_NPROCESSORS_ONLN));
	for (i = 1; i < self->n; i++)
		ASSERT_TRUE(switch_cpu(self->cpu[i], true));
	for (i = 1; i < self->n; i++)
		EXPECT_TRUE(cpu_works(self->cpu[i]));
}

TEST_F_TIMEOUT(cpus, channels_close_and_open, 120)
{
	int i, round, before;

	XT_NEED_XEN();
	if (channels(0) < 0)
		SKIP(return, "no " EVENTS);
	EXPECT_LT(0, channels(0));
	for (i = 1; i < self->n; i++) {
		before = channels(self->cpu[i]);
		EXPECT_LT(0, before);
		for (round = 0; round < CYCLES; round++) {
			ASSERT_TRUE(switch_cpu(self->cpu[i], false));
			EXPECT_EQ(0, channels(self->cpu[i]));
			ASSERT_TRUE(switch_cpu(self->cpu[i], true));
			EXPECT_EQ(before, channels(self->cpu[i]));
		}
	}
}

/* No more can be stolen than the time that the CPU was online, and rounding. */
TEST_F_TIMEOUT(cpus, offline_is_not_stolen, 120)
{
	long long hz = sysconf(_SC_CLK_TCK), before, after;
	int64_t start, went, back;
	int cpu = self->cpu[1];

	before = stolen_ticks(cpu);
	ASSERT_LE(0, before);
	start = xt_now();
	ASSERT_TRUE(switch_cpu(cpu, false));
	went = xt_now();
	sleep(2);
	back = xt_now();
	ASSERT_TRUE(switch_cpu(cpu, true));
	ASSERT_TRUE(cpu_works(cpu));
	after = stolen_ticks(cpu);
	ASSERT_LE(before, after);
	EXPECT_GE((xt_now() - back + went - start) * hz / XT_NS + 2,
		  after - before);
}

TEST_HARNESS_MAIN
