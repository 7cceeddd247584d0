"""Folders that gstnvr writes to: permissions, room, kind of file system."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from gstnvr.config.settings import Settings
from gstnvr.model.findings import Finding, Remedy, failed, ok, warning
from gstnvr.volume.identity import IdentityDamagedError, IdentityMissingError, read_identity
from gstnvr.volume.mounts import holder_of, mountinfo, mounts_in

_MB = 1_000_000
_VOLUME = "volume"
"""Never made by gstnvr: a path that is not there may be a disk that is not mounted."""
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "afs", "fuse.sshfs", "fuse.rclone"}
_WITHOUT_PERMISSIONS = {"vfat", "msdos", "exfat"}
_IN_MEMORY = {"tmpfs", "ramfs"}
_DATABASE_ROOM_MB = 500


def check_folders(settings: Settings) -> Iterator[Finding]:
    """The data folder and all volumes."""
    yield from _check_folder("data_dir", settings.data_dir, _DATABASE_ROOM_MB)
    paths = [volume.path for volume in settings.storage.volumes]
    for path in paths:
        yield from _check_folder(_VOLUME, path, settings.storage.min_free_mb)
        yield _identity(path)
    yield from _apart(paths)


def _check_folder(name: str, path: Path, min_free_mb: int) -> Iterator[Finding]:
    existing = _nearest(path)
    yield _permissions(name, path, existing)
    yield _room(name, existing, min_free_mb)
    yield _file_system(name, existing)


def _nearest(path: Path) -> Path:
    """The folder itself, or the one in which it would be made."""
    return next(folder for folder in (path, *path.parents) if _can_be_seen(folder))


def _can_be_seen(path: Path) -> bool:
    """Whether it is there, and no folder above it is closed to this user."""
    try:
        return path.exists()
    except PermissionError:
        return False


def _identity(path: Path) -> Finding:
    try:
        return ok(_VOLUME, f"{path} is volume {read_identity(path).uuid}")
    except IdentityMissingError:
        return ok(_VOLUME, f"{path} is no volume yet, and becomes one when recording begins")
    except IdentityDamagedError as error:
        return failed(
            _VOLUME, str(error), "put the file back from a copy, or check the disk", Remedy.RESTORE_IDENTITY
        )
    except OSError as error:
        return failed(
            _VOLUME,
            f"{path} cannot be read: {error.strerror}",
            "look at disk and permissions",
            Remedy.LOOK_AT_DISK,
        )


def _apart(paths: Sequence[Path]) -> Iterator[Finding]:
    """Volumes on one file system fail together, and fill up together."""
    first: dict[int, Path] = {}
    for path in paths:
        if not _can_be_seen(path):
            continue
        device = path.stat().st_dev
        if device in first:
            advice = "give each a disk of its own; or is one of them not mounted?"
            yield warning(
                _VOLUME, f"{path} is on the same file system as {first[device]}", advice, Remedy.SEPARATE_DISKS
            )
        first.setdefault(device, path)


def _permissions(name: str, path: Path, existing: Path) -> Finding:
    user = f"user {os.geteuid()}"
    if not existing.is_dir():
        return failed(
            name, f"{existing} is not a folder", f"choose another {name} or remove that file", Remedy.OTHER_FOLDER
        )
    if os.statvfs(existing).f_flag & os.ST_RDONLY:
        return failed(
            name,
            f"{existing} is on a file system that is mounted read-only",
            "look at dmesg, then remount it",
            Remedy.REMOUNT,
        )
    if not os.access(existing, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
        if existing == path:
            advice = f"let that user own it: chown {os.geteuid()} {path}"
        else:
            advice = f"make it for that user: mkdir -p {path} && chown {os.geteuid()} {path}"
        return failed(name, f"{user} may not write to {existing}", advice, Remedy.GRANT_FOLDER)
    if existing != path and name == _VOLUME:
        return failed(
            name, f"there is no directory {path}", "make it, or mount the disk that it is on", Remedy.MAKE_FOLDER
        )
    if existing != path:
        return ok(name, f"{path} is not there yet and can be made in {existing}")
    return ok(name, f"{user} may write to {path}")


def _room(name: str, folder: Path, min_free_mb: int) -> Finding:
    try:
        room = os.statvfs(folder)
    except OSError as error:
        return failed(
            name,
            f"free space of {folder} cannot be read: {error.strerror}",
            "look at the disk",
            Remedy.LOOK_AT_DISK,
        )
    free_mb = room.f_bavail * room.f_frsize // _MB
    if free_mb < min_free_mb:
        advice = f"make room, at least {min_free_mb} MB"
        return failed(name, f"only {free_mb} MB free at {folder}", advice, Remedy.MAKE_ROOM)
    if room.f_files and not room.f_favail:
        return failed(
            name,
            f"no file can be made at {folder}: out of inodes",
            "delete files that nobody needs",
            Remedy.DELETE_FILES,
        )
    return ok(name, f"{free_mb / 1000:.1f} GB free at {folder}")


def _file_system(name: str, folder: Path) -> Finding:
    kind = file_system(folder)
    found = f"{folder} is on {kind or 'an unknown file system'}"
    if kind in _NETWORK and name == "data_dir":
        return warning(
            name,
            f"{found}, a network file system",
            "databases get damaged there; use a local disk",
            Remedy.LOCAL_DISK,
        )
    if kind in _NETWORK:
        return warning(
            name,
            f"{found}, a network file system",
            "when the network fails, recording fails as well",
            Remedy.MIND_NETWORK,
        )
    if kind in _WITHOUT_PERMISSIONS:
        return warning(
            name,
            found,
            "it is easily damaged by a power cut; format the disk with ext4 or xfs",
            Remedy.FORMAT_DISK,
        )
    if kind in _IN_MEMORY:
        return warning(
            name, f"{found}, that is in memory", "everything there is gone after a restart", Remedy.LASTING_DISK
        )
    return ok(name, found)


def file_system(folder: Path) -> str | None:
    """Kind of the file system that a folder is on, e.g. ``ext4``."""
    mount = holder_of(str(folder.resolve()), mounts_in(mountinfo()))
    return None if mount is None else mount.kind
