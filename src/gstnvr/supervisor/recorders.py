"""One recorder process, replaced whenever it dies or hangs."""

import asyncio
import logging
import math
import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from gstnvr.ipc.codec import ProtocolError, WrongVersionError
from gstnvr.ipc.connection import SupervisorConnection, connect
from gstnvr.ipc.messages import Shutdown
from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Incident
from gstnvr.model.status import StreamStatus
from gstnvr.supervisor.assignment import RecorderTask
from gstnvr.supervisor.conversation import Conversation
from gstnvr.supervisor.events import incident_entry, over
from gstnvr.supervisor.office import Office
from gstnvr.supervisor.processes import RecorderProcess, how_it_ended
from gstnvr.supervisor.takeover import death_of_recorder

_log = logging.getLogger(__name__)

_CONNECT_INTERVAL_S = 0.05
_AFTER_GARBAGE_S = 1.0
_HEARTBEAT_S = 0.5
_LAST_WORDS_S = 2.0
_WORN_OUT = 3

_BROUGHT_ON_ITSELF = {
    _WORN_OUT,
    *(
        -number
        for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP)
    ),
}
"""Ends that one of its streams may be the reason of; whoever is killed by somebody else is not to blame."""
_QUARANTINE_DELAY_S = 60.0

BuryStreams = Callable[[frozenset[StreamId], Iterable[Incident]], Awaitable[None]]
NoteCrash = Callable[[int, Sequence[StreamStatus]], None]
"""Takes the number of a recorder that has crashed by itself, and what it had said last."""


def recorder_name(number: int) -> str:
    """``recorder-0``."""
    return f"recorder-{number}"


@dataclass(slots=True)
class _Life:
    """One process."""

    process: RecorderProcess
    conversation: Conversation
    patience_s: float
    hung: bool = False
    dismissed: bool = False
    """Told to make room for one of our version."""


class Recorder:
    """Keeps one recorder process alive."""

    def __init__(self, number: int, office: Office, bury: BuryStreams, note_crash: NoteCrash) -> None:
        self.number = number
        self.in_quarantine = False
        """Its only stream crashes it again and again: it is started ever more rarely, up to once a minute."""
        self.settled = asyncio.Event()
        """It is known whether a process was there already, and which streams it has."""
        self._name = recorder_name(number)
        self._socket = office.socket(self._name)
        self._office = office
        self._patience = office.patience
        self._bury = bury
        self._note_crash = note_crash
        self._task: RecorderTask | None = None
        self._assigned = asyncio.Event()
        self._life: _Life | None = None
        self._stopping = False
        self._incident: Incident | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def held(self) -> frozenset[StreamId]:
        """Streams that it has or is to get."""
        if self._task is not None:
            return self._task.stream_ids
        return self.living

    @property
    def living(self) -> frozenset[StreamId]:
        """Streams that a process has now."""
        return self._life.conversation.held if self._life is not None else frozenset()

    def start(self) -> None:
        """Find the process that is there; start one once there is something to do."""
        self._running = asyncio.create_task(self._run(), name=self._name)

    def assign(self, task: RecorderTask) -> None:
        """From now on this is to be done."""
        self._task = task
        self._assigned.set()
        if self._life is not None:
            self._life.conversation.assign(task)

    async def stop(self) -> None:
        """Let it finish its files and end; one that does not in time is left alone to go on trying."""
        self._stopping = True
        if self._running is None:
            return
        if self._life is not None:
            self._life.conversation.shut_down()
            await asyncio.wait({self._running}, timeout=self._patience.stop_s)
        await self.leave()
        self._office.picture.recorder_leaves(self._name)

    async def leave(self) -> None:
        """Watch it no more; it goes on recording."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    @property
    def failed(self) -> BaseException | None:
        """What ended the watch, if anything did that should not have."""
        if self._running is None or not self._running.done() or self._running.cancelled():
            return None
        return self._running.exception()

    async def _run(self) -> None:
        delay = self._patience.first_delay_s
        await self._adopt()
        self.settled.set()
        while not self._stopping:
            await self._assigned.wait()
            began = self._office.clock.monotonic()
            await self._live(self._start())
            if self._office.clock.monotonic() - began > self._patience.healthy_after_s:
                delay = self._patience.first_delay_s
            if not self._stopping:
                await asyncio.sleep(delay)
                longest_s = _QUARANTINE_DELAY_S if self.in_quarantine else self._patience.longest_delay_s
                delay = min(delay * 2, longest_s)

    # --- one life -------------------------------------------------------------------------------------

    async def _adopt(self) -> None:
        """Live with the process that listens on the socket, if one does, until it ends."""
        try:
            connection = await connect(self._socket)
        except OSError:
            return
        try:
            process = RecorderProcess(connection.peer_pid)
        except ProcessLookupError:
            await connection.close()
            return
        _log.info("%s runs already (process %d) and goes on", self._name, process.pid)
        await self._live(process, connection)

    def _start(self) -> RecorderProcess:
        command = (*self._office.command, "--socket", str(self._socket), "--name", self._name)
        process = RecorderProcess.start(command, self._office.environment, self._office.errors)
        _log.info("%s started (process %d)", self._name, process.pid)
        self._office.picture.recorder_starts(self._name)
        return process

    async def _live(self, process: RecorderProcess, connection: SupervisorConnection | None = None) -> None:
        """Talk to a process until it has ended, and bury it."""
        adopted = connection is not None
        conversation = Conversation(self._name, process.pid, self._office, adopted=adopted)
        patience = self._patience.silence_s if adopted else self._patience.start_s
        life = self._life = _Life(process, conversation, patience)
        if self._task is not None:
            conversation.assign(self._task)
        talking = asyncio.create_task(self._talk(life, connection), name=f"{self._name} conversation")
        watching = asyncio.create_task(self._watch(life), name=f"{self._name} heart beat")
        ended = asyncio.create_task(process.wait())
        try:
            going_on = {ended, talking, watching}
            while ended in going_on:
                done, going_on = await asyncio.wait(going_on, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            await asyncio.wait({talking}, timeout=_LAST_WORDS_S)
        finally:
            process.let_go()
            for task in (ended, talking, watching):
                task.cancel()
            await asyncio.gather(ended, talking, watching, return_exceptions=True)
            self._life = None
        if not self._stopping and not life.dismissed:
            await self._mourn(life)

    async def _talk(self, life: _Life, connection: SupervisorConnection | None) -> None:
        while True:
            if connection is None:
                connection = await self._connect(life)
            if connection is None:
                return
            try:
                await life.conversation.talk(connection)
            except WrongVersionError as error:
                _log.warning("%s; it is replaced", error)
                await self._dismiss(life, connection)
                return
            except ProtocolError as error:
                _log.error("%s: %s", self._name, error)
                await asyncio.sleep(_AFTER_GARBAGE_S)
            finally:
                await connection.close()
            connection = None
            await asyncio.sleep(_CONNECT_INTERVAL_S)

    async def _connect(self, life: _Life) -> SupervisorConnection | None:
        """None once the process has ended."""
        while not life.process.has_ended:
            try:
                return await connect(self._socket)
            except OSError:
                await asyncio.sleep(_CONNECT_INTERVAL_S)
        return None

    async def _dismiss(self, life: _Life, connection: SupervisorConnection) -> None:
        """A recorder of another version finishes its files and makes room."""
        life.dismissed = True
        life.patience_s = math.inf
        try:
            await connection.send(Shutdown())
            async with asyncio.timeout(self._patience.stop_s):
                await life.process.wait()
        except (TimeoutError, ConnectionError):
            _log.error("%s does not end, it is killed", self._name)
            life.process.kill()

    async def _watch(self, life: _Life) -> None:
        """Counts its own ticks, so that a machine that slept or was stopped does not kill recorders."""
        conversation = life.conversation
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            if conversation.heard.is_set():
                life.patience_s = min(life.patience_s, self._patience.silence_s)
                self._welcome()
            conversation.silent_s += _HEARTBEAT_S
            await conversation.hear_again()
            if conversation.silent_s > life.patience_s and not self._stopping:
                _log.error("%s does not answer, it is killed", self._name)
                life.hung = True
                life.process.kill()
                return

    def _welcome(self) -> None:
        """The one that was there before is replaced; its incident is over."""
        self.settled.set()
        incident, self._incident = self._incident, None
        if incident is not None:
            self._office.ledger.put(incident_entry(over(incident, self._office.clock.utc_ns())))

    async def _mourn(self, life: _Life) -> None:
        process = life.process
        how = f"(process {process.pid}) " + ("did not answer" if life.hung else how_it_ended(process))
        code = "no heart beat" if life.hung else f"exit {process.exit_code}"
        hung = life.hung or process.exit_code == _WORN_OUT
        incident = death_of_recorder(self._name, how, hung, code, self._office.clock.utc_ns())
        _log.error("%s", incident.message)
        if self._incident is None:
            self._incident = incident
        else:
            self._incident = replace(incident, uid=self._incident.uid, started=self._incident.started)
        self._office.ledger.put(incident_entry(self._incident))
        report = FaultReport(incident.fault, incident.reason, incident.severity, incident.message, incident.code)
        conversation = life.conversation
        self._office.picture.recorder_fails(self._name, conversation.held, report)
        left = await self._office.left.take()
        await self._bury(conversation.recorded, [*conversation.incidents.values(), *left])
        if process.exit_code in _BROUGHT_ON_ITSELF:
            self._note_crash(self.number, conversation.reported)
