"""Two indexes compared row by row: the one before, and the one that was made from the files."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from gstnvr.db.contents import clocks_set_back, named_cameras, row_counts, segments_by_path
from gstnvr.db.index import Index
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs, format_utc
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Gap, Segment, SegmentState

_TOLERANCE_NS = 100 * NS_PER_MS
"""Of where a gap begins and ends: the end of a segment is a frame's worth of guess, its name a millisecond's."""
_WITHOUT_FILE = (SegmentState.MISSING, SegmentState.DELETING, SegmentState.REMOTE)


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not the same in both."""

    where: str
    before: str | None
    """None: it was not there."""
    after: str | None
    """None: it is not there."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a new index differs from the one before."""

    segments: int
    """The same in both: start to the millisecond, end to a frame, everything else exactly."""
    gaps: int
    """Holes in what is recorded that are the same in both, to a tenth of a second."""
    differences: tuple[Difference, ...]
    lost: tuple[str, ...]
    """What no file says and therefore is in the index before alone, a line for each kind."""

    @property
    def identical(self) -> bool:
        """Whether all that files can say is the same."""
        return not self.differences


def compare(before: Index, after: Index) -> Comparison:
    """Compare all segments and gaps.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: one of the two cannot be read.
    """
    differences: list[Difference] = []
    with before.reading() as old, after.reading() as new:
        segments, without_file = _compare_segments(before, after, (old, new), differences)
        gaps, causes, outside = _compare_gaps(before, after, differences)
        lost = _lost(old, new)
    lost += _counted(without_file, "rows of segments whose files are not here")
    lost += _counted(causes, "causes of gaps")
    lost += _counted(outside, "gaps before the first or after the last recording")
    return Comparison(segments, gaps, tuple(differences), tuple(lost))


def _counted(count: int, what: str) -> list[str]:
    return [f"{count} {what}"] if count > 0 else []


def _lost(old: Connection, new: Connection) -> list[str]:
    before, after = row_counts(old), row_counts(new)
    words = {
        "incidents": "incidents",
        "protections": "protections",
        "audit_log": "lines of the audit log",
        "copies": "copies at other places",
    }
    lost = [line for table, word in words.items() for line in _counted(before[table] - after[table], word)]
    lost += _counted(
        named_cameras(old) - named_cameras(new), "names of cameras, which come back at the next start"
    )
    return lost + _counted(clocks_set_back(old), "notes that a clock was set back")


def _compare_segments(
    before: Index, after: Index, views: tuple[Connection, Connection], differences: list[Difference]
) -> tuple[int, int]:
    """How many are the same, and how many rows stood for files that are not here."""
    same = without_file = 0
    paths = {volume.uuid: volume.path for volume in [*before.volumes(), *after.volumes()]}
    for uuid, root in paths.items():
        for path, old, new in _side_by_side(*(segments_by_path(view, uuid) for view in views)):
            if old is not None and new is None and old.state in _WITHOUT_FILE:
                without_file += 1
            elif old is not None and new is not None and is_same(old, new):
                same += 1
            else:
                differences.append(Difference(f"{root}/{path}", _told(old), _told(new)))
    return same, without_file


def _side_by_side(
    olds: Iterator[Segment], news: Iterator[Segment]
) -> Iterator[tuple[str, Segment | None, Segment | None]]:
    """Both in order of their paths, those of the same path together."""
    old, new = next(olds, None), next(news, None)
    while old is not None or new is not None:
        path = min(row.path for row in (old, new) if row is not None)
        mine = old if old is not None and old.path == path else None
        other = new if new is not None and new.path == path else None
        yield path, mine, other
        old = old if mine is None else next(olds, None)
        new = new if other is None else next(news, None)


def is_same(old: Segment, new: Segment) -> bool:
    """Whether a file is told of in the same way: its start to the millisecond, its end to a frame."""
    exact = ("stream", "state", "size", "frames", "tracks")
    frame = max(NS_PER_MS, (old.end - old.start) // max(1, old.frames))
    starts = old.start // NS_PER_MS == new.start // NS_PER_MS
    return starts and abs(old.end - new.end) <= frame and all(getattr(old, f) == getattr(new, f) for f in exact)


def _told(row: Segment | None) -> str | None:
    if row is None:
        return None
    tracks = row.tracks
    content = f"{tracks.video_codec} {tracks.width}x{tracks.height} {tracks.audio_codec or 'no audio'}"
    span = f"{format_utc(row.start)} to {format_utc(row.end)}"
    return f"{row.stream} {row.state} {span}, {row.frames} frames, {row.size} bytes, {content}"


def _compare_gaps(before: Index, after: Index, differences: list[Difference]) -> tuple[int, int, int]:
    """How many holes are the same, how many causes are gone, how many holes lie outside of what is recorded."""
    same = causes = outside = 0
    for stream in sorted({*before.streams(), *after.streams()}):
        olds, news = before.gaps(stream), after.gaps(stream)
        causes += _causes_lost(olds, news)
        recorded = _recorded_span(after, stream)
        left = deque(_holes(news))
        for hole in _holes(olds):
            while left and left[0].start < hole.start - _TOLERANCE_NS:
                differences.append(Difference(f"gap of {stream}", None, _span(left.popleft())))
            if left and _near(hole, left[0]):
                left.popleft()
                same += 1
            elif recorded is None or _is_outside(hole, *recorded):
                outside += 1
            else:
                differences.append(Difference(f"gap of {stream}", _span(hole), None))
        differences += [Difference(f"gap of {stream}", None, _span(hole)) for hole in left]
    return same, causes, outside


def _causes_lost(olds: Iterable[Gap], news: Iterable[Gap]) -> int:
    told = {(gap.cause, gap.start // _TOLERANCE_NS) for gap in news}
    return sum(
        not any((old.cause, old.start // _TOLERANCE_NS + step) in told for step in (-1, 0, 1)) for old in olds
    )


def _recorded_span(index: Index, stream: StreamId) -> tuple[UtcNs, UtcNs] | None:
    first, last = index.segments(stream, limit=1), index.last_end(stream)
    return (first[0].start, last) if first and last is not None else None


def _holes(gaps: Iterable[Gap]) -> list[Gap]:
    """Gaps that adjoin each other, of whatever causes, as one."""
    holes: list[Gap] = []
    for gap in gaps:
        last = holes[-1] if holes else None
        if last is not None and last.end is not None and abs(gap.start - last.end) < NS_PER_MS:
            holes[-1] = Gap(gap.stream, last.start, gap.end, last.cause)
        else:
            holes.append(gap)
    return holes


def _near(one: Gap, other: Gap) -> bool:
    ends = (one.end, other.end)
    if None in ends:
        return ends == (None, None) and abs(one.start - other.start) <= _TOLERANCE_NS
    return (
        abs(one.start - other.start) <= _TOLERANCE_NS and abs((one.end or 0) - (other.end or 0)) <= _TOLERANCE_NS
    )


def _is_outside(hole: Gap, first: UtcNs, last: UtcNs) -> bool:
    early = hole.end is not None and hole.end <= first + _TOLERANCE_NS
    return early or hole.start >= last - _TOLERANCE_NS


def _span(gap: Gap) -> str:
    if gap.end is None:
        return f"from {format_utc(gap.start)}, which lasts"
    return f"{(gap.end - gap.start) / NS_PER_S:.3f} s from {format_utc(gap.start)}"
