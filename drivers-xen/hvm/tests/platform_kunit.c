// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of which devices are the platform device, and of how Xen is told which
 * interrupt of it to raise. The values expected there are put together by hand from
 * the description of HVM_PARAM_CALLBACK_IRQ in Xen's public/hvm/params.h.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/pci.h>

#include "hvm.h"

/**
 * struct fake_platform - a platform device on a bus of its own
 * @sysdata: the bus' segment
 * @bus: the device's bus
 * @dev: the device
 */
struct fake_platform {
	struct pci_sysdata sysdata;
	struct pci_bus bus;
	struct pci_dev dev;
};

static struct fake_platform *fake;

static int platform_test_init(struct kunit *test)
{
	fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->bus.sysdata = &fake->sysdata;
	fake->dev.bus = &fake->bus;
	return 0;
}

static u64 callback_of(u16 domain, u8 bus_number, u8 devfn, u8 pin, int irq)
{
	fake->sysdata.domain = domain;
	fake->bus.number = bus_number;
	fake->dev.devfn = devfn;
	fake->dev.pin = pin;
	fake->dev.irq = irq;
	return xen_platform_callback(&fake->dev);
}

/* Where xl puts it: 00:02.0, pin A, a GSI above those of ISA. */
static void callback_of_a_pin(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, callback_of(0, 0, PCI_DEVFN(2, 0), 1, 24),
			0x0100000000001000ULL);
	KUNIT_EXPECT_EQ(test, callback_of(0, 0, PCI_DEVFN(3, 1), 4, 16),
			0x0100000000001903ULL);
	KUNIT_EXPECT_EQ(test, callback_of(0, 0xab, PCI_DEVFN(31, 7), 2, 28),
			0x0100000000abff01ULL);
	KUNIT_EXPECT_EQ(test, callback_of(0xffff, 0xff, 0xff, 4, 28),
			0x0100ffff00ffff03ULL);
}

static void callback_of_an_isa_interrupt(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, callback_of(1, 2, PCI_DEVFN(2, 0), 1, 5), 5ULL);
	KUNIT_EXPECT_EQ(test, callback_of(1, 2, PCI_DEVFN(2, 0), 1, 15), 15ULL);
}

static bool is_driven(const struct pci_device_id *ids, u16 vendor, u16 device)
{
	fake->dev.vendor = vendor;
	fake->dev.device = device;
	fake->dev.class = PCI_CLASS_SYSTEM_OTHER << 8;
	return pci_match_id(ids, &fake->dev);
}

static void devices(struct kunit *test)
{
	struct device_driver *driver = driver_find("xen-platform-pci",
						   &pci_bus_type);
	const struct pci_device_id *ids;

	KUNIT_ASSERT_NOT_NULL(test, driver);
	ids = to_pci_driver(driver)->id_table;
	KUNIT_EXPECT_TRUE(test, is_driven(ids, 0x5853, 1));
	KUNIT_EXPECT_TRUE(test, is_driven(ids, 0x5853, 2));
	KUNIT_EXPECT_FALSE(test, is_driven(ids, 0x5853, 0));
	KUNIT_EXPECT_FALSE(test, is_driven(ids, 0x5853, 3));
	KUNIT_EXPECT_FALSE(test, is_driven(ids, 0x8086, 1));
}

static struct kunit_case platform_cases[] = {
	KUNIT_CASE(devices),
	KUNIT_CASE(callback_of_a_pin),
	KUNIT_CASE(callback_of_an_isa_interrupt),
	{}
};

static struct kunit_suite platform_suite = {
	.name = "xen_hvm_platform",
	.init = platform_test_init,
	.test_cases = platform_cases,
};

kunit_test_suite(platform_suite);
