// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of xenbus devices (Documentation/ABI/testing/sysfs-devices-xenbus,
 * Documentation/ABI/stable/sysfs-bus-xen-backend).
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>
#include "xenbus.h"

static ssize_t nodename_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%s\n", to_xenbus_device(dev)->nodename);
}
static DEVICE_ATTR_RO(nodename);

static ssize_t devtype_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", to_xenbus_device(dev)->devicetype);
}
static DEVICE_ATTR_RO(devtype);

static ssize_t modalias_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%s:%s\n", dev->bus->name,
			  to_xenbus_device(dev)->devicetype);
}
static DEVICE_ATTR_RO(modalias);

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  xenbus_strstate(to_xenbus_device(dev)->state));
}
static DEVICE_ATTR_RO(state);

static struct attribute *node_attrs[] = {
	&dev_attr_nodename.attr,
	&dev_attr_devtype.attr,
	&dev_attr_modalias.attr,
	&dev_attr_state.attr,
	NULL
};

static const struct attribute_group node_group = { .attrs = node_attrs };

static ssize_t emit_counter(char *buf, const atomic_t *counter)
{
	return sysfs_emit(buf, "%d\n", atomic_read(counter));
}

static ssize_t event_channels_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	return emit_counter(buf, &to_xenbus_device(dev)->event_channels);
}
static DEVICE_ATTR_RO(event_channels);

static ssize_t events_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return emit_counter(buf, &to_xenbus_device(dev)->events);
}
static DEVICE_ATTR_RO(events);

static ssize_t spurious_events_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	return emit_counter(buf, &to_xenbus_device(dev)->spurious_events);
}
static DEVICE_ATTR_RO(spurious_events);

static ssize_t jiffies_eoi_delayed_show(struct device *dev,
					struct device_attribute *attr, char *buf)
{
	return emit_counter(buf, &to_xenbus_device(dev)->jiffies_eoi_delayed);
}
static DEVICE_ATTR_RO(jiffies_eoi_delayed);

static ssize_t spurious_threshold_show(struct device *dev,
				       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  to_xenbus_device(dev)->spurious_threshold);
}

static ssize_t spurious_threshold_store(struct device *dev,
					struct device_attribute *attr,
					const char *buf, size_t count)
{
	unsigned int threshold;
	int err = kstrtouint(buf, 0, &threshold);

	if (err)
		return err;
	to_xenbus_device(dev)->spurious_threshold = threshold;
	return count;
}
static DEVICE_ATTR_RW(spurious_threshold);

static struct attribute *event_attrs[] = {
	&dev_attr_events.attr,
	&dev_attr_event_channels.attr,
	&dev_attr_spurious_threshold.attr,
	&dev_attr_spurious_events.attr,
	&dev_attr_jiffies_eoi_delayed.attr,
	NULL
};

static const struct attribute_group event_group = {
	.name = "xenbus",
	.attrs = event_attrs,
};

const struct attribute_group *xenbus_dev_groups[] = {
	&node_group,
	&event_group,
	NULL
};
EXPORT_SYMBOL_GPL(xenbus_dev_groups);
