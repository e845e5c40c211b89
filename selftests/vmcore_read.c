// SPDX-License-Identifier: GPL-2.0
/*
 * vmcore_read - read all of /proc/vmcore
 *
 *	vmcore_read TEXT
 *
 * Prints, as a line that a shell can evaluate, how many MB there are, how many of
 * these are bytes with all bits set, and how often TEXT is in it.
 *
 * Needs: CONFIG_PROC_VMCORE, and a kernel that was started by a crash.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCK (1UL << 20)

/* What is left of the block before stands in front of the next. */
static unsigned char buf[2 * BLOCK];

static unsigned long count_ones(const unsigned char *p, size_t len)
{
	unsigned long ones = 0;

	while (len--)
		ones += *p++ == 0xff;
	return ones;
}

static unsigned long count_text(size_t len, const char *text)
{
	const unsigned char *p = buf, *end = buf + len;
	unsigned long found = 0;

	while ((p = memmem(p, end - p, text, strlen(text)))) {
		found++;
		p++;
	}
	return found;
}

int main(int argc, char **argv)
{
	unsigned long long size = 0, ones = 0, found = 0;
	size_t keep = 0, text_len;
	ssize_t n;
	int fd;

	if (argc != 2 || !argv[1][0] || strlen(argv[1]) > BLOCK) {
		fprintf(stderr, "usage: vmcore_read TEXT\n");
		return 2;
	}
	text_len = strlen(argv[1]);
	fd = open("/proc/vmcore", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (n = read(fd, buf + keep, BLOCK)) > 0) {
		size += n;
		ones += count_ones(buf + keep, n);
		n += keep;
		found += count_text(n, argv[1]);
		keep = (size_t)n < text_len ? (size_t)n : text_len - 1;
		memmove(buf, buf + n - keep, keep);
	}
	if (fd < 0 || n < 0) {
		fprintf(stderr, "/proc/vmcore: %s after %llu bytes\n",
			strerror(errno), size);
		return 1;
	}
	printf("mb=%llu ones_mb=%llu marks=%llu\n", size >> 20, ones >> 20,
	       found);
	return 0;
}
