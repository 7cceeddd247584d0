"""What a move that was interrupted left behind: a copy too many, or a file that is not whole yet."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import NS_PER_MS, UtcNs
from gstnvr.model.records import Segment, SegmentState
from gstnvr.storage.recover import Action, Change, Decision, Located
from gstnvr.volume.checks import check_identity
from gstnvr.volume.errors import VolumeError
from gstnvr.volume.files import locate, remove_file
from gstnvr.volume.paths import parse_segment_path
from gstnvr.volume.transfer import same_content

_STATES = (SegmentState.CLOSED, SegmentState.MISSING)


def find_twin(index: Index, file: Located, size: int) -> Segment | None:
    """The row on another volume of a recording of the same stream, start and size as a file without a row."""
    name = parse_segment_path(file.path)
    rows = index.segments(name.stream, start=name.start, end=UtcNs(name.start + NS_PER_MS), states=_STATES)
    for row in rows:
        if row.volume != file.volume and row.size == size and row.start - row.start % NS_PER_MS == name.start:
            return row
    return None


def settle_twin(index: Index, file: Located, twin: Segment) -> Decision:
    """Keep one of two files that should be the same recording: the one that the row is of, if it is there.

    Raises:
        OSError: one of them cannot be read, or this one cannot be deleted.
    """
    volume = next((one for one in index.volumes() if one.uuid == twin.volume), None)
    if volume is None:
        return _left_alone(file, f"the same recording is on volume {twin.volume}, which is unknown")
    try:
        check_identity(Path(volume.path), volume.uuid)
    except VolumeError as error:
        return _left_alone(file, f"the same recording should be at {volume.path}: {error.report.message}")
    other = locate(Path(volume.path), twin.path)
    if not other.exists():
        message = f"it was to be moved to {volume.path} and is not there: it lies here still"
        return Decision(file.change(Action.FOUND, message), _takes_over(file, twin))
    if not same_content(file.root / file.path, other):
        return _left_alone(file, f"it differs from {other}, which should be the same recording: left as it is")
    if index.segment_at(file.volume, file.path) is None and index.segment_at(twin.volume, twin.path) is not None:
        remove_file(file.root, file.path)
    return Decision(file.change(Action.MOVED, f"left over from moving it: it lies at {other}"), lambda _: None)


def _takes_over(file: Located, twin: Segment) -> Callable[[IndexWriter], None]:
    def write(writer: IndexWriter) -> None:
        writer.segment_found(twin)
        writer.segment_moved(twin.volume, twin.path, replace(twin, volume=file.volume, path=file.path))

    return write


def _left_alone(file: Located, message: str) -> Decision:
    return Decision(file.change(Action.LEFT_ALONE, message), lambda _: None)


def remove_unfinished(file: Located) -> Change:
    """A copy that was never finished goes.

    Raises:
        OSError: it cannot be deleted.
    """
    remove_file(file.root, file.path)
    return file.change(Action.MOVED, "unfinished copy of a recording that was to be moved here: removed")
