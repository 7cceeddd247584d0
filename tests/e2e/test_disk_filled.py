"""Recordings are deleted while cameras are recorded: nothing stops, whether the disk is full or much is too old.

Real recorders, a real supervisor, a real file system; needs root.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gstnvr.client.client import Client
from gstnvr.client.errors import ClientError
from gstnvr.db.index import Index
from gstnvr.db.protections import Protection, protect
from gstnvr.lab.audit import RecordedFile, audit
from gstnvr.lab.faulty_volumes import LoopVolume, prepared
from gstnvr.lab.product import local_client
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.faults import GapCause, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap, Incident, Segment, SegmentState, TrackInfo, Volume
from gstnvr.model.status import RecordingPhase
from gstnvr.supervisor.places import DATABASE
from gstnvr.volume.paths import SegmentName, segment_path
from tests.rig.ports import free_port
from tests.rig.waiting import wait_until

pytestmark = [pytest.mark.gst, pytest.mark.e2e, pytest.mark.faults]

CAMERAS = [f"cam{number:02d}" for number in range(16)]
RUN = "import sys; from gstnvr.cli.main import main; sys.exit(main())"
MB = 1_000_000
FLOOR, RESUME, LEAST = 45 * MB, 60 * MB, 10 << 20
OLD_HOURS = 6
HOUR_NS = 3600 * NS_PER_S


def stream(camera: str) -> StreamId:
    return StreamId(CameraId(camera), StreamKind.MAIN)


@dataclass
class World:
    """gstnvr with sixteen cameras on a small disk."""

    folder: Path
    volume: LoopVolume
    cameras: SimulatedCameras

    def __post_init__(self) -> None:
        self.port = free_port()
        self.log = self.folder / "log"
        self.filler = self.volume.path / "filler"
        self.lowest = self.free
        self.process: subprocess.Popen[bytes] | None = None
        data = self.folder / "data"
        data.mkdir()
        self.index = Index.open(data / DATABASE)
        listed = "\n".join(f"  - {{id: {name}, main: {{url: '{self.cameras.url(name)}'}}}}" for name in CAMERAS)
        (self.folder / "gstnvr.yaml").write_text(
            f"data_dir: {data}\napi: {{port: {self.port}}}\nrecording: {{segment_s: 4}}\n"
            f"storage:\n  volumes: [{{path: {self.volume.path}}}]\n  check_interval_s: 0.5\n  min_free_mb: 10\n"
            f"  retention: {{floor: 45 MB, resume: 60 MB}}\ncameras:\n{listed}\n"
        )
        self.began = SystemClock().utc_ns()

    def record_earlier(self, hours_ago: int, count: int, length_ns: int, content: bytes) -> None:
        """So many segments of each camera, which never held video."""
        start = self.began - hours_ago * HOUR_NS
        tracks = TrackInfo("h264", 1920, 1080)
        with self.index.writing() as writer:
            writer.ensure_volume(Volume(self.volume.uuid, str(self.volume.path)))
            for camera in CAMERAS:
                for number in range(count):
                    begin = UtcNs(start + number * length_ns)
                    path = segment_path(SegmentName(stream(camera), begin, Container.MP4))
                    file = self.volume.path / path
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
                    writer.segment_closed(
                        Segment(
                            stream(camera),
                            self.volume.uuid,
                            path,
                            begin,
                            UtcNs(begin + length_ns),
                            SegmentState.CLOSED,
                            len(content),
                            90_000,
                            tracks,
                        )
                    )

    @property
    def free(self) -> int:
        room = os.statvfs(self.volume.path)
        return room.f_bavail * room.f_frsize

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-c", RUN, "run", "-c", str(self.folder / "gstnvr.yaml")]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0

    def clean_up(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.index.close()

    def client(self) -> Client:
        """Of its API."""
        return local_client(f"http://127.0.0.1:{self.port}", self.folder / "data")

    def recording(self) -> int:
        """How many cameras are being recorded now."""
        with self.client() as client, contextlib.suppress(ClientError):
            return sum(each.recording is RecordingPhase.RECORDING for each in client.streams().streams)
        return 0

    def fill(self, size: int) -> None:
        """Another program writes, 4 MB at a time and 8 MB in a second; how little is free meanwhile is kept."""
        with self.filler.open("ab") as file:
            for _ in range(size // (4 * MB)):
                file.write(bytes(4 * MB))
                file.flush()
                os.fsync(file.fileno())
                self.lowest = min(self.lowest, self.free)
                time.sleep(0.5)

    def protect_all(self) -> None:
        now = SystemClock().utc_ns()
        with self.index.writing() as writer:
            for camera in CAMERAS:
                span = (UtcNs(0), UtcNs(now + 24 * HOUR_NS))
                protect(writer, Protection(f"p-{camera}", stream(camera), *span, "theft", "anna", now))

    def old_left(self, camera: str) -> int:
        """Segments from before."""
        rows = self.index.segments(stream(camera), end=self.began, states={SegmentState.CLOSED})
        return len(rows)

    def gaps(self, camera: str) -> list[Gap]:
        return [gap for gap in self.index.gaps(stream(camera), start=self.began) if gap.start > self.began]

    def incident(self, reason: Reason) -> Incident | None:
        return next((one for one in self.index.incidents() if one.reason is reason), None)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    mounts = dict.fromkeys(CAMERAS, "pattern:180p10")
    volume = LoopVolume(tmp_path / "disk", 220 << 20)
    (tmp_path / "disk").mkdir()
    with prepared(volume), SimulatedCameras(mounts) as cameras:
        made = World(tmp_path, volume, cameras)
        try:
            yield made
        finally:
            made.clean_up()


def test_the_oldest_goes_the_floor_is_kept_and_nothing_stops_then_only_protected_recordings_are_left(
    world: World,
) -> None:
    world.record_earlier(30, OLD_HOURS, HOUR_NS, os.urandom(MB))
    world.start()
    wait_until(lambda: world.recording() == 16, "all cameras are recorded")
    assert {world.old_left(camera) for camera in CAMERAS} == {OLD_HOURS}
    world.fill(world.free - FLOOR + 40 * MB)
    wait_until(lambda: world.free >= FLOOR, "the floor is kept")
    assert world.lowest > LEAST, "recording would have stopped"
    left = [world.old_left(camera) for camera in CAMERAS]
    assert max(left) - min(left) <= 1, "all gave the same share"
    assert sum(left) < 16 * OLD_HOURS
    assert world.recording() == 16
    assert [gap for camera in CAMERAS for gap in world.gaps(camera) if not gap.cause.planned] == []
    cost = world.incident(Reason.NO_SPACE)
    assert cost is not None
    assert (cost.severity, cost.code.split()[:2]) == (Severity.LOW, ["retention", "floor"])

    with world.client() as client:
        shown = client.storage()
        assert [camera.camera for camera in shown.cameras] == CAMERAS
        assert (shown.volumes[0].floor_bytes, shown.volumes[0].resume_bytes) == (FLOOR, RESUME)
        assert shown.volumes[0].full_at is not None
        assert {one.why for one in client.storage_plan().deletions} == {"free_space"}

    world.protect_all()
    wait_until(lambda: world.free >= FLOOR, "what was decided before is done")
    kept = {camera: world.old_left(camera) for camera in CAMERAS}
    with world.filler.open("ab") as file:
        file.write(bytes(world.free - LEAST // 2))
    wait_until(lambda: world.recording() == 0, "recording stops")
    wait_until(lambda: world.incident(Reason.PROTECTED_ONLY) is not None, "the reason is told")
    told = world.incident(Reason.PROTECTED_ONLY)
    assert told is not None
    assert (told.severity, told.recovered) == (Severity.CRITICAL, None)
    assert "only protected recordings are left" in told.message
    assert {camera: world.old_left(camera) for camera in CAMERAS} == kept
    assert len(list(world.volume.path.rglob("*.mp4"))) >= sum(kept.values())

    world.filler.unlink()
    wait_until(lambda: world.recording() == 16, "recording goes on")
    wait_until(
        lambda: (world.incident(Reason.PROTECTED_ONLY) or told).recovered is not None, "the incident is over"
    )
    world.stop()
    causes = {gap.cause for camera in CAMERAS for gap in world.gaps(camera) if not gap.cause.planned}
    assert causes <= {GapCause.DISK_FULL}
    assert {camera: world.old_left(camera) for camera in CAMERAS} == kept


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_that_are_too_old_go_and_not_a_frame_is_lost(world: World) -> None:
    each = 1250
    world.record_earlier(31 * 24, each, 5 * NS_PER_S, b"old")
    world.start()
    deadline = time.monotonic() + 600
    wait_until(lambda: world.recording() == 16, "all cameras are recorded")
    longest_s = 0.0
    while any(world.old_left(camera) for camera in CAMERAS):
        assert time.monotonic() < deadline
        asked = time.monotonic()
        with world.client() as client:
            assert client.health().healthy, "recorders report, and the database answers"
        longest_s = max(longest_s, time.monotonic() - asked)
        assert world.recording() == 16
        time.sleep(0.5)
    world.stop()
    print(f"{16 * each} segments deleted; longest answer {longest_s:.2f} s")
    assert [gap for camera in CAMERAS for gap in world.gaps(camera) if not gap.cause.planned] == []
    for camera in CAMERAS:
        rows = world.index.segments(stream(camera), start=world.began)
        files = [RecordedFile(world.volume.path / row.path, row.start) for row in rows]
        assert audit(files, world.cameras.control.sequence(camera)).flawless
        assert len([one for one in world.index.outages(stream(camera)) if one.cause is GapCause.DELETED]) == 1
