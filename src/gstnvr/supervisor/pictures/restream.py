"""The process that serves RTSP: kept alive for as long as the settings want it."""

import asyncio
import logging
import math
import sys
from collections.abc import Callable, Mapping

import msgspec

from gstnvr.access.certificate import TlsFiles
from gstnvr.access.door import Door
from gstnvr.api.live.ports import RestreamView
from gstnvr.config.settings import Settings
from gstnvr.live.hub import FindRecorder
from gstnvr.model.ids import StreamId
from gstnvr.restream.messages import Asked, CannotListen, End, Gone, Listening, Report, Serve, Watching
from gstnvr.supervisor.line_process import LineProcess
from gstnvr.supervisor.pictures.restream_gate import RestreamGate
from gstnvr.supervisor.recording.assignment import shown_names

_log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "gstnvr.restream")
LOOK_S = 1.0
"""How often settings and rights are looked at."""
_NO_CERTIFICATE = "restream.tls counts once gstnvr is started anew, as api.tls does"
_FIRST_DELAY_S = 1.0
_LONGEST_DELAY_S = 60.0
_HEALTHY_AFTER_S = 30.0


class Restream:
    """One process at a time, and none unless ``restream.enabled``."""

    def __init__(
        self,
        find: FindRecorder,
        environment: Mapping[str, str],
        errors: int,
        command: tuple[str, ...] = COMMAND,
    ) -> None:
        """Nothing is started yet.

        Args:
            errors: descriptor of the file that takes what it writes.
        """
        self._find = find
        self._environment = dict(environment)
        self._errors = errors
        self._command = command
        self._open: set[int] = set()
        """Connections that have asked for something."""
        self._watching: dict[int, StreamId] = {}
        self._problem: str | None = None
        self._serve: Serve | None = None
        self._port: int | None = None
        self._deciding: set[asyncio.Task[None]] = set()

    def view(self, stream: StreamId) -> RestreamView:
        """How a stream can be watched."""
        serve = self._serve
        return RestreamView(
            host=None if serve is None else serve.host,
            port=None if serve is None else self._port or serve.port,
            encrypted=serve is not None and serve.certificate is not None,
            watching=list(self._watching.values()).count(stream),
            problem=self._problem,
        )

    async def run(
        self,
        door: Door,
        tls: Callable[[], TlsFiles | None],
        settings: Callable[[], Settings],
        note: Callable[[str | None], None],
    ) -> None:
        """For ever; when this is cancelled the process ends by itself.

        Args:
            tls: the certificate of the API.
            note: told what is wrong, None once nothing is.
        """
        gate = RestreamGate(door, self._find, lambda: shown_names(settings()))
        delay_s = _FIRST_DELAY_S
        while True:
            serve = self._serve = _wanted(settings(), tls())
            if serve is None:
                self._tell(note, _NO_CERTIFICATE if settings().restream.enabled else None)
                await asyncio.sleep(LOOK_S)
                continue
            began = asyncio.get_running_loop().time()
            problem = await self._live(serve, gate, lambda: _wanted(settings(), tls()), note)
            if problem is None:
                continue
            _log.error("%s", problem)
            self._tell(note, problem)
            lived_s = asyncio.get_running_loop().time() - began
            delay_s = _FIRST_DELAY_S if lived_s > _HEALTHY_AFTER_S else min(delay_s * 2, _LONGEST_DELAY_S)
            await _until_changed(serve, lambda: _wanted(settings(), tls()), delay_s)

    def _tell(self, note: Callable[[str | None], None], problem: str | None) -> None:
        self._problem = problem
        note(problem)

    async def _live(
        self,
        serve: Serve,
        gate: RestreamGate,
        wanted: Callable[[], Serve | None],
        note: Callable[[str | None], None],
    ) -> str | None:
        """One process, to its end; what was wrong, None if it was told to end."""
        try:
            process = await LineProcess.start(self._command, self._environment, self._errors)
        except OSError as error:
            return f"the process that serves RTSP cannot be started: {error.strerror}"
        process.order(serve)
        hearing = asyncio.create_task(self._hear(process, gate, note))
        try:
            while not hearing.done() and wanted() == serve:
                for connection, why in gate.over().items():
                    process.order(End(connection, why))
                await asyncio.wait({hearing}, timeout=LOOK_S)
            ended_by_itself = hearing.done()
        finally:
            await process.bury()
            hearing.cancel()
            await asyncio.gather(hearing, *self._deciding, return_exceptions=True)
            gate.forget_all()
            self._open.clear()
            self._watching.clear()
            self._port = None
        if not ended_by_itself:
            return None
        return hearing.result() or f"the process that serves RTSP ended with code {process.exit_code}"

    async def _hear(
        self, process: LineProcess, gate: RestreamGate, note: Callable[[str | None], None]
    ) -> str | None:
        """Until it ends; why it cannot serve, if it said so."""
        async for line in process.reports():
            match msgspec.json.decode(line, type=Report):
                case Listening(port):
                    self._port = port
                    self._tell(note, None)
                case CannotListen(message):
                    return f"streams cannot be watched over RTSP: {message}"
                case Asked() as asked:
                    self._open.add(asked.connection)
                    deciding = asyncio.create_task(self._decide(process, gate, asked), name="restream")
                    self._deciding.add(deciding)
                    deciding.add_done_callback(self._deciding.discard)
                case Watching(connection, stream, True):
                    self._watching[connection] = stream
                case Watching(connection):
                    self._watching.pop(connection, None)
                case Gone(connection):
                    self._open.discard(connection)
                    self._watching.pop(connection, None)
                    gate.forget(connection)
        return None

    async def _decide(self, process: LineProcess, gate: RestreamGate, asked: Asked) -> None:
        process.order(await gate.decide(asked))
        if asked.connection not in self._open:
            gate.forget(asked.connection)


async def _until_changed(serve: Serve, wanted: Callable[[], Serve | None], delay_s: float) -> None:
    """For so long, or until the settings want something else."""
    for _ in range(math.ceil(delay_s / LOOK_S)):
        if wanted() != serve:
            return
        await asyncio.sleep(LOOK_S)


def _wanted(settings: Settings, tls: TlsFiles | None) -> Serve | None:
    wish = settings.restream
    if not wish.enabled:
        return None
    if not wish.tls:
        return Serve(wish.host, wish.port, wish.max_clients)
    # Encryption of the API counts from the next start of gstnvr on; until then there is no certificate.
    if tls is None:
        return None
    return Serve(wish.host, wish.port, wish.max_clients, str(tls.certificate), str(tls.key))
