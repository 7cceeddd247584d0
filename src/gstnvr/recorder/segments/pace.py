"""How far apart the frames of a camera usually come."""

_WEIGHT = 4


class Pace:
    """Of one session."""

    def __init__(self) -> None:
        self.interval_s: float | None = None
        """Mean of the last few; None: only one frame has come."""
        self._newest_at: float | None = None

    def note(self, count: int, newest_at: float) -> None:
        """So many frames were drained together, at least one; the newest came then, in monotonic seconds."""
        before, self._newest_at = self._newest_at, newest_at
        if before is None:
            self.interval_s = None if count == 1 else 0.0
            return
        found = max(0.0, newest_at - before) / count
        if self.interval_s is None:
            self.interval_s = found
        else:
            self.interval_s += (found - self.interval_s) / _WEIGHT
