"""Pauses in which a connected camera sent no picture."""

from collections.abc import Iterable

from gstnvr.media.units import AccessUnit, Track
from gstnvr.model.clock import Clock
from gstnvr.model.pauses import PauseFinder
from gstnvr.model.records import SHORTEST_PAUSE_NS
from gstnvr.recorder.reporting.outages import OutageLog
from gstnvr.recorder.segments.timeline import MediaTimeline

_LATEST_NS = SHORTEST_PAUSE_NS // 2
"""A picture to be shown later than this from now is of a camera whose clock jumped, and which did not pause."""


class PauseWatch:
    """Sees the video of one session, in order."""

    def __init__(self, clock: Clock, outages: OutageLog) -> None:
        self._clock = clock
        self._outages = outages
        self._finder = PauseFinder()

    def see(self, units: Iterable[AccessUnit], timeline: MediaTimeline, *, tell: bool) -> None:
        """Tell the pauses in front of these access units, which came just now and follow those before."""
        for unit in units:
            end = self._finder.see(unit.pts) if unit.track is Track.VIDEO else None
            if tell and end is not None and timeline.at(unit.pts) - self._clock.utc_ns() < _LATEST_NS:
                self._outages.note_pause(timeline.at(end), timeline.at(unit.pts))
