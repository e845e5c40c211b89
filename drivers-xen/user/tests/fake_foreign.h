/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A Xen that has another domain, whose frames can be put into the physmap, and user
 * space to map them to: for the tests of /dev/xen/privcmd.
 *
 * Nothing is ever read or written there: no memory is behind the pages.
 */
#ifndef _XEN_USER_FAKE_FOREIGN_H
#define _XEN_USER_FAKE_FOREIGN_H

#include <kunit/test.h>
#include <linux/xarray.h>
#include <xen/interface/xen.h>

struct file;
struct resource;

/* The other domain */
#define FAKE_DOMID	7

/* Its frames that are paged out */
#define FAKE_PAGED_GFN	0x5000
#define FAKE_PAGED_END	0x6000

/* Of its frames from there on, each 10th cannot be mapped, beginning with this. */
#define FAKE_BAD_GFN	40000

/* It has so many frames of its grant table. */
#define FAKE_RESOURCE	4

/**
 * struct fake_foreign - the fake, and what it is to do wrong
 * @physmap: for each page with a foreign frame, its number
 * @nr: how many
 * @adds: hypercalls that put frames in
 * @removes: hypercalls that take frames out, many at a time counting as one
 * @whole_error: result of the next hypercalls that put frames in, or 0
 * @remove_error: of those that take frames out
 * @no_multicall: Xen does not know it
 * @resource_left: frames of a resource that it can still put in
 * @paged_in: frames at FAKE_PAGED_GFN are there now
 * @file: an open /dev/xen/privcmd
 * @user: a page of user space
 * @saved_space: where pages without memory came from
 * @free_pages: how many there were at the start, and have to be at the end
 */
struct fake_foreign {
	struct xarray physmap;
	unsigned long nr;
	unsigned int adds;
	unsigned int removes;
	int whole_error;
	int remove_error;
	bool no_multicall;
	unsigned int resource_left;
	bool paged_in;
	struct file *file;
	void __user *user;
	struct resource *saved_space;
	unsigned int free_pages;
};

/* .init and .exit of a suite; test->priv is the fake */
int fake_foreign_init(struct kunit *test);
void fake_foreign_exit(struct kunit *test);

/* Addresses for @nr frames; a failure ends the test. */
unsigned long fake_reserve(struct kunit *test, unsigned long nr);

/* Frame of the other domain that page table and physmap lead to, or -errno. */
long fake_frame_at(struct kunit *test, unsigned long addr);

/* An ioctl with @size bytes of argument, which are copied to user space and back */
long fake_ioctl(struct kunit *test, unsigned int cmd, void *arg, size_t size);

#endif /* _XEN_USER_FAKE_FOREIGN_H */
