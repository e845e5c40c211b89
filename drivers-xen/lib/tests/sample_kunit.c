// SPDX-License-Identifier: GPL-2.0
/*
 * The sample device: both drivers, the store, rings and events together. Only
 * the bus is played by the test, which calls the drivers as it would.
 */
#include <kunit/static_stub.h>
#include <linux/device.h>
#include <linux/string.h>
#include "../../xenbus/tests/fake_store.h"
#include "../life_table.h"
#include "queue_fake.h"
#include "sample.h"

#define FRONT	"device/sample/0"
#define BACK	"/local/domain/0/backend/sample/1/0"
/* More rounds than anything here needs to come to rest */
#define MANY	50

/**
 * struct bus_end - one end, as the bus has it
 * @xdev: the device
 * @drv: its driver
 * @bound: it has been probed
 * @queued: its life has something to do
 * @seen: state of the other end that it was told last
 */
struct bus_end {
	struct xenbus_device xdev;
	const struct xenbus_driver *drv;
	bool bound;
	bool queued;
	int seen;
};

static struct {
	struct bus_end front;
	struct bus_end back;
	struct sample_backend *to_serve;
} d;

static struct sample_frontend *front(void)
{
	return container_of(xen_life_of(&d.front.xdev), struct sample_frontend,
			    life);
}

static struct sample_backend *back(void)
{
	return container_of(xen_life_of(&d.back.xdev), struct sample_backend,
			    life);
}

static void queue(struct xen_life *life)
{
	if (life->dev == &d.front.xdev)
		d.front.queued = true;
	else
		d.back.queued = true;
}

static void serve_later(struct sample_backend *s)
{
	d.to_serve = s;
}

static void no_release(struct device *dev)
{
}

static void make_end(struct kunit *test, struct bus_end *end, const char *name,
		     const char *own, const char *other,
		     const struct xenbus_driver *drv)
{
	end->drv = drv;
	end->xdev.nodename = own;
	end->xdev.otherend = other;
	end->xdev.state = XenbusStateInitialising;
	end->xdev.dev.release = no_release;
	end->xdev.dev.init_name = name;
	init_completion(&end->xdev.down);
	device_initialize(&end->xdev.dev);
}

/* As the tool stack makes a device */
static void make_nodes(struct kunit *test)
{
	fake_set(test->priv, FRONT "/state", "1");
	fake_set(test->priv, BACK "/state", "1");
	fake_set(test->priv, BACK "/online", "1");
}

static void bind(struct kunit *test, struct bus_end *end)
{
	end->seen = -1;
	KUNIT_ASSERT_EQ(test, end->drv->probe(&end->xdev, end->drv->ids), 0);
	end->bound = true;
}

static void unbind(struct bus_end *end)
{
	if (!end->bound)
		return;
	end->bound = false;
	end->queued = false;
	end->drv->remove(&end->xdev);
	xenbus_switch_state(&end->xdev, XenbusStateClosed);
}

static int sample_init(struct kunit *test)
{
	int err = fake_store_init(test);

	if (err)
		return err;
	memset(&d, 0, sizeof(d));
	make_end(test, &d.front, "sample-0", FRONT, BACK,
		 &sample_frontend_driver);
	make_end(test, &d.back, "sample-1-0", BACK, FRONT,
		 &sample_backend_driver);
	make_nodes(test);
	queue_fake_init(test);
	kunit_activate_static_stub(test, xen_life_queue, queue);
	kunit_activate_static_stub(test, sample_serve_later, serve_later);
	bind(test, &d.front);
	bind(test, &d.back);
	return 0;
}

static void sample_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	unbind(&d.front);
	unbind(&d.back);
	queue_fake_exit(test);
	put_device(&d.front.xdev.dev);
	put_device(&d.back.xdev.dev);
	fake_store_exit(test);
}

static bool pump_end(struct bus_end *end)
{
	int state;

	if (!end->bound)
		return false;
	state = xenbus_read_driver_state(end->xdev.otherend);
	if (state != end->seen) {
		end->seen = state;
		end->drv->otherend_changed(&end->xdev, state);
	}
	if (!end->queued)
		return false;
	end->queued = false;
	xen_life_run(xen_life_of(&end->xdev));
	return true;
}

/* Everything that waits to be done, until nothing is left. */
static void pump(struct kunit *test)
{
	struct sample_backend *s;
	unsigned int i;
	bool busy;

	for (i = 0; i < MANY; i++) {
		busy = pump_end(&d.front);
		busy |= pump_end(&d.back);
		busy |= queue_fake_deliver();
		s = d.to_serve;
		d.to_serve = NULL;
		/* The end of a connection cancels its work. */
		if (s && s->queue.port[0].irq)
			sample_serve(s);
		if (!busy && !s)
			return;
	}
	KUNIT_FAIL(test, "it does not come to rest");
}

static void expect_state(struct kunit *test, const char *state)
{
	KUNIT_EXPECT_STREQ(test, fake_get(test->priv, FRONT "/state"), state);
	KUNIT_EXPECT_STREQ(test, fake_get(test->priv, BACK "/state"), state);
}

/* Numbers go there, sums come back. */
static void expect_works(struct kunit *test, unsigned int addend)
{
	struct sample_frontend *s;
	u64 before;
	unsigned int i;

	expect_state(test, "4");
	s = front();
	before = s->received;
	for (i = 1; i <= 300; i++) {
		KUNIT_EXPECT_EQ(test, sample_send(s, i), 0);
		/* Alone, and many at once */
		if (i < 5 || i % 100 == 0) {
			pump(test);
			KUNIT_EXPECT_EQ(test, s->received - before, i);
			KUNIT_EXPECT_EQ(test, s->sum, i + addend);
		}
	}
	KUNIT_EXPECT_EQ(test, queue_fake_unanswered(), 0);
}

static void connecting(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	pump(test);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, FRONT "/ring-page-order"), "1");
	KUNIT_EXPECT_STREQ(test, front()->offer.name, "five");
	KUNIT_EXPECT_EQ(test, back()->queue.pages, 2);
	expect_works(test, 5);
}

/* How many round trips to the store it takes, for both ends together */
static void round_trips(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int polls = 0, i, before = fake->received;

	for (i = 0; i < MANY; i++) {
		polls += 2;
		pump_end(&d.front);
		pump_end(&d.back);
	}
	expect_state(test, "4");
	kunit_info(test, "%u requests to the store\n",
		   fake->received - before - polls);
	KUNIT_EXPECT_LE(test, fake->received - before - polls, 45);
}

static void front_unbinds(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		pump(test);
		expect_works(test, 5);
		unbind(&d.front);
		pump(test);
		expect_state(test, "6");
		KUNIT_EXPECT_EQ(test, queue_fake_in_use(), 0);
		bind(test, &d.front);
	}
	pump(test);
	expect_works(test, 5);
}

static void back_unbinds(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		pump(test);
		expect_works(test, 5);
		unbind(&d.back);
		pump(test);
		expect_state(test, "6");
		KUNIT_EXPECT_EQ(test, front()->ended, XEN_LIFE_CLOSE);
		KUNIT_EXPECT_EQ(test, sample_send(front(), 1), -ENOTCONN);
		KUNIT_EXPECT_EQ(test, queue_fake_in_use(), 0);
		bind(test, &d.back);
	}
	pump(test);
	expect_works(test, 5);
}

/* The backend's directory goes, and comes again. */
static void back_vanishes(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	pump(test);
	fake_remove(fake, BACK);
	unbind(&d.back);
	pump(test);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, FRONT "/state"), "6");
	KUNIT_EXPECT_NULL(test, fake_get(fake, BACK "/state"));
	KUNIT_EXPECT_EQ(test, queue_fake_in_use(), 0);
	d.back.xdev.state = XenbusStateInitialising;
	fake_set(fake, BACK "/state", "1");
	bind(test, &d.back);
	pump(test);
	expect_works(test, 5);
}

static void front_vanishes(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	pump(test);
	fake_remove(fake, FRONT);
	unbind(&d.front);
	pump(test);
	KUNIT_EXPECT_STREQ(test, fake_get(fake, BACK "/state"), "6");
	KUNIT_EXPECT_EQ(test, queue_fake_in_use(), 0);
}

static void migration(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	pump(test);
	expect_works(test, 5);
	sample_frontend_driver.suspend(&d.front.xdev);
	unbind(&d.back);
	fake_remove(fake, BACK);
	fake_remove(fake, FRONT);
	make_nodes(test);
	d.back.xdev.state = XenbusStateInitialising;
	bind(test, &d.back);
	d.front.xdev.state = XenbusStateInitialising;
	sample_frontend_driver.resume(&d.front.xdev);
	KUNIT_EXPECT_EQ(test, front()->ended, XEN_LIFE_RESUME);
	d.front.seen = -1;
	pump(test);
	expect_works(test, 5);
}

/* The backend says that something has changed by saying Connected again. */
static void new_settings(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	pump(test);
	KUNIT_EXPECT_EQ(test, front()->offer.addend, 5);
	fake_set(fake, BACK "/addend", "9");
	sample_frontend_driver.otherend_changed(&d.front.xdev,
						XenbusStateConnected);
	pump(test);
	KUNIT_EXPECT_EQ(test, front()->offer.addend, 9);
	fake_set(fake, BACK "/addend", "nine");
	sample_frontend_driver.otherend_changed(&d.front.xdev,
						XenbusStateConnected);
	pump(test);
	expect_state(test, "6");
	KUNIT_EXPECT_STREQ(test, fake_get(fake, "error/" FRONT "/error"),
			   "22 " BACK "/addend is not a number");
}

static void backend_breaks_ring(struct kunit *test)
{
	struct xen_ring_shared *shared;

	pump(test);
	shared = front()->queue.ring[0].mem;
	shared->rsp_prod += 9;
	xen_queue_notify(&back()->queue, 0);
	pump(test);
	expect_state(test, "6");
	KUNIT_EXPECT_STREQ(test, fake_get(test->priv, "error/" FRONT "/error"),
			   "71 taking responses");
	KUNIT_EXPECT_EQ(test, queue_fake_in_use(), 0);
}

static void frontend_breaks_ring(struct kunit *test)
{
	struct xen_ring_shared *shared;

	pump(test);
	shared = front()->queue.ring[0].mem;
	shared->req_prod = 100000;
	xen_queue_notify(&front()->queue, 0);
	pump(test);
	expect_state(test, "6");
	KUNIT_EXPECT_STREQ(test, fake_get(test->priv, "error/" BACK "/error"),
			   "71 taking requests");
	KUNIT_EXPECT_EQ(test, queue_fake_in_use(), 0);
}

/* Each call to Xen fails in turn: both ends close, and nothing is left. */
static void each_step_fails(struct kunit *test)
{
	unsigned int n;

	for (n = 1; n <= 5; n++) {
		unbind(&d.front);
		unbind(&d.back);
		queue_fake.steps = 0;
		queue_fake.fail_at = n;
		bind(test, &d.front);
		bind(test, &d.back);
		pump(test);
		expect_state(test, "6");
		KUNIT_EXPECT_EQ_MSG(test, queue_fake_in_use(), 0, "step %u", n);
		KUNIT_EXPECT_EQ(test, queue_fake.steps, n);
	}
	unbind(&d.front);
	bind(test, &d.front);
	pump(test);
	expect_works(test, 5);
}

/* The request with this number fails, but for the ends of transactions. */
static bool fail_nth(struct fake_store *fake)
{
	if (fake->hdr.type == XS_TRANSACTION_END || !fake->arg || --fake->arg)
		return false;
	fake_error(fake, "EIO");
	return true;
}

/*
 * Each request to the store fails in turn. Where the states come to rest depends
 * on what could not be read or written; but nothing is lost.
 */
static void each_request_fails(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned long left = 0;
	unsigned int n;

	fake->hook = fail_nth;
	for (n = 1; n < 200 && !left; n++) {
		unbind(&d.front);
		unbind(&d.back);
		KUNIT_EXPECT_EQ_MSG(test, queue_fake_in_use(), 0,
				    "request %u", n);
		fake->arg = n;
		bind(test, &d.front);
		bind(test, &d.back);
		pump(test);
		left = fake->arg;
		fake->arg = 0;
	}
	fake->hook = NULL;
	KUNIT_EXPECT_GT(test, n, 40);
	expect_works(test, 5);
}

static struct kunit_case sample_cases[] = {
	KUNIT_CASE(connecting),
	KUNIT_CASE(round_trips),
	KUNIT_CASE(front_unbinds),
	KUNIT_CASE(back_unbinds),
	KUNIT_CASE(back_vanishes),
	KUNIT_CASE(front_vanishes),
	KUNIT_CASE(migration),
	KUNIT_CASE(new_settings),
	KUNIT_CASE(backend_breaks_ring),
	KUNIT_CASE(frontend_breaks_ring),
	KUNIT_CASE(each_step_fails),
	KUNIT_CASE(each_request_fails),
	{}
};

static struct kunit_suite sample_suite = {
	.name = "xen_drvlib_sample",
	.init = sample_init,
	.exit = sample_exit,
	.test_cases = sample_cases,
};

kunit_test_suite(sample_suite);
