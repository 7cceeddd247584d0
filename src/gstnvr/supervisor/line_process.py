"""A process that works for the supervisor: each order and each report is a line of JSON."""

import asyncio
import contextlib
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Self

import msgspec

from gstnvr.ipc.lines import LONGEST_LINE

_STOP_S = 3.0


class LineProcess:
    """Made by ``start``; it ends by itself once its input does."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str], errors: int) -> Self:
        """Start it.

        Args:
            errors: descriptor of the file that takes what it writes.

        Raises:
            OSError: that cannot be done.
        """
        pipe = asyncio.subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(
                *command,
                stdin=pipe,
                stdout=pipe,
                stderr=errors,
                env=environment,
                start_new_session=True,
                limit=LONGEST_LINE,
            )
        )

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.returncode

    def order(self, order: msgspec.Struct) -> None:
        """Tell it what to do."""
        self.order_text(msgspec.json.encode(order))

    def order_text(self, order: bytes) -> None:
        """Tell it what to do, in JSON already."""
        assert self._process.stdin is not None
        self._process.stdin.write(order + b"\n")

    async def reports(self) -> AsyncIterator[bytes]:
        """What it tells, until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            yield line

    def hang_up(self) -> None:
        """There will be no more orders."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    async def bury(self) -> None:
        """See to its end, which it is given some time for."""
        self.hang_up()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
