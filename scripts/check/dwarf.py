# SPDX-License-Identifier: GPL-2.0
"""Types of an object file, read from what readelf prints of its DWARF."""
import re
import subprocess

# readelf puts forms and offsets in parentheses before the value.
DIE = re.compile(r" *<([0-9a-f]+)><([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)")
ATTR = re.compile(r" +<[0-9a-f]+> +DW_AT_(\w+) *: ?(?:\([^)]*\):? ?)*(.*)")
ENTRY = re.compile(r"\s+(\d+)\t(?:(?:\(\w+\)\t)?(\d+)\t)?(?:\([^)]*\):?\s)*(.*)")
KIND = {"structure_type": "struct", "union_type": "union", "enumeration_type": "enum"}
TRANSPARENT = ("typedef", "const_type", "volatile_type", "restrict_type")


class Die:
    """An entry of the debugging information."""

    def __init__(self, tag):
        self.tag = tag
        self.attrs = {}
        self.children = []

    def number(self, name):
        """An attribute that is a number, or None."""
        text = self.attrs.get(name)
        return int(text.split()[0], 0) if text else None


def _readelf(option, path):
    return subprocess.run(["readelf", option, "-W", str(path)], check=True,
                          capture_output=True, text=True).stdout.splitlines()


class Types:
    """All types that are defined in files for which `mine' is true.

    named: what C calls them, as "struct x" or "x_t", and their entries.
    enumerators: all constants of all enumerations, with their values.
    """

    def __init__(self, path, mine):
        self.dies = {}
        self.unit = None
        files = self._files(path)
        self._parse(path)
        self.named, self.enumerators = {}, {}
        for die in self.unit.children:
            where = die.number("decl_file")
            if where is None or not mine(files.get(where, "")):
                continue
            self._take(die)

    @staticmethod
    def _files(path):
        dirs, files, table = {}, {}, None
        for line in _readelf("--debug-dump=rawline", path):
            if "Directory Table" in line:
                table = dirs
            elif "File Name Table" in line:
                table = files
            m = ENTRY.match(line)
            if m and table is dirs:
                dirs[int(m.group(1))] = m.group(3)
            elif m and table is files:
                files[int(m.group(1))] = (int(m.group(2)), m.group(3))
        return {n: f"{dirs.get(d, '')}/{name}" for n, (d, name) in files.items()}

    def _parse(self, path):
        stack, die = [], None
        for line in _readelf("--debug-dump=info", path):
            m = DIE.match(line)
            if m:
                depth = int(m.group(1), 16)
                die = Die(m.group(3))
                self.dies[m.group(2)] = die
                del stack[depth:]
                if stack:
                    stack[-1].children.append(die)
                elif die.tag == "compile_unit":
                    self.unit = die
                stack.append(die)
                continue
            m = ATTR.match(line)
            if m and die:
                die.attrs[m.group(1)] = m.group(2).strip()

    def _take(self, die):
        name = die.attrs.get("name")
        if die.tag == "enumeration_type":
            for child in die.children:
                self.enumerators[child.attrs["name"]] = child.number("const_value")
        elif die.tag in KIND and name and "declaration" not in die.attrs:
            self.named[f"{KIND[die.tag]} {name}"] = die
        elif die.tag == "typedef":
            self.named[name] = die

    def _type(self, die):
        """The type of an entry behind typedefs and qualifiers; None is void."""
        while "type" in die.attrs:
            die = self.dies[re.search(r"<0x(\w+)>", die.attrs["type"]).group(1)]
            if die.tag not in TRANSPARENT:
                return die
        return None

    def _base(self, die):
        return self._type(die) if die.tag in TRANSPARENT else die

    @staticmethod
    def _lengths(array):
        for child in array.children:
            if child.tag != "subrange_type":
                continue
            count, upper = child.number("count"), child.number("upper_bound")
            yield count if count is not None else 0 if upper is None else upper + 1

    def _handle(self, die):
        """Xen's tools see a guest handle as a structure with one pointer."""
        return len(die.children) == 1 and die.children[0].attrs.get("name") == "p" or \
            die.tag == "union_type" and \
            [c.attrs.get("name") for c in die.children] == ["p", "q"]

    def _scalar(self, die):
        if die is None:
            return "void"
        if die.tag in KIND and die.tag != "enumeration_type" or die.tag == "pointer_type":
            return f"{die.number('byte_size') or 8} bytes, pointer"
        size = die.number("byte_size")
        return f"{size} bytes" + (", char" if size == 1 else
                                  ", signed" if self._signed(die) else "")

    @staticmethod
    def _signed(die):
        return "(signed" in die.attrs.get("encoding", "")

    def _walk(self, die, path, where, found, expand):
        """Flatten a type: all scalars with offset, kind and number."""
        base, offset, number = self._base(die), *where
        if base is not None and base.tag == "array_type":
            for n in self._lengths(base):
                number += f" x {n}"
            self._walk(self._type(base), path, (offset, number), found, expand)
            return
        if base is None or base.tag not in ("structure_type", "union_type") \
                or self._handle(base):
            found[path or "value"] = f"at {offset}, {self._scalar(base)}{number}"
            return
        if path and base.attrs.get("name") and not (expand and expand(path)):
            found[path] = f"at {offset}, {base.number('byte_size')} bytes, " \
                          f"{KIND[base.tag]}{number}"
            if expand:
                return
        for child in base.children:
            if child.tag == "member":
                self._member(child, path, offset, found, expand)

    def _member(self, child, path, offset, found, expand):
        name = child.attrs.get("name", "")
        inner = ".".join(x for x in (path, name) if x)
        bits = child.number("bit_size")
        if bits is not None:
            found[inner] = f"bit {offset * 8 + child.number('data_bit_offset')}, " \
                           f"{bits} bits"
            return
        at = offset + (child.number("data_member_location") or 0)
        self._walk(self._type(child), inner, (at, ""), found, expand)

    def layout(self, tag, expand=None):
        """Where the members of a type are: path -> "at OFFSET, KIND".

        A structure with a name of its own is either a member or, if expand(path)
        is true, what is in it. Without expand: both.
        """
        found = {}
        die = self.named[tag]
        if die.tag == "typedef":
            die = self._type(die)
            if die is not None and die.tag in KIND and die.attrs.get("name"):
                # What it stands for is compared under its own name.
                return found
        self._walk(die, "", (0, ""), found, expand)
        return found
