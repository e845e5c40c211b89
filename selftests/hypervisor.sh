#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# hypervisor - /sys/hypervisor is complete and its files can be read
#
# Which files there are, that nobody can write to them, and the form of what they
# say. Whether the version is right is for boot_mode, which asks the CPU.
#
# Needs: CONFIG_XEN_SYS_HYPERVISOR.  Time: 2 s.

# Functions are called through ktap_check:
# shellcheck disable=SC2317

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/ktap.sh"

sys=/sys/hypervisor
[ -e "$sys/type" ] || ktap_skip_all "no $sys/type"

content()
{
	_line=
	read -r _line <"$sys/$1" && echo "$_line"
}

wanted()
{
	printf '%s\n' compilation/compile_date compilation/compiled_by \
		compilation/compiler guest_type properties/buildid \
		properties/capabilities properties/changeset properties/features \
		properties/pagesize properties/virtual_start start_flags/initdomain \
		start_flags/privileged type uuid version/extra version/major \
		version/minor
	for i in $(seq -w 2 31); do
		echo "start_flags/unknown$i"
	done
}

all_files()
{
	[ "$(cd "$sys" && find . -type f -printf '%P\n' | sort)" = "$(wanted | sort)" ]
}

only_readable()
{
	[ -z "$(find "$sys" -type f ! -perm 444)" ]
}

# The whole of it is one line, and looks like this.
line() # FILE REGEXP
{
	[ "$(wc -l <"$sys/$1")" = 1 ] && content "$1" | grep -Exq "$2"
}


# Nothing, or so many bytes, and not a text
build_id()
{
	size=$(wc -c <"$sys/properties/buildid") || return
	case $size in
	0 | 8 | 16 | 20 | 32) ;;
	*) return 1 ;;
	esac
}

flags_are_bits()
{
	for f in "$sys"/start_flags/*; do
		read -r bit <"$f"
		case $bit in
		0 | 1) ;;
		*) return 1 ;;
		esac
	done
}

ktap_plan 18
ktap_check all_files "$(cd "$sys" && find . -type f | tr '\n' ' ')" all_files
ktap_check only_readable "$(find "$sys" -type f ! -perm 444)" only_readable
while read -r file form; do
	ktap_check "$file" "'$(content "$file")' is not $form" line "$file" "$form"
done <<'EOT'
type xen
guest_type PVH|HVM
uuid [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}
version/major [0-9]+
version/minor [0-9]+
version/extra [^ ]*
compilation/compiler .+
compilation/compiled_by .*
compilation/compile_date .+
properties/capabilities ([^ ]+-[0-9]+\.[0-9]+-[^ ]+ ?)+
properties/changeset .*
properties/virtual_start [0-9a-f]+
properties/pagesize 1000|0
properties/features [0-9a-f]{8}
EOT
ktap_check build_id "$(wc -c <"$sys/properties/buildid") bytes" build_id
ktap_check start_flags "a file holds neither 0 nor 1" flags_are_bits
ktap_end
