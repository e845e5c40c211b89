// SPDX-License-Identifier: GPL-2.0
/*
 * foreign_map - another domain's memory through /dev/xen/privcmd, in dom0
 *
 *	foreign_map		with XEN_FOREIGN_DOMID set
 *
 * The domain is to be one that does not run and is of no use to anybody: its memory is
 * written to, at XEN_FOREIGN_GFN and behind. What is written through one mapping must
 * be there in the next, at the same frame, however the mapping before was made, cut,
 * moved and closed. That the domain goes when it is destroyed then shows that none of
 * its frames was kept.
 *
 * Environment: XEN_FOREIGN_DOMID  the domain
 *              XEN_FOREIGN_GFN    first of its frames, default 0x2000; 4096 are used
 * Needs: CONFIG_XEN_PRIVCMD, dom0.
 * Time: 10 s.
 */
#include "kselftest_harness.h"
#include "xentest.h"

#include <signal.h>
#include <sys/wait.h>

#include "maprace.h"
#include "privcmddev.h"

#define NR		1024
/* No domain has it. */
#define BAD_GFN		0x7ffffffffUL
#define ROUNDS		30
/* Until one request was in time */
#define MOST_ROUNDS	3000

/* The shared info of no interest, the grant table: 2 frames of it are there always. */
#define RESOURCE_GRANT_TABLE	1

FIXTURE(foreign)
{
	int fd;
	int dom;
	uint64_t first;
	uint64_t gfns[NR];
	int32_t errs[NR];
};

FIXTURE_SETUP(foreign)
{
	char *dom = getenv("XEN_FOREIGN_DOMID");
	char *gfn = getenv("XEN_FOREIGN_GFN");
	int i;

	XT_NEED_XEN();
	if (!dom || atoi(dom) <= 0)
		SKIP(return, "XEN_FOREIGN_DOMID is not set");
	self->dom = atoi(dom);
	self->first = gfn ? strtoull(gfn, NULL, 0) : 0x2000;
	self->fd = open(PD_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	for (i = 0; i < NR; i++) {
		self->gfns[i] = self->first + i;
		self->errs[i] = 77;
	}
}

FIXTURE_TEARDOWN(foreign)
{
	close(self->fd);
}

/* All frames, mapped */
static char *map_all(FIXTURE_DATA(foreign) *self)
{
	char *addr = pd_reserve(self->fd, NR);

	if (addr != MAP_FAILED &&
	    pd_map(self->fd, self->dom, addr, NR, self->gfns, self->errs)) {
		munmap(addr, NR * PD_PAGE);
		return MAP_FAILED;
	}
	return addr;
}

static void fill(char *addr, unsigned int nr, uint64_t seed)
{
	unsigned int i, j;

	for (i = 0; i < nr; i++)
		for (j = 0; j < PD_PAGE / 8; j += 64)
			((uint64_t *)(addr + i * PD_PAGE))[j] = seed + i * 512 + j;
}

/* Pages of @nr from the one with number @first on that fill() did not leave so */
static int wrong(const char *addr, unsigned int first, unsigned int nr,
		 uint64_t seed)
{
	unsigned int i, j, bad = 0;

	for (i = 0; i < nr; i++)
		for (j = 0; j < PD_PAGE / 8; j += 64)
			if (((uint64_t *)(addr + i * PD_PAGE))[j] !=
			    seed + (first + i) * 512 + j) {
				bad++;
				break;
			}
	return bad;
}

TEST_F(foreign, is_the_same_each_time)
{
	char *a = map_all(self), *b;
	int i, bad = 0;

	ASSERT_NE(MAP_FAILED, a);
	for (i = 0; i < NR; i++)
		bad += self->errs[i] != 0;
	EXPECT_EQ(0, bad);
	fill(a, NR, 1);
	b = map_all(self);
	ASSERT_NE(MAP_FAILED, b);
	EXPECT_EQ(0, wrong(b, 0, NR, 1));
	fill(b, NR, 2);
	EXPECT_EQ(0, wrong(a, 0, NR, 2));
	ASSERT_EQ(0, munmap(a, NR * PD_PAGE));
	EXPECT_EQ(0, wrong(b, 0, NR, 2));
	ASSERT_EQ(0, munmap(b, NR * PD_PAGE));
	a = map_all(self);
	ASSERT_NE(MAP_FAILED, a);
	EXPECT_EQ(0, wrong(a, 0, NR, 2));
	EXPECT_EQ(0, munmap(a, NR * PD_PAGE));
}

TEST_F(foreign, in_any_order)
{
	char *a = map_all(self), *b;
	uint64_t tmp;
	int i, j;

	ASSERT_NE(MAP_FAILED, a);
	fill(a, NR, 3);
	for (i = 0; i < NR; i++) {
		j = (i * 389 + 17) % NR;
		tmp = self->gfns[i];
		self->gfns[i] = self->gfns[j];
		self->gfns[j] = tmp;
	}
	/* And one twice */
	self->gfns[5] = self->gfns[6];
	b = map_all(self);
	ASSERT_NE(MAP_FAILED, b);
	for (i = 0; i < NR; i++)
		ASSERT_EQ(0, wrong(b + i * PD_PAGE, self->gfns[i] - self->first,
				   1, 3));
	EXPECT_EQ(0, munmap(a, NR * PD_PAGE));
	EXPECT_EQ(0, munmap(b, NR * PD_PAGE));
}

static volatile sig_atomic_t bus_errors;
static char *bus_addr;

static void on_bus_error(int sig)
{
	bus_errors++;
	mmap(bus_addr, PD_PAGE, PROT_READ | PROT_WRITE,
	     MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

TEST_F(foreign, some_have_errors)
{
	struct sigaction act = { .sa_handler = on_bus_error };
	char *a = map_all(self), *b;
	int i, bad = 0;

	ASSERT_NE(MAP_FAILED, a);
	fill(a, NR, 4);
	ASSERT_EQ(0, munmap(a, NR * PD_PAGE));
	for (i = 100; i < NR; i += 100)
		self->gfns[i] = BAD_GFN;
	b = map_all(self);
	ASSERT_NE(MAP_FAILED, b);
	for (i = 0; i < NR; i++) {
		if (i && !(i % 100)) {
			bad += self->errs[i] >= 0;
		} else {
			bad += self->errs[i] != 0;
			bad += wrong(b + i * PD_PAGE, i, 1, 4);
		}
	}
	EXPECT_EQ(0, bad);

	/* Those can be had later, the others not again. */
	self->gfns[0] = self->first + 300;
	EXPECT_EQ(EINVAL, pd_map(self->fd, self->dom, b + 299 * PD_PAGE, 1,
				 self->gfns, self->errs));
	EXPECT_EQ(EINVAL, pd_map(self->fd, self->dom, b + 300 * PD_PAGE, 2,
				 self->gfns, self->errs));
	EXPECT_EQ(0, pd_map(self->fd, self->dom, b + 300 * PD_PAGE, 1,
			    self->gfns, self->errs));
	EXPECT_EQ(0, self->errs[0]);
	EXPECT_EQ(0, wrong(b + 300 * PD_PAGE, 300, 1, 4));

	sigaction(SIGBUS, &act, NULL);
	bus_addr = b + 400 * PD_PAGE;
	(void)*(volatile char *)bus_addr;
	EXPECT_EQ(1, bus_errors);
	EXPECT_EQ(0, munmap(b, NR * PD_PAGE));
}

TEST_F(foreign, errors_in_v1)
{
	char *a = pd_reserve(self->fd, NR);
	int i, bad = 0;

	ASSERT_NE(MAP_FAILED, a);
	for (i = 100; i < NR; i += 100)
		self->gfns[i] = 0x3ffffff;
	ASSERT_EQ(0, pd_map_v1(self->fd, self->dom, a, NR, self->gfns));
	for (i = 0; i < NR; i++)
		bad += self->gfns[i] != (i && !(i % 100) ?
					 PD_V1_FAILED | 0x3ffffff :
					 self->first + i);
	EXPECT_EQ(0, bad);
	EXPECT_EQ(0, munmap(a, NR * PD_PAGE));
}

TEST_F(foreign, domain_that_is_none)
{
	char *a = pd_reserve(self->fd, NR);
	int i, good = 0;

	ASSERT_NE(MAP_FAILED, a);
	EXPECT_EQ(0, pd_map(self->fd, 0x7000, a, NR, self->gfns, self->errs));
	for (i = 0; i < NR; i++)
		good += self->errs[i] >= 0;
	EXPECT_EQ(0, good);
	/* The addresses are good for another. */
	EXPECT_EQ(0, pd_map(self->fd, self->dom, a, NR, self->gfns, self->errs));
	EXPECT_EQ(0, self->errs[0]);
	fill(a, NR, 9);
	EXPECT_EQ(0, munmap(a, NR * PD_PAGE));
}

TEST_F(foreign, partial_unmap)
{
	char *a = map_all(self), *b;

	ASSERT_NE(MAP_FAILED, a);
	fill(a, NR, 5);
	ASSERT_EQ(0, munmap(a + 200 * PD_PAGE, 300 * PD_PAGE));
	EXPECT_EQ(0, wrong(a, 0, 200, 5));
	EXPECT_EQ(0, wrong(a + 500 * PD_PAGE, 500, NR - 500, 5));
	ASSERT_EQ(0, munmap(a, 100 * PD_PAGE));
	EXPECT_EQ(0, wrong(a + 100 * PD_PAGE, 100, 100, 5));
	ASSERT_EQ(0, munmap(a + 600 * PD_PAGE, (NR - 600) * PD_PAGE));
	EXPECT_EQ(0, wrong(a + 500 * PD_PAGE, 500, 100, 5));
	/* What other mapping gets the addresses has frames of its own. */
	b = map_all(self);
	ASSERT_NE(MAP_FAILED, b);
	EXPECT_EQ(0, wrong(b, 0, NR, 5));
	EXPECT_EQ(0, munmap(b, NR * PD_PAGE));
	EXPECT_EQ(0, wrong(a + 100 * PD_PAGE, 100, 100, 5));
	EXPECT_EQ(0, munmap(a, NR * PD_PAGE));
}

TEST_F(foreign, moved_and_closed)
{
	char *a = map_all(self), *to, *part;

	ASSERT_NE(MAP_FAILED, a);
	fill(a, NR, 6);
	ASSERT_EQ(0, close(self->fd));
	EXPECT_EQ(0, wrong(a, 0, NR, 6));
	to = mmap(NULL, 2 * NR * PD_PAGE, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, to);
	ASSERT_EQ(to, mremap(a, NR * PD_PAGE, NR * PD_PAGE,
			     MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_EQ(0, wrong(to, 0, NR, 6));
	/* A part, which leaves two behind */
	part = to + NR * PD_PAGE;
	ASSERT_EQ(part, mremap(to + 500 * PD_PAGE, 100 * PD_PAGE, 100 * PD_PAGE,
			       MREMAP_MAYMOVE | MREMAP_FIXED, part));
	EXPECT_EQ(0, wrong(part, 500, 100, 6));
	EXPECT_EQ(0, wrong(to, 0, 500, 6));
	EXPECT_EQ(0, wrong(to + 600 * PD_PAGE, 600, NR - 600, 6));
	ASSERT_EQ(0, munmap(to, NR * PD_PAGE));
	EXPECT_EQ(0, wrong(part, 500, 100, 6));
	EXPECT_EQ(0, munmap(to, 2 * NR * PD_PAGE));
}

TEST_F(foreign, child_has_none)
{
	char *a = map_all(self);
	int status;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, a);
	fill(a, NR, 7);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		_exit(*(volatile char *)a);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	EXPECT_EQ(0, wrong(a, 0, NR, 7));
	EXPECT_EQ(0, munmap(a, NR * PD_PAGE));
}

/* Who dies takes nothing along. */
TEST_F(foreign, killed_while_mapped)
{
	int status, i;
	pid_t pid;
	char *a;

	for (i = 0; i < 4; i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			a = map_all(self);
			if (a == MAP_FAILED)
				_exit(1);
			fill(a, NR, 8);
			munmap(a + 10 * PD_PAGE, 10 * PD_PAGE);
			raise(SIGKILL);
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	a = map_all(self);
	ASSERT_NE(MAP_FAILED, a);
	EXPECT_EQ(0, wrong(a, 0, NR, 8));
	EXPECT_EQ(0, munmap(a, NR * PD_PAGE));
}

TEST_F(foreign, unmapped_meanwhile)
{
	struct map_race race = { .addr = pd_reserve(self->fd, NR), .num = NR };
	int i, rc, strange = 0, good = 0;

	ASSERT_NE(MAP_FAILED, race.addr);
	ASSERT_EQ(0, map_race_begin(&race));
	for (i = 0; i < ROUNDS || (!good && i < MOST_ROUNDS); i++) {
		rc = pd_map(self->fd, self->dom, race.addr, NR, self->gfns,
			    self->errs);
		strange += rc && rc != EINVAL;
		good += !rc;
	}
	ASSERT_EQ(0, map_race_end(&race));
	EXPECT_EQ(0, strange);
	EXPECT_LT(0, good);
	EXPECT_EQ(0, munmap(race.addr, NR * PD_PAGE));
}

TEST_F(foreign, resource)
{
	struct pd_resource res = {
		.dom = self->dom,
		.type = RESOURCE_GRANT_TABLE,
	};
	char *addr;

	/* How many there can be, of which the first is there. */
	ASSERT_EQ(0, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	EXPECT_LE(1, res.num);
	EXPECT_GE(4096, res.num);
	addr = pd_reserve(self->fd, 1);
	ASSERT_NE(MAP_FAILED, addr);
	res.num = 1;
	res.addr = (uintptr_t)addr;
	ASSERT_EQ(0, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	/* The tool stack has granted the console, entry 0, to dom0. */
	EXPECT_NE(0, *(uint16_t *)addr & 3);
	EXPECT_EQ(EINVAL, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	EXPECT_EQ(EINVAL, pd_map(self->fd, self->dom, addr, 1, self->gfns,
				 self->errs));
	EXPECT_EQ(0, munmap(addr, PD_PAGE));

	/* Far behind the last, and of a type that is none */
	addr = pd_reserve(self->fd, 2);
	ASSERT_NE(MAP_FAILED, addr);
	res.num = 2;
	res.addr = (uintptr_t)addr;
	res.idx = 1 << 20;
	EXPECT_NE(0, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	res.idx = 0;
	res.type = 999;
	EXPECT_NE(0, pd_ioctl(self->fd, PD_MMAP_RESOURCE, &res));
	/* The addresses are good for another. */
	EXPECT_EQ(0, pd_map(self->fd, self->dom, addr, 2, self->gfns,
			    self->errs));
	EXPECT_EQ(0, self->errs[1]);
	EXPECT_EQ(0, munmap(addr, 2 * PD_PAGE));
}

TEST_F(foreign, restricted_file)
{
	char *a, *b = pd_reserve(self->fd, NR);

	ASSERT_NE(MAP_FAILED, b);
	ASSERT_EQ(0, pd_restrict(self->fd, self->dom));
	EXPECT_EQ(EPERM, pd_map(self->fd, 0, b, NR, self->gfns, self->errs));
	a = map_all(self);
	ASSERT_NE(MAP_FAILED, a);
	EXPECT_EQ(0, self->errs[NR - 1]);
	EXPECT_EQ(0, munmap(a, NR * PD_PAGE));
}

TEST_HARNESS_MAIN
