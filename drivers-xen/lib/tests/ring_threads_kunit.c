// SPDX-License-Identifier: GPL-2.0
/*
 * A ring between threads that sleep whenever they may: an event that is lost
 * stops all of them.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include "ring_views.h"

#define MESSAGES	4000
#define TIMEOUT		(30 * HZ)

/**
 * struct party - an event channel and whoever waits for it
 * @wait: where it sleeps
 * @event: there was an event
 * @done: it has ended
 * @error: what it thinks is wrong
 */
struct party {
	wait_queue_head_t wait;
	bool event;
	struct completion done;
	const char *error;
};

static struct {
	struct party producer;
	struct party consumer;
	struct party back;
} p;

static void notify(struct party *party)
{
	WRITE_ONCE(party->event, true);
	wake_up(&party->wait);
}

static bool sleep_for_event(struct party *party)
{
	if (wait_event_timeout(party->wait, xchg(&party->event, false), TIMEOUT))
		return true;
	party->error = "no event";
	return false;
}

/* Puts requests while there is room; that comes from the consumer. */
static int produce(void *data)
{
	struct req req = { };

	while (req.id < MESSAGES) {
		while (req.id < MESSAGES && !t_front_put(&v.f, &req)) {
			req.id++;
			/* In batches of several sizes. */
			if (req.id % 7 == 0 && xen_ring_front_push(&v.f.ring))
				notify(&p.back);
		}
		if (xen_ring_front_push(&v.f.ring))
			notify(&p.back);
		if (req.id < MESSAGES && !sleep_for_event(&p.producer))
			break;
	}
	complete(&p.producer.done);
	return 0;
}

static int consume(void *data)
{
	struct rsp rsp = { };
	u32 next = 0;
	int num;

	while (next < MESSAGES) {
		while ((num = t_front_take(&v.f, &rsp)) == 1) {
			if (rsp.id != ~(u64)next++)
				p.consumer.error = "wrong response";
		}
		notify(&p.producer);
		if (next == MESSAGES)
			break;
		num = xen_ring_front_arm(&v.f.ring, 1);
		if (num < 0)
			p.consumer.error = "broken";
		if (p.consumer.error || (!num && !sleep_for_event(&p.consumer)))
			break;
	}
	complete(&p.consumer.done);
	return 0;
}

static int serve(void *data)
{
	u32 served = 0;
	struct req req = { };
	struct rsp rsp = { };
	int num;

	while (served < MESSAGES) {
		while ((num = t_back_take(&v.b, &req)) == 1) {
			rsp.id = ~req.id;
			if (t_back_put(&v.b, &rsp))
				p.back.error = "no room for a response";
			served++;
			if (served % 5 == 0 && xen_ring_back_push(&v.b.ring))
				notify(&p.consumer);
		}
		if (xen_ring_back_push(&v.b.ring))
			notify(&p.consumer);
		if (served == MESSAGES)
			break;
		num = xen_ring_back_arm(&v.b.ring, 1);
		if (num < 0)
			p.back.error = "broken";
		if (p.back.error || (!num && !sleep_for_event(&p.back)))
			break;
	}
	complete(&p.back.done);
	return 0;
}

static void start(struct kunit *test, struct party *party,
		  int (*fn)(void *data), unsigned int cpu)
{
	struct task_struct *task = kthread_create(fn, NULL, "ring-kunit");

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, cpumask_nth(cpu % num_online_cpus(), cpu_online_mask));
	wake_up_process(task);
}

static void prepare(struct party *party)
{
	*party = (struct party) { };
	init_waitqueue_head(&party->wait);
	init_completion(&party->done);
}

static void finish(struct kunit *test, struct party *party, const char *name)
{
	wait_for_completion(&party->done);
	KUNIT_EXPECT_NULL_MSG(test, party->error, "%s: %s", name,
			      party->error);
}

/* Producer and consumer of a frontend need no lock between them. */
static void three_threads(struct kunit *test)
{
	unsigned int layout;

	for (layout = 0; layout < 4; layout++) {
		begin(test, U32_MAX - MESSAGES / 2);
		prepare(&p.producer);
		prepare(&p.consumer);
		prepare(&p.back);
		start(test, &p.back, serve, 0);
		start(test, &p.consumer, consume, layout & 1);
		start(test, &p.producer, produce, layout >> 1);
		finish(test, &p.producer, "producer");
		finish(test, &p.consumer, "consumer");
		finish(test, &p.back, "backend");
		KUNIT_EXPECT_EQ(test, v.shared->rsp_prod, v.shared->req_prod);
		KUNIT_EXPECT_EQ(test, xen_ring_front_room(&v.f.ring), SIZE);
	}
}

static struct kunit_case threads_cases[] = {
	KUNIT_CASE(three_threads),
	{}
};

static struct kunit_suite threads_suite = {
	.name = "xen_drvlib_ring_threads",
	.init = ring_init,
	.exit = ring_exit,
	.test_cases = threads_cases,
};

kunit_test_suite(threads_suite);
