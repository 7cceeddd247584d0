"""Second files made afterwards, of segments that were written while only one volume was there."""

import time
from dataclasses import replace
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.db.mirrors import mirror_changed
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.storage.idle_disk import disk_when_idle
from gstnvr.volume.checks import check_identity
from gstnvr.volume.files import locate, sync_directory
from gstnvr.volume.transfer import UnreadableError, copy_hidden, hidden_path, read_back


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
    root, hidden = Path(target.path), hidden_path(segment.path)
    unfinished, place = locate(root, hidden), locate(root, segment.path)
    with disk_when_idle():
        try:
            written = copy_hidden(locate(Path(source.path), segment.path), root, segment.path, _HalfPace())
        except UnreadableError as error:
            raise error.error from error
        if written != read_back(root, hidden, _HalfPace()) or unfinished.stat().st_size != segment.size:
            unfinished.unlink()
            return False
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


class _HalfPace:
    """Waits as long as what was done since the last call took."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def __call__(self, _: int) -> None:
        time.sleep(time.monotonic() - self._since)
        self._since = time.monotonic()
