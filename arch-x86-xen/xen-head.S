/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What Xen finds in the kernel image (ELF notes, see public/elfnote.h), and the
 * code with which the kernel enters Xen.
 *
 * head_64.S includes this file in every configuration.
 */
#ifdef CONFIG_XEN

#include <linux/elfnote.h>
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/asm-offsets.h>
#include <asm/nospec-branch.h>
#include <asm/page_types.h>
#include <asm/smap.h>
#include <asm/unwind_hints.h>
#include <xen/interface/elfnote.h>
#include <xen/interface/features.h>

/*
 * The hypercall entries are C functions of six arguments: five for Xen, then
 * the hypercall's number. C passes the fourth and the number where Xen does
 * not look for them; everything that Xen may change is call-clobbered in C.
 */
.macro HYPERCALL_ABI_FROM_C
	movq	%rcx, %r10
	movl	%r9d, %eax
.endm

.pushsection .text, "ax"

SYM_FUNC_START(xen_hypercall_vmcall)
	HYPERCALL_ABI_FROM_C
	vmcall
	RET
SYM_FUNC_END(xen_hypercall_vmcall)

SYM_FUNC_START(xen_hypercall_vmmcall)
	HYPERCALL_ABI_FROM_C
	vmmcall
	RET
SYM_FUNC_END(xen_hypercall_vmmcall)

/* Hypercalls on behalf of user space: Xen follows pointers to user pages. */
SYM_FUNC_START(xen_hypercall_user_vmcall)
	HYPERCALL_ABI_FROM_C
	ASM_STAC
	vmcall
	ASM_CLAC
	RET
SYM_FUNC_END(xen_hypercall_user_vmcall)

SYM_FUNC_START(xen_hypercall_user_vmmcall)
	HYPERCALL_ABI_FROM_C
	ASM_STAC
	vmmcall
	ASM_CLAC
	RET
SYM_FUNC_END(xen_hypercall_user_vmmcall)

/* xen_hypercall=page: 32 bytes of Xen's own code for each hypercall. */
SYM_FUNC_START(xen_hypercall_through_page)
	HYPERCALL_ABI_FROM_C
	movl	%eax, %r11d
	shll	$5, %r11d
	addq	$xen_hypercall_page, %r11
	JMP_NOSPEC r11
SYM_FUNC_END(xen_hypercall_through_page)

/*
 * Xen writes this page when its address goes to the hypercall MSR, around the
 * kernel's read-only mapping. Until then every entry traps.
 */
	.balign PAGE_SIZE, 0xcc
SYM_CODE_START_NOALIGN(xen_hypercall_page)
	UNWIND_HINT_UNDEFINED
	.fill	PAGE_SIZE, 1, 0xcc
SYM_CODE_END(xen_hypercall_page)

.popsection

	ELFNOTE(Xen, XEN_ELFNOTE_GUEST_OS,	.asciz "linux")
	ELFNOTE(Xen, XEN_ELFNOTE_GUEST_VERSION,	.asciz "2.6")
	ELFNOTE(Xen, XEN_ELFNOTE_XEN_VERSION,	.asciz "xen-3.0")
	ELFNOTE(Xen, XEN_ELFNOTE_LOADER,	.asciz "generic")
	ELFNOTE(Xen, XEN_ELFNOTE_SUSPEND_CANCEL, .quad 1)

#ifdef CONFIG_XEN_DOM0
#define NOTE_DOM0	(1 << XENFEAT_dom0)
#else
#define NOTE_DOM0	0
#endif
#ifdef CONFIG_XEN_PVH
#define NOTE_PVH	(1 << XENFEAT_linux_rsdp_unrestricted)
#else
#define NOTE_PVH	0
#endif
	ELFNOTE(Xen, XEN_ELFNOTE_SUPPORTED_FEATURES,
		.long (NOTE_DOM0 | NOTE_PVH))

#ifdef CONFIG_SMP
/*
 * Where Xen starts a CPU (VCPUOP_initialise). Its segments are those of 64-bit mode,
 * but with selectors of 0: after the first exception it would return to nowhere. So it
 * gets a code segment that has a selector, from a table that serves until the kernel
 * loads its own.
 */
.pushsection .rodata, "a"
	.balign 8
SYM_DATA_START_LOCAL(cpu_start_gdt)
	.quad	0
	.quad	0
	.quad	0x00af9b000000ffff	/* __KERNEL_CS */
	.quad	0x00cf93000000ffff	/* __KERNEL_DS */
SYM_DATA_END_LABEL(cpu_start_gdt, SYM_L_LOCAL, cpu_start_gdt_end)

SYM_DATA_START_LOCAL(cpu_start_gdt_pointer)
	.word	cpu_start_gdt_end - cpu_start_gdt - 1
	.quad	cpu_start_gdt
SYM_DATA_END(cpu_start_gdt_pointer)
.popsection

.pushsection .text, "ax"
SYM_CODE_START(xen_cpu_start_entry)
	UNWIND_HINT_END_OF_STACK
	ANNOTATE_NOENDBR
	lgdt	cpu_start_gdt_pointer(%rip)
	pushq	$__KERNEL_CS
	leaq	secondary_startup_64(%rip), %rax
	pushq	%rax
	lretq
SYM_CODE_END(xen_cpu_start_entry)
.popsection
#endif /* CONFIG_SMP */

#endif /* CONFIG_XEN */
