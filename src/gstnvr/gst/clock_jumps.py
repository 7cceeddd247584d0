"""Access units of both tracks in order of time, whatever the camera does to its clock."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter, itemgetter

from gstnvr.media.units import AccessUnit, Track
from gstnvr.model.clock import NS_PER_S

JUMP_NS = NS_PER_S
"""A step beyond what has passed, or back, by more than this is a jump."""
_DEFAULT_STEP_NS = NS_PER_S // 25
_PTS = attrgetter("pts")

_LEVEL = itemgetter(0)
_Levelled = tuple[int, AccessUnit]
Retime = Callable[[AccessUnit, int], AccessUnit]
"""The same unit with another ``pts``."""


class ClockJumps:
    """Puts off a jump of the camera's clock until the next key frame.

    A segment can only begin with a key frame. What comes between a jump and that still belongs to the segment
    before, and its times must go on from there.
    """

    def __init__(self, retime: Retime) -> None:
        self._retime = retime
        self._newest: dict[Track, int] = {}
        """On the time line before the jump."""
        self._taken_at: dict[Track, float] = {}
        self._shift: int | None = None
        """From the camera's time to the time line before its jump; None: it did not jump."""

    def arrange(self, video: list[AccessUnit], audio: list[AccessUnit], now: float) -> list[AccessUnit]:
        """Both tracks together.

        Args:
            now: monotonic seconds.
        """
        most = {units[0].track: self._most(units[0].track, now) for units in (video, audio) if units}
        if self._shift is None and all(self._goes_on(units, most) for units in (video, audio)):
            return list(heapq.merge(video, audio, key=_PTS)) if audio else video
        levelled = heapq.merge(self._level(video, most), self._level(audio, most), key=_LEVEL)
        return self._from_key_frame(list(levelled))

    def _most(self, track: Track, now: float) -> int:
        """By how much time may go on from what was taken last, without a jump."""
        passed = now - self._taken_at.get(track, now)
        self._taken_at[track] = now
        return int(passed * NS_PER_S) + JUMP_NS

    def _goes_on(self, units: Sequence[AccessUnit], most: Mapping[Track, int]) -> bool:
        """Whether there is no jump within them; they are taken note of up to there."""
        for unit in units:
            newest = self._newest.get(unit.track, unit.pts)
            if not -JUMP_NS < unit.pts - newest < most[unit.track]:
                return False
            self._newest[unit.track] = unit.pts
        return True

    def _level(self, units: Sequence[AccessUnit], most: Mapping[Track, int]) -> list[_Levelled]:
        """With their times on the time line before the jump."""
        found = []
        for unit in units:
            newest = self._newest.get(unit.track, unit.pts)
            level = unit.pts
            if not -JUMP_NS < level - newest < most[unit.track]:
                level = unit.pts + (self._shift or 0)
            if not -JUMP_NS < level - newest < most[unit.track]:
                level = newest + (unit.duration or _DEFAULT_STEP_NS)
                self._shift = level - unit.pts
            self._newest[unit.track] = level
            found.append((level, unit))
        return found

    def _from_key_frame(self, levelled: Sequence[_Levelled]) -> list[AccessUnit]:
        """From the next key frame on, times are the camera's again."""
        found, back = [], 0
        for level, unit in levelled:
            if self._shift is not None and unit.track is Track.VIDEO and unit.key:
                back, self._shift = level - unit.pts, None
                self._newest = {track: newest - back for track, newest in self._newest.items()}
            pts = level - back
            found.append(unit if pts == unit.pts else self._retime(unit, pts))
        return found
