/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How grant_user (in the guest) and grant_peer (in the domain that it trusts with
 * its pages, usually dom0) talk: the guest writes one command at a time into CMD,
 * the peer answers into ACK, both below GP_DIR in the guest's part of the store.
 * Each is "NUMBER TEXT"; the answer carries the number of its command.
 *
 *	map w|r REF	map the guest's page, writable or not
 *	clear OFFSET	have a byte of the mapped page cleared when it is unmapped
 *	unmap
 *	grant [COUNT]	grant pages to the guest; answers "ok REF..."; each page begins
 *			with "page" and its number
 *	free		end these grants; answers "ok N": how many of them the guest still
 *			uses, or -1 where the peer's kernel does not tell
 *	put TEXT	write a string into the page that is mapped, else into the first
 *			that is granted
 *	get [AT]	the string at this offset of what is mapped, else granted; answers
 *			"ok TEXT"
 *
 * Every other answer than "ok" is "error ERRNO".
 */
#ifndef GRANTPEER_H
#define GRANTPEER_H

#define GP_DIR		"data/grant-peer"
#define GP_CMD		"cmd"
#define GP_ACK		"ack"
#define GP_TEXT_MAX	100
#define GP_MAX_PAGES	8

#endif /* GRANTPEER_H */
