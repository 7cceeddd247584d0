"""Recorder processes: started or found running, watched until they end."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Collection, Mapping
from typing import Self

from gstnvr.supervisor import heap

_log = logging.getLogger(__name__)


class RecorderProcess:
    """A process, whether a child of ours or one that an earlier supervisor started."""

    def __init__(self, pid: int) -> None:
        """Watch a process that runs.

        Raises:
            ProcessLookupError: it does not.
        """
        self.pid = pid
        self.exit_code: int | None = None
        """Once it has ended, if it is a child of ours; negative: the signal that killed it."""
        self._descriptor = os.pidfd_open(pid)
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._descriptor, self._on_end)

    @classmethod
    def start(cls, command: tuple[str, ...], environment: Mapping[str, str], errors: int) -> Self:
        """Start one in a session of its own, so that Ctrl-C in our terminal does not reach it.

        Args:
            errors: descriptor of the file that takes what it writes.

        Raises:
            OSError: it cannot be started.
        """
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, errors, 1),
            (os.POSIX_SPAWN_DUP2, errors, 2),
        ]
        pid = os.posix_spawn(
            command[0], command, {**heap.environment(), **environment}, file_actions=actions, setsid=True
        )
        return cls(pid)

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._ended.is_set()

    async def wait(self) -> None:
        """Return once it has ended."""
        await self._ended.wait()

    def kill(self) -> None:
        """End it at once."""
        if not self.has_ended:
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def let_go(self) -> None:
        """Watch it no more; it goes on."""
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _on_end(self) -> None:
        self.let_go()
        with contextlib.suppress(ChildProcessError):  # somebody else's: the code is not for us
            self.exit_code = os.waitstatus_to_exitcode(os.waitpid(self.pid, os.WNOHANG)[1])
        self._ended.set()


def how_it_ended(process: RecorderProcess) -> str:
    """In words, after "the process"."""
    code = process.exit_code
    if code is None:
        return "ended"
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}"


class LeftBehind:
    """Processes that did not end although they were killed: they wait in the kernel, e.g. for a disk."""

    def __init__(self, on_change: Callable[[Collection[int]], None]) -> None:
        """Nobody is left behind yet.

        Args:
            on_change: told, whenever it changes, which processes are.
        """
        self._on_change = on_change
        self._waiting: dict[int, asyncio.Task[None]] = {}

    def add(self, process: RecorderProcess) -> None:
        """Wait for its end without anybody waiting for that."""
        self._waiting[process.pid] = asyncio.create_task(self._bury(process), name=f"left behind {process.pid}")
        self._on_change(self._waiting.keys())

    async def _bury(self, process: RecorderProcess) -> None:
        await process.wait()
        _log.info("recorder process %d, which had been left behind, is gone", process.pid)
        del self._waiting[process.pid]
        self._on_change(self._waiting.keys())

    def forget(self) -> None:
        """Wait no more."""
        for task in self._waiting.values():
            task.cancel()
