"""A real recorder process, and a supervisor that writes down all that it hears."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from gstnvr.config.settings import RecorderSettings, RecordingSettings, SessionSettings
from gstnvr.db.ledger import Covered, ledger_gaps
from gstnvr.ipc.connection import SupervisorConnection, connect
from gstnvr.ipc.messages import (
    Acknowledge,
    Configure,
    Event,
    Finished,
    IncidentChanged,
    MirrorChanged,
    OutageChanged,
    RecorderEvent,
    SegmentAbandoned,
    SegmentClosed,
    SegmentDiscarded,
    SegmentGrown,
    SegmentOpened,
    SegmentTakenOver,
    Shutdown,
    StatusReport,
    StreamSpec,
    VolumeSpec,
)
from gstnvr.model.choices import G711, Audio, Transport, VolumePolicy
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap, Incident, Outage, Segment, SegmentState
from gstnvr.model.status import RecordingPhase, StreamStatus, VolumeStatus

READY_WITHIN_S = 20.0
ENDS_WITHIN_S = 40.0
KILLED_WITHIN_S = 5.0

Message = TypeVar("Message")


def stream_spec(
    camera: str, url: str, session: SessionSettings | None = None, *, audio: Audio = Audio.RECORD
) -> StreamSpec:
    """The main stream of a camera, to be recorded."""
    return StreamSpec(
        stream=StreamId(CameraId(camera), StreamKind.MAIN),
        url=url,
        username=None,
        password=None,
        transport=Transport.TCP,
        record=True,
        audio=audio,
        g711=G711.OPUS,
        session=session or SessionSettings(),
    )


@dataclass(slots=True)
class Ledger:
    """What a database would hold after all events."""

    segments: dict[tuple[str, str], Segment] = field(default_factory=dict)
    """By volume and path; of the newest event about it."""
    mirrors: dict[tuple[str, str], Segment] = field(default_factory=dict)
    """Second files, likewise."""
    discarded: list[str] = field(default_factory=list)
    outages: dict[str, Outage] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)

    def enter(self, body: RecorderEvent) -> None:
        """Take note of an event."""
        match body:
            case SegmentOpened(segment) | SegmentGrown(segment) | SegmentClosed(segment):
                self.segments[segment.volume, segment.path] = segment
            case MirrorChanged(segment):
                self.mirrors[segment.volume, segment.path] = segment
            case SegmentTakenOver(segment, broken):
                self.segments.pop((broken, segment.path), None)
                self.segments[segment.volume, segment.path] = segment
                self.mirrors.pop((segment.volume, segment.path), None)
                self.mirrors[broken, segment.path] = replace(segment, volume=broken, state=SegmentState.DELETING)
            case SegmentDiscarded() | SegmentAbandoned():
                self.segments.pop((body.volume, body.path), None)
                self.mirrors.pop((body.volume, body.path), None)
                self.discarded.append(body.path)
            case OutageChanged(outage):
                self.outages[outage.uid] = outage
            case IncidentChanged(incident):
                self.incidents[incident.uid] = incident

    def segments_of(self, stream: StreamId) -> list[Segment]:
        """In order of time."""
        return sorted((one for one in self.segments.values() if one.stream == stream), key=lambda one: one.start)

    def gaps_of(self, stream: StreamId) -> list[Gap]:
        """What a database would compute, in order of time."""
        outages = [outage for outage in self.outages.values() if outage.stream == stream]
        covered = [
            Covered(one.start, one.end, one.frames, one.state is SegmentState.OPEN)
            for one in self.segments_of(stream)
        ]
        return ledger_gaps(stream, covered, outages)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message and the moment, in monotonic seconds, at which it came."""

    at: float
    number: int
    body: RecorderEvent


@dataclass(frozen=True, slots=True)
class Seen:
    """Status of a stream and the moment, in monotonic seconds, at which it came."""

    at: float
    status: StreamStatus


class RecorderUnderTest:
    """Runs ``python -m gstnvr.recorder`` for the length of an ``async with`` block."""

    def __init__(self, place: Path, environment: Mapping[str, str] | None = None) -> None:
        """Take a directory for its socket and log."""
        self.ledger = Ledger()
        self.events: list[Heard] = []
        self.statuses: dict[StreamId, list[Seen]] = defaultdict(list)
        self.volumes: list[VolumeStatus] = []
        """As the last report says."""
        self.finished = False
        self._place = place
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: SupervisorConnection | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None, "the recorder does not run"
        return self._process.pid

    @property
    def log(self) -> str:
        """What the process has written to its standard error so far."""
        return (self._place / "recorder.log").read_text()

    @property
    def _socket(self) -> Path:
        return self._place / "run" / "recorder.sock"

    async def __aenter__(self) -> "RecorderUnderTest":
        self._start()
        self._connection = await self._connect()
        self._hearing = asyncio.create_task(self._hear(self._connection))
        return self

    def _start(self) -> None:
        self._place.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "gstnvr.recorder", "--socket", str(self._socket), "--name", "recorder-0"]
        with (self._place / "recorder.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment
            )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        assert process is not None
        if process.poll() is None:
            process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # not even SIGKILL ends a call that hangs in a disk
            await asyncio.to_thread(process.wait, KILLED_WITHIN_S)
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.wait({self._hearing})
        if self._connection is not None:
            await self._connection.close()

    async def _connect(self) -> SupervisorConnection:
        deadline = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                return await connect(self._socket)
            except (FileNotFoundError, ConnectionRefusedError):
                if time.monotonic() > deadline or self._process is None or self._process.poll() is not None:
                    raise
                await asyncio.sleep(0.02)

    async def _hear(self, connection: SupervisorConnection) -> None:
        while (message := await connection.receive()) is not None:
            now = time.monotonic()
            match message:
                case StatusReport(streams, volumes=volumes):
                    self.volumes = volumes
                    for status in streams:
                        self.statuses[status.stream].append(Seen(now, status))
                case Event(number, body):
                    self.events.append(Heard(now, number, body))
                    self.ledger.enter(body)
                    await connection.send(Acknowledge(number))
                case Finished():
                    self.finished = True
            async with self._news:
                self._news.notify_all()

    async def configure(
        self,
        streams: Sequence[StreamSpec],
        volumes: VolumeSpec | Sequence[VolumeSpec],
        recording: RecordingSettings | None = None,
        recorder: RecorderSettings | None = None,
        policy: VolumePolicy = VolumePolicy.FILL,
    ) -> None:
        """Send the whole assignment."""
        assert self._connection is not None
        settings = recorder or RecorderSettings()
        places = [volumes] if isinstance(volumes, VolumeSpec) else list(volumes)
        wanted = Configure(list(streams), recording or RecordingSettings(), settings, places, "debug", policy)
        await self._connection.send(wanted)

    async def wait_for(self, what: str, condition: Callable[[], bool], within_s: float) -> None:
        """Wait until a condition on what was heard holds.

        Raises:
            TimeoutError: it does not; the message names it.
        """
        try:
            async with asyncio.timeout(within_s), self._news:
                await self._news.wait_for(condition)
        except TimeoutError:
            raise TimeoutError(f"not within {within_s:g} s: {what}\n{self.log[-4000:]}") from None

    async def wait_for_phase(self, phase: RecordingPhase, within_s: float) -> None:
        """Wait until all streams say this of their recording."""

        def reached() -> bool:
            return bool(self.statuses) and all(
                seen[-1].status.recording is phase for seen in self.statuses.values()
            )

        await self.wait_for(f"recording {phase}", reached, within_s)

    async def wait_for_segments(self, count: int, within_s: float) -> None:
        """Wait until each stream has begun so many segments."""

        def reached() -> bool:
            return bool(self.statuses) and all(
                len(self.heard(SegmentOpened, stream)) >= count for stream in self.statuses
            )

        await self.wait_for(f"{count} segments of each stream", reached, within_s)

    def heard(self, kind: type[SegmentOpened | SegmentClosed], stream: StreamId) -> list[Heard]:
        """All events of a kind about a stream."""
        return [
            one
            for one in self.events
            if isinstance(one.body, kind)
            and isinstance(one.body, SegmentOpened | SegmentClosed)
            and one.body.segment.stream == stream
        ]

    def phases(self, stream: StreamId) -> list[RecordingPhase]:
        """What the recording of a stream went through, without repetitions."""
        seen = [one.status.recording for one in self.statuses[stream]]
        return [phase for index, phase in enumerate(seen) if index == 0 or phase is not seen[index - 1]]

    async def shutdown(self) -> float:
        """Ask it to finish; the seconds that it took until it said that it had."""
        assert self._connection is not None
        began = time.monotonic()
        await self._connection.send(Shutdown())
        await self.wait_for("the end of the recorder", lambda: self.finished, ENDS_WITHIN_S)
        return time.monotonic() - began

    async def exit_code(self) -> int:
        """Wait for the process to be gone."""
        assert self._process is not None
        return await asyncio.to_thread(self._process.wait, ENDS_WITHIN_S)

    def kill(self) -> None:
        """End it as a crash would."""
        assert self._process is not None
        self._process.kill()
