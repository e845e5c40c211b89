/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How console_hotplug (in the guest) and console_peer (in dom0) talk: the guest writes
 * one command at a time into CMD, the peer answers into ACK, both below CP_DIR in the
 * guest's part of the store. Each is "NUMBER TEXT"; the answer carries the number of
 * its command, and "ok" or "error ERRNO".
 *
 *	add		make console 1; it sends back all that it gets
 *	close		end it the way that a toolstack does
 *	vanish		end it without a word
 *	type LINES	type so many lines, see CP_LINE, on console 0
 */
#ifndef CONSOLEPEER_H
#define CONSOLEPEER_H

#define CP_DIR		"data/console-peer"
#define CP_CMD		"cmd"
#define CP_ACK		"ack"
#define CP_LINE		"typed %06u abcdefghijklmnopqrstuvwxyz0123456789\n"

#endif /* CONSOLEPEER_H */
