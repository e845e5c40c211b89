// SPDX-License-Identifier: GPL-2.0
/*
 * Detection of Xen and the start of everything that runs on it.
 *
 * The kernel finds Xen by CPUID whether it came in through the PVH entry point or
 * as an ordinary bzImage in an HVM guest, and calls the hooks in
 * x86_hyper_xen_hvm. xen_platform_init() below lists what is set up, in order.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/virtio_anchor.h>

#include <asm/apic.h>
#include <asm/cpuid.h>
#include <asm/hypervisor.h>
#include <asm/x86_init.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include <xen/features.h>
#include <xen/hvc-console.h>
#include <xen/interface/version.h>

#include "xen-arch.h"

/* PVH boot sets these before .bss is cleared; they are in another section. */
enum xen_domain_type xen_domain_type __ro_after_init;
EXPORT_SYMBOL_GPL(xen_domain_type);

u32 xen_start_flags __ro_after_init;
EXPORT_SYMBOL(xen_start_flags);

/* Only a PV guest would have one. */
struct start_info *xen_start_info;
EXPORT_SYMBOL_GPL(xen_start_info);

static bool xen_nopv __initdata;

static int __init parse_nopv(char *arg)
{
	pr_notice("\"xen_nopv\" is deprecated, use \"nopv\"\n");
	xen_nopv = true;
	return 0;
}
early_param("xen_nopv", parse_nopv);

/**
 * xen_hvm_cpuid_has() - test a flag of Xen's HVM leaf
 * @flag: XEN_HVM_CPUID_*
 */
bool xen_hvm_cpuid_has(u32 flag)
{
	u32 base = xen_cpuid_base();

	if (!base || cpuid_eax(base) < base + 4)
		return false;
	return cpuid_eax(base + 4) & flag;
}

/**
 * xen_running_on_version_or_later() - compare Xen's version
 * @major: major number
 * @minor: minor number
 *
 * Return: true when running on Xen @major.@minor or newer.
 */
bool xen_running_on_version_or_later(unsigned int major, unsigned int minor)
{
	int version;

	if (!xen_domain())
		return false;
	version = HYPERVISOR_xen_version(XENVER_version, NULL);
	return version >= (int)(major << 16 | minor);
}

/**
 * xen_debugfs_dir() - the directory "xen" of debugfs
 *
 * Return: the directory, made on first use. As with all of debugfs, callers may
 * pass on whatever they get.
 */
struct dentry * __init xen_debugfs_dir(void)
{
	static struct dentry *dir;

	if (!dir)
		dir = debugfs_create_dir("xen", NULL);
	return dir;
}

static void __init xen_banner(void)
{
	int version = HYPERVISOR_xen_version(XENVER_version, NULL);
	struct xen_extraversion extra = {};

	HYPERVISOR_xen_version(XENVER_extraversion, &extra);
	extra.extraversion[sizeof(extra.extraversion) - 1] = '\0';
	pr_info("%s%s on Xen %d.%d%s\n",
		xen_pvh_domain() ? "PVH" : "PVHVM",
		xen_initial_domain() ? " dom0" : " guest",
		version >> 16, version & 0xffff, extra.extraversion);
}

static void __init xen_stay_native(void)
{
	x86_init.hyper.guest_late_init = x86_init_noop;
	xen_domain_type = XEN_NATIVE;
}

/* A PVH domain has nothing else to run on; an HVM domain has emulated devices. */
static bool __init xen_features_suffice(void)
{
	const char *missing = xen_missing_feature();

	if (!missing)
		return true;
	if (xen_pvh) {
		xen_raw_printk("xen: this Xen lacks the feature %s, which PVH needs\n",
			       missing);
		xen_crash();
	}
	pr_err("this Xen lacks the feature %s: using emulated devices only\n",
	       missing);
	return false;
}

static void __init xen_platform_init(void)
{
	if ((nopv || xen_nopv) && !xen_pvh) {
		pr_info("paravirtual interfaces are off by nopv\n");
		xen_stay_native();
		x86_init.hyper.guest_late_init = xen_pvh_refuse_nopv;
		return;
	}

	xen_hypercall_select_instruction();
	xen_hypercall_init(xen_cpuid_base());
	xen_setup_features();
	if (!xen_features_suffice()) {
		xen_stay_native();
		return;
	}
	xen_domain_type = XEN_HVM_DOMAIN;
	pv_info.name = xen_pvh ? "Xen PVH" : "Xen HVM";
	x86_init.oem.banner = xen_banner;

	xen_vcpu_set_id(0);
	xen_power_ops_init();
	if (xen_shared_info_map()) {
		if (xen_pvh)
			xen_crash();
		xen_power_hvm_init();
		xen_stay_native();
		return;
	}
	xen_time_ops_init();
	xen_irq_ops_init();
	xen_smp_ops_init();
	xen_mmu_ops_init();
	if (IS_ENABLED(CONFIG_XEN_VIRTIO_FORCE_GRANT))
		virtio_set_mem_acc_cb(xen_virtio_restricted_mem_acc);
	xen_unplug_emulated_devices();
}

static bool __init xen_x2apic_available(void)
{
	return x2apic_supported();
}

static bool __init xen_msi_ext_dest_id(void)
{
	return xen_hvm_cpuid_has(XEN_HVM_CPUID_EXT_DEST_ID);
}

static u32 __init xen_detect(void)
{
	return xen_cpuid_base();
}

struct hypervisor_x86 x86_hyper_xen_hvm __initdata = {
	.name			= "Xen HVM",
	.detect			= xen_detect,
	.type			= X86_HYPER_XEN_HVM,
	.init.init_platform	= xen_platform_init,
	.init.guest_late_init	= xen_pvh_late_init,
	.init.x2apic_available	= xen_x2apic_available,
	.init.msi_ext_dest_id	= xen_msi_ext_dest_id,
#ifdef CONFIG_XEN_DOM0
	.runtime.pin_vcpu	= xen_pin_vcpu,
#endif
	/* PVH cannot do without; xen_platform_init() obeys nopv on HVM. */
	.ignore_nopv		= true,
};
