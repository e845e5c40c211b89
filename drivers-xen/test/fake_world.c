// SPDX-License-Identifier: GPL-2.0
/* The parts of the fake Xen put together. See fake_world.h. */

#include <kunit/static_stub.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "../xenbus/peer_ring.h"
#include "fake_world.h"

struct fake_store *fake_xs;

static int get_pages(unsigned int num, struct page **pages)
{
	return fake_targets_alloc(num, pages);
}

static void put_pages(unsigned int num, struct page **pages)
{
	fake_targets_free(num, pages);
}

static void *map_behind(struct page **pages, unsigned int num)
{
	struct page *behind[XENBUS_MAX_RING_GRANTS];
	unsigned int i;

	for (i = 0; i < num; i++)
		behind[i] = fake_page_behind(pages[i]);
	return vmap(behind, num, VM_MAP, PAGE_KERNEL);
}

int fake_world_init(struct kunit *test)
{
	int err;

	err = fake_xen_init(test);
	if (err)
		return err;
	fake->peer_offers_all = false;
	fake_time_runs(true);

	err = fake_gnttab_start(test);
	if (!err)
		err = fake_store_init(test);
	if (err)
		return err;
	fake_xs = test->priv;
	/* Static stubs are there for threads of the test only */
	fake_xs->store.xenwatch->kunit_test = test;

	kunit_activate_static_stub(test, peer_get_pages, get_pages);
	kunit_activate_static_stub(test, peer_put_pages, put_pages);
	kunit_activate_static_stub(test, peer_vmap, map_behind);
	return 0;
}

static unsigned int open_ports(void)
{
	evtchn_port_t port;
	unsigned int num = 0;

	for (port = 1; port < FAKE_PORTS; port++)
		num += fake->port[port].status != EVTCHNSTAT_closed;
	return num;
}

void fake_world_exit(struct kunit *test)
{
	if (fake_xs) {
		/* A ring ends while the other end still has it mapped */
		gnttab_deferred_run(NULL);
		KUNIT_EXPECT_EQ(test, fake_num_watches(fake_xs), 0);
		KUNIT_EXPECT_EQ(test, fake_xs->open_tx, 0);
		KUNIT_EXPECT_EQ(test, open_ports(), 0);
		KUNIT_EXPECT_EQ(test, fake_free_refs(),
				gnttab_nr_refs() - GNTTAB_NR_RESERVED_ENTRIES);
	}
	fake_store_exit(test);
	fake_gnttab_exit(test);
	fake_xen_exit(test);
	fake_xs = NULL;
}
