// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the table's frames and of the allocator of references.
 */

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "fake_gnttab.h"

/* Nothing can be had, and nothing breaks by trying */
static void expect_no_table(struct kunit *test)
{
	const grant_ref_t last = MAX_REFS - 1;
	grant_ref_t ref = GRANT_LIST_END;

	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_references(1, &ref), -ENOSPC);
	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_reference_seq(1, &ref),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, ref, GRANT_LIST_END);
	KUNIT_EXPECT_EQ(test, gnttab_grant_foreign_access(1, 2, 0), -ENOSPC);

	/* One that nobody owns */
	gnttab_grant_foreign_access_ref(last, 1, 2, 0);
	KUNIT_EXPECT_EQ(test, gnttab_end_foreign_access_ref(last), 1);
	gnttab_free_grant_reference(last);
	gnttab_end_foreign_access(last, NULL);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), 0);
}

static void init_places_one_frame(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;

	KUNIT_ASSERT_EQ(test, gnttab_init(), 0);
	KUNIT_ASSERT_EQ(test, fake->nr_placed, 1);
	KUNIT_EXPECT_EQ(test, fake->placed[0], 0);
	KUNIT_EXPECT_EQ(test, gnttab_nr_refs(), GRANTS_PER_FRAME);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);

	/* Again, as when both an initcall and a driver ask for it */
	KUNIT_EXPECT_EQ(test, gnttab_init(), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_placed, 1);
}

/* What a kernel before us has granted, in the second of its two frames */
static struct grant_entry_v1 *left_behind(u16 flags)
{
	struct grant_entry_v1 *entries = xen_auto_xlat_grant_frames.vaddr;
	struct grant_entry_v1 *entry = &entries[GRANTS_PER_FRAME + 3];

	fake_gnt->nr_frames = 2;
	*entry = (struct grant_entry_v1) {
		.flags = flags, .domid = FAKE_PEER, .frame = 0x1234,
	};
	return entry;
}

static void init_ends_old_grants(struct kunit *test)
{
	struct grant_entry_v1 *entry = left_behind(GTF_permit_access);

	KUNIT_ASSERT_EQ(test, gnttab_init(), 0);
	KUNIT_EXPECT_EQ(test, fake_gnt->nr_placed, 2);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_invalid);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS + GRANTS_PER_FRAME);
}

/* Not to be had before the peer lets go, and then as any other */
static void init_waits_for_old_users(struct kunit *test)
{
	const unsigned int all = FIRST_REFS + GRANTS_PER_FRAME;
	struct grant_entry_v1 *entry = left_behind(GTF_permit_access |
						   GTF_reading);

	KUNIT_ASSERT_EQ(test, gnttab_init(), 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), all - 1);
	KUNIT_EXPECT_EQ(test, fake_deferred(), 1);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_permit_access | GTF_reading);

	entry->flags &= ~GTF_reading;
	gnttab_deferred_run(NULL);
	KUNIT_EXPECT_EQ(test, entry->flags, GTF_invalid);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), all);
}

/* More than there is room for is not looked at */
static void init_many_frames(struct kunit *test)
{
	fake_gnt->nr_frames = FAKE_FRAMES + 5;
	KUNIT_ASSERT_EQ(test, gnttab_init(), 0);
	KUNIT_EXPECT_EQ(test, fake_gnt->nr_placed, FAKE_FRAMES);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), ALL_REFS);
}

static void init_without_frames(struct kunit *test)
{
	xen_auto_xlat_grant_frames.count = 0;
	KUNIT_EXPECT_EQ(test, gnttab_init(), -ENODEV);
	expect_no_table(test);
}

static void init_version_refused(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;

	fake->set_version_error = -EBUSY;
	fake->version = 2;
	KUNIT_EXPECT_EQ(test, gnttab_init(), -EBUSY);
	expect_no_table(test);

	/* No need to change what is right */
	fake->version = 1;
	KUNIT_EXPECT_EQ(test, gnttab_init(), 0);
}

static void init_without_versions(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;

	fake->set_version_error = -EOPNOTSUPP;
	fake->get_version_error = -EOPNOTSUPP;
	KUNIT_EXPECT_EQ(test, gnttab_init(), 0);
}

static void init_frame_refused(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;

	fake->fail_frame = 0;
	KUNIT_EXPECT_EQ(test, gnttab_init(), -ENOMEM);
	expect_no_table(test);

	fake->fail_frame = FAKE_NONE;
	KUNIT_EXPECT_EQ(test, gnttab_init(), 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);
}

static void init_none_allowed(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;

	fake->max_frames = 0;
	KUNIT_EXPECT_EQ(test, gnttab_init(), -ENOSPC);
	expect_no_table(test);
}

static void max_frames_first_seen(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;

	fake->max_frames = 64;
	KUNIT_EXPECT_EQ(test, gnttab_max_grant_frames(), 64);
	fake->max_frames = 128;
	KUNIT_EXPECT_EQ(test, gnttab_max_grant_frames(), 64);
	fake->max_frames = 32;
	KUNIT_EXPECT_EQ(test, gnttab_max_grant_frames(), 32);
	fake->query_error = -EPERM;
	KUNIT_EXPECT_EQ(test, gnttab_max_grant_frames(), 4);
}

static void max_frames_bounds_table(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;
	grant_ref_t first;

	fake->max_frames = 2;
	KUNIT_ASSERT_EQ(test, gnttab_init(), 0);
	KUNIT_EXPECT_EQ(test,
			gnttab_alloc_grant_reference_seq(2 * GRANTS_PER_FRAME,
							 &first), -ENOSPC);
	KUNIT_EXPECT_EQ(test,
			gnttab_alloc_grant_reference_seq(GRANTS_PER_FRAME,
							 &first), 0);
}

static void auto_xlat_frames(struct kunit *test)
{
	struct grant_frames fake_frames = xen_auto_xlat_grant_frames;
	struct grant_frames *frames = &xen_auto_xlat_grant_frames;
	struct page *page = alloc_pages(GFP_KERNEL, get_order(FAKE_FRAMES *
							      PAGE_SIZE));

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, gnttab_setup_auto_xlat_frames(page_to_phys(page)),
			-EINVAL);

	frames->count = 0;
	KUNIT_EXPECT_EQ(test, gnttab_setup_auto_xlat_frames(page_to_phys(page)),
			0);
	KUNIT_EXPECT_EQ(test, frames->count, FAKE_FRAMES);
	if (frames->count == FAKE_FRAMES) {
		KUNIT_EXPECT_EQ(test, frames->pfn[0], page_to_pfn(page));
		KUNIT_EXPECT_EQ(test, frames->pfn[3], page_to_pfn(page) + 3);
		KUNIT_EXPECT_NOT_NULL(test, frames->vaddr);
		gnttab_free_auto_xlat_frames();
	}
	KUNIT_EXPECT_EQ(test, frames->count, 0);
	KUNIT_EXPECT_NULL(test, frames->pfn);
	gnttab_free_auto_xlat_frames();

	*frames = fake_frames;
	__free_pages(page, get_order(FAKE_FRAMES * PAGE_SIZE));
}

static struct kunit_case table_init_cases[] = {
	KUNIT_CASE(init_places_one_frame),
	KUNIT_CASE(init_ends_old_grants),
	KUNIT_CASE(init_waits_for_old_users),
	KUNIT_CASE(init_many_frames),
	KUNIT_CASE(init_without_frames),
	KUNIT_CASE(init_version_refused),
	KUNIT_CASE(init_without_versions),
	KUNIT_CASE(init_frame_refused),
	KUNIT_CASE(init_none_allowed),
	KUNIT_CASE(max_frames_first_seen),
	KUNIT_CASE(max_frames_bounds_table),
	KUNIT_CASE(auto_xlat_frames),
	{}
};

static struct kunit_suite table_init_suite = {
	.name = "xen_grant_init",
	.init = fake_gnttab_init,
	.exit = fake_gnttab_exit,
	.test_cases = table_init_cases,
};

static void grow_highest_first(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;
	grant_ref_t first;

	KUNIT_ASSERT_EQ(test,
			gnttab_alloc_grant_reference_seq(ALL_REFS, &first), 0);
	KUNIT_EXPECT_EQ(test, first, GNTTAB_NR_RESERVED_ENTRIES);
	KUNIT_ASSERT_EQ(test, fake->nr_placed, 3);
	KUNIT_EXPECT_EQ(test, fake->placed[0], 3);
	KUNIT_EXPECT_EQ(test, fake->placed[1], 2);
	KUNIT_EXPECT_EQ(test, fake->placed[2], 1);
	KUNIT_EXPECT_EQ(test, gnttab_nr_refs(), MAX_REFS);
}

static void grow_in_atomic_context(struct kunit *test)
{
	unsigned long flags;
	grant_ref_t head;
	int err;

	local_irq_save(flags);
	err = gnttab_alloc_grant_references(FIRST_REFS + 1, &head);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, gnttab_nr_refs(), 2 * GRANTS_PER_FRAME);
}

static void grow_refused(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;
	grant_ref_t ref = GRANT_LIST_END;

	/* Frame 2 is placed, 1 is not: neither may be used */
	fake->fail_frame = 1;
	KUNIT_EXPECT_EQ(test,
			gnttab_alloc_grant_references(2 * GRANTS_PER_FRAME,
						      &ref), -ENOSPC);
	KUNIT_EXPECT_EQ(test,
			gnttab_alloc_grant_reference_seq(2 * GRANTS_PER_FRAME,
							 &ref), -ENOSPC);
	KUNIT_EXPECT_EQ(test, ref, GRANT_LIST_END);
	KUNIT_EXPECT_EQ(test, gnttab_nr_refs(), GRANTS_PER_FRAME);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS);

	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_references(1, &ref), 0);
	fake->fail_frame = FAKE_NONE;
	KUNIT_EXPECT_EQ(test,
			gnttab_alloc_grant_references(2 * GRANTS_PER_FRAME,
						      &ref), 0);
}

static void resume_replaces_frames(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;
	grant_ref_t first;
	unsigned int free;

	KUNIT_ASSERT_EQ(test,
			gnttab_alloc_grant_reference_seq(2 * GRANTS_PER_FRAME,
							 &first), 0);
	free = fake_free_refs();
	fake->nr_placed = 0;

	KUNIT_EXPECT_EQ(test, gnttab_suspend(), 0);
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	KUNIT_ASSERT_EQ(test, fake->nr_placed, 3);
	KUNIT_EXPECT_EQ(test, fake->placed[0], 2);
	KUNIT_EXPECT_EQ(test, fake->placed[2], 0);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), free);
}

static void resume_refused(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;
	grant_ref_t head;
	int ref;

	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(FIRST_REFS + 2,
							    &head), 0);
	fake->fail_frame = 0;
	KUNIT_EXPECT_EQ(test, gnttab_resume(), -ENOMEM);
	expect_no_table(test);
	/* It does not get worse */
	KUNIT_EXPECT_EQ(test, gnttab_resume(), -ENOMEM);

	/* Drivers have no error path for what they reserved */
	ref = gnttab_claim_grant_reference(&head);
	KUNIT_EXPECT_GE(test, ref, GNTTAB_NR_RESERVED_ENTRIES);
	gnttab_grant_foreign_access_ref(ref, 1, 2, 0);
	KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(ref), 1);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), 0);

	/* The next host has room: what was given back meanwhile is free */
	fake->fail_frame = FAKE_NONE;
	fake->nr_placed = 0;
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	KUNIT_EXPECT_EQ(test, fake->nr_placed, 2);
	KUNIT_EXPECT_EQ(test, gnttab_nr_refs(), 2 * GRANTS_PER_FRAME);
	KUNIT_EXPECT_EQ(test, fake_free_refs(),
			FIRST_REFS + GRANTS_PER_FRAME - (FIRST_REFS + 2) + 1);
	gnttab_free_grant_references(head);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS + GRANTS_PER_FRAME);
	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_references(ALL_REFS, &head), 0);
}

/* Called once too often: all is as it was */
static void resume_again(struct kunit *test)
{
	int ref = gnttab_grant_foreign_access(1, 2, 0);
	struct fake_gnttab *fake = fake_gnt;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fake->nr_placed = 0;
		KUNIT_EXPECT_EQ(test, gnttab_suspend(), 0);
		KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
		KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
		KUNIT_EXPECT_EQ(test, fake->nr_placed, 2);
		KUNIT_EXPECT_EQ(test, fake_free_refs(), FIRST_REFS - 1);
		KUNIT_EXPECT_EQ(test, fake_entry(test, ref)->flags,
				GTF_permit_access);
	}
	KUNIT_EXPECT_EQ(test, gnttab_try_end_foreign_access(ref), 1);
}

/* The new host allows less, or more; never more than there is room for */
static void resume_on_other_host(struct kunit *test)
{
	struct fake_gnttab *fake = fake_gnt;
	grant_ref_t head;

	fake->max_frames = 2;
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	KUNIT_EXPECT_EQ(test,
			gnttab_alloc_grant_references(2 * GRANTS_PER_FRAME,
						      &head), -ENOSPC);
	/* The question is not answered, and the table is larger than that */
	fake->max_frames = FAKE_FRAMES;
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_references(ALL_REFS, &head), 0);
	fake->max_frames = 1;
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	gnttab_free_grant_references(head);
	KUNIT_EXPECT_EQ(test, fake_free_refs(), ALL_REFS);
	fake->max_frames = 64;
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	KUNIT_EXPECT_EQ(test, gnttab_table.max_frames, FAKE_FRAMES);
}

static void count_call(void *arg)
{
	(*(unsigned int *)arg)++;
}

/* Those who wait are told as soon as there is hope, from wherever it comes. */
static void growth_wakes_waiters(struct kunit *test)
{
	struct gnttab_free_callback callback = {};
	struct fake_gnttab *fake = fake_gnt;
	unsigned int calls = 0;
	grant_ref_t head, more;

	/* The old host allows no more. */
	fake->max_frames = 1;
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	KUNIT_ASSERT_EQ(test, gnttab_alloc_grant_references(FIRST_REFS, &head), 0);
	gnttab_request_free_callback(&callback, count_call, &calls, 5);
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	KUNIT_EXPECT_EQ(test, calls, 0);
	/* The new one does, though not at once. Being told once is enough. */
	fake->max_frames = FAKE_FRAMES;
	fake->fail_frame = 1;
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	KUNIT_EXPECT_EQ(test, calls, 1);
	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_references(5, &more), -ENOSPC);
	gnttab_request_free_callback(&callback, count_call, &calls, 5);
	KUNIT_EXPECT_EQ(test, calls, 1);
	/* Then somebody else gets one, and with it there are many. */
	fake->fail_frame = FAKE_NONE;
	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_references(1, &more), 0);
	KUNIT_EXPECT_EQ(test, calls, 2);
	gnttab_free_grant_references(more);

	gnttab_request_free_callback(&callback, count_call, &calls,
				     2 * GRANTS_PER_FRAME);
	KUNIT_EXPECT_EQ(test, calls, 2);
	KUNIT_EXPECT_EQ(test, gnttab_alloc_grant_reference_seq(3 * GRANTS_PER_FRAME,
							       &more), 0);
	KUNIT_EXPECT_EQ(test, calls, 2);
	gnttab_free_grant_reference_seq(more, 3 * GRANTS_PER_FRAME);
	KUNIT_EXPECT_EQ(test, calls, 3);
	gnttab_free_grant_references(head);
}

/* A table that comes back may also grow. */
static void return_wakes_waiters(struct kunit *test)
{
	struct gnttab_free_callback callback = {};
	struct fake_gnttab *fake = fake_gnt;
	unsigned int calls = 0;

	fake->fail_frame = 0;
	KUNIT_EXPECT_EQ(test, gnttab_resume(), -ENOMEM);
	gnttab_request_free_callback(&callback, count_call, &calls,
				     FIRST_REFS + 1);
	KUNIT_EXPECT_EQ(test, gnttab_resume(), -ENOMEM);
	KUNIT_EXPECT_EQ(test, calls, 0);
	fake->fail_frame = FAKE_NONE;
	KUNIT_EXPECT_EQ(test, gnttab_resume(), 0);
	KUNIT_EXPECT_EQ(test, calls, 1);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE(grow_highest_first),
	KUNIT_CASE(grow_in_atomic_context),
	KUNIT_CASE(grow_refused),
	KUNIT_CASE(resume_replaces_frames),
	KUNIT_CASE(resume_refused),
	KUNIT_CASE(resume_again),
	KUNIT_CASE(resume_on_other_host),
	KUNIT_CASE(growth_wakes_waiters),
	KUNIT_CASE(return_wakes_waiters),
	{}
};

static struct kunit_suite table_suite = {
	.name = "xen_grant_table",
	.init = fake_gnttab_start,
	.exit = fake_gnttab_exit,
	.test_cases = table_cases,
};

kunit_test_suites(&table_init_suite, &table_suite);
