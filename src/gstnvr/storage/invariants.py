"""What must be true of index and disk, numbered as in ``docs/design/storage.md``."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

from gstnvr.container.facts import FileScan
from gstnvr.container.scan import scan_file
from gstnvr.db.folders import folders_with_rows
from gstnvr.db.index import Index
from gstnvr.db.mirrors import Mirror, mirrors_in
from gstnvr.db.stored import wrong_hours
from gstnvr.db.tables import MirrorRow
from gstnvr.db.timeline import RECORDED_STATES
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs, format_utc
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.records import SHORTEST_PAUSE_NS, Segment, SegmentState, Volume
from gstnvr.storage.reconcile import (
    SETTLED_AFTER_S,
    FileOnDisk,
    day_folders,
    describe_gap,
    files_in,
    is_segment_path,
)
from gstnvr.storage.recover import never_begun
from gstnvr.volume.checks import check_identity
from gstnvr.volume.errors import VolumeError, report_os_error
from gstnvr.volume.paths import parse_segment_path

_OVERLAP_NS = 100 * NS_PER_MS
"""The end of a segment is a frame's worth of guess, its name a millisecond's."""
_PAGE = 1000
_WITHOUT_FILE = (SegmentState.MISSING, SegmentState.REMOTE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where an invariant does not hold."""

    invariant: int
    camera: CameraId | None
    where: str
    """File, volume, row or gap."""
    message: str
    """One line for a person."""
    repairable: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is checked, and when."""

    index: Index
    volumes: Sequence[Volume]
    running: bool
    """A recorder may be writing: what is open or fresh is not held against anybody."""
    now: UtcNs

    @property
    def settled_before(self) -> UtcNs:
        """What is older than this is in its last state, also while a recorder is writing."""
        return UtcNs(self.now - SETTLED_AFTER_S * NS_PER_S) if self.running else UtcNs(self.now + (1 << 60))

    def mounted(self) -> list[Volume]:
        """Volumes that are where they should be."""
        return [volume for volume in self.volumes if volume_problem(volume) is None]


@dataclass(frozen=True, slots=True)
class Invariant:
    number: int
    title: str
    find: Callable[[Evidence], Iterator[Finding]]


def volume_problem(volume: Volume) -> str | None:
    """Why a volume cannot be looked at; None if it can."""
    try:
        check_identity(Path(volume.path), volume.uuid)
    except VolumeError as error:
        return error.report.message
    return None


def _segments(evidence: Evidence, stream: StreamId, states: Iterable[SegmentState]) -> Iterator[Segment]:
    """Segments of a stream by start, a page at a time: there may be a million."""
    last: tuple[int, int] | None = None
    wanted = list(states)
    while page := evidence.index.segments(stream, states=wanted, limit=_PAGE, after=last):
        yield from page
        last = page[-1].place


def files_have_their_size(evidence: Evidence) -> Iterator[Finding]:
    for volume in evidence.mounted():
        for folder in evidence.index.folders(volume.uuid):
            on_disk = {file.path: file.size for file in files_in(Path(volume.path), folder)}
            for row in evidence.index.files(volume.uuid, folder):
                size = on_disk.get(row.path)
                if row.state is SegmentState.CLOSED and size is None:
                    yield _of_file(1, volume, row.path, "file is missing")
                elif row.state is SegmentState.CLOSED and size != row.size:
                    yield _of_file(1, volume, row.path, f"file has {size} bytes, its row says {row.size}")
                elif row.state is SegmentState.DELETING and not evidence.running:
                    yield _of_file(1, volume, row.path, "deletion was begun and not ended")


def files_have_a_row(evidence: Evidence) -> Iterator[Finding]:
    for volume in evidence.mounted():
        root = Path(volume.path)
        for folder in day_folders(root):
            states = {row.path: row.state for row in evidence.index.files(volume.uuid, folder)}
            second = {mirror.path for mirror in _mirrors(evidence, volume, folder)}
            for file in files_in(root, folder):
                if file.path in second:
                    continue
                state = states.get(file.path)
                if state in _WITHOUT_FILE or (state is None and is_segment_path(file.path)):
                    yield from _unaccounted(evidence, volume, file, state)


def _unaccounted(
    evidence: Evidence, volume: Volume, file: FileOnDisk, state: SegmentState | None
) -> Iterator[Finding]:
    if file.modified >= evidence.settled_before:
        return
    path = Path(volume.path) / file.path
    try:
        scan = scan_file(path)
        begun = not never_begun(path, scan)
    except FileNotFoundError:
        return
    except OSError as error:
        report = report_os_error(error, "the index does not know this file")
        yield _of_file(2, volume, file.path, report.message, repairable=False)
        return
    if state in _WITHOUT_FILE and scan.usable:
        yield _of_file(2, volume, file.path, f"the index says that this file is {state}")
    elif state is None and scan.usable:
        yield _of_file(2, volume, file.path, "the index does not know this file")
    elif state is None and begun:
        message = "the index does not know this file, and no video can be found in it: move it away or delete it"
        yield _of_file(2, volume, file.path, message, repairable=False)


def files_hold_what_rows_say(evidence: Evidence) -> Iterator[Finding]:
    for volume in evidence.mounted():
        for stream in evidence.index.streams():
            rows = _segments(evidence, stream, [SegmentState.CLOSED])
            for row, following in pairwise(chain(rows, [None])):
                if row is not None and row.volume == volume.uuid:
                    cut_short = following is not None and following.start == row.end
                    yield from _compare_content(volume, row, cut_short=cut_short)


def _compare_content(volume: Volume, row: Segment, *, cut_short: bool) -> Iterator[Finding]:
    try:
        scan = scan_file(Path(volume.path) / row.path)
    except FileNotFoundError:
        return
    except OSError as error:
        report = report_os_error(error, f"cannot read {row.path}")
        yield _of_file(3, volume, row.path, report.message, repairable=False)
        return
    difference = content_difference(row, scan, cut_short=cut_short)
    if difference is not None and scan.size == row.size:
        yield _of_file(3, volume, row.path, difference)


def content_difference(row: Segment, scan: FileScan, *, cut_short: bool) -> str | None:
    """In what a file differs from its row; None if in nothing.

    Args:
        cut_short: the next segment begins where the row ends, so that the file may last longer: the clock of a
            camera that was too fast had led it on.
    """
    if not scan.usable:
        return "no video can be found in this file"
    if not scan.whole:
        return f"{scan.size - scan.complete_bytes} bytes at the end are no whole fragment"
    if scan.video_units != row.frames:
        return f"file holds {scan.video_units} frames, its row says {row.frames}"
    length = row.end - row.start
    tolerated = max(SHORTEST_PAUSE_NS, 2 * scan.duration_ns // scan.video_units)
    if length - scan.duration_ns > tolerated or (scan.duration_ns - length > tolerated and not cut_short):
        return f"file lasts {scan.duration_ns / NS_PER_S:.3f} s, its row says {length / NS_PER_S:.3f} s"
    return None


def segments_do_not_overlap(evidence: Evidence) -> Iterator[Finding]:
    for stream in evidence.index.streams():
        last: Segment | None = None
        for row in _segments(evidence, stream, RECORDED_STATES):
            if last is not None and last.end - row.start > _OVERLAP_NS and _in_order(last, row):
                overlap_s = (last.end - row.start) / NS_PER_S
                message = f"overlaps {last.path} by {overlap_s:.3f} s: recorded twice, or the clock was set back"
                yield Finding(4, stream.camera, row.path, message, repairable=False)
            last = row if last is None or row.end > last.end else last


def _in_order(earlier: Segment, later: Segment) -> bool:
    """False for a file that was made later but starts earlier: its clock had been set back, which is no fault."""
    return (earlier.id or 0) < (later.id or 0)


def gaps_are_what_segments_leave(evidence: Evidence) -> Iterator[Finding]:
    for stream in evidence.index.streams():
        for found in evidence.index.disagreements(stream):
            for gap in found.wrong:
                message = f"{describe_gap(gap)} is not what segments and outages say"
                yield Finding(5, stream.camera, str(stream), message, repairable=True)
            for gap in found.lacking:
                yield Finding(
                    5, stream.camera, str(stream), f"{describe_gap(gap)} is not entered", repairable=True
                )


def open_rows_are_written(evidence: Evidence) -> Iterator[Finding]:
    last: StreamId | None = None
    for row in sorted(evidence.index.open_segments(), key=lambda segment: segment.stream):
        if not evidence.running:
            yield Finding(6, row.stream.camera, row.path, "open, but nobody is writing it", repairable=True)
        elif row.stream == last:
            message = "a second open segment of the same stream"
            yield Finding(6, row.stream.camera, row.path, message, repairable=False)
        last = row.stream
    open_gaps = [gap.stream for gap in evidence.index.open_gaps()]
    for stream in sorted(set(open_gaps)):
        if open_gaps.count(stream) > 1:
            yield Finding(6, stream.camera, str(stream), "several gaps of one stream last", not evidence.running)


def volumes_are_themselves(evidence: Evidence) -> Iterator[Finding]:
    for volume in evidence.volumes:
        problem = volume_problem(volume)
        if problem is not None:
            yield Finding(7, None, volume.path, problem, repairable=False)


def names_say_the_start(evidence: Evidence) -> Iterator[Finding]:
    for stream in evidence.index.streams():
        for row in _segments(evidence, stream, SegmentState):
            if not is_segment_path(row.path):
                yield Finding(8, stream.camera, row.path, "not the path of a segment", repairable=False)
                continue
            name = parse_segment_path(row.path)
            if name.stream != stream or name.start != row.start - row.start % NS_PER_MS:
                message = f"the row says {stream} from {format_utc(row.start)}"
                yield Finding(8, stream.camera, row.path, message, repairable=False)


def sums_are_those_of_segments(evidence: Evidence) -> Iterator[Finding]:
    with evidence.index.reading() as connection:
        wrong = wrong_hours(connection)
    for volume, _, start in wrong:
        message = f"the sums of the hour from {format_utc(start)} are not those of its segments"
        yield Finding(9, None, f"volume {volume}", message, repairable=True)


def second_files_have_their_size(evidence: Evidence) -> Iterator[Finding]:
    for volume in evidence.mounted():
        with evidence.index.reading() as connection:
            folders = folders_with_rows(connection, MirrorRow, volume.uuid)
        for folder in folders:
            on_disk = {file.path: file.size for file in files_in(Path(volume.path), folder)}
            for mirror in _mirrors(evidence, volume, folder):
                problem = _problem_of_mirror(evidence, mirror, on_disk.get(mirror.path))
                if problem is not None:
                    yield _of_file(10, volume, mirror.path, problem)


def _mirrors(evidence: Evidence, volume: Volume, folder: str) -> list[Mirror]:
    with evidence.index.reading() as connection:
        return mirrors_in(connection, volume.uuid, folder)


def _problem_of_mirror(evidence: Evidence, mirror: Mirror, size: int | None) -> str | None:
    if mirror.state is not SegmentState.CLOSED:
        unended = {SegmentState.OPEN: "nobody is writing this second file"}
        return None if evidence.running else unended.get(mirror.state, "deletion of a second file was not ended")
    if size is None:
        return "second file of a segment is missing"
    return None if size == mirror.size else f"second file has {size} bytes, its row says {mirror.size}"


def _of_file(number: int, volume: Volume, path: str, message: str, repairable: bool = True) -> Finding:
    return Finding(number, CameraId(path.partition("/")[0]), str(Path(volume.path) / path), message, repairable)


INVARIANTS = (
    Invariant(1, "Every closed segment has its file, with the size that its row says", files_have_their_size),
    Invariant(2, "Every segment file on a volume has a row", files_have_a_row),
    Invariant(3, "Every closed file has a proper end and holds what its row says", files_hold_what_rows_say),
    Invariant(4, "Segments of one stream do not overlap", segments_do_not_overlap),
    Invariant(
        5,
        "Segments and gaps tile the time of every stream: no overlap, and no hole of a frame or more",
        gaps_are_what_segments_leave,
    ),
    Invariant(
        6,
        "At most one segment and one gap of a stream are open, no segment without a recorder",
        open_rows_are_written,
    ),
    Invariant(7, "Every volume of the index is mounted and carries its identity", volumes_are_themselves),
    Invariant(8, "The name of a segment says its stream and its start", names_say_the_start),
    Invariant(9, "Sums by hour are those of the closed segments", sums_are_those_of_segments),
    Invariant(10, "Every second file is there, with the size that its row says", second_files_have_their_size),
)
