"""What a stream's segments amount to for somebody who looks at a time line."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from gstnvr.model.clock import NS_PER_MS, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Segment, SegmentState

RECORDED_STATES = frozenset({SegmentState.OPEN, SegmentState.CLOSED, SegmentState.REMOTE})


_USUAL_FRAME_NS = 40 * NS_PER_MS
"""Where nothing is known of the frames."""
_LONGEST_FRAME_NS = 1000 * NS_PER_MS
"""No camera is taken to be slower: longer pauses between two pictures are holes."""


class Pictures(Protocol):
    """A span with so many pictures."""

    @property
    def start(self) -> UtcNs: ...

    @property
    def end(self) -> UtcNs: ...

    @property
    def frames(self) -> int: ...


def shortest_gap(before: Pictures | None, after: Pictures | None) -> int:
    """Nanoseconds; less than this between two pieces of video lacks no picture, so that they are one recording.

    Three quarters of a frame, by the slower of the two: one picture that is missing leaves a whole frame's time,
    and the moments of pictures are unsteady.
    """
    lengths = [length for one in (before, after) if one is not None and (length := _frame_ns(one)) is not None]
    return min(max(lengths, default=_USUAL_FRAME_NS), _LONGEST_FRAME_NS) * 3 // 4


def _frame_ns(pictures: Pictures) -> int | None:
    length = pictures.end - pictures.start
    return length // pictures.frames if pictures.frames > 0 and length > 0 else None


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
    before: Segment | None = None
    for segment in segments:
        if segment.state not in RECORDED_STATES:
            continue
        growing = segment.state is SegmentState.OPEN
        last = merged[-1] if merged else None
        hole = 0 if last is None else segment.start - last.end
        if last is not None and hole < shortest_gap(before, segment):
            merged[-1] = replace(
                last,
                end=max(last.end, segment.end),
                segments=last.segments + 1,
                size=last.size + segment.size,
                growing=growing or last.growing,
            )
        else:
            merged.append(Recording(segment.stream, segment.start, segment.end, 1, segment.size, growing))
        before = segment if before is None or segment.end >= before.end else before
    return merged
