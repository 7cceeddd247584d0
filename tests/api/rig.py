"""An API over a real server, with a real index and files that a test fills."""

import asyncio
import itertools
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from gstnvr.access.accounts import Accounts
from gstnvr.access.certificate import TlsFiles
from gstnvr.access.door import Door, Limits
from gstnvr.access.passwords import Passwords
from gstnvr.api.access.guard import LOOPBACK, Reach
from gstnvr.api.app import create_app
from gstnvr.api.common.ports import (
    ApiServices,
    ComponentHealth,
    CopyPlaceView,
    FigureSample,
    LiveStream,
    RecorderProcessView,
    VolumeView,
)
from gstnvr.api.events.hub import EventHub
from gstnvr.api.events.listener import Telling
from gstnvr.api.operation.ports import CameraOffer, CannotProbeError, ProbeWish
from gstnvr.api.server import ApiServer
from gstnvr.config.load import load
from gstnvr.db.index import Index
from gstnvr.disks.overview import DisksOverview
from gstnvr.model.clock import NS_PER_S, UtcNs, parse_utc
from gstnvr.model.faults import Fault, FaultReport, GapCause, Reason, Severity
from gstnvr.model.findings import Finding
from gstnvr.model.ids import CameraId, Generation, StreamId, StreamKind
from gstnvr.model.recording import ALWAYS, ManualOrder, RecordingIntent, RecordMode
from gstnvr.model.records import Incident, Outage, Segment, SegmentState, TrackInfo, Volume
from gstnvr.model.status import RecordingPhase, SessionPhase, StreamStatistics, StreamStatus
from gstnvr.storage.overview import StorageOverview
from gstnvr.supervisor.api.maintenance import maintenance
from gstnvr.supervisor.evidence.exports import ExportKeeper
from gstnvr.supervisor.evidence.user_deletions import UserDeletions
from gstnvr.supervisor.index.archive import Archive
from gstnvr.testing.clock import SimulatedClock
from tests.api.fake_live import FakeLive
from tests.api.fake_thumbnails import FakeThumbnails

T = TypeVar("T")

TOKEN = "gstnvr_" + "t" * 43
"""Of programs on this machine."""
NO_PAGES = Path("/nonexistent")
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LIMITS = Limits(idle_s=3600, longest_s=86_400, attempts=5, lockout_s=900)
NOW = parse_utc("2026-11-21T12:00:00Z")
YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
GATE = StreamId(CameraId("gate"), StreamKind.MAIN)
VOLUME = "0b2d6f6e-58a2-4a5e-9d57-1f0c7c7a2a11"
REFUSED = FaultReport(
    Fault.RTSP_NETWORK, Reason.REFUSED, Severity.HIGH, "192.0.2.1 port 554 refuses the connection", "probe"
)


def at(clock_time: str) -> UtcNs:
    """A moment of the day on which the tests take place: ``11:59:30``."""
    return parse_utc(f"2026-11-21T{clock_time}Z")


CONNECTED = StreamStatus(
    stream=YARD,
    session=SessionPhase.STREAMING,
    recording=RecordingPhase.RECORDING,
    generation=Generation(1),
    since=at("11:00:00"),
    statistics=StreamStatistics(
        fps=25.0,
        bitrate_bps=4_000_000.4,
        width=1920,
        height=1080,
        video_codec="h264",
        audio_codec="aac",
        last_frame_age_s=0.04,
        frames=90_000,
        bytes=1_800_000_000,
        reconnects=2,
    ),
    segment_path="yard/20261121/yard_main_20261121T115900000Z.mp4",
    buffered_s=0.8,
)

WAITING = replace(
    CONNECTED,
    stream=GATE,
    session=SessionPhase.BACKING_OFF,
    recording=RecordingPhase.WAITING,
    statistics=StreamStatistics(reconnects=4),
    fault=REFUSED,
    attempts=3,
    next_retry=UtcNs(NOW + 12 * NS_PER_S),
    segment_path=None,
)


RECORDER = RecorderProcessView("recorder-0", 4711, "0.1.0", 1, 60_000_000, being_replaced=False)


CONFIGURATION = """\
# All that is watched.
data_dir: {folder}/data
storage:
  volumes:
    - path: {folder}/video   # the big disk
cameras:
  - id: yard
    name: Yard  # behind the house
    main:
      url: rtsp://192.0.2.1/live?user=kim&password=hunter2
  - id: gate
    main: {{url: 'rtsp://192.0.2.2/live'}}
"""


@dataclass
class World:
    """What the API is told; the test changes it while the server runs."""

    folder: Path
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(utc_ns=NOW))
    streams: list[LiveStream] = field(default_factory=lambda: [LiveStream("Yard", CONNECTED)])
    recorders: list[RecorderProcessView] = field(default_factory=lambda: [RECORDER])
    restarts: int = 0
    limits: Limits = LIMITS
    components: list[ComponentHealth] = field(default_factory=lambda: [ComponentHealth("recorder 0", True)])

    def __post_init__(self) -> None:
        self.events = EventHub(self.clock)
        self.figures: dict[StreamId, list[FigureSample]] = {}
        self.order_fails: Exception | None = None
        self.orders: list[ManualOrder] = []
        self.disks = DisksOverview()
        self.wishes: list[ProbeWish] = []
        self.probed: CameraOffer | FaultReport | CannotProbeError = REFUSED
        self.findings: list[Finding] = []
        self.config = self.folder / "gstnvr.yaml"
        self.config.write_text(CONFIGURATION.format(folder=self.folder))
        self.configuration = load(self.config)
        self.copies: list[CopyPlaceView] = []
        self.volumes: list[VolumeView] = []
        self.storage: StorageOverview | None = None
        self.volume = self.folder / "video"
        self.volume.mkdir()
        self.index = Index.open(self.folder / "index.sqlite")
        archive = Archive(
            self.folder, self.index, lambda: [Volume(VOLUME, str(self.volume))], lambda: {YARD: "Yard"}, self.clock
        )
        self.live = FakeLive()
        self.thumbnails = FakeThumbnails()
        self.exports, self.deletions = ExportKeeper(archive), UserDeletions(archive)
        self.door = Door(
            self.index, self.clock, lambda: self.limits, self.folder / "secrets.key", Passwords(CHEAP)
        )
        self.door.accept_local(TOKEN)
        self.accounts = Accounts(self.door)
        self._numbers = itertools.count(1)
        with self.index.writing() as writer:
            writer.ensure_volume(Volume(VOLUME, str(self.volume)))
            writer.ensure_stream(YARD, "Yard")

    def _read_again(self) -> None:
        self.configuration = load(self.config)

    @property
    def services(self) -> ApiServices:
        return ApiServices(
            index=self.index,
            streams=lambda: self.streams,
            recent_figures=lambda stream: self.figures.get(stream, []),
            components=lambda: self.components,
            clock=self.clock,
            recorders=lambda: self.recorders,
            volumes=lambda: self.volumes,
            restart_recorders=self._restart_recorders,
            order_recording=self._order_recording,
            disks=lambda: self.disks,
            copies=lambda: self.copies,
            fetched=self.folder / "fetched",
            storage=lambda: self.storage,
            exports=self.exports,
            deletions=self.deletions,
            maintenance=replace(
                maintenance(lambda: self.configuration, self._read_again), probe=self._probe, examine=self._examine
            ),
            live=self.live,
            thumbnails=self.thumbnails,
            door=self.door,
            accounts=self.accounts,
            zone="Asia/Seoul",
        )

    async def _examine(self) -> list[Finding]:
        return self.findings

    async def _probe(self, wish: ProbeWish) -> CameraOffer | FaultReport:
        if isinstance(self.probed, CannotProbeError):
            raise self.probed
        self.wishes.append(wish)
        return self.probed

    async def _order_recording(
        self, camera: CameraId, *, record: bool | None, until: UtcNs | None, by: str
    ) -> RecordingIntent:
        if self.order_fails is not None:
            raise self.order_fails
        mode = RecordMode.CONTINUOUS
        if record is None:
            return ALWAYS
        order = ManualOrder(camera, record, self.clock.utc_ns(), until, by, mode)
        self.orders.append(order)
        return RecordingIntent(mode, record, since=order.since, until=until, order=order)

    def _restart_recorders(self) -> int:
        self.restarts += 1
        self.recorders = [replace(each, pid=4712) for each in self.recorders]
        return len(self.recorders)

    def app(self, reach: Reach = LOOPBACK, *, file_timeout_s: float = 10.0, web: Path = NO_PAGES) -> FastAPI:
        return create_app(self.services, Telling(self.events), reach, file_timeout_s=file_timeout_s, web=web)

    def add_segment(
        self,
        start: UtcNs,
        end: UtcNs,
        content: bytes | None = None,
        *,
        stream: StreamId = YARD,
        path: str | None = None,
        state: SegmentState = SegmentState.CLOSED,
    ) -> Segment:
        """A row, and its file if content is given."""
        if path is None:
            path = f"{stream.camera}/20261121/{stream.camera}_{stream.kind}_{start}_{next(self._numbers)}.mp4"
        segment = Segment(
            stream=stream,
            volume=VOLUME,
            path=path,
            start=start,
            end=end,
            state=state,
            size=1000 if content is None else len(content),
            frames=25,
            tracks=TrackInfo("h264", 1920, 1080, "aac"),
        )
        with self.index.writing() as writer:
            if state is SegmentState.OPEN:
                writer.segment_opened(segment)
            else:
                writer.segment_closed(segment)
            if state is SegmentState.MISSING:
                writer.segment_missing(VOLUME, path)
        if content is not None:
            file = self.volume / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        stored = self.index.segment_at(VOLUME, path)
        assert stored is not None
        return stored

    def add_gap(
        self,
        start: UtcNs,
        end: UtcNs | None,
        cause: GapCause,
        *,
        stream: StreamId = YARD,
        incident: str = "incident-1",
    ) -> None:
        """An outage; a gap, as far as no segment is there."""
        uid = f"outage-{next(self._numbers)}"
        outage = Outage(uid, stream, start, end, cause, "connection refused", incident)
        with self.index.writing() as writer:
            writer.outage_changed(outage)

    def add_incident(self, started: UtcNs, recovered: UtcNs | None, *, stream: StreamId = YARD) -> Incident:
        incident = Incident(
            uid=f"incident-{next(self._numbers)}",
            camera=stream.camera,
            stream=stream,
            fault=REFUSED.fault,
            reason=REFUSED.reason,
            severity=REFUSED.severity,
            message=REFUSED.message,
            code=REFUSED.code,
            started=started,
            detected=UtcNs(started + 2 * NS_PER_S),
            recovered=recovered,
            attempts=3,
        )
        with self.index.writing() as writer:
            writer.incident_changed(incident)
        return incident


class RunningServer:
    """A server, on a free port unless told, on a loop and thread of its own."""

    def __init__(self, app: FastAPI, port: int = 0, tls: TlsFiles | None = None) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="api under test")
        self._thread.start()
        self.app = app
        self.server = ApiServer("127.0.0.1", port, tls=tls)
        self.server.listen()
        self.run(self.server.start(app))
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.server.port}"
        self.http = self.client(authorization=f"Bearer {TOKEN}")
        """May do everything."""

    def client(self, **headers: str) -> httpx.Client:
        """One that shows nothing but these headers; to be closed."""
        return httpx.Client(base_url=f"{self.url}/api/v1/", trust_env=False, timeout=30, headers=headers)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Result of a coroutine on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def json(self, path: str, **query: str) -> Any:
        """The JSON document at an address, which must answer with 200."""
        response = self.http.get(path, params={name.rstrip("_"): value for name, value in query.items()})
        assert response.status_code == 200, response.text
        return response.json()

    def error(self, path: str, **query: str) -> tuple[int, str, str]:
        """Status, code and message of an address, which must answer with an error of the one shape."""
        response = self.http.get(path, params={name.rstrip("_"): value for name, value in query.items()})
        body = response.json()
        assert set(body) == {"error"}, body
        assert set(body["error"]) == {"code", "message"}, body
        return response.status_code, body["error"]["code"], body["error"]["message"]

    async def _end(self) -> None:
        await self.server.stop()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def close(self) -> None:
        self.http.close()
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=30)
        self._loop.close()


@contextmanager
def running(app: FastAPI, port: int = 0, tls: TlsFiles | None = None) -> Iterator[RunningServer]:
    server = RunningServer(app, port, tls)
    try:
        yield server
    finally:
        server.close()
