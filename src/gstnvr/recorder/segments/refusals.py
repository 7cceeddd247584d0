"""Access units that the muxer refuses however often it is given them."""

import logging

from gstnvr.model.faults import FaultReport, Reason
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.planning import Position

_log = logging.getLogger(__name__)

MOST_TRIES = 3
"""From the same key frame on; then what is in front of the next one is left out."""
_OF_MEDIA = frozenset({Reason.MUXER, Reason.STREAM_FORMAT})


def is_of_media(found: FaultReport | None) -> bool:
    """Whether it is not the disk that did not take it."""
    return found is not None and found.reason in _OF_MEDIA


class Refusals:
    """Of one stream."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._key: int | None = None
        self._tries = 0

    def go_on(self, position: Position, found: FaultReport | None) -> Position:
        """Where to go on after a fault: at the position, unless media from there on was refused time and again."""
        if not is_of_media(found):
            return position
        key = self._ring.key_from(position.video)
        self._tries = self._tries + 1 if key == self._key else 1
        self._key = key
        if key is None or self._tries < MOST_TRIES:
            return position
        _log.error("the muxer refused what follows a key frame %d times; it is left out", self._tries)
        following = self._ring.key_from(key + 1)
        begin = self._ring.end if following is None else following
        return Position(begin, begin)
