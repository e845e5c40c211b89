/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A Xen that keeps the memory of one domain, for the tests of the balloon.
 *
 * The pages are real ones of the kernel that runs the tests: the fake only notes
 * which of them have lost their memory, and complains if memory is taken or given
 * twice.
 */
#ifndef _XEN_BALLOON_FAKE_MEMORY_H
#define _XEN_BALLOON_FAKE_MEMORY_H

#include <kunit/test.h>
#include <linux/xarray.h>

#include "balloon.h"

/* Of the domain at the start of a test, far more than a test takes from it */
#define FAKE_PAGES	100000UL

/* For limits and errors: none */
#define FAKE_NONE	LONG_MAX

/**
 * struct fake_memory - the fake, and what it is to do wrong
 * @holes: frames without memory
 * @nr_holes: how many
 * @take: most frames that it takes in a hypercall
 * @give: most frames that it gives in a hypercall
 * @left: frames that it still has to give
 * @error: result of all hypercalls, 0 for their own
 * @maximum: answer to XENMEM_maximum_reservation
 * @extra: pages of the domain that are no RAM of its kernel's
 * @allocations: so many pages can still be allocated, then none
 * @spare: what balloon_spare() says
 * @nr_calls: changes of the reservation that were asked for
 * @kicks: how often the thread was told to look again
 * @saved: balloon_stats of the system
 */
struct fake_memory {
	struct xarray holes;
	unsigned long nr_holes;
	long take;
	long give;
	long left;
	long error;
	long maximum;
	long extra;
	long allocations;
	long spare;
	unsigned int nr_calls;
	unsigned int kicks;
	struct balloon_stats saved;
};

/* .init and .exit of a suite; test->priv is the fake */
int fake_memory_init(struct kunit *test);
void fake_memory_exit(struct kunit *test);

/* Whether nothing is lost: in the balloon or lent is what Xen took. */
void fake_memory_check(struct kunit *test, unsigned long lent);

/* Inflate and deflate with the mutex that they want held */
unsigned long fake_inflate(unsigned long nr);
unsigned long fake_deflate(unsigned long nr);

#endif /* _XEN_BALLOON_FAKE_MEMORY_H */
