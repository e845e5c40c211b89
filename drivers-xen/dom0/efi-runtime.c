// SPDX-License-Identifier: GPL-2.0
/*
 * EFI runtime services in dom0: Xen has the firmware, and calls it for us.
 *
 * Each call becomes one hypercall with the same arguments. Buffers stay where they are:
 * Xen copies to and from the addresses that are mapped here. A pointer that is missing is
 * an error that the firmware would tell; /dev/efi_test passes on what a program gives it.
 */
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/efi.h>
#include <linux/init.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/platform.h>
#include <xen/interface/sched.h>
#include <xen/xen-ops.h>

static_assert(sizeof(efi_time_t) == sizeof(struct xenpf_efi_time));
static_assert(sizeof(efi_guid_t) == sizeof(struct xenpf_efi_guid));

#define RUNTIME_CALL(_name, ...)					\
	{								\
		.cmd = XENPF_efi_runtime_call,				\
		.u.efi_runtime_call = {					\
			.function = XEN_EFI_##_name,			\
			__VA_ARGS__					\
		},							\
	}

/* With an error, nothing of the answer counts but the error. */
static efi_status_t call(struct xen_platform_op *op)
{
	if (HYPERVISOR_platform_op(op))
		return EFI_UNSUPPORTED;
	return op->u.efi_runtime_call.status;
}

/* The runtime services' own, if Xen tells it */
static u32 services_version __ro_after_init = U32_MAX;

static u32 __init ask_version(void)
{
	struct xen_platform_op op = {
		.cmd = XENPF_firmware_info,
		.u.firmware_info.type = XEN_FW_EFI_INFO,
		.u.firmware_info.index = XEN_FW_EFI_RT_VERSION,
	};

	if (HYPERVISOR_platform_op(&op))
		return U32_MAX;
	return op.u.firmware_info.u.efi_info.version;
}

/* The kernel itself takes the version of the system table for that of the services. */
static bool is_efi_2(void)
{
	return min(efi.runtime_version, services_version) >=
	       EFI_2_00_SYSTEM_TABLE_REVISION;
}

static efi_status_t get_time(efi_time_t *tm, efi_time_cap_t *tc)
{
	struct xen_platform_op op = RUNTIME_CALL(get_time);
	struct xenpf_efi_runtime_call *answer = &op.u.efi_runtime_call;
	efi_status_t status = call(&op);

	if (status != EFI_SUCCESS)
		return status;
	if (tm)
		memcpy(tm, &answer->u.get_time.time, sizeof(*tm));
	if (tc) {
		tc->resolution = answer->u.get_time.resolution;
		tc->accuracy = answer->u.get_time.accuracy;
		tc->sets_to_zero = !!(answer->misc &
				      XEN_EFI_GET_TIME_SET_CLEARS_NS);
	}
	return status;
}

static efi_status_t set_time(efi_time_t *tm)
{
	struct xen_platform_op op = RUNTIME_CALL(set_time);

	memcpy(&op.u.efi_runtime_call.u.set_time, tm, sizeof(*tm));
	return call(&op);
}

static efi_status_t get_wakeup_time(efi_bool_t *enabled, efi_bool_t *pending,
				    efi_time_t *tm)
{
	struct xen_platform_op op = RUNTIME_CALL(get_wakeup_time);
	struct xenpf_efi_runtime_call *answer = &op.u.efi_runtime_call;
	efi_status_t status = call(&op);

	if (status != EFI_SUCCESS)
		return status;
	if (tm)
		memcpy(tm, &answer->u.get_wakeup_time, sizeof(*tm));
	if (enabled)
		*enabled = !!(answer->misc & XEN_EFI_GET_WAKEUP_TIME_ENABLED);
	if (pending)
		*pending = !!(answer->misc & XEN_EFI_GET_WAKEUP_TIME_PENDING);
	return status;
}

/* Without a time, the one that is set is switched on or off. */
static efi_status_t set_wakeup_time(efi_bool_t enabled, efi_time_t *tm)
{
	struct xen_platform_op op = RUNTIME_CALL(set_wakeup_time);
	struct xenpf_efi_runtime_call *request = &op.u.efi_runtime_call;

	if (enabled)
		request->misc |= XEN_EFI_SET_WAKEUP_TIME_ENABLE;
	if (tm)
		memcpy(&request->u.set_wakeup_time, tm, sizeof(*tm));
	else
		request->misc |= XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY;
	return call(&op);
}

/* The size is an answer, too, when it is not large enough. */
static efi_status_t get_variable(efi_char16_t *name, efi_guid_t *vendor,
				 u32 *attr, unsigned long *data_size,
				 void *data)
{
	struct xen_platform_op op = RUNTIME_CALL(get_variable);
	struct xenpf_efi_runtime_call *request = &op.u.efi_runtime_call;

	if (!name || !vendor || !data_size)
		return EFI_INVALID_PARAMETER;
	request->u.get_variable.size = *data_size;
	set_xen_guest_handle(request->u.get_variable.name, name);
	set_xen_guest_handle(request->u.get_variable.data, data);
	memcpy(&request->u.get_variable.vendor_guid, vendor, sizeof(*vendor));
	if (HYPERVISOR_platform_op(&op))
		return EFI_UNSUPPORTED;

	*data_size = request->u.get_variable.size;
	if (attr)
		*attr = request->misc;
	return request->status;
}

static efi_status_t get_next_variable(unsigned long *name_size,
				      efi_char16_t *name, efi_guid_t *vendor)
{
	struct xen_platform_op op = RUNTIME_CALL(get_next_variable_name);
	struct xenpf_efi_runtime_call *request = &op.u.efi_runtime_call;

	if (!name_size || !name || !vendor)
		return EFI_INVALID_PARAMETER;
	request->u.get_next_variable_name.size = *name_size;
	set_xen_guest_handle(request->u.get_next_variable_name.name, name);
	memcpy(&request->u.get_next_variable_name.vendor_guid, vendor,
	       sizeof(*vendor));
	if (HYPERVISOR_platform_op(&op))
		return EFI_UNSUPPORTED;

	*name_size = request->u.get_next_variable_name.size;
	memcpy(vendor, &request->u.get_next_variable_name.vendor_guid,
	       sizeof(*vendor));
	return request->status;
}

static efi_status_t set_variable(efi_char16_t *name, efi_guid_t *vendor,
				 u32 attr, unsigned long data_size, void *data)
{
	struct xen_platform_op op = RUNTIME_CALL(set_variable, .misc = attr,
						 .u.set_variable.size = data_size);
	struct xenpf_efi_runtime_call *request = &op.u.efi_runtime_call;

	if (!name || !vendor)
		return EFI_INVALID_PARAMETER;
	set_xen_guest_handle(request->u.set_variable.name, name);
	set_xen_guest_handle(request->u.set_variable.data, data);
	memcpy(&request->u.set_variable.vendor_guid, vendor, sizeof(*vendor));
	return call(&op);
}

static efi_status_t query_variable_info(u32 attr, u64 *storage_space,
					u64 *remaining_space,
					u64 *max_variable_size)
{
	struct xen_platform_op op = RUNTIME_CALL(query_variable_info,
						 .u.query_variable_info.attr = attr);
	struct xenpf_efi_runtime_call *answer = &op.u.efi_runtime_call;
	efi_status_t status;

	if (!is_efi_2())
		return EFI_UNSUPPORTED;
	status = call(&op);
	if (status != EFI_SUCCESS)
		return status;
	*storage_space = answer->u.query_variable_info.max_store_size;
	*remaining_space = answer->u.query_variable_info.remain_store_size;
	*max_variable_size = answer->u.query_variable_info.max_size;
	return status;
}

static efi_status_t get_next_high_mono_count(u32 *count)
{
	struct xen_platform_op op = RUNTIME_CALL(get_next_high_monotonic_count);
	efi_status_t status;

	if (!count)
		return EFI_INVALID_PARAMETER;
	status = call(&op);
	if (status == EFI_SUCCESS)
		*count = op.u.efi_runtime_call.misc;
	return status;
}

static efi_status_t update_capsule(efi_capsule_header_t **capsules,
				   unsigned long count, unsigned long sg_list)
{
	struct xen_platform_op op = RUNTIME_CALL(update_capsule,
						 .u.update_capsule = {
							 .capsule_count = count,
							 .sg_list = sg_list,
						 });

	if (!is_efi_2())
		return EFI_UNSUPPORTED;
	set_xen_guest_handle(op.u.efi_runtime_call.u.update_capsule.capsule_header_array,
			     capsules);
	return call(&op);
}

static efi_status_t query_capsule_caps(efi_capsule_header_t **capsules,
				       unsigned long count, u64 *max_size,
				       int *reset_type)
{
	struct xen_platform_op op = RUNTIME_CALL(query_capsule_capabilities);
	struct xenpf_efi_runtime_call *answer = &op.u.efi_runtime_call;
	efi_status_t status;

	if (!is_efi_2())
		return EFI_UNSUPPORTED;
	answer->u.query_capsule_capabilities.capsule_count = count;
	set_xen_guest_handle(answer->u.query_capsule_capabilities.capsule_header_array,
			     capsules);
	status = call(&op);
	if (status != EFI_SUCCESS)
		return status;
	*max_size = answer->u.query_capsule_capabilities.max_capsule_size;
	*reset_type = answer->u.query_capsule_capabilities.reset_type;
	return status;
}

/* Xen resets the machine when dom0 ends. */
static void reset_system(int reset_type, efi_status_t status,
			 unsigned long data_size, efi_char16_t *data)
{
	xen_reboot(reset_type == EFI_RESET_SHUTDOWN ? SHUTDOWN_poweroff :
		   SHUTDOWN_reboot);
}

void __init xen_efi_runtime_setup(void)
{
	services_version = ask_version();
	efi.get_time = get_time;
	efi.set_time = set_time;
	efi.get_wakeup_time = get_wakeup_time;
	efi.set_wakeup_time = set_wakeup_time;
	efi.get_variable = get_variable;
	efi.get_next_variable = get_next_variable;
	efi.set_variable = set_variable;
	efi.set_variable_nonblocking = set_variable;
	efi.query_variable_info = query_variable_info;
	efi.query_variable_info_nonblocking = query_variable_info;
	efi.get_next_high_mono_count = get_next_high_mono_count;
	efi.update_capsule = update_capsule;
	efi.query_capsule_caps = query_capsule_caps;
	efi.reset_system = reset_system;
}
