"""The process that serves WebRTC: started with the first viewer, ended some time after the last."""

import asyncio
import logging
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from gstnvr.api.live.ports import NoPictureError, NotPlayableError, WebRtcMissingError, WebRtcSession
from gstnvr.live.hub import FindRecorder
from gstnvr.model.ids import StreamId
from gstnvr.model.live import TooManyViewersError
from gstnvr.supervisor.line_process import LineProcess
from gstnvr.webrtc.messages import Answered, Close, Ended, Obstacle, Open, Refused, Report

_log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "gstnvr.webrtc")
ANSWER_WITHIN_S = 20.0
IDLE_S = 300.0
"""A process without viewers ends after so long: to start one takes a second or two."""
_ERRORS: Mapping[Obstacle, type[Exception]] = {
    Obstacle.NOT_PLAYABLE: NotPlayableError,
    Obstacle.NO_PICTURE: NoPictureError,
    Obstacle.TOO_MANY: TooManyViewersError,
    Obstacle.MISSING: WebRtcMissingError,
}


@dataclass(slots=True)
class _Session:
    stream: StreamId
    answer: asyncio.Future[str]
    process: LineProcess | None = None
    """That serves it."""


class WebRtcProcess:
    """One at a time, and none while nobody watches."""

    def __init__(
        self,
        find: FindRecorder,
        environment: Mapping[str, str],
        errors: int,
        command: tuple[str, ...] = COMMAND,
        idle_s: float = IDLE_S,
    ) -> None:
        """Nothing is started yet.

        Args:
            errors: descriptor of the file that takes what it writes.
        """
        self._find = find
        self._environment = dict(environment)
        self._errors = errors
        self._command = command
        self._idle_s = idle_s
        self._process: LineProcess | None = None
        self._starting = asyncio.Lock()
        self._lives: set[asyncio.Task[None]] = set()
        self._sessions: dict[str, _Session] = {}
        self._idle: asyncio.TimerHandle | None = None

    async def open(self, stream: StreamId, offer: str) -> WebRtcSession:
        """See ``api.live.ports.Live.open_session``."""
        recorder = self._find(stream)
        if recorder is None:
            raise NoPictureError(f"no recorder process has {stream} now; try again in a moment")
        name = secrets.token_urlsafe(16)
        session = self._sessions[name] = _Session(stream, asyncio.get_running_loop().create_future())
        try:
            session.process = await self._running()
            session.process.order(Open(name, str(recorder), stream, offer))
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return WebRtcSession(name, await session.answer)
        except TimeoutError:
            self.close(stream, name)
            raise WebRtcMissingError(f"no session for {stream} was made in {ANSWER_WITHIN_S:g} s") from None
        except BaseException:
            self._forget(name)
            raise

    def has(self, stream: StreamId, name: str) -> bool:
        """See ``api.live.ports.Live.has_session``."""
        session = self._sessions.get(name)
        return session is not None and session.stream == stream

    def close(self, stream: StreamId, name: str) -> bool:
        """See ``api.live.ports.Live.close_session``."""
        if not self.has(stream, name):
            return False
        session = self._sessions[name]
        if session.process is not None:
            session.process.order(Close(name))
        self._forget(name)
        return True

    async def end(self) -> None:
        """Let all viewers go."""
        for life in self._lives:
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)

    async def _running(self) -> LineProcess:
        async with self._starting:
            if self._process is None:
                self._process = await self._start()
                life = asyncio.create_task(self._hear(self._process), name="webrtc")
                self._lives.add(life)
                life.add_done_callback(self._lives.discard)
            return self._process

    async def _start(self) -> LineProcess:
        try:
            return await LineProcess.start(self._command, self._environment, self._errors)
        except OSError as error:
            message = f"the process that serves WebRTC cannot be started: {error.strerror}"
            raise WebRtcMissingError(message) from None

    async def _hear(self, process: LineProcess) -> None:
        try:
            async for line in process.reports():
                self._note(msgspec.json.decode(line, type=Report))
        finally:
            if self._process is process:
                self._process = None
            await process.bury()
            self._note_end(process)

    def _note_end(self, process: LineProcess) -> None:
        left = {name: session for name, session in self._sessions.items() if session.process is process}
        if left:
            _log.error("the process that serves WebRTC ended with code %s", process.exit_code)
        for name, session in left.items():
            if not session.answer.done():
                session.answer.set_exception(WebRtcMissingError("the process that serves WebRTC crashed"))
            self._forget(name)

    def _note(self, report: Report) -> None:
        session = self._sessions.get(report.session)
        if session is None:
            return
        match report:
            case Answered(_, answer) if not session.answer.done():
                session.answer.set_result(answer)
            case Refused(_, obstacle, message) if not session.answer.done():
                session.answer.set_exception(_ERRORS[obstacle](message))
            case Ended(name):
                self._forget(name)

    def _forget(self, name: str) -> None:
        self._sessions.pop(name, None)
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._end_if_idle)

    def _end_if_idle(self) -> None:
        process = self._process
        if process is not None and not self._sessions:
            self._process = None
            process.hang_up()
