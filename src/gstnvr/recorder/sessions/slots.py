"""Who may set up a connection now: a few streams at once, of all recorder processes together, in fair order."""

import asyncio
import heapq
import itertools
import random
from collections.abc import Callable

from gstnvr.model.choices import Priority
from gstnvr.recorder.sessions.shared_slots import SharedSlots

LONGEST_HOLD_S = 4.0
"""A camera that takes longer to agree to play keeps nobody else waiting; longer than a probe usually may take."""
HEAD_STARTS_S = {Priority.LOW: -30.0, Priority.NORMAL: 0.0, Priority.HIGH: 30.0}
"""As if a stream had asked so much sooner. Whoever asks later than that does not overtake, so nobody starves."""
FRESH_HEAD_START_S = 10.0
"""Of a stream that was well a moment ago, before those that have long been away."""
URGENT_AFTER_S = 30.0
"""Waiting, head start included, for which other processes hold back."""
_RETRY_S = 0.02

Granted = Callable[["Slot"], None]


class Slot:
    """Leave to set up one connection."""

    def __init__(self, on_release: Callable[[], None]) -> None:
        self._on_release: Callable[[], None] | None = on_release
        self._overdue = asyncio.get_running_loop().call_later(LONGEST_HOLD_S, self.release)

    def release(self) -> None:
        """Give it back; only the first time counts."""
        on_release, self._on_release = self._on_release, None
        if on_release is not None:
            self._overdue.cancel()
            on_release()


def head_start_s(priority: Priority, *, fresh: bool) -> float:
    """What a stream is ahead of others that ask in the same moment."""
    return HEAD_STARTS_S[priority] + (FRESH_HEAD_START_S if fresh else 0.0)


class ConnectSlots:
    """The queue of one process; all is for the thread of its event loop."""

    def __init__(self, limit: int, shared: SharedSlots | None = None) -> None:
        """Take the limit, which holds for all processes that have ``shared`` in common."""
        self._limit = limit
        self._shared = shared
        self._taken = 0
        self._serial = itertools.count()
        self._waiting: list[tuple[float, int, Granted]] = []
        self._retry: asyncio.TimerHandle | None = None

    def request(self, ahead_s: float, granted: Granted) -> None:
        """Queue; ``granted`` is called when a slot is free, maybe at once."""
        asked = asyncio.get_running_loop().time() - ahead_s
        heapq.heappush(self._waiting, (asked, next(self._serial), granted))
        self._grant()

    def set_limit(self, limit: int) -> None:
        """Slots that are taken stay so."""
        self._limit = limit
        if self._shared is not None:
            self._shared.open(limit)
        self._grant()

    def _grant(self) -> None:
        while self._waiting and self._taken < self._limit:
            slot = self._take()
            if slot is None:
                self._try_again_soon()
                break
            heapq.heappop(self._waiting)[2](slot)
        if self._shared is not None:
            self._shared.announce(self._is_urgent())

    def _is_urgent(self) -> bool:
        now = asyncio.get_running_loop().time()
        return bool(self._waiting) and now - self._waiting[0][0] >= URGENT_AFTER_S

    def _take(self) -> Slot | None:
        shared, number = self._shared, None
        if shared is not None:
            number = None if not self._is_urgent() and shared.urgent_elsewhere() else shared.take()
            if number is None:
                return None
        self._taken += 1

        def give_back() -> None:
            self._taken -= 1
            if shared is None or number is None:
                self._grant()
                return
            shared.give_back(number)
            # Not at once: other processes look for a free slot now and then, and are to find one, too.
            self._try_again_soon()

        return Slot(give_back)

    def _try_again_soon(self) -> None:
        if self._waiting and self._retry is None:
            delay_s = _RETRY_S * random.uniform(0.5, 1.5)  # noqa: S311 - chance, not secrecy
            self._retry = asyncio.get_running_loop().call_later(delay_s, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self._grant()
