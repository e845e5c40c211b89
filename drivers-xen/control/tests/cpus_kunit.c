// SPDX-License-Identifier: GPL-2.0
/* cpu/N/availability: what is read, and for which CPU. */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>

#include <xen/xen-ops.h>

#include "../../xenbus/tests/fake_store.h"
#include "../control.h"

static unsigned int come[NR_CPUS], gone[NR_CPUS], calls;
static u32 saved_id[NR_CPUS];

static void fake_come(unsigned int cpu)
{
	come[cpu]++;
	calls++;
}

static void fake_go(unsigned int cpu)
{
	gone[cpu]++;
	calls++;
}

static int cpus_test_init(struct kunit *test)
{
	unsigned int cpu;

	calls = 0;
	memset(come, 0, sizeof(come));
	memset(gone, 0, sizeof(gone));
	for_each_possible_cpu(cpu)
		saved_id[cpu] = per_cpu(xen_vcpu_id, cpu);
	kunit_activate_static_stub(test, xen_control_cpu_come, fake_come);
	kunit_activate_static_stub(test, xen_control_cpu_go, fake_go);
	return fake_store_init(test);
}

static void cpus_test_exit(struct kunit *test)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(xen_vcpu_id, cpu) = saved_id[cpu];
	fake_store_exit(test);
}

static void changed(const char *path)
{
	xen_control_cpu_changed(NULL, path, "");
}

static const struct {
	const char *value;
	int come, go;
} values[] = {
	{ "online", 1, 0 },
	{ "offline", 0, 1 },
	{ "" },
	{ "on" },
	{ "onlin" },
	{ "online " },
	{ "onlineoffline" },
	{ "Online" },
	{ "0" },
	{ "1" },
	{ "\xff\xfe\n" },
};

static void every_value(struct kunit *test)
{
	struct fake_store *fake = test->priv;
	unsigned int i, cpu = 0, nodes = 0;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		calls = 0;
		come[cpu] = 0;
		gone[cpu] = 0;
		fake_set(fake, "cpu/0/availability", values[i].value);
		changed("cpu/0/availability");
		KUNIT_EXPECT_EQ(test, come[cpu], values[i].come);
		KUNIT_EXPECT_EQ(test, gone[cpu], values[i].go);
		KUNIT_EXPECT_EQ(test, calls, values[i].come + values[i].go);
		nodes++;
	}
	/* One look at each event, and nothing is written. */
	KUNIT_EXPECT_EQ(test, fake->types[XS_READ], nodes);
	KUNIT_EXPECT_EQ(test, fake->types[XS_WRITE], 0);
}

static void missing(struct kunit *test)
{
	changed("cpu");
	changed("cpu/0");
	changed("cpu/0/availability");
	KUNIT_EXPECT_EQ(test, calls, 0);
}

/* Removed together with its directory, or another node below it. */
static void other_nodes(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_set(fake, "cpu/1/availability", "offline");
	changed("cpu/1");
	changed("cpu/1/availability");
	changed("cpu/1/something/else");
	if (cpu_possible(1)) {
		KUNIT_EXPECT_EQ(test, gone[1], 3);
		KUNIT_EXPECT_EQ(test, calls, 3);
	}
}

static void no_such_cpu(struct kunit *test)
{
	static const char * const paths[] = {
		"cpu/4294967295/availability", "cpu/4096/availability",
		"cpu/99999999999999999999/availability",
	};
	struct fake_store *fake = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		fake_set(fake, paths[i], "offline");
		changed(paths[i]);
	}
	KUNIT_EXPECT_EQ(test, calls, 0);
}

/* The first event, a resume, a queue that was full: anything may have changed. */
static void look_at_all(struct kunit *test)
{
	static const char * const paths[] = {
		"cpu", "cpu/", "cpu/x", "cpu/-1", "cp", "",
	};
	struct fake_store *fake = test->priv;
	unsigned int cpu, i;
	char path[40];

	for_each_possible_cpu(cpu) {
		snprintf(path, sizeof(path), "cpu/%u/availability", cpu);
		fake_set(fake, path, cpu & 1 ? "offline" : "online");
	}
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		memset(come, 0, sizeof(come));
		memset(gone, 0, sizeof(gone));
		changed(paths[i]);
		for_each_possible_cpu(cpu) {
			KUNIT_EXPECT_EQ(test, come[cpu], !(cpu & 1));
			KUNIT_EXPECT_EQ(test, gone[cpu], cpu & 1);
		}
	}
}

/* Xen's number is in the path, Linux' may be another one. */
static void other_numbers(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	if (!cpu_possible(1))
		kunit_skip(test, "needs two CPUs");

	per_cpu(xen_vcpu_id, 0) = 0;
	per_cpu(xen_vcpu_id, 1) = 6;
	fake_set(fake, "cpu/6/availability", "offline");
	fake_set(fake, "cpu/1/availability", "offline");
	changed("cpu/6/availability");
	KUNIT_EXPECT_EQ(test, gone[1], 1);
	/* A number that is nobody's */
	changed("cpu/1/availability");
	KUNIT_EXPECT_EQ(test, calls, 1);
	changed("cpu");
	KUNIT_EXPECT_EQ(test, gone[1], 2);
	KUNIT_EXPECT_EQ(test, calls, 2);
}

static bool refuse(struct fake_store *fake)
{
	fake_error(fake, "EACCES");
	return true;
}

static void unreadable(struct kunit *test)
{
	struct fake_store *fake = test->priv;

	fake_set(fake, "cpu/0/availability", "offline");
	fake->hook = refuse;
	changed("cpu/0/availability");
	KUNIT_EXPECT_EQ(test, calls, 0);
}

static struct kunit_case cpus_cases[] = {
	KUNIT_CASE(every_value),
	KUNIT_CASE(missing),
	KUNIT_CASE(other_nodes),
	KUNIT_CASE(no_such_cpu),
	KUNIT_CASE(look_at_all),
	KUNIT_CASE(other_numbers),
	KUNIT_CASE(unreadable),
	{}
};

static struct kunit_suite cpus_suite = {
	.name = "xen_control_cpus",
	.init = cpus_test_init,
	.exit = cpus_test_exit,
	.test_cases = cpus_cases,
};

kunit_test_suite(cpus_suite);
