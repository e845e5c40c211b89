// SPDX-License-Identifier: GPL-2.0
/*
 * Setting queues up and taking them down, at both ends, with every step failing.
 */
#include <linux/device.h>
#include <linux/string.h>
#include "../../xenbus/tests/fake_store.h"
#include "queue_fake.h"

#define FRONT	"device/net/0"
#define BACK	"/local/domain/0/backend/net/1/0"
#define QUEUES	2

/**
 * struct ends - a device with its queues
 * @front: the frontend
 * @back: the backend
 * @fq: its queues
 * @bq: those of the backend
 * @attached: calls of attach()
 * @attach_error: what it returns
 * @handled: calls of each handler, by what it is for
 */
struct ends {
	struct xenbus_device front;
	struct xenbus_device back;
	struct xen_queue fq[QUEUES];
	struct xen_queue bq[QUEUES];
	unsigned int attached;
	int attach_error;
	unsigned int handled[3];
};

static struct ends e;

static int attach(struct xen_queue *q)
{
	unsigned int i;

	e.attached++;
	for (i = 0; i < q->type->rings; i++)
		KUNIT_EXPECT_NOT_NULL(queue_fake.test, q->ring[i].mem);
	KUNIT_EXPECT_EQ(queue_fake.test, q->port[0].irq, 0);
	return e.attach_error;
}

static irqreturn_t on_any(int irq, void *data)
{
	e.handled[0]++;
	xen_queue_eoi(data, 0, false);
	return IRQ_HANDLED;
}

static irqreturn_t on_tx(int irq, void *data)
{
	e.handled[1]++;
	xen_queue_eoi(data, 0, false);
	return IRQ_HANDLED;
}

static irqreturn_t on_rx(int irq, void *data)
{
	e.handled[2]++;
	xen_queue_eoi(data, 1, false);
	return IRQ_HANDLED;
}

static const struct xen_queue_type net_type = {
	.rings = 2,
	.ring_key = { "tx-ring-ref", "rx-ring-ref" },
	.attach = attach,
	.port_key = "event-channel",
	.handler = on_any,
	.split_port_key = { "event-channel-tx", "event-channel-rx" },
	.split_handler = { on_tx, on_rx },
};

static const struct xen_queue_type block_type = {
	.rings = 1,
	.ring_key = { "ring-ref" },
	.attach = attach,
	.port_key = "event-channel",
	.handler = on_any,
};

static void no_release(struct device *dev)
{
}

static void make_end(struct kunit *test, struct xenbus_device *xdev,
		     const char *name, const char *own, const char *other)
{
	char path[64];

	xdev->nodename = own;
	xdev->otherend = other;
	xdev->state = XenbusStateInitialising;
	xdev->dev.release = no_release;
	xdev->dev.init_name = name;
	device_initialize(&xdev->dev);
	snprintf(path, sizeof(path), "%s/state", own);
	fake_set(test->priv, path, "1");
}

static int queue_init(struct kunit *test)
{
	int err = fake_store_init(test);

	if (err)
		return err;
	memset(&e, 0, sizeof(e));
	make_end(test, &e.front, "net-0", FRONT, BACK);
	make_end(test, &e.back, "vif-1-0", BACK, FRONT);
	queue_fake_init(test);
	return 0;
}

static void queue_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	queue_fake_exit(test);
	put_device(&e.front.dev);
	put_device(&e.back.dev);
	fake_store_exit(test);
}

static int share(const struct xen_queue_type *type,
		 const struct xen_queue_config *config)
{
	struct xen_queue *queues[QUEUES] = { &e.fq[0], &e.fq[1] };
	unsigned int i;
	int err = 0;

	e.front.state = XenbusStateInitialising;
	for (i = 0; i < config->num && !err; i++)
		err = xen_queue_share(&e.fq[i], &e.front, type, i, config);
	if (!err)
		err = xen_queue_publish(queues, config->num, NULL, 0);
	return err;
}

static int map(const struct xen_queue_type *type,
	       const struct xen_queue_config *config)
{
	unsigned int i;
	int err = 0;

	e.back.state = XenbusStateInitialising;
	for (i = 0; i < config->num && !err; i++)
		err = xen_queue_map(&e.bq[i], &e.back, type, i, config);
	return err;
}

static void undo(void)
{
	unsigned int i;

	/* Twice, and also what was never set up */
	for (i = 0; i < 2 * QUEUES; i++) {
		xen_queue_unmap(&e.bq[i % QUEUES]);
		xen_queue_unshare(&e.fq[i % QUEUES]);
	}
}

static void expect_key(struct kunit *test, const char *name, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), FRONT "/%s", name);
	KUNIT_EXPECT_STREQ(test, fake_get(test->priv, path), value);
}

static void expect_same_memory(struct kunit *test, unsigned int queue)
{
	unsigned int i;

	for (i = 0; i < e.fq[queue].type->rings; i++)
		KUNIT_EXPECT_PTR_EQ(test, e.fq[queue].ring[i].mem,
				    e.bq[queue].ring[i].mem);
	KUNIT_EXPECT_EQ(test, e.fq[queue].split, e.bq[queue].split);
}

static void one_page(struct kunit *test)
{
	struct xen_queue_config config = { .num = 1, .irq_name = "blkif" };

	KUNIT_EXPECT_EQ(test, share(&block_type, &config), 0);
	expect_key(test, "ring-ref", "0");
	expect_key(test, "event-channel", "1");
	KUNIT_EXPECT_EQ(test, map(&block_type, &config), 0);
	expect_same_memory(test, 0);
	KUNIT_EXPECT_STREQ(test, e.bq[0].port[0].name, "blkif");
	KUNIT_EXPECT_EQ(test, e.handled[0], 2);
	KUNIT_EXPECT_FALSE(test, queue_fake_deliver());
	xen_queue_notify(&e.fq[0], 0);
	queue_fake_deliver();
	KUNIT_EXPECT_EQ(test, e.handled[0], 3);
	xen_queue_quiesce(&e.bq[0]);
	xen_queue_quiesce(&e.bq[0]);
	xen_queue_notify(&e.fq[0], 0);
	KUNIT_EXPECT_FALSE(test, queue_fake_deliver());
	undo();
}

static void sixteen_pages(struct kunit *test)
{
	struct xen_queue_config config = {
		.num = 1, .order = 4, .irq_name = "blkif",
	};

	KUNIT_EXPECT_EQ(test, share(&block_type, &config), 0);
	expect_key(test, "ring-ref0", "0");
	expect_key(test, "ring-ref15", "15");
	KUNIT_EXPECT_NULL(test, fake_get(test->priv, FRONT "/ring-ref"));
	KUNIT_EXPECT_EQ(test, map(&block_type, &config), 0);
	expect_same_memory(test, 0);
	KUNIT_EXPECT_EQ(test, e.bq[0].pages, 16);
	undo();
	config.order = 5;
	KUNIT_EXPECT_EQ(test, share(&block_type, &config), -EINVAL);
	KUNIT_EXPECT_EQ(test, map(&block_type, &config), -EINVAL);
}

static void two_queues_split(struct kunit *test)
{
	struct xen_queue_config config = {
		.num = 2, .split = true, .irq_name = "eth0",
	};

	KUNIT_EXPECT_EQ(test, share(&net_type, &config), 0);
	expect_key(test, "queue-0/tx-ring-ref", "0");
	expect_key(test, "queue-0/rx-ring-ref", "16");
	expect_key(test, "queue-1/event-channel-tx", "3");
	expect_key(test, "queue-1/event-channel-rx", "4");
	KUNIT_EXPECT_NULL(test, fake_get(test->priv, FRONT "/tx-ring-ref"));
	KUNIT_EXPECT_EQ(test, map(&net_type, &config), 0);
	expect_same_memory(test, 0);
	expect_same_memory(test, 1);
	KUNIT_EXPECT_TRUE(test, e.bq[1].split);
	KUNIT_EXPECT_STREQ(test, e.fq[1].port[1].name, "eth0-q1-rx");
	memset(e.handled, 0, sizeof(e.handled));
	xen_queue_notify(&e.fq[1], 1);
	queue_fake_deliver();
	KUNIT_EXPECT_EQ(test, e.handled[1], 0);
	KUNIT_EXPECT_EQ(test, e.handled[2], 1);
	undo();
}

/* A frontend that cannot split, or a backend that must not */
static void not_split(struct kunit *test)
{
	struct xen_queue_config split = {
		.num = 1, .split = true, .irq_name = "eth0",
	};
	struct xen_queue_config one = { .num = 1, .irq_name = "eth0" };
	struct fake_store *fake = test->priv;

	KUNIT_EXPECT_EQ(test, share(&net_type, &one), 0);
	KUNIT_EXPECT_EQ(test, map(&net_type, &split), 0);
	KUNIT_EXPECT_FALSE(test, e.bq[0].split);
	undo();
	/* One of two ports is not enough, even beside one for all. */
	fake_set(fake, FRONT "/event-channel-tx", "7");
	KUNIT_EXPECT_EQ(test, share(&net_type, &one), 0);
	KUNIT_EXPECT_EQ(test, map(&net_type, &split), 0);
	KUNIT_EXPECT_FALSE(test, e.bq[0].split);
	undo();
	fake_remove(fake, FRONT "/event-channel");
	KUNIT_EXPECT_EQ(test, share(&net_type, &split), 0);
	KUNIT_EXPECT_EQ(test, map(&net_type, &one), -ENOENT);
	KUNIT_EXPECT_EQ(test, e.back.state, XenbusStateClosing);
	undo();
}

/* A ring of one page whose key has a number all the same */
static void numbered_page(struct kunit *test)
{
	struct xen_queue_config config = { .num = 1, .irq_name = "blkif" };
	struct fake_store *fake = test->priv;

	KUNIT_EXPECT_EQ(test, share(&block_type, &config), 0);
	fake_remove(fake, FRONT "/ring-ref");
	fake_set(fake, FRONT "/ring-ref0", "0");
	KUNIT_EXPECT_EQ(test, map(&block_type, &config), 0);
	expect_same_memory(test, 0);
	undo();
}

static const struct {
	const char *name;
	const char *value;
	int err;
} bad[] = {
	{ "ring-ref", "", -EINVAL },
	{ "ring-ref", "x", -EINVAL },
	{ "ring-ref", "-1", -EINVAL },
	{ "ring-ref", "4294967295", -EINVAL },
	{ "ring-ref", "4294967296", -EINVAL },
	{ "ring-ref", "5", -EIO },
	{ "ring-ref", NULL, -ENOENT },
	{ "event-channel", "0", -EINVAL },
	{ "event-channel", "131072", -EINVAL },
	{ "event-channel", "4294967297", -EINVAL },
	{ "event-channel", "9", -EINVAL },
	{ "event-channel", "1 ", -EINVAL },
	{ "event-channel", NULL, -ENOENT },
};

static void bad_frontend(struct kunit *test)
{
	struct xen_queue_config config = { .num = 1, .irq_name = "blkif" };
	unsigned int i, before;
	char path[64];

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, share(&block_type, &config), 0);
		before = queue_fake_in_use();
		snprintf(path, sizeof(path), FRONT "/%s", bad[i].name);
		if (bad[i].value)
			fake_set(test->priv, path, bad[i].value);
		else
			fake_remove(test->priv, path);
		KUNIT_EXPECT_EQ_MSG(test, map(&block_type, &config), bad[i].err,
				    "%s = %s", bad[i].name, bad[i].value);
		KUNIT_EXPECT_EQ(test, e.back.state, XenbusStateClosing);
		KUNIT_EXPECT_EQ(test, queue_fake_in_use(), before);
		undo();
	}
}

static void attach_fails(struct kunit *test)
{
	struct xen_queue_config config = { .num = 1, .irq_name = "blkif" };

	e.attach_error = -EPROTO;
	KUNIT_EXPECT_EQ(test, share(&block_type, &config), -EPROTO);
	KUNIT_EXPECT_EQ(test, queue_fake_in_use(), 0);
	KUNIT_EXPECT_EQ(test, e.front.state, XenbusStateClosing);
	e.attach_error = 0;
	KUNIT_EXPECT_EQ(test, share(&block_type, &config), 0);
	e.attach_error = -EPROTO;
	KUNIT_EXPECT_EQ(test, map(&block_type, &config), -EPROTO);
	KUNIT_EXPECT_EQ(test, e.back.state, XenbusStateClosing);
	undo();
}

static int share_and_map(const struct xen_queue_config *config)
{
	int err = share(&net_type, config);

	return err ?: map(&net_type, config);
}

/* Ports of queues that are complete */
static unsigned int working_ports(void)
{
	unsigned int i, num = 0;

	for (i = 0; i < QUEUES; i++)
		num += 2 * !!e.fq[i].port[1].irq + 2 * !!e.bq[i].port[1].irq;
	return num;
}

/*
 * Each call to Xen fails in turn; what the call before has done is undone, before
 * any handler has run.
 */
static void each_step_fails(struct kunit *test)
{
	struct xen_queue_config config = {
		.num = 2, .split = true, .order = 1, .irq_name = "eth0",
	};
	unsigned int n;
	int err;

	for (n = 1; n < 100; n++) {
		queue_fake.steps = 0;
		queue_fake.events = 0;
		queue_fake.fail_at = n;
		err = share_and_map(&config);
		KUNIT_EXPECT_EQ_MSG(test, queue_fake.events, working_ports(),
				    "step %u", n);
		if (err)
			KUNIT_EXPECT_TRUE_MSG(test, e.front.state ==
					      XenbusStateClosing ||
					      e.back.state == XenbusStateClosing,
					      "step %u", n);
		undo();
		KUNIT_EXPECT_EQ_MSG(test, queue_fake_in_use(), 0, "step %u", n);
		e.back.state = XenbusStateInitialising;
		if (!err)
			break;
	}
	/* Two rings, two ports and two interrupts; two rings and two ports */
	KUNIT_EXPECT_EQ(test, n, 2 * (6 + 4) + 1);
}

/* Of the requests that are not part of reporting the error */
static bool fail_nth(struct fake_store *fake)
{
	if (fake->hdr.type == XS_TRANSACTION_END || !fake->arg || --fake->arg)
		return false;
	fake_error(fake, "EACCES");
	return true;
}

/* Each request to the store fails in turn. Some of them do not matter. */
static void each_request_fails(struct kunit *test)
{
	struct xen_queue_config config = {
		.num = 2, .split = true, .irq_name = "eth0",
	};
	struct fake_store *fake = test->priv;
	unsigned int n, failed = 0;
	unsigned long left;
	int err;

	fake->hook = fail_nth;
	for (n = 1; n < 200; n++) {
		fake->arg = n;
		err = share_and_map(&config);
		left = fake->arg;
		fake->arg = 0;
		failed += err != 0;
		undo();
		KUNIT_EXPECT_EQ_MSG(test, queue_fake_in_use(), 0, "request %u",
				    n);
		KUNIT_EXPECT_EQ(test, fake->open_tx, 0);
		if (left)
			break;
	}
	fake->hook = NULL;
	KUNIT_EXPECT_EQ(test, err, 0);
	/* Eight keys are written and as many are read, besides the rest. */
	KUNIT_EXPECT_GE(test, failed, 17);
	KUNIT_EXPECT_GT(test, n, failed);
}

static struct kunit_case queue_cases[] = {
	KUNIT_CASE(one_page),
	KUNIT_CASE(sixteen_pages),
	KUNIT_CASE(two_queues_split),
	KUNIT_CASE(not_split),
	KUNIT_CASE(numbered_page),
	KUNIT_CASE(bad_frontend),
	KUNIT_CASE(attach_fails),
	KUNIT_CASE(each_step_fails),
	KUNIT_CASE(each_request_fails),
	{}
};

static struct kunit_suite queue_suite = {
	.name = "xen_drvlib_queue",
	.init = queue_init,
	.exit = queue_exit,
	.test_cases = queue_cases,
};

kunit_test_suite(queue_suite);
