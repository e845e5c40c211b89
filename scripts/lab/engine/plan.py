# SPDX-License-Identifier: GPL-2.0
"""Plans: which guests one machine starts.

A plan is a text file; '#' starts a comment.

    machine memory=3072 dom0=512 cpus=2 spare=0 hotplug=fast xen="conring_size=64k"
    guest NAME vcpus=2 memory=256 tests=mode,block,net args="xen.fifo_events=0"
    guest NAME ... repeat=20
    guest NAME type=hvm memory=256
    guest NAME kernel=6.1                  Debian's stock kernel, not the one under test

All values have defaults, `type' is $GUEST or pvh.  `repeat' makes NAME-01, NAME-02 and so on.
`spare' are processors that dom0 does not run on.  More for a machine:

    dom0_kernel=ours       dom0 runs the kernel under test, whatever DOM0 says
    dom0_mem="max:50%"     as Xen takes it, "none" for not at all, instead of dom0=
    dom0_args="x=y"        more for its kernel's command line
    qemu="-device x"       more of QEMU's options
    iommu=intel            instead of AMD's
    firmware=efi           starts Xen from an EFI partition; or secureboot, which checks
                           that Xen is signed
    end=power-off          dom0 has to switch the machine off; or reboot, to restart it;
                           kexec, which has to restart it, too; or crash, which Xen has
                           to be told of, though there is a crash kernel
"""
import dataclasses
import pathlib
import shlex

from . import efi


class PlanError(Exception):
    """A plan that cannot be read."""


ENDS = ("", "power-off", "reboot", "kexec", "crash")


@dataclasses.dataclass
class Guest:
    """One guest of a plan."""
    name: str
    vcpus: int = 1
    memory: int = 192
    tests: str = "mode"
    args: str = ""
    type: str = ""
    kernel: str = ""

    def line(self, extra):
        """The line that dom0's init reads."""
        kind = f"lab.type={self.type}" if self.type == "hvm" else ""
        stock = f"lab.kernel={self.kernel}" if self.kernel else ""
        args = " ".join(a for a in (kind, stock, self.args, extra) if a)
        return f"{self.name} {self.vcpus} {self.memory} {self.tests} {args}"


@dataclasses.dataclass
class Plan:
    """One machine and its guests."""
    name: str
    memory: int = 2048
    dom0: int = 512
    cpus: int = 2
    spare: int = 0
    xen: str = ""
    hotplug: str = "fast"
    dom0_kernel: str = ""
    dom0_mem: str = ""
    qemu: str = ""
    iommu: str = "amd"
    firmware: str = ""
    dom0_args: str = ""
    end: str = ""
    guests: list = dataclasses.field(default_factory=list)


def _options(words, known, where):
    values = {}
    for word in words:
        key, sep, value = word.partition("=")
        if not sep or key not in known:
            raise PlanError(f"{where}: do not know '{word}'")
        values[key] = known[key](value)
    return values


def _guests(words, where):
    if not words:
        raise PlanError(f"{where}: guest without a name")
    known = {"vcpus": int, "memory": int, "tests": str, "args": str,
             "type": str, "kernel": str, "repeat": int}
    values = _options(words[1:], known, where)
    if values.get("type", "pvh") not in ("pvh", "hvm"):
        raise PlanError(f"{where}: type is pvh or hvm")
    repeat = values.pop("repeat", 0)
    if not repeat:
        return [Guest(words[0], **values)]
    return [Guest(f"{words[0]}-{i:02}", **values) for i in range(1, repeat + 1)]


def load(path):
    """Read a plan from a file."""
    path = pathlib.Path(path)
    plan = Plan(path.stem)
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        where = f"{path.name}:{number}"
        words = shlex.split(text, comments=True)
        if not words:
            continue
        if words[0] == "machine":
            known = {"memory": int, "dom0": int, "cpus": int, "spare": int,
                     "xen": str, "hotplug": str, "dom0_kernel": str,
                     "dom0_mem": str, "dom0_args": str, "qemu": str,
                     "iommu": str, "firmware": str, "end": str}
            for key, value in _options(words[1:], known, where).items():
                setattr(plan, key, value)
            if plan.firmware not in ("", *efi.KINDS):
                raise PlanError(f"{where}: firmware is {' or '.join(efi.KINDS)}")
            if plan.end not in ENDS:
                raise PlanError(f"{where}: end is {' or '.join(ENDS[1:])}")
        elif words[0] == "guest":
            plan.guests += _guests(words[1:], where)
        else:
            raise PlanError(f"{where}: '{words[0]}' is neither machine nor guest")
    return plan


def find(name, directory):
    """A plan by its name in the directory, or by its path."""
    for path in (pathlib.Path(directory) / f"{name}.plan", pathlib.Path(name)):
        if path.is_file():
            return load(path)
    known = sorted(p.stem for p in pathlib.Path(directory).glob("*.plan"))
    raise PlanError(f"no plan '{name}', there are: {' '.join(known)}")
