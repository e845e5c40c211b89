// SPDX-License-Identifier: GPL-2.0
/*
 * A xenstored in a thread, see fake_store.h.
 */
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "fake_store.h"

static void notify(struct xs_wire *wire)
{
	struct fake_store *fake = container_of(wire, struct fake_store,
					       store.wire);

	WRITE_ONCE(fake->kicked, true);
	wake_up(&fake->wake);
}

/* False if nothing came for a while. */
static bool pause_for_client(struct fake_store *fake)
{
	return wait_event_interruptible_timeout(fake->wake,
						xchg(&fake->kicked, false) ||
						kthread_should_stop(), HZ / 10);
}

static void answer(struct fake_store *fake)
{
	int err = fake_handle(fake);

	if (err)
		fake_error(fake, xs_errno_to_error(err));
}

static void answer_kept(struct fake_store *fake)
{
	struct fake_kept *kept, *next;

	if (list_empty(&fake->kept))
		return;
	WRITE_ONCE(fake->rounds, fake->rounds + 1);
	list_for_each_entry_safe(kept, next, &fake->kept, list) {
		fake->hdr = kept->hdr;
		memcpy(fake->body, kept->body, kept->hdr.len);
		fake->body[kept->hdr.len] = '\0';
		list_del(&kept->list);
		kfree(kept);
		answer(fake);
	}
}

/* Reads @len bytes of a request; false when the test is over. */
static bool take(struct fake_store *fake, void *to, unsigned int len)
{
	struct xenstore_domain_interface *page = fake->page;
	unsigned int done = 0;
	u32 cons, prod, num;

	while (done < len) {
		cons = page->req_cons;
		/* Index before bytes; pairs with the client's put. */
		prod = smp_load_acquire(&page->req_prod);
		num = min(prod - cons, len - done);
		num = min3(num, fake->chunk,
			   XENSTORE_RING_SIZE - MASK_XENSTORE_IDX(cons));
		memcpy(to + done, page->req + MASK_XENSTORE_IDX(cons), num);
		done += num;
		/* The bytes are copied; pairs with the client's put. */
		smp_store_release(&page->req_cons, cons + num);
		xs_kick(&fake->store);
		if (done < len && !num && !pause_for_client(fake) &&
		    to == &fake->hdr && !done)
			answer_kept(fake);
		if (kthread_should_stop())
			return false;
	}
	return true;
}

static void give(struct fake_store *fake, const void *from, unsigned int len)
{
	struct xenstore_domain_interface *page = fake->page;
	unsigned int done = 0;
	u32 prod, cons, num;

	while (done < len && !kthread_should_stop()) {
		prod = page->rsp_prod;
		/* Room before bytes; pairs with the client's get. */
		cons = smp_load_acquire(&page->rsp_cons);
		num = XENSTORE_RING_SIZE - (prod - cons);
		num = min(min3(num, fake->chunk, len - done),
			  XENSTORE_RING_SIZE - MASK_XENSTORE_IDX(prod));
		memcpy(page->rsp + MASK_XENSTORE_IDX(prod), from + done, num);
		done += num;
		/* The bytes are there; pairs with the client's get. */
		smp_store_release(&page->rsp_prod, prod + num);
		xs_kick(&fake->store);
		if (!num)
			pause_for_client(fake);
	}
}

/* @body may be shorter or longer than @hdr says. */
void fake_send_raw(struct fake_store *fake, const struct xsd_sockmsg *hdr,
		   const void *body, unsigned int len)
{
	give(fake, hdr, sizeof(*hdr));
	give(fake, body, len);
}

void fake_send(struct fake_store *fake, u32 type, u32 id, const void *body,
	       unsigned int len)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = id, .len = len };

	fake_send_raw(fake, &hdr, body, len);
}

void fake_reply(struct fake_store *fake, const void *body, unsigned int len)
{
	fake_send(fake, fake->hdr.type, fake->hdr.req_id, body, len);
}

void fake_reply_string(struct fake_store *fake, const char *string)
{
	fake_reply(fake, string, strlen(string) + 1);
}

void fake_error(struct fake_store *fake, const char *name)
{
	fake_send(fake, XS_ERROR, fake->hdr.req_id, name, strlen(name) + 1);
}

void fake_send_bytes(struct fake_store *fake, const void *bytes,
		     unsigned int len)
{
	give(fake, bytes, len);
}

void fake_event(struct fake_store *fake, const char *path, const char *token)
{
	size_t path_size = strlen(path) + 1, token_size = strlen(token) + 1;
	char *body = kzalloc(path_size + token_size, GFP_KERNEL);

	if (!body)
		return;
	memcpy(body, path, path_size);
	memcpy(body + path_size, token, token_size);
	fake_send(fake, XS_WATCH_EVENT, 0, body, path_size + token_size);
	kfree(body);
}

void fake_set(struct fake_store *fake, const char *path, const char *value)
{
	guard(mutex)(&fake->lock);
	fake_tree_set(&fake->tree, path, value, strlen(value));
}

void fake_perms(struct fake_store *fake, const char *path, const char *perms)
{
	guard(mutex)(&fake->lock);
	fake_tree_perms(&fake->tree, path, perms, strlen(perms) + 1);
}

/* A copy of the value that lives as long as the test, or NULL. */
char *fake_get(struct fake_store *fake, const char *path)
{
	struct fake_node *node;

	guard(mutex)(&fake->lock);
	node = fake_tree_find(&fake->tree, path);
	return node ? kunit_kstrdup(fake->test, node->value, GFP_KERNEL) : NULL;
}

void fake_remove(struct fake_store *fake, const char *path)
{
	guard(mutex)(&fake->lock);
	fake_tree_remove(&fake->tree, path);
}

/* A request that waits until the client has no more to ask. */
static void keep(struct fake_store *fake)
{
	struct fake_kept *kept = kzalloc(struct_size(kept, body,
						     fake->hdr.len),
					 GFP_KERNEL | __GFP_NOFAIL);

	kept->hdr = fake->hdr;
	memcpy(kept->body, fake->body, fake->hdr.len);
	list_add_tail(&kept->list, &fake->kept);
}

static int fake_thread(void *data)
{
	struct fake_store *fake = data;

	while (take(fake, &fake->hdr, sizeof(fake->hdr)) &&
	       fake->hdr.len <= XENSTORE_PAYLOAD_MAX &&
	       take(fake, fake->body, fake->hdr.len)) {
		fake->body[fake->hdr.len] = '\0';
		if (fake->hdr.type < XS_TYPE_COUNT)
			fake->types[fake->hdr.type]++;
		WRITE_ONCE(fake->received, fake->received + 1);
		if (READ_ONCE(fake->patient))
			keep(fake);
		else if (!fake->hook || !fake->hook(fake))
			answer(fake);
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

int fake_store_init(struct kunit *test)
{
	struct fake_store *fake;

	if (xs_store)
		kunit_skip(test, "this system has a xenstore of its own");
	fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->page = (void *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake->page);
	test->priv = fake;
	fake->test = test;
	fake->chunk = XENSTORE_RING_SIZE;
	init_waitqueue_head(&fake->wake);
	mutex_init(&fake->lock);
	fake_tree_init(&fake->tree);
	INIT_LIST_HEAD(&fake->watches);
	INIT_LIST_HEAD(&fake->kept);
	fake->store.wire.page = fake->page;
	fake->store.wire.notify = notify;
	xs_store_init(&fake->store);
	fake->task = kthread_run(fake_thread, fake, "fake-xenstored");
	KUNIT_ASSERT_FALSE(test, IS_ERR(fake->task));
	KUNIT_ASSERT_EQ(test, xs_store_start(&fake->store), 0);
	xs_store = &fake->store;
	return 0;
}

void fake_store_exit(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	struct fake_watch *watch, *next;

	if (!fake)
		return;
	kthread_stop(fake->task);
	xs_store_stop(&fake->store);
	xs_store = NULL;
	KUNIT_EXPECT_EQ(test, fake->store.users, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&fake->store.watches));
	KUNIT_EXPECT_TRUE(test, list_empty(&fake->kept));
	list_for_each_entry_safe(watch, next, &fake->watches, list)
		fake_watch_free(watch);
	fake_tree_free(&fake->tree);
	free_page((unsigned long)fake->page);
}
