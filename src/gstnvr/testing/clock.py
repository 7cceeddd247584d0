"""A clock that stands still until it is told to go on."""

from gstnvr.model.clock import NS_PER_S, UtcNs

BEGINNING = UtcNs(1_790_000_000 * NS_PER_S)
"""2026-09-21T14:13:20Z; any moment would do."""


class SimulatedClock:
    """Implements ``model.clock.Clock``; both readings move together until the wall clock is set."""

    def __init__(self, monotonic: float = 0.0, utc_ns: UtcNs = BEGINNING) -> None:
        self._monotonic = monotonic
        self._utc_ns = utc_ns

    def monotonic(self) -> float:
        return self._monotonic

    def utc_ns(self) -> UtcNs:
        return self._utc_ns

    def advance(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            ValueError: ``seconds`` is negative; the monotonic clock never goes back.
        """
        if seconds < 0:
            raise ValueError(f"time does not go back: {seconds} s")
        self._monotonic += seconds
        self._utc_ns = UtcNs(self._utc_ns + round(seconds * NS_PER_S))

    def advance_to(self, monotonic: float) -> None:
        """Let time pass until the monotonic clock shows exactly this.

        Raises:
            ValueError: that moment is over.
        """
        self.advance(monotonic - self._monotonic)
        self._monotonic = monotonic

    def set_utc(self, utc_ns: UtcNs) -> None:
        """Make the wall clock jump; the monotonic clock does not notice."""
        self._utc_ns = utc_ns
