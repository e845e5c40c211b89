# SPDX-License-Identifier: GPL-2.0
"""One run of a plan: start the machine, follow it, judge it, retry if the
emulator is at fault."""
import collections
import fcntl
import pathlib
import re
import shutil
import sys
import threading
import time

from . import judge
from .machine import Machine

# Nothing on any port for so long is a hang: seconds of QEMU's own processor
# time, which a busy machine does not stretch, and a bound by the wall.
SILENCE = 150
SILENCE_WALL = 900
# Seconds of QEMU's processor time that a machine may take to go off.
END = 30
RETRIES = 2
GONE = "the machine stopped before its end"
KEEP = 4000
LAST = 40

# Tests of dom0's whose guests crash on purpose.
ENDING = ("dom0:startinfo", "dom0:power")


def claim(directory, name):
    """A name that no other run in this tree uses, and the lock that says so."""
    directory.mkdir(parents=True, exist_ok=True)
    for number in range(1, 100):
        free = name if number == 1 else f"{name}.{number}"
        lock = open(directory / f"{free}.lock", "w", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        return free, lock
    raise RuntimeError(f"99 runs of {name} at the same time")


SHOWN = re.compile(r"\(XEN\).*Xen version|Latest ChangeSet|Dom0 has maximum|"
                   r"AMD IOMMU|HVM: .*detected|\*\*\* Serial input")

_print_lock = threading.Lock()


def out(text):
    """A line for the user, whole."""
    with _print_lock:
        print(text, flush=True)


class Session:
    """A plan's run: self.results, self.problems, self.retried at its end."""

    def __init__(self, plan, files, dirs, options):
        self.plan = plan
        self.files = files
        name, self._lock = claim(dirs["run"], plan.name)
        self.dir = dirs["run"] / name
        self.logs = dirs["logs"] / name
        self.options = options
        self.retried = []
        self._fresh()

    def _fresh(self):
        self.ktap = judge.Ktap()
        self.problems = []
        self.recent = {}
        self.times = {}
        self._files = {}
        self._begin = time.monotonic()
        self._cpu = 0.0
        self._fault = None

    # What comes in.

    def _log(self, name, line):
        if name not in self._files:
            path = self.logs / f"{name}.log"
            self._files[name] = open(path, "w", encoding="utf-8", buffering=1)
            self.recent[name] = collections.deque(maxlen=KEEP)
        stamp = time.monotonic() - self._begin
        self._files[name].write(f"[{stamp:7.1f}] {line}\n")
        self.recent[name].append(line)

    def _wanted(self, name, line):
        """Dom0 or a guest is meant to end the way that is reported here."""
        if name == "com1" and self.ktap.ended and self.plan.end == "crash":
            return judge.DOM0_CRASHES.search(line)
        running = self.ktap.started[-1] if self.ktap.started else None
        return name == "com1" and judge.GUEST_ENDS.search(line) and any(
            g.name == running and g.tests in ENDING
            for g in self.plan.guests)

    def _console(self, name, line):
        self._log(name, line)
        if self._wanted(name, line):
            return
        if judge.is_trouble(line) and len(self.problems) < 50:
            self.problems.append(f"{name}: {line}")
            out(f"!! {self.plan.name}/{name}: {line}")
        elif self.options.show and self._worth_showing(name, line):
            out(f"{name:>10} | {line}")

    def _worth_showing(self, name, line):
        if self.options.verbose:
            return True
        if name == "com1":
            return bool(SHOWN.search(line))
        return "@@" not in line and not line.startswith("Loading")

    def _result(self, line):
        self._log("results", line)
        result = self.ktap.feed(line)
        if judge.START.match(line):
            self.times[self.ktap.started[-1]] = (time.monotonic(), self._cpu)
        if line.startswith("# dom0 ready"):
            out(f"{self.plan.name}: {line[2:]} (after {self._spent((self._begin, 0))})")
        if result and (self.options.show or result.verdict == "fail"
                       or self.options.verbose):
            mark = {"pass": "ok  ", "fail": "FAIL", "skip": "skip"}[result.verdict]
            note = f"  ({result.note})" if result.note else ""
            out(f"  {mark} {self.plan.name}/{result.guest} {result.name}{note}")
        if result is None and re.match(r"(not )?ok ", line):
            self._guest_done(self.ktap.done[-1])

    def _spent(self, since):
        wall = time.monotonic() - since[0]
        return f"{wall:.0f} s, QEMU used {self._cpu - since[1]:.0f} s"

    def _guest_done(self, guest):
        mine = [r.verdict for r in self.ktap.results if r.guest == guest]
        spent = self._spent(self.times.get(guest, (self._begin, 0)))
        word = "FAIL" if "fail" in mine else "PASS"
        out(f"{word} {self.plan.name}/{guest}: {mine.count('pass')} passed, "
            f"{mine.count('fail')} failed, {mine.count('skip')} skipped "
            f"({spent})")

    def _take(self, port, line):
        if port == "results":
            self._result(line)
        elif port == "com1":
            self._console("com1", line)
        else:
            name, sep, text = line.partition("| ")
            if sep and re.fullmatch(r"[\w.-]+", name):
                self._console(name, text)
            else:
                self._console("guests", line)

    # One run.

    def _follow(self, machine):
        """Until the end or a time-out; returns why it stopped early, or None."""
        heard, heard_cpu = time.monotonic(), 0.0
        while machine.alive():
            self._cpu = machine.cpu_seconds()
            for port, line in machine.read(1.0):
                heard, heard_cpu = time.monotonic(), self._cpu
                self._take(port, line)
            if self.ktap.ended or self.ktap.bailed:
                return self.ktap.bailed
            now = time.monotonic()
            if self._cpu - heard_cpu > SILENCE or now - heard > SILENCE_WALL:
                return f"no output for {now - heard:.0f} s"
            wall = now - self._begin
            if max(self._cpu / machine.processors(), wall / 2) > self.options.timeout:
                return f"not done after {wall:.0f} s, of which QEMU used {self._cpu:.0f} s"
        # What it said last may be the end that was waited for.
        self._drain(machine)
        return self.ktap.bailed if self.ktap.ended or self.ktap.bailed else GONE

    def _gather(self, machine):
        """After a hang: what Xen knows about its CPUs and event channels, and what
        it says about the emulator if Xen does not answer. A machine that went off, or
        one that has said what its trouble is, did not just stand still."""
        answers = 0
        machine.debug_keys("0de")
        until = time.monotonic() + 15
        while machine.alive() and time.monotonic() < until:
            for port, line in machine.read(1.0):
                if port == "com1":
                    self._log("com1", line)
                    answers += 1
        if machine.alive() and not self.problems:
            self._fault = judge.machine_fault(self.ktap, answers)

    def _drain(self, machine):
        until = time.monotonic() + 3
        while machine.listening() and time.monotonic() < until:
            for port, line in machine.read(0.5):
                self._take(port, line)

    def _await_end(self, machine):
        """Dom0 is to switch the machine off, or to restart it: then QEMU ends. After a
        crash it goes on, as Xen has "noreboot"."""
        begin, cpu = time.monotonic(), machine.cpu_seconds()
        crashed = False
        while machine.alive() and not crashed:
            self._cpu = machine.cpu_seconds()
            for port, line in machine.read(1.0):
                self._take(port, line)
                crashed = crashed or judge.DOM0_CRASHED.search(line)
            if (self._cpu - cpu > END or
                    time.monotonic() - begin > SILENCE_WALL):
                break
        if self.plan.end == "crash":
            why = "" if crashed else "Xen does not know of a crash"
        else:
            why = "it is still on" if machine.alive() else ""
        self.ktap.results.append(judge.Result(
            "machine", self.plan.end, "fail" if why else "pass", why))

    def _once(self):
        self._fresh()
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        machine = Machine(self.dir, self.files, self.plan,
                          self.options.qemu_args)
        machine.prepare(self.options.guest_args)
        self._begin = time.monotonic()
        stopped = None
        try:
            machine.start()
            stopped = self._follow(machine)
            if stopped:
                if stopped != GONE:
                    self._gather(machine)
                for port, text in machine.rest().items():
                    self._log(port, text)
            elif self.plan.end:
                self._await_end(machine)
            else:
                self._drain(machine)
        finally:
            machine.stop()
            for f in self._files.values():
                f.close()
        if stopped:
            self.problems.append(stopped)
            self._show_last(stopped)
        self._missing()

    def _show_last(self, why):
        """The last output of whoever spoke last, and of com1."""
        names = ["com1"] + [g for g in self.ktap.started[-1:] if g in self.recent]
        for name in names:
            if name not in self.recent:
                continue
            out(f"---- {self.plan.name}/{name}: {why}; its last {LAST} lines:")
            for line in list(self.recent[name])[-LAST:]:
                out(f"     {line}")

    def _missing(self):
        for guest in self.plan.guests:
            if guest.name not in self.ktap.done:
                self.ktap.results.append(judge.Result(
                    guest.name, "run", "fail", "no result"))

    def failed(self):
        """Whether anything at all went wrong."""
        return bool(self.problems) or any(
            r.verdict == "fail" for r in self.ktap.results)

    def run(self):
        """Run, at most twice more when the emulator was at fault."""
        for attempt in range(RETRIES + 1):
            self._once()
            if not self.failed():
                return
            fault = self._fault or next(filter(None, (
                judge.emulator_fault(list(lines))
                for lines in self.recent.values())), None)
            if not fault or attempt == RETRIES:
                return
            self.retried.append(fault)
            out(f"{self.plan.name}: emulator fault ({fault}), run again "
                f"({attempt + 1} of {RETRIES})")
            keep = pathlib.Path(f"{self.logs}.fault{attempt + 1}")
            shutil.rmtree(keep, ignore_errors=True)
            self.logs.rename(keep)


def shell(plan, files, dirs, options):
    """An interactive lab: Xen's and dom0's console is the terminal."""
    # Only here is a terminal needed.
    import os
    import termios
    import tty

    name, _lock = claim(dirs["run"], "shell")
    machine = Machine(dirs["run"] / name, files, plan, options.qemu_args)
    machine.prepare(options.guest_args, shell=True)
    machine.start()
    saved = None
    if sys.stdin.isatty():
        saved = termios.tcgetattr(0)
        out("Console of Xen and dom0; Ctrl-] ends the lab.")
        tty.setraw(0)

    def keyboard():
        while True:
            data = os.read(0, 1024)
            if not data or b"\x1d" in data:
                machine.process.terminate()
                return
            machine.socks["com1"].send(data)

    threading.Thread(target=keyboard, daemon=True).start()
    try:
        while machine.alive():
            for port, data in machine.read_raw(1.0):
                if port == "com1":
                    os.write(1, data)
    finally:
        machine.stop()
        if saved:
            termios.tcsetattr(0, termios.TCSANOW, saved)
    return 0
