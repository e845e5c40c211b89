// SPDX-License-Identifier: GPL-2.0
/*
 * Doing the same for many devices at the same time, but not for too many: a change of
 * state may be a transaction, of which xenstored allows a domain ten, and it keeps no
 * more than some requests of a domain.
 *
 * The caller waits until all of it is done, so nothing else has to know. It may be
 * "xenwatch", without which no disk comes back: so it does itself what no worker has
 * begun, as there may be no memory for one, and waits for the others only then.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>
#include "together.h"
#include "xenbus.h"

static struct workqueue_struct *queue;
static DEFINE_MUTEX(queue_lock);

/* Not before there is work, which is never the case without Xen. NULL: no memory. */
VISIBLE_IF_KUNIT struct workqueue_struct *xenbus_get_queue(void)
{
	KUNIT_STATIC_STUB_REDIRECT(xenbus_get_queue);
	guard(mutex)(&queue_lock);
	/* The caller is one of them. */
	if (!queue)
		queue = alloc_workqueue("xenbus_together", WQ_UNBOUND,
					XENBUS_AT_ONCE - 1);
	return queue;
}
EXPORT_SYMBOL_IF_KUNIT(xenbus_get_queue);

/* For "xenwatch", which waits, and with memory as it takes it. */
static void job_work(struct work_struct *work)
{
	struct xenbus_job *job = container_of(work, struct xenbus_job, work);
	unsigned int noio = memalloc_noio_save();

	job->run(job);
	memalloc_noio_restore(noio);
}

static void share(struct workqueue_struct *wq, struct list_head *jobs)
{
	struct xenbus_job *job;

	list_for_each_entry(job, jobs, list) {
		INIT_WORK(&job->work, job_work);
		queue_work(wq, &job->work);
	}
	list_for_each_entry(job, jobs, list) {
		if (cancel_work(&job->work))
			job->run(job);
	}
	list_for_each_entry(job, jobs, list)
		flush_work(&job->work);
}

/**
 * xenbus_do_together - do some things at the same time
 * @jobs: as struct xenbus_job, which stay on the list and are the caller's afterwards
 *
 * At most XENBUS_AT_ONCE at a time; without memory for that, one after the other. Several
 * callers share the workers and not the bound: none of them waits for another's jobs,
 * which may wait for what the first is to do.
 *
 * Context: sleeps until all are done.
 */
void xenbus_do_together(struct list_head *jobs)
{
	struct workqueue_struct *wq = NULL;
	struct xenbus_job *job;

	might_sleep();
	if (!list_empty(jobs) && !list_is_singular(jobs))
		wq = xenbus_get_queue();
	if (wq) {
		share(wq, jobs);
		return;
	}
	list_for_each_entry(job, jobs, list)
		job->run(job);
}
