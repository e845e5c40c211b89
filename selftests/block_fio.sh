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
trap 'rm -f "$log" "$log.jobs"' EXIT

command -v fio >/dev/null || ktap_skip_all "no fio"
[ -b "$disk" ] || ktap_skip_all "no disk $disk"

# The size in MB from which on a run may write: space is what is behind 1 MB.
disk_mb=$(($(cat "/sys/class/block/${disk##*/}/size") / 2048))
[ "$disk_mb" -ge 20 ] || ktap_skip_all "$disk has only $disk_mb MB"

# name, pattern, block sizes, depth, size, more: jobs of one fio, one after the
# other, as the start of a fio takes longer than most of them.
jobs="
512-qd1 write 512-512 1 256k
512-qd32-random randwrite 512-512 32 512k
4k-qd1 write 4k-4k 1 1m
4k-qd32-random randwrite 4k-4k 32 4m
64k-qd8-random randwrite 64k-64k 8 16m
1m-qd4 write 1m-1m 4 16m
1m-qd32-random randwrite 1m-1m 32 16m
mixed-qd16 randwrite 512-256k 16 8m
jobs-4 randwrite 4k-4k 8 1m numjobs=4,offset_increment=2m,group_reporting
flush-every-write write 4k-4k 1 128k fsync=1
"

write_jobs()
{
	printf '[global]\nfilename=%s\noffset=1m\ndirect=1\nioengine=libaio\n' "$disk"
	printf 'thread\nstonewall\nverify=crc32c\nverify_fatal=1\ndo_verify=1\n'
	printf 'verify_state_save=0\n'
	echo "$jobs" | while read -r name rw bs depth size more; do
		[ -n "$name" ] || continue
		printf '[%s]\nrw=%s\nbsrange=%s\n' "$name" "$rw" "$bs"
		printf 'iodepth=%s\nsize=%s\n' "$depth" "$size"
		echo "$more" | tr , '\n'
	done
}

# Terse format 3: fields 3, 5, 6, 47 are name, error, kB read back, kB written.
judge()
{
	awk -F ';' -v name="$1" '
	$1 == 3 && $3 == name && $5 == 0 && $47 > 0 && $6 >= $47 { good = 1 }
	END { exit !good }' "$log"
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

# Exit status 0 if a write is refused, by open or by write, and for that reason.
refuses_write()
{
	! dd if=/dev/zero of="/dev/$1" bs=4k count=1 oflag=direct conv=notrunc 2>"$log" &&
		grep -q 'not permitted\|Read-only\|denied' "$log"
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

write_jobs >"$log.jobs"
timeout 250 fio --output-format=terse --terse-version=3 "$log.jobs" >"$log" 2>&1
why=$(grep -v '^3;' "$log" | head -n 3 | tr '\n' ' ')
for name in $(echo "$jobs" | cut -d ' ' -f 1); do
	ktap_check "$name" "${why:-not written and verified}" judge "$name"
done

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
