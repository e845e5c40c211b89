/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/privcmd and /dev/xen/hypercall in calls that return 0 or an errno.
 *
 * The kernel's header needs one of the kernel's own, and older ones lack the newer
 * requests: so here is what it says.
 */
#ifndef PRIVCMDDEV_H
#define PRIVCMDDEV_H

#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define PD_DEVICE	"/dev/xen/privcmd"
#define PD_BUF_DEVICE	"/dev/xen/hypercall"
#define PD_PAGE		4096UL

/* On the command line: files of a guest may be used on any domain. */
#define PD_PARAM	"xen_privcmd.unrestricted"

/* What a guest without a target may reach: nobody */
#define PD_DOMID_IDLE	0x7fff
#define PD_DOMID_NONE	0x7ff4

#define PD_V1_FAILED	0xf0000000UL
#define PD_V1_PAGED	0x80000000UL

#define PD_XEN_VERSION	17

struct pd_hypercall {
	uint64_t op;
	uint64_t arg[5];
};

/* Of both versions: the first has no err. */
struct pd_batch {
	uint32_t num;
	uint16_t dom;
	uint64_t addr;
	uint64_t *arr;
	int32_t *err;
};

struct pd_dm_op_buf {
	void *ptr;
	uint64_t size;
};

struct pd_dm_op {
	uint16_t dom;
	uint16_t num;
	struct pd_dm_op_buf *bufs;
};

struct pd_resource {
	uint16_t dom;
	uint32_t type;
	uint32_t id;
	uint32_t idx;
	uint64_t num;
	uint64_t addr;
};

struct pd_irqfd {
	uint64_t dm_op;
	uint32_t size;
	uint32_t fd;
	uint32_t flags;
	uint16_t dom;
	uint8_t pad[2];
};

struct pd_ioeventfd {
	uint64_t ioreq;
	uint64_t ports;
	uint64_t addr;
	uint32_t addr_len;
	uint32_t event_fd;
	uint32_t vcpus;
	uint32_t vq;
	uint32_t flags;
	uint16_t dom;
	uint8_t pad[2];
};

#define PD_FLAG_DEASSIGN	1

/* First word of a dm_op */
#define PD_DMOP_SET_MEM_TYPE	12
#define PD_DMOP_INJECT_MSI	14

#define PD_NR(nr, type)		_IOC(_IOC_NONE, 'P', nr, sizeof(type))
#define PD_HYPERCALL		PD_NR(0, struct pd_hypercall)
#define PD_MMAP			_IOC(_IOC_NONE, 'P', 2, 16)
#define PD_MMAPBATCH		_IOC(_IOC_NONE, 'P', 3, 24)
#define PD_MMAPBATCH_V2		PD_NR(4, struct pd_batch)
#define PD_DM_OP		PD_NR(5, struct pd_dm_op)
#define PD_RESTRICT		PD_NR(6, uint16_t)
#define PD_MMAP_RESOURCE	PD_NR(7, struct pd_resource)
#define PD_IRQFD		_IOW('P', 8, struct pd_irqfd)
#define PD_IOEVENTFD		_IOW('P', 9, struct pd_ioeventfd)
#define PD_PCIDEV_GET_GSI	_IOC(_IOC_NONE, 'P', 10, 8)

static inline int pd_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? errno : 0;
}

/* Addresses for @nr frames, with nothing there. */
static inline char *pd_reserve(int fd, unsigned int nr)
{
	return mmap(NULL, nr * PD_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
}

/* Frames of a domain to @addr; @err gets an error of each. */
static inline int pd_map(int fd, int dom, void *addr, unsigned int nr,
			 uint64_t *gfns, int32_t *err)
{
	struct pd_batch op = {
		.num = nr,
		.dom = dom,
		.addr = (uintptr_t)addr,
		.arr = gfns,
		.err = err,
	};

	return pd_ioctl(fd, PD_MMAPBATCH_V2, &op);
}

/* The same with errors as bits in @gfns. */
static inline int pd_map_v1(int fd, int dom, void *addr, unsigned int nr,
			    uint64_t *gfns)
{
	struct pd_batch op = {
		.num = nr,
		.dom = dom,
		.addr = (uintptr_t)addr,
		.arr = gfns,
	};

	return pd_ioctl(fd, PD_MMAPBATCH, &op);
}

static inline int pd_restrict(int fd, uint16_t dom)
{
	return pd_ioctl(fd, PD_RESTRICT, &dom);
}

/* What the hypercall returns goes to @result if it is no error. */
static inline int pd_version(int fd, int cmd, void *arg, int *result)
{
	struct pd_hypercall op = {
		.op = PD_XEN_VERSION,
		.arg = { cmd, (uintptr_t)arg },
	};
	int rc = ioctl(fd, PD_HYPERCALL, &op);

	if (rc < 0)
		return errno;
	*result = rc;
	return 0;
}

#endif /* PRIVCMDDEV_H */
