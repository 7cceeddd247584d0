"""Which disks lie beneath a directory: from its mount through loop devices, arrays and mappings to the metal."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from gstnvr.volume.mounts import MOUNTINFO, holder_of, mounts_in

_DEEPEST = 12
_DISKS = re.compile(r"^(sd[a-z]+|hd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+|dasd[a-z]+|ubd[a-z]+)$")


@dataclass(frozen=True, slots=True)
class Beneath:
    """What a directory lies on."""

    disks: tuple[str, ...] = ()
    """Names such as ``sda``."""
    arrays: tuple[str, ...] = ()
    """Names such as ``md0``."""


@dataclass(frozen=True, slots=True)
class System:
    """Where the kernel tells of itself; tests have files of their own."""

    sys: Path = Path("/sys")
    mounts: Path = MOUNTINFO
    mdstat: Path = Path("/proc/mdstat")

    def beneath(self, path: Path) -> Beneath:
        """Disks and arrays beneath a directory; none for network file systems and memory. Blocks.

        Raises:
            OSError: the kernel does not tell.
        """
        return self._of_path(os.path.realpath(path), 0)

    def _of_path(self, path: str, depth: int) -> Beneath:
        numbers = device_of(path, self.mounts.read_text(errors="replace"))
        if numbers is None:
            return Beneath()
        link = self.sys / "dev/block" / numbers
        if not link.exists():
            return Beneath()
        return self._of_device(link.resolve(), depth)

    def _of_device(self, device: Path, depth: int) -> Beneath:
        if depth > _DEEPEST:
            return Beneath()
        if (device / "partition").exists():
            return self._of_device(device.parent, depth + 1)
        backing = device / "loop/backing_file"
        if backing.exists():
            return self._of_path(backing.read_text().strip(), depth + 1)
        slaves = device / "slaves"
        under = [slave.resolve() for slave in sorted(slaves.iterdir())] if slaves.is_dir() else []
        below = [self._of_device(slave, depth + 1) for slave in under]
        arrays = [device.name] if (device / "md").is_dir() else []
        disks = [device.name] if not under and _DISKS.match(device.name) else []
        return Beneath(
            disks=tuple(dict.fromkeys([*disks, *(disk for one in below for disk in one.disks)])),
            arrays=tuple(dict.fromkeys([*arrays, *(array for one in below for array in one.arrays)])),
        )


def device_of(path: str, mountinfo: str) -> str | None:
    """``major:minor`` of the file system that a path is on, by the text of mountinfo; None: it has no device.

    Where several are mounted at one place, the last one counts.
    """
    mount = holder_of(path, mounts_in(mountinfo))
    if mount is None:
        return None
    return _numbers_of(mount.device) if mount.numbers.startswith("0:") else mount.numbers


def _numbers_of(source: str) -> str | None:
    """File systems of several devices, such as btrfs, have a number of no device; their source has one."""
    if not source.startswith("/dev/"):
        return None
    try:
        device = Path(source).stat().st_rdev
    except OSError:
        return None
    return f"{os.major(device)}:{os.minor(device)}"
