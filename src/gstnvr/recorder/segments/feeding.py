"""What of the ring goes into a segment next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gstnvr.media.units import AccessUnit, Track
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.segment_pair import SegmentPair


@dataclass(frozen=True, slots=True)
class Piece:
    """Access units for a segment, in order."""

    units: Sequence[AccessUnit]
    first: int
    """Number in the ring of the first of them."""
    cut: int | None
    """Number of the one that begins the next segment; None: it has not come."""


def next_piece(ring: Ring, segment: SegmentPair, ends_before: Callable[[int, AccessUnit], bool]) -> Piece | None:
    """What is new for a segment, up to the key frame that ends it; None: nothing.

    Args:
        ends_before: whether the segment ends in front of this key frame.

    Raises:
        LookupError: the ring has let go of what comes next.
    """
    begin = max(segment.fed_to, min(segment.plan.first_video, ring.first))
    if begin < ring.first:
        raise LookupError(f"{segment.path} was not fed for too long")
    units = ring.since(begin)
    if not units:
        return None
    cut = ring.next_session(segment.plan.first_video)
    count = len(units) if cut is None else cut - begin
    for offset, unit in enumerate(units[:count]):
        if unit.key and unit.track is Track.VIDEO and ends_before(begin + offset, unit):
            return Piece(units[:offset], begin, begin + offset)
    return Piece(units[:count], begin, cut)
