# SPDX-License-Identifier: GPL-2.0
"""One QEMU machine with Xen in it, and its three serial ports.

    com1      Xen and dom0 (interactive)
    results   KTAP from dom0's init
    guests    the guests' consoles, each line "NAME| text"
"""
import ctypes
import lzma
import os
import pathlib
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import time
import zlib

from . import efi

PORTS = ("com1", "results", "guests")
# Without an invariant TSC Xen has each RDTSC of dom0 leave it.
CPU = "EPYC,+svm,+npt,+invtsc,-monitor,-rdtscp,-xsave,-avx,-avx2,-fma,-f16c"
# With 64 MB of translations all were thrown away every four seconds.
TCG = ["-accel", "tcg,thread=single,tb-size=256", "-icount"]
SCRATCH_MB = 64


def _die_with_parent():
    """In the child: end when the engine ends, however that happens."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def nested_kvm():
    """Whether this machine can run Xen's guests in hardware."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        flags = next((x for x in f if x.startswith("flags")), "").split()
    for flag, module in (("svm", "kvm_amd"), ("vmx", "kvm_intel")):
        nested = pathlib.Path("/sys/module", module, "parameters/nested")
        if flag in flags and nested.exists() and nested.read_text("ascii").strip() in "Y1":
            return True
    return False


def firmware():
    """-L options for a QEMU that was not installed."""
    dirs = ("/usr/share/qemu", "/usr/share/seabios", "/usr/lib/ipxe/qemu")
    return [x for d in dirs for x in ("-L", d)]


def vmlinux(image):
    """The ELF file inside a bzImage: the host unpacks it once, where xl would
    do it in emulation for each guest.  Any other image is taken as it is."""
    if len(image) < 0x250 or image[0x202:0x206] != b"HdrS":
        return image
    start = (image[0x1f1] + 1) * 512 + struct.unpack_from("<I", image, 0x248)[0]
    payload = image[start:]
    if payload[:2] == b"\x1f\x8b":
        return zlib.decompressobj(wbits=31).decompress(payload)
    if payload[:6] == b"\xfd7zXZ\0":
        return lzma.LZMADecompressor().decompress(payload)
    if payload[:4] == b"\x28\xb5\x2f\xfd" and shutil.which("zstd"):
        return subprocess.run(["zstd", "-dcq"], input=payload, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout or image
    return image


class Machine:
    """A run of QEMU.  Files are paths, `directory' is the run's own."""

    def __init__(self, directory, files, plan, extra=()):
        self.dir = pathlib.Path(directory)
        self.files = files
        self.plan = plan
        self.extra = list(extra)
        self.process = None
        self.socks = {}
        self._partial = {port: b"" for port in PORTS}
        self._selector = selectors.DefaultSelector()

    def prepare(self, guest_args, shell=False):
        """Build the lab disk and the scratch disk, link the rest."""
        shutil.rmtree(self.dir, ignore_errors=True)
        tree = self.dir / "tree"
        tree.mkdir(parents=True)
        for part in ("dom0", "guest"):
            shutil.copytree(self.files["lab"] / part, tree / part)
        shutil.copytree(self.files["lab"].parent.parent / "selftests/startinfo",
                        tree / "startinfo")
        if self.files.get("selftests"):
            shutil.copytree(self.files["selftests"], tree / "selftests",
                            symlinks=True)
        if self.files.get("extra"):
            shutil.copytree(self.files["extra"], tree / "extra")
        image = pathlib.Path(self.files["guest_kernel"]).read_bytes()
        (tree / "kernel").write_bytes(vmlinux(image))
        for version in {g.kernel for g in self.plan.guests if g.kernel}:
            stock = self.files["stock"][version]
            packed = (stock / "vmlinuz").read_bytes()
            (tree / f"kernel-{version}").write_bytes(vmlinux(packed))
            shutil.copy(stock / "initramfs", tree / f"initramfs-{version}")
        # kexec, and the device model of an HVM guest, take nothing else.
        if self.plan.end in ("kexec", "crash") or any(
                "kexec" in g.tests or g.type == "hvm" for g in self.plan.guests):
            (tree / "bzimage").write_bytes(image)
        if any("lab.firmware=ovmf" in g.args for g in self.plan.guests):
            shutil.copy(self.files["guest_ovmf"], tree / "ovmf.fd")
        if self.plan.hotplug == "debian":
            (tree / "hotplug-debian").touch()
        if shell:
            (tree / "shell").touch()
        if self.plan.end:
            (tree / "end").write_text(self.plan.end, "utf-8")
        (tree / "plan").write_text("".join(
            g.line(guest_args) + "\n" for g in self.plan.guests), "utf-8")
        size = sum(f.stat().st_size for f in tree.rglob("*") if f.is_file())
        megabytes = size // (1 << 20) * 5 // 4 + 16
        env = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O",
                        "^has_journal,^metadata_csum", "-b", "4096",
                        "-m", "0", "-d", tree, self.dir / "lab.img",
                        f"{megabytes}M"],
                       check=True, env=env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(tree)
        with open(self.dir / "scratch.img", "wb") as f:
            f.truncate(SCRATCH_MB << 20)
        files = dict(self.files)
        if self.plan.dom0_kernel == "ours":
            files["dom0_kernel"] = files["guest_kernel"]
        for name in ("xen", "dom0_kernel", "initramfs", "root"):
            (self.dir / name).symlink_to(files[name])
        if self.plan.firmware:
            own = files["firmware"][self.plan.firmware]
            efi.prepare(self.dir, own["ovmf"],
                        {"xen": own["xen"], "dom0": files["dom0_kernel"],
                         "initrd": files["initramfs"]},
                        self._xen_options(), self._dom0_options())

    def _disks(self):
        args = ["-device", "nvme,id=nvme,serial=lab"]
        images = ("root", "root", "lab.img", "scratch.img")
        for number, image in enumerate(images, 1):
            args += ["-drive", f"file={image},if=none,id=d{number},"
                               "format=raw,snapshot=on",
                     "-device", f"nvme-ns,drive=d{number},bus=nvme,nsid={number}"]
        return args

    def _ports(self):
        args = []
        for port in PORTS:
            args += ["-chardev", f"socket,id={port},path={port}.sock,server=on,"
                                 f"wait=on,logfile={port}.log"]
        return args + ["-serial", "chardev:com1", "-serial", "chardev:results",
                       "-device", "pci-serial,chardev=guests"]

    def _xen_options(self):
        plan = self.plan
        memory = plan.dom0_mem or f"{plan.dom0}M,max:{plan.dom0}M"
        memory = "" if memory == "none" else f"dom0_mem={memory} "
        return (f"dom0=pvh console=com1 com1=115200,8n1 {memory}"
                f"dom0_max_vcpus={plan.cpus} dom0_vcpus_pin noreboot "
                f"spec-ctrl=no xpti=no guest_loglvl=all {plan.xen}").strip()

    def _dom0_options(self):
        return f"console=hvc0 lsm=capability {self.plan.dom0_args}"

    def _start(self):
        """What the machine is to start, and how."""
        if self.plan.firmware:
            return efi.options(self.plan.firmware)
        return ["-kernel", "xen", "-append", self._xen_options(),
                "-initrd", f"dom0_kernel {self._dom0_options()},initramfs"]

    def command(self):
        """The command line of QEMU."""
        plan = self.plan
        if self.files["accel"] == "kvm":
            accel = ["-accel", "kvm", "-cpu", "host"]
        else:
            # EFI firmware waits in loops, 0.3 s of the machine's time: that costs half
            # as much with half as many instructions per second.
            shift = 2 if plan.firmware else 1
            accel = TCG + [f"shift={shift},sleep=off", "-cpu", CPU]
        return [self.files["qemu"], *firmware(),
                "-M", "q35,kernel-irqchip=split" if accel[1] == "kvm" else "q35",
                *accel, "-m", str(plan.memory), "-smp", str(plan.cpus + plan.spare),
                "-display", "none", "-vga", "none", "-nodefaults",
                "-monitor", "none", "-no-reboot",
                "-device", f"{plan.iommu}-iommu",
                *self._ports(), *self._disks(), *self._start(),
                *plan.qemu.split(), *self.extra]

    def start(self):
        """Start QEMU and attach to its ports."""
        with open(self.dir / "qemu.log", "wb") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=self.dir, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log,
                preexec_fn=_die_with_parent)
        for port in PORTS:
            sock = self._attach(self.dir / f"{port}.sock")
            sock.setblocking(False)
            self.socks[port] = sock
            self._selector.register(sock, selectors.EVENT_READ, port)

    def _attach(self, path):
        """Connect to a port; QEMU starts to wait for us in its own time."""
        deadline = time.monotonic() + 30
        # A socket's address has little room: go through the open directory.
        parent = os.open(path.parent, os.O_RDONLY)
        try:
            while True:
                sock = socket.socket(socket.AF_UNIX)
                try:
                    sock.connect(f"/proc/self/fd/{parent}/{path.name}")
                    return sock
                except OSError:
                    sock.close()
                if self.process.poll() is not None or time.monotonic() > deadline:
                    text = (self.dir / "qemu.log").read_text("utf-8", "replace")
                    raise RuntimeError(f"QEMU did not start: {text.strip()}")
                time.sleep(0.05)
        finally:
            os.close(parent)

    def read_raw(self, seconds):
        """Yield (port, bytes) of what arrives within the time."""
        for key, _ in self._selector.select(seconds):
            try:
                data = key.fileobj.recv(65536)
            except BlockingIOError:
                continue
            except ConnectionError:
                data = b""
            if data:
                yield key.data, data
            else:
                self._selector.unregister(key.fileobj)

    def read(self, seconds):
        """Yield (port, line) of what arrives within the time."""
        for port, data in self.read_raw(seconds):
            *lines, rest = (self._partial[port] + data).split(b"\n")
            self._partial[port] = rest
            for line in lines:
                yield port, line.decode("utf-8", "replace").rstrip("\r")

    def rest(self):
        """What stands on the ports without an end of line."""
        return {port: text.decode("utf-8", "replace")
                for port, text in self._partial.items() if text}

    def processors(self):
        """How many of the host's it keeps busy at most: emulated, it is one thread."""
        return self.plan.cpus if self.files["accel"] == "kvm" else 1

    def cpu_seconds(self):
        """Processor time that QEMU has used: what load does not change."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
                fields = f.read().rpartition(")")[2].split()
        except (OSError, AttributeError):
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def alive(self):
        """Whether QEMU runs and somebody can still talk."""
        return self.process.poll() is None and self.listening()

    def listening(self):
        """Whether there may be more to read."""
        return bool(self._selector.get_map())

    def debug_keys(self, keys):
        """Press keys on Xen's console: three times Ctrl-A goes there."""
        try:
            self.socks["com1"].send(b"\x01\x01\x01" + keys.encode())
        except OSError:
            pass

    def stop(self):
        """End QEMU, gently first."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for sock in self.socks.values():
            sock.close()
