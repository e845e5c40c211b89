#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# net_tcp - TCP between the guest and a peer, checksummed at both ends
#
# The peer (the lab's dom0) serves three ports:
#   sink   takes data until the sender closes, answers with its sha256
#   source sends a block of random data and closes
#   sum    sends the sha256 of what "source" sends
# Small, large and both ways at once; then many short connections.
#
# Environment: XEN_PEER_IP    the peer; without it there is nothing to test
#              XEN_GUEST_IP   address/prefix to give to eth0 if it has none
#              XEN_PEER_PORTS "sink source sum", default "7001 7002 7003"
# Needs: socat, iproute2, CONFIG_XEN_NETDEV_FRONTEND.  Time: 20 s.

# Functions are called through ktap_check:
# shellcheck disable=SC2317

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/ktap.sh"

[ -n "$XEN_PEER_IP" ] || ktap_skip_all "no XEN_PEER_IP"
[ -d /sys/class/net/eth0 ] || ktap_skip_all "no eth0"
command -v socat >/dev/null || ktap_skip_all "no socat"

# shellcheck disable=SC2086
set -- ${XEN_PEER_PORTS:-7001 7002 7003}
sink=$1
source=$2
sum=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

set_up()
{
	ip link set eth0 up || return 1
	if ! ip -4 -o addr show dev eth0 | grep -q inet; then
		[ -n "$XEN_GUEST_IP" ] || return 1
		ip addr add "$XEN_GUEST_IP" dev eth0 || return 1
	fi
	_i=0
	while [ "$_i" -lt 20 ]; do
		# Any answer will do: the address is resolved, the link carries.
		socat -u "TCP:$XEN_PEER_IP:$sum,connect-timeout=2" - >"$work/want" 2>/dev/null &&
			return 0
		_i=$((_i + 1))
		sleep 0.5
	done
	return 1
}

digest()
{
	sha256sum | cut -c1-64
}

# send FILE: the peer's digest of it
send()
{
	timeout 90 socat -t 60 - "TCP:$XEN_PEER_IP:$sink" <"$1" | cut -c1-64
}

receive()
{
	timeout 90 socat -u "TCP:$XEN_PEER_IP:$source" - | digest
}

# send_size NAME BYTES
send_size()
{
	head -c "$2" /dev/urandom >"$work/$2"
	ktap_check "$1" "the peer got other data" \
		[ "$(send "$work/$2")" = "$(digest <"$work/$2")" ]
}

errors()
{
	cat /sys/class/net/eth0/statistics/rx_errors \
		/sys/class/net/eth0/statistics/tx_errors | tr '\n' ' '
}

short_connections()
{
	_i=0
	while [ "$_i" -lt 50 ]; do
		_got=$(timeout 30 socat -u "TCP:$XEN_PEER_IP:$sum" - | cut -c1-64)
		[ "$_got" = "$want" ] || return 1
		_i=$((_i + 1))
	done
}

both_ways()
{
	send "$work/4194304" >"$work/theirs" &
	_sender=$!
	_got=$(receive)
	wait "$_sender"
	[ "$_got" = "$want" ] &&
		[ "$(cat "$work/theirs")" = "$(digest <"$work/4194304")" ]
}

ktap_plan 9

if ! set_up; then
	ktap_not_ok link-to-the-peer "no connection to $XEN_PEER_IP:$sum"
	ktap_planned=1
	ktap_end
fi
ktap_ok link-to-the-peer
want=$(cut -c1-64 <"$work/want")
before=$(errors)

send_size send-1-byte 1
send_size send-one-packet 1400
send_size send-64k 65536
send_size send-4m 4194304
ktap_check receive "not the data that the peer sent" [ "$(receive)" = "$want" ]
ktap_check both-ways-at-once "data differ" both_ways
ktap_check short-connections "one of 50 failed" short_connections
ktap_check no-errors-counted "rx and tx errors went from $before to $(errors)" \
	[ "$(errors)" = "$before" ]
ktap_end
