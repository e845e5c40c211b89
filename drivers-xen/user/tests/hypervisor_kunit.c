// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the files of /sys/hypervisor, read through the tables that make them,
 * with a Xen that says what the test wants.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <asm/xen/hypercall.h>
#include <xen/interface/version.h>
#include <xen/interface/xen.h>
#include <xen/xen.h>

#include "user.h"

/* What Xen answers: an error to everything, or this. */
static int xen_error;
static int xen_version;
static int xen_pagesize;
static int build_id_len;
static bool no_nul;

static void answer_text(char *to, size_t size, const char *text)
{
	if (no_nul)
		memset(to, 'x', size);
	else
		strscpy(to, text, size);
}

static void answer_compile_info(struct xen_compile_info *info)
{
	answer_text(info->compiler, sizeof(info->compiler), "gcc 12");
	answer_text(info->compile_by, sizeof(info->compile_by), "someone");
	answer_text(info->compile_domain, sizeof(info->compile_domain), "home");
	answer_text(info->compile_date, sizeof(info->compile_date), "today");
}

static int answer_build_id(struct xen_build_id *id)
{
	int i;

	if (!id || build_id_len < 0)
		return build_id_len;
	if (id->len < build_id_len)
		return -ENOBUFS;
	for (i = 0; i < build_id_len; i++)
		id->buf[i] = i;
	return build_id_len;
}

static int fake_xen_version(int cmd, void *arg)
{
	static const u8 handle[16] = {
		0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
		0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
	};

	if (xen_error)
		return xen_error;
	switch (cmd) {
	case XENVER_version:
		return xen_version;
	case XENVER_extraversion:
		answer_text(arg, XEN_EXTRAVERSION_LEN, ".7-pre");
		return 0;
	case XENVER_compile_info:
		answer_compile_info(arg);
		return 0;
	case XENVER_capabilities:
		answer_text(arg, XEN_CAPABILITIES_INFO_LEN, "xen-3.0-x86_64 hvm");
		return 0;
	case XENVER_changeset:
		answer_text(arg, XEN_CHANGESET_INFO_LEN, "<denied>");
		return 0;
	case XENVER_platform_parameters:
		((struct xen_platform_parameters *)arg)->virt_start =
			0xffff800000000000;
		return 0;
	case XENVER_get_features:
		((struct xen_feature_info *)arg)->submap = 0x1d05;
		return 0;
	case XENVER_pagesize:
		return xen_pagesize;
	case XENVER_guest_handle:
		memcpy(arg, handle, sizeof(handle));
		return 0;
	case XENVER_build_id:
		return answer_build_id(arg);
	default:
		return -ENOSYS;
	}
}

static int hypervisor_init(struct kunit *test)
{
	if (xen_domain())
		kunit_skip(test, "the files are in use");
	xen_error = 0;
	xen_version = 4 << 16 | 17;
	xen_pagesize = 0x1000;
	build_id_len = 20;
	no_nul = false;
	xen_hypervisor_name_flags();
	test->priv = (void *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	kunit_activate_static_stub(test, HYPERVISOR_xen_version,
				   fake_xen_version);
	return 0;
}

static void hypervisor_exit(struct kunit *test)
{
	free_page((unsigned long)test->priv);
}

static struct kobj_attribute *find(const char *group, const char *name)
{
	const struct attribute_group **g;
	struct attribute **a;

	for (g = xen_hypervisor_groups; *g; g++) {
		if (strcmp((*g)->name ?: "", group))
			continue;
		for (a = (*g)->attrs; *a; a++)
			if (!strcmp((*a)->name, name))
				return container_of(*a, struct kobj_attribute,
						    attr);
	}
	return NULL;
}

/* As sysfs does: into a page of zeroes */
static ssize_t read_file(struct kunit *test, const char *group,
			 const char *name)
{
	struct kobj_attribute *attr = find(group, name);

	KUNIT_ASSERT_NOT_NULL_MSG(test, attr, "no file %s/%s", group, name);
	KUNIT_EXPECT_EQ(test, attr->attr.mode, 0444);
	KUNIT_EXPECT_NULL(test, attr->store);
	memset(test->priv, 0, PAGE_SIZE);
	return attr->show(NULL, attr, test->priv);
}

struct file_case {
	const char *group;
	const char *name;
	const char *content;
};

static const struct file_case file_cases[] = {
	{ "", "type", "xen\n" },
	{ "", "guest_type", "HVM\n" },
	{ "", "uuid", "00112233-4455-6677-8899-aabbccddeeff\n" },
	{ "version", "major", "4\n" },
	{ "version", "minor", "17\n" },
	{ "version", "extra", ".7-pre\n" },
	{ "compilation", "compiler", "gcc 12\n" },
	{ "compilation", "compiled_by", "someone\n" },
	{ "compilation", "compile_date", "today\n" },
	{ "properties", "capabilities", "xen-3.0-x86_64 hvm\n" },
	{ "properties", "changeset", "<denied>\n" },
	{ "properties", "virtual_start", "ffff800000000000\n" },
	{ "properties", "pagesize", "1000\n" },
	{ "properties", "features", "00001d05\n" },
};

static void file_desc(const struct file_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s/%s", c->group, c->name);
}

KUNIT_ARRAY_PARAM(file, file_cases, file_desc);

static void shows_what_xen_says(struct kunit *test)
{
	const struct file_case *c = test->param_value;
	ssize_t len = read_file(test, c->group, c->name);

	KUNIT_EXPECT_STREQ(test, test->priv, c->content);
	KUNIT_EXPECT_EQ(test, len, strlen(c->content));
}

static void passes_errors_on(struct kunit *test)
{
	const struct file_case *c = test->param_value;
	ssize_t len;

	xen_error = -EACCES;
	len = read_file(test, c->group, c->name);
	/* These Xen is not asked for. */
	if (!strcmp(c->name, "type") || !strcmp(c->name, "guest_type"))
		KUNIT_EXPECT_STREQ(test, test->priv, c->content);
	/* The UUID is then looked for in xenstore, which is not there. */
	else if (!strcmp(c->name, "uuid"))
		KUNIT_EXPECT_EQ(test, len, -EBUSY);
	else
		KUNIT_EXPECT_EQ(test, len, -EACCES);
}

static void texts_without_end(struct kunit *test)
{
	no_nul = true;
	KUNIT_EXPECT_EQ(test, read_file(test, "version", "extra"), 16 + 1);
	/* They run on into the next one, and end with the last. */
	KUNIT_EXPECT_EQ(test, read_file(test, "compilation", "compiler"),
			144 + 1);
	KUNIT_EXPECT_EQ(test, read_file(test, "compilation", "compile_date"),
			32 + 1);
	KUNIT_EXPECT_EQ(test, read_file(test, "properties", "capabilities"),
			1024 + 1);
	KUNIT_EXPECT_EQ(test, read_file(test, "properties", "changeset"),
			64 + 1);
}

static void nothing_known(struct kunit *test)
{
	xen_version = 0;
	KUNIT_EXPECT_EQ(test, read_file(test, "version", "major"), -ENODEV);
	xen_pagesize = 0;
	KUNIT_EXPECT_EQ(test, read_file(test, "properties", "pagesize"), 2);
	KUNIT_EXPECT_STREQ(test, test->priv, "0\n");
}

static void build_id_is_binary(struct kunit *test)
{
	u8 *bytes = test->priv;

	KUNIT_EXPECT_EQ(test, read_file(test, "properties", "buildid"), 20);
	KUNIT_EXPECT_EQ(test, bytes[0], 0);
	KUNIT_EXPECT_EQ(test, bytes[19], 19);
	build_id_len = 0;
	KUNIT_EXPECT_EQ(test, read_file(test, "properties", "buildid"), 0);
	build_id_len = PAGE_SIZE + 1;
	KUNIT_EXPECT_EQ(test, read_file(test, "properties", "buildid"),
			-ENOSPC);
	build_id_len = -ENODATA;
	KUNIT_EXPECT_EQ(test, read_file(test, "properties", "buildid"),
			-ENODATA);
	build_id_len = -EPERM;
	KUNIT_EXPECT_EQ(test, read_file(test, "properties", "buildid"), 8);
	KUNIT_EXPECT_STREQ(test, test->priv, "<denied>");
}

static void flags(struct kunit *test)
{
	u32 saved = xen_start_flags;
	char name[16];
	int bit;

	/* Read-only after init, but what it is can be seen. */
	for (bit = 0; bit < 32; bit++) {
		snprintf(name, sizeof(name), "unknown%02d", bit);
		if (bit == 0)
			strscpy(name, "privileged");
		else if (bit == 1)
			strscpy(name, "initdomain");
		KUNIT_EXPECT_EQ(test, read_file(test, "start_flags", name), 2);
		KUNIT_EXPECT_STREQ(test, test->priv,
				   saved & BIT(bit) ? "1\n" : "0\n");
	}
	KUNIT_EXPECT_NULL(test, find("start_flags", "unknown00"));
	KUNIT_EXPECT_NULL(test, find("start_flags", "unknown32"));
}

/* sysfs takes the tables: names are unique and complete. */
static void files_can_be_made(struct kunit *test)
{
	struct kobject *kobj = kobject_create_and_add("xen-kunit", kernel_kobj);

	KUNIT_ASSERT_NOT_NULL(test, kobj);
	KUNIT_EXPECT_EQ(test, sysfs_create_groups(kobj, xen_hypervisor_groups),
			0);
	kobject_put(kobj);
}

static struct kunit_case hypervisor_cases[] = {
	KUNIT_CASE_PARAM(shows_what_xen_says, file_gen_params),
	KUNIT_CASE_PARAM(passes_errors_on, file_gen_params),
	KUNIT_CASE(texts_without_end),
	KUNIT_CASE(nothing_known),
	KUNIT_CASE(build_id_is_binary),
	KUNIT_CASE(flags),
	KUNIT_CASE(files_can_be_made),
	{}
};

static struct kunit_suite hypervisor_suite = {
	.name = "xen_user_hypervisor",
	.init = hypervisor_init,
	.exit = hypervisor_exit,
	.test_cases = hypervisor_cases,
};

kunit_test_suite(hypervisor_suite);
