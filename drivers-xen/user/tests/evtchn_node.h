/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of /dev/xen/evtchn do with an open device. The peer is the other domain
 * of the fake Xen.
 */
#ifndef _XEN_USER_TESTS_EVTCHN_NODE_H
#define _XEN_USER_TESTS_EVTCHN_NODE_H

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/uaccess.h>

#include <xen/events.h>
#include <uapi/xen/evtchn.h>

#include "evtchn.h"
#include "fake_evtchn.h"
#include "node.h"

/* Two files of this domain, on a fake Xen */
static inline int open_both(struct kunit *test, struct node *near,
			    struct node *far)
{
	int rc = fake_xen_init(test);

	if (rc)
		return rc;
	node_open(test, near, &evtchn_file_ops);
	near->filp->f_flags |= O_NONBLOCK;
	node_open(test, far, &evtchn_file_ops);
	far->filp->f_flags |= O_NONBLOCK;
	return 0;
}

/* Those that a test has not closed */
static inline void close_both(struct kunit *test, struct node *near,
			      struct node *far)
{
	if (near->filp)
		node_close(near);
	if (far->filp)
		node_close(far);
	near->filp = NULL;
	far->filp = NULL;
	fake_xen_exit(test);
}

static inline long command(struct node *node, unsigned int cmd,
			   unsigned int first, unsigned int second)
{
	unsigned int arg[2] = { first, second };

	return node_ioctl(node, cmd, arg, sizeof(arg));
}

/* A port, which CPU 0 is told of, and the peer's end of it */
static inline evtchn_port_t bind(struct kunit *test, struct node *node,
				 evtchn_port_t *peer)
{
	long port = command(node, IOCTL_EVTCHN_BIND_UNBOUND_PORT, FAKE_PEER, 0);

	KUNIT_ASSERT_GT(test, port, 0);
	irq_set_affinity(irq_from_evtchn(port), cpumask_of(0));
	*peer = fake_peer_bind(port);
	KUNIT_ASSERT_NE(test, *peer, 0);
	return port;
}

static inline ssize_t read_at(struct node *node, unsigned long at, size_t len)
{
	return node->filp->f_op->read(node->filp, (char __user *)at, len, NULL);
}

/* The next event, 0 for none, or an error */
static inline long next_event(struct node *node)
{
	ssize_t len = read_at(node, node->buf, sizeof(u32));
	u32 port;

	if (len == -EAGAIN)
		return 0;
	if (len < 0)
		return len;
	if (get_user(port, (u32 __user *)node->buf))
		return -EIO;
	return port;
}

static inline ssize_t write_back(struct node *node, u32 port)
{
	if (put_user(port, (u32 __user *)node->buf))
		return -EIO;
	return node->filp->f_op->write(node->filp, (char __user *)node->buf,
				       sizeof(port), NULL);
}

static inline void send(struct kunit *test, evtchn_port_t peer)
{
	KUNIT_ASSERT_TRUE(test, fake_peer_send(peer));
	fake_upcall();
}

#endif /* _XEN_USER_TESTS_EVTCHN_NODE_H */
