#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# balloon - a guest gives memory to Xen and takes it back, asked to by itself
#
# The files in /sys/devices/system/xen_memory: which there are, what they take, and
# what they do while another program uses memory. The kernel's own count, that of
# the page allocator and that of Xen must change by the same. In the end all is as
# it was.
#
# Needs: CONFIG_XEN_BALLOON, root; CONFIG_DEBUG_FS to compare with Xen's count; 32 MB
# of memory to spare; a tool stack that leaves the target alone.  Time: 5 s.

# Functions are called through ktap_check:
# shellcheck disable=SC2317

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/ktap.sh"

sys=/sys/devices/system/xen_memory/xen_memory0
accounting=/sys/kernel/debug/xen-balloon/accounting
here=$(dirname "$0")
mb=16

[ -d "$sys" ] || ktap_skip_all "no $sys"

content()
{
	read -r _line <"$sys/$1" && echo "$_line"
}

first_target=$(content target_kb)
work=$(mktemp -d)
load=

clean_up()
{
	[ -z "$load" ] || kill "$load" 2>/dev/null
	echo "$first_target" >"$sys/target_kb"
	rm -rf "$work"
}
trap clean_up EXIT

all_files()
{
	[ "$(cd "$sys" && find . -type f ! -path './power/*' ! -name uevent |
		sort | tr '\n' ' ')" = \
		"./info/current_kb ./info/high_kb ./info/low_kb ./max_retry_count \
./max_schedule_delay ./retry_count ./schedule_delay ./scrub_pages ./target \
./target_kb " ]
}

# mode FILE...: which of them root may write to
writable()
{
	for f in target target_kb max_retry_count max_schedule_delay scrub_pages; do
		[ "$(stat -c %a "$sys/$f")" = 644 ] || return
	done
	for f in retry_count schedule_delay info/current_kb info/low_kb info/high_kb; do
		[ "$(stat -c %a "$sys/$f")" = 444 ] || return
	done
}

same_unit()
{
	[ "$(content target)" = $(($(content target_kb) * 1024)) ]
}

# No error, and what is read back is what was written. Numbers are shown in
# hexadecimal, and taken as such only with PREFIX.
keeps() # FILE VALUE [PREFIX]
{
	_was=$(content "$1")
	echo "$3$2" >"$sys/$1" && [ "$(content "$1")" = "$2" ] &&
		echo "$3$_was" >"$sys/$1" && [ "$(content "$1")" = "$_was" ]
}

knobs()
{
	keeps max_retry_count 7 0x && keeps max_schedule_delay 1f 0x &&
		keeps scrub_pages 0 && keeps scrub_pages 1
}

refuses_garbage()
{
	for bad in x -1 "" 4X 99999999999999999999 "1 2"; do
		# shellcheck disable=SC2320
		! echo "$bad" 2>/dev/null >"$sys/target" || return
		# shellcheck disable=SC2320
		! echo "$bad" 2>/dev/null >"$sys/target_kb" || return
	done
	[ "$(content target_kb)" = "$first_target" ]
}

memtotal()
{
	awk '/^MemTotal:/ { print $2 }' /proc/meminfo
}

reservation()
{
	awk '/^reservation / { print $2 * 4 }' "$accounting"
}

# Wait until the kernel has as much as it should, at most 20 s.
settle()
{
	for _i in $(seq 100); do
		[ "$(content info/current_kb)" != "$(content target_kb)" ] || return 0
		sleep 0.2
	done
	return 1
}

# All counts are $1 KiB below the first
all_below()
{
	[ "$(content info/current_kb)" = $((first_current - $1)) ] &&
		[ "$(content info/low_kb)" = "$1" ] &&
		[ "$(memtotal)" = $((first_memtotal - $1)) ]
}

xen_below()
{
	[ "$(reservation)" = $((first_reservation - $1)) ]
}

down()
{
	echo $((first_target - mb * 1024)) >"$sys/target_kb" && settle &&
		all_below $((mb * 1024))
}

up()
{
	echo "$((first_target * 1024))" >"$sys/target" && settle && all_below 0
}

# Down and up five times beside a program that looks after its memory
under_load()
{
	"$here/memory_load" 8 "$work/rounds" >"$work/out" &
	load=$!
	for _round in 1 2 3 4 5; do
		echo $((first_target - mb * 1024)) >"$sys/target_kb" && settle &&
			echo "$first_target" >"$sys/target_kb" && settle || return
	done
	sleep 1
	read -r _rounds <"$work/rounds" && [ "$_rounds" -gt 0 ] &&
		kill -0 "$load" && all_below 0
}

ktap_plan 11
ktap_check all_files "$(find "$sys" -type f | tr '\n' ' ')" all_files
ktap_check modes "$(find "$sys" -maxdepth 2 -type f -printf '%P %m, ')" writable
ktap_check target_in_bytes "$(content target), $(content target_kb)" same_unit
ktap_check knobs "a value is not kept" knobs
ktap_check refuses_garbage "target_kb is $(content target_kb)" refuses_garbage

first_current=$(content info/current_kb)
first_memtotal=$(memtotal)
# The kernel is where it wants to be, or nothing can be said.
ktap_check at_target "$first_current of $first_target KiB, $(content info/low_kb) ballooned" \
	[ "$first_current" = "$first_target" -a "$(content info/low_kb)" = 0 ]
if [ -r "$accounting" ]; then
	first_reservation=$(reservation)
	ktap_check down "current $(content info/current_kb), MemTotal $(memtotal)" down
	ktap_check down_in_xen "Xen counts $(reservation) of $first_reservation KiB" \
		xen_below $((mb * 1024))
	ktap_check up "current $(content info/current_kb), MemTotal $(memtotal)" up
	ktap_check up_in_xen "Xen counts $(reservation) of $first_reservation KiB" \
		xen_below 0
else
	ktap_check down "memory does not follow the target" down
	ktap_skip down_in_xen "no $accounting"
	ktap_check up "memory does not follow the target" up
	ktap_skip up_in_xen "no $accounting"
fi
ktap_check under_load "memory is lost, or the load has died" under_load
ktap_end
