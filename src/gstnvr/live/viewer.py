"""What waits for one viewer: bounded, and dropped to the next key frame when it is too slow."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from gstnvr.live.muxer import LivePiece
from gstnvr.model.live import ShownFormat, Skipped, Waiting

LONGEST_WAIT_S = 2.0
"""What has waited for longer is dropped."""
MOST_BYTES = 32 << 20

Shown = ShownFormat | Waiting | Skipped | bytes
"""Bytes are to be appended by the viewer, in order."""


class _Waiting(NamedTuple):
    item: Shown
    since: float


class LiveViewer:
    """Filled by a channel, emptied by a connection."""

    def __init__(self) -> None:
        self._queue: deque[_Waiting] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self._behind = False
        self._format: ShownFormat | None = None
        self._initialisation: bytes | None = None
        self._format_taken = True

    async def next(self) -> Shown:
        """What is to be sent next; waits until there is something."""
        while not self._queue:
            self._news.clear()
            await self._news.wait()
        item = self._queue.popleft().item
        if isinstance(item, bytes):
            self._bytes -= len(item)
            self._format_taken |= item is self._initialisation
        return item

    def tell_format(self, form: ShownFormat, initialisation: bytes | None) -> None:
        """From here on pieces are like this."""
        self._format, self._initialisation = form, initialisation
        self._format_taken = initialisation is None
        if not self._behind:
            self._put_format()

    def tell_waiting(self, waiting: Waiting) -> None:
        """Nothing comes now."""
        self._put(waiting)

    def catch_up(self, pieces: Iterable[LivePiece]) -> None:
        """What came since the last key frame, at once."""
        for piece in pieces:
            self._put(piece.data)

    def show(self, piece: LivePiece, *, skipped: bool) -> None:
        """Another piece, if it can keep up.

        Args:
            skipped: something is missing in front of it already.
        """
        if not self._behind and self._is_late(len(piece.data)):
            self._behind = True
            self._queue.clear()
            self._bytes = 0
        if self._behind:
            if not piece.key:
                return
            self._behind, skipped = False, True
            if not self._format_taken:
                self._put_format()
        if skipped:
            self._put(Skipped())
        self._put(piece.data)

    def _is_late(self, more: int) -> bool:
        if not self._queue:
            return False
        waited_s = asyncio.get_running_loop().time() - self._queue[0].since
        return waited_s > LONGEST_WAIT_S or self._bytes + more > MOST_BYTES

    def _put_format(self) -> None:
        assert self._format is not None
        self._put(self._format)
        if self._initialisation is not None:
            self._put(self._initialisation)

    def _put(self, item: Shown) -> None:
        if isinstance(item, bytes):
            self._bytes += len(item)
        self._queue.append(_Waiting(item, asyncio.get_running_loop().time()))
        self._news.set()
