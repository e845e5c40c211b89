// SPDX-License-Identifier: GPL-2.0
/*
 * Probing the devices of a scan, or of a new driver, at the same time.
 *
 * The driver core would probe one after the other: when a device is added, all
 * drivers; when a driver is registered, all devices. Each probe waits several times
 * for the store. So while devices of a scan are added (xenbus_device.held) or a
 * driver is registered (XENBUS_DRIVER_COMES), xenbus_match() tells the core that
 * nothing fits and notes which devices it asked about; these are probed here
 * afterwards. The core does not ask when it is not to probe by itself
 * (drivers_autoprobe), and then nothing is probed here.
 *
 * Names that the kernel gives in the order of probing, as those of network
 * interfaces, must be the same in each boot: devices of one type are probed in the
 * order in which they were added, while other types are, too. Where a name comes
 * from the number of the device, the devices of the type are not kept in order.
 *
 * The caller waits until all of it is done, see together.c.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "xenbus.h"

/**
 * struct attach_dev - a device that is to be probed
 * @list: on attach_job.devices
 * @dev: the device, with a reference
 */
struct attach_dev {
	struct list_head list;
	struct device *dev;
};

/**
 * struct attach_job - devices that are probed one after the other
 * @job: on attach_all.jobs
 * @devices: as struct attach_dev, at least one
 * @type: the type of all
 */
struct attach_job {
	struct xenbus_job job;
	struct list_head devices;
	const char *type;
};

/**
 * struct attach_all - what is to be done
 * @jobs: as struct attach_job
 * @bus: the bus
 * @drv: a driver that is new; NULL: devices are new
 */
struct attach_all {
	struct list_head jobs;
	const struct xenbus_bus *bus;
	const struct xenbus_driver *drv;
};

/*
 * A disk is named by its number, and a backend's interface by that and its
 * frontend's domain.
 */
static bool is_named_in_order(const struct xenbus_bus *bus, const char *type)
{
	if (!strcmp(type, "vbd"))
		return false;
	return bus->is_frontend || strcmp(type, "vif");
}

/* A failure of the probe has been reported, as any. */
static void probe(struct device *dev)
{
	int err = device_attach(dev);

	if (err < 0)
		dev_dbg(dev, "not probed: %d\n", err);
}

static void probe_all(struct xenbus_job *job)
{
	struct attach_job *todo = container_of(job, struct attach_job, job);
	struct attach_dev *next, *one;

	list_for_each_entry_safe(one, next, &todo->devices, list) {
		probe(one->dev);
		put_device(one->dev);
		kfree(one);
	}
}

static struct attach_job *find_job(struct attach_all *all, const char *type)
{
	struct attach_job *job;

	if (!is_named_in_order(all->bus, type))
		return NULL;
	list_for_each_entry(job, &all->jobs, job.list) {
		if (!strcmp(job->type, type))
			return job;
	}
	return NULL;
}

static struct attach_job *make_job(struct attach_all *all, const char *type)
{
	struct attach_job *job = kzalloc(sizeof(*job), GFP_KERNEL);

	if (!job)
		return NULL;
	job->job.run = probe_all;
	INIT_LIST_HEAD(&job->devices);
	job->type = type;
	list_add_tail(&job->job.list, &all->jobs);
	return job;
}

static int plan(struct attach_all *all, struct device *dev)
{
	const char *type = to_xenbus_device(dev)->devicetype;
	struct attach_dev *one = kzalloc(sizeof(*one), GFP_KERNEL);
	struct attach_job *job;

	if (!one)
		return -ENOMEM;
	job = find_job(all, type) ?: make_job(all, type);
	if (!job) {
		kfree(one);
		return -ENOMEM;
	}
	one->dev = get_device(dev);
	list_add_tail(&one->list, &job->devices);
	return 0;
}

static bool is_meant(const struct attach_all *all,
		     const struct xenbus_device *xdev)
{
	return all->drv ? xenbus_fits(all->drv, xdev) : READ_ONCE(xdev->held);
}

/*
 * Under the device's lock, as xenbus_match() in device_attach(): whoever comes second
 * there, a new driver or a new device, sees what the first has written.
 */
static bool take_wish(const struct attach_all *all, struct xenbus_device *xdev)
{
	guard(device)(&xdev->dev);
	if (!all->drv)
		WRITE_ONCE(xdev->held, false);
	return xchg(&xdev->asked, false) && !xdev->dev.driver;
}

static int collect(struct device *dev, void *data)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);
	struct attach_all *all = data;

	if (!is_meant(all, xdev) || !take_wish(all, xdev))
		return 0;
	/* Without memory it takes longer. */
	if (plan(all, dev))
		probe(dev);
	return 0;
}

static void attach(struct attach_all *all)
{
	struct attach_job *job, *next;

	INIT_LIST_HEAD(&all->jobs);
	bus_for_each_dev(&all->bus->bus, NULL, all, collect);
	xenbus_do_together(&all->jobs);
	list_for_each_entry_safe(job, next, &all->jobs, job.list)
		kfree(job);
}

/**
 * xenbus_attach_devices - probe the devices of a bus that are held
 * @bus: the bus
 *
 * Context: sleeps; who adds devices.
 */
void xenbus_attach_devices(const struct xenbus_bus *bus)
{
	struct attach_all all = { .bus = bus };

	might_sleep();
	attach(&all);
}

/**
 * xenbus_attach_driver - probe the devices that a new driver serves
 * @bus: the bus
 * @drv: the driver, open
 *
 * Context: sleeps.
 */
void xenbus_attach_driver(const struct xenbus_bus *bus,
			  const struct xenbus_driver *drv)
{
	struct attach_all all = { .bus = bus, .drv = drv };

	might_sleep();
	attach(&all);
}
