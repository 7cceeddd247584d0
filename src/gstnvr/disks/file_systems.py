"""File systems of this machine that recordings may go to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from gstnvr.volume.mounts import Mount, holder_of

_LASTING = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "bcachefs", "nfs", "nfs4", "cifs", "smb3", "exfat"}
    | {"ntfs3", "fuseblk"}
)
_NOT_FOR_RECORDINGS = ("/boot", "/efi", "/snap", "/var/snap", "/run", "/tmp", "/var/tmp", "/etc", "/proc", "/sys")  # noqa: S108
_OF_CONTAINERS = ("/var/lib/docker", "/var/lib/containers")


@dataclass(frozen=True, slots=True)
class FileSystem:
    """One that keeps what is written to it, and can be written to."""

    place: str
    """Where it is mounted."""
    device: str
    kind: str
    volumes: tuple[str, ...]
    """Paths of volumes of the settings that lie on it."""


def file_systems(mounts: Sequence[Mount], volumes: Iterable[str]) -> list[FileSystem]:
    """Those to choose from, by place; of a device that is mounted several times, the place nearest to the root.

    Args:
        volumes: paths of the volumes of the settings, without symbolic links.
    """
    by_device: dict[str, Mount] = {}
    for mount in {mount.place: mount for mount in mounts}.values():  # of several at one place the last is seen
        known = by_device.get(mount.device)
        if _is_for_recordings(mount) and (known is None or len(mount.place) < len(known.place)):
            by_device[mount.device] = mount
    holders = {volume: holder_of(volume, mounts) for volume in volumes}
    return [
        FileSystem(
            mount.place,
            mount.device,
            mount.kind,
            tuple(volume for volume, holder in holders.items() if holder is not None and holder.device == device),
        )
        for device, mount in sorted(by_device.items(), key=lambda found: found[1].place)
    ]


def _is_for_recordings(mount: Mount) -> bool:
    is_whole = mount.root == "/" or mount.kind == "btrfs"  # others are folders, or files, that are shown elsewhere
    unfit = any(PurePath(mount.place).is_relative_to(folder) for folder in (*_NOT_FOR_RECORDINGS, *_OF_CONTAINERS))
    return mount.kind in _LASTING and mount.writable and is_whole and not unfit
