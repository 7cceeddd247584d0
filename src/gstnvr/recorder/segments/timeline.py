"""From the time line of a session to the wall clock: small drift is slewed, a jump is told."""

from gstnvr.model.clock import NS_PER_S, UtcNs

JUMP_NS = NS_PER_S
"""Beyond this the clocks are not adrift: one of them was set."""
WINDOW_NS = 10 * NS_PER_S
"""The soonest arrival within a window stands for the true offset; the others came late."""
LONGEST_LATE_NS = 30 * NS_PER_S
"""So much media that comes late all the time does so for good, and no slow link is being caught up with."""
MAX_SLEW = 0.02
"""Of the time that has passed: a correction never stretches a segment by more. Cameras may drift by half of it."""


class MediaTimeline:
    """Maps ``pts`` of one session to UTC.

    What is observed is the moment at which an access unit was drained, which is never early and often late by up
    to a tick: so the smallest offset seen counts. A segment is mapped with one offset from end to end; it changes
    between segments only.
    """

    def __init__(self, pts: int, at: UtcNs, ticked: int) -> None:
        """Anchor the time line: the access unit with this ``pts`` came at this moment.

        Args:
            ticked: nanoseconds of a clock that nobody sets, at the same moment.
        """
        self._settled: int | None = None
        self._first_late: int | None = None
        self.anchor(pts, at, ticked)

    def anchor(self, pts: int, at: UtcNs, ticked: int) -> None:
        """Begin anew after a jump."""
        self._offset = at - pts
        self._wall_offset = at - ticked
        self._corrected_pts = pts
        self._window_start = pts
        self._newest_pts = pts
        self._smallest = self._offset
        self._settled = None
        self._first_late = None

    def agree(self, pts: int, at: UtcNs) -> None:
        """Between two segments: another recorder, which observed for longer, gave this ``pts`` this moment."""
        self._offset = at - pts
        self._corrected_pts = pts

    def at(self, pts: int) -> UtcNs:
        """Wall clock of a ``pts``."""
        return UtcNs(pts + self._offset)

    def observe(self, pts: int, at: UtcNs, ticked: int) -> bool:
        """Take note that an access unit came; True: a clock jumped, ``anchor`` is due at the next key frame."""
        offset = at - pts
        was_set = abs(at - ticked - self._wall_offset) >= JUMP_NS
        went_back, self._newest_pts = pts < self._newest_pts - JUMP_NS, pts
        if abs(offset - self._offset) < JUMP_NS:
            self._smallest = min(self._smallest, offset)
            if pts - self._window_start >= WINDOW_NS:
                self._settled, self._smallest, self._window_start = self._smallest, offset, pts
            self._first_late = None
            return False
        if was_set or went_back or offset < self._offset:
            return True
        if self._first_late is None:
            self._first_late = pts
        return pts - self._first_late >= LONGEST_LATE_NS

    def has_same_wall_clock(self, other: "MediaTimeline") -> bool:
        """Whether the machine's clock was not set between the two."""
        return abs(self._wall_offset - other._wall_offset) < JUMP_NS

    def correct(self, pts: int) -> None:
        """Between two segments: move the offset towards what was observed."""
        if self._settled is None:
            return
        most = int(max(0, pts - self._corrected_pts) * MAX_SLEW)
        error = self._settled - self._offset
        self._offset += max(-most, min(most, error))
        self._corrected_pts = pts
