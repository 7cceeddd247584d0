"""Notices that the configuration file changed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

Look = tuple[int, int, int, int]
"""Device, inode, time of change in nanoseconds, size."""


class FileWatcher:
    """Looks at one file once in a while; cheap, and works on every file system and with every editor."""

    def __init__(self, path: Path, interval_s: float = 1.0) -> None:
        self._path = path
        self._interval_s = interval_s
        self._triggered = asyncio.Event()
        self._known = self._look()

    def trigger(self) -> None:
        """Report a change now, as SIGHUP demands, whether or not the file changed."""
        self._triggered.set()

    async def changes(self) -> AsyncIterator[None]:
        """Yields after every change, once the file has been left alone for one interval.

        A file that is being written is not read half-way, and one that is missing is no change: editors replace
        files.
        """
        before = self._known
        while True:
            if await self._pause():
                self._known = self._look() or self._known
                yield
                continue
            now = self._look()
            if now is not None and now == before and now != self._known:
                self._known = now
                yield
            before = now

    async def _pause(self) -> bool:
        """True if triggered before the interval was over."""
        try:
            async with asyncio.timeout(self._interval_s):
                await self._triggered.wait()
        except TimeoutError:
            return False
        self._triggered.clear()
        return True

    def _look(self) -> Look | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size
