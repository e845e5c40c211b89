/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The domains of the fake Xen.
 *
 * The kernel under test is one of them. A frontend and a backend that run in it
 * are each other's peers, as in a domain that is its own driver domain. The other
 * one has no kernel: what it does is done by a test, by calls that begin with
 * fake_peer_, and it does nothing that it is not told to.
 */
#ifndef _XEN_FAKE_DOMAINS_H
#define _XEN_FAKE_DOMAINS_H

/* The kernel under test, and its directory in xenstore */
#define FAKE_SELF	5
#define FAKE_HOME	"/local/domain/5/"

/* The other one */
#define FAKE_PEER	7

#endif /* _XEN_FAKE_DOMAINS_H */
