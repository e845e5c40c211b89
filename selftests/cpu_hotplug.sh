#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# cpu_hotplug - CPUs go off and on again, one, all but one, and under load
#
# After each round every CPU must run what is sent to it, tick, and take
# interrupts from the others. Programs that are on a CPU when it goes are moved.
#
# Needs: CONFIG_HOTPLUG_CPU, two CPUs or more.  Time: 10 s.

# Functions are called through ktap_check:
# shellcheck disable=SC2317

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/ktap.sh"

ROUNDS=5
CPUS=/sys/devices/system/cpu

# CPUs that can go off: all but the first.
others=
for _dir in "$CPUS"/cpu[0-9]*; do
	[ ! -e "$_dir/online" ] || others="$others ${_dir##*/cpu}"
done

[ -n "$others" ] || ktap_skip_all "no CPU can be set offline"

state()
{
	read -r _state <"$CPUS/cpu$1/online" && echo "$_state"
}

# set_cpu N 0|1
set_cpu()
{
	echo "$2" >"$CPUS/cpu$1/online" && [ "$(state "$1")" = "$2" ]
}

online()
{
	read -r _online <"$CPUS/online" && echo "$_online"
}

# Interrupts of CPU $1 in lines with $2; columns are the online CPUs in order.
count()
{
	awk -v cpu="CPU$1" -v what="$2" '
	NR == 1 {
		for (i = 1; i <= NF; i++)
			if ($i == cpu)
				column = i + 1
	}
	NR > 1 && index($0, what) { n += $column }
	END { print n + 0 }' /proc/interrupts
}

# The timer ends the sleep, and the program is sent there first.
works()
{
	timeout 20 taskset -c "$1" sleep 0.02
}

all_work()
{
	for _cpu in 0 $others; do
		works "$_cpu" || return
	done
}

one_by_one()
{
	for _cpu in $others; do
		set_cpu "$_cpu" 0 || return
		! taskset -c "$_cpu" true 2>/dev/null || return
		set_cpu "$_cpu" 1 || return
		works "$_cpu" || return
	done
}

all_off()
{
	for _cpu in $others; do
		set_cpu "$_cpu" 0 || return
	done
	[ "$(online)" = 0 ] && works 0 || return
	for _cpu in $others; do
		set_cpu "$_cpu" 1 || return
	done
	all_work
}

rounds()
{
	_round=0
	while [ "$_round" -lt "$ROUNDS" ]; do
		_round=$((_round + 1))
		"$1" || return
	done
}

# A program for each CPU that stops only to be woken, and one that does I/O.
start_load()
{
	load=
	for _cpu in 0 $others; do
		sh -c 'while :; do i=0; while [ $i -lt 300 ]; do i=$((i + 1)); done; sleep 0.01; done' &
		load="$load $!"
	done
	sh -c 'while dd if=/dev/xvda of=/dev/null bs=64k count=4 iflag=direct 2>/dev/null; do sleep 0.02; done' &
	load="$load $!"
}

load_lives()
{
	for _pid in $load; do
		kill -0 "$_pid" || return
	done
}

under_load()
{
	start_load
	_rc=0
	rounds one_by_one && load_lives || _rc=1
	# shellcheck disable=SC2086
	kill $load
	# shellcheck disable=SC2086
	wait $load 2>/dev/null
	return "$_rc"
}

# A CPU that has come back ticks, and hears from the others.
ticks()
{
	for _cpu in $others; do
		_before=$(count "$_cpu" timer)
		works "$_cpu" && [ "$(count "$_cpu" timer)" -gt "$_before" ] || return
	done
}

calls()
{
	for _cpu in $others; do
		_before=$(count "$_cpu" resched)
		_before=$((_before + $(count "$_cpu" callfunc)))
		works "$_cpu" || return
		_after=$(count "$_cpu" resched)
		_after=$((_after + $(count "$_cpu" callfunc)))
		[ "$_after" -gt "$_before" ] || return
	done
}

ktap_plan 7
ktap_check one-by-one "a CPU did not go, or not come back" one_by_one
ktap_check all-but-one "not with one CPU, or not back to all" all_off
ktap_check "rounds" "not in each of $ROUNDS rounds" rounds all_off
ktap_check under-load "a CPU, or a program on it, got lost" under_load
ktap_check timer-ticks "no timer interrupt after it came back" ticks
ktap_check hears-others "no interrupt from other CPUs" calls
ktap_check clean-log "see the kernel log" \
	sh -c '! dmesg | grep -E "BUG: |WARNING: |did not die|failed to go|failed to come"'
ktap_end
