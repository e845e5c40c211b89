/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of xenfs.
 */
#ifndef _XENFS_H
#define _XENFS_H

#include <linux/fs.h>

/* xenfs_store.c */
extern const struct file_operations xenfs_xsd_kva_fops;
extern const struct file_operations xenfs_xsd_port_fops;

/* xenfs_syms.c */
extern const struct file_operations xenfs_xensyms_fops;

#endif /* _XENFS_H */
