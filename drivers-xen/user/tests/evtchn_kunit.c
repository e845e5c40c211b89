// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of /dev/xen/evtchn through its file operations, on a fake Xen with another
 * domain.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqflags.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include <xen/events.h>
#include <xen/grant_table.h>
#include <uapi/xen/evtchn.h>
#include <uapi/xen/gntdev.h>

#include "../../events/tests/sink.h"
#include "evtchn_node.h"
#include "unmap_notify.h"

/* More than the ring has room for at first, and than are read at a time */
#define MANY	150

static struct node near, far;

static int evtchn_test_init(struct kunit *test)
{
	return open_both(test, &near, &far);
}

static void evtchn_test_exit(struct kunit *test)
{
	close_both(test, &near, &far);
}

/* This, and nothing else */
static bool polls(struct node *node, __poll_t events)
{
	return node->filp->f_op->poll(node->filp, NULL) == events;
}

static void both_directions(struct kunit *test)
{
	evtchn_port_t peer, port = bind(test, &near, &peer);

	KUNIT_EXPECT_EQ(test, next_event(&near), 0);
	send(test, peer);
	KUNIT_EXPECT_EQ(test, next_event(&far), 0);
	KUNIT_EXPECT_EQ(test, next_event(&near), port);
	KUNIT_EXPECT_EQ(test, next_event(&near), 0);

	/* Held until it is written back, by the file that has it */
	send(test, peer);
	write_back(&far, port);
	KUNIT_EXPECT_EQ(test, next_event(&near), 0);
	KUNIT_EXPECT_EQ(test, write_back(&near, port), sizeof(u32));
	fake_upcall();
	KUNIT_EXPECT_EQ(test, next_event(&near), port);

	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_NOTIFY, port, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_peer_events(peer), 1);
	KUNIT_EXPECT_EQ(test, command(&far, IOCTL_EVTCHN_NOTIFY, port, 0),
			-ENOTCONN);
	KUNIT_EXPECT_EQ(test, fake_peer_events(peer), 0);
}

/* A number that could not be delivered is not lost. */
static void bad_buffers(struct kunit *test)
{
	evtchn_port_t peer, port = bind(test, &near, &peer);
	unsigned long bad = near.buf + NODE_BUF;

	send(test, peer);
	KUNIT_EXPECT_EQ(test, read_at(&near, bad, sizeof(u32)), -EFAULT);
	KUNIT_EXPECT_EQ(test, read_at(&near, near.buf, 3), 0);
	KUNIT_EXPECT_EQ(test, next_event(&near), port);
	KUNIT_EXPECT_EQ(test,
			near.filp->f_op->write(near.filp, (char __user *)bad,
					       sizeof(u32), NULL), -EFAULT);
	KUNIT_EXPECT_EQ(test, node_bad_ioctl(&near, IOCTL_EVTCHN_NOTIFY),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, node_bad_ioctl(&near, IOCTL_EVTCHN_RESET), 0);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_RESET + 1000, 0, 0),
			-ENOSYS);
	KUNIT_EXPECT_EQ(test, command(&near, 0, 0, 0), -ENOSYS);
}

/* Many ports, all with an event: there is room for each, and one read gets them. */
static void many_ports(struct kunit *test)
{
	unsigned int i;
	long port;

	for (i = 0; i < MANY; i++) {
		port = command(&near, IOCTL_EVTCHN_BIND_UNBOUND_PORT, FAKE_PEER,
			       0);
		KUNIT_ASSERT_GT(test, port, 0);
		irq_set_affinity(irq_from_evtchn(port), cpumask_of(0));
		KUNIT_ASSERT_TRUE(test, fake_raise(port));
	}
	fake_upcall();
	KUNIT_EXPECT_EQ(test, read_at(&near, near.buf, NODE_BUF),
			MANY * sizeof(u32));
	KUNIT_EXPECT_EQ(test, next_event(&near), 0);
}

/* Written back before it is read: the program loses count, and is told so. */
static void overflow(struct kunit *test)
{
	evtchn_port_t peer, port = bind(test, &near, &peer);
	unsigned int i;

	for (i = 0; i < 65; i++) {
		send(test, peer);
		write_back(&near, port);
	}
	KUNIT_EXPECT_EQ(test, next_event(&near), -EFBIG);
	KUNIT_EXPECT_TRUE(test, polls(&near, EPOLLERR));
	KUNIT_EXPECT_EQ(test, next_event(&near), -EFBIG);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_RESET, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, next_event(&near), 0);
	KUNIT_EXPECT_TRUE(test, polls(&near, EPOLLOUT | EPOLLWRNORM));
	send(test, peer);
	KUNIT_EXPECT_TRUE(test, polls(&near, EPOLLIN | EPOLLRDNORM |
				      EPOLLOUT | EPOLLWRNORM));
	KUNIT_EXPECT_EQ(test, next_event(&near), port);
}

/* An unread event goes with its port, whose number Xen gives to the next. */
static void unbind(struct kunit *test)
{
	evtchn_port_t peer, other, port = bind(test, &near, &peer);

	send(test, peer);
	KUNIT_EXPECT_EQ(test, command(&far, IOCTL_EVTCHN_UNBIND, port, 0),
			-ENOTCONN);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_UNBIND, port, 0), 0);
	KUNIT_EXPECT_EQ(test, fake->port[port].status, EVTCHNSTAT_closed);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_UNBIND, port, 0),
			-ENOTCONN);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_UNBIND, 1 << 30, 0),
			-EINVAL);

	KUNIT_ASSERT_EQ(test, bind(test, &near, &other), port);
	KUNIT_EXPECT_EQ(test, next_event(&near), 0);
	send(test, other);
	KUNIT_EXPECT_EQ(test, next_event(&near), port);
}

static void close_with_event(struct kunit *test)
{
	evtchn_port_t peer, port = bind(test, &near, &peer);

	send(test, peer);
	node_close(&near);
	near.filp = NULL;
	KUNIT_EXPECT_EQ(test, fake->port[port].status, EVTCHNSTAT_closed);
	KUNIT_EXPECT_EQ(test, irq_from_evtchn(port), -1U);
}

static void bind_fails(struct kunit *test)
{
	evtchn_port_t port;

	fake->fail[EVTCHNOP_alloc_unbound] = -ENOSPC;
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_BIND_UNBOUND_PORT,
				      FAKE_PEER, 0), -ENOSPC);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_BIND_UNBOUND_PORT,
				      0x10000 + FAKE_PEER, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_BIND_INTERDOMAIN,
				      0x10000 + FAKE_PEER, 1), -EINVAL);
	KUNIT_EXPECT_NE(test, command(&near, IOCTL_EVTCHN_BIND_INTERDOMAIN,
				      FAKE_PEER, 1), 0);
	port = fake_peer_alloc();
	KUNIT_EXPECT_GT(test, command(&near, IOCTL_EVTCHN_BIND_INTERDOMAIN,
				      FAKE_PEER, port), 0);
}

static long restrict_to(struct node *node, domid_t domid)
{
	struct ioctl_evtchn_restrict_domid arg = { domid };

	return node_ioctl(node, IOCTL_EVTCHN_RESTRICT_DOMID, &arg, sizeof(arg));
}

static void restricted(struct kunit *test)
{
	evtchn_port_t peer, port = bind(test, &near, &peer);
	evtchn_port_t offered = fake_peer_alloc();

	KUNIT_EXPECT_EQ(test, restrict_to(&near, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, restrict_to(&near, DOMID_FIRST_RESERVED), -EINVAL);
	KUNIT_EXPECT_EQ(test, restrict_to(&near, FAKE_PEER), 0);
	KUNIT_EXPECT_EQ(test, restrict_to(&near, FAKE_PEER), -EACCES);

	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_BIND_VIRQ, 7, 0),
			-EACCES);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_BIND_UNBOUND_PORT,
				      FAKE_PEER, 0), -EACCES);
	/* It could be anybody's. */
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_BIND_STATIC,
				      fake_open(), 0), -EACCES);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_BIND_INTERDOMAIN,
				      FAKE_PEER + 1, offered), -EACCES);
	KUNIT_EXPECT_GT(test, command(&near, IOCTL_EVTCHN_BIND_INTERDOMAIN,
				      FAKE_PEER, offered), 0);
	/* What it had, it keeps. */
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_NOTIFY, port, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_peer_events(peer), 1);
}

/* The name is that of a directory below /proc/irq. */
static void name_of_a_task(struct kunit *test)
{
	char before[TASK_COMM_LEN];
	struct evtchn_file *file;
	struct node node;

	get_task_comm(before, current);
	set_task_comm(current, "a/b/");
	node_open(test, &node, &evtchn_file_ops);
	set_task_comm(current, before);
	file = node.filp->private_data;
	KUNIT_EXPECT_STREQ(test, file->name, "evtchn:a!b!");
	node_close(&node);
}

static void resume(void)
{
	unsigned long flags;

	fake_reset();
	local_irq_save(flags);
	xen_irq_resume();
	local_irq_restore(flags);
}

/*
 * The port is gone, and its number is a driver's now: the file must neither send
 * through it nor close it.
 */
static void after_suspend(struct kunit *test)
{
	evtchn_port_t peer, theirs, port = bind(test, &near, &peer);
	int irq;

	send(test, peer);
	resume();
	theirs = fake_open();
	KUNIT_ASSERT_EQ(test, theirs, port);
	irq = bind_evtchn_to_irq_lateeoi(theirs);
	KUNIT_ASSERT_GT(test, irq, 0);

	fake->calls[EVTCHNOP_send] = 0;
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_NOTIFY, port, 0), 0);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_send], 0);
	KUNIT_EXPECT_EQ(test, write_back(&near, port), sizeof(u32));
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_UNBIND, port, 0), 0);
	KUNIT_EXPECT_EQ(test, irq_from_evtchn(theirs), irq);
	KUNIT_EXPECT_NE(test, fake->port[theirs].status, EVTCHNSTAT_closed);

	evtchn_put(theirs);
	KUNIT_EXPECT_EQ(test, fake->port[theirs].status, EVTCHNSTAT_closed);
}

/* Xen gives the number to the same file again, before it has unbound the old one. */
static void same_number_again(struct kunit *test)
{
	evtchn_port_t peer, port = bind(test, &near, &peer);

	send(test, peer);
	resume();
	KUNIT_ASSERT_EQ(test, bind(test, &near, &peer), port);
	KUNIT_EXPECT_EQ(test, next_event(&near), 0);
	send(test, peer);
	KUNIT_EXPECT_EQ(test, next_event(&near), port);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_UNBIND, port, 0), 0);
	KUNIT_EXPECT_EQ(test, fake->port[port].status, EVTCHNSTAT_closed);
}

/* It outlives the file, and the port with it. */
static void notification(struct kunit *test)
{
	evtchn_port_t peer, port = bind(test, &near, &peer);
	struct unmap_notify notify;

	KUNIT_ASSERT_EQ(test, unmap_notify_get(&notify, UNMAP_NOTIFY_SEND_EVENT,
					       0, port), 0);
	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_UNBIND, port, 0), 0);
	KUNIT_EXPECT_NE(test, fake->port[port].status, EVTCHNSTAT_closed);
	unmap_notify_send(&notify);
	KUNIT_EXPECT_EQ(test, fake_peer_events(peer), 1);
	KUNIT_EXPECT_EQ(test, fake->port[port].status, EVTCHNSTAT_closed);
}

/* Nothing is sent, and nothing stays; who has the number now keeps it. */
static void notification_after_suspend(struct kunit *test)
{
	evtchn_port_t peer, theirs, port = bind(test, &near, &peer);
	unsigned int irq = irq_from_evtchn(port);
	struct unmap_notify notify;

	KUNIT_ASSERT_EQ(test, unmap_notify_get(&notify, UNMAP_NOTIFY_SEND_EVENT,
					       0, port), 0);
	resume();
	theirs = fake_open();
	KUNIT_ASSERT_EQ(test, theirs, port);
	KUNIT_ASSERT_GT(test, bind_evtchn_to_irq_lateeoi(theirs), 0);

	KUNIT_EXPECT_EQ(test, command(&near, IOCTL_EVTCHN_UNBIND, port, 0), 0);
	KUNIT_EXPECT_NOT_NULL(test, irq_get_irq_data(irq));
	fake->calls[EVTCHNOP_send] = 0;
	unmap_notify_send(&notify);
	KUNIT_EXPECT_EQ(test, fake->calls[EVTCHNOP_send], 0);
	KUNIT_EXPECT_TRUE(test, fake_irq_gone(irq));

	KUNIT_EXPECT_NE(test, fake->port[theirs].status, EVTCHNSTAT_closed);
	evtchn_put(theirs);
	KUNIT_EXPECT_EQ(test, fake->port[theirs].status, EVTCHNSTAT_closed);
}

static struct kunit_case evtchn_cases[] = {
	KUNIT_CASE(both_directions),
	KUNIT_CASE(bad_buffers),
	KUNIT_CASE(many_ports),
	KUNIT_CASE(overflow),
	KUNIT_CASE(unbind),
	KUNIT_CASE(close_with_event),
	KUNIT_CASE(bind_fails),
	KUNIT_CASE(restricted),
	KUNIT_CASE(name_of_a_task),
	KUNIT_CASE(after_suspend),
	KUNIT_CASE(same_number_again),
	KUNIT_CASE(notification),
	KUNIT_CASE(notification_after_suspend),
	{}
};

static struct kunit_suite evtchn_suite = {
	.name = "xen_user_evtchn",
	.init = evtchn_test_init,
	.exit = evtchn_test_exit,
	.test_cases = evtchn_cases,
};

kunit_test_suite(evtchn_suite);

MODULE_DESCRIPTION("Tests of /dev/xen/evtchn");
MODULE_LICENSE("GPL");
