"""What adopted files say beyond their own rows: pauses in them, and where one goes over into the next."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from gstnvr.container.facts import FileScan, MalformedError, TrackKind
from gstnvr.container.sample_table import read_sample_table
from gstnvr.db.index import Index
from gstnvr.db.timeline import RECORDED_STATES
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.pauses import is_pause, pauses_between
from gstnvr.model.records import SHORTEST_PAUSE_NS, Outage, Segment

_PAGE = 1000
_FEW_FRAGMENTS = 4
_NEAR = 4
"""Segments behind another among which the one is that goes on where it ends; mirrored ones begin with it."""


def pauses_in(path: Path, segment: Segment) -> list[Outage]:
    """What its recorder told of pauses in a file, found again in the times of its pictures.

    Raises:
        OSError: the file cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        rows = read_sample_table(descriptor).video.rows
    except MalformedError:
        return []
    finally:
        os.close(descriptor)
    zero = segment.start - rows[0].time_ns
    shown = sorted(row.time_ns for row in rows)
    return [_pause(segment, UtcNs(zero + start), UtcNs(zero + end)) for start, end in pauses_between(shown)]


def may_pause(scan: FileScan) -> bool:
    """Whether some fragment lasts so long for the number of its pictures that one may be late.

    What is scanned anyway says as much, and all pictures need not be looked at one by one.
    """
    runs = [
        run for fragment in scan.fragments for run in fragment.runs if run.kind is TrackKind.VIDEO and run.samples
    ]
    ends = [run.start_ns for run in runs[1:]] + [runs[-1].start_ns + runs[-1].duration_ns] if runs else []
    spans = [(end - run.start_ns, run.samples) for run, end in zip(runs, ends, strict=True)]
    usual = min((span // samples for span, samples in spans), default=0)
    few = len(spans) < _FEW_FRAGMENTS  # none of them may be as they usually are
    return few or any(span - samples * usual >= SHORTEST_PAUSE_NS for span, samples in spans)


def _pause(segment: Segment, start: UtcNs, end: UtcNs) -> Outage:
    always_the_same = uuid5(NAMESPACE_URL, f"gstnvr:{segment.volume}/{segment.path}#{start}")
    detail = f"the camera sent no picture for {(end - start) / NS_PER_S:.1f} s"
    return Outage(always_the_same.hex, segment.stream, start, end, GapCause.NO_PICTURES, detail)


def join_adopted(index: Index, adopted: Collection[tuple[str, str]]) -> None:
    """Let segments that were adopted end where the next begins, unless there is a pause in between.

    How long the last picture of a file is shown, the file can only guess; its recorder knew.

    Args:
        adopted: volume and path of each.
    """
    if not adopted:
        return
    for stream in index.streams():
        for page in _pages(index, stream):
            joined = [
                replace(row, end=end)
                for number, row in enumerate(page)
                if (row.volume, row.path) in adopted
                and (end := _joined_end(row, page[number + 1 : number + 1 + _NEAR])) is not None
            ]
            if joined:
                with index.writing() as writer:
                    for row in joined:
                        writer.segment_found(row)


def _pages(index: Index, stream: StreamId) -> Iterator[Sequence[Segment]]:
    """Segments by start; each page begins with the last of the page before."""
    last: Sequence[Segment] = ()
    after: tuple[int, int] | None = None
    while page := index.segments(stream, states=RECORDED_STATES, limit=_PAGE, after=after):
        yield [*last, *page]
        last, after = page[-_NEAR:], page[-1].place


def _joined_end(row: Segment, following: Sequence[Segment]) -> UtcNs | None:
    """The start of the segment that goes on without a pause; None: the row is right as it is, or none does."""
    frame = (row.end - row.start) // max(1, row.frames)
    earliest = max(row.start + 1, row.end - SHORTEST_PAUSE_NS)
    start = next((one.start for one in following if one.start >= earliest), None)
    if start is None or start == row.end or is_pause(start - row.end + frame, frame):
        return None
    return start
