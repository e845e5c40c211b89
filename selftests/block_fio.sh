#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# block_fio - what is written to a Xen disk is what is read back
#
# fio writes and verifies with checksums over block sizes, queue depths and
# several jobs, past the page cache; then flushes, and a disk that was given
# read-only must refuse writes, all of them, and stay readable. The first
# megabyte of the scratch disk is left alone.
#
# Environment: XEN_SCRATCH  scratch disk that is overwritten, default /dev/xvdb
#              XEN_RO_DISK  disk given read-only, default the first one in /sys
# Needs: fio (libaio), CONFIG_XEN_BLKDEV_FRONTEND.  Time: 30 s.

# Functions are called through ktap_check:
# shellcheck disable=SC2317

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/ktap.sh"

disk=${XEN_SCRATCH:-/dev/xvdb}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

command -v fio >/dev/null || ktap_skip_all "no fio"
[ -b "$disk" ] || ktap_skip_all "no disk $disk"

# The size in MB from which on a run may write: space is what is behind 1 MB.
disk_mb=$(($(cat "/sys/class/block/${disk##*/}/size") / 2048))
[ "$disk_mb" -ge 20 ] || ktap_skip_all "$disk has only $disk_mb MB"

# run NAME OPTIONS...: one fio job that must end without an error, and must have
# read back what it wrote.
run()
{
	_name=$1
	shift
	if ! timeout 90 fio --name="$_name" --filename="$disk" --direct=1 \
		--ioengine=libaio --thread --offset=1m --verify=crc32c \
		--verify_fatal=1 --do_verify=1 --verify_state_save=0 --group_reporting --minimal \
		"$@" >"$log" 2>&1; then
		ktap_not_ok "$_name" "$(grep -v '^3;' "$log" | head -n 3 | tr '\n' ' ')"
		return
	fi
	# Terse format 3: field 5 is the error, 6 kB read, 47 kB written.
	awk -F ';' -v name="$_name" '
	$1 == 3 { err = $5; got = $6; put = $47; seen = 1 }
	END { exit !(seen && err == 0 && put > 0 && got > 0) }' "$log"
	ktap_check "$_name" "nothing was verified" [ $? -eq 0 ]
}

is_read_only()
{
	[ "$(cat "/sys/class/block/$1/ro" 2>/dev/null)" = 1 ]
}

find_read_only()
{
	[ -z "$XEN_RO_DISK" ] || { echo "${XEN_RO_DISK##*/}"; return; }
	for _d in /sys/class/block/xvd*; do
		if is_read_only "${_d##*/}"; then
			echo "${_d##*/}"
			return
		fi
	done
}

# Exit status 0 if a write is refused, by open or by write.
refuses_write()
{
	! dd if=/dev/zero of="/dev/$1" bs=4k count=1 oflag=direct conv=notrunc 2>"$log"
}

sum_start()
{
	dd if="/dev/$1" bs=64k count=4 iflag=direct 2>/dev/null | sha256sum
}

read_only_test()
{
	ro=$(find_read_only)
	if [ -z "$ro" ]; then
		ktap_skip read-only-is-set "no read-only Xen disk"
		ktap_skip read-only-refuses-writes "no read-only Xen disk"
		ktap_skip read-only-is-unchanged "no read-only Xen disk"
		return
	fi
	if ! is_read_only "$ro"; then
		ktap_not_ok read-only-is-set "$ro is writable"
		ktap_skip read-only-refuses-writes "$ro is writable"
		ktap_skip read-only-is-unchanged "$ro is writable"
		return
	fi
	ktap_ok read-only-is-set
	before=$(sum_start "$ro")
	ktap_check read-only-refuses-writes "$ro took a write" refuses_write "$ro"
	ktap_check read-only-is-unchanged "$ro differs or cannot be read" \
		[ -n "$before" -a "$(sum_start "$ro")" = "$before" ]
}

ktap_plan 14

run 512-qd1		--rw=write --bs=512 --iodepth=1 --size=256k
run 512-qd32-random	--rw=randwrite --bs=512 --iodepth=32 --size=512k
run 4k-qd1		--rw=write --bs=4k --iodepth=1 --size=1m
run 4k-qd32-random	--rw=randwrite --bs=4k --iodepth=32 --size=4m
run 64k-qd8-random	--rw=randwrite --bs=64k --iodepth=8 --size=16m
run 1m-qd4		--rw=write --bs=1m --iodepth=4 --size=16m
run 1m-qd32-random	--rw=randwrite --bs=1m --iodepth=32 --size=16m
run mixed-qd16		--rw=randwrite --bsrange=512-256k --bs_unaligned=0 \
			--iodepth=16 --size=8m
run jobs-4		--rw=randwrite --bs=4k --iodepth=8 --numjobs=4 \
			--size=1m --offset_increment=2m
run flush-every-write	--rw=write --bs=4k --iodepth=1 --fsync=1 --size=128k

# Through the page cache, then dropped: the data must have reached the disk.
through_cache()
{
	head -c 1048576 /dev/urandom >"$log"
	dd if="$log" of="$disk" bs=64k seek=16 conv=notrunc,fsync 2>/dev/null || return 1
	echo 1 >/proc/sys/vm/drop_caches
	[ "$(dd if="$disk" bs=64k skip=16 count=16 2>/dev/null | sha256sum)" = \
		"$(sha256sum <"$log")" ]
}
ktap_check through-the-page-cache "read back differs" through_cache

read_only_test
ktap_end
