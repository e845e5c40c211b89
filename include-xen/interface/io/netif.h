/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network devices. Xen's public/io/netif.h, which also describes all keys.
 *
 * Directions are the frontend's: tx is from the guest, rx to the guest.
 */
#ifndef _XEN_INTERFACE_IO_NETIF_H
#define _XEN_INTERFACE_IO_NETIF_H

#include <linux/build_bug.h>
#include <xen/interface/io/ring.h>
#include <xen/interface/grant_table.h>

/* Slots for one packet that every backend accepts */
#define XEN_NETIF_NR_SLOTS_MIN		18

#define XEN_NETIF_MAX_XDP_HEADROOM	0x7FFF
#define XEN_NETIF_MAX_TX_SIZE		0xFFFF

/* Status of a response; an rx response has the number of bytes instead of 0 */
#define XEN_NETIF_RSP_NULL	1
#define XEN_NETIF_RSP_OKAY	0
#define XEN_NETIF_RSP_ERROR	-1
#define XEN_NETIF_RSP_DROPPED	-2

/* Transmit */

#define _XEN_NETTXF_csum_blank		0	/* checksum to be filled in */
#define _XEN_NETTXF_data_validated	1	/* checksum known to be good */
#define _XEN_NETTXF_more_data		2	/* another slot follows */
#define _XEN_NETTXF_extra_info		3	/* the next slot is an extra */
#define XEN_NETTXF_csum_blank		(1U << _XEN_NETTXF_csum_blank)
#define XEN_NETTXF_data_validated	(1U << _XEN_NETTXF_data_validated)
#define XEN_NETTXF_more_data		(1U << _XEN_NETTXF_more_data)
#define XEN_NETTXF_extra_info		(1U << _XEN_NETTXF_extra_info)

/* In the first slot of a packet, size is that of the whole packet. */
struct xen_netif_tx_request {
	grant_ref_t gref;
	uint16_t offset;
	uint16_t flags;
	uint16_t id;
	uint16_t size;
};

struct xen_netif_tx_response {
	uint16_t id;
	int16_t status;
};

/* Receive */

#define _XEN_NETRXF_data_validated	0
#define _XEN_NETRXF_csum_blank		1
#define _XEN_NETRXF_more_data		2
#define _XEN_NETRXF_extra_info		3
#define _XEN_NETRXF_gso_prefix		4
#define XEN_NETRXF_data_validated	(1U << _XEN_NETRXF_data_validated)
#define XEN_NETRXF_csum_blank		(1U << _XEN_NETRXF_csum_blank)
#define XEN_NETRXF_more_data		(1U << _XEN_NETRXF_more_data)
#define XEN_NETRXF_extra_info		(1U << _XEN_NETRXF_extra_info)
#define XEN_NETRXF_gso_prefix		(1U << _XEN_NETRXF_gso_prefix)

struct xen_netif_rx_request {
	uint16_t id;
	uint16_t pad;
	grant_ref_t gref;
};

struct xen_netif_rx_response {
	uint16_t id;
	uint16_t offset;
	uint16_t flags;
	int16_t status;
};

/* Extras: a slot with more about the packet, instead of a request or response */

#define XEN_NETIF_EXTRA_TYPE_NONE	0
#define XEN_NETIF_EXTRA_TYPE_GSO	1
#define XEN_NETIF_EXTRA_TYPE_MCAST_ADD	2
#define XEN_NETIF_EXTRA_TYPE_MCAST_DEL	3
#define XEN_NETIF_EXTRA_TYPE_HASH	4
#define XEN_NETIF_EXTRA_TYPE_XDP	5
#define XEN_NETIF_EXTRA_TYPE_MAX	6

#define _XEN_NETIF_EXTRA_FLAG_MORE	0	/* one more extra follows */
#define XEN_NETIF_EXTRA_FLAG_MORE	(1U << _XEN_NETIF_EXTRA_FLAG_MORE)

#define XEN_NETIF_GSO_TYPE_NONE		0
#define XEN_NETIF_GSO_TYPE_TCPV4	1
#define XEN_NETIF_GSO_TYPE_TCPV6	2

struct xen_netif_extra_info {
	uint8_t type;
	uint8_t flags;
	union {
		struct {
			uint16_t size;
			uint8_t type;
			uint8_t pad;
			uint16_t features;
		} gso;
		struct {
			uint8_t addr[6];
		} mcast;
		struct {
			uint8_t type;
			uint8_t algorithm;
			uint8_t value[4];
		} hash;
		struct {
			uint16_t headroom;
			uint16_t pad[2];
		} xdp;
		uint16_t pad[3];
	} u;
};

DEFINE_RING_TYPES(xen_netif_tx, struct xen_netif_tx_request,
		  struct xen_netif_tx_response);
DEFINE_RING_TYPES(xen_netif_rx, struct xen_netif_rx_request,
		  struct xen_netif_rx_response);

static_assert(sizeof(struct xen_netif_tx_request) == 12);
static_assert(sizeof(struct xen_netif_rx_request) == 8);
static_assert(sizeof(struct xen_netif_rx_response) == 8);
static_assert(sizeof(struct xen_netif_extra_info) == 8);

/* Control ring: how the backend spreads packets over the queues */

#define XEN_NETIF_CTRL_TYPE_INVALID			0
#define XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS		1
#define XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS		2
#define XEN_NETIF_CTRL_TYPE_SET_HASH_KEY		3
#define XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE	4
#define XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE	5
#define XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING		6
#define XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM		7

#define XEN_NETIF_CTRL_STATUS_SUCCESS			0
#define XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED		1
#define XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER		2
#define XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW		3

#define _XEN_NETIF_CTRL_HASH_TYPE_IPV4		0
#define _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP	1
#define _XEN_NETIF_CTRL_HASH_TYPE_IPV6		2
#define _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP	3
#define XEN_NETIF_CTRL_HASH_TYPE_IPV4		\
	(1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV4)
#define XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP	\
	(1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP)
#define XEN_NETIF_CTRL_HASH_TYPE_IPV6		\
	(1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV6)
#define XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP	\
	(1 << _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP)

#define XEN_NETIF_CTRL_HASH_ALGORITHM_NONE	0
#define XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ	1

struct xen_netif_ctrl_request {
	uint16_t id;
	uint16_t type;
	uint32_t data[3];
};

struct xen_netif_ctrl_response {
	uint16_t id;
	uint16_t type;
	uint32_t status;
	uint32_t data;
};

DEFINE_RING_TYPES(xen_netif_ctrl, struct xen_netif_ctrl_request,
		  struct xen_netif_ctrl_response);

static_assert(sizeof(struct xen_netif_ctrl_request) == 16);
static_assert(sizeof(struct xen_netif_ctrl_response) == 12);

#ifdef XEN_NETIF_DEFINE_TOEPLITZ
/* Bit @n of a string of bytes, the highest first; 0 beyond its end */
static inline u32 xen_netif_key_bit(const u8 *key, unsigned int keylen,
				    unsigned int n)
{
	return n / 8 < keylen ? key[n / 8] >> (7 - n % 8) & 1 : 0;
}

/*
 * The Toeplitz hash: for each bit that is set in the data, the 32 bits of the
 * key that start at the same place are added without carry.
 */
static inline u32 xen_netif_toeplitz_hash(const u8 *key, unsigned int keylen,
					  const u8 *buf, unsigned int buflen)
{
	u32 window = 0, hash = 0;
	unsigned int n;

	for (n = 0; n < 32; n++)
		window = window << 1 | xen_netif_key_bit(key, keylen, n);

	for (n = 0; n < buflen * 8; n++) {
		if (buf[n / 8] & 0x80 >> n % 8)
			hash ^= window;
		window = window << 1 | xen_netif_key_bit(key, keylen, n + 32);
	}

	return hash;
}
#endif

#endif /* _XEN_INTERFACE_IO_NETIF_H */
