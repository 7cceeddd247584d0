"""The thread that sends all media of all cameras, each packet at its moment."""

import ctypes
import heapq
import itertools
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

_LONGEST_SLEEP_S = 1.0
_PR_SET_TIMERSLACK = 29
_TIMER_SLACK_NS = 1_000


class Sending(Protocol):
    """Something that is sent piece by piece, each at its moment. Once added, it belongs to the sending thread."""

    @property
    def due(self) -> int:
        """Monotonic nanoseconds of the next step."""
        ...

    def step(self, now: int) -> int | None:
        """Do what is due; returns when the next step is due, None if there is none any more."""
        ...


class Sender:
    """Holds a queue of streams by due time. ``add`` may be called from any thread."""

    def __init__(self, died: Callable[[], None]) -> None:
        self._died = died
        self._arrivals: deque[Sending] = deque()
        self._stopping = False
        self._guard = threading.Lock()
        self._wake = threading.Lock()
        self._wake.acquire()
        self._worst_late_ns = 0
        self._thread = threading.Thread(target=self._run, name="sender")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._rouse()
        self._thread.join()

    def add(self, stream: Sending) -> None:
        """Send this stream until it ends."""
        self._arrivals.append(stream)
        self._rouse()

    def take_worst_late_ns(self) -> int:
        """By how much the latest packet since the last call was late."""
        worst, self._worst_late_ns = self._worst_late_ns, 0
        return worst

    def _rouse(self) -> None:
        with self._guard:
            if self._wake.locked():
                self._wake.release()

    def _run(self) -> None:
        try:
            _set_timer_slack()
            self._serve()
        finally:
            if not self._stopping:
                self._died()

    def _serve(self) -> None:
        queue: list[tuple[int, int, Sending]] = []
        numbers = itertools.count()  # decide between streams that are due at the same moment
        clock = time.monotonic_ns
        while not self._stopping:
            while self._arrivals:
                stream = self._arrivals.popleft()
                heapq.heappush(queue, (stream.due, next(numbers), stream))
            now = clock()
            while queue and queue[0][0] <= now:
                due_before, number, stream = queue[0]
                self._worst_late_ns = max(self._worst_late_ns, now - due_before)
                due = stream.step(now)
                if due is None:
                    heapq.heappop(queue)
                else:
                    heapq.heapreplace(queue, (due, number, stream))
                if self._arrivals or self._stopping:
                    break
                now = clock()
            else:
                self._sleep((queue[0][0] - now) / 1e9 if queue else _LONGEST_SLEEP_S)

    def _sleep(self, seconds: float) -> None:
        """Until then, or until something new is there: a lock that nobody holds for long sleeps to the µs."""
        if seconds > 0:
            self._wake.acquire(timeout=min(seconds, _LONGEST_SLEEP_S))


def _set_timer_slack() -> None:
    """Linux lets timers of a thread be 50 µs late by default, too coarse for packets 120 µs apart."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, _TIMER_SLACK_NS, 0, 0, 0)
