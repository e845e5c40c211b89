// SPDX-License-Identifier: GPL-2.0
/*
 * memory_load - hold memory and look whether it keeps what is in it
 *
 * Not a test of its own: tests of the balloon run it beside them.
 *
 *	memory_load MB FILE
 *
 * Fills so many megabytes with a pattern, checks all of it a little later, fills it
 * with the next one, and so on until it is killed. FILE always holds the number of rounds so far.
 * A word that has changed ends it with status 1 and a message.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t pattern(size_t i, uint64_t round)
{
	return (i + round) * 0x9e3779b97f4a7c15;
}

static void fill(uint64_t *words, size_t n, uint64_t round)
{
	size_t i;

	for (i = 0; i < n; i++)
		words[i] = pattern(i, round);
}

static int check(const uint64_t *words, size_t n, uint64_t round)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (words[i] == pattern(i, round))
			continue;
		printf("round %llu: word %zu is %#llx\n",
		       (unsigned long long)round, i,
		       (unsigned long long)words[i]);
		return 1;
	}
	return 0;
}

static int report(int fd, uint64_t round)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%llu\n",
			   (unsigned long long)round);

	return pwrite(fd, text, len, 0) == len ? 0 : -1;
}

int main(int argc, char **argv)
{
	uint64_t round, *words;
	size_t size;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: memory_load MB FILE\n");
		return 2;
	}
	size = strtoul(argv[1], NULL, 0) << 20;
	fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	words = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!size || fd < 0 || words == MAP_FAILED) {
		perror("memory_load");
		return 2;
	}
	for (round = 0;; round++) {
		if (report(fd, round)) {
			perror(argv[2]);
			return 2;
		}
		fill(words, size / sizeof(*words), round);
		usleep(300 * 1000);
		if (check(words, size / sizeof(*words), round))
			return 1;
	}
}
