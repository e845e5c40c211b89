// SPDX-License-Identifier: GPL-2.0
/*
 * smp - CPUs reach each other: wake-ups, migrations, barriers, TLB shoot-downs
 *
 * Every test makes the kernel send interrupts between CPUs and then checks what
 * these interrupts are for: a thread runs where it was sent, no store gets
 * through a mapping that was made read-only, no load sees a page that was
 * replaced. With one CPU there is nobody to interrupt: those tests are skipped.
 *
 * Environment: XEN_VCPUS  expected number of CPUs
 * Time: 15 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#define MIGRATIONS	200
#define BARRIERS	200
#define BARRIER_ROUNDS	100
#define ROUNDS		100
#define PAGES		8

TEST(all_cpus_take_work)
{
	int cpus[XT_MAX_CPUS], n = xt_cpus(cpus, XT_MAX_CPUS), i;
	const char *want = getenv("XEN_VCPUS");

	ASSERT_LT(0, n);
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_CONF), n);
	if (want) {
		EXPECT_EQ(atoi(want), n);
	}
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, xt_pin(cpus[i]));
		EXPECT_EQ(cpus[i], sched_getcpu());
	}
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
}

FIXTURE_TEARDOWN(cpus)
{
}

struct wanderer {
	const int *cpu;
	int n;
	int start;
	int wrong;
};

static void *wander(void *arg)
{
	struct wanderer *w = arg;
	int i, cpu;

	for (i = 0; i < MIGRATIONS; i++) {
		cpu = w->cpu[(w->start + i) % w->n];
		if (xt_pin(cpu) || sched_getcpu() != cpu)
			w->wrong++;
	}

	return NULL;
}

/* Two threads per CPU, all on the move. */
TEST_F_TIMEOUT(cpus, migration_storm, 120)
{
	struct wanderer w[2 * XT_MAX_CPUS];
	pthread_t ids[2 * XT_MAX_CPUS];
	int i;

	for (i = 0; i < 2 * self->n; i++) {
		w[i] = (struct wanderer){ self->cpu, self->n, i, 0 };
		ASSERT_EQ(0, pthread_create(&ids[i], NULL, wander, &w[i]));
	}
	for (i = 0; i < 2 * self->n; i++) {
		ASSERT_EQ(0, pthread_join(ids[i], NULL));
		EXPECT_EQ(0, w[i].wrong);
	}
}

static atomic_bool spin_on;

static void *spin(void *arg)
{
	xt_pin(*(int *)arg);
	while (atomic_load(&spin_on))
		;

	return NULL;
}

/*
 * An expedited barrier interrupts every other CPU that runs this process. While
 * a spinner is preempted its CPU is left out, and barriers that leave all out
 * take no time: so barriers are counted in rounds, and each CPU must come to
 * BARRIERS call-function interrupts in one of the rounds that it is given.
 */
TEST_F_TIMEOUT(cpus, membarrier_interrupts_everybody, 120)
{
	long long before[XT_MAX_CPUS], after[XT_MAX_CPUS];
	pthread_t ids[XT_MAX_CPUS];
	int i, round, done;

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
		    0, 0))
		SKIP(return, "no membarrier (CONFIG_MEMBARRIER)");

	ASSERT_EQ(0, xt_pin(self->cpu[0]));
	atomic_store(&spin_on, true);
	for (i = 1; i < self->n; i++)
		ASSERT_EQ(0, pthread_create(&ids[i], NULL, spin,
					    &self->cpu[i]));

	for (i = 1; i < self->n; i++)
		before[i] = xt_interrupts("Function call", "", i);
	for (round = 0, done = 1; round < BARRIER_ROUNDS && done < self->n;
	     round++) {
		usleep(20000);
		for (i = 0; i < BARRIERS; i++)
			ASSERT_EQ(0, syscall(SYS_membarrier,
					     MEMBARRIER_CMD_PRIVATE_EXPEDITED,
					     0, 0));
		for (i = 1, done = 1; i < self->n; i++) {
			after[i] = xt_interrupts("Function call", "", i);
			done += after[i] - before[i] >= BARRIERS;
		}
	}
	for (i = 1; i < self->n; i++) {
		EXPECT_LE(BARRIERS, after[i] - before[i]) {
			TH_LOG("CPU %d", self->cpu[i]);
		}
	}

	atomic_store(&spin_on, false);
	for (i = 1; i < self->n; i++)
		ASSERT_EQ(0, pthread_join(ids[i], NULL));
}

/* One thread wakes the other on another CPU, and is woken by it. */
struct ping_pong {
	int in;
	int out;
	int cpu;
	int rounds;
};

static void *pong(void *arg)
{
	struct ping_pong *p = arg;
	char c;

	if (xt_pin(p->cpu))
		return arg;

	for (p->rounds = 0; read(p->in, &c, 1) == 1; p->rounds++)
		if (write(p->out, &c, 1) != 1)
			break;

	return NULL;
}

TEST_F_TIMEOUT(cpus, wake_ups_across_cpus, 120)
{
	int to[2], from[2], i, j;
	struct ping_pong p;
	pthread_t id;
	char c = 'x';

	ASSERT_EQ(0, xt_pin(self->cpu[0]));
	for (i = 1; i < self->n; i++) {
		ASSERT_EQ(0, pipe(to));
		ASSERT_EQ(0, pipe(from));
		p = (struct ping_pong){ to[0], from[1], self->cpu[i], 0 };
		ASSERT_EQ(0, pthread_create(&id, NULL, pong, &p));
		for (j = 0; j < ROUNDS; j++) {
			ASSERT_EQ(1, write(to[1], &c, 1));
			ASSERT_EQ(1, read(from[0], &c, 1));
		}
		close(to[1]);
		ASSERT_EQ(0, pthread_join(id, NULL));
		EXPECT_EQ(ROUNDS, p.rounds);
		close(to[0]);
		close(from[0]);
		close(from[1]);
	}
}

/* --- TLB --- */

static uint64_t *shared;
static atomic_ullong generation;
static atomic_bool tlb_stop;
static atomic_llong accesses;
static atomic_llong stale;
static atomic_llong faults;
static __thread sigjmp_buf fault_jump;

static uint64_t *word(int page)
{
	return shared + page * (4096 / sizeof(uint64_t));
}

static void on_fault(int sig)
{
	atomic_fetch_add(&faults, 1);
	siglongjmp(fault_jump, 1);
}

/*
 * Whoever has seen generation g must find at least g in the page: a smaller
 * number comes from the page that was there before, through a stale entry.
 */
static void *read_pages(void *arg)
{
	unsigned long long g;
	int page = 0;

	xt_pin(*(int *)arg);
	while (!atomic_load(&tlb_stop)) {
		g = atomic_load(&generation);
		if (*(volatile uint64_t *)word(page) < g)
			atomic_fetch_add(&stale, 1);
		atomic_fetch_add_explicit(&accesses, 1, memory_order_relaxed);
		page = (page + 1) % PAGES;
	}

	return NULL;
}

static void *write_page(void *arg)
{
	/* Written before and after the jump: not kept in a register. */
	volatile uint64_t count = 0;

	xt_pin(*(int *)arg);
	while (!atomic_load(&tlb_stop)) {
		if (sigsetjmp(fault_jump, 1)) {
			sched_yield();
			continue;
		}
		count++;
		*(volatile uint64_t *)word(0) = count;
		atomic_fetch_add_explicit(&accesses, 1, memory_order_relaxed);
	}

	return NULL;
}

FIXTURE(tlb)
{
	int cpu[XT_MAX_CPUS];
	pthread_t ids[XT_MAX_CPUS];
	int n;
};

FIXTURE_SETUP(tlb)
{
	self->n = xt_cpus(self->cpu, XT_MAX_CPUS);
	ASSERT_LT(0, self->n);
	if (self->n < 2)
		SKIP(return, "only one CPU");

	shared = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
}

FIXTURE_TEARDOWN(tlb)
{
}

static void start_others(struct __test_metadata *_metadata, int *cpu,
			 pthread_t *ids, int n, void *(*fn)(void *))
{
	int64_t end = xt_now() + 5 * XT_NS;
	int i;

	ASSERT_EQ(0, xt_pin(cpu[0]));
	for (i = 1; i < n; i++)
		ASSERT_EQ(0, pthread_create(&ids[i], NULL, fn, &cpu[i]));
	while (!atomic_load(&accesses) && xt_now() < end)
		usleep(1000);
	ASSERT_LT(0, atomic_load(&accesses));
}

static void stop_others(struct __test_metadata *_metadata, pthread_t *ids,
			int n)
{
	int i;

	atomic_store(&tlb_stop, true);
	for (i = 1; i < n; i++)
		ASSERT_EQ(0, pthread_join(ids[i], NULL));
}

TEST_F_TIMEOUT(tlb, replaced_pages_are_not_seen, 120)
{
	uint64_t g, *fresh;
	int page;

	start_others(_metadata, self->cpu, self->ids, self->n, read_pages);
	for (g = 1; g <= ROUNDS; g++) {
		for (page = 0; page < PAGES; page++) {
			fresh = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			ASSERT_NE(MAP_FAILED, fresh);
			*fresh = g;
			/* Unmaps what is there, and its page is freed. */
			ASSERT_EQ(word(page),
				  mremap(fresh, 4096, 4096,
					 MREMAP_MAYMOVE | MREMAP_FIXED,
					 word(page)));
		}
		atomic_store(&generation, g);
	}
	stop_others(_metadata, self->ids, self->n);

	EXPECT_EQ(0, stale);
	EXPECT_LT(ROUNDS, accesses);
}

TEST_F_TIMEOUT(tlb, no_store_after_mprotect, 120)
{
	struct sigaction sa = { .sa_handler = on_fault };
	uint64_t first, later;
	int i;

	ASSERT_EQ(0, sigaction(SIGSEGV, &sa, NULL));
	start_others(_metadata, self->cpu, self->ids, self->n, write_page);
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, mprotect(shared, 4096, PROT_READ));
		first = *(volatile uint64_t *)word(0);
		usleep(500);
		later = *(volatile uint64_t *)word(0);
		ASSERT_EQ(first, later) {
			TH_LOG("a store came through in round %d", i);
		}
		ASSERT_EQ(0, mprotect(shared, 4096, PROT_READ | PROT_WRITE));
		usleep(200);
	}
	stop_others(_metadata, self->ids, self->n);

	/* The others did try. */
	EXPECT_LT(0, faults);
	EXPECT_LT(ROUNDS, accesses);
}

static void *map_unmap(void *arg)
{
	uint64_t *map;
	int i;

	xt_pin(*(int *)arg);
	for (i = 0; i < ROUNDS; i++) {
		map = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (map == MAP_FAILED)
			return arg;
		map[0] = i;
		map[15 * 512] = i;
		/* New memory is zero, and ours alone. */
		if (map[512] || map[0] != i || map[15 * 512] != i)
			return arg;
		munmap(map, 16 * 4096);
	}

	return NULL;
}

TEST_F_TIMEOUT(tlb, everybody_maps_and_unmaps, 120)
{
	void *failed;
	int i;

	for (i = 0; i < self->n; i++)
		ASSERT_EQ(0, pthread_create(&self->ids[i], NULL, map_unmap,
					    &self->cpu[i]));
	for (i = 0; i < self->n; i++) {
		ASSERT_EQ(0, pthread_join(self->ids[i], &failed));
		EXPECT_EQ(NULL, failed);
	}
}

TEST_HARNESS_MAIN
