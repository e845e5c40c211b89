/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the Xen support need from each other: vCPUs, suspend, time,
 * and memory of other domains.
 */
#ifndef _XEN_XEN_OPS_H
#define _XEN_XEN_OPS_H

/* Drivers rely on these to arrive with this header. */
#include <linux/percpu.h>
#include <linux/notifier.h>
#include <linux/efi.h>
#include <linux/virtio_anchor.h>

#include <xen/features.h>
#include <asm/xen/interface.h>
#include <xen/interface/vcpu.h>

struct page;
struct virtio_device;
struct vm_area_struct;

/* vCPUs */

/* What Xen shares with this CPU: pending events and the clock */
DECLARE_PER_CPU(struct vcpu_info *, xen_vcpu);

/* Xen's number of each CPU; XEN_VCPU_ID_INVALID until it is known */
DECLARE_PER_CPU(uint32_t, xen_vcpu_id);

#define XEN_VCPU_ID_INVALID	U32_MAX

/**
 * xen_vcpu_nr() - Xen's number of a CPU
 * @cpu: Linux' number
 *
 * Context: any.
 */
static inline uint32_t xen_vcpu_nr(int cpu)
{
	return per_cpu(xen_vcpu_id, cpu);
}

/* Suspend and reboot */

/**
 * xen_arch_pre_suspend() - last step before the domain is suspended
 *
 * Context: one CPU, interrupts off.
 */
void xen_arch_pre_suspend(void);

/**
 * xen_arch_post_suspend() - first step afterwards
 * @suspend_cancelled: not 0 if it is the same life as before
 *
 * Context: one CPU, interrupts off.
 */
void xen_arch_post_suspend(int suspend_cancelled);

/**
 * xen_restore_failed() - a restored domain lacks what it cannot go on without
 * @cpu: a CPU
 * @what: what is missing, for the log
 *
 * The domain ends as crashed, unless the CPU is offline.
 *
 * Context: after a restore, on one CPU with interrupts off.
 */
void xen_restore_failed(unsigned int cpu, const char *what);

/**
 * xen_arch_suspend() - stop what runs on each CPU
 *
 * Context: process context, before the CPUs are stopped.
 */
void xen_arch_suspend(void);

/**
 * xen_arch_resume() - start it again
 *
 * Context: process context, with all CPUs running.
 */
void xen_arch_resume(void);

/**
 * xen_timer_resume() - start the timers of all CPUs again
 *
 * Context: one CPU, interrupts off.
 */
void xen_timer_resume(void);

/**
 * xen_resume_notifier_register() - be told about a resume
 * @nb: called before devices are resumed
 */
void xen_resume_notifier_register(struct notifier_block *nb);

/**
 * xen_resume_notifier_unregister() - do not want to know any more
 * @nb: as registered
 */
void xen_resume_notifier_unregister(struct notifier_block *nb);

/**
 * xen_setup_shutdown_event() - listen to the tool stack's shutdown requests
 *
 * Return: 0, or -ENODEV without Xen.
 */
int xen_setup_shutdown_event(void);

/**
 * xen_reboot() - end this domain
 * @reason: SHUTDOWN_*
 *
 * Context: any. Returns only if Xen does not act, which it always does on the
 * reasons that end a domain.
 */
void xen_reboot(int reason);

/* Time */

/**
 * xen_vcpu_stolen() - is a vCPU ready to run but not running?
 * @vcpu: Linux' number of the CPU
 *
 * Context: any.
 */
bool xen_vcpu_stolen(int vcpu);

/**
 * xen_setup_runstate_info() - have Xen tell in which state a vCPU is
 * @cpu: the CPU
 *
 * Context: boot, resume, or a CPU coming up.
 */
void xen_setup_runstate_info(int cpu);

/**
 * xen_time_setup_guest() - account for stolen time
 *
 * Context: boot.
 */
void xen_time_setup_guest(void);

/**
 * xen_manage_runstate_time() - keep the times of all vCPUs through a suspend
 * @action: -1 before the suspend, 0 after a resume, 1 after a cancelled suspend
 */
void xen_manage_runstate_time(int action);

/**
 * xen_get_runstate_snapshot() - state of this vCPU
 * @res: gets a consistent copy
 *
 * Context: preemption off.
 */
void xen_get_runstate_snapshot(struct vcpu_runstate_info *res);

/**
 * xen_steal_clock() - time in which a vCPU was ready but did not run
 * @cpu: the CPU
 *
 * Return: ns
 */
u64 xen_steal_clock(int cpu);

/* Memory of other domains, mapped for user space */

#ifdef CONFIG_XEN_AUTO_XLATE
/**
 * xen_xlate_remap_gfn_array() - map frames of another domain
 * @vma: where, with the mmap lock held for writing
 * @addr: from which address on
 * @gfn: the frames
 * @nr: how many
 * @err_ptr: gets an error, or 0, for each frame
 * @prot: protection of the mapping
 * @domid: the domain
 * @pages: pages without memory, one for each frame
 *
 * Context: may sleep.
 * Return: how many were mapped, or a negative error.
 */
int xen_xlate_remap_gfn_array(struct vm_area_struct *vma, unsigned long addr,
			      xen_pfn_t *gfn, int nr, int *err_ptr,
			      pgprot_t prot, unsigned int domid,
			      struct page **pages);

/**
 * xen_xlate_unmap_gfn_range() - undo it
 * @vma: where
 * @nr: how many frames
 * @pages: as for the mapping
 *
 * Context: may sleep.
 * Return: 0.
 */
int xen_xlate_unmap_gfn_range(struct vm_area_struct *vma, int nr,
			      struct page **pages);
#else
static inline int xen_xlate_remap_gfn_array(struct vm_area_struct *vma,
					    unsigned long addr, xen_pfn_t *gfn,
					    int nr, int *err_ptr,
					    pgprot_t prot, unsigned int domid,
					    struct page **pages)
{
	return -EOPNOTSUPP;
}

static inline int xen_xlate_unmap_gfn_range(struct vm_area_struct *vma, int nr,
					    struct page **pages)
{
	return -EOPNOTSUPP;
}
#endif

/* An auto-translated guest maps in one way only. */
#define xen_remap_domain_gfn_array	xen_xlate_remap_gfn_array

static inline int xen_remap_domain_mfn_array(struct vm_area_struct *vma,
					     unsigned long addr,
					     xen_pfn_t *mfn, int nr,
					     int *err_ptr, pgprot_t prot,
					     unsigned int domid)
{
	return -EOPNOTSUPP;
}

static inline int xen_remap_domain_gfn_range(struct vm_area_struct *vma,
					     unsigned long addr, xen_pfn_t gfn,
					     int nr, pgprot_t prot,
					     unsigned int domid,
					     struct page **pages)
{
	return -EOPNOTSUPP;
}

/**
 * xen_remap_vma_range() - map pages of another domain into user space
 * @vma: where
 * @addr: from which address on
 * @len: length in bytes
 *
 * Context: mmap lock held for writing.
 * Return: 0 or a negative error.
 */
int xen_remap_vma_range(struct vm_area_struct *vma, unsigned long addr,
			unsigned long len);

/**
 * xen_unmap_domain_gfn_range() - take frames of another domain away
 * @vma: where they are mapped
 * @numpgs: how many
 * @pages: as for the mapping
 *
 * Context: may sleep.
 * Return: 0 or a negative error.
 */
int xen_unmap_domain_gfn_range(struct vm_area_struct *vma, int numpgs,
			       struct page **pages);

/**
 * xen_xlate_map_ballooned_pages() - get a range of frames without memory
 * @pfns: gets an array of them, to be freed with kfree()
 * @vaddr: gets the address at which they are mapped
 * @nr_grant_frames: how many
 *
 * Context: boot.
 * Return: 0 or a negative error.
 */
int xen_xlate_map_ballooned_pages(xen_pfn_t **pfns, void **vaddr,
				  unsigned long nr_grant_frames);

/* The rest */

/**
 * xen_running_on_version_or_later() - compare Xen's version
 * @major: the version
 * @minor: the version
 *
 * Return: false without Xen.
 */
bool xen_running_on_version_or_later(unsigned int major, unsigned int minor);

/**
 * xen_efi_runtime_setup() - let Xen make dom0's EFI runtime calls
 *
 * Context: boot.
 */
void xen_efi_runtime_setup(void);

/* Long hypercalls of user space could be preempted in PV guests only. */
static inline void xen_preemptible_hcall_begin(void)
{
}

static inline void xen_preemptible_hcall_end(void)
{
}

#ifdef CONFIG_XEN_GRANT_DMA_OPS
/**
 * xen_virtio_restricted_mem_acc() - does a virtio device need grants?
 * @dev: the device
 *
 * Return: true where it has to use the DMA API.
 */
bool xen_virtio_restricted_mem_acc(struct virtio_device *dev);
#else
static inline bool xen_virtio_restricted_mem_acc(struct virtio_device *dev)
{
	return false;
}
#endif

#endif /* _XEN_XEN_OPS_H */
