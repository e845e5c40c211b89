# SPDX-License-Identifier: GPL-2.0
"""What a run's output means: trouble on a console, results, emulator faults."""
import dataclasses
import re

# A kernel or hypervisor that says one of these is broken, whatever the tests say.
TROUBLE = re.compile(
    r"BUG: |BUG at |WARNING: |KASAN: |UBSAN: |Oops|Kernel panic|"
    r"possible recursive locking|possible circular locking|"
    r"INFO: possible |suspicious RCU usage|Unbalanced|"
    r"inconsistent lock state|sleeping function called|scheduling while atomic|"
    r"rcu_\w+ (?:self-)?detected|detected stalls|blocked for more than|"
    r"soft lockup|hard LOCKUP|general protection fault|Call Trace:|"
    r"nobody cared|bad page state|list_(?:add|del) corruption|"
    r"unreferenced object|page allocation failure|"
    r"\(XEN\).*(?:Panic|FATAL|Assertion|Xen BUG|Xen WARN|Triple fault|domain_crash)|"
    r"\(XEN\).*Domain \d+ .*crashed")

# How Xen reports the end of a guest: what a test of bad start info is to see.
GUEST_ENDS = re.compile(r"\(XEN\).*(?:Triple fault|domain_crash)|"
                        r"\(XEN\).*Domain \d+ .*crashed")

# What dom0's kernel says when a plan has it crash, and then Xen.
DOM0_CRASHES = re.compile(r"Kernel panic - not syncing: sysrq triggered crash|Call Trace:")
DOM0_CRASHED = re.compile(r"\(XEN\) Hardware Dom0 crashed")

# What only looks like it.
HARMLESS = re.compile(
    r"@@ |Kernel command line|Command line:|lab\.name=|printk\.devkmsg|"
    # Debian's dom0 on this emulated processor, and Xen on any PVH dom0.
    r"WARNING: PVH is an experimental mode|"
    r"Speculative Return Stack Overflow: WARNING: See https")

# An interrupt delivered although the interrupted code had them disabled: only
# the emulator can do that (EFLAGS bit 9 clear under an interrupt's entry).
ENTRY = re.compile(r"\basm_(?:common_interrupt|sysvec_\w+)\+")
EFLAGS = re.compile(r"EFLAGS: ([0-9a-f]{8})")
STALL = re.compile(r"detected stalls|self-detected stall|soft lockup|hard LOCKUP")
# A guest "running" with Xen's own code selector.
TRIPLE = re.compile(r"Triple fault")
XENSTATE = re.compile(r"\bcs:? ?e008\b|RIP: +e008:|sel=?e008", re.I)

RESULT = re.compile(r"^(    )?(not ok|ok) (\d+) ?(?:- )?(.*)$")
START = re.compile(r"^# start (\S+)$")
SUBTEST = re.compile(r"^    # Subtest: (\S+)$")
SKIP = re.compile(r"#\s*SKIP\b", re.I)


@dataclasses.dataclass
class Result:
    """One test's result."""
    guest: str
    name: str
    verdict: str
    note: str = ""


def is_trouble(line):
    """Whether a console line reports a defect."""
    return bool(TROUBLE.search(line)) and not HARMLESS.search(line)


def _interrupt_with_interrupts_off(lines):
    if not any(STALL.search(line) for line in lines):
        return False
    for i, line in enumerate(lines):
        if not ENTRY.search(line):
            continue
        for below in lines[i + 1:i + 6]:
            flags = EFLAGS.search(below)
            if flags:
                if not int(flags.group(1), 16) & 0x200:
                    return True
                break
    return False


def _state_overwritten(lines):
    for i, line in enumerate(lines):
        if TRIPLE.search(line):
            if any(XENSTATE.search(x) for x in lines[i:i + 60]):
                return True
    return False


def emulator_fault(lines):
    """The name of the emulator's fault that these lines show, or None."""
    if _interrupt_with_interrupts_off(lines):
        return "interrupt delivered with interrupts disabled"
    if _state_overwritten(lines):
        return "guest state overwritten with Xen's"
    return None


def machine_fault(ktap, answers):
    """The same for a machine on which nothing is heard any more, or None.

    Where Xen does not even answer its debug keys, and no guest of ours was there to
    have a part in it: all that were started are done.
    """
    if answers or not ktap.started or ktap.started != ktap.done:
        return None
    return "the whole machine stands still between two guests"


class Ktap:
    """Reads the results port, line by line."""

    def __init__(self):
        self.results = []
        self.started = []
        self.done = []
        self.ready = None
        self.ended = False
        self.bailed = None
        self._guest = None

    def feed(self, line):
        """Take a line; returns the Result in it, if any."""
        if line.startswith("# dom0 ready"):
            self.ready = line[2:]
        elif line == "# lab end":
            self.ended = True
        elif line.startswith("Bail out!"):
            self.bailed = line
        elif START.match(line):
            self.started.append(START.match(line).group(1))
        elif SUBTEST.match(line):
            self._guest = SUBTEST.match(line).group(1)
        m = RESULT.match(line)
        if not m:
            return None
        if not m.group(1):
            self.done.append(m.group(4))
            return None
        return self._take(m)

    def _take(self, m):
        name, _, note = m.group(4).partition(" # ")
        if SKIP.search(m.group(4)):
            verdict = "skip"
            note = re.sub(r"^SKIP ?", "", note)
        else:
            verdict = "pass" if m.group(2) == "ok" else "fail"
        result = Result(self._guest, name.strip(), verdict, note.strip())
        self.results.append(result)
        return result
