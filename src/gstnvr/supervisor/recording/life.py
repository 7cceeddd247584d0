"""One recorder process, from its start or its adoption until it is gone."""

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from gstnvr import __version__
from gstnvr.ipc.codec import ProtocolError, WrongVersionError
from gstnvr.ipc.connection import SupervisorConnection, connect
from gstnvr.ipc.messages import Hello, Shutdown
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import Fault, Reason, Severity
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Incident
from gstnvr.supervisor.recording.conversation import Conversation
from gstnvr.supervisor.recording.memory import MemoryWatch
from gstnvr.supervisor.recording.office import Office
from gstnvr.supervisor.recording.processes import RecorderProcess, how_it_ended

_log = logging.getLogger(__name__)

_CONNECT_INTERVAL_S = 0.05
_AFTER_GARBAGE_S = 1.0
_WATCH_INTERVAL_S = 0.5
_LAST_WORDS_S = 2.0
_REAP_S = 2.0
"""A killed process that is not gone by then waits in the kernel, for ever perhaps."""
_BROUGHT_ON_ITSELF = frozenset(
    -number
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP)
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a recorder that works is to be replaced."""

    what: str
    """After the name of the recorder."""
    reason: Reason | None
    """None if it is on purpose."""


@dataclass(frozen=True, slots=True)
class Death:
    """Why a recorder is gone."""

    how: str
    """After the name of the recorder."""
    reason: Reason
    code: str
    own_fault: bool
    """One of its streams may be the reason; whoever is killed by somebody else is not to blame."""


class Life:
    """Watches a process and talks to it."""

    def __init__(self, name: str, process: RecorderProcess, office: Office, *, adopted: bool) -> None:
        self.process = process
        self.conversation = Conversation(name, process.pid, office, adopted=adopted)
        self.dismissed = False
        """Told to end; whatever becomes of it is no trouble."""
        self.on_heard: Callable[[], None] = lambda: None
        """Called again and again once the process has told what it does."""
        self.on_trouble: Callable[[Trouble], None] = lambda _: None
        """Called when it is to be replaced although it works."""
        self.foreign: frozenset[StreamId] | None = None
        """Streams of a process that speaks another version of the protocol: it can only be told to end."""
        self._name = name
        self._adopted = adopted
        self._socket = office.socket(name)
        self._office = office
        self._start_s = 0.0 if adopted else office.patience.start_s
        self._memory = MemoryWatch(process.pid)
        self._killed: Death | None = None
        self._over = asyncio.Event()
        self._dismissal = asyncio.Event()

    @property
    def held(self) -> frozenset[StreamId]:
        """Streams that it has been given."""
        return self.conversation.held if self.foreign is None else self.foreign

    @property
    def recorded(self) -> frozenset[StreamId]:
        """Streams that it records."""
        return self.conversation.recorded if self.foreign is None else self.foreign

    @property
    def left_behind(self) -> bool:
        """It was killed and is not gone."""
        return self._over.is_set()

    @property
    def death(self) -> Death:
        """Why it is gone."""
        if self._killed is not None:
            return self._killed
        how = f"(process {self.process.pid}) {how_it_ended(self.process)}"
        code = self.process.exit_code
        return Death(how, Reason.UNKNOWN, f"exit {code}", own_fault=code in _BROUGHT_ON_ITSELF)

    async def run(self, connection: SupervisorConnection | None = None) -> None:
        """Until it has ended, or does not although it was killed.

        Args:
            connection: to a process that was there before.
        """
        talking = asyncio.create_task(self._talk(connection), name=f"{self._name} conversation")
        watching = asyncio.create_task(self._watch(), name=f"{self._name} heart beat")
        ended = asyncio.create_task(self.process.wait())
        over = asyncio.create_task(self._over.wait())
        tasks: set[asyncio.Task[Any]] = {ended, over, talking, watching}
        going_on = tasks
        try:
            while ended in going_on and over in going_on:
                done, going_on = await asyncio.wait(going_on, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            if ended.done():
                await asyncio.wait({talking}, timeout=_LAST_WORDS_S)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self.left_behind:
                self._office.left_behind.add(self.process)
            else:
                self.process.let_go()

    async def kill(self, how: str, reason: Reason, code: str) -> None:
        """End it at once; one that does not end is left behind."""
        how = f"(process {self.process.pid}) {how}"
        _log.error("%s %s, it is killed", self._name, how)
        self._killed = Death(how, reason, code, own_fault=False)
        self.process.kill()
        try:
            async with asyncio.timeout(_REAP_S):
                await self.process.wait()
        except TimeoutError:
            _log.error("%s (process %d) hangs in the kernel, it is left behind", self._name, self.process.pid)
            self._over.set()

    async def end(self) -> None:
        """Let it finish its files; what does not end in time is killed."""
        self.dismissed = True
        self._dismissal.set()
        self.conversation.shut_down()
        await self._end_in_time()

    async def _end_in_time(self) -> None:
        try:
            async with asyncio.timeout(self._office.patience.stop_s):
                await self.process.wait()
        except TimeoutError:
            await self.kill("does not finish", Reason.PIPELINE_HUNG, "no end")

    # --- talking --------------------------------------------------------------------------------------

    async def _talk(self, connection: SupervisorConnection | None) -> None:
        while True:
            if connection is None:
                connection = await self._connect()
            if connection is None:
                return
            try:
                await self.conversation.talk(connection)
            except WrongVersionError as error:
                await self._bear_foreigner(error, connection)
                return
            except ProtocolError as error:
                _log.error("%s: %s", self._name, error)
                await asyncio.sleep(_AFTER_GARBAGE_S)
            finally:
                await connection.close()
            connection = None
            await asyncio.sleep(_CONNECT_INTERVAL_S)

    async def _connect(self) -> SupervisorConnection | None:
        """None once the process has ended."""
        while not self.process.has_ended:
            try:
                return await connect(self._socket)
            except OSError:
                await asyncio.sleep(_CONNECT_INTERVAL_S)
        return None

    async def _bear_foreigner(self, error: WrongVersionError, connection: SupervisorConnection) -> None:
        """It goes on until it is told to end, which every version understands."""
        self.foreign, self.conversation.version = _streams_of(error.hello), error.hello.version
        if self.foreign:
            self.on_trouble(Trouble(f"is of another version: {error}", None))
            await self._dismissal.wait()
        else:
            _log.warning("%s; it ends before another one is started", error)
            self.dismissed = True
        try:
            await connection.send(Shutdown())
        except ConnectionError:
            _log.info("%s is gone already", self._name)
        await self._end_in_time()

    # --- watching -------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Counts its own ticks, so that a machine that slept or was stopped does not kill recorders."""
        conversation = self.conversation
        while True:
            await asyncio.sleep(_WATCH_INTERVAL_S)
            if conversation.heard.is_set():
                self._start_s = 0.0
                self.on_heard()
            conversation.silent_s += _WATCH_INTERVAL_S
            await conversation.hear_again()
            if self.dismissed or self.foreign is not None:
                continue
            if self._adopted and conversation.version not in (None, __version__):
                self.on_trouble(Trouble(f"is gstnvr {conversation.version}, not {__version__}", None))
            if conversation.worn_out:
                self.on_trouble(Trouble("has several pipelines that hang", Reason.PIPELINE_HUNG))
            if conversation.silent_s > self._longest_silence_s:
                await self.kill("did not answer", Reason.PIPELINE_HUNG, "no heart beat")
                return
            await self._look_at_memory()

    @property
    def _longest_silence_s(self) -> float:
        return max(self._start_s, self._office.settings().recorder.heartbeat_timeout_s)

    async def _look_at_memory(self) -> None:
        settings = self._office.settings()
        self._memory.note(self.conversation.reports.values())
        excess = self._memory.excess(settings.recorder, settings.recording)
        if excess is None:
            return
        if excess.hopeless:
            await self.kill(str(excess), Reason.OUT_OF_MEMORY, "memory")
        else:
            self.on_trouble(Trouble(str(excess), Reason.OUT_OF_MEMORY))


def incident_of(name: str, what: str, reason: Reason, code: str, now: UtcNs) -> Incident:
    """The incident of a recorder process that is gone or must go."""
    return Incident(
        uid=uuid4().hex,
        camera=None,
        stream=None,
        fault=Fault.UNKNOWN,
        reason=reason,
        severity=Severity.CRITICAL,
        message=f"{name} {what}; another process takes its cameras over",
        code=code,
        started=now,
        detected=now,
    )


def _streams_of(hello: Hello) -> frozenset[StreamId]:
    try:
        return frozenset(map(StreamId.parse, hello.streams))
    except ValueError:
        return frozenset()
