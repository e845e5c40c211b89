#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Leave out of a console log the data races that are none of ours.

    kcsan.py BUILD LOG

Prints the log without the reports of KCSAN in which there is no function of the
Xen code that was built in the directory BUILD, and without those of races between
functions of the interrupt core, which reads actions and flags without marks while they
change. How many those were goes to stderr.
"""
import pathlib
import re
import subprocess
import sys

OURS = ("arch/x86/xen", "drivers/xen")
IRQ_CORE = ("kernel/irq",)
BEGIN = re.compile(r"BUG: KCSAN: .* in ([\w.]+)(?: / ([\w.]+))?")
RULE = re.compile(r"={20,}\s*$")
FRAME = re.compile(r"\b([A-Za-z_][\w.]*)\+0x[0-9a-f]+/0x[0-9a-f]+")


def functions(build, parts):
    """Names of all functions in the objects of some directories."""
    objects = [str(path) for part in parts
               for path in pathlib.Path(build, part).rglob("*.o")]
    symbols = subprocess.run(["nm", "--defined-only", *objects], check=True,
                             capture_output=True, text=True).stdout
    return {line.split()[2] for line in symbols.splitlines()
            if len(line.split()) == 3 and line.split()[1] in "tT"}


def is_ours(report, ours, irq_core):
    """Whether a report has a function of ours, and the race is not between two of the
    interrupt core."""
    racing = {name for name in BEGIN.search(report[0]).groups() if name}
    if racing <= irq_core:
        return False
    return bool(ours & {name for text in report for name in FRAME.findall(text)})


def main():
    """Read the log in reports and the lines between them."""
    build, log = sys.argv[1:]
    ours, irq_core = functions(build, OURS), functions(build, IRQ_CORE)
    others = 0
    report = None
    for line in open(log, errors="replace"):
        if BEGIN.search(line):
            report = []
        if report is None:
            sys.stdout.write(line)
            continue
        report.append(line)
        if not RULE.search(line):
            continue
        if is_ours(report, ours, irq_core):
            sys.stdout.writelines(report)
        else:
            others += 1
        report = None
    sys.stdout.writelines(report or [])
    print(f"{others} data races elsewhere in the kernel", file=sys.stderr)


if __name__ == "__main__":
    main()
