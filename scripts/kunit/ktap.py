#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Read the console of a KUnit boot: one line for each suite, then the sum.

    ktap.py [--exit-status N] LOG

A kernel that complains (BUG, WARNING, lockdep, KASAN ...) fails even if all
tests pass, and so does one that stops before all suites have reported.
"""
import argparse
import re
import sys

RESULT = re.compile(r"^(?P<indent> *)(?P<ok>ok|not ok) \d+(?: -)? "
                    r"(?P<name>[^#]*?)\s*(?P<skip># SKIP.*)?$")
PLAN = re.compile(r"^(?P<indent> *)1\.\.(?P<n>\d+)\s*$")
START = re.compile(r"^    # Subtest: (?P<name>\S+)")
STAMP = re.compile(r"^(<\d>)?\[ *\d+\.\d+\](\[ *[TC]\d+\])? ?")
COMPLAINT = re.compile(r"\b(BUG|WARNING|KASAN|UBSAN|KCSAN|Oops)\b.*:|"
                       r"\bBUG: |kernel BUG at|general protection fault|"
                       r"Kernel panic|possible (recursive|circular)|"
                       r"inconsistent lock state|suspicious RCU|"
                       r"INFO: (task|rcu|trying)|ODEBUG:|unreferenced object")


class Suite:
    """What one suite has reported."""

    def __init__(self, name=None):
        self.name = name
        self.passed, self.failed, self.skipped = 0, [], 0
        self.notes = []

    def add(self, match):
        """Count one test case."""
        if match["skip"]:
            self.skipped += 1
        elif match["ok"] == "ok":
            self.passed += 1
        else:
            self.failed.append(match["name"])

    def why(self):
        """What KUnit says about failures, without what went well."""
        chosen, keep = [], False
        for note in self.notes:
            if note.startswith("#"):
                keep = "FAILED" in note
            elif RESULT.match(note) or note.startswith("KTAP"):
                keep = False
            if keep or note.startswith("not ok"):
                chosen.append(note[:200])
        return chosen[:40]

    def show(self, name, okay):
        """Print the suite's line, and why if it is bad."""
        counts = f"{self.passed} passed"
        if self.failed:
            counts += f", {len(self.failed)} failed: " + ", ".join(self.failed)
        if self.skipped:
            counts += f", {self.skipped} skipped"
        print(f"{'PASS' if okay else 'FAIL'} {name}: {counts}")
        if not okay:
            for note in self.why():
                print("    " + note)


def lines(path):
    """The console's lines without time stamps and carriage returns."""
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            yield STAMP.sub("", line.rstrip("\r\n"))


def read(path):
    """Returns totals, number of suites announced and seen, complaints."""
    total = {"passed": 0, "failed": 0, "skipped": 0}
    announced, seen = None, 0
    complaints, suite = [], Suite()
    for line in lines(path):
        plan, result = PLAN.match(line), RESULT.match(line)
        start = START.match(line)
        if plan and not plan["indent"]:
            announced = int(plan["n"])
        elif start:
            suite = Suite(start["name"])
        elif result and len(result["indent"]) == 4:
            suite.add(result)
        elif result and not result["indent"]:
            seen += 1
            okay = result["ok"] == "ok" and not suite.failed
            # A suite can fail as a whole: its init, for example.
            if not okay and not suite.failed:
                suite.failed.append("the suite itself")
            suite.show(result["name"], okay)
            total["passed"] += suite.passed
            total["failed"] += len(suite.failed)
            total["skipped"] += suite.skipped
            suite = Suite()
        elif COMPLAINT.search(line):
            complaints.append(line)
        elif suite.name and line.startswith(("#", "    ")):
            suite.notes.append(line.strip())
    if suite.name:
        suite.failed.append("the kernel stopped here")
        suite.show(suite.name, False)
        total["passed"] += suite.passed
        total["failed"] += len(suite.failed)
    return total, announced, seen, complaints


def main():
    """Print the report; exit status 1 if anything is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--exit-status", type=int, default=0)
    parser.add_argument("log")
    args = parser.parse_args()

    total, announced, seen, complaints = read(args.log)
    problems = []
    if args.exit_status:
        problems.append(f"QEMU ended with status {args.exit_status}")
    if not announced:
        problems.append("no suite was run")
    elif seen < announced:
        problems.append(f"{announced - seen} of {announced} suites did not report")
    problems += [f"the kernel says: {c}" for c in complaints[:10]]
    for problem in problems:
        print("FAIL console: " + problem)
    total["failed"] += len(problems)
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**total))
    sys.exit(1 if total["failed"] else 0)


if __name__ == "__main__":
    main()
