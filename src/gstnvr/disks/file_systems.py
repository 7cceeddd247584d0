"""File systems of this machine that recordings may go to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import psutil

_LASTING = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "bcachefs", "nfs", "nfs4", "cifs", "smb3", "exfat"}
    | {"ntfs3", "fuseblk"}
)
_OF_THE_SYSTEM = ("/boot", "/efi", "/snap", "/var/snap", "/var/lib/docker", "/var/lib/containers", "/run")


@dataclass(frozen=True, slots=True)
class Mount:
    """Something that is mounted somewhere."""

    place: str
    device: str
    kind: str
    """Such as ``ext4``."""
    writable: bool


@dataclass(frozen=True, slots=True)
class FileSystem:
    """One that keeps what is written to it, and may be written to."""

    place: str
    """Where it is mounted."""
    device: str
    kind: str
    volumes: tuple[str, ...]
    """Paths of volumes of the settings that lie on it."""


def mounted() -> list[Mount]:
    """All that is, as this process sees it, in the order in which it was mounted."""
    return [
        Mount(part.mountpoint, part.device, part.fstype, "rw" in part.opts.split(","))
        for part in psutil.disk_partitions(all=True)
    ]


def file_systems(mounts: Sequence[Mount], volumes: Iterable[str]) -> list[FileSystem]:
    """Those to choose from, by place; of a device that is mounted several times, the place nearest to the root.

    Args:
        volumes: paths of the volumes of the settings.
    """
    by_device: dict[str, Mount] = {}
    for mount in {mount.place: mount for mount in mounts}.values():  # of several at one place the last is seen
        if mount.kind not in _LASTING or not mount.writable or _is_of_the_system(mount.place):
            continue
        known = by_device.get(mount.device)
        if known is None or len(mount.place) < len(known.place):
            by_device[mount.device] = mount
    holders = {volume: _holder(volume, mounts) for volume in volumes}
    return [
        FileSystem(
            mount.place,
            mount.device,
            mount.kind,
            tuple(volume for volume, holder in holders.items() if holder is not None and holder.device == device),
        )
        for device, mount in sorted(by_device.items(), key=lambda found: found[1].place)
    ]


def _is_of_the_system(place: str) -> bool:
    return any(PurePath(place).is_relative_to(folder) for folder in _OF_THE_SYSTEM)


def _holder(path: str, mounts: Sequence[Mount]) -> Mount | None:
    """What a path lies on: the mount that is deepest, and of several at one place the last."""
    above = [mount for mount in mounts if PurePath(path).is_relative_to(mount.place)]
    return max(reversed(above), key=lambda mount: len(mount.place), default=None)
