#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Test pokepvh: on a small PVH program, which QEMU runs, and on a real vmlinux.

    pokepvh_test.py [VMLINUX]

The program prints the start info that it gets, and the first memory map entry,
to the debug port. It runs as it is and with pokes; the two outputs may differ
in what was poked and nowhere else. Needs gcc, binutils; without QEMU that part
is skipped. Prints KTAP.
"""
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
INFO, ENTRY = 56, 24

PROGRAM = """
	.section .note.Xen, "a", @note
	.long 4, 4, 18
	.asciz "Xen"
	.long start
	.text
	.code32
	.globl start
start:	mov	%ebx, %esi
	mov	$56, %ecx
	mov	$0xe9, %edx
	rep outsb
	mov	40(%ebx), %esi
	mov	$24, %ecx
	rep outsb
	mov	$0, %al
	mov	$0xf4, %edx
	out	%al, %dx
1:	hlt
	jmp	1b
	.data
	.long	1
"""
SCRIPT = """
PHDRS { text PT_LOAD; data PT_LOAD; note PT_NOTE; }
SECTIONS {
	. = 0x100000;
	.text : { *(.text) } :text
	.note.Xen : { *(.note.Xen) } :text :note
	. = ALIGN(0x1000);
	.data : { *(.data) } :data
	/DISCARD/ : { *(.note.gnu*) *(.comment) *(.bss) }
}
"""


class Ktap:
    """Numbers and counts results."""

    def __init__(self):
        self.n = self.failed = 0
        print("TAP version 13")

    def check(self, name, good, why=""):
        self.n += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.n} {name}")
        if not good:
            print(f"# {why}")

    def skip(self, name, why):
        self.n += 1
        print(f"ok {self.n} {name} # SKIP {why}")

    def end(self):
        print(f"1..{self.n}")
        return 1 if self.failed else 0


def run(*args, **kw):
    return subprocess.run([str(a) for a in args], check=False, text=True,
                          capture_output=True, **kw)


def poke(kernel, out, *args):
    return run(HERE / "pokepvh", "-o", out, kernel, *args)


def build(tmp):
    (tmp / "p.S").write_text(PROGRAM)
    (tmp / "p.lds").write_text(SCRIPT)
    done = run("gcc", "-m64", "-nostdlib", "-static", "-no-pie",
               "-Wl,--build-id=none,-z,max-page-size=0x1000", "-T", tmp / "p.lds",
               tmp / "p.S", "-o", tmp / "p")
    if done.returncode:
        sys.exit(f"Bail out! {done.stderr}")
    return tmp / "p"


def boot(kernel):
    """What the program prints: start info and first map entry."""
    out = kernel.with_suffix(".out")
    out.unlink(missing_ok=True)
    try:
        run("qemu-system-x86_64", "-accel", "tcg", "-m", "64", "-nodefaults",
            "-display", "none", "-no-reboot", "-kernel", kernel,
            "-chardev", f"file,id=d,path={out}",
            "-device", "isa-debugcon,iobase=0xe9,chardev=d",
            "-device", "isa-debug-exit,iobase=0xf4", timeout=120)
    except subprocess.TimeoutExpired:
        return b"timeout"
    return out.read_bytes() if out.exists() else b""


def shim_of(kernel):
    """The last segment: (physical address, code)."""
    data = kernel.read_bytes()
    phoff, = struct.unpack_from("<Q", data, 0x20)
    phnum, = struct.unpack_from("<H", data, 0x38)
    p = struct.unpack_from("<IIQQQQQQ", data, phoff + (phnum - 1) * 56)
    return p[4], data[p[2]:p[2] + p[5]]


def disassemble(tmp, start, code):
    (tmp / "code").write_bytes(code)
    done = run("objdump", "-D", "-w", "-b", "binary", "-m", "i386",
               f"--adjust-vma={start:#x}", tmp / "code")
    return done.stdout


def test_file(t, tmp, kernel, what):
    """The ELF file is still one, and only what should differ does."""
    out = tmp / "poked"
    done = poke(kernel, out, "magic=0x11223344", "memmap[1].type=5")
    t.check(f"{what}: made", done.returncode == 0, done.stderr)
    if done.returncode:
        return
    old, new = kernel.read_bytes(), out.read_bytes()
    elf = run("readelf", "-lnW", out)
    t.check(f"{what}: readelf takes it", not elf.returncode and
            "Warning" not in elf.stderr, elf.stderr)
    start, code = shim_of(out)
    t.check(f"{what}: segment is behind the kernel", all(
        start >= int(m[1], 16) + int(m[2], 16) for m in re.finditer(
            r"LOAD +\S+ \S+ (\S+) \S+ (\S+)",
            run("readelf", "-lW", kernel).stdout)), elf.stdout)
    text = disassemble(tmp, start, code)
    t.check(f"{what}: shim is what it should be", bool(re.search(
        r"mov +0x28\(%ebx\),%ecx\n.*movl +\$0x5,0x28\(%ecx\)\n"
        r".*movl +\$0x11223344,0x0\(%ebx\)\n.*jmp +0x", text)), text)
    old_entry = int(re.search(r"then (0x\w+)", done.stdout)[1], 16)
    t.check(f"{what}: ends at the kernel's entry",
            f"jmp    0x{old_entry:x}" in text, text)
    # e_phnum, the new header, the note; beyond the old end, the segment.
    differ = [i for i in range(len(old)) if old[i] != new[i]]
    phoff, = struct.unpack_from("<Q", old, 0x20)
    phnum, = struct.unpack_from("<H", old, 0x38)
    header = range(phoff + phnum * 56, phoff + phnum * 56 + 56)
    rest = [i for i in differ if i not in (0x38, 0x39) and i not in header]
    t.check(f"{what}: nothing else differs",
            len(rest) <= 8 and (not rest or rest[-1] - rest[0] < 8),
            f"bytes {rest[:9]}")


def test_boot(t, tmp, program):
    plain = boot(program)
    t.check("QEMU boots the program", len(plain) == INFO + ENTRY and
            plain[:4] == bytes.fromhex("78c56e33"), repr(plain))
    runs = {
        "nothing": ([], {}),
        "4 bytes": (["magic=0xdeadbeef"], {0: "efbeadde"}),
        "8 bytes": (["rsdp_paddr=0x1122334455667788"],
                    {32: "8877665544332211"}),
        "1 and 2 bytes": (["@6:1=0x5a", "@12:2=0x1234"], {6: "5a", 12: "3412"}),
        "minus one": (["nr_modules=-1"], {12: "ffffffff"}),
        "an entry": (["memmap[0].type=7", "memmap[0].size=-1"],
                     {INFO + 8: "ff" * 8, INFO + 16: "07000000"}),
        "an entry before its pointer": (
            ["memmap_entries=9", "memmap[0].addr=0x4000"],
            {48: "09000000", INFO: "0040000000000000"}),
    }
    for name, (pokes, changes) in runs.items():
        out = tmp / "booted"
        done = poke(program, out, *pokes)
        want = bytearray(plain)
        for offset, text in changes.items():
            raw = bytes.fromhex(text)
            want[offset:offset + len(raw)] = raw
        got = boot(out) if not done.returncode else b""
        t.check(f"boots with {name} changed", got == bytes(want),
                f"{done.stderr} got {got.hex()} want {want.hex()}")


def test_more_entries(t, tmp, program):
    out = tmp / "more"
    poke(program, out, "memmap+0x5000:0x1000:2=3", "flags=4")
    want = bytearray(boot(program))
    want[8] = 4
    want[40:48] = (shim_of(out)[0] + 0x1000).to_bytes(8, "little")
    want[48:52] = (int.from_bytes(want[48:52], "little") + 3).to_bytes(4, "little")
    got = boot(out)
    t.check("boots with a copy of the map that has more entries", got == bytes(want),
            f"got {got.hex()} want {want.hex()}")


def test_errors(t, tmp, program):
    out = tmp / "none"
    (tmp / "not-elf").write_bytes(b"MZ" + bytes(1000))
    for name, args in {
            "unknown field": (program, out, "nonsense=1"),
            "no value": (program, out, "magic"),
            "value too big": (program, out, "magic=0x100000000"),
            "not a number": (program, out, "magic=x"),
            "entries of no map": (program, out, "memmap+0:1=1"),
            "unknown case": (program, out, "--case", "none-such"),
            "not a kernel": (tmp / "not-elf", out, "magic=1"),
            "no file": (tmp / "missing", out, "magic=1")}.items():
        done = poke(*args)
        t.check(f"refuses: {name}", done.returncode == 1 and
                done.stderr.startswith("pokepvh: ") and not out.exists(),
                done.stderr)


def test_cases(t, tmp, program):
    names = run(HERE / "pokepvh", "--list").stdout.split()
    lines = [l for l in (HERE / "cases").read_text().splitlines()
             if l.strip() and not l.startswith("#")]
    t.check("cases are listed, each once", len(names) == len(lines) >= 20 and
            len(set(names)) == len(names), f"{names}")
    bad = [n for n in names
           if poke(program, tmp / "case", "--case", n).returncode]
    t.check("every case can be made", not bad, f"{bad}")
    ends = [l.split("|")[2].strip() for l in lines]
    t.check("every case says its end", set(ends) <= {
        "boots", "starts", "crash", "reset"}, f"{set(ends)}")
    for line in lines:
        re.compile(line.split("|", 3)[3].strip())


def main():
    t = Ktap()
    with tempfile.TemporaryDirectory() as name:
        tmp = pathlib.Path(name)
        program = build(tmp)
        test_file(t, tmp, program, "program")
        if len(sys.argv) > 1:
            test_file(t, tmp, pathlib.Path(sys.argv[1]), "vmlinux")
        test_errors(t, tmp, program)
        test_cases(t, tmp, program)
        if shutil.which("qemu-system-x86_64"):
            test_boot(t, tmp, program)
            test_more_entries(t, tmp, program)
        else:
            t.skip("QEMU boots the program", "no qemu-system-x86_64")
    return t.end()


if __name__ == "__main__":
    sys.exit(main())
