"""Where in memory the recording of a stream begins that runs already."""

from gstnvr.model.clock import UtcNs
from gstnvr.recorder.handover import keys_of
from gstnvr.recorder.planning import Position
from gstnvr.recorder.ring import Ring


def position_at(ring: Ring, since: UtcNs, written: int) -> Position | None:
    """The last key frame by a moment, so that nothing from there on is missing; else the first one behind it.

    Args:
        ring: what there is.
        since: the moment.
        written: number up to which the recording before may have got.

    Returns:
        None if there is no key frame that has not been written.
    """
    keys = [(number, at) for number, at in keys_of(ring) if number >= written]
    before = [number for number, at in keys if at <= since]
    after = [number for number, at in keys if at > since]
    begin = before[-1] if before else after[0] if after else None
    return None if begin is None else Position(begin, begin)
