// SPDX-License-Identifier: GPL-2.0
/*
 * vmcore_read - read all of /proc/vmcore
 *
 *	vmcore_read [FILE] NONCE COUNT
 *
 * Prints, as a line that a shell can evaluate, how many MB there are, how many of
 * these are bytes with all bits set; and of the COUNT pages that page_fill has made with
 * NONCE how many are there intact, how many are not, and how many more than once.
 *
 * FILE	is read instead
 *
 * Needs: CONFIG_PROC_VMCORE, and a kernel that was started by a crash.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "numberedpage.h"

#define BLOCK_PAGES 256

static struct numbered_page buf[BLOCK_PAGES];

struct found {
	unsigned long long bytes;
	unsigned long long ones;
	unsigned long long intact;
	unsigned long long broken;
	unsigned long long again;
};

static unsigned long count_ones(const struct numbered_page *page)
{
	const unsigned char *p = (const unsigned char *)page;
	unsigned long ones = 0;
	size_t len = sizeof(*page);

	while (len--)
		ones += *p++ == 0xff;
	return ones;
}

/* @seen has a byte for each number. */
static void look_at(const struct numbered_page *page, uint64_t nonce,
		    uint64_t count, unsigned char *seen, struct found *found)
{
	found->ones += count_ones(page);
	if (!page_is_numbered(page, nonce, count))
		return;
	if (page_sum(page) != page->word[PAGE_WORDS - 1])
		found->broken++;
	else if (seen[page->word[1]]++)
		found->again++;
	else
		found->intact++;
}

/* As much as there is, up to the size of @buf; -1 for an error */
static ssize_t read_block(int fd)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, (char *)buf + len, sizeof(buf) - len);
		if (n < 0)
			return n;
		len += n;
	} while (n && len < sizeof(buf));
	return len;
}

/* In a dump, pages of memory are where pages of the file are. */
static int read_all(int fd, uint64_t nonce, uint64_t count,
		    unsigned char *seen, struct found *found)
{
	ssize_t n;
	size_t i;

	while ((n = read_block(fd)) > 0) {
		found->bytes += n;
		for (i = 0; i < n / sizeof(buf[0]); i++)
			look_at(&buf[i], nonce, count, seen, found);
	}
	return n < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	const char *path = argc == 4 ? argv[1] : "/proc/vmcore";
	struct found found = { 0 };
	uint64_t nonce, count;
	unsigned char *seen;
	int fd;

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: vmcore_read [FILE] NONCE COUNT\n");
		return 2;
	}
	nonce = strtoull(argv[argc - 2], NULL, 0);
	count = strtoull(argv[argc - 1], NULL, 0);
	seen = calloc(count, 1);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!seen || fd < 0 || read_all(fd, nonce, count, seen, &found)) {
		fprintf(stderr, "%s: %s after %llu bytes\n", path,
			strerror(errno), found.bytes);
		return 1;
	}
	printf("mb=%llu ones_mb=%llu intact=%llu broken=%llu again=%llu\n",
	       found.bytes >> 20, found.ones >> 20, found.intact, found.broken,
	       found.again);
	return 0;
}
