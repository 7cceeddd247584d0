"""All that is said to and by one recorder process, over as many connections as it takes."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from gstnvr.ipc.codec import check_version
from gstnvr.ipc.connection import SupervisorConnection
from gstnvr.ipc.messages import (
    Acknowledge,
    Configure,
    Event,
    Finished,
    HandedOver,
    HandOver,
    Hello,
    IncidentChanged,
    Place,
    RecorderMessage,
    Shutdown,
    StatusReport,
    StreamSpec,
)
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Incident, Outage
from gstnvr.model.status import RecordingPhase, StreamStatus
from gstnvr.supervisor.index.events import describe, enter
from gstnvr.supervisor.index.ledger import Entry
from gstnvr.supervisor.recording.assignment import RecorderTask
from gstnvr.supervisor.recording.office import Office

_log = logging.getLogger(__name__)


class Conversation:
    """Lasts as long as the process does."""

    def __init__(self, name: str, pid: int, office: Office, *, adopted: bool) -> None:
        self.heard = asyncio.Event()
        """The process has told what it does."""
        self.silent_s = 0.0
        """Since its last report; counted by the slot."""
        self.held: frozenset[StreamId] = frozenset()
        """Streams that it has been given, but for those that another recorder has still."""
        self.recorded: frozenset[StreamId] = frozenset()
        """Those that it records."""
        self.incidents: dict[str, Incident] = {}
        """Incidents that it began and did not end, by key."""
        self.reports: Mapping[StreamId, StreamStatus] = {}
        """What it said last of each of its streams."""
        self.standby: frozenset[StreamId] = frozenset()
        """Streams of which it said that another recorder has them still."""
        self.handed_over: dict[StreamId, Place | None] = {}
        """Streams that it has let go of, and where."""
        self.worn_out = False
        """It said that so much hangs in it that another one should take over."""
        self.version: str | None = None
        """Of gstnvr, once it has said so."""
        self.burial: asyncio.Future[None] | None = None
        """Before this is done, nobody may write what the recorder before it wrote."""
        self._name = name
        self._pid = pid
        self._office = office
        self._adopted = adopted
        self._hello: Hello | None = None
        self._task: RecorderTask | None = None
        self._outages: dict[StreamId, Sequence[Outage]] = {}
        self._stopping = False
        self._orders: deque[HandOver] = deque()
        self._due = asyncio.Event()
        self._queued = 0
        self._committed = 0
        self._repeat_acknowledgement = False
        self._dropping = False
        self._connection: SupervisorConnection | None = None

    def assign(self, task: RecorderTask) -> None:
        """Hand it this task, as soon as it listens."""
        self._task = task
        self._due.set()

    def hand_over(self, streams: Collection[StreamId], *, at_once: bool) -> None:
        """Ask it to let go of streams; ``handed_over`` tells when it has."""
        for stream in streams:
            self.handed_over.pop(stream, None)
        self._orders.append(HandOver(list(streams), at_once))
        self._due.set()

    def shut_down(self) -> None:
        """Ask it to end, as soon as it listens."""
        self._stopping = True
        self._due.set()

    async def talk(self, connection: SupervisorConnection) -> None:
        """Until it hangs up.

        Raises:
            ProtocolError: it does not speak our language.
        """
        self._connection = connection
        self._dropping = False
        sender = asyncio.create_task(self._say_what_is_due(connection), name=f"{self._name} sender")
        try:
            while (message := await connection.receive()) is not None:
                self._take(message)
        finally:
            self._connection = None
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await sender

    async def hear_again(self) -> None:
        """After events were dropped: hang up once there is room, so that they are repeated."""
        if self._dropping and self._connection is not None and self._office.ledger.has_room:
            await self._connection.close()

    def _take(self, message: RecorderMessage) -> None:
        match message:
            case Hello():
                check_version(message)
                self._hello, self.version = message, message.version
            case StatusReport():
                self._take_report(message)
            case Event():
                self._take_event(message)
            case HandedOver(stream, place):
                self.handed_over[stream] = place
            case Finished():
                _log.info("%s has finished its files", self._name)

    def _take_report(self, report: StatusReport) -> None:
        self.silent_s = 0.0
        self.reports = {status.stream: status for status in report.streams}
        self.standby = frozenset(report.standby)
        self.worn_out = report.worn_out
        mine = [status for status in report.streams if status.stream not in self.standby]
        if self._adopted and not self.heard.is_set():
            self.held = frozenset(status.stream for status in mine)
            self.recorded = frozenset(
                status.stream for status in mine if status.recording is not RecordingPhase.OFF
            )
        for status in mine:
            self._outages.pop(status.stream, None)  # it has ended these
        self._office.picture.recorder_reports(self._name, self._pid, mine, report.volumes)
        self.heard.set()
        self._due.set()

    def _take_event(self, event: Event) -> None:
        if event.number <= self._queued:
            self._repeat_acknowledgement = True
            self._due.set()
            return
        if isinstance(event.body, IncidentChanged):
            self._note_incident(event.body.incident)
        change = Entry(describe(event.body), partial(enter, event=event.body), partial(self._safe, event.number))
        if not self._dropping and self._office.ledger.offer(change):
            self._queued = event.number
            self._note_heard()
        elif not self._dropping:
            self._dropping = True
            _log.warning("too much waits for the database; %s keeps what it has to tell", self._name)

    def _note_heard(self) -> None:
        if self._hello is not None:
            self._office.left.hear(self._office.socket(self._name), self._hello, self._queued)

    def _note_incident(self, incident: Incident) -> None:
        if incident.recovered is None:
            self.incidents[incident.uid] = incident
        else:
            self.incidents.pop(incident.uid, None)

    def _safe(self, number: int) -> None:
        self._committed = number
        self._due.set()

    async def _say_what_is_due(self, connection: SupervisorConnection) -> None:
        told_task: RecorderTask | None = None
        told_stop = False
        acknowledged = 0
        while True:
            await self._due.wait()
            self._due.clear()
            if self._committed > acknowledged or (self._repeat_acknowledgement and self._committed):
                self._repeat_acknowledgement = False
                acknowledged = self._committed
                await connection.send(Acknowledge(acknowledged))
            while self._orders:
                await connection.send(self._orders.popleft())
            if self._stopping:
                if not told_stop:
                    told_stop = True
                    await connection.send(Shutdown())
            elif self._task is not None and self._task is not told_task and self.heard.is_set():
                told_task = self._task
                await connection.send(await self._complete(told_task))

    async def _complete(self, task: RecorderTask) -> Configure:
        if self.burial is not None:
            await asyncio.shield(self.burial)
        active = [spec for spec in task.streams if not spec.standby]
        recorded = frozenset(spec.stream for spec in active if spec.record)
        known = {spec.stream for spec in active if spec.resume is not None and spec.resume.sizes}
        new = recorded - self.recorded - known
        if new:
            self._outages.update(await self._office.take_over(new))
        self.held, self.recorded = frozenset(spec.stream for spec in active), recorded
        specs = [_with_outages(spec, self._outages.get(spec.stream, ())) for spec in task.streams]
        volumes = list(task.volumes)
        return Configure(specs, task.recording, task.recorder, volumes, task.log_level, task.policy)


def _with_outages(spec: StreamSpec, outages: Sequence[Outage]) -> StreamSpec:
    """Where it is not known at which picture to go on, what is missing tells since when."""
    spec = replace(spec, open_outages=tuple(outages))
    if spec.resume is None or spec.resume.sizes:
        return spec
    return replace(spec, resume=Place(min(outage.start for outage in outages)) if outages else None)
