"""One recorder process after the other, each replaced when it dies."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from gstnvr.ipc.connection import SupervisorConnection, connect
from gstnvr.ipc.messages import Place
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import FaultReport, GapCause, Reason
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Incident
from gstnvr.model.status import StreamStatus
from gstnvr.supervisor.index.events import incident_entry, over
from gstnvr.supervisor.index.takeover import RecorderEnd
from gstnvr.supervisor.recording.assignment import RecorderTask
from gstnvr.supervisor.recording.life import Death, Life, Trouble, incident_of
from gstnvr.supervisor.recording.office import Office
from gstnvr.supervisor.recording.processes import RecorderProcess

_log = logging.getLogger(__name__)

BuryStreams = Callable[[frozenset[StreamId], Iterable[Incident], RecorderEnd], Awaitable[None]]
"""Makes the rows of streams true that nobody records now."""


NoteCrash = Callable[["Recorder", Collection[StreamStatus]], None]
"""Takes a recorder that has crashed by itself, and what it had said last."""

_QUARANTINE_DELAY_S = 60.0


def recorder_name(number: int) -> str:
    """``recorder-0``."""
    return f"recorder-{number}"


class Recorder:
    """Keeps one recorder process alive."""

    def __init__(
        self,
        number: int,
        office: Office,
        bury: BuryStreams,
        on_trouble: Callable[["Recorder", Trouble], None],
        note_crash: NoteCrash,
    ) -> None:
        self.number = number
        self.name = recorder_name(number)
        self.in_quarantine = False
        """Its only stream crashes it again and again: it is started ever more rarely, up to once a minute."""
        self.settled = asyncio.Event()
        """It is known whether a process was there already, and which streams it has."""
        self.begun = asyncio.Event()
        """It has, or had, a process."""
        self.burial: asyncio.Task[None] | None = None
        """Of its last process; before it is done, nobody may write what that wrote."""
        self._socket = office.socket(self.name)
        self._office = office
        self._patience = office.patience
        self._bury_streams = bury
        self._on_trouble = on_trouble
        self._note_crash = note_crash
        self._task: RecorderTask | None = None
        self._assigned = asyncio.Event()
        self._life: Life | None = None
        self._last = False
        self._incident: Incident | None = None
        self._running: asyncio.Task[None] | None = None

    # --- what it has ----------------------------------------------------------------------------------

    @property
    def task(self) -> RecorderTask | None:
        """What it is to do."""
        return self._task

    @property
    def held(self) -> frozenset[StreamId]:
        """Streams that it has or is to get."""
        if self._task is not None:
            return self._task.stream_ids
        return self.living

    @property
    def living(self) -> frozenset[StreamId]:
        """Streams that a process has now."""
        return self._life.held if self._life is not None else frozenset()

    @property
    def socket(self) -> Path:
        """Where its process listens."""
        return self._socket

    @property
    def reports(self) -> Mapping[StreamId, StreamStatus]:
        """What the process said last of its streams; empty if there is none."""
        return self._life.conversation.reports if self._life is not None else {}

    @property
    def standby(self) -> frozenset[StreamId]:
        """Streams of which the process said that another recorder has them still."""
        return self._life.conversation.standby if self._life is not None else frozenset()

    @property
    def handed_over(self) -> Mapping[StreamId, Place | None]:
        """Streams that the process has let go of, and where."""
        return self._life.conversation.handed_over if self._life is not None else {}

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one."""
        return self._life.process.pid if self._life is not None else None

    @property
    def version(self) -> str | None:
        """Of gstnvr, as the process said it."""
        return self._life.conversation.version if self._life is not None else None

    @property
    def foreign(self) -> bool:
        """The process speaks another version of the protocol: it can only be told to end."""
        return self._life is not None and self._life.foreign is not None

    @property
    def heard(self) -> bool:
        """The process has told what it does."""
        return self._life is not None and self._life.conversation.heard.is_set()

    @property
    def failed(self) -> BaseException | None:
        """What ended the watch, if anything did that should not have."""
        if self._running is None or not self._running.done() or self._running.cancelled():
            return None
        return self._running.exception()

    # --- what it is told ------------------------------------------------------------------------------

    def start(self) -> None:
        """Find the process that is there; start one once there is something to do."""
        self._running = asyncio.create_task(self._run(), name=self.name)

    def assign(self, task: RecorderTask) -> None:
        """From now on this is to be done."""
        self._task = task
        self._assigned.set()
        if self._life is not None:
            self._life.conversation.assign(task)

    def hand_over(self, streams: Collection[StreamId], *, at_once: bool) -> None:
        """Let go of streams; ``handed_over`` tells when the process has."""
        if self._life is not None:
            self._life.conversation.hand_over(streams, at_once=at_once)

    def wait_for(self, burial: asyncio.Task[None] | None) -> None:
        """Take nothing over before another recorder is buried."""
        if self._life is not None and burial is not None:
            self._life.conversation.burial = burial

    def retire(self) -> None:
        """Replace the process no more."""
        self._last = True

    def reinstate(self) -> None:
        """Replace the process again; nobody takes its place."""
        self._last = False

    @property
    def gone(self) -> bool:
        """Retired, and its process has ended or is left behind."""
        return self._last and self._life is None

    async def kill(self, trouble: Trouble) -> None:
        """End the process at once; without ``retire`` it is replaced."""
        if self._life is not None:
            await self._life.kill(trouble.what, trouble.reason or Reason.UNKNOWN, "killed")

    async def stop(self) -> None:
        """Let the process finish its files and end, within a limit."""
        self._last = True
        if self._running is None:
            return
        if self._life is not None:
            await self._life.end()
            await asyncio.wait({self._running}, timeout=self._patience.stop_s)
        await self.leave()
        self._office.picture.recorder_leaves(self.name)

    async def leave(self) -> None:
        """Watch it no more; it goes on recording."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    # --- one life after the other ---------------------------------------------------------------------

    async def _run(self) -> None:
        delay = 0.0
        await self._adopt()
        self.settled.set()
        while not self._last:
            await self._assigned.wait()
            await asyncio.sleep(delay)
            began = self._office.clock.monotonic()
            await self._live(self._start())
            if self._office.clock.monotonic() - began > self._patience.healthy_after_s:
                delay = 0.0
            else:
                longest_s = _QUARANTINE_DELAY_S if self.in_quarantine else self._patience.longest_delay_s
                delay = min(max(self._patience.first_delay_s, delay * 2), longest_s)

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
        _log.info("%s runs already (process %d) and goes on", self.name, process.pid)
        await self._live(process, connection)

    def _start(self) -> RecorderProcess:
        command = (*self._office.command, "--socket", str(self._socket), "--name", self.name)
        process = RecorderProcess.start(command, self._office.environment, self._office.errors)
        _log.info("%s started (process %d)", self.name, process.pid)
        self._office.picture.recorder_starts(self.name)
        return process

    async def _live(self, process: RecorderProcess, connection: SupervisorConnection | None = None) -> None:
        """Watch a process until it has ended; its burial goes on while the next one starts."""
        life = self._life = Life(self.name, process, self._office, adopted=connection is not None)
        self.begun.set()
        life.on_heard = self._welcome
        life.on_trouble = self._complain
        life.conversation.burial = self.burial
        if self._task is not None:
            life.conversation.assign(self._task)
        try:
            await life.run(connection)
        finally:
            self._life = None
        if life.left_behind:
            self._socket.unlink(missing_ok=True)
        if not life.dismissed:
            self._mourn(life, life.death)
        elif life.foreign is not None:
            self._bury(life, RecorderEnd(GapCause.SHUTDOWN))

    def _welcome(self) -> None:
        self.settled.set()
        self.replaced()

    def replaced(self) -> None:
        """For the process that is gone there is another; the incident is over."""
        incident, self._incident = self._incident, None
        if incident is not None:
            self._office.ledger.put(incident_entry(over(incident, self._office.clock.utc_ns())))

    def _complain(self, trouble: Trouble) -> None:
        self.settled.set()
        self._on_trouble(self, trouble)

    def _mourn(self, life: Life, death: Death) -> None:
        incident = self._enter_death(death, self._office.clock.utc_ns())
        _log.error("%s", incident.message)
        report = FaultReport(incident.fault, incident.reason, incident.severity, incident.message, incident.code)
        self._office.picture.recorder_fails(self.name, life.held, report)
        self._bury(life, RecorderEnd(GapCause.PROCESS_DIED, incident.uid))
        if death.own_fault:
            self._note_crash(self, life.conversation.reports.values())

    def _enter_death(self, death: Death, now: UtcNs) -> Incident:
        incident = incident_of(self.name, death.how, death.reason, death.code, now)
        if self._incident is not None:
            incident = replace(incident, uid=self._incident.uid, started=self._incident.started)
        self._incident = incident
        self._office.ledger.put(incident_entry(incident))
        return incident

    def _bury(self, life: Life, end: RecorderEnd) -> None:
        incidents = list(life.conversation.incidents.values())
        burial = self._bury_all(life.recorded, incidents, end)
        self.burial = asyncio.create_task(burial, name=f"burial of {self.name}")

    async def _bury_all(self, streams: frozenset[StreamId], incidents: list[Incident], end: RecorderEnd) -> None:
        left = await self._office.left.take()
        await self._bury_streams(streams, [*incidents, *left], end)
