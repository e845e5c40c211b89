/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of this directory share with their tests.
 */
#ifndef _XEN_USER_H
#define _XEN_USER_H

struct attribute_group;

/* hypervisor_sysfs.c: all of /sys/hypervisor */
extern const struct attribute_group *xen_hypervisor_groups[];
void xen_hypervisor_name_flags(void);

#endif /* _XEN_USER_H */
