// SPDX-License-Identifier: GPL-2.0
/*
 * clock - time never goes backwards, is the host's, and sleeps take their time
 *
 * Threads pinned to all CPUs share the latest time anybody read: no later read
 * on any CPU may be earlier. This runs on every clock source on offer. Sleeps
 * may not be short, and not absurdly long. CLOCK_REALTIME must be what the host
 * had when it started the guest, plus the uptime.
 *
 * Environment or kernel command line: XEN_HOST_TIME= / xen_host_time=  the host's
 *   time in seconds since 1970, taken just before the guest was started
 * Time: 10 s and 3 s per clock source; steal time up to 15 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#define CLOCKS		"/sys/devices/system/clocksource/clocksource0/"
#define RACE_NS		(500 * XT_MS)
#define HOST_SLACK	120
#define LATE_NS		(2 * XT_NS)

struct race {
	clockid_t clock;
	atomic_llong latest;
	atomic_llong reads;
	atomic_llong backwards;
	int64_t end;
};

struct racer {
	struct race *race;
	int cpu;
};

static void *race_on_cpu(void *arg)
{
	struct racer *racer = arg;
	struct race *race = racer->race;
	long long seen, now;

	if (xt_pin(racer->cpu))
		return arg;

	do {
		/* Ordered: the clock is read after somebody else's reading. */
		seen = atomic_load(&race->latest);
		now = xt_clock(race->clock);
		if (now < seen)
			atomic_fetch_add(&race->backwards, 1);
		while (seen < now &&
		       !atomic_compare_exchange_weak(&race->latest, &seen, now))
			;
		atomic_fetch_add_explicit(&race->reads, 1,
					  memory_order_relaxed);
	} while (xt_now() < race->end);

	return NULL;
}

/* At least two threads, so that one CPU races with its own past. */
static void run_race(struct __test_metadata *_metadata, clockid_t clock)
{
	int cpus[XT_MAX_CPUS], n = xt_cpus(cpus, XT_MAX_CPUS), threads, i;
	struct race race = { .clock = clock };
	struct racer racers[XT_MAX_CPUS + 1];
	pthread_t ids[XT_MAX_CPUS + 1];
	void *failed;

	ASSERT_LT(0, n);
	threads = n > 1 ? n : 2;
	race.end = xt_now() + RACE_NS;
	for (i = 0; i < threads; i++) {
		racers[i] = (struct racer){ &race, cpus[i % n] };
		ASSERT_EQ(0, pthread_create(&ids[i], NULL, race_on_cpu,
					    &racers[i]));
	}
	for (i = 0; i < threads; i++) {
		ASSERT_EQ(0, pthread_join(ids[i], &failed));
		EXPECT_EQ(NULL, failed);
	}

	EXPECT_EQ(0, race.backwards);
	/* It was a race, and time went on. */
	EXPECT_LT(100 * threads, race.reads);
	EXPECT_LT(0, race.latest);
}

FIXTURE(source)
{
	char was[32];
};

FIXTURE_VARIANT(source)
{
	const char *name;
};

FIXTURE_VARIANT_ADD(source, as_booted)
{
	.name = NULL,
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
	char all[256], now[32];

	ASSERT_TRUE(xt_read_file(CLOCKS "current_clocksource", self->was,
				 sizeof(self->was)));
	if (!variant->name)
		return;

	ASSERT_TRUE(xt_read_file(CLOCKS "available_clocksource", all,
				 sizeof(all)));
	if (!strstr(all, variant->name))
		SKIP(return, "clock source %s is not on offer", variant->name);

	ASSERT_TRUE(xt_write_file(CLOCKS "current_clocksource", variant->name));
	ASSERT_TRUE(xt_read_file(CLOCKS "current_clocksource", now,
				 sizeof(now)));
	ASSERT_STREQ(variant->name, now);
}

FIXTURE_TEARDOWN(source)
{
	xt_write_file(CLOCKS "current_clocksource", self->was);
}

TEST_F_TIMEOUT(source, monotonic, 60)
{
	run_race(_metadata, CLOCK_MONOTONIC);
}

TEST_F_TIMEOUT(source, monotonic_raw, 60)
{
	run_race(_metadata, CLOCK_MONOTONIC_RAW);
}

TEST_F_TIMEOUT(source, boottime, 60)
{
	run_race(_metadata, CLOCK_BOOTTIME);
}

/* Two clocks of the same hardware agree on how long something took. */
TEST(raw_and_corrected_clock_agree)
{
	int64_t raw = xt_clock(CLOCK_MONOTONIC_RAW), mono = xt_now(), drift;

	usleep(500000);
	mono = xt_now() - mono;
	raw = xt_clock(CLOCK_MONOTONIC_RAW) - raw;
	drift = llabs(mono - raw);

	EXPECT_LE(500 * XT_MS, mono);
	/* ntp may slew by 500 ppm; scheduling between the reads is not drift. */
	EXPECT_GT(50 * XT_MS, drift);
}

TEST(realtime_is_the_hosts)
{
	const char *env = getenv("XEN_HOST_TIME");
	long long host, boot;
	char val[32];

	if (env)
		snprintf(val, sizeof(val), "%s", env);
	else if (!xt_cmdline("xen_host_time", val, sizeof(val)))
		SKIP(return, "no XEN_HOST_TIME, no xen_host_time= on the command line");

	host = atoll(val);
	ASSERT_LT(0, host);
	boot = (xt_clock(CLOCK_REALTIME) - xt_clock(CLOCK_BOOTTIME)) / XT_NS;
	EXPECT_LE(host - HOST_SLACK, boot);
	EXPECT_GE(host + HOST_SLACK, boot);
}

/* Even without the host's word: not 1970. 1.7e9 is November 2023. */
TEST(realtime_is_set)
{
	EXPECT_LT(1700000000LL, xt_clock(CLOCK_REALTIME) / XT_NS);
}

FIXTURE(sleep)
{
};

FIXTURE_VARIANT(sleep)
{
	int ms;
	int times;
};

FIXTURE_VARIANT_ADD(sleep, ms_1)
{
	.ms = 1,
	.times = 50,
};

FIXTURE_VARIANT_ADD(sleep, ms_10)
{
	.ms = 10,
	.times = 20,
};

FIXTURE_VARIANT_ADD(sleep, ms_100)
{
	.ms = 100,
	.times = 3,
};

FIXTURE_SETUP(sleep)
{
}

FIXTURE_TEARDOWN(sleep)
{
}

TEST_F_TIMEOUT(sleep, not_early_not_absurdly_late, 60)
{
	int cpus[XT_MAX_CPUS], n = xt_cpus(cpus, XT_MAX_CPUS), i, j;
	struct timespec ts = { .tv_nsec = variant->ms * XT_MS };
	int64_t start, took, longest = 0;

	ASSERT_LT(0, n);
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, xt_pin(cpus[i]));
		for (j = 0; j < variant->times; j++) {
			start = xt_now();
			ASSERT_EQ(0, clock_nanosleep(CLOCK_MONOTONIC, 0, &ts,
						     NULL));
			took = xt_now() - start;
			ASSERT_LE(variant->ms * XT_MS, took) {
				TH_LOG("CPU %d woke up early", cpus[i]);
			}
			if (took > longest)
				longest = took;
		}
	}

	EXPECT_GT(LATE_NS, longest);
	TH_LOG("longest of %d ms on %d CPUs: %lld us", variant->ms, n,
	       (long long)longest / 1000);
}

/* Steal time of all CPUs together in ticks, -1 if the kernel does not tell. */
static long long stolen_ticks(void)
{
	long long user, nice, sys, idle, wait, irq, soft, steal;
	char text[4096];

	if (!xt_read_file("/proc/stat", text, sizeof(text)) ||
	    sscanf(text, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", &user,
		   &nice, &sys, &idle, &wait, &irq, &soft, &steal) != 8)
		return -1;

	return steal;
}

/*
 * This CPU never stops, and what it writes has to be fetched by the console's
 * daemon: where that has no processor to itself, it takes ours away. As far as that
 * goes, and no more than there is.
 */
TEST(stolen_time_is_told)
{
	static const char text[] = "# much of this for the steal time\n";
	int cpus[XT_MAX_CPUS], n = xt_cpus(cpus, XT_MAX_CPUS), out, i;
	long long before = stolen_ticks(), after = before;
	pid_t spinner[XT_MAX_CPUS];
	int64_t begin = xt_now();

	XT_NEED_XEN();
	ASSERT_LE(0, before);
	out = open("/dev/hvc0", O_WRONLY | O_NOCTTY);
	if (out < 0)
		SKIP(return, "no /dev/hvc0");

	for (i = 0; i < n; i++) {
		spinner[i] = fork();
		ASSERT_LE(0, spinner[i]);
		while (!spinner[i])
			xt_pin(cpus[i]);
	}
	while (after <= before && xt_now() < begin + 15 * XT_NS) {
		ASSERT_EQ(sizeof(text) - 1, write(out, text, sizeof(text) - 1));
		after = stolen_ticks();
	}
	for (i = 0; i < n; i++) {
		kill(spinner[i], SIGKILL);
		waitpid(spinner[i], NULL, 0);
	}
	if (after == before)
		SKIP(return, "nobody takes our processors");
	EXPECT_LT(before, after);
	EXPECT_GE((xt_now() - begin) * n / XT_NS * sysconf(_SC_CLK_TCK) +
		  sysconf(_SC_CLK_TCK), after - before);
}

TEST_HARNESS_MAIN
