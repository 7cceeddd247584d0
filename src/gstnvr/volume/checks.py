"""The five checks that a volume must pass before something is written to it, and again while it is in use."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gstnvr.model.faults import FaultReport, Reason
from gstnvr.volume.diagnosis import absence, share_of_recordings
from gstnvr.volume.errors import VolumeError, report_os_error, volume_report
from gstnvr.volume.identity import IdentityDamagedError, IdentityMissingError, read_identity

PROBE_BYTES = 1 << 20
PROBE_PREFIX = ".gstnvr-check-"
_LEFTOVER_AFTER_S = 600


@dataclass(frozen=True, slots=True)
class Room:
    """Space on a volume."""

    free_bytes: int
    """That this user may fill."""
    total_bytes: int


class VolumeChecker:
    """Checks one volume; remembers the file system on which it was found.

    A file system that was mounted anew is reported once, because files opened before belong to the old one; the
    next check takes the new one.
    """

    def __init__(self, uuid: str, path: Path, min_free_bytes: int) -> None:
        self.min_free_bytes = min_free_bytes
        self._uuid = uuid
        self._path = path
        self._device: int | None = None

    def glance(self) -> Room:
        """Only whether it is there, and how much room it has; blocks as ``check`` does.

        Raises:
            VolumeError: it is not there.
        """
        check_identity(self._path, self._uuid)
        return read_room(self._path)

    def check(self) -> Room:
        """All five, in order; blocks, for ever if the disk hangs.

        Raises:
            VolumeError: the first that failed.
        """
        device = check_identity(self._path, self._uuid)
        remembered, self._device = self._device, device
        if remembered not in (None, device):
            message = f"volume {self._path} was mounted anew, files opened before are lost to it"
            raise VolumeError(volume_report(Reason.VOLUME_MISSING, message))
        with _probe_folder(self._path) as folder:
            check_access(self._path)
            room = check_free_space(self._path, self.min_free_bytes)
            check_write(self._path, folder)
        return room


def check_identity(path: Path, uuid: str) -> int:
    """The volume that was expected is mounted here; returns the number of its file system.

    Raises:
        VolumeError: nothing, or something else, is mounted here.
    """
    try:
        device = path.stat().st_dev
        found = read_identity(path)
    except IdentityMissingError as error:
        raise VolumeError(_absence(path, uuid)) from error
    except IdentityDamagedError as error:
        message = f"volume {path}: {error}, which should say {uuid}"
        raise VolumeError(volume_report(Reason.IDENTITY_LOST, message)) from error
    except OSError as error:
        raise VolumeError(report_os_error(error, f"cannot read volume {path}")) from error
    if found.uuid != uuid:
        message = f"another volume is mounted at {path}: {found.uuid} instead of {uuid}"
        raise VolumeError(volume_report(Reason.WRONG_VOLUME, message))
    return device


def _absence(path: Path, uuid: str) -> FaultReport:
    try:
        return absence(path, uuid)
    except OSError as error:
        return report_os_error(error, f"cannot read volume {path}")


@contextmanager
def _probe_folder(path: Path) -> Iterator[Path]:
    """A directory can be made, and removed afterwards.

    Raises:
        VolumeError: it cannot.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=PROBE_PREFIX, dir=path))
    except OSError as error:
        raise VolumeError(report_os_error(error, f"cannot make a folder on volume {path}")) from error
    try:
        yield folder
    except VolumeError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        folder.rmdir()
    except OSError as error:
        raise VolumeError(report_os_error(error, f"cannot remove a folder on volume {path}")) from error


def check_access(path: Path) -> None:
    """The volume may be read, written and entered.

    Raises:
        VolumeError: it may not.
    """
    denied = [
        word
        for mode, word in ((os.R_OK, "read"), (os.W_OK, "write"), (os.X_OK, "enter"))
        if not os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)
    ]
    if denied:
        message = f"not allowed to {', '.join(denied)} volume {path}"
        raise VolumeError(volume_report(Reason.PERMISSION, message))


def read_room(path: Path) -> Room:
    """Ask the file system.

    Raises:
        VolumeError: it does not say.
    """
    try:
        room = os.statvfs(path)
    except OSError as error:
        raise VolumeError(report_os_error(error, f"cannot read the free space of volume {path}")) from error
    return Room(room.f_bavail * room.f_frsize, room.f_blocks * room.f_frsize)


def check_free_space(path: Path, min_free_bytes: int) -> Room:
    """There is room.

    Raises:
        VolumeError: too little of it.
    """
    room = read_room(path)
    if room.free_bytes < min_free_bytes:
        message = f"volume {path} has {room.free_bytes >> 20} MB free, {-(-min_free_bytes >> 20)} MB are needed"
        others = share_of_recordings(path, room.total_bytes - room.free_bytes)
        raise VolumeError(volume_report(Reason.NO_SPACE, message + others))
    return room


def check_write(path: Path, folder: Path) -> None:
    """Something can really be written, synced and deleted.

    Raises:
        VolumeError: it cannot.
    """
    probe = folder / "probe"
    try:
        with probe.open("wb", buffering=0) as file:
            rest = memoryview(bytes(PROBE_BYTES))
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        probe.unlink()
    except OSError as error:
        raise VolumeError(report_os_error(error, f"cannot write to volume {path}")) from error


def remove_leftovers(path: Path) -> int:
    """Delete what checks that were killed left on a volume; returns how many.

    Raises:
        OSError: the volume cannot be read.
    """
    before = time.time() - _LEFTOVER_AFTER_S
    with os.scandir(path) as entries:
        folders = [
            entry.path
            for entry in entries
            if entry.name.startswith(PROBE_PREFIX)
            and entry.is_dir(follow_symlinks=False)
            and entry.stat(follow_symlinks=False).st_mtime < before
        ]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(folders)
