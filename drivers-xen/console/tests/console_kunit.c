// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the console ring and of the early formatter.
 *
 * The test plays the backend on a page of its own: it moves the backend's
 * indices, also to values that cannot be, and looks at what we make of them.
 */
#include <kunit/test.h>

#include <linux/prandom.h>
#include <linux/string.h>

#include <xen/interface/io/console.h>

#include "../console.h"

#define IN_SIZE		sizeof_field(struct xencons_interface, in)
#define OUT_SIZE	sizeof_field(struct xencons_interface, out)

struct fixture {
	struct xencons_interface *page;
	struct xencons_ring ring;
	u8 data[2 * OUT_SIZE];
	u8 copy[2 * OUT_SIZE];
};

static int console_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->page = kunit_kzalloc(test, sizeof(*f->page), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->page);

	for (unsigned int i = 0; i < sizeof(f->data); i++)
		f->data[i] = i * 7 + (i >> 8);

	xencons_ring_attach(&f->ring, f->page);
	test->priv = f;
	return 0;
}

/* All four indices at @start, as if that many bytes had gone through. */
static void attach_at(struct fixture *f, u32 start)
{
	f->page->in_cons = start;
	f->page->in_prod = start;
	f->page->out_cons = start;
	f->page->out_prod = start;
	xencons_ring_attach(&f->ring, f->page);
}

/* The backend takes all the output there is, or @max bytes. */
static size_t backend_take(struct fixture *f, u8 *buf, size_t max)
{
	struct xencons_interface *page = f->page;
	size_t n = 0;

	while (n < max && page->out_cons != page->out_prod)
		buf[n++] = page->out[page->out_cons++ % OUT_SIZE];

	return n;
}

/* The backend gives @len bytes of input. */
static void backend_give(struct fixture *f, const u8 *buf, size_t len)
{
	struct xencons_interface *page = f->page;

	while (len--)
		page->in[page->in_prod++ % IN_SIZE] = *buf++;
}

static void put_then_take(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data, 100), 100);
	KUNIT_EXPECT_EQ(test, f->page->out_prod, 100);
	KUNIT_EXPECT_EQ(test, backend_take(f, f->copy, OUT_SIZE), 100);
	KUNIT_EXPECT_MEMEQ(test, f->data, f->copy, 100);
}

static void give_then_get(struct kunit *test)
{
	struct fixture *f = test->priv;

	backend_give(f, f->data, 100);
	KUNIT_EXPECT_EQ(test, xencons_ring_get(&f->ring, f->copy, 60), 60);
	KUNIT_EXPECT_EQ(test, f->page->in_cons, 60);
	KUNIT_EXPECT_EQ(test, xencons_ring_get(&f->ring, f->copy + 60, 60), 40);
	KUNIT_EXPECT_EQ(test, xencons_ring_get(&f->ring, f->copy, 60), 0);
	KUNIT_EXPECT_MEMEQ(test, f->data + 60, f->copy + 60, 40);
}

static void full_ring_takes_no_more(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data, sizeof(f->data)),
			(int)OUT_SIZE);
	KUNIT_EXPECT_EQ(test, xencons_ring_space(&f->ring), 0);
	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data, 1), 0);
	KUNIT_EXPECT_FALSE(test, f->ring.broken);

	KUNIT_EXPECT_EQ(test, backend_take(f, f->copy, 1), 1);
	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data + OUT_SIZE, 9), 1);
	KUNIT_EXPECT_EQ(test, backend_take(f, f->copy + 1, sizeof(f->copy) - 1),
			OUT_SIZE);
	KUNIT_EXPECT_MEMEQ(test, f->data, f->copy, OUT_SIZE + 1);
}

static void full_input_is_read_whole(struct kunit *test)
{
	struct fixture *f = test->priv;

	attach_at(f, 1000);
	backend_give(f, f->data, IN_SIZE);
	KUNIT_EXPECT_EQ(test, xencons_ring_get(&f->ring, f->copy, sizeof(f->copy)),
			(int)IN_SIZE);
	KUNIT_EXPECT_MEMEQ(test, f->data, f->copy, IN_SIZE);
	KUNIT_EXPECT_FALSE(test, f->ring.broken);
}

static void indices_wrap_at_32_bits(struct kunit *test)
{
	struct fixture *f = test->priv;

	attach_at(f, U32_MAX - 50);
	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data, 200), 200);
	KUNIT_EXPECT_EQ(test, f->page->out_prod, 149);
	KUNIT_EXPECT_EQ(test, xencons_ring_space(&f->ring), (int)OUT_SIZE - 200);
	KUNIT_EXPECT_EQ(test, backend_take(f, f->copy, OUT_SIZE), 200);
	KUNIT_EXPECT_MEMEQ(test, f->data, f->copy, 200);

	backend_give(f, f->data, 300);
	KUNIT_EXPECT_EQ(test, xencons_ring_get(&f->ring, f->copy, 300), 300);
	KUNIT_EXPECT_EQ(test, f->page->in_cons, 249);
	KUNIT_EXPECT_MEMEQ(test, f->data, f->copy, 300);
}

static void random_sizes_keep_the_stream(struct kunit *test)
{
	struct fixture *f = test->priv;
	size_t sent = 0, taken = 0;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 20240229);
	attach_at(f, U32_MAX - 1500);
	while (taken < sizeof(f->data)) {
		size_t len = prandom_u32_state(&rnd) % 700;

		len = min(len, sizeof(f->data) - sent);
		sent += xencons_ring_put(&f->ring, f->data + sent, len);
		len = prandom_u32_state(&rnd) % 700 + 1;
		len = min(len, sizeof(f->copy) - taken);
		taken += backend_take(f, f->copy + taken, len);
	}

	KUNIT_EXPECT_MEMEQ(test, f->data, f->copy, sizeof(f->data));
}

struct bad_index {
	const char *name;
	u32 start;
	u32 delta;
};

/* @delta: what the backend adds to its own index beyond what is possible. */
static const struct bad_index bad_indices[] = {
	{ "one too far", 0, 1 },
	{ "one too far, in the middle", 12345, 1 },
	{ "one too far, at the wrap", U32_MAX, 1 },
	{ "half the range", 0, 1U << 31 },
	{ "backwards", 100, (u32)-4000 },
};

KUNIT_ARRAY_PARAM_DESC(bad_index, bad_indices, name);

/* More output taken than was ever written. */
static void impossible_out_cons(struct kunit *test)
{
	const struct bad_index *bad = test->param_value;
	struct fixture *f = test->priv;

	attach_at(f, bad->start);
	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data, 10), 10);
	f->page->out_cons = bad->start + 10 + bad->delta;

	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data, 10), -EIO);
	KUNIT_EXPECT_TRUE(test, f->ring.broken);
	KUNIT_EXPECT_EQ(test, f->page->out_prod, bad->start + 10);

	/* It stays so, even if the index becomes possible again. */
	f->page->out_cons = bad->start;
	KUNIT_EXPECT_EQ(test, xencons_ring_space(&f->ring), -EIO);
	KUNIT_EXPECT_EQ(test, xencons_ring_get(&f->ring, f->copy, 10), -EIO);
}

/* More input than the ring holds, or less than was taken already. */
static void impossible_in_prod(struct kunit *test)
{
	const struct bad_index *bad = test->param_value;
	struct fixture *f = test->priv;

	attach_at(f, bad->start);
	f->page->in_prod = bad->start + IN_SIZE + bad->delta;
	memset(f->copy, 0x5a, sizeof(f->copy));

	KUNIT_EXPECT_EQ(test, xencons_ring_get(&f->ring, f->copy, sizeof(f->copy)),
			-EIO);
	KUNIT_EXPECT_TRUE(test, f->ring.broken);
	KUNIT_EXPECT_EQ(test, f->page->in_cons, bad->start);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(f->copy, 0x5a, sizeof(f->copy)), NULL);
	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data, 10), -EIO);
}

static void attach_repairs(struct kunit *test)
{
	struct fixture *f = test->priv;

	f->page->out_cons = 1;
	KUNIT_EXPECT_EQ(test, xencons_ring_space(&f->ring), -EIO);
	attach_at(f, 0);
	KUNIT_EXPECT_EQ(test, xencons_ring_space(&f->ring), (int)OUT_SIZE);
}

/* What the backend writes over our indices must not matter. */
static void own_indices_are_private(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data, 10), 10);
	f->page->out_prod = 0xdeadbeef;
	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data + 10, 10), 10);
	KUNIT_EXPECT_EQ(test, f->page->out_prod, 20);

	backend_give(f, f->data, 10);
	f->page->in_cons = 0xdeadbeef;
	KUNIT_EXPECT_EQ(test, xencons_ring_get(&f->ring, f->copy, 10), 10);
	KUNIT_EXPECT_EQ(test, f->page->in_cons, 10);
}

/* Output that firmware left in the ring is still delivered, before ours. */
static void attach_continues(struct kunit *test)
{
	struct fixture *f = test->priv;

	memcpy(f->page->out, f->data, 50);
	f->page->out_prod = 50;
	xencons_ring_attach(&f->ring, f->page);

	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data + 50, 50), 50);
	KUNIT_EXPECT_EQ(test, backend_take(f, f->copy, OUT_SIZE), 100);
	KUNIT_EXPECT_MEMEQ(test, f->data, f->copy, 100);
}

static void progress_is_seen_once(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_FALSE(test, xencons_ring_progress(&f->ring));

	backend_give(f, f->data, 1);
	KUNIT_EXPECT_TRUE(test, xencons_ring_progress(&f->ring));
	KUNIT_EXPECT_FALSE(test, xencons_ring_progress(&f->ring));

	/* What we do ourselves is not the backend's progress. */
	KUNIT_EXPECT_EQ(test, xencons_ring_put(&f->ring, f->data, 10), 10);
	KUNIT_EXPECT_FALSE(test, xencons_ring_progress(&f->ring));

	KUNIT_EXPECT_EQ(test, backend_take(f, f->copy, 10), 10);
	KUNIT_EXPECT_TRUE(test, xencons_ring_progress(&f->ring));
}

/*
 * A console with neither port nor irq tells nobody, so the whole write path runs
 * here without a hypervisor.
 */
static struct xencons *make_console(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct xencons *cons;

	cons = kunit_kzalloc(test, sizeof(*cons), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cons);
	xencons_init(cons, 7);
	xencons_attach(cons, f->page);

	return cons;
}

static void full_console_asks_to_retry(struct kunit *test)
{
	struct xencons *cons = make_console(test);
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, xencons_write(cons, f->data, sizeof(f->data)),
			(ssize_t)OUT_SIZE);
	KUNIT_EXPECT_FALSE(test, cons->blocked);
	KUNIT_EXPECT_EQ(test, xencons_write(cons, f->data, 1), -EAGAIN);
	KUNIT_EXPECT_TRUE(test, cons->blocked);

	/* Nobody took anything for too long: drop what does not fit. */
	cons->stalled = true;
	KUNIT_EXPECT_EQ(test, xencons_write(cons, f->data, 1), 0);
	/* A few bytes do not make it well, half the ring does. */
	KUNIT_EXPECT_EQ(test, backend_take(f, f->copy, 5), 5);
	KUNIT_EXPECT_EQ(test, xencons_write(cons, f->data, 9), 5);
	KUNIT_EXPECT_TRUE(test, cons->stalled);
	KUNIT_EXPECT_EQ(test, xencons_write(cons, f->data, 1), 0);
	KUNIT_EXPECT_EQ(test, backend_take(f, f->copy, OUT_SIZE / 2 + 9),
			OUT_SIZE / 2 + 9);
	KUNIT_EXPECT_EQ(test, xencons_write(cons, f->data, 9), 9);
	KUNIT_EXPECT_FALSE(test, cons->stalled);
	KUNIT_EXPECT_FALSE(test, cons->blocked);
}

static void broken_console_swallows(struct kunit *test)
{
	struct xencons *cons = make_console(test);
	struct fixture *f = test->priv;

	f->page->out_cons = 1;
	KUNIT_EXPECT_EQ(test, xencons_write(cons, f->data, 77), 77);
	KUNIT_EXPECT_TRUE(test, cons->reported);
	KUNIT_EXPECT_EQ(test, xencons_write(cons, f->data, 77), 77);
	KUNIT_EXPECT_EQ(test, f->page->out_prod, 0);
	KUNIT_EXPECT_EQ(test, xencons_read(cons, f->copy, 10), 0);
}

static void detached_console_is_silent(struct kunit *test)
{
	struct xencons *cons = make_console(test);
	struct fixture *f = test->priv;

	xencons_detach(cons);
	KUNIT_EXPECT_EQ(test, xencons_write(cons, f->data, 77), 77);
	KUNIT_EXPECT_EQ(test, f->page->out_prod, 0);

	xencons_attach(cons, f->page);
	KUNIT_EXPECT_FALSE(test, cons->reported);
	KUNIT_EXPECT_EQ(test, xencons_write(cons, f->data, 77), 77);
	KUNIT_EXPECT_EQ(test, f->page->out_prod, 77);
}

static __printf(3, 4) size_t format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = xencons_format(buf, size, fmt, args);
	va_end(args);

	return len;
}

/* Every conversion gives what vsnprintf() gives. */
static __printf(2, 3) void expect_format(struct kunit *test, const char *fmt, ...)
{
	char want[80], got[80];
	size_t want_len, len;
	va_list args;

	va_start(args, fmt);
	want_len = vsnprintf(want, sizeof(want), fmt, args);
	va_end(args);

	va_start(args, fmt);
	len = xencons_format(got, sizeof(got), fmt, args);
	va_end(args);

	KUNIT_EXPECT_EQ(test, len, want_len);
	KUNIT_EXPECT_STREQ(test, got, want);
}

static void early_format(struct kunit *test)
{
	expect_format(test, "plain\n");
	expect_format(test, "100%%");
	expect_format(test, "%s and %s", "one", "");
	expect_format(test, "%c%c", 'a', 'b');
	expect_format(test, "%d %d %d %i", 0, -1, INT_MIN, INT_MAX);
	expect_format(test, "%u %u", 0, UINT_MAX);
	expect_format(test, "%lu %ld %llu", ULONG_MAX, LONG_MIN, U64_MAX);
	expect_format(test, "(0x%08x) %x %lx", 0x336ec578, 0, ~0UL);
	expect_format(test, "%5u|%05u|%2u", 42, 42, 12345);
	expect_format(test, "%zu", sizeof(test));
}

static void early_format_truncates(struct kunit *test)
{
	char buf[8] = "zzzzzzz";

	KUNIT_EXPECT_EQ(test, format(buf, 5, "%s", "longer"), 4);
	KUNIT_EXPECT_STREQ(test, buf, "long");
	KUNIT_EXPECT_EQ(test, buf[5], 'z');
	KUNIT_EXPECT_EQ(test, format(buf, 1, "%u", 12345), 0);
	KUNIT_EXPECT_STREQ(test, buf, "");
}

static struct kunit_case console_cases[] = {
	KUNIT_CASE(put_then_take),
	KUNIT_CASE(give_then_get),
	KUNIT_CASE(full_ring_takes_no_more),
	KUNIT_CASE(full_input_is_read_whole),
	KUNIT_CASE(indices_wrap_at_32_bits),
	KUNIT_CASE(random_sizes_keep_the_stream),
	KUNIT_CASE_PARAM(impossible_out_cons, bad_index_gen_params),
	KUNIT_CASE_PARAM(impossible_in_prod, bad_index_gen_params),
	KUNIT_CASE(attach_repairs),
	KUNIT_CASE(own_indices_are_private),
	KUNIT_CASE(attach_continues),
	KUNIT_CASE(progress_is_seen_once),
	KUNIT_CASE(full_console_asks_to_retry),
	KUNIT_CASE(broken_console_swallows),
	KUNIT_CASE(detached_console_is_silent),
	KUNIT_CASE(early_format),
	KUNIT_CASE(early_format_truncates),
	{}
};

static struct kunit_suite console_suite = {
	.name = "xen_console",
	.init = console_init,
	.test_cases = console_cases,
};

kunit_test_suite(console_suite);

MODULE_DESCRIPTION("KUnit tests of the Xen console");
MODULE_LICENSE("GPL");
