#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Print the machine's apt sources of Debian itself, with the type asked for.

    sources.py deb|deb-src [SUITE]

Third-party archives are left out: an image or a source package must not
depend on them.  Both forms, one-line and deb822, come out as deb822. SUITE is
another release of Debian, from the same servers.
"""
import glob
import re
import sys


def codename():
    """The release that this machine runs."""
    with open("/etc/os-release", encoding="utf-8") as f:
        text = f.read()
    found = re.search(r"^VERSION_CODENAME=\"?(\w+)", text, re.M)
    return found.group(1) if found else "bookworm"


def one_line(path):
    """Entries of a sources.list as (uri, suite, components, signed-by)."""
    with open(path, encoding="utf-8") as f:
        for line in f:
            m = re.match(r"deb\s+(\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(\S.*)", line)
            if not m:
                continue
            key = re.search(r"signed-by=([^\s\]]+)", m.group(1) or "")
            parts = m.group(4).split("#")[0].split()
            yield m.group(2), m.group(3), parts, key.group(1) if key else ""


def deb822(path):
    """The same from a .sources file."""
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"^#.*\n", "", f.read(), flags=re.M)
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)",
                                 stanza, re.M))
        if fields.get("Enabled", "yes").strip() == "no":
            continue
        if "deb" not in fields.get("Types", "").split():
            continue
        for uri in fields.get("URIs", "").split():
            for suite in fields.get("Suites", "").split():
                yield (uri, suite, fields.get("Components", "").split(),
                       fields.get("Signed-By", ""))


def main():
    """Collect, keep Debian's own suites, print."""
    kind = sys.argv[1]
    name = codename()
    other = sys.argv[2] if len(sys.argv) > 2 else name
    wanted = {name, name + "-updates", name + "-security", name + "/updates"}
    entries = []
    for path in glob.glob("/etc/apt/sources.list"):
        entries += one_line(path)
    for path in sorted(glob.glob("/etc/apt/sources.list.d/*")):
        if path.endswith(".list"):
            entries += one_line(path)
        elif path.endswith(".sources"):
            entries += deb822(path)
    entries = [e for e in entries if e[1] in wanted and "main" in e[2]]
    if not entries:
        sys.exit(f"no apt source of Debian {name} found on this machine")
    for uri, suite, _, key in entries:
        suite = other + suite[len(name):]
        print(f"Types: {kind}\nURIs: {uri}\nSuites: {suite}\nComponents: main")
        if key:
            print(f"Signed-By: {key}")
        print()


if __name__ == "__main__":
    main()
