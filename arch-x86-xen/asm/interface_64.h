/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Register layouts of the hypervisor ABI on x86-64.
 *
 * Xen's public/arch-x86/xen-x86_64.h. Segments, iret frames and the like exist
 * only for PV guests and are left out.
 */
#ifndef _ASM_X86_XEN_INTERFACE_64_H
#define _ASM_X86_XEN_INTERFACE_64_H

#ifndef __ASSEMBLY__

/* Each general register under its 64-bit and its 32-bit name */
#define __XEN_REG(name) union { u64 r##name, e##name; u32 _e##name; }

struct cpu_user_regs {
	u64 r15, r14, r13, r12;
	__XEN_REG(bp);
	__XEN_REG(bx);
	u64 r11, r10, r9, r8;
	__XEN_REG(ax);
	__XEN_REG(cx);
	__XEN_REG(dx);
	__XEN_REG(si);
	__XEN_REG(di);
	u32 error_code, entry_vector;
	__XEN_REG(ip);
	u16 cs, _pad0[1];
	u8 saved_upcall_mask, _pad1[3];
	__XEN_REG(flags);
	__XEN_REG(sp);
	u16 ss, _pad2[3];
	u16 es, _pad3[3];
	u16 ds, _pad4[3];
	u16 fs, _pad5[3];
	u16 gs, _pad6[3];
};
DEFINE_GUEST_HANDLE_STRUCT(cpu_user_regs);

#undef __XEN_REG

XEN_ABI_SIZE(struct cpu_user_regs, 200);

#endif /* !__ASSEMBLY__ */

#endif /* _ASM_X86_XEN_INTERFACE_64_H */
