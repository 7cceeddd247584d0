"""What a stream's segments amount to for somebody who looks at a time line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gstnvr.model.clock import NS_PER_MS, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import SegmentState

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


class Piece(NamedTuple):
    """As much of a segment's row as a time line needs."""

    start: UtcNs
    end: UtcNs
    state: str
    size: int
    frames: int


def recordings(stream: StreamId, pieces: Iterable[Piece]) -> list[Recording]:
    """Merge segments of a stream that were recorded, in order of their start."""
    merged: list[Recording] = []
    current: list[Piece] = []
    last: Piece | None = None
    """The one that reaches furthest."""
    for piece in pieces:
        if last is not None and piece.start > last.end and piece.start - last.end >= shortest_gap(last, piece):
            merged.append(_recording(stream, current))
            current, last = [], None
        current.append(piece)
        if last is None or piece.end >= last.end:
            last = piece
    return [*merged, _recording(stream, current)] if current else merged


def _recording(stream: StreamId, pieces: Sequence[Piece]) -> Recording:
    growing = any(piece.state == SegmentState.OPEN for piece in pieces)
    end = max(piece.end for piece in pieces)
    return Recording(stream, pieces[0].start, end, len(pieces), sum(piece.size for piece in pieces), growing)
