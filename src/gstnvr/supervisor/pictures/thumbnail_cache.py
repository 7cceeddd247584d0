"""Thumbnails that were made, in memory: who scrubs back and forth has them at once."""

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass

from gstnvr.api.recordings.thumbnail_ports import Thumbnail

Reel = tuple[str, int]
"""Path of a segment, which no other ever has, and width of its pictures."""

_ENTRY_BYTES = 300
"""What an entry takes beside its picture, about."""


@dataclass(frozen=True, slots=True)
class KnownThumbnail:
    """A picture, and for which moments of its segment it is the right one."""

    thumbnail: Thumbnail
    until_ns: int | None
    """From its own time up to, and not with, this; None: to the end of the segment."""


class ThumbnailCache:
    """Keeps those that were used last."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Reel, int], KnownThumbnail] = OrderedDict()
        self._times: dict[Reel, list[int]] = {}
        """Of the pictures of each reel, in order."""
        self._bytes = 0

    @property
    def size(self) -> int:
        """Bytes, about."""
        return self._bytes

    def find(self, reel: Reel, at_ns: int) -> Thumbnail | None:
        """The picture for a moment; None: it is not here."""
        times = self._times.get(reel, [])
        place = bisect_right(times, at_ns) - 1
        if place < 0:
            return None
        known = self._known[reel, times[place]]
        if known.until_ns is not None and at_ns >= known.until_ns:
            return None
        self._known.move_to_end((reel, times[place]))
        return known.thumbnail

    def keep(self, reel: Reel, known: KnownThumbnail, limit: int) -> None:
        """Keep it, and as much of what was used last as a limit in bytes allows."""
        time_ns = known.thumbnail.time_ns
        self._forget(reel, time_ns)
        self._known[reel, time_ns] = known
        times = self._times.setdefault(reel, [])
        times.insert(bisect_right(times, time_ns), time_ns)
        self._bytes += len(known.thumbnail.jpeg) + _ENTRY_BYTES
        while self._known and self._bytes > limit:
            self._forget(*next(iter(self._known)))

    def _forget(self, reel: Reel, time_ns: int) -> None:
        known = self._known.pop((reel, time_ns), None)
        if known is None:
            return
        self._bytes -= len(known.thumbnail.jpeg) + _ENTRY_BYTES
        self._times[reel].remove(time_ns)
        if not self._times[reel]:
            del self._times[reel]
