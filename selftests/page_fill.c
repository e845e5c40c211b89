// SPDX-License-Identifier: GPL-2.0
/*
 * page_fill - fill a file in memory with pages that can be told in a dump
 *
 *	page_fill FILE NONCE COUNT
 *
 * NONCE is a number, also to the crash kernel that counts them with vmcore_read. They are
 * written where they stay, so that the dump has each of the COUNT once.
 *
 * Needs: FILE on a tmpfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "numberedpage.h"

static int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	unsigned long long nonce, count, i;
	struct numbered_page *pages;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: page_fill FILE NONCE COUNT\n");
		return 2;
	}
	nonce = strtoull(argv[2], NULL, 0);
	count = strtoull(argv[3], NULL, 0);
	fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(argv[1]);
	/* A full file system is an error here, and a signal later. */
	errno = posix_fallocate(fd, 0, count * sizeof(*pages));
	if (errno)
		return fail(argv[1]);
	pages = mmap(NULL, count * sizeof(*pages), PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED)
		return fail("mmap");
	for (i = 0; i < count; i++)
		page_make(&pages[i], nonce, i);
	return 0;
}
