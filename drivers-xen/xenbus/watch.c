// SPDX-License-Identifier: GPL-2.0
/*
 * Watches: registry, queue of events, delivery in the "xenwatch" thread.
 *
 * Whoever can write below a watched node decides how many events there are, so
 * what a watch may have queued is limited (XSA-349). An event says no more than
 * "look again", so a full queue loses nothing: its last event names the node
 * that is watched instead of the one that changed, and what comes behind it is
 * dropped until a slot is free. A watch that always reads the same state needs
 * one slot only and says so with will_handle(). Programs know of no such rule, and get
 * what there is until it is far too much.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "xenbus.h"

static void token_of(const struct xenbus_watch *watch, char *token)
{
	snprintf(token, XS_TOKEN_SIZE, "%lX", (unsigned long)watch);
}

/* Only a watch in the registry is ever dereferenced, whatever a token says. */
static struct xenbus_watch *find_watch(struct xs_store *store, const char *token)
{
	struct xenbus_watch *watch;
	unsigned long addr;

	lockdep_assert_held(&store->event_lock);
	if (kstrtoul(token, 16, &addr))
		return NULL;
	list_for_each_entry(watch, &store->watches, list) {
		if ((unsigned long)watch == addr)
			return watch;
	}
	return NULL;
}

static bool is_registered(struct xs_store *store, struct xenbus_watch *wanted)
{
	struct xenbus_watch *watch;

	lockdep_assert_held(&store->registry_lock);
	list_for_each_entry(watch, &store->watches, list) {
		if (watch == wanted)
			return true;
	}
	return false;
}

static bool split_event(struct xs_event *event, unsigned int len)
{
	unsigned int path_len = strnlen(event->body, len);
	unsigned int token_len;

	if (!path_len || path_len == len)
		return false;
	event->path = event->body;
	event->token = event->body + path_len + 1;
	token_len = strnlen(event->token, len - path_len - 1);
	return token_len && token_len < len - path_len - 1;
}

static bool is_full(const struct xenbus_watch *watch)
{
	if (watch->nr_pending < (watch->nr_max ?: XS_WATCH_QUEUE_MAX))
		return false;
	if (watch->nr_max)
		pr_warn_ratelimited("too many events below %s, some are dropped\n",
				    watch->node);
	return true;
}

static bool queue_event(struct xs_store *store, struct xs_event *event)
{
	struct xenbus_watch *watch;

	lockdep_assert_held(&store->event_lock);
	watch = find_watch(store, event->token);
	if (!watch || is_full(watch))
		return false;
	if (watch->will_handle &&
	    !watch->will_handle(watch, event->path, event->token))
		return false;
	watch->nr_pending++;
	if (watch->nr_pending == XS_WATCH_QUEUE_MAX && !watch->nr_max)
		event->path = watch->node;
	event->watch = watch;
	list_add_tail(&event->list, &store->events);
	return true;
}

/**
 * xs_watch_event - take an event from the wire
 * @store: the connection
 * @event: the event with @body filled and NUL terminated; consumed
 * @len: bytes in the body
 *
 * Context: the "xenbus" thread.
 */
void xs_watch_event(struct xs_store *store, struct xs_event *event,
		    unsigned int len)
{
	bool queued;

	if (!split_event(event, len)) {
		pr_err_ratelimited("xenstore sent a malformed watch event, dropped\n");
		kfree(event);
		return;
	}
	scoped_guard(spinlock, &store->event_lock)
		queued = queue_event(store, event);
	if (queued)
		wake_up(&store->event_wake);
	else
		kfree(event);
}

static struct xs_event *next_event(struct xs_store *store)
{
	struct xs_event *event;

	scoped_guard(spinlock, &store->event_lock) {
		event = list_first_entry_or_null(&store->events,
						 struct xs_event, list);
		if (event) {
			list_del(&event->list);
			event->watch->nr_pending--;
			store->running = event->watch;
		}
	}
	return event;
}

static void deliver(struct xs_store *store)
{
	struct xs_event *event;

	while ((event = next_event(store))) {
		event->watch->callback(event->watch, event->path, event->token);
		/* The callback may have freed the watch: compared, not used. */
		scoped_guard(spinlock, &store->event_lock)
			store->running = NULL;
		wake_up_all(&store->event_idle);
		kfree(event);
		cond_resched();
		if (kthread_should_stop())
			return;
	}
}

static int xenwatch_thread(void *data)
{
	struct xs_store *store = data;

	/* Without it disks do not come back, so it must not wait for one. */
	memalloc_noio_save();
	while (!kthread_should_stop()) {
		wait_event_interruptible(store->event_wake,
					 !list_empty_careful(&store->events) ||
					 kthread_should_stop());
		deliver(store);
	}
	return 0;
}

static void purge_events(struct xs_store *store, struct xenbus_watch *watch)
{
	struct xs_event *event, *next;

	lockdep_assert_held(&store->event_lock);
	list_for_each_entry_safe(event, next, &store->events, list) {
		if (watch && event->watch != watch)
			continue;
		list_del(&event->list);
		event->watch->nr_pending--;
		kfree(event);
	}
}

int xs_watch_start(struct xs_store *store)
{
	struct task_struct *task;

	task = kthread_run(xenwatch_thread, store, "xenwatch");
	if (IS_ERR(task))
		return PTR_ERR(task);
	store->xenwatch = task;
	return 0;
}

void xs_watch_stop(struct xs_store *store)
{
	might_sleep();
	if (store->xenwatch)
		kthread_stop(store->xenwatch);
	store->xenwatch = NULL;
	scoped_guard(spinlock, &store->event_lock)
		purge_events(store, NULL);
}

static void watch_iov(const struct xenbus_watch *watch, char *token,
		      struct kvec iov[2])
{
	token_of(watch, token);
	iov[0].iov_base = (void *)watch->node;
	iov[0].iov_len = strlen(watch->node) + 1;
	iov[1].iov_base = token;
	iov[1].iov_len = strlen(token) + 1;
}

static int talk_about(const struct xenbus_watch *watch, u32 type)
{
	char token[XS_TOKEN_SIZE];
	struct kvec iov[2];
	void *reply;

	watch_iov(watch, token, iov);
	reply = xs_talk(XBT_NIL, type, iov, ARRAY_SIZE(iov), NULL);
	if (IS_ERR(reply))
		return PTR_ERR(reply);
	kfree(reply);
	return 0;
}

/* From here on the watch gets no events. */
static void forget(struct xs_store *store, struct xenbus_watch *watch)
{
	lockdep_assert_held(&store->registry_lock);
	scoped_guard(spinlock, &store->event_lock) {
		list_del_init(&watch->list);
		purge_events(store, watch);
	}
}

/* After a resume the store knows none of our watches; does not wait for it. */
void xs_watch_again(struct xs_store *store)
{
	char token[XS_TOKEN_SIZE];
	struct xenbus_watch *watch;
	struct kvec iov[2];
	int err;

	guard(mutex)(&store->registry_lock);
	list_for_each_entry(watch, &store->watches, list) {
		watch_iov(watch, token, iov);
		err = xs_send_async(store, XS_WATCH, 0, iov, ARRAY_SIZE(iov));
		if (err)
			pr_warn("watch on %s is lost: %d\n", watch->node, err);
	}
}

static void unwatch_async(struct xs_store *store,
			  const struct xenbus_watch *watch)
{
	char token[XS_TOKEN_SIZE];
	struct kvec iov[2];

	watch_iov(watch, token, iov);
	if (xs_send_async(store, XS_UNWATCH, 0, iov, ARRAY_SIZE(iov)))
		pr_warn_ratelimited("watch on %s stays in xenstore\n",
				    watch->node);
}

static bool callback_done(struct xs_store *store, struct xenbus_watch *watch)
{
	bool done;

	scoped_guard(spinlock, &store->event_lock)
		done = store->running != watch;
	return done;
}

/* After forget(); the callback itself does not wait for its own end. */
static void wait_for_callback(struct xs_store *store,
			      struct xenbus_watch *watch)
{
	if (current != store->xenwatch)
		wait_event(store->event_idle, callback_done(store, watch));
}

/**
 * register_xenbus_watch - be told when a node changes
 * @watch: node and callback; stays in use until unregister_xenbus_watch()
 *
 * The callback runs in the "xenwatch" thread, one callback at a time, and once
 * right after the registration. will_handle, if set, runs in the "xenbus"
 * thread under a spin lock. A resume registers the watch again.
 *
 * Context: sleeps.
 * Return: 0, -EEXIST if @watch is registered, -ENODEV without xenstore, or the
 * store's answer.
 */
int register_xenbus_watch(struct xenbus_watch *watch)
{
	struct xs_store *store = xs_store;
	int err;

	might_sleep();
	if (!store)
		return -ENODEV;
	scoped_guard(mutex, &store->registry_lock) {
		if (is_registered(store, watch))
			return -EEXIST;
		scoped_guard(spinlock, &store->event_lock) {
			watch->nr_pending = 0;
			list_add_tail(&watch->list, &store->watches);
		}
	}
	err = talk_about(watch, XS_WATCH);
	/* A resume in between may have registered it with the store. */
	if (!err || err == -EEXIST)
		return 0;
	scoped_guard(mutex, &store->registry_lock) {
		/* Its callback may have ended it, and freed it, too. */
		if (!is_registered(store, watch))
			return err;
		forget(store, watch);
	}
	/* Whoever was killed while waiting has still asked for the watch. */
	if (err == -EINTR)
		unwatch_async(store, watch);
	wait_for_callback(store, watch);
	return err;
}
EXPORT_SYMBOL_GPL(register_xenbus_watch);

/**
 * unregister_xenbus_watch - end a watch
 * @watch: a registered watch; anything else is ignored
 *
 * Events that wait are dropped. On return the callback does not run and will
 * not, unless the caller is that callback. So do not hold a lock which the
 * callback takes.
 *
 * Context: sleeps.
 */
void unregister_xenbus_watch(struct xenbus_watch *watch)
{
	struct xs_store *store = xs_store;
	int err;

	might_sleep();
	if (!store)
		return;
	scoped_guard(mutex, &store->registry_lock) {
		if (!is_registered(store, watch))
			return;
		forget(store, watch);
	}
	err = talk_about(watch, XS_UNWATCH);
	if (err && err != -ENOENT)
		pr_warn_ratelimited("watch on %s could not be removed: %d\n",
				    watch->node, err);
	wait_for_callback(store, watch);
}
EXPORT_SYMBOL_GPL(unregister_xenbus_watch);

/**
 * struct call - a function that is to run in "xenwatch"
 * @watch: makes it look like a watch, never registered
 * @fn: the function
 * @arg: its argument
 * @done: completed when it has returned
 */
struct call {
	struct xenbus_watch watch;
	void (*fn)(void *arg);
	void *arg;
	struct completion done;
};

static void run_call(struct xenbus_watch *watch, const char *path,
		     const char *token)
{
	struct call *call = container_of(watch, struct call, watch);

	call->fn(call->arg);
	complete(&call->done);
}

/**
 * xs_run_in_xenwatch - run a function when no watch callback runs
 * @fn: the function
 * @arg: its argument
 *
 * Behind the callbacks that are due already; at once in a callback.
 *
 * Context: sleeps until it has returned, and lets the task be frozen: the domain may
 * be suspended in the meantime, in the thread that is waited for.
 */
void xs_run_in_xenwatch(void (*fn)(void *arg), void *arg)
{
	struct call call = {
		.watch = { .callback = run_call, .nr_pending = 1 },
		.fn = fn, .arg = arg,
	};
	struct xs_store *store = xs_store;
	struct xs_event *event;

	might_sleep();
	if (!store || current == store->xenwatch) {
		fn(arg);
		return;
	}
	init_completion(&call.done);
	event = kzalloc(sizeof(*event), GFP_KERNEL | __GFP_NOFAIL);
	event->watch = &call.watch;
	scoped_guard(spinlock, &store->event_lock)
		list_add_tail(&event->list, &store->events);
	wake_up(&store->event_wake);
	/* Locks that are held, as those of a file in sysfs, are not needed there. */
	wait_for_completion_state(&call.done, TASK_UNINTERRUPTIBLE |
				  TASK_FREEZABLE_UNSAFE);
}

/**
 * xs_unwatch_nowait - end a watch without waiting for the store
 * @watch: a registered watch; anything else is ignored
 *
 * As unregister_xenbus_watch(), but what the store thinks of it is of no interest.
 * A watch registered afterwards, at the same address even, is not affected: requests
 * keep their order.
 *
 * Context: sleeps, for a running callback of @watch only.
 */
void xs_unwatch_nowait(struct xenbus_watch *watch)
{
	struct xs_store *store = xs_store;

	might_sleep();
	if (!store)
		return;
	scoped_guard(mutex, &store->registry_lock) {
		if (!is_registered(store, watch))
			return;
		forget(store, watch);
	}
	unwatch_async(store, watch);
	wait_for_callback(store, watch);
}
