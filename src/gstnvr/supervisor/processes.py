"""Recorder processes: started or found running, watched until they end."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from typing import Self


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
        pid = os.posix_spawn(command[0], command, environment, file_actions=actions, setsid=True)
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
