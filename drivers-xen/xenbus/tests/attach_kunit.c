// SPDX-License-Identifier: GPL-2.0
/*
 * Many devices at once: what is probed at the same time, in which order, and how often
 * all of that has to wait for the store.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/string.h>
#include "../together.h"
#include "fake_bus.h"

#define MANY		8
/* More than are probed at a time */
#define TOO_MANY	20

/**
 * struct kind - devices of one type
 * @probes: how many were probed
 * @removes: how many were removed
 * @inside: how many are being probed
 * @most: how many were at a time
 * @meet: a probe waits until so many have begun
 * @linger: and so many ms more
 * @order: numbers of the devices in the order of probing
 * @drv: their driver
 */
struct kind {
	atomic_t probes;
	atomic_t removes;
	atomic_t inside;
	int most;
	int meet;
	int linger;
	int order[MANY];
	struct xenbus_driver drv;
};

static struct kind disks, nets;

static int any_probe(struct xenbus_device *xdev,
		     const struct xenbus_device_id *id)
{
	struct kind *kind = container_of(to_xenbus_driver(xdev->dev.driver),
					 struct kind, drv);
	int inside = atomic_inc_return(&kind->inside);
	int place = atomic_inc_return(&kind->probes) - 1;
	bool met;

	if (inside > READ_ONCE(kind->most))
		WRITE_ONCE(kind->most, inside);
	if (place < MANY &&
	    sscanf(strrchr(xdev->nodename, '/'), "/%d", &kind->order[place]) != 1)
		return -EINVAL;
	met = FAKE_WAIT(atomic_read(&kind->probes) >= kind->meet);
	msleep(kind->linger);
	atomic_dec(&kind->inside);
	return met ? 0 : -ETIMEDOUT;
}

static void any_remove(struct xenbus_device *xdev)
{
	atomic_inc(&container_of(to_xenbus_driver(xdev->dev.driver),
				 struct kind, drv)->removes);
}

static void any_changed(struct xenbus_device *xdev, enum xenbus_state state)
{
}

static const struct xenbus_device_id disk_ids[] = { { "vbd" }, { "" } };
static const struct xenbus_device_id net_ids[] = { { "vif" }, { "" } };

static void make_kind(struct kind *kind, const struct xenbus_device_id *ids)
{
	*kind = (struct kind) {
		.drv = {
			.ids = ids,
			.probe = any_probe,
			.remove = any_remove,
			.otherend_changed = any_changed,
			.read_otherend_details = fake_read_backend,
		},
	};
}

static int attach_init(struct kunit *test)
{
	make_kind(&disks, disk_ids);
	make_kind(&nets, net_ids);
	return fake_bus_init(test, &fake_front_bus);
}

static void attach_exit(struct kunit *test)
{
	fake_bus_exit(test, &fake_front_bus);
}

static int come(struct kind *kind)
{
	return fake_bus_register(&fake_front_bus, &kind->drv);
}

static void go(struct kind *kind)
{
	xenbus_unregister_driver(&kind->drv);
}

static void add(struct fake_store *fake, const char *type, int num)
{
	char back[64], node[32];

	snprintf(back, sizeof(back), "/local/domain/0/backend/%s/5/%d", type,
		 num);
	snprintf(node, sizeof(node), "device/%s/%d", type, num);
	fake_set_key(fake, back, "state", "2");
	fake_add_front(fake, node, back, 0);
}

/* Not in the order of their numbers. */
static void add_many(struct fake_store *fake, const char *type, int many)
{
	int i;

	for (i = 0; i < many; i++)
		add(fake, type, (i * 3 + 5) % MANY);
}

static void expect_probes(struct kunit *test, struct kind *kind, int num)
{
	KUNIT_EXPECT_EQ(test, atomic_read(&kind->probes), num);
	KUNIT_EXPECT_EQ(test, atomic_read(&kind->inside), 0);
}

static void expect_order(struct kunit *test, struct kind *kind)
{
	int i;

	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_EQ(test, kind->order[i], (i * 3 + 5) % MANY);
	KUNIT_EXPECT_EQ(test, kind->most, 1);
}

/* None comes to an end before all have begun. */
static void disks_of_scan(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, come(&disks), 0);
	add_many(test->priv, "vbd", MANY);
	disks.meet = MANY;
	fake_bus_scan(&fake_front_bus);
	expect_probes(test, &disks, MANY);
	KUNIT_EXPECT_EQ(test, disks.most, MANY);
	go(&disks);
	KUNIT_EXPECT_EQ(test, atomic_read(&disks.removes), MANY);
}

static void disks_of_driver(struct kunit *test)
{
	add_many(test->priv, "vbd", MANY);
	fake_bus_scan(&fake_front_bus);
	disks.meet = MANY;
	KUNIT_ASSERT_EQ(test, come(&disks), 0);
	expect_probes(test, &disks, MANY);
	KUNIT_EXPECT_EQ(test, disks.most, MANY);
	go(&disks);
}

static void too_many(struct kunit *test)
{
	int i;

	KUNIT_ASSERT_EQ(test, come(&disks), 0);
	for (i = 0; i < TOO_MANY; i++)
		add(test->priv, "vbd", i);
	disks.meet = XENBUS_AT_ONCE;
	disks.linger = 50;
	fake_bus_scan(&fake_front_bus);
	expect_probes(test, &disks, TOO_MANY);
	KUNIT_EXPECT_EQ(test, disks.most, XENBUS_AT_ONCE);
	go(&disks);
}

static struct workqueue_struct *no_queue(void)
{
	return NULL;
}

static void without_workers(struct kunit *test)
{
	kunit_activate_static_stub(test, xenbus_get_queue, no_queue);
	KUNIT_ASSERT_EQ(test, come(&disks), 0);
	add_many(test->priv, "vbd", MANY);
	fake_bus_scan(&fake_front_bus);
	expect_probes(test, &disks, MANY);
	expect_order(test, &disks);
	go(&disks);
}

/* Their names come from the order, in which they are in the store. */
static void nets_in_order(struct kunit *test)
{
	add_many(test->priv, "vif", MANY);
	fake_bus_scan(&fake_front_bus);
	KUNIT_ASSERT_EQ(test, come(&nets), 0);
	expect_probes(test, &nets, MANY);
	expect_order(test, &nets);
	go(&nets);

	make_kind(&nets, net_ids);
	KUNIT_ASSERT_EQ(test, come(&nets), 0);
	fake_remove(test->priv, "device/vif");
	fake_bus_scan(&fake_front_bus);
	KUNIT_EXPECT_EQ(test, atomic_read(&nets.removes), MANY);
	add_many(test->priv, "vif", MANY);
	atomic_set(&nets.probes, 0);
	fake_bus_scan(&fake_front_bus);
	expect_order(test, &nets);
	go(&nets);
}

/* What others take their time with does not hold them up. */
static void types_do_not_wait(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	int i;

	KUNIT_ASSERT_EQ(test, come(&disks), 0);
	KUNIT_ASSERT_EQ(test, come(&nets), 0);
	for (i = 0; i < 2; i++) {
		add(fake, "vif", i);
		add(fake, "vbd", i);
	}
	disks.meet = 2;
	fake_bus_scan(&fake_front_bus);
	expect_probes(test, &disks, 2);
	expect_probes(test, &nets, 2);
	KUNIT_EXPECT_EQ(test, disks.most, 2);
	KUNIT_EXPECT_EQ(test, nets.most, 1);
	go(&disks);
	go(&nets);
}

static unsigned int rounds_of_scan(struct kunit *test, int many)
{
	struct fake_store *fake = test->priv;

	fake_remove(fake, "device");
	fake_bus_scan(&fake_front_bus);
	add_many(fake, "vbd", many);
	atomic_set(&disks.probes, 0);
	fake->rounds = 0;
	WRITE_ONCE(fake->patient, true);
	fake_bus_scan(&fake_front_bus);
	WRITE_ONCE(fake->patient, false);
	expect_probes(test, &disks, many);
	return READ_ONCE(fake->rounds);
}

/*
 * Two lists, the states; who the other end is, whether it is there, the watch. Until
 * there is a device, and then "xenwatch" reads the other end's state, once for each.
 */
static void few_rounds(struct kunit *test)
{
	unsigned int one, many;

	KUNIT_ASSERT_EQ(test, come(&disks), 0);
	one = rounds_of_scan(test, 1);
	many = rounds_of_scan(test, MANY);
	KUNIT_EXPECT_EQ(test, one, 6);
	KUNIT_EXPECT_LE(test, many, one + 2);
	go(&disks);
}

/* Writes to a file of sysfs, as "bind". */
static int write_file(struct kind *kind, const char *name, const char *value)
{
	const struct attribute_group *group = xenbus_drv_groups[0];
	struct driver_attribute *attr;
	unsigned int i;

	for (i = 0; group->attrs[i]; i++) {
		if (strcmp(group->attrs[i]->name, name))
			continue;
		attr = container_of(group->attrs[i], struct driver_attribute,
				    attr);
		return attr->store(&kind->drv.driver, value, strlen(value));
	}
	return -ENOENT;
}

static void bind_and_unbind(struct kunit *test)
{
	add(test->priv, "vbd", 0);
	add(test->priv, "vif", 0);
	fake_bus_scan(&fake_front_bus);
	KUNIT_ASSERT_EQ(test, come(&disks), 0);
	expect_probes(test, &disks, 1);
	KUNIT_EXPECT_EQ(test, write_file(&disks, "unbind", "vif-0"), -ENODEV);
	KUNIT_EXPECT_EQ(test, write_file(&disks, "unbind", "vbd-7"), -ENODEV);
	KUNIT_EXPECT_EQ(test, write_file(&disks, "bind", "vif-0"), -ENODEV);
	KUNIT_EXPECT_EQ(test, write_file(&disks, "unbind", "vbd-0\n"), 6);
	KUNIT_EXPECT_EQ(test, atomic_read(&disks.removes), 1);
	KUNIT_EXPECT_EQ(test, write_file(&disks, "unbind", "vbd-0"), -ENODEV);

	/* A device that was left without a driver stays so. */
	fake_bus_scan(&fake_front_bus);
	expect_probes(test, &disks, 1);
	/* Also where the core has not asked about it, as without autoprobe */
	xenbus_attach_driver(&fake_front_bus, &disks.drv);
	expect_probes(test, &disks, 1);
	KUNIT_EXPECT_EQ(test, write_file(&disks, "bind", "vbd-0\n"), 6);
	expect_probes(test, &disks, 2);
	KUNIT_EXPECT_EQ(test, write_file(&disks, "bind", "vbd-0"), -EBUSY);
	go(&disks);
	KUNIT_EXPECT_EQ(test, atomic_read(&disks.removes), 2);
	KUNIT_EXPECT_EQ(test, write_file(&disks, "bind", "vbd-0"), -ENODEV);
}

static struct kunit_case attach_cases[] = {
	KUNIT_CASE(disks_of_scan),
	KUNIT_CASE(disks_of_driver),
	KUNIT_CASE(too_many),
	KUNIT_CASE(without_workers),
	KUNIT_CASE(nets_in_order),
	KUNIT_CASE(types_do_not_wait),
	KUNIT_CASE(few_rounds),
	KUNIT_CASE(bind_and_unbind),
	{}
};

static struct kunit_suite attach_suite = {
	.name = "xen_xenbus_attach",
	.init = attach_init,
	.exit = attach_exit,
	.test_cases = attach_cases,
};

kunit_test_suite(attach_suite);
