// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of unmap, at once and as soon as nobody uses the pages.
 */

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/workqueue.h>

#include "fake_batch.h"

static void unmap_fails(struct kunit *test)
{
	struct fake_batch *fake = test->priv;
	unsigned int i;

	fake_batch_map(test);
	fake->unmap[2].handle = INVALID_GRANT_HANDLE;
	KUNIT_EXPECT_EQ(test, gnttab_unmap_refs(fake->unmap, NULL, fake->pages,
						NR), 0);
	KUNIT_EXPECT_EQ(test, fake->unmap[1].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, fake->unmap[2].status, GNTST_bad_handle);
	KUNIT_EXPECT_NULL(test, xen_page_foreign(fake->pages[2]));
	for (i = 0; i < NR; i++) {
		if (i != 2)
			expect_not_foreign(test, i);
	}

	/* What was not tried has not been done */
	fake_gnt->error = -EFAULT;
	fake_gnt->stop_after = 4;
	KUNIT_EXPECT_EQ(test, gnttab_unmap_refs(fake->unmap, NULL, fake->pages,
						NR), -EFAULT);
	KUNIT_EXPECT_EQ(test, fake->unmap[3].status, GNTST_bad_handle);
	KUNIT_EXPECT_EQ(test, fake->unmap[4].status, GNTST_general_error);
}

struct unmap_done {
	struct gntab_unmap_queue_data item;
	struct completion done;
	struct kunit *test;
	int result;
};

static void note_done(int result, struct gntab_unmap_queue_data *item)
{
	struct unmap_done *data = item->data;

	data->result = result;
	complete(&data->done);
}

static void fill_item(struct kunit *test, struct unmap_done *data)
{
	struct fake_batch *fake = test->priv;

	data->test = test;
	data->result = 1;
	init_completion(&data->done);
	data->item.data = data;
	data->item.done = note_done;
	data->item.unmap_ops = fake->unmap;
	data->item.pages = fake->pages;
	data->item.count = NR;
}

static struct unmap_done *new_item(struct kunit *test)
{
	struct unmap_done *data = kunit_kzalloc(test, sizeof(*data),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, data);
	fake_batch_map(test);
	fill_item(test, data);
	return data;
}

/* The stub that stands for Xen belongs to the test; so must the worker */
static void poll_for_test(struct work_struct *work)
{
	struct unmap_done *data = container_of(work, struct unmap_done,
					       item.gnttab_work.work);

	current->kunit_test = data->test;
	gnttab_unmap_poll(work);
	current->kunit_test = NULL;
}

static void unmap_async_idle(struct kunit *test)
{
	struct unmap_done *data = new_item(test);

	gnttab_unmap_refs_async(&data->item);
	KUNIT_EXPECT_TRUE(test, completion_done(&data->done));
	KUNIT_EXPECT_EQ(test, data->result, 0);
	expect_not_foreign(test, 0);
	expect_not_foreign(test, NR - 1);
}

static void unmap_async_busy(struct kunit *test)
{
	struct unmap_done *data = new_item(test);
	struct fake_batch *fake = test->priv;

	get_page(fake->pages[NR - 1]);
	gnttab_unmap_refs_async(&data->item);
	/* No hypercall before the page is let go of */
	data->item.gnttab_work.work.func = poll_for_test;
	KUNIT_EXPECT_FALSE(test, completion_done(&data->done));
	msleep(50);
	KUNIT_EXPECT_FALSE(test, completion_done(&data->done));
	KUNIT_EXPECT_EQ(test, fake_gnt->calls, 0);
	KUNIT_EXPECT_GT(test, data->item.age, 1);

	put_page(fake->pages[NR - 1]);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&data->done, 5 * HZ),
			0);
	cancel_delayed_work_sync(&data->item.gnttab_work);
	KUNIT_EXPECT_EQ(test, data->result, 0);
	KUNIT_EXPECT_EQ(test, fake_gnt->calls, 1);
}

static void unmap_async_fails(struct kunit *test)
{
	struct unmap_done *data = new_item(test);

	fake_gnt->error = -EFAULT;
	gnttab_unmap_refs_async(&data->item);
	KUNIT_EXPECT_TRUE(test, completion_done(&data->done));
	KUNIT_EXPECT_EQ(test, data->result, -EFAULT);
}

static int let_go(void *arg)
{
	msleep(30);
	put_page(arg);
	return 0;
}

static void unmap_sync(struct kunit *test)
{
	struct unmap_done *data = new_item(test);
	struct fake_batch *fake = test->priv;
	struct task_struct *thread;

	KUNIT_EXPECT_EQ(test, gnttab_unmap_refs_sync(&data->item), 0);
	KUNIT_EXPECT_EQ(test, data->item.age, 0);

	thread = kthread_create(let_go, fake->pages[0], "grant-let-go");
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	get_page(fake->pages[0]);
	wake_up_process(thread);
	fake_gnt->error = -EFAULT;
	KUNIT_EXPECT_EQ(test, gnttab_unmap_refs_sync(&data->item), -EFAULT);
	KUNIT_EXPECT_GT(test, data->item.age, 0);
	KUNIT_EXPECT_EQ(test, fake_gnt->calls, 2);
}

static struct kunit_case unmap_cases[] = {
	KUNIT_CASE(unmap_fails),
	KUNIT_CASE(unmap_async_idle),
	KUNIT_CASE(unmap_async_busy),
	KUNIT_CASE(unmap_async_fails),
	KUNIT_CASE(unmap_sync),
	{}
};

static struct kunit_suite unmap_suite = {
	.name = "xen_grant_unmap",
	.init = fake_batch_init,
	.exit = fake_batch_exit,
	.test_cases = unmap_cases,
};

kunit_test_suite(unmap_suite);
