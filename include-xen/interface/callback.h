/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry points of PV guests. Xen's public/callback.h.
 */
#ifndef _XEN_INTERFACE_CALLBACK_H
#define _XEN_INTERFACE_CALLBACK_H

#include <xen/interface/xen.h>

#define CALLBACKOP_register			0
#define CALLBACKOP_unregister			1

#define CALLBACKTYPE_event			0
#define CALLBACKTYPE_failsafe			1
#define CALLBACKTYPE_syscall			2
#define CALLBACKTYPE_sysenter_deprecated	3
#define CALLBACKTYPE_nmi			4
#define CALLBACKTYPE_sysenter			5
#define CALLBACKTYPE_syscall32			7

#define _CALLBACKF_mask_events			0
#define CALLBACKF_mask_events			(1U << _CALLBACKF_mask_events)

struct callback_register {
	uint16_t type;
	uint16_t flags;
	xen_callback_t address;
};

struct callback_unregister {
	uint16_t type;
	uint16_t _unused;
};

#endif /* _XEN_INTERFACE_CALLBACK_H */
