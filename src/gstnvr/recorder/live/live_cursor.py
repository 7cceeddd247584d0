"""How far somebody who watches has got in a ring: pure, and with no memory but for a number."""

from collections.abc import Sequence
from dataclasses import dataclass

from gstnvr.media.units import AccessUnit, AudioFormat, Track, VideoFormat
from gstnvr.model.clock import NS_PER_S
from gstnvr.recorder.ring import Ring

MOST_BEHIND_S = 2.0
"""Who is further behind goes on with the newest key frame."""
MOST_BYTES = 1 << 20
"""Of a passage, unless a single access unit has more."""
SOUND_NEAR_NS = NS_PER_S
"""A camera sends sound if there was any so close to a key frame."""


@dataclass(frozen=True, slots=True)
class Formats:
    """Of the tracks, from one key frame to another."""

    video: VideoFormat
    audio: AudioFormat | None


@dataclass(frozen=True, slots=True)
class Passage:
    """What is to be sent next: access units of one session and of the same formats."""

    first: int
    """Number in the ring of the first of them."""
    units: Sequence[AccessUnit]
    formats: Formats
    skipped: bool
    """Something is left out in front of it, because it was not taken in time."""


class LiveCursor:
    """Of one viewer and one stream."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._on_key = True
        """What comes next must be a key frame."""
        self._formats: Formats | None = None

    def take(self, ring: Ring) -> Passage | None:
        """The next passage, which counts as sent; None: there is nothing new."""
        skipped = self._catch_up(ring)
        if self._next is None or not self._find_key(ring) or self._next >= ring.end:
            return None
        first, formats = self._next, self._formats
        assert formats is not None
        units = self._same(ring, first)
        self._next = first + len(units)
        if ring.next_session(first) == self._next:
            self._on_key = True
        return Passage(first, units, formats, skipped)

    def _catch_up(self, ring: Ring) -> bool:
        """Go to the newest key frame if that is due; True: something is left out for it."""
        here = self._next
        lost = here is None or here < ring.first
        if not lost and ring.seconds_from(here or 0) <= MOST_BEHIND_S:
            return False
        key = ring.newest_key()
        if key is None or (here is not None and key <= here):
            return False
        self._next, self._on_key = key, True
        return here is not None

    def _find_key(self, ring: Ring) -> bool:
        """True: what comes next can be decoded by those who have all that came before."""
        assert self._next is not None
        if self._next < ring.first:
            return False
        if self._on_key:
            key = ring.key_from(self._next)
            if key is None:
                return False
            self._next, self._on_key = key, False
            self._formats = _formats(ring, key)
        return True

    def _same(self, ring: Ring, first: int) -> list[AccessUnit]:
        """From here to where a session or a format ends, or as much as may be sent at once."""
        end = ring.next_session(first)
        found: list[AccessUnit] = []
        size = 0
        for number, unit in enumerate(ring.since(first), first):
            size += unit.size
            if number == end or (found and size > MOST_BYTES):
                break
            if unit.key and unit.track is Track.VIDEO and found and _formats(ring, number) != self._formats:
                self._on_key = True
                break
            found.append(unit)
        return found


def _formats(ring: Ring, key: int) -> Formats:
    form = ring.unit(key).format
    assert isinstance(form, VideoFormat)
    return Formats(form, ring.audio_near(key, SOUND_NEAR_NS))
