# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# KTAP for the shell tests of this directory: sourced, not run.
#
#	ktap_plan N			first
#	ktap_ok NAME | ktap_not_ok NAME WHY | ktap_skip NAME WHY
#	ktap_check NAME WHY COMMAND...	one of the first two, by the exit status
#	ktap_end			last: exits 0, 1, or 4 if all was skipped

ktap_n=0
ktap_passed=0
ktap_failed=0
ktap_skipped=0

ktap_plan()
{
	ktap_planned=$1
	echo "TAP version 13"
	echo "1..$1"
}

ktap_ok()
{
	ktap_n=$((ktap_n + 1))
	ktap_passed=$((ktap_passed + 1))
	echo "ok $ktap_n $1"
}

ktap_not_ok()
{
	ktap_n=$((ktap_n + 1))
	ktap_failed=$((ktap_failed + 1))
	echo "not ok $ktap_n $1"
	echo "# $2"
}

ktap_skip()
{
	ktap_n=$((ktap_n + 1))
	ktap_skipped=$((ktap_skipped + 1))
	echo "ok $ktap_n $1 # SKIP $2"
}

ktap_check()
{
	_name=$1
	_why=$2
	shift 2
	if "$@"; then
		ktap_ok "$_name"
	else
		ktap_not_ok "$_name" "$_why"
	fi
}

# For a test that can do nothing at all.
ktap_skip_all()
{
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit 4
}

ktap_end()
{
	echo "# Totals: pass:$ktap_passed fail:$ktap_failed xfail:0 xpass:0 skip:$ktap_skipped error:0"
	if [ "$ktap_n" -ne "$ktap_planned" ]; then
		echo "# $ktap_planned planned, $ktap_n run"
		exit 1
	fi
	[ "$ktap_failed" -eq 0 ] || exit 1
	[ "$ktap_passed" -gt 0 ] || exit 4
	exit 0
}
