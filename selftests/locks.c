// SPDX-License-Identifier: GPL-2.0
/*
 * locks - CPUs wait for a spin lock of the kernel's, and none waits for ever
 *
 * Threads on all CPUs take the same lock all the time. With more vCPUs than
 * processors, holders are preempted and the others give up their processor until they
 * are woken up; xen/spinlocks in debugfs counts that.
 *
 * Time: 5 s at most.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <pthread.h>
#include <stdatomic.h>

#define SPINLOCKS	"/sys/kernel/debug/xen/spinlocks"

/* How often CPUs have given up their processor for a lock, and were woken up. */
static bool lock_counts(long long *waits, long long *wakes)
{
	char text[1 << 14], *line, *save;
	long long w, k;

	*waits = 0;
	*wakes = 0;
	if (!xt_read_file(SPINLOCKS, text, sizeof(text)))
		return false;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "CPU %*u: %lld waits, %lld wake-ups", &w, &k) != 2)
			return false;
		*waits += w;
		*wakes += k;
	}

	return true;
}

static atomic_bool lock_stop;
static atomic_llong lock_rounds;

/* All threads of a process share a table of files, and the spin lock of it. */
static void *take_lock(void *arg)
{
	int fd;

	while (!atomic_load(&lock_stop)) {
		fd = dup(0);
		if (fd < 0 || close(fd))
			return arg;
		atomic_fetch_add_explicit(&lock_rounds, 1, memory_order_relaxed);
	}

	return NULL;
}

FIXTURE(cpus)
{
	int n;
};

FIXTURE_SETUP(cpus)
{
	int cpus[XT_MAX_CPUS];

	self->n = xt_cpus(cpus, XT_MAX_CPUS);
	ASSERT_LT(0, self->n);
	if (self->n < 2)
		SKIP(return, "only one CPU");
}

FIXTURE_TEARDOWN(cpus)
{
}

/* Two threads per CPU, until CPUs have waited for a lock: some 5 s at most. */
TEST_F_TIMEOUT(cpus, waiting_for_a_lock, 120)
{
	int n = self->n, i;
	long long waits, wakes, waits_before, wakes_before;
	int64_t end = xt_now() + 5 * XT_NS;
	pthread_t ids[2 * XT_MAX_CPUS];
	bool counted;
	void *failed;

	counted = lock_counts(&waits_before, &wakes_before);
	for (i = 0; i < 2 * n; i++)
		ASSERT_EQ(0, pthread_create(&ids[i], NULL, take_lock,
					    &lock_rounds));
	do {
		usleep(200000);
		lock_counts(&waits, &wakes);
	} while (counted && waits < waits_before + 10 && xt_now() < end);
	atomic_store(&lock_stop, true);
	for (i = 0; i < 2 * n; i++) {
		ASSERT_EQ(0, pthread_join(ids[i], &failed));
		EXPECT_EQ(NULL, failed);
	}

	EXPECT_LT(2 * n, lock_rounds);
	TH_LOG("%lld rounds, %lld waits, %lld wake-ups", (long long)lock_rounds,
	       waits - waits_before, wakes - wakes_before);
	/* Who slept for a lock was woken up, but for those who slept in vain. */
	if (counted && waits >= waits_before + 10) {
		EXPECT_LT(wakes_before, wakes);
	}
}

TEST_HARNESS_MAIN
