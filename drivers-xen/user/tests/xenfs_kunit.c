// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the list of Xen's symbols, with a Xen that has three; and of the ring of the
 * store where there is none to be mapped.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <asm/xen/hypercall.h>
#include <xen/interface/platform.h>
#include <xen/xenbus.h>

#include "xenfs.h"

static int xen_error;
/* What Xen says the length of a name is: more than there is, if not 0 */
static u32 xen_length;

static const struct {
	u64 addr;
	char type;
	const char *name;
} symbols[] = {
	{ 0xffff82d040200000, 'T', "_stext" },
	{ 0xffff82d040201000, 't', "x" },
	{ 0xffff82d040202000, 'd', "a_name_of_some_length" },
};

static int fake_platform_op(struct xen_platform_op *op)
{
	struct xenpf_symdata *data = &op->u.symdata;
	char *name = *(char **)&data->name;
	u32 len;

	if (op->cmd != XENPF_get_symbol)
		return -ENOSYS;
	if (xen_error)
		return xen_error;
	if (data->symnum > ARRAY_SIZE(symbols))
		return -ERANGE;
	/* The end: the number stays. */
	if (data->symnum == ARRAY_SIZE(symbols))
		return 0;
	len = strlen(symbols[data->symnum].name) + 1;
	memcpy(name, symbols[data->symnum].name, min(len, data->namelen));
	data->namelen = xen_length ?: len;
	data->address = symbols[data->symnum].addr;
	data->type = symbols[data->symnum].type;
	data->symnum++;
	return 0;
}

static int xenfs_init(struct kunit *test)
{
	struct file *file = kunit_kzalloc(test, sizeof(*file), GFP_KERNEL);
	struct seq_file *m;

	KUNIT_ASSERT_NOT_NULL(test, file);
	xen_error = 0;
	xen_length = 0;
	KUNIT_ASSERT_EQ(test, xenfs_xensyms_fops.open(NULL, file), 0);
	m = file->private_data;
	m->buf = kvmalloc(PAGE_SIZE, GFP_KERNEL);
	m->size = PAGE_SIZE;
	test->priv = file;
	kunit_activate_static_stub(test, HYPERVISOR_platform_op,
				   fake_platform_op);
	return 0;
}

static void xenfs_exit(struct kunit *test)
{
	struct file *file = test->priv;

	if (file)
		xenfs_xensyms_fops.release(NULL, file);
}

/* As seq_read() does. Returns the number of lines; the text is in m->buf. */
static int read_from(struct kunit *test, struct seq_file *m, loff_t pos)
{
	int lines = 0;
	void *v;

	m->count = 0;
	for (v = m->op->start(m, &pos); v; v = m->op->next(m, v, &pos)) {
		KUNIT_EXPECT_EQ(test, m->op->show(m, v), 0);
		KUNIT_ASSERT_LT(test, lines++, 100);
	}
	m->op->stop(m, v);
	m->buf[m->count] = '\0';
	return lines;
}

static struct seq_file *seq_of(struct kunit *test)
{
	return ((struct file *)test->priv)->private_data;
}

static void all_symbols(struct kunit *test)
{
	struct seq_file *m = seq_of(test);

	KUNIT_EXPECT_EQ(test, read_from(test, m, 0), 3);
	KUNIT_EXPECT_STREQ(test, m->buf,
			   "ffff82d040200000 T _stext\n"
			   "ffff82d040201000 t x\n"
			   "ffff82d040202000 d a_name_of_some_length\n");
}

static void from_the_middle(struct kunit *test)
{
	struct seq_file *m = seq_of(test);

	KUNIT_EXPECT_EQ(test, read_from(test, m, 1), 2);
	KUNIT_EXPECT_STREQ(test, m->buf,
			   "ffff82d040201000 t x\n"
			   "ffff82d040202000 d a_name_of_some_length\n");
	KUNIT_EXPECT_EQ(test, read_from(test, m, 3), 0);
	KUNIT_EXPECT_EQ(test, read_from(test, m, 4), 0);
	KUNIT_EXPECT_EQ(test, read_from(test, m, 1LL << 32), 0);
}

static void xen_does_not_tell(struct kunit *test)
{
	xen_error = -EPERM;
	KUNIT_EXPECT_EQ(test, read_from(test, seq_of(test), 0), 0);
}

/* Nothing behind the buffer is read. */
static void name_without_end(struct kunit *test)
{
	struct seq_file *m = seq_of(test);

	xen_length = 100000;
	KUNIT_EXPECT_EQ(test, read_from(test, m, 0), 3);
	KUNIT_EXPECT_LT(test, m->count, 3 * 300);
}

/* There is no physical address to be told from where the page is. */
static void store_elsewhere(struct kunit *test)
{
	struct xenstore_domain_interface *saved = xen_store_interface;
	struct vm_area_struct *vma;
	void *page;

	vma = kunit_kzalloc(test, sizeof(*vma), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vma);
	vma->vm_end = PAGE_SIZE;
	page = vmalloc(PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, page);

	xen_store_interface = NULL;
	KUNIT_EXPECT_EQ(test, xenfs_xsd_kva_fops.mmap(NULL, vma), -ENODEV);
	xen_store_interface = page;
	KUNIT_EXPECT_EQ(test, xenfs_xsd_kva_fops.mmap(NULL, vma), -ENODEV);
	xen_store_interface = saved;
	vfree(page);
}

static struct kunit_case xenfs_cases[] = {
	KUNIT_CASE(all_symbols),
	KUNIT_CASE(from_the_middle),
	KUNIT_CASE(xen_does_not_tell),
	KUNIT_CASE(name_without_end),
	KUNIT_CASE(store_elsewhere),
	{}
};

static struct kunit_suite xenfs_suite = {
	.name = "xen_user_xenfs",
	.init = xenfs_init,
	.exit = xenfs_exit,
	.test_cases = xenfs_cases,
};

kunit_test_suite(xenfs_suite);
