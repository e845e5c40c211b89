/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hypervisor ABI: numbers of hypercalls and virtual interrupts, and the
 * structures that Xen shares with a domain. Xen's public/xen.h.
 *
 * Must not include generated headers: scripts/xen-hypercalls.sh preprocesses
 * this file before there are any. Include linux/types.h first.
 */
#ifndef _XEN_INTERFACE_XEN_H
#define _XEN_INTERFACE_XEN_H

#include <asm/xen/interface.h>

/*
 * Hypercalls. scripts/xen-hypercalls.sh reads this list, so it has all of them,
 * those for PV guests included.
 */
#define __HYPERVISOR_set_trap_table			0
#define __HYPERVISOR_mmu_update				1
#define __HYPERVISOR_set_gdt				2
#define __HYPERVISOR_stack_switch			3
#define __HYPERVISOR_set_callbacks			4
#define __HYPERVISOR_fpu_taskswitch			5
#define __HYPERVISOR_sched_op_compat			6
#define __HYPERVISOR_platform_op			7
#define __HYPERVISOR_set_debugreg			8
#define __HYPERVISOR_get_debugreg			9
#define __HYPERVISOR_update_descriptor			10
#define __HYPERVISOR_memory_op				12
#define __HYPERVISOR_multicall				13
#define __HYPERVISOR_update_va_mapping			14
#define __HYPERVISOR_set_timer_op			15
#define __HYPERVISOR_event_channel_op_compat		16
#define __HYPERVISOR_xen_version			17
#define __HYPERVISOR_console_io				18
#define __HYPERVISOR_physdev_op_compat			19
#define __HYPERVISOR_grant_table_op			20
#define __HYPERVISOR_vm_assist				21
#define __HYPERVISOR_update_va_mapping_otherdomain	22
#define __HYPERVISOR_iret				23
#define __HYPERVISOR_vcpu_op				24
#define __HYPERVISOR_set_segment_base			25
#define __HYPERVISOR_mmuext_op				26
#define __HYPERVISOR_xsm_op				27
#define __HYPERVISOR_nmi_op				28
#define __HYPERVISOR_sched_op				29
#define __HYPERVISOR_callback_op			30
#define __HYPERVISOR_xenoprof_op			31
#define __HYPERVISOR_event_channel_op			32
#define __HYPERVISOR_physdev_op				33
#define __HYPERVISOR_hvm_op				34
#define __HYPERVISOR_sysctl				35
#define __HYPERVISOR_domctl				36
#define __HYPERVISOR_kexec_op				37
#define __HYPERVISOR_tmem_op				38
#define __HYPERVISOR_argo_op				39
#define __HYPERVISOR_xenpmu_op				40
#define __HYPERVISOR_dm_op				41
#define __HYPERVISOR_hypfs_op				42
#define __HYPERVISOR_arch_0				48
#define __HYPERVISOR_arch_1				49
#define __HYPERVISOR_arch_2				50
#define __HYPERVISOR_arch_3				51
#define __HYPERVISOR_arch_4				52
#define __HYPERVISOR_arch_5				53
#define __HYPERVISOR_arch_6				54
#define __HYPERVISOR_arch_7				55

/*
 * Virtual interrupts. TIMER, DEBUG, XENOPROF and XENPMU exist once for each
 * vCPU, the others once for the domain or once for the whole machine.
 */
#define VIRQ_TIMER		0
#define VIRQ_DEBUG		1
#define VIRQ_CONSOLE		2	/* dom0: input on Xen's console */
#define VIRQ_DOM_EXC		3	/* dom0: a domain has changed its state */
#define VIRQ_TBUF		4	/* dom0: trace buffers are filling up */
#define VIRQ_DEBUGGER		6	/* dom0: a domain waits for its debugger */
#define VIRQ_XENOPROF		7
#define VIRQ_CON_RING		8	/* dom0: output on Xen's console */
#define VIRQ_PCPU_STATE		9	/* dom0: a processor came or went */
#define VIRQ_MEM_EVENT		10
#define VIRQ_ARGO		11
#define VIRQ_ENOMEM		12	/* dom0: Xen is short of memory */
#define VIRQ_XENPMU		13
#define VIRQ_ARCH_0		16	/* x86: a machine check */
#define VIRQ_ARCH_1		17
#define VIRQ_ARCH_2		18
#define VIRQ_ARCH_3		19
#define VIRQ_ARCH_4		20
#define VIRQ_ARCH_5		21
#define VIRQ_ARCH_6		22
#define VIRQ_ARCH_7		23
#define NR_VIRQS		24

/* console_io */
#define CONSOLEIO_write		0
#define CONSOLEIO_read		1

/* vm_assist: what to do, with which of Xen's services */
#define VMASST_CMD_enable			0
#define VMASST_CMD_disable			1

#define VMASST_TYPE_4gb_segments		0
#define VMASST_TYPE_4gb_segments_notify		1
#define VMASST_TYPE_writable_pagetables		2
#define VMASST_TYPE_pae_extended_cr3		3
#define VMASST_TYPE_architectural_iopl		4
#define VMASST_TYPE_runstate_update_flag	5	/* see XEN_RUNSTATE_UPDATE */

/* Domain ids that are not domains */
#define DOMID_FIRST_RESERVED	0x7FF0U
#define DOMID_SELF		0x7FF0U
#define DOMID_IO		0x7FF1U
#define DOMID_XEN		0x7FF2U
#define DOMID_COW		0x7FF3U
#define DOMID_INVALID		0x7FF4U
#define DOMID_IDLE		0x7FFFU

/* Flags with which a domain is started, also in struct hvm_start_info */
#define SIF_PRIVILEGED		(1 << 0)
#define SIF_INITDOMAIN		(1 << 1)
#define SIF_MULTIBOOT_MOD	(1 << 2)
#define SIF_MOD_START_PFN	(1 << 3)
#define SIF_VIRT_P2M_4TOOLS	(1 << 4)
#define SIF_PM_MASK		(0xff << 8)

#ifndef __ASSEMBLY__

typedef uint16_t domid_t;
typedef uint8_t xen_domain_handle_t[16];

DEFINE_GUEST_HANDLE(u64);

struct multicall_entry {
	xen_ulong_t op;
	xen_long_t result;
	xen_ulong_t args[6];
};
DEFINE_GUEST_HANDLE_STRUCT(multicall_entry);

/*
 * Clock of a vCPU: system time advances with the TSC from system_time, which it
 * had at tsc_timestamp. An odd version, or one that changes while the rest is
 * read, means that Xen is writing. The same as struct pvclock_vcpu_time_info.
 */
struct vcpu_time_info {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	int8_t pad1[3];
};

/*
 * What Xen shares with a vCPU. A bit of evtchn_pending_sel stands for a word of
 * evtchn_pending in which there is an event for this vCPU. The mask is not
 * looked at for HVM and PVH.
 */
struct vcpu_info {
	uint8_t evtchn_upcall_pending;
	uint8_t evtchn_upcall_mask;
	xen_ulong_t evtchn_pending_sel;
	struct arch_vcpu_info arch;
	struct pvclock_vcpu_time_info time;
};

/* What Xen shares with a domain. wc is the wall clock at system time 0. */
struct shared_info {
	struct vcpu_info vcpu_info[MAX_VIRT_CPUS];

	/* A bit for each port: two words for each bit of pending_sel */
	xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8];
	xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];

	struct pvclock_wall_clock wc;
	uint32_t wc_sec_hi;

	struct arch_shared_info arch;
};

XEN_ABI_SIZE(struct vcpu_time_info, 32);
XEN_ABI_SIZE(struct pvclock_vcpu_time_info, 32);
XEN_ABI_SIZE(struct vcpu_info, 64);
XEN_ABI_SIZE(struct shared_info, 64 * MAX_VIRT_CPUS + 1024 + 16 + 48);

#define MAX_GUEST_CMDLINE	1024

/* Start information of PV guests, for code which names its members */
struct start_info {
	char magic[32];
	unsigned long nr_pages;
	unsigned long shared_info;
	uint32_t flags;
	xen_pfn_t store_mfn;
	uint32_t store_evtchn;
	union {
		struct {
			xen_pfn_t mfn;
			uint32_t evtchn;
		} domU;
		struct {
			uint32_t info_off;
			uint32_t info_size;
		} dom0;
	} console;
	unsigned long pt_base;
	unsigned long nr_pt_frames;
	unsigned long mfn_list;
	unsigned long mod_start;
	unsigned long mod_len;
	int8_t cmd_line[MAX_GUEST_CMDLINE];
	unsigned long first_p2m_pfn;
	unsigned long nr_p2m_frames;
};

#define XEN_VGATYPE_TEXT_MODE_3	0x03
#define XEN_VGATYPE_VESA_LFB	0x23
#define XEN_VGATYPE_EFI_LFB	0x70

/* The screen as Xen leaves it to dom0 */
struct dom0_vga_console_info {
	uint8_t video_type;
	union {
		struct {
			uint16_t font_height;
			uint16_t cursor_x, cursor_y;
			uint16_t rows, columns;
		} text_mode_3;

		/* An older Xen ends before gbl_caps, or before ext_lfb_base. */
		struct {
			uint16_t width, height;
			uint16_t bytes_per_line;
			uint16_t bits_per_pixel;
			uint32_t lfb_base;
			uint32_t lfb_size;
			uint8_t red_pos, red_size;
			uint8_t green_pos, green_size;
			uint8_t blue_pos, blue_size;
			uint8_t rsvd_pos, rsvd_size;
			uint32_t gbl_caps;
			uint16_t mode_attrs;
			uint16_t pad;
			uint32_t ext_lfb_base;
		} vesa_lfb;
	} u;
};

#endif /* !__ASSEMBLY__ */

#endif /* _XEN_INTERFACE_XEN_H */
