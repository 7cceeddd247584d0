"""The process that makes thumbnails: started with the first order, replaced when it fails, ended when idle."""

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping

import msgspec

from gstnvr.analysis.messages import Answer, Order

_log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "gstnvr.analysis")
ANSWER_WITHIN_S = 15.0
"""Also the first one, for which GStreamer is loaded."""
IDLE_S = 60.0
_STOP_S = 2.0
_LONGEST_LINE = 16 << 20


class NotStartedError(Exception):
    """The process cannot be started; the message says why."""


class DiedError(Exception):
    """The process ended while it worked on an order."""


class HungError(Exception):
    """The process did not answer in time, and was ended: a decoder answers, so that it must be a disk."""


class ThumbnailProcess:
    """One at a time, which works on one order at a time."""

    def __init__(
        self,
        environment: Mapping[str, str],
        errors: int,
        command: tuple[str, ...] = COMMAND,
        idle_s: float = IDLE_S,
    ) -> None:
        """Nothing is started yet.

        Args:
            errors: descriptor of the file that takes what it writes.
        """
        self._environment = dict(environment)
        self._errors = errors
        self._command = command
        self._idle_s = idle_s
        self.answer_within_s = ANSWER_WITHIN_S
        """Then it hangs, and is ended."""
        self._process: Process | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._burials: set[asyncio.Task[None]] = set()

    @property
    def pid(self) -> int | None:
        """Of the process; None while there is none."""
        return None if self._process is None else self._process.pid

    async def ask(self, order: Order) -> Answer:
        """What it answers; orders come one after the other.

        Raises:
            NotStartedError: there is no process.
            DiedError: it has ended. The next order goes to another one.
            HungError: it did not answer, and was ended. The next order goes to another one.
        """
        self._stay()
        process = self._process = self._process or await self._start()
        try:
            async with asyncio.timeout(self.answer_within_s):
                answer = await _exchange(process, order)
        except TimeoutError:
            self._let_go(kill=True)
            _log.error("the process that makes thumbnails hung on %s; it is replaced", order.places[0].path)
            raise HungError from None
        except asyncio.CancelledError:
            self._let_go(kill=True)
            raise
        except (ConnectionError, asyncio.IncompleteReadError, msgspec.DecodeError, ValueError):
            self._let_go(kill=True)
            raise DiedError("the process that decodes ended") from None
        self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._let_go)
        return answer

    async def end(self) -> None:
        """Let it end, and wait for that."""
        self._stay()
        self._let_go()
        await asyncio.gather(*self._burials, return_exceptions=True)

    def _stay(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _let_go(self, *, kill: bool = False) -> None:
        process, self._process = self._process, None
        if process is not None:
            burial = asyncio.create_task(_bury(process, kill=kill), name="end of thumbnails")
            self._burials.add(burial)
            burial.add_done_callback(self._burials.discard)

    async def _start(self) -> Process:
        pipe = asyncio.subprocess.PIPE
        try:
            return await asyncio.create_subprocess_exec(
                *self._command,
                stdin=pipe,
                stdout=pipe,
                stderr=self._errors,
                env=self._environment,
                start_new_session=True,
                limit=_LONGEST_LINE,
            )
        except OSError as error:
            message = f"the process that makes thumbnails cannot be started: {error.strerror}"
            raise NotStartedError(message) from None


async def _exchange(process: Process, order: Order) -> Answer:
    """Raises what a pipe raises whose other end is gone, and what JSON does that was cut off."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(order) + b"\n")
    await process.stdin.drain()
    line = await process.stdout.readuntil()
    answer: Answer = msgspec.json.decode(line, type=Answer)
    return answer


async def _bury(process: Process, *, kill: bool) -> None:
    """It ends by itself when its input is closed, or is ended; one that hangs on a disk is left to itself."""
    assert process.stdin is not None
    process.stdin.close()
    if not kill:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _STOP_S)
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _STOP_S)
