/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's side of grantpeer.h: asking grant_peer, in dom0, to do something.
 */
#ifndef PEER_H
#define PEER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "grantpeer.h"

#define PEER_MS		5000

struct peer {
	struct xs_handle *xs;
	unsigned long number;
	char answer[GP_TEXT_MAX + 32];
};

/*
 * Has the peer carry out a command. Returns the text behind its "ok ", NULL when it
 * reports an error or nothing.
 */
static inline char *peer_ask(struct peer *p, const char *format, ...)
{
	char cmd[GP_TEXT_MAX + 32], *ack, *rest = NULL;
	unsigned int len;
	va_list args;
	int n, i;

	n = snprintf(cmd, sizeof(cmd), "%lu ", ++p->number);
	va_start(args, format);
	vsnprintf(cmd + n, sizeof(cmd) - n, format, args);
	va_end(args);
	p->answer[0] = '\0';
	if (!xs_write(p->xs, XBT_NULL, GP_DIR "/" GP_CMD, cmd, strlen(cmd)))
		return NULL;

	for (i = 0; i < PEER_MS / 20; i++) {
		ack = xs_read(p->xs, XBT_NULL, GP_DIR "/" GP_ACK, &len);
		if (ack && strtoul(ack, &rest, 10) == p->number) {
			snprintf(p->answer, sizeof(p->answer), "%s", rest + 1);
			free(ack);
			if (strncmp(p->answer, "ok", 2))
				return NULL;
			return p->answer + 2 + (p->answer[2] == ' ');
		}
		free(ack);
		usleep(20000);
	}
	snprintf(p->answer, sizeof(p->answer), "no answer");
	return NULL;
}

/* Begins with nothing mapped and nothing granted; false if the peer is not there. */
static inline bool peer_open(struct peer *p)
{
	struct timespec now;

	p->xs = xs_open(0);
	if (!p->xs)
		return false;
	/* Larger than those of the test before. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	p->number = now.tv_sec * 1000UL + now.tv_nsec / 1000000;
	/* Left over from a test that failed. */
	peer_ask(p, "unmap");
	peer_ask(p, "free");
	return strcmp(p->answer, "no answer");
}

static inline void peer_close(struct peer *p)
{
	xs_close(p->xs);
}

#endif /* PEER_H */
