"""When copies are made, and how fast."""

import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, time

from gstnvr.config.copies import parse_window
from gstnvr.model.clock import NS_PER_S, Clock, UtcNs

_RATE_OVER_S = 60.0
_BITS_PER_MB = 1_000_000


class InterruptedByUsError(Exception):
    """The process ends, or the window closed; what was noted is gone on with later."""


def is_within(window: str | None, moment: time) -> bool:
    """Whether a time of the day lies in a daily window, which may go over midnight."""
    if window is None:
        return True
    first, last = parse_window(window)
    return first <= moment < last if first < last else moment >= first or moment < last


def local_time(now: UtcNs) -> time:
    """Time of the day at this machine."""
    return datetime.fromtimestamp(now // NS_PER_S, UTC).astimezone().time()


class Pace:
    """Keeps a place's uploads within window and rate."""

    def __init__(
        self, window: str | None, limit_mbps: float | None, clock: Clock, stopping: threading.Event
    ) -> None:
        self._window = window
        self._limit = None if limit_mbps is None else limit_mbps * _BITS_PER_MB / 8
        self._clock = clock
        self._stopping = stopping
        self._next = clock.monotonic()

    def is_open(self) -> bool:
        """Whether copies are made at this time of the day."""
        return is_within(self._window, local_time(self._clock.utc_ns()))

    def before(self, size: int) -> None:
        """Wait until so many bytes may be sent.

        Raises:
            InterruptedByUsError: they may not for now.
        """
        if self._limit is not None:
            now = self._clock.monotonic()
            self._next = max(self._next, now)
            self._stopping.wait(self._next - now)
            self._next += size / self._limit
        if self._stopping.is_set():
            raise InterruptedByUsError("gstnvr ends, or its settings changed")
        if not self.is_open():
            raise InterruptedByUsError("the time of the day for copies is over")


class RateMeter:
    """Bytes per second over the last minute; from any thread."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sent: deque[tuple[float, int]] = deque()

    def add(self, size: int) -> None:
        """So many bytes were sent just now."""
        with self._lock:
            self._sent.append((self._monotonic(), size))

    def bytes_per_s(self) -> float:
        """Mean over the last minute."""
        with self._lock:
            since = self._monotonic() - _RATE_OVER_S
            while self._sent and self._sent[0][0] < since:
                self._sent.popleft()
            return sum(size for _, size in self._sent) / _RATE_OVER_S
