/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread that takes away and makes anew what another one maps frames at, as fast as
 * it can.
 */
#ifndef MAPRACE_H
#define MAPRACE_H

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

#include "privcmddev.h"

/**
 * struct map_race - what the two threads share
 * @addr: @num pages of a file of PD_DEVICE
 * @num: how many; a fifth of them, in the middle, goes
 * @running: until this is false
 * @thread: the one that takes away
 */
struct map_race {
	char *addr;
	unsigned int num;
	volatile bool running;
	pthread_t thread;
};

static void *map_race_run(void *arg)
{
	struct map_race *race = arg;
	int fd = open(PD_DEVICE, O_RDWR | O_CLOEXEC);
	size_t part = race->num / 5 * PD_PAGE;

	while (race->running) {
		munmap(race->addr + 2 * part, part);
		mmap(race->addr, race->num * PD_PAGE, PROT_READ,
		     MAP_SHARED | MAP_FIXED, fd, 0);
	}
	close(fd);
	return NULL;
}

static inline int map_race_begin(struct map_race *race)
{
	race->running = true;
	return pthread_create(&race->thread, NULL, map_race_run, race);
}

static inline int map_race_end(struct map_race *race)
{
	race->running = false;
	return pthread_join(race->thread, NULL);
}

#endif
