// SPDX-License-Identifier: GPL-2.0
/*
 * grant_peer - the other domain for grant_user
 *
 *	grant_peer DOMID
 *
 * Runs where /dev/xen/gntdev and /dev/xen/gntalloc are and where the guest's part
 * of the store can be written, that is, in dom0. Serves the commands of grantpeer.h
 * until it is ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenstore.h>

#include "grantdev.h"
#include "grantpeer.h"

#define GP_KEPT_FILE	"/sys/kernel/debug/xen-grant/domains"

struct page {
	char *at;
	uint64_t index;
	uint32_t count;
};

static int domid;
static int map_fd, alloc_fd;
static struct page mapped, granted;

static int do_map(const char *mode, uint32_t ref)
{
	int prot = PROT_READ | (*mode == 'w' ? PROT_WRITE : 0);
	int err;

	if (mapped.at)
		return EBUSY;
	err = gd_prepare_map(map_fd, domid, ref, &mapped.index);
	if (err)
		return err;

	mapped.at = mmap(NULL, GD_PAGE, prot, MAP_SHARED, map_fd, mapped.index);
	if (mapped.at != MAP_FAILED)
		return 0;

	err = errno;
	mapped.at = NULL;
	gd_forget_map(map_fd, mapped.index);
	return err;
}

static int do_unmap(void)
{
	if (!mapped.at)
		return ENOENT;
	if (munmap(mapped.at, GD_PAGE))
		return errno;
	mapped.at = NULL;
	return gd_forget_map(map_fd, mapped.index);
}

static int do_grant(uint32_t count, struct gd_grant *g)
{
	uint32_t i;
	int err;

	if (granted.at)
		return EBUSY;
	err = gd_alloc(alloc_fd, domid, count, true, g);
	if (err)
		return err;

	granted.index = g->index;
	granted.at = mmap(NULL, count * GD_PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, alloc_fd, g->index);
	if (granted.at == MAP_FAILED) {
		err = errno;
		granted.at = NULL;
		gd_free(alloc_fd, g);
		return err;
	}
	granted.count = count;
	for (i = 0; i < count; i++)
		sprintf(granted.at + i * GD_PAGE, "page %u", i);
	return 0;
}

static int do_free(void)
{
	struct gd_grant g = { .index = granted.index, .count = granted.count };

	if (!granted.at)
		return ENOENT;
	munmap(granted.at, granted.count * GD_PAGE);
	granted.at = NULL;
	return gd_free(alloc_fd, &g);
}

/* Ended grants that the guest still uses; -1 if this kernel does not tell. */
static int kept(void)
{
	FILE *file = fopen(GP_KEPT_FILE, "r");
	int domain, count = 0, n;
	char line[128];

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%d %d", &domain, &n) == 2 && domain == domid)
			count = n;
	}
	fclose(file);
	return count;
}

static void answer_refs(const struct gd_grant *g, char *ack, size_t size)
{
	uint32_t i;
	int n = snprintf(ack, size, "ok");

	for (i = 0; i < g->count; i++)
		n += snprintf(ack + n, size - n, " %u", g->refs[i]);
}

static void serve(char *cmd, char *ack, size_t size)
{
	char *at = mapped.at ? mapped.at : granted.at;
	uint32_t size_of_at = (mapped.at ? 1 : granted.count) * GD_PAGE;
	char mode[2], text[GP_TEXT_MAX + 1] = "";
	struct gd_grant g = { };
	bool is_free = !strcmp(cmd, "free");
	int before = is_free ? kept() : 0;
	uint32_t num = 0;
	int err = 0;

	if (sscanf(cmd, "map %1[rw] %u", mode, &num) == 2)
		err = do_map(mode, num);
	else if (sscanf(cmd, "clear %u", &num) == 1)
		err = gd_clear_on_unmap(map_fd, mapped.index + num);
	else if (!strcmp(cmd, "unmap"))
		err = do_unmap();
	else if (is_free)
		err = do_free();
	else if (!strcmp(cmd, "grant"))
		err = do_grant(1, &g);
	else if (sscanf(cmd, "grant %u", &num) == 1)
		err = num && num <= GP_MAX_PAGES ? do_grant(num, &g) : EINVAL;
	else if (!at)
		err = ENOENT;
	else if (!strncmp(cmd, "put ", 4))
		snprintf(at, GP_TEXT_MAX, "%s", cmd + 4);
	else if (!strcmp(cmd, "get") || (sscanf(cmd, "get %u", &num) == 1 &&
					 num < size_of_at))
		snprintf(text, sizeof(text), " %.*s", GP_TEXT_MAX - 1,
			 at + num);
	else
		err = EINVAL;

	if (err)
		snprintf(ack, size, "error %d", err);
	else if (g.count)
		answer_refs(&g, ack, size);
	else if (is_free)
		snprintf(ack, size, "ok %d", before < 0 ? -1 : kept() - before);
	else
		snprintf(ack, size, "ok%s", text);
}

static char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "/local/domain/%d/" GP_DIR "/%s", domid,
		 name);
	return path;
}

/* One command, if there is a new one. */
static void look(struct xs_handle *xs, unsigned long *last)
{
	char ack[GP_TEXT_MAX + 32], *cmd, *rest;
	unsigned long number;
	unsigned int len;
	int n;

	cmd = xs_read(xs, XBT_NULL, path_of(GP_CMD), &len);
	if (!cmd)
		return;

	number = strtoul(cmd, &rest, 10);
	if (number && number != *last && *rest == ' ') {
		*last = number;
		n = snprintf(ack, sizeof(ack), "%lu ", number);
		serve(rest + 1, ack + n, sizeof(ack) - n);
		if (!xs_write(xs, XBT_NULL, path_of(GP_ACK), ack, strlen(ack)))
			perror("grant_peer: cannot answer");
	}
	free(cmd);
}

int main(int argc, char **argv)
{
	unsigned long last = 0;
	struct xs_handle *xs;
	unsigned int n;
	char **event;

	domid = argc == 2 ? atoi(argv[1]) : 0;
	if (domid <= 0) {
		fprintf(stderr, "usage: grant_peer DOMID\n");
		return 1;
	}
	map_fd = open(GD_MAP_DEVICE, O_RDWR | O_CLOEXEC);
	alloc_fd = open(GD_ALLOC_DEVICE, O_RDWR | O_CLOEXEC);
	xs = xs_open(0);
	if (map_fd < 0 || alloc_fd < 0 || !xs ||
	    !xs_watch(xs, path_of(GP_CMD), "cmd")) {
		perror("grant_peer: gntdev, gntalloc or the store");
		return 1;
	}

	while ((event = xs_read_watch(xs, &n))) {
		free(event);
		look(xs, &last);
	}
	perror("grant_peer: the store is gone");
	return 1;
}
