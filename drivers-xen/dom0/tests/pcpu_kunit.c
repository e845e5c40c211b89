// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the machine's processors in sysfs, against a fake Xen that has some.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/kernfs.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/platform.h>
#include <xen/xen.h>

#include "dom0.h"

#define NR	6

/* Processor 3 is not there at first, 4 is out of service. */
static const u32 first_flags[NR] = {
	XEN_PCPU_FLAGS_ONLINE, XEN_PCPU_FLAGS_ONLINE, XEN_PCPU_FLAGS_ONLINE,
	XEN_PCPU_FLAGS_INVALID, 0, XEN_PCPU_FLAGS_ONLINE,
};

static u32 flags[NR];
static u32 max_present;
static int info_error, request_error;
/* How often Xen is busy before it answers */
static int nr_busy;
static int nr_requests;
static int nr_unlocked;

static u32 acpi_id_of(u32 id)
{
	return 0x80 + 2 * id;
}

static int fake_info(struct xenpf_pcpuinfo *info)
{
	struct device *dev = xen_pcpu_find(info->xen_cpuid);

	if (info->xen_cpuid >= NR)
		return -EINVAL;
	if (dev && !mutex_is_locked(&dev->mutex))
		nr_unlocked++;
	/* The error comes in the middle. */
	if (info_error && info->xen_cpuid == 2)
		return info_error;
	if (nr_busy && info->xen_cpuid == 2) {
		nr_busy--;
		return -EBUSY;
	}
	info->max_present = max_present;
	info->flags = flags[info->xen_cpuid];
	info->acpi_id = acpi_id_of(info->xen_cpuid);
	return 0;
}

static int fake_request(u32 id, bool online)
{
	nr_requests++;
	if (request_error)
		return request_error;
	flags[id] = online ? XEN_PCPU_FLAGS_ONLINE : 0;
	return 0;
}

static int fake_platform_op(struct xen_platform_op *op)
{
	switch (op->cmd) {
	case XENPF_get_cpuinfo:
		return fake_info(&op->u.pcpu_info);
	case XENPF_cpu_online:
		return fake_request(op->u.cpu_ol.cpuid, true);
	case XENPF_cpu_offline:
		return fake_request(op->u.cpu_ol.cpuid, false);
	}
	return -ENOSYS;
}

static int __init pcpu_test_init(struct kunit *test)
{
	if (xen_domain())
		kunit_skip(test, "the directory is in use");
	memcpy(flags, first_flags, sizeof(flags));
	max_present = NR - 1;
	info_error = 0;
	request_error = 0;
	nr_busy = 0;
	nr_requests = 0;
	nr_unlocked = 0;
	kunit_activate_static_stub(test, HYPERVISOR_platform_op,
				   fake_platform_op);
	return xen_pcpu_start();
}

static void __init pcpu_test_exit(struct kunit *test)
{
	xen_pcpu_stop();
}

/* The device is there, in that state, and has the file or not. */
static void __init expect(struct kunit *test, u32 id, bool online)
{
	struct device *dev = xen_pcpu_find(id);
	struct kernfs_node *file;
	char name[16];

	KUNIT_ASSERT_NOT_NULL_MSG(test, dev, "processor %u", id);
	snprintf(name, sizeof(name), "xen_cpu%u", id);
	KUNIT_EXPECT_STREQ(test, dev_name(dev), name);
	KUNIT_EXPECT_EQ_MSG(test, !dev->offline, online, "processor %u", id);
	file = kernfs_find_and_get(dev->kobj.sd, "online");
	KUNIT_EXPECT_EQ_MSG(test, !!file, id != 0, "processor %u", id);
	kernfs_put(file);
}

static void __init what_xen_says(struct kunit *test)
{
	expect(test, 0, true);
	expect(test, 1, true);
	expect(test, 2, true);
	KUNIT_EXPECT_NULL(test, xen_pcpu_find(3));
	expect(test, 4, false);
	expect(test, 5, true);
	KUNIT_EXPECT_NULL(test, xen_pcpu_find(6));
}

/* As the file "online" does */
static int __init set_online(u32 id, bool online)
{
	struct device *dev = xen_pcpu_find(id);
	int err;

	lock_device_hotplug();
	err = online ? device_online(dev) : device_offline(dev);
	unlock_device_hotplug();
	return err;
}

static void __init requests(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, set_online(1, false), 0);
	KUNIT_EXPECT_EQ(test, flags[1], 0);
	KUNIT_EXPECT_EQ(test, set_online(4, true), 0);
	KUNIT_EXPECT_EQ(test, flags[4], XEN_PCPU_FLAGS_ONLINE);
	KUNIT_EXPECT_EQ(test, nr_requests, 2);
	/* The event that follows says nothing new. */
	KUNIT_EXPECT_EQ(test, xen_pcpu_sync(), 0);
	expect(test, 1, false);
	expect(test, 4, true);
}

static void __init not_the_first(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, set_online(0, false), -EPERM);
	KUNIT_EXPECT_EQ(test, nr_requests, 0);
	expect(test, 0, true);
}

static void __init refused_requests(struct kunit *test)
{
	request_error = -EBUSY;
	KUNIT_EXPECT_EQ(test, set_online(1, false), -EBUSY);
	KUNIT_EXPECT_EQ(test, set_online(4, true), -EBUSY);
	KUNIT_EXPECT_EQ(test, nr_requests, 2);
	expect(test, 1, true);
	expect(test, 4, false);
}

/* By others, through Xen */
static void __init changes(struct kunit *test)
{
	flags[1] = 0;
	flags[2] = XEN_PCPU_FLAGS_INVALID;
	flags[3] = 0;
	flags[4] = XEN_PCPU_FLAGS_ONLINE;
	KUNIT_EXPECT_EQ(test, xen_pcpu_sync(), 0);
	expect(test, 1, false);
	KUNIT_EXPECT_NULL(test, xen_pcpu_find(2));
	expect(test, 3, false);
	expect(test, 4, true);
	KUNIT_EXPECT_EQ(test, nr_requests, 0);
}

/* What Xen answers must not be of before a change through sysfs. */
static void __init not_while_it_changes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_pcpu_sync(), 0);
	KUNIT_EXPECT_EQ(test, nr_unlocked, 0);
}

static void __init fewer_and_more(struct kunit *test)
{
	max_present = 2;
	KUNIT_EXPECT_EQ(test, xen_pcpu_sync(), 0);
	expect(test, 2, true);
	KUNIT_EXPECT_NULL(test, xen_pcpu_find(4));
	KUNIT_EXPECT_NULL(test, xen_pcpu_find(5));
	max_present = NR - 1;
	KUNIT_EXPECT_EQ(test, xen_pcpu_sync(), 0);
	expect(test, 5, true);
}

/* What was known is kept, and what can be known is. */
static void __init errors(struct kunit *test)
{
	info_error = -EIO;
	flags[1] = 0;
	flags[5] = 0;
	KUNIT_EXPECT_EQ(test, xen_pcpu_sync(), -EIO);
	expect(test, 1, false);
	expect(test, 2, true);
	expect(test, 5, true);
	info_error = 0;
	KUNIT_EXPECT_EQ(test, xen_pcpu_sync(), 0);
	expect(test, 5, false);
}

/* ACPI asks for those that are in service. */
static void __init present(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, xen_processor_present(acpi_id_of(0)));
	KUNIT_EXPECT_TRUE(test, xen_processor_present(acpi_id_of(5)));
	KUNIT_EXPECT_FALSE(test, xen_processor_present(acpi_id_of(3)));
	KUNIT_EXPECT_FALSE(test, xen_processor_present(acpi_id_of(4)));
	KUNIT_EXPECT_FALSE(test, xen_processor_present(0));
}

/* It is asked again, and what it says in the end is shown. */
static void __init xen_is_busy(struct kunit *test)
{
	unsigned long wait, last = 0;
	int i;

	flags[5] = 0;
	nr_busy = 10;
	for (i = 0; i < 10; i++) {
		wait = xen_pcpu_look();
		if (!i)
			KUNIT_EXPECT_EQ(test, wait, HZ / 10);
		KUNIT_EXPECT_GE(test, wait, last);
		last = wait;
	}
	KUNIT_EXPECT_GT(test, last, HZ);
	KUNIT_EXPECT_LE(test, last, 10 * HZ);
	expect(test, 5, true);
	KUNIT_EXPECT_EQ(test, xen_pcpu_look(), 0);
	expect(test, 5, false);

	nr_busy = 1;
	KUNIT_EXPECT_EQ(test, xen_pcpu_look(), HZ / 10);
	KUNIT_EXPECT_EQ(test, xen_pcpu_look(), 0);
}

/* That a processor is not known yet does not mean that it is not there. */
static void __init present_though_busy(struct kunit *test)
{
	xen_pcpu_stop();
	nr_busy = 3;
	KUNIT_EXPECT_EQ(test, xen_pcpu_start(), -EBUSY);
	KUNIT_EXPECT_NULL(test, xen_pcpu_find(5));
	KUNIT_EXPECT_TRUE(test, xen_processor_present(acpi_id_of(5)));
	KUNIT_EXPECT_EQ(test, nr_busy, 0);

	/* Boot does not wait forever. */
	nr_busy = 1000;
	KUNIT_EXPECT_EQ(test, xen_pcpu_sync(), -EBUSY);
	KUNIT_EXPECT_FALSE(test, xen_processor_present(acpi_id_of(3)));
	KUNIT_EXPECT_GT(test, nr_busy, 900);
}

static struct kunit_case __refdata pcpu_cases[] = {
	KUNIT_CASE(what_xen_says),
	KUNIT_CASE(requests),
	KUNIT_CASE(not_the_first),
	KUNIT_CASE(refused_requests),
	KUNIT_CASE(changes),
	KUNIT_CASE(not_while_it_changes),
	KUNIT_CASE(fewer_and_more),
	KUNIT_CASE(errors),
	KUNIT_CASE(present),
	KUNIT_CASE(xen_is_busy),
	KUNIT_CASE(present_though_busy),
	{}
};

static struct kunit_suite __refdata pcpu_suite = {
	.name = "xen_dom0_pcpu",
	.init = pcpu_test_init,
	.exit = pcpu_test_exit,
	.test_cases = pcpu_cases,
};

kunit_test_init_section_suite(pcpu_suite);

MODULE_DESCRIPTION("Unit tests of what only dom0 does");
MODULE_LICENSE("GPL");
