"""Notices that a camera sends and sends, and that no access unit comes of it: memory is filling up with it."""

from collections.abc import Callable

MOST_BYTES = 64 << 20
"""A picture of 8K is some megabytes; a stream of 40 Mbit/s takes 13 s for so much."""


class FloodGuard:
    """For one session."""

    def __init__(self, received: Callable[[], int]) -> None:
        """Take what tells how many bytes have come."""
        self._received = received
        self._before: int | None = 0

    def is_flooded(self, *, units_came: bool) -> bool:
        """Look, after each drain."""
        if units_came:
            self._before = None
            return False
        received = self._received()
        if self._before is None or received < self._before:
            self._before = received
        return received - self._before > MOST_BYTES
