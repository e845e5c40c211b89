#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# dom0_efi - dom0 on a machine with EFI: tables, variables, Secure Boot, the screen
#
# The firmware's tables are found, and those that it does not keep are left alone. Its
# variables are listed and read; of our own some are made, replaced, appended to and
# deleted, and each time the firmware is asked again what there is. Errors are told apart.
# The kernel says of Secure Boot what the firmware says. Where Xen tells of a frame
# buffer, it lies in the display's memory.
#
# Needs: dom0 of a Xen that EFI started; CONFIG_EFIVAR_FS, root; chattr.  Time: 15 s.
#
# Not run by default: in a guest there is nothing to test.

# Functions are called through ktap_check:
# shellcheck disable=SC2317

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/ktap.sh"

grep -q control_d /proc/xen/capabilities 2>/dev/null || ktap_skip_all "not dom0"

efi=/sys/firmware/efi
vars=$efi/efivars
dmi=/sys/firmware/dmi/tables
params=/sys/kernel/boot_params/data
[ -d "$efi" ] || ktap_skip_all "the firmware is no EFI"

global=8be4df61-93ca-11d2-aa0d-00e098032b8c
# Where the kernel keeps its dumps: files with this one can be changed without more ado.
ours=cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0
work=$(mktemp -d)

clean_up()
{
	rm -rf "$vars"/DomTest*-"$ours" "$work"
}
trap clean_up EXIT

# What is in the firmware, not what the file system remembers
ask_again()
{
	! grep -q " $vars efivarfs " /proc/mounts || umount "$vars" || return
	mount -t efivarfs efivarfs "$vars"
}

# Of 1, 2 or 4 bytes, as the processor has them in memory
number() # FILE FIRST BYTES
{
	od -A n -v -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# A variable's attributes and contents: its file can only be read from its beginning.
get() # NAME-GUID
{
	cat "$vars/$1" >"$work/got"
}

is_64_bit()
{
	[ "$(cat "$efi/fw_platform_size")" = 64 ]
}

has_tables()
{
	grep -q '^ACPI20=0x' "$efi/systab" && grep -q '^SMBIOS3\?=0x' "$efi/systab" &&
		[ $(($(cat "$efi/config_table"))) -gt 0 ]
}

# Xen makes another one for dom0: without the IOMMU, and with its own count of CPUs.
acpi_is_xens()
{
	_rsdp=$(dmesg | sed -n 's/.*ACPI: RSDP \(0x[0-9A-F]*\) .*/\1/p')
	_efi=$(sed -n 's/^ACPI20=//p' "$efi/systab")
	[ -n "$_rsdp" ] && [ $((_rsdp)) != $((_efi)) ]
}

# What is at an address, as /proc/iomem has it at its first level
place() # ADDRESS
{
	sed -n 's/^\([0-9a-f]*\)-\([0-9a-f]*\) : /\1 \2 /p' /proc/iomem |
		while read -r _start _end _what; do
			[ $(($1)) -lt $((0x$_start)) ] || [ $(($1)) -gt $((0x$_end)) ] ||
				echo "$_what"
		done
}

# "NAME=0x1000" in a line, those that are not used in brackets and called so
tables()
{
	dmesg | sed -n 's/.*\] efi: \(.*=0x.*\)/\1/p' | tr -d '()' |
		sed 's/\(=0x[0-9a-f]*\) unusable/.unusable\1/g' |
		grep -o '[^ =]*=0x[0-9a-f]*'
}

only_kept_tables()
{
	_n=0
	for _table in $(tables); do
		_n=$((_n + 1))
		case $_table,$(place "${_table#*=}") in
		*.unusable=*,"Unusable memory") ;;
		*.unusable=*) return 1 ;;
		*,Reserved | *,ACPI*) ;;
		*) return 1 ;;
		esac
	done
	[ "$_n" -ge 3 ]
}

# The entry point has the length of the table.
smbios()
{
	case $(head -c 4 "$dmi/smbios_entry_point") in
	_SM_) _size=$(number "$dmi/smbios_entry_point" 22 2) ;;
	_SM3) _size=$(number "$dmi/smbios_entry_point" 12 4) ;;
	*) return 1 ;;
	esac
	_have=$(wc -c <"$dmi/DMI")
	[ "$_have" -gt 0 ] && [ "$_have" -le "$_size" ]
}

mounts()
{
	ask_again && [ "$(find "$vars" -type f | wc -l)" -ge 10 ]
}

# Each has as many bytes as it says, and attributes that let us see it.
readable()
{
	rm -rf "$work/all"
	mkdir "$work/all"
	for _f in "$vars"/*; do
		cat "$_f" >"$work/all/${_f##*/}" || return
	done
	(cd "$vars" && stat -c '%n %s' ./*) >"$work/sizes"
	(cd "$work/all" && stat -c '%n %s' ./*) | cmp - "$work/sizes" >"$work/said" 2>&1 &&
		head -qc 4 "$work/all"/* | od -A n -v -w4 -t u4 |
		awk '{ n++; bad += $1 % 8 < 6 } END { exit bad || n < 10 }'
}

# Which entry we come from is in the order, and has a title.
boot_entry()
{
	get "BootCurrent-$global"
	_entry=$(od -A n -t x2 -j 4 "$work/got" | tr -d ' ' | tr a-f A-F)
	get "BootOrder-$global"
	od -A n -v -t x2 -w2 -j 4 "$work/got" | tr -d ' ' | tr a-f A-F |
		grep -qx "$_entry" || return
	get "Boot$_entry-$global"
	_title=$(tail -c +11 "$work/got" | tr -d '\000' | tr -c ' -~' '\n' | head -n 1)
	echo "entry $_entry is $_title" >"$work/said"
	[ ${#_title} -ge 4 ]
}

# 2 is off, 3 is on, as a boot loader tells a kernel. lab.secureboot=1: it has to be on.
secure_boot()
{
	get "SecureBoot-$global"
	_on=$(number "$work/got" 4 1)
	get "SetupMode-$global"
	_setup=$(number "$work/got" 4 1)
	_state=$(number "$params" 492 1)
	case $_on$_setup$_state in
	103) dmesg | grep -q 'Secure boot enabled' ;;
	*) ! grep -qw lab.secureboot=1 /proc/cmdline || return ;;
	esac
	case $_on$_setup$_state in
	103) ;;
	0?2 | 112) dmesg | grep -q 'Secure boot disabled' ;;
	*) return 1 ;;
	esac
}

# set_variable NAME ATTRIBUTES FILE: in one piece, as must be. The attributes are octal.
set_variable()
{
	# shellcheck disable=SC2059
	printf "\\$2\\000\\000\\000" | cat - "$3" >"$work/variable"
	LC_ALL=C dd if="$work/variable" of="$vars/DomTest$1-$ours" bs=1M \
		iflag=fullblock conv=notrunc 2>"$work/said"
}

# has NAME ATTRIBUTES FILE: when the firmware is asked again
has()
{
	# shellcheck disable=SC2059
	ask_again && get "DomTest$1-$ours" && printf "\\$2\\000\\000\\000" | cat - "$3" |
		cmp "$work/got" - >"$work/said" 2>&1
}

delete()
{
	rm "$vars/DomTest$1-$ours" && ask_again && [ ! -e "$vars/DomTest$1-$ours" ]
}

# As long a name as a file can have
long_name=$(printf "%0211d" 0)

made()
{
	set_variable One 007 "$work/a" && has One 007 "$work/a"
}

replaced()
{
	set_variable One 007 "$work/b" && has One 007 "$work/b"
}

appended()
{
	set_variable One 107 "$work/a" && cat "$work/b" "$work/a" >"$work/ba" &&
		has One 007 "$work/ba"
}

# The kernel asks the firmware only now and then, and else says what it said before.
free()
{
	sleep 3
	stat -f -c %f "$vars"
}

# What is stored is missing.
space()
{
	_before=$(free)
	[ "$_before" -gt 0 ] && [ "$_before" -le "$(stat -f -c %b "$vars")" ] &&
		set_variable Space 007 "$work/a" || return
	_after=$(free)
	delete Space
	echo "$_before bytes free, then $_after" >"$work/said"
	[ "$_after" -le $((_before - $(wc -c <"$work/a"))) ]
}

many()
{
	for _i in 1 2 3 4 5 6 7 8 9; do
		set_variable "Many$_i" 007 "$work/b" || return
	done
	ask_again && [ "$(find "$vars" -name "DomTestMany*-$ours" | wc -l)" = 9 ] &&
		rm "$vars"/DomTestMany?-"$ours"
}

long()
{
	set_variable "$long_name" 007 "$work/b" && has "$long_name" 007 "$work/b" &&
		delete "$long_name"
}

# Nothing is left of ours, and nothing of others is gone.
deleted()
{
	delete One && ls "$vars" >"$work/after" &&
		cmp "$work/before" "$work/after" >"$work/said" 2>&1
}

# fails NAME ATTRIBUTES FILE ERROR: and nothing is there afterwards
fails()
{
	! set_variable "$1" "$2" "$3" && grep -q "$4" "$work/said" && ask_again &&
		[ ! -e "$vars/DomTest$1-$ours" ]
}

# The kernel does not fill the store to its end.
too_large()
{
	head -c $(($(free) - 3000)) /dev/zero >"$work/large"
	fails Large 007 "$work/large" 'No space left on device'
}

# Of one variable the firmware takes less than there is room for.
larger_than_one()
{
	fails Larger 007 "$work/larger" 'Invalid argument'
}

# Unknown to the kernel; not for run time; lost at a reset, which cannot be had then
bad_attributes()
{
	for _bad in 200 001 003 006; do
		fails Bad "$_bad" "$work/b" 'Invalid argument' || return
	done
}

write_protected()
{
	_f=$vars/SecureBoot-$global
	cat "$_f" >"$work/variable"
	chattr -i "$_f" || return
	! LC_ALL=C dd if="$work/variable" of="$_f" bs=1M conv=notrunc 2>"$work/said" &&
		grep -q 'Read-only file system' "$work/said" && ask_again &&
		get "SecureBoot-$global" && cmp -s "$work/got" "$work/variable"
}

# struct screen_info; EFI's frame buffer is 0x70.
screen()
{
	_type=$(number "$params" 15 1)
	_width=$(number "$params" 18 2)
	_height=$(number "$params" 20 2)
	_depth=$(number "$params" 22 2)
	_base=$(($(number "$params" 24 4) + ($(number "$params" 58 4) << 32)))
	_size=$(number "$params" 28 4)
	_line=$(number "$params" 36 2)
	[ "$_type" = 112 ] && [ "$_width" -ge 320 ] && [ "$_height" -ge 200 ] &&
		[ "$_line" -ge $((_width * _depth / 8)) ] &&
		[ "$_size" -ge $((_line * _height)) ] && in_display "$_base" "$_size"
}

in_display() # ADDRESS SIZE
{
	for _d in /sys/bus/pci/devices/*; do
		case $(cat "$_d/class") in
		0x03*) ;;
		*) continue ;;
		esac
		while read -r _start _end _; do
			[ $(($1)) -lt $((_start)) ] || [ $(($1 + $2 - 1)) -gt $((_end)) ] ||
				return 0
		done <"$_d/resource"
	done
	return 1
}

xen_tells_of_screen()
{
	_version=$(cat /sys/hypervisor/version/major /sys/hypervisor/version/minor |
		tr '\n' ' ')
	# shellcheck disable=SC2086
	set -- $_version
	[ "$1" -gt 4 ] || [ "$2" -ge 18 ]
}

complaints()
{
	dmesg -l emerg,alert,crit,err,warn | grep -iE 'efi|dmi|smbios|secure' | head -n 3
}

no_complaints()
{
	[ -z "$(complaints)" ]
}

head -c 1000 /dev/urandom >"$work/a"
head -c 31 /dev/urandom >"$work/b"
head -c 60000 /dev/zero >"$work/larger"
: >"$work/said"

# Its reason is what was said last.
check() # NAME COMMAND...
{
	_name=$1
	shift
	if "$@"; then
		ktap_ok "$_name"
	else
		ktap_not_ok "$_name" "$(grep -v 'records \(in\|out\)' "$work/said" | head -n 1)"
	fi
}

ktap_plan 22
ktap_check is_64_bit "$(cat "$efi/fw_platform_size")" is_64_bit
ktap_check has_tables "$(tr '\n' ' ' <"$efi/systab")" has_tables
ktap_check acpi_is_xens "$(dmesg | grep RSDP)" acpi_is_xens
ktap_check only_kept_tables "$(tables | tr '\n' ' ')" only_kept_tables
ktap_check smbios "$(stat -c '%n %s ' "$dmi"/* | tr -d '\n')" smbios
check mounts mounts
ls "$vars" >"$work/before"
check readable readable
check boot_entry boot_entry
ktap_check secure_boot "$(dmesg | grep -i 'secure boot')" secure_boot
check made made
check replaced replaced
check appended appended
check space space
check many many
check long_name long
check deleted deleted
check too_large too_large
check larger_than_one larger_than_one
check bad_attributes bad_attributes
if command -v chattr >/dev/null; then
	check write_protected write_protected
else
	ktap_skip write_protected "no chattr"
fi
if xen_tells_of_screen; then
	ktap_check screen "$(od -A n -t x1 -N 64 "$params" | tr '\n' ' ')" screen
else
	ktap_skip screen "Xen does not tell of it before 4.18"
fi
ktap_check no_complaints "$(complaints | tr '\n' ';')" no_complaints
ktap_end
