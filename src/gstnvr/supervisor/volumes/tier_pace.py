"""How fast recordings are moved, all volumes together."""

import threading

from gstnvr.model.clock import Clock

_BITS_PER_MB = 1_000_000


class MovingInterruptedError(Exception):
    """gstnvr ends, its settings changed, or nobody waits for this move any more."""


class MovingPace:
    """Keeps moves within a rate; from any thread."""

    def __init__(self, limit_mbps: float | None, clock: Clock) -> None:
        """None: as fast as the disks let it."""
        self._bytes_per_s = None if limit_mbps is None else limit_mbps * _BITS_PER_MB / 8
        self._clock = clock
        self._lock = threading.Lock()
        self._next = clock.monotonic()

    def patience_s(self, size: int) -> float:
        """So long the rate alone may make a move of so many bytes take, while others move, too."""
        return 0.0 if self._bytes_per_s is None else 8 * size / self._bytes_per_s

    def before(self, size: int, stopping: threading.Event) -> None:
        """Wait until so many bytes may be copied.

        Raises:
            MovingInterruptedError: they are not to be.
        """
        if self._bytes_per_s is not None and size:
            with self._lock:
                now = self._clock.monotonic()
                begin = max(self._next, now)
                self._next = begin + size / self._bytes_per_s
            stopping.wait(begin - now)
        if stopping.is_set():
            raise MovingInterruptedError
