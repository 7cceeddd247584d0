"""Pauses between pictures, told from a camera that is slow."""

from collections import deque
from collections.abc import Iterable

from gstnvr.model.clock import NS_PER_S
from gstnvr.model.records import SHORTEST_PAUSE_NS

_STEPS = 8
_MANY_FRAMES = 3
"""Cameras that are exposed for longer in the dark give two frames' time to one, without leaving anything out."""


_SET_BACK_NS = 2 * NS_PER_S
"""No camera sends a picture so long after one that is shown later: its clock was set."""


def is_pause(step_ns: int, frame_ns: int) -> bool:
    """Whether something is missing between two pictures so far from each other.

    Args:
        step_ns: from the beginning of one to the beginning of the other.
        frame_ns: the same where nothing is missing.
    """
    return step_ns - frame_ns >= SHORTEST_PAUSE_NS and step_ns >= _MANY_FRAMES * frame_ns


class PauseFinder:
    """Sees the moments at which pictures are shown; those out of order are passed over.

    A camera that became slow for good has paused once or twice, by this account: the second largest of the last
    steps is what it is believed to need for a picture. The picture in front of a pause lasted for as long as they
    did in the middle.
    """

    def __init__(self) -> None:
        self._newest: int | None = None
        self._steps: deque[int] = deque(maxlen=_STEPS)

    def see(self, newest_ns: int) -> int | None:
        """Where the picture before ended, if a pause lies between it and this one."""
        before = self._newest
        if before is None or newest_ns < before - _SET_BACK_NS:
            self._newest = newest_ns
            return None
        if newest_ns <= before:
            return None
        self._newest = newest_ns
        steps = sorted(self._steps)
        self._steps.append(newest_ns - before)
        if len(steps) < 2 or not is_pause(newest_ns - before, steps[-2]):
            return None
        return before + steps[(len(steps) - 1) // 2]


def pauses_between(moments_ns: Iterable[int]) -> list[tuple[int, int]]:
    """The pauses of a whole file: where a picture ended, and where the next begins.

    Args:
        moments_ns: at which pictures are shown, in order.
    """
    finder = PauseFinder()
    ends = [(finder.see(moment), moment) for moment in moments_ns]
    return [(end, moment) for end, moment in ends if end is not None]
