#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# sleep_levels - the steps of going to sleep, down to a level, and back
#
# The kernel goes to sleep as far as /sys/power/pm_test says, and comes back. Xen's devices
# have no part in that: they keep their backends, and afterwards disk, network, timers and
# CPUs work as before. Where the machine can be suspended to RAM, as HVM guests can, all
# levels of that are tried, too. Hibernation is refused.
#
# Environment: XEN_PEER_IP    answers to a ping; without it the network is not tried
#              XEN_GUEST_IP   address/prefix to give to eth0 if it has none
# Needs: root, CONFIG_SUSPEND, CONFIG_PM_DEBUG.  Time: 3 s.

# Functions are called through ktap_check:
# shellcheck disable=SC2317

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/ktap.sh"

disk=/dev/xvda
power=/sys/power
delay=/sys/module/suspend/parameters/pm_test_delay

[ -w "$power/pm_test" ] || ktap_skip_all "no $power/pm_test"
grep -qw freeze "$power/state" || ktap_skip_all "cannot freeze"
[ -r "$disk" ] || ktap_skip_all "no $disk"

# The choice that a file shows in brackets
chosen() # FILE
{
	sed 's/.*\[\(.*\)\].*/\1/' "$1"
}

was=$(chosen "$power/pm_test")
was_mem=$(chosen "$power/mem_sleep")
was_delay=$(cat "$delay")

back()
{
	echo "$was" >"$power/pm_test"
	echo "$was_mem" >"$power/mem_sleep"
	echo "$was_delay" >"$delay"
}

trap back EXIT
# To wait there shows nothing more.
echo 0 >"$delay"

sum()
{
	dd if="$disk" bs=64k count=8 iflag=direct 2>/dev/null | sha256sum
}

peer_answers()
{
	[ -n "$XEN_PEER_IP" ] || return 0
	for _i in 1 2 3 4 5; do
		busybox ping -c 1 -W 2 "$XEN_PEER_IP" >/dev/null && return
	done
	return 1
}

# The timer of each CPU ends a sleep there.
cpus_work()
{
	for _cpu in /sys/devices/system/cpu/cpu[0-9]*; do
		[ "$(cat "$_cpu/online" 2>/dev/null || echo 1)" = 1 ] || return
		timeout 20 taskset -c "${_cpu##*/cpu}" sleep 0.02 || return
	done
}

states()
{
	for _d in /sys/bus/xen/devices/*; do
		echo "${_d##*/} $(cat "$_d/state")"
	done
}

sleeps() # LEVEL STATE
{
	_since=$(dmesg | wc -l)
	echo "$1" >"$power/pm_test" && echo "$2" >"$power/state" || return
	dmesg | tail -n +"$((_since + 1))" | grep -q 'suspend debug: Waiting' &&
		[ "$(sum)" = "$before" ] && peer_answers && cpus_work &&
		[ "$(states)" = "$connected" ]
}

# Even where there is swap to write an image to, and before anything is frozen
no_hibernation()
{
	_since=$(dmesg | wc -l)
	! echo disk >"$power/state" &&
		dmesg | tail -n +"$((_since + 1))" | grep -q 'cannot hibernate'
}

if [ -n "$XEN_PEER_IP" ]; then
	ip link set eth0 up
	ip -4 -o addr show dev eth0 | grep -q inet ||
		ip addr add "$XEN_GUEST_IP" dev eth0
fi
deep=
! grep -qw deep "$power/mem_sleep" || deep="freezer devices platform processors core"
before=$(sum)
connected=$(states)

# shellcheck disable=SC2086
ktap_plan $((5 + $(echo $deep | wc -w)))
ktap_check awake "peer, or CPUs" eval "peer_answers && cpus_work"
for level in freezer devices platform; do
	ktap_check "freeze-$level" "$(states | tr '\n' ';')" sleeps $level freeze
done
for level in $deep; do
	echo deep >"$power/mem_sleep"
	ktap_check "ram-$level" "$(states | tr '\n' ';')" sleeps "$level" mem
done
if [ -e "$power/disk" ]; then
	ktap_check no-hibernation "not refused" no_hibernation
else
	ktap_skip no-hibernation "no CONFIG_HIBERNATION"
fi
ktap_end
