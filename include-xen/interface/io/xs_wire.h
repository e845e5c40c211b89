/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocol of xenstore. Xen's public/io/xs_wire.h and docs/misc/xenstore.txt.
 *
 * A message is a header and as many bytes of payload as it says. A reply has
 * type and request id of its request, or the type XS_ERROR and the name of an
 * error as payload.
 */
#ifndef _XEN_INTERFACE_IO_XS_WIRE_H
#define _XEN_INTERFACE_IO_XS_WIRE_H

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/types.h>

enum xsd_sockmsg_type {
	XS_CONTROL,
	XS_DIRECTORY,
	XS_READ,
	XS_GET_PERMS,
	XS_WATCH,
	XS_UNWATCH,
	XS_TRANSACTION_START,
	XS_TRANSACTION_END,
	XS_INTRODUCE,
	XS_RELEASE,
	XS_GET_DOMAIN_PATH,
	XS_WRITE,
	XS_MKDIR,
	XS_RM,
	XS_SET_PERMS,
	XS_WATCH_EVENT,
	XS_ERROR,
	XS_IS_DOMAIN_INTRODUCED,
	XS_RESUME,
	XS_SET_TARGET,
	/* 20 was XS_RESTRICT */
	XS_RESET_WATCHES = 21,
	XS_DIRECTORY_PART,
	XS_TYPE_COUNT,		/* number of types: not a message */

	XS_INVALID = 0xffff,
};

#define XS_DEBUG	XS_CONTROL

struct xsd_sockmsg {
	uint32_t type;		/* enum xsd_sockmsg_type */
	uint32_t req_id;	/* the client's choice */
	uint32_t tx_id;		/* transaction, 0 for none */
	uint32_t len;		/* of what follows */
};

/* The errors that xenstored may answer with, by the name that it sends */
struct xsd_errors {
	int errnum;
	const char *errstring;
};

#define XSD_ERROR(x)	{ .errnum = x, .errstring = #x }

static const struct xsd_errors xsd_errors[] __maybe_unused = {
	XSD_ERROR(E2BIG), XSD_ERROR(EACCES), XSD_ERROR(EAGAIN),
	XSD_ERROR(EBUSY), XSD_ERROR(EEXIST), XSD_ERROR(EINVAL),
	XSD_ERROR(EIO), XSD_ERROR(EISCONN), XSD_ERROR(EISDIR),
	XSD_ERROR(ENOENT), XSD_ERROR(ENOMEM), XSD_ERROR(ENOSPC),
	XSD_ERROR(ENOSYS), XSD_ERROR(ENOTEMPTY), XSD_ERROR(EROFS),
};

/* Strings of a watch event, in this order */
enum xs_watch_type {
	XS_WATCH_PATH = 0,
	XS_WATCH_TOKEN,
};

/* Lengths which xenstored does not go beyond, without a final NUL */
#define XENSTORE_PAYLOAD_MAX	4096
#define XENSTORE_ABS_PATH_MAX	3072
#define XENSTORE_REL_PATH_MAX	2048

#define XENSTORE_RING_SIZE		1024
#define MASK_XENSTORE_IDX(idx)		((idx) & (XENSTORE_RING_SIZE - 1))

typedef uint32_t XENSTORE_RING_IDX;

/* The page that a domain shares with xenstored. Indices run freely. */
struct xenstore_domain_interface {
	char req[XENSTORE_RING_SIZE];
	char rsp[XENSTORE_RING_SIZE];
	XENSTORE_RING_IDX req_cons, req_prod;
	XENSTORE_RING_IDX rsp_cons, rsp_prod;
	uint32_t server_features;
	uint32_t connection;
	uint32_t error;
};

/* server_features: bits */
#define XENSTORE_SERVER_FEATURE_RECONNECTION	1
#define XENSTORE_SERVER_FEATURE_ERROR		2

/* connection: the guest may ask for a new one */
#define XENSTORE_CONNECTED	0
#define XENSTORE_RECONNECT	1

/* error: why xenstored does not talk to us any more */
#define XENSTORE_ERROR_NONE	0
#define XENSTORE_ERROR_COMM	1
#define XENSTORE_ERROR_RINGIDX	2
#define XENSTORE_ERROR_PROTO	3

static_assert(sizeof(struct xsd_sockmsg) == 16);
static_assert(offsetof(struct xenstore_domain_interface, req_cons) == 2048);
static_assert(offsetof(struct xenstore_domain_interface, error) == 2072);

#endif /* _XEN_INTERFACE_IO_XS_WIRE_H */
