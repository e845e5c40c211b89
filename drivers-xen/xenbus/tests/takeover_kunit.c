// SPDX-License-Identifier: GPL-2.0
/*
 * What a kernel before us has left: the rest of a conversation with the store, and
 * devices in any state.
 */
#include <kunit/test.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../together.h"
#include "fake_bus.h"

#define NODE	"device/thing/0"

/**
 * struct rest - the rest of an answer that the kernel before us did not read
 * @len: how many bytes
 * @fill: their value
 * @chunk: how many bytes the store moves at once
 */
struct rest {
	unsigned int len;
	u8 fill;
	unsigned int chunk;
};

static const struct rest rests[] = {
	{ 0, 0x00, 1024 }, { 1, 0x00, 1024 }, { 15, 0xff, 1024 },
	{ 16, 0x02, 7 }, { 17, 0x00, 1 }, { 900, 0xa5, 1024 },
	{ 4000, 0x00, 1024 },
};

static void rest_name(const struct rest *rest, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%u bytes of 0x%02x, %u at once",
		 rest->len, rest->fill, rest->chunk);
}

KUNIT_ARRAY_PARAM(rest, rests, rest_name);

/* And a whole answer, and an event, before the first that is for us. */
static bool leftovers(struct fake_store *fake)
{
	const struct rest *rest = fake->test->param_value;
	struct xsd_sockmsg part;
	unsigned int done, num;
	u8 fill[16];

	if (fake->arg++)
		return false;
	memset(fill, rest->fill, sizeof(fill));
	memcpy(&part, fill, sizeof(part));
	for (done = 0; done < rest->len; done += num) {
		num = min_t(unsigned int, rest->len - done, 16);
		if (num == 16)
			fake_send_raw(fake, &part, "", 0);
		else
			fake_send_bytes(fake, fill, num);
	}
	fake_send(fake, XS_READ, fake->hdr.req_id + 1, "stale", 5);
	fake_event(fake, "device", "FFFF888012345678");
	fake_send(fake, XS_DIRECTORY, fake->hdr.req_id, "other type", 10);
	return false;
}

static void conversation(struct kunit *test)
{
	const struct rest *rest = test->param_value;
	struct fake_store *fake = test->priv;
	char *value;
	int i;

	fake_set(fake, "a", "value");
	fake->chunk = rest->chunk;
	fake->store.parser.hunting = true;
	fake->store.next_id = 0x5a5a1234;
	fake->hook = leftovers;
	for (i = 0; i < 2; i++) {
		value = xenbus_read(XBT_NIL, "a", "", NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(value));
		KUNIT_EXPECT_STREQ(test, value, "value");
		kfree(value);
		KUNIT_EXPECT_FALSE(test, fake->store.parser.hunting);
	}
}

/* An error is an answer, too. */
static bool leftover_byte(struct fake_store *fake)
{
	if (!fake->arg++)
		fake_send_bytes(fake, "x", 1);
	return false;
}

static void first_answer_is_error(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake->store.parser.hunting = true;
	fake->hook = leftover_byte;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(xenbus_read(XBT_NIL, "a", "",
							  NULL)), -ENOENT);
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "a", "", "x"), 0);
}

/* Only before the first answer: afterwards the same is a store gone mad. */
static void later_junk(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake->store.parser.hunting = true;
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "a", "", "x"), 0);
	fake->hook = leftover_byte;
	KUNIT_EXPECT_EQ(test, xenbus_write(XBT_NIL, "a", "", "x"), -EIO);
	KUNIT_EXPECT_TRUE(test, fake->store.broken);
}

/* A backend as they are, on the other side of @hook. */
static enum xenbus_state backend;
static enum xenbus_state deaf_in;

static bool follow(struct fake_store *fake)
{
	static const char * const numbers[] = { "0", "1", "2", "3", "4", "5", "6",
						"7", "8" };
	const char *value = fake->body + sizeof(NODE "/state");
	enum xenbus_state before = backend;

	if (fake->hdr.type != XS_WRITE || strcmp(fake->body, NODE "/state") ||
	    backend == deaf_in)
		return false;
	if (*value == '5')
		backend = XenbusStateClosing;
	else if (*value == '6')
		backend = XenbusStateClosed;
	else if (*value == '1' && backend == XenbusStateClosed)
		backend = XenbusStateInitWait;
	if (backend != before)
		fake_set(fake, FAKE_BACK "/state", numbers[backend]);
	return false;
}

static void set_pair(struct fake_store *fake, unsigned int front,
		     unsigned int back)
{
	char value[2] = "0";

	value[0] = '0' + front;
	fake_set(fake, NODE "/state", value);
	fake_set(fake, NODE "/backend", FAKE_BACK);
	value[0] = '0' + back;
	fake_set(fake, FAKE_BACK "/state", value);
	backend = back;
	deaf_in = -1;
	fake->hook = follow;
}

/* From any pair of states to one that a driver can begin with */
static void all_pairs(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int front, back;

	for (front = 0; front <= XenbusStateReconfigured; front++) {
		for (back = 0; back <= XenbusStateReconfigured; back++) {
			set_pair(fake, front, back);
			KUNIT_EXPECT_EQ_MSG(test, xenbus_take_over(NODE, 2000),
					    0, "%u, %u", front, back);
			KUNIT_EXPECT_STREQ(test,
					   fake_get(fake, NODE "/state"), "1");
			KUNIT_EXPECT_TRUE_MSG(test,
					      backend <= XenbusStateInitWait,
					      "%u, %u: %u", front, back,
					      backend);
		}
	}
}

static const char * const agreed[] = {
	"ring-ref", "ring-ref0", "ring-page-order", "event-channel", "event-channel-tx",
	"tx-ring-ref", "feature-persistent", "multi-queue-num-queues",
	"xdp-headroom", "queue-0/ring-ref", "queue-1/event-channel-rx", "request-rx-copy",
};

static const char * const given[] = {
	"backend-id", "handle", "mac", "virtual-device", "device-type", "trusted",
};

/* A frontend with one queue says nothing of the two that the last one had. */
static void forgets_what_was_agreed(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int i;
	char key[64];

	set_pair(fake, XenbusStateConnected, XenbusStateConnected);
	for (i = 0; i < ARRAY_SIZE(agreed); i++) {
		snprintf(key, sizeof(key), NODE "/%s", agreed[i]);
		fake_set(fake, key, "2");
	}
	for (i = 0; i < ARRAY_SIZE(given); i++) {
		snprintf(key, sizeof(key), NODE "/%s", given[i]);
		fake_set(fake, key, "7");
	}
	KUNIT_EXPECT_EQ(test, xenbus_take_over(NODE, 2000), 0);
	for (i = 0; i < ARRAY_SIZE(agreed); i++) {
		snprintf(key, sizeof(key), NODE "/%s", agreed[i]);
		KUNIT_EXPECT_NULL_MSG(test, fake_get(fake, key), "%s", key);
	}
	for (i = 0; i < ARRAY_SIZE(given); i++) {
		snprintf(key, sizeof(key), NODE "/%s", given[i]);
		KUNIT_EXPECT_STREQ(test, fake_get(fake, key), "7");
	}
	KUNIT_EXPECT_STREQ(test, fake_get(fake, NODE "/backend"), FAKE_BACK);
}

static void deaf_backend(struct kunit *test)
{
	static const enum xenbus_state deaf[] = {
		XenbusStateInitialised, XenbusStateConnected,
		XenbusStateClosing, XenbusStateReconfiguring,
	};
	struct fake_store *fake = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(deaf); i++) {
		set_pair(fake, XenbusStateConnected, deaf[i]);
		deaf_in = deaf[i];
		KUNIT_EXPECT_EQ(test, xenbus_take_over(NODE, 30), -ETIMEDOUT);
		/* Nobody may take it for new. */
		KUNIT_EXPECT_STRNEQ(test, fake_get(fake, NODE "/state"), "1");
	}
	/* It is there, and will hear the driver. */
	set_pair(fake, XenbusStateConnected, XenbusStateClosed);
	deaf_in = XenbusStateClosed;
	KUNIT_EXPECT_EQ(test, xenbus_take_over(NODE, 30), 0);
}

static bool mad_backend(struct fake_store *fake)
{
	if (fake->hdr.type == XS_WRITE && !strcmp(fake->body, NODE "/state"))
		fake_set(fake, FAKE_BACK "/state", fake->arg++ & 1 ? "4" : "5");
	return false;
}

/* One that never comes to an end does not take us along. */
static void endless_backend(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	set_pair(fake, XenbusStateConnected, XenbusStateConnected);
	fake->hook = mad_backend;
	KUNIT_EXPECT_EQ(test, xenbus_take_over(NODE, 30), -EBUSY);
}

static void no_backend(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_set(fake, NODE "/state", "4");
	KUNIT_EXPECT_EQ(test, xenbus_take_over(NODE, 30), -ENOENT);
	fake_set(fake, NODE "/backend", "");
	KUNIT_EXPECT_EQ(test, xenbus_take_over(NODE, 30), -ENOENT);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, NODE "/state"), "4");
}

#define CROWD	20

/*
 * Backends that begin to close when @full frontends are waiting for that, or none
 * is left that could, and only after a while in which one more could begin.
 */
static struct {
	unsigned int full;
	unsigned int begun;
	unsigned int inside;
	unsigned int most;
	unsigned int polls;
	bool waits[CROWD];
} crowd;

#define CROWD_FRONT	"device/thing"
#define CROWD_BACK	"/local/domain/0/backend/thing/1"

static void set_state(struct fake_store *fake, const char *dir, unsigned int i,
		      const char *state)
{
	char node[48];

	snprintf(node, sizeof(node), "%s/%u", dir, i);
	fake_set_key(fake, node, "state", state);
}

static void crowd_waits(struct fake_store *fake)
{
	unsigned int i;

	if (crowd.inside < crowd.full && crowd.begun < CROWD)
		crowd.polls = 0;
	else
		crowd.polls++;
	if (crowd.polls < 5 * XENBUS_AT_ONCE)
		return;
	crowd.polls = 0;
	for (i = 0; i < CROWD; i++) {
		if (crowd.waits[i])
			set_state(fake, CROWD_BACK, i, "5");
		crowd.waits[i] = false;
	}
}

static bool crowd_follows(struct fake_store *fake)
{
	unsigned int i;

	if (fake->hdr.type == XS_READ)
		crowd_waits(fake);
	if (fake->hdr.type != XS_WRITE ||
	    sscanf(fake->body, CROWD_FRONT "/%u/state", &i) != 1 || i >= CROWD)
		return false;
	switch (fake->body[strlen(fake->body) + 1]) {
	case '5':
		crowd.begun++;
		crowd.most = max(crowd.most, ++crowd.inside);
		crowd.waits[i] = true;
		break;
	case '6':
		set_state(fake, CROWD_BACK, i, "6");
		break;
	case '1':
		crowd.inside--;
		set_state(fake, CROWD_BACK, i, "2");
	}
	return false;
}

static void take_over_crowd(struct kunit *test, unsigned int full)
{
	struct fake_store *fake = test->priv;
	struct xenbus_node *node;
	LIST_HEAD(nodes);
	unsigned int i;
	char back[64], front[32];

	memset(&crowd, 0, sizeof(crowd));
	crowd.full = full;
	for (i = 0; i < CROWD; i++) {
		snprintf(back, sizeof(back), CROWD_BACK "/%u", i);
		snprintf(front, sizeof(front), CROWD_FRONT "/%u", i);
		fake_add_front(fake, front, back, 0);
		set_state(fake, CROWD_FRONT, i, "4");
		set_state(fake, CROWD_BACK, i, "4");
	}
	fake->hook = crowd_follows;
	xenbus_list_nodes("device", 2, &nodes);
	xenbus_read_states(&nodes);
	KUNIT_EXPECT_EQ(test, list_count_nodes(&nodes), CROWD);
	xenbus_take_over_all(&nodes, 5000);
	list_for_each_entry(node, &nodes, list)
		KUNIT_EXPECT_EQ_MSG(test, node->state, XenbusStateInitialising,
				    "%s", node->path);
	KUNIT_EXPECT_EQ(test, crowd.begun, CROWD);
	KUNIT_EXPECT_EQ(test, crowd.most, full);
	fake->hook = NULL;
	xenbus_read_states(&nodes);
	list_for_each_entry(node, &nodes, list)
		KUNIT_EXPECT_EQ_MSG(test, node->state, XenbusStateInitialising,
				    "%s", node->path);
	xenbus_free_nodes(&nodes);
}

/* The store does not take any number of requests. */
static void not_too_many(struct kunit *test)
{
	take_over_crowd(test, XENBUS_AT_ONCE);
}

static struct workqueue_struct *no_queue(void)
{
	return NULL;
}

static void without_workers(struct kunit *test)
{
	kunit_activate_static_stub(test, xenbus_get_queue, no_queue);
	take_over_crowd(test, 1);
}

static struct kunit_case takeover_cases[] = {
	KUNIT_CASE_PARAM(conversation, rest_gen_params),
	KUNIT_CASE(first_answer_is_error),
	KUNIT_CASE(later_junk),
	KUNIT_CASE(all_pairs),
	KUNIT_CASE(forgets_what_was_agreed),
	KUNIT_CASE(deaf_backend),
	KUNIT_CASE(endless_backend),
	KUNIT_CASE(no_backend),
	KUNIT_CASE(not_too_many),
	KUNIT_CASE(without_workers),
	{}
};

static struct kunit_suite takeover_suite = {
	.name = "xen_xenbus_takeover",
	.init = fake_store_init,
	.exit = fake_store_exit,
	.test_cases = takeover_cases,
};

kunit_test_suite(takeover_suite);
