"""Judges the clock of a camera's track by this machine's, and does without it where it is none."""

from collections.abc import Sequence

from gstnvr.gst.clock_jumps import JUMP_NS, Retime
from gstnvr.media.units import AccessUnit
from gstnvr.model.clock import NS_PER_MS, NS_PER_S

STANDING_UNITS = 16
"""So many access units of which none is later than those before; reordering never holds up that many."""
LEAST_STEP_NS = 2 * NS_PER_MS
"""From one to the next: where the camera gives none, somebody may have filled in a moment."""
AHEAD_NS = 800 * NS_PER_MS
"""Nothing comes before its time, but for what a batch explains."""
BEHIND_NS = 8 * NS_PER_S
"""A slow link holds up whatever the buffers of camera and network take."""
STRIKES = 4
"""Errors in a row; a single one may be a clock that was set, or a camera that begins with what it had kept."""
STEADY_S = 40.0
"""Without an error for so long, a clock is right."""


class ClockWatch:
    """Of one track of one session.

    A clock that stands still, runs backwards, or runs at another speed is given up: from then on the times are
    those of arrival, evenly spread over what was drained together, until the clock has been right for long.
    """

    def __init__(self, retime: Retime) -> None:
        self._retime = retime
        self._origin: tuple[int, float] | None = None
        """The first access unit: its time on the camera's clock, and when it came."""
        self._since: tuple[int, float] = (0, 0.0)
        """The same of the one from which the present error is measured."""
        self._newest = 0
        self._newest_at = 0.0
        self._highest = 0
        self._standing = 0
        self._strikes = 0
        self._by_arrival = False
        self._given = 0
        """Time of the last access unit that was handed on."""

    def check(self, units: list[AccessUnit], now: float) -> list[AccessUnit]:
        """The same access units, with other times if the camera's are not to be believed.

        Args:
            units: of this track, as they came.
            now: monotonic seconds.
        """
        if not units:
            return units
        if self._origin is None:
            self._begin(units[0].pts, now)
        self._judge(units, now)
        if not self._by_arrival:
            self._given = units[-1].pts
            return units
        return self._spread(units, now)

    def _begin(self, pts: int, now: float) -> None:
        self._origin = self._since = (pts, now)
        self._newest, self._newest_at, self._highest = pts, now, pts - 1

    def _judge(self, units: Sequence[AccessUnit], now: float) -> None:
        newest = units[-1].pts
        passed = int((now - self._newest_at) * NS_PER_S)
        jumped = not -JUMP_NS < newest - self._newest < passed + JUMP_NS
        self._newest, self._newest_at = newest, now
        self._count_standing(newest, len(units), jumped=jumped)
        pts, at = self._since
        error = (newest - pts) - int((now - at) * NS_PER_S)
        if jumped or not -BEHIND_NS < error < AHEAD_NS:
            self._strikes += 1
            self._since = (newest, now)
        elif now - at > STEADY_S:
            self._strikes = 0
            self._since = (newest, now)
        stands = self._standing >= STANDING_UNITS
        if self._strikes >= STRIKES or stands:
            self._strikes = max(self._strikes, STRIKES)
            self._by_arrival = True
        elif not self._strikes:
            self._by_arrival = False

    def _count_standing(self, newest: int, count: int, *, jumped: bool) -> None:
        if newest > self._highest + count * LEAST_STEP_NS or jumped:
            self._highest, self._standing = newest, 0
        else:
            self._standing += count

    def _spread(self, units: Sequence[AccessUnit], now: float) -> list[AccessUnit]:
        assert self._origin is not None
        pts, at = self._origin
        target = pts + int((now - at) * NS_PER_S)
        if self._given > target + JUMP_NS:
            self._given = target - len(units) * NS_PER_MS
        step = max(NS_PER_MS, (target - self._given) // len(units))
        found = [self._retime(unit, self._given + step * number) for number, unit in enumerate(units, 1)]
        self._given += step * len(units)
        return found
