# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What every script of the lab shares: where things are, progress on the
# terminal, one builder at a time, the machine's own Debian sources.

set -euo pipefail

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$LAB/../.." && pwd)
BUILD=${XENPVH_BUILD:-$TOP/build}
CACHE=${XENPVH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xenpvh}
LOGS=$BUILD/logs
V=${V:-0}
JOBS=${JOBS:-$(nproc)}
# Exit status of what asks an archive that is not there
# shellcheck disable=SC2034
NO_ARCHIVE=3
export PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$BUILD" "$LOGS" "$CACHE"

say()
{
	printf '  %-9s %s\n' "$1" "${*:2}" >&2
}

die()
{
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# One process builds a cached thing, others wait for it.
lock()
{
	exec 9>"$CACHE/$1.lock"
	flock -n 9 || { say WAIT "another run is building $1"; flock 9; }
}

# step LABEL LOG COMMAND...: run it, show the last line of its log now and
# then, show the end of the log when it fails.
step()
{
	local label=$1 log=$2 pid begin=$SECONDS rc=0 tick=0
	shift 2

	say "$label" "log: ${log#"$TOP"/}"
	if [ "$V" = 1 ]; then
		"$@" </dev/null 2>&1 9>&- | tee "$log" >&2
		return
	fi
	"$@" </dev/null >"$log" 2>&1 9>&- &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		tick=$((tick + 1))
		[ $((tick % 15)) = 0 ] && say "$label" \
			"$((SECONDS - begin)) s, $(progress "$log")"
	done
	wait "$pid" || rc=$?
	if [ "$rc" != 0 ]; then
		tail -n 30 "$log" >&2
		die "$label failed ($rc), see $log"
	fi
	say "$label" "done in $((SECONDS - begin)) s"
}

progress()
{
	local lines last
	lines=$(wc -l <"$1")
	last=$(tail -n 1 "$1" | tr -d '\r' | cut -c1-60)
	printf '%s lines: %s' "$lines" "$last"
}

hash_of()
{
	sha256sum | cut -c1-12
}

# The machine's own sources of Debian proper, third parties left out, as
# deb822 stanzas; $1 is the type wanted, deb or deb-src, $2 another release.
debian_sources()
{
	python3 "$LAB/sources.py" "$@"
}

# The release of Debian that has this version of Xen
xen_suite()
{
	case $1 in
	4.17) echo bookworm ;;
	4.20) echo trixie ;;
	*) die "XEN=$1: only 4.17 and 4.20 are known" ;;
	esac
}

# private_apt DIR SUITE TYPE: options for an apt-get that knows only this release
# and keeps all that it knows in DIR.
private_apt()
{
	mkdir -p "$1/parts" "$1/lists/partial" "$1/cache/archives/partial"
	debian_sources "$3" "$2" >"$1/parts/lab.sources"
	printf '%s\n' -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$1/parts" \
		-o "Dir::State::lists=$1/lists" -o "Dir::Cache=$1/cache" \
		-o APT::Sandbox::User=
}

# Options of apt that the machine needs to reach its archive.
apt_options()
{
	apt-config dump 2>/dev/null |
		sed -n 's/^\(Acquire::[a-zA-Z]*::\(Proxy\|Verify-[A-Za-z]*\|CaInfo\)[^ ]*\) "\(.\+\)";$/\1 "\3";/p'
}

# download_deb DIR PACKAGE APT-OPTION...: the path of what is whole. What the machine itself knows
# of its archive may be too old, which without being root only a list of our own helps against.
download_deb()
{
	local dir=$1 pkg=$2 work file suite apt=("${@:3}")
	work=$(mktemp -d "$dir/fetch.XXXXXX")
	chmod 755 "$work"
	if ! (cd "$work" && apt-get -qq "${apt[@]}" download "$pkg") >&2; then
		if [ ${#apt[@]} = 0 ]; then
			say FETCH "$pkg with a new list of packages"
			suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
			readarray -t apt < <(private_apt "$CACHE/apt-$suite" "$suite" deb)
			apt-get -qq "${apt[@]}" update >&2
			(cd "$work" && apt-get -qq "${apt[@]}" download "$pkg") >&2 || true
		fi
	fi
	file=$(find "$work" -name '*.deb')
	[ -z "$file" ] || mv "$file" "$dir"
	rm -rf "$work"
	[ -n "$file" ] && printf '%s\n' "$dir/${file##*/}"
}

# fetch_deb PACKAGE [SUITE]: bring the package file into the cache, print its path.
# With SUITE from that release of Debian, when the machine runs another one.
fetch_deb()
{
	local pkg=$1 suite=${2:-} ver dir file apt=()
	dir=$CACHE/deb
	mkdir -p "$dir"
	if [ -n "$suite" ] && ! grep -q "^VERSION_CODENAME=$suite$" /etc/os-release; then
		# Known once is enough.
		file=$(find "$dir" -name "${pkg}_*.deb" | sort | tail -n 1)
		[ -z "$file" ] || { printf '%s\n' "$file"; return; }
		readarray -t apt < <(private_apt "$CACHE/apt-$suite" "$suite" deb)
		apt-get -qq "${apt[@]}" update >&2
	fi
	ver=$(apt-cache "${apt[@]}" policy "$pkg" | sed -n 's/^  Candidate: //p')
	[ -n "$ver" ] || die "no package $pkg, try apt-get update"
	file=$dir/${pkg}_${ver//:/%3a}_amd64.deb
	[ -s "$file" ] || file=${file%_amd64.deb}_all.deb
	if [ ! -s "$file" ]; then
		say FETCH "$pkg $ver"
		file=$(download_deb "$dir" "$pkg" "${apt[@]}") || die "cannot download $pkg"
	fi
	printf '%s\n' "$file"
}
