/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world for the pair of pair.h: buses of its own, its nodes in xenstore.
 */
#ifndef _XEN_TEST_PAIR_WORLD_H
#define _XEN_TEST_PAIR_WORLD_H

#include "fake_world.h"
#include "pair.h"

/* As the kernel under test names its own nodes; and whole */
#define FRONT		"device/sum/0"
#define FRONT_PATH	"/local/domain/5/device/sum/0"
#define BACK		"backend/sum/5/0"
#define BACK_PATH	"/local/domain/5/backend/sum/5/0"

/* The other ends, where the test plays them */
#define PEER_FRONT_BACK	"backend/sum/7/0"
#define PEER_FRONT	"/local/domain/7/device/sum/0"
#define PEER_BACK	"/local/domain/7/backend/sum/5/0"

/* For .init and .exit */
int pair_init(struct kunit *test);
void pair_exit(struct kunit *test);

/*
 * What a toolstack writes for a device before any driver hears of it, and how it
 * makes the kernel look. With several devices, all are described first.
 */
void pair_describe_front(const char *backend, domid_t domid);
void pair_describe_back(const char *node, const char *frontend, domid_t domid);
void pair_announce(const char *node);
/* Both ends in this kernel, described, announced and connected */
void pair_connect(struct kunit *test);
/* Removes a node; all nodes, and waits until no device is left */
void pair_remove(const char *node);
void pair_clear(struct kunit *test);

/* Lets things happen until the state of a node, ours or the peer's, is @state */
bool pair_reaches(struct kunit *test, const char *path,
		  enum xenbus_state state);
bool pair_settles(struct kunit *test, bool (*cond)(void *arg));
/* The peer, or the toolstack, writes a key */
void pair_write(struct kunit *test, const char *path, const char *key,
		const char *value);
/* A number that one of the drivers wrote; fails if there is none */
unsigned int pair_number(struct kunit *test, const char *path,
			 const char *key);

#endif /* _XEN_TEST_PAIR_WORLD_H */
