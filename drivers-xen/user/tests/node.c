// SPDX-License-Identifier: GPL-2.0
/* See node.h. */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include "node.h"

void node_open(struct kunit *test, struct node *node,
	       const struct file_operations *ops)
{
	/* One page more, that is then taken away */
	node->buf = kunit_vm_mmap(test, NULL, 0, NODE_BUF + PAGE_SIZE,
				  PROT_READ | PROT_WRITE,
				  MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, node->buf, 0);
	KUNIT_ASSERT_LT(test, node->buf, (unsigned long)TASK_SIZE);
	KUNIT_ASSERT_EQ(test, vm_munmap(node->buf + NODE_BUF, PAGE_SIZE), 0);

	node->filp = anon_inode_getfile("[xen-test]", ops, NULL, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, node->filp);
	KUNIT_ASSERT_EQ(test, ops->open(file_inode(node->filp), node->filp), 0);
}

/* Not with fput(), which leaves it to a thread that knows nothing of this test. */
void node_close(struct node *node)
{
	__fput_sync(node->filp);
}

long node_ioctl(struct node *node, unsigned int cmd, void *arg, size_t size)
{
	long rc;

	if (copy_to_user((void __user *)node->buf, arg, size))
		return -EIO;
	rc = node->filp->f_op->unlocked_ioctl(node->filp, cmd, node->buf);
	if (copy_from_user(arg, (void __user *)node->buf, size))
		return -EIO;
	return rc;
}

long node_bad_ioctl(struct node *node, unsigned int cmd)
{
	return node->filp->f_op->unlocked_ioctl(node->filp, cmd,
						node->buf + NODE_BUF);
}

long node_mmap(struct node *node, u64 offset, unsigned int pages,
	       unsigned long prot)
{
	return vm_mmap(node->filp, 0, pages * PAGE_SIZE, prot, MAP_SHARED,
		       offset);
}

void node_munmap(long addr, unsigned int pages)
{
	vm_munmap(addr, pages * PAGE_SIZE);
}
