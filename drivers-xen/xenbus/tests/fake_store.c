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

static void answer_kept(struct fake_store *fake);

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

/*
 * Whoever watches below what is about to be removed hears of it, by the name that
 * is watched.
 */
static void mark_below(struct fake_store *fake, const char *path)
{
	char *full = fake_full_path(path), *dir;
	struct fake_watch *watch;

	lockdep_assert_held(&fake->lock);
	list_for_each_entry(watch, &fake->watches, list) {
		dir = fake_full_path(watch->path);
		watch->lost = strcmp(dir, full) && fake_is_below(dir, full) &&
			fake_tree_find(&fake->tree, dir);
		kfree(dir);
	}
	kfree(full);
}

static void fire_below(struct fake_store *fake)
{
	struct fake_watch *watch;

	list_for_each_entry(watch, &fake->watches, list) {
		if (watch->lost)
			fake_event(fake, watch->path, watch->token);
		watch->lost = false;
	}
}

/* Relative watches have relative events. Only in the thread: one writer. */
static void fire(void *arg, const char *path)
{
	struct fake_store *fake = arg;
	char *full = fake_full_path(path), *dir;
	struct fake_watch *watch;

	list_for_each_entry(watch, &fake->watches, list) {
		dir = fake_full_path(watch->path);
		if (fake_is_below(full, dir))
			fake_event(fake, strcmp(dir, watch->path) ?
				   full + strlen(FAKE_HOME) : full,
				   watch->token);
		kfree(dir);
	}
	kfree(full);
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

/* Is the request allowed, and, if @exists, is there what it is about? */
static int may(struct fake_store *fake, enum fake_access how, bool exists)
{
	struct fake_tree *view = fake_tx_tree(&fake->tree, fake->hdr.tx_id);
	int err;

	lockdep_assert_held(&fake->lock);
	err = fake_tx_access(&fake->tree, fake->hdr.tx_id, fake->body, how);
	if (!err && exists && !fake_tree_find(view, fake->body))
		err = -ENOENT;
	return err;
}

static struct fake_tree *view_of(struct fake_store *fake)
{
	return fake_tx_tree(&fake->tree, fake->hdr.tx_id);
}

/* What was changed in a transaction is seen at its end */
static void changed(struct fake_store *fake)
{
	if (!fake->hdr.tx_id)
		fire(fake, fake->body);
	fake_reply_string(fake, "OK");
}

static int do_read(struct fake_store *fake)
{
	struct fake_node *node;
	int err;

	guard(mutex)(&fake->lock);
	err = may(fake, FAKE_LOOK, true);
	if (err)
		return err;
	node = fake_tree_find(view_of(fake), fake->body);
	if (fake->hdr.type == XS_READ)
		reply(fake, node->value, node->len);
	else
		reply(fake, node->perms ?: "b0", node->perms ?
						 node->perms_len : 3);
	return 0;
}

/* XS_MKDIR leaves a node alone that is there */
static int do_write(struct fake_store *fake)
{
	bool is_write = fake->hdr.type == XS_WRITE;
	size_t path_size = strlen(fake->body) + 1;
	int err;

	if (is_write && path_size > fake->hdr.len)
		return -EINVAL;
	scoped_guard(mutex, &fake->lock) {
		err = may(fake, FAKE_CHANGE, false);
		if (err)
			return err;
		if (is_write)
			fake_tree_set(view_of(fake), fake->body,
				      fake->body + path_size,
				      fake->hdr.len - path_size);
		else if (!fake_tree_find(view_of(fake), fake->body))
			fake_tree_set(view_of(fake), fake->body, "", 0);
	}
	changed(fake);
	return 0;
}

static int do_rm(struct fake_store *fake)
{
	int err;

	scoped_guard(mutex, &fake->lock) {
		err = may(fake, FAKE_REMOVE, true);
		if (err)
			return err;
		/* In a transaction each node is remembered by itself. */
		if (!fake->hdr.tx_id)
			mark_below(fake, fake->body);
		fake_tree_remove(view_of(fake), fake->body);
	}
	fire_below(fake);
	changed(fake);
	return 0;
}

static int do_set_perms(struct fake_store *fake)
{
	size_t path_size = strlen(fake->body) + 1;
	int err;

	if (path_size >= fake->hdr.len)
		return -EINVAL;
	scoped_guard(mutex, &fake->lock) {
		err = may(fake, FAKE_OWN, true);
		if (err)
			return err;
		fake_tree_perms(view_of(fake), fake->body,
				fake->body + path_size,
				fake->hdr.len - path_size);
	}
	changed(fake);
	return 0;
}

static int do_directory(struct fake_store *fake)
{
	struct fake_node *node;
	unsigned int len = 0;
	char *list, *full;
	size_t dir;
	int err;

	guard(mutex)(&fake->lock);
	err = may(fake, FAKE_LOOK, true);
	if (err)
		return err;
	full = fake_full_path(fake->body);
	dir = strlen(full);
	list = kzalloc(FAKE_BODY_MAX, GFP_KERNEL | __GFP_NOFAIL);
	list_for_each_entry(node, &view_of(fake)->nodes, list) {
		if (strncmp(node->path, full, dir) || node->path[dir] != '/' ||
		    strchr(node->path + dir + 1, '/'))
			continue;
		len += scnprintf(list + len, FAKE_BODY_MAX - len, "%s",
				 node->path + dir + 1) + 1;
	}
	if (len > XENSTORE_PAYLOAD_MAX)
		err = -E2BIG;
	else
		reply(fake, list, len);
	kfree(full);
	kfree(list);
	return err;
}

static int do_transaction_start(struct fake_store *fake)
{
	char id[12];

	guard(mutex)(&fake->lock);
	fake->open_tx++;
	snprintf(id, sizeof(id), "%u",
		 fake_tx_start(&fake->tree, ++fake->next_tx));
	fake_reply_string(fake, id);
	return 0;
}

static int do_transaction_end(struct fake_store *fake)
{
	bool commit = fake->body[0] == 'T';
	bool conflict = commit && fake->conflicts;
	int err;

	guard(mutex)(&fake->lock);
	err = fake_tx_end(&fake->tree, fake->hdr.tx_id, commit && !conflict,
			  fire, fake);
	if (err == -ENOENT)
		return err;
	fake->open_tx--;
	if (!commit)
		fake->aborted++;
	if (conflict)
		fake->conflicts--;
	if (err || conflict)
		return -EAGAIN;
	fake_reply_string(fake, "OK");
	return 0;
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

static int do_unwatch(struct fake_store *fake)
{
	struct fake_watch *watch;

	guard(mutex)(&fake->lock);
	watch = find_watch(fake, fake->body,
			   fake->body + strlen(fake->body) + 1);
	if (!watch)
		return -ENOENT;
	free_watch(watch);
	fake_reply_string(fake, "OK");
	return 0;
}

static int do_watch(struct fake_store *fake)
{
	const char *path = fake->body, *token = path + strlen(path) + 1;
	struct fake_watch *watch;

	if (strlen(path) + 1 >= fake->hdr.len)
		return -EINVAL;
	if (fake->hdr.type == XS_UNWATCH)
		return do_unwatch(fake);
	if (find_watch(fake, path, token))
		return -EEXIST;
	watch = kzalloc(sizeof(*watch), GFP_KERNEL | __GFP_NOFAIL);
	watch->path = kstrdup(path, GFP_KERNEL | __GFP_NOFAIL);
	watch->token = kstrdup(token, GFP_KERNEL | __GFP_NOFAIL);
	scoped_guard(mutex, &fake->lock)
		list_add_tail(&watch->list, &fake->watches);
	fake_reply_string(fake, "OK");
	fake_event(fake, path, token);
	return 0;
}

unsigned int fake_num_watches(struct fake_store *fake)
{
	guard(mutex)(&fake->lock);
	return list_count_nodes(&fake->watches);
}

static int handle(struct fake_store *fake)
{
	switch (fake->hdr.type) {
	case XS_READ:
	case XS_GET_PERMS:
		return do_read(fake);
	case XS_WRITE:
	case XS_MKDIR:
		return do_write(fake);
	case XS_RM:
		return do_rm(fake);
	case XS_SET_PERMS:
		return do_set_perms(fake);
	case XS_DIRECTORY:
		return do_directory(fake);
	case XS_TRANSACTION_START:
		return do_transaction_start(fake);
	case XS_TRANSACTION_END:
		return do_transaction_end(fake);
	case XS_WATCH:
	case XS_UNWATCH:
		return do_watch(fake);
	default:
		return -ENOSYS;
	}
}

static void answer(struct fake_store *fake)
{
	int err = handle(fake);

	if (err)
		fake_error(fake, xs_errno_to_error(err));
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
		free_watch(watch);
	fake_tree_free(&fake->tree);
	free_page((unsigned long)fake->page);
}
