"""When pictures are to be decoded, which RTP does not tell and MP4 wants to know."""

from bisect import insort
from collections import deque
from collections.abc import Iterator, Sequence

from gstnvr.media.units import AccessUnit, Track
from gstnvr.model.clock import NS_PER_MS, NS_PER_S

JUMP_NS = NS_PER_S
"""Further from one picture to the next, and by more than reordering explains, time does not go on."""

_DEEPEST = 16
_LEAST_STEP_NS = NS_PER_MS
_MEAN_OF = 17


class DecodeTimes:
    """Finds the times of decoding where pictures come in another order than that in which they are shown.

    The n-th picture that comes is decoded at the time at which the n-th is shown: times rise evenly, the first
    picture of a file is decoded when it is shown, and sound and video of a file begin together. For this it has to
    be known how many pictures can overtake one, which is learned from the first that are overtaken.
    """

    def __init__(self) -> None:
        self._depth = 0
        """So many pictures at most come before one that is shown before them."""
        self._highest: int | None = None
        self._next_shown: list[int] = []
        """The times of the ``depth`` latest to be shown, in order."""
        self._shown: deque[int] = deque(maxlen=_MEAN_OF)
        """The times of those shown before them, in order."""
        self._last: int | None = None

    def of(self, units: Sequence[AccessUnit]) -> Iterator[tuple[AccessUnit, int]]:
        """Pictures whose time of decoding is not the time at which they are shown, each with that time.

        Args:
            units: in order of arrival; other tracks are left out.
        """
        for unit in units:
            if unit.track is not Track.VIDEO:
                continue
            if self._depth == 0 and (self._highest is None or unit.pts > self._highest):
                self._highest = unit.pts
                continue
            yield unit, self._decode_time(unit)

    def _decode_time(self, unit: AccessUnit) -> int:
        assert self._highest is not None
        if self._depth == 0:
            self._last = self._highest
        if abs(unit.pts - self._highest) > JUMP_NS + _DEEPEST * self._step_ns():
            self._begin_anew(unit.pts)
        self._learn_depth(unit.pts)
        self._highest = max(self._highest, unit.pts)
        insort(self._next_shown, unit.pts)
        wanted = self._wanted()
        self._last = wanted if self._last is None else max(wanted, self._last + _LEAST_STEP_NS)
        return self._last

    def _begin_anew(self, pts: int) -> None:
        self._next_shown = []
        self._highest, self._last = pts, None
        step = self._step_ns()
        self._shown = deque((pts - 2 * step, pts - step), maxlen=_MEAN_OF)

    def _learn_depth(self, pts: int) -> None:
        before = sum(shown > pts for shown in (*self._shown, *self._next_shown))
        overtaken_by = before or int(pts < (self._highest or 0))
        self._depth = min(_DEEPEST, max(self._depth, overtaken_by))

    def _wanted(self) -> int:
        """By how many steps the picture that is shown next lies behind is known once so many are waiting."""
        if len(self._next_shown) <= self._depth:
            return self._next_shown[0] if self._last is None else self._last + self._step_ns()
        self._shown.append(self._next_shown.pop(0))
        return self._shown[-1] + self._depth * self._step_ns()

    def _step_ns(self) -> int:
        """Mean distance of pictures; 0 while it is not known."""
        shown = self._shown
        return (shown[-1] - shown[0]) // (len(shown) - 1) if len(shown) > 1 else 0
