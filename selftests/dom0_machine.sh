#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# dom0_machine - dom0 runs the machine: devices, interrupts, clocks, processors
#
# All PCI devices are dom0's in Xen's list, but for what Xen keeps for itself. MSI-X, MSI
# and interrupt lines have brought interrupts. The real time clock and the system's show
# the same time. The processors of the machine are in sysfs, and one goes out of service
# and comes back, through sysfs and through Xen. What has to run on the first one does so.
# Idle and frequency drivers keep their hands off.
#
# Needs: dom0, root, xl and xen-hptool; CONFIG_FTRACE; an NVMe disk, for MSI one behind
# AHCI; two e1000e that are connected; a serial port; a processor that dom0 does not run
# on.  Time: 12 s.
#
# Not run by default: in a guest there is nothing to test.

# Functions are called through ktap_check:
# shellcheck disable=SC2317

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/ktap.sh"

grep -q control_d /proc/xen/capabilities 2>/dev/null || ktap_skip_all "not dom0"

cpus=/sys/devices/system/xen_cpu
pci=/sys/bus/pci/devices
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

is_initial()
{
	[ "$(cat /sys/hypervisor/start_flags/initdomain)" = 1 ] &&
		[ "$(cat /sys/hypervisor/guest_type)" = PVH ]
}

# Xen's own list of devices: "0000:00:03.0 - d0 - node -1  - MSIs < 40 41 >"
ask_xen()
{
	xl debug-keys Q
	xl dmesg | sed -n 's/^(XEN) \(\[.*\] \)*\([0-9a-f]\{4\}:[0-9a-f:.]* - .*\)/\2/p' \
		>"$work/devices"
}

ask_xen

tracing=/sys/kernel/tracing
[ -d $tracing/events ] || mount -t tracefs tracefs $tracing 2>/dev/null
smi=/sys/devices/platform/dcdbas

# An SMI of Dell's, but to a port without effect: a magic number, two registers, port 0x80,
# a command
ask_firmware()
{
	printf '1IMS\0\0\0\0\0\0\0\0\200\0\0\0\0' >"$smi/smi_data" &&
		echo 2 >"$smi/smi_request"
}

# SCHEDOP_pin_override, there and back, and what each has returned
on_first_processor()
{
	echo >"$tracing/trace"
	echo 1 >"$tracing/events/xen/enable"
	ask_firmware
	_rc=$?
	echo 0 >"$tracing/events/xen/enable"
	_pins=$(awk '
	{ cpu = $0; sub(/^[^[]*\[/, "", cpu); sub(/\].*/, "", cpu) }
	/xen_hypercall_entry: nr=29 .* op=0x7$/ { asked[cpu] = 1; n++; next }
	/xen_hypercall_exit: nr=29 / && asked[cpu] { asked[cpu] = 0; good += $NF == "ret=0" }
	END { print n + 0, "calls,", good + 0, "good" }' "$tracing/trace")
	echo "# on_first_processor: $_pins"
	[ "$_rc" = 0 ] && [ "$_pins" = "2 calls, 2 good" ]
}

all_devices_in_xen()
{
	[ -d "$pci/0000:00:00.0" ] || return
	for _d in "$pci"/*; do
		grep -q "^${_d##*/} - d\(0\|\[XEN\]\) " "$work/devices" ||
			return
	done
}

# An interrupt of an action, as /proc/interrupts has it: "TYPE COUNT"
interrupts() # ACTION
{
	awk -v action="$1" -v cpus="$(nproc)" '
	index($NF, action) {
		n = 0
		for (i = 2; i < 2 + cpus; i++)
			n += $i
		print $(2 + cpus), n
	}' /proc/interrupts
}

has_come() # ACTION TYPE
{
	interrupts "$1" | awk -v type="$2" '
		index($1, type) == 1 && $2 > 0 { ok = 1 }
		END { exit !ok }'
}

# That Xen has intercepted the MSI: it lists its own interrupt for it.
msis_in_xen() # DRIVER
{
	_dev=
	for _d in /sys/bus/pci/drivers/"$1"/0*; do
		_dev=${_d##*/}
	done
	grep "^$_dev " "$work/devices" | grep -q 'MSIs < [0-9]'
}

nvme()
{
	dd if=/dev/nvme0n1 of=/dev/null bs=64k count=64 iflag=direct 2>/dev/null &&
		has_come nvme0q1 PCI-MSIX && msis_in_xen nvme
}

ahci()
{
	dd if=/dev/sda of="$work/sda" bs=64k count=64 iflag=direct 2>/dev/null &&
		has_come ahci PCI-MSI && msis_in_xen ahci &&
		[ "$(stat -c %s "$work/sda")" = 4194304 ]
}

cards=$(for _c in /sys/bus/pci/drivers/e1000e/0*/net/*; do echo "${_c##*/}"; done)

# What one sends the other hears.
network_cards()
{
	# shellcheck disable=SC2086
	set -- $cards
	ip link set "$1" up && ip link set "$2" up || return
	for _i in $(seq 50); do
		[ "$(cat "/sys/class/net/$1/carrier" "/sys/class/net/$2/carrier" | tr -d '\n')" != 11 ] ||
			break
		sleep 0.1
	done
	_before=$(cat "/sys/class/net/$2/statistics/rx_packets")
	ip addr add 10.99.0.1/24 dev "$1"
	busybox arping -q -c 5 -I "$1" 10.99.0.2
	ip addr del 10.99.0.1/24 dev "$1"
	[ "$(cat "/sys/class/net/$2/statistics/rx_packets")" -ge $((_before + 5)) ] &&
		has_come "$1-tx" PCI-MSIX && has_come "$2-rx" PCI-MSIX &&
		ask_xen && msis_in_xen e1000e
}

lines()
{
	has_come ttyS IO-APIC
}

# They need not run at the same speed: an emulator's clock is not that of its machine.
not_too_far_apart() # SECONDS SECONDS
{
	[ $(($1 - $2)) -le 900 ] && [ $(($2 - $1)) -le 900 ]
}

clocks()
{
	not_too_far_apart "$(cat /sys/class/rtc/rtc0/since_epoch)" "$(date +%s)"
}

source_of_time()
{
	_now=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)
	[ "$_now" = tsc ] || [ "$_now" = xen ]
}

online_in_xen()
{
	xl info | sed -n 's/^nr_cpus *: //p'
}

# Each has a directory, all but the first a file "online".
processors()
{
	nr=$(online_in_xen)
	[ "$(find "$cpus/" -maxdepth 1 -name 'xen_cpu[0-9]*' | wc -l)" = "$nr" ] &&
		[ ! -e "$cpus/xen_cpu0/online" ] &&
		[ "$(cat "$cpus"/xen_cpu*/online | tr -d '\n1' | wc -c)" = 0 ] &&
		[ "$(find "$cpus"/*/ -name online | wc -l)" = $((nr - 1)) ]
}

spare=$cpus/xen_cpu$(($(online_in_xen) - 1))

wait_state() # STATE
{
	for _i in $(seq 50); do
		[ "$(cat "$spare/online")" != "$1" ] || return 0
		sleep 0.1
	done
	return 1
}

processor_by_sysfs()
{
	echo 0 >"$spare/online" && [ "$(online_in_xen)" = $((nr - 1)) ] &&
		[ "$(cat "$spare/online")" = 0 ] &&
		echo 1 >"$spare/online" && [ "$(online_in_xen)" = "$nr" ] &&
		[ "$(cat "$spare/online")" = 1 ]
}

# Xen tells, by an event.
processor_by_xen()
{
	xen-hptool cpu-offline "${spare##*xen_cpu}" >/dev/null && wait_state 0 &&
		xen-hptool cpu-online "${spare##*xen_cpu}" >/dev/null && wait_state 1
}

# shellcheck disable=SC2320
garbage()
{
	for _bad in x 2 "" -1; do
		! echo "$_bad" 2>/dev/null >"$spare/online" || return
	done
	[ "$(cat "$spare/online")" = 1 ]
}

no_power_drivers()
{
	case $(cat /sys/devices/system/cpu/cpuidle/current_driver 2>/dev/null) in
	'' | none) ;;
	*) return 1 ;;
	esac
	[ ! -e /sys/devices/system/cpu/cpu0/cpufreq/scaling_driver ] &&
		! dmesg | grep -q 'mwait in idle'
}

# What the emulator's firmware and disks are to blame for
HARMLESS='Firmware Bug|bogus Namespace'

complaints()
{
	dmesg -l emerg,alert,crit,err | grep -vE "$HARMLESS" | head -n 3
}

no_complaints()
{
	[ -z "$(complaints)" ]
}

ktap_plan 15
ktap_check is_initial "$(cat /sys/hypervisor/guest_type)" is_initial
ktap_check all_devices_in_xen "$(tr '\n' ';' <"$work/devices")" all_devices_in_xen
ktap_check nvme "$(interrupts nvme | tr '\n' ';')" nvme
if [ -b /dev/sda ]; then
	ktap_check ahci "$(interrupts ahci | tr '\n' ';')" ahci
else
	ktap_skip ahci "no disk, or no driver for it"
fi
if [ "${cards%[*]}" = "$cards" ]; then
	ktap_check network_cards "$(interrupts tx | tr '\n' ';')" network_cards
else
	ktap_skip network_cards "not two e1000e, or no driver for them"
fi
ktap_check lines "$(interrupts ttyS | tr '\n' ';')" lines
ktap_check clocks "rtc $(cat /sys/class/rtc/rtc0/since_epoch), system $(date +%s)" clocks
ktap_check source_of_time "not the TSC, nor Xen's" source_of_time
if [ -e "$smi" ]; then
	ktap_check on_first_processor "see the line before" on_first_processor
else
	ktap_skip on_first_processor "no driver that needs it (CONFIG_DCDBAS)"
fi
ktap_check processors "$(ls "$cpus")" processors
ktap_check processor_by_sysfs "$(online_in_xen) in service" processor_by_sysfs
ktap_check processor_by_xen "is $(cat "$spare/online")" processor_by_xen
ktap_check garbage "is $(cat "$spare/online")" garbage
ktap_check no_power_drivers "a driver for idle states or frequencies" no_power_drivers
ktap_check no_complaints "$(complaints | tr '\n' ';')" no_complaints
cat /proc/interrupts
ktap_end
