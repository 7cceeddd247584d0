"""What time it is, for those who delete by it: a wall clock that leaps ahead is not believed at once."""

from gstnvr.model.clock import NS_PER_S, Clock, UtcNs

LEAP_NS = 3600 * NS_PER_S
BELIEVED_AFTER_S = 86_400.0


class BelievedClock:
    """The wall clock; after a leap ahead, as if it had not been, until a day has passed.

    By a clock that somebody, or a wrong time server, set a year ahead, everything would be too old at once. A day
    is time to notice.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead_ns = self._difference()
        """Of the wall clock, before the clock that nobody sets."""
        self._leapt_at: float | None = None

    @property
    def doubted(self) -> bool:
        """The wall clock has leapt ahead and is not believed yet, as of the last ``now``."""
        return self._leapt_at is not None

    def now(self) -> UtcNs:
        """Time to go by."""
        difference = self._difference()
        if difference - self._ahead_ns < LEAP_NS:
            self._ahead_ns, self._leapt_at = difference, None
        elif self._leapt_at is None:
            self._leapt_at = self._clock.monotonic()
        elif self._clock.monotonic() - self._leapt_at >= BELIEVED_AFTER_S:
            self._ahead_ns, self._leapt_at = difference, None
        return UtcNs(self._ahead_ns + self._since_start())

    def _difference(self) -> int:
        return self._clock.utc_ns() - self._since_start()

    def _since_start(self) -> int:
        return round(self._clock.monotonic() * NS_PER_S)
