"""Where in memory the recording of a stream begins that runs already."""

from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.recorder.handover import keys_of
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.planning import Position

_ON_ITS_WAY_NS = 2 * NS_PER_S
"""The newest picture may be as old."""


def position_at(ring: Ring, since: UtcNs, written: int) -> Position | None:
    """The last key frame by a moment, so that nothing from there on is missing; else the first one behind it.

    Pictures that ended before the moment, because the camera was lost, are none of it.

    Args:
        ring: what there is.
        since: the moment.
        written: number up to which the recording before may have got.

    Returns:
        None if there is no key frame that has not been written.
    """
    keys = [(number, at) for number, at in keys_of(ring) if number >= written]
    before = [number for number, at in keys if at <= since and _reaches(ring, number, since)]
    after = [number for number, at in keys if at > since]
    begin = before[-1] if before else after[0] if after else None
    return None if begin is None else Position(begin, begin)


def _reaches(ring: Ring, number: int, moment: UtcNs) -> bool:
    """Whether the session of an access unit goes on until a moment, as far as can be told."""
    end = ring.next_session(number)
    last = (ring.end if end is None else end) - 1
    return ring.session_of(number).timeline.at(ring.unit(last).pts) >= moment - _ON_ITS_WAY_NS
