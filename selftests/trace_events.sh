#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# trace_events - tracepoints of hypercalls, upcalls and the physical map
#
# Each must be there, say nothing while it is off, and when it is on report what
# this test makes the kernel do: a sleep is a timer hypercall and an upcall, reading
# /sys/hypervisor is an xen_version hypercall, a page more or less for the balloon
# changes the physical map. Every entry has its exit.
#
# Needs: CONFIG_FTRACE with event tracing, root.  Time: 3 s.

# Functions are called through ktap_check:
# shellcheck disable=SC2317

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/ktap.sh"

tracing=/sys/kernel/tracing
balloon=/sys/devices/system/xen_memory/xen_memory0

grep -qs xen /sys/hypervisor/type || ktap_skip_all "not a Xen guest"
[ -d $tracing/events ] || mount -t tracefs tracefs $tracing 2>/dev/null
[ -d $tracing/events ] || ktap_skip_all "no tracefs (CONFIG_FTRACE)"

events="xen_hypercall_entry xen_hypercall_exit xen_upcall_entry xen_upcall_exit
	xen_physmap"

there()
{
	for _e in $events; do
		[ -e "$tracing/events/xen/$_e/enable" ] || return 1
	done
}

# traced EVENT COMMAND...: what the event said meanwhile, in $out
traced()
{
	_event=$1
	shift
	echo >"$tracing/trace"
	echo 1 >"$tracing/events/xen/$_event/enable"
	"$@" >/dev/null 2>&1
	echo 0 >"$tracing/events/xen/$_event/enable"
	grep -v '^#' "$tracing/trace" >"$out"
}

silent()
{
	echo >"$tracing/trace"
	sleep 0.1
	cat /sys/hypervisor/version/major
	! grep -v '^#' "$tracing/trace" | grep xen_
} >/dev/null

names_hypercall()
{
	traced xen_hypercall_entry cat /sys/hypervisor/version/major
	grep -q "xen_hypercall_entry: nr=17 (xen_version) op=0x0$" "$out"
}

tells_result()
{
	traced xen_hypercall_exit cat /sys/hypervisor/version/major
	_want=$(($(cat /sys/hypervisor/version/major) << 16 |
		$(cat /sys/hypervisor/version/minor)))
	grep -q "xen_hypercall_exit: nr=17 (xen_version) ret=$_want$" "$out"
}

# But for those that were under way when the tracepoints came on and went off.
in_pairs()
{
	echo >"$tracing/trace"
	echo 1 >"$tracing/events/xen/xen_hypercall_exit/enable"
	echo 1 >"$tracing/events/xen/xen_hypercall_entry/enable"
	sleep 0.2
	echo 0 >"$tracing/events/xen/xen_hypercall_entry/enable"
	echo 0 >"$tracing/events/xen/xen_hypercall_exit/enable"
	# Between the first and the last entry both were on.
	awk '/xen_hypercall_entry:/ { n++; seen = exits }
	/xen_hypercall_exit:/ { if (n) exits++ }
	END { exit !(n > 10 && n - seen <= 3 && n - seen >= -2) }' \
		"$tracing/trace"
}

upcalls()
{
	traced "$1" sleep 0.2
	grep -q "$1: $2" "$out"
}

# Down by 1 MB and back.
move_balloon()
{
	_kb=$(cat "$balloon/target_kb")
	echo $((_kb - 1024)) >"$balloon/target_kb"
	sleep 0.5
	echo "$_kb" >"$balloon/target_kb"
	sleep 0.5
}

physmap()
{
	traced xen_physmap move_balloon
	grep -q 'xen_physmap: op=decrease_reservation .* ret=[1-9]' "$out" &&
		grep -q 'xen_physmap: op=populate_physmap .* ret=[1-9]' "$out"
}

out=$(mktemp)
trap 'rm -f "$out"' EXIT

ktap_plan 7
ktap_check there "not all of: $events" there
ktap_check silent "events while all are off" silent
ktap_check names_hypercall "no xen_version" names_hypercall
ktap_check tells_result "not Xen's version" tells_result
ktap_check in_pairs "entries without exits" in_pairs
ktap_check upcalls "none in a sleep" upcalls xen_upcall_exit handled=1
if [ -w $balloon/target_kb ]; then
	ktap_check physmap "no change by the balloon" physmap
else
	ktap_skip physmap "no $balloon (CONFIG_XEN_BALLOON)"
fi
ktap_end
