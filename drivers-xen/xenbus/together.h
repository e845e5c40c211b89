/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where together.c gets its workers from, so that tests can stand in for it.
 */
#ifndef _XENBUS_TOGETHER_H
#define _XENBUS_TOGETHER_H

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

struct workqueue_struct;

#if IS_ENABLED(CONFIG_KUNIT)
struct workqueue_struct *xenbus_get_queue(void);
#endif

#endif
