"""Slots that all recorder processes of one supervisor have in common, without anybody in the middle.

A slot is a locked file: the kernel gives it back when its process dies, and nobody has to be asked. So the limit
holds while the supervisor is down, too.
"""

import fcntl
import logging
import os
from pathlib import Path

_log = logging.getLogger(__name__)


class SharedSlots:
    """Files in a folder that the processes share; never blocks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._slots: list[int] = []
        self._held: set[int] = set()
        self._limit = 0
        self._mark: int | None = None
        self._look: int | None = None
        self._urgent = False

    def open(self, limit: int) -> None:
        """So many slots there are from now on.

        Where files cannot be made, as many of ours as could be opened are shared, and the rest are our own.
        """
        self._limit = limit
        try:
            if self._mark is None:
                self._mark = self._open("connecting-urgent.lock")
                self._look = self._open("connecting-urgent.lock")
            while len(self._slots) < limit:
                self._slots.append(self._open(f"connecting-{len(self._slots)}.lock"))
        except OSError as error:
            _log.warning("connections are not counted together with other recorders: %s", error)

    def close(self) -> None:
        """Give back everything."""
        for descriptor in (*self._slots, self._mark, self._look):
            if descriptor is not None:
                os.close(descriptor)
        self._slots, self._held, self._mark, self._look = [], set(), None, None

    def take(self) -> int | None:
        """Number of a slot that is ours now; None: all are taken."""
        for number in range(self._limit):
            if number not in self._held and self._lock_slot(number):
                self._held.add(number)
                return number
        return None

    def give_back(self, number: int) -> None:
        """It is free again."""
        self._held.discard(number)
        if number < len(self._slots):
            fcntl.flock(self._slots[number], fcntl.LOCK_UN)

    def announce(self, urgent: bool) -> None:
        """Let others hold back, or no longer, because one of ours goes first."""
        if self._mark is None or urgent == self._urgent:
            return
        if urgent:
            # Refused for the instant in which another process looks; asked again with the next try.
            self._urgent = _lock(self._mark, fcntl.LOCK_SH)
        else:
            fcntl.flock(self._mark, fcntl.LOCK_UN)
            self._urgent = False

    def urgent_elsewhere(self) -> bool:
        """Whether another process has one that goes first."""
        if self._look is None or self._urgent:
            return False
        if not _lock(self._look, fcntl.LOCK_EX):
            return True
        fcntl.flock(self._look, fcntl.LOCK_UN)
        return False

    def _open(self, name: str) -> int:
        return os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _lock_slot(self, number: int) -> bool:
        return number >= len(self._slots) or _lock(self._slots[number], fcntl.LOCK_EX)


def _lock(descriptor: int, how: int) -> bool:
    """False: another process has it. A file system that cannot lock is no reason not to connect."""
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        _log.warning("connections are not counted together with other recorders: %s", error)
    return True
