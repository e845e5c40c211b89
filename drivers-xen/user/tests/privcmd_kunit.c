// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of /dev/xen/privcmd without mappings: hypercalls, commands of device models,
 * what a file may reach; and of /dev/xen/hypercall.
 */
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/xen/hypercall.h>
#include <xen/interface/hvm/dm_op.h>
#include <xen/privcmd.h>

#include "fake_foreign.h"
#include "privcmd.h"

/* The last call that reached Xen */
static struct {
	unsigned int nr;
	unsigned long args[5];
	long result;
	domid_t domid;
	unsigned int nr_bufs;
	struct xen_dm_op_buf bufs[4];
} call;

static long fake_privcmd_call(unsigned int nr, unsigned long a1,
			      unsigned long a2, unsigned long a3,
			      unsigned long a4, unsigned long a5)
{
	call.nr = nr;
	call.args[0] = a1;
	call.args[1] = a2;
	call.args[2] = a3;
	call.args[3] = a4;
	call.args[4] = a5;
	return call.result;
}

static int fake_dm_op(domid_t domid, unsigned int nr_bufs,
		      struct xen_dm_op_buf *bufs)
{
	call.domid = domid;
	call.nr_bufs = nr_bufs;
	memcpy(call.bufs, bufs,
	       min_t(size_t, nr_bufs, ARRAY_SIZE(call.bufs)) * sizeof(*bufs));
	return call.result;
}

static int privcmd_test_init(struct kunit *test)
{
	int err = fake_foreign_init(test);

	if (err)
		return err;
	memset(&call, 0, sizeof(call));
	kunit_activate_static_stub(test, privcmd_call, fake_privcmd_call);
	kunit_activate_static_stub(test, HYPERVISOR_dm_op, fake_dm_op);
	return 0;
}

static long make_hypercall(struct kunit *test, u64 nr)
{
	struct privcmd_hypercall op = { nr, { 1, 2, 3, 4, ULONG_MAX } };

	return fake_ioctl(test, IOCTL_PRIVCMD_HYPERCALL, &op, sizeof(op));
}

static long make_dm_op(struct kunit *test, domid_t domid, u16 nr,
		       const struct privcmd_dm_op_buf __user *bufs)
{
	struct privcmd_dm_op op = { .dom = domid, .num = nr, .ubufs = bufs };

	return fake_ioctl(test, IOCTL_PRIVCMD_DM_OP, &op, sizeof(op));
}

static long restrict_to(struct kunit *test, domid_t domid)
{
	return fake_ioctl(test, IOCTL_PRIVCMD_RESTRICT, &domid, sizeof(domid));
}

static void hypercalls(struct kunit *test)
{
	call.result = 0x123456789;
	KUNIT_EXPECT_EQ(test, make_hypercall(test, 17), 0x123456789);
	KUNIT_EXPECT_EQ(test, call.nr, 17);
	KUNIT_EXPECT_EQ(test, call.args[0], 1);
	KUNIT_EXPECT_EQ(test, call.args[3], 4);
	KUNIT_EXPECT_EQ(test, call.args[4], ULONG_MAX);
	call.result = -ENOSYS;
	KUNIT_EXPECT_EQ(test, make_hypercall(test, 99), -ENOSYS);
}

static void other_requests(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	char buf[64] = { };

	KUNIT_EXPECT_EQ(test, fake_ioctl(test, IOCTL_PRIVCMD_MMAP, buf,
					 sizeof(buf)), -ENOSYS);
	KUNIT_EXPECT_EQ(test, fake_ioctl(test, _IOC(_IOC_NONE, 'P', 1, 16), buf,
					 sizeof(buf)), -ENOTTY);
	KUNIT_EXPECT_EQ(test, fake_ioctl(test, _IOC(_IOC_NONE, 'P', 0, 16), buf,
					 sizeof(buf)), -ENOTTY);
	KUNIT_EXPECT_LT(test, fake_ioctl(test, IOCTL_PRIVCMD_PCIDEV_GET_GSI, buf,
					 sizeof(buf)), 0);
	KUNIT_EXPECT_EQ(test,
			xen_privcmd_fops.unlocked_ioctl(fake->file,
							IOCTL_PRIVCMD_HYPERCALL,
							8), -EFAULT);
	KUNIT_EXPECT_EQ(test, call.nr, 0);
}

static void restriction_stays(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, restrict_to(test, DOMID_INVALID), -EINVAL);
	KUNIT_EXPECT_EQ(test, make_hypercall(test, 17), 0);
	KUNIT_EXPECT_EQ(test, restrict_to(test, 5), 0);
	KUNIT_EXPECT_EQ(test, restrict_to(test, 5), 0);
	KUNIT_EXPECT_EQ(test, restrict_to(test, 6), -EINVAL);
	KUNIT_EXPECT_EQ(test, restrict_to(test, DOMID_INVALID), -EINVAL);
	call.nr = 0;
	KUNIT_EXPECT_EQ(test, make_hypercall(test, 17), -EPERM);
	KUNIT_EXPECT_EQ(test, call.nr, 0);
}

static void restricted_to_one(struct kunit *test)
{
	unsigned long addr = fake_reserve(test, 1);
	struct privcmd_mmapbatch_v2 v2 = { .num = 1, .dom = 6, .addr = addr };
	struct privcmd_mmapbatch v1 = { .num = 1, .dom = 6, .addr = addr };
	struct privcmd_mmap_resource res = { .dom = 6 };
	struct privcmd_irqfd irqfd = { .dom = 6 };
	struct privcmd_ioeventfd ioeventfd = { .dom = 6 };

	KUNIT_ASSERT_EQ(test, restrict_to(test, 5), 0);
	KUNIT_EXPECT_EQ(test, fake_ioctl(test, IOCTL_PRIVCMD_MMAPBATCH_V2, &v2,
					 sizeof(v2)), -EPERM);
	KUNIT_EXPECT_EQ(test, fake_ioctl(test, IOCTL_PRIVCMD_MMAPBATCH, &v1,
					 sizeof(v1)), -EPERM);
	KUNIT_EXPECT_EQ(test, fake_ioctl(test, IOCTL_PRIVCMD_MMAP_RESOURCE, &res,
					 sizeof(res)), -EPERM);
	KUNIT_EXPECT_EQ(test, fake_ioctl(test, IOCTL_PRIVCMD_IRQFD, &irqfd,
					 sizeof(irqfd)),
			IS_ENABLED(CONFIG_XEN_PRIVCMD_EVENTFD) ? -EPERM :
								 -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, fake_ioctl(test, IOCTL_PRIVCMD_IOEVENTFD,
					 &ioeventfd, sizeof(ioeventfd)),
			IS_ENABLED(CONFIG_XEN_PRIVCMD_EVENTFD) ? -EPERM :
								 -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, make_dm_op(test, 6, 0, NULL), -EPERM);
	KUNIT_EXPECT_EQ(test, make_dm_op(test, 5, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, PAGE_SIZE), 0);
}

/* A file is what it was opened as, whatever the target is later. */
static void target_of_new_files(struct kunit *test)
{
	domid_t saved = privcmd_set_target(5);
	struct file *file = anon_inode_getfile("[privcmd]", &xen_privcmd_fops,
					       NULL, O_RDWR);
	struct privcmd_file *first, *second;
	struct fake_foreign *fake = test->priv;

	first = fake->file->private_data;
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_EXPECT_EQ(test, xen_privcmd_fops.open(NULL, file), 0);
	privcmd_set_target(saved);
	second = file->private_data;
	KUNIT_EXPECT_TRUE(test, privcmd_may_reach(first, 5));
	KUNIT_EXPECT_TRUE(test, privcmd_may_reach(first, 6));
	KUNIT_EXPECT_TRUE(test, privcmd_may_reach(second, 5));
	KUNIT_EXPECT_FALSE(test, privcmd_may_reach(second, 6));
	KUNIT_EXPECT_FALSE(test, privcmd_may_reach(second, DOMID_INVALID));
	/* None has been named. */
	second->domid = DOMID_IDLE;
	KUNIT_EXPECT_FALSE(test, privcmd_may_reach(second, DOMID_IDLE));
	__fput_sync(file);
}

static void target_in_the_store(struct kunit *test)
{
	static const struct {
		const char *text;
		domid_t domid;
	} cases[] = {
		{ "0", 0 },
		{ "5", 5 },
		{ "32751", 32751 },
		{ "5\n", 5 },
		/* The reserved ones, "any" among them */
		{ "32752", DOMID_IDLE },
		{ "32756", DOMID_IDLE },
		{ "98292", DOMID_IDLE },
		{ "-1", DOMID_IDLE },
		{ "", DOMID_IDLE },
		{ "5x", DOMID_IDLE },
		{ "0x5", DOMID_IDLE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, privcmd_domid_from_text(cases[i].text),
				    cases[i].domid, "\"%s\"", cases[i].text);
}

static void buffers_are_counted(struct kunit *test)
{
	struct privcmd_dm_op_buf bufs[] = {
		{ (void __user *)0x1000, 4096 },
		{ (void __user *)0x1fff, 2 },
		{ (void __user *)0x1fff, 1 },
		{ (void __user *)0x1000, 0 },
		{ (void __user *)0x1800, 4096 },
	};

	KUNIT_EXPECT_EQ(test, privcmd_dm_op_pages(bufs, 1, 4096), 1);
	KUNIT_EXPECT_EQ(test, privcmd_dm_op_pages(bufs, 2, 4096), 3);
	KUNIT_EXPECT_EQ(test, privcmd_dm_op_pages(bufs, 3, 4096), 4);
	KUNIT_EXPECT_EQ(test, privcmd_dm_op_pages(bufs, 4, 4096), 4);
	KUNIT_EXPECT_EQ(test, privcmd_dm_op_pages(bufs, 5, 4096), 6);
	KUNIT_EXPECT_EQ(test, privcmd_dm_op_pages(bufs, 5, 4095), -E2BIG);
	bufs[4].size = SIZE_MAX;
	KUNIT_EXPECT_EQ(test, privcmd_dm_op_pages(bufs, 5, UINT_MAX), -E2BIG);
	bufs[4].size = UINT_MAX;
	bufs[4].uptr = (void __user *)-4096UL;
	KUNIT_EXPECT_EQ(test, privcmd_dm_op_pages(bufs, 5, UINT_MAX), -EFAULT);
}

/* Two buffers in user space, the second over the end of a page */
static void dm_ops(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	struct privcmd_dm_op_buf bufs[] = {
		{ fake->user + 2 * PAGE_SIZE, 64 },
		{ fake->user + 4 * PAGE_SIZE - 8, 16 },
	};
	void __user *ubufs = fake->user + PAGE_SIZE;

	KUNIT_ASSERT_EQ(test, copy_to_user(ubufs, bufs, sizeof(bufs)), 0);
	call.result = 3;
	KUNIT_EXPECT_EQ(test, make_dm_op(test, 9, 2, ubufs), 3);
	KUNIT_EXPECT_EQ(test, call.domid, 9);
	KUNIT_EXPECT_EQ(test, call.nr_bufs, 2);
	KUNIT_EXPECT_EQ(test, *(unsigned long *)&call.bufs[1].h,
			(unsigned long)bufs[1].uptr);
	KUNIT_EXPECT_EQ(test, call.bufs[1].size, 16);
	call.result = -EINVAL;
	KUNIT_EXPECT_EQ(test, make_dm_op(test, 9, 2, ubufs), -EINVAL);
}

static void dm_ops_with_errors(struct kunit *test)
{
	struct fake_foreign *fake = test->priv;
	struct privcmd_dm_op_buf buf = { fake->user + 2 * PAGE_SIZE, 4097 };
	void __user *ubufs = fake->user + PAGE_SIZE;

	KUNIT_EXPECT_EQ(test, make_dm_op(test, 9, 17, ubufs), -E2BIG);
	KUNIT_EXPECT_EQ(test, make_dm_op(test, 9, 1, (void __user *)8), -EFAULT);
	KUNIT_ASSERT_EQ(test, copy_to_user(ubufs, &buf, sizeof(buf)), 0);
	KUNIT_EXPECT_EQ(test, make_dm_op(test, 9, 1, ubufs), -E2BIG);
	/* The page behind our memory is nobody's. */
	buf = (struct privcmd_dm_op_buf) { fake->user + 16 * PAGE_SIZE - 8, 16 };
	KUNIT_ASSERT_EQ(test, vm_munmap((unsigned long)fake->user +
					15 * PAGE_SIZE, PAGE_SIZE), 0);
	KUNIT_ASSERT_EQ(test, copy_to_user(ubufs, &buf, sizeof(buf)), 0);
	KUNIT_EXPECT_EQ(test, make_dm_op(test, 9, 1, ubufs), -EFAULT);
	KUNIT_EXPECT_EQ(test, call.nr_bufs, 0);
}

static struct file *open_buf(struct kunit *test)
{
	struct file *file = anon_inode_getfile("[hypercall]",
					       &xen_privcmdbuf_fops, NULL,
					       O_RDWR);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	return file;
}

static void memory_for_hypercalls(struct kunit *test)
{
	struct file *file = open_buf(test);
	const unsigned long nr = 40;
	unsigned long addr = vm_mmap(file, 0, nr << PAGE_SHIFT,
				     PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	unsigned long value, i;

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	for (i = 0; i < nr; i++) {
		unsigned long __user *page = (void __user *)addr + i * PAGE_SIZE;

		KUNIT_ASSERT_EQ(test, get_user(value, page), 0);
		KUNIT_EXPECT_EQ(test, value, 0);
		KUNIT_ASSERT_EQ(test, put_user(i + 1, page), 0);
	}
	/* Pieces of it go, the others stay as they are. */
	KUNIT_EXPECT_EQ(test, vm_munmap(addr + 10 * PAGE_SIZE, 20 * PAGE_SIZE),
			0);
	KUNIT_EXPECT_EQ(test, get_user(value, (unsigned long __user *)
				       (addr + 9 * PAGE_SIZE)), 0);
	KUNIT_EXPECT_EQ(test, value, 10);
	KUNIT_EXPECT_NE(test, get_user(value, (unsigned long __user *)
				       (addr + 10 * PAGE_SIZE)), 0);
	__fput_sync(file);
	KUNIT_EXPECT_EQ(test, get_user(value, (unsigned long __user *)
				       (addr + 39 * PAGE_SIZE)), 0);
	KUNIT_EXPECT_EQ(test, value, 40);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, nr << PAGE_SHIFT), 0);
}

static void memory_is_shared_only(struct kunit *test)
{
	struct file *file = open_buf(test);

	KUNIT_EXPECT_EQ(test, (long)vm_mmap(file, 0, PAGE_SIZE, PROT_READ,
					    MAP_PRIVATE, 0), -EINVAL);
	__fput_sync(file);
}

static struct kunit_case privcmd_cases[] = {
	KUNIT_CASE(hypercalls),
	KUNIT_CASE(other_requests),
	KUNIT_CASE(restriction_stays),
	KUNIT_CASE(restricted_to_one),
	KUNIT_CASE(target_of_new_files),
	KUNIT_CASE(target_in_the_store),
	KUNIT_CASE(buffers_are_counted),
	KUNIT_CASE(dm_ops),
	KUNIT_CASE(dm_ops_with_errors),
	KUNIT_CASE(memory_for_hypercalls),
	KUNIT_CASE(memory_is_shared_only),
	{}
};

static struct kunit_suite privcmd_suite = {
	.name = "xen_user_privcmd",
	.init = privcmd_test_init,
	.exit = fake_foreign_exit,
	.test_cases = privcmd_cases,
};

kunit_test_suite(privcmd_suite);
