#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# console_io - the Xen console takes output in any amount and does not block
#
# The guest cannot see what arrives at the other side; what it can see is that
# hvc0 is registered, that much more than a ring (2 kB) goes through in time,
# that kernel messages go on in between, and that the backend's events are
# counted. For the other side, numbered marker lines with a checksum of their
# text are written: "console_io N/TOTAL SHA8 TEXT".
#
# Needs: CONFIG_HVC_XEN, a console daemon at the other side.  Time: 5 s.

# Functions are called through ktap_check:
# shellcheck disable=SC2317

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/ktap.sh"

lines=40

grep -qs '^type\|xen' /sys/hypervisor/type || ktap_skip_all "not a Xen guest"
[ -c /dev/hvc0 ] || ktap_skip_all "no /dev/hvc0 (CONFIG_HVC_XEN)"

markers()
{
	_i=1
	while [ "$_i" -le "$lines" ]; do
		_text="$_i-$(printf '%060d' "$_i")"
		_sum=$(printf %s "$_text" | sha256sum | cut -c1-8)
		echo "console_io $_i/$lines $_sum $_text"
		_i=$((_i + 1))
	done
}

# 16 rings' worth; the daemon must drain it meanwhile.
much()
{
	markers >/tmp/console_io.$$
	timeout 60 sh -c "for i in 1 2 3 4 5 6 7 8; do cat /tmp/console_io.$$; done >/dev/hvc0"
	_rc=$?
	rm -f "/tmp/console_io.$$"
	return "$_rc"
}

# The sum over all CPUs of the lines of hvc_console.
interrupts()
{
	awk '/hvc_console/ {
		for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++)
			n += $i
	} END { print n + 0 }' /proc/interrupts
}

# A kernel message gets into the log, console busy or not.
kernel_message()
{
	_mark="console_io kernel message $$"
	markers >/dev/hvc0 &
	_writer=$!
	echo "$_mark" >/dev/kmsg
	wait "$_writer"
	dmesg | grep -q "$_mark"
}

# Four writers at once.
writers()
{
	_pids=
	for _w in 1 2 3 4; do
		head -c 4000 /dev/zero | tr '\0' "$_w" | fold -w 70 |
			timeout 60 dd of=/dev/hvc0 bs=256 2>/dev/null &
		_pids="$_pids $!"
	done
	_rc=0
	for _p in $_pids; do
		wait "$_p" || _rc=1
	done
	return "$_rc"
}

ktap_plan 7

ktap_check hvc0-is-a-terminal "stty cannot ask it" stty -F /dev/hvc0 size
if tr ' ' '\n' </proc/cmdline | grep -q '^console=hvc0'; then
	ktap_check hvc0-is-the-console "not in /proc/consoles" \
		grep -q '^hvc0 .*E' /proc/consoles
else
	ktap_skip hvc0-is-the-console "no console=hvc0 on the command line"
fi
before=$(interrupts)
ktap_check much-output "64 kB did not go through in 60 s" much
ktap_check writers-at-once "one of four did not end" writers
ktap_check kernel-message-in-between "not in the log" kernel_message
ktap_check events-are-counted "no hvc_console interrupt in between" \
	[ "$(interrupts)" -gt "$before" ]
ktap_check not-disabled "the kernel took the backend for hostile" \
	sh -c '! dmesg | grep -q "impossible ring index"'
ktap_end
