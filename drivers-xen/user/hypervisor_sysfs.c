// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/hypervisor: what Xen says about itself and about this domain, see
 * Documentation/ABI/stable/sysfs-hypervisor-xen and testing/sysfs-hypervisor-xen.
 *
 * Xen is asked anew whenever a file is read: after a migration it is another one.
 * Where Xen keeps something from this domain it says so itself, mostly with the
 * text "<denied>".
 */
#define pr_fmt(fmt) "xen/sysfs: " fmt

#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/version.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#include "user.h"

#define FILE_ATTR_RO(_name)						\
	static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

/* The text begins at @offset in the @size bytes that Xen answers to @cmd. */
static ssize_t emit_text(char *buf, int cmd, size_t size, size_t offset)
{
	char *answer __free(kfree) = kzalloc(size, GFP_KERNEL);
	int err;

	if (!answer)
		return -ENOMEM;
	err = HYPERVISOR_xen_version(cmd, answer);
	if (err)
		return err;
	/* Xen ends it with a NUL, and if not, the answer's end is the text's. */
	return sysfs_emit(buf, "%.*s\n", (int)(size - offset), answer + offset);
}

#define TEXT_ATTR_RO(_name, _cmd, _type, _member)			\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	return emit_text(buf, _cmd, sizeof(_type),			\
			 offsetof(_type, _member));			\
}									\
FILE_ATTR_RO(_name)

static ssize_t type_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "xen\n");
}
FILE_ATTR_RO(type);

static ssize_t guest_type_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", xen_pvh_domain() ? "PVH" : "HVM");
}
FILE_ATTR_RO(guest_type);

/* A Xen that does not tell its domains their handle may have a store that does. */
static ssize_t uuid_from_store(char *buf)
{
	char *vm, *uuid;
	ssize_t len;

	if (!xenstored_ready)
		return -EBUSY;
	vm = xenbus_read(XBT_NIL, "vm", "", NULL);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	uuid = xenbus_read(XBT_NIL, vm, "uuid", NULL);
	kfree(vm);
	if (IS_ERR(uuid))
		return PTR_ERR(uuid);
	len = sysfs_emit(buf, "%s\n", uuid);
	kfree(uuid);
	return len;
}

static ssize_t uuid_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	xen_domain_handle_t handle;

	if (HYPERVISOR_xen_version(XENVER_guest_handle, handle))
		return uuid_from_store(buf);
	return sysfs_emit(buf, "%pU\n", handle);
}
FILE_ATTR_RO(uuid);

static struct attribute *domain_attrs[] = {
	&type_attr.attr,
	&guest_type_attr.attr,
	&uuid_attr.attr,
	NULL
};

static const struct attribute_group domain_group = {
	.attrs = domain_attrs,
};

static ssize_t emit_version(char *buf, unsigned int shift)
{
	int version = HYPERVISOR_xen_version(XENVER_version, NULL);

	if (version <= 0)
		return version ?: -ENODEV;
	return sysfs_emit(buf, "%d\n", version >> shift & 0xffff);
}

static ssize_t major_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	return emit_version(buf, 16);
}
FILE_ATTR_RO(major);

static ssize_t minor_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	return emit_version(buf, 0);
}
FILE_ATTR_RO(minor);

TEXT_ATTR_RO(extra, XENVER_extraversion, struct xen_extraversion, extraversion);

static struct attribute *version_attrs[] = {
	&extra_attr.attr,
	&major_attr.attr,
	&minor_attr.attr,
	NULL
};

static const struct attribute_group version_group = {
	.name = "version",
	.attrs = version_attrs,
};

TEXT_ATTR_RO(compile_date, XENVER_compile_info, struct xen_compile_info,
	     compile_date);
TEXT_ATTR_RO(compiled_by, XENVER_compile_info, struct xen_compile_info,
	     compile_by);
TEXT_ATTR_RO(compiler, XENVER_compile_info, struct xen_compile_info, compiler);

static struct attribute *compilation_attrs[] = {
	&compile_date_attr.attr,
	&compiled_by_attr.attr,
	&compiler_attr.attr,
	NULL
};

static const struct attribute_group compilation_group = {
	.name = "compilation",
	.attrs = compilation_attrs,
};

TEXT_ATTR_RO(capabilities, XENVER_capabilities, struct xen_capabilities_info,
	     info);
TEXT_ATTR_RO(changeset, XENVER_changeset, struct xen_changeset_info, info);

static ssize_t virtual_start_show(struct kobject *kobj,
				  struct kobj_attribute *attr, char *buf)
{
	struct xen_platform_parameters params;
	int err = HYPERVISOR_xen_version(XENVER_platform_parameters, &params);

	return err ?: sysfs_emit(buf, "%lx\n", (unsigned long)params.virt_start);
}
FILE_ATTR_RO(virtual_start);

static ssize_t pagesize_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	int size = HYPERVISOR_xen_version(XENVER_pagesize, NULL);

	return size < 0 ? size : sysfs_emit(buf, "%x\n", size);
}
FILE_ATTR_RO(pagesize);

/* One number, the highest bits first */
static ssize_t features_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	struct xen_feature_info info;
	int submap, err, len = 0;

	for (submap = XENFEAT_NR_SUBMAPS - 1; submap >= 0; submap--) {
		info.submap_idx = submap;
		err = HYPERVISOR_xen_version(XENVER_get_features, &info);
		if (err)
			return err;
		len += sysfs_emit_at(buf, len, "%08x", info.submap);
	}
	len += sysfs_emit_at(buf, len, "\n");
	return len;
}
FILE_ATTR_RO(features);

/* The bytes themselves, not a text */
static ssize_t buildid_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	int len = HYPERVISOR_xen_version(XENVER_build_id, NULL);

	if (len == -EPERM)
		return strscpy(buf, "<denied>", PAGE_SIZE);
	if (len < 0)
		return len;
	if (len > PAGE_SIZE)
		return -ENOSPC;

	struct xen_build_id *id __free(kfree) =
		kzalloc(struct_size(id, buf, len), GFP_KERNEL);

	if (!id)
		return -ENOMEM;
	id->len = len;
	len = min(HYPERVISOR_xen_version(XENVER_build_id, id), len);
	if (len > 0)
		memcpy(buf, id->buf, len);
	return len;
}
FILE_ATTR_RO(buildid);

static struct attribute *properties_attrs[] = {
	&buildid_attr.attr,
	&capabilities_attr.attr,
	&changeset_attr.attr,
	&features_attr.attr,
	&pagesize_attr.attr,
	&virtual_start_attr.attr,
	NULL
};

static const struct attribute_group properties_group = {
	.name = "properties",
	.attrs = properties_attrs,
};

/*
 * A file for each bit of the start flags, also for those that have no meaning yet.
 */
#define NR_FLAGS	BITS_PER_TYPE(xen_start_flags)

static struct kobj_attribute flag_attrs[NR_FLAGS];
static struct attribute *flag_pointers[NR_FLAGS + 1];
static char flag_names[NR_FLAGS][sizeof("privileged")];

static ssize_t flag_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%d\n",
			  !!(xen_start_flags & BIT(attr - flag_attrs)));
}

static const struct attribute_group flags_group = {
	.name = "start_flags",
	.attrs = flag_pointers,
};

/**
 * xen_hypervisor_name_flags() - fill in the files of start_flags
 *
 * Context: once, before the files are made.
 */
void xen_hypervisor_name_flags(void)
{
	unsigned int bit;

	for (bit = 0; bit < NR_FLAGS; bit++) {
		snprintf(flag_names[bit], sizeof(flag_names[bit]), "unknown%02u",
			 bit);
		flag_attrs[bit].attr.name = flag_names[bit];
		flag_attrs[bit].attr.mode = 0444;
		flag_attrs[bit].show = flag_show;
		flag_pointers[bit] = &flag_attrs[bit].attr;
	}
	flag_attrs[ilog2(SIF_PRIVILEGED)].attr.name = "privileged";
	flag_attrs[ilog2(SIF_INITDOMAIN)].attr.name = "initdomain";
}

const struct attribute_group *xen_hypervisor_groups[] = {
	&domain_group,
	&version_group,
	&compilation_group,
	&properties_group,
	&flags_group,
	NULL
};

static int __init hypervisor_sysfs_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	xen_hypervisor_name_flags();
	err = sysfs_create_groups(hypervisor_kobj, xen_hypervisor_groups);
	if (err)
		pr_err("/sys/hypervisor stays empty: error %d\n", err);
	return err;
}
device_initcall(hypervisor_sysfs_init);
