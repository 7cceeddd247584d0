"""How many streams of this process may be connecting at once."""

from collections import deque
from collections.abc import Callable


class ConnectSlots:
    """First come, first served."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._waiting: deque[Callable[[], None]] = deque()

    def request(self, granted: Callable[[], None]) -> None:
        """Queue; ``granted`` is called when a slot is free, maybe at once."""
        self._waiting.append(granted)
        self._grant()

    def release(self) -> None:
        """Give one back."""
        self._taken -= 1
        self._grant()

    def set_limit(self, limit: int) -> None:
        """Slots that are taken stay so."""
        self._limit = limit
        self._grant()

    def _grant(self) -> None:
        while self._waiting and self._taken < self._limit:
            self._taken += 1
            self._waiting.popleft()()
