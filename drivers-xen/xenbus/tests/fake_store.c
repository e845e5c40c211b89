// SPDX-License-Identifier: GPL-2.0
/*
 * A xenstored in a thread, see fake_store.h.
 */
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "fake_store.h"
#include "fake_tree.h"

static void notify(struct xs_wire *wire)
{
	struct fake_store *fake = container_of(wire, struct fake_store,
					       store.wire);

	WRITE_ONCE(fake->kicked, true);
	wake_up(&fake->wake);
}

static void pause_for_client(struct fake_store *fake)
{
	wait_event_interruptible_timeout(fake->wake,
					 xchg(&fake->kicked, false) ||
					 kthread_should_stop(), HZ / 10);
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
		if (done < len && !num)
			pause_for_client(fake);
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

void fake_send_bytes(struct fake_store *fake, const void *bytes,
		     unsigned int len)
{
	give(fake, bytes, len);
}

void fake_send(struct fake_store *fake, u32 type, u32 id, const void *body,
	       unsigned int len)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = id, .len = len };

	fake_send_raw(fake, &hdr, body, len);
}

static void reply(struct fake_store *fake, const void *body, unsigned int len)
{
	fake_send(fake, fake->hdr.type, fake->hdr.req_id, body, len);
}

void fake_reply_string(struct fake_store *fake, const char *string)
{
	reply(fake, string, strlen(string) + 1);
}

void fake_error(struct fake_store *fake, const char *name)
{
	fake_send(fake, XS_ERROR, fake->hdr.req_id, name, strlen(name) + 1);
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

/* Only in the thread: the response ring has one writer. */
static void fire(struct fake_store *fake, const char *path)
{
	struct fake_watch *watch;

	list_for_each_entry(watch, &fake->watches, list) {
		if (fake_is_below(path, watch->path))
			fake_event(fake, path, watch->token);
	}
}

void fake_set(struct fake_store *fake, const char *path, const char *value)
{
	guard(mutex)(&fake->lock);
	fake_tree_set(&fake->nodes, path, value, strlen(value));
}

/* A copy of the value that lives as long as the test, or NULL. */
char *fake_get(struct fake_store *fake, const char *path)
{
	struct fake_node *node;

	guard(mutex)(&fake->lock);
	node = fake_tree_find(&fake->nodes, path);
	return node ? kunit_kstrdup(fake->test, node->value, GFP_KERNEL) : NULL;
}

void fake_remove(struct fake_store *fake, const char *path)
{
	guard(mutex)(&fake->lock);
	fake_tree_remove(&fake->nodes, path);
}

static struct fake_tx *find_tx(struct fake_store *fake, u32 id)
{
	struct fake_tx *tx;

	list_for_each_entry(tx, &fake->transactions, list) {
		if (tx->id == id)
			return tx;
	}
	return NULL;
}

/* The tree that the request at hand sees. */
static struct list_head *tree_of(struct fake_store *fake)
{
	struct fake_tx *tx = find_tx(fake, fake->hdr.tx_id);

	lockdep_assert_held(&fake->lock);
	return tx ? &tx->nodes : &fake->nodes;
}

/* Others hear of it at once, or when the transaction is done. */
static void changed(struct fake_store *fake, const char *path)
{
	struct fake_tx *tx = find_tx(fake, fake->hdr.tx_id);

	if (tx) {
		fake_tx_changed(tx, path);
		return;
	}
	fake->changes++;
	fire(fake, path);
}

static void do_read(struct fake_store *fake)
{
	struct fake_node *node;

	guard(mutex)(&fake->lock);
	node = fake_tree_find(tree_of(fake), fake->body);
	if (node)
		reply(fake, node->value, node->len);
	else
		fake_error(fake, "ENOENT");
}

static void do_write(struct fake_store *fake)
{
	size_t path_size = strlen(fake->body) + 1;

	if (path_size > fake->hdr.len) {
		fake_error(fake, "EINVAL");
		return;
	}
	scoped_guard(mutex, &fake->lock)
		fake_tree_set(tree_of(fake), fake->body, fake->body + path_size,
			      fake->hdr.len - path_size);
	changed(fake, fake->body);
	fake_reply_string(fake, "OK");
}

static void do_mkdir(struct fake_store *fake)
{
	scoped_guard(mutex, &fake->lock) {
		if (!fake_tree_find(tree_of(fake), fake->body))
			fake_tree_set(tree_of(fake), fake->body, "", 0);
	}
	changed(fake, fake->body);
	fake_reply_string(fake, "OK");
}

static void do_rm(struct fake_store *fake)
{
	bool found;

	scoped_guard(mutex, &fake->lock) {
		found = fake_tree_find(tree_of(fake), fake->body);
		fake_tree_remove(tree_of(fake), fake->body);
	}
	if (!found) {
		fake_error(fake, "ENOENT");
		return;
	}
	changed(fake, fake->body);
	fake_reply_string(fake, "OK");
}

static void do_directory(struct fake_store *fake)
{
	size_t dir = strlen(fake->body);
	struct fake_node *node;
	unsigned int len = 0;
	char *list;

	guard(mutex)(&fake->lock);
	if (!fake_tree_find(tree_of(fake), fake->body)) {
		fake_error(fake, "ENOENT");
		return;
	}
	list = kzalloc(FAKE_BODY_MAX, GFP_KERNEL | __GFP_NOFAIL);
	list_for_each_entry(node, tree_of(fake), list) {
		if (strncmp(node->path, fake->body, dir) ||
		    node->path[dir] != '/' || strchr(node->path + dir + 1, '/'))
			continue;
		len += scnprintf(list + len, FAKE_BODY_MAX - len, "%s",
				 node->path + dir + 1) + 1;
	}
	if (len > XENSTORE_PAYLOAD_MAX)
		fake_error(fake, "E2BIG");
	else
		reply(fake, list, len);
	kfree(list);
}

static void start_tx(struct fake_store *fake)
{
	struct fake_tx *tx;
	char id[12];

	scoped_guard(mutex, &fake->lock) {
		tx = fake_tx_new(&fake->nodes, ++fake->next_tx, fake->changes);
		list_add(&tx->list, &fake->transactions);
	}
	fake->open_tx++;
	snprintf(id, sizeof(id), "%u", fake->next_tx);
	fake_reply_string(fake, id);
}

static void commit(struct fake_store *fake, struct fake_tx *tx)
{
	struct fake_node *node;

	if (fake->conflicts) {
		fake->conflicts--;
		fake_error(fake, "EAGAIN");
		return;
	}
	if (tx->base != fake->changes) {
		fake_error(fake, "EAGAIN");
		return;
	}
	scoped_guard(mutex, &fake->lock)
		fake_tx_apply(tx, &fake->nodes);
	fake->changes += !list_empty(&tx->changed);
	list_for_each_entry(node, &tx->changed, list)
		fire(fake, node->path);
	fake_reply_string(fake, "OK");
}

static void end_tx(struct fake_store *fake)
{
	struct fake_tx *tx = find_tx(fake, fake->hdr.tx_id);

	if (!tx) {
		fake_error(fake, "ENOENT");
		return;
	}
	fake->open_tx--;
	if (fake->body[0] == 'T') {
		commit(fake, tx);
	} else {
		fake->aborted++;
		fake_reply_string(fake, "OK");
	}
	fake_tx_free(tx);
}

static void free_watch(struct fake_watch *watch)
{
	list_del(&watch->list);
	kfree(watch->path);
	kfree(watch->token);
	kfree(watch);
}

static struct fake_watch *find_watch(struct fake_store *fake, const char *path,
				     const char *token)
{
	struct fake_watch *watch;

	list_for_each_entry(watch, &fake->watches, list) {
		if (!strcmp(watch->path, path) && !strcmp(watch->token, token))
			return watch;
	}
	return NULL;
}

static void do_watch(struct fake_store *fake)
{
	const char *path = fake->body, *token = path + strlen(path) + 1;
	struct fake_watch *watch;

	if (strlen(path) + 1 >= fake->hdr.len) {
		fake_error(fake, "EINVAL");
		return;
	}
	watch = find_watch(fake, path, token);
	if (fake->hdr.type == XS_UNWATCH) {
		if (!watch) {
			fake_error(fake, "ENOENT");
			return;
		}
		scoped_guard(mutex, &fake->lock)
			free_watch(watch);
		fake_reply_string(fake, "OK");
		return;
	}
	if (watch) {
		fake_error(fake, "EEXIST");
		return;
	}
	watch = kzalloc(sizeof(*watch), GFP_KERNEL | __GFP_NOFAIL);
	watch->path = kstrdup(path, GFP_KERNEL | __GFP_NOFAIL);
	watch->token = kstrdup(token, GFP_KERNEL | __GFP_NOFAIL);
	scoped_guard(mutex, &fake->lock)
		list_add_tail(&watch->list, &fake->watches);
	fake_reply_string(fake, "OK");
	fake_event(fake, path, token);
}

unsigned int fake_num_watches(struct fake_store *fake)
{
	guard(mutex)(&fake->lock);
	return list_count_nodes(&fake->watches);
}

static void handle(struct fake_store *fake)
{
	if (fake->hdr.tx_id && !find_tx(fake, fake->hdr.tx_id)) {
		fake_error(fake, "ENOENT");
		return;
	}
	switch (fake->hdr.type) {
	case XS_READ:
		do_read(fake);
		break;
	case XS_WRITE:
		do_write(fake);
		break;
	case XS_MKDIR:
		do_mkdir(fake);
		break;
	case XS_RM:
		do_rm(fake);
		break;
	case XS_DIRECTORY:
		do_directory(fake);
		break;
	case XS_TRANSACTION_START:
		start_tx(fake);
		break;
	case XS_TRANSACTION_END:
		end_tx(fake);
		break;
	case XS_WATCH:
	case XS_UNWATCH:
		do_watch(fake);
		break;
	default:
		fake_error(fake, "ENOSYS");
	}
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
		if (!fake->hook || !fake->hook(fake))
			handle(fake);
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
	INIT_LIST_HEAD(&fake->nodes);
	INIT_LIST_HEAD(&fake->transactions);
	INIT_LIST_HEAD(&fake->watches);
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
	list_for_each_entry_safe(watch, next, &fake->watches, list)
		free_watch(watch);
	while (!list_empty(&fake->transactions))
		fake_tx_free(list_first_entry(&fake->transactions,
					      struct fake_tx, list));
	fake_tree_free(&fake->nodes);
	free_page((unsigned long)fake->page);
}
