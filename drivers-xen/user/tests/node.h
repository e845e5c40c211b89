/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device node in the hands of a test, that has some user memory of its own.
 */
#ifndef _XEN_USER_TESTS_NODE_H
#define _XEN_USER_TESTS_NODE_H

#include <kunit/test.h>
#include <linux/fs.h>

#define NODE_BUF	(4 * PAGE_SIZE)

/**
 * struct node - an open device
 * @filp: as the device sees it
 * @buf: NODE_BUF bytes of user memory; what follows them is no memory
 */
struct node {
	struct file *filp;
	unsigned long buf;
};

/* It has to be closed by the test. */
void node_open(struct kunit *test, struct node *node,
	       const struct file_operations *ops);
void node_close(struct node *node);

/* An ioctl whose argument goes to @node->buf and comes back from there */
long node_ioctl(struct node *node, unsigned int cmd, void *arg, size_t size);
/* An ioctl whose argument is where there is no memory */
long node_bad_ioctl(struct node *node, unsigned int cmd);

/* The address, or a negative error */
long node_mmap(struct node *node, u64 offset, unsigned int pages,
	       unsigned long prot);
void node_munmap(long addr, unsigned int pages);

#endif /* _XEN_USER_TESTS_NODE_H */
