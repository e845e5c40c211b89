// SPDX-License-Identifier: GPL-2.0
/*
 * The feature bits of this Xen, and those without which a guest cannot run.
 *
 * See public/features.h for the meaning of each bit.
 */
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/kernel.h>

#include <asm/xen/hypercall.h>

#include <xen/features.h>
#include <xen/interface/features.h>
#include <xen/interface/version.h>

#include "xen-arch.h"

u8 xen_features[XENFEAT_NR_SUBMAPS * 32] __read_mostly;
EXPORT_SYMBOL_GPL(xen_features);

static const struct {
	unsigned int bit;
	const char *name;
} needed[] = {
	{ XENFEAT_auto_translated_physmap, "auto_translated_physmap" },
	{ XENFEAT_hvm_callback_vector, "hvm_callback_vector" },
	{ XENFEAT_hvm_safe_pvclock, "hvm_safe_pvclock" },
};

/**
 * xen_setup_features() - read the feature bits
 *
 * A submap that Xen does not know counts as all clear.
 */
void xen_setup_features(void)
{
	struct xen_feature_info info;
	unsigned int submap, bit;

	for (submap = 0; submap < XENFEAT_NR_SUBMAPS; submap++) {
		info.submap_idx = submap;
		if (HYPERVISOR_xen_version(XENVER_get_features, &info) < 0)
			info.submap = 0;
		for (bit = 0; bit < 32; bit++)
			xen_features[submap * 32 + bit] =
				!!(info.submap & BIT(bit));
	}
}

/**
 * xen_missing_feature() - is anything absent that we cannot do without?
 *
 * Return: the first such feature's name, NULL when all are there.
 */
const char *xen_missing_feature(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (!xen_feature(needed[i].bit))
			return needed[i].name;
	return NULL;
}
