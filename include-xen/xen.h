/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kind of domain this is. Included by generic code in kernels without Xen
 * too: everything here is then constant.
 */
#ifndef _XEN_XEN_H
#define _XEN_XEN_H

#include <linux/types.h>
#include <xen/interface/hvm/start_info.h>

/**
 * enum xen_domain_type - what this kernel runs as
 * @XEN_NATIVE: not on Xen
 * @XEN_PV_DOMAIN: never; the number is taken
 * @XEN_HVM_DOMAIN: on Xen, HVM or PVH
 */
enum xen_domain_type {
	XEN_NATIVE,
	XEN_PV_DOMAIN,
	XEN_HVM_DOMAIN,
};

/* These are set before .bss is cleared and do not change after early boot. */
#ifdef CONFIG_XEN
extern enum xen_domain_type xen_domain_type;
#else
#define xen_domain_type		XEN_NATIVE
#endif

#ifdef CONFIG_XEN_PVH
extern bool xen_pvh;
#else
#define xen_pvh			0
#endif

/* SIF_* flags of the start info; 0 in HVM guests */
extern uint32_t xen_start_flags;

/* xen_hvm_domain() is true for PVH as well, xen_pvh_domain() only for PVH. */
#define xen_domain()		(xen_domain_type != XEN_NATIVE)
#define xen_pv_domain()		(0)
#define xen_hvm_domain()	(xen_domain_type == XEN_HVM_DOMAIN)
#define xen_pvh_domain()	(xen_pvh)

#ifdef CONFIG_XEN_DOM0
#include <xen/interface/xen.h>
#include <asm/xen/hypervisor.h>

#define xen_initial_domain()	(xen_domain() && (xen_start_flags & SIF_INITDOMAIN))
#else
#define xen_initial_domain()	(0)
#endif

/* A PCI device could be passed to a PV guest: no longer */
#define xen_pv_pci_possible	0

/* Both belong to arch/x86/platform/pvh, which serves other hypervisors too. */
extern struct hvm_start_info pvh_start_info;
void xen_prepare_pvh(void);

struct bio_vec;
struct page;
struct resource;

/**
 * xen_biovec_phys_mergeable() - may a page be added to a bio vector?
 * @vec1: the vector
 * @page: the page that follows it
 *
 * Only asked where xen_domain() and where both are adjacent in the guest's
 * physical address space. That is what a device sees, too, through its IOMMU,
 * even of pages of another domain; a PV guest would have to ask for the machine's.
 *
 * Context: any, on the path of each bio.
 * Return: true.
 */
static inline bool xen_biovec_phys_mergeable(const struct bio_vec *vec1,
					     const struct page *page)
{
	return true;
}

struct resource;

/**
 * arch_xen_claim_addresses() - take physical addresses where there is nothing
 * @res: gets its place; name and flags are set
 * @size: bytes
 * @align: a power of 2
 *
 * Context: sleeps.
 * Return: 0 or a negative error.
 */
int arch_xen_claim_addresses(struct resource *res, u64 size, u64 align);

/**
 * arch_xen_release_addresses() - give them back
 * @res: from arch_xen_claim_addresses()
 *
 * Context: sleeps.
 */
void arch_xen_release_addresses(struct resource *res);

#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
/**
 * xen_alloc_unpopulated_pages() - get address space without memory
 * @nr_pages: how many pages
 * @pages: gets their struct pages
 *
 * Each page has a physical address, but nothing behind it until something is
 * mapped there.
 *
 * Context: may sleep.
 * Return: 0 with all pages, or a negative error with none.
 */
int xen_alloc_unpopulated_pages(unsigned int nr_pages, struct page **pages);

/**
 * xen_free_unpopulated_pages() - give address space back
 * @nr_pages: how many pages
 * @pages: from xen_alloc_unpopulated_pages(), with nothing mapped there
 *
 * Context: may sleep.
 */
void xen_free_unpopulated_pages(unsigned int nr_pages, struct page **pages);

/**
 * arch_xen_unpopulated_init() - where is address space without memory?
 * @res: gets the resource to allocate from
 *
 * Context: early initcall.
 * Return: 0 or a negative error.
 */
int arch_xen_unpopulated_init(struct resource **res);

#include <linux/ioport.h>
#else
#include <xen/balloon.h>

static inline int xen_alloc_unpopulated_pages(unsigned int nr_pages,
					      struct page **pages)
{
	return xen_alloc_ballooned_pages(nr_pages, pages);
}

static inline void xen_free_unpopulated_pages(unsigned int nr_pages,
					      struct page **pages)
{
	xen_free_ballooned_pages(nr_pages, pages);
}
#endif

#if defined(CONFIG_XEN_DOM0) && defined(CONFIG_ACPI)
/**
 * xen_processor_present() - is a processor of the ACPI tables there?
 * @acpi_id: its ACPI id
 *
 * Dom0's vCPUs are not the machine's processors, so it has to ask Xen.
 *
 * Context: boot, from the ACPI device scan.
 */
bool xen_processor_present(uint32_t acpi_id);
#else
static inline bool xen_processor_present(uint32_t acpi_id)
{
	/* Never reached: xen_initial_domain() is 0 without XEN_DOM0. */
	return false;
}
#endif

#endif /* _XEN_XEN_H */
