"""What is done with one file or row that does not agree with the other."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from gstnvr.container.facts import FileScan, cut_points
from gstnvr.container.opus_header import mend_opus_header
from gstnvr.container.scan import scan_file
from gstnvr.db.mirrors import segment_lost
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.records import Segment, SegmentState, TrackInfo
from gstnvr.storage.adoption import may_pause, pauses_in
from gstnvr.volume.files import locate, remove_file, sync_directory, truncate_segment
from gstnvr.volume.paths import parse_segment_path

_log = logging.getLogger(__name__)

_SIGNATURE_BYTES = 8
_START_BYTES = 4096
_LARGEST_HEADER_BYTES = 64 << 10
_LARGEST_FRAGMENT_BYTES = 64 << 20


class Action(StrEnum):
    """What was done, or found impossible."""

    CLOSED = "closed"
    """A file that was being written got a proper end."""
    DISCARDED = "discarded"
    """A file that was being written held nothing and was deleted."""
    ADOPTED = "adopted"
    """A file that the index did not know was entered."""
    FOUND = "found"
    """A file that had been missing is back."""
    CORRECTED = "corrected"
    """The row of a closed file says now what the file holds."""
    MISSING = "missing"
    """The file of a row is gone, or nothing in it can be used."""
    MOVED = "moved"
    """What moving a file to another volume had left over was removed."""
    DELETED = "deleted"
    """A deletion that had begun was ended."""
    LEFT_ALONE = "left_alone"
    """A file cannot be read or understood; it was not touched."""
    UNAVAILABLE = "unavailable"
    """A volume cannot be used; nothing on it was looked at."""
    GAP = "gap"
    """The gap ledger was changed."""
    ADOPTED_PROTECTIONS = "adopted_protections"
    """Protections that the index did not know were read from a volume."""
    SUMS = "sums"
    """What retention goes by was added up anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was done."""

    action: Action
    where: str
    """Path of a file or volume, or a stream."""
    message: str
    """One line for a person."""


def log_changes(changes: Iterable[Change]) -> None:
    """One line for each."""
    for change in changes:
        _log.info("recovery: %s %s: %s", change.action, change.where, change.message)


@dataclass(frozen=True, slots=True)
class Located:
    """A file that should be, or is, on a volume."""

    root: Path
    volume: str
    path: str
    """Relative to the root."""

    @property
    def full_path(self) -> str:
        return str(self.root / self.path)

    def change(self, action: Action, message: str) -> Change:
        return Change(action, self.full_path, message)


@dataclass(frozen=True, slots=True)
class Decision:
    """A change whose part on the disk is done and whose part in the index is still to be written.

    In this order, and so that no transaction waits for a disk.
    """

    change: Change
    write: Callable[[IndexWriter], None]


def end_deletion(file: Located) -> Decision:
    """Do what remains of a deletion: unlink, sync the folder, drop the row.

    Raises:
        OSError: the file cannot be deleted.
    """
    remove_file(file.root, file.path)
    return _forget_deleted(file)


def give_up_row(file: Located, row: Segment) -> Decision:
    """The file of a row is gone: keep the row as evidence if there was something in it."""
    if row.state is SegmentState.DELETING:
        return _forget_deleted(file)
    if _held_nothing(row):
        return _forget(
            file, file.change(Action.DISCARDED, "row without a file, in which nothing had been written")
        )
    return _lose(file, "file is gone")


def enter_file(file: Located, row: Segment | None) -> Decision | None:
    """Make the index say what a file holds, after giving it a proper end.

    None for the mere beginning of a file that the index does not know: nothing was recorded in it.

    Raises:
        OSError: the file cannot be read or written.
    """
    scan = mend(file)
    tracks = scan.track_info
    if not scan.usable or tracks is None:
        return _nothing_in_it(file, row, scan)
    found = _segment(file, row, scan, tracks)
    held = f"{scan.video_units} frames, {scan.duration_ns / NS_PER_S:.3f} s"
    if row is None:
        return _adopt(file, found, held, may_pause(scan))
    if row.state is SegmentState.OPEN:
        change = file.change(Action.CLOSED, f"file that was being written: {held}")
    elif row.state in (SegmentState.MISSING, SegmentState.REMOTE):
        change = file.change(Action.FOUND, f"file that had been missing is back: {held}")
    else:
        change = file.change(Action.CORRECTED, f"row did not say what the file holds: {held}")
    return Decision(change, lambda writer: writer.segment_found(found))


def cut_off(file: Located, row: Segment, until: UtcNs) -> Decision | None:
    """Let a file end where its row ends: its volume had failed, and what follows was written to another.

    None if it does not reach beyond that moment, or was not written up to the end of its row.

    Args:
        until: start of the segment that holds what follows.

    Raises:
        OSError: the file cannot be read or cut.
    """
    scan = scan_file(locate(file.root, file.path))
    fits = any((point.offset, point.video_units) == (row.size, row.frames) for point in cut_points(scan))
    if not fits or row.start + scan.duration_ns <= until:
        return None
    truncate_segment(file.root, file.path, row.size)
    sync_directory(locate(file.root, file.path).parent)
    message = (
        f"cut off at the end of its row: what follows in it is on another volume, {scan.size - row.size} bytes"
    )
    return Decision(file.change(Action.CORRECTED, message), lambda _: None)


def mend(file: Located) -> FileScan:
    """Cut off what is incomplete at the end of a file, sync it and its folder, and say what it holds.

    A file in which there is no video is not touched.

    Raises:
        OSError: it cannot be read or written.
    """
    path = locate(file.root, file.path)
    scan = scan_file(path)
    if scan.usable:
        with path.open("r+b", buffering=0) as opened:
            mend_opus_header(opened.fileno())
        truncate_segment(file.root, file.path, scan.complete_bytes)
        sync_directory(path.parent)
        scan = replace(scan, size=scan.complete_bytes)
    return scan


def _segment(file: Located, row: Segment | None, scan: FileScan, tracks: TrackInfo) -> Segment:
    name = parse_segment_path(file.path)
    start = name.start if row is None else row.start
    return Segment(
        stream=name.stream,
        volume=file.volume,
        path=file.path,
        start=start,
        end=UtcNs(start + scan.duration_ns),
        state=SegmentState.CLOSED,
        size=scan.size,
        frames=scan.video_units,
        tracks=tracks,
    )


def _adopt(file: Located, found: Segment, held: str, pausing: bool) -> Decision:
    pauses = pauses_in(locate(file.root, file.path), found) if pausing else []

    def write(writer: IndexWriter) -> None:
        writer.segment_found(found)
        for pause in pauses:
            writer.outage_changed(pause)

    return Decision(file.change(Action.ADOPTED, f"file that the index did not know: {held}"), write)


def _nothing_in_it(file: Located, row: Segment | None, scan: FileScan) -> Decision | None:
    begun = not never_begun(locate(file.root, file.path), scan)
    if row is None and not begun:
        return None
    if row is None or row.state in (SegmentState.MISSING, SegmentState.REMOTE):
        message = "no video can be found in this file; it was left as it is"
        return Decision(file.change(Action.LEFT_ALONE, message), lambda _: None)
    if _held_nothing(row) and not begun:
        remove_file(file.root, file.path)
        return _forget(file, file.change(Action.DISCARDED, "nothing had been written"))
    return _lose(file, "file is damaged, no video can be found in it; it was left as it is")


def _held_nothing(row: Segment) -> bool:
    return row.state is SegmentState.OPEN and row.frames == 0


def never_begun(path: Path, scan: FileScan) -> bool:
    """Whether a file is what a segment looks like before its first fragment is whole: short, or zeros.

    Raises:
        OSError: it cannot be read.
    """
    if scan.usable:
        return False
    if scan.header_bytes:
        return scan.size <= _LARGEST_FRAGMENT_BYTES
    if scan.container is not None or scan.size < _SIGNATURE_BYTES:
        return scan.size <= _LARGEST_HEADER_BYTES
    with path.open("rb") as opened:
        return not any(opened.read(_START_BYTES))


def _forget(file: Located, change: Change) -> Decision:
    return Decision(change, lambda writer: writer.segment_discarded(file.volume, file.path))


def _forget_deleted(file: Located) -> Decision:
    change = file.change(Action.DELETED, "deletion that had begun was ended")
    return Decision(change, lambda writer: writer.segments_deleted(file.volume, [file.path]))


def _lose(file: Located, message: str) -> Decision:
    change = file.change(Action.MISSING, message)
    return Decision(change, lambda writer: segment_lost(writer, file.volume, file.path))
