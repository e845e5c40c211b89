// SPDX-License-Identifier: GPL-2.0
/*
 * xensyms: the functions of the hypervisor, one a line as in /proc/kallsyms.
 *
 * Xen is asked for one symbol at a time, by a number, and gives the number of the next
 * with it. That number is the position in the file.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/platform.h>

#include "xenfs.h"

/* Xen's names end after 127 letters. Longer ones would be cut. */
#define NAME_SIZE	256

/**
 * struct symbol - the one at hand
 * @op: question and answer
 * @name: its name
 */
struct symbol {
	struct xen_platform_op op;
	char name[NAME_SIZE];
};

/* NULL behind the last one, and on an error, as there is nothing to go on with. */
static struct symbol *ask_for(struct symbol *symbol, u32 number)
{
	struct xenpf_symdata *data = &symbol->op.u.symdata;

	symbol->op = (struct xen_platform_op) { .cmd = XENPF_get_symbol };
	data->symnum = number;
	data->namelen = sizeof(symbol->name);
	set_xen_guest_handle(data->name, symbol->name);
	if (HYPERVISOR_platform_op(&symbol->op) || data->symnum == number)
		return NULL;
	/* Whatever Xen wrote, it is to end. */
	symbol->name[min_t(u32, data->namelen, NAME_SIZE - 1)] = '\0';
	return symbol;
}

static void *xensyms_start(struct seq_file *m, loff_t *pos)
{
	return *pos < 0 || *pos > U32_MAX ? NULL : ask_for(m->private, *pos);
}

static void *xensyms_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct symbol *symbol = v;

	*pos = symbol->op.u.symdata.symnum;
	return ask_for(symbol, *pos);
}

static void xensyms_stop(struct seq_file *m, void *v)
{
}

static int xensyms_show(struct seq_file *m, void *v)
{
	struct symbol *symbol = v;

	seq_printf(m, "%016llx %c %s\n", symbol->op.u.symdata.address,
		   symbol->op.u.symdata.type, symbol->name);
	return 0;
}

static const struct seq_operations xensyms_seq = {
	.start = xensyms_start,
	.next = xensyms_next,
	.stop = xensyms_stop,
	.show = xensyms_show,
};

static int xensyms_open(struct inode *inode, struct file *filp)
{
	return seq_open_private(filp, &xensyms_seq, sizeof(struct symbol));
}

const struct file_operations xenfs_xensyms_fops = {
	.owner = THIS_MODULE,
	.open = xensyms_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};
