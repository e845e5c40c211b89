/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A grant table in ordinary memory, with a Xen behind it that does as told.
 * gnttab_init() of the driver under test runs on it as on the real one.
 */

#ifndef _XEN_GRANT_FAKE_TABLE_H
#define _XEN_GRANT_FAKE_TABLE_H

#include <kunit/test.h>
#include <xen/grant_table.h>

#include "grant.h"

#define FAKE_FRAMES	4
#define FAKE_NONE	UINT_MAX

/**
 * struct fake_table - what the fake Xen answers, and what it was asked
 * @max_frames: what it says it allows
 * @query_error: error of the query, 0 for none
 * @set_version_error: error of choosing the version, 0 for none
 * @get_version_error: error of telling the version, 0 for none
 * @version: the version that it tells
 * @fail_frame: frame that it refuses, FAKE_NONE for none
 * @placed: the frames that it was asked to place, in order
 * @nr_placed: how many
 * @saved_frames: the system's own, put back when the test ends
 */
struct fake_table {
	unsigned int max_frames;
	int query_error;
	int set_version_error;
	int get_version_error;
	unsigned int version;
	unsigned int fail_frame;
	unsigned int placed[64];
	unsigned int nr_placed;
	struct grant_frames saved_frames;
};

/* Without gnttab_init(). For .init of a suite; puts itself in test->priv. */
int fake_table_setup(struct kunit *test);

/* With gnttab_init() */
int fake_table_start(struct kunit *test);

/* For .exit of a suite */
void fake_table_exit(struct kunit *test);

unsigned int fake_free_refs(void);
unsigned int fake_deferred(void);

#endif /* _XEN_GRANT_FAKE_TABLE_H */
