"""Pauses in which a connected camera sent no picture, told from a camera that is slow."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from gstnvr.media.units import AccessUnit, Track
from gstnvr.model.records import SHORTEST_PAUSE_NS

_STEPS = 8
_MANY_FRAMES = 3
"""Cameras that are exposed for longer in the dark give two frames' time to one, without leaving anything out."""


@dataclass(frozen=True, slots=True)
class Pause:
    """From the end of the last picture to the next one, on the time line of the session."""

    start_pts: int
    end_pts: int


def is_pause(step_ns: int, frame_ns: int) -> bool:
    """Whether something is missing between two pictures so far from each other.

    Args:
        step_ns: from the beginning of one to the beginning of the other.
        frame_ns: the same where nothing is missing.
    """
    return step_ns - frame_ns >= SHORTEST_PAUSE_NS and step_ns >= _MANY_FRAMES * frame_ns


class PauseWatch:
    """Sees the video of one session, in order.

    A camera that became slow for good has paused once or twice, by this account: the second largest of the last
    steps is what it is believed to need for a picture.
    """

    def __init__(self) -> None:
        self._newest: int | None = None
        self._steps: deque[int] = deque(maxlen=_STEPS)

    def among(self, units: Iterable[AccessUnit]) -> list[Pause]:
        """The pauses in front of these access units, which follow those before."""
        video = (unit.pts for unit in units if unit.track is Track.VIDEO)
        return [pause for pts in video if (pause := self._see(pts)) is not None]

    def _see(self, newest: int) -> Pause | None:
        before = self._newest
        self._newest = newest if before is None else max(before, newest)
        if before is None or newest <= before:
            return None
        usual = sorted(self._steps)[-2] if len(self._steps) > 1 else None
        self._steps.append(newest - before)
        if usual is None or not is_pause(newest - before, usual):
            return None
        return Pause(before + usual, newest)
