"""Pauses in which a connected camera sent no picture."""

from collections.abc import Iterable
from dataclasses import dataclass

from gstnvr.media.units import AccessUnit, Track
from gstnvr.model.pauses import PauseFinder


@dataclass(frozen=True, slots=True)
class Pause:
    """From the end of the last picture to the next one, on the time line of the session."""

    start_pts: int
    end_pts: int


class PauseWatch:
    """Sees the video of one session, in order."""

    def __init__(self) -> None:
        self._finder = PauseFinder()

    def among(self, units: Iterable[AccessUnit]) -> list[Pause]:
        """The pauses in front of these access units, which follow those before."""
        video = ((unit.pts, self._finder.see(unit.pts)) for unit in units if unit.track is Track.VIDEO)
        return [Pause(end, pts) for pts, end in video if end is not None]
