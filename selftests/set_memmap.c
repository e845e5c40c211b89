// SPDX-License-Identifier: GPL-2.0
/*
 * set_memmap DOMID MB - give Xen a long memory map for a PVH guest that has not started
 *
 * What its toolstack would say of it, but the memory above the first megabyte has one entry
 * for each megabyte.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privcmddev.h"

#define MEMORY_OP		12
#define SET_MEMORY_MAP		13
#define ENTRIES_MAX		1024

#define RAM			1
#define RESERVED		2
#define ACPI			3

struct e820_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
} __attribute__((packed));

struct memory_map {
	uint32_t nr;
	struct e820_entry *entries;
};

struct foreign_memory_map {
	uint16_t domid;
	struct memory_map map;
};

static void add(struct foreign_memory_map *op, uint64_t addr, uint64_t size,
		uint32_t type)
{
	struct e820_entry *e = &op->map.entries[op->map.nr++];

	e->addr = addr;
	e->size = size;
	e->type = type;
}

static void fill(struct foreign_memory_map *op, unsigned int mb)
{
	unsigned int i;

	add(op, 0, 0xa0000, RAM);
	for (i = 1; i < mb; i++)
		add(op, (uint64_t)i << 20, 1 << 20, RAM);
	add(op, 0xfc000000, 0x8040, ACPI);
	add(op, 0xfeff8000, 0x8000, RESERVED);
}

int main(int argc, char **argv)
{
	size_t size = ENTRIES_MAX * sizeof(struct e820_entry) + PD_PAGE;
	struct pd_hypercall call = { .op = MEMORY_OP };
	struct foreign_memory_map *op;
	unsigned int mb;
	int fd, buf, rc;

	mb = argc == 3 ? atoi(argv[2]) : 0;
	if (!mb || mb > ENTRIES_MAX - 3)
		errx(2, "usage: set_memmap DOMID MB");
	fd = open(PD_DEVICE, O_RDWR | O_CLOEXEC);
	buf = open(PD_BUF_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0 || buf < 0)
		err(1, "no /dev/xen/privcmd or hypercall");
	op = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, buf, 0);
	if (op == MAP_FAILED)
		err(1, "memory for a hypercall");
	op->domid = atoi(argv[1]);
	op->map.entries = (void *)((char *)op + PD_PAGE);
	fill(op, mb);
	call.arg[0] = SET_MEMORY_MAP;
	call.arg[1] = (uintptr_t)op;
	rc = pd_ioctl(fd, PD_HYPERCALL, &call);
	if (rc)
		errx(1, "Xen refuses the map: %s", strerror(rc));
	printf("%u entries\n", op->map.nr);
	return 0;
}
