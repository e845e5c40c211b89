# SPDX-License-Identifier: GPL-2.0
"""A machine with EFI firmware: it starts Xen from a partition, which has dom0's kernel
and initramfs as well, and a file that says what to make of them."""
import pathlib
import shutil
import subprocess

# Where firmware looks when nobody has told it what to start
PLACE = "EFI/BOOT"
CONFIG = """[global]
default=lab
[lab]
options={xen}
kernel=dom0 {dom0}
ramdisk=initrd
"""


# Plans' firmware, and what the builders of it and of Xen have to be told
KINDS = {"efi": [], "secureboot": ["--secure"]}


def prepare(directory, ovmf, contents, xen, dom0):
    """Make the partition, and a store of variables as it is in a new machine.

    `contents' has the files "xen", "dom0" and "initrd"; `xen' and `dom0' are the
    command lines."""
    directory = pathlib.Path(directory)
    shutil.copy(ovmf / "vars.fd", directory / "vars.fd")
    (directory / "code.fd").symlink_to(ovmf / "code.fd")
    config = directory / "xen.cfg"
    config.write_text(CONFIG.format(xen=xen, dom0=dom0), "ascii")
    image = directory / "esp.img"
    sources = {"BOOTX64.EFI": contents["xen"], "BOOTX64.cfg": config,
               "dom0": contents["dom0"], "initrd": contents["initrd"]}
    size = sum(path.stat().st_size for path in sources.values())

    def run(*command):
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)

    # Cylinders of 1 MB; a smaller file system would not be one with 32 bits.
    run("mformat", "-i", image, "-C", "-F", "-h", "64", "-s", "32",
        "-t", str(max((size >> 20) * 5 // 4, 64)), "::")
    run("mmd", "-i", image, "::EFI", f"::{PLACE}")
    for name, path in sources.items():
        run("mcopy", "-i", image, path, f"::{PLACE}/{name}")


def options(kind):
    """What QEMU has to be told, instead of a kernel to load."""
    flash = "if=pflash,format=raw,unit="
    # Then only the firmware itself can write to the store, in system management mode.
    secure = ["-global", "driver=cfi.pflash01,property=secure,value=on",
              "-global", "ICH9-LPC.disable_s3=1"] if kind == "secureboot" else []
    return ["-drive", f"{flash}0,readonly=on,file=code.fd",
            "-drive", f"{flash}1,file=vars.fd", *secure,
            "-drive", "file=esp.img,if=none,id=esp,format=raw,snapshot=on",
            "-device", "ide-hd,drive=esp,bus=ide.5,bootindex=0"]
