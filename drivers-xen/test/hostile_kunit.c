// SPDX-License-Identifier: GPL-2.0
/*
 * The drivers of pair.h against a peer that does as it likes. Nothing may break but
 * the one device, nothing may be left behind, and with a good peer all works again.
 */

#include <linux/errno.h>
#include <linux/mm.h>

#include "pair_world.h"

/**
 * struct peer - the peer's end, played by the test
 * @sring: the ring
 * @ring_ref: grant of its page
 * @port: the peer's end of the event channel
 * @page: page of the ring where the peer is the frontend
 */
static struct peer {
	struct sum_sring *sring;
	grant_ref_t ring_ref;
	evtchn_port_t port;
	struct page *page;
} peer;

static bool nothing_to_do(void *unused)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (fake_upcall_wanted(cpu))
			return false;
	}
	return true;
}

/* The peer sends an event, and all that comes of it happens */
static void kick(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, fake_peer_send(peer.port));
	KUNIT_EXPECT_TRUE(test, pair_settles(test, nothing_to_do));
}

/* The peer is the backend of our frontend, and behaves up to here */
static void be_backend(struct kunit *test)
{
	struct page *page;

	fake_set(fake_xs, PEER_BACK "/state", "1");
	pair_describe_front(PEER_BACK, FAKE_PEER);
	pair_announce(FRONT);
	pair_write(test, PEER_BACK, "state", "2");
	KUNIT_ASSERT_TRUE(test, pair_reaches(test, FRONT,
					     XenbusStateInitialised));
	peer.ring_ref = pair_number(test, FRONT, "ring-ref");
	page = fake_peer_map(peer.ring_ref, false);
	KUNIT_ASSERT_NOT_NULL(test, page);
	peer.sring = page_address(page);
	peer.port = fake_peer_bind(pair_number(test, FRONT, "event-channel"));
	KUNIT_ASSERT_NE(test, peer.port, 0);
	pair_write(test, PEER_BACK, "state", "4");
	KUNIT_ASSERT_TRUE(test, pair_reaches(test, FRONT,
					     XenbusStateConnected));
}

static void close_backend(struct kunit *test)
{
	pair_write(test, PEER_BACK, "state", "5");
	KUNIT_EXPECT_TRUE(test, pair_reaches(test, FRONT, XenbusStateClosed));
	pair_write(test, PEER_BACK, "state", "6");
	fake_peer_close(peer.port);
}

/* As a good peer does when it has been told to close */
static void end_backend(struct kunit *test)
{
	close_backend(test);
	fake_peer_unmap(peer.ring_ref, false);
	pair_clear(test);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
}

static void answer(unsigned int slot, u32 id, u64 sum)
{
	struct sum_response rsp = { .id = id, .sum = sum };

	peer.sring->ring[slot % SUM_RING_SIZE].rsp = rsp;
	/* The answer before its number */
	virt_wmb();
	WRITE_ONCE(peer.sring->rsp_prod, slot + 1);
}

static void back_answers(struct kunit *test)
{
	be_backend(test);
	KUNIT_ASSERT_EQ(test, sum_ask(5, 3), 0);
	KUNIT_EXPECT_EQ(test, fake_peer_events(peer.port), 1);
	answer(0, peer.sring->ring[0].req.id, 15);
	kick(test);
	KUNIT_EXPECT_EQ(test, sum_front.answers, 1);
	KUNIT_EXPECT_EQ(test, sum_front.wrong, 0);

	KUNIT_ASSERT_EQ(test, sum_ask(5, 3), 0);
	answer(1, peer.sring->ring[1].req.id, 16);
	kick(test);
	KUNIT_EXPECT_EQ(test, sum_front.wrong, 1);
	end_backend(test);
}

/* Answers to what was not asked, or was answered before */
static void back_answers_nothing(struct kunit *test)
{
	static const u32 ids[] = { 0, 2, SUM_RING_SIZE, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		be_backend(test);
		KUNIT_ASSERT_EQ(test, sum_ask(5, 3), 0);
		KUNIT_ASSERT_EQ(test, sum_ask(6, 3), 0);
		answer(0, peer.sring->ring[0].req.id, 15);
		kick(test);
		KUNIT_EXPECT_FALSE(test, sum_front.broken);
		answer(1, ids[i], 15);
		kick(test);
		KUNIT_EXPECT_TRUE(test, sum_front.broken);
		KUNIT_EXPECT_EQ(test, sum_front.answers, 1);
		KUNIT_EXPECT_EQ(test, sum_ask(1, 1), -ENOTCONN);
		end_backend(test);
	}
}

static void back_bad_index(struct kunit *test)
{
	static const RING_IDX prods[] = { 2, SUM_RING_SIZE + 1, 1U << 31, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prods); i++) {
		be_backend(test);
		KUNIT_ASSERT_EQ(test, sum_ask(5, 3), 0);
		WRITE_ONCE(peer.sring->rsp_prod, prods[i]);
		kick(test);
		KUNIT_EXPECT_TRUE(test, sum_front.broken);
		end_backend(test);
	}
}

/* Events for nothing: after the first two the port stays masked for a while */
static void back_storm(struct kunit *test)
{
	unsigned int i;

	be_backend(test);
	fake_time_runs(false);
	KUNIT_EXPECT_TRUE(test, pair_settles(test, nothing_to_do));
	for (i = 0; i < 1000; i++)
		kick(test);
	KUNIT_EXPECT_EQ(test, sum_front.events, 2);
	fake_time_runs(true);
	end_backend(test);
}

/* It never unmaps. What that costs is bounded, and it all comes back one day. */
static void back_keeps_all(struct kunit *test)
{
	grant_ref_t kept[64];
	unsigned int num = 0;
	grant_ref_t ref;
	void *ring;

	gnttab_deferred_limit = 20;
	while (num < ARRAY_SIZE(kept) - 4 &&
	       !gnttab_domain_refused(FAKE_PEER)) {
		be_backend(test);
		kept[num++] = peer.ring_ref;
		KUNIT_ASSERT_EQ(test, sum_ask(1, 1), 0);
		KUNIT_ASSERT_EQ(test, sum_ask(2, 2), 0);
		ref = peer.sring->ring[0].req.gref;
		KUNIT_EXPECT_NOT_NULL(test, fake_peer_map(ref, true));
		kept[num++] = ref;
		ref = peer.sring->ring[1].req.gref;
		/* Granted to be read only */
		KUNIT_EXPECT_NULL(test, fake_peer_map(ref, false));
		close_backend(test);
		pair_clear(test);
		KUNIT_EXPECT_EQ(test, fake_deferred(), num);
	}
	KUNIT_EXPECT_EQ(test, num, 20);

	/* From now on it gets nothing, and others do */
	fake_set(fake_xs, PEER_BACK "/state", "1");
	pair_describe_front(PEER_BACK, FAKE_PEER);
	pair_announce(FRONT);
	pair_write(test, PEER_BACK, "state", "2");
	KUNIT_EXPECT_TRUE(test, pair_reaches(test, FRONT, XenbusStateClosing));
	KUNIT_EXPECT_EQ(test, xenbus_setup_ring(sum_front.xdev, GFP_KERNEL,
						&ring, 1, &ref), -EBUSY);
	KUNIT_EXPECT_NULL(test, ring);
	pair_clear(test);
	pair_connect(test);
	pair_clear(test);

	while (num--)
		fake_peer_unmap(kept[num], num & 1);
	gnttab_free_per_iteration = 0;
	gnttab_deferred_run(NULL);
	gnttab_free_per_iteration = 10;
	gnttab_deferred_limit = 0;
	KUNIT_EXPECT_EQ(test, fake_deferred(), 0);
	be_backend(test);
	end_backend(test);
}

/* All kinds of states in no order, some of them none */
static void back_changes_states(struct kunit *test)
{
	static const char * const states[] = {
		"4", "1", "4", "9", "2", "3", "", "2", "7", "8", "4", "2", "x",
		"4294967295", "5", "2", "6", "4", "0", "2", "6",
	};
	unsigned int i;

	fake_set(fake_xs, PEER_BACK "/state", "1");
	pair_describe_front(PEER_BACK, FAKE_PEER);
	pair_announce(FRONT);
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		pair_write(test, PEER_BACK, "state", states[i]);
		KUNIT_EXPECT_TRUE(test, pair_settles(test, nothing_to_do));
	}
	KUNIT_EXPECT_TRUE(test, pair_reaches(test, FRONT, XenbusStateClosed));
	pair_clear(test);
	be_backend(test);
	end_backend(test);
}

/* The peer is the frontend of our backend: @ref and @port as they should be */
static void offer_ring(struct kunit *test)
{
	peer.page = fake_page(test);
	peer.sring = page_address(peer.page);
	SHARED_RING_INIT(peer.sring);
	peer.ring_ref = fake_peer_grant(test, peer.page, false);
	peer.port = fake_peer_alloc();
	KUNIT_ASSERT_NE(test, peer.port, 0);

	fake_set(fake_xs, PEER_FRONT "/state", "1");
	pair_describe_back(PEER_FRONT_BACK, PEER_FRONT, FAKE_PEER);
	pair_announce(PEER_FRONT_BACK);
	KUNIT_ASSERT_TRUE(test, pair_reaches(test, PEER_FRONT_BACK,
					     XenbusStateInitWait));
}

static void write_keys(struct kunit *test, const char *ref, const char *port)
{
	char number[12];

	snprintf(number, sizeof(number), "%u", peer.ring_ref);
	pair_write(test, PEER_FRONT, "ring-ref", ref ?: number);
	snprintf(number, sizeof(number), "%u", peer.port);
	pair_write(test, PEER_FRONT, "event-channel", port ?: number);
	pair_write(test, PEER_FRONT, "state", "3");
}

static void end_frontend(struct kunit *test)
{
	pair_write(test, PEER_FRONT, "state", "6");
	KUNIT_EXPECT_TRUE(test, pair_reaches(test, PEER_FRONT_BACK,
					     XenbusStateClosed));
	/* Everything is given back to it */
	KUNIT_EXPECT_TRUE(test, fake_peer_end(peer.ring_ref));
	fake_peer_close(peer.port);
	pair_clear(test);
	__free_page(peer.page);
}

static void be_frontend(struct kunit *test)
{
	offer_ring(test);
	write_keys(test, NULL, NULL);
	KUNIT_ASSERT_TRUE(test, pair_reaches(test, PEER_FRONT_BACK,
					     XenbusStateConnected));
	/* Xen does not let it take the ring away now */
	KUNIT_EXPECT_FALSE(test, fake_peer_end(peer.ring_ref));
}

static void front_bad_keys(struct kunit *test)
{
	static const char * const bad[] = {
		"0", "99", "4294967295", "-1", "x", "",
	};
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(bad); i++) {
		const char *key = bad[i / 2];

		offer_ring(test);
		write_keys(test, i & 1 ? key : NULL, i & 1 ? NULL : key);
		KUNIT_EXPECT_TRUE(test, pair_reaches(test, PEER_FRONT_BACK,
						     XenbusStateClosing));
		end_frontend(test);
	}
	be_frontend(test);
	end_frontend(test);
}

/* A ring that we could not write to */
static void front_readonly_ring(struct kunit *test)
{
	offer_ring(test);
	fake_gnt->peer[peer.ring_ref].readonly = true;
	write_keys(test, NULL, NULL);
	KUNIT_EXPECT_TRUE(test, pair_reaches(test, PEER_FRONT_BACK,
					     XenbusStateClosing));
	end_frontend(test);
}

static void ask(unsigned int slot, grant_ref_t ref, u32 num)
{
	struct sum_request req = { .id = slot, .gref = ref, .num = num };

	peer.sring->ring[slot % SUM_RING_SIZE].req = req;
	/* The question before its number */
	virt_wmb();
	WRITE_ONCE(peer.sring->req_prod, slot + 1);
}

static void expect(struct kunit *test, unsigned int slot, s32 status, u64 sum)
{
	struct sum_response *rsp;

	kick(test);
	KUNIT_EXPECT_EQ(test, READ_ONCE(peer.sring->rsp_prod), slot + 1);
	rsp = &peer.sring->ring[slot % SUM_RING_SIZE].rsp;
	KUNIT_EXPECT_EQ(test, rsp->id, slot);
	KUNIT_EXPECT_EQ(test, rsp->status, status);
	KUNIT_EXPECT_EQ(test, rsp->sum, sum);
}

static void front_bad_questions(struct kunit *test)
{
	struct page *page = fake_page(test);
	u32 *number = page_address(page);
	grant_ref_t ref;

	memset32(number, 2, SUM_MAX);
	be_frontend(test);
	ref = fake_peer_grant(test, page, true);
	ask(0, ref, 3);
	expect(test, 0, SUM_OKAY, 6);
	ask(1, ref, SUM_MAX + 1);
	expect(test, 1, SUM_BAD_NUMBER, 0);
	ask(2, ref + 1, 3);
	expect(test, 2, SUM_BAD_GRANT, 0);
	ask(3, ~0U, 3);
	expect(test, 3, SUM_BAD_GRANT, 0);
	ask(4, ref, ~0U);
	expect(test, 4, SUM_BAD_NUMBER, 0);
	/* Swapped out: back in time, and never */
	fake_gnt->peer[ref].swapped = 3;
	ask(5, ref, SUM_MAX);
	expect(test, 5, SUM_OKAY, 2 * SUM_MAX);
	fake_gnt->peer[ref].swapped = UINT_MAX;
	ask(6, ref, 3);
	expect(test, 6, SUM_BAD_GRANT, 0);
	fake_gnt->peer[ref].swapped = 0;
	ask(7, ref, 0);
	expect(test, 7, SUM_OKAY, 0);

	KUNIT_EXPECT_TRUE(test, fake_peer_end(ref));
	end_frontend(test);
	__free_page(page);
}

static void front_bad_index(struct kunit *test)
{
	static const RING_IDX prods[] = {
		SUM_RING_SIZE + 1, 1U << 31, ~0U,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prods); i++) {
		be_frontend(test);
		WRITE_ONCE(peer.sring->req_prod, prods[i]);
		kick(test);
		KUNIT_EXPECT_TRUE(test, sum_back.broken);
		KUNIT_EXPECT_EQ(test, sum_back.asked, 0);
		end_frontend(test);
	}
}

/* As back_storm(); here the device counts */
static void front_storm(struct kunit *test)
{
	struct xenbus_device *xdev;
	unsigned int i;

	be_frontend(test);
	KUNIT_EXPECT_TRUE(test, pair_settles(test, nothing_to_do));
	xdev = sum_back.xdev;
	fake_time_runs(false);
	atomic_set(&xdev->events, 0);
	for (i = 0; i < 1000; i++)
		kick(test);
	KUNIT_EXPECT_LE(test, atomic_read(&xdev->events), 2);
	fake_time_runs(true);
	end_frontend(test);
}

static struct kunit_case hostile_cases[] = {
	KUNIT_CASE_PARAM(back_answers, fake_abi_gen),
	KUNIT_CASE_PARAM(back_answers_nothing, fake_abi_gen),
	KUNIT_CASE_PARAM(back_bad_index, fake_abi_gen),
	KUNIT_CASE_PARAM(back_storm, fake_abi_gen),
	KUNIT_CASE_PARAM(back_keeps_all, fake_abi_gen),
	KUNIT_CASE_PARAM(back_changes_states, fake_abi_gen),
	KUNIT_CASE_PARAM(front_bad_keys, fake_abi_gen),
	KUNIT_CASE_PARAM(front_readonly_ring, fake_abi_gen),
	KUNIT_CASE_PARAM(front_bad_questions, fake_abi_gen),
	KUNIT_CASE_PARAM(front_bad_index, fake_abi_gen),
	KUNIT_CASE_PARAM(front_storm, fake_abi_gen),
	{}
};

static struct kunit_suite hostile_suite = {
	.name = "xen_pair_hostile",
	.init = pair_init,
	.exit = pair_exit,
	.test_cases = hostile_cases,
};

kunit_test_suite(hostile_suite);
