// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/devices/system/xen_memory/xen_memory0, see
 * Documentation/ABI/stable/sysfs-devices-system-xen_memory.
 *
 * Targets written here are pages as we count them; the next change of the target
 * in xenstore overrides them.
 */
#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <xen/mem-reservation.h>

#include "balloon.h"

static ssize_t emit_kib(char *buf, unsigned long pages)
{
	return sysfs_emit(buf, "%lu\n", pages << (PAGE_SHIFT - 10));
}

static ssize_t current_kb_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return emit_kib(buf, READ_ONCE(balloon_stats.current_pages));
}
static DEVICE_ATTR_RO(current_kb);

static ssize_t low_kb_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return emit_kib(buf, READ_ONCE(balloon_stats.balloon_low));
}
static DEVICE_ATTR_RO(low_kb);

static ssize_t high_kb_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return emit_kib(buf, READ_ONCE(balloon_stats.balloon_high));
}
static DEVICE_ATTR_RO(high_kb);

static struct attribute *info_attrs[] = {
	&dev_attr_low_kb.attr,
	&dev_attr_high_kb.attr,
	&dev_attr_current_kb.attr,
	NULL
};

static const struct attribute_group info_group = {
	.name = "info",
	.attrs = info_attrs,
};

static int pages_of(u64 number, unsigned int shift, unsigned long *pages)
{
	u64 bytes;

	if (check_shl_overflow(number, shift, &bytes))
		bytes = U64_MAX;
	*pages = min_t(u64, bytes >> PAGE_SHIFT, BALLOON_PAGES_MAX);
	return 0;
}

/**
 * balloon_parse_kib() - read an amount of memory in KiB
 * @buf: what a user wrote: decimal, hexadecimal after 0x or octal after 0
 * @pages: gets the amount, cut at BALLOON_PAGES_MAX
 *
 * Context: any.
 * Return: 0, -EINVAL if it is not a number, -ERANGE if it has more than 64 bits.
 */
int balloon_parse_kib(const char *buf, unsigned long *pages)
{
	u64 number;
	int err = kstrtou64(buf, 0, &number);

	return err ?: pages_of(number, 10, pages);
}

/**
 * balloon_parse_bytes() - read an amount of memory in bytes
 * @buf: as for balloon_parse_kib(); K, M, G, T or P may follow
 * @pages: as for balloon_parse_kib()
 *
 * Context: any.
 * Return: as for balloon_parse_kib().
 */
int balloon_parse_bytes(const char *buf, unsigned long *pages)
{
	static const char suffixes[] = "KMGTP";
	size_t len = strcspn(buf, "KMGTPkmgtp");
	unsigned int shift = 0;
	char digits[32];
	u64 number;
	int err;

	if (buf[len]) {
		shift = (strchr(suffixes, toupper(buf[len])) - suffixes + 1) * 10;
		if (!sysfs_streq(buf + len + 1, ""))
			return -EINVAL;
	}
	if (len >= sizeof(digits))
		return -EINVAL;
	strscpy(digits, buf, len + 1);
	err = kstrtou64(digits, 0, &number);
	return err ?: pages_of(number, shift, pages);
}

static ssize_t store_target(const char *buf, size_t count,
			    int (*parse)(const char *buf, unsigned long *pages))
{
	unsigned long pages;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = parse(buf, &pages);
	if (err)
		return err;
	balloon_set_new_target(pages);
	return count;
}

static ssize_t target_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%lu\n",
			  READ_ONCE(balloon_stats.target_pages) << PAGE_SHIFT);
}

static ssize_t target_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	return store_target(buf, count, balloon_parse_bytes);
}
static DEVICE_ATTR_RW(target);

static ssize_t target_kb_show(struct device *dev,
			      struct device_attribute *attr, char *buf)
{
	return emit_kib(buf, READ_ONCE(balloon_stats.target_pages));
}

static ssize_t target_kb_store(struct device *dev,
			       struct device_attribute *attr, const char *buf,
			       size_t count)
{
	return store_target(buf, count, balloon_parse_kib);
}
static DEVICE_ATTR_RW(target_kb);

static DEVICE_BOOL_ATTR(scrub_pages, 0644, xen_scrub_pages);
static DEVICE_ULONG_ATTR(retry_count, 0444, balloon_stats.retry_count);
static DEVICE_ULONG_ATTR(schedule_delay, 0444, balloon_stats.schedule_delay);
static DEVICE_ULONG_ATTR(max_retry_count, 0644, balloon_stats.max_retry_count);
static DEVICE_ULONG_ATTR(max_schedule_delay, 0644,
			 balloon_stats.max_schedule_delay);

static struct attribute *memory_attrs[] = {
	&dev_attr_target.attr,
	&dev_attr_target_kb.attr,
	&dev_attr_scrub_pages.attr.attr,
	&dev_attr_retry_count.attr.attr,
	&dev_attr_schedule_delay.attr.attr,
	&dev_attr_max_retry_count.attr.attr,
	&dev_attr_max_schedule_delay.attr.attr,
	NULL
};

static const struct attribute_group memory_group = {
	.attrs = memory_attrs,
};

static const struct attribute_group *memory_groups[] = {
	&memory_group,
	&info_group,
	NULL
};

static const struct bus_type memory_subsys = {
	.name = "xen_memory",
	.dev_name = "xen_memory",
};

/* It stays as long as the kernel runs. */
static void memory_device_release(struct device *dev)
{
}

static struct device memory_device = {
	.id = 0,
	.bus = &memory_subsys,
	.groups = memory_groups,
	.release = memory_device_release,
};

/**
 * balloon_sysfs_init() - make the files
 *
 * Context: sleeps.
 * Return: 0, or a negative error and no files.
 */
int balloon_sysfs_init(void)
{
	int err = subsys_system_register(&memory_subsys, NULL);

	if (err)
		return err;
	err = device_register(&memory_device);
	if (err) {
		put_device(&memory_device);
		bus_unregister(&memory_subsys);
	}
	return err;
}
