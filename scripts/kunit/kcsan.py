#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Leave out of a console log the data races that are none of ours.

    kcsan.py BUILD LOG

Prints the log without the reports of KCSAN in which there is no function of the
Xen code that was built in the directory BUILD. How many those were goes to stderr.
"""
import pathlib
import re
import subprocess
import sys

OURS = ("arch/x86/xen", "drivers/xen")
BEGIN = re.compile(r"BUG: KCSAN: ")
RULE = re.compile(r"={20,}\s*$")
FRAME = re.compile(r"\b([A-Za-z_][\w.]*)\+0x[0-9a-f]+/0x[0-9a-f]+")


def our_functions(build):
    """Names of all functions in our objects."""
    objects = [str(path) for part in OURS
               for path in pathlib.Path(build, part).rglob("*.o")]
    symbols = subprocess.run(["nm", "--defined-only", *objects], check=True,
                             capture_output=True, text=True).stdout
    return {line.split()[2] for line in symbols.splitlines()
            if len(line.split()) == 3 and line.split()[1] in "tT"}


def main():
    """Read the log in reports and the lines between them."""
    build, log = sys.argv[1:]
    ours, others = our_functions(build), 0
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
        if ours & {name for text in report for name in FRAME.findall(text)}:
            sys.stdout.writelines(report)
        else:
            others += 1
        report = None
    sys.stdout.writelines(report or [])
    print(f"{others} data races elsewhere in the kernel", file=sys.stderr)


if __name__ == "__main__":
    main()
