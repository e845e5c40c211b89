/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of the layouts that a ring can have. Xen's public/io/protocols.h.
 */
#ifndef _XEN_INTERFACE_IO_PROTOCOLS_H
#define _XEN_INTERFACE_IO_PROTOCOLS_H

#define XEN_IO_PROTO_ABI_X86_32		"x86_32-abi"
#define XEN_IO_PROTO_ABI_X86_64		"x86_64-abi"
#define XEN_IO_PROTO_ABI_POWERPC64	"powerpc64-abi"
#define XEN_IO_PROTO_ABI_ARM		"arm-abi"

#define XEN_IO_PROTO_ABI_NATIVE		XEN_IO_PROTO_ABI_X86_64

#endif /* _XEN_INTERFACE_IO_PROTOCOLS_H */
