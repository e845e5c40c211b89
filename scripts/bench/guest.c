// SPDX-License-Identifier: GPL-2.0
/*
 * The program of "make bench BENCH=boot", the same for both kernels.
 *
 *	guest mark N	in dom0: open phase N
 *	/init		in the guest: its only program, from an initramfs
 *
 * As /init it first marks that the kernel is done, then repeats a few things with
 * which a kernel turns to Xen, each in a phase of its own. A second thread keeps the
 * other CPU busy, so that it has to be interrupted.
 */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define LOOPS		1000
#define ROUNDS		3
#define NS_IN_MS	1000000

/* Phases; scripts/bench/boot knows them by these numbers. */
enum { OTHER = 2, IPI, TLB, TIMER, WAKE, SLEEP };

#define CASE(n)	case n: asm volatile("movabs $0x58454e4d41524b0" #n ", %%rax" ::: "rax"); break

/* The marker is an immediate value, so there is one instruction for each phase. */
static void mark(int phase)
{
	switch (phase) {
	CASE(0);
	CASE(1);
	CASE(2);
	CASE(3);
	CASE(4);
	CASE(5);
	CASE(6);
	CASE(7);
	}
}

static volatile int stop_spinning;
static int ping[2], pong[2];

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/*
 * With a pause, at which the emulator goes on to the next processor: without one it
 * would execute this loop until the next tick of the clock, which would then be in
 * every count.
 */
static void *spin(void *unused)
{
	(void)unused;
	run_on(1);
	while (!stop_spinning)
		__builtin_ia32_pause();
	return NULL;
}

static void *answer(void *unused)
{
	char c;

	(void)unused;
	run_on(1);
	while (read(ping[0], &c, 1) == 1 && c)
		if (write(pong[1], &c, 1) != 1)
			break;
	return NULL;
}

/* Each interrupts the CPU on which the other thread runs. */
static void interrupt_other_cpu(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

static char *page;

/* Taking away a right must be known on all CPUs before the call returns. */
static void flush_other_cpu(void)
{
	page[0]++;
	mprotect(page, 4096, PROT_READ);
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static int timer;

/* A timer that is the next to expire, and away with it: programmed twice. */
static void program_timer(void)
{
	struct itimerspec soon = { .it_value.tv_nsec = NS_IN_MS / 2 };
	struct itimerspec never = { 0 };

	timerfd_settime(timer, 0, &soon, NULL);
	timerfd_settime(timer, 0, &never, NULL);
}

/* Wakes a thread on the idle CPU and is woken by it. */
static void wake_other_cpu(void)
{
	char c = 1;

	if (write(ping[1], &c, 1) == 1 && read(pong[0], &c, 1) != 1)
		exit(1);
}

static void sleep_a_little(void)
{
	struct timespec t = { .tv_nsec = NS_IN_MS / 5 };

	nanosleep(&t, NULL);
}

static void repeat(int phase, void (*what)(void))
{
	int i, round;

	what();
	for (round = 0; round < ROUNDS; round++) {
		mark(phase);
		for (i = 0; i < LOOPS; i++)
			what();
		mark(OTHER);
	}
}

static void measure(void)
{
	pthread_t thread;
	char zero = 0;

	run_on(0);
	pthread_create(&thread, NULL, spin, NULL);
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	timer = timerfd_create(CLOCK_MONOTONIC, 0);
	usleep(1000);
	repeat(IPI, interrupt_other_cpu);
	repeat(TLB, flush_other_cpu);
	stop_spinning = 1;
	pthread_join(thread, NULL);

	repeat(TIMER, program_timer);
	repeat(SLEEP, sleep_a_little);

	if (pipe(ping) || pipe(pong))
		exit(1);
	pthread_create(&thread, NULL, answer, NULL);
	repeat(WAKE, wake_other_cpu);
	if (write(ping[1], &zero, 1) == 1)
		pthread_join(thread, NULL);
}

static void say(const char *text)
{
	FILE *f = fopen("/dev/kmsg", "w");

	if (f) {
		fprintf(f, "@@ %s\n", text);
		fclose(f);
	}
}

static void be_init(void)
{
	mark(OTHER);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	say("init");
	/* Whatever else is still starting */
	sleep(2);
	if (sysconf(_SC_NPROCESSORS_ONLN) >= 2)
		measure();
	say("end");
	sleep(1);
	reboot(RB_POWER_OFF);
	pause();
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "mark"))
		mark(atoi(argv[2]));
	else if (getpid() == 1)
		be_init();
	return 0;
}
