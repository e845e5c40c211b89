/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Features that this Xen offers to this domain.
 */
#ifndef _XEN_FEATURES_H
#define _XEN_FEATURES_H

#include <linux/types.h>
#include <xen/interface/features.h>

/* One byte for each XENFEAT_*, read through xen_feature() */
extern u8 xen_features[XENFEAT_NR_SUBMAPS * 32];

/**
 * xen_setup_features() - ask Xen for its features (XENVER_get_features)
 *
 * Context: boot, as soon as hypercalls work.
 */
void xen_setup_features(void);

/**
 * xen_feature() - does this Xen offer a feature?
 * @flag: XENFEAT_*
 *
 * Context: any, after xen_setup_features().
 */
static inline int xen_feature(int flag)
{
	return xen_features[flag];
}

#endif /* _XEN_FEATURES_H */
