"""Second files made afterwards, of segments that were written while only one volume was there."""

import os
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.db.mirrors import mirror_changed
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.storage.idle_disk import disk_when_idle
from gstnvr.volume.checks import check_identity
from gstnvr.volume.files import locate, make_folders, sync_directory

UNFINISHED = ".gstnvr-mirror.part"
"""At the root of a volume; one copy is made at a time, and the next begins it anew."""
_CHUNK = 1 << 20


def duplicate(index: Index, segment: Segment, source: Volume, target: Volume) -> bool:
    """Copy the file of a segment, read it back, and enter it as the second one; blocks, for ever if a disk hangs.

    Half of the time is left to others, and the disks are asked at idle priority.

    Returns:
        False if the segment is not there any more, or the copy differs from it.

    Raises:
        VolumeError: one of the volumes is not there, or is another.
        OSError: one of the disks fails.
        sqlalchemy.exc.SQLAlchemyError: the database does not take it.
    """
    check_identity(Path(source.path), source.uuid)
    check_identity(Path(target.path), target.uuid)
    unfinished = Path(target.path) / UNFINISHED
    with disk_when_idle():
        written = _copy(locate(Path(source.path), segment.path), unfinished)
        same = written == _digest(unfinished) and unfinished.stat().st_size == segment.size
        if not same:
            unfinished.unlink()
            return False
        place = locate(Path(target.path), segment.path)
        make_folders(Path(target.path), place.parent)
        unfinished.replace(place)
        sync_directory(place.parent)
    check_identity(Path(target.path), target.uuid)
    return _enter(index, segment, target, place)


def _enter(index: Index, segment: Segment, target: Volume, place: Path) -> bool:
    with index.writing() as writer:
        row = index.segment_at(segment.volume, segment.path)
        there = row is not None and row.state is SegmentState.CLOSED
        if there:
            mirror_changed(writer, replace(segment, volume=target.uuid))
    if not there:
        place.unlink(missing_ok=True)
    return there


def _copy(source: Path, target: Path) -> bytes:
    """Digest of what was read."""
    digest = sha256()
    with source.open("rb", buffering=0) as from_file, target.open("wb", buffering=0) as to_file:
        while chunk := _at_half_pace(from_file.fileno()):
            digest.update(chunk)
            to_file.write(chunk)
        os.fsync(to_file.fileno())
    return digest.digest()


def _digest(path: Path) -> bytes:
    """Of what is on the disk, not in memory."""
    digest = sha256()
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := _at_half_pace(file.fileno()):
            digest.update(chunk)
    return digest.digest()


def _at_half_pace(descriptor: int) -> bytes:
    began = time.monotonic()
    chunk = os.read(descriptor, _CHUNK)
    time.sleep(time.monotonic() - began)
    return chunk
