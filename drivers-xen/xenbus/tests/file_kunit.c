// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/xenbus: requests, watches and transactions of an open file.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <uapi/linux/sched/types.h>
#include <linux/uaccess.h>
#include "../dev.h"
#include "fake_store.h"

static struct xs_file *open_file(struct kunit *test)
{
	struct xs_file *file = xs_file_new();

	KUNIT_ASSERT_NOT_NULL(test, file);
	return file;
}

/* And wait until the store knows: it takes requests in their order. */
static void close_file(struct xs_file *file)
{
	struct xs_store *store = xs_store;

	xs_file_close(file);
	FAKE_WAIT(store->broken || xa_empty(&store->inflight));
}

static int try_send(struct xs_file *file, u32 type, u32 tx, const void *body,
		    unsigned int len)
{
	guard(mutex)(&file->write_lock);
	file->in.hdr = (struct xsd_sockmsg) {
		.type = type, .req_id = 42, .tx_id = tx, .len = len,
	};
	memcpy(file->in.bytes + sizeof(file->in.hdr), body, len);
	return xs_file_message(file);
}

static void send(struct kunit *test, struct xs_file *file, u32 type, u32 tx,
		 const void *body, unsigned int len)
{
	KUNIT_EXPECT_EQ(test, try_send(file, type, tx, body, len), 0);
}

/* Takes the next message; its body lives as long as the test. */
static const char *receive(struct kunit *test, struct xs_file *file, u32 type)
{
	struct xs_out *out;
	char *body;

	KUNIT_ASSERT_TRUE(test,
			  FAKE_WAIT(!list_empty_careful(&file->out)));
	scoped_guard(mutex, &file->lock) {
		out = list_first_entry(&file->out, struct xs_out, list);
		list_del(&out->list);
		if (out->hdr.type == XS_WATCH_EVENT)
			file->events--;
	}
	KUNIT_EXPECT_EQ(test, out->hdr.type, type);
	if (type != XS_WATCH_EVENT)
		KUNIT_EXPECT_EQ(test, out->hdr.req_id, 42);
	body = kunit_kzalloc(test, out->hdr.len + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, body);
	memcpy(body, out->body, out->hdr.len);
	xs_out_free(out);
	return body;
}

static u32 next_type(struct xs_file *file)
{
	struct xs_out *out;

	guard(mutex)(&file->lock);
	out = list_first_entry_or_null(&file->out, struct xs_out, list);
	return out ? out->hdr.type : XS_INVALID;
}

static void pass_through(struct kunit *test)
{
	struct xs_file *file = open_file(test);

	send(test, file, XS_WRITE, 0, "a\0value", 7);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_WRITE), "OK");
	send(test, file, XS_READ, 0, "a", 2);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_READ), "value");
	send(test, file, XS_READ, 0, "none", 5);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR), "ENOENT");
	send(test, file, XS_RESET_WATCHES, 0, "", 1);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR), "EACCES");
	close_file(file);
}

/* There are stores that such a request is the end of, for all domains. */
static void without_path(struct kunit *test)
{
	static const u32 types[] = {
		XS_DIRECTORY, XS_READ, XS_GET_PERMS, XS_MKDIR, XS_RM,
	};
	static const struct {
		const char *body;
		unsigned int len;
	} bad[] = { { "", 0 }, { "a", 1 }, { "a\0b", 4 }, { "\0\0", 2 } };
	struct fake_store *fake = test->priv;
	struct xs_file *file = open_file(test);
	unsigned int i, j, before = fake->received;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			send(test, file, types[i], 0, bad[j].body, bad[j].len);
			KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR),
					   "EINVAL");
		}
	}
	KUNIT_EXPECT_EQ(test, fake->received, before);
	/* This one is about no path. */
	send(test, file, XS_TRANSACTION_START, 0, "", 0);
	receive(test, file, XS_TRANSACTION_START);
	close_file(file);
}

static u32 begin(struct kunit *test, struct xs_file *file)
{
	u32 id = 0;

	send(test, file, XS_TRANSACTION_START, 0, "", 1);
	KUNIT_EXPECT_EQ(test, kstrtou32(receive(test, file,
						XS_TRANSACTION_START),
					10, &id), 0);
	return id;
}

static void transactions(struct kunit *test)
{
	struct xs_file *file = open_file(test), *other = open_file(test);
	struct fake_store *fake = test->priv;
	u32 id = begin(test, file);

	/* Belongs to this file only. */
	send(test, other, XS_WRITE, id, "a\0b", 3);
	KUNIT_EXPECT_STREQ(test, receive(test, other, XS_ERROR), "ENOENT");
	send(test, other, XS_TRANSACTION_END, id, "T", 2);
	KUNIT_EXPECT_STREQ(test, receive(test, other, XS_ERROR), "ENOENT");
	send(test, file, XS_WRITE, id, "a\0b", 3);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_WRITE), "OK");
	send(test, file, XS_TRANSACTION_END, id, "X", 2);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR), "EINVAL");
	send(test, file, XS_TRANSACTION_END, 0, "T", 2);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR), "ENOENT");
	fake->conflicts = 1;
	send(test, file, XS_TRANSACTION_END, id, "T", 2);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR), "EAGAIN");
	send(test, file, XS_TRANSACTION_END, id, "T", 2);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR), "ENOENT");
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
	close_file(other);
	close_file(file);
}

struct ender {
	struct xs_file *file;
	struct completion ready;
	u32 id;
	int result;
};

/* Anybody who has something to do goes first. */
static int end_at_leisure(void *data)
{
	struct ender *ender = data;

	sched_setscheduler_nocheck(current, SCHED_IDLE,
				   &(const struct sched_param) {});
	ender->result = try_send(ender->file, XS_TRANSACTION_END, ender->id,
				 "T", 2);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int read_at_once(void *data)
{
	struct ender *ender = data;
	struct xs_file *file = ender->file;
	struct xs_out *out;

	complete(&ender->ready);
	wait_event(file->out_wake, !list_empty_careful(&file->out));
	scoped_guard(mutex, &file->lock) {
		out = list_first_entry(&file->out, struct xs_out, list);
		list_del(&out->list);
	}
	xs_out_free(out);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/*
 * All of them on one CPU, where who writes has the lowest priority: the answer is read,
 * and is no more, before it knows that the request is sent. For KASAN to see.
 */
static void read_while_written(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct ender ender = { .file = open_file(test) };
	struct task_struct *reader, *writer;

	ender.id = begin(test, ender.file);
	init_completion(&ender.ready);
	set_cpus_allowed_ptr(fake->task, cpumask_of(0));
	set_cpus_allowed_ptr(fake->store.pump, cpumask_of(0));
	reader = kthread_create(read_at_once, &ender, "reader");
	KUNIT_ASSERT_FALSE(test, IS_ERR(reader));
	kthread_bind(reader, 0);
	wake_up_process(reader);
	wait_for_completion(&ender.ready);
	writer = kthread_create(end_at_leisure, &ender, "writer");
	KUNIT_ASSERT_FALSE(test, IS_ERR(writer));
	kthread_bind(writer, 0);
	wake_up_process(writer);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(!READ_ONCE(fake->open_tx)));
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(list_empty_careful(&ender.file->transactions)));
	kthread_stop(writer);
	kthread_stop(reader);
	KUNIT_EXPECT_EQ(test, ender.result, 0);
	close_file(ender.file);
	KUNIT_EXPECT_EQ(test, fake->aborted, 0);
}

static void close_ends_transactions(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xs_file *file = open_file(test);

	begin(test, file);
	begin(test, file);
	KUNIT_EXPECT_EQ(test, fake->open_tx, 2);
	/* The answer to this one comes when the file is closed. */
	send(test, file, XS_TRANSACTION_START, 0, "", 1);
	close_file(file);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(fake->aborted) == 3));
	KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
}

/* After a resume the id may be that of somebody else's transaction. */
static void resume_ends_transactions(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xs_file *file = open_file(test);
	u32 id = begin(test, file);
	unsigned int before;

	xs_suspend();
	xs_resume();
	before = fake->received;
	send(test, file, XS_WRITE, id, "a\0b", 3);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR), "EAGAIN");
	send(test, file, XS_TRANSACTION_END, id, "T", 2);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR), "EAGAIN");
	KUNIT_EXPECT_EQ(test, fake->received, before);
	close_file(file);
	KUNIT_EXPECT_EQ(test, fake->aborted, 0);
}

static void watches(struct kunit *test)
{
	static const struct {
		const char *body;
		unsigned int len;
	} bad[] = { { "", 0 }, { "a", 1 }, { "a", 2 }, { "a\0t", 3 },
		    { "a\0t\0x", 5 } };
	struct fake_store *fake = test->priv;
	struct xs_file *file = open_file(test);
	const char *event;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		send(test, file, XS_WATCH, 0, bad[i].body, bad[i].len);
		KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR),
				   "EINVAL");
	}
	send(test, file, XS_UNWATCH, 0, "a\0tok", 6);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR), "ENOENT");
	/* The first event and the answer come in either order. */
	send(test, file, XS_WATCH, 0, "a\0tok", 6);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(file->events) == 1));
	send(test, file, XS_WATCH, 0, "a\0tok", 6);
	KUNIT_EXPECT_EQ(test, list_count_nodes(&file->out), 3);
	KUNIT_EXPECT_EQ(test, list_last_entry(&file->out, struct xs_out,
					      list)->hdr.type, XS_ERROR);
	close_file(file);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 0);

	file = open_file(test);
	send(test, file, XS_WATCH, 0, "a\0tok", 6);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(file->events) == 1));
	while (next_type(file) != XS_INVALID)
		receive(test, file, next_type(file));
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "a/b", "", "x"), 0);
	event = receive(test, file, XS_WATCH_EVENT);
	KUNIT_EXPECT_STREQ(test, event, "a/b");
	KUNIT_EXPECT_STREQ(test, event + 4, "tok");
	send(test, file, XS_UNWATCH, 0, "a\0tok", 6);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_UNWATCH), "OK");
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 0);
	close_file(file);
}

/* Nobody reads: one event for each path has to do. */
static void unread_events(struct kunit *test)
{
	struct xs_file *file = open_file(test);
	unsigned int i, most = XS_FILE_EVENTS_MAX / 16;
	char path[16];

	send(test, file, XS_WATCH, 0, "a\0t", 4);
	for (i = 0; i < most; i++) {
		snprintf(path, sizeof(path), "a/%u", i % 8);
		KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, path, "", "x"), 0);
	}
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(file->events) >= most));
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, path, "", "x"), 0);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "a/new", "", "x"), 0);
	KUNIT_EXPECT_TRUE(test, FAKE_WAIT(READ_ONCE(file->events) == most + 1));
	close_file(file);
}

/* Who does not read cannot send without end; others can. */
static void unread_answers(struct kunit *test)
{
	struct xs_file *file = open_file(test), *other = open_file(test);
	unsigned int i;

	for (i = 0; i < XS_FILE_REQUESTS_MAX; i++)
		send(test, file, XS_READ, 0, "none", 5);
	KUNIT_EXPECT_EQ(test, try_send(file, XS_READ, 0, "none", 5), -ENOBUFS);
	/* Answered without the store, it takes a place all the same. */
	KUNIT_EXPECT_EQ(test, try_send(file, XS_RESET_WATCHES, 0, "", 1),
			-ENOBUFS);
	send(test, other, XS_READ, 0, "none", 5);
	receive(test, other, XS_ERROR);

	receive(test, file, XS_ERROR);
	send(test, file, XS_RESET_WATCHES, 0, "", 1);
	KUNIT_EXPECT_EQ(test, try_send(file, XS_READ, 0, "none", 5), -ENOBUFS);
	for (i = 0; i < XS_FILE_REQUESTS_MAX; i++)
		receive(test, file, XS_ERROR);
	KUNIT_EXPECT_EQ(test, atomic_read(&file->requests), 0);
	close_file(other);
	close_file(file);
}

/* Answers nothing until told otherwise. */
static bool hold(struct fake_store *fake)
{
	FAKE_WAIT(READ_ONCE(fake->arg));
	return false;
}

/* A store that is silent holds up nobody who closes a file. */
static void close_does_not_wait(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xs_file *file = open_file(test), *next;

	begin(test, file);
	send(test, file, XS_WATCH, 0, "a\0one", 6);
	send(test, file, XS_WATCH, 0, "a\0two", 6);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 2);

	fake->hook = hold;
	xs_file_close(file);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 2);
	KUNIT_EXPECT_EQ(test, READ_ONCE(fake->aborted), 0);
	WRITE_ONCE(fake->arg, 1);

	/* Comes behind what the file before has left. */
	next = open_file(test);
	send(test, next, XS_WATCH, 0, "a\0one", 6);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 1);
	KUNIT_EXPECT_EQ(test, READ_ONCE(fake->aborted), 1);
	close_file(next);
	KUNIT_EXPECT_EQ(test, fake_num_watches(fake), 0);
}

/* Through the file operations, a few bytes at a time. */
static void pieces(struct kunit *test)
{
	static const struct xsd_sockmsg hdr = {
		.type = XS_READ, .req_id = 7, .len = 2,
	};
	struct fake_store *fake = test->priv;
	struct file *filp = kunit_kzalloc(test, sizeof(*filp), GFP_KERNEL);
	struct xsd_sockmsg reply[2];
	unsigned long area;
	char __user *user;
	unsigned int i;
	char msg[18];

	KUNIT_ASSERT_NOT_NULL(test, filp);
	area = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, area, 0);
	user = (char __user *)area;
	memcpy(msg, &hdr, 16);
	memcpy(msg + 16, "a", 2);
	fake_set(fake, "a", "0123456789abcdef");
	filp->private_data = open_file(test);
	filp->f_flags = O_NONBLOCK;
	KUNIT_EXPECT_EQ(test, xen_xenbus_fops.read(filp, user, 9, NULL),
			-EAGAIN);
	for (i = 0; i < sizeof(msg); i += 3) {
		KUNIT_ASSERT_EQ(test, copy_to_user(user, msg + i, 3), 0);
		KUNIT_EXPECT_EQ(test, xen_xenbus_fops.write(filp, user, 3,
							    NULL), 3);
	}
	filp->f_flags = 0;
	for (i = 0; i < 32; i += 8)
		KUNIT_EXPECT_EQ(test, xen_xenbus_fops.read(filp, user + i, 8,
							   NULL), 8);
	KUNIT_ASSERT_EQ(test, copy_from_user(reply, user, 32), 0);
	KUNIT_EXPECT_EQ(test, reply[0].type, XS_READ);
	KUNIT_EXPECT_EQ(test, reply[0].req_id, 7);
	KUNIT_EXPECT_EQ(test, reply[0].len, 16);
	KUNIT_EXPECT_MEMEQ(test, &reply[1], "0123456789abcdef", 16);
	KUNIT_ASSERT_EQ(test, put_user(XENSTORE_PAYLOAD_MAX + 1,
				       (u32 __user *)(user + 12)), 0);
	KUNIT_EXPECT_EQ(test, xen_xenbus_fops.write(filp, user, 16, NULL),
			-EINVAL);

	/* A good message and a bad one: the error comes with the second. */
	KUNIT_ASSERT_EQ(test, copy_to_user(user, msg, 18), 0);
	KUNIT_ASSERT_EQ(test, copy_to_user(user + 18, msg, 16), 0);
	KUNIT_ASSERT_EQ(test, put_user(XENSTORE_PAYLOAD_MAX + 1,
				       (u32 __user *)(user + 18 + 12)), 0);
	KUNIT_EXPECT_EQ(test, xen_xenbus_fops.write(filp, user, 34, NULL), 18);
	KUNIT_EXPECT_EQ(test, xen_xenbus_fops.write(filp, user + 18, 16, NULL),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, xen_xenbus_fops.write(filp, user, 0, NULL), 0);
	close_file(filp->private_data);
}

static void broken_store(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct xs_file *file = open_file(test);

	scoped_guard(mutex, &fake->store.pump_lock)
		xs_fail_requests(&fake->store, -EIO, true);
	send(test, file, XS_READ, 0, "a", 2);
	KUNIT_EXPECT_STREQ(test, receive(test, file, XS_ERROR), "EIO");
	close_file(file);
}

static struct kunit_case file_cases[] = {
	KUNIT_CASE(pass_through),
	KUNIT_CASE(without_path),
	KUNIT_CASE(transactions),
	KUNIT_CASE(read_while_written),
	KUNIT_CASE(close_ends_transactions),
	KUNIT_CASE(resume_ends_transactions),
	KUNIT_CASE(watches),
	KUNIT_CASE(unread_events),
	KUNIT_CASE(unread_answers),
	KUNIT_CASE(close_does_not_wait),
	KUNIT_CASE(pieces),
	KUNIT_CASE(broken_store),
	{}
};

static struct kunit_suite file_suite = {
	.name = "xen_xenbus_file",
	.init = fake_store_init,
	.exit = fake_store_exit,
	.test_cases = file_cases,
};

kunit_test_suite(file_suite);
