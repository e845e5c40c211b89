// SPDX-License-Identifier: GPL-2.0
/*
 * kexec_boot - load another kernel and go to it
 *
 *	kexec_boot [-p] KERNEL COMMAND_LINE
 *
 * -p	load it as the crash kernel; it is gone to when this one panics
 *
 * Not a test of its own: the kernel that comes up does the testing. It needs no
 * initramfs. The memory that a crash kernel takes must have been set aside with
 * crashkernel=.
 *
 * Needs: CONFIG_KEXEC_FILE, for -p CONFIG_CRASH_DUMP.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	unsigned long flags = KEXEC_FILE_NO_INITRAMFS;
	bool crash = argc > 1 && !strcmp(argv[1], "-p");
	int fd;

	argv += crash;
	argc -= crash;
	if (argc != 3) {
		fprintf(stderr, "usage: kexec_boot [-p] KERNEL COMMAND_LINE\n");
		return 2;
	}
	if (crash)
		flags |= KEXEC_FILE_ON_CRASH;

	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(argv[1]);
	if (syscall(SYS_kexec_file_load, fd, -1, strlen(argv[2]) + 1, argv[2],
		    flags))
		return fail("kexec_file_load");
	if (crash)
		return 0;

	sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		LINUX_REBOOT_CMD_KEXEC, NULL);
	return fail("reboot");
}
