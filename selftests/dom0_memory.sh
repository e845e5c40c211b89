#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# dom0_memory - dom0 counts its memory as Xen does, whatever dom0_mem= was given
#
# The kernel's count, Xen's and the tool stack's are the same at the start, and change
# by the same when memory is given and taken back. Where Xen would give more than dom0
# was started with, dom0 grows. Pages without memory, and memory that is added, lie where
# Xen says that there is memory which is not dom0's; no RAM of dom0's is there before.
#
# Needs: dom0; CONFIG_XEN_BALLOON, CONFIG_DEBUG_FS, root, xl; 32 MB of memory to spare, in
# dom0, and where it may grow 160 MB in Xen.  Time: 8 s.
#
# Not run by default: in a guest there is nothing to test.

# Functions are called through ktap_check:
# shellcheck disable=SC2317

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/ktap.sh"

sys=/sys/devices/system/xen_memory/xen_memory0
accounting=/sys/kernel/debug/xen-balloon/accounting
auto=/sys/devices/system/memory/auto_online_blocks
mb=16

grep -q control_d /proc/xen/capabilities 2>/dev/null || ktap_skip_all "not dom0"
[ -r "$accounting" ] || ktap_skip_all "no $accounting"

# Pages, or a state
count()
{
	awk -v name="$1" '$1 == name { print $2 }' "$accounting"
}

memtotal()
{
	awk '/^MemTotal:/ { print $2 / 4 }' /proc/meminfo
}

# What xl list shows for dom0, MiB
listed()
{
	xl list 0 | awk 'NR == 2 { print $3 }'
}

set_target() # pages
{
	echo $(($1 * 4)) >"$sys/target_kb"
}

first_target=$(count target)
first_current=$(count current)
first_memtotal=$(memtotal)
first_auto=$(cat "$auto" 2>/dev/null)

clean_up()
{
	set_target "$first_target"
	[ -z "$first_auto" ] || echo "$first_auto" >"$auto"
}
trap clean_up EXIT

# Wait until the kernel has what it should have, at most 20 s.
settle()
{
	for _i in $(seq 100); do
		[ "$(count current)" != "$(count target)" ] || return 0
		sleep 0.2
	done
	return 1
}

agree()
{
	[ "$(count current)" = "$(count reservation)" ]
}

adds_up()
{
	[ "$(count total)" = $(($(count current) + $(count ballooned) + $(count lent))) ]
}

agrees_with_xl()
{
	[ "$(listed)" = $(($(count current) / 256)) ]
}

# What the kernel itself takes at boot is all that is missing.
is_used()
{
	[ "$first_memtotal" -le "$first_current" ] &&
		[ "$first_memtotal" -gt $((first_current * 8 / 10)) ]
}

# Of what Xen has given, a little is in ACPI tables and the legacy hole.
ram()
{
	awk -F '[-: ]+' '/ : System RAM$/ {
		sub(/^ +/, "")
		print $1, $2
	}' /proc/iomem | while read -r start end; do
		echo $((0x$end - 0x$start + 1))
	done | awk '{ sum += $1 } END { print int(sum / 4096) }'
}

ram_is_what_xen_gave()
{
	first_ram=$(ram)
	[ "$first_ram" -le "$first_current" ] &&
		[ "$first_ram" -gt $((first_current - 1024)) ]
}

# Lines of /proc/iomem with this name that are, or are not, below "Unusable memory"
ranges() # NAME inside|outside
{
	awk -v name="$1" -v where="$2" '
	/^[^ ]/ { inside = / : Unusable memory$/ }
	index($0, " : " name) && (inside ? "inside" : "outside") == where { n++ }
	END { print n + 0 }' /proc/iomem
}

# At the least the grant table is there.
scratch_is_no_hole()
{
	[ "$(ranges 'Xen scratch' inside)" -ge 1 ] &&
		[ "$(ranges 'Xen scratch' outside)" = 0 ]
}

changed_by() # pages
{
	settle && agree && adds_up &&
		[ "$(count current)" = $((first_current + $1)) ] &&
		[ "$(memtotal)" = $((first_memtotal + $1)) ]
}

down()
{
	set_target $((first_current - mb * 256)) && changed_by $((-mb * 256))
}

up()
{
	set_target "$first_current" && changed_by 0
}

# As the tool stack does it
by_xl()
{
	xl mem-set 0 "$((first_current / 256 - mb))m" &&
		settle && agree && agrees_with_xl &&
		xl mem-set 0 "$((first_current / 256))m" && settle && agree
}

# Beyond what there was: added, online, with memory, and taken away again
grow()
{
	echo online >"$auto" || return
	set_target $((first_current + 128 * 256)) && settle && agree && adds_up &&
		[ "$(count current)" = $((first_current + 128 * 256)) ] &&
		[ "$(ranges 'System RAM (xen_balloon)' outside)" = 0 ] &&
		[ "$(ranges 'System RAM (xen_balloon)' inside)" -ge 1 ] &&
		set_target "$first_current" && settle && agree && adds_up
}

free_in_xen()
{
	xl info | sed -n 's/^free_memory *: //p'
}

# No more than Xen gives, and no harm done
limit()
{
	_max=$(count maximum)
	set_target $((_max + 65536)) || return
	for _i in $(seq 100); do
		[ "$(count state)" != given-up ] || break
		sleep 0.2
	done
	agree && adds_up && [ "$(count reservation)" -le "$_max" ] &&
		set_target "$first_current" && settle && agree
}

said()
{
	tr '\n' ' ' <"$accounting"
}

ktap_plan 11
ktap_check counts_agree "$(said)" agree
ktap_check adds_up "$(said)" adds_up
ktap_check agrees_with_xl "$(listed) MiB, $(said)" agrees_with_xl
ktap_check is_used "MemTotal $first_memtotal pages, $(said)" is_used
ktap_check ram_is_what_xen_gave "$(ram) pages, $(said)" ram_is_what_xen_gave
ktap_check scratch_is_no_hole "$(grep -B1 'Xen scratch' /proc/iomem | tr '\n' ';')" \
	scratch_is_no_hole
ktap_check down "MemTotal $(memtotal), first $first_memtotal" down
ktap_check up "MemTotal $(memtotal), first $first_memtotal" up
more=$(($(count maximum) - first_current))
if [ "$more" -ge $((160 * 256)) ] && [ "$(free_in_xen)" -ge 160 ]; then
	ktap_check grow "$(grep 'xen_balloon' /proc/iomem | tr '\n' ';')" grow
else
	ktap_skip grow "Xen would give $more pages and has $(free_in_xen) MiB"
fi
# Without max: there is none.
if [ "$more" -lt $((1 << 24)) ]; then
	ktap_check limit "maximum is $(count maximum)" limit
else
	ktap_skip limit "there is no maximum"
fi
# Lowers the maximum, so it comes last.
ktap_check by_xl "xl list shows $(listed), $(said)" by_xl
said
ktap_end
