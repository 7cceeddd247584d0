"""Operations on segment files, each finished on the disk when it returns.

All of them block, for ever if the disk hangs: call them on a thread that may be left behind.
"""

import errno
import fcntl
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from gstnvr.volume.paths import SegmentName, check_relative, segment_path

_FILE_MODE = 0o640
_FOLDER_MODE = 0o750
_MAX_SERIAL = 9999
_BTRFS_IOC_SYNC = 0x9408


@dataclass(frozen=True, slots=True)
class CreatedSegment:
    """A new, empty file."""

    fd: int
    """Open for reading and writing; the receiver closes it."""
    path: str
    """Relative to the volume."""


def locate(root: Path, relative: str) -> Path:
    """Absolute path of a file on a volume.

    Raises:
        ValueError: the path leads out of the volume.
    """
    return root / check_relative(relative)


def sync_directory(path: Path) -> None:
    """Entries made or removed in a directory are on the disk when this returns.

    Raises:
        OSError: they may not be.
    """
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno != errno.EINVAL:  # network file systems that sync entries by themselves say so this way
            raise
    finally:
        os.close(fd)


def create_segment(root: Path, name: SegmentName) -> CreatedSegment:
    """Make the file of a new segment; if there is one of that name, the next serial is taken.

    Raises:
        OSError: it cannot be made.
    """
    for serial in range(name.serial, _MAX_SERIAL + 1):
        path = segment_path(replace(name, serial=serial))
        try:
            return CreatedSegment(create_segment_file(root, path), path)
        except FileExistsError:
            continue
    raise FileExistsError(errno.EEXIST, f"{_MAX_SERIAL} segments of the same millisecond", segment_path(name))


def create_segment_file(root: Path, relative: str) -> int:
    """Make a file and the folders above it, and return a descriptor for reading and writing.

    Raises:
        FileExistsError: there is such a file; it is left alone.
        OSError: it cannot be made.
        ValueError: the path leads out of the volume.
    """
    path = locate(root, relative)
    make_folders(root, path.parent)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, _FILE_MODE)
    try:
        sync_directory(path.parent)
    except OSError:
        os.close(fd)
        raise
    return fd


def make_folders(root: Path, folder: Path) -> None:
    """Make what is missing between a volume's root, which is never made, and a folder; on the disk then.

    Raises:
        OSError: it cannot be made.
    """
    if folder == root or folder.is_dir():
        return
    make_folders(root, folder.parent)
    try:
        folder.mkdir(_FOLDER_MODE)
    except FileExistsError:
        if not folder.is_dir():
            raise
    sync_directory(folder.parent)


def sync_file(fd: int) -> None:
    """What was written so far is on the disk when this returns.

    Raises:
        OSError: it may not be; what the descriptor says later is not to be trusted.
    """
    os.fdatasync(fd)


def close_segment(fd: int, path: Path) -> int:
    """Sync the file, close it, sync its folder; the database row may follow. Returns its size.

    Raises:
        OSError: something of it may not be on the disk; the descriptor is closed all the same.
    """
    try:
        os.fsync(fd)
        size = os.fstat(fd).st_size
    finally:
        os.close(fd)
    sync_directory(path.parent)
    return size


def truncate_segment(root: Path, relative: str, size: int) -> None:
    """Cut a file to ``size`` bytes.

    Raises:
        OSError: it cannot be cut, or may not be cut on the disk.
        ValueError: it is shorter than that, or the path leads out of the volume.
    """
    path = locate(root, relative)
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        now = os.fstat(fd).st_size
        if size > now:
            raise ValueError(f"cannot cut {path} to {size} bytes, it has {now}")
        os.ftruncate(fd, size)
        os.fsync(fd)
    finally:
        os.close(fd)


def remove_file(root: Path, relative: str) -> bool:
    """Delete a file for good; False if it was gone already.

    Raises:
        OSError: it cannot be deleted.
        ValueError: the path leads out of the volume.
    """
    path = locate(root, relative)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    sync_directory(path.parent)
    return True


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of files that were to be deleted."""

    gone: list[str]
    """Deleted for good, or not there in the first place."""
    left: dict[str, OSError]
    """Why the others are there still."""


def remove_files(root: Path, relatives: Iterable[str]) -> Removal:
    """Delete files for good, folder by folder; one that cannot be deleted does not keep the others.

    Raises:
        ValueError: a path leads out of the volume.
    """
    removal = Removal([], {})
    paths = sorted((locate(root, relative).parent, relative) for relative in relatives)
    for folder, inside in groupby(paths, key=itemgetter(0)):
        unlinked = []
        for _, relative in inside:
            try:
                locate(root, relative).unlink(missing_ok=True)
                unlinked.append(relative)
            except OSError as error:
                removal.left[relative] = error
        try:
            sync_directory(folder)
            removal.gone.extend(unlinked)
        except FileNotFoundError:
            removal.gone.extend(unlinked)
        except OSError as error:
            removal.left.update(dict.fromkeys(unlinked, error))
    return removal


def remove_empty_folder(root: Path, relative: str) -> None:
    """Remove a folder of a volume, and the one above it, if nothing is in them.

    Raises:
        ValueError: the path leads out of the volume.
    """
    folder = locate(root, relative)
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def settle_free_space(root: Path) -> None:
    """What was deleted counts as free when this returns.

    Most file systems need not be asked; btrfs would take half a minute by itself, in which more would be deleted.

    Raises:
        OSError: the volume cannot be opened, or fails.
    """
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.ioctl(fd, _BTRFS_IOC_SYNC)
    except OSError as error:
        if error.errno not in (errno.ENOTTY, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
    finally:
        os.close(fd)
