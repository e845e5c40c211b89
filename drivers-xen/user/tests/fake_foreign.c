// SPDX-License-Identifier: GPL-2.0
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include <asm/xen/hypercall.h>
#include <xen/interface/memory.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "../../balloon/balloon.h"
#include "fake_foreign.h"
#include "privcmd.h"

/* Without memory, that a test can use together */
#define FAKE_PAGES	512

static struct fake_foreign *current_fake(void)
{
	return kunit_get_current_test()->priv;
}

static int gfn_error(struct fake_foreign *fake, xen_ulong_t gfn)
{
	if (gfn >= FAKE_PAGED_GFN && gfn < FAKE_PAGED_END)
		return fake->paged_in ? 0 : -ENOENT;
	return gfn >= FAKE_BAD_GFN && !(gfn % 10) ? -EINVAL : 0;
}

static void put_in(struct fake_foreign *fake, xen_pfn_t at, xen_ulong_t gfn)
{
	struct kunit *test = kunit_get_current_test();

	/* What was there before would have been lost. */
	KUNIT_EXPECT_NULL(test, xa_load(&fake->physmap, at));
	xa_store(&fake->physmap, at, xa_mk_value(gfn), GFP_KERNEL);
	fake->nr++;
}

static long add(struct fake_foreign *fake,
		const struct xen_add_to_physmap_range *range)
{
	struct kunit *test = kunit_get_current_test();
	xen_ulong_t *idxs = *(xen_ulong_t **)&range->idxs;
	xen_pfn_t *gpfns = *(xen_pfn_t **)&range->gpfns;
	int *errs = *(int **)&range->errs;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, range->domid, DOMID_SELF);
	KUNIT_EXPECT_EQ(test, range->space, XENMAPSPACE_gmfn_foreign);
	KUNIT_EXPECT_GT(test, range->size, 0);
	fake->adds++;
	if (fake->whole_error)
		return fake->whole_error;
	if (range->foreign_domid != FAKE_DOMID)
		return -ESRCH;
	for (i = 0; i < range->size; i++) {
		errs[i] = gfn_error(fake, idxs[i]);
		if (!errs[i])
			put_in(fake, gpfns[i], idxs[i]);
	}
	return 0;
}

static long take_out(struct fake_foreign *fake,
		     const struct xen_remove_from_physmap *what)
{
	KUNIT_EXPECT_EQ(kunit_get_current_test(), what->domid, DOMID_SELF);
	if (fake->remove_error)
		return fake->remove_error;
	if (!xa_erase(&fake->physmap, what->gpfn))
		return -ENOENT;
	fake->nr--;
	return 0;
}

static long acquire(struct fake_foreign *fake,
		    struct xen_mem_acquire_resource *what)
{
	xen_pfn_t *frames = *(xen_pfn_t **)&what->frame_list;
	unsigned int i;

	if (what->domid != FAKE_DOMID)
		return -ESRCH;
	if (what->type != XENMEM_resource_grant_table)
		return -EOPNOTSUPP;
	if (!what->nr_frames) {
		what->nr_frames = FAKE_RESOURCE;
		return 0;
	}
	for (i = 0; i < what->nr_frames; i++) {
		if (!fake->resource_left)
			return -EIO;
		fake->resource_left--;
		put_in(fake, frames[i], what->frame + i);
	}
	return 0;
}

static long fake_memory_op(unsigned int cmd, void *arg)
{
	struct fake_foreign *fake = current_fake();

	switch (cmd) {
	case XENMEM_add_to_physmap_range:
		return add(fake, arg);
	case XENMEM_remove_from_physmap:
		fake->removes++;
		return take_out(fake, arg);
	case XENMEM_acquire_resource:
		return acquire(fake, arg);
	default:
		KUNIT_FAIL(kunit_get_current_test(), "memory op %u", cmd);
		return -EOPNOTSUPP;
	}
}

static int fake_multicall(struct multicall_entry *calls, u32 nr)
{
	struct kunit *test = kunit_get_current_test();
	struct fake_foreign *fake = test->priv;
	u32 i;

	fake->removes++;
	if (fake->no_multicall)
		return -ENOSYS;
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, calls[i].op, __HYPERVISOR_memory_op);
		KUNIT_EXPECT_EQ(test, calls[i].args[0],
				XENMEM_remove_from_physmap);
		calls[i].result = take_out(fake, (void *)calls[i].args[1]);
	}
	return 0;
}

static struct file *open_privcmd(struct kunit *test)
{
	struct file *file = anon_inode_getfile("[privcmd]", &xen_privcmd_fops,
					       NULL, O_RDWR);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_ASSERT_EQ(test, xen_privcmd_fops.open(NULL, file), 0);
	return file;
}

/* So many are free then at least: no test needs more at a time. */
static void make_pages(struct kunit *test)
{
	struct page **pages = kunit_kcalloc(test, FAKE_PAGES, sizeof(*pages),
					    GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(FAKE_PAGES, pages), 0);
	xen_free_unpopulated_pages(FAKE_PAGES, pages);
}

int fake_foreign_init(struct kunit *test)
{
	struct fake_foreign *fake;
	unsigned long user;

	if (xen_domain())
		kunit_skip(test, "would map this domain's own pages away");
	fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake);
	xa_init(&fake->physmap);
	fake->resource_left = FAKE_RESOURCE;
	test->priv = fake;
	kunit_activate_static_stub(test, HYPERVISOR_memory_op, fake_memory_op);
	kunit_activate_static_stub(test, HYPERVISOR_multicall, fake_multicall);

	user = kunit_vm_mmap(test, NULL, 0, 16 * PAGE_SIZE,
			     PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, !user || IS_ERR_VALUE(user));
	fake->user = (void __user *)user;
	fake->saved_space = unpopulated_set_space(&iomem_resource);
	fake->file = open_privcmd(test);
	make_pages(test);
	fake->free_pages = unpopulated_free_pages();
	return 0;
}

/* In another task than the test: what the test has mapped is gone with it. */
void fake_foreign_exit(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;

	if (!fake)
		return;
	if (fake->file)
		__fput_sync(fake->file);
	unpopulated_set_space(fake->saved_space);
	xa_destroy(&fake->physmap);
}

unsigned long fake_reserve(struct kunit *test, unsigned long nr)
{
	struct fake_foreign *fake = test->priv;
	unsigned long addr = vm_mmap(fake->file, 0, nr << PAGE_SHIFT,
				     PROT_READ | PROT_WRITE, MAP_SHARED, 0);

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	return addr;
}

static int read_entry(pte_t *ptep, unsigned long addr, void *data)
{
	pte_t pte = ptep_get(ptep);

	*(long *)data = -EFAULT;
	if (pte_present(pte) && pte_special(pte))
		*(long *)data = pte_pfn(pte);
	return 0;
}

long fake_frame_at(struct kunit *test, unsigned long addr)
{
	struct fake_foreign *fake = test->priv;
	long pfn = -EFAULT;
	void *entry;

	mmap_read_lock(current->mm);
	apply_to_existing_page_range(current->mm, addr, PAGE_SIZE, read_entry,
				     &pfn);
	mmap_read_unlock(current->mm);
	if (pfn < 0)
		return pfn;
	entry = xa_load(&fake->physmap, pfn);
	return entry ? (long)xa_to_value(entry) : -ENOENT;
}

long fake_ioctl(struct kunit *test, unsigned int cmd, void *arg, size_t size)
{
	struct fake_foreign *fake = test->priv;
	long rc;

	KUNIT_ASSERT_EQ(test, copy_to_user(fake->user, arg, size), 0);
	rc = xen_privcmd_fops.unlocked_ioctl(fake->file, cmd,
					     (unsigned long)fake->user);
	KUNIT_ASSERT_EQ(test, copy_from_user(arg, fake->user, size), 0);
	return rc;
}
