// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's processors: /sys/devices/system/xen_cpu, see
 * Documentation/ABI/testing/sysfs-devices-system-xen_cpu.
 *
 * Dom0's own CPUs are virtual ones. The processors are Xen's, which says which there
 * are, and takes one in or out of service when dom0 asks it to. Something else may ask it
 * as well, so an event channel says that something has changed.
 */
#define pr_fmt(fmt) "xen/cpu: " fmt

#include <linux/capability.h>
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/kobject.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <asm/xen/hypercall.h>

#include <xen/events.h>
#include <xen/interface/platform.h>
#include <xen/xen.h>

#include "dom0.h"

/**
 * struct pcpu - a processor
 * @dev: in sysfs; its id is Xen's number, its "offline" the state that we know of
 * @acpi_id: number in the tables of the firmware
 */
struct pcpu {
	struct device dev;
	u32 acpi_id;
};

/* Jiffies until Xen, which was busy, is asked again; longer and longer if it stays so */
#define RETRY_FIRST	(HZ / 10)
#define RETRY_LAST	(4UL * HZ)

/* One look at all processors at a time */
static DEFINE_MUTEX(sync_lock);
/* By Xen's number. Changed under sync_lock. */
static DEFINE_XARRAY(pcpus);
/* Xen was busy: the last look was not at all of them. Changed under sync_lock. */
static bool is_incomplete;
static unsigned long retry_after = RETRY_FIRST;

static struct pcpu *to_pcpu(struct device *dev)
{
	return container_of(dev, struct pcpu, dev);
}

/*
 * While Xen is at another processor the answer is -EBUSY. That is left to whoever asked:
 * it would be waited for under the lock that all of hotplug needs.
 */
static int ask_for_state(struct device *dev, u32 cmd)
{
	struct xen_platform_op op = {
		.cmd = cmd,
		.u.cpu_ol.cpuid = dev->id,
	};

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return HYPERVISOR_platform_op(&op);
}

static int pcpu_online(struct device *dev)
{
	return ask_for_state(dev, XENPF_cpu_online);
}

static int pcpu_offline(struct device *dev)
{
	return ask_for_state(dev, XENPF_cpu_offline);
}

/* The driver core makes the file "online" of this, and sends the uevents. */
static const struct bus_type pcpu_bus = {
	.name = "xen_cpu",
	.dev_name = "xen_cpu",
	.online = pcpu_online,
	.offline = pcpu_offline,
};

static void pcpu_release(struct device *dev)
{
	kfree(to_pcpu(dev));
}

static bool is_online(const struct xenpf_pcpuinfo *info)
{
	return info->flags & XEN_PCPU_FLAGS_ONLINE;
}

static int add_pcpu(const struct xenpf_pcpuinfo *info)
{
	struct pcpu *pcpu = kzalloc(sizeof(*pcpu), GFP_KERNEL);
	int err;

	lockdep_assert_held(&sync_lock);
	if (!pcpu)
		return -ENOMEM;
	pcpu->acpi_id = info->acpi_id;
	pcpu->dev.bus = &pcpu_bus;
	pcpu->dev.id = info->xen_cpuid;
	pcpu->dev.release = pcpu_release;
	pcpu->dev.offline = !is_online(info);
	/* Xen runs on the first one, always. */
	pcpu->dev.offline_disabled = !info->xen_cpuid;

	err = device_register(&pcpu->dev);
	if (err)
		goto put;
	err = xa_err(xa_store(&pcpus, info->xen_cpuid, pcpu, GFP_KERNEL));
	if (err)
		goto del;
	return 0;

del:
	device_del(&pcpu->dev);
put:
	put_device(&pcpu->dev);
	return err;
}

static void forget_pcpu(struct pcpu *pcpu)
{
	lockdep_assert_held(&sync_lock);
	xa_erase(&pcpus, pcpu->dev.id);
	device_unregister(&pcpu->dev);
}

/* Whoever has changed it through sysfs has said so to user space. */
static void note_state(struct pcpu *pcpu, bool online)
{
	device_lock_assert(&pcpu->dev);
	if (pcpu->dev.offline == !online)
		return;
	pcpu->dev.offline = !online;
	kobject_uevent(&pcpu->dev.kobj, online ? KOBJ_ONLINE : KOBJ_OFFLINE);
}

static int read_info(u32 id, struct xenpf_pcpuinfo *info)
{
	struct xen_platform_op op = {
		.cmd = XENPF_get_cpuinfo,
		.u.pcpu_info.xen_cpuid = id,
	};
	int err = HYPERVISOR_platform_op(&op);

	*info = op.u.pcpu_info;
	return err;
}

/* Xen is asked while nobody changes it through sysfs: else the answer could be of before. */
static int look_again(struct pcpu *pcpu, struct xenpf_pcpuinfo *info)
{
	int err;

	guard(device)(&pcpu->dev);
	err = read_info(pcpu->dev.id, info);
	if (!err && !(info->flags & XEN_PCPU_FLAGS_INVALID))
		note_state(pcpu, is_online(info));
	return err;
}

/* @last becomes the highest number that there is. */
static int sync_pcpu(u32 id, u32 *last)
{
	struct pcpu *pcpu = xa_load(&pcpus, id);
	struct xenpf_pcpuinfo info;
	int err;

	lockdep_assert_held(&sync_lock);
	err = pcpu ? look_again(pcpu, &info) : read_info(id, &info);
	if (err)
		return err;
	*last = info.max_present;
	if (info.flags & XEN_PCPU_FLAGS_INVALID) {
		if (pcpu)
			forget_pcpu(pcpu);
		return 0;
	}
	return pcpu ? 0 : add_pcpu(&info);
}

/**
 * xen_pcpu_sync() - make what sysfs shows what Xen says
 *
 * Context: sleeps.
 * Return: 0, -EBUSY if Xen has no answer yet, or another negative error. With an error,
 * what comes behind the processor that it is about is left as it was.
 */
int xen_pcpu_sync(void)
{
	struct pcpu *pcpu;
	unsigned long id;
	u32 last = 0;
	int err = 0;

	guard(mutex)(&sync_lock);
	for (id = 0; !err && id <= last; id++)
		err = sync_pcpu(id, &last);
	WRITE_ONCE(is_incomplete, err == -EBUSY);
	if (err) {
		if (err != -EBUSY)
			pr_warn_ratelimited("the state of processor %lu is not known: error %d\n",
					    id - 1, err);
		return err;
	}
	xa_for_each_start(&pcpus, id, pcpu, last + 1)
		forget_pcpu(pcpu);
	return 0;
}

/**
 * xen_pcpu_find() - the device of a processor
 * @id: Xen's number
 *
 * Context: any, but it may go away unless nobody calls xen_pcpu_sync().
 * Return: the device, or NULL if there is none.
 */
struct device *xen_pcpu_find(u32 id)
{
	struct pcpu *pcpu = xa_load(&pcpus, id);

	return pcpu ? &pcpu->dev : NULL;
}

/**
 * xen_pcpu_look() - look at all processors, since something has changed
 *
 * Xen says so before it is through with it, and has no answer until it is.
 *
 * Context: sleeps; one at a time.
 * Return: 0, or jiffies after which to look again.
 */
unsigned long xen_pcpu_look(void)
{
	unsigned long wait;

	if (xen_pcpu_sync() != -EBUSY) {
		WRITE_ONCE(retry_after, RETRY_FIRST);
		return 0;
	}
	wait = READ_ONCE(retry_after);
	WRITE_ONCE(retry_after, min(2 * wait, RETRY_LAST));
	return wait;
}

static void sync_work_fn(struct work_struct *work)
{
	unsigned long wait = xen_pcpu_look();

	/* Unless it is to be done at once: something else has changed since. */
	if (wait)
		schedule_delayed_work(to_delayed_work(work), wait);
}

static DECLARE_DELAYED_WORK(sync_work, sync_work_fn);

static irqreturn_t pcpu_interrupt(int irq, void *unused)
{
	WRITE_ONCE(retry_after, RETRY_FIRST);
	mod_delayed_work(system_wq, &sync_work, 0);
	return IRQ_HANDLED;
}

/**
 * xen_pcpu_start() - show the machine's processors in sysfs
 *
 * Context: boot, or a test.
 * Return: 0, -EBUSY if some are missing as yet, or another negative error.
 */
int xen_pcpu_start(void)
{
	int err = subsys_system_register(&pcpu_bus, NULL);

	return err ?: xen_pcpu_sync();
}

#if IS_ENABLED(CONFIG_XEN_DOM0_KUNIT_TEST)
/* The counterpart; only tests end. */
void xen_pcpu_stop(void)
{
	struct pcpu *pcpu;
	unsigned long id;

	scoped_guard(mutex, &sync_lock)
		xa_for_each(&pcpus, id, pcpu)
			forget_pcpu(pcpu);
	bus_unregister(&pcpu_bus);
}
#endif

static int __init dom0_pcpu_init(void)
{
	int err, irq;

	if (!xen_initial_domain())
		return -ENODEV;
	/* Before the first look: nothing that changes from then on is missed. */
	irq = bind_virq_to_irqhandler(VIRQ_PCPU_STATE, 0, pcpu_interrupt, 0,
				      "xen-pcpu", NULL);
	if (irq < 0)
		pr_warn("changes of processors will not be noticed: error %d\n",
			irq);
	err = xen_pcpu_start();
	if (err == -EBUSY) {
		schedule_delayed_work(&sync_work, RETRY_FIRST);
		return 0;
	}
	if (err)
		pr_err("processors are missing in sysfs: error %d\n", err);
	return err;
}

/* ACPI looks for processors at subsys_initcall. */
arch_initcall(dom0_pcpu_init);

/* ACPI asks once for each processor: all of them together wait for a second at most. */
static void __init wait_for_all(void)
{
	static int tries __initdata = 10;

	while (READ_ONCE(is_incomplete) && tries > 0) {
		tries--;
		msleep(100);
		xen_pcpu_sync();
	}
}

bool __init xen_processor_present(uint32_t acpi_id)
{
	struct pcpu *pcpu;
	unsigned long id;

	wait_for_all();
	guard(mutex)(&sync_lock);
	xa_for_each(&pcpus, id, pcpu)
		if (pcpu->acpi_id == acpi_id)
			return !pcpu->dev.offline;
	return false;
}
