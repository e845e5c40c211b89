// SPDX-License-Identifier: GPL-2.0
/*
 * What a program is done with, but others are not yet: it is looked at now and then until
 * it can end. It keeps the module here meanwhile.
 *
 * The times between looks grow as long as nothing becomes free. What is new makes them short
 * again, but never puts a look off: else those who come often would keep all the others here.
 */
#include <linux/cleanup.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sched.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "gntdev.h"

/* Looked at after so many ms, and less often each time */
#define WAIT_MS		5
#define AGE_MAX		8

/* A test looks when it wants to. */
VISIBLE_IF_KUNIT void gntdev_look_again(struct gntdev_dying *dying,
					unsigned int ms)
{
	KUNIT_STATIC_STUB_REDIRECT(gntdev_look_again, dying, ms);
	mod_delayed_work(system_freezable_wq, &dying->work,
			 msecs_to_jiffies(ms));
}

static void look_later(struct gntdev_dying *dying)
{
	unsigned int ms = WAIT_MS << dying->age;

	lockdep_assert_held(&dying->lock);
	dying->next = jiffies + msecs_to_jiffies(ms);
	gntdev_look_again(dying, ms);
}

/**
 * gntdev_dying_add() - have something ended when it is free
 * @dying: the list
 * @node: its place in it
 *
 * Context: sleeps; from the module, which cannot go any more until the end.
 */
void gntdev_dying_add(struct gntdev_dying *dying, struct list_head *node)
{
	unsigned long soon = jiffies + msecs_to_jiffies(WAIT_MS);
	bool first;

	__module_get(THIS_MODULE);
	guard(mutex)(&dying->lock);
	first = list_empty(&dying->list);
	list_add_tail(node, &dying->list);
	dying->age = 0;
	if (first || time_before(soon, dying->next))
		look_later(dying);
}

VISIBLE_IF_KUNIT void gntdev_dying_look(struct gntdev_dying *dying)
{
	struct list_head *node, *next;
	LIST_HEAD(ready);

	scoped_guard(mutex, &dying->lock) {
		list_for_each_safe(node, next, &dying->list) {
			if (dying->is_free(node))
				list_move_tail(node, &ready);
			cond_resched();
		}
		if (list_empty(&ready))
			dying->age = min(dying->age + 1, AGE_MAX);
		if (!list_empty(&dying->list))
			look_later(dying);
	}
	list_for_each_safe(node, next, &ready) {
		list_del(node);
		dying->end(node);
		module_put(THIS_MODULE);
	}
}

/* As @work of any struct gntdev_dying */
void gntdev_dying_work(struct work_struct *work)
{
	gntdev_dying_look(container_of(to_delayed_work(work),
				       struct gntdev_dying, work));
}

/**
 * gntdev_dying_exit() - see the last one off
 * @dying: the list
 *
 * Context: there is nothing in it any more, but the function that ended the last of them
 * may not have returned yet.
 */
void gntdev_dying_exit(struct gntdev_dying *dying)
{
	cancel_delayed_work_sync(&dying->work);
}
