"""What a stream's segments amount to for somebody who looks at a time line."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gstnvr.model.clock import NS_PER_MS, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Segment, SegmentState

ADJOINING_NS = 100 * NS_PER_MS
"""Segments so close together are one recording, and a hole so short is none: the end of a segment is a frame's
worth of guess, its name a millisecond's, and the slewing of clocks some milliseconds'."""

RECORDED_STATES = frozenset({SegmentState.OPEN, SegmentState.CLOSED})


@dataclass(frozen=True, slots=True)
class Recording:
    """Adjoining segments of one stream."""

    stream: StreamId
    start: UtcNs
    end: UtcNs
    segments: int
    size: int
    """Bytes."""
    growing: bool
    """The last segment is being written now."""


def recordings(segments: Iterable[Segment]) -> list[Recording]:
    """Merge the segments of one stream, in order of their start; those without a file are left out."""
    merged: list[Recording] = []
    for segment in segments:
        if segment.state not in RECORDED_STATES:
            continue
        growing = segment.state is SegmentState.OPEN
        last = merged[-1] if merged else None
        if last is not None and segment.start - last.end <= ADJOINING_NS:
            merged[-1] = replace(
                last,
                end=max(last.end, segment.end),
                segments=last.segments + 1,
                size=last.size + segment.size,
                growing=growing or last.growing,
            )
        else:
            merged.append(Recording(segment.stream, segment.start, segment.end, 1, segment.size, growing))
    return merged
