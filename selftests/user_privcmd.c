// SPDX-License-Identifier: GPL-2.0
/*
 * user_privcmd - /dev/xen/privcmd in a guest, or in dom0
 *
 * Every request, with what it is for and with every error a program can cause. Xen lets
 * no guest map another domain, so mappings are tested as far as that: frames with an
 * error, and all that can be done to their addresses. foreign_map does the rest in
 * dom0.
 *
 * Dom0 tries it on itself. A guest without the kernel parameter xen_privcmd.unrestricted=1 is not even let that
 * far: then each request on a domain has to be refused.
 *
 * Needs: CONFIG_XEN_PRIVCMD; for irqfd and ioeventfd CONFIG_XEN_PRIVCMD_EVENTFD.
 * Time: 10 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "maprace.h"
#include "privcmddev.h"

#define OTHER		0
#define NR		300
#define ROUNDS		200
/* Until one request was in time */
#define MOST_ROUNDS	20000

FIXTURE(privcmd)
{
	int fd;
	bool unrestricted;
	uint64_t gfns[NR];
	int32_t errs[NR];
};

FIXTURE_SETUP(privcmd)
{
	char caps[32], val[8];
	bool dom0, locked;
	int i;

	XT_NEED_XEN();
	self->fd = open(PD_DEVICE, O_RDWR | O_CLOEXEC);
	if (self->fd < 0 && errno == ENOENT)
		SKIP(return, "no " PD_DEVICE " (CONFIG_XEN_PRIVCMD)");
	ASSERT_LE(0, self->fd);
	/* Dom0 is never restricted, and cannot map itself either. */
	dom0 = xt_read_file("/proc/xen/capabilities", caps, sizeof(caps)) &&
	       caps[0];
	/* Nor is the parameter for a kernel that is locked down. */
	locked = xt_cmdline("lockdown", val, sizeof(val));
	self->unrestricted = dom0 || (!locked &&
				      xt_cmdline(PD_PARAM, val, sizeof(val)) &&
				      (val[0] == '1' || val[0] == 'y'));
	for (i = 0; i < NR; i++) {
		self->gfns[i] = 0x1000 + i;
		self->errs[i] = 77;
	}
}

FIXTURE_TEARDOWN(privcmd)
{
	close(self->fd);
}

/* First statement of a test that needs more than a restricted file. */
#define NEED_UNRESTRICTED()						\
do {									\
	if (!self->unrestricted)					\
		SKIP(return, "without " PD_PARAM "=1");			\
} while (0)

TEST_F(privcmd, hypercall)
{
	char text[64], buf[16] = { };
	int version = 0, rc;

	rc = pd_version(self->fd, 0, NULL, &version);
	if (!self->unrestricted) {
		EXPECT_EQ(EPERM, rc);
		return;
	}
	ASSERT_EQ(0, rc);
	ASSERT_TRUE(xt_read_file("/sys/hypervisor/version/major", text,
				 sizeof(text)));
	EXPECT_EQ(atoi(text), version >> 16);
	ASSERT_TRUE(xt_read_file("/sys/hypervisor/version/minor", text,
				 sizeof(text)));
	EXPECT_EQ(atoi(text), version & 0xffff);

	/* Xen writes to our memory. */
	ASSERT_EQ(0, pd_version(self->fd, 1, buf, &rc));
	ASSERT_TRUE(xt_read_file("/sys/hypervisor/version/extra", text,
				 sizeof(text)));
	EXPECT_STREQ(text, buf);
	/* And not to what is none */
	EXPECT_EQ(EFAULT, pd_version(self->fd, 1, (void *)8, &rc));
}

TEST_F(privcmd, hypercall_that_is_none)
{
	struct pd_hypercall op = { .op = 4711 };

	EXPECT_EQ(self->unrestricted ? ENOSYS : EPERM,
		  pd_ioctl(self->fd, PD_HYPERCALL, &op));
}

TEST_F(privcmd, requests_that_are_none)
{
	char buf[64] = { };

	EXPECT_EQ(ENOTTY, pd_ioctl(self->fd, _IOC(_IOC_NONE, 'P', 1, 16), buf));
	EXPECT_EQ(ENOTTY, pd_ioctl(self->fd, _IOC(_IOC_NONE, 'P', 11, 8), buf));
	EXPECT_EQ(ENOTTY, pd_ioctl(self->fd, _IOC(_IOC_NONE, 'P', 0, 8), buf));
	EXPECT_EQ(ENOSYS, pd_ioctl(self->fd, PD_MMAP, buf));
	/* No passthrough: nobody who knows */
	EXPECT_NE(0, pd_ioctl(self->fd, PD_PCIDEV_GET_GSI, buf));
}

TEST_F(privcmd, arguments_nowhere)
{
	static const unsigned long cmds[] = {
		PD_MMAPBATCH, PD_MMAPBATCH_V2, PD_DM_OP, PD_RESTRICT,
		PD_MMAP_RESOURCE, PD_PCIDEV_GET_GSI,
	};
	unsigned int i;

	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		EXPECT_EQ(EFAULT, pd_ioctl(self->fd, cmds[i], NULL)) {
			TH_LOG("request %u", i);
		}
		/* The first byte is the last of user space's. */
		EXPECT_EQ(EFAULT, pd_ioctl(self->fd, cmds[i],
					   (void *)0x7fffffffefffUL)) {
			TH_LOG("request %u", i);
		}
	}
	EXPECT_EQ(self->unrestricted ? EFAULT : EPERM,
		  pd_ioctl(self->fd, PD_HYPERCALL, NULL));
}

TEST_F(privcmd, restrict_to_a_domain)
{
	struct pd_dm_op op = { };
	int result;

	if (!self->unrestricted) {
		/* It is, to nobody. */
		EXPECT_EQ(EINVAL, pd_restrict(self->fd, 5));
		EXPECT_EQ(EINVAL, pd_restrict(self->fd, OTHER));
		EXPECT_EQ(0, pd_restrict(self->fd, PD_DOMID_IDLE));
		return;
	}
	EXPECT_EQ(EINVAL, pd_restrict(self->fd, PD_DOMID_NONE));
	EXPECT_EQ(0, pd_version(self->fd, 0, NULL, &result));
	ASSERT_EQ(0, pd_restrict(self->fd, 5));
	EXPECT_EQ(0, pd_restrict(self->fd, 5));
	EXPECT_EQ(EINVAL, pd_restrict(self->fd, 6));
	EXPECT_EQ(EINVAL, pd_restrict(self->fd, PD_DOMID_NONE));

	EXPECT_EQ(EPERM, pd_version(self->fd, 0, NULL, &result));
	op.dom = 6;
	EXPECT_EQ(EPERM, pd_ioctl(self->fd, PD_DM_OP, &op));
	op.dom = 5;
	EXPECT_EQ(0, pd_ioctl(self->fd, PD_DM_OP, &op));
}

/* Nothing on any domain, whatever else is wrong with the request. */
TEST_F(privcmd, restricted_reaches_nobody)
{
	struct pd_resource res = { .dom = OTHER };
	struct pd_irqfd irqfd = { .dom = OTHER };
	struct pd_ioeventfd ioeventfd = { .dom = OTHER };
	struct pd_dm_op op = { .dom = OTHER };
	char *addr = pd_reserve(self->fd, NR);
	int rc;

	ASSERT_NE(MAP_FAILED, addr);
	if (self->unrestricted)
		ASSERT_EQ(0, pd_restrict(self->fd, 5));
	EXPECT_EQ(EPERM, pd_map(self->fd, OTHER, addr, NR, self->gfns,
				self->errs));
	EXPECT_EQ(77, self->errs[0]);
	EXPECT_EQ(EPERM, pd_map_v1(self->fd, OTHER, addr, NR, self->gfns));
	EXPECT_EQ(0x1000, self->gfns[0]);
	EXPECT_EQ(EPERM, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	EXPECT_EQ(EPERM, pd_ioctl(self->fd, PD_DM_OP, &op));
	rc = pd_ioctl(self->fd, PD_IRQFD, &irqfd);
	EXPECT_TRUE(rc == EPERM || rc == EOPNOTSUPP);
	rc = pd_ioctl(self->fd, PD_IOEVENTFD, &ioeventfd);
	EXPECT_TRUE(rc == EPERM || rc == EOPNOTSUPP);
	EXPECT_EQ(0, munmap(addr, NR * PD_PAGE));
}

/* Returns the signal that touching @p ends a child with, 0 for none. */
static int touch(volatile char *p)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		/* The harness' own handlers would report it. */
		signal(SIGBUS, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
		(void)*p;
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static volatile sig_atomic_t bus_errors;
static char *bus_addr;

/* Goes on with ordinary memory at that page. */
static void on_bus_error(int sig)
{
	bus_errors++;
	mmap(bus_addr, PD_PAGE, PROT_READ | PROT_WRITE,
	     MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* In this process: a child has nothing there. */
static int bus_errors_at(char *addr)
{
	struct sigaction act = { .sa_handler = on_bus_error }, old;

	bus_errors = 0;
	bus_addr = addr;
	sigaction(SIGBUS, &act, &old);
	(void)*(volatile char *)addr;
	sigaction(SIGBUS, &old, NULL);
	return bus_errors;
}

TEST_F(privcmd, frames_with_errors)
{
	char *addr = pd_reserve(self->fd, NR);
	int i, good = 0;

	NEED_UNRESTRICTED();
	ASSERT_NE(MAP_FAILED, addr);
	ASSERT_EQ(0, pd_map(self->fd, OTHER, addr, NR, self->gfns, self->errs));
	for (i = 0; i < NR; i++)
		good += self->errs[i] >= 0;
	EXPECT_EQ(0, good);
	/* Again, all of them and a part; there is still nothing. */
	EXPECT_EQ(0, pd_map(self->fd, OTHER, addr, NR, self->gfns, self->errs));
	EXPECT_EQ(0, pd_map(self->fd, OTHER, addr + 7 * PD_PAGE, 2, self->gfns,
			    self->errs));
	EXPECT_EQ(1, bus_errors_at(addr + 8 * PD_PAGE));
	EXPECT_EQ(0, munmap(addr, NR * PD_PAGE));
}

TEST_F(privcmd, frames_with_errors_v1)
{
	char *addr = pd_reserve(self->fd, NR);
	int i, bad = 0;

	NEED_UNRESTRICTED();
	ASSERT_NE(MAP_FAILED, addr);
	ASSERT_EQ(0, pd_map_v1(self->fd, OTHER, addr, NR, self->gfns));
	for (i = 0; i < NR; i++)
		bad += self->gfns[i] != (PD_V1_FAILED | (0x1000 + i));
	EXPECT_EQ(0, bad);
	EXPECT_EQ(0, munmap(addr, NR * PD_PAGE));
}

TEST_F(privcmd, places_that_are_refused)
{
	char *addr = pd_reserve(self->fd, NR), *other;
	int none = PROT_NONE;

	NEED_UNRESTRICTED();
	ASSERT_NE(MAP_FAILED, addr);
#define EXPECT_MAP(error, where, nr)					\
	EXPECT_EQ(error, pd_map(self->fd, OTHER, where, nr, self->gfns,	\
				self->errs))
	/* The first time, all of it. */
	EXPECT_MAP(EINVAL, addr, NR - 1);
	EXPECT_MAP(EINVAL, addr + PD_PAGE, NR - 1);
	EXPECT_MAP(EINVAL, addr + 1, NR);
	EXPECT_MAP(EINVAL, addr, 0);
	EXPECT_MAP(EINVAL, addr, 0x7fffffff);
	EXPECT_MAP(EINVAL, addr, 0xffffffff);
	EXPECT_EQ(EINVAL, pd_map_v1(self->fd, OTHER, addr, -1, self->gfns));
	EXPECT_EQ(EFAULT, pd_map(self->fd, OTHER, addr, NR, self->gfns, NULL));
	EXPECT_EQ(EFAULT, pd_map(self->fd, OTHER, addr, NR, NULL, self->errs));
	EXPECT_EQ(77, self->errs[0]);

	/* Memory of another kind, read-only for the errors, and none */
	other = mmap(NULL, NR * PD_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	ASSERT_NE(MAP_FAILED, other);
	EXPECT_MAP(EINVAL, other, NR);
	EXPECT_EQ(EFAULT, pd_map(self->fd, OTHER, addr, NR, self->gfns,
				 (int32_t *)other));
	ASSERT_EQ(0, mprotect(other, NR * PD_PAGE, none));
	EXPECT_EQ(EFAULT, pd_map(self->fd, OTHER, addr, NR, (uint64_t *)other,
				 self->errs));
	ASSERT_EQ(0, munmap(other, NR * PD_PAGE));
	EXPECT_MAP(EINVAL, other, NR);

	/* After all that it can be used. */
	EXPECT_MAP(0, addr, NR);
	EXPECT_MAP(EINVAL, addr + PD_PAGE, NR);
	EXPECT_MAP(EINVAL, addr - PD_PAGE, NR);
	EXPECT_EQ(0, munmap(addr, NR * PD_PAGE));
	EXPECT_MAP(EINVAL, addr, NR);
}

/* One becomes three, of which the middle is not there. */
TEST_F(privcmd, partial_unmap)
{
	char *addr = pd_reserve(self->fd, NR);

	NEED_UNRESTRICTED();
	ASSERT_NE(MAP_FAILED, addr);
	EXPECT_MAP(0, addr, NR);
	ASSERT_EQ(0, munmap(addr + 100 * PD_PAGE, 50 * PD_PAGE));
	EXPECT_MAP(0, addr, 100);
	EXPECT_MAP(0, addr + 150 * PD_PAGE, NR - 150);
	EXPECT_MAP(EINVAL, addr, 101);
	EXPECT_MAP(EINVAL, addr + 99 * PD_PAGE, 60);
	EXPECT_MAP(EINVAL, addr + 120 * PD_PAGE, 1);
	ASSERT_EQ(0, munmap(addr, 100 * PD_PAGE));
	EXPECT_MAP(0, addr + 150 * PD_PAGE, NR - 150);
	EXPECT_EQ(0, munmap(addr, NR * PD_PAGE));

	/* What was never filled can be cut as well, and is two then. */
	addr = pd_reserve(self->fd, NR);
	ASSERT_NE(MAP_FAILED, addr);
	ASSERT_EQ(0, munmap(addr + 100 * PD_PAGE, 50 * PD_PAGE));
	EXPECT_MAP(0, addr, 100);
	EXPECT_MAP(EINVAL, addr + 150 * PD_PAGE, 10);
	EXPECT_MAP(0, addr + 150 * PD_PAGE, NR - 150);
	EXPECT_EQ(0, munmap(addr, NR * PD_PAGE));
}

TEST_F(privcmd, moved)
{
	char *addr = pd_reserve(self->fd, NR), *to, *moved;
	unsigned char there[NR];

	NEED_UNRESTRICTED();
	ASSERT_NE(MAP_FAILED, addr);
	EXPECT_MAP(0, addr, NR);
	to = mmap(NULL, NR * PD_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		  -1, 0);
	ASSERT_NE(MAP_FAILED, to);
	moved = mremap(addr, NR * PD_PAGE, NR * PD_PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, to);
	ASSERT_EQ(to, moved);
	/* Nothing is mapped where it was. */
	EXPECT_EQ(-1, mincore(addr, PD_PAGE, there));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(-1, mincore(addr, NR * PD_PAGE, there));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_MAP(0, moved, NR);
	EXPECT_MAP(EINVAL, addr, NR);
	/* There are no frames for more. */
	EXPECT_EQ(MAP_FAILED, mremap(moved, NR * PD_PAGE, 2 * NR * PD_PAGE,
				     MREMAP_MAYMOVE));
	EXPECT_EQ(0, munmap(moved, NR * PD_PAGE));
}

TEST_F(privcmd, child_has_none)
{
	char *addr = pd_reserve(self->fd, NR);

	NEED_UNRESTRICTED();
	ASSERT_NE(MAP_FAILED, addr);
	EXPECT_MAP(0, addr, NR);
	EXPECT_EQ(SIGSEGV, touch(addr));
	EXPECT_EQ(-1, madvise(addr, NR * PD_PAGE, MADV_DOFORK));
	EXPECT_EQ(SIGSEGV, touch(addr));
	EXPECT_MAP(0, addr, NR);
	EXPECT_EQ(0, munmap(addr, NR * PD_PAGE));
}

/* The addresses outlive the file, and can be used through another. */
TEST_F(privcmd, closed_while_mapped)
{
	char *addr = pd_reserve(self->fd, NR);
	int fd;

	NEED_UNRESTRICTED();
	ASSERT_NE(MAP_FAILED, addr);
	EXPECT_MAP(0, addr, NR);
	fd = open(PD_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_LE(0, dup2(fd, self->fd));
	close(fd);
	EXPECT_MAP(0, addr, NR);
	EXPECT_EQ(0, close(self->fd));
	EXPECT_EQ(1, bus_errors_at(addr));
	EXPECT_EQ(0, munmap(addr, NR * PD_PAGE));
}

/* Whatever comes of a request, it is not confused by what another thread does. */
TEST_F(privcmd, unmapped_meanwhile)
{
	struct map_race race = { .addr = pd_reserve(self->fd, NR), .num = NR };
	int i, rc, strange = 0, good = 0;

	NEED_UNRESTRICTED();
	ASSERT_NE(MAP_FAILED, race.addr);
	ASSERT_EQ(0, map_race_begin(&race));
	for (i = 0; i < ROUNDS || (!good && i < MOST_ROUNDS); i++) {
		rc = pd_map(self->fd, OTHER, race.addr, NR, self->gfns,
			    self->errs);
		strange += rc && rc != EINVAL;
		good += !rc;
	}
	ASSERT_EQ(0, map_race_end(&race));
	EXPECT_EQ(0, strange);
	EXPECT_LT(0, good);
	EXPECT_EQ(0, munmap(race.addr, NR * PD_PAGE));
}

TEST_F(privcmd, resources)
{
	struct pd_resource res = { .dom = OTHER, .type = 1 };
	char *addr = pd_reserve(self->fd, 4);

	NEED_UNRESTRICTED();
	ASSERT_NE(MAP_FAILED, addr);
	/* Xen says no, to the size and to the frames. */
	EXPECT_NE(0, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	res.num = 4;
	EXPECT_EQ(EINVAL, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	res.addr = (uintptr_t)addr;
	EXPECT_NE(0, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	EXPECT_EQ(1, bus_errors_at(addr + 2 * PD_PAGE));
	EXPECT_EQ(0, munmap(addr, 4 * PD_PAGE));
	addr = pd_reserve(self->fd, 4);
	ASSERT_NE(MAP_FAILED, addr);
	res.addr = (uintptr_t)addr;
	res.num = 3;
	EXPECT_EQ(EINVAL, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	res.num = 5;
	EXPECT_EQ(EINVAL, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	res.num = 1ULL << 52;
	EXPECT_EQ(EINVAL, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	res.num = 0;
	EXPECT_EQ(EINVAL, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	res.num = 4;
	res.type = 0x10001;
	EXPECT_EQ(EINVAL, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	EXPECT_EQ(0, munmap(addr, 4 * PD_PAGE));
}

TEST_F(privcmd, device_model)
{
	struct pd_dm_op_buf bufs[17] = { };
	struct pd_dm_op op = { .dom = OTHER, .bufs = bufs };
	char data[64] = { };
	char *ro;

	NEED_UNRESTRICTED();
	EXPECT_EQ(0, pd_ioctl(self->fd, PD_DM_OP, &op));
	op.num = 17;
	EXPECT_EQ(E2BIG, pd_ioctl(self->fd, PD_DM_OP, &op));
	op.num = 1;
	bufs[0].ptr = data;
	bufs[0].size = 4097;
	EXPECT_EQ(E2BIG, pd_ioctl(self->fd, PD_DM_OP, &op));
	bufs[0].size = ~0ULL;
	EXPECT_EQ(E2BIG, pd_ioctl(self->fd, PD_DM_OP, &op));
	bufs[0].size = sizeof(data);
	bufs[0].ptr = (void *)~0xfffUL;
	EXPECT_EQ(EFAULT, pd_ioctl(self->fd, PD_DM_OP, &op));
	ro = mmap(NULL, PD_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, ro);
	bufs[0].ptr = ro;
	EXPECT_EQ(EFAULT, pd_ioctl(self->fd, PD_DM_OP, &op));
	ASSERT_EQ(0, munmap(ro, PD_PAGE));
	EXPECT_EQ(EFAULT, pd_ioctl(self->fd, PD_DM_OP, &op));
	op.bufs = (void *)8;
	EXPECT_EQ(EFAULT, pd_ioctl(self->fd, PD_DM_OP, &op));

	/* This one Xen sees, and refuses. */
	op.bufs = bufs;
	bufs[0].ptr = data;
	EXPECT_NE(0, pd_ioctl(self->fd, PD_DM_OP, &op));
	bufs[0].size = 0;
	EXPECT_NE(0, pd_ioctl(self->fd, PD_DM_OP, &op));
}

#define NEED_EVENTFD()							\
do {									\
	struct pd_irqfd none = { .dom = OTHER, .fd = -1 };		\
									\
	NEED_UNRESTRICTED();						\
	if (pd_ioctl(self->fd, PD_IRQFD, &none) == EOPNOTSUPP)		\
		SKIP(return, "no CONFIG_XEN_PRIVCMD_EVENTFD");		\
} while (0)

TEST_F(privcmd, irqfd)
{
	uint32_t data[16] = { PD_DMOP_INJECT_MSI };
	struct pd_irqfd op = {
		.dom = OTHER,
		.dm_op = (uintptr_t)data,
		.size = sizeof(data),
	};
	uint64_t count = 1;
	int fd, i;

	NEED_EVENTFD();
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ASSERT_LE(0, fd);
	op.fd = -1;
	EXPECT_EQ(EBADF, pd_ioctl(self->fd, PD_IRQFD, &op));
	op.fd = self->fd;
	EXPECT_EQ(EINVAL, pd_ioctl(self->fd, PD_IRQFD, &op));
	op.fd = fd;
	op.flags = 2;
	EXPECT_EQ(EINVAL, pd_ioctl(self->fd, PD_IRQFD, &op));
	op.flags = 0;
	op.size = 4097;
	EXPECT_EQ(E2BIG, pd_ioctl(self->fd, PD_IRQFD, &op));
	op.size = 0xffffffff;
	EXPECT_EQ(E2BIG, pd_ioctl(self->fd, PD_IRQFD, &op));
	op.size = sizeof(data);
	op.dm_op = 8;
	EXPECT_EQ(EFAULT, pd_ioctl(self->fd, PD_IRQFD, &op));
	op.dm_op = (uintptr_t)data;
	/* It is for giving interrupts, and nothing that may last. */
	data[0] = PD_DMOP_SET_MEM_TYPE;
	EXPECT_EQ(EINVAL, pd_ioctl(self->fd, PD_IRQFD, &op));
	data[0] = PD_DMOP_INJECT_MSI;
	op.size = 3;
	EXPECT_EQ(EINVAL, pd_ioctl(self->fd, PD_IRQFD, &op));
	op.size = sizeof(data);

	for (i = 0; i < 20; i++) {
		op.flags = 0;
		/* A signal from before counts as well. */
		ASSERT_EQ(8, write(fd, &count, 8));
		ASSERT_EQ(0, pd_ioctl(self->fd, PD_IRQFD, &op));
		EXPECT_EQ(EBUSY, pd_ioctl(self->fd, PD_IRQFD, &op));
		/* Who is behind it takes the signals: Xen's refusal is no matter. */
		ASSERT_EQ(8, write(fd, &count, 8));
		EXPECT_EQ(-1, read(fd, &count, 8));
		EXPECT_EQ(EAGAIN, errno);
		op.flags = PD_FLAG_DEASSIGN;
		EXPECT_EQ(0, pd_ioctl(self->fd, PD_IRQFD, &op));
		EXPECT_EQ(0, pd_ioctl(self->fd, PD_IRQFD, &op));
		ASSERT_EQ(8, write(fd, &count, 8));
		EXPECT_EQ(8, read(fd, &count, 8));
		count = 1;
	}
	close(fd);
}

/* It ends with its eventfd, and outlives the file. */
TEST_F(privcmd, irqfd_left_behind)
{
	uint32_t data[16] = { PD_DMOP_INJECT_MSI };
	struct pd_irqfd op = {
		.dom = OTHER,
		.dm_op = (uintptr_t)data,
		.size = sizeof(data),
	};
	uint64_t count = 1;
	int fds[8], i;

	NEED_EVENTFD();
	for (i = 0; i < 8; i++) {
		fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		ASSERT_LE(0, fds[i]);
		op.fd = fds[i];
		ASSERT_EQ(0, pd_ioctl(self->fd, PD_IRQFD, &op));
	}
	for (i = 0; i < 4; i++)
		close(fds[i]);
	EXPECT_EQ(0, close(self->fd));
	for (; i < 8; i++) {
		ASSERT_EQ(8, write(fds[i], &count, 8));
		EXPECT_EQ(-1, read(fds[i], &count, 8));
		close(fds[i]);
	}
}

TEST_F(privcmd, ioeventfd)
{
	uint32_t ports[4] = { 1, 2, 3, 4 };
	struct pd_ioeventfd op = {
		.dom = OTHER,
		.ports = (uintptr_t)ports,
		.addr_len = 4,
		.vcpus = 4,
	};
	char *addr = pd_reserve(self->fd, 1);
	int fd;

	NEED_EVENTFD();
	ASSERT_NE(MAP_FAILED, addr);
	fd = eventfd(0, EFD_CLOEXEC);
	ASSERT_LE(0, fd);
	op.event_fd = fd;
#define EXPECT_EVENT(error)						\
	EXPECT_EQ(error, pd_ioctl(self->fd, PD_IOEVENTFD, &op))
	op.flags = 2;
	EXPECT_EVENT(EINVAL);
	op.flags = 0;
	op.addr_len = 3;
	EXPECT_EVENT(EINVAL);
	op.addr_len = 4;
	op.addr = ~0ULL;
	EXPECT_EVENT(EINVAL);
	op.addr = 0;
	op.vcpus = 0;
	EXPECT_EVENT(EINVAL);
	op.vcpus = 4097;
	EXPECT_EVENT(EINVAL);
	op.vcpus = 4;
	op.event_fd = -1;
	EXPECT_EVENT(EBADF);
	op.event_fd = fd;

	/* The page: nowhere, of another kind, with nothing in it */
	EXPECT_EVENT(EFAULT);
	op.ioreq = (uintptr_t)&ports;
	EXPECT_EVENT(EFAULT);
	op.ioreq = (uintptr_t)addr;
	EXPECT_EVENT(EFAULT);
	EXPECT_EQ(0, pd_map(self->fd, OTHER, addr, 1, self->gfns, self->errs));
	EXPECT_EVENT(EFAULT);
	op.vcpus = 129;
	EXPECT_EVENT(EFAULT);
	op.vcpus = 4;
	op.ports = 8;
	EXPECT_EVENT(EFAULT);

	op.flags = PD_FLAG_DEASSIGN;
	EXPECT_EVENT(ENODEV);
	close(fd);
	EXPECT_EQ(0, munmap(addr, PD_PAGE));
}

TEST_HARNESS_MAIN
