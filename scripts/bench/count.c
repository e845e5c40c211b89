// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's TCG that counts what some of a machine's processors execute,
 * by phases: instructions of the guest's kernel and of its programs, VM entries,
 * hypercalls by number, and the instructions that usually leave the guest.
 *
 * A phase begins where anything on the machine, dom0 included, executes
 *
 *	movabs $0x58454e4d41524bNN, %rax
 *
 * which does no harm at any level of privilege. NN is the phase's number; 0 is none.
 * Each phase is printed as a line of NAME=NUMBER when it ends.
 *
 *	-plugin count.so,first=2,out=FILE
 *
 * first=N: processors from N on are counted, those on which only the guest runs.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* QEMU's plugin interface, version 1, as far as it is used here. */
typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;
typedef void (*tb_trans_cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*vcpu_cb)(unsigned int cpu, void *data);
typedef void (*exit_cb)(qemu_plugin_id_t id, void *data);
#define NO_REGS		0

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_trans_cb cb);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, vcpu_cb cb,
					  int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, vcpu_cb cb,
					    int flags, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, exit_cb cb, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t idx);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#define PUBLIC		__attribute__((visibility("default")))

PUBLIC int qemu_plugin_version = 1;

#define CPUS		16
#define HYPERCALLS	64

/* Where Xen's code and its stubs are, and where the kernel's half begins */
#define XEN_FIRST	0xffff82d000000000ull
#define XEN_LAST	0xffff82ffffffffffull
#define KERNEL_FIRST	0x800000000000ull

enum { EXITS, KERNEL, USER, CPUID, RDMSR, WRMSR, IO, HLT, KINDS };
static const char *const kind_names[KINDS] = {
	"exits", "kernel", "user", "cpuid", "rdmsr", "wrmsr", "io", "hlt",
};

struct counts {
	uint64_t kind[KINDS];
	uint64_t hypercall[HYPERCALLS];
};

static struct counts now[CPUS], begun;
/* The last number that went into a register in which hypercalls are numbered */
static unsigned int last_eax[CPUS], last_r9[CPUS];
static unsigned int first_cpu;
static int phase;
static FILE *out;

static struct counts total(void)
{
	struct counts sum = { 0 };
	unsigned int cpu, i;

	for (cpu = first_cpu; cpu < CPUS; cpu++) {
		for (i = 0; i < KINDS; i++)
			sum.kind[i] += now[cpu].kind[i];
		for (i = 0; i < HYPERCALLS; i++)
			sum.hypercall[i] += now[cpu].hypercall[i];
	}
	return sum;
}

static void print_phase(const struct counts *end)
{
	uint64_t calls = 0, n;
	unsigned int i;

	fprintf(out, "phase=%d", phase);
	for (i = 0; i < KINDS; i++)
		fprintf(out, " %s=%" PRIu64, kind_names[i], end->kind[i] - begun.kind[i]);
	for (i = 0; i < HYPERCALLS; i++)
		calls += end->hypercall[i] - begun.hypercall[i];
	fprintf(out, " hypercalls=%" PRIu64, calls);
	for (i = 0; i < HYPERCALLS; i++) {
		n = end->hypercall[i] - begun.hypercall[i];
		if (n)
			fprintf(out, " call%u=%" PRIu64, i, n);
	}
	fputc('\n', out);
	fflush(out);
}

static void mark(unsigned int cpu, void *data)
{
	struct counts end = total();

	if (phase)
		print_phase(&end);
	phase = (int)(uintptr_t)data;
	begun = end;
}

static void kernel_block(unsigned int cpu, void *data)
{
	now[cpu % CPUS].kind[KERNEL] += (uintptr_t)data;
}

static void user_block(unsigned int cpu, void *data)
{
	now[cpu % CPUS].kind[USER] += (uintptr_t)data;
}

static void one(unsigned int cpu, void *data)
{
	now[cpu % CPUS].kind[(uintptr_t)data]++;
}

static void load_eax(unsigned int cpu, void *data)
{
	last_eax[cpu % CPUS] = (uintptr_t)data;
}

static void load_r9(unsigned int cpu, void *data)
{
	last_r9[cpu % CPUS] = (uintptr_t)data;
}

static void hypercall(unsigned int cpu, void *from_r9)
{
	unsigned int nr = from_r9 ? last_r9[cpu % CPUS] : last_eax[cpu % CPUS];

	now[cpu % CPUS].hypercall[nr < HYPERCALLS ? nr : HYPERCALLS - 1]++;
}

/* An instruction of the guest that Xen wants to see, or -1 */
static int intercepted(const unsigned char *b, size_t len)
{
	if (len >= 2 && b[0] == 0x0f)
		return b[1] == 0xa2 ? CPUID : b[1] == 0x32 ? RDMSR :
		       b[1] == 0x30 ? WRMSR : -1;
	if (len && b[0] == 0x66) {
		b++;
		len--;
	}
	if (len == 1 && b[0] == 0xf4)
		return HLT;
	if (len && ((b[0] >= 0xe4 && b[0] <= 0xe7) || (b[0] >= 0xec && b[0] <= 0xef)))
		return IO;
	return -1;
}

static uint32_t number_at(const unsigned char *b)
{
	uint32_t n;

	memcpy(&n, b, sizeof(n));
	return n;
}

static void watch(struct qemu_plugin_insn *in, vcpu_cb cb, uintptr_t data)
{
	qemu_plugin_register_vcpu_insn_exec_cb(in, cb, NO_REGS, (void *)data);
}

/* Returns whether the hypercall's number comes out of R9 from here on. */
static bool look_at(struct qemu_plugin_insn *in, bool in_xen, bool from_r9)
{
	const unsigned char *b = qemu_plugin_insn_data(in);
	size_t len = qemu_plugin_insn_size(in);
	int kind;

	if (len == 3 && b[0] == 0x0f && b[1] == 0x01 && b[2] == 0xd8) {
		watch(in, one, EXITS);
	} else if (len == 3 && b[0] == 0x0f && b[1] == 0x01 && b[2] == 0xd9) {
		watch(in, hypercall, from_r9);
	} else if (len == 10 && b[0] == 0x48 && b[1] == 0xb8 && !memcmp(b + 3, "KRAMNEX", 7)) {
		watch(in, mark, b[2]);
	} else if (!in_xen) {
		kind = intercepted(b, len);
		if (kind >= 0)
			watch(in, one, kind);
		else if (len == 5 && b[0] == 0xb8 && number_at(b + 1) < HYPERCALLS)
			watch(in, load_eax, number_at(b + 1));
		else if (len == 6 && b[0] == 0x41 && b[1] == 0xb9 &&
			 number_at(b + 2) < HYPERCALLS)
			watch(in, load_r9, number_at(b + 2));
		else if (len == 3 && b[0] == 0x44 && b[1] == 0x89 && b[2] == 0xc8)
			return true;
	}
	return from_r9;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb), i;
	uint64_t where = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
	bool in_xen = where >= XEN_FIRST && where <= XEN_LAST;
	bool from_r9 = false;

	if (!in_xen)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, where >= KERNEL_FIRST ?
						     kernel_block : user_block,
						     NO_REGS, (void *)n);
	for (i = 0; i < n; i++)
		from_r9 = look_at(qemu_plugin_tb_get_insn(tb, i), in_xen, from_r9);
}

static void finish(qemu_plugin_id_t id, void *data)
{
	mark(0, NULL);
	fclose(out);
}

PUBLIC int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
			       int argc, char **argv)
{
	const char *path = "count.log";
	int i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			path = argv[i] + 4;
		else if (!strncmp(argv[i], "first=", 6))
			first_cpu = atoi(argv[i] + 6);
	}
	out = fopen(path, "w");
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finish, NULL);
	return 0;
}
