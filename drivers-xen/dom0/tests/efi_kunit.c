// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of EFI in dom0, with a fake Xen in the firmware's place.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/efi.h>
#include <linux/string.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/platform.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>

#define REGION_START	0x7f000000UL
#define REGION_SIZE	0x10000UL

static struct efi saved;
static int fake_error;
static u32 region_type;
/* Of the runtime services, 0 for a Xen that does not know */
static u32 services_version;
static struct xen_platform_op last;
static struct xen_platform_op answer;

static int fake_mem_info(union xenpf_efi_info *info)
{
	u64 end = REGION_START + REGION_SIZE;

	if (info->mem.addr < REGION_START || info->mem.addr >= end)
		return -ESRCH;
	if (info->mem.size > end - info->mem.addr)
		info->mem.size = end - info->mem.addr;
	info->mem.type = region_type;
	info->mem.attr = EFI_MEMORY_WB;
	return 0;
}

static int fake_firmware_info(struct xenpf_firmware_info *info)
{
	if (info->type != XEN_FW_EFI_INFO)
		return -EINVAL;
	switch (info->index) {
	case XEN_FW_EFI_RT_VERSION:
		info->u.efi_info.version = services_version;
		return services_version ? 0 : -EINVAL;
	case XEN_FW_EFI_MEM_INFO:
		return fake_mem_info(&info->u.efi_info);
	}
	return -EINVAL;
}

static int fake_platform_op(struct xen_platform_op *op)
{
	last = *op;
	if (fake_error)
		return fake_error;
	if (op->cmd == XENPF_firmware_info)
		return fake_firmware_info(&op->u.firmware_info);
	if (op->cmd != XENPF_efi_runtime_call)
		return -ENOSYS;
	/* The request stays, the answer comes over it. */
	answer.u.efi_runtime_call.function = op->u.efi_runtime_call.function;
	op->u.efi_runtime_call = answer.u.efi_runtime_call;
	return 0;
}

static int __init efi_test_init(struct kunit *test)
{
	if (xen_domain())
		kunit_skip(test, "it may be in use");
	saved = efi;
	fake_error = 0;
	region_type = EFI_CONVENTIONAL_MEMORY;
	services_version = EFI_2_00_SYSTEM_TABLE_REVISION;
	memset(&answer, 0, sizeof(answer));
	kunit_activate_static_stub(test, HYPERVISOR_platform_op,
				   fake_platform_op);
	set_bit(EFI_PARAVIRT, &efi.flags);
	clear_bit(EFI_MEMMAP, &efi.flags);
	efi.runtime_version = EFI_2_00_SYSTEM_TABLE_REVISION;
	xen_efi_runtime_setup();
	return 0;
}

static void __init efi_test_exit(struct kunit *test)
{
	if (!xen_domain())
		efi = saved;
}

static struct xenpf_efi_runtime_call *request(void)
{
	return &last.u.efi_runtime_call;
}

static struct xenpf_efi_runtime_call *reply(void)
{
	return &answer.u.efi_runtime_call;
}

static void __init time_is_copied(struct kunit *test)
{
	efi_time_t tm = {}, wake = { .year = 2027, .second = 59 };
	efi_time_cap_t cap = {};

	reply()->u.get_time.time.year = 2026;
	reply()->u.get_time.time.tz = -60;
	reply()->u.get_time.resolution = 1;
	reply()->u.get_time.accuracy = 50;
	reply()->misc = XEN_EFI_GET_TIME_SET_CLEARS_NS;
	KUNIT_EXPECT_EQ(test, efi.get_time(&tm, &cap), EFI_SUCCESS);
	KUNIT_EXPECT_EQ(test, request()->function, XEN_EFI_get_time);
	KUNIT_EXPECT_EQ(test, tm.year, 2026);
	KUNIT_EXPECT_EQ(test, tm.timezone, -60);
	KUNIT_EXPECT_EQ(test, cap.resolution, 1);
	KUNIT_EXPECT_EQ(test, cap.accuracy, 50);
	KUNIT_EXPECT_EQ(test, cap.sets_to_zero, 1);

	KUNIT_EXPECT_EQ(test, efi.set_time(&wake), EFI_SUCCESS);
	KUNIT_EXPECT_EQ(test, request()->function, XEN_EFI_set_time);
	KUNIT_EXPECT_EQ(test, request()->u.set_time.year, 2027);
	KUNIT_EXPECT_EQ(test, request()->u.set_time.sec, 59);
}

static void __init wakeup_flags(struct kunit *test)
{
	efi_bool_t enabled = 9, pending = 9;
	efi_time_t tm = { .year = 2028 };

	reply()->misc = XEN_EFI_GET_WAKEUP_TIME_PENDING;
	KUNIT_EXPECT_EQ(test, efi.get_wakeup_time(&enabled, &pending, &tm),
			EFI_SUCCESS);
	KUNIT_EXPECT_EQ(test, enabled, 0);
	KUNIT_EXPECT_EQ(test, pending, 1);
	KUNIT_EXPECT_EQ(test, tm.year, 0);

	tm.year = 2028;
	KUNIT_EXPECT_EQ(test, efi.set_wakeup_time(true, &tm), EFI_SUCCESS);
	KUNIT_EXPECT_EQ(test, request()->misc, XEN_EFI_SET_WAKEUP_TIME_ENABLE);
	KUNIT_EXPECT_EQ(test, request()->u.set_wakeup_time.year, 2028);
	efi.set_wakeup_time(true, NULL);
	KUNIT_EXPECT_EQ(test, request()->misc,
			XEN_EFI_SET_WAKEUP_TIME_ENABLE |
			XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY);
	efi.set_wakeup_time(false, NULL);
	KUNIT_EXPECT_EQ(test, request()->misc,
			XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY);
}

static void __init variables(struct kunit *test)
{
	efi_guid_t guid = EFI_GLOBAL_VARIABLE_GUID;
	efi_char16_t name[] = L"Boot0000";
	unsigned long size = 4;
	u8 data[4];
	u32 attr = 0;

	/* Too small is an answer, not an error: the size comes with it. */
	reply()->u.get_variable.size = 100;
	reply()->status = EFI_BUFFER_TOO_SMALL;
	reply()->misc = XEN_EFI_VARIABLE_RUNTIME_ACCESS;
	KUNIT_EXPECT_EQ(test, efi.get_variable(name, &guid, &attr, &size, data),
			EFI_BUFFER_TOO_SMALL);
	KUNIT_EXPECT_EQ(test, request()->function, XEN_EFI_get_variable);
	KUNIT_EXPECT_PTR_EQ(test, request()->u.get_variable.name,
			    (void *)name);
	KUNIT_EXPECT_PTR_EQ(test, request()->u.get_variable.data,
			    (void *)data);
	KUNIT_EXPECT_EQ(test, request()->u.get_variable.size, 4);
	KUNIT_EXPECT_MEMEQ(test, &request()->u.get_variable.vendor_guid, &guid,
			   sizeof(guid));
	KUNIT_EXPECT_EQ(test, size, 100);
	KUNIT_EXPECT_EQ(test, attr, EFI_VARIABLE_RUNTIME_ACCESS);

	reply()->status = EFI_WRITE_PROTECTED;
	KUNIT_EXPECT_EQ(test, efi.set_variable(name, &guid, 7, 3, data),
			EFI_WRITE_PROTECTED);
	KUNIT_EXPECT_EQ(test, request()->function, XEN_EFI_set_variable);
	KUNIT_EXPECT_EQ(test, request()->misc, 7);
	KUNIT_EXPECT_EQ(test, request()->u.set_variable.size, 3);
	KUNIT_EXPECT_PTR_EQ(test, request()->u.set_variable.data,
			    (void *)data);
}

static void __init next_variable(struct kunit *test)
{
	efi_guid_t guid = NULL_GUID, next = EFI_GLOBAL_VARIABLE_GUID;
	unsigned long size = 64;
	efi_char16_t name[32];

	reply()->u.get_next_variable_name.size = 18;
	memcpy(&reply()->u.get_next_variable_name.vendor_guid, &next,
	       sizeof(next));
	KUNIT_EXPECT_EQ(test, efi.get_next_variable(&size, name, &guid),
			EFI_SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, request()->u.get_next_variable_name.name,
			    (void *)name);
	KUNIT_EXPECT_EQ(test, request()->u.get_next_variable_name.size, 64);
	KUNIT_EXPECT_EQ(test, size, 18);
	KUNIT_EXPECT_EQ(test, efi_guidcmp(guid, next), 0);
}

static void __init sizes(struct kunit *test)
{
	u64 storage = 1, left = 2, largest = 3, max_size = 4;
	int type = 5;
	u32 count = 6;

	reply()->u.query_variable_info.max_store_size = 1000;
	reply()->u.query_variable_info.remain_store_size = 100;
	reply()->u.query_variable_info.max_size = 10;
	KUNIT_EXPECT_EQ(test, efi.query_variable_info(7, &storage, &left,
						      &largest), EFI_SUCCESS);
	KUNIT_EXPECT_EQ(test, request()->u.query_variable_info.attr, 7);
	KUNIT_EXPECT_EQ(test, storage, 1000);
	KUNIT_EXPECT_EQ(test, left, 100);
	KUNIT_EXPECT_EQ(test, largest, 10);

	memset(reply(), 0, sizeof(*reply()));
	reply()->u.query_capsule_capabilities.max_capsule_size = 1 << 20;
	reply()->u.query_capsule_capabilities.reset_type = EFI_RESET_WARM;
	KUNIT_EXPECT_EQ(test, efi.query_capsule_caps(NULL, 2, &max_size, &type),
			EFI_SUCCESS);
	KUNIT_EXPECT_EQ(test,
			request()->u.query_capsule_capabilities.capsule_count, 2);
	KUNIT_EXPECT_EQ(test, max_size, 1 << 20);
	KUNIT_EXPECT_EQ(test, type, EFI_RESET_WARM);

	reply()->misc = 77;
	KUNIT_EXPECT_EQ(test, efi.get_next_high_mono_count(&count), EFI_SUCCESS);
	KUNIT_EXPECT_EQ(test, count, 77);

	efi.update_capsule(NULL, 3, 0x5000);
	KUNIT_EXPECT_EQ(test, request()->u.update_capsule.capsule_count, 3);
	KUNIT_EXPECT_EQ(test, request()->u.update_capsule.sg_list, 0x5000);
}

/* EFI 1 does not have these; Xen is not asked. */
static void __init expect_efi_1(struct kunit *test)
{
	u64 value;
	int type;

	memset(&last, 0, sizeof(last));
	KUNIT_EXPECT_EQ(test, efi.query_variable_info(0, &value, &value,
						      &value), EFI_UNSUPPORTED);
	KUNIT_EXPECT_EQ(test, efi.update_capsule(NULL, 0, 0), EFI_UNSUPPORTED);
	KUNIT_EXPECT_EQ(test, efi.query_capsule_caps(NULL, 0, &value, &type),
			EFI_UNSUPPORTED);
	KUNIT_EXPECT_EQ(test, last.cmd, 0);
}

static void __init old_firmware(struct kunit *test)
{
	efi.runtime_version = EFI_1_10_SYSTEM_TABLE_REVISION;
	expect_efi_1(test);
}

/* The kernel reads the system table later than Xen is asked. */
static void __init old_services(struct kunit *test)
{
	services_version = EFI_1_10_SYSTEM_TABLE_REVISION;
	xen_efi_runtime_setup();
	efi.runtime_version = EFI_2_00_SYSTEM_TABLE_REVISION;
	expect_efi_1(test);
}

static void __init services_of_unknown_version(struct kunit *test)
{
	services_version = 0;
	xen_efi_runtime_setup();
	KUNIT_EXPECT_EQ(test, efi.update_capsule(NULL, 0, 0), EFI_SUCCESS);
	efi.runtime_version = EFI_1_10_SYSTEM_TABLE_REVISION;
	expect_efi_1(test);
}

/* Neither an error of Xen's nor one of the firmware's changes anything. */
static void __init errors_change_nothing(struct kunit *test)
{
	efi_guid_t guid = NULL_GUID;
	unsigned long size = 4;
	efi_time_t tm = {};
	u64 value = 5;
	u32 count = 6;
	u8 data[4];

	reply()->status = EFI_DEVICE_ERROR;
	reply()->u.get_time.time.year = 2026;
	KUNIT_EXPECT_EQ(test, efi.get_time(&tm, NULL), EFI_DEVICE_ERROR);
	KUNIT_EXPECT_EQ(test, tm.year, 0);
	KUNIT_EXPECT_EQ(test, efi.get_next_high_mono_count(&count),
			EFI_DEVICE_ERROR);
	KUNIT_EXPECT_EQ(test, count, 6);

	fake_error = -ENOSYS;
	KUNIT_EXPECT_EQ(test, efi.get_time(&tm, NULL), EFI_UNSUPPORTED);
	KUNIT_EXPECT_EQ(test, efi.get_variable(L"x", &guid, NULL, &size, data),
			EFI_UNSUPPORTED);
	KUNIT_EXPECT_EQ(test, size, 4);
	KUNIT_EXPECT_EQ(test, efi.get_next_variable(&size, L"", &guid),
			EFI_UNSUPPORTED);
	KUNIT_EXPECT_EQ(test, size, 4);
	KUNIT_EXPECT_EQ(test, efi.query_variable_info(0, &value, &value,
						      &value), EFI_UNSUPPORTED);
	KUNIT_EXPECT_EQ(test, value, 5);
}

/* Xen is not asked. */
static void __init missing_pointers(struct kunit *test)
{
	efi_guid_t guid = NULL_GUID;
	unsigned long size = 4;
	efi_char16_t name[2] = L"x";
	u8 data[4];

	memset(&last, 0, sizeof(last));
	KUNIT_EXPECT_EQ(test, efi.get_variable(NULL, &guid, NULL, &size, data),
			EFI_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, efi.get_variable(name, NULL, NULL, &size, data),
			EFI_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, efi.get_variable(name, &guid, NULL, NULL, data),
			EFI_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, efi.get_next_variable(NULL, name, &guid),
			EFI_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, efi.get_next_variable(&size, NULL, &guid),
			EFI_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, efi.get_next_variable(&size, name, NULL),
			EFI_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, efi.set_variable(NULL, &guid, 7, 4, data),
			EFI_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, efi.set_variable(name, NULL, 7, 4, data),
			EFI_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, efi.get_next_high_mono_count(NULL),
			EFI_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, last.cmd, 0);
	KUNIT_EXPECT_EQ(test, size, 4);
}

static void __init memory_lookup(struct kunit *test)
{
	efi_memory_desc_t md = {};

	KUNIT_ASSERT_EQ(test, efi_mem_desc_lookup(REGION_START + 0x1234, &md), 0);
	KUNIT_EXPECT_EQ(test, md.phys_addr, REGION_START + 0x1000);
	KUNIT_EXPECT_EQ(test, md.num_pages, 15);
	KUNIT_EXPECT_EQ(test, md.type, EFI_CONVENTIONAL_MEMORY);
	KUNIT_EXPECT_EQ(test, md.attribute, EFI_MEMORY_WB);

	md.num_pages = 99;
	KUNIT_EXPECT_EQ(test, efi_mem_desc_lookup(REGION_START + REGION_SIZE,
						  &md), -ENOENT);
	KUNIT_EXPECT_EQ(test, md.num_pages, 99);
	KUNIT_EXPECT_EQ(test, efi_mem_desc_lookup(REGION_START, NULL), -EINVAL);
}

static void __init tables_that_are_kept(struct kunit *test)
{
	u32 type;

	for (type = 0; type < 100; type++) {
		bool kept = type == EFI_RESERVED_TYPE ||
			    type == EFI_RUNTIME_SERVICES_CODE ||
			    type == EFI_RUNTIME_SERVICES_DATA ||
			    type == EFI_ACPI_RECLAIM_MEMORY ||
			    type == EFI_ACPI_MEMORY_NVS;

		region_type = type;
		KUNIT_EXPECT_EQ_MSG(test,
				    xen_efi_config_table_is_usable(&NULL_GUID,
								   REGION_START),
				    kept, "type %u", type);
	}
	/* In no range at all */
	region_type = EFI_ACPI_RECLAIM_MEMORY;
	KUNIT_EXPECT_FALSE(test, xen_efi_config_table_is_usable(&NULL_GUID,
								0x1000));
	/* Without Xen all are. */
	clear_bit(EFI_PARAVIRT, &efi.flags);
	KUNIT_EXPECT_TRUE(test, xen_efi_config_table_is_usable(&NULL_GUID,
							       0x1000));
}

static struct kunit_case __refdata efi_cases[] = {
	KUNIT_CASE(time_is_copied),
	KUNIT_CASE(wakeup_flags),
	KUNIT_CASE(variables),
	KUNIT_CASE(next_variable),
	KUNIT_CASE(sizes),
	KUNIT_CASE(old_firmware),
	KUNIT_CASE(old_services),
	KUNIT_CASE(services_of_unknown_version),
	KUNIT_CASE(errors_change_nothing),
	KUNIT_CASE(missing_pointers),
	KUNIT_CASE(memory_lookup),
	KUNIT_CASE(tables_that_are_kept),
	{}
};

static struct kunit_suite __refdata efi_suite = {
	.name = "xen_dom0_efi",
	.init = efi_test_init,
	.exit = efi_test_exit,
	.test_cases = efi_cases,
};

kunit_test_init_section_suite(efi_suite);

MODULE_DESCRIPTION("Unit tests of what only dom0 does");
MODULE_LICENSE("GPL");
