/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two buses of xenbus once more, for tests: what their devices are is in the
 * fake xenstore, and they look there when the test says so, or watches them.
 */
#ifndef _XENBUS_FAKE_BUS_H
#define _XENBUS_FAKE_BUS_H

#include "fake_store.h"

extern struct xenbus_bus fake_front_bus;
extern struct xenbus_bus fake_back_bus;

/* A fake store and one of the buses on it; the end of both, with its devices */
int fake_bus_init(struct kunit *test, struct xenbus_bus *bus);
void fake_bus_exit(struct kunit *test, struct xenbus_bus *bus);

/* Compares the whole bus with the store. */
void fake_bus_scan(struct xenbus_bus *bus);
/* Removes all nodes of a bus, and with them its devices. */
void fake_bus_clear(struct fake_store *fake, struct xenbus_bus *bus);
unsigned int fake_bus_count(struct xenbus_bus *bus);
/* @name: as in sysfs, like thing-0 */
bool fake_bus_has(struct xenbus_bus *bus, const char *name);

/* For drivers, which may have been registered by an earlier test */
int fake_bus_register(struct xenbus_bus *bus, struct xenbus_driver *drv);
int fake_read_backend(struct xenbus_device *xdev);
/* Devices of the type "thing" */
extern const struct xenbus_device_id fake_things[];

/* Sets one key of a node. */
void fake_set_key(struct fake_store *fake, const char *node, const char *key,
		  const char *value);
/*
 * Nodes as a toolstack makes them, before any driver has seen them: with the other
 * end @path in @domid, which need not be there, in state Initialising
 */
void fake_add_front(struct fake_store *fake, const char *node, const char *path,
		    domid_t domid);
void fake_add_back(struct fake_store *fake, const char *node, const char *path,
		   domid_t domid);
/* A frontend of the type "thing", and its backend in @state */
#define FAKE_BACK	"/local/domain/0/backend/thing/1/0"
void fake_add_thing(struct fake_store *fake, const char *node, const char *state);

#endif
